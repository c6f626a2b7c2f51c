"""Checking hand-written gradients against difference quotients."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from leibnet.arrays import featureAxis, realNumbers
from leibnet.types import Array

import numpy as np

from dataset import Batch
from layers import Layer, Learning
from loss import Loss
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.training.metrics import EVALUATION

Verdict = Literal["ok", "wrong", "kink"]


@dataclass(frozen=True)
class GradientEntry:
    """The check of one array.

    Attributes
    ----------
    name : "input", "layers.0.weight", ...
    shape : of the array.
    analytic, numeric : the slope along a random direction, from the gradient and from differences of the loss.
    error : their difference, relative to the larger of them and the norm of the gradient.
    verdict : "ok"; "wrong"; or "kink" if a function with a kink (ReLU at 0) was stepped over, where a difference
        quotient is the slope of neither side.
    """

    name: str
    shape: tuple[int, ...]
    analytic: float
    numeric: float
    error: float
    verdict: Verdict


@dataclass(frozen=True)
class GradientReport:
    """What `checkGradients` found: true if every gradient is right, readable when printed."""

    subject: str
    step: float
    tolerance: float
    entries: list[GradientEntry] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the verdict on every array is "ok"."""
        return all(entry.verdict == "ok" for entry in self.entries)

    @property
    def worst(self) -> float:
        """The largest relative error."""
        return max((entry.error for entry in self.entries), default=0.0)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        width = max([20, *(len(entry.name) for entry in self.entries)])
        lines = [
            f"Gradients of {self.subject} by central differences, step {self.step:g}, tolerance {self.tolerance:g}",
            f"{'array':<{width}} {'shape':<14} {'analytic':>15} {'numeric':>15} {'error':>9}  verdict",
        ]
        for e in self.entries:
            lines.append(
                f"{e.name:<{width}} {e.shape!s:<14} {e.analytic:>15.8g} {e.numeric:>15.8g} {e.error:>9.1e}  {e.verdict}"
            )
        if any(entry.verdict == "kink" for entry in self.entries):
            lines.append(
                "kink: the step crosses a point without derivative (ReLU at 0, say), so the differences decide "
                "nothing. Check at another input or with another rng."
            )
        return "\n".join(lines)


def checkGradients(
    subject: Layer | Loss | Model,
    input: Any = None,
    label: Any = None,
    *,
    step: float = 1e-6,
    tolerance: float = 1e-7,
    rng: np.random.Generator | int = 0,
) -> GradientReport:
    """Compares the gradients of a layer, a loss or a network with central differences, in float64.

    For every array θ (the input and each parameter) with gradient g, and a random direction u of the same shape,

        ⟨g, u⟩  against  (f(θ + h u) - f(θ - h u)) / 2h,

    which costs two forward passes for an array of any size. f is the loss of a network or model (a GAN has two); for a
    layer it is ⟨v, output⟩ with random v, so that the check is ⟨Jᵀv, u⟩ = ⟨v, Ju⟩, plus the layers' own terms of the
    loss. Noise is held fixed: what draws random numbers draws the same ones every time. The subject itself is not
    changed: a copy is checked.

    Parameters
    ----------
    subject : a layer, also one that is made of others, a loss, an MLP with its loss, or another model. Frozen layers
        are checked for the gradient they hand on.
    input : columns to check at, a tuple of arrays for a layer that takes such (for a loss: the outputs a, and the
        pre-activations); default random, 3 columns.
        Models that reconstruct their input, or tell it from their own samples, take numbers from 0 to 1 by default.
    label : for a loss or MLP; default random classes.
    step : h, default 1e-6.
    tolerance : largest relative error, default 1e-7.
    rng : generator or seed for the directions and the defaults; default 0.

    Example
    -------
    >>> from activations import Tanh
    >>> from layers import Dense
    >>> bool(checkGradients(Dense(3, 2, Tanh())))
    True
    """
    if not step > 0:
        raise ValueError(f"checkGradients needs step > 0, got {step!r}")
    rng = np.random.default_rng(rng)
    if isinstance(subject, Layer):
        checks = _layer_checks(copy.deepcopy(subject), input, rng)
    elif isinstance(subject, Loss):
        checks = _loss_checks(subject, input, label, rng)
    elif isinstance(subject, MLP):
        checks = _network_checks(copy.deepcopy(subject), input, label, rng)
    elif isinstance(subject, Model):
        checks = _model_checks(copy.deepcopy(subject), input, rng)
    else:
        raise TypeError(f"checkGradients checks a Layer, a Loss or a Model, got {type(subject).__name__}")
    title = type(subject).__name__ if isinstance(subject, Model) else repr(subject)
    report = GradientReport(title, step, tolerance)
    for check in checks:
        report.entries.append(_compare(*check, step, tolerance, rng))
    return report


