"""checkGradients as its user sees it: report, kinks, arguments."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Batch
from layers import (
    AveragePooling2D,
    BatchNormalization,
    Chain,
    Conv2D,
    Dense,
    MaxPooling2D,
    TimeDistributed,
    UpSampling2D,
)
from loss import MSE
from nn import MLP, Autoencoder, checkGradients


def test_the_subject_is_left_alone():
    network = MLP([Dense(3, 2, Tanh())])
    network.astype(np.float32)
    before = network.weights()
    output = network.feedforward(np.ones((3, 1)))
    assert checkGradients(network)
    assert network.layers[0].dtype == np.float32
    assert all(np.array_equal(before[name], value) for name, value in network.weights().items())
    assert np.array_equal(network.layers[0].output, output)


def test_report_names_every_array_and_the_figures():
    report = checkGradients(MLP([Dense(3, 2, Tanh()), Dense(2, 1, Sigmoid())]))
    text = str(report)
    for name in ("input", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"):
        assert name in text
    assert "step 1e-06" in text
    assert report.passed
    assert 0 <= report.worst < 1e-7


def test_a_kink_is_told_from_a_wrong_gradient():
    layer = Dense(1, 1, ReLU())
    layer.weight = [[1.0]]
    report = checkGradients(layer, [[1e-9]])
    assert not report
    assert {entry.name: entry.verdict for entry in report.entries} == {"input": "kink", "weight": "ok", "bias": "kink"}
    assert "without derivative" in str(report)
    assert checkGradients(layer, [[0.5]])


def test_many_kinks_at_once_are_told_from_a_wrong_gradient():
    """Zeros around a figure: ReLU at 0, and windows of equal numbers."""
    x = np.zeros((1, 8, 8, 3))
    x[:, 2:5, 3:6] = np.random.default_rng(0).random((1, 3, 3, 3))
    for activation, pool in ((ReLU(), AveragePooling2D(2)), (Tanh(), MaxPooling2D(2))):
        network = Chain([Conv2D(1, 6, 3, activation, padding="same", rng=0), pool, Conv2D(6, 4, 3, Tanh(), rng=1)])
        verdicts = {entry.name: entry.verdict for entry in checkGradients(network, x).entries}
        assert verdicts["input"] == "kink"
        assert set(verdicts.values()) == {"ok", "kink"}
    smooth = Chain([Conv2D(1, 6, 3, Tanh(), rng=0), AveragePooling2D(2)])
    assert checkGradients(smooth, x)


def test_step_and_tolerance_are_used():
    layer = Dense(3, 2, Tanh())
    assert checkGradients(layer, step=1e-6)
    coarse = checkGradients(layer, step=1e-2)
    assert not coarse
    assert checkGradients(layer, step=1e-2, tolerance=1e-2)
    assert coarse.worst > 1e-6


def test_a_seed_repeats_the_check():
    layer = Dense(3, 2, Tanh())
    assert str(checkGradients(layer, rng=4)) == str(checkGradients(layer, rng=4))
    assert str(checkGradients(layer, rng=4)) != str(checkGradients(layer, rng=5))


def test_given_input_and_label_are_those_checked():
    network = MLP([Dense(1, 1)], MSE())
    network.layers[0].weight, network.layers[0].bias = [[2.0]], [[0.0]]
    report = checkGradients(network, [[3.0]], [[5.0]])
    slopes = {entry.name: entry for entry in report.entries}
    direction = np.random.default_rng(0).standard_normal((1, 1)).item()
    assert slopes["input"].analytic == pytest.approx((6 - 5) * 2 * direction)


def test_a_batch_is_taken_with_all_that_belongs_to_it():
    layers, x, y = [Dense(3, 2, Tanh())], np.random.default_rng(0).normal(size=(4, 3, 5)), np.ones((4, 2, 5))
    network, mask = MLP([TimeDistributed(layers)], MSE()), np.arange(4)[:, np.newaxis] < [4, 1, 2, 3, 4]
    batch = Batch.of(x, y, mask=mask, weights=np.arange(5.0))
    same = checkGradients(network, x, y, mask=mask, weights=batch.weights)
    found = checkGradients(network, batch)
    assert found
    assert [entry.analytic for entry in found.entries] == [entry.analytic for entry in same.entries]
    with pytest.raises(ValueError, match="omitted"):
        checkGradients(network, batch, y)
    with pytest.raises(TypeError, match="of a model"):
        checkGradients(layers[0], batch)


def test_what_cannot_be_checked():
    with pytest.raises(TypeError, match="a Layer, a Loss or a Model, got str"):
        checkGradients("Dense")


def test_what_takes_any_shape_wants_an_input():
    autoencoder = Autoencoder(MLP([MaxPooling2D(2)]), MLP([UpSampling2D(2)]), MSE())
    for subject, named in (
        (MaxPooling2D(2), "MaxPooling2D"),
        (MLP([MaxPooling2D(2)], MSE()), r"layers\[0\]"),
        (autoencoder, "the first layer of this model"),
    ):
        with pytest.raises(ValueError, match=f"{named}.* takes inputs of any shape: give one to check at"):
            checkGradients(subject)
        assert checkGradients(subject, np.random.default_rng(0).random((1, 4, 4, 2)))


class Wrong(Dense):
    """A layer whose weight's gradient has the wrong sign, or another share of the right one."""

    share = -1.0

    def _backward(self, dy, now, wanted):
        dx = super()._backward(dy, now, wanted)
        if wanted.parameters:
            self.block.gradients["weight"][...] *= self.share
        return dx


