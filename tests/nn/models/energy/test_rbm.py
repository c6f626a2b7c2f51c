import itertools

import leibnet

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import X, data
from dataset import Batch, Dataset
from nn import MLP, RBM, DivergenceError, Model, TrainingWarning, checkGradients, exactLogPartition
from nn.training.step import StepContext
from optimizer import SGD, Adam

BINARY = (np.random.default_rng(0).random((6, 40)) < np.linspace(0.2, 0.8, 6)[:, None]).astype(float)


def states(n):
    return np.array(list(itertools.product([0.0, 1.0], repeat=n))).T


def machine(inputDim=5, hiddenDim=4, visible="bernoulli", seed=0, **keywords):
    """One with weights, biases and offsets of size 1, in float64."""
    rbm, rng = RBM(inputDim, hiddenDim, visible, rng=seed, **keywords), np.random.default_rng(seed)
    for array in rbm.layer.parameters.values():
        array[...] = rng.normal(0, 0.8, array.shape)
    for array in rbm.layer.statistics.values():
        array[...] = rng.uniform(0.2, 0.8, array.shape)
    return rbm


def energies(rbm, v, h):
    """E(v, h) of all pairs of columns, as the docstring has it: without the centring that the layer computes with."""
    layer = rbm.layer
    W, mu, offset = layer.weight, layer.visibleOffset, layer.hiddenOffset
    u, own = v - mu, 0.5 * ((v - mu) ** 2).sum(axis=0)[:, None] * (rbm.visible == "gaussian")
    constant = (layer.bias * offset).sum() + (layer.visibleBias * mu).sum()
    linear = v.T @ layer.visibleBias + (layer.bias.T @ h) - constant
    return own - linear - u.T @ W.T @ (h - offset)


# Distribution --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_the_free_energy_sums_over_the_hidden_states(visible):
    rbm, v = machine(visible=visible), states(5)
    expected = -np.log(np.exp(-energies(rbm, v, states(4))).sum(axis=1))
    np.testing.assert_allclose(rbm.freeEnergy(v), expected, rtol=1e-12)


def test_hidden_probabilities_and_means_are_those_of_the_joint_distribution():
    rbm, v, h = machine(), states(5), states(4)
    joint = np.exp(-energies(rbm, v, h))
    np.testing.assert_allclose(rbm.encode(v), h @ (joint / joint.sum(axis=1, keepdims=True)).T, rtol=1e-12)
    np.testing.assert_allclose(rbm.decode(h), v @ (joint / joint.sum(axis=0)), rtol=1e-12)


@settings(max_examples=20)
@given(inputDim=st.integers(1, 8), hiddenDim=st.integers(1, 8), seed=st.integers(0, 1000))
def test_other_offsets_leave_the_distribution(inputDim, hiddenDim, seed):
    rbm, rng = machine(inputDim, hiddenDim, seed=seed), np.random.default_rng(seed)
    v = states(inputDim)
    before = rbm.encode(v), -rbm.freeEnergy(v) - exactLogPartition(rbm)
    rbm.layer.moveVisibleOffset(rng.random((inputDim, 1)))
    rbm.layer.moveHiddenOffset(rng.random((hiddenDim, 3)), 0.7)
    np.testing.assert_allclose(rbm.encode(v), before[0], atol=1e-10)
    np.testing.assert_allclose(-rbm.freeEnergy(v) - exactLogPartition(rbm), before[1], atol=1e-9)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_the_chain_draws_from_the_distribution(visible):
    rbm, h = machine(3, 4, visible, seed=1), states(4)
    chain = rbm.gibbs(np.full((3, 20_000), 0.5), rng=0)
    for _ in range(50):
        mean, drawn = next(chain)
    layer, centred = rbm.layer, h - rbm.layer.hiddenOffset
    x = layer.weight.T @ centred + layer.visibleBias
    weights = np.exp((layer.bias.T @ centred)[0] + layer.units.logPartition(x, layer.visibleOffset))
    expected = (layer.units.mean(x, layer.visibleOffset) * weights).sum(axis=1) / weights.sum()
    for found in (mean, drawn):
        np.testing.assert_allclose(found.mean(axis=1), expected, atol=0.04 if visible == "gaussian" else 0.015)
    assert set(np.unique(drawn)) == {0.0, 1.0} or visible == "gaussian"


