"""A loss that compares what a frozen network makes of label and output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from leibnet.arguments import instance, number, refusal, wholeNumber
from leibnet.arrays import asArray
from leibnet.terminal import shown
from leibnet.types import Array, Shape

import numpy as np

from layers import Wanted
from loss import MSE, Loss
from nn.models.mlp import MLP

INPUT = Wanted(parameters=False)


class FeatureLoss(Loss):
    """The distance between the features φ of label and output, by which a frozen network sees them.

        Loss = 1/|X| Σ_x Σ_l w_l/2 ‖φ_l(x) - φ_l(a)‖²        ∂Loss/∂a = 1/|X| Σ_l w_l J_lᵀ (φ_l(a) - φ_l(x))

    φ_l is what the layer at place l gives, J_l its Jacobian. Pixels that are moved a little cost much in `MSE` and
    little here, so that pictures come back less blurred: the deep feature consistent VAE (Hou et al. 2016,
    arXiv:1610.00291; first lecture, 2.4). The paper takes the mean over the features of a layer, w_l = 1/(C W H) for C
    channels of W x H, times its weight of the reconstruction; here, as everywhere, they are summed.

        VAE(encoder, sampler, decoder, loss=FeatureLoss(classifier, places=[0, 2, 4]))

    The loss has a copy of the network up to the last of the places, which never learns: what becomes of the network
    itself is of no concern. It is in inference: averages of a `BatchNormalization` are the kept ones, and nothing is
    dropped. The model's files hold the copy's arrays, and its precision is the model's. This is no likelihood: a VAE
    then has no `elbo`.

    Parameters
    ----------
    network : an `MLP`, such as a trained classifier; it takes the model's samples, images as columns or columns as
        images where the network's `inputShape`, or else the `sampleShape` of its training, says how. If it has a
        `standardization`, the model's data have the same.
    places : those of the layers whose outputs are compared, 0 is the first, -1 the last.
    weights : w_l > 0 for every place; default 1 each.

    Example
    -------
    >>> from activations import ReLU
    >>> from layers import Dense
    >>> network = MLP([Dense(3, 4, ReLU()), Dense(4, 2)])
    >>> loss = FeatureLoss(network, places=[0])
    >>> x, a = np.zeros((3, 5)), np.ones((3, 5))
    >>> loss.apply(x, x), loss.derivative(x, a).shape
    (0.0, (3, 5))
    """

    nested: ClassVar[Mapping[str, Any]] = {"network": MLP}

    def __init__(self, network: MLP, places: Iterable[int], weights: Iterable[float] | None = None) -> None:
        owner = self.name
        layers = instance(owner, "network", network, MLP, "MLP([Conv2D(1, 8, 3, ReLU()), ...])").layers
        if not layers:
            raise ValueError(refusal(owner, "network", "an MLP with layers", network))
        self.places = _places(owner, places, len(layers))
        self.weights = _weights(owner, weights, len(self.places))
        self.network = network.copy(until=max(self.places) + 1)
        self.network.freeze()
        self.network.chain.locate("the loss's network")
        self._errors = {place: MSE(1 / weight) for place, weight in zip(self.places, self.weights, strict=True)}
        for place, shape in enumerate(self.network.chain.shapes(self._inputShape)):
            if place in self._errors and shape is not None and any(isinstance(side, tuple) for side in shape):
                raise ValueError(refusal(owner, "every place", "one of a layer that gives one array", place))

    @property
    def _inputShape(self) -> Shape | None:
        """What the network takes; None where any will do."""
        return self.network.inputShape or self.network.sampleShape

    def features(self, x: Any) -> dict[int, Array]:
        """What the layers at the places make of samples, by the place: new arrays."""
        x = asArray(x, self.name, "x")
        with self.network.chain.use("inference"):
            return {place: y.copy() for place, y in self._forward(x).items()}

    def apply(self, y: Array, a: Array) -> float:
        return sum(error.apply(one, other) for error, one, other in self._compared(y, a))

    def perSample(self, y: Array, a: Array) -> Array:
        return np.sum([error.perSample(one, other) for error, one, other in self._compared(y, a)], axis=0)

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        return self.valueAndDerivative(y, a, out)[1]

    def valueAndDerivative(self, y: Array, a: Array, out: Array | None = None) -> tuple[float, Array]:
        known, a, value, slope = self._known(y, a), asArray(a), 0.0, None
        layers = self.network.layers
        with self.network.chain.use("inference"):
            seen = self._forward(a)
            for place in range(len(layers) - 1, -1, -1):
                if place in known:
                    own, dy = self._errors[place].valueAndDerivative(known[place], seen[place])
                    value += own
                    slope = dy if slope is None else np.add(dy, slope, out=dy)
                slope = layers[place].backward(slope, INPUT)
            assert slope is not None  # the last layer has a place
            da = np.empty_like(a, dtype=slope.dtype) if out is None else out
            da[...] = slope.reshape(a.shape)
        return value, da

    def _compared(self, y: Array, a: Array) -> list[tuple[MSE, Array, Array]]:
        known = self._known(y, a)
        return [(self._errors[place], known[place], seen) for place, seen in self.features(a).items()]

    def _known(self, y: Array, a: Array) -> dict[int, Array]:
        """The features of the label, if it has the output's shape."""
        shapes = np.shape(y), np.shape(a)
        if shapes[0] != shapes[1]:
            raise ValueError(f"{self.name}: the label's shape {shapes[0]} differs from the output's {shapes[1]}")
        if not math.prod(shapes[0]):
            raise ValueError(f"{self.name}: a batch without samples has no loss: give at least one column")
        return self.features(y)

    def _forward(self, x: Array) -> dict[int, Array]:
        """The same as `features`, in buffers of the pass that this thread is in."""
        x, found = x.reshape(*self._fitting(x.shape[:-1]), x.shape[-1]), {}
        for place, layer in enumerate(self.network.layers):
            x = layer.forward(x, training=False)
            if place in self._errors:
                found[place] = x
        return found

    def _fitting(self, shape: Shape) -> Shape:
        """The shape in which the network takes samples of this one: columns as images, and images as columns."""
        takes = self._inputShape
        return shape if takes is None or len(takes) == len(shape) or math.prod(takes) != math.prod(shape) else takes

    # What a model asks of it -----------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, Array]:
        return {f"network.{name}": array for name, array in self.network.arrays().items()}

    def astype(self, dtype: Any) -> None:
        self.network.astype(dtype)

    def checkShape(self, shape: Shape) -> None:
        try:
            self.network.chain.outputShape(self._fitting(shape))
        except ValueError as error:
            raise ValueError(f"{self.name}: its network does not take samples of shape {shape}: {error}") from None

    def checkScale(self, standardization: Any) -> None:
        mine, theirs = (
            None if one is None else one.config() for one in (self.network.standardization, standardization)
        )
        if mine != theirs:
            raise ValueError(
                f"{self.name}: its network takes {_scaled(mine)}, and the model is trained on {_scaled(theirs)}: train "
                "both on data sets with the same standardisation"
            )

    def __repr__(self) -> str:
        kinds = ", ".join(layer.name for layer in self.network.layers)
        return shown(f"FeatureLoss({kinds}; places={list(self.places)}, weights={list(self.weights)})")


def _scaled(standardization: Any) -> str:
    return "raw numbers" if standardization is None else "standardised numbers"


def _places(owner: str, given: Any, count: int) -> tuple[int, ...]:
    """The places, from 0 on."""
    expected = f"a list of places among {count} layers, each of them once"
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(refusal(owner, "places", expected, given))
    places = [wholeNumber(owner, "every place", place, least=-count) for place in given]
    found = tuple(place + count if place < 0 else place for place in places)
    if not found or max(found) >= count or len(set(found)) < len(found):
        raise ValueError(refusal(owner, "places", expected, places))
    return found


def _weights(owner: str, given: Any, count: int) -> tuple[float, ...]:
    """The weights, one for every place."""
    if given is None:
        return (1.0,) * count
    expected = f"a list of {count} numbers above 0, one for every place"
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(refusal(owner, "weights", expected, given))
    weights = tuple(number(owner, "every weight", weight, low=0, excluding="low") for weight in given)
    if len(weights) != count:
        raise ValueError(refusal(owner, "weights", expected, list(weights)))
    return weights
