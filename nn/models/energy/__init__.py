"""Models that give every configuration an energy."""
