"""Inputs with mean 0 and deviation 1."""

import copy
import pickle

import numpy as np
import pytest

from activations import Identity, Sigmoid, Softmax, Tanh
from dataset import Batch, Dataset, Standardization
from layers import Dense, Sampler
from loss import MSE
from nn import GAN, MLP, PCA, VAE, Autoencoder, checkGradients
from optimizer import Adam

RNG = np.random.default_rng(0)
X = RNG.normal([[5.0], [100.0], [0.0], [7.0]], [[2.0], [50.0], [1e-3], [0.0]], (4, 120))
LABELS = (X[0] > 5).astype(int)


def made(x=X, labels=LABELS, **keywords):
    return Dataset.fromArrays(
        x, labels, **{"standardize": True, "test_size": 20, "rng": 0, "batch_size": 25} | keywords
    )


def classifier():
    return MLP([Dense(4, 5, Tanh(), Adam(lr=0.02), rng=0), Dense(5, 2, Softmax(), Adam(lr=0.02), rng=1)])


def autoencoder():
    adam = Adam(lr=0.01)
    return Autoencoder(MLP([Dense(4, 3, Tanh(), adam, rng=0)]), MLP([Dense(3, 4, None, adam, rng=1)]))


def test_it_is_that_of_the_training_samples():
    dataset = made()
    x = dataset.trainSet().inputs.astype(float)
    np.testing.assert_allclose(dataset.standardization.mean, x.mean(axis=1), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dataset.standardization.deviation[:3], x.std(axis=1)[:3], rtol=1e-5)
    assert dataset.standardization.deviation[3] == 1  # it is constant
    assert made(standardize=False).standardization is None


def test_the_data_set_delivers_raw_numbers():
    for one, other in zip(made().batches(), made(standardize=False).batches(), strict=True):
        np.testing.assert_array_equal(one[0].inputs, other[0].inputs)


def test_apply_and_undo():
    scale = made().standardization
    np.testing.assert_allclose(scale.undo(scale.apply(X)), X)
    assert scale.undo(scale.apply(X).astype(np.float32)).dtype == np.float32
    again = Standardization(**scale.config())
    np.testing.assert_array_equal(again.apply(X), scale.apply(X))


