"""Arguments: what is taken, what is refused, and in which words."""

import math
from fractions import Fraction

from leibnet import arguments

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Activation, ReLU


def refused(check, *given_, **keywords):
    """(the error's class, its words) of a check that refuses."""
    with pytest.raises((TypeError, ValueError)) as caught:
        check("Owner", "size", *given_, **keywords)
    return type(caught.value), str(caught.value)


@pytest.mark.parametrize(("value", "least"), [(1, 1), (7, 1), (0, 0), (-3, -3), (np.int8(4), 1), (np.uint64(9), 1)])
def test_whole_numbers(value, least):
    found = arguments.wholeNumber("Owner", "size", value, least)
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize("value", [1.0, "1", True, np.True_, None, [1], 1j, Fraction(3, 1), np.array(1)])
def test_no_whole_numbers(value):
    error, words = refused(arguments.wholeNumber, value)
    assert (error, words) == (TypeError, f"Owner: expected size to be a whole number of at least 1, got {value!r}")


@pytest.mark.parametrize(("value", "least"), [(0, 1), (-1, 0), (np.int64(-5), 1)])
def test_too_small_whole_numbers(value, least):
    error, words = refused(arguments.wholeNumber, value, least)
    expected = f"Owner: expected size to be a whole number of at least {least}, got {value!r}"
    assert (error, words) == (ValueError, expected)


@given(value=st.integers(-(10**30), 10**30), least=st.integers(-5, 5))
def test_any_whole_number(value, least):
    if value >= least:
        assert arguments.wholeNumber("Owner", "size", value, least) == value
    else:
        assert refused(arguments.wholeNumber, value, least)[0] is ValueError


@pytest.mark.parametrize("value", [1, -2.5, 0.0, np.float32(0.5), np.int64(3), Fraction(1, 4), 1e308])
def test_numbers(value):
    found = arguments.number("Owner", "size", value)
    assert (found, type(found)) == (float(value), float)


@pytest.mark.parametrize("value", ["1", None, True, np.False_, 1j, [1.0], np.array(1.0)])
def test_no_numbers(value):
    error, words = refused(arguments.number, value)
    assert (error, words) == (TypeError, f"Owner: expected size to be a finite number, got {value!r}")


@pytest.mark.parametrize(
    ("value", "bounds", "words"),
    [
        (math.inf, {}, "a finite number, got inf"),
        (math.nan, {}, "a finite number, got nan"),
        (10**400, {}, f"a finite number, got {10**400}"),
        (-1, {"low": 0}, "a finite number >= 0, got -1"),
        (0, {"low": 0, "excluding": "low"}, "a finite number > 0, got 0"),
        (1, {"high": 1, "excluding": "high"}, "a finite number < 1, got 1"),
        (1.5, {"low": 0, "high": 1}, "a finite number >= 0 and <= 1, got 1.5"),
        (0.5, {"low": 0.5, "high": 1, "excluding": "low"}, "a finite number > 0.5 and <= 1, got 0.5"),
        (math.nan, {"low": 0, "high": 1}, "a finite number >= 0 and <= 1, got nan"),
        (-(10**400), {"high": 1}, "a finite number <= 1"),
    ],
)
def test_numbers_out_of_bounds(value, bounds, words):
    error, found = refused(arguments.number, value, **bounds)
    assert error is ValueError
    assert found.startswith(f"Owner: expected size to be {words}")


@given(value=st.floats(-3, 3), excluding=st.sampled_from(["", "low", "high", "low high"]))
def test_bounds(value, excluding):
    low_fits = value > -1 or (value == -1 and "low" not in excluding)
    high_fits = value < 2 or (value == 2 and "high" not in excluding)
    if low_fits and high_fits:
        assert arguments.number("Owner", "size", value, -1, 2, excluding) == value
    else:
        assert refused(arguments.number, value, -1, 2, excluding)[0] is ValueError


@pytest.mark.parametrize("value", [-1, 2])
def test_ends_belong_to_the_bounds(value):
    assert arguments.number("Owner", "size", value, -1, 2) == value


