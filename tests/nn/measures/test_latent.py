"""Walks through codes: against the formulas, at their ends, and where a formula would divide by zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import attributeVector, interpolate

SEEDS, DIMS, STEPS = st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(2, 20)


def pair(seed, dim):
    return np.random.default_rng(seed).normal(size=(2, dim))


def slerp(start, end, alpha):
    """Step by step, with the formula as it is printed."""
    theta = np.arccos(start @ end / np.linalg.norm(start) / np.linalg.norm(end))
    return (np.sin((1 - alpha) * theta) * start + np.sin(alpha * theta) * end) / np.sin(theta)


# interpolate


@given(SEEDS, DIMS, STEPS, st.booleans())
def test_a_walk_leads_from_start_to_end(seed, dim, steps, spherical):
    start, end = pair(seed, dim)
    walk = interpolate(start, end, steps, spherical)
    assert walk.shape == (dim, steps)
    np.testing.assert_allclose(walk[:, 0], start, rtol=1e-12)
    np.testing.assert_allclose(walk[:, -1], end, rtol=1e-12)


@given(SEEDS, DIMS, STEPS)
def test_linear_is_the_formula(seed, dim, steps):
    start, end = pair(seed, dim)
    walk = interpolate(start, end, steps)
    for column, alpha in zip(walk.T, np.linspace(0, 1, steps), strict=True):
        np.testing.assert_allclose(column, (1 - alpha) * start + alpha * end, rtol=1e-12, atol=1e-15)


@given(SEEDS, st.integers(5, 30), STEPS)
def test_spherical_is_the_formula(seed, dim, steps):
    start, end = pair(seed, dim)
    walk = interpolate(start, end, steps, spherical=True)
    for column, alpha in zip(walk.T, np.linspace(0, 1, steps), strict=True):
        np.testing.assert_allclose(column, slerp(start, end, alpha), rtol=1e-9, atol=1e-12)


@given(SEEDS, st.integers(5, 30), st.floats(0.1, 100), STEPS)
def test_on_a_sphere_the_spherical_way_stays_there_at_a_constant_speed(seed, dim, radius, steps):
    start, end = (radius * code / np.linalg.norm(code) for code in pair(seed, dim))
    walk = interpolate(start, end, steps, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(walk, axis=0), radius, rtol=1e-9)
    strides = np.linalg.norm(np.diff(walk, axis=1), axis=0)
    np.testing.assert_allclose(strides, strides[0], rtol=1e-6)


def test_spherical_known_case():
    root = np.sqrt(0.5)
    walk = interpolate([1.0, 0.0], [0.0, 1.0], steps=3, spherical=True)
    np.testing.assert_allclose(walk, [[1, root, 0], [0, root, 1]], atol=1e-15)
    np.testing.assert_allclose(interpolate([1.0, 0.0], [0.0, 1.0], steps=3), [[1, 0.5, 0], [0, 0.5, 1]])


def test_the_straight_way_leaves_the_sphere():
    start, end = pair(0, 100)
    middle = [np.linalg.norm(interpolate(start, end, 3, spherical)[:, 1]) for spherical in (False, True)]
    assert middle[0] < 0.8 * np.linalg.norm(start) < middle[1]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([1.0, 2.0], [2.0, 4.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9]),
        ([1.0, 2.0], [-1.0, -2.0]),
        ([0.1, 0.3], [-0.3, -0.9]),
        ([0.0, 0.0], [1.0, 2.0]),
        ([1.0, 2.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 0.0]),
    ],
    ids=["parallel", "same", "nearly", "opposite", "opposite, rounded", "from zero", "to zero", "zero"],
)
def test_without_an_angle_the_spherical_way_is_the_straight_one(start, end):
    np.testing.assert_allclose(interpolate(start, end, 5, spherical=True), interpolate(start, end, 5), atol=1e-15)


@pytest.mark.parametrize("small", [1e-5, 1e-4])
def test_around_the_switch_to_the_straight_way_nothing_jumps(small):
    walk = interpolate([1.0, 0.0], [np.cos(small), np.sin(small)], 5, spherical=True)
    np.testing.assert_allclose(walk, interpolate([1.0, 0.0], [np.cos(small), np.sin(small)], 5), atol=small**2)


@pytest.mark.parametrize("spherical", [False, True])
def test_codes_may_be_columns_lists_integers_or_float32(spherical):
    walk = interpolate([1.0, 0.0, 2.0], [0.0, 3.0, 1.0], 4, spherical)
    start, end = np.array([[1], [0], [2]]), np.array([[0], [3], [1]])
    for dtype in (int, np.float32, np.float64):
        assert np.array_equal(interpolate(start.astype(dtype), end[:, 0].astype(dtype), 4, spherical), walk)
    assert walk.dtype == float
    assert (start.ravel() == [1, 0, 2]).all()


def test_ten_steps_on_the_straight_way_by_default():
    assert np.array_equal(interpolate([0.0], [9.0]), interpolate([0.0], [9.0], steps=10, spherical=False))
    np.testing.assert_allclose(interpolate([0.0], [9.0]), [range(10)], atol=1e-14)


@pytest.mark.parametrize("angle", [np.pi - 1e-5, np.pi - 2e-6, 2e-6, 1e-3])
def test_the_sphere_is_kept_near_opposite_and_equal_directions(angle):
    way = interpolate([1.0, 0.0], [np.cos(angle), np.sin(angle)], 9, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(way, axis=0), 1, rtol=1e-5)


def test_bad_walks_are_refused():
    for start, end in (([1.0], [1.0, 2.0]), (np.ones((3, 1)), np.ones(2))):
        with pytest.raises(ValueError, match=f"end to be a code of {len(start)} numbers, as start is, got {len(end)}"):
            interpolate(start, end)
    for wrong in (1.0, np.ones((2, 3)), np.ones((1, 2, 1)), [np.nan, 0.0], [np.inf, 0.0]):
        with pytest.raises(ValueError, match="expected start to be (one code|finite)"):
            interpolate(wrong, [0.0, 1.0])
        with pytest.raises(ValueError, match="expected end to be (one code|finite)"):
            interpolate([0.0, 1.0], wrong)
    for steps in (1, 0, -3, 2.0, "3", True, None):
        error = ValueError if type(steps) is int else TypeError
        with pytest.raises(error, match="interpolate: expected steps to be a whole number of at least 2"):
            interpolate([0.0], [1.0], steps)


# attributeVector


@given(SEEDS, DIMS, st.integers(2, 20), st.data())
def test_the_vector_is_the_difference_of_the_means(seed, dim, count, data):
    codes = np.random.default_rng(seed).normal(size=(dim, count))
    cut = data.draw(st.integers(1, count - 1))
    order = np.random.default_rng(seed + 1).permutation(count)
    having, lacking = order[:cut], order[cut:]
    expected = sum(codes[:, i] for i in having) / cut - sum(codes[:, i] for i in lacking) / (count - cut)
    mask = np.isin(np.arange(count), having)
    by_mask, by_index = attributeVector(codes, mask, ~mask), attributeVector(codes, list(having), lacking)
    assert by_mask.shape == by_index.shape == (dim, 1)
    np.testing.assert_allclose(by_mask[:, 0], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(by_index, by_mask, rtol=1e-9, atol=1e-12)


def test_the_vector_leads_from_the_mean_without_to_the_mean_with_the_attribute():
    codes, labels = np.array([[0.0, 2.0, 5.0, 9.0], [1.0, 3.0, 5.0, -9.0]]), np.array([7, 7, 4, 1])
    vector = attributeVector(codes, labels == 4, labels == 7)
    np.testing.assert_array_equal(vector, [[4.0], [3.0]])
    np.testing.assert_array_equal(attributeVector(codes, labels == 7, labels == 4), -vector)


def test_codes_of_neither_group_play_no_part_and_those_of_both_cancel():
    codes = np.array([[1.0, 4.0, 100.0]])
    assert attributeVector(codes, [1], [0]) == 3
    assert attributeVector(codes, [0, 2], [2, 0]) == 0


def test_bad_attributes_are_refused():
    codes, some = np.ones((2, 3)), np.array([True, False, False])
    for wrong in (np.ones(3), np.ones((1, 2, 3)), 1.0):
        with pytest.raises(ValueError, match="expected codes to be columns"):
            attributeVector(wrong, some, some)
    for none in (np.zeros(3, bool), np.empty(0, int), []):
        with pytest.raises(ValueError, match="expected having to be a choice of one or more of 3 codes"):
            attributeVector(codes, none, some)
        with pytest.raises(ValueError, match="expected lacking to be a choice of one or more of 3 codes"):
            attributeVector(codes, some, none)
    for wrong in (3, np.ones(4, bool), np.eye(3), [0.5], [3], [-4]):
        with pytest.raises(ValueError, match="expected having to be a mask"):
            attributeVector(codes, wrong, some)


def test_indices_count_from_the_end_too_and_masks_must_fit():
    assert attributeVector(np.array([[1.0, 4.0, 9.0]]), [-1], [0]) == 8
    with pytest.raises(ValueError, match="expected having to be a mask"):
        attributeVector(np.ones((2, 3)), np.ones(2, bool), [0])
