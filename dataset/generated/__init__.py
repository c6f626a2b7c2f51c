"""Data sets that are generated on the spot."""
