"""A training put back to where a checkpoint says it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from reprlib import repr as short
from typing import Any, NamedTuple

from leibnet.fused.choice import kernelDescription
from leibnet.plain import asStored, dictionary, differences, generatorLike, isAlike, reason, require
from leibnet.terminal import warn

import numpy as np

from dataset import Corruption
from nn.storage.modelfile import description, read
from nn.storage.stored import build, renewed
from nn.training.checkpoint import CheckpointError
from nn.training.checkpoints.contents import Contents, Remembering, parted
from nn.training.checkpoints.optimizers import OptimizerState, checkArray, checkedOptimizer, learning, scales
from nn.training.checkpoints.settings import compare
from nn.training.course import Course
from nn.training.earlystopping import EarlyStopping
from nn.training.records.notes import RECORD, earlier
from nn.training.step import Trainable, generators

Plain = dict[str, Any]
KERNELS = re.compile(r"NumPy|numba [A-Za-z0-9.+]{1,40}")
WRONG = ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError


class Change(NamedTuple):
    """An attribute of a model, or of one of its layers, that was changed in the course of the training."""

    owner: Any
    name: str
    value: Any

    def make(self) -> None:
        """Makes the change once more."""
        setattr(self.owner, self.name, self.value)


def resume(path: Path, course: Course, listeners: Remembering, settings: Plain, began: Plain) -> Contents:
    """Puts a training back to where the file says it was, and returns what else the file says of it.

    Everything is looked at before anything is changed. CheckpointError if the training cannot go on from this file.

    Parameters
    ----------
    path : the file.
    course : the training, at its beginning.
    listeners : its listeners that remember something.
    settings : those of this training, which must be those in the file.
    began : the description of its model.
    """
    try:
        metadata, tensors = read(path)
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    named = generators(course.model, course.dataset)
    before = {name: generator.bit_generator.state for name, generator in named.items()}
    try:
        held = Contents(metadata, tensors)
        compare(held.part("settings"), settings, course.dataset)
        _compare_models(held, began, course)
        if held.part("config") != description(path, metadata)["model"]:
            raise ValueError("it describes two models, one for the training and one for Model.load")
        _warn_of_other_kernels(path, held)
        _restore(held, course, listeners, build(path, metadata, tensors))
        if RECORD in held.plain:  # files of before do not say it
            course.model.trainings = (*earlier(metadata), course.record)
    except WRONG as error:
        for name, generator in named.items():  # a layer of the user's own may draw when it is made
            generator.bit_generator.state = before[name]
        message = f"{path} is no checkpoint from which this training could go on: {reason(error)}"
        raise CheckpointError(message) from error
    return held


def _warn_of_other_kernels(path: Path, held: Contents) -> None:
    """Warns where a training does not go on to the bit, because other kernels compute."""
    then, now = held.plain.get("kernels", "NumPy"), kernelDescription()  # which alone wrote files of before
    named = isinstance(then, str) and KERNELS.fullmatch(then) is not None
    require("kernels", named, "what computed, NumPy or a numba", then)
    if then != now:
        remedy = "leibnet.kernels('numpy') makes it so" if then == "NumPy" else f"install {then} for that"
        warn(
            f"in the training in {path} computed {then}, and {now} computes now: it goes on as it would have gone on "
            f"to rounding, not to the bit; {remedy}",
            RuntimeWarning,
        )


def _settled(config: Any, course: Course) -> Any:
    """A description in which the corruption has in numbers what it leaves to the data, as in files of before.

    The shape of the data, which those do not have, is left out: the settings know the data.
    """
    if not isinstance(config, dict):
        return config
    config = {name: value for name, value in config.items() if name != "sampleShape"}
    given = config.get("corruption")
    if not isinstance(given, dict):
        return config
    suited = Corruption.fromConfig(given).within(course.dataset.facts)
    return config | {"corruption": asStored(suited.config())}


def _compare_models(held: Contents, began: Plain, course: Course) -> None:
    """ValueError that names where the model with which the training began differs from this one."""
    then = held.part("began")
    if began in (then, held.part("config")):
        return
    size = sum(array.size for array in held.weights.values())
    earlier = _settled(renewed(then, size), course)
    differing = list(differences(earlier, _settled(began, course)))  # a file of an earlier version has other words
    if differing:
        path, one, other = differing[0]
        where = re.sub(r"\.(\d+)", r"[\1]", ".".join(path)) or "description"
        raise ValueError(
            f"it is of another model, whose {where} was {one!r} and is {other!r} here; make them equal, or train "
            "without resume=True"
        )


def _restore(held: Contents, course: Course, listeners: Remembering, there: Any) -> None:
    """Looks at everything, then puts it in its place. `there` is the model in the file, newly made."""
    model, layers, named = course.model, course.model.namedLayers(), generators(course.model, course.dataset)
    course.checkState(held.plain)
    changes = _changes(course, there)
    _check_weights("", held.weights, model)
    held.checkNames(layers)
    moved = _optimizers(held, model, there)
    drawn = held.part("generators", named)
    states = {name: generatorLike(name, generator, drawn[name]) for name, generator in named.items()}
    stopping = None if listeners.stopping is None else held.stopping()
    if stopping is not None:
        EarlyStopping.checkState(stopping, held.plain["history"]["index"])
        if "bestWeights" in stopping:
            _check_weights("the best ", stopping["bestWeights"], model)
    held.number("best")
    others = held.listeners(listeners.others)
    with _memories(model, held.model(), listeners, others):
        model.setWeights(held.weights)
        for change in changes:
            change.make()
        for place, layer in learning(layers).items():
            moved[place].put(layer.optimizer)
        course.setState(held.plain)
        if listeners.stopping is not None and stopping is not None:
            listeners.stopping.setState(stopping)
        for name, generator in named.items():
            generator.bit_generator.state = states[name]


def _optimizers(held: Contents, model: Trainable, there: Any) -> dict[str, OptimizerState]:
    """The states of the optimizers by place; `there` is the model that the file describes."""
    layers, given = model.namedLayers(), dictionary("optimizers", held.plain["optimizers"])
    ours, theirs = learning(layers), learning(there.namedLayers())
    # Files of before have one for every layer, also for those without parameters.
    dictionary("optimizers", given, ours.keys() | (given.keys() & layers.keys()))
    scale = scales(layers)
    for place, then in dictionary("scale", held.plain.get("scale", scale)).items():
        if then != scale.get(place):
            raise ValueError(
                f"the optimizer of {place} kept its arrays as {short(then)} there and keeps them as "
                f"{short(scale.get(place))} here: go on with the version of Leibnet that wrote the file"
            )
    return {
        place: checkedOptimizer(given[place], held.under(place + "."), layer, theirs[place])
        for place, layer in ours.items()
    }


def _changes(course: Course, there: Any) -> list[Change]:
    """What to set in the model to make it the one that the file describes: β, a frozen layer, ...

    `there` is the model made from this description.
    """
    model = course.model
    layers, layers_there = model.namedLayers(), there.namedLayers()
    changes = []
    now_and_then = (_settled(asStored(one.config()), course) for one in (model, there))
    for path, now, then in differences(*now_and_then):
        *parents, name = path
        place = ".".join(parents)
        if "optimizer" in path and name != "kind":
            continue  # its settings are in the optimizer's state
        settable = name != "kind" and not isinstance(now, (dict, list)) and not isinstance(then, (dict, list))
        if settable and not place:
            changes.append(Change(model, name, getattr(there, name)))
        elif settable and place in layers:
            changes.append(Change(layers[place], name, getattr(layers_there[place], name)))
        else:
            raise ValueError(
                f"{'.'.join(path)} was changed in the course of the training, from {short(now)} to {short(then)}: "
                "make the model with the latter"
            )
    return changes


def _check_weights(kind: str, weights: dict[str, Any], model: Trainable) -> None:
    model.checkWeights(weights)
    for name, own in model.arrays().items():
        checkArray(f"{kind}{name}", weights[name], own.shape, (own.dtype,))


@contextmanager
def _memories(model: Trainable, memory: Plain, listeners: Remembering, others: dict[str, Plain]) -> Iterator[None]:
    """Gives the model and the user's listeners back what they remember; all stays as it was if that, or what is done
    then, fails."""
    before = model.state()
    kept = {name: one.state() for name, one in listeners.others.items()}
    try:
        (now, _), (then, arrays) = parted(before), parted(memory)
        for name, value in now.items():
            require(f"{name} of the model", isAlike(value, then[name]), f"something like {value!r}", then[name])
        model.setState(memory)
        taken, own = parted(model.state())
        fits = asStored(taken) == then and own.keys() == arrays.keys()
        fits = fits and all(np.array_equal(own[name], array) for name, array in arrays.items())
        require("the model's own state", fits, "one of its own", memory)
        for name, one in listeners.others.items():
            one.setState(others[name])
        yield
    except Exception:
        model.setState(before)
        for name, one in listeners.others.items():
            one.setState(kept[name])
        raise
