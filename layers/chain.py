"""Layers one behind the other, which are a layer again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from leibnet import arguments
from leibnet.arrays import asArray, isFinite
from leibnet.terminal import shown
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.composite import Composite
from layers.images.pooledconvolution import pooled
from layers.layer import Layer
from layers.learning import Learning
from layers.passes import EVERYTHING, Pass, Wanted
from layers.shapes import concerned, fits, isKnown, sides


class Chain(Composite):
    """y = fₙ(... f₂(f₁(x))): a network. It is a layer itself, and may stand in another chain.

    In trainings, a convolution with ReLU and the max-pooling behind it are computed in one, see
    `layers.images.pooledconvolution`.

    Parameters
    ----------
    layers : the layers in order, or a dict of them by name, such as {"encoder": ..., "decoder": ...}. Without names
        they are called "layers.0", "layers.1" and so on, also in files; more can be added with `add`. A network has
        one precision, that of its first layer: the others are converted to it.

    Attributes
    ----------
    layers : the list of the layers.

    Example
    -------
    >>> from activations import ReLU
    >>> from layers import Dense
    >>> network = Chain([Dense(784, 100, ReLU()), Dense(100, 10)])
    >>> list(network.leaves()), network.numParameters()
    (['layers.0', 'layers.1'], 79510)
    """

    isLinear = True
    isSamplewise = True

    def __init__(self, layers: Iterable[Layer] | Mapping[str, Layer] = ()) -> None:
        super().__init__()
        if isinstance(layers, Layer):
            raise TypeError(f"{self.name}: expected a list of layers, got one layer; write {self.name}([...])")
        if not isinstance(layers, Iterable):
            raise TypeError(arguments.refusal(self.name, "layers", "a list of layers, or a dict of them", layers))
        for name in layers if isinstance(layers, Mapping) else ():
            if not (isinstance(name, str) and name.isidentifier()) or name == "kind":  # in files, that of the layer
                raise ValueError(arguments.refusal(self.name, "every name", "a word such as 'encoder'", name))
        self.layers: list[Layer] = []
        self._names: list[str] | None = list(layers) if isinstance(layers, Mapping) else None
        for layer in layers.values() if isinstance(layers, Mapping) else layers:
            self._put(layer)

    def add(self, layer: Layer) -> None:
        """Puts a layer at the end, in the network's precision; its input must fit the output of the layer before."""
        if self._names is not None:
            raise TypeError(f"{self.describe()}: expected no further layer, for its parts have names: {self._names}")
        self._put(layer)

    def _put(self, layer: Layer) -> None:
        arguments.instance(self.name, "every layer", layer, Layer, "Dense(784, 100, ReLU())")
        mine = {id(self), *map(id, self.parts())}
        if any(id(one) in mine for one in (layer, *layer.parts())):
            raise ValueError(f"{layer.describe()} is in this network already: every place needs a layer of its own")
        place = f"layers[{len(self.layers)}]"
        before = self.shape() if self.layers else None
        if before is not None and not fits(before, layer.inputShape):
            raise ValueError(
                f"{place} ({layer!r}) takes samples of shape {layer.inputShape}, but {self.layers[-1].describe()} "
                f"before it gives {before}: make the two equal"
            )
        self.layers.append(layer)
        self.locate(self.place)
        try:
            self.shapes()
        except Exception:
            self.layers.pop()
            raise
        if len(self.layers) > 1:
            layer.astype(self.dtype)

    def parts(self) -> list[Layer]:  # it is asked for in every step, and needs no names
        return [part for layer in self.layers for part in (layer, *layer.parts())]

    def learning(self) -> list[Learning]:
        return [learner for layer in self.layers for learner in layer.learning()]

    def takeMask(self, mask: Array | None) -> Array | None:
        self.now.mask = mask
        for layer in self.layers:
            mask = layer.takeMask(mask)
        return mask

    def children(self) -> dict[str, Layer]:
        names = self._names or [f"layers.{i}" for i in range(len(self.layers))]
        return dict(zip(names, self.layers, strict=False))  # of names there are more while it is being made

    def config(self) -> dict[str, Any]:
        config = super().config()
        return (
            config
            if self._names is None
            else config | {"layers": dict(zip(self._names, config["layers"], strict=True))}
        )

    # Shapes ----------------------------------------------------------------------------------------------------------

    @property
    def inputShape(self) -> Shape | None:  # type: ignore[override]
        """The shape of one sample; None where any will do."""
        return self.layers[0].inputShape if self.layers else None

    def outputShape(self, inputShape: Shape) -> Shape:
        for layer in self.layers:
            inputShape = layer.outputShape(inputShape)
        return inputShape

    def shape(self) -> Shape | None:
        """The shape of one sample's output; None where it depends on the input."""
        return self.shapes()[-1] if self.layers else None

    def shapes(self, inputShape: Shape | None = None) -> list[Shape | None]:
        """The shape of one sample's output of every layer, for samples of shape `inputShape`.

        Without it, that of the first layer counts that says what it takes; before that layer, None stands for any.
        """
        shapes: list[Shape | None] = []
        shape = inputShape
        for layer in self.layers:
            shape = layer.inputShape if shape is None else shape
            shape = layer.outputShape(shape) if shape is not None and isKnown(shape) else None
            shapes.append(shape)
        return shapes

    def multiplications(self, inputShape: Shape) -> int:
        most = 0
        for layer in self.layers:
            most = max(most, layer.multiplications(inputShape))
            inputShape = layer.outputShape(inputShape)
        return most

    # Forward and backward --------------------------------------------------------------------------------------------

    def accept(self, x: Any) -> Any:
        if not self.layers:
            raise ValueError(f"{self.describe()}: expected a chain with layers, got an empty one; add(Dense(...))")
        return x  # the first layer looks at it

    def forward(self, x: Any, training: bool = True) -> Any:
        now = self.now
        now.x, now.z, now.dx = self.accept(x), None, None
        return self._forward(now.x, now, training)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        for layer in self._begin(now, training):
            x = layer.forward(x, training)
        return x

    def _begin(self, now: Pass, training: bool) -> list[Any]:
        """The layers of a pass; in a training, some stand in one that computes the same in less time."""
        now.layers = layers = pooled(self.layers) if training else self.layers
        return layers

    def forwardLogits(self, x: Array, training: bool = True) -> Array:
        """`forward` up to the pre-activation of the last layer, if it has one, which it returns."""
        now = self.now
        now.x, now.dx = self.accept(x), None
        *others, last = self._begin(now, training)
        for layer in others:
            x = layer.forward(x, training)
        now.z = z = getattr(last, "forwardLogits", last.forward)(x, training)
        return z

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        now = self.passed()
        now.dx = dx = self._backward(dy, now, wanted)
        return dx

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return self._descend(dy, now, wanted, now.layers[-1].backward)

    def backwardLogits(self, dz: Array, wanted: Wanted = EVERYTHING) -> Array | None:
        """`backward` from the gradient with respect to what `forwardLogits` returns."""
        now = self.passed()
        last = now.layers[-1]
        now.dx = self._descend(dz, now, wanted, getattr(last, "backwardLogits", last.backward))
        return now.dx

    def _descend(self, dy: Any, now: Pass, wanted: Wanted, ofLast: Callable[[Any, Wanted], Any]) -> Any:
        """Through the layers down to the first that learns or, if dx is wanted, to the input."""
        layers, first = now.layers, 0
        if not wanted.input:
            first = next((i for i, layer in enumerate(layers) if layer.learns), len(layers))
            for layer in layers[:first]:
                layer.skipBackward()
            if first == len(layers):
                return None
        inside = wanted if wanted.input else Wanted(wanted.parameters, True, wanted.add)
        backward = ofLast
        for i in range(len(layers) - 1, first, -1):
            dy = backward(dy, inside)
            backward = layers[i - 1].backward
        return backward(dy, wanted)

    @property
    def activation(self) -> Activation | None:  # type: ignore[override]
        """That of the last layer."""
        return self.layers[-1].activation if self.layers else None

    @property
    def output(self) -> Any:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        self.passed()
        return self.layers[-1].output

    @property
    def preactivation(self) -> Any:
        """What `forwardLogits` returned: the pre-activation of the last layer, or its output if it has none."""
        z, last = self.passed().z, self.layers[-1]
        if z is not None:
            return z
        return last.preactivation if hasattr(last, "preactivation") else last.output

    def isFinite(self, wanted: Wanted = EVERYTHING) -> bool:
        """Whether the numbers of the last passes, forward and back, are finite, as far as they were wanted."""
        if not isFinite(self.preactivation) or (wanted.input and not isFinite(self.gradient)):
            return False
        return not wanted.parameters or self.hasFiniteGradients()

    def predict(self, x: Any, size: int = 1000, until: int | None = None, mask: Any = None) -> Array:
        """The output for any number of samples, `size` at a time: a new array.

        Any number of threads may predict at once; a backward pass that is still to come is not disturbed. While another
        thread trains the network, a prediction may mix the weights of two neighbouring steps.

        Parameters
        ----------
        x : (..., N).
        size : samples at a time; default 1,000.
        until : the output of the layers before this place; `until=-1` gives what enters the last one. Default: of all.
        mask : which steps the samples have, (steps, N), see `masked`; default all of them.
        """
        layers, x = self._before("predict", until), self.accept(asArray(x, self.describe(), "the input"))
        if not x.ndim:
            raise ValueError(arguments.refusal(self.describe(), "the input", "samples as columns, (..., N)", x.shape))
        size = arguments.wholeNumber(self.describe(), "size", size)
        steps = None if mask is None else asArray(mask, self.describe(), "the mask")
        if steps is not None and steps.shape[-1:] != x.shape[-1:]:
            expected = f"of shape (steps, {x.shape[-1]}), as many samples as the input has"
            raise ValueError(arguments.refusal(self.describe(), "the mask", expected, steps.shape))
        chunks = []
        with self.use("inference"):
            for start in range(0, max(x.shape[-1], 1), size):
                here = slice(start, start + size)
                with self.masked(None if steps is None else steps[..., here]):
                    chunk = x[..., here]
                    for layer in layers:
                        chunk = layer.forward(chunk, training=False)
                chunks.append(chunk.copy())
            if steps is not None and not concerned(layers, len(steps)):
                expected = f"omitted, as no layer takes sequences of {len(steps)} steps"
                raise ValueError(arguments.refusal(self.describe(), "the mask", expected, steps.shape))
        return np.concatenate(chunks, axis=-1)

    def activations(self, x: Any) -> dict[str, Any]:
        """What every layer makes of a batch: its output by its name in the network, new arrays, in order.

        In inference, as `predict`. The layers of chains in it come one by one ("encoder.layers.0"); any other layer
        that is made of layers, such as `Residual`, is one.

        Parameters
        ----------
        x : (..., N), a batch: all outputs are in memory together.

        Example
        -------
        >>> from layers import Dense
        >>> network = Chain([Dense(3, 5), Dense(5, 2)])
        >>> {name: y.shape for name, y in network.activations(np.ones((3, 7))).items()}
        {'layers.0': (5, 7), 'layers.1': (2, 7)}
        """
        found: dict[str, Any] = {}
        x = self.accept(x if isinstance(x, tuple) else asArray(x, self.describe(), "the input"))
        with self.use("inference"):
            for name, layer in self.children().items():
                if isinstance(layer, Chain):
                    found |= {f"{name}.{place}": y for place, y in layer.activations(x).items()}
                    x = next(reversed(found.values()))
                else:
                    x = layer.forward(x, training=False)
                    x = found[name] = tuple(one.copy() for one in x) if isinstance(x, tuple) else x.copy()
        return found

    def copy(self, until: int | None = None) -> Chain:
        """A chain of its own with copies of the layers, or of those before this place: neither learns with the other.

        Their parameters, precision, random generators and what is frozen stay; their optimizers begin anew.

        >>> from layers import Dense
        >>> Chain([Dense(4, 3), Dense(3, 2), Dense(2, 1)]).copy(until=-1)
        Chain (Dense 4 -> 3, Identity(), Dense 3 -> 2, Identity())
        """
        layers = deepcopy(self._before("copy", until))
        chain = Chain(layers if self._names is None else dict(zip(self._names, layers, strict=False)))
        for part in chain.parts():
            if isinstance(part, Learning):
                part.optimizer = part.optimizer.clone()
        return chain

    def _before(self, owner: str, until: int | None) -> list[Layer]:
        """The layers before this place."""
        if until is not None and not -len(self.layers) < until <= len(self.layers):
            raise IndexError(f"{owner}: expected until to be a place among {len(self.layers)} layers, got {until}")
        return self.layers[:until]

    def table(self, inputShape: Shape | None = None) -> str:
        """The layers with the shapes of their outputs and their numbers of parameters, a line each.

        Where the layers take samples of any shape, the shapes are those for `inputShape`, and "any" without it.
        """
        rows = [("layer", "", "output", "parameters")]
        for i, (layer, shape) in enumerate(zip(self.layers, self.shapes(inputShape), strict=True)):
            learnt = [part for part in (layer, *layer.parts()) if isinstance(part, Learning)]
            frozen = ", frozen" if learnt and not any(part.trainable for part in learnt) else ""
            place = f"layers[{i}]" if self._names is None else self._names[i]
            rows.append((place, repr(layer) + frozen, sides(shape), f"{layer.numParameters():,}"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}"
            for row in rows
        ]
        count, trainable = self.numParameters(), sum(layer.numParameters() for layer in self.learning())
        part = "" if trainable == count else f", {trainable:,} of them trainable"
        return shown("\n".join([*lines, f"{count:,} parameters{part}"]))

    def __repr__(self) -> str:
        return f"Chain ({', '.join(map(repr, self.layers))})"
