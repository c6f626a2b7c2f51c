"""Layers that change in the course of a training."""

from __future__ import annotations

from abc import abstractmethod

from layers.layer import Layer


class Scheduled(Layer):
    """A layer whose setting follows a training, which tells it before every step how far it is."""

    @abstractmethod
    def advance(self, progress: float) -> None:
        """Takes the setting for this share of the training, from 0 to 1."""
