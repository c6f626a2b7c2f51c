"""Recurrent layers against PyTorch's, forward and back, with states; see make_reference.py."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from activations import ReLU
from layers import GRU, LSTM, RNN

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference.json").read_text())
MAKE = {
    "RNN": lambda i, o: RNN(i, o),
    "RNN, ReLU": lambda i, o: RNN(i, o, ReLU()),
    "LSTM": lambda i, o: LSTM(i, o),
    "GRU": lambda i, o: GRU(i, o),
}
ORDER = {"LSTM": [2, 0, 1, 3], "GRU": [0, 1, 2]}  # of our blocks of rows, in PyTorch: i, f, g, o and r, z, n

by_kind = pytest.mark.parametrize("kind", MAKE)


def rows(kind, array):
    """PyTorch's rows of all gates in our order."""
    blocks = np.split(np.array(array), len(ORDER.get(kind, [0])))
    return np.concatenate([blocks[i] for i in ORDER.get(kind, [0])])


def weight(kind, case, prefix=""):
    return rows(kind, np.hstack([case[f"{prefix}weight_hh"], case[f"{prefix}weight_ih"]]))


def biases(kind, case):
    """Ours, and of a GRU that of the candidate's product with h; PyTorch has two of each."""
    inner, outer = rows(kind, case["bias_ih"])[:, np.newaxis], rows(kind, case["bias_hh"])[:, np.newaxis]
    if kind != "GRU":
        return {"bias": inner + outer}
    last = slice(len(inner) * 2 // 3, None)
    recurrent = outer[last].copy()
    outer[last] = 0
    return {"bias": inner + outer, "recurrentBias": recurrent}


def compared(kind, case, tolerance):
    def equal(found, expected):
        expected = np.array(expected)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)

    def turned(array):  # (..., N, features) as (..., features, N)
        return np.swapaxes(np.array(array), -1, -2)

    x, names = turned(case["x"]), ("h", "c")
    layer = MAKE[kind](x.shape[1], len(case["weight_hh"][0]))
    for name, value in ({"weight": weight(kind, case)} | biases(kind, case)).items():
        layer.parameters[name][...] = value
    layer.begin(**{name: turned(state) for name, state in zip(names, case["first"], strict=False)})
    equal(layer.feedforward(x), turned(case["y"]))
    equal(np.array(list(layer.final.values())), turned(case["last"]))
    layer.endGradient(**{name: turned(state) for name, state in zip(names, case["dlast"], strict=False)})
    layer.backward(turned(case["dy"]))
    equal(layer.gradient, turned(case["dx"]))
    equal(np.array(list(layer.initialGradient.values())), turned(case["dfirst"]))
    equal(layer.gradients["weight"], weight(kind, case, "d"))
    equal(layer.gradients["bias"][:, 0], rows(kind, case["dbias_ih"]))
    if kind == "GRU":
        equal(layer.gradients["recurrentBias"][:, 0], case["dbias_hh"][-layer.outputDim :])


@by_kind
def test_it_is_pytorchs(kind):
    compared(kind, REFERENCE[kind], 1e-12)


@by_kind
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (30, 4, 3, 8), (12, 1, 5, 2)], ids=str)
def test_it_is_that_of_the_installed_pytorch(kind, shape):
    """steps, samples, inputs, units"""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    spec = importlib.util.spec_from_file_location("make_reference", HERE / "make_reference.py")
    making = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(making)
    compared(kind, making.recorded(kind, *shape, seed=1), 1e-10)
