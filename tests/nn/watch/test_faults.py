"""Planted faults are recognised."""

import re

import numpy as np
import pytest
from watched import (
    chain,
    classifier,
    constant,
    deep,
    digits,
    gan,
    normal,
    normals,
    prices,
    shuffled,
    vae,
    warned,
)

from activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import GAN, MLP, seed
from optimizer import SGD, Adam


@pytest.mark.parametrize(
    "optimizer",
    [Adam(learningRate=100), Adam(lr=1), SGD(learningRate=1000), SGD(lr=100)],
    ids=["lecture's Adam", "Adam", "lecture's SGD", "SGD"],
)
@pytest.mark.parametrize("loss", [CrossEntropy(), CategoricalCrossEntropy(), MSE()], ids=["ce", "cce", "mse"])
def test_a_learning_rate_a_thousand_times_too_large(optimizer, loss):
    seed(0)
    found, (message,) = warned(classifier(optimizer), digits(), loss=loss)
    assert found[0] in [("updates", f"layers[{i}]") for i in range(3)]
    assert message.step in (2, 4)  # the loss has risen since the observation before
    assert re.search(r"The learning rate is too large: divide it by 1,?00", message.cause)


@pytest.mark.parametrize("activation", [ReLU(), Tanh(), Sigmoid()])
@pytest.mark.parametrize(
    ("initializer", "what"),
    [
        ("zeros", "its weights are all 0"),
        (constant(1e-4), "its weights are too small, 0.0001 (root mean square) where Glorot's initialisation has 0.11"),
        (normal(1e-4), "its weights are too small"),
        (constant(10), "its weights are too large, 10 (root mean square) where He's initialisation has 0.18"),
        (normal(10), "its weights are too large"),
        (constant(0.1), "its weights are the same for all its units"),
    ],
    ids=["0", "1e-4", "N(0, 1e-4)", "10", "N(0, 10)", "alike"],
)
def test_initial_weights(activation, initializer, what):
    seed(0)
    found, (message,) = warned(classifier(activation=activation, initializer=initializer), digits())
    assert found == [("weights", "layers[0]")]
    assert what in message.cause
    assert "; the same in layers[1]" in message.cause
    assert message.step == 1


def test_one_layer_with_bad_weights_is_named():
    seed(0)
    model = classifier()
    model.layers[1].weight *= 1e-3
    assert warned(model, digits())[0] == [("weights", "layers[1]")]
    seed(0)
    model = classifier()
    model.layers[2].weight *= 100
    assert warned(model, digits())[0] == [("weights", "layers[2]")]


@pytest.mark.parametrize("place", [0, 1])
def test_dead_units(place):
    seed(0)
    model = classifier()
    model.layers[place].bias[...] = -100
    found, (message,) = warned(model, digits())
    assert found == [("units", f"layers[{place}]")]
    units = model.layers[place].outputDim
    assert message.cause.startswith(f"{units} of its {units} units are dead: ReLU() is flat there for every sample")
    assert message.step == 16


def test_saturated_outputs():
    seed(0)
    x = 9 * np.random.default_rng(0).normal(size=(64, 1000))
    model = deep(Tanh(), 3)
    model.layers[0].weight *= 4
    found, (message,) = warned(model, Dataset.fromArrays(x, (x[:10]).argmax(axis=0)))
    assert found == [("units", "layers[0]")]
    assert "% of its outputs are saturated: Tanh() is flat there" in message.cause


def test_a_stack_of_ten_sigmoids():
    seed(0)
    found, (message,) = warned(deep(Sigmoid(), 10), digits())
    assert found == [("gradients", "layers[0]")]
    assert "gradients vanish on their way back" in message.cause
    assert "times those of layers[9]. Try ReLU() in place of Sigmoid()" in message.cause


def test_signals_that_explode():
    seed(0)
    model = deep(ReLU(), 10)
    for layer in model.layers:
        layer.weight *= 3
    found, (message,) = warned(model, digits())
    assert found == [("weights", "layers[5]")]
    assert "signals explode on their way here" in message.cause


def test_gradients_that_explode():
    """Where outputs are bounded, and signals cannot."""
    seed(0)
    model = deep(Tanh(), 30, Adam(lr=1e-4))
    for layer in model.layers[1:-1]:
        layer.weight *= 4
    found, (message,) = warned(model, digits())
    assert found == [("gradients", "layers[0]")]
    assert "gradients explode on their way back" in message.cause


@pytest.mark.parametrize("optimizer", [Adam(learningRate=0.1), SGD(learningRate=1)])
def test_pixels_up_to_255(optimizer):
    seed(0)
    (x, y), (test, labels) = digits().trainSet(), digits().testSet()
    found, (message,) = warned(
        classifier(optimizer), Dataset.fromArrays(255 * x, y, testInputs=255 * test, testLabels=labels)
    )
    assert found == [("inputs", "layers[0]")]
    assert "they go from 0 to 255, with a root mean square of 12" in message.cause


