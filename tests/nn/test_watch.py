"""The training watch: planted faults are recognised, healthy trainings are left in peace, and no bit changes."""

import re
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense, Layer, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import GAN, MLP, VAE, Autoencoder, DivergenceError, GaussianNoise, TrainingWarning, seed
from nn.training.step import Samples
from nn.watch.symptom import Finding, Symptom
from nn.watch.trainingwatch import Watch
from optimizer import SGD, Adam, Cosine


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


# Planted faults ------------------------------------------------------------------------------------------------------


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
    assert message.step in (2, 4)  # the loss has risen since the look before
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
    assert "; so it is in layers[1]" in message.cause
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


def shuffled(rng):
    """Digits whose labels, of training and test, belong to others."""
    rng, data = np.random.default_rng(rng), digits()
    (x, y), (test, labels) = data.trainSet(), data.testSet()
    return Dataset.fromArrays(
        x, rng.permutation(y, axis=1), testInputs=test, testLabels=rng.permutation(labels, axis=1), rng=0
    )


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


# Healthy trainings: warnings are errors in these tests ---------------------------------------------------------------


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


@pytest.mark.parametrize("batchSize", [1, 7, 1437])
def test_all_batch_sizes_are_left_in_peace(batchSize):
    seed(0)
    classifier(Adam()).train(digits(batch_size=batchSize), epochs=1 if batchSize < 1000 else 40, metrics=[])


@pytest.mark.parametrize("batchSize", [1, 4])
def test_four_samples_are_left_in_peace(batchSize):
    x, y = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0, 1, 1, 0]])
    for number in range(3):
        seed(number)
        xor = MLP([Dense(2, 8, Tanh(), Adam(lr=0.05)), Dense(8, 1, Sigmoid(), Adam(lr=0.05))])
        xor.train(Dataset.fromArrays(x, y, testInputs=x, testLabels=y, batch_size=batchSize), epochs=200, metrics=[])


@pytest.mark.parametrize("optimizer", [Adam(lr=0.003), SGD(lr=0.01, momentum=0.9)], ids=["Adam", "SGD"])
def test_a_regression_is_left_in_peace(optimizer):
    seed(0)
    x = np.random.default_rng(0).normal(size=(5, 1000))
    layers = [Dense(5, 64, ReLU(), optimizer), Dense(64, 64, ReLU(), optimizer), Dense(64, 1, Identity(), optimizer)]
    MLP(layers).train(Dataset.fromArrays(x, 10 * np.sin(x[:1]) + x[1:2] * x[2:3]), epochs=20)


def chain(sizes, last, optimizer, activation=None):
    hidden = [Dense(*pair, activation or ReLU(), optimizer) for pair in pairwise(sizes[:-1])]
    return MLP([*hidden, Dense(sizes[-2], sizes[-1], last, optimizer)])


def normals(rows=10):
    return np.random.default_rng(0).normal(size=(rows, 3000))


def prices(z):
    return 300 + 80 * z[:1] + 10 * z[1:2]


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


# How it speaks -------------------------------------------------------------------------------------------------------


def test_a_warning_says_where_when_and_what_and_points_at_the_training():
    seed(0)
    with pytest.warns(TrainingWarning) as caught:
        classifier(initializer="zeros").train(digits(), epochs=2)
    (warning,) = caught
    message = warning.message
    assert warning.filename == __file__
    assert (message.kind, message.layer, message.step) == ("weights", "layers[0] (Dense 64 → 100, ReLU())", 1)
    assert str(message) == f"{message.layer}, at step 1: {message.cause}"
    assert isinstance(message, RuntimeWarning)


def test_the_sentence_in_the_readme_is_the_one_that_is_printed():
    """Of the lecture's classifier, with images as dark as MNIST's; the ratio is that of MNIST."""
    seed(0)
    rng = np.random.default_rng(0)
    data = Dataset.fromArrays(np.where(rng.random((784, 300)) < 0.2, 0.7, 0.0), np.arange(300) % 10)
    adam = Adam(learningRate=100)
    layers = [Dense(784, 100, ReLU(), adam), Dense(100, 50, ReLU(), adam), Dense(50, 10, Softmax(), adam)]
    _, (message,) = warned(MLP(layers), data, epochs=1)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").replace("\n> ", " ")
    before, after = re.split(r"[\d.]+ times", str(message))
    assert re.search(f"{re.escape(before)}[\\d.]+ times{re.escape(after)}", readme)


def test_it_is_said_once_and_in_every_training_anew():
    seed(0)
    model = deep(Sigmoid(), 10)
    for _ in range(2):
        assert [kind for kind, _ in warned(model, digits(), epochs=8)[0]] == ["gradients"]


def test_unless_it_is_switched_off():
    seed(0)
    classifier(initializer="zeros").train(digits(), epochs=2, watch=False)


def test_a_warning_made_an_error_ends_the_training():
    with pytest.raises(TrainingWarning, match="its weights are all 0"):
        classifier(initializer="zeros").train(digits(), epochs=2)


class Recorded(Symptom):
    """Finds what it is told to, and remembers when it was asked."""

    def __init__(self, rank, patience=1, at=()):
        super().__init__()
        self.rank, self.patience, self.at, self.steps = rank, patience, at, 0
        self.prepared, self.looked, self.now = [], [], 0

    def prepare(self):
        self.prepared.append(self.now)

    def find(self, look):
        self.looked.append(look.step)
        return Finding("kind", f"rank {self.rank}", "text") if look.step in self.at else None


