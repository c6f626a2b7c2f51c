"""Measures of disentanglement, on codes of which it is known how far each stands for a factor."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import (
    codeFactorR2,
    dci,
    factorVaeScore,
    mutualInformation,
    mutualInformationGap,
    separatedAttributePredictability,
)

GRID = np.stack(np.meshgrid(*map(np.arange, (3, 4, 5, 6)), indexing="ij")).reshape(4, -1)
FACTORS = np.tile(GRID, 12)[:, np.random.default_rng(0).permutation(12 * GRID.shape[1])].astype(float)
K, N = FACTORS.shape
RANDOM = np.random.default_rng(1).normal(size=(6, N))
HADAMARD = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
STANDARD = (FACTORS - FACTORS.mean(axis=1, keepdims=True)) / FACTORS.std(axis=1, keepdims=True)
ROTATED = HADAMARD @ STANDARD  # an equal share of every factor in every number
MEASURES = {
    "factorVaeScore": factorVaeScore,
    "mutualInformationGap": mutualInformationGap,
    "mutualInformation": mutualInformation,
    "separatedAttributePredictability": separatedAttributePredictability,
    "dci": dci,
    "codeFactorR2": codeFactorR2,
}


def test_a_perfect_code_has_the_best_scores():
    """A factor each, in another order, scaled, and a number that says nothing."""
    codes = np.concatenate([3 * STANDARD[[2, 0, 3, 1]] + 1, RANDOM[:1]])
    assert factorVaeScore(codes, FACTORS) == 1
    assert mutualInformationGap(codes, FACTORS) == pytest.approx(1, abs=0.01)
    assert separatedAttributePredictability(codes, FACTORS) == pytest.approx(1, abs=0.01)
    found = dci(codes, FACTORS)
    assert (found.disentanglement, found.completeness, found.informativeness) == pytest.approx((1, 1, 1), abs=1e-9)
    assert found.importance.round(3).tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert codeFactorR2(codes, FACTORS).round(1).tolist() == found.importance.round(3).tolist()


def test_a_random_code_is_no_better_than_chance():
    assert factorVaeScore(RANDOM, FACTORS) == pytest.approx(1 / K, abs=0.03)
    assert mutualInformationGap(RANDOM, FACTORS) < 0.01
    assert separatedAttributePredictability(RANDOM, FACTORS, classes=[0]) < 0.02
    found = dci(RANDOM, FACTORS)
    assert max(found.disentanglement, found.completeness) < 0.05
    assert -0.1 < found.informativeness < 0.01
    assert np.abs(codeFactorR2(RANDOM, FACTORS)).max() < 0.03


def test_a_rotated_code_says_everything_and_separates_nothing():
    assert mutualInformationGap(ROTATED, FACTORS) < 0.2
    assert separatedAttributePredictability(ROTATED, FACTORS) < 0.5
    found = dci(ROTATED, FACTORS)
    assert found.informativeness > 0.8
    assert max(found.disentanglement, found.completeness) < 0.5
    assert codeFactorR2(ROTATED, FACTORS).max() < 0.95


@given(st.permutations(range(K)), st.integers(0, 2**31), st.sampled_from([STANDARD, ROTATED]))
@settings(max_examples=3, deadline=None)
def test_order_sign_and_scale_of_the_codes_are_of_no_account(order, seed, codes):
    """But to the bins of one or two codes at an edge."""
    rng = np.random.default_rng(seed)
    other = codes[list(order)] * rng.choice([-3.0, 2.0, 5.0], (K, 1)) + rng.normal(size=(K, 1))
    assert factorVaeScore(other, FACTORS) == pytest.approx(factorVaeScore(codes, FACTORS), abs=0.02)
    assert mutualInformationGap(other, FACTORS) == pytest.approx(mutualInformationGap(codes, FACTORS), abs=0.02)
    predictable = separatedAttributePredictability(codes, FACTORS)
    assert separatedAttributePredictability(other, FACTORS) == pytest.approx(predictable)
    one, two = dci(codes, FACTORS, trees=4), dci(other, FACTORS, trees=4)
    assert two.disentanglement == pytest.approx(one.disentanglement, abs=0.03)
    assert two.completeness == pytest.approx(one.completeness, abs=0.03)
    assert two.informativeness == pytest.approx(one.informativeness, abs=0.03)
    assert codeFactorR2(other, FACTORS) == pytest.approx(codeFactorR2(codes, FACTORS)[list(order)], abs=0.03)


def test_the_mutual_information_is_that_of_the_frequencies():
    v = np.array([[0, 0, 0, 0, 1, 1, 2, 2]])
    codes = np.array([[0, 0, 1, 1, 1, 1, 0, 0], v[0], np.zeros(8)], float)
    entropy = 0.5 * math.log(2) + 0.5 * math.log(4)
    given_first = 0.5 * math.log(2)  # v is still open where it is 0 or 2, or 0 or 1
    assert mutualInformation(codes, v)[:, 0] == pytest.approx([entropy - 2 * given_first, entropy, 0])
    assert mutualInformationGap(codes, v) == pytest.approx(2 * given_first / entropy)
    assert mutualInformationGap(codes[:1], v) == pytest.approx(1 - 2 * given_first / entropy)


def test_a_factor_with_more_values_than_bins_cannot_have_a_gap_of_one():
    v = np.tile(np.arange(60.0), 50)[np.newaxis]
    assert mutualInformationGap(v, v, bins=20) == pytest.approx(math.log(20) / math.log(60))
    assert mutualInformationGap(v, v, bins=60) == pytest.approx(1)


def test_the_predictability_is_the_squared_correlation_and_for_classes_the_balanced_accuracy():
    codes = np.concatenate([STANDARD[:2] + 0.5 * RANDOM[:2], RANDOM[2:4]])
    squares = np.corrcoef(np.concatenate([codes, FACTORS]))[:4, 4:] ** 2
    expected = np.mean([np.subtract(*np.sort(column)[:-3:-1]) for column in squares.T])
    assert separatedAttributePredictability(codes, FACTORS) == pytest.approx(expected)
    shape = np.repeat([0.0, 1, 2], [600, 300, 100])
    code = np.where(shape == 1, 5.0, -5.0) + np.random.default_rng(0).normal(size=1000)
    assert separatedAttributePredictability([code], [shape], classes=[0]) == pytest.approx(2 / 3 - 1 / 3, abs=0.05)
    permuted = np.array([2.0, 0, 1])[shape.astype(int)]
    same = separatedAttributePredictability([code], [permuted], classes=[0])
    assert same == separatedAttributePredictability([code], [shape], classes=[0])
    assert separatedAttributePredictability([code], [shape]) != same


def test_the_votes_of_two_codes_for_one_factor_go_to_it():
    """And a code that says nothing wins no vote, however little it varies."""
    codes = np.concatenate([STANDARD, STANDARD[:1], 0.01 * RANDOM[:1]])
    assert factorVaeScore(codes, FACTORS) == 1
    assert factorVaeScore(0.01 * RANDOM, FACTORS) == 0
    assert factorVaeScore(0.01 * STANDARD, FACTORS, collapsed=0) == 1


def test_two_factors_in_one_code_cost_half_of_their_votes():
    codes = np.stack([STANDARD[0], STANDARD[1], STANDARD[2] + STANDARD[3]])
    assert factorVaeScore(codes, FACTORS) == pytest.approx(0.75, abs=0.03)
    found = dci(codes, FACTORS)
    assert found.completeness > 0.9 > found.disentanglement


def test_a_factor_in_two_codes_costs_completeness_and_no_disentanglement():
    noise = RANDOM[:2] * 0.3
    codes = np.concatenate([STANDARD[:3], STANDARD[3] + noise])
    found = dci(codes, FACTORS)
    assert found.disentanglement > 0.95
    assert 0.5 < found.completeness < 0.95
    assert str(found) == (
        f"disentanglement {found.disentanglement:.3f}, completeness {found.completeness:.3f}, "
        f"informativeness {found.informativeness:.3f}"
    )


def test_a_curve_explains_what_no_line_does():
    z = np.random.default_rng(0).uniform(-1, 1, 4000)
    factor = [z**2 + 0.1 * np.random.default_rng(1).normal(size=4000)]
    assert separatedAttributePredictability([z], factor) < 0.01
    assert codeFactorR2([z], factor)[0, 0] == pytest.approx(np.var(z**2) / np.var(factor), abs=0.02)
    assert dci([z, z[::-1]], [*factor, z]).informativeness > 0.9


def test_a_class_has_no_order():
    values = FACTORS[:1]
    codes = np.concatenate([np.where(values == 1, 1.0, 0.0), RANDOM[:1]])
    renamed = np.array([5.0, 9.0, 7.0])[values.astype(int)]
    for measure in (
        lambda v, **more: codeFactorR2(codes, v, **more)[0, 0],
        lambda v, **more: dci(codes, np.concatenate([v, FACTORS[1:2]]), **more).informativeness,
    ):
        assert measure(values, classes=[0]) == pytest.approx(measure(renamed, classes=[0]), abs=1e-12)
        assert measure(values, classes=[0]) > measure(values) + 0.1


def test_the_same_seed_gives_the_same_scores_in_either_precision():
    single = ROTATED.astype(np.float32)
    assert factorVaeScore(ROTATED, FACTORS, rng=3) == factorVaeScore(single, FACTORS.astype(int), rng=3)
    assert dci(ROTATED, FACTORS, rng=3, trees=2).informativeness == pytest.approx(
        dci(ROTATED, FACTORS, rng=np.random.default_rng(3), trees=2).informativeness, abs=1e-12
    )
    assert factorVaeScore(ROTATED, FACTORS, rng=4) != factorVaeScore(ROTATED, FACTORS, rng=3)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_bad_codes_and_factors_are_refused(name):
    measure = MEASURES[name]
    with pytest.raises(ValueError, match=rf"{name}: expected codes to be one column or more, .* got \(5,\)"):
        measure(np.zeros(5), FACTORS)
    with pytest.raises(ValueError, match=rf"{name}: expected codes to be finite numbers"):
        measure(np.full((2, N), np.nan), FACTORS)
    with pytest.raises(ValueError, match=rf"{name}: expected factors to be .*\(K, {N}\), got \(4, {N - 1}\)"):
        measure(RANDOM, FACTORS[:, 1:])
    with pytest.raises(ValueError, match=rf"{name}: expected factors to be .*, got \({N},\)"):
        measure(RANDOM, FACTORS[0])
    with pytest.raises(ValueError, match="two different values or more, got 'a constant in row 1'; leave it out"):
        measure(RANDOM, np.stack([FACTORS[0], np.ones(N)]))
    with pytest.raises(TypeError, match=f"{name}: expected factors to be real numbers"):
        measure(RANDOM, [["a"] * N])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: factorVaeScore(RANDOM, RANDOM[:2]), "that two columns or more have, got 'one of a single column in r"),
        (lambda: factorVaeScore(RANDOM, FACTORS, votes=0), "votes to be a whole number of at least 1, got 0"),
        (lambda: factorVaeScore(RANDOM, FACTORS, samples=1), "samples to be a whole number of at least 2, got 1"),
        (lambda: factorVaeScore(RANDOM, FACTORS, collapsed=-1.0), "collapsed to be a finite number >= 0, got -1"),
        (lambda: mutualInformationGap(RANDOM, FACTORS, bins=1), "bins to be a whole number of at least 2, got 1"),
        (lambda: separatedAttributePredictability(RANDOM, FACTORS, [4]), "the row of one of 4 factors, got 4"),
        (lambda: codeFactorR2(RANDOM[:, :39], FACTORS[:, :39]), "40 columns or more for 20 bins"),
        (lambda: dci(RANDOM, FACTORS[:1]), "dci: expected factors to be 2 rows or more"),
        (lambda: dci(RANDOM[:, :12], FACTORS[:, :12]), "dci: expected codes to be 20 columns or more"),
        (lambda: dci(RANDOM, FACTORS, trees=0), "trees to be a whole number of at least 1, got 0"),
        (lambda: dci(RANDOM, FACTORS, depth=17), "dci: expected depth to be at most 16, got 17"),
    ],
    ids=range(11),
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_columns_may_come_in_an_order():
    """As a grid of factors does: every other column then has the same value of the last one."""
    factors = np.tile(np.indices((5, 8, 4, 2)).reshape(4, -1), 3)
    codes = factors + 0.01 * np.random.default_rng(0).normal(size=factors.shape)
    assert codeFactorR2(codes, factors).diagonal().min() > 0.95
    found = dci(codes, factors)
    assert min(found.disentanglement, found.completeness, found.informativeness) > 0.95


def test_a_factor_with_a_single_exception_gives_numbers():
    factors = np.stack([FACTORS[1], np.arange(N) == 0])
    for seed in range(4):
        found = dci(RANDOM, factors, trees=1, rng=seed)
        assert np.isfinite([found.disentanglement, found.completeness, found.informativeness]).all()


def test_the_unit_of_one_code_says_nothing_of_the_others():
    units = np.array([1e12, 1.0, 1.0, 1.0, 1.0])[:, None][: len(STANDARD)]
    expected = separatedAttributePredictability(STANDARD, FACTORS)
    assert separatedAttributePredictability(units * STANDARD, FACTORS) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("measure", [separatedAttributePredictability, codeFactorR2, dci], ids=lambda one: one.__name__)
def test_classes_are_rows(measure):
    with pytest.raises(TypeError, match=r"expected classes to be rows of factors, such as \[0\], got 0"):
        measure(RANDOM, FACTORS, classes=0)
