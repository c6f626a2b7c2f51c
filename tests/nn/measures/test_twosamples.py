"""Two sets of points: how far they lie apart, and how they lie in one another."""

import math
import tracemalloc

import numpy as np
import pytest

from dataset import Dataset
from nn import PrecisionRecall, precisionRecall, seed, slicedWasserstein
from nn.measures import twosamples


def normal(*shape, number=0):
    return np.random.default_rng(number).normal(size=shape)


# The sliced Wasserstein distance -------------------------------------------------------------------------------------


def slow_wasserstein(u, v):
    """W² of numbers, by as many copies of each that there are equally many."""
    n, m = len(u), len(v)
    return np.mean((np.sort(np.repeat(u, m)) - np.sort(np.repeat(v, n))) ** 2)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 7), (6, 4), (5, 13), (1, 9)])
def test_against_a_slow_computation_in_the_plane(n, m):
    a, b = normal(2, n), 1 + 2 * normal(2, m, number=1)
    angles = np.arange(9) * np.pi / 9
    squares = [
        slow_wasserstein(np.cos(angle) * a[0] + np.sin(angle) * a[1], np.cos(angle) * b[0] + np.sin(angle) * b[1])
        for angle in angles
    ]
    assert slicedWasserstein(a, b, directions=9) == pytest.approx(math.sqrt(np.mean(squares)), rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(8, 8), (6, 15)])
def test_of_numbers_it_is_the_wasserstein_distance(n, m):
    a, b = normal(1, n), normal(1, m, number=1) + 0.5
    expected = math.sqrt(slow_wasserstein(a[0], b[0]))
    for directions in (1, 50):
        assert slicedWasserstein(a, b, directions) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_it_is_a_distance(dimensions):
    a, b, c = normal(dimensions, 30), normal(dimensions, 20, number=1), 1 + normal(dimensions, 25, number=2)
    assert slicedWasserstein(a, a) == slicedWasserstein(a, a[:, ::-1]) == 0
    assert slicedWasserstein(a, np.repeat(a, 3, axis=1)) == pytest.approx(0, abs=1e-7)
    assert slicedWasserstein(a, b) == pytest.approx(slicedWasserstein(b, a))
    assert slicedWasserstein(a, c) <= slicedWasserstein(a, b) + slicedWasserstein(b, c)
    assert slicedWasserstein(3 * a + 7, 3 * b + 7) == pytest.approx(3 * slicedWasserstein(a, b))


@pytest.mark.parametrize(("dimensions", "tolerance"), [(1, 1e-12), (2, 1e-12), (3, 0.05), (10, 0.05)])
def test_a_shift_by_s_has_the_distance_s_over_the_root_of_d(dimensions, tolerance):
    a, shift = normal(dimensions, 40), normal(dimensions, 1, number=1)
    expected = np.linalg.norm(shift) / math.sqrt(dimensions)
    assert slicedWasserstein(a, a + shift, directions=2000) == pytest.approx(expected, rel=tolerance)


def test_a_stretched_normal_distribution():
    """Of N(0, I) and N(0, 4 I), every direction has W = 2 - 1."""
    assert slicedWasserstein(normal(2, 50_000), 2 * normal(2, 50_000, number=1)) == pytest.approx(1, abs=0.02)


def test_random_directions_follow_the_generator():
    a, b = normal(5, 30), normal(5, 30, number=1)
    assert slicedWasserstein(a, b) == slicedWasserstein(a, b, rng=0) != slicedWasserstein(a, b, rng=1)
    seed(3)
    first = slicedWasserstein(a, b, rng=None)
    assert first != slicedWasserstein(a, b, rng=None)
    seed(3)
    assert first == slicedWasserstein(a, b, rng=None)


# Precision and recall ------------------------------------------------------------------------------------------------


def slow_share(points, of, k):
    """The definition, in Python: the share of points inside of a ball."""

    def square(x, y):
        return sum((one - other) ** 2 for one, other in zip(x, y, strict=True))

    radii = [sorted(square(y, z) for j, z in enumerate(of.T) if j != i)[k - 1] for i, y in enumerate(of.T)]
    return np.mean([any(square(x, y) <= r for y, r in zip(of.T, radii, strict=True)) for x in points.T])


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize(("dimensions", "n", "m"), [(1, 20, 20), (2, 30, 12), (5, 6, 25)])
@pytest.mark.parametrize("entries", [1, 50, twosamples.ENTRIES])
def test_against_the_definition(dimensions, n, m, k, entries, monkeypatch):
    monkeypatch.setattr(twosamples, "ENTRIES", entries)
    data, samples = normal(dimensions, n), 0.7 * normal(dimensions, m, number=1) + 0.5
    found = precisionRecall(data, samples, neighbours=k)
    assert found == PrecisionRecall(slow_share(samples, data, k), slow_share(data, samples, k))
    assert precisionRecall(samples, data, neighbours=k) == PrecisionRecall(found.recall, found.precision)


