"""Weights in losses, and in the layers' own terms: of samples, of steps and pixels."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax, Tanh
from builders import LABELS, X
from dataset import Batch, Dataset
from layers import Dense, Flatten, Reshape, Sampler
from layers.penalties.l1 import L1
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss
from nn import MLP, VAE, Autoencoder, GaussianNoise, checkGradients
from optimizer import SGD

RNG = np.random.default_rng(0)
LOSSES = [MSE(), MSE(variance=0.3), CrossEntropy(), CategoricalCrossEntropy()]
SHAPES = {"vectors": ((4, 3), (3,)), "sequences": ((5, 4, 3), (5, 3)), "images": ((4, 2, 6, 3), (2, 6, 3))}
FORMS = [(loss, link) for loss in LOSSES for link in ("", *sorted(loss.pairs))]


def form(loss, link):
    return loss.after(link) if link else loss


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_gradients(loss, kind):
    shape, positions = SHAPES[kind]
    for weights in (RNG.uniform(0, 2, positions), RNG.uniform(0, 2, 3)):
        report = checkGradients(loss, RNG.uniform(0.1, 0.9, shape), weights=weights)
        assert report, report


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(("loss", "link"), FORMS)
def test_the_value_is_the_sum_of_what_the_positions_give(loss, link, kind):
    shape, positions = SHAPES[kind]
    a, y, w = RNG.uniform(0.1, 0.9, shape), RNG.uniform(0, 1, shape), RNG.uniform(0, 2, positions)
    one = form(loss, link)
    each = one.perPosition(y, a)
    assert each.shape == positions
    np.testing.assert_allclose(each.reshape(-1, 3).sum(axis=0), one.perSample(y, a))
    assert one.weightedApply(y, a, w) == pytest.approx(float((w * each).sum() / 3))
    assert one.weightedApply(y, a, np.ones(3)) == pytest.approx(one.apply(y, a))
    np.testing.assert_allclose(one.weightedDerivative(y, a, np.ones(3)), one.derivative(y, a))


@pytest.mark.parametrize(("loss", "link"), FORMS)
def test_a_weight_of_2_is_the_sample_twice(loss, link):
    a, y = RNG.uniform(0.1, 0.9, (4, 3)), RNG.uniform(0, 1, (4, 3))
    w, twice = np.array([2.0, 1, 0]), [0, 0, 1]
    one = form(loss, link)
    assert one.weightedApply(y, a, w) == pytest.approx(one.apply(y[:, twice], a[:, twice]))
    d, other = one.weightedDerivative(y, a, w), one.derivative(y[:, twice], a[:, twice])
    np.testing.assert_allclose(d[:, :2], np.stack([2 * other[:, 0], other[:, 2]], axis=1))
    np.testing.assert_array_equal(d[:, 2], 0)


def test_wrong_shapes_are_refused():
    y = np.ones((4, 3))
    for weights in (np.ones(2), np.ones((4, 3)), np.ones((2, 3))):
        with pytest.raises(ValueError, match="weights of shape"):
            MSE().weightedApply(y, y, weights)
        with pytest.raises(ValueError, match="weights of shape"):
            MSE().weightedDerivative(y, y, weights)


def test_a_loss_of_ones_own():
    class Absolute(Loss):
        def perSample(self, y, a):
            return np.abs(a - y).reshape(-1, y.shape[-1]).sum(axis=0)

        def derivative(self, y, a, out=None):
            return np.multiply(np.sign(a - y), 1 / y.shape[-1], out=out)

    assert checkGradients(Absolute(), weights=np.array([1.0, 0, 2]))
    with pytest.raises(ValueError, match="Absolute does not say the loss of every step or pixel"):
        Absolute().weightedApply(np.ones((5, 4, 3)), np.zeros((5, 4, 3)), np.ones((5, 3)))


def test_a_subclass_with_another_value_has_no_inherited_positions():
    class Halved(MSE):
        def perSample(self, y, a):
            return super().perSample(y, a) / 2

    y, a = np.zeros((2, 3)), np.ones((2, 3))
    np.testing.assert_allclose(Halved().perPosition(y, a), 0.5)


MODELS = {
    "MLP": lambda: MLP([Dense(6, 4, Tanh(), penalty=L1(0.1), rng=0), Dense(4, 3, Softmax(), rng=1)]),
    "regression": lambda: MLP([Dense(6, 4, ReLU(), penalty=L1(0.1), rng=0), Dense(4, 3, rng=1)]),
    "Autoencoder": lambda: Autoencoder(
        MLP([Dense(6, 4, Tanh(), rng=0)]), MLP([Dense(4, 6, Sigmoid(), rng=1)]), corruption=GaussianNoise(0.1)
    ),
    "VAE": lambda: VAE(
        MLP([Dense(6, 4, Tanh(), rng=0)]), Sampler(4, 2, rng=1, beta=2), MLP([Dense(2, 6, Sigmoid(), rng=2)])
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_gradients_of_models(name):
    report = checkGradients(MODELS[name](), weights=np.array([1.0, 0, 2.5]))
    assert report, report


def test_pixels_are_masked_in_the_reconstruction_and_not_in_the_code():
    images, mask = RNG.uniform(0.1, 0.9, (1, 2, 3, 4)), RNG.integers(0, 2, (2, 3, 4)).astype(float)
    encoder, decoder = [Flatten(), Dense(6, 4, Tanh(), rng=0)], [Dense(2, 6, Sigmoid(), rng=2), Reshape((1, 2, 3))]
    vae = VAE(MLP(encoder), Sampler(4, 2, rng=1), MLP(decoder), MSE(variance=0.1))
    code = [Flatten(), Dense(6, 2, Tanh(), penalty=L1(0.1), rng=0)]
    for model in (vae, Autoencoder(MLP(code), MLP(decoder))):
        assert checkGradients(model, images, weights=mask)
        changed = np.where(mask > 0, images, 0.5)
        batch = Batch.of(changed, weights=mask)
        assert model.evaluate(batch)["loss"] != model.evaluate(Batch.of(changed))["loss"]
    kl = [vae.evaluate(Batch.of(images, **weights), ["kl"])["kl"] for weights in ({}, {"weights": mask})]
    assert kl[0] == kl[1]


@pytest.mark.parametrize("name", ["MLP", "regression"])
def test_a_step_by_weights_is_one_of_repeated_samples(name):
    """But for rounding: x twice, or once with a weight of 2."""
    w, repeated = np.tile([2.0, 1, 0, 1], 10), np.tile([0, 0, 1, 3], 10) + 4 * np.repeat(np.arange(10), 4)
    one, other = MODELS[name](), MODELS[name]()
    for model in (one, other):
        for layer in model.layers:
            layer.optimizer = SGD(lr=0.5)
    keywords = {"test_size": 0, "batch_size": 40, "shuffle": False, "dtype": float}
    weighted = Dataset.fromArrays(X, LABELS, sampleWeights=w, **keywords)
    twice = Dataset.fromArrays(X[:, repeated], LABELS[:, repeated], **keywords)
    found = one.train(weighted, epochs=3, metrics=["train_loss"], progress=False, watch=False)
    expected = other.train(twice, epochs=3, metrics=["train_loss"], progress=False, watch=False)
    np.testing.assert_allclose(found["train_loss"], expected["train_loss"])
    for key, array in one.weights().items():
        np.testing.assert_allclose(array, other.weights()[key], rtol=1e-9, atol=1e-12)
    assert one.evaluate(weighted, split="train") == pytest.approx(other.evaluate(twice, split="train"))


@pytest.mark.parametrize("name", MODELS)
def test_what_is_measured_is_of_weighted_samples(name):
    model, w = MODELS[name](), RNG.integers(0, 3, 40).astype(float)
    if name in ("Autoencoder", "VAE"):
        model = MODELS[name]()
        if name == "Autoencoder":
            model = Autoencoder(model.encoder, model.decoder)
    batch = Batch.of(X, LABELS if isinstance(model, MLP) else None, weights=w)
    repeated = np.repeat(np.arange(40), w.astype(int))
    twice = Batch.of(X[:, repeated], LABELS[:, repeated] if isinstance(model, MLP) else None)
    quantities = ["kl"] if name == "VAE" else list(model.quantities if name != "regression" else ["loss"])
    assert model.evaluate(batch, quantities) == pytest.approx(model.evaluate(twice, quantities))


def weighted(model, w):
    """The model, after a training by weights."""
    dataset = Dataset.fromArrays(X, LABELS, sampleWeights=w, test_size=0, batch_size=10, dtype=float)
    model.train(dataset, epochs=1, metrics=[], progress=False, watch=False)
    model.evaluate(dataset.trainSet())
    return model


def test_weights_of_a_training_play_no_part_in_steps_by_hand():
    model = weighted(MODELS["MLP"](), np.linspace(0, 2, 40))
    for columns in (slice(0, 13), slice(0, 10)):
        x, y = X[:, columns], LABELS[:, columns]
        a = model.feedforward(x)
        penalty = 0.1 * np.abs(model.layers[0].output).sum() / x.shape[1]
        assert model.getLoss(y) == pytest.approx(CrossEntropy().apply(y, a) + penalty)
        model.backpropagate(y)


def test_weights_of_a_training_play_no_part_in_another_network_of_the_same_layers():
    first = weighted(MODELS["MLP"](), np.linspace(0, 2, 40))
    other = MLP(first.layers)
    plain = MLP([Dense(6, 4, Tanh(), penalty=L1(0.1)), Dense(4, 3, Softmax())])
    plain.setWeights(first.weights())
    assert other.computeGradients(X[:, :10], LABELS[:, :10]) == plain.computeGradients(X[:, :10], LABELS[:, :10])
    for one, same in zip(other.layers, plain.layers, strict=True):
        np.testing.assert_array_equal(one.gradients["weight"], same.gradients["weight"])


def test_weights_of_one_batch_are_forgotten_in_the_next():
    model = MODELS["MLP"]()
    plain = model.computeGradients(X, LABELS)
    model.computeGradients(X, LABELS, np.linspace(0, 2, 40))
    assert model.computeGradients(X, LABELS) == plain
