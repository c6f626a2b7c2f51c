"""checkGradients as its user sees it: report, kinks, arguments."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Tanh
from layers import Dense
from loss import MSE
from nn import MLP, checkGradients


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


def test_what_cannot_be_checked():
    with pytest.raises(TypeError, match="a Layer, a Loss or a Model, got str"):
        checkGradients("Dense")
