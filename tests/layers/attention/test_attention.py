"""Attention: what sees what, in stretches, with masks, to another sequence; positions."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ReLU
from layers import (
    Attention,
    Chain,
    CrossAttention,
    Dense,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
    attend,
    contextGradient,
    memory,
    remember,
)
from nn import checkGradients

FEATURES = 4


def rng(seed=0):
    return np.random.default_rng(seed)


def sequences(steps, samples=3, seed=1):
    return rng(seed).normal(size=(steps, FEATURES, samples))


def mask(lengths, steps):
    return np.arange(steps)[:, np.newaxis] < np.array(lengths)


def decoder(heads=2):
    """A decoder with biases that are not 0."""
    block = [
        PositionalEncoding(FEATURES, 12, learned=True, rng=0),
        Residual([LayerNormalization(FEATURES), Attention(FEATURES, heads, causal=True, rng=1)]),
        Residual([LayerNormalization(FEATURES), CrossAttention(FEATURES, heads, rng=2)]),
        Residual([TimeDistributed([Dense(FEATURES, 5, ReLU(), rng=3), Dense(5, FEATURES, rng=4)])]),
        Residual([CrossAttention(FEATURES, heads, rng=5)]),
    ]
    network = Chain(block)
    for layer in network.learning():
        layer.parameterVector[...] += rng(6).normal(0, 0.1, layer.parameterVector.size)
    return network


class Prepared(Chain):
    """Layers with something said before every forward pass, which a copy of them has not kept."""

    def __init__(self, layers, say):
        super().__init__(layers)
        self.say = say

    def forward(self, x, training=True):
        self.say(self)
        return super().forward(x, training)


# What sees what ------------------------------------------------------------------------------------------------------


def test_a_causal_layer_sees_no_later_step():
    layer, x = Attention(FEATURES, 2, causal=True, rng=0), sequences(5)
    y = layer.feedforward(x)
    for t in range(5):
        other = x.copy()
        other[t + 1 :] = 1e6
        np.testing.assert_array_equal(layer.feedforward(other)[: t + 1], y[: t + 1])
    assert not np.array_equal(Attention(FEATURES, 2, rng=0).feedforward(other)[:2], y[:2])


def test_without_positions_it_knows_no_order():
    layer, x, order = Attention(FEATURES, 2, rng=0), sequences(5), [3, 0, 4, 1, 2]
    np.testing.assert_allclose(layer.feedforward(x[order]), layer.feedforward(x)[order], atol=1e-12)


def test_shares_are_1_together():
    layer = Attention(FEATURES, 4, rng=0)
    layer.feedforward(sequences(6))
    shares = layer.attentionWeights
    assert shares.shape == (4, 6, 6, 3)
    np.testing.assert_allclose(shares.sum(axis=2), 1)


@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    heads=st.sampled_from([1, 2, 4]),
    causal=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_padding_is_as_if_it_were_not_there(lengths, heads, causal, seed):
    """Each sample alone and without padding gives the same; what stands in the padding is not seen."""
    layer, x, dy = (
        Attention(FEATURES, heads, causal, rng=seed),
        sequences(5, len(lengths)),
        sequences(5, len(lengths), 2),
    )
    has = mask(lengths, 5)
    x[~np.broadcast_to(has[:, np.newaxis], x.shape)] = 1e3
    with layer.masked(has):
        y, dx = layer.feedforward(x), layer.backward(dy).copy()
    together, alone = layer.gradientVector.copy(), 0.0
    for n, length in enumerate(lengths):
        assert not y[length:, :, n].any()
        assert not dx[length:, :, n].any()
        if length:
            np.testing.assert_allclose(layer.feedforward(x[:length, :, [n]]), y[:length, :, [n]], atol=1e-10)
            np.testing.assert_allclose(layer.backward(dy[:length, :, [n]]), dx[:length, :, [n]], atol=1e-10)
            alone = alone + layer.gradientVector
    np.testing.assert_allclose(together, alone, atol=1e-9)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_under_a_mask(causal):
    layer = Attention(FEATURES, 2, causal, rng=0)
    with layer.masked(mask([5, 0, 2], 5)):
        report = checkGradients(layer, sequences(5))
    assert report, report


def test_a_context_without_steps_gives_the_bias_alone():
    layer = CrossAttention(FEATURES, 2, rng=0)
    layer.outputBias = rng().normal(size=(FEATURES, 1))
    layer.attend(sequences(4, 2), mask([0, 4], 4))
    y = layer.feedforward(sequences(3, 2))
    np.testing.assert_array_equal(y[:, :, 0], np.tile(layer.outputBias.T, (3, 1)))
    assert not layer.backward(sequences(3, 2))[:, :, 0].any()
    assert not layer.contextGradient[:, :, 0].any()


# In stretches --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cuts", [[3], [1, 2, 3, 4, 5, 6], [5, 6]])
def test_in_stretches_as_in_one(cuts):
    network, x, context = decoder(), sequences(7), sequences(5, seed=3)
    attend(network, context, mask([5, 2, 3], 5))
    whole = network.feedforward(x)
    parts = []
    for stretch in np.split(x, cuts):
        parts.append(network.feedforward(stretch))
        remember(network, memory(network))
        assert "keys" in memory(network)["layers.2.chain.layers.1"]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-12)
    remember(network, None)
    attend(network, context, mask([5, 2, 3], 5))
    np.testing.assert_array_equal(network.feedforward(x), whole)


def test_stretches_under_a_mask():
    layer, x, has = Attention(FEATURES, 2, causal=True, rng=0), sequences(6), mask([6, 2, 5], 6)
    with layer.masked(has):
        whole = layer.feedforward(x)
    with layer.masked(has[:3]):
        layer.feedforward(x[:3])
    remember(layer, memory(layer))
    with layer.masked(has[3:]):
        np.testing.assert_allclose(layer.feedforward(x[3:]), whole[3:], atol=1e-12)
    layer.begin()
    layer.feedforward(x[:3])
    remember(layer, memory(layer))
    with layer.masked(has[3:]):  # a mask that begins later
        y = layer.feedforward(x[3:])
    np.testing.assert_allclose(y[:, :, 0], whole[3:, :, 0], atol=1e-12)


def test_memories_are_re_ordered_as_samples_are():
    network, x, order = decoder(), sequences(4), [2, 2, 0]
    attend(network, sequences(5, seed=3))
    network.feedforward(x[:3])
    kept = memory(network)
    remember(
        network, {name: {state: one[..., order] for state, one in states.items()} for name, states in kept.items()}
    )
    found = network.feedforward(x[3:, :, order])
    remember(network, kept)
    np.testing.assert_allclose(found, network.feedforward(x[3:])[..., order], atol=1e-12)


def test_no_gradient_goes_into_what_was_before():
    layer, x = Attention(FEATURES, 2, causal=True, rng=0), sequences(6)
    layer.feedforward(x[:4])
    kept = memory(layer)[""]
    report = checkGradients(Prepared([layer], lambda chain: chain.layers[0].begin(**kept)), x[4:])
    assert report, report


def test_passes_have_memories_of_their_own():
    layer, x = Attention(FEATURES, causal=True, rng=0), sequences(4)
    y = layer.feedforward(x)
    with layer.use("inference"):
        layer.feedforward(x)
        remember(layer, memory(layer))
    np.testing.assert_array_equal(layer.feedforward(x), y)


# To another sequence -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has", [None, mask([5, 2, 3], 5)], ids=["all", "masked"])
def test_the_gradient_of_a_context(has):
    """Of several layers together, by central differences."""
    network, x, context, dy, h = decoder(), sequences(4), sequences(5, seed=3), sequences(4, seed=4), 1e-5
    attend(network, context, has)
    network.feedforward(x)
    network.backward(dy)
    found, direction = contextGradient(network), sequences(5, seed=5)
    values = []
    for sign in (1, -1):
        attend(network, context + sign * h * direction, has)
        values.append(np.vdot(network.feedforward(x), dy))
    assert np.vdot(found, direction) == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-8)
    if has is not None:
        assert not found[~np.broadcast_to(has[:, np.newaxis], found.shape)].any()


def test_gradients_of_a_decoder():
    say = lambda chain: attend(chain, sequences(5, seed=3), mask([5, 2, 3], 5))  # noqa: E731
    report = checkGradients(Prepared(decoder().layers, say), sequences(4))
    assert report, report


def test_gradients_with_given_keys():
    layer, given = CrossAttention(FEATURES, 2, rng=0), {"keys": sequences(5), "values": sequences(5, seed=2)}
    report = checkGradients(Prepared([layer], lambda chain: chain.layers[0].begin(**given)), sequences(4))
    assert report, report
    layer.begin(**given)
    layer.feedforward(sequences(4))
    layer.backward(sequences(4))
    with pytest.raises(RuntimeError, match="has no gradient of its context"):
        layer.contextGradient  # noqa: B018


def test_planted_error_in_the_gradient_of_the_scores(monkeypatch):
    import layers.attention.heads as module

    right = module.attendedBackward

    def wrong(do, q, k, v, P, now, dq, dk, dv):
        right(do, q, k, v, P, now, dq, dk, dv)
        dk *= 1.001

    monkeypatch.setattr(module, "attendedBackward", wrong)
    assert not checkGradients(Attention(FEATURES, 2, rng=0), sequences(4))


# Positions -----------------------------------------------------------------------------------------------------------


def test_waves():
    p = PositionalEncoding(6, 40).positions
    assert p.shape == (40, 6)
    t = np.arange(40)
    np.testing.assert_allclose(p[:, 0], np.sin(t))
    np.testing.assert_allclose(p[:, 3], np.cos(t / 10000 ** (2 / 6)))
    np.testing.assert_allclose((p**2).sum(axis=1), 3)
    assert PositionalEncoding(5, 3).positions.shape == (3, 5)


def test_positions_go_on():
    layer, x = PositionalEncoding(FEATURES, 6), sequences(6)
    whole = layer.feedforward(x)
    layer.feedforward(x[:4])
    remember(layer, memory(layer))
    np.testing.assert_array_equal(layer.feedforward(x[4:]), whole[4:])
    with pytest.raises(ValueError, match="expected sequences to be at most 6 steps, the positions, got 7"):
        layer.feedforward(x[:3])


def test_learnt_positions_learn_what_they_were_used_for():
    layer = PositionalEncoding(FEATURES, 6, learned=True, rng=0)
    layer.begin(position=np.full((1, 3), 2.0))
    layer.feedforward(sequences(3))
    layer.backward(np.ones((3, FEATURES, 3)))
    np.testing.assert_array_equal(layer.gradients["positions"], np.repeat([0, 0, 3, 3, 3, 0], FEATURES).reshape(6, -1))


# In files and copies, and what is refused ----------------------------------------------------------------------------


def test_copies_and_precision():
    network, x, context = decoder(), sequences(4), sequences(5, seed=3)
    attend(network, context)
    y = network.feedforward(x)
    other = copy.deepcopy(network)
    attend(other, context)
    np.testing.assert_array_equal(other.feedforward(x), y)
    other.astype("float32")
    attend(other, context)
    found = other.feedforward(x.astype("float32"))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, y, atol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Attention(6, 4), "heads to be a divisor of 6, the features, got 4"),
        (lambda: Attention(0), "features"),
        (lambda: Attention(4, causal="yes"), "causal"),
        (lambda: PositionalEncoding(4, 0), "steps"),
        (lambda: Attention(4).feedforward(np.ones((3, 5, 2))), r"expected sequences of shape \(steps, 4, N\)"),
        (lambda: Attention(4).begin(keys=np.ones((3, 4, 2))), "one that sees earlier steps alone"),
        (lambda: Attention(4, causal=True).begin(keys=np.ones((3, 4, 2))), "both keys and values"),
        (lambda: Attention(4, causal=True).begin(h=np.ones((3, 4, 2))), "every state"),
        (lambda: Attention(4, causal=True).begin(keys=np.ones((3, 4, 2)), values=np.ones((3, 5, 2))), "values"),
        (lambda: CrossAttention(4).attend(np.ones((3, 5, 2))), r"the context to be of shape \(steps, 4, N\)"),
        (lambda: CrossAttention(4).attend(np.ones((3, 4, 2)), np.ones((2, 2))), "its mask"),
        (lambda: attend(Chain([Dense(4, 4)]), np.ones((3, 4, 2))), "a network with a CrossAttention layer in it"),
        (lambda: PositionalEncoding(4, 5).begin(position=np.array([[1.0, 2.0]])), "the same for all samples"),
        (lambda: PositionalEncoding(4, 5).begin(position=np.array([[0.5]])), "a whole number"),
        (lambda: LayerNormalization(3).feedforward(np.ones((4, 2))), r"expected an input of shape \(3, N\)"),
        (lambda: LayerNormalization(3, epsilon=0), "epsilon"),
        (lambda: setattr(Attention(4), "inputWeight", np.ones((4, 4))), r"expected an inputWeight of shape \(12, 4\)"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_a_pass_without_a_context_or_with_another_number_of_samples():
    layer = CrossAttention(4, rng=0)
    with pytest.raises(RuntimeError, match=r"call attend\(context\) before feedforward"):
        layer.feedforward(sequences(3))
    layer.attend(sequences(5, 2))
    with pytest.raises(ValueError, match="the context to be for 3 samples"):
        layer.feedforward(sequences(3))
    layer.attend(None)
    with pytest.raises(RuntimeError, match="nothing to look at"):
        layer.feedforward(sequences(3))
    with layer.masked(np.ones((2, 3))), pytest.raises(ValueError, match="expected a mask of shape"):
        layer.feedforward(sequences(3))


@pytest.mark.parametrize("kind", ["own", "causal", "cross"])
def test_a_sequence_may_have_no_steps(kind):
    layer = CrossAttention(FEATURES, 2) if kind == "cross" else Attention(FEATURES, 2, causal=kind == "causal")
    if kind == "cross":
        layer.attend(sequences(3))
    y = layer.feedforward(sequences(0))
    assert y.shape == layer.backward(y).shape == (0, FEATURES, 3)


@pytest.mark.parametrize("where", ["input", "context"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_stands_at_padding_is_not_looked_at(where, bad):
    layer, has = CrossAttention(FEATURES, 2) if where == "context" else Attention(FEATURES, 2), mask([2, 5, 4], 5)
    found = []
    for value in (0.0, bad):
        x = np.where(has[:, np.newaxis], sequences(5), value)
        if where == "context":
            layer.attend(x, has)
            y, dx = layer.feedforward(sequences(4)), layer.backward(sequences(4, seed=2))
            found.append([y, dx.copy(), layer.contextGradient.copy()])
        else:
            with layer.masked(has):
                y = layer.feedforward(x)
                found.append([y, layer.backward(np.where(has[:, np.newaxis], sequences(5, seed=2), value)).copy()])
        found[-1].append(layer.gradientVector.copy())
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))
    assert np.isfinite(np.concatenate([one.ravel() for one in found[1]])).all()


def test_steps_that_a_sample_does_not_have_take_nothing():
    layer, has = Attention(FEATURES, 2), mask([2, 5, 4], 5)
    with layer.masked(has):
        layer.feedforward(sequences(5))
        assert np.allclose(layer.attentionWeights.sum(axis=2), np.broadcast_to(has, (2, 5, 3)))


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({"keys": 3, "values": 3}, r"keys.*of shape \(steps, 4, N\)"),
        ({"keys": np.ones((2, 4, 1)), "values": np.ones((2, 4, 1)), "has": np.full((2, 1, 1), 7)}, "0 and 1"),
        ({"keys": np.ones((2, 4, 1)), "values": np.ones((2, 4, 1)), "has": np.full((2, 1, 1), np.nan)}, "0 and 1"),
    ],
)
def test_what_cannot_be_remembered_is_refused(states, message):
    with pytest.raises(ValueError, match=message):
        Attention(FEATURES, causal=True).begin(**states)


def test_a_position_without_end_is_refused():
    with pytest.raises(ValueError, match="a whole number from 0 on"):
        PositionalEncoding(FEATURES, 5).begin(position=[[np.inf]])