def test_the_network_of_the_features_has_the_offset_in_its_bias():
    rbm = machine()
    network = MLP([rbm.toDense(Adam(lr=0.1))])
    np.testing.assert_allclose(network.predict(states(5)), rbm.encode(states(5)), rtol=1e-12)
    assert network.layers[0].optimizer.lr == 0.1


# Gradients -----------------------------------------------------------------------------------------------------------


def exactGradients(rbm, v):
    """Of -ln p(v) in mean, by enumeration: the contrast of the data with every state, weighed by its probability."""
    layer, every = rbm.layer, states(rbm.inputDim)
    p = np.exp(-rbm.freeEnergy(every) - exactLogPartition(rbm))
    total = {name: np.zeros_like(array) for name, array in layer.parameters.items()}
    for weight, state in zip(p, every.T, strict=True):
        features = layer.forward(v).copy()
        u, w = v - layer.visibleOffset, state[:, None] - layer.visibleOffset
        layer.contrast((features, u), (layer.hiddenMean(w, layer.now)[1], w), layer.now)
        for name, gradient in layer.gradients.items():
            total[name] += weight * gradient
    return total


def test_the_exact_gradient_is_that_of_the_likelihood():
    rbm, v, h = machine(), states(5)[:, 3:20], 1e-4
    rng = np.random.default_rng(1)
    for name, gradient in exactGradients(rbm, v).items():
        array = rbm.layer.parameters[name]
        start, direction = array.copy(), rng.standard_normal(array.shape)

        def loss(distance, array=array, start=start, direction=direction):
            array[...] = start + distance * direction
            return rbm.freeEnergy(v).mean() + exactLogPartition(rbm)

        numeric = (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h)  # of fourth order
        loss(0)
        assert abs(numeric - np.vdot(gradient, direction)) < 1e-7 * np.linalg.norm(gradient), name


def test_persistent_chains_give_the_exact_gradient_in_mean():
    rbm, v = machine(steps=60, persistent=20_000, optimizer=SGD(lr=1e-300)), states(5)[:, 3:20]
    expected = exactGradients(rbm, v)
    rbm.particles[...] = np.random.default_rng(2).random(rbm.particles.shape) < 0.5
    rbm.step(Batch.of(v), StepContext())
    for name, gradient in rbm.layer.gradients.items():
        np.testing.assert_allclose(gradient, expected[name], atol=4 * 0.5 / np.sqrt(20_000), err_msg=name)
        assert np.abs(expected[name]).max() > 0.1


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("keywords", [{}, {"steps": 3}, {"persistent": 7}], ids=["CD-1", "CD-3", "persistent"])
def test_the_gradient_of_the_contrast(visible, keywords):
    rbm = machine(6, 4, visible, **keywords)
    report = checkGradients(rbm, X[:, :5])
    assert report, report
    assert checkGradients(rbm.layer, X[:, :5])


def test_a_wrong_gradient_is_found(monkeypatch):
    kind = type(RBM(2, 2).layer)
    right = kind.contrast

    def wrong(self, *given):
        right(self, *given)
        self.block.gradients["visibleBias"] *= 1.001

    monkeypatch.setattr(kind, "contrast", wrong)
    assert not checkGradients(machine(6, 4), X[:, :5])


# Training ------------------------------------------------------------------------------------------------------------


def likelihood(rbm, v):
    return float(-rbm.freeEnergy(v).mean() - exactLogPartition(rbm))


