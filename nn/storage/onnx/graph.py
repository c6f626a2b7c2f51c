"""What a network computes, as ONNX operators one after the other. Nothing here needs the package onnx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from leibnet.arrays import featureAxisOf
from leibnet.types import Array

import numpy as np

from layers import Activated, Layer
from nn.storage.onnx.registry import formOf


@dataclass(frozen=True)
class Value:
    """An array of a graph: its name, and the shape of one sample. Its first axis are the samples."""

    name: str
    shape: Any

    @property
    def featureAxis(self) -> int:
        """The axis of the features, or of the channels of images."""
        return featureAxisOf((*self.shape, 1)) + 1


class Node(NamedTuple):
    """One operator: its ONNX name, the names of what goes in and comes out, and its attributes."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


class Graph:
    """Operators in the order of the computation, with their constants.

    Parameters
    ----------
    dtype : the precision, float32 or float64.

    Attributes
    ----------
    nodes : the operators, each a `Node`.
    constants : arrays by name; parameters have the names that they have in `weights()`.
    given : what went into every layer so far, for those that refer to another one.

    Example
    -------
    >>> graph = Graph(np.dtype(np.float32))
    >>> y = graph.add("Mul", Value("x", (3,)), 2.0)
    >>> y, graph.nodes[0].operator, graph.constants
    (Value(name='Mul', shape=(3,)), 'Mul', {'constant': array(2., dtype=float32)})
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.given: dict[Layer, Any] = {}
        self._place = ""
        self._taken: Counter[str] = Counter()

    def add(self, operator: str, *inputs: Any, **attributes: Any) -> Value:
        """Puts an ONNX operator at the end, and returns its output.

        Parameters
        ----------
        operator : its name, such as "Gemm".
        inputs : values; numbers and arrays become constants in the graph's precision.
        attributes : of the operator, such as transB=1.

        The output is taken to have the shape of the first value. That of a layer is known from its `outputShape`.
        """
        return self.addSeveral(1, operator, *inputs, **attributes)[0]

    def addSeveral(self, count: int, operator: str, *inputs: Any, **attributes: Any) -> tuple[Value, ...]:
        """`add` for an operator with so many outputs."""
        values = [one if isinstance(one, Value) else self.constant("constant", one) for one in inputs]
        outputs = tuple(Value(self._name(operator), values[0].shape) for _ in range(count))
        names = tuple(one.name for one in values), tuple(one.name for one in outputs)
        self.nodes.append(Node(operator, *names, attributes))
        return outputs

    def constant(self, name: str, values: Any, dtype: Any = None) -> Value:
        """Keeps an array under this name, in the graph's precision unless another one is given."""
        array = np.array(values, self.dtype if dtype is None else dtype)
        value = Value(self._name(name), array.shape)
        self.constants[value.name] = array
        return value

    def put(self, layer: Layer, x: Any, name: str) -> Any:
        """Adds what a layer computes when it predicts, its activation included. `name` is its name in what it is in.

        Raises
        ------
        TypeError : a layer or an activation without an ONNX form.
        ValueError : x has a shape that the layer does not take.
        """
        shape = layer.outputShape(_shape_of(x))
        form = formOf(layer, layer.describe())
        self.given[layer] = x
        with self._inside(name):
            y = form(layer, x, self)
            if isinstance(layer, Activated):
                y = formOf(layer.activation, layer.describe())(layer.activation, y, self)
        return _shaped(y, shape)

    def rename(self, value: Value, name: str) -> None:
        """Gives the output of an operator another name."""

        def renamed(one: str) -> str:
            return name if one == value.name else one

        self.nodes = [
            node._replace(inputs=tuple(map(renamed, node.inputs)), outputs=tuple(map(renamed, node.outputs)))
            for node in self.nodes
        ]

    @contextmanager
    def _inside(self, name: str) -> Iterator[None]:
        before, self._place = self._place, f"{self._place}.{name}".lstrip(".")
        try:
            yield
        finally:
            self._place = before

    def _name(self, name: str) -> str:
        """The name with its place in the network, and a number from the second of that name on."""
        full = f"{self._place}.{name}".lstrip(".")
        self._taken[full] += 1
        return full if self._taken[full] == 1 else f"{full}.{self._taken[full]}"


def perFeature(values: Any, x: Value) -> Array:
    """Numbers, one for each feature, as an array that broadcasts over x; so that (features,) is (channels, 1, 1)."""
    sides = [1] * len(x.shape)
    sides[x.featureAxis - 1] = -1
    return np.reshape(values, sides)


def _shape_of(x: Any) -> Any:
    """The shape of a sample, or the shapes of those of several values."""
    return x.shape if isinstance(x, Value) else tuple(map(_shape_of, x))


def _shaped(y: Any, shape: Any) -> Any:
    """The value with this shape of a sample, or several with theirs."""
    if isinstance(y, Value):
        return Value(y.name, shape)
    return tuple(_shaped(one, each) for one, each in zip(y, shape, strict=True))
