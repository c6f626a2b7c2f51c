import itertools
from contextlib import suppress

import leibnet

import numpy as np
import pytest

from activations import Softmax
from builders import X, data
from dataset import Dataset
from interrupting import Stop
from layers import Dense
from nn import DBN, RBM, Checkpoint, Model, checkGradients, exactLogPartition
from nn.training.listener import Listener
from optimizer import SGD

BINARY = (np.random.default_rng(0).random((6, 40)) < np.linspace(0.2, 0.8, 6)[:, None]).astype(float)


def machine(sizes=(5, 4, 3), seed=0, **keywords):
    dbn = DBN([RBM(*pair, rng=seed, **keywords) for pair in itertools.pairwise(sizes)])
    rng = np.random.default_rng(seed)
    for rbm in dbn.rbms:
        for array in rbm.layer.parameters.values():
            array[...] = rng.normal(0, 0.8, array.shape)
        for array in rbm.layer.statistics.values():
            array[...] = rng.uniform(0.2, 0.8, array.shape)
    return dbn


def states(n):
    return np.array(list(itertools.product([0.0, 1.0], repeat=n))).T


def logProbabilities(rbm, v):
    return -rbm.freeEnergy(v) - exactLogPartition(rbm)


def test_features_reconstructions_and_the_network():
    dbn = machine()
    low, high = dbn.rbms
    np.testing.assert_array_equal(dbn.encode(BINARY[:5]), high.encode(low.encode(BINARY[:5])))
    network = dbn.toNetwork(SGD(lr=0.5))
    np.testing.assert_allclose(network.predict(BINARY[:5]), dbn.encode(BINARY[:5]), rtol=1e-12)
    assert [layer.optimizer.lr for layer in network.layers] == [0.5, 0.5]
    np.testing.assert_array_equal(dbn.reconstruct(BINARY[:5]), low.decode(high.decode(dbn.encode(BINARY[:5]))))


def test_the_bound_is_below_the_likelihood_and_what_the_formula_says():
    dbn = machine()
    low, top = dbn.rbms
    v, h = states(5), states(4)
    prior = logProbabilities(top, h)
    layer = low.layer
    centred = h - layer.hiddenOffset
    pairs = [
        [layer.logConditional(one[:, None] - layer.visibleOffset, state[:, None])[0] for state in centred.T]
        for one in v.T
    ]
    joint = np.array(pairs) + prior  # ln p(v | h) p(h)
    exact = np.log(np.exp(joint).sum(axis=1))
    assert np.exp(exact).sum() == pytest.approx(1)
    p = low.encode(v)[:, :, None]
    q = np.prod(h[:, None] * p + (1 - h[:, None]) * (1 - p), axis=0)  # (v, h)
    bound = (q * (joint - np.log(q))).sum(axis=1)
    found = dbn.bound(v, exactLogPartition(top), samples=4000, rng=0)
    np.testing.assert_allclose(found, bound, atol=0.1)
    assert (bound < exact).all()
    assert (found < exact + 0.1).all()


def test_a_top_machine_that_is_the_lower_one_turned_has_its_likelihood_for_a_bound():
    low = machine().rbms[0]
    layer, top = low.layer, RBM(4, 5)
    top.layer.weight, top.layer.bias, top.layer.visibleBias = layer.weight.T, layer.visibleBias, layer.bias
    top.layer.visibleOffset[...], top.layer.hiddenOffset[...] = layer.hiddenOffset, layer.visibleOffset
    found = DBN([low, top]).bound(states(5), exactLogPartition(top), samples=2000, rng=0)
    np.testing.assert_allclose(found, logProbabilities(low, states(5)), atol=0.1)  # Hinton et al. 2006, section 4


def test_samples_are_of_the_distribution():
    dbn = machine(seed=1)
    low, top = dbn.rbms
    h = states(4)
    expected = low.decode(h) @ np.exp(logProbabilities(top, h))
    np.testing.assert_allclose(dbn.sample(20_000, 50, rng=0).mean(axis=1), expected, atol=0.02)


class Levels(Listener):
    def __init__(self):
        self.found = []

    def stepped(self, course):
        self.found.append((course.model.level, [rbm.layer.weight.sum() for rbm in course.model.rbms]))


