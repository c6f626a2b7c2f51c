"""Gradients that vanish and explode through time, in networks with recurrent layers."""

import numpy as np
import pytest
from watched import warned

from activations import Softmax
from dataset import Dataset
from layers import GRU, LSTM, RNN, Dense, LastStep, TimeDistributed
from loss import MSE, CategoricalCrossEntropy
from nn import MLP, DivergenceError, seed
from nn.watch.gradients.throughtime import ExplodingThroughTime, VanishingThroughTime, sizesThroughTime
from nn.watch.guesses import Guesses
from nn.watch.reading import isNew
from nn.watch.symptom import Observation
from optimizer import Adam

STEPS = 20


def recurrent(kind, inputDim, outputDim, scale=1.0, lr=0.003):
    """A layer whose recurrent weights are orthogonal, times a scale."""
    layer = kind(inputDim, outputDim, optimizer=Adam(lr=lr, clipNorm=1), rng=0)
    layer.weight[:, :outputDim] *= scale
    return layer


def adding(samples=4000):
    """Two of the numbers of a sequence are marked: one in each half. Their sum is the label."""
    rng = np.random.default_rng(0)
    numbers, marks = rng.uniform(size=(2, STEPS, samples))
    marks = marks == np.where(np.arange(STEPS)[:, np.newaxis] < STEPS // 2, *(
        half.max(axis=0) for half in np.split(marks, 2)
    ))  # fmt: skip
    return Dataset.fromArrays(np.stack([numbers, marks], axis=1), (numbers * marks).sum(axis=0, keepdims=True), rng=0)


def summing(scale, lr=0.003, kind=RNN):
    adam = Adam(lr=0.003)
    return MLP([recurrent(kind, 2, 16, scale, lr), LastStep(), Dense(16, 1, optimizer=adam, rng=0)], MSE())


def repeating(scale, kind=RNN):
    """The step before, of three classes: labels of every step."""
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3, (STEPS + 1, 300))
    hot = np.moveaxis(np.eye(3)[classes], -1, 1)
    model = MLP(
        [recurrent(kind, 3, 16, scale), TimeDistributed(Dense(16, 3, Softmax(), Adam(lr=0.003), rng=0))],
        CategoricalCrossEntropy(),
    )
    return model, Dataset.fromArrays(hot[1:], hot[:-1], rng=0)


def test_small_recurrent_weights_let_gradients_vanish():
    dataset, model = adding(), summing(0.2, lr=0.0001)  # faster, it finds its way
    found, messages = warned(model, dataset, epochs=14)
    assert found[:1] == [("gradients", "layers[0]")]
    assert "gradients vanish through time:" in messages[0].cause
    assert messages[0].step == 900  # the fifth observation from step 500 on
    sizes, _ = sizesThroughTime(model.layers[0])
    horizon = STEPS - 1 - np.flatnonzero(sizes < 1e-3 * sizes[-1])[-1]
    (finding,) = [one for one in model.diagnose(dataset).findings if one.kind == "gradients"]
    assert f"of {STEPS} they are less than a thousandth" in finding.text
    assert abs(int(finding.text.split("time: ")[1].split()[0]) - horizon) < 4


@pytest.mark.parametrize("sequences", ["of a label each", "of a label for every step"])
def test_large_recurrent_weights_let_gradients_explode(sequences):
    model, dataset = repeating(6.0) if "every" in sequences else (summing(6.0), adding())
    found, messages = warned(model, dataset, epochs=4)
    assert found[0] == ("gradients", "layers[0]")
    assert "gradients explode through time:" in messages[0].cause
    assert messages[0].step == 16
    assert any("explode through time" in one.text for one in model.diagnose(dataset).findings)


