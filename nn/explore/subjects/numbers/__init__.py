"""Models of numbers, signals and sequences of them."""
