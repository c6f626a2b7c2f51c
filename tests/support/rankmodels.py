"""Every model with data for it, to be trained by one process and by several ranks: `from rankmodels import MODELS`.

Each entry makes the model with an optimizer, and the data set with a batch size and a precision.
"""

import itertools
from functools import partial

from leibnet import randomness

import numpy as np

import nn
from activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import autoencoder, classifier, cyclegan, dbn, gan, gsn, network, noisy, rbm, vae
from comparing import learning
from dataset import Dataset, GaussianNoise, Masking, Shifts, Vocabulary
from layers import (
    GRU,
    LSTM,
    Attention,
    BatchNormalization,
    Contracting,
    Contractive,
    Conv2D,
    Corrupt,
    CrossAttention,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    KLSparsity,
    KSparse,
    LastStep,
    LayerNormalization,
    MaxPooling2D,
    NoisySigmoid,
    PositionalEncoding,
    Residual,
    Sampler,
    SpectralNormalization,
    TimeDistributed,
)
from nn import (
    GAN,
    MLP,
    VAE,
    Autoencoder,
    DynamicSystem,
    EncoderDecoder,
    GradientPenalty,
    LanguageModel,
    MaskedLanguageModel,
    SupervisedAutoencoder,
    UnpairedTranslator,
    VariationalRNN,
    WeightClipping,
)
from optimizer import SGD

N = 44
rng = np.random.default_rng(7)
X = rng.uniform(0.05, 0.95, (6, N))
CLASSES = X.argmax(axis=0) % 3
IMAGES = rng.uniform(0, 1, (1, 8, 8, N))
SERIES = rng.normal(size=(N, 6, 2))
TEXT = "to be, or not to be: that is the question. " * 12
LETTERS = Vocabulary.characters("<>abcd")
GAPS = Vocabulary.characters("<>|_abcd")


def columns(size, dtype, labels=CLASSES, **more):
    return Dataset.fromArrays(X, labels, test_size=0, batch_size=size, dtype=dtype, rng=0, **more)


def unlabelled(size, dtype):
    return columns(size, dtype, None)


def pictures(size, dtype):
    return Dataset.fromArrays(IMAGES, CLASSES, test_size=0, batch_size=size, dtype=dtype, rng=0, augment=Shifts(1))


def weighted(size, dtype):
    weights = rng_of(1).uniform(0.2, 2, N)
    return columns(size, dtype, sampleWeights=weights, classWeights="balanced")


def rng_of(number):
    return np.random.default_rng(number)


def labelled_sequences(size, dtype):
    return Dataset.fromSequences(SERIES, CLASSES, test_size=0, batch_size=size, dtype=dtype, rng=0)


def ragged(size, dtype):
    rows = [SERIES[i][: 2 + i % 5] for i in range(N)]
    return Dataset.fromSequences(rows, test_size=0, batch_size=size, dtype=dtype, rng=0)


def classes_of_steps(size, dtype):
    return Dataset.fromSequences(
        SERIES, np.tile(np.arange(6) % 3, (N, 1)), oneHot=True, test_size=0, batch_size=size, dtype=dtype, rng=0
    )


def ragged_classes(size, dtype):
    rows, steps = [SERIES[i][: 2 + i % 5] for i in range(N)], [np.arange(2 + i % 5) % 3 for i in range(N)]
    return Dataset.fromSequences(rows, steps, oneHot=True, test_size=0, batch_size=size, dtype=dtype, rng=0)


def system(size, dtype):
    u = rng_of(2).normal(size=(N, 12, 2))
    y = np.cumsum(u.sum(axis=2, keepdims=True), axis=1) * 0.3
    return Dataset.fromSequences(u, y, test_size=0, batch_size=size, dtype=dtype, rng=0, standardize=True)


def text(size, dtype):
    return Dataset.fromText(TEXT, 6, size, validation=0.1, test=0.1, dtype=dtype)