@pytest.mark.parametrize(
    ("kind", "scale"),
    [(RNN, 0.2), (RNN, 0.6), (RNN, 1.0), (RNN, 1.2), (LSTM, 1.0), (GRU, 1.0)],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_networks_that_learn_are_left_in_peace(kind, scale):
    """Also where gradients vanish, because the last steps say all."""
    seed(0)
    model, dataset = repeating(scale, kind)
    assert warned(model, dataset, epochs=12)[0] == []
    x = np.random.default_rng(0).normal(size=(STEPS, 2, 400))
    latest = Dataset.fromArrays(x, x[-1:].sum(axis=1), rng=0)
    model = summing(scale, kind=kind)
    assert warned(model, latest, epochs=40)[0] == []
    assert [one for one in model.diagnose(latest).findings if one.kind == "gradients"] == []


def test_what_overflows_on_its_way_back_is_explained():
    model = summing(9.0)
    model.astype(np.float32)
    model.layers[0].bias = np.zeros((16, 1))
    x = np.zeros((60, 2, 3))  # so that no unit is flat
    model.feedforward(x)
    words = "explode through time: 4 steps before the end of 60"
    with pytest.raises(DivergenceError, match=words) as caught, model.guarded(1):
        model.backpropagate(np.ones((1, 3)))
    assert caught.value.layer.startswith("layers[0] (RNN 2 -> 16")


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU], ids=lambda kind: kind.__name__)
def test_a_recurrent_layer_is_new_until_it_is_trained(kind):
    layer = kind(2, 3)
    assert isNew(layer)
    layer.bias[0] = 0.01
    assert not isNew(layer)


def test_of_a_new_network_the_gradients_need_not_reach_the_beginning():
    assert "vanish" not in str(summing(0.2).diagnose(adding()))
    assert "explode" in str(summing(6.0).diagnose(adding()))


class Told(RNN):
    """Its gradients have these norms."""

    def __init__(self, sizes, given):
        super().__init__(1, 1)
        self.optimizer.t = 1
        self.sizes, self.now.dy, self.now.hasGradients = sizes, np.reshape(given, (-1, 1, 1)), True

    def stateGradient(self):
        return np.reshape(self.sizes, (-1, 1, 1))


@pytest.mark.parametrize(
    ("sizes", "given", "horizon"),
    [
        ([9, 2e3, 5e2, 1, 1], [0, 0, 0, 0, 1], 3),
        ([2e3, 5e2, 1, 1, 0], [0, 0, 0, 1, 0], 3),  # steps that no sample has are at the end
        ([2e3, 1, 1, 1, 1], [0, 3, 0, 0, 1], None),  # one step has a gradient of its own that is larger
        ([999, 1, 1, 1, 1], [0, 0, 0, 0, 1], None),
        ([0, 0, 0], [0, 0, 0], None),
    ],
    ids=str,
)
def test_the_horizon_of_an_explosion(sizes, given, horizon):
    finding = ExplodingThroughTime([Told(sizes, given)]).find(Observation(np.ones(1), np.ones(1)))
    assert (finding is None) == (horizon is None)
    assert horizon is None or f"time: {horizon} steps before the end" in finding.text


@pytest.mark.parametrize(
    ("sizes", "horizon"),
    [
        ([1e-7, 1e-5, 1e-2, 1, 1], 3),
        ([1e-7, 1e-5, 1e-2, 1, 0], 2),
        ([1e-5, 1e-5, 1e-4, 1, 1], None),
        ([1, 1e-9, 1e-9, 1, 1], None),
    ],
    ids=str,
)
def test_the_horizon_of_what_vanishes(sizes, horizon):
    dataset = adding(60)
    model = MLP([Dense(2, 1)], MSE())
    model.feedforward(np.ones((2, 50)))
    labels = np.linspace(0, 1, 50)[np.newaxis]
    symptom = VanishingThroughTime([Told(sizes, np.ones(5))], Guesses(model.objective, dataset, None))
    finding = symptom.find(Observation(np.ones(1), labels))
    assert (finding is None) == (horizon is None)
    assert horizon is None or f"time: {horizon} steps before the end" in finding.text
