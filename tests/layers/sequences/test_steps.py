"""Layers on the steps of sequences: what they compute, their gradients, with masks and weights, and in networks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ReLU, Sigmoid, Softmax, Tanh
from layers import (
    L1,
    RNN,
    BatchNormalization,
    Bidirectional,
    Chain,
    Conv1D,
    Conv2D,
    Copy,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    KLSparsity,
    LastStep,
    Layer,
    Reshape,
    Residual,
    TappedDelayLine,
    TimeDistributed,
    Wanted,
)
from loss import CategoricalCrossEntropy
from nn import MLP, checkGradients
from optimizer import SGD, Adam

RNG = np.random.default_rng(0)
sides = st.integers(1, 5)


def lengths(*counts):
    """The mask of samples with these numbers of steps."""
    return np.arange(max(counts))[:, np.newaxis] < np.array(counts)


def masks(steps, samples):
    """Masks in which every sample has a step or more, at any place."""
    rows = st.lists(st.integers(1, 2**steps - 1), min_size=samples, max_size=samples)
    return rows.map(
        lambda numbers: np.array([[number >> step & 1 for number in numbers] for step in range(steps)], bool)
    )


def network(activation=None, penalty=None):
    return Chain([Dense(3, 4, Tanh(), rng=1), Dense(4, 2, activation, SGD(lr=1), rng=2, penalty=penalty)])


# LastStep ------------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(shape=st.lists(sides, min_size=3, max_size=5), data=st.data())
def test_the_last_step(shape, data):
    x, layer = RNG.normal(size=shape), LastStep()
    np.testing.assert_array_equal(layer.feedforward(x), x[-1])
    assert layer.outputShape(x.shape[:-1]) == x.shape[1:-1]
    mask = data.draw(masks(shape[0], shape[-1]))
    with layer.masked(mask):
        y = layer.feedforward(x)
        dx = layer.backward(np.ones_like(y))
    for n, has in enumerate(mask.T):
        last = np.flatnonzero(has)[-1]
        np.testing.assert_array_equal(y[..., n], x[last, ..., n])
        assert dx[last, ..., n].all()
        assert not np.delete(dx[..., n], last, axis=0).any()
    assert checkGradients(layer, x)
    assert checkGradients(layer, x, mask=mask)


def test_a_column_is_no_sequence():
    with pytest.raises(
        ValueError, match=r"LastStep: expected sequences of shape \(steps, features, N\), got \(3, N\);"
    ):
        LastStep().feedforward(np.ones((3, 5)))


# TappedDelayLine -----------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(lags=sides, more=st.integers(0, 4), features=sides, samples=sides)
def test_a_delay_line_is_its_formula(lags, more, features, samples):
    x, layer = RNG.normal(size=(lags + more, features, samples)), TappedDelayLine(lags)
    y = layer.feedforward(x)
    assert y.shape == (*layer.outputShape(x.shape[:-1]), samples) == (more + 1, lags * features, samples)
    for t in range(more + 1):
        np.testing.assert_array_equal(y[t], np.concatenate(x[t : t + lags]))
    report = checkGradients(layer, x)
    assert report, report
    turned = np.ascontiguousarray(x.T).T  # whose steps do not lie behind one another
    np.testing.assert_array_equal(layer.feedforward(turned), y)


def test_a_delay_line_copies_nothing():
    x, layer = RNG.normal(size=(5, 2, 3)), TappedDelayLine(2)
    assert np.shares_memory(layer.forward(x), x)
    one = RNG.normal(size=(5, 3))[:, np.newaxis]  # contiguous, NumPy says, with an axis of one in any distance
    np.testing.assert_array_equal(layer.forward(one)[:, 1], one[1:, 0])


def test_series_that_are_too_short_are_refused():
    layer = TappedDelayLine(4)
    with pytest.raises(
        ValueError, match="expected sequences to be at least 4 steps, the length of the delay line, got 3"
    ):
        layer.feedforward(np.ones((3, 2, 5)))
    with (
        layer.masked(lengths(6, 3, 4)),
        pytest.raises(ValueError, match="the sequence of sample 1 to be at least 4 steps, .* got 3"),
    ):
        layer.feedforward(np.ones((6, 2, 3)))
    with pytest.raises(ValueError, match=r"expected sequences of shape \(steps, features, N\), got some of shape"):
        layer.feedforward(np.ones((6, 2, 3, 4)))
    with pytest.raises(ValueError, match="expected lags to be a whole number of at least 1, got 0"):
        TappedDelayLine(0)


# Embedding -----------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(classes=st.integers(1, 7), dim=sides, steps=sides, samples=st.integers(0, 5), whole=st.booleans())
def test_an_embedding_is_the_product_with_one_hot_columns(classes, dim, steps, samples, whole):
    numbers = RNG.integers(0, classes, (steps, 1, samples))
    layer, dense = Embedding(classes, dim, rng=0), Dense(classes, dim)
    dense.weight = layer.weight.T
    dy = RNG.normal(size=(steps, dim, samples))
    y = layer.feedforward(numbers if whole else numbers.astype(np.float32))
    layer.backward(dy)
    hot = np.moveaxis(np.eye(classes)[numbers[:, 0]], -1, 1)
    on_steps = TimeDistributed(dense)
    np.testing.assert_allclose(y, on_steps.feedforward(hot), atol=1e-12)
    on_steps.backward(dy)
    np.testing.assert_allclose(layer.gradients["weight"], dense.gradients["weight"].T, atol=1e-12)
    assert layer.gradient.shape == numbers.shape
    assert not layer.gradient.any()
    column = layer.feedforward(numbers[0])
    np.testing.assert_array_equal(column, y[0])


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([[[0, 1]], [[3, 0]]], r"\(step 1, sample 0\) to be whole numbers from 0 to 2, got 3"),
        ([[[0, 1]], [[-1, 0]]], r"\(step 1, sample 0\) to be whole numbers from 0 to 2, got -1"),
        ([[[0, 0.5]]], r"\(step 0, sample 1\) to be whole numbers from 0 to 2, got 0.5"),
        ([[0, 1, np.nan]], r"\(sample 2\) to be whole numbers from 0 to 2, got nan"),
        ([[0, np.inf]], r"\(sample 1\) to be whole numbers from 0 to 2, got inf"),
        ([[0, 1], [1, 0], [0, 0]], r"of shape \(steps, 1, N\) or \(1, N\), got \(3, N\); give the numbers"),
        ([0, 1], r"of shape \(steps, 1, N\) or \(1, N\), got \(N\)"),
    ],
    ids=str,
)
def test_what_is_no_number_of_the_vocabulary_is_refused(numbers, words):
    with pytest.raises(ValueError, match=words):
        Embedding(3, 2).feedforward(numbers)


def test_numbers_of_bytes_are_no_grey_values():
    layer = Embedding(200, 2, rng=0)
    np.testing.assert_array_equal(layer.feedforward(np.array([[199, 7]], np.uint8)), layer.weight[[199, 7]].T)
    with pytest.raises(TypeError, match="expected the input to be real numbers"):
        layer.feedforward([["a"]])


def test_the_initial_vectors_have_a_deviation_of_1():
    assert abs(Embedding(1000, 20, rng=0).weight.std() - 1) < 0.02
    assert not Embedding(10, 2, initializer="zeros").weight.any()


# TimeDistributed -----------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(steps=sides, samples=sides)
def test_every_step_has_the_same_layer(steps, samples):
    x = RNG.normal(size=(steps, 3, samples))
    layer, inside = TimeDistributed(network(Softmax())), network(Softmax())
    np.testing.assert_allclose(layer.feedforward(x), [inside.feedforward(step) for step in x])
    report = checkGradients(layer, x)
    assert report, report


@pytest.mark.parametrize(
    ("inside", "shape"),
    [
        (Conv2D(2, 3, 2, Tanh(), rng=0), (2, 4, 3)),
        (Flatten(), (2, 3)),
        (Reshape((1, 2, 3)), (6,)),
        (BatchNormalization(3), (3,)),
        (Dropout(0.4), (3,)),
        (Residual([Dense(3, 3, Tanh(), rng=0)]), (3,)),
        (TimeDistributed(Dense(3, 2, Softmax(), rng=0)), (4, 3)),
        (Dense(3, 2, Sigmoid(), rng=0, penalty=KLSparsity(0.1)), (3,)),
        (Chain([Dense(3, 3, rng=0, penalty=L1(0.1)), Dropout(0.2), Dense(3, 2, Softmax(), rng=1)]), (3,)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("mask", [None, lengths(4, 1, 3)], ids=["equal", "masked"])
def test_gradients_of_whatever_is_inside(inside, shape, mask):
    layer = TimeDistributed(inside)
    report = checkGradients(layer, RNG.normal(size=(4, *shape, 3)), mask=mask)
    assert report, report
    assert layer.outputShape((4, *shape)) == (4, *inside.outputShape(shape))


def test_statistics_and_noise_are_of_all_steps_that_there_are():
    x, mask = RNG.normal(size=(4, 3, 6)), lengths(4, 2, 1, 4, 3, 1)
    x[np.broadcast_to(~mask[:, np.newaxis], x.shape)] = 1e6  # which must not matter
    layer = TimeDistributed([BatchNormalization(3), Dropout(0.5, rng=1)])
    with layer.masked(mask):
        y = layer.feedforward(x)
    normalization = layer.layer.layers[0]
    there = np.moveaxis(x, 1, 0)[:, mask]
    np.testing.assert_allclose(normalization.statistics["mean"][:, 0], 0.1 * there.mean(axis=1))
    assert not np.moveaxis(y, 1, 0)[:, ~mask].any()
    dropped = np.moveaxis(y, 1, 0)[:, mask] == 0
    assert 0 < dropped.mean() < 1
    assert len({tuple(column) for column in dropped.T}) > 3  # anew for every step


@pytest.mark.parametrize("mask", [None, lengths(4, 2, 3)], ids=["equal", "masked"])
@pytest.mark.parametrize("weights", [np.array([0.5, 0.0, 2.0]), RNG.uniform(0, 2, (4, 3))], ids=["samples", "steps"])
def test_weights_reach_a_penalty_inside(weights, mask):
    x, penalty = RNG.normal(size=(4, 3, 3)), L1(0.7)
    model = MLP([TimeDistributed(network(Softmax(), penalty))], CategoricalCrossEntropy())
    report = checkGradients(model, x, weights=weights * (1 if mask is None or weights.ndim == 1 else mask), mask=mask)
    assert report, report
    has = np.ones((4, 3), bool) if mask is None else mask
    with model.objective.masked(mask):
        y = model.feedforward(x)
        with model.objective.weighed(weights):
            found = model.chain.penaltyValue()
    each = np.abs(y).sum(axis=1) * np.broadcast_to(weights, (4, 3))
    np.testing.assert_allclose(found, 0.7 * each[has].sum() / has.sum())
    assert model.layers[0].layer.layers[1].now.weights is None  # afterwards


def test_a_loss_takes_the_pre_activation_of_the_last_layer():
    """Where the output rounds to 0 and 1, value and gradient are those of the pre-activation."""
    layer = Dense(1, 2, Softmax(), SGD(lr=1))
    layer.weight = [[1000], [-1000]]
    model = MLP([TimeDistributed([layer])], CategoricalCrossEntropy())
    model.feedforward(np.ones((2, 1, 1)))
    label = np.array([[0.0, 1.0], [1.0, 0.0]])[..., np.newaxis]
    assert model.getLoss(label) == 2000
    model.backpropagate(label, updateParameters=False)
    assert model.layers[0].gradient.ravel().tolist() == [2000, 0]
    assert model.chain.activation == layer.activation
    np.testing.assert_array_equal(model.layers[0].preactivation[:, :, 0], [[1000, -1000]] * 2)


def test_of_a_frozen_or_first_layer_no_gradient_is_computed():
    layer = TimeDistributed(network())
    y = layer.feedforward(RNG.normal(size=(4, 3, 2)))
    assert layer.backward(np.ones_like(y), Wanted(input=False)) is None
    layer.freeze()
    assert layer.backward(np.ones_like(y)).shape == (4, 3, 2)
    assert not layer.learns


def test_layers_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match="TimeDistributed: expected layer to be a Layer"):
        TimeDistributed(3)
    with pytest.raises(ValueError, match="expected a chain with layers, got an empty one"):
        TimeDistributed([])
    with pytest.raises(ValueError, match="expected its layer to be one that gives one array"):
        TimeDistributed(Copy()).feedforward(np.ones((4, 3, 2)))
    with pytest.raises(ValueError, match=r"expected sequences of shape \(steps, ..., N\), got \(3, N\)"):
        TimeDistributed(Dense(3, 2)).feedforward(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"layers\[0\].layer.*expected an input of shape \(3, N\)"):
        MLP([TimeDistributed(Dense(3, 2))]).feedforward(np.ones((4, 5, 2)))


# Masks ---------------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(counts=st.lists(st.integers(2, 5), min_size=1, max_size=4))
def test_padded_samples_are_what_they_are_alone(counts):
    model = Chain(
        [
            TimeDistributed(Dense(3, 4, Tanh(), rng=1)),
            TappedDelayLine(2),
            TimeDistributed(Dense(8, 2, rng=2)),
            LastStep(),
        ]
    )
    mask = lengths(*counts)
    x = RNG.normal(size=(len(mask), 3, len(counts)))
    together = model.predict(x, mask=mask, size=2)
    for n, count in enumerate(counts):
        np.testing.assert_allclose(together[:, n : n + 1], model.predict(x[:count, :, n : n + 1]), rtol=1e-12)
    report = checkGradients(model, x, mask=mask)
    assert report, report


@pytest.mark.parametrize(("padding", "stride"), [("valid", 1), ("valid", 2), ("same", 1), ("causal", 2)])
def test_a_convolution_of_padded_samples_is_what_it_is_alone(padding, stride):
    counts = [3, 7, 4]
    model = Chain([Conv1D(2, 3, 3, Tanh(), strides=stride, padding=padding, rng=0), LastStep()])
    x, mask = RNG.normal(size=(7, 2, 3)), lengths(*counts)
    together = model.predict(x, mask=mask)
    for n, count in enumerate(counts):
        np.testing.assert_allclose(together[:, n : n + 1], model.predict(x[:count, :, n : n + 1]))
    report = checkGradients(model, x, mask=mask)
    assert report, report


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones((5, 2)), r"expected a mask of shape \(4, 2\), the steps and the samples of its input, got \(5, 2\)"),
        (np.ones((4, 3)), r"expected a mask of shape \(4, 2\), the steps and the samples of its input, got \(4, 3\)"),
        (np.ones(4), r"expected the mask to be of shape \(steps, N\), got \(4,\)"),
        (np.full((4, 2), 2), "expected the mask to be of bool, or of 0 and 1, got 2"),
    ],
    ids=str,
)
@pytest.mark.parametrize("layer", [LastStep(), TimeDistributed(Dense(3, 2)), TappedDelayLine(1)], ids=repr)
def test_masks_that_do_not_fit_are_refused(layer, mask, words):
    with pytest.raises(ValueError, match=words), layer.masked(mask):
        layer.feedforward(np.ones((4, 3, 2)))
    assert layer.now.mask is None


def test_a_penalty_counts_the_steps_that_there_are():
    layer, numbers, mask = Embedding(3, 2, penalty=L1(0.5), rng=0), RNG.integers(0, 3, (4, 1, 3)), lengths(4, 1, 2)
    weights = RNG.uniform(size=3)
    for each in (np.ones(3), weights, weights * np.ones((4, 1))):
        with layer.masked(mask), layer.weighed(each):
            sizes = np.abs(layer.feedforward(numbers)).sum(axis=1) * each
            np.testing.assert_allclose(layer.penalty.value(layer.now), 0.5 * sizes[mask].sum() / 3)
    report = checkGradients(layer, numbers, mask=mask)
    assert report, report


def test_of_a_sample_without_steps_there_is_no_last_one():
    x, mask = RNG.normal(size=(4, 3, 3)), lengths(4, 0, 2)
    layer = TimeDistributed(Dense(3, 2, rng=0))
    with layer.masked(mask):
        assert not layer.feedforward(x)[..., 1].any()
    layer = LastStep()
    with (
        layer.masked(mask),
        pytest.raises(ValueError, match="at least one step, got none in sample 1; look at the mask"),
    ):
        layer.feedforward(x)


def test_a_mask_within_another():
    layer, x = LastStep(), RNG.normal(size=(4, 3, 2))
    with layer.masked(lengths(4, 2)):
        with layer.masked(None):
            np.testing.assert_array_equal(layer.feedforward(x), x[-1])
        np.testing.assert_array_equal(layer.feedforward(x)[:, 1], x[1, :, 1])


def test_a_mask_ends_where_the_output_has_no_steps():
    seen = {}

    class Seeing(Layer):
        def outputShape(self, inputShape):
            return inputShape

        def _forward(self, x, now, training):
            seen[self.place] = None if now.mask is None else now.mask.shape
            return x

        def _backward(self, dy, now, wanted):
            return dy

    chain = Chain(
        [Seeing(), TappedDelayLine(3), Chain([Residual([Seeing()])]), TimeDistributed(Seeing()), LastStep(), Seeing()]
    )
    with chain.masked(lengths(5, 3)):
        chain.forward(np.ones((5, 2, 2)))
    assert list(seen.values()) == [(5, 2), (3, 2), None, None]
    for layer in (Flatten(), Reshape((10,))):
        assert layer.takeMask(lengths(5, 3)) is None
    assert Reshape((5, 2)).takeMask(lengths(5, 3)).shape == (5, 2)


# In networks ---------------------------------------------------------------------------------------------------------


def test_a_network_for_labels_of_steps_learns_and_is_kept(tmp_path):
    numbers = RNG.integers(0, 3, (6, 1, 40))
    label = np.moveaxis(np.eye(3)[(numbers[:, 0] + 1) % 3], -1, 1)
    model = MLP(
        [
            Embedding(3, 4, Adam(lr=0.05), rng=0),
            TimeDistributed([Dense(4, 8, ReLU(), Adam(lr=0.05), rng=1), Dense(8, 3, Softmax(), Adam(lr=0.05), rng=2)]),
        ],
        CategoricalCrossEntropy(),
    )
    assert checkGradients(model, numbers, label)
    for _ in range(60):
        model.feedforward(numbers)
        model.backpropagate(label, inputGradient=False)
    model.feedforward(numbers)
    assert model.getAccuracy(label) == 1
    copy = model.copy()
    model.save(tmp_path / "model.nn")
    loaded = MLP.load(tmp_path / "model.nn")
    for other in (copy, loaded):
        np.testing.assert_array_equal(other.predict(numbers), model.predict(numbers))
    assert list(model.activations(numbers)) == ["layers.0", "layers.1"]
    assert model.stateDict().keys() == {"0.weight", "1.0.weight", "1.0.bias", "1.2.weight", "1.2.bias"}


# The exam itself: an error of 0.1 % must fail it, and a mask that is forgotten.


class ForgettingLast(LastStep):
    def _forward(self, x, now, training):
        y = super()._forward(x, now, training)
        now.last = None  # in the backward pass
        return y


class Planted(TappedDelayLine):
    def _backward(self, dy, now, wanted):
        dx = super()._backward(dy, now, wanted)
        dx[0, 0, 0] *= 1.001
        return dx


class Keeping(Embedding):
    def _backward(self, dy, now, wanted):
        super()._backward(dy, now, wanted)
        self.gradients["weight"][now.numbers[0]] *= 1.001
        return np.zeros(now.x.shape)


class Unmasked(TimeDistributed):
    def _unfold(self, folded, now, name):
        steps = super()._unfold(folded, now, name)
        if name == "dx":
            steps += 1e-3 * now.mask[:, np.newaxis]
        return steps


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (ForgettingLast(), RNG.normal(size=(4, 3, 2))),
        (Planted(2), RNG.normal(size=(4, 3, 2))),
        (Keeping(3, 2), RNG.integers(0, 3, (4, 1, 2))),
        (Unmasked(Dense(3, 2)), RNG.normal(size=(4, 3, 2))),
    ],
    ids=lambda one: type(one).__name__,
)
def test_planted_errors_are_found(layer, x):
    assert not checkGradients(layer, x, mask=lengths(4, 2))


@pytest.mark.parametrize("layer", [LastStep(), TimeDistributed(Dense(3, 2)), TappedDelayLine(1)])
def test_of_no_steps_it_is_said_so(layer):
    with pytest.raises(ValueError, match=r"got \(0, 3, N\); give one step or more$"):
        layer.feedforward(np.ones((0, 3, 2)))


@pytest.mark.parametrize(
    ("layer", "other"),
    [(LastStep(), None), (TappedDelayLine(2), TappedDelayLine(3)), (RNN(3, 2), LastStep())],
    ids=["no steps", "other steps", "one without steps"],
)
def test_both_directions_give_sequences_of_as_many_steps(layer, other):
    both = Bidirectional(layer, other)
    for use in (lambda: both.feedforward(np.ones((5, 3, 2))), lambda: both.outputShape((5, 3))):
        with pytest.raises(ValueError, match=r"both layers to give sequences of as many steps"):
            use()
