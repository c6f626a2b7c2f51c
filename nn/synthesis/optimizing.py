"""Pictures by gradient on the input of a frozen network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from leibnet import randomness
from leibnet.arguments import choice, flag, instance, interval, number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array, Shape

import numpy as np

from layers import Chain
from nn.models.mlp import MLP
from nn.synthesis.frozennetwork import FrozenNetwork
from nn.synthesis.keeping import Keeping
from nn.synthesis.making import Making
from nn.synthesis.objectives.inputobjective import InputObjective
from nn.synthesis.stepping import Descent, QuasiNewton, Stepping
from nn.training.arguments import checkSchedule
from nn.training.checkpoint import Checkpoint
from nn.training.checkpoints.settings import describedSchedule
from nn.training.history import History
from optimizer import Adam, Optimizer

OWNER = "optimizeInput"
LR = 0.02  # of Adam, for pixels from 0 to 1: fifty steps from black to white


@dataclass(frozen=True)
class Synthesis:
    """What `optimizeInput` gives.

    Attributes
    ----------
    picture : (channels, height, width, N), or columns (inputs, N).
    history : a `History` with the sum of the objectives, "total", and the value of each, weighted, at every step, by
        its title: "content", "style", ...; its index counts steps. They are those of the picture before the step, or
        with "lbfgs" after it; those of `picture` itself are what `objective.value` says.
    isInterrupted : whether Ctrl-C ended it early.
    """

    picture: Array
    history: History
    isInterrupted: bool = False


def optimizeInput(
    network: MLP | Chain,
    objective: InputObjective | Iterable[InputObjective],
    start: Any,
    steps: int = 200,
    optimizer: Optimizer | str | None = None,
    *,
    bounds: tuple[float, float] | None = (0.0, 1.0),
    jitter: int = 0,
    octaves: int = 1,
    octaveScale: float = 1.4,
    schedule: Callable[[float, float], float] | None = None,
    rng: np.random.Generator | int | None = None,
    progress: bool | None = None,
    checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> Synthesis:
    """Changes a picture until an objective is small: x ← x - step · ∇ₓ E(x), through a network that stays as it is.

    The network is in inference, in a pass of its own ("synthesis"): a training that is under way is not disturbed.

    Parameters
    ----------
    network : an `MLP` or a `layers.Chain`; of an autoencoder, its encoder.
    objective : an `InputObjective`, or several, whose weighted sum it is: `[Content(...), Style(..., weight=10)]`.
    start : the picture at the beginning, (channels, height, width), or several, (..., N), or columns (inputs, N).
        Noise, another picture, or grey.
    steps : of every octave; default 200.
    optimizer : an `Optimizer`, a template; "lbfgs": L-BFGS, which needs the package scipy, and fewer steps. Default
        Adam(lr=0.02).
    bounds : the least and the greatest pixel; None: there are none. Default (0, 1).
    jitter : at every step the picture is moved by up to so many pixels, at random, round about, and back: so nothing
        depends on where the windows of strides and poolings lie. Not with "lbfgs". Default 0.
    octaves, octaveScale : the picture is first made small, then larger by this factor again and again up to its size;
        what was added to it goes on to the next size. Large structures come first. Defaults 1 and 1.4.
    schedule : multiplies the step, a function of (step, steps) such as `optimizer.Cosine()`; default 1. Not "lbfgs".
    rng : of the jitter; default the library's own, which `nn.seed` sets.
    progress : as for `train`: a bar (True), nothing (False), by default a bar on a terminal, else a line now and then.
    checkpoint : a file, or a `Checkpoint` without a metric, in which it is kept every 30 seconds, and at the end.
    resume : whether to go on from that file, if there is one, to the bit.

    Returns
    -------
    A `Synthesis`. Ctrl-C ends it after the step that is under way; it then is what there is so far, in the size of the
    octave.

    Raises
    ------
    ValueError : pictures that the network does not take, or smaller than the field of a layer that is looked at.
    CheckpointError : a file that holds no synthesis, or another one.
    DivergenceError : steps so large that the picture is not finite any more.

    Example
    -------
    >>> from activations import Softmax
    >>> from layers import Dense
    >>> from nn import ClassScore
    >>> classifier = MLP([Dense(4, 3, Softmax(), rng=0)])
    >>> found = optimizeInput(classifier, ClassScore(range(3)), np.zeros((4, 3)), steps=300, progress=False)
    >>> classifier.predict(found.picture).argmax(axis=0)
    array([0, 1, 2])
    """
    frozen = FrozenNetwork(network)
    objectives = list(objective) if isinstance(objective, Iterable) else [objective]
    for one in objectives:
        instance(OWNER, "every objective", one, InputObjective, "ClassScore(3)")
    if not objectives:
        raise ValueError(f"{OWNER}: expected an objective, got an empty list")
    x = frozen.picture(OWNER, "start", start)
    frozen.size = x.shape[1:3] if x.ndim == 4 else None
    limits = None if bounds is None else interval(OWNER, "bounds", bounds)
    steps, jitter = wholeNumber(OWNER, "steps", steps), wholeNumber(OWNER, "jitter", jitter, least=0)
    sizes = _sizes(x.shape, wholeNumber(OWNER, "octaves", octaves), octaveScale)
    if x.ndim == 2 and (jitter or len(sizes) > 1):
        raise ValueError(refusal(OWNER, "start", "pictures where there is jitter, or more than one octave", x.shape))
    stepping = _stepping(optimizer)
    checkSchedule(OWNER, schedule, "(step, steps)")
    if isinstance(stepping, QuasiNewton) and (jitter or schedule is not None):
        raise ValueError(f'{OWNER}: "lbfgs" searches along lines, and takes no jitter and no schedule; take Adam')
    generator = randomGenerator(OWNER, rng) or randomness.networks.generator
    if flag(OWNER, "resume", resume) and checkpoint is None:
        raise ValueError(f"{OWNER}: expected checkpoint to be the file to go on from, got None")
    scale = network.standardization if isinstance(network, MLP) else None
    making = Making(frozen, objectives, x, sizes, steps, stepping, limits, jitter, schedule, generator)
    settings = {
        "steps": steps, "optimizer": stepping.name, "bounds": limits, "jitter": jitter, "sizes": sizes,
        "schedule": describedSchedule(schedule),
        "standardization": None if scale is None else scale.config(),
        "objectives": [one.config() for one in objectives],
    }  # fmt: skip
    pictures = [x, *(one.picture for one in objectives if one.picture is not None)]
    making.run(Keeping(checkpoint, settings, network, pictures), resume, progress)
    return Synthesis(making.picture, making.history, making.isInterrupted)


def _sizes(shape: Shape, octaves: int, scale: float) -> list[Shape]:
    """The shapes of the pictures of all octaves, the smallest first."""
    scale = number(OWNER, "octaveScale", scale, low=1, excluding="low")
    if len(shape) == 2:
        return [shape] * octaves
    return [
        (shape[0], *(max(1, round(side * scale ** (k + 1 - octaves))) for side in shape[1:3]), shape[3])
        for k in range(octaves)
    ]


def _stepping(optimizer: Optimizer | str | None) -> Stepping:
    if isinstance(optimizer, str):
        choice(OWNER, "optimizer", optimizer, ("lbfgs",))
        return QuasiNewton()
    given = Adam(lr=LR) if optimizer is None else optimizer
    return Descent(instance(OWNER, "optimizer", given, Optimizer, 'Adam(lr=0.02), or "lbfgs"'))
