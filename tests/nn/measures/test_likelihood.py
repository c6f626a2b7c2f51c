import itertools
import math

import numpy as np
import pytest

from nn import (
    RBM,
    annealedLogPartition,
    exactLogPartition,
    likelihoodBracket,
    reverseLogPartition,
)
from nn.measures import likelihood


def machine(inputDim, hiddenDim, visible="bernoulli", scale=0.7, seed=0):
    rbm, rng = RBM(inputDim, hiddenDim, visible, rng=seed), np.random.default_rng(seed)
    for array in rbm.layer.parameters.values():
        array[...] = rng.normal(0, scale, array.shape)
    for array in rbm.layer.statistics.values():
        array[...] = rng.uniform(0.2, 0.8, array.shape)
    return rbm


def drawn(rbm, n=100, steps=200):
    chain = rbm.gibbs(np.full((rbm.inputDim, n), 0.5), rng=1)
    return next(itertools.islice(chain, steps - 1, None))[1]


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (1, 1)], ids=str)
def test_exact_is_the_sum_over_all_states(shape):
    rbm = machine(*shape)
    v = np.array(list(itertools.product([0.0, 1.0], repeat=shape[0]))).T
    assert exactLogPartition(rbm) == pytest.approx(np.log(np.exp(-rbm.freeEnergy(v)).sum()), rel=1e-12)


def test_exact_is_the_integral_over_gaussian_units():
    rbm = machine(1, 3, "gaussian")
    v = np.linspace(-20, 20, 100_001)
    total = np.trapezoid(np.exp(-rbm.freeEnergy(v[None])), v)
    assert exactLogPartition(rbm) == pytest.approx(math.log(total), abs=1e-9)


def test_exact_in_chunks_is_the_same(monkeypatch):
    rbm = machine(20, 9)
    whole = exactLogPartition(rbm)
    monkeypatch.setattr(likelihood, "CHUNK", 4)
    assert exactLogPartition(rbm) == pytest.approx(whole, rel=1e-13)


@pytest.mark.parametrize(("shape", "visible"), [((30, 12), "bernoulli"), ((6, 8), "gaussian")], ids=str)
def test_both_ways_of_annealing_find_the_exact_value(shape, visible):
    rbm = machine(*shape, visible, scale=0.5)
    exact = exactLogPartition(rbm)
    forward = annealedLogPartition(rbm, 200, 500, rng=0)
    reverse = reverseLogPartition(rbm, drawn(rbm, 200), 500, rng=0)
    for found in (forward, reverse):
        assert found.chains == 200
        assert 50 < found.effectiveSamples <= 200
        assert 0 < found.standardError < 0.1
        assert abs(found.value - exact) < 0.15


def test_few_temperatures_err_on_opposite_sides():
    rbm = machine(30, 12, scale=1.5)
    x = drawn(rbm)
    exact = float(-rbm.freeEnergy(x).mean()) - exactLogPartition(rbm)
    coarse, fine = (likelihoodBracket(rbm, x, 100, count, rng=0) for count in (10, 1000))
    assert coarse.lower < exact - 1
    assert fine.lower > coarse.lower
    assert fine.forward.effectiveSamples > 3 * coarse.forward.effectiveSamples
    assert fine.lower - 0.5 < exact < fine.upper + 0.5


def test_a_machine_without_coupling_is_known_from_both_sides():
    rbm = machine(5, 3, scale=0)
    for visible in ("bernoulli", "gaussian"):
        rbm = RBM(5, 3, visible, rng=0)
        rbm.layer.weight *= 0
        expected = 3 * math.log(2) + (5 * math.log(2) if visible == "bernoulli" else 2.5 * math.log(2 * math.pi))
        bracket = likelihoodBracket(rbm, np.zeros((5, 4)), 4, 20, rng=0)
        for value in (exactLogPartition(rbm), bracket.forward.value, bracket.reverse.value):
            assert value == pytest.approx(expected, abs=1e-12)
        assert bracket.forward.effectiveSamples == pytest.approx(4)


def test_the_estimates_print_what_they_are_worth():
    bracket = likelihoodBracket(machine(5, 3), np.zeros((5, 4)), 4, 20, rng=0)
    assert "chains effective" in repr(bracket)
    assert "of 4 chains effective" in repr(bracket.forward)
    assert np.isnan(annealedLogPartition(machine(5, 3), 1, 20, rng=0).standardError)


def test_bad_input():
    with pytest.raises(ValueError, match="at most 25 units, got 26"):
        exactLogPartition(RBM(40, 26))
    with pytest.raises(ValueError, match="at most 25 units, got 30"):
        exactLogPartition(RBM(5, 30, "gaussian"))  # the few units are no binary ones
    with pytest.raises(TypeError, match="RBM"):
        annealedLogPartition(None)
    with pytest.raises(ValueError, match="temperatures"):
        annealedLogPartition(RBM(4, 3), temperatures=0)
    with pytest.raises(ValueError, match="chains"):
        annealedLogPartition(RBM(4, 3), chains=0)
    with pytest.raises(ValueError, match="one column or more"):
        reverseLogPartition(RBM(4, 3), np.zeros((4, 0)))
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        likelihoodBracket(RBM(4, 3), np.full((4, 3), 2.0))
    with pytest.raises(ValueError, match="likelihoodBracket: expected x to be one column or more"):
        likelihoodBracket(RBM(4, 3), np.zeros((4, 0)))


@pytest.mark.parametrize("measure", [likelihoodBracket, reverseLogPartition])
def test_greys_have_no_probability(measure):
    """They are probabilities of a unit's states, and none of them."""
    x, options = np.full((4, 6), 0.5), {"temperatures": 5, "rng": 0}
    with pytest.raises(ValueError, match=f"{measure.__name__}: expected x to be 0 and 1, .* got 'greys.*draw it"):
        measure(RBM(4, 3, rng=0), x, **options)
    measure(RBM(4, 3, rng=0), x.round(), **options)
    measure(RBM(4, 3, "gaussian", rng=0), x, **options)
