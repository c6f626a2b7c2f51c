"""What a direction changes: of a linear generator, where the answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import DirectionQuality, attributeDirection, conditionalDirection, directionQuality

SEEDS = st.integers(0, 2**32 - 1)
CODES = np.random.default_rng(0).normal(size=(3, 4000))
# b goes with a: their correlation is 0.6
W = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 5.0]])


def measure(pictures):
    return dict(zip("abc", pictures, strict=True))


def quality(direction, **keywords):
    return directionQuality(lambda z: W @ z, CODES, direction, measure, **keywords)


@given(SEEDS, st.floats(0.1, 10), st.floats(0.1, 5))
def test_changes_are_the_generators_own_whatever_the_length_and_the_step(seed, length, step):
    direction = np.random.default_rng(seed).normal(size=3)
    unit, deviation = direction / np.linalg.norm(direction), (W @ CODES).std(axis=1)
    found = quality(length * direction, wanted="b", step=step)
    np.testing.assert_allclose([*found.changes.values()], W @ unit / deviation, rtol=1e-8, atol=1e-10)
    assert found.strength == found.changes["b"]
    sizes = np.abs(W @ unit / deviation)
    assert found.purity == pytest.approx(sizes[1] / sizes.sum())


def test_a_change_that_goes_with_the_wanted_one_is_not_counted():
    found = quality([1, 0, 0], wanted="a")
    assert found.purity == pytest.approx(1 / 1.6, abs=0.02)
    assert found.correctedPurity == pytest.approx(1, abs=0.04)
    assert found.excess["a"] == found.changes["a"]


def test_to_hold_b_fast_while_a_changes_is_pure_but_no_longer_with_the_correction():
    found = quality([0.8, -0.6, 0], wanted="a")
    assert found.purity == pytest.approx(1, abs=0.02)
    assert found.correctedPurity == pytest.approx(1 / 1.6, abs=0.02)


def test_without_a_wish_it_is_the_attribute_that_changes_most():
    assert [quality(one).wanted for one in ([0.1, 0, -1], [1, 0, 0], [0, 1, 0.5])] == ["c", "a", "b"]
    assert quality([0, 0, -1]).strength == pytest.approx(-1, rel=0.05)


def test_nothing_changes_along_a_direction_that_the_generator_ignores():
    found = directionQuality(lambda z: z[:2], CODES, [0, 0, 1], lambda x: {"a": x[0], "b": x[1]}, wanted="a")
    assert (found.strength, found.purity, found.correctedPurity) == (0, 0, 0)


def test_a_conditional_direction_leaves_the_other_attribute():
    z = CODES
    pictures = W @ z
    one, other = (attributeDirection(z, attribute) for attribute in pictures[:2])
    before, after = (quality(direction, wanted="a") for direction in (one, conditionalDirection(one, other)))
    assert before.changes["b"] > 0.5
    assert abs(after.changes["b"]) < 0.05
    assert after.purity > 0.9 > 0.7 > before.purity


def test_how_many_keep_their_class():
    """Of N(0, 1), those beyond -1 and 1 stay on their side both ways, the others one way."""
    found = quality([1, 0, 0], classify=lambda x: (x[0] > 0).astype(int))
    expected = np.mean([np.sign(CODES[0] + move) == np.sign(CODES[0]) for move in (-1, 1)])
    assert found.classKept == pytest.approx(expected)
    assert quality([0, 0, 1], classify=lambda x: (x[0] > 0).astype(int)).classKept == 1
    assert quality([0, 0, 1]).classKept is None


def test_single_precision_stays_single():
    kinds = []
    directionQuality(lambda z: kinds.append(z.dtype) or z, CODES.astype(np.float32), [1, 0, 0], measure)
    assert set(kinds) == {np.dtype(np.float32)}


def test_it_prints_in_a_line():
    found = DirectionQuality("a", {"a": 0.5, "b": -0.25}, {"a": 0.5, "b": 0.0}, 0.75)
    assert str(found) == "a +0.50 (b -0.25), purity 0.67, corrected 1.00, class kept 75%"
    assert str(DirectionQuality("a", {"a": 1.0}, {"a": 1.0})) == "a +1.00 (alone), purity 1.00, corrected 1.00"


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"codes": CODES[:, :1]}, ValueError, "2 columns or more"),
        ({"direction": [1, 0]}, ValueError, r"\(3,\) or \(3, 1\)"),
        ({"direction": [0, 0, 0]}, ValueError, "length 0"),
        ({"wanted": "d"}, ValueError, "one of 'a', 'b', 'c'"),
        ({"step": 0}, ValueError, "step"),
        ({"step": "1"}, TypeError, "step"),
        ({"measure": lambda x: x}, TypeError, "a dict from names"),
        ({"measure": lambda x: {}}, TypeError, "a dict from names"),
        ({"measure": lambda x: {"a": x}}, ValueError, r"numbers \(4000,\), one a picture"),
        ({"measure": lambda x: {"a": x[0] * np.nan}}, ValueError, "finite"),
        ({"measure": lambda x: {"a": x[0], "b": np.ones(4000)}}, ValueError, "'b', always the same"),
        ({"classify": lambda x: x}, ValueError, "classify"),
    ],
    ids=["one", "short", "zero", "wanted", "step", "text", "array", "empty", "shape", "nan", "constant", "classes"],
)
def test_bad_input(changed, error, words):
    good = {"decode": lambda z: W @ z, "codes": CODES, "direction": [1, 0, 0], "measure": measure}
    with pytest.raises(error, match=words):
        directionQuality(**good | changed)
