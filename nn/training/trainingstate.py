"""The state of a training as it stands in a file, every part of which is looked at before anything is changed."""

from __future__ import annotations

import copy
import json
import math
import sys
from collections.abc import Collection, Iterator, Mapping
from reprlib import repr as short
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers import Layer
from nn.storage.modelfile import TRAINING, plainly
from nn.watch.divergence import isFinite

if TYPE_CHECKING:
    from nn.models.model import Model
    from optimizer import Optimizer

Array = NDArray[Any]
Plain = dict[str, Any]

PRECISIONS = np.float32, np.float64
BEST = "best/"  # begins the names of early stopping's best weights


class OptimizerState(NamedTuple):
    """What an optimizer's attributes and arrays were."""

    settings: Plain
    arrays: dict[str, Array]


class Change(NamedTuple):
    """An attribute of a model, or of one of its layers, that was changed in the course of the training."""

    owner: Any
    name: str
    value: Any

    def make(self) -> None:
        setattr(self.owner, self.name, self.value)


class TrainingState:
    """What a checkpoint says of a training, as plain values and arrays, taken apart.

    A method gives out what it has checked: ValueError, LookupError or TypeError say what is wrong with it.
    """

    def __init__(self, metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> None:
        if "training" not in metadata:
            raise ValueError("it is a model that was saved, without the state of a training")
        self.plain: Plain = _dictionary("the state of the training", json.loads(metadata["training"]))
        self._arrays = {
            name.removeprefix(TRAINING): array for name, array in tensors.items() if name.startswith(TRAINING)
        }
        self.weights = {name: array for name, array in tensors.items() if not name.startswith(TRAINING)}

    def part(self, name: str, keys: Collection[str] | None = None) -> Plain:
        """A part that is a dictionary, with these keys."""
        return _dictionary(name, self.plain[name], keys)

    def count(self, name: str) -> int:
        """A part that is a whole number."""
        return int(_require(name, _isCount(self.plain[name]), "a whole number >= 0", self.plain[name]))

    def number(self, name: str) -> float:
        """A part that is a number, or infinity."""
        value = self.plain[name]
        return float(_require(name, _isNumber(value) or value == math.inf, "a number or infinity", value))

    def checkWeights(self, model: Model) -> None:
        """Whether the weights fit the model, and are finite."""
        _checkWeights("", self.weights, model)

    def optimizer(self, place: str, layer: Layer, there: Layer) -> OptimizerState:
        """That of the layer at this place; `there` is the layer that the file describes."""
        now, made = layer.optimizer.settings(), there.optimizer.settings()
        then = _dictionary(f"the optimizer of {layer.describe()}", self.part("optimizers")[place])
        settings = {name: value for name, value in then.items() if name not in now and _isNew(name, layer.optimizer)}
        _dictionary(f"the optimizer of {layer.describe()}", then, now.keys() | settings.keys())
        for name, value in now.items():
            where, was = f"{name} of the optimizer of {layer.describe()}", then[name]
            if name in there.optimizer.config() or name == "learningRate":
                fits = was == plainly(made[name]) and isinstance(was, bool) == isinstance(made[name], bool)
                _require(where, fits, f"{made[name]!r}, as in the model's description", was)
                was = made[name]
            elif name == "t":
                _require(where, _isCount(was), "a whole number >= 0", was)
            elif name == "stateNames":
                _require(where, was in (list(value), list(made[name])), f"{list(value)}", was)
            else:
                _require(where, _isAlike(value, was), f"something like {value!r}", was)
            settings[name] = tuple(was) if isinstance(value, tuple) else was
        arrays = self.under(place + ".")
        names = settings.get("stateNames", layer.optimizer.stateNames)
        if arrays.keys() - set(names) or (set(names) - arrays.keys() and (arrays or settings["t"])):
            raise ValueError(f"the optimizer of {layer.describe()} keeps {list(names)}, there it kept {list(arrays)}")
        for name, array in arrays.items():
            _checkArray(f"{name} of {layer.describe()}", array, layer.parameterVector.shape, PRECISIONS)
        return OptimizerState(settings, arrays)

    def generator(self, where: str, generator: np.random.Generator, given: Any) -> Any:
        """The state of a random generator, tried on a copy of it."""
        probe = copy.deepcopy(generator.bit_generator)
        state = _like(where, probe.state, given)
        probe.state = state
        _require(where, plainState(probe.state) == given, f"a state of {type(probe).__name__}", given)
        return state

    def history(self, metrics: Collection[str], samples: int) -> Plain:
        """The entries of these metrics, the last of which was after so many samples at most."""
        state = _dictionary("history", self.plain["history"], ("index", "values", "seconds"))
        index, values = state["index"], _dictionary("the metrics of history", state["values"], metrics)
        rising = isinstance(index, list) and all(map(_isCount, index)) and index == sorted(set(index))
        _require("index of history", rising, "rising whole numbers", index)
        _require("index of history", not index or index[-1] <= samples, f"numbers up to {samples}", index)
        for name, entries in values.items():
            fits = isinstance(entries, list) and len(entries) == len(index) and all(map(_isNumber, entries))
            _require(f"{name} of history", fits, f"a list of {len(index)} numbers", entries)
        _require("seconds of history", _isNumber(state["seconds"]), "a number", state["seconds"])
        return state

    def meter(self, wanted: Collection[str]) -> Plain:
        """Sums of quantities, the wanted ones among them."""
        state = _dictionary("meter", self.plain["meter"], ("sums", "samples"))
        sums = _dictionary("the sums of meter", state["sums"])
        samples = _require("samples of meter", _isCount(state["samples"]), "a whole number >= 0", state["samples"])
        if (samples and set(wanted) - sums.keys()) or (sums and not samples):
            raise ValueError(f"meter has sums of {list(sums)} over {samples} samples")
        for name, value in sums.items():
            _require(f"the sum of {name} in meter", _isNumber(value), "a number", value)
        return state

    def stopping(self, model: Model) -> tuple[Plain, dict[str, Array] | None]:
        """What early stopping has seen, and its best weights."""
        if not self.plain["stopping"]:
            raise ValueError("it is of a training without early stopping; leave out earlyStopping here, too")
        state = _dictionary("stopping", self.plain["stopping"], ("best", "bestIndex", "waited"))
        entries = len(self.plain["history"]["index"])
        fits = _isCount(state["waited"]) and state["waited"] <= entries
        _require("waited of stopping", fits, f"a whole number up to {entries}", state["waited"])
        best, bestIndex = self.under(BEST) or None, state["bestIndex"]
        if best is None:
            fits = bestIndex is None and state["best"] == math.inf
        else:
            _checkWeights("the best ", best, model)
            fits = _isCount(bestIndex) and bestIndex in self.plain["history"]["index"] and _isNumber(state["best"])
        _require("stopping", fits, "best and bestIndex of the best weights", state)
        return state, best

    def changes(self, model: Model, there: Model) -> list[Change]:
        """What to set in the model to make it the one that the file describes: β, a frozen layer, ...

        `there` is the model made from this description.
        """
        layers, layersThere = model.namedLayers(), there.namedLayers()
        changes = []
        for path, now, then in differences(plainly(model.config()), plainly(there.config())):
            *parents, name = path
            place = ".".join(parents)
            if "optimizer" in path and name != "kind":
                continue  # see `optimizer`
            settable = name != "kind" and not isinstance(now, (dict, list)) and not isinstance(then, (dict, list))
            if settable and not place:
                changes.append(Change(model, name, getattr(there, name)))
            elif settable and place in layers:
                changes.append(Change(layers[place], name, getattr(layersThere[place], name)))
            else:
                raise ValueError(
                    f"{'.'.join(path)} was changed in the course of the training, from {short(now)} to {short(then)}: "
                    "make the model with the latter"
                )
        return changes

    def setMemory(self, model: Model) -> None:
        """Gives the model back what it remembers from one step to the next, or leaves it as it was."""
        before, then = model.state(), self.part("model")
        for name, value in before.items():
            _require(f"{name} of the model", _isAlike(value, then[name]), f"something like {value!r}", then[name])
        try:
            model.setState(then)
            _require("the model's own state", plainly(model.state()) == then, "one of its own", then)
        except Exception:
            model.setState(before)
            raise

    def under(self, prefix: str) -> dict[str, Array]:
        """The arrays whose names begin so, by what follows."""
        return {name.removeprefix(prefix): array for name, array in self._arrays.items() if name.startswith(prefix)}

    def checkNames(self, places: Collection[str]) -> None:
        """Whether every array belongs to early stopping or to one of the layers."""
        for name in self._arrays:
            if not name.startswith((BEST, *(f"{place}." for place in places))):
                raise ValueError(f"it has an array {TRAINING + name!r}, which belongs to nothing here")


def plainState(state: Any) -> Any:
    """The state of a random generator as plain values."""
    if isinstance(state, Mapping):
        return {key: plainState(value) for key, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"dtype": state.dtype.str, "values": state.tolist()}
    return int(state) if isinstance(state, np.integer) else state


# Positions in a generator's array, from which it would read unchecked, and flags.
LARGEST = {"pos": 624, "buffer_pos": 4, "has_uint32": 1}


def _like(where: str, now: Any, given: Any, name: str = "") -> Any:
    """`given`, from a file, as the state of a random generator, if it is of the kind that `now` is of."""
    if isinstance(now, Mapping):
        _dictionary(where, given, now)
        return {key: _like(where, value, given[key], key) for key, value in now.items()}
    if isinstance(now, np.ndarray):
        _dictionary(where, given, ("dtype", "values"))
        values, largest = given["values"], np.iinfo(now.dtype).max
        fits = given["dtype"] == now.dtype.str and isinstance(values, list) and len(values) == now.size
        fits = fits and all(_isCount(value) and value <= largest for value in values)
        _require(f"{name} of {where}", fits, f"{now.size} whole numbers up to {largest}", given)
        return np.array(values, now.dtype).reshape(now.shape)
    if isinstance(now, str):
        return _require(f"{name} of {where}", given == now, repr(now), given)
    fits = _isCount(given) and given <= LARGEST.get(name, given) and (name != "inc" or given % 2 == 1)
    return _require(f"{name} of {where}", fits, f"a number such as {plainState(now)!r}", given)


def differences(now: Any, then: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """The places where two descriptions differ, and what stands there."""
    if isinstance(now, dict) and isinstance(then, dict) and now.keys() == then.keys():
        for key in now:
            yield from differences(now[key], then[key], (*path, key))
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for i, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from differences(one, other, (*path, str(i)))
    elif now != then:
        yield path, now, then


def _checkWeights(kind: str, weights: dict[str, Array], model: Model) -> None:
    model.checkWeights(weights)
    for name, own in model.arrays().items():
        _checkArray(f"{kind}{name}", weights[name], own.shape, (own.dtype,))


def _checkArray(where: str, array: Array, shape: tuple[int, ...], dtypes: Collection[Any]) -> None:
    if array.shape != shape or array.dtype not in dtypes:
        expected = " or ".join(str(np.dtype(dtype)) for dtype in dtypes)
        raise ValueError(f"{where} has shape {array.shape} and is {array.dtype}, expected {shape} and {expected}")
    if not isFinite(array):
        raise ValueError(f"{where} holds NaN or infinity: the training had diverged")


def _dictionary(where: str, value: Any, keys: Collection[str] | None = None) -> Plain:
    if not isinstance(value, dict):
        raise ValueError(f"expected {where} to be a dictionary, got {short(value)}")
    if keys is not None and value.keys() != set(keys):
        raise ValueError(f"{where} has {', '.join(keys) or 'nothing'}, there it had {', '.join(value) or 'nothing'}")
    return value


def _require(where: str, fits: bool, expected: str, value: Any) -> Any:
    """The value, if it fits."""
    if not fits:
        raise ValueError(f"expected {where} to be {expected}, got {short(value)}")
    return value


def _isCount(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _isNumber(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _isNew(name: str, optimizer: Optimizer) -> bool:
    """Whether an optimizer of the user's own may have given itself an attribute of this name in a step."""
    return name.isidentifier() and not name.startswith("__") and name != "state" and not hasattr(type(optimizer), name)


def _isAlike(now: Any, then: Any) -> bool:
    """Whether a plain value could stand where `now` stands: a number for a number, anything for nothing."""
    if now is None:
        return True
    if _isNumber(now):
        return then is None or _isNumber(then)
    return isinstance(then, type(plainly(now)))
