"""Small models of pictures, made or trained in a moment: `from picturemodels import PICTURES`."""

from leibnet import randomness

import nn
from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset, GaussianNoise
from layers import LSTM, BatchNormalization, Conv2D, Dense, Dropout, Flatten, LastStep, MaxPooling2D, Reshape, Sampler
from nn import GAN, MLP, PCA, VAE, Autoencoder, SupervisedAutoencoder
from optimizer import Adam


def plain():
    """64 - 50 - 10, as it begins."""
    a = Adam(lr=0.005)
    return MLP([Dense(64, 50, ReLU(), a, rng=1), Dense(50, 10, Softmax(), a, rng=2)])


def classifier():
    """The same, trained on the bundled digits in a second."""
    with randomness.held():
        nn.seed(0)
        model = plain()
        model.train(Dataset("digits", rng=0), epochs=30, progress=False, watch=False)
    return model


def convolutional():
    """With layers of all kinds that are shown, or not."""
    first = [Conv2D(1, 6, 3, ReLU(), rng=1), MaxPooling2D(2), BatchNormalization(6), Dropout(0.2)]
    model = MLP([*first, Flatten(), Dense(6 * 9, 10, Softmax(), rng=2)])
    model.sampleShape = (1, 8, 8)
    return model


def recurrent():
    model = MLP([Reshape((8, 8)), LSTM(8, 6, rng=1), LastStep(), Dense(6, 3, Softmax(), rng=2)])
    model.sampleShape = (64,)
    return model


def rows():
    """A picture row by row."""
    model = MLP([LSTM(8, 6, rng=1), LastStep(), Dense(6, 3, Softmax(), rng=2)])
    model.sampleShape = (8, 8)
    return model


def binary():
    model = MLP([Dense(64, 1, Sigmoid(), rng=1)])
    model.classNames = ["even", "odd"]
    return model


def colour():
    model = MLP([Conv2D(3, 4, 3, ReLU(), rng=1), Flatten(), Dense(4 * 36, 3, Softmax(), rng=2)])
    model.sampleShape = (3, 8, 8)
    return model


def segmentation():
    layers = [Conv2D(1, 4, 3, ReLU(), padding="same", rng=1), Conv2D(4, 3, 1, Softmax(), rng=2)]
    model = MLP(layers)
    model.sampleShape, model.classNames = (1, 16, 16), ["ground", "line", "sprite"]
    return model


def autoencoder(**keywords):
    encoder = MLP([Dense(64, 20, ReLU(), rng=1), Dense(20, 5, rng=2)])
    return Autoencoder(encoder, MLP([Dense(5, 20, ReLU(), rng=3), Dense(20, 64, Sigmoid(), rng=4)]), **keywords)


def supervised():
    parts = MLP([Dense(64, 5, Tanh(), rng=1)]), MLP([Dense(5, 64, Sigmoid(), rng=2)])
    return SupervisedAutoencoder(*parts, MLP([Dense(5, 10, Softmax(), rng=3)]))


def convolutionalAutoencoder():
    encoder = MLP([Conv2D(1, 2, 3, Sigmoid(), padding="same", rng=1), MaxPooling2D(2), Flatten(), Dense(32, 6, rng=2)])
    model = Autoencoder(encoder, MLP([Dense(6, 64, Sigmoid(), rng=3), Reshape((1, 8, 8))]))
    model.sampleShape = (1, 8, 8)
    return model


def vae(codes=6):
    parts = MLP([Dense(64, 20, Tanh(), rng=1)]), Sampler(20, codes, rng=2)
    return VAE(*parts, MLP([Dense(codes, 64, Sigmoid(), rng=3)]))


def gan(**keywords):
    generator = MLP([Dense(40, 20, ReLU(), rng=1), Dense(20, 64, Tanh(), rng=2)])
    packing = keywords.get("packing", 1)
    discriminator = MLP([Dense(64 * packing, 20, LeakyReLU(0.2), rng=3), Dense(20, 1, Sigmoid(), rng=4)])
    return GAN(generator, discriminator, rng=0, **keywords)


def pca(**keywords):
    return PCA(12, **keywords).fit(Dataset("digits", rng=0))


PICTURES = {
    "classifier": plain,
    "convolutional": convolutional,
    "recurrent": recurrent,
    "rows": rows,
    "binary": binary,
    "colour": colour,
    "segmentation": segmentation,
    "autoencoder": autoencoder,
    "denoising": lambda: autoencoder(corruption=GaussianNoise(0.3)),
    "supervised": supervised,
    "convolutional autoencoder": convolutionalAutoencoder,
    "VAE": vae,
    "GAN": gan,
    "GAN, packed": lambda: gan(packing=2),
    "GAN, averaged": lambda: gan(averaging=0.9),
    "PCA": pca,
    "PCA, whitened": lambda: pca(whiten=True),
}
