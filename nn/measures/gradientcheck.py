"""Checking hand-written gradients against difference quotients."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import featureAxis, realNumbers
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch
from layers import Embedding, Layer, Learning
from loss import Loss
from nn.measures.gradientreport import LARGER, GradientEntry, GradientReport, Verdict
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.training.metrics import EVALUATION

VISIBLE = 1e-3  # the share of a gradient that rounding may hide
EPSILON, TINY = float(np.finfo(float).eps), float(np.finfo(float).tiny)
NOTHING = 1e-11  # a gradient that is 0, beside others of the same layer that are not


def checkGradients(
    subject: Layer | Loss | Model,
    input: Any = None,
    label: Any = None,
    *,
    weights: Any = None,
    mask: Any = None,
    step: float = 1e-6,
    tolerance: float = 1e-7,
    rng: np.random.Generator | int = 0,
) -> GradientReport:
    """Compares the gradients of a layer, a loss or a network with central differences, in float64.

    For every array θ (the input and each parameter) with gradient g, and a random direction u of the same shape,

        ⟨g, u⟩  against  (f(θ + h u) - f(θ - h u)) / 2h,

    which costs two forward passes for an array of any size. Where rounding of f hides more than the tolerance, larger
    steps are tried, by differences of fourth order; where it still hides more than a thousandth, nothing is decided. A
    gradient of 0 is right where the differences are 0 to rounding, and it is so beside others of its layer; of a layer
    without any, beside those of all.

    f is the loss of a network or model (a GAN has two); for a layer it is ⟨v, output⟩ with random v, so that the check
    is ⟨Jᵀv, u⟩ = ⟨v, Ju⟩, plus the layers' own terms of the loss. Noise is held fixed: what draws random numbers draws
    the same ones every time. The subject itself is not changed: a copy is checked.

    Parameters
    ----------
    subject : a layer, also one that is made of others, a loss, an MLP with its loss, or another model. Frozen layers
        are checked for the gradient they hand on.
    input : columns to check at, a tuple of arrays for a layer that takes such, and for a model of two domains samples
        of both (for a loss: the outputs a, and the pre-activations); default random, 3 columns. For a model also a
        `Batch`, with all that belongs to it, as an `EncoderDecoder` needs.
        Models that reconstruct their input, or tell it from their own samples, take numbers from 0 to 1 by default.
    label : for a loss or MLP, default random classes; for another model that learns from labels.
    weights : of the samples (N,), or of steps or pixels (..., N), for all but layers; default: all count alike.
    mask : which steps the samples have, (steps, N), for layers and an MLP, see `Layer.masked`; default: all of them.
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
    if isinstance(input, Batch):
        if not isinstance(subject, Model):
            raise TypeError("checkGradients: a Batch is of a model")
        if any(given is not None for given in (label, weights, mask)):
            remedy = "put them into it: Batch.of(inputs, labels, weights=..., mask=...)"
            raise ValueError(refusal("checkGradients", "label, weights and mask", "omitted", "some", remedy))
        if isinstance(subject, MLP):
            weights, mask = input.weights, input.mask
            input, label = input
    rng, w = np.random.default_rng(rng), None if weights is None else _copied("weights", weights)
    if mask is not None and not isinstance(subject, (Layer, MLP)):
        raise TypeError("checkGradients: a mask is of a layer or an MLP")
    if isinstance(subject, Layer):
        if w is not None:
            raise TypeError("checkGradients: weights are of a loss: check a network that ends in one")
        checks = _layer_checks(copy.deepcopy(subject), input, mask, rng)
    elif isinstance(subject, Loss):
        checks = _loss_checks(subject, input, label, w, rng)
    elif isinstance(subject, MLP):
        checks = _network_checks(copy.deepcopy(subject), input, label, w, mask, rng)
    elif isinstance(subject, Model):
        checks = _model_checks(copy.deepcopy(subject), input, label, w, rng)
    else:
        raise TypeError(f"checkGradients checks a Layer, a Loss or a Model, got {type(subject).__name__}")
    title = type(subject).__name__ if isinstance(subject, Model) else repr(subject)
    report = GradientReport(title, step, tolerance)
    all_checks = list(checks)
    norms = {name: float(np.linalg.norm(gradient)) for name, _, gradient, _ in all_checks}
    for check in all_checks:
        layer = check[0].rpartition(".")[0]
        beside = max(norm for name, norm in norms.items() if name.rpartition(".")[0] == layer)
        report.entries.append(_compare(*check, step, tolerance, rng, beside, max(norms.values())))
    return report


