"""Models as files: safetensors for the weights, the architecture as JSON in the file's metadata.

A safetensors file holds nothing that could be executed, and opens in PyTorch and others with their safetensors package.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from leibnet.files import isSpecial
from leibnet.plain import reason, toJson
from leibnet.types import Array

import numpy as np

from nn.storage.tensorfile import CHECKSUM, digest, packed, unpacked

FORMAT = 2  # raised when files of a new version cannot be read by an old program; 2 has a checksum
TRAINING = "training/"  # begins the names of what a training needs to go on, beside the model's weights


class Described(Protocol):
    """What can be put into a file."""

    def config(self) -> dict[str, Any]:
        """The description in plain values, from which `Stored.fromConfig` makes it again."""

    def weights(self) -> dict[str, Array]:
        """Copies of its arrays, by name."""


def serialize(
    model: Described,
    training: Any = None,
    arrays: Mapping[str, Array] | None = None,
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """The content of a model's file; of a checkpoint with the state of the training, plain values and arrays.

    `notes` are further metadata, which programs that do not know them ignore.
    """
    weights = model.weights()
    if weights:
        precision(weights)
    tensors = weights | {TRAINING + name: array for name, array in (arrays or {}).items()}
    metadata = {"format": "leibnet", "leibnet": toJson({"format": FORMAT, "model": model.config()})}
    metadata |= notes or {}
    if training is not None:
        metadata["training"] = toJson(training)
    return packed(tensors, metadata)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Metadata and arrays of a file that `serialize` made, after format and checksum were checked."""
    from safetensors import SafetensorError

    if isSpecial(Path(path)):
        raise OSError(f"{path} is a folder, a pipe or a device: give the path of a file")
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        metadata, tensors = unpacked(path)
    except (SafetensorError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} is not a safetensors file, or a damaged one: {error}") from None
    if "leibnet" not in metadata:
        raise ValueError(f"{path} is a safetensors file without a Leibnet model: load its arrays with setWeights")
    checksum, version = metadata.pop(CHECKSUM, None), description(path, metadata)["format"]
    if (version > 1 or checksum is not None) and checksum != digest(metadata, tensors):
        raise ValueError(f"{path} is damaged: its content does not have the checksum it names; take another copy")
    return metadata, tensors


def description(path: str | os.PathLike[str], metadata: Mapping[str, str]) -> dict[str, Any]:
    """What the metadata say of the model, if this version understands it."""
    try:
        description = json.loads(metadata["leibnet"])
        version = description["format"]
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ValueError(f"its format is {version!r}")
        if version > FORMAT:
            raise ValueError(f"it has format {version}, this version of Leibnet reads up to {FORMAT}: update Leibnet")
        return dict(description)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{path} does not describe a model that can be made: {reason(error)}") from error


def precision(weights: Mapping[str, Array]) -> np.dtype[Any]:
    """The one precision of all the arrays."""
    first, *others = {array.dtype for array in weights.values()}
    if others or first not in (np.float32, np.float64):
        found = ", ".join(sorted({str(array.dtype) for array in weights.values()}))
        raise ValueError(f"expected weights that are all float32 or all float64, got {found}: convert with astype")
    return first
