"""Layers, each with its forward and backward pass."""

from layers.dense import Dense
from layers.layer import Layer

__all__ = ["Dense", "Layer"]