# What f returns: its value, and the size of the numbers that were added up to it, which bounds its rounding error.
Function = Callable[[], tuple[float, float]]
Check = tuple[str, Array, Array, Function]


def _compare(
    name: str,
    array: Array,
    gradient: Array,
    f: Function,
    h: float,
    tolerance: float,
    rng: np.random.Generator,
    beside: float,
    most: float,
) -> GradientEntry:
    """The check of one array; the largest norm of a gradient is `beside` in the same layer, and `most` in all."""
    direction, start = rng.standard_normal(array.shape), array.copy()

    def at(distance: float) -> tuple[float, float]:
        array[...] = start + distance * direction
        return f()

    analytic, norm = float(np.vdot(gradient, direction)), float(np.linalg.norm(gradient))

    def seen(numeric: float, rounding: float) -> tuple[float, bool, float]:
        """The relative error, whether that is within tolerance and rounding, and the share that rounding hides."""
        scale = max(abs(analytic), abs(numeric), norm, TINY)
        difference, zero = abs(analytic - numeric), beside or most or size
        if norm <= NOTHING * beside and difference <= rounding <= tolerance * zero:
            return difference / scale, True, 0.0
        return difference / scale, difference <= tolerance * scale + rounding, rounding / scale

    (above, size), (here, _), (below, _) = at(h), at(0), at(-h)
    numeric = (above - below) / (2 * h)
    # the difference of two rounded values of f can be wrong by twice ε times their size
    error, right, hidden = seen(numeric, 2 * EPSILON * size / h)
    verdict: Verdict = "ok"
    if not right:
        ahead, behind = (above - here) / h, (here - below) / h
        beside_kink = min(abs(analytic - ahead), abs(analytic - behind)) < 0.05 * abs(ahead - behind)
        verdict = "kink" if beside_kink or _bends(at, ahead - behind, h) else "wrong"
    for wide in (times * h for times in LARGER):
        if not right or hidden <= tolerance:
            break
        (far, _), (above, size), (below, _), (back, _) = at(2 * wide), at(wide), at(-wide), at(-2 * wide)
        slope = (8 * (above - below) - (far - back)) / (12 * wide)
        found, agrees, less = seen(slope, 3 * EPSILON * size / wide)
        if agrees and less < hidden:
            numeric, error, hidden = slope, found, less
    if right and hidden > max(tolerance, VISIBLE):
        verdict = "undecided"
    array[...] = start
    return GradientEntry(name, array.shape, analytic, numeric, error, verdict)


def _bends(at: Callable[[float], tuple[float, float]], bend: float, h: float) -> bool:
    """Whether the slopes of the two sides, which differ by so much over h, do so nearly as much over a tenth of it.

    Where f is smooth, that is a tenth of it, too. An image's ground of zeros makes many kinks at once, of which a step
    goes up some and down others.
    """
    (above, size), (here, _), (below, _) = at(h / 10), at(0), at(-h / 10)
    nearer = (above - 2 * here + below) / (h / 10)
    return abs(nearer) > 0.5 * abs(bend) and abs(nearer) > 4 * EPSILON * size / (h / 10)


def _layer_checks(layer: Layer, input: Any, mask: Any, rng: np.random.Generator) -> Iterator[Check]:
    layer.astype(float)
    input = _given(input, layer.inputShape, layer.describe(), rng.standard_normal)
    x = tuple(_copied("input", one) for one in input) if isinstance(input, tuple) else _copied("input", input)
    named = {name: leaf for name, leaf in layer.leaves().items() if isinstance(leaf, Learning)}
    penalised = [layer, *layer.parts()]

    def forward() -> Any:
        with layer.use(rng=np.random.default_rng(EVALUATION)):
            return layer.forward(x, training=True)

    def f() -> tuple[float, float]:
        with layer.masked(mask):
            pairs = list(zip(_arrays(v), _arrays(forward()), strict=True))
            own = sum(part.penalty.value(part.now) for part in penalised if part.penalty is not None)
        value = sum(float(np.vdot(*pair)) for pair in pairs)
        return value + own, sum(float(np.linalg.norm(a) * np.linalg.norm(b)) for a, b in pairs) + abs(own)

    with layer.masked(mask):
        y = forward()
        several = isinstance(y, tuple)
        v = tuple(rng.standard_normal(one.shape) for one in y) if several else rng.standard_normal(y.shape)
        layer.backward(v)
    pairs = [] if _takes_numbers(layer) else zip(_arrays(x), _arrays(layer.gradient), strict=True)
    for i, (array, gradient) in enumerate(pairs):
        yield f"input[{i}]" if isinstance(x, tuple) else "input", array, gradient.copy(), f
    for name, parameter, gradient in list(_parameters(named)):
        yield name, parameter, gradient, f


