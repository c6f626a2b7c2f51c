"""What can be saved: arrays by name, and a description of what they belong to."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from leibnet.arguments import choice
from leibnet.arrays import asArray
from leibnet.configurable import Configurable
from leibnet.files import absolute, writeAtomically
from leibnet.frames import untabled
from leibnet.plain import asStored, reason
from leibnet.types import Array, Shape

from nn.storage import modelfile
from nn.storage.onnx.exported import Exported
from nn.storage.onnx.exporting import export
from nn.storage.remaking import checkRemaking, remade


class Stored(Configurable, ABC, family="model"):
    """Something that was fitted or trained, and goes to a file and back.

    It is described by the arguments of its constructor, see `Configurable`; its arrays have names.
    """

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
            owner = type(self).__name__
            given = asArray(untabled(owner, name, weights[name]), owner, name)
            if array.shape != given.shape:
                raise ValueError(f"expected {name} to be of shape {array.shape}, got {given.shape}")
            if given.dtype.kind not in "fiub":
                raise ValueError(f"expected {name} to be real numbers, got dtype {given.dtype}")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Saves architecture and weights to one safetensors file, written in full or not at all; returns its path.

        What else there is, such as optimizers' averages and generators of random numbers, is not saved. A link stays a
        link, and a pipe or a device is written into. ValueError, and nothing is written, if the model could not be
        loaded again, see `checkRemaking`.
        """
        path = absolute(path)
        self.checkRemaking()
        writeAtomically(path, modelfile.serialize(self, notes=self.notes()))
        return path

    def notes(self) -> dict[str, str]:
        """What else is known of it, such as its trainings, as texts by their key in the file's metadata."""
        return {}

    def setNotes(self, metadata: Mapping[str, str]) -> None:
        """Takes what `notes` gave, among the metadata of a file. ValueError or LookupError if that is nonsense."""

    def checkRemaking(self) -> None:
        """ValueError if this could not be loaded from a file: if it cannot be made again, equal, from its description.

        `save` asks, and a training with a checkpoint at its beginning.
        """
        checkRemaking(self, Stored.fromConfig)

    @abstractmethod
    def exported(self) -> dict[str, Exported]:
        """What `export` can write, by the name of the `part`; without one, the first."""

    def export(
        self,
        path: str | os.PathLike[str],
        rows: bool = True,
        part: str | None = None,
        inputShape: Shape | None = None,
    ) -> Path:
        """Writes what the model predicts as an ONNX file, for onnxruntime and other programs; returns its path.

        The extra `leibnet[onnx]` is needed. The file has one input, "input", and one output, "output", in the model's
        precision, and says in its description and metadata what they are. A standardisation is inside. ONNX checks the
        network, and nothing is written if it refuses; the file is written in full or not at all.

        Parameters
        ----------
        path : where to, such as "network.onnx".
        rows : whether samples are rows in the file, (N, features), (N, channels, height, width), (N, steps, features),
            as programs that use ONNX expect: default True. With False, they are columns, as in Leibnet. N may be any.
        part : of an `Autoencoder`, `VAE` or `PCA` "reconstruction" (default), "encoder" or "decoder"; of a `GAN`
            "generator" (default) or "discriminator". A VAE draws nothing: its codes are their means. Of a
            `SupervisedAutoencoder` also "prediction", what its head says.
        inputShape : the shape of one sample, such as (1, 28, 28), for a network whose first layer takes any; default
            that of the training data.

        Raises
        ------
        ImportError : the package onnx is not installed.
        TypeError : a layer or an activation of your own has no ONNX form, see `nn.onnxForm`.
        ValueError : the network has no layers, does not say its `inputShape`, takes or gives several arrays, or has
            more than 2 GiB of parameters.

        Example
        -------
        >>> classifier.export("network.onnx")  # doctest: +SKIP
        >>> session = onnxruntime.InferenceSession("network.onnx")  # doctest: +SKIP
        >>> (a,) = session.run(None, {"input": samples.astype(np.float32)})  # doctest: +SKIP
        """
        parts = self.exported()
        name = next(iter(parts)) if part is None else choice("export", "part", part, list(parts))
        title = self.name if len(parts) == 1 else f"{self.name}: {name}"
        return export(path, title, parts[name], rows, inputShape)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The model saved in a file by `save`, equal to the bit. Nothing in the file is executed.

        `Model.load` takes every model that is trained, a subclass's `load` only its own kind. A layer or activation of
        your own must be imported first.
        """
        path = absolute(path)
        model = build(path, *modelfile.read(path))
        if not isinstance(model, cls):
            kind = type(model).__name__
            raise TypeError(f"{path} holds a model of kind {kind}, not {cls.__name__}: use {kind}.load")
        return model


def build(path: str | os.PathLike[str], metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> Stored:
    """The model that the metadata of the file describe, with the weights among its arrays."""
    weights = {name: array for name, array in tensors.items() if not name.startswith(modelfile.TRAINING)}
    model = _architecture(path, metadata, sum(array.size for array in weights.values()))
    try:
        model.checkWeights(weights)
        if weights:
            model.astype(modelfile.precision(weights))
        model.setWeights(weights)
    except ValueError as error:
        raise ValueError(f"{path} does not hold the weights of the model it describes: {error}") from None
    try:
        model.setNotes(metadata)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"{path} is damaged in what it says of its trainings: {reason(error)}") from error
    return model


def _architecture(path: str | os.PathLike[str], metadata: Mapping[str, str], size: int) -> Stored:
    """The model of this many weights that the file's metadata describes, its weights still zero."""
    try:
        return remade(Stored.fromConfig, modelfile.description(path, metadata)["model"], size)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, MemoryError) as error:
        raise ValueError(f"{path} does not describe a model that can be made: {reason(error)}") from error


def renewed(config: Any, size: int) -> Any:
    """A model's description, from a file of an earlier version, as this version would write it.

    Any error says that it does not describe a model of at most `size` weights.
    """
    return asStored(remade(Stored.fromConfig, config, size).config())
