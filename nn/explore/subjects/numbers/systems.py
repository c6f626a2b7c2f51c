"""What comes out of a model of a dynamic system, and of any network on sequences, for signals that are put in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from activations import Softmax
from layers import Embedding
from nn.explore.subjects.numbers.signals import Signal
from nn.models.autoencoder import Autoencoder
from nn.models.mlp import MLP
from nn.models.sequences.dynamicsystem import DynamicSystem

MOST = 300  # features that are tried for a network whose file says no shape
TRIED = 16  # steps


class System:
    """Signals into a `DynamicSystem`, or into an MLP or autoencoder on sequences (steps, features, N).

    Parameters
    ----------
    model : the model.

    Attributes
    ----------
    inputs : how many inputs it has.
    centre, spread : of every input, (inputs,): its mean and deviation in the training, where the file has them, else
        0 and 1.
    steps : how many steps the model's sequences have; None: any.
    classes : whether the outputs are probabilities of classes.
    classNames : the names of classes or outputs.
    """

    def __init__(self, model: DynamicSystem | MLP | Autoencoder) -> None:
        self.model = model
        self.steps, self.inputs = (None, model.inputDim) if isinstance(model, DynamicSystem) else _sequence_shape(model)
        scale = model.standardization
        self.centre = np.zeros(self.inputs) if scale is None else np.array(scale.mean)
        self.spread = np.ones(self.inputs) if scale is None else np.array(scale.deviation)
        last = None if isinstance(model, DynamicSystem) else model.chain.activation
        self.classes = last is not None and last.link == Softmax.link
        self.classNames = model.classNames

    def usualSignals(self, steps: int = 100) -> list[Signal]:
        """One for every input: a step of two deviations for the first, and nothing but the mean for the others."""
        return [
            Signal("step", 2.0 * float(spread) if place == 0 else 0.0, float(centre), max(2.0, steps / 2))
            for place, (centre, spread) in enumerate(zip(self.centre, self.spread, strict=True))
        ]

    def input(self, signals: Sequence[Signal], steps: int, rng: np.random.Generator | int | None = None) -> Array:
        """The inputs (steps, inputs)."""
        if len(signals) != self.inputs:
            raise ValueError(refusal("System", "signals", f"{self.inputs}, one for every input", len(signals)))
        draw = np.random.default_rng(rng)
        return np.stack([one.of(steps, draw) for one in signals], axis=1)

    def output(self, u: Array) -> Array:
        """What the model makes of inputs (steps, inputs): (steps, outputs), or (outputs,) where it gives one answer.

        Of a `DynamicSystem` it is the simulation, which feeds its own outputs back.
        """
        x = np.asarray(u)[:, :, np.newaxis]
        if isinstance(self.model, DynamicSystem):
            return self.model.simulate(x)[:, :, 0]
        y = self.model.reconstruct(x) if isinstance(self.model, Autoencoder) else self.model.predict(x)
        return y[..., 0]

    def compared(self, u: Array, y: Array) -> dict[str, Array]:
        """What a `DynamicSystem` says of measured inputs (steps, inputs) and outputs y (steps, outputs).

        One step ahead, where the outputs before a step are known, and simulated, where they are not: (steps, outputs)
        each, by these words.
        """
        if not isinstance(self.model, DynamicSystem):
            raise TypeError(refusal("System", "the model", "a DynamicSystem, which feeds outputs back", self.model))
        x, measured = (np.asarray(one)[:, :, np.newaxis] for one in (u, y))
        if not self.model.feedback:
            return {"simulated": self.model.simulate(x)[:, :, 0]}
        start = measured[: min(self.model.washOut, len(measured))]
        ahead, simulated = self.model.predict(x, measured), self.model.simulate(x, start)
        return {"one step ahead": ahead[:, :, 0], "simulated": simulated[:, :, 0]}

    def table(self, text: str) -> tuple[Array, Array]:
        """Inputs (steps, inputs) and outputs (steps, outputs) of a `DynamicSystem` from a text, a line for every step.

        Numbers stand apart by blanks, tabs or commas, the inputs first. ValueError, in a line, for another text.
        """
        assert isinstance(self.model, DynamicSystem)
        width = self.inputs + self.model.outputDim
        rows = []
        for place, line in enumerate(text.strip().splitlines(), 1):
            try:
                numbers = [float(one) for one in line.replace(",", " ").split()]
            except ValueError:
                raise ValueError(f"line {place}: expected numbers, got {line[:40]!r}") from None
            if len(numbers) != width or not np.isfinite(numbers).all():
                what = f"{self.inputs} inputs and {self.model.outputDim} outputs"
                raise ValueError(f"line {place}: expected {what}, {width} finite numbers, got {line[:40]!r}")
            rows.append(numbers)
        if not rows:
            raise ValueError("expected a line of numbers for every step, got none")
        array = np.array(rows)
        return array[:, : self.inputs], array[:, self.inputs :]


def takesSequences(model: Any) -> bool:
    """Whether a model is an MLP or autoencoder on sequences of numbers."""
    if not isinstance(model, (MLP, Autoencoder)):
        return False
    if any(isinstance(one, Embedding) for one in model.namedLayers().values()):  # sequences of tokens
        return False
    with suppress(ValueError):
        return bool(_sequence_shape(model))
    return False


def _sequence_shape(model: MLP | Autoencoder) -> tuple[int | None, int]:
    """Steps (None: any) and features of a model's samples; ValueError if they are no sequences."""
    shape = model.inputShape or model.sampleShape
    if shape is None:  # it was not trained on a data set, and its layers take any number of steps
        for features in range(1, MOST):
            with suppress(ValueError):
                model.chain.outputShape((TRIED, features))
                return None, features
    elif len(shape) == 2:
        return (int(shape[0]) if model.inputShape else None), int(shape[1])
    raise ValueError(refusal("System", "the model", "one of sequences (steps, features, N)", shape))
