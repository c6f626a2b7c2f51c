"""VGG-19, from weights of the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leibnet.arguments import choice, flag
from leibnet.arrays import isFinite
from leibnet.files import absolute, isSpecial
from leibnet.types import Array

import numpy as np

from activations import ReLU
from layers import AveragePooling2D, Chain, Conv2D, Dense, Flatten, Layer, MaxPooling2D
from nn.storage.modelfile import precision

BLOCKS = (2, 2, 4, 4, 4)  # convolutions before each pooling


def _convolutions() -> Iterator[tuple[str, str]]:
    """Torchvision's names of the convolutions, which count ReLU and poolings, too, and those of Gatys et al."""
    number = 0
    for block, count in enumerate(BLOCKS, start=1):
        for i in range(1, count + 1):
            yield f"features.{number}", f"conv{block}_{i}"
            number += 2
        number += 1


CONVOLUTIONS = dict(_convolutions())
LAST = [f"conv{block}_{count}" for block, count in enumerate(BLOCKS, start=1)]  # before the poolings
DENSE = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}  # between them ReLU and Dropout
SIDE = 7  # of the maps that the dense layers take: of pictures of 224 x 224
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue


def vgg19(path: str | os.PathLike[str], pooling: str = "max", dense: bool = False) -> Chain:
    """VGG-19 with the weights in a file, frozen, for pictures (3, height, width, N) from 0 to 1.

    Simonyan & Zisserman 2015, arXiv:1409.1556, network E: the one of Gatys et al. Its layers have the names of the
    paper of the latter: "conv1_1", "conv1_2", "pool1", "conv2_1", ... "conv5_4", "pool5", and "flatten", "fc6", "fc7",
    "fc8" with the dense layers. The first one, "normalized", subtracts the means of ImageNet's colours and divides by
    their deviations, as torchvision's weights expect.

    Parameters
    ----------
    path : a safetensors file with torchvision's names, "features.0.weight" to "classifier.6.bias", all float32 or all
        float64. docs/seeing.md says how one is made of PyTorch's .pth, which this library does not open. Layers may be
        narrower than in the paper: their widths are those in the file.
    pooling : "max", or "average", which Gatys et al. 2016 found to look better.
    dense : whether it has the dense layers, which take pictures of 224 x 224 alone. Default: not.

    Raises
    ------
    FileNotFoundError, OSError : a file that is not there or cannot be opened.
    ValueError : one that is no safetensors file, or has weights of another network.
    """
    file = absolute(path)
    choice("vgg19", "pooling", pooling, ("max", "average"))
    names = CONVOLUTIONS | (DENSE if flag("vgg19", "dense", dense) else {})
    arrays = _read(file, names)
    layers: dict[str, Layer] = {"normalized": Conv2D(3, 3, 1, initializer="zeros")}
    expected = 3  # inputs of the next layer
    for key, name in names.items():
        weight = arrays[f"{key}.weight"]
        outputs, inputs = weight.shape[:2]
        expected = expected * SIDE**2 if name == "fc6" else expected
        if inputs != expected:
            raise ValueError(
                f"{file} has weights of another network than VGG-19: {key}.weight takes {inputs} inputs, of {expected}"
            )
        expected = outputs
        if name in DENSE.values():
            layers[name] = Dense(inputs, outputs, ReLU() if name != "fc8" else None, initializer="zeros")
        else:
            layers[name] = Conv2D(inputs, outputs, 3, ReLU(), padding="same", initializer="zeros")
        if name in LAST:
            layers[f"pool{name[4]}"] = MaxPooling2D(2) if pooling == "max" else AveragePooling2D(2)
        if name == LAST[-1] and dense:
            layers["flatten"] = Flatten()
    try:
        chain = Chain(layers)
    except ValueError as error:
        raise ValueError(
            f"{file} has weights of another network than VGG-19, whose layers do not fit: {error}"
        ) from None
    chain.astype(arrays["features.0.weight"].dtype)
    _put(layers["normalized"], np.diag(1 / np.array(DEVIATION))[..., None, None], -np.divide(MEAN, DEVIATION))
    for key, name in names.items():
        _put(layers[name], arrays[f"{key}.weight"], arrays[f"{key}.bias"])
    chain.freeze()
    return chain


def _put(layer: Any, weight: Array, bias: Array) -> None:
    layer.weight, layer.bias = weight, bias.reshape(-1, 1)


def _read(file: Path, names: Mapping[str, str]) -> dict[str, Array]:
    """The arrays of these layers, of the right ranks and one precision."""
    from safetensors import SafetensorError, safe_open

    if not file.exists():
        raise FileNotFoundError(f"there is no file {file}: docs/seeing.md says how one is made")
    if isSpecial(file):
        raise OSError(f"{file} is a folder, a pipe or a device: give the path of a file")
    wanted = [f"{key}.{part}" for key in names for part in ("weight", "bias")]
    try:
        with safe_open(file, framework="numpy") as opened:
            found = set(opened.keys())
            others = sorted(name for name in found - _all_names() if name.startswith(("features.", "classifier.")))
            missing = [name for name in wanted if name not in found]
            if missing or others:
                wrong = f"without {missing[0]}" if missing else f"with {others[0]}"
                raise ValueError(f"{file} has weights of another network than VGG-19 as torchvision has it: {wrong}")
            arrays = {name: opened.get_tensor(name) for name in wanted}
    except TypeError as error:  # numbers that NumPy has not
        raise ValueError(f"{file}: expected weights in float32 or float64; {error}: convert them") from None
    except (SafetensorError, AttributeError) as error:
        remedy = "a PyTorch file (.pth) is converted as docs/seeing.md says"
        raise ValueError(f"{file} is no safetensors file, or a damaged one: {error}; {remedy}") from None
    try:
        precision(arrays)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    for name, array in arrays.items():
        rank = 1 if name.endswith("bias") else 4 if name.startswith("features") else 2
        outputs = arrays[name.replace("bias", "weight")].shape[:1]
        if array.ndim != rank or array.shape[:1] != outputs or not array.size or array.shape[2:] not in ((), (3, 3)):
            expected = {1: f"{outputs}", 2: "(out, in)", 4: "(out, in, 3, 3)"}[rank]
            raise ValueError(f"{file}: expected {name} of shape {expected}, got {array.shape}; VGG-19 has others")
        if not isFinite(array):
            raise ValueError(f"{file}: expected finite numbers in {name}; the file is damaged, take another copy")
    return arrays


def _all_names() -> set[str]:
    return {f"{key}.{part}" for key in CONVOLUTIONS | DENSE for part in ("weight", "bias")}
