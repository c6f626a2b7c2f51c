"""Models as files: safetensors for the weights, the architecture as JSON in the file's metadata.

A safetensors file holds nothing that could be executed, and opens in PyTorch and others with their safetensors package.
"""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any

from nn.files import writeAtomically
from nn.stored import Stored

FORMAT = 1  # raised when files of a new version cannot be read by an old program


def save(model: Stored, path: str | os.PathLike[str]) -> Path:
    """Writes the model to the file, in full or not at all."""
    from safetensors.numpy import save as serialize

    path = Path(path)
    metadata = {"format": "leibnet", "leibnet": json.dumps({"format": FORMAT, "model": model.config()})}
    writeAtomically(path, serialize(model.weights(), metadata))
    return path


def load(path: str | os.PathLike[str]) -> Stored:
    """The model in the file. ValueError if the file is none that `save` wrote."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, TypeError) as error:
        raise ValueError(f"{path} is not a safetensors file, or a damaged one: {error}") from None
    model = _architecture(path, metadata)
    try:
        if weights:
            model.astype(next(iter(weights.values())).dtype)
        model.setWeights(weights)
    except ValueError as error:
        raise ValueError(f"{path} does not hold the weights of the model it describes: {error}") from None
    return model


def _architecture(path: str | os.PathLike[str], metadata: dict[str, str]) -> Stored:
    """The model that the file's metadata describes, with fresh parameters."""
    if "leibnet" not in metadata:
        raise ValueError(f"{path} is a safetensors file without a Leibnet model: load its arrays with setWeights")
    try:
        description: dict[str, Any] = json.loads(metadata["leibnet"])
        version, config = description["format"], description["model"]
        if not 1 <= version <= FORMAT:
            raise ValueError(f"it has format {version}, this version of Leibnet reads up to {FORMAT}: update Leibnet")
        kinds = {name: kind for name, kind in Stored.kinds.items() if not inspect.isabstract(kind)}
        if config["kind"] not in kinds:
            raise ValueError(f"unknown kind of model {config['kind']!r}: known are {', '.join(kinds)}")
        return kinds[config["kind"]]._fromConfig(config)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path} does not describe a model that can be made: {error}") from error