@pytest.mark.parametrize(
    "keywords", [{}, {"persistent": 20}, {"centred": False}, {"steps": 3}, {"visible": "gaussian"}], ids=str
)
def test_training_raises_the_likelihood(keywords):
    patterns = np.repeat(np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1.0]]).T, 100, axis=1)
    gaussian = keywords.get("visible") == "gaussian"
    patterns = 4 * patterns if gaussian else patterns  # apart by more than the noise
    dataset = Dataset.fromArrays(patterns, batch_size=20, rng=0)
    rbm = RBM(6, 4, optimizer=SGD(lr=0.02 if gaussian else 0.2), rng=0, **keywords)
    rbm.prepare(None, dataset)
    before = likelihood(rbm, patterns)
    history = rbm.train(dataset, epochs=40, metrics=["train_reconstruction_error", "train_free_energy_gap"])
    gained = likelihood(rbm, patterns) - before
    assert gained > 1.5
    assert history["train_reconstruction_error"][-1] < history["train_reconstruction_error"][0]


def test_every_setting_changes_the_training():
    found = []
    for keywords in ({}, {"steps": 2}, {"persistent": 5}, {"centred": False}, {"optimizer": Adam()}, {"rng": 1}):
        rbm = RBM(6, 4, **{"rng": 0} | keywords)
        rbm.train(data(BINARY), epochs=1, metrics=[])
        found.append(rbm.encode(BINARY).tobytes())
    assert len(set(found)) == len(found)


def test_offsets_are_the_data_s_means_and_biases_begin_with_them():
    dataset = data(BINARY)
    rbm = RBM(6, 4, rng=0)
    rbm.prepare(None, dataset)
    mean = dataset.trainSet()[0].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(rbm.layer.visibleOffset, mean, atol=1e-7)
    np.testing.assert_allclose(rbm.sample(20_000, 1, rng=0).mean(axis=1, keepdims=True), mean, atol=0.02)
    plain = RBM(6, 4, centred=False, rng=0)
    plain.train(dataset, epochs=1, metrics=[])
    assert not plain.layer.visibleOffset.any()
    assert not plain.layer.hiddenOffset.any()


def test_a_frozen_machine_stays():
    rbm = RBM(6, 4, rng=0)
    rbm.train(data(BINARY), epochs=1, metrics=[])
    rbm.trainable = False
    before = rbm.weights()
    rbm.train(data(BINARY), epochs=1, metrics=[])
    assert all(np.array_equal(before[name], array) for name, array in rbm.arrays().items())


@pytest.mark.parametrize(
    "keywords", [{"steps": 2}, {"persistent": 7}, {"visible": "gaussian", "persistent": 3}], ids=str
)
def test_resumed_to_the_bit(tmp_path, keywords):
    def trained(epochs, **more):
        leibnet.seed(1)
        rbm = RBM(6, 4, optimizer=SGD(lr=0.1, momentum=0.5), rng=3, **keywords)
        return rbm, rbm.train(data(BINARY), epochs=epochs, metrics=["test_free_energy"], **more)

    straight, history = trained(4)
    trained(2, checkpoint=tmp_path / "kept")
    resumed, again = trained(4, checkpoint=tmp_path / "kept", resume=True)
    assert history["test_free_energy"] == again["test_free_energy"]
    for name, array in straight.arrays().items():
        assert np.array_equal(array, resumed.arrays()[name]), name
    assert ("particles" in straight.arrays()) == bool(straight.persistent)
    assert np.array_equal(straight.sample(3, 5, rng=0), resumed.sample(3, 5, rng=0))


def test_files(tmp_path):
    rbm = RBM(6, 4, optimizer=SGD(lr=0.1), steps=2, persistent=3, centred=False, rng=0)
    rbm.train(data(BINARY), epochs=1, metrics=[])
    rbm.trainable = False
    loaded = Model.load(rbm.save(tmp_path / "rbm"))
    assert loaded.config() == rbm.config()
    assert not loaded.trainable
    for name, array in rbm.arrays().items():
        assert np.array_equal(array, loaded.arrays()[name]), name
    assert repr(loaded).startswith("RBM, PCD-2, 3 chains\n")
    assert "BoltzmannLayer 6 -> 4, bernoulli, frozen" in repr(loaded)


