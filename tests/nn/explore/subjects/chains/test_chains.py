"""Chains that are led by hand: the model's own chain, held in places, begun where one likes."""

import numpy as np
import pytest

import builders
from builders import ROWS, X
from dataset import Dataset
from nn import RBM
from nn.explore.subjects.chains.walkback import runningChain

KINDS = {"RBM": builders.rbm, "Gaussian RBM": lambda: builders.rbm(visible="gaussian"), "DBN": builders.dbn}
KINDS["GSN"] = builders.gsn
START = np.array([0.0, 1, 1, 0, 1, 0])


@pytest.fixture(params=KINDS)
def chain(request):
    return runningChain(KINDS[request.param](), rng=0)


def test_a_chain_moves_in_the_range_of_its_units(chain):
    states = [chain.advance().state for _ in range(30)]
    assert any(not np.array_equal(one, states[0]) for one in states)
    assert all(one.shape == (ROWS,) and np.isfinite(one).all() for one in states)
    if getattr(chain.model, "visible", "bernoulli") == "bernoulli":
        assert min(one.min() for one in states) >= 0
        assert max(one.max() for one in states) <= 1
    assert chain.count == 30
    assert np.isfinite(chain.step.figure)
    assert chain.step.hidden.ndim == 1


def test_the_same_seed_gives_the_same_chain():
    for make in KINDS.values():
        model, found = make(), []
        for seed in (3, 3, 4):
            chain = runningChain(model, seed)
            found.append(np.array([chain.advance().state for _ in range(20)]))
        assert np.array_equal(found[0], found[1])
        assert not np.array_equal(found[0], found[2])


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_an_rbms_chain_is_that_of_gibbs(visible):
    model, chain = builders.rbm(visible=visible), None
    chain = runningChain(model)
    chain.begin(START)
    chain.rng = np.random.default_rng(5)
    for (mean, state), _ in zip(model.gibbs(START[:, None], rng=5), range(10), strict=False):
        step = chain.advance()
        assert np.array_equal(step.mean, mean[:, 0])
        assert np.array_equal(step.state, state[:, 0])
        assert set(step.hidden.round(12)) <= {0.0, 1.0}
        assert np.allclose(model.freeEnergy(state)[0], step.figure)


def test_a_chain_of_a_standardised_machine_is_in_the_units_of_the_data():
    data = Dataset.fromArrays(100 + 20 * X, standardize=True, test_size=0, rng=0)
    model = RBM(ROWS, 4, visible="gaussian", rng=0)
    model.train(data, epochs=1, metrics=[], progress=False)
    chain = runningChain(model, 0)
    start = 100 + 20 * X[:, 0]
    chain.begin(start)
    chain.rng = np.random.default_rng(1)
    mean, state = next(model.gibbs(start[:, None], rng=1))
    assert np.allclose(chain.advance().state, state[:, 0])
    assert abs(chain.step.mean.mean() - mean.mean()) < 1e-4
    assert 50 < chain.step.state.mean() < 170


def test_a_gsns_chain_is_its_walk():
    model = builders.gsn()
    chain = runningChain(model)
    chain.begin(START)
    chain.rng = np.random.default_rng(5)
    rng, x = np.random.default_rng(5), START[:, None]
    for _ in range(5):
        mean, x = next(model.walk(x, rng))
        step = chain.advance()
        assert np.array_equal(step.state, x[:, 0])
        assert np.array_equal(step.mean, mean[:, 0])


def test_what_is_held_stays_and_the_rest_moves(chain):
    if not chain.canClamp:
        with pytest.raises(ValueError, match="holds nothing"):
            chain.clamp(np.ones(ROWS, bool))
        return
    chain.begin(START)
    kept = np.arange(ROWS) < 3
    chain.clamp(kept)
    states = np.array([chain.advance().state for _ in range(40)])
    assert (states[:, kept] == START[kept]).all()
    assert (states[:, ~kept].std(axis=0) > 0).any()
    chain.clamp(None)
    assert any((chain.advance().state[kept] != START[kept]).any() for _ in range(40))
    with pytest.raises(ValueError, match="kept"):
        chain.clamp([True])


def test_a_chain_begins_in_a_sample_or_in_noise(chain):
    assert np.array_equal(chain.begin(START).state, START)
    chain.advance()
    noise = chain.begin()
    assert chain.count == 0
    assert chain.kept is None
    assert not np.array_equal(noise.state, chain.begin().state)
    with pytest.raises(ValueError, match="shape"):
        chain.begin(np.zeros(2))


def test_a_belief_networks_pictures_lie_where_its_samples_do():
    """The chain's pixels have the means of `DBN.sample`."""
    model = builders.dbn()
    chain = runningChain(model, 0)
    mine = np.mean([chain.advance().state for _ in range(3000)], axis=0)
    assert np.allclose(mine, model.sample(3000, 20, rng=1).mean(axis=1), atol=0.05)


def test_what_has_no_chain():
    with pytest.raises(TypeError, match="RBM, DBN, GSN"):
        runningChain(builders.classifier())
