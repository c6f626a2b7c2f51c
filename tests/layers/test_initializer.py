"""Initial weights: the distributions of the table, a function of one's own, and weights that come from a file."""

import numpy as np
import pytest

from layers import Dense, Sampler
from layers.initializer import initial, uninitialized

FAN_IN, FAN_OUT = 400, 300
TABLE = {
    "glorot_uniform": ("uniform", np.sqrt(6 / 700)),
    "glorot_normal": ("normal", np.sqrt(2 / 700)),
    "he_uniform": ("uniform", np.sqrt(6 / 400)),
    "he_normal": ("normal", np.sqrt(2 / 400)),
    "lecun_normal": ("normal", np.sqrt(1 / 400)),
}


def draw(name, seed=0, shape=(FAN_OUT, FAN_IN)):
    return initial("Dense", name, shape, FAN_IN, FAN_OUT, np.random.default_rng(seed))


@pytest.mark.parametrize("name", TABLE)
def test_distributions(name):
    (distribution, size), values = TABLE[name], draw(name)
    assert (values.shape, values.dtype) == ((FAN_OUT, FAN_IN), np.float64)
    assert abs(values.mean()) < 0.01 * size
    standard = values / size
    if distribution == "uniform":
        assert np.abs(standard).max() <= 1
        assert np.quantile(standard, [0.1, 0.5, 0.9]) == pytest.approx([-0.8, 0, 0.8], abs=0.01)
    else:
        assert standard.std() == pytest.approx(1, rel=0.01)
        assert np.quantile(standard, [0.1, 0.5, 0.9]) == pytest.approx([-1.2816, 0, 1.2816], abs=0.02)
    assert np.array_equal(draw(name), values)
    assert not np.array_equal(draw(name, seed=1), values)


@pytest.mark.parametrize("name", TABLE)
def test_of_any_shape(name):
    assert draw(name, shape=(8, 3, 2, 2)).shape == (8, 3, 2, 2)


def test_zeros():
    assert not draw("zeros").any()
    assert not Dense(3, 2, initializer="zeros").weight.any()


def test_a_function_of_ones_own():
    given = []

    def constant(shape, fanIn, fanOut, rng):
        given.append((shape, fanIn, fanOut, rng))
        return np.full(shape, 7.0)

    source = np.random.default_rng(0)
    assert (Dense(3, 2, initializer=constant, rng=source).weight == 7).all()
    assert given == [((2, 3), 3, 2, source)]
    assert (Dense(3, 2, initializer=lambda shape, *others: [[1, 2, 3]] * 2).weight == [[1, 2, 3]] * 2).all()


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("he", ValueError, "Dense: expected initializer to be one of 'glorot_uniform', 'glorot_normal', 'he_uniform'"),
        (3, ValueError, "Dense: expected initializer to be one of 'glorot_uniform'"),
        (
            lambda shape, *others: np.ones(3),
            ValueError,
            "expected an initializer that makes arrays of shape (300, 400), got (3,)",
        ),
    ],
)
def test_bad_input(name, error, message):
    with pytest.raises(error) as caught:
        draw(name)
    assert message in str(caught.value)


def test_weights_that_come_from_a_file_are_not_drawn():
    source = np.random.default_rng(0)
    before = source.bit_generator.state
    with uninitialized(100):
        assert not Dense(3, 2, rng=source).weight.any()
        assert not Dense(3, 2, initializer=lambda *given: pytest.fail("drawn"), rng=source).weight.any()
    assert source.bit_generator.state == before
    assert Dense(3, 2, rng=source).weight.any()


def test_no_more_weights_than_there_is_room_for():
    with uninitialized(20):
        Dense(4, 3)
        Sampler(2, 2)
        with pytest.raises(ValueError, match=r"expected layers with 20 weights at most, got one of shape \(1, 1\)"):
            Dense(1, 1)
    with pytest.raises(ValueError, match="10 weights at most"), uninitialized(10):
        Dense(10**6, 10**6)
    assert Dense(4, 3).weight.any()