def test_compiled_and_numpy_s_steps_agree():
    pytest.importorskip("numba")
    found = []
    for kernels in ("numba", "numpy"):
        leibnet.kernels(kernels)
        rbm = RBM(6, 4, rng=0)
        rbm.train(data(BINARY), epochs=3, metrics=[])
        found.append(rbm.encode(BINARY))
    leibnet.kernels()
    np.testing.assert_allclose(*found, atol=1e-5)


def test_quantities():
    rbm, v = machine(6, 4), BINARY
    found = rbm.evaluate(v)
    assert found == rbm.evaluate(v)
    assert found.keys() == RBM.quantities.keys()
    assert found["free_energy"] == pytest.approx(rbm.freeEnergy(v).mean())
    flipped = [rbm.freeEnergy(np.where(np.arange(6)[:, None] == i, 1 - v, v)) - rbm.freeEnergy(v) for i in range(6)]
    every = -np.log1p(np.exp(-np.array(flipped))).sum(axis=0)  # Σᵢ ln p(vᵢ | all others)
    assert abs(found["pseudo_likelihood"] - every.mean()) < 4 * 6 * every.std() / np.sqrt(40)
    many = rbm.evaluate(np.repeat(v, 200, axis=1), ["pseudo_likelihood"])["pseudo_likelihood"]
    assert many == pytest.approx(every.mean(), abs=0.1)


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"inputDim": 0}, "inputDim"),
        ({"hiddenDim": 0}, "hiddenDim"),
        ({"visible": "poisson"}, "'bernoulli', 'gaussian'"),
        ({"steps": 0}, "steps"),
        ({"persistent": -1}, "persistent"),
    ],
    ids=str,
)
def test_bad_arguments(keywords, words):
    with pytest.raises(ValueError, match=words):
        RBM(**{"inputDim": 6, "hiddenDim": 4} | keywords)


def test_data_beyond_what_the_units_can_be():
    rbm, wide = RBM(6, 4, rng=0), 3 * X
    for use in (rbm.encode, rbm.freeEnergy, rbm.evaluate, lambda x: rbm.train(data(x), epochs=1)):
        with pytest.raises(ValueError, match=r"in \[0, 1\].*gaussian"):
            use(wide)
    RBM(6, 4, "gaussian", rng=0).train(data(wide), epochs=1, metrics=[])


def test_other_bad_input():
    rbm = RBM(6, 4, rng=0)
    with pytest.raises(ValueError, match="shape"):
        rbm.train(data(X[:5]), epochs=1)
    with pytest.raises(ValueError, match="without weights"):
        rbm.train(data(X, sampleWeights=np.ones(40)), epochs=1)
    with pytest.raises(ValueError, match="n = 3 columns"):
        rbm.sample(3, start=X)
    with pytest.raises(ValueError, match=r"\(4, N\)"):
        rbm.decode(X)
    with pytest.raises(ValueError, match="Gaussian ones"):
        RBM(6, 4, "gaussian").evaluate(X, ["pseudo_likelihood"])


def test_hidden_states_outside_0_to_1_are_refused():
    rbm = RBM(6, 4, rng=0)
    with pytest.raises(ValueError, match=r"hidden units h to be in \[0, 1\].* from 0 to 7; take what encode gives"):
        rbm.decode([[0.0], [1.0], [7.0], [0.5]])
    assert rbm.decode(np.zeros((4, 0))).shape == (6, 0)


def test_a_training_that_diverges_blames_no_labels():
    x = np.random.default_rng(0).normal(size=(8, 60))
    rbm = RBM(8, 4, "gaussian", SGD(lr=1e6), rng=0)
    with pytest.raises(DivergenceError, match="try a tenth of"), pytest.warns(TrainingWarning):
        rbm.train(Dataset.fromArrays(x, test_size=10, rng=0), epochs=20)
