"""Networks and data for the tests of the watch, and what it says of their trainings."""

import warnings
from itertools import pairwise

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense, Sampler
from loss import CrossEntropy
from nn import GAN, MLP, VAE, Autoencoder, TrainingWarning
from optimizer import Adam


def digits(**keywords):
    return Dataset("digits", rng=0, **keywords)


def classifier(optimizer=None, activation=None, **keywords):
    """The lecture's, for the digits."""
    optimizer, activation = optimizer or Adam(learningRate=0.1), activation or ReLU()
    return MLP(
        [
            Dense(64, 100, activation, optimizer, **keywords),
            Dense(100, 50, activation, optimizer, **keywords),
            Dense(50, 10, Softmax(), optimizer, **keywords),
        ]
    )


def deep(activation, count, optimizer=None):
    optimizer = optimizer or Adam(lr=0.002)
    hidden = [Dense(30, 30, activation, optimizer) for _ in range(count - 2)]
    return MLP([Dense(64, 30, activation, optimizer), *hidden, Dense(30, 10, Softmax(), optimizer)])


def vae(beta=1.0, loss=None, **keywords):
    adam = Adam(lr=0.003)
    encoder, decoder = [Dense(64, 100, ReLU(), adam)], [Dense(10, 100, ReLU(), adam), Dense(100, 64, Sigmoid(), adam)]
    return VAE(MLP(encoder), Sampler(100, 10, adam), MLP(decoder), loss or CrossEntropy(), beta, **keywords)


def gan():
    adam, leaky = Adam(lr=0.0004, beta1=0.5), LeakyReLU(0.2)
    generator = MLP([Dense(16, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 64, Tanh(), adam)])
    discriminator = MLP([Dense(64, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 1, Sigmoid(), adam)])
    return GAN(generator, discriminator)


def autoencoder(codes=8, **keywords):
    adam = Adam(lr=0.002)
    encoder = MLP([Dense(64, 32, ReLU(), adam), Dense(32, codes, optimizer=adam)])
    return Autoencoder(encoder, MLP([Dense(codes, 32, ReLU(), adam), Dense(32, 64, Sigmoid(), adam)]), **keywords)


def constant(value):
    return lambda shape, fanIn, fanOut, rng: np.full(shape, value)


def normal(deviation):
    return lambda shape, fanIn, fanOut, rng: rng.normal(0, deviation, shape)


def warned(model, dataset, **keywords):
    """The warnings of a training, as (kind, place), and as they are."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.train(dataset, **{"epochs": 5, "metrics": []} | keywords)
    messages = [warning.message for warning in caught]
    assert all(isinstance(message, TrainingWarning) for message in messages)
    return [(message.kind, message.layer.partition(" (")[0]) for message in messages], messages


def shuffled(rng):
    """Digits whose labels, of training and test, belong to others."""
    rng, data = np.random.default_rng(rng), digits()
    (x, y), (test, labels) = data.trainSet(), data.testSet()
    return Dataset.fromArrays(
        x, rng.permutation(y, axis=1), testInputs=test, testLabels=rng.permutation(labels, axis=1), rng=0
    )


def chain(sizes, last, optimizer, activation=None):
    hidden = [Dense(*pair, activation or ReLU(), optimizer) for pair in pairwise(sizes[:-1])]
    return MLP([*hidden, Dense(sizes[-2], sizes[-1], last, optimizer)])


def normals(rows=10):
    return np.random.default_rng(0).normal(size=(rows, 3000))


def prices(z):
    return 300 + 80 * z[:1] + 10 * z[1:2]
