"""The rank correlation: against its definition, what does not change it, and bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import rankCorrelation


def slow(x, y):
    """Pearson's correlation of the ranks: how many are smaller, and half of those that are equal."""
    ranks = [[sum((b < a) + (b == a) / 2 for b in values) for a in values] for values in (x, y)]
    return np.corrcoef(ranks)[0, 1]


pairs = st.integers(2, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-4, 4), min_size=n, max_size=n).filter(lambda v: len({*v}) > 1)] * 2)
)


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_against_the_definition_with_equal_numbers(pair):
    x, y = pair
    found = rankCorrelation(x, y)
    assert found == pytest.approx(slow(x, y), abs=1e-12)
    assert -1 - 1e-12 <= found <= 1 + 1e-12
    assert rankCorrelation(y, x) == pytest.approx(found, abs=1e-12)
    assert rankCorrelation(np.exp(x), y) == pytest.approx(found, abs=1e-12)  # any rising curve
    assert rankCorrelation(x, np.negative(y)) == pytest.approx(-found, abs=1e-12)


def test_without_equal_numbers_by_the_differences_of_ranks():
    x, y = np.random.default_rng(0).normal(size=(2, 30))
    differences = x.argsort().argsort() - y.argsort().argsort()
    assert rankCorrelation(x, y) == pytest.approx(1 - 6 * np.sum(differences**2) / (30 * (30**2 - 1)))


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([1], [2], ValueError, r"x to be two numbers or more, \(n,\), got \(1,\)"),
        ([[1, 2]], [1, 2], ValueError, r"x to be two numbers or more, \(n,\), got \(1, 2\)"),
        ([1, 2], [1, 2, 3], ValueError, "y to be as many numbers as x, 2, got 3"),
        ([1, 2], [4, 4], ValueError, "y to be numbers that are not all the same, got 4.0"),
        ([1, np.nan], [1, 2], ValueError, "x to be finite numbers"),
        ("ab", [1, 2], TypeError, "x to be real numbers"),
    ],
)
def test_bad_input(x, y, error, message):
    with pytest.raises(error, match=f"rankCorrelation: expected {message}"):
        rankCorrelation(x, y)
