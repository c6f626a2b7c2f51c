"""Convolutions, pooling and unpooling against PyTorch's, forward and back; see make_reference.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from layers import AveragePooling2D, Chain, Conv1D, Conv2D, Conv2DTranspose, MaxPooling2D, MaxUnpooling2D

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())


def cases(*kinds):
    found = [(kind, case) for kind in kinds for case in REFERENCE[kind.__name__]]
    names = [f"{kind.__name__}-{case['size']}-{case['strides']}-{case['padding']}" for kind, case in found]
    return pytest.mark.parametrize(("kind", "case"), found, ids=names)


def ours(kind, array):
    """PyTorch's (N, channels, ...) as (channels, ..., N), of sequences (steps, features, N)."""
    array = np.moveaxis(np.array(array), 0, -1)
    return np.swapaxes(array, 0, 1) if kind is Conv1D else array


def equal(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def passed(layer, kind, case):
    """The layer's value and its gradient are those of the case."""
    equal(layer.feedforward(ours(kind, case["x"])), ours(kind, case["y"]))
    layer.backward(ours(kind, case["dy"]))
    equal(layer.gradient, ours(kind, case["dx"]))


@cases(Conv1D, Conv2D, Conv2DTranspose)
def test_convolutions(kind, case):
    def turned(weight):  # transposed ones are (in, out, height, width) there
        return np.swapaxes(weight, 0, 1) if kind is Conv2DTranspose else np.array(weight)

    weight = turned(case["weight"])
    layer = kind(weight.shape[1], weight.shape[0], case["size"], strides=case["strides"], padding=case["padding"])
    layer.weight, layer.bias = weight, np.array(case["bias"])[:, np.newaxis]
    passed(layer, kind, case)
    equal(layer.gradients["weight"], turned(case["dweight"]))
    equal(layer.gradients["bias"].ravel(), np.array(case["dbias"]))


@cases(MaxPooling2D, AveragePooling2D)
def test_pooling(kind, case):
    passed(kind(case["size"], case["strides"], case["padding"]), kind, case)


@pytest.mark.parametrize("case", [one for one in REFERENCE["MaxPooling2D"] if "unpooling" in one])
def test_unpooling(case):
    """Of other numbers than the maxima, at their places; equal ones among them are PyTorch's first, too."""
    pool = MaxPooling2D(case["size"], case["strides"], case["padding"])
    x = ours(MaxPooling2D, case["x"])
    network = Chain([pool, MaxUnpooling2D(pool, x.shape[1:3])])
    network.forward(x)
    passed(network.layers[1], MaxUnpooling2D, case["unpooling"])


def test_the_figures_are_of_all_kinds():
    sizes = [case["size"] for case in REFERENCE["Conv2D"]]
    assert {side % 2 for size in sizes for side in size} == {0, 1}
    ties = [case for case in REFERENCE["MaxPooling2D"] if set(np.ravel(case["x"])) == {0, 1, 2}]
    assert len(ties) == 2
    assert sum("unpooling" in case for case in REFERENCE["MaxPooling2D"]) == 3
