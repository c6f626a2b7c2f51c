"""Models for the tests of diagnoses."""

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense, Sampler
from loss import MSE
from nn import GAN, MLP, VAE, Autoencoder, GaussianNoise, seed
from optimizer import Adam


def digits(**keywords):
    return Dataset("digits", **{"rng": 0} | keywords)


def classifier():
    adam = Adam(lr=0.003)
    return MLP([Dense(64, 40, ReLU(), adam), Dense(40, 20, Tanh(), adam), Dense(20, 10, Softmax(), adam)])


def autoencoder():
    adam = Adam(lr=0.003)
    encoder = MLP([Dense(64, 32, ReLU(), adam), Dense(32, 8, optimizer=adam)])
    decoder = MLP([Dense(8, 32, ReLU(), adam), Dense(32, 64, Sigmoid(), adam)])
    return Autoencoder(encoder, decoder, corruption=GaussianNoise(0.3))


def vae(beta=1.0):
    adam = Adam(lr=0.003)
    decoder = MLP([Dense(10, 60, ReLU(), adam), Dense(60, 64, Sigmoid(), adam)])
    return VAE(MLP([Dense(64, 60, ReLU(), adam)]), Sampler(60, 10, adam), decoder, MSE(variance=0.05), beta)


def gan():
    adam, leaky = Adam(lr=0.0004, beta1=0.5), LeakyReLU(0.2)
    generator = MLP([Dense(16, 64, leaky, adam), Dense(64, 64, Tanh(), adam)])
    return GAN(generator, MLP([Dense(64, 64, leaky, adam), Dense(64, 1, Sigmoid(), adam)]))


# model: how to make it, its data, what it is trained for, layers in the report
MODELS = {
    "MLP": (classifier, {}, 10, 3),
    "Autoencoder": (autoencoder, {}, 30, 4),
    "VAE": (vae, {}, 30, 4),
    "GAN": (gan, {"valueRange": (-1, 1), "batch_size": 128}, 15, 4),
}


def trained(name):
    seed(0)
    make, keywords, epochs, _ = MODELS[name]
    model, data = make(), digits(**keywords)
    model.train(data, epochs=epochs, metrics=[])
    return model, data


def slow():
    """Hardly trained, but trained."""
    adam = Adam(lr=1e-9)
    model = MLP([Dense(64, 40, ReLU(), adam), Dense(40, 20, Tanh(), adam), Dense(20, 10, Softmax(), adam)])
    model.train(digits(), epochs=1, metrics=[], watch=False)
    return model


def sigmoids():
    """Ten layers through which no gradient comes."""
    seed(0)
    hidden = [Dense(30, 30, Sigmoid()) for _ in range(8)]
    return MLP([Dense(64, 30, Sigmoid()), *hidden, Dense(30, 10, Softmax())])
