"""Layers on images (channels, height, width, N)."""
