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
"zeros"             0                                          (breaks no symmetry: for single layers)
==================  =========================================  =================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Initializer = Callable[[tuple[int, ...], int, int, np.random.Generator], NDArray[Any]]


def glorot_uniform(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
    r = math.sqrt(6 / (fanIn + fanOut))
    return rng.uniform(-r, r, shape)


def glorot_normal(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
    return rng.normal(0, math.sqrt(2 / (fanIn + fanOut)), shape)


def he_uniform(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
    r = math.sqrt(6 / fanIn)
    return rng.uniform(-r, r, shape)


def he_normal(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
    return rng.normal(0, math.sqrt(2 / fanIn), shape)


def lecun_normal(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
    return rng.normal(0, math.sqrt(1 / fanIn), shape)


def zeros(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
    return np.zeros(shape)


_BY_NAME: dict[str, Initializer] = {
    function.__name__: function
    for function in (glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_normal, zeros)
}


def find(initializer: str | Initializer) -> Initializer:
    """The initializer of that name; a function is taken as it is."""
    if _blank is not None:
        return _blank
    if callable(initializer):
        return initializer
    if not isinstance(initializer, str) or initializer not in _BY_NAME:
        raise ValueError(f"unknown initializer {initializer!r}: known are {', '.join(_BY_NAME)}, or give a function")
    return _BY_NAME[initializer]


_blank: Initializer | None = None  # takes the place of all others in `blank`


@contextmanager
def blank(limit: int) -> Iterator[None]:
    """Layers made in this block have weights of zero, and draw no random numbers: their values come from a file.

    ValueError if they have more than `limit` weights together, before there is memory for them.
    """
    global _blank
    left = limit

    def zerosUpTo(shape: tuple[int, ...], fanIn: int, fanOut: int, rng: np.random.Generator) -> NDArray[Any]:
        nonlocal left
        left -= math.prod(shape)
        if left < 0:
            raise ValueError(f"expected layers with {limit:,} weights at most, got one of shape {shape}")
        return np.zeros(shape)

    before, _blank = _blank, zerosUpTo
    try:
        yield
    finally:
        _blank = before