class Forgotten(Wrong):
    share = 0.0


class Inexact(Wrong):
    share = 0.99


def deep(kind, layers=10, rng=0):
    return MLP(
        [
            kind(5, 5, Sigmoid(), rng=rng),
            *(Dense(5, 5, Sigmoid(), rng=i) for i in range(1, layers)),
            Dense(5, 2, rng=99),
        ],
        MSE(),
    )


def verdicts(network, target):
    report = checkGradients(network, label=np.full((2, 3), target))
    found = {entry.name: entry.verdict for entry in report.entries}
    assert bool(report) == report.passed == (set(found.values()) == {"ok"})
    return found, str(report)


@pytest.mark.parametrize("kind", [Wrong, Forgotten, Inexact])
@pytest.mark.parametrize("target", [1.0, 1e2, 1e4, 1e6, 1e9, 1e12, 1e15])
@pytest.mark.parametrize("layers", [2, 5, 10, 40])
def test_what_is_wrong_is_never_ok(kind, target, layers):
    network = deep(kind, layers)
    if layers > 10:  # of so many, each of which takes a pass through all, the first and the last ones are looked at
        network.freeze(*range(1, layers - 1))
    found, text = verdicts(network, target)
    assert found["layers.0.weight"] in ("wrong", "undecided")
    assert ("undecided: the loss is so large" in text) == ("undecided" in found.values())


def test_small_gradients_are_decided_by_larger_steps():
    """At the step itself, rounding hides 4 % of the first layer's gradient."""
    for kind, expected in ((Dense, "ok"), (Wrong, "wrong")):
        found, _ = verdicts(deep(kind), 1.0)
        assert found.pop("layers.0.weight") == expected
        assert set(found.values()) == {"ok"}


def test_what_nothing_can_be_seen_of_is_undecided():
    found, text = verdicts(deep(Dense), 1e9)
    assert found["layers.0.weight"] == "undecided"
    assert "wrong" not in found.values()
    assert "labels near the outputs" in text
    assert found["layers.10.bias"] == "ok"


def test_a_gradient_that_is_0_is_right():
    """A bias before batch normalization changes nothing, and the gradient that is computed is not quite 0."""
    network = MLP([Dense(3, 4, rng=0), BatchNormalization(4), Dense(4, 2, rng=1)], MSE())
    for target in (1.0, 100.0):
        report = checkGradients(network, label=np.full((2, 3), target))
        assert report, report
        bias = next(entry for entry in report.entries if entry.name == "layers.0.bias")
        assert abs(bias.analytic) < 1e-10
    assert checkGradients(Dense(1, 1, Softmax()))  # its output is 1, whatever its input


def test_a_gradient_that_should_be_0_and_is_not_is_wrong():
    class Biased(Dense):
        def _backward(self, dy, now, wanted):
            dx = super()._backward(dy, now, wanted)
            if wanted.parameters:
                self.block.gradients["bias"][...] += 1e-4
            return dx

    found, _ = verdicts(MLP([Biased(3, 4, rng=0), BatchNormalization(4), Dense(4, 2, rng=1)], MSE()), 1.0)
    assert found["layers.0.bias"] == "wrong"
