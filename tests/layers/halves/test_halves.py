"""A chain in two halves of the samples is what it is as a whole."""

import leibnet
from leibnet.processor.threadcount import steered

import numpy as np
import pytest

import layers.halves.halves as module
from activations import ReLU, Softmax
from dataset import Batch
from layers import (
    Attention,
    Chain,
    Dense,
    Dropout,
    Embedding,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
    Wanted,
    memory,
    remember,
)
from layers.halves.halves import Halves
from layers.halves.joined import Joined
from loss import CategoricalCrossEntropy
from nn import MLP, DivergenceError
from nn.training.step import StepContext

pytestmark = pytest.mark.skipif(not steered(), reason="the threads of NumPy's BLAS cannot be set")
T, F, CLASSES = 4, 6, 5


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(module, "LEAST", 1)
    leibnet.threads(2)
    yield
    leibnet.threads(None)


def transformer(*further):
    def block(seed):
        inner = TimeDistributed([Dense(F, 9, ReLU(), rng=seed), Dense(9, F, rng=seed + 1)])
        return [
            Residual([LayerNormalization(F), Attention(F, heads=2, causal=True, rng=seed)]),
            Residual([LayerNormalization(F), inner]),
        ]

    head = TimeDistributed(Dense(F, CLASSES, Softmax(), rng=9))
    positions = PositionalEncoding(F, T, learned=True, rng=8)
    return Chain([Embedding(CLASSES, F, rng=7), positions, *block(1), *block(3), *further, head])


def numbers(samples, seed=0):
    return np.random.default_rng(seed).integers(0, CLASSES, (T, 1, samples)).astype(float)


def gradients(chain):
    return {place: layer.gradientVector.copy() for place, layer in chain.leaves().items() if hasattr(layer, "block")}


@pytest.mark.parametrize("samples", [2, 5, 8])
@pytest.mark.parametrize("logits", [False, True])
def test_a_chain_in_halves_is_as_the_whole(samples, logits):
    whole, split = transformer(), transformer()
    x, dy = numbers(samples), np.random.default_rng(1).normal(size=(T, CLASSES, samples))
    halves, end = Halves(split), "Logits" if logits else ""
    for _ in range(2):  # buffers are filled again
        y, dx = (getattr(whole, verb + end)(given).copy() for verb, given in (("forward", x), ("backward", dy)))
        other_y, other_dx = (getattr(halves, v + end)(given).copy() for v, given in (("forward", x), ("backward", dy)))
        assert split.now.isSplit
        np.testing.assert_allclose(other_y, y, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(other_dx, dx)  # an embedding hands 0 on
        found = gradients(split)
        for place, gradient in gradients(whole).items():
            np.testing.assert_allclose(found[place], gradient, rtol=1e-10, atol=1e-13, err_msg=place)


def test_the_layers_show_all_samples():
    whole, split, x = transformer(), transformer(), numbers(5)
    dy = np.random.default_rng(1).normal(size=(T, CLASSES, 5))
    whole.forwardLogits(x), whole.backwardLogits(dy)
    halves = Halves(split)
    halves.forwardLogits(x), halves.backwardLogits(dy)
    for (place, one), other in zip(whole.leaves().items(), split.leaves().values(), strict=True):
        for name in ("input", "output", "gradient", "preactivation", "attentionWeights"):
            if hasattr(type(one), name):
                expected, found = getattr(one, name), getattr(other, name)
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13, err_msg=f"{name} of {place}")
        assert other.hasGradients == one.hasGradients
    np.testing.assert_allclose(split.output, whole.output, rtol=1e-12)
    np.testing.assert_allclose(split.preactivation, whole.preactivation, rtol=1e-12, atol=1e-13)
    for one, other in zip(memory(whole).values(), memory(split).values(), strict=True):
        for name in one:
            np.testing.assert_allclose(other[name], one[name], rtol=1e-12, atol=1e-13)


def test_a_training_step_puts_nothing_large_together(monkeypatch):
    network, joined = MLP(transformer().layers, CategoricalCrossEntropy()), []
    labels = np.zeros((T, CLASSES, 4))
    labels[:, 0] = 1
    whole = Joined.whole
    monkeypatch.setattr(Joined, "whole", lambda now, *given: joined.append(whole(now, *given)) or joined[-1])
    network.step(Batch.of(numbers(4), labels), StepContext(frozenset({"loss"}), batchSize=4))
    assert network.chain.now.isSplit
    assert not [found.shape for found in joined if isinstance(found, np.ndarray)]


def test_gradients_may_be_added():
    whole, split, x = transformer(), transformer(), numbers(4)
    dy, halves = np.random.default_rng(1).normal(size=(T, CLASSES, 4)), Halves(split)
    for add in (False, True):
        wanted = Wanted(input=False, add=add)
        whole.forward(x), whole.backward(dy, wanted)
        halves.forward(x)
        assert halves.backward(dy, wanted) is None
    found = gradients(split)
    for place, gradient in gradients(whole).items():
        np.testing.assert_allclose(found[place], gradient, rtol=1e-10, atol=1e-13, err_msg=place)


