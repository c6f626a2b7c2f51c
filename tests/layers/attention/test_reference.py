"""Attention and layer normalisation against PyTorch's, forward and back, with masks; see make_reference.py."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from layers import Attention, CrossAttention, LayerNormalization

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference.json").read_text())


def ours(given):
    """(N, steps, features) as (steps, features, N)."""
    return np.moveaxis(np.array(given), 0, -1)


def checkAttention(case, tolerance):
    features, heads = len(case["parameters"]["outputWeight"]), case["heads"]
    layer = CrossAttention(features, heads) if case["cross"] else Attention(features, heads, case["causal"])
    for name, parameter in layer.parameters.items():
        parameter[...] = np.array(case["parameters"][name]).reshape(parameter.shape)
    x, steps = ours(case["x"]), len(case["context"][0]) if case["cross"] else len(case["x"][0])
    mask = np.arange(steps)[:, np.newaxis] < np.array(case["lengths"])
    if case["cross"]:
        layer.attend(ours(case["context"]), mask)
        y, dx = layer.feedforward(x), layer.backward(ours(case["dy"]))
        np.testing.assert_allclose(layer.contextGradient, ours(case["dcontext"]), atol=tolerance)
        there = np.ones((len(x), x.shape[-1]))
    else:
        with layer.masked(mask):
            y, dx = layer.feedforward(x), layer.backward(ours(case["dy"]))
        there = mask
    np.testing.assert_allclose(y, ours(case["y"]) * there[:, np.newaxis], atol=tolerance)
    np.testing.assert_allclose(dx, ours(case["dx"]), atol=tolerance)
    shares = np.moveaxis(np.array(case["shares"]), 0, -1)  # (heads, queries, keys, N)
    seen = np.broadcast_to(there[:, np.newaxis] > 0, shares.shape)  # by steps that are there
    np.testing.assert_allclose(layer.attentionWeights[seen], shares[seen], atol=tolerance)
    for name, gradient in layer.gradients.items():
        expected = np.array(case["gradients"][name]).reshape(gradient.shape)
        np.testing.assert_allclose(gradient, expected, atol=tolerance, err_msg=name)


def checkNormalization(case, tolerance):
    layer = LayerNormalization(len(case["scale"]), case["epsilon"])
    for name in ("scale", "shift"):
        layer.parameters[name][:, 0] = case[name]
    columns = ours if np.ndim(case["x"]) == 3 else np.transpose
    np.testing.assert_allclose(layer.feedforward(columns(case["x"])), columns(case["y"]), atol=tolerance)
    np.testing.assert_allclose(layer.backward(columns(case["dy"])), columns(case["dx"]), atol=tolerance)
    for name in ("scale", "shift"):
        np.testing.assert_allclose(layer.gradients[name][:, 0], case[f"d{name}"], atol=tolerance)


@pytest.mark.parametrize("case", REFERENCE["attention"], ids=lambda case: f"{case['heads']} heads")
def test_attention(case):
    checkAttention(case, 1e-12)


@pytest.mark.parametrize("case", REFERENCE["normalization"], ids=lambda case: f"{np.shape(case['x'])}")
def test_layer_normalisation(case):
    checkNormalization(case, 1e-12)


def test_against_pytorch_itself():
    pytest.importorskip("torch")
    spec = importlib.util.spec_from_file_location("make_attention_reference", HERE / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rng = np.random.default_rng(7)
    for case in module.CASES:
        checkAttention(module.attention(case, rng), 1e-10)
    checkNormalization(module.normalization((4, 3, 6), 1e-5, rng), 1e-10)