def test_flags():
    assert arguments.flag("Owner", "size", True) is True
    assert arguments.flag("Owner", "size", np.False_) is False
    for value in (1, 0, "True", None):
        expected = (TypeError, f"Owner: expected size to be True or False, got {value!r}")
        assert refused(arguments.flag, value) == expected


def test_instances():
    relu = ReLU()
    assert arguments.instance("Owner", "f", relu, Activation, "ReLU()") is relu
    error, words = refused(arguments.instance, "relu", Activation, "ReLU()")
    assert (error, words) == (TypeError, "Owner: expected size to be an Activation such as ReLU(), got 'relu'")
    _, words = refused(arguments.instance, ReLU, Activation, "ReLU()")
    assert words.endswith("; give an instance, ReLU()")


def test_choices():
    assert arguments.choice("Owner", "size", "b", ["a", "b"]) == "b"
    for value in ("c", "", None, 1, ["a"]):
        expected = (ValueError, f"Owner: expected size to be one of 'a', 'b', got {value!r}")
        assert refused(arguments.choice, value, ["a", "b"]) == expected


def test_random_generators():
    rng = np.random.default_rng(0)
    assert arguments.randomGenerator("Owner", rng) is rng
    assert arguments.randomGenerator("Owner", None) is None
    made = [arguments.randomGenerator("Owner", seed).random() for seed in (3, np.int64(3), 4)]
    assert made[0] == made[1] == np.random.default_rng(3).random() != made[2]
    for value in (1.0, "0", True, np.random.RandomState(0), np.random):
        with pytest.raises(TypeError, match="Owner: expected rng to be a numpy Generator, a seed .* or None, got"):
            arguments.randomGenerator("Owner", value)
    with pytest.raises(ValueError, match="Owner: expected rng to be a whole number of at least 0, got -1"):
        arguments.randomGenerator("Owner", -1)


def test_float_types():
    for value in (np.float32, "float32", np.dtype("f4"), "f"):
        assert arguments.floatType("Owner", value) == np.dtype(np.float32)
    for value in (float, "float64", np.float64):
        assert arguments.floatType("Owner", value) == np.dtype(np.float64)
    for value in (None, int, "nonsense", np.float16, complex, 32, bool):
        with pytest.raises(ValueError, match="Owner: expected dtype to be np.float32 or np.float64, got"):
            arguments.floatType("Owner", value)


def test_intervals():
    for value in ((0, 1), [0, 1], np.array([0.0, 1.0]), (Fraction(0), np.float32(1))):
        found = arguments.interval("Owner", "size", value)
        assert found == (0, 1)
        assert [type(end) for end in found] == [float, float]
    bad = [(1, 0), (0, 0), (0,), (0, 1, 2), (0, math.inf), (math.nan, 1), ("0", "1"), "01", 5, None, (0, 10**400)]
    for value in bad:
        error, words = refused(arguments.interval, value)
        assert error is ValueError
        assert words.startswith("Owner: expected size to be two finite numbers (low, high), low < high also when round")
        assert words.endswith("; give for example (0, 1)")
    close = (1.0, 1.0 + 1e-12)
    assert arguments.interval("Owner", "size", close) == close
    assert refused(arguments.interval, close, np.float32)[0] is ValueError
    assert refused(arguments.interval, (0, 1e39), np.float32)[0] is ValueError


def test_refusals_and_articles():
    words = arguments.refusal("A", "b", "c", "d", "do e")
    assert words == "A: expected b to be c, got 'd'; do e"
    assert arguments.refusal("A", "b", "c", 1) == "A: expected b to be c, got 1"
    assert arguments.refusal("A", "b", "c", np.eye(2)) == "A: expected b to be c, got array([[1., 0.], ..."
    nouns = "Optimizer", "activation", "layer", "Loss", "RBM", "GAN"
    assert [arguments.withArticle(noun) for noun in nouns] == [
        "an Optimizer", "an activation", "a layer", "a Loss", "an RBM", "a GAN",
    ]  # fmt: skip
