"""What can be saved: arrays by name, and a description of what they belong to."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Stored(ABC):
    """Something that was fitted or trained, and goes to a file and back."""

    kinds: ClassVar[dict[str, type[Stored]]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Stored.kinds[cls.__name__] = cls

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What it takes to make this again, without the arrays' values, as plain values with a "kind"."""

    @classmethod
    @abstractmethod
    def _fromConfig(cls, config: dict[str, Any]) -> Self:
        """What `config()` described, with fresh arrays."""

    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """The arrays themselves, by the names they have in files."""

    @abstractmethod
    def astype(self, dtype: Any) -> None:
        """Converts to float32 or float64."""

    def weights(self) -> dict[str, Array]:
        """Copies of all arrays, by "layer.parameter"."""
        return {name: array.copy() for name, array in self.arrays().items()}

    def setWeights(self, weights: Mapping[str, Array]) -> None:
        """Copies values, as `weights()` returned them, into the existing arrays."""
        self.checkWeights(weights)
        for name, array in self.arrays().items():
            array[...] = weights[name]

    def checkWeights(self, weights: Mapping[str, Array]) -> None:
        """ValueError if these are not real numbers, with the names and shapes of this model's arrays."""
        own = self.arrays()
        if own.keys() != weights.keys():
            missing, strange = sorted(own.keys() - weights.keys()), sorted(weights.keys() - own.keys())
            raise ValueError(f"these are not the weights of this model: missing {missing}, unknown {strange}")
        for name, array in own.items():
            given = np.asarray(weights[name])
            if array.shape != given.shape:
                raise ValueError(f"{name} has shape {array.shape}, got {given.shape}")
            if given.dtype.kind not in "fiub":
                raise ValueError(f"{name} holds real numbers, got dtype {given.dtype}")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Saves architecture and weights to one safetensors file, written in full or not at all; returns its path.

        What else there is, such as optimizers' averages and generators of random numbers, is not saved.
        """
        from nn.storage.modelfile import save

        return save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The model saved in a file by `save`, equal to the bit. Nothing in the file is executed.

        `Model.load` takes every model that is trained, a subclass's `load` only its own kind. A layer or activation of
        your own must be imported first.
        """
        from nn.storage.modelfile import load

        model = load(path)
        if not isinstance(model, cls):
            kind = type(model).__name__
            raise TypeError(f"{path} holds a model of kind {kind}, not {cls.__name__}: use {kind}.load")
        return model
