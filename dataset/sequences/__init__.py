"""Sequences of different lengths, windows of long series, and text."""
