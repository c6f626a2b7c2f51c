"""Reshape and Flatten: the same numbers of each sample, no number moves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import Chain, Flatten, Layer, Reshape, Wanted

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
samples = st.integers(0, 4)


def numbered(shape):
    return np.arange(math.prod(shape), dtype=float).reshape(shape)


@given(shape=shapes, n=samples)
def test_views_and_inverse_of_each_other(shape, n):
    x = numbered((*shape, n))
    flatten, reshape = Flatten(), Reshape(shape)
    y = flatten.forward(x)
    assert y.shape == (math.prod(shape), n)
    assert n == 0 or np.shares_memory(y, x)
    again = reshape.forward(y)
    assert n == 0 or np.shares_memory(again, x)
    assert np.array_equal(again, x)
    dy = numbered((*shape, n)) + 1
    flat = reshape.backward(dy)
    assert n == 0 or np.shares_memory(flat, dy)
    assert np.array_equal(flatten.backward(flat), dy)


@given(shape=shapes, n=st.integers(1, 4), data=st.data())
def test_every_sample_keeps_its_numbers(shape, n, data):
    x = numbered((*shape, n))
    target = data.draw(st.permutations(shape)).copy()
    y = Reshape(target).feedforward(x)
    assert y.shape == (*target, n)
    for k in range(n):
        assert np.array_equal(y[..., k].ravel(), x[..., k].ravel())
    assert np.array_equal(Flatten().feedforward(x), x.reshape(-1, n))
    assert not np.shares_memory(y, x)


def test_the_order_within_a_sample_is_that_of_the_last_axis_first():
    image = numbered((1, 2, 3, 1))
    assert Flatten().feedforward(image).ravel().tolist() == [0, 1, 2, 3, 4, 5]
    assert Reshape((3, 2)).feedforward(image)[..., 0].tolist() == [[0, 1], [2, 3], [4, 5]]


@given(shape=shapes)
def test_shapes(shape):
    size = math.prod(shape)
    assert Flatten().outputShape(shape) == (size,)
    assert Reshape(shape).outputShape((size,)) == shape
    assert Reshape(shape).outputShape(shape) == shape
    assert Flatten().outputShape(()) == (1,)
    assert Flatten().multiplications(shape) == Reshape(shape).multiplications(shape) == 0


def test_without_the_gradient_of_the_input_there_is_none():
    for layer in (Flatten(), Reshape((3, 2))):
        layer.forward(numbered((2, 3, 4)))
        assert layer.backward(layer.output, Wanted(input=False)) is None
        assert layer.backward(layer.output).shape == (2, 3, 4)


def test_without_parameters():
    for layer in (Flatten(), Reshape((3, 2))):
        assert (layer.parameters, layer.statistics, layer.numParameters(), layer.learns) == ({}, {}, 0, False)
        layer.astype(np.float32)
        assert layer.feedforward(numbered((2, 3, 4))).dtype == np.float32


def test_config():
    again = Layer.fromConfig(Reshape([1, 28, 28]).config())
    assert (again.shape, repr(again)) == ((1, 28, 28), "Reshape -> 1x28x28")
    assert repr(Reshape(7)) == "Reshape -> 7"
    assert Layer.fromConfig(Flatten().config()).config() == {"kind": "Flatten"}
    assert Chain([Reshape((2, 3)), Flatten()]).outputShape((6,)) == (6,)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Reshape((3, 0)),
            ValueError,
            "Reshape: expected every side of shape to be a whole number of at least 1, got 0",
        ),
        (
            lambda: Reshape((-1,)),
            ValueError,
            "Reshape: expected every side of shape to be a whole number of at least 1, got -1",
        ),
        (lambda: Reshape((2.0, 3)), TypeError, "got 2.0"),
        (lambda: Reshape("23"), TypeError, "got '2'"),
        (lambda: Reshape(None), TypeError, "got None"),
        (
            lambda: Reshape((2, 3)).feedforward(numbered((5, 4))),
            ValueError,
            "Reshape -> 2x3: expected samples of 6 numbers, for shape (2, 3), got some of shape (5,)",
        ),
        (
            lambda: Flatten().feedforward((numbered((2, 2)),)),
            TypeError,
            "Flatten: expected one array, got a tuple of 1",
        ),
        (
            lambda: Flatten().feedforward(numbered((2, 2)) * 1j),
            TypeError,
            "Flatten: expected the input to be real numbers",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_a_gradient_of_another_shape_is_refused():
    layer = Flatten()
    layer.forward(numbered((2, 3, 4)))
    with pytest.raises(
        ValueError, match=r"Flatten: expected a gradient of its output's shape \(6, 4\), got \(2, 3, 4\)"
    ):
        layer.backward(numbered((2, 3, 4)))