def pairs(size, dtype):
    draw = rng_of(3)
    sources = ["".join(draw.choice(list("abcd"), draw.integers(2, 6))) for _ in range(N)]
    targets = [one[::-1] for one in sources]
    return Dataset.fromPairs(
        sources, targets, vocabulary=LETTERS, start="<", end=">", test_size=0, batch_size=size, dtype=dtype, rng=0
    )


def texts(size, dtype):
    draw = rng_of(3)
    one, other = (["".join(draw.choice(list(few), draw.integers(2, 6))) for _ in range(N)] for few in ("ab", "cd"))
    marks = {"vocabulary": GAPS, "start": None, "end": None, "test_size": 0}
    return Dataset.fromPairs(one, other, batch_size=size, dtype=dtype, rng=0, **marks)


def domains(size, dtype):
    return Dataset.fromDomains(X, X[:4] ** 2, test_size=0, batch_size=size, dtype=dtype, rng=0)


def convolutional(a):
    first = [Conv2D(1, 3, 3, ReLU(), a, rng=4), MaxPooling2D(2), BatchNormalization(3, optimizer=a)]
    return MLP([*first, Flatten(), Dropout(0.3), Dense(27, 3, Softmax(), a, rng=5)])


def normalized(a):
    hidden = [Dense(6, 8, optimizer=a, rng=1), BatchNormalization(8, optimizer=a), Dropout(0.3), KSparse(5, start=7)]
    return MLP([*hidden, Corrupt(Masking(0.2, 0.0)), Dense(8, 3, Softmax(), a, rng=2)])


def sparse(a):
    encoder = MLP([Dense(6, 5, Sigmoid(), a, rng=1, penalty=KLSparsity(0.2, 0.3))])
    return Autoencoder(encoder, MLP([Dense(5, 6, Sigmoid(), a, rng=2)]), corruption=GaussianNoise(0.3))


def contracting(a):
    first = Dense(6, 5, Sigmoid(), a, rng=1, penalty=Contractive(0.1))
    encoder = MLP([first, Contracting([Dense(5, 4, Tanh(), a, rng=3)], 0.2, 0.5), NoisySigmoid(1.0)])
    return Autoencoder(encoder, MLP([Dense(4, 6, Sigmoid(), a, rng=2)]), corruption=Masking((0.1, 0.5)))


def correlated(a):
    sampler = Sampler(5, 3, a, rng=2, totalCorrelation=2.0)
    return VAE(MLP([Dense(6, 5, Tanh(), a, rng=1)]), sampler, MLP([Dense(3, 6, Sigmoid(), a, rng=3)]))


def supervised(a):
    head = MLP([Dense(3, 3, Softmax(), a, rng=5)])
    return SupervisedAutoencoder(network(6, 3, output=Tanh(), optimizer=a), network(3, 6, optimizer=a, rng=4), head)


def sequences(a):
    return MLP([GRU(2, 5, a, rng=1), LSTM(5, 4, a, rng=2), LastStep(), Dense(4, 3, Softmax(), a, rng=3)])


def stepwise(a):
    inside = [BatchNormalization(5, optimizer=a), Dense(5, 6, Sigmoid(), a, rng=3, penalty=KLSparsity(0.3, 0.1))]
    top = TimeDistributed([*inside, Dropout(0.3), Dense(6, 3, Softmax(), a, rng=4)])
    return MLP([LSTM(2, 5, a, rng=1), top])


def coded(a):
    inside = [Dense(5, 4, Tanh(), a, rng=3), Sampler(4, 3, a, rng=4, totalCorrelation=2.0)]
    return MLP([LSTM(2, 5, a, rng=1), TimeDistributed([*inside, Dense(3, 3, Softmax(), a, rng=5)])])


def language(a):
    n = len(Vocabulary.characters(TEXT))
    top = TimeDistributed([Dropout(0.2), Dense(6, n, Softmax(), a, rng=3)])
    return LanguageModel(Vocabulary.characters(TEXT), [Embedding(n, 4, a, rng=1), LSTM(4, 6, a, rng=2), top])


