"""Attention that looks at one place only."""

import numpy as np
import pytest
from watched import warned

from activations import ReLU, Softmax
from dataset import Dataset
from layers import (
    Attention,
    CrossAttention,
    Dense,
    Embedding,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
)
from loss import CategoricalCrossEntropy
from nn import MLP, seed
from nn.watch.inside.heads import Heads, sharpness
from nn.watch.symptom import Observation
from optimizer import Adam

STEPS, CLASSES, F = 12, 5, 16
SEEN = Observation(np.ones(1), np.ones(1))


def reading(heads=2, lr=0.003, **attention):
    """A block of a Transformer, and its answer at every step."""
    adam = Adam(lr=lr, clipNorm=1.0)
    steps = TimeDistributed([Dense(F, 2 * F, ReLU(), adam), Dense(2 * F, F, optimizer=adam)])
    return MLP(
        [
            Embedding(CLASSES, F, adam),
            PositionalEncoding(F, STEPS),
            Residual([LayerNormalization(F, optimizer=adam), Attention(F, heads, optimizer=adam, **attention)]),
            Residual([LayerNormalization(F, optimizer=adam), steps]),
            TimeDistributed(Dense(F, CLASSES, Softmax(), adam)),
        ],
        CategoricalCrossEntropy(),
    )


def sequences(answer):
    """Numbers of classes, and of each step what `answer` makes of them."""
    x = np.random.default_rng(0).integers(0, CLASSES, (STEPS, 1, 600))
    y = np.moveaxis(np.eye(CLASSES)[np.broadcast_to(answer(x), x.shape)[:, 0]], -1, 1)
    return Dataset.fromArrays(x.astype(np.float32), y, test_size=0, batch_size=50, rng=0)


def before(x):
    return np.concatenate((x[:1], x[:-1]))


def test_scores_that_are_too_large_are_told():
    seed(0)
    model, data = reading(), sequences(before)
    model.layers[2].chain.layers[1].inputWeight[: 2 * F] *= 60  # of queries and keys
    diagnosis = model.diagnose(data)
    assert [one.kind for one in diagnosis.findings].count("attention") == 1
    found, messages = warned(model, data, epochs=2)
    assert found[0] == ("attention", "layers[2].chain.layers[1]")
    assert "each query at its own" in messages[0].cause


def test_one_place_for_all_queries_is_told():
    seed(0)
    model, data = reading(causal=True), sequences(before)
    model.layers[0].weight *= 0.05  # which leaves the positions
    attention = model.layers[2].chain.layers[1]
    attention.inputWeight[F : 2 * F] = np.eye(F)
    attention.inputBias[:F, 0] = 100 * (model.layers[1].positions[0] - 0.5)
    found, messages = warned(model, data, epochs=2)
    assert found[0] == ("attention", "layers[2].chain.layers[1]")
    assert "most of them at step 0, whatever the query is" in messages[0].cause


@pytest.mark.parametrize("heads", [1, 4])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("answer", [before, lambda x: x, lambda x: x[:1]], ids=["before", "itself", "first"])
def test_what_is_learnt_is_left_in_peace(answer, causal, heads):
    """Also where one place is right: a head does not look at it alone."""
    seed(0)
    model = reading(heads, causal=causal)
    assert warned(model, sequences(answer), epochs=8)[0] == []


def told(weights, kind=Attention, **keywords):
    """What is said of such weights (heads, queries, keys)."""
    one = type("Told", (kind,), {"attentionWeights": np.asarray(weights, float)[..., np.newaxis]})
    found = Heads([one(4, 2, **keywords)]).find(SEEN)
    return None if found is None else found.text


SOME = np.full((1, 6, 6), 1 / 6)  # a head that looks everywhere
ONE = np.eye(6)[np.newaxis]  # each query at its own place
FIRST = np.eye(6)[np.zeros((1, 6), int)]


@pytest.mark.parametrize("kind", [Attention, CrossAttention])
def test_all_heads_must_do_so(kind):
    assert told(np.concatenate((SOME, FIRST)), kind) is None
    assert told(np.concatenate((SOME, ONE)), kind) is None
    assert "100.0% of the weights of every head are at one of 6 steps, most of them at step 0" in told(
        [*FIRST, *FIRST], kind
    )
    assert "100% of the queries of every head" in told([*ONE, *ONE], kind)
    assert "100% of the queries of every head" in told([*ONE, *FIRST], kind)


def test_the_limits():
    assert told(0.98 * FIRST + 0.02 * SOME) is None
    assert "99." in told(0.995 * FIRST + 0.005 * SOME)
    assert told(0.985 * ONE + 0.015 * SOME) is None
    assert told(np.where(np.arange(6)[:, np.newaxis] < 1, SOME, ONE)) is None  # 5 of 6
    assert told(ONE[:, :, :3]) is None  # three keys
    assert told(np.zeros((1, 6, 6))) is None  # no query sees any key
    gone = ONE.copy()
    gone[:, :2] = 0  # queries of steps that are padding
    assert told(gone) is not None


def test_of_a_causal_layer_late_queries_are_judged():
    early = np.where(np.arange(6)[:, np.newaxis] < 3, FIRST, np.tri(6) / np.arange(1, 7)[:, np.newaxis])
    assert told(early, causal=True) is None
    late = np.where(np.arange(6)[:, np.newaxis] < 3, SOME, FIRST)
    assert told(late) is None
    assert told(late, causal=True) is not None


def test_steps_that_a_sample_does_not_have_ask_for_nothing():
    layer, x = Attention(8, rng=0), np.eye(8)[:, :, np.newaxis]
    layer.inputWeight[:16] = 100 * np.tile(np.eye(8), (2, 1))  # every step looks at itself
    with layer.masked(np.arange(8)[:, np.newaxis] < 5):
        layer.feedforward(x)
    assert sharpness(layer.attentionWeights).tolist() == [1]