# What f returns: its value, and the size of the numbers that were added up to it, which bounds its rounding error.
Function = Callable[[], tuple[float, float]]
Check = tuple[str, Array, Array, Function]


def _compare(
    name: str, array: Array, gradient: Array, f: Function, h: float, tolerance: float, rng: np.random.Generator
) -> GradientEntry:
    direction, start = rng.standard_normal(array.shape), array.copy()

    def at(distance: float) -> tuple[float, float]:
        array[...] = start + distance * direction
        return f()

    (above, size), (here, _), (below, _) = at(h), at(0), at(-h)
    array[...] = start
    analytic, numeric = float(np.vdot(gradient, direction)), (above - below) / (2 * h)
    rounding = 2 * np.finfo(float).eps * size / h  # what the difference of two rounded values of f can be wrong by
    scale = max(abs(analytic), abs(numeric), float(np.linalg.norm(gradient)), np.finfo(float).tiny)
    difference = abs(analytic - numeric)
    ahead, behind = (above - here) / h, (here - below) / h
    beside = min(abs(analytic - ahead), abs(analytic - behind)) < 0.05 * abs(ahead - behind)
    right = difference <= tolerance * scale + rounding
    verdict: Verdict = "ok" if right else "kink" if beside else "wrong"
    return GradientEntry(name, array.shape, analytic, numeric, difference / scale, verdict)


def _layer_checks(layer: Layer, input: Any, rng: np.random.Generator) -> Iterator[Check]:
    layer.astype(float)
    if input is None:
        if layer.inputShape is None:
            raise ValueError(f"{layer.describe()} takes inputs of any shape: give one to check at")
        input = rng.standard_normal((*layer.inputShape, 3))
    x = tuple(_copied("input", one) for one in input) if isinstance(input, tuple) else _copied("input", input)
    named = {name: leaf for name, leaf in layer.leaves().items() if isinstance(leaf, Learning)}

    def forward() -> Any:
        with layer.use(rng=np.random.default_rng(EVALUATION)):
            return layer.forward(x, training=True)

    y = forward()
    v = tuple(rng.standard_normal(one.shape) for one in y) if isinstance(y, tuple) else rng.standard_normal(y.shape)

    def f() -> tuple[float, float]:
        pairs = list(zip(_arrays(v), _arrays(forward()), strict=True))
        own = sum(leaf.penalty.value(leaf.now) for leaf in named.values() if leaf.penalty is not None)
        value = sum(float(np.vdot(*pair)) for pair in pairs)
        return value + own, sum(float(np.linalg.norm(a) * np.linalg.norm(b)) for a, b in pairs) + abs(own)

    layer.backward(v)
    for i, (array, gradient) in enumerate(zip(_arrays(x), _arrays(layer.gradient), strict=True)):
        yield f"input[{i}]" if isinstance(x, tuple) else "input", array, gradient.copy(), f
    for name, parameter, gradient in list(_parameters(named)):
        yield name, parameter, gradient, f


