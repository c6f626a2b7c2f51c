"""The optimizers of a training, as they stand in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from leibnet.arrays import isFinite
from leibnet.plain import asStored, dictionary, isAlike, isCount, require
from leibnet.types import Array, Shape

import numpy as np

from layers import Layer, Learning
from optimizer import Optimizer

Plain = dict[str, Any]
PRECISIONS = np.float32, np.float64


class OptimizerState(NamedTuple):
    """What an optimizer's attributes and arrays were."""

    settings: Plain
    arrays: dict[str, Array]

    def put(self, optimizer: Optimizer) -> None:
        """Gives it to an optimizer."""
        vars(optimizer).update(self.settings)
        optimizer.state = self.arrays


def learning(layers: Mapping[str, Layer]) -> dict[str, Learning]:
    """The layers that have an optimizer, by their places."""
    return {place: layer for place, layer in layers.items() if isinstance(layer, Learning)}


def scales(layers: Mapping[str, Layer]) -> dict[str, dict[str, str]]:
    """In which scale optimizers keep their arrays, where that is not the textbook's, by place and array."""
    stated = {place: one.optimizer.scale for place, one in learning(layers).items()}
    return {place: dict(scale) for place, scale in stated.items() if scale}


def checkedOptimizer(given: Any, arrays: dict[str, Array], layer: Learning, there: Learning) -> OptimizerState:
    """The state of a layer's optimizer, from a file, if it is one.

    Parameters
    ----------
    given : its settings in the file.
    arrays : its arrays there.
    layer : the layer of this training.
    there : the layer that the file describes.
    """
    owner, optimizer = f"the optimizer of {layer.describe()}", layer.optimizer
    now, made = optimizer.settings(), there.optimizer.settings()
    then = dictionary(owner, given)
    settings = {name: value for name, value in then.items() if name not in now and _is_new(name, optimizer)}
    dictionary(owner, then, now.keys() | settings.keys())
    for name, value in now.items():
        where, was = f"{name} of {owner}", then[name]
        if name in there.optimizer.config() or name == "learningRate":
            fits = was == asStored(made[name]) and isinstance(was, bool) == isinstance(made[name], bool)
            require(where, fits, f"{made[name]!r}, as in the model's description", was)
            was = made[name]
        elif name == "t":
            require(where, isCount(was), "a whole number >= 0", was)
        elif name == "stateNames":
            require(where, was in (list(value), list(made[name])), f"{list(value)}", was)
        else:
            require(where, isAlike(value, was), f"something like {value!r}", was)
        settings[name] = tuple(was) if isinstance(value, tuple) else was
    names = settings.get("stateNames", optimizer.stateNames)
    if arrays.keys() - set(names) or (set(names) - arrays.keys() and (arrays or settings["t"])):
        raise ValueError(f"{owner} keeps {list(names)}, there it kept {list(arrays)}")
    size = sum(parameter.size for parameter in layer.parameters.values())
    for name, array in arrays.items():
        checkArray(f"{name} of {layer.describe()}", array, (size,), PRECISIONS)
    return OptimizerState(settings, arrays)


def checkArray(where: str, array: Array, shape: Shape, dtypes: tuple[Any, ...]) -> None:
    """ValueError if an array from a file is not of this shape and one of these precisions, or not finite."""
    if array.shape != shape or array.dtype not in dtypes:
        expected = " or ".join(str(np.dtype(dtype)) for dtype in dtypes)
        raise ValueError(f"{where} has shape {array.shape} and is {array.dtype}, expected {shape} and {expected}")
    if not isFinite(array):
        raise ValueError(f"{where} holds NaN or infinity: the training had diverged")


def _is_new(name: str, optimizer: Optimizer) -> bool:
    """Whether an optimizer of the user's own may have given itself an attribute of this name in a step."""
    return name.isidentifier() and not name.startswith("__") and name != "state" and not hasattr(type(optimizer), name)
