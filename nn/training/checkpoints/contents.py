"""What a checkpoint holds besides the model, put together from what everybody says of himself."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from leibnet.plain import dictionary, generatorState, isNumber, require
from leibnet.types import Array

import numpy as np

from nn.storage.modelfile import TRAINING
from nn.training.checkpoints.optimizers import learning, scales
from nn.training.course import Course
from nn.training.earlystopping import EarlyStopping
from nn.training.listener import Listener
from nn.training.records.notes import RECORD
from nn.training.step import generators

Plain = dict[str, Any]

BEST = "best/"  # begins the names of early stopping's best weights
LISTENERS = "listeners/"  # begins the names of the arrays that the user's listeners remember
MODEL = "model/"  # begins those of the arrays that the model remembers beside its layers


class Remembering(NamedTuple):
    """The listeners that have something to remember: early stopping, and those of the user by name."""

    stopping: EarlyStopping | None
    others: dict[str, Listener]

    @staticmethod
    def among(listeners: Sequence[Listener]) -> Remembering:
        """Those among these listeners."""
        stopping = next((one for one in listeners if isinstance(one, EarlyStopping)), None)
        others: dict[str, Listener] = {}
        for one in listeners:
            if one is not stopping and type(one).state is not Listener.state:
                name, number = one.name, 2
                while name in others:
                    name, number = f"{one.name} {number}", number + 1  # two of a kind: "Norm", "Norm 2"
                others[name] = one
        return Remembering(stopping, others)


def contents(course: Course, listeners: Remembering) -> tuple[Plain, dict[str, Array]]:
    """What is to be kept of a training, as plain values and arrays."""
    layers = course.model.namedLayers()
    moved = {place: layer.optimizer for place, layer in learning(layers).items()}
    arrays = {f"{place}.{name}": array for place, one in moved.items() for name, array in one.state.items()}
    for place, layer in learning(layers).items():
        for name in set(layer.optimizer.stateNames) - layer.optimizer.state.keys() if layer.optimizer.t else ():
            # momentum that was set since the last step
            arrays[f"{place}.{name}"] = np.zeros_like(layer.parameterVector)
    remembered, kept = parted(course.model.state())
    drawing = generators(course.model, course.dataset)
    arrays |= {MODEL + name: array for name, array in kept.items()}
    plain: Plain = {
        **course.state(),
        RECORD: course.record.config(),
        "optimizers": {place: one.settings() for place, one in moved.items()},
        "generators": {name: generatorState(one.bit_generator.state) for name, one in drawing.items()},
        "model": remembered,
        "stopping": {},
    }
    if scale := scales(layers):
        plain["scale"] = scale
    if listeners.stopping is not None:
        plain["stopping"] = listeners.stopping.state()
        arrays |= {BEST + name: array for name, array in plain["stopping"].pop("bestWeights", {}).items()}
    if listeners.others:
        plain["listeners"], kept = parted({name: one.state() for name, one in listeners.others.items()})
        arrays |= {LISTENERS + name: array for name, array in kept.items()}
    return plain, arrays


class Contents:
    """What a checkpoint holds, from a file, taken apart.

    A method gives out what it has checked: ValueError, LookupError or TypeError say what is wrong with it.

    Attributes
    ----------
    plain : the plain values.
    weights : the model's arrays.
    """

    def __init__(self, metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> None:
        if "training" not in metadata:
            raise ValueError("it is a model that was saved, without the state of a training")
        self.plain: Plain = dictionary("the state of the training", json.loads(metadata["training"]))
        self._arrays = {
            name.removeprefix(TRAINING): array for name, array in tensors.items() if name.startswith(TRAINING)
        }
        self.weights = {name: array for name, array in tensors.items() if not name.startswith(TRAINING)}

    def part(self, name: str, keys: Collection[str] | None = None) -> Plain:
        """A part that is a dictionary, with these keys."""
        return dictionary(name, self.plain[name], keys)

    def number(self, name: str) -> float:
        """A part that is a number, or infinity."""
        value = self.plain[name]
        return float(require(name, isNumber(value) or value == math.inf, "a number or infinity", value))

    def under(self, prefix: str) -> dict[str, Array]:
        """The arrays whose names begin so, by what follows."""
        return {name.removeprefix(prefix): array for name, array in self._arrays.items() if name.startswith(prefix)}

    def model(self) -> Plain:
        """What the model remembered, with its arrays."""
        return _joined(self.part("model"), self.under(MODEL))

    def stopping(self) -> Plain:
        """The state of early stopping, with its best weights."""
        if not self.plain["stopping"]:
            raise ValueError("it is of a training without early stopping; leave out earlyStopping here, too")
        best = self.under(BEST)
        return self.part("stopping") | ({"bestWeights": best} if best else {})

    def listeners(self, names: Collection[str]) -> dict[str, Plain]:
        """The states of the user's listeners of these names, with their arrays."""
        states = dictionary("listeners", self.plain.get("listeners", {}), names)
        return {name: _joined(dictionary(name, states[name]), self.under(f"{LISTENERS}{name}/")) for name in names}

    def checkNames(self, places: Collection[str]) -> None:
        """ValueError if an array belongs to nobody: not to a listener, and not to one of the layers."""
        for name in self._arrays:
            if not name.startswith((BEST, LISTENERS, MODEL, *(f"{place}." for place in places))):
                raise ValueError(f"it has an array {TRAINING + name!r}, which belongs to nothing here")


def parted(state: Plain, prefix: str = "") -> tuple[Plain, dict[str, Array]]:
    """A state without its arrays, and the arrays by their places: "name/key/key"."""
    plain: Plain = {}
    arrays: dict[str, Array] = {}
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            arrays[prefix + name] = value
        elif isinstance(value, dict):
            plain[name], inner = parted(value, f"{prefix}{name}/")
            arrays |= inner
        else:
            plain[name] = value
    return plain, arrays


def _joined(plain: Plain, arrays: Mapping[str, Array]) -> Plain:
    """A state with its arrays: the reverse of `parted`."""
    state = dict(plain)
    for place, array in arrays.items():
        *parents, name = place.split("/")
        inner = state
        for parent in parents:
            inner[parent] = dict(dictionary(parent, inner.get(parent, {})))
            inner = inner[parent]
        inner[name] = array
    return state