@pytest.mark.parametrize("loss", [CrossEntropy(), CategoricalCrossEntropy(), MSE()], ids=["ce", "cce", "mse"])
@pytest.mark.parametrize("optimizer", [Adam(learningRate=0.1), SGD(learningRate=5)], ids=["adam", "sgd"])
def test_shuffled_labels(loss, optimizer):
    seed(0)
    found, (message,) = warned(classifier(optimizer), shuffled(0), loss=loss, epochs=14)
    assert found == [("guessing", "layers[2]")]
    assert "Do inputs and labels belong together, in the same order?" in message.cause


@pytest.mark.parametrize("kind", ["numbers", "two classes"])
def test_shuffled_numbers_and_two_classes(kind):
    """Which may be hard to learn: after 3,000 steps."""
    seed(0)
    z = normals()
    label, last = (prices(z), Identity()) if kind == "numbers" else ((z[:1] > 0).astype(float), Sigmoid())
    data = Dataset.fromArrays(z, np.random.default_rng(0).permutation(label, axis=1), rng=0)
    found, (message,) = warned(chain([10, 4, 1], last, Adam(lr=0.01)), data, epochs=80)
    assert found == [("guessing", "layers[1]")]
    assert message.step >= 3000


def test_labels_learnt_by_heart():
    seed(0)
    model = classifier(activation=LeakyReLU())
    model.train(shuffled(0), epochs=60, metrics=[], watch=False)
    found, (message,) = warned(model, shuffled(0), epochs=12, metrics=["test_accuracy"])
    assert found == [("memorising", "layers[2]")]
    assert "% is that of guessing. Do inputs and labels belong together, in the same order?" in message.cause
    assert warned(model, shuffled(0), epochs=12)[0] == []  # without a test accuracy nobody can know


def test_labels_that_the_last_activation_cannot_give():
    seed(0)
    x, y = digits().trainSet()
    model = MLP([Dense(64, 10, Tanh()), Dense(10, 10, Sigmoid())])
    found, (message,) = warned(model, Dataset.fromArrays(x, 2 * y - 1), loss=MSE())
    assert found == [("targets", "layers[1]")]
    assert "labels go from -1 to 1, its outputs only from 0 to 1" in message.cause


def test_a_learning_rate_that_is_lost_in_rounding():
    seed(0)
    found, (message,) = warned(classifier(SGD(lr=1e-12)), digits(), epochs=1)
    assert found[0][0] == "updates"
    assert "The learning rate is too small" in message.cause


@pytest.mark.parametrize("loss", [CrossEntropy(), MSE(variance=0.05)], ids=["bernoulli", "gaussian"])
def test_a_posterior_that_collapses(loss):
    seed(0)
    found, (message,) = warned(vae(beta=100, loss=loss), digits(batch_size=128), epochs=45)
    assert found == [("collapse", "sampler")]
    assert "none of its 10 codes" in message.cause
    assert "Try a smaller beta (it is 100)" in message.cause


def test_a_posterior_is_given_time_to_warm_up():
    seed(0)
    assert warned(vae(beta=100, warmUp=60), digits(batch_size=128), epochs=45)[0] == []


def test_a_generator_that_gives_one_image():
    seed(0)
    model = gan()
    model.generator.layers[0].weight[...] = 0
    model.generator.freeze(0)
    found, (message,) = warned(model, digits(batch_size=128, valueRange=(-1, 1)), epochs=30)
    assert found == [("collapse", "generator.layers[2]")]
    assert "its samples differ from one another 0.0% as much as the data" in message.cause


@pytest.mark.parametrize(
    ("metrics", "what"),
    [
        (None, r"but the test loss of \d\.\d+ is worse\."),
        (["validation_accuracy"], r"but the validation accuracy of \d+\.\d% is that of guessing\."),
        (["validation_loss"], r"but the validation loss of \d\.\d+ is worse\."),
    ],
    ids=["default metrics", "validation accuracy", "validation loss"],
)
def test_labels_learnt_by_heart_are_noticed_by_any_metric(metrics, what):
    seed(0)
    rng = np.random.default_rng(1)
    (x, y), (test, labels) = digits().trainSet(), digits().testSet()
    sets = {"test_size": 0, "validation_size": 300} if metrics else {"testInputs": test, "testLabels": labels}
    data = Dataset.fromArrays(x, rng.permutation(y, axis=1), rng=0, **sets)
    adam = Adam(lr=0.003)
    model = MLP([Dense(64, 200, ReLU(), adam), Dense(200, 10, Softmax(), adam)])
    found, (message,) = warned(model, data, epochs=100, metrics=metrics)
    assert found == [("memorising", "layers[1]")]
    assert re.search(what, message.cause)


def test_a_discriminator_that_wins():
    seed(0)
    slow, quick = Adam(lr=1e-5), Adam(lr=0.005)
    generator = MLP([Dense(16, 8, ReLU(), slow), Dense(8, 64, Sigmoid(), slow)])
    discriminator = MLP([Dense(64, 200, LeakyReLU(), quick), Dense(200, 1, Sigmoid(), quick)])
    found, (message,) = warned(GAN(generator, discriminator), digits(), epochs=40)
    assert found == [("domination", "discriminator.layers[1]")]
    assert message.cause.startswith("the discriminator wins outright: -ln D(G(z)) stays at 1")
