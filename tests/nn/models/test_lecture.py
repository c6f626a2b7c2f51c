"""The two listings of the first lecture, typed in as printed."""

import os
from pathlib import Path

import numpy as np
import pytest

from dataset import Dataset, available

DATA = Path(os.environ.get("LEIBNET_DATA") or Path(__file__).parents[4] / "shared" / "data")

TRAINING_A_CLASSIFIER = """
from nn import MLP
from layers import Dense
from activations import ReLU, Softmax
from loss import CrossEntropy
from dataset import Dataset
from optimizer import Adam

dataset = Dataset(name="mnist", train_size=60000, test_size=10000, batch_size=50)

classifier = MLP()
optimizer = Adam(learningRate = 0.1)

classifier.addLayer(
    Dense(inputDim = 28 * 28, outputDim = 100, activation = ReLU(), optimizer = optimizer)
)
classifier.addLayer(
    Dense(inputDim = 100, outputDim = 50, activation = ReLU(), optimizer = optimizer)
)
classifier.addLayer(
    Dense(inputDim = 50, outputDim = 10, activation = Softmax(), optimizer = optimizer)
)

classifier.train(
    dataset, loss = CrossEntropy(), epochs = 10,
    metrics = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"],
    tensorboard = False, callbacks = {}
)
"""

TRAIN_A_GAN = """
from nn import MLP, Writer
from activations import Identity, Sigmoid, Tanh, ReLU, LeakyReLU, Softmax, Activation
from loss import MSE, CrossEntropy
from dataset import Dataset
from optimizer import Adam, SGD
from layers import Dense

# 1. Train discriminator
fake_img = self.generator.feedforward(self.sample(batchSize))
real_img = np.asarray(train[0])

input = np.concatenate((fake_img, real_img), axis = 1)
label = np.concatenate(
    (
        np.zeros((1, batchSize)),
        0.9 * np.ones((1, batchSize))
    ),
    axis = 1
)

self.discriminator.feedforward(np.asarray(input))
self.discriminator.backpropagate(np.asarray(label), timeStep = i+1)
discriminatorLoss = self.discriminator.getLoss(np.asarray(label))

# 2. Train generator
self.discriminator.feedforward(fake_img)
self.discriminator.backpropagate(np.ones((1, batchSize)), timeStep = i+1,
    updateParameters = False)
discriminatorGradient = self.discriminator.layers[0].gradient
self.generator.backpropagate(discriminatorGradient, timeStep = i+1,
    useLoss = False)
generatorLoss = self.discriminator.getLoss(np.ones((1, batchSize)))
"""


def test_training_a_classifier(monkeypatch):
    """One epoch instead of ten: the rest of the listing stays as it is."""
    if not (DATA.is_dir() and available("mnist", DATA)):
        pytest.skip(f"the real MNIST is not in {DATA}: put it there, or name its folder in LEIBNET_DATA")
    monkeypatch.setenv("LEIBNET_DATA", str(DATA))
    listing = TRAINING_A_CLASSIFIER.replace("epochs = 10", "epochs = 1")
    names: dict = {}
    exec("from nn import seed; seed(0)" + listing, names)
    assert names["classifier"].evaluate(names["dataset"])["accuracy"] > 0.94


class GAN:
    """What stands around the listing: two networks, and a loop over the batches of a ring of Gaussians."""

    def __init__(self):
        from activations import Identity, LeakyReLU, ReLU, Sigmoid
        from layers import Dense
        from nn import MLP
        from optimizer import Adam

        optimizer = Adam(lr=0.002, beta1=0.5)
        self.generator = MLP([Dense(4, 32, ReLU(), optimizer), Dense(32, 2, Identity(), optimizer)])
        self.discriminator = MLP([Dense(2, 32, LeakyReLU(0.2), optimizer), Dense(32, 1, Sigmoid(), optimizer)])

    def sample(self, batchSize):
        return np.random.default_rng(batchSize).normal(size=(4, batchSize))

    def train(self, dataset):
        names = {"np": np, "self": self}
        for i, (train, test, batchSize) in enumerate(dataset.batches()):
            exec(TRAIN_A_GAN, names | {"i": i, "train": train, "test": test, "batchSize": batchSize})


@pytest.fixture
def gan():
    from nn import seed

    seed(0)
    return GAN()


def test_train_a_gan(gan):
    dataset = Dataset("ring", train_size=600, test_size=10, batch_size=50, rng=0)
    before = gan.generator.weights() | {"d": gan.discriminator.layers[0].weight.copy()}
    gan.train(dataset)
    assert not np.array_equal(gan.generator.layers[0].weight, before["layers.0.weight"])
    assert not np.array_equal(gan.discriminator.layers[0].weight, before["d"])
    assert gan.generator.layers[0].optimizer.t == 12
    assert gan.discriminator.layers[0].optimizer.t == 12


def test_the_generators_gradient_is_the_derivative_of_its_loss(gan):
    """dLoss/dweight of the generator through the discriminator, against central differences."""
    z = gan.sample(7)
    weight, ones = gan.generator.layers[0].weight, np.ones((1, 7))

    def loss():
        gan.discriminator.feedforward(gan.generator.feedforward(z))
        return gan.discriminator.getLoss(ones)

    loss()
    gan.discriminator.backpropagate(ones, updateParameters=False)
    for layer in gan.generator.layers:
        layer.optimizer.lr = 1e-300  # the gradients, without a step
    gan.generator.backpropagate(gan.discriminator.layers[0].gradient, useLoss=False)
    gradient = gan.generator.layers[0].gradients["weight"].copy()
    direction = np.random.default_rng(1).normal(size=weight.shape)
    start, h = weight.copy(), 1e-6
    gan.generator.layers[0].weight = start + h * direction
    above = loss()
    gan.generator.layers[0].weight = start - h * direction
    below = loss()
    assert np.vdot(gradient, direction) == pytest.approx((above - below) / (2 * h), rel=1e-7)
