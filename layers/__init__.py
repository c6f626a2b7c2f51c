"""Layers, each with its forward and backward pass."""

from layers.dense import Dense
from layers.layer import Layer
from layers.sampler import Sampler

__all__ = ["Dense", "Layer", "Sampler"]
