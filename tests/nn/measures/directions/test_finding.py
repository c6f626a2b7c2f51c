"""Directions of generators that are known: linear ones, and codes with a planted attribute."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import LeakyReLU
from layers import Dense
from nn import MLP, attributeDirection, conditionalDirection, principalDirections

SEEDS = st.integers(0, 2**32 - 1)
CODES = np.random.default_rng(0).normal(size=(4, 3000))
WAYS = ["classifier", "means"]


def linear(W, activation=None):
    return MLP([Dense(W.shape[1], W.shape[0], activation, initializer=lambda *_: W)])


def turned(seed, dim):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]


def angle(a, b):
    a, b = np.ravel(a), np.ravel(b)
    return np.degrees(np.arccos(min(1.0, abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b))))


# attributeDirection


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["numbers", "bool"])
def test_the_planted_direction_is_found_with_its_sign(way, kind):
    planted = np.array([3.0, 0.0, -4.0, 0.0]) / 5
    attribute = np.exp(planted @ CODES)  # any increasing function of it
    attribute = attribute > 1 if kind == "bool" else attribute
    found = attributeDirection(CODES, attribute, way)
    assert found.shape == (4, 1)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert planted @ found[:, 0] > np.cos(np.radians(4))


@pytest.mark.parametrize("way", WAYS)
def test_more_of_the_attribute_is_the_other_way_than_less_of_it(way):
    one, other = (attributeDirection(CODES, sign * CODES[0], way) for sign in (1, -1))
    np.testing.assert_allclose(one, -other, atol=0.05)


def test_a_code_that_never_changes_has_no_part():
    """The hyperplane's normal itself would be long where codes are short."""
    codes = CODES * np.array([[1.0], [1.0], [1.0], [1e-3]])
    assert abs(attributeDirection(codes, CODES[0] + 0.5 * CODES[3])[3, 0]) < 0.01


def test_the_classifier_is_less_disturbed_by_a_correlated_code_than_the_means():
    codes = np.stack([CODES[0], 0.8 * CODES[0] + 0.6 * CODES[1]])
    by_means, by_classifier = (
        angle(attributeDirection(codes, codes[0], way), [1, 0]) for way in ("means", "classifier")
    )
    assert by_classifier < 3 < 30 < by_means


@pytest.mark.parametrize("count", [7, 8])
def test_ties_and_odd_numbers_are_no_obstacle(count):
    codes = np.arange(float(count))[None]
    for attribute in (codes[0], np.minimum(codes[0], 4), np.maximum(codes[0], 2)):
        assert attributeDirection(codes, attribute, "means") == 1


@pytest.mark.parametrize("share", [0.02, 0.25, 0.5])
def test_the_share_says_how_many_are_compared(share):
    attribute = np.arange(3000.0)
    codes = np.zeros((2, 3000))
    codes[0, : round(3000 * share)] = -1  # the lowest
    codes[0, 3000 - round(3000 * share) :] = 1
    codes[1] = np.abs(attribute - 1500) < 1500 * (1 - 2 * share)  # those between
    np.testing.assert_allclose(attributeDirection(codes, attribute, "means", share), [[1], [0]], atol=2e-3)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"codes": CODES[0]}, ValueError, "codes"),
        ({"attribute": CODES[0, :5]}, ValueError, r"bool or numbers \(3000,\)"),
        ({"attribute": np.ones(3000)}, ValueError, "some codes have and others lack"),
        ({"attribute": np.ones(3000, bool)}, ValueError, "3000 that have it, 0 that lack it"),
        ({"attribute": np.full(3000, np.nan)}, ValueError, "finite"),
        ({"way": "svm"}, ValueError, "'classifier', 'means'"),
        ({"share": 0.6}, ValueError, "share"),
        ({"share": 0}, ValueError, "share"),
        ({"share": "half"}, TypeError, "share"),
        ({"codes": np.zeros((4, 3000)), "way": "means"}, ValueError, "one that gives a direction"),
        ({"codes": CODES[:, :3], "attribute": [True, False, True]}, ValueError, "5 codes or more"),
    ],
    ids=["vector", "few", "constant", "all", "nan", "way", "share", "none", "text", "still", "three"],
)
def test_bad_input_of_attributes(changed, error, words):
    with pytest.raises(error, match=words):
        attributeDirection(**{"codes": CODES, "attribute": CODES[0]} | changed)