def test_blocks_do_not_change_the_distance(monkeypatch):
    a, b = normal(2, 30), normal(2, 20, number=1)
    whole = slicedWasserstein(a, b)
    monkeypatch.setattr(twosamples, "ENTRIES", 100)
    assert slicedWasserstein(a, b) == pytest.approx(whole, rel=1e-12)


def test_equal_points_count_as_neighbours():
    data = [[0.0] * 4 + [1.0] * 4, [0.0] * 8]
    assert precisionRecall(data, data) == PrecisionRecall(1, 1)  # radii of 0
    assert precisionRecall(data, [[0.0, 0.0, 1e-9, 1e-9], [0.0] * 4]) == PrecisionRecall(0.5, 0.5)


def test_what_they_mean():
    eight = Dataset("ring", train_size=2000, rng=0)
    data = eight.trainSet()[0].astype(float)
    again = Dataset("ring", train_size=2000, rng=1).trainSet()[0].astype(float)
    good = precisionRecall(data, again)
    assert min(good.precision, good.recall) > 0.9
    half = again[:, again[0] > 0]
    left_out = precisionRecall(data, half)
    assert left_out.precision > 0.9
    assert left_out.recall == pytest.approx(np.mean(data[0] > 0), abs=0.06)
    noise = precisionRecall(data, np.random.default_rng(2).uniform(-2, 2, (2, 2000)))
    assert noise.precision < 0.3
    assert noise.recall > 0.9
    assert precisionRecall(data, again + 100) == PrecisionRecall(0, 0)
    assert str(PrecisionRecall(0.931, 0.88)) == "precision 93.1%, recall 88.0%"
    distances = [slicedWasserstein(data, points) for points in (again, half, again + 100)]
    assert distances == sorted(distances)
    assert distances[0] < 0.1


# Both ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", [precisionRecall, slicedWasserstein])
def test_memory_is_bounded(measure):
    a, b = normal(2, 6000), normal(2, 5000, number=1)
    tracemalloc.start()
    measure(a, b)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 60 * 2**20  # all distances at once are 240 MB


@pytest.mark.parametrize("measure", [precisionRecall, slicedWasserstein])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.full((2, 9), np.nan), ValueError, "finite numbers in float64"),
        (np.zeros(9), ValueError, "points as columns"),
        (np.zeros((2, 0)), ValueError, "points as columns"),
        (np.zeros((0, 9)), ValueError, "points as columns"),
        (np.zeros((3, 9)), ValueError, "columns of [23] rows, as the others"),
        (np.full((2, 9), 200, np.uint8), ValueError, "grey values"),
        (np.zeros((2, 9), complex), TypeError, "real numbers"),
        ("text", TypeError, "real numbers"),
    ],
)
def test_bad_points_are_refused_on_either_side(measure, swapped, wrong, error, message):
    right = normal(2, 9)
    with pytest.raises(error, match=message):
        measure(*((right, wrong) if swapped else (wrong, right)))


def test_rows_are_told_from_columns():
    with pytest.raises(ValueError, match=r"b to be columns of 2 rows, as the others, got \(9, 2\); transpose it"):
        slicedWasserstein(normal(2, 9), normal(9, 2))


@pytest.mark.parametrize("swapped", [False, True])
def test_too_few_points_have_no_neighbours(swapped):
    few, many = normal(2, 3), normal(2, 4)
    with pytest.raises(ValueError, match=r"points as columns \(d, N\), 4 or more, got \(2, 3\)"):
        precisionRecall(*((many, few) if swapped else (few, many)))
    assert precisionRecall(many, many) == PrecisionRecall(1, 1)


@pytest.mark.parametrize("value", [0, -1, 2.5, True])
def test_numbers_of_directions_and_neighbours(value):
    a = normal(2, 9)
    with pytest.raises((TypeError, ValueError), match="slicedWasserstein: expected directions to be a whole number"):
        slicedWasserstein(a, a, directions=value)
    with pytest.raises((TypeError, ValueError), match="precisionRecall: expected neighbours to be a whole number"):
        precisionRecall(a, a, neighbours=value)