def dynamic(a, **keywords):
    encoder = MLP([Dense(6, 4, Tanh(), a, rng=1)])
    core = MLP([LSTM(4, 4, a, rng=3), TimeDistributed(Dense(4, 1, optimizer=a, rng=4))])
    return DynamicSystem(2, 1, core, encoder, MLP([Dense(4, 6, optimizer=a, rng=2)]), 2, 0.3, **keywords)


def latent(a):
    def part(*sizes, rng):
        ends = [Tanh()] * (len(sizes) - 2) + [Identity()]
        each = zip(itertools.pairwise(sizes), ends, strict=True)
        return MLP([Dense(*pair, f, a, rng=rng + i) for i, (pair, f) in enumerate(each)])

    cell = GRU(2 + 3, 5, optimizer=a, rng=1)
    return VariationalRNN(2, 3, cell, part(5, 4, 6, rng=2), part(7, 4, 6, rng=4), part(8, 6, 4, rng=6))


def translating(a, make=None):
    width, n = 8, len(LETTERS if make is None else GAPS)

    def block(rng, *first):
        wide = TimeDistributed(
            [Dense(width, 8, Tanh(), a, rng=rng), Dropout(0.2), Dense(8, width, optimizer=a, rng=rng)]
        )
        return [Residual([LayerNormalization(width, optimizer=a), one]) for one in (*first, wide)]

    def begin(rng):
        return [Embedding(n, width, a, rng=rng), PositionalEncoding(width, 12)]

    encoder = [*begin(1), *block(2, Attention(width, 2, optimizer=a, rng=3)), LayerNormalization(width, optimizer=a)]
    own, across = Attention(width, 2, True, a, rng=5), CrossAttention(width, 2, optimizer=a, rng=6)
    end = [LayerNormalization(width, optimizer=a), TimeDistributed(Dense(width, n, Softmax(), a, rng=7))]
    parts = encoder, [*begin(4), *block(8, own, across), *end]
    return EncoderDecoder(LETTERS, *parts, start="<", end=">") if make is None else make(GAPS, *parts)


def filling(a):
    wide = Residual([Attention(8, 2, optimizer=a, rng=2), Dropout(0.2)])
    top = TimeDistributed(Dense(8, len(GAPS), Softmax(), a, rng=3))
    layers = [Embedding(len(GAPS), 8, a, rng=1), PositionalEncoding(8, 12), wide, top]
    return MaskedLanguageModel(GAPS, layers, 0.3, "_")


def unpaired(a, **keywords):
    settings = {"languages": ("<", ">"), "mask": "_", "end": "|", "part": 5} | keywords
    return translating(a, partial(UnpairedTranslator, **settings))


def spectral(a):
    def layer(*sizes, f, rng):
        return SpectralNormalization(Dense(*sizes, f, a, rng=rng), rng=rng)

    D = MLP([layer(6, 5, f=LeakyReLU(0.2), rng=5), layer(5, 1, f=Identity(), rng=6)])
    return GAN(network(3, 5, 6, optimizer=a), D, generatorLoss="hinge", rng=0, averaging=0.9)


def normalizedGame(a):
    hidden = [Dense(6, 5, optimizer=a, rng=5), BatchNormalization(5, optimizer=a), Dropout(0.2)]
    D = MLP([*hidden, Dense(5, 1, Sigmoid(), a, rng=6)])
    G = MLP([Dense(3, 5, Tanh(), a, rng=1), BatchNormalization(5, optimizer=a), Dense(5, 6, optimizer=a, rng=2)])
    return GAN(G, D, instanceNoise=0.2, rng=0)


