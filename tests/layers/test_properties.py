"""Layers take arrays of any type and memory layout, or refuse them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import ELU
from drawn import (
    ANYTHING,
    anything,
    dtypes,
    equal,
    examples,
    isFloats,
    isReal,
    layouts,
    rightOrRefused,
    samples,
    shapeOf,
    sizes,
    unchanged,
    values,
)
from layers import Dense, Sampler

MAKE = {"Dense": lambda i, o: Dense(i, o, ELU(), rng=0), "Sampler": lambda i, o: Sampler(i, o, rng=0)}
by_layer = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def passes(layer, x, gradient):
    if layer.rng is not None:
        layer.rng = np.random.default_rng(0)
    output = layer.feedforward(x)
    layer.backward(gradient)
    return [output, layer.gradient.copy(), layer.gradientVector.copy()]


@by_layer
@examples
@given(shape=st.tuples(sizes, sizes, samples), kinds=st.tuples(dtypes, dtypes), places=st.tuples(layouts, layouts))
def test_layers_take_any_type_and_layout(make, shape, kinds, places):
    rng = np.random.default_rng(shape)
    inputs, outputs, n = shape
    layer = make(inputs, outputs)
    x, gradient = values(rng, kinds[0], (inputs, n)), values(rng, kinds[1], (outputs, n))
    expected = passes(layer, x.astype(float), gradient.astype(float))
    x, gradient = places[0](x), places[1](gradient)
    check = unchanged(x, gradient)
    for one, other in zip(passes(layer, x, gradient), expected, strict=True):
        equal(one, other)
    check()


@by_layer
@examples
@given(gradient=ANYTHING)
def test_any_gradient_is_taken_or_refused(make, gradient):
    layer = make(2, 2)
    layer.feedforward(np.ones((2, 3)))

    def back():
        layer.backward(gradient)
        return layer.gradient, layer.gradientVector

    fits = shapeOf(gradient) == (2, 3) and isReal(gradient)
    if not fits and shapeOf(gradient) == (2, 3) and np.asarray(gradient).dtype.kind == "f":
        return  # a layer computes with NaN, the network names it
    assert (rightOrRefused(back) is not None) == fits


@examples
@given(weight=anything((2, 3)))
def test_any_weight_is_taken_or_refused(weight):
    layer = Dense(3, 2, rng=0)
    before = layer.weight.copy()

    def assign():
        layer.weight = weight
        return layer.weight

    fits = isReal(weight) and shapeOf(weight) == (2, 3)
    if isFloats(weight) and not isReal(weight):
        return  # the network names it
    assert (rightOrRefused(assign) is not None) == fits
    equal(layer.weight, weight if fits else before)


@by_layer
def test_a_batch_without_samples_goes_through_a_layer(make):
    layer = make(3, 2)
    assert layer.feedforward(np.ones((3, 0))).shape == (2, 0)
    layer.backward(np.ones((2, 0)))
    assert layer.gradient.shape == (3, 0)
    assert not layer.gradientVector.any()
