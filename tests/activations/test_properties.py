"""Activations take arrays of any type and memory layout, or refuse them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import activations
from activations import ELU, Softmax
from drawn import (
    ACTIVATIONS,
    ANYTHING,
    LAYOUTS,
    dtypes,
    equal,
    examples,
    isFloats,
    isReal,
    layouts,
    rightOrRefused,
    samples,
    seeds,
    shapeOf,
    sizes,
    unchanged,
    values,
)

by_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)


@by_activation
@examples
@given(kind=dtypes, place=layouts, rows=sizes, n=samples, seed=seeds)
def test_activations_take_any_type_and_layout(activation, kind, place, rows, n, seed):
    z = values(np.random.default_rng(seed), kind, (rows, n))
    expected = activation.apply(z.astype(float)), activation.derivative(z.astype(float))
    given = place(z)
    check = unchanged(given)
    tolerance = 2e-3 if kind == np.float16 and given is not None else 1e-6 if kind == np.float32 else 1e-12
    found = activation.apply(given), activation.derivative(given)
    for one, other in zip(found, expected, strict=True):
        assert not np.shares_memory(one, np.asarray(given))
        equal(one, other, tolerance)
    check()


@by_activation
@examples
@given(places=st.lists(layouts.filter(lambda one: one is not LAYOUTS["list"]), min_size=3, max_size=3), seed=seeds)
def test_backward_takes_any_layout_and_fills_any_buffer(activation, places, seed):
    rng = np.random.default_rng(seed)
    z, gradient = rng.normal(size=(2, 3, 4))
    a = activation.apply(z)
    expected = activation.backward(gradient, z, a)
    given = [place(array) for place, array in zip(places, (gradient, z, a), strict=True)]
    check = unchanged(*given)
    for out in (None, np.full((3, 4), np.nan), np.full((4, 3), np.nan).T, np.full((3, 8), np.nan)[:, ::2]):
        found = activation.backward(*given, out=out)
        assert out is None or found is out
        equal(found, expected)
        buffer = None if out is None else np.full_like(out, np.nan)
        equal(activation.apply(given[1], out=buffer), a)
    check()


@by_activation
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_activations_are_finite_without_a_warning_for_all_finite_numbers(activation, dtype):
    largest, tiny = float(np.finfo(dtype).max), float(np.finfo(dtype).smallest_subnormal)
    column = np.array(
        [0, 1, -1, 20, -20, 100, -100, 0.1 * largest, -0.1 * largest, largest, -largest, tiny, -tiny], dtype
    )
    if isinstance(activation, ELU):
        column = column[np.abs(column) < largest]
    with np.errstate(under="ignore"):
        for z in (column[None, :], column[:, None], np.stack((column, column[::-1]))):
            a = activation.apply(z)
            assert a.dtype == dtype
            assert np.isfinite(a).all()
            assert np.isfinite(activation.derivative(z)).all()
            assert np.isfinite(activation.backward(np.ones_like(z), z, a)).all()


@by_activation
@examples
@given(z=ANYTHING)
def test_activations_refuse_what_is_no_number(activation, z):
    if isFloats(z) and not isReal(z):
        return
    shape = shapeOf(z)
    if isinstance(activation, Softmax) and shape is not None and (shape == () or 0 in shape):
        return
    found = rightOrRefused(lambda: activation.apply(z))
    assert (found is not None) == isReal(z)


def test_all_activations_are_drawn():
    assert {one.name for one in ACTIVATIONS} == set(activations.__all__) - {"Activation"}
