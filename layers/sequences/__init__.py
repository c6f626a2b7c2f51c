"""Layers on sequences (steps, features, N)."""
