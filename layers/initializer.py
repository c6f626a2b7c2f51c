"""Initial values of weights.

An initializer is a function `(shape, fanIn, fanOut, rng) -> array` in float64, where fanIn is the number of inputs that
reach one output, and fanOut the number of outputs that one input reaches. They are chosen by name:

==================  =========================================  =================================================
name                distribution                               source
==================  =========================================  =================================================
"glorot_uniform"    U(-r, r), r = √(6 / (fanIn + fanOut))      Glorot & Bengio 2010; for tanh, sigmoid, softmax
"glorot_normal"     N(0, 2 / (fanIn + fanOut))                 the same
"he_uniform"        U(-r, r), r = √(6 / fanIn)                 He et al. 2015, arXiv:1502.01852; for ReLU
"he_normal"         N(0, 2 / fanIn)                            the same
"lecun_normal"      N(0, 1 / fanIn)                            LeCun et al. 1998, "Efficient BackProp"
"orthogonal"        orthonormal rows, or columns where these   Saxe et al. 2013, arXiv:1312.6120; for W_h of
                    are fewer                                  recurrent layers
"zeros"             0                                          (breaks no symmetry: for single layers)
==================  =========================================  =================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from leibnet import arguments
from leibnet.arrays import realNumbers
from leibnet.frames import untabled
from leibnet.types import Array, Shape

import numpy as np

Initializer = Callable[[Shape, int, int, np.random.Generator], Array]


def _glorot_uniform(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    r = math.sqrt(6 / (fanIn + fanOut))
    return rng.uniform(-r, r, shape)


def _glorot_normal(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    return rng.normal(0, math.sqrt(2 / (fanIn + fanOut)), shape)


def _he_uniform(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    r = math.sqrt(6 / fanIn)
    return rng.uniform(-r, r, shape)


def _he_normal(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    return rng.normal(0, math.sqrt(2 / fanIn), shape)


def _lecun_normal(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    return rng.normal(0, math.sqrt(1 / fanIn), shape)


def _orthogonal(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # so that all of them are equally likely
    return (q if rows >= columns else q.T).reshape(shape)


def _zeros(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    return np.zeros(shape)


_BY_NAME: dict[str, Initializer] = {
    function.__name__.removeprefix("_"): function
    for function in (_glorot_uniform, _glorot_normal, _he_uniform, _he_normal, _lecun_normal, _orthogonal, _zeros)
}


def initial(
    owner: str, initializer: str | Initializer, shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator
) -> Array:
    """Initial values by the initializer of that name, or by a function, in an array of this shape."""
    function = _uninitialized.get() or initializer
    if not callable(function):
        function = _BY_NAME[arguments.choice(owner, "initializer", function, list(_BY_NAME))]
    what = "what the initializer makes"
    values = realNumbers(owner, what, untabled(owner, what, function(shape, fanIn, fanOut, rng)))
    if values.shape != shape:
        raise ValueError(f"{owner}: expected an initializer that makes arrays of shape {shape}, got {values.shape}")
    return values


_uninitialized: ContextVar[Initializer | None] = ContextVar("uninitialized", default=None)  # in place of all others


@contextmanager
def uninitialized(limit: int) -> Iterator[None]:
    """Layers made in this block have weights of zero, and draw no random numbers: their values come from a file.

    ValueError if they have more than `limit` weights together, before there is memory for them.
    """
    left = limit

    def zeros_up_to(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
        nonlocal left
        left -= math.prod(shape)
        if left < 0:
            raise ValueError(f"expected layers with {limit:,} weights at most, got one of shape {shape}")
        return np.zeros(shape)

    token = _uninitialized.set(zeros_up_to)
    try:
        yield
    finally:
        _uninitialized.reset(token)