def test_frozen_layers_have_no_gradients():
    chain = transformer()
    frozen = chain.layers[2].chain.layers[1]
    frozen.trainable = False
    halves = Halves(chain)
    halves.forward(numbers(4))
    halves.backward(np.ones((T, CLASSES, 4)))
    assert not frozen.hasGradients
    assert not frozen.gradientVector.any()
    assert chain.layers[0].gradientVector.any()


def test_a_step_after_another_precision():
    chain = transformer()
    halves, dy = Halves(chain), np.random.default_rng(1).normal(size=(T, CLASSES, 4))
    halves.forward(numbers(4)), halves.backward(dy)
    before = gradients(chain)
    chain.astype(np.float32)
    halves.forward(numbers(4)), halves.backward(dy)
    for place, gradient in gradients(chain).items():
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, before[place], rtol=1e-3, atol=1e-5)


def test_a_whole_pass_after_halves():
    chain, whole = transformer(), transformer()
    halves, dy = Halves(chain), np.random.default_rng(1).normal(size=(T, CLASSES, 4))
    halves.forward(numbers(4)), halves.backward(dy)
    chain.forward(numbers(4, seed=1)), whole.forward(numbers(4, seed=1))
    assert not chain.now.isSplit
    halves.backward(dy), whole.backward(dy)
    for one, other in zip(whole.leaves().values(), chain.leaves().values(), strict=True):
        np.testing.assert_array_equal(other.input, one.input)
        np.testing.assert_array_equal(other.gradient, one.gradient)
    assert gradients(chain).keys() == gradients(whole).keys()
    for one, other in zip(gradients(whole).values(), gradients(chain).values(), strict=True):
        np.testing.assert_array_equal(other, one)


class Doubling(LayerNormalization):
    def _forward(self, x, now, training):
        return 2 * super()._forward(x, now, training)


@pytest.mark.parametrize(
    "case", ["one sample", "one thread", "three threads", "predicts", "mask", "memory", "dropout", "own layer", "small"]
)
def test_it_is_not_split_where_that_is_something_else_or_does_not_pay(case, monkeypatch):
    further = {"dropout": [Dropout(0.5)], "own layer": [Doubling(F)]}.get(case, [])
    chain = transformer(*further)
    if case == "memory":
        chain.layers.pop(1), chain.forward(numbers(4)[:2]), remember(chain, memory(chain))
    if case == "small":
        monkeypatch.setattr(module, "LEAST", 10**9)
    leibnet.threads({"one thread": 1, "three threads": 3}.get(case, 2))
    mask = np.arange(T)[:, np.newaxis] < [4, 3, 2, 1] if case == "mask" else None
    with chain.masked(mask):
        Halves(chain).forward(numbers(1 if case == "one sample" else 4), training=case != "predicts")
    assert not chain.now.isSplit


def test_an_error_names_the_sample():
    x = numbers(4)
    x[2, 0, 3] = CLASSES
    with pytest.raises(ValueError, match=r"the input \(step 2, sample 3\)"):
        Halves(transformer()).forward(x)


def test_numbers_that_are_not_finite_are_explained():
    network = MLP(transformer().layers, CategoricalCrossEntropy())
    labels = np.zeros((T, CLASSES, 4))
    labels[:, 0] = 1
    network.layers[2].chain.layers[1].outputWeight[0, 0] = np.nan
    with pytest.raises(DivergenceError, match=r"layers\[2\]"):
        network.step(Batch.of(numbers(4), labels), StepContext(frozenset({"loss"}), batchSize=4))


@pytest.mark.parametrize("threads", [1, 2])
def test_training_steps(threads):
    """Of one thread and of two they agree to rounding; of the same number, to the bit."""

    def trained(number):
        leibnet.threads(number)
        network = MLP(transformer().layers, CategoricalCrossEntropy())
        context, labels = StepContext(frozenset({"loss", "accuracy"}), batchSize=8), np.eye(CLASSES)
        values = []
        for i in range(3):
            y = np.ascontiguousarray(np.moveaxis(labels[numbers(8, i + 9)[:, 0].astype(int)], -1, 1))
            values.append(network.step(Batch.of(numbers(8, i), y), context))
        assert network.chain.now.isSplit == (number == 2)
        return values, [layer.parameterVector for layer in network.chain.learning()]

    (values, vectors), (again, same), (other, near) = trained(threads), trained(threads), trained(3 - threads)
    assert values == again
    for one, two, third in zip(vectors, same, near, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one, third, rtol=1e-6, atol=1e-7)
    for one, third in zip(values, other, strict=True):
        assert one == pytest.approx(third, rel=1e-9)
