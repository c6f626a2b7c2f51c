"""Healthy trainings are left in peace: warnings are errors in these tests."""

import warnings

import numpy as np
import pytest
from watched import autoencoder, chain, classifier, deep, digits, gan, normals, prices, vae

from activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, Autoencoder, GaussianNoise, seed
from optimizer import SGD, Adam, Cosine


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("loss", [CrossEntropy(), CategoricalCrossEntropy(), MSE()], ids=["ce", "cce", "mse"])
@pytest.mark.parametrize(
    "optimizer",
    [Adam(learningRate=0.1), Adam(), Adam(lr=0.01), SGD(learningRate=1), SGD(lr=0.1, momentum=0.9, nesterov=True)],
    ids=["lecture's Adam", "Adam", "a quick Adam", "lecture's SGD", "momentum"],
)
def test_a_classifier_is_left_in_peace(optimizer, loss, number):
    seed(number)
    classifier(optimizer).train(digits(), loss, epochs=10, metrics=["test_accuracy"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: classifier(activation=Tanh()),
        lambda: classifier(activation=Sigmoid()),
        lambda: classifier(activation=LeakyReLU()),
        lambda: deep(ReLU(), 10),
        lambda: deep(Tanh(), 10),
        lambda: deep(Sigmoid(), 3),
        lambda: MLP([Dense(64, 10, Softmax(), initializer="zeros")]),
        lambda: MLP([Dense(64, 50, ReLU()), Dense(50, 10, Softmax(), initializer="zeros")]),
    ],
    ids=[
        "Tanh",
        "Sigmoid",
        "LeakyReLU",
        "10 ReLU",
        "10 Tanh",
        "3 Sigmoid",
        "one layer of zeros",
        "last layer of zeros",
    ],
)
def test_other_networks_are_left_in_peace(make):
    for number in range(2):
        seed(number)
        make().train(digits(), epochs=12, metrics=["test_accuracy"])


@pytest.mark.parametrize("size", [1, 7, 1437])
def test_all_batch_sizes_are_left_in_peace(size):
    seed(0)
    classifier(Adam()).train(digits(batch_size=size), epochs=1 if size < 1000 else 40, metrics=[])


@pytest.mark.parametrize("size", [1, 4])
def test_four_samples_are_left_in_peace(size):
    x, y = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0, 1, 1, 0]])
    for number in range(3):
        seed(number)
        xor = MLP([Dense(2, 8, Tanh(), Adam(lr=0.05)), Dense(8, 1, Sigmoid(), Adam(lr=0.05))])
        xor.train(Dataset.fromArrays(x, y, testInputs=x, testLabels=y, batch_size=size), epochs=200, metrics=[])


@pytest.mark.parametrize("optimizer", [Adam(lr=0.003), SGD(lr=0.01, momentum=0.9)], ids=["Adam", "SGD"])
def test_a_regression_is_left_in_peace(optimizer):
    seed(0)
    x = np.random.default_rng(0).normal(size=(5, 1000))
    layers = [Dense(5, 64, ReLU(), optimizer), Dense(64, 64, ReLU(), optimizer), Dense(64, 1, Identity(), optimizer)]
    MLP(layers).train(Dataset.fromArrays(x, 10 * np.sin(x[:1]) + x[1:2] * x[2:3]), epochs=20)


def cells(z):
    """A hundred classes: a place in ten columns and rows."""
    column, row = np.digitize(z[:2], np.linspace(-1, 1, 9))
    return np.eye(100)[:, 10 * column + row]