MODELS = {
    "classifier": (classifier, columns),
    "classifier with Dropout and BatchNormalization": (normalized, columns),
    "weighted classifier": (noisy, weighted),
    "convolutional classifier with Shifts": (convolutional, pictures),
    "autoencoder": (autoencoder, unlabelled),
    "sparse denoising autoencoder": (sparse, unlabelled),
    "contractive autoencoder": (contracting, unlabelled),
    "supervised autoencoder": (supervised, columns),
    "GSN": (gsn, unlabelled),
    "VAE": (vae, unlabelled),
    "VAE with total correlation": (correlated, unlabelled),
    "RBM": (rbm, unlabelled),
    "RBM, CD-3": (lambda a: rbm(a, steps=3), unlabelled),
    "DBN": (dbn, unlabelled),
    "GAN": (gan, unlabelled),
    "GAN with BatchNormalization and Dropout": (normalizedGame, unlabelled),
    "GAN, minimax": (lambda a: gan(a, generatorLoss="minimax"), unlabelled),
    "GAN, least squares": (lambda a: gan(a, generatorLoss="least squares", end=Identity()), unlabelled),
    "GAN, hinge, spectral, averaged": (spectral, unlabelled),
    "GAN, Wasserstein, clipped": (
        lambda a: gan(a, generatorLoss="wasserstein", end=Identity(), constraint=WeightClipping(0.1), criticSteps=2),
        unlabelled,
    ),
    "GAN, Wasserstein, gradient penalty": (
        lambda a: gan(a, generatorLoss="wasserstein", end=Identity(), constraint=GradientPenalty()), unlabelled,
    ),
    "CycleGAN without a buffer": (lambda a: cyclegan(a, bufferSize=0), domains),
    "recurrent classifier": (sequences, labelled_sequences),
    "classifier of steps, of several lengths": (stepwise, ragged_classes),
    "total correlation of steps": (coded, classes_of_steps),
    "total correlation of steps, of several lengths": (coded, ragged_classes),
    "LanguageModel": (language, text),
    "DynamicSystem": (dynamic, system),
    "DynamicSystem, free simulation": (lambda a: dynamic(a, teacherForcing=False), system),
    "VariationalRNN": (latent, ragged),
    "EncoderDecoder": (translating, pairs),
    "MaskedLanguageModel": (filling, texts),
    "UnpairedTranslator": (unpaired, texts),
    "UnpairedTranslator, noise alone": (partial(unpaired, backTranslation=False), texts),
}  # fmt: skip
CHAOTIC = "convolutional classifier with Shifts", "DynamicSystem, free simulation"  # in large steps
RATES = dict.fromkeys(CHAOTIC, 0.01)  # 0.05 otherwise


def made(name):
    """A model as it begins."""
    nn.seed(4)
    model: nn.Model = MODELS[name][0](SGD(lr=RATES.get(name, 0.05)))
    return model


def trained(name, dtype=np.float64, communicator=None, steps=1, model=None, size=11, **keywords):
    """A model that has made so many steps with batches of this size, by SGD, on this rank; noise is the same always."""
    _, data = MODELS[name]
    with randomness.held():
        nn.seed(4)
        model, dataset = made(name) if model is None else model, data(size, dtype)
        nn.seed(5)
        settings = {"metrics": [], "progress": False, "watch": False} | keywords
        epochs = -(-steps // len(dataset))
        listeners = [Stopping(steps), *settings.pop("listeners", ())]
        model.train(dataset, epochs=epochs, communicator=communicator, listeners=listeners, **settings)
    return model


class Stopping(nn.Listener):
    """Ends a training after so many steps."""

    def __init__(self, steps):
        self._steps = steps

    def stepped(self, course):
        if course.steps == self._steps:
            course.stop()


def gradients(model):
    """Those of all layers behind one another."""
    return np.concatenate([leaf.gradientVector for leaf in learning(model).values()]).astype(float)


def weights(model):
    """The model's arrays, one behind the other."""
    return np.concatenate([array.ravel() for array in model.weights().values()]).astype(float)


def moved(model, one, name):
    """How far the weights of two models are apart, in units of how far the second has moved."""
    way = weights(one) - weights(made(name))
    return float(np.linalg.norm(weights(model) - weights(one)) / np.linalg.norm(way))


def apart(model, one):
    """How far the gradients of two models are apart, relative to those of the second."""
    return float(np.linalg.norm(gradients(model) - gradients(one)) / np.linalg.norm(gradients(one)))