def test_the_machines_learn_one_after_the_other():
    dbn, levels = DBN([RBM(6, 4, rng=0), RBM(4, 3, rng=1), RBM(3, 2, rng=2)]), Levels()
    dbn.train(data(BINARY), epochs=4, metrics=[], listeners=[levels])
    places = [level for level, _ in levels.found]
    assert places == sorted(places)
    assert [places.count(level) for level in range(3)] == [4, 4, 4]
    for level in range(3):
        weights = [w for place, w in levels.found if place == level]
        moved = [len({w[other] for w in weights}) > 1 for other in range(3)]
        assert moved == [other == level for other in range(3)]
    assert dbn.rbms[1].layer.visibleBias.any()
    assert dbn.rbms[1].layer.visibleOffset.any()


def test_the_second_machine_raises_the_bound():
    patterns = np.repeat(np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1.0]]).T, 100, axis=1)
    dataset = Dataset.fromArrays(patterns, batch_size=20, rng=0)
    dbn = DBN([RBM(6, 4, optimizer=SGD(lr=0.1), rng=0), RBM(4, 6, optimizer=SGD(lr=1), persistent=20, rng=1)])
    dbn.train(dataset, epochs=60, metrics=[])
    low, top = dbn.rbms
    bound = dbn.bound(patterns, exactLogPartition(top), samples=20, rng=0).mean()
    new = RBM(4, 6, rng=1)  # whose hidden units of the machine below stand alone
    new.begin(low.encode(patterns).mean(axis=1, keepdims=True))
    before = DBN([low, new]).bound(patterns, exactLogPartition(new), samples=20, rng=0).mean()
    assert bound > before + 0.3, (bound, before)


@pytest.mark.parametrize("keywords", [{}, {"persistent": 5}, {"centred": False}], ids=str)
@pytest.mark.parametrize("before", [1, 3], ids=["first level", "second level"])
def test_resumed_to_the_bit(tmp_path, keywords, before):
    def trained(**more):
        leibnet.seed(1)
        dbn = DBN([RBM(6, 4, rng=3, **keywords), RBM(4, 3, rng=4, **keywords)])
        stops = [Stop(3 * before)] if more and not more.get("resume") else []
        with suppress(KeyboardInterrupt):
            dbn.train(data(BINARY), epochs=4, metrics=["test_free_energy"], listeners=stops, **more)
        return dbn

    straight = trained()
    kept = Checkpoint(tmp_path / "kept", seconds=0)
    trained(checkpoint=kept)
    resumed = trained(checkpoint=kept, resume=True)
    assert resumed.level == 1
    for name, array in straight.arrays().items():
        assert np.array_equal(array, resumed.arrays()[name]), name


def test_files_and_gradients(tmp_path):
    dbn = machine(persistent=3)
    dbn.rbms[0].trainable = False
    loaded = Model.load(dbn.save(tmp_path / "dbn"))
    assert loaded.config() == dbn.config()
    assert not loaded.rbms[0].trainable
    np.testing.assert_array_equal(loaded.encode(BINARY[:5]), dbn.encode(BINARY[:5]))
    assert checkGradients(dbn, X[:5])
    dbn.level = 1
    assert checkGradients(dbn, X[:5])


def test_fine_tuning_as_a_classifier():
    dbn = DBN([RBM(6, 8, rng=0)])
    dbn.train(data(), epochs=2, metrics=[])
    network = dbn.toNetwork()
    network.addLayer(Dense(8, 3, Softmax(), rng=0))
    history = network.train(data(labels=np.eye(3)[:, X.argmax(axis=0) % 3]), epochs=30, metrics=["train_loss"])
    assert history["train_loss"][-1] < history["train_loss"][0]


def test_bad_input():
    with pytest.raises(TypeError, match="a list of RBMs"):
        DBN([])
    with pytest.raises(TypeError, match="a list of RBMs"):
        DBN([Dense(3, 2)])
    with pytest.raises(ValueError, match=r"rbms\[1\] to have 4 Bernoulli visible units"):
        DBN([RBM(6, 4), RBM(5, 4)])
    with pytest.raises(ValueError, match="gaussian"):
        DBN([RBM(6, 4), RBM(4, 4, "gaussian")])
    one = RBM(4, 4)
    with pytest.raises(ValueError, match="twice"):
        DBN([one, one])
    with pytest.raises(ValueError, match="logPartition"):
        machine().bound(states(5), np.inf)
    with pytest.raises(ValueError, match=r"DBN.bound: expected x to be 0 and 1, states of Bernoulli units"):
        machine().bound(np.full((5, 2), 0.5), 1.0)
