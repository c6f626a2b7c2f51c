"""Which layer and which activation has which ONNX form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.arguments import refusal

from activations import Activation
from layers import Layer

Form = Callable[[Any, Any, Any], Any]  # (layer, x, graph) to y; values are those of a `Graph`, or tuples of them

COMPUTES = {"apply", "forward", "forwardLogits", "_forward"}  # a class that writes one of these computes its own way

_forms: dict[type[Layer] | type[Activation], Form] = {}


def onnxForm(*kinds: type[Layer] | type[Activation]) -> Callable[[Form], Form]:
    """Registers, as a decorator, how layers or activations of these classes look in an ONNX file.

    The function is given the layer, the value that comes in, and the `Graph`, to which it adds ONNX operators; it
    returns the value that goes out. Samples are rows there, whatever the file: (N, features), (N, channels, height,
    width), (N, steps, features); `x.shape` is the shape of one sample. Of a layer with an activation (`Activated`) it
    gives z, the bias added; the activation's own form follows. The operators: https://onnx.ai/onnx/operators.

    A subclass has the form of its base unless it computes something else.

    Example
    -------
    >>> class Cosine(Activation):
    ...     def apply(self, z, out=None):
    ...         return np.cos(z, out=out)
    ...
    ...     def derivative(self, z):
    ...         return -np.sin(z)
    >>> @onnxForm(Cosine)
    ... def cosine(activation, z, graph):
    ...     return graph.add("Cos", z)
    """
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, (Layer, Activation))):
            raise TypeError(refusal("onnxForm", "every argument", "a class of layers or activations", kind))

    def register(form: Form) -> Form:
        _forms.update(dict.fromkeys(kinds, form))
        return form

    return register


def hasForm(kind: type[Any]) -> bool:
    """Whether layers or activations of this class have an ONNX form."""
    return _find(kind) is not None


def formOf(thing: Layer | Activation, place: str) -> Form:
    """The form of a layer or an activation; TypeError, with its place in the network, if it has none."""
    if (form := _find(type(thing))) is None:
        raise TypeError(
            f"{place}: the {thing.family} {thing.name} has no ONNX form; register one with @onnxForm({thing.name}) "
            f"above a function ({thing.family}, x, graph), see nn.onnxForm"
        )
    return form


def _find(kind: type[Any]) -> Form | None:
    for one in kind.__mro__:
        if one in _forms:
            return _forms[one]
        if not COMPUTES.isdisjoint(vars(one)):
            return None
    return None
