"""The adding problem: two marks, and the sum of what they mark."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Dataset


@given(st.integers(2, 40), st.integers(0, 5))
def test_the_target_is_the_sum_of_the_marked_numbers(steps, seed):
    data = Dataset("adding", train_size=50, test_size=20, steps=steps, rng=seed)
    for x, y in (data.trainSet(), data.testSet()):
        assert x.shape[:2] == data.sampleShape == (steps, 2)
        numbers, marks = x[:, 0], x[:, 1]
        assert ((marks == 0) | (marks == 1)).all()
        assert (marks.sum(axis=0) == 2).all()
        assert ((numbers >= 0) & (numbers < 1)).all()
        assert np.allclose(y, (numbers * marks).sum(axis=0, keepdims=True), atol=1e-6)


def test_all_steps_are_marked_alike_often_and_its_variance_is_that_of_the_sum():
    data = Dataset("adding", train_size=20_000, test_size=0, steps=10, rng=0)
    x, y = data.trainSet()
    assert np.allclose(x[:, 1].mean(axis=1), 0.2, atol=0.02)
    assert y.var() == pytest.approx(1 / 6, rel=0.03)
    assert (y.dtype, data.labelShape, data.featureNames) == (np.float32, (1,), ["number", "mark"])


def test_sizes_and_bad_input():
    data = Dataset("adding", steps=3)
    assert (data.train_size, data.test_size) == (10_000, 1_000)
    with pytest.raises(ValueError, match="steps to be a whole number of at least 2"):
        Dataset("adding", steps=1)