def looked(*symptoms, until=510, begin=0):
    """What a watch says, by step."""
    watch = Watch(symptoms, steps=begin)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(begin + 1, until + 1):
            for symptom in symptoms:
                symptom.now = step
            watch.look(step, Samples(np.zeros((1, 1)), np.zeros((1, 1))), 0.0)
    return [(warning.message.step, warning.message.layer) for warning in caught]


def test_it_looks_at_few_steps_and_prepares_the_step_before():
    symptom = Recorded(0)
    assert looked(symptom) == []
    assert symptom.looked == [1, 2, 4, 8, 16, 32, 50, 100, 150, 200, 300, 400, 500]
    assert symptom.prepared == [0, 1, 3, 7, 15, 31, 49, 99, 149, 199, 299, 399, 499]


def test_a_training_that_goes_on_is_looked_at_further_on():
    symptom = Recorded(0)
    looked(symptom, begin=130)
    assert symptom.looked == [150, 200, 300, 400, 500]


def test_patience_counts_looks_in_a_row():
    assert looked(Recorded(0, patience=3, at=[1, 2, 8, 16, 32, 50])) == [(32, "rank 0")]


def test_what_a_cause_explains_is_not_said():
    cause, consequence, equal = Recorded(1, at=[8]), Recorded(2, at=[8, 16, 32]), Recorded(1, at=[100])
    assert looked(consequence, cause, equal) == [(8, "rank 1"), (100, "rank 1")]
    assert looked(Recorded(2, at=[8]), Recorded(1, at=[32])) == [(8, "rank 2"), (32, "rank 1")]


def test_dead_units_beside_living_ones_do_not_explain_a_loss_that_is_stuck():
    seed(0)
    model = classifier()
    model.layers[0].bias[:70] = -100
    assert warned(model, shuffled(0), epochs=14)[0] == [("units", "layers[0]"), ("guessing", "layers[2]")]
    seed(0)
    model = classifier()
    model.layers[0].bias[...] = -100
    assert warned(model, shuffled(0), epochs=14)[0] == [("units", "layers[0]")]


@pytest.mark.parametrize("rate", [1e30, 1e38, 1e39])
@pytest.mark.parametrize("last", [Softmax(), Identity()])
def test_numbers_that_overflow_are_left_to_their_error(rate, last):
    """The watch sees them, but nothing breaks in it."""
    seed(0)
    model = MLP([Dense(64, 20, ReLU(), SGD(lr=rate)), Dense(20, 10, last, SGD(lr=rate))], MSE())
    with pytest.raises(DivergenceError):
        warned(model, digits())


def test_weights_that_are_not_finite_are_left_to_their_error():
    for value in (np.inf, np.nan):
        model = classifier()
        model.layers[1].weight[0, 0] = value
        with pytest.raises(DivergenceError, match="was not finite before this step"):
            model.train(digits(), epochs=1)


# What it leaves alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "data"),
    [
        (classifier, {}),
        (lambda: classifier(SGD(lr=0.1, momentum=0.9, clipNorm=1)), {}),
        (lambda: autoencoder(corruption=GaussianNoise(0.5)), {}),
        (vae, {}),
        (gan, {"valueRange": (-1, 1)}),
    ],
    ids=["classifier", "clipping", "denoising", "VAE", "GAN"],
)
def test_no_bit_of_a_training_changes(make, data):
    ends = []
    for watch in (True, False):
        seed(3)
        model = make()
        history = model.train(digits(**data), epochs=4, watch=watch)
        ends.append((model.weights(), history.values))
    assert ends[0][1] == ends[1][1]
    for name, weight in ends[0][0].items():
        assert np.array_equal(weight, ends[1][0][name]), name


def test_the_last_activation_is_not_computed_for_it():
    class Counted(Softmax):
        link = "Softmax"
        calls = 0

        def apply(self, z, out=None):
            if z.shape[0] == 10:
                Counted.calls += 1
            return super().apply(z, out)

    model = MLP([Dense(64, 20, ReLU()), Dense(20, 10, Counted())])
    model.train(digits(), epochs=5, metrics=[])
    assert Counted.calls == 0


def test_layers_of_ones_own_are_watched():
    class Scale(Layer):
        """y = s ∘ x, over any number of axes."""

        def __init__(self, shape, optimizer=None):
            super().__init__(optimizer)
            self.shape = self.inputShape = shape
            self._create(scale=np.ones((*shape, 1)))

        def outputShape(self, inputShape):
            return inputShape

        def _forward(self, input, training):
            return np.multiply(self.parameters["scale"], input, out=self.buffer("output", input.shape))

        def _backward(self, gradient, parameterGradients, inputGradient):
            if parameterGradients:
                np.sum(gradient * self.input, axis=-1, keepdims=True, out=self.gradients["scale"])
            return np.multiply(self.parameters["scale"], gradient, out=self.buffer("gradient", gradient.shape))

    seed(0)
    MLP([Scale((64,)), Dense(64, 10, Softmax())]).train(digits(), epochs=4)
    found, _ = warned(MLP([Scale((64,), SGD(lr=1e3)), Dense(64, 10, Softmax())]), digits())
    assert found == [("updates", "layers[0]")]


def test_frozen_layers_are_not_blamed():
    seed(0)
    model = classifier()
    model.layers[0].weight[...] *= 1e-3
    model.layers[1].weight[...] *= 1e3
    model.freeze(0, 1)
    model.train(digits(), epochs=5)
