"""Panels of models of pictures."""
