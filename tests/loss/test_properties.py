"""Losses take arrays of any type and memory layout, or refuse them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import (
    ANYTHING,
    LOSSES,
    WHOLE,
    dtypes,
    equal,
    examples,
    isFloats,
    isReal,
    layouts,
    rightOrRefused,
    samples,
    seeds,
    sizes,
    unchanged,
    values,
)

by_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
by_form = pytest.mark.parametrize("link", ["", "Sigmoid", "Softmax"], ids=["output", "Sigmoid", "Softmax"])


def evaluated(loss, link, y, a):
    """Of the outputs, or of the pre-activations of an activation of that link."""
    form = loss.after(link) if link else loss
    return [method(y, a) for method in (form.apply, form.derivative, form.perSample)]


@by_loss
@by_form
@examples
@given(kinds=st.tuples(dtypes, dtypes), places=st.tuples(layouts, layouts), rows=sizes, n=samples, seed=seeds)
def test_losses_take_any_type_and_layout(loss, link, kinds, places, rows, n, seed):
    rng = np.random.default_rng(seed)
    y, a = values(rng, kinds[0], (rows, n)), values(rng, kinds[1], (rows, n))
    if not link:
        a = np.full((rows, n), 0.5, kinds[1]) if kinds[1] not in WHOLE else np.ones_like(a)
        y = y if kinds[1] not in WHOLE else np.ones_like(y)
    if link == "Softmax" and rows == 1:
        return  # a probability of 1, of which the logarithm of what is left is not defined
    expected = evaluated(loss, link, y.astype(float), a.astype(float))
    y, a = places[0](y), places[1](a)
    check = unchanged(y, a)
    single = kinds[1] in (np.float16, np.float32)
    for one, other in zip(evaluated(loss, link, y, a), expected, strict=True):
        equal(one, other, 1e-5 if single else 1e-12)
    check()


@by_loss
@by_form
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_losses_are_finite_without_a_warning(loss, link, dtype):
    if link:
        z = np.array([0, 1, -1, 11, -11, 12, -12, 20, -20, 100, -100, 1000, -1000, 1e4, -1e4], dtype)
    else:
        z = np.array([0, 1, 0.5, np.finfo(dtype).eps, 1 - np.finfo(dtype).eps, np.finfo(dtype).tiny], dtype)
    for label in (0.0, 1.0, 0.5):
        for a in (z[None, :], np.stack((z, z[::-1])), np.stack((z, np.roll(z, 1), np.roll(z, 2)))):
            if link == "Softmax" and len(a) == 1:
                continue
            for found in evaluated(loss, link, np.full(a.shape, label, dtype), a):
                assert np.isfinite(found).all()


@by_loss
@by_form
@examples
@given(given=ANYTHING, asLabel=st.booleans())
def test_losses_refuse_what_is_no_number(loss, link, given, asLabel):
    if isFloats(given) and not isReal(given):
        return
    try:
        shape = np.shape(given)
    except ValueError:
        shape = (2, 3)
    other = np.full(shape, 0.5)
    if not asLabel and isReal(given) and not link and np.any((np.asarray(given) < 0) | (np.asarray(given) > 1)):
        return
    if not shape or (link == "Softmax" and shape[0] < 2):
        return
    y, a = (given, other) if asLabel else (other, given)
    found = rightOrRefused(lambda: tuple(evaluated(loss, link, y, a)))
    shaped = link != "Softmax" or len(shape) > 1  # classes are an axis of their own
    assert (found is not None) == (isReal(given) and np.size(given) > 0 and shaped)