@pytest.mark.parametrize(("shape", "axes"), [((3, 4, 5), (1, 2, 3)), ((6, 3), (0, 2))])
def test_channels_and_features_of_steps(shape, axes):
    x = np.random.default_rng(1).normal(3, 2, (*shape, 50))
    dataset = Dataset.fromArrays(x, standardize=True, test_size=0, dtype=float)
    np.testing.assert_allclose(dataset.standardization.mean, x.mean(axis=axes))
    standardised = dataset.standardization.apply(x)
    np.testing.assert_allclose(standardised.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(standardised.std(axis=axes), 1)


def test_samples_of_weight_0_play_no_part():
    weights = np.r_[np.ones(60), np.zeros(60)]
    x = np.where(weights > 0, X, 1e6)
    one = made(x, sampleWeights=weights, test_size=0)
    other = made(X[:, :60], LABELS[:60], test_size=0)
    np.testing.assert_allclose(one.standardization.mean, other.standardization.mean)
    np.testing.assert_allclose(one.standardization.deviation, other.standardization.deviation)


@pytest.mark.parametrize(("x", "labels"), [((6, 3, 50), (4, 50)), ((1, 6, 8, 50), (3, 4, 50))])
def test_weights_of_steps_or_pixels_that_inputs_do_not_have_play_no_part(x, labels):
    x, labels, weights = RNG.normal(size=x), RNG.integers(0, 2, labels), RNG.uniform(0, 2, labels)
    one, other = (
        Dataset.fromArrays(x, labels, oneHot=True, standardize=True, test_size=0, shuffle=False, sampleWeights=w)
        for w in (weights, None)
    )
    assert one.standardization.config() == other.standardization.config()


def test_more_samples_than_are_looked_at_at_a_time():
    x, w = RNG.normal(3, 2, (2, 5, 2100)), RNG.uniform(0, 1, (2, 2100))
    scale = Dataset.fromArrays(x, standardize=True, sampleWeights=w, test_size=0).standardization
    mean = (x * w[:, np.newaxis]).sum(axis=(0, 2)) / w.sum()
    np.testing.assert_allclose(scale.mean, mean)
    variance = ((x - mean[:, np.newaxis]) ** 2 * w[:, np.newaxis]).sum(axis=(0, 2)) / w.sum()
    np.testing.assert_allclose(scale.deviation, np.sqrt(variance))


@pytest.mark.parametrize("shape", [(3, 4, 5), (6, 3), (7,)])
def test_samples_that_became_columns(shape):
    x, labels = RNG.normal(3, 2, (*shape, 40)), np.arange(40) % 2
    dataset = made(x, labels, rng=0)
    flat = dataset.asColumns()
    whole = dataset.standardization.apply(x).reshape(-1, 40)
    np.testing.assert_array_equal(flat.standardization.apply(x.reshape(-1, 40)), whole)
    network = MLP([Dense(len(whole), 2, Softmax(), rng=0)])
    network.train(flat, epochs=1, metrics=["test_loss"], progress=False)


def test_large_numbers_keep_their_differences():
    x = 1.7e9 + np.arange(100.0)[np.newaxis]
    dataset = Dataset.fromArrays(x, x - 1.7e9, standardize=True, test_size=0, shuffle=False)
    network = MLP([Dense(1, 1)])
    network.train(dataset, epochs=1, metrics=["train_loss"], progress=False, watch=False)
    assert np.ptp(network.predict(x)) > 0
    assert len(np.unique(network.predict(x))) == 100


def test_a_model_sees_what_it_would_of_standardised_arrays():
    """The same weights, to rounding, as of a training on arrays that were standardised before."""
    dataset = made(dtype=float)
    one, other = classifier(), classifier()
    by_hand = Dataset.fromArrays(
        dataset.standardization.apply(X), LABELS, test_size=20, rng=0, batch_size=25, dtype=float
    )
    metrics = ["train_loss", "test_loss", "test_accuracy"]
    found = one.train(dataset, epochs=3, metrics=metrics, progress=False)
    expected = other.train(by_hand, epochs=3, metrics=metrics, progress=False)
    for name in metrics:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9)
    np.testing.assert_allclose(one.predict(X), other.predict(dataset.standardization.apply(X)), rtol=1e-9)
    batch = dataset.testSet()
    for data in (dataset, batch, tuple(batch)):
        assert one.evaluate(data) == pytest.approx(other.evaluate(by_hand))
    np.testing.assert_allclose(one.feedforward(X), one.predict(X))
    assert one.diagnose(dataset).quantities == pytest.approx(other.diagnose(by_hand).quantities)


def test_it_stands_in_the_file(tmp_path):
    network = classifier()
    network.train(made(), epochs=1, progress=False)
    network.save(tmp_path / "network.safetensors")
    again = MLP.load(tmp_path / "network.safetensors")
    np.testing.assert_array_equal(again.predict(X), network.predict(X))
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        np.testing.assert_array_equal(twin.predict(X), network.predict(X))


def test_a_training_without_it_leaves_it_as_it_is():
    network = classifier()
    network.train(made(), epochs=5, progress=False)
    scale = network.standardization
    network.train(made(standardize=False), epochs=5, progress=False)
    assert network.standardization is scale
    assert network.evaluate(made())["accuracy"] > 0.8


def test_a_training_that_is_refused_leaves_the_model_as_it_is():
    network = classifier()
    with pytest.raises(ValueError, match="unknown metric"):
        network.train(made(), epochs=1, metrics=["test_nonsense"])
    assert network.standardization is None


def test_resumed(tmp_path):
    def trained(epochs, **keywords):
        network = classifier()
        network.train(made(), epochs=epochs, progress=False, checkpoint=tmp_path / "run.safetensors", **keywords)
        return network

    whole = classifier()
    whole.train(made(), epochs=4, progress=False)
    trained(2)
    resumed = trained(4, resume=True)
    np.testing.assert_allclose(resumed.predict(X), whole.predict(X), rtol=1e-6)


