"""Optimizers take parameters and gradients of any shape, or refuse them."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from drawn import OPTIMIZERS, equal, examples, read_only, seeds

by_optimizer = pytest.mark.parametrize("template", OPTIMIZERS, ids=repr)


@by_optimizer
@examples
@given(shape=arrays.array_shapes(max_dims=3, max_side=6), seed=seeds, dtype=st.sampled_from([np.float32, np.float64]))
def test_an_update_is_of_every_number_whatever_the_shape(template, shape, seed, dtype):
    rng = np.random.default_rng(seed)
    theta, flat = rng.normal(size=shape).astype(dtype), template.clone()
    single, others = theta.reshape(-1).copy(), [template.clone() for _ in range(theta.size)]
    shaped, numbers = template.clone(), theta.reshape(-1).copy()
    for _ in range(3):
        gradient = rng.normal(size=shape).astype(dtype)
        kept = gradient.copy()
        norm = float(np.linalg.norm(gradient))
        assert shaped.update(theta, read_only(gradient), batchSize=4, norm=norm) is None
        flat.update(single, gradient.reshape(-1), batchSize=4, norm=norm)
        for i, one in enumerate(others):
            one.update(numbers[i : i + 1], gradient.reshape(-1)[i : i + 1], batchSize=4, norm=norm)
        assert np.array_equal(gradient, kept)
    assert np.array_equal(theta.reshape(-1), single)
    equal(numbers, single, 1e-5 if dtype == np.float32 else 1e-12)


@by_optimizer
@pytest.mark.parametrize(
    "gradients",
    [np.ones(1), np.ones((1, 3)), np.ones((3, 2)), np.ones(6), np.ones((2, 3), np.complex128), np.ones((4, 3))[::2],
     np.full((2, 3), "x"), np.full((2, 3), None), [[1.0] * 3] * 2, None, 1.0],
    ids=str,
)  # fmt: skip
def test_an_update_with_gradients_that_do_not_fit_changes_nothing(template, gradients):
    optimizer, theta = template.clone(), np.ones((2, 3))
    optimizer.update(theta, theta.copy())
    kept = theta.copy(), optimizer.t, copy.deepcopy(optimizer.state)
    with pytest.raises((TypeError, ValueError), match=".{20}"):
        optimizer.update(theta, gradients)
    assert np.array_equal(theta, kept[0])
    assert optimizer.t == kept[1]
    assert all(np.array_equal(array, kept[2][name]) for name, array in optimizer.state.items())


@by_optimizer
@pytest.mark.parametrize(
    "theta",
    [np.ones(3, int), np.ones((4, 3))[::2], np.ones(3, complex), [1.0, 2.0, 3.0]],
    ids=str,
)
def test_parameters_that_cannot_be_updated_are_refused(template, theta):
    optimizer = template.clone()
    with pytest.raises((TypeError, ValueError), match=".{20}"):
        optimizer.update(theta, np.ones(np.shape(theta)))
    assert optimizer.t == 0


def test_one_optimizer_for_two_arrays_is_refused():
    for template in OPTIMIZERS:
        optimizer = template.clone()
        optimizer.update(np.ones(3), np.ones(3))
        if optimizer.stateNames:
            with pytest.raises(ValueError, match="clone"):
                optimizer.update(np.ones(2), np.ones(2))


def test_a_batch_without_samples_makes_no_update():
    for template in OPTIMIZERS:
        with pytest.raises(ValueError, match="batchSize"):
            template.clone().update(np.ones(3), np.ones(3), batchSize=0)
