"""Average precision and precision: their definitions, and equally distant answers in every order."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import averagePrecision, hammingDistances, precisionAt, retrievalQuality


def ranked(right):
    """Average precision by its definition, of a ranking."""
    right = np.asarray(right)
    precisions = np.cumsum(right) / np.arange(1, len(right) + 1)
    return precisions[right].mean() if right.any() else 0.0


def overOrders(distances, relevant, measure):
    """The mean over all orders of the answers that are sorted by distance."""
    orders = [order for order in permutations(range(len(distances))) if sortedBy(distances, order)]
    return np.mean([measure(relevant[list(order)]) for order in orders])


def sortedBy(distances, order):
    return all(distances[a] <= distances[b] for a, b in pairwise(order))


@given(st.integers(1, 6), st.integers(0, 999))
def test_ties_count_as_the_mean_over_all_orders(count, seed):
    rng = np.random.default_rng(seed)
    distances, relevant = rng.integers(0, 3, count), rng.random(count) < 0.5
    assert averagePrecision(distances, relevant) == pytest.approx(overOrders(distances, relevant, ranked))
    for k in range(1, count + 1):
        expected = overOrders(distances, relevant, lambda right, k=k: right[:k].mean())
        assert precisionAt(k, distances, relevant) == pytest.approx(expected)


@given(st.integers(1, 300), st.integers(0, 99))
def test_without_ties_it_is_the_definition(count, seed):
    rng = np.random.default_rng(seed)
    distances, relevant = rng.permutation(count), rng.random(count) < 0.3
    order = np.argsort(distances)
    assert averagePrecision(distances / 7, relevant) == pytest.approx(ranked(relevant[order]))
    k = int(rng.integers(1, count + 1))
    assert precisionAt(k, distances, relevant) == pytest.approx(relevant[order][:k].mean())


def test_of_many_answers_at_one_distance_it_is_about_the_share_of_right_ones():
    relevant = np.arange(69_000) % 10 == 3
    assert averagePrecision(np.zeros(69_000), relevant) == pytest.approx(0.1, abs=2e-3)
    assert precisionAt(100, np.zeros(69_000), relevant) == pytest.approx(0.1)
    assert averagePrecision(~relevant, relevant) == pytest.approx(1)
    assert averagePrecision([1, 2], [False, False]) == 0


def test_codes_are_ranked_by_their_hamming_distance():
    rng = np.random.default_rng(0)
    codes, queries = rng.random((12, 400)) < 0.5, rng.random((12, 9)) < 0.5
    labels, wanted = rng.integers(0, 3, 400), rng.integers(0, 4, 9)
    quality = retrievalQuality(queries, wanted, np.where(codes, 1, -1), labels, count=20)
    distances = hammingDistances(queries, codes)
    for place, label in enumerate(wanted):
        assert quality.averagePrecisions[place] == pytest.approx(averagePrecision(distances[place], labels == label))
        assert quality.precisions[place] == pytest.approx(precisionAt(20, distances[place], labels == label))
    assert quality.meanAveragePrecision == pytest.approx(quality.averagePrecisions.mean())
    assert quality.precision == pytest.approx(quality.precisions.mean())
    assert str(quality).startswith("mean average precision 0.")
    assert f"precision@20 {quality.precision:.3f}" in str(quality)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: averagePrecision([], []), ValueError, "distances to be one number or more (N,), got (0,)"),
        (lambda: averagePrecision([1, 2], [True]), ValueError, "relevant to be True or False (2,) for every distance"),
        (lambda: averagePrecision([1, np.nan], [True, True]), ValueError, "distances to be finite numbers"),
        (lambda: averagePrecision([1, 2], [3, 0]), ValueError, "relevant to be True or False"),
        (lambda: precisionAt(3, [1, 2], [1, 0]), ValueError, "count to be at most 2, as many as there are answers"),
        (lambda: precisionAt(0, [1, 2], [1, 0]), ValueError, "count to be a whole number of at least 1"),
        (
            lambda: retrievalQuality(np.eye(3), [0, 1, 2], np.eye(4), [0] * 4),
            ValueError,
            "codes of 4 bits, as codes has",
        ),
        (
            lambda: retrievalQuality(np.eye(3), [0], np.eye(3), [0] * 3, 1),
            ValueError,
            "queryLabels to be class numbers",
        ),
        (
            lambda: retrievalQuality(np.eye(3), [0] * 3, np.eye(3), [0, 1, np.nan], 1),
            ValueError,
            "labels to be class numbers 0, 1, 2, ...",
        ),
        (lambda: retrievalQuality(np.eye(3), [0] * 3, np.eye(3), [0] * 3), ValueError, "count to be at most 3"),
    ],
)
def test_bad_input(ask, error, message):
    with pytest.raises(error) as caught:
        ask()
    assert message in str(caught.value)