def test_autoencoders_give_raw_numbers_back():
    model = autoencoder()
    model.train(made(labels=None), epochs=60, progress=False, watch=False)
    np.testing.assert_allclose(model.reconstruct(X)[1].mean(), 100, rtol=0.1)
    assert model.evaluate(made(labels=None))["squared_error"] < 2  # of four features with variance 1, one constant
    np.testing.assert_allclose(model.decode(model.encode(X)), model.reconstruct(X), rtol=1e-5)


def test_vae_and_gan_sample_raw_numbers():
    adam = Adam(lr=0.01)
    vae = VAE(
        MLP([Dense(4, 8, Tanh(), adam)]), Sampler(8, 2, adam), MLP([Dense(2, 4, Identity(), adam)]), MSE(variance=0.1)
    )
    vae.train(made(labels=None), epochs=20, progress=False, watch=False)
    assert 50 < vae.sample(500, rng=0)[1].mean() < 150
    assert np.isfinite(vae.elbo(X)).all()
    gan = GAN(MLP([Dense(2, 4, rng=0)]), MLP([Dense(4, 1, Sigmoid(), rng=1)]))
    gan.train(made(labels=None), epochs=1, metrics=[], progress=False, watch=False)
    assert gan.sample(100, rng=0)[1].mean() > 50
    weighted = made(labels=None, sampleWeights=np.ones(120))
    with pytest.raises(ValueError, match="without weights"):
        gan.train(weighted, epochs=1)
    for data in (weighted, weighted.testSet(), Batch.of(X, sampleWeights=np.ones(120))):
        with pytest.raises(ValueError, match="without weights"):
            gan.evaluate(data)
    with pytest.raises(ValueError, match="without weights"):
        checkGradients(gan, weights=np.ones(3))


def test_images_in_grey_may_be_standardised():
    pixels = RNG.integers(0, 256, (1, 6, 5, 40), dtype=np.uint8)
    dataset = Dataset.fromArrays(pixels, standardize=True, test_size=0)
    assert dataset.standardization.mean[0] == pytest.approx(pixels.mean() / 255, rel=1e-5)


def test_grey_values_and_what_is_not_finite_are_refused_as_without_it():
    pixels = RNG.integers(0, 256, (4, 40), dtype=np.uint8)
    network, model = classifier(), autoencoder()
    network.train(made(pixels, pixels[0] // 128, test_size=0), epochs=1, metrics=[], progress=False)
    model.train(made(pixels, None, test_size=0), epochs=1, metrics=[], progress=False)
    for function in (network.predict, network.feedforward, model.encode, model.reconstruct, model.reconstructionErrors):
        with pytest.raises(ValueError, match="in the scale of the data set, not grey values"):
            function(pixels)
        with pytest.raises(ValueError, match="expected the input to be finite numbers"):
            function(np.full((4, 2), np.nan))
        assert np.isfinite(function(pixels / 255)).all()


@pytest.mark.parametrize(
    ("mean", "deviation", "words"),
    [([0, 1], [1], r"\(features,\) each"), ([0], [0], "positive"), ([np.nan], [1], "finite"), (0, 1, "features")],
)
def test_bad_ones_are_refused(mean, deviation, words):
    with pytest.raises(ValueError, match=words):
        Standardization(mean, deviation)


def test_other_data_are_refused():
    network = classifier()
    network.train(made(), epochs=1, progress=False)
    with pytest.raises(ValueError, match="samples with 4 features, those it was made for"):
        network.predict(X[:3])
    with pytest.raises(ValueError, match="samples as columns"):
        network.predict(X[:, 0])
    with pytest.raises(TypeError, match="standardize to be True or False"):
        made(standardize="yes")
    with pytest.raises(ValueError, match="PCA.fit: expected X to be a data set without standardize and weights"):
        PCA(2).fit(made())
