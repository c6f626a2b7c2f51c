"""Panels for models of numbers, signals and sequences of them."""
