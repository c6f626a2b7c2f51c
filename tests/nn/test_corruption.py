"""Corruptions: what they do, how often, and that a seed repeats them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import Corruption, GaussianNoise, Masking, SaltAndPepper, seed

X = np.random.default_rng(0).uniform(size=(50, 2000))
ALL = [GaussianNoise(0.3), GaussianNoise(0.3, clip=None), Masking(0.25), SaltAndPepper(0.1)]
by_kind = pytest.mark.parametrize("corruption", ALL, ids=repr)


def test_gaussian_noise():
    difference = GaussianNoise(0.3, clip=None).apply(X) - X
    assert difference.mean() == pytest.approx(0, abs=0.005)
    assert difference.std() == pytest.approx(0.3, rel=0.01)
    clipped = GaussianNoise(0.3).apply(X, rng=1)
    assert np.array_equal(clipped, np.clip(GaussianNoise(0.3, clip=None).apply(X, rng=1), 0, 1))
    assert GaussianNoise(2, clip=(-1, 2)).apply(X).min() == -1
    assert GaussianNoise(2, clip=(-1, 2)).apply(X).max() == 2


def test_masking():
    corrupted = Masking(0.25).apply(X)
    assert np.mean(corrupted == 0) == pytest.approx(0.25, abs=0.01)
    kept = corrupted != 0
    assert np.array_equal(corrupted[kept], X[kept])
    assert np.mean(Masking(0.5, value=-1).apply(X) == -1) == pytest.approx(0.5, abs=0.01)
    assert not Masking(1).apply(X).any()
    assert np.array_equal(Masking(0).apply(X), X)


def test_salt_and_pepper():
    corrupted = SaltAndPepper(0.1).apply(X)
    assert np.mean(corrupted == 0) == pytest.approx(0.05, abs=0.005)
    assert np.mean(corrupted == 1) == pytest.approx(0.05, abs=0.005)
    kept = (corrupted != 0) & (corrupted != 1)
    assert np.array_equal(corrupted[kept], X[kept])
    assert np.unique(SaltAndPepper(1, low=-1, high=2).apply(X)).tolist() == [-1, 2]


@by_kind
def test_drawn_anew_every_time_and_repeated_by_a_seed(corruption):
    assert not np.array_equal(corruption.apply(X), corruption.apply(X))
    assert np.array_equal(corruption.apply(X, rng=3), corruption.apply(X, rng=3))
    seed(1)
    first = corruption.apply(X)
    seed(1)
    assert np.array_equal(corruption.apply(X), first)
    own = [type(corruption)(rng=7).apply(X) for _ in range(2)]
    assert np.array_equal(*own)


@by_kind
@given(shape=st.tuples(st.integers(1, 5), st.integers(0, 5)), dtype=st.sampled_from([np.float32, np.float64]))
def test_shape_and_precision_stay_and_the_input_is_not_changed(corruption, shape, dtype):
    x = np.full(shape, 0.5, dtype)
    x.flags.writeable = False
    corrupted = corruption.apply(x)
    assert corrupted.shape == shape
    assert corrupted.dtype == dtype
    assert np.all(x == 0.5)


def test_integers_become_floats():
    assert GaussianNoise(0.1, clip=None).apply([[0, 1], [1, 0]]).dtype == float


@by_kind
def test_config(corruption):
    again = Corruption.fromConfig(corruption.config())
    assert repr(again) == repr(corruption)
    assert np.array_equal(again.apply(X, rng=0), corruption.apply(X, rng=0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianNoise(-1), "GaussianNoise needs deviation >= 0, got -1"),
        (lambda: GaussianNoise(np.inf), "GaussianNoise needs deviation >= 0, got inf"),
        (lambda: GaussianNoise(0.1, clip=(1, 0)), "clip to be (low, high) with low < high, or None, got (1, 0)"),
        (lambda: Masking(1.5), "Masking needs share from 0 to 1, got 1.5"),
        (lambda: Masking("half"), "Masking needs share from 0 to 1, got 'half'"),
        (lambda: SaltAndPepper(-0.1), "SaltAndPepper needs share from 0 to 1, got -0.1"),
        (lambda: Corruption.fromConfig({"kind": "Rust"}), "unknown corruption 'Rust': known are"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        make()
    assert message in str(caught.value)
