"""Models of sequences: texts and dynamic systems."""
