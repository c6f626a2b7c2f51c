"""Models as files: safetensors for the weights, the architecture as JSON in the file's metadata.

A safetensors file holds nothing that could be executed, and opens in PyTorch and others with their safetensors package.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.initializer import blank
from leibnet.files import writeAtomically
from nn.storage.stored import Stored

Array = NDArray[Any]

FORMAT = 2  # raised when files of a new version cannot be read by an old program; 2 has a checksum
TRAINING = "training/"  # begins the names of what a training needs to go on, beside the model's weights
LARGE = 2**24  # a number in the description of a layer above this, and above the size of the file, is no size of it


def save(model: Stored, path: str | os.PathLike[str]) -> Path:
    """Writes the model to the file, in full or not at all."""
    path = Path(path)
    writeAtomically(path, serialize(model))
    return path


def serialize(model: Stored, training: Any = None, arrays: Mapping[str, Array] | None = None) -> bytes:
    """The content of a model's file; of a checkpoint with the state of the training, plain values and arrays."""
    from safetensors.numpy import save as pack

    weights = model.weights()
    if weights:
        _precision(weights)
    tensors = weights | {TRAINING + name: array for name, array in (arrays or {}).items()}
    metadata = {"format": "leibnet", "leibnet": text({"format": FORMAT, "model": model.config()})}
    if training is not None:
        metadata["training"] = text(training)
    metadata["sha256"] = _digest(metadata, tensors)
    return pack(tensors, metadata)


def text(value: Any) -> str:
    """Plain values as JSON; NumPy's numbers as Python's."""

    def plain(number: Any) -> Any:
        if isinstance(number, np.generic):
            return number.item()
        raise TypeError(f"a value of type {type(number).__name__} is none of these")

    return json.dumps(value, default=plain)


def plainly(value: Any) -> Any:
    """The value after a way through a file."""
    return json.loads(text(value))


def load(path: str | os.PathLike[str]) -> Stored:
    """The model in the file. ValueError if the file is none that `save` wrote."""
    return build(path, *read(path))


def build(path: str | os.PathLike[str], metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> Stored:
    """The model that the metadata of the file describe, with the weights among its arrays."""
    weights = {name: array for name, array in tensors.items() if not name.startswith(TRAINING)}
    model = _architecture(path, metadata, sum(array.size for array in weights.values()))
    try:
        model.checkWeights(weights)
        if weights:
            model.astype(_precision(weights))
        model.setWeights(weights)
    except ValueError as error:
        raise ValueError(f"{path} does not hold the weights of the model it describes: {error}") from None
    return model


def read(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Metadata and arrays of a file that `serialize` made, after a look at format and checksum."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} is not a safetensors file, or a damaged one: {error}") from None
    if "leibnet" not in metadata:
        raise ValueError(f"{path} is a safetensors file without a Leibnet model: load its arrays with setWeights")
    checksum, version = metadata.pop("sha256", None), _description(path, metadata)["format"]
    if (version > 1 or checksum is not None) and checksum != _digest(metadata, tensors):
        raise ValueError(f"{path} is damaged: its content does not have the checksum it names; take another copy")
    return metadata, tensors


def why(error: Exception) -> str:
    """What an error says of the content of a file."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> str:
    """SHA-256 of all that a file says."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, array in sorted(tensors.items()):
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _description(path: str | os.PathLike[str], metadata: Mapping[str, str]) -> dict[str, Any]:
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
        raise ValueError(f"{path} does not describe a model that can be made: {why(error)}") from error


def _architecture(path: str | os.PathLike[str], metadata: Mapping[str, str], size: int) -> Stored:
    """The model of this many weights that the file's metadata describes, its weights still zero."""
    try:
        config = _description(path, metadata)["model"]
        kinds = {name: kind for name, kind in Stored.kinds.items() if not inspect.isabstract(kind)}
        if config["kind"] not in kinds:
            raise ValueError(f"unknown kind of model {config['kind']!r}: known are {', '.join(kinds)}")
        _checkNumbers(config, max(size, LARGE))
        with blank(size):
            model = kinds[config["kind"]]._fromConfig(config)
        _checkAgreement(config, plainly(model.config()))
        return model
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, MemoryError) as error:
        raise ValueError(f"{path} does not describe a model that can be made: {why(error)}") from error


def _checkNumbers(config: Any, limit: int) -> None:
    """ValueError where a whole number is larger than the limit: a layer of that size would fill the memory."""
    if isinstance(config, dict):
        for value in config.values():
            _checkNumbers(value, limit)
    elif isinstance(config, list):
        for value in config:
            _checkNumbers(value, limit)
    elif isinstance(config, int) and config > limit:
        raise ValueError(f"it names the size {config:,}, and holds no more than {limit:,} numbers")


def _checkAgreement(said: Any, made: Any, where: str = "it") -> None:
    """ValueError where a description says something that the model made from it does not say of itself.

    The model may say more: a setting that is younger than the file has its default.
    """
    if isinstance(said, dict) and isinstance(made, dict):
        for key, value in said.items():
            if key not in made:
                raise ValueError(f"{where} has a setting {key!r}, which nothing here has")
            _checkAgreement(value, made[key], f"{where}.{key}".removeprefix("it."))
    elif isinstance(said, list) and isinstance(made, list) and len(said) == len(made):
        for i, (one, other) in enumerate(zip(said, made, strict=True)):
            _checkAgreement(one, other, f"{where}[{i}]")
    elif isinstance(said, bool) != isinstance(made, bool) or (said != made and (said == said or made == made)):
        raise ValueError(f"{where} is {said!r}, and would become {made!r}")


def _precision(weights: Mapping[str, Array]) -> np.dtype[Any]:
    """The one precision of all the arrays."""
    first, *others = {array.dtype for array in weights.values()}
    if others or first not in (np.float32, np.float64):
        found = ", ".join(sorted({str(array.dtype) for array in weights.values()}))
        raise ValueError(f"expected weights that are all float32 or all float64, got {found}: convert with astype")
    return first
