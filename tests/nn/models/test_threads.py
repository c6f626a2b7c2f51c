"""Threads: the bits of a training are those of an undisturbed one, whatever others ask of the model meanwhile."""

import threading

import numpy as np
import pytest

from builders import NUMBERS, X, autoencoder, classifier, data, gan, images, noisy, vae
from loss import CrossEntropy
from nn import MLP, GaussianNoise, seed

MODELS = {
    "MLP": lambda: classifier(rng=None),
    "MLP, noisy": lambda: noisy(rng=None),
    "MLP, images": lambda: images(rng=None),
    "denoising autoencoder": lambda: autoencoder(rng=None, corruption=GaussianNoise(0.3)),
    "VAE": lambda: vae(rng=None),
    "GAN": lambda: gan(rng=None),
}


def shaped(name, x):
    return x.reshape(1, 2, 3, -1) if name == "MLP, images" else x


def made(name, number=3):
    seed(number)
    return MODELS[name]()


def learn(model, name, epochs=6):
    return model.train(data(shaped(name, X), NUMBERS), epochs=epochs, metrics=[], watch=False, progress=False)


def ask(model, name):
    """Everything that draws and predicts."""
    x = shaped(name, X)
    model.evaluate((x, np.eye(3)[:, NUMBERS]))
    if isinstance(model, MLP):
        model.predict(x)
    if hasattr(model, "reconstruct"):
        model.encode(x)
        model.reconstruct(x)
    if hasattr(model, "sample"):
        model.sample(20)
    if hasattr(model, "elbo"):
        model.elbo(x)


@pytest.mark.parametrize("name", MODELS)
def test_while_eight_threads_ask_a_training_is_as_if_alone(name):
    alone = made(name)
    learn(alone, name)
    model, over, failures, asked = made(name), threading.Event(), [], [0] * 8

    def askOn(i):
        try:
            while not over.is_set() or not asked[i]:
                ask(model, name)
                asked[i] += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=askOn, args=(i,)) for i in range(8)]

    def begin():
        for thread in threads:
            thread.start()

    seed(3)
    model = MODELS[name]()
    try:
        model.train(
            data(shaped(name, X), NUMBERS),
            epochs=6,
            metrics=[f"train_{model.shown[0]}"],
            callbacks={f"train_{model.shown[0]}": lambda index, value: begin() if index == 30 else None},
            watch=False,
            progress=False,
        )
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert not failures
    assert all(asked)
    weights = alone.weights()
    assert all(np.array_equal(value, weights[place]) for place, value in model.weights().items())


@pytest.mark.parametrize("name", MODELS)
def test_beside_the_training_of_another_model_no_prediction_is_wrong(name):
    model, other = made(name), made(name, 4)
    learn(model, name, epochs=1)
    x, over, wrong = shaped(name, X), threading.Event(), []
    network = next(iter(model.networks().values()))
    inputs = x if name != "GAN" else X[:3]
    expected = network.predict(inputs) if name != "VAE" else model.reconstruct(x)

    def predict():
        while not over.is_set():
            found = network.predict(inputs) if name != "VAE" else model.reconstruct(x)
            if not np.array_equal(found, expected):
                wrong.append(found)

    threads = [threading.Thread(target=predict) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        learn(other, name)
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert not wrong


def test_one_loss_in_trainings_of_several_threads():
    shared = CrossEntropy()

    def weights(number, loss):
        model = classifier(rng=number)
        model.train(data(X, NUMBERS, rng=number), loss=loss, epochs=20, metrics=["train_loss"], progress=False)
        return model.weights()

    expected, found = [weights(i, CrossEntropy()) for i in range(6)], {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: weights(i, shared)})) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for i in range(6):
        assert all(np.array_equal(value, expected[i][place]) for place, value in found[i].items())
