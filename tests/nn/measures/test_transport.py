"""The Wasserstein distance of two sets of points: against all assignments, known distances, the axioms, bad input."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import slicedWasserstein, wassersteinDistance
from nn.measures import transport


def normal(*shape, number=0):
    return np.random.default_rng(number).normal(size=shape)


def slow(a, b, order=1.0):
    """The definition of equally many points: the best of all assignments."""
    ways = [[math.dist(x, y) ** order for y in b.T] for x in a.T]
    n = len(ways)
    least = min(sum(ways[i][j] for i, j in enumerate(chosen)) for chosen in itertools.permutations(range(n)))
    return (least / n) ** (1 / order)


@st.composite
def clouds(draw, count):
    """Sets of points of one dimension, many of them equal or on one line; of numbers, in more dimensions as many."""
    d, n = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    entry = st.integers(-3, 3) | st.floats(-10, 10, width=32)

    def cloud(n):
        return np.array(draw(st.lists(st.lists(entry, min_size=n, max_size=n), min_size=d, max_size=d)), float)

    return [cloud(n if d > 1 else draw(st.integers(1, 6))) for _ in range(count)]


@settings(max_examples=40, deadline=None)
@given(clouds(2), st.sampled_from([1.0, 1.5, 2.0]))
def test_no_assignment_is_better(two, order):
    a, b = two
    more = [np.repeat(points, math.lcm(a.shape[1], b.shape[1]) // points.shape[1], axis=1) for points in two]
    if more[0].shape[1] <= 6:
        assert wassersteinDistance(a, b, order) == pytest.approx(slow(*more, order), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(clouds(3), st.sampled_from([1.0, 2.0, 3.0]))
def test_it_is_a_distance(three, order):
    a, b, c = three
    assert wassersteinDistance(a, a, order) == wassersteinDistance(a, a[:, ::-1], order) == 0
    assert wassersteinDistance(a, b, order) == pytest.approx(wassersteinDistance(b, a, order), rel=1e-9, abs=1e-9)
    ways = wassersteinDistance(a, b, order), wassersteinDistance(b, c, order)
    assert wassersteinDistance(a, c, order) <= sum(ways) + 1e-9
    assert wassersteinDistance(a, b) <= ways[0] + 1e-9  # Jensen: it grows with the order
    assert wassersteinDistance(3 * a + 7, 3 * b + 7, order) == pytest.approx(3 * ways[0], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("d", "n"), [(2, 60), (5, 120), (40, 60)])
def test_larger_sets_against_scipy(d, n):
    scipy = pytest.importorskip("scipy.optimize")
    a, b = normal(d, n), 0.5 + 1.3 * normal(d, n, number=1)
    ways = np.linalg.norm(a[:, :, None] - b[:, None], axis=0)
    rows, columns = scipy.linear_sum_assignment(ways)
    assert wassersteinDistance(a, b) == pytest.approx(ways[rows, columns].mean(), rel=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2, 7])
@pytest.mark.parametrize("order", [1, 2])
def test_a_shifted_set_is_as_far_as_the_shift(dimensions, order):
    a, shift = normal(dimensions, 50), normal(dimensions, 1, number=1)
    shuffled = (a + shift)[:, np.random.default_rng(2).permutation(50)]
    assert wassersteinDistance(a, shuffled, order) == pytest.approx(np.linalg.norm(shift), rel=1e-9)


def test_parallel_lines_are_as_far_as_they_lie_apart():
    """The third lecture's example, with points of their own on each line: the way along it is short."""
    numbers = np.random.default_rng(0)
    for theta in (0.0, 0.5, -2.0):
        p = np.stack((np.zeros(300), numbers.random(300)))
        q = np.stack((np.full(300, theta), numbers.random(300)))
        assert wassersteinDistance(p, q) == pytest.approx(abs(theta), abs=0.08)


def test_of_numbers_of_order_2_it_is_the_sliced_one():
    for m in (20, 33):
        a, b = normal(1, 20), 1 + normal(1, m, number=1)
        assert wassersteinDistance(a, b, order=2) == pytest.approx(slicedWasserstein(a, b), rel=1e-12)


def test_normal_distributions():
    """W₂² of N(μ, σ²) and N(ν, τ²) is (μ - ν)² + (σ - τ)²; W₁, where σ = τ, is |μ - ν|."""
    a, b = normal(1, 100_000), normal(1, 70_000, number=1)
    assert wassersteinDistance(a, b + 3) == pytest.approx(3, abs=0.02)
    assert wassersteinDistance(a, 2 * b + 3, order=2) == pytest.approx(math.sqrt(10), abs=0.03)


def test_copies_change_nothing():
    a, b = normal(3, 4), normal(3, 6, number=1)
    expected = wassersteinDistance(a, b)
    assert expected == pytest.approx(wassersteinDistance(np.repeat(a, 3, axis=1), np.repeat(b, 2, axis=1)), rel=1e-12)
    assert wassersteinDistance(a, a[:, :1]) == pytest.approx(np.linalg.norm(a - a[:, :1], axis=0).mean())


@pytest.mark.parametrize("scale", [1e-100, 1e100])
def test_units_do_not_matter(scale):
    a, b = normal(2, 9), normal(2, 9, number=1)
    for points in ((a, b), (a[:1], b[:1])):
        found = wassersteinDistance(*(scale * one for one in points), order=5)
        assert found == pytest.approx(scale * wassersteinDistance(*points, order=5), rel=1e-9, abs=0)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.full((2, 9), np.nan), ValueError, "finite numbers in float64"),
        (np.zeros(9), ValueError, "points as columns"),
        (np.zeros((2, 0)), ValueError, "points as columns"),
        (np.zeros((9, 2)), ValueError, r"columns of [29] rows, as the others, got \([29], [29]\)"),
        (np.full((2, 9), 200, np.uint8), ValueError, "grey values"),
        ("text", TypeError, "real numbers"),
    ],
)
def test_bad_points_are_refused_on_either_side(swapped, wrong, error, message):
    right = normal(2, 9)
    with pytest.raises(error, match=message):
        wassersteinDistance(*((right, wrong) if swapped else (wrong, right)))


def test_too_many_points_are_refused_and_what_to_do():
    with pytest.raises(
        ValueError, match="b to be so many points .* is 4,000 or less, got '100 beside 99'; take as many"
    ):
        wassersteinDistance(normal(2, 99), normal(2, 100))
    assert transport.MOST < 99 * 100
    wassersteinDistance(normal(1, 99), normal(1, 100))  # of numbers, there may be any number


@pytest.mark.parametrize("order", [0, 0.5, -1, math.inf, math.nan, True, "2"])
def test_bad_orders(order):
    with pytest.raises((TypeError, ValueError), match="wassersteinDistance: expected order to be a finite number"):
        wassersteinDistance(normal(2, 9), normal(2, 9), order)