@pytest.mark.parametrize(
    ("label", "sizes", "last", "optimizer", "epochs"),
    [
        (prices, [10, 32, 1], Identity(), Adam(lr=0.01), 60),
        (prices, [10, 32, 1], Identity(), Adam(lr=0.03), 40),
        (prices, [10, 1], Identity(), SGD(lr=0.1), 20),
        (lambda z: 20 * z[:1] + 100, [10, 1], Identity(), Adam(lr=0.5), 20),
        (lambda z: z[:1] + 0.5 * z[1:2] > 2.6, [10, 16, 1], Sigmoid(), Adam(), 30),
        (lambda z: z[:1] > 1.9, [10, 32, 1], Sigmoid(), SGD(lr=0.05), 40),
        (lambda z: z[:1] > 1.3, [10, 32, 1], Sigmoid(), Adam(), 20),
        (cells, [10, 64, 100], Softmax(), Adam(), 20),
    ],
    ids=["prices", "prices fast", "prices linear", "20 x + 100", "1 %", "3 %", "10 %", "100 classes"],
)
@pytest.mark.parametrize("number", range(2))
def test_labels_far_from_where_a_network_begins(label, sizes, last, optimizer, epochs, number):
    seed(number)
    z = normals()
    data = Dataset.fromArrays(z, label(z).astype(float), test_size=500, rng=number)
    chain(sizes, last, optimizer).train(data, epochs=epochs)


@pytest.mark.parametrize("number", range(2))
def test_what_is_learnt_late_is_left_in_peace(number):
    seed(number)
    rng = np.random.default_rng(number)
    t, ages = rng.uniform(-1, 1, (1, 3000)), 10 * np.abs(rng.normal(size=(10, 3000)))
    wave = Dataset.fromArrays(t, np.sin(10 * (t + 1)), test_size=500, rng=number)
    chain([1, 64, 64, 1], Identity(), Adam(lr=0.003), Tanh()).train(wave, epochs=60)
    old = Dataset.fromArrays(ages, (ages[:1] > 10).astype(float), test_size=500, rng=number)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*its inputs are not scaled")
        chain([10, 32, 1], Sigmoid(), Adam()).train(old, epochs=40)


@pytest.mark.parametrize("rate", [1e-4, 1e-5])
def test_a_slow_training_is_left_in_peace(rate):
    seed(0)
    classifier(Adam(lr=rate)).train(digits(), epochs=60, metrics=["test_accuracy"])


def test_sparse_images_are_left_in_peace():
    seed(0)
    rng = np.random.default_rng(0)
    x = (rng.random((100, 3000)) < 0.02 * (1 + 20 * (rng.random((1, 3000)) < 0.1))).astype(float)
    encoder, decoder = MLP([Dense(100, 8, ReLU())]), MLP([Dense(8, 100, Sigmoid())])
    Autoencoder(encoder, decoder).train(Dataset.fromArrays(x, test_size=300, rng=0), epochs=20)


def test_weights_that_were_learnt_are_not_blamed(tmp_path):
    x, y = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0, 1, 1, 0]])
    data = Dataset.fromArrays(x, y, batch_size=4)
    seed(0)
    model = chain([2, 8, 1], Sigmoid(), Adam(lr=0.05), Tanh())
    file = tmp_path / "xor.safetensors"
    arguments = {"metrics": ["train_loss"], "checkpoint": file}
    model.train(data, epochs=1500, **arguments)
    model.train(data, epochs=1600, resume=True, **arguments)
    model.train(data, epochs=100, metrics=[])
    for layer in model.layers:
        layer.weight *= 5  # as if it had been trained for long
    model.train(data, epochs=20, metrics=[])
    assert "weights" not in {finding.kind for finding in model.diagnose(data).findings}
    model.save(file)
    assert "weights" not in {finding.kind for finding in MLP.load(file).diagnose(data).findings}


@pytest.mark.parametrize(
    ("make", "data", "epochs"),
    [
        (autoencoder, {}, 50),
        (lambda: autoencoder(2), {}, 50),
        (lambda: autoencoder(corruption=GaussianNoise(0.5)), {}, 50),
        (vae, {"batch_size": 128}, 50),
        (lambda: vae(4, MSE(variance=0.05), warmUp=5), {"batch_size": 128}, 50),
        (gan, {"batch_size": 128, "valueRange": (-1, 1)}, 30),
    ],
    ids=["autoencoder", "two codes", "denoising", "VAE", "VAE with β = 4", "GAN"],
)
def test_the_other_models_are_left_in_peace(make, data, epochs):
    seed(0)
    make().train(digits(**data), epochs=epochs, metrics=[], schedule=Cosine())