def _given(input: Any, shape: Shape | None, whose: str, draw: Callable[[Shape], Any]) -> Any:
    """The input, or three samples that are drawn where none is given."""
    if input is not None:
        return input
    if shape is None:
        raise ValueError(f"{whose} takes inputs of any shape: give one to check at")
    return draw((*shape, 3))


def _takes_numbers(layer: Layer) -> bool:
    """Whether its input are whole numbers, which cannot be moved a little."""
    return isinstance(next(iter(layer.leaves().values()), None), Embedding)


def _copied(name: str, given: Any) -> Array:
    """A copy of the array, of finite numbers in double precision."""
    return realNumbers("checkGradients", name, given, np.dtype(float), finite=True).copy()


def _arrays(value: Any) -> tuple[Array, ...]:
    return value if isinstance(value, tuple) else (value,)


def _network_checks(
    network: MLP, input: Any, label: Any, weights: Array | None, mask: Any, rng: np.random.Generator
) -> Iterator[Check]:
    network.astype(float)
    if not network.layers:
        raise ValueError("checkGradients needs a network with layers, this MLP has none")
    input = _given(input, network.inputShape, network.layers[0].describe(), rng.standard_normal)
    x = _copied("input", input)
    with network.randomness(np.random.default_rng(EVALUATION)), network.objective.masked(mask):
        output = network.feedforward(x)
    y = _random_label(network.loss.prediction(output), rng) if label is None else _copied("label", label)
    f = _held(network, lambda: network.computeGradients(x, y, weights, mask))
    f()
    parameters = list(_parameters(network.namedLayers()))
    if not _takes_numbers(network.chain):
        yield "input", x, network.chain.gradient.copy(), f
    for name, parameter, gradient in parameters:
        yield name, parameter, gradient, f


def _model_checks(
    model: Model, input: Any, label: Any, weights: Array | None, rng: np.random.Generator
) -> Iterator[Check]:
    model.astype(float)
    if isinstance(input, Batch):
        yield from _descent_checks(model, input)
        return
    if label is not None and not model.labelled:
        raise ValueError(refusal("checkGradients", "label", "omitted for a model that learns without labels", label))
    input = _given(input, model.inputShape, "the first layer of this model", partial(rng.uniform, 0.1, 0.9))
    x, *second = (_copied("input", one) for one in _arrays(input))
    if not second and model.secondShape is not None:
        second = [rng.uniform(0.1, 0.9, (*model.secondShape, x.shape[-1]))]
    if len(second) >= model.domains:
        expected = f"samples of {model.domains} domains" if model.domains > 1 else "one array of samples"
        raise ValueError(refusal("checkGradients", "input", expected, input))
    y = None if label is None else _copied("label", label)
    parts = {} if weights is None else {"weights": weights}
    if second:
        parts["second"] = second[0]
    yield from _descent_checks(model, Batch.of(x, y, **parts))


def _descent_checks(model: Model, batch: Batch) -> Iterator[Check]:
    descents = model.losses(batch)
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


def _loss_checks(
    loss: Loss, input: Any, label: Any, weights: Array | None, rng: np.random.Generator
) -> Iterator[Check]:
    a = rng.uniform(0.1, 0.9, (4, 3)) if input is None else _copied("input", input)
    y = _random_label(loss.prediction(a), rng) if label is None else _copied("label", label)

    def value_of(form: Loss, at: Array) -> Function:
        def f() -> tuple[float, float]:
            value = form.apply(y, at) if weights is None else form.weightedApply(y, at, weights)
            return value, abs(value)

        return f

    def slope(form: Loss, at: Array) -> Array:
        return form.derivative(y, at) if weights is None else form.weightedDerivative(y, at, weights)

    yield "outputs a", a, slope(loss, a), value_of(loss, a)
    for link in sorted(loss.pairs):
        pair = loss.after(link)
        assert pair is not None
        z = rng.standard_normal(a.shape) if input is None else a.copy()
        yield f"{link}'s z", z, slope(pair, z), value_of(pair, z)


def _random_label(output: Array, rng: np.random.Generator) -> Array:
    """A random class for every column; of sequences for every step, of images for every pixel."""
    axis = featureAxis(output)
    classes, others = output.shape[axis], (*output.shape[:axis], *output.shape[axis + 1 :])
    if classes == 1:
        return rng.integers(0, 2, output.shape).astype(float)
    return np.moveaxis(np.eye(classes)[rng.integers(0, classes, others)], -1, axis)