def _copied(name: str, given: Any) -> Array:
    """A copy of the array, of finite numbers in double precision."""
    return realNumbers("checkGradients", name, given, np.dtype(float), finite=True).copy()


def _arrays(value: Any) -> tuple[Array, ...]:
    return value if isinstance(value, tuple) else (value,)


def _network_checks(network: MLP, input: Any, label: Any, rng: np.random.Generator) -> Iterator[Check]:
    network.astype(float)
    if not network.layers:
        raise ValueError("checkGradients needs a network with layers, this MLP has none")
    if input is None:
        input = rng.standard_normal((*(network.inputShape or (1,)), 3))
    x = _copied("input", input)
    with network.randomness(np.random.default_rng(EVALUATION)):
        output = network.feedforward(x)
    y = _random_label(output, rng) if label is None else _copied("label", label)
    f = _held(network, lambda: network.computeGradients(x, y))
    f()
    parameters = list(_parameters(network.namedLayers()))
    yield "input", x, network.chain.gradient.copy(), f
    for name, parameter, gradient in parameters:
        yield name, parameter, gradient, f


def _model_checks(model: Model, input: Any, rng: np.random.Generator) -> Iterator[Check]:
    model.astype(float)
    if input is None:
        shape = model.inputShape
        if shape is None:
            raise ValueError("the first layer of this model takes inputs of any shape: give one to check at")
        input = rng.uniform(0.1, 0.9, (*shape, 3))
    x = _copied("input", input)
    descents = model.losses(Batch.of(x))
    for descent, (layers, compute) in descents.items():
        f = _held(model, compute)
        f()
        for name, parameter, gradient in list(_parameters(layers)):
            yield f"{descent}: {name}" if len(descents) > 1 else name, parameter, gradient, f


def _held(model: Model, compute: Callable[[], float]) -> Function:
    """The loss as a function that draws the same random numbers every time."""

    def f() -> tuple[float, float]:
        with model.randomness(np.random.default_rng(EVALUATION)):
            value = compute()
        seen = [network.output for network in model.networks().values() if network.now.x is not None]
        terms = max((float(np.abs(output).mean()) for output in seen), default=0.0)
        return value, abs(value) + terms  # a critic's loss is a difference of means of its outputs

    return f


def _parameters(layers: Mapping[str, Layer]) -> Iterable[tuple[str, Array, Array]]:
    """Name, array and a copy of the gradient of every parameter that learns."""
    for place, layer in layers.items():
        if isinstance(layer, Learning) and layer.trainable:
            for name, gradient in layer.gradients.items():
                yield f"{place}.{name}".lstrip("."), layer.parameters[name], gradient.copy()


def _loss_checks(loss: Loss, input: Any, label: Any, rng: np.random.Generator) -> Iterator[Check]:
    a = rng.uniform(0.1, 0.9, (4, 3)) if input is None else _copied("input", input)
    y = _random_label(a, rng) if label is None else _copied("label", label)

    def value_of(form: Loss, at: Array) -> Function:
        def f() -> tuple[float, float]:
            value = form.apply(y, at)
            return value, abs(value)

        return f

    yield "outputs a", a, loss.derivative(y, a), value_of(loss, a)
    for link in sorted(loss.pairs):
        pair = loss.after(link)
        assert pair is not None
        z = rng.standard_normal(a.shape) if input is None else a.copy()
        yield f"{link}'s z", z, pair.derivative(y, z), value_of(pair, z)


def _random_label(output: Array, rng: np.random.Generator) -> Array:
    """A random class for every column; of sequences for every step, of images for every pixel."""
    axis = featureAxis(output)
    classes, others = output.shape[axis], (*output.shape[:axis], *output.shape[axis + 1 :])
    if classes == 1:
        return rng.integers(0, 2, output.shape).astype(float)
    return np.moveaxis(np.eye(classes)[rng.integers(0, classes, others)], -1, axis)