# principalDirections


@given(SEEDS)
def test_of_a_linear_generator_they_are_its_singular_vectors(seed):
    axes = turned(seed, 4)
    W = turned(seed + 1, 6)[:, :4] @ np.diag([8.0, 4.0, 2.0, 1.0]) @ axes.T
    found = principalDirections(linear(W), CODES, count=3)
    assert found.shape == (4, 3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), 1)
    for one, axis in zip(found.T, axes.T, strict=False):
        assert angle(one, axis) < 4


def test_a_kink_bends_them_little():
    W = turned(1, 6)[:, :4] @ np.diag([9.0, 3.0, 1.0, 0.3])
    found = principalDirections(linear(W, LeakyReLU(0.2)), CODES, count=1)
    assert angle(found, [1, 0, 0, 0]) < 5


def test_the_layers_before_this_place_are_looked_at():
    first, second = np.diag([2.0, 1.0]), np.diag([1.0, 10.0])
    layers = [Dense(2, 2, initializer=lambda *_, W=W: W) for W in (first, second)]
    for until, axis in ((1, [1, 0]), (2, [0, 1])):
        assert angle(principalDirections(MLP(layers), CODES[:2], 1, until), axis) < 4


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"generator": "G"}, TypeError, "gan.generator or vae.decoder"),
        ({"count": 5}, ValueError, "at most 4"),
        ({"generator": linear(np.diag([1.0, 1.0, 0.0, 0.0]))}, ValueError, "at most 2"),
        ({"count": 0}, ValueError, "count"),
        ({"until": 2}, ValueError, "1 layers"),
        ({"codes": CODES[:3]}, ValueError, "4"),
    ],
    ids=["network", "count", "rank", "none", "until", "codes"],
)
def test_bad_input_of_components(changed, error, words):
    with pytest.raises(error, match=words):
        principalDirections(**{"generator": linear(np.eye(4)), "codes": CODES, "count": 3} | changed)


@pytest.mark.parametrize("border", [-1.0, 0.0, 1.0])
def test_an_attribute_of_zeros_and_ones_is_as_one_of_bool(border):
    """Also where most codes have it."""
    codes = np.random.default_rng(0).normal(size=(4, 300))
    has = codes[1] > border
    expected = attributeDirection(codes, has, "means")
    np.testing.assert_allclose(attributeDirection(codes, has.astype(int), "means"), expected)


# conditionalDirection


@given(SEEDS, st.integers(2, 8), st.integers(1, 4))
def test_what_is_left_is_at_right_angles_to_all_others(seed, dim, count):
    rng = np.random.default_rng(seed)
    direction, others = rng.normal(size=dim), rng.normal(size=(dim, min(count, dim - 1)))
    found = conditionalDirection(direction, others)
    assert found.shape == (dim, 1)
    assert np.linalg.norm(found) == pytest.approx(1)
    np.testing.assert_allclose(others.T @ found, 0, atol=1e-8)
    assert direction @ found[:, 0] > 0


def test_of_one_other_it_is_the_formula_of_the_paper():
    n, m = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.6, 0.8])
    expected = n - (n @ m) * m
    np.testing.assert_allclose(conditionalDirection(n, m)[:, 0], expected / np.linalg.norm(expected))


def test_others_that_say_the_same_twice_are_one():
    m = np.array([[0.0, 0.0], [2.0, -1.0], [0.0, 0.0]])
    np.testing.assert_allclose(conditionalDirection([1, 1, 1], m)[:, 0], np.array([1, 0, 1]) / np.sqrt(2), atol=1e-12)


@pytest.mark.parametrize(
    ("direction", "others", "words"),
    [
        ([1.0, 2.0], [[2.0], [4.0]], "the others do not span"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], r"\(2, M\)"),
        ([[1.0, 2.0]], [1.0, 2.0], r"\(dim,\) or \(dim, 1\)"),
        ([0.0, 0.0], [1.0, 2.0], "length 0"),
        ([1.0, np.inf], [1.0, 2.0], "finite"),
    ],
    ids=["spanned", "long", "row", "zero", "infinite"],
)
def test_bad_input_of_conditions(direction, others, words):
    with pytest.raises(ValueError, match=words):
        conditionalDirection(direction, others)
