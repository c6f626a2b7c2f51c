"""The training watch: when it observes, how it speaks, and what it leaves alone."""

import re
import warnings
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from watched import autoencoder, classifier, deep, digits, gan, shuffled, vae, warned

from activations import Identity, ReLU, Sigmoid, Softmax
from dataset import Batch, Dataset
from layers import Dense, Learning
from loss import MSE
from nn import MLP, DivergenceError, GaussianNoise, TrainingWarning, seed
from nn.watch.symptom import Finding, Symptom
from nn.watch.trainingwatch import Watch
from optimizer import SGD, Adam

# How it speaks -------------------------------------------------------------------------------------------------------


def test_a_warning_says_where_when_and_what_and_points_at_the_training():
    seed(0)
    with pytest.warns(TrainingWarning) as caught:
        classifier(initializer="zeros").train(digits(), epochs=2)
    (warning,) = caught
    message = warning.message
    assert warning.filename == __file__
    assert (message.kind, message.layer, message.step) == ("weights", "layers[0] (Dense 64 -> 100, ReLU())", 1)
    assert str(message) == f"{message.layer}, at step 1: {message.cause}"
    assert isinstance(message, RuntimeWarning)


def test_the_sentence_in_the_docs_is_the_one_that_is_printed():
    """Of the lecture's classifier, with images as dark as MNIST's; the ratio is that of MNIST."""
    seed(0)
    rng = np.random.default_rng(0)
    data = Dataset.fromArrays(np.where(rng.random((784, 300)) < 0.2, 0.7, 0.0), np.arange(300) % 10)
    adam = Adam(learningRate=100)
    layers = [Dense(784, 100, ReLU(), adam), Dense(100, 50, ReLU(), adam), Dense(50, 10, Softmax(), adam)]
    _, (message,) = warned(MLP(layers), data, epochs=1)
    page = (Path(__file__).parents[3] / "docs" / "training.md").read_text(encoding="utf-8").replace("\n> ", " ")
    before, after = re.split(r"[\d.]+ times", str(message))
    assert re.search(f"{re.escape(before)}[\\d.]+ times{re.escape(after)}", page)


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
        self.prepared, self.observed, self.now = [], [], 0

    def prepare(self):
        self.prepared.append(self.now)

    def find(self, seen):
        self.observed.append(seen.step)
        return Finding("kind", f"rank {self.rank}", "text") if seen.step in self.at else None


def said(*symptoms, until=510, begin=0):
    """What a watch says, by step."""
    watch = Watch(symptoms)
    batch = Batch.of(np.zeros((1, 1)), np.zeros((1, 1)))
    course = SimpleNamespace(steps=begin, stepsPerEpoch=100, batch=batch, suspended=nullcontext)
    watch.begin(course)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(begin + 1, until + 1):
            for symptom in symptoms:
                symptom.now = step
            course.steps = step
            watch.stepped(course)
    return [(warning.message.step, warning.message.layer) for warning in caught]


def test_it_observes_few_steps_and_prepares_the_step_before():
    symptom = Recorded(0)
    assert said(symptom) == []
    assert symptom.observed == [1, 2, 4, 8, 16, 32, 50, 100, 150, 200, 300, 400, 500]
    assert symptom.prepared == [0, 1, 3, 7, 15, 31, 49, 99, 149, 199, 299, 399, 499]


def test_a_training_that_goes_on_is_looked_at_further_on():
    symptom = Recorded(0)
    said(symptom, begin=130)
    assert symptom.observed == [150, 200, 300, 400, 500]


def test_a_training_that_goes_on_just_before_an_observation_is_prepared_for_it():
    symptom = Recorded(0)
    symptom.now = 149
    said(symptom, begin=149)
    assert symptom.prepared[0] == 149
    assert symptom.observed[0] == 150


def test_what_a_symptom_is_shown():
    """Epochs before the step, and what was measured of other sets at the last entry."""
    seen = []

    class Shown(Recorded):
        def find(self, observation):
            seen.append(observation)

    batch = Batch.of(np.ones((2, 3)), np.zeros((1, 3)))
    course = SimpleNamespace(steps=0, stepsPerEpoch=2, batch=batch, suspended=nullcontext)
    watch = Watch([Shown(0)])
    watch.begin(course)
    for course.steps in (1, 2, 3, 4):
        watch.stepped(course)
        course.means = {"train": {"loss": 1.0}, "test": {"loss": float(course.steps)}}
        if course.steps < 4:
            watch.entered(course)
    assert [(one.step, one.epoch, dict(one.heldOut)) for one in seen] == [
        (1, 0.0, {}),
        (2, 0.5, {"test": {"loss": 1.0}}),
        (4, 1.5, {"test": {"loss": 3.0}}),
    ]
    assert seen[0].inputs is batch.inputs
    assert seen[0].labels is batch.labels
    assert not seen[0].thorough


def test_patience_counts_observations_in_a_row():
    assert said(Recorded(0, patience=3, at=[1, 2, 8, 16, 32, 50])) == [(32, "rank 0")]


def test_what_a_cause_explains_is_not_said():
    cause, consequence, equal = Recorded(1, at=[8]), Recorded(2, at=[8, 16, 32]), Recorded(1, at=[100])
    assert said(consequence, cause, equal) == [(8, "rank 1"), (100, "rank 1")]
    assert said(Recorded(2, at=[8]), Recorded(1, at=[32])) == [(8, "rank 2"), (32, "rank 1")]


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
        ends.append((model.weights(), dict(history)))
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


def test_layers_of_your_own_are_watched():
    class Scale(Learning):
        """y = s ∘ x, over any number of axes."""

        def __init__(self, shape, optimizer=None):
            super().__init__(optimizer)
            self.shape = self.inputShape = shape
            self._create(scale=np.ones((*shape, 1)))

        def outputShape(self, inputShape):
            return inputShape

        def _forward(self, x, now, training):
            return np.multiply(self.parameters["scale"], x, out=now.buffer("y", x.shape))

        def _backward(self, dy, now, wanted):
            if wanted.parameters:
                np.sum(dy * now.x, axis=-1, keepdims=True, out=self.gradients["scale"])
            return np.multiply(self.parameters["scale"], dy, out=now.buffer("dx", dy.shape)) if wanted.input else None

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
