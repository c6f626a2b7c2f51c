"""Recurrent layers: through time, with masks, with states that go in and come out, with arrays of any kind."""

import copy
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import (
    GRU,
    L1,
    LSTM,
    RNN,
    Bidirectional,
    Chain,
    Contractive,
    Conv1D,
    Dense,
    Flatten,
    Reshape,
    Wanted,
    memory,
    remember,
)
from loss import CategoricalCrossEntropy
from nn import MLP, checkGradients
from optimizer import Adam

CELLS = {
    "RNN": lambda i, o: RNN(i, o, rng=1),
    "RNN, ReLU": lambda i, o: RNN(i, o, ReLU(), rng=1),
    "LSTM": lambda i, o: LSTM(i, o, rng=1),
    "GRU": lambda i, o: GRU(i, o, rng=1),
}
LENGTHS = [5, 0, 2, 5, 1]  # of the samples of a batch

by_cell = pytest.mark.parametrize("cell", CELLS)


def rng(seed=0):
    return np.random.default_rng(seed)


def made(cell, inputs=3, outputs=4):
    """A layer with biases that are not 0."""
    layer = CELLS[cell](inputs, outputs)
    layer.parameterVector[...] = rng(2).normal(size=layer.parameterVector.size)
    return layer


def states(layer, samples, seed=3):
    return {name: rng(seed).normal(size=(layer.outputDim, samples)) for name in layer.states}


def mask(lengths=LENGTHS, steps=5):
    return np.arange(steps)[:, np.newaxis] < np.array(lengths)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slowly(layer, x, h, c=None):
    """The formulas of the docstrings, for one sample and one step after the other: y, h, c."""
    H, b = layer.outputDim, layer.bias[:, 0]
    y = []
    for step in x:
        z = layer.weight @ np.concatenate([h, step]) + b
        if isinstance(layer, RNN):
            h = layer.activation.apply(z)
        elif isinstance(layer, LSTM):
            g, i, f, o = np.split(z, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        else:
            r, u = sigmoid(z[:H]), sigmoid(z[H : 2 * H])
            W = layer.weight[2 * H :]
            n = np.tanh(W[:, H:] @ step + b[2 * H :] + r * (W[:, :H] @ h + layer.recurrentBias[:, 0]))
            h = (1 - u) * n + u * h
        y.append(h)
    return np.array(y), h, c


@by_cell
@settings(max_examples=15, deadline=None)
@given(steps=st.integers(0, 6), inputs=st.integers(1, 4), outputs=st.integers(1, 5), samples=st.integers(0, 4))
def test_it_is_its_formula(cell, steps, inputs, outputs, samples):
    layer = made(cell, inputs, outputs)
    x, begin = rng().normal(size=(steps, inputs, samples)), states(layer, samples)
    layer.begin(**begin)
    y = layer.feedforward(x)
    assert y.shape == (steps, outputs, samples) == (*layer.outputShape((steps, inputs)), samples)
    for n in range(samples):
        expected, *last = slowly(layer, x[..., n], *(state[:, n] for state in begin.values()))
        np.testing.assert_allclose(y[..., n], expected.reshape(steps, outputs), rtol=1e-12, atol=1e-13)
        for found, state in zip(layer.final.values(), last, strict=False):
            np.testing.assert_allclose(found[:, n], state, rtol=1e-12, atol=1e-13)
    dx = layer.backward(np.ones_like(y))
    assert dx.shape == x.shape
    assert {name: one.shape for name, one in layer.initialGradient.items()} == dict.fromkeys(
        layer.states, (outputs, samples)
    )


@by_cell
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 3, 2, 5), (7, 1, 3, 2), (12, 3, 4, 1)], ids=str)
def test_gradients_through_time(cell, shape):
    steps, inputs, outputs, samples = shape
    report = checkGradients(made(cell, inputs, outputs), rng().normal(size=(steps, inputs, samples)))
    assert report, report


def test_gradients_with_a_penalty():
    report = checkGradients(LSTM(3, 4, penalty=L1(0.3), rng=0), rng().normal(size=(5, 3, 2)))
    assert report, report


def exam(network, layers, x, given=None, tolerance=1e-7):
    """All gradients of <v, y> + Σ <w, final> against difference quotients, those of the initial states among them."""
    begin = {layer: states(layer, x.shape[-1], seed) for seed, layer in enumerate(layers, 10)}
    weights = {layer: states(layer, x.shape[-1], seed) for seed, layer in enumerate(layers, 20)}

    def forward():
        for layer in layers:
            layer.begin(**begin[layer])
        with network.masked(given):
            return network.forward(x)

    v = rng(5).normal(size=forward().shape)

    def value():
        y = forward()
        ends = sum(np.vdot(weights[layer][name], end) for layer in layers for name, end in layer.final.items())
        return float(np.vdot(v, y) + ends)

    value()
    for layer in layers:
        layer.endGradient(**weights[layer])
    pairs = [(x, network.backward(v).copy())]
    pairs += [(begin[layer][name], one.copy()) for layer in layers for name, one in layer.initialGradient.items()]
    pairs += [
        (layer.parameters[name], one.copy()) for layer in network.learning() for name, one in layer.gradients.items()
    ]
    for array, gradient in pairs:
        direction, start, h = rng(6).normal(size=array.shape), array.copy(), 1e-6
        array[...] = start + h * direction
        above = value()
        array[...] = start - h * direction
        below = value()
        array[...] = start
        error = abs(np.vdot(gradient, direction) - (above - below) / (2 * h))
        assert error <= tolerance * max(np.linalg.norm(gradient), 1e-2), (array.shape, error)
    return pairs


@by_cell
@pytest.mark.parametrize("given", [None, mask(), mask([3, 3, 3, 3, 3])], ids=["whole", "masked", "all shorter"])
def test_gradients_of_states_and_with_masks(cell, given):
    layer = made(cell)
    exam(layer, [layer], rng().normal(size=(5, 3, 5)), given)


@pytest.mark.parametrize("given", [None, mask()], ids=["whole", "masked"])
def test_gradients_of_both_directions(given):
    layers = [made("LSTM"), made("GRU", 3, 2), made("RNN", 6, 3)]
    network = Chain([Bidirectional(*layers[:2]), layers[2], Conv1D(3, 2, 1, Tanh(), rng=0)])
    exam(network, layers, rng().normal(size=(5, 3, 5)), given)


@by_cell
def test_a_wrong_gradient_of_a_state_fails(cell, monkeypatch):
    layer = made(cell)
    right = type(layer)._backward

    def wrong(self, dy, now, wanted):
        now.dfinal = {name: 1.001 * one for name, one in now.dfinal.items()}
        return right(self, dy, now, wanted)

    monkeypatch.setattr(type(layer), "_backward", wrong)
    with pytest.raises(AssertionError):
        exam(layer, [layer], rng().normal(size=(5, 3, 5)))


# Masks ---------------------------------------------------------------------------------------------------------------


@by_cell
@pytest.mark.parametrize("both", [False, True], ids=["ahead", "both directions"])
def test_masked_sequences_are_as_each_alone(cell, both):
    layer = made(cell)
    network = Bidirectional(layer, made("GRU", 3, 2)) if both else layer
    x, dy = rng().normal(size=(5, 3, 5)), rng(1).normal(size=(5, 6 if both else 4, 5))
    dy *= mask()[:, np.newaxis]
    with network.masked(mask()):
        y = network.feedforward(x)
    network.backward(dy)
    dx, final = network.gradient.copy(), {name: one.copy() for name, one in layer.final.items()}
    whole = [one.copy() for leaf in network.leaves().values() for one in leaf.gradients.values()]
    total = [np.zeros_like(one) for one in whole]
    for n, length in enumerate(LENGTHS):
        np.testing.assert_allclose(network.feedforward(x[:length, :, n : n + 1]), y[:length, :, n : n + 1], atol=1e-13)
        network.backward(dy[:length, :, n : n + 1])
        np.testing.assert_allclose(network.gradient, dx[:length, :, n : n + 1], atol=1e-13)
        for name, state in layer.final.items():
            np.testing.assert_allclose(state[:, 0], final[name][:, n], atol=1e-13)
        assert not dx[length:, :, n].any()
        alone = [one for leaf in network.leaves().values() for one in leaf.gradients.values()]
        total = [one + other for one, other in zip(total, alone, strict=True)]
    for one, other in zip(whole, total, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@by_cell
def test_at_a_missing_step_the_state_stays(cell):
    layer, given = made(cell), rng(4).random((5, 3)) < 0.5
    with layer.masked(given):
        y = layer.feedforward(rng().normal(size=(5, 3, 3)))
    before = np.zeros((4, 3))
    for t in range(5):
        np.testing.assert_array_equal(y[t][:, ~given[t]], before[:, ~given[t]])
        assert (y[t][:, given[t]] != before[:, given[t]]).any() == given[t].any()
        before = y[t]


def test_a_mask_is_of_its_stretch_and_its_pass():
    layer, x = made("LSTM"), rng().normal(size=(5, 3, 5))
    whole = layer.feedforward(x)
    with layer.masked(mask()):
        short = layer.feedforward(x)
        with layer.masked(None):
            np.testing.assert_array_equal(layer.feedforward(x), whole)
        np.testing.assert_array_equal(layer.feedforward(x), short)
        with layer.use("inference"):
            np.testing.assert_allclose(layer.feedforward(x, training=False), whole)
    np.testing.assert_array_equal(layer.feedforward(x), whole)
    assert (short != whole).any()
    with layer.masked(np.ones((5, 5))):  # of any type, and where all have all, as without
        np.testing.assert_array_equal(layer.feedforward(x), whole)
        assert layer.now.missing == {}


# States --------------------------------------------------------------------------------------------------------------


def network():
    adam = Adam(lr=0.01)
    return Chain([LSTM(3, 4, adam, rng=0), GRU(4, 5, adam, rng=1), RNN(5, 2, optimizer=adam, rng=2)])


def test_a_sequence_in_two_halves_is_the_whole():
    chain, x = network(), rng().normal(size=(9, 3, 4))
    whole = chain.feedforward(x)
    half = chain.feedforward(x[:4])
    kept = memory(chain)
    assert {name: sorted(one) for name, one in kept.items()} == {
        "layers.0": ["c", "h"],
        "layers.1": ["h"],
        "layers.2": ["h"],
    }
    remember(chain, kept)
    np.testing.assert_allclose(np.concatenate([half, chain.feedforward(x[4:])]), whole, rtol=1e-12, atol=1e-14)
    remember(chain, None)
    np.testing.assert_array_equal(chain.feedforward(x[:4]), half)


def test_gradients_of_two_halves_are_those_of_the_whole():
    chain, x, dy = network(), rng().normal(size=(9, 3, 4)), rng(1).normal(size=(9, 2, 4))
    chain.forward(x)
    chain.backward(dy)
    whole = [one.copy() for layer in chain.learning() for one in layer.gradients.values()]
    chain.forward(x[:4])
    kept = memory(chain)
    with chain.use("second"):
        remember(chain, kept)
        chain.forward(x[4:])
        chain.backward(dy[4:])
        back = [layer.initialGradient for layer in chain.layers]
    for layer, gradient in zip(chain.layers, back, strict=True):
        layer.endGradient(**gradient)
    chain.backward(dy[:4], Wanted(add=True))
    for one, other in zip(whole, [one for layer in chain.learning() for one in layer.gradients.values()], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_a_memory_is_a_copy_and_of_its_pass():
    chain, x = network(), rng().normal(size=(4, 3, 2))
    chain.forward(x)
    kept = memory(chain)
    before = copy.deepcopy(kept)
    with chain.use("inference"):
        remember(chain, kept)
        first = chain.forward(x, training=False).copy()
        np.testing.assert_array_equal(chain.forward(x, training=False), first)  # until another one is said
    remember(chain, None)
    chain.forward(x + 1)
    for name in kept:
        for state in kept[name]:
            np.testing.assert_array_equal(kept[name][state], before[name][state])
    with chain.use("inference"):
        np.testing.assert_array_equal(chain.forward(x, training=False), first)


@by_cell
def test_the_gradient_of_the_end_is_of_one_backward_pass(cell):
    layer, x = made(cell), rng().normal(size=(3, 3, 2))
    y = layer.feedforward(x)
    plain = layer.backward(np.ones_like(y)).copy()
    layer.endGradient(**states(layer, 2))
    assert (layer.backward(np.ones_like(y)) != plain).any()
    np.testing.assert_array_equal(layer.backward(np.ones_like(y)), plain)
    layer.endGradient(**states(layer, 2))
    layer.forward(x)
    np.testing.assert_array_equal(layer.backward(np.ones_like(y)), plain)


# As other layers -----------------------------------------------------------------------------------------------------


@by_cell
def test_nothing_that_is_not_wanted_is_computed(cell):
    layer = made(cell)
    y = layer.feedforward(rng().normal(size=(5, 3, 2)))
    layer.backward(np.ones_like(y))
    whole, parameters = layer.gradient.copy(), layer.gradientVector.copy()
    assert layer.backward(np.ones_like(y), Wanted(input=False)) is None
    np.testing.assert_array_equal(layer.gradientVector, parameters)
    layer.gradientVector[...] = 7
    np.testing.assert_array_equal(layer.backward(np.ones_like(y), Wanted(parameters=False)), whole)
    assert (layer.gradientVector == 7).all()


@by_cell
def test_arrays_of_any_layout_length_and_number(cell):
    layer, again = made(cell), made(cell)
    for shape in ((7, 3, 4), (5, 3, 9), (5, 3, 0), (0, 3, 2), (7, 3, 4)):
        x, dy = rng().normal(size=shape[::-1]).T, rng().normal(size=(shape[2], 4, shape[0])).T
        before = x.copy(), dy.copy()
        again.forget()
        np.testing.assert_array_equal(layer.feedforward(x), again.feedforward(x.copy()))
        np.testing.assert_array_equal(layer.backward(dy), again.backward(dy.copy()))
        np.testing.assert_array_equal(layer.gradientVector, again.gradientVector)
        np.testing.assert_array_equal(x, before[0])
        np.testing.assert_array_equal(dy, before[1])


@by_cell
def test_single_precision(cell):
    layer, single = made(cell), made(cell)
    single.astype(np.float32)
    x, begin = rng().normal(size=(6, 3, 4)), states(layer, 4)
    for one in (layer, single):
        one.begin(**begin)
    y = single.feedforward(x.astype(np.float32))
    np.testing.assert_allclose(y, layer.feedforward(x), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(single.backward(np.ones_like(y)), layer.backward(np.ones(y.shape)), rtol=1e-3, atol=1e-4)
    arrays = [y, single.gradient, single.gradientVector, *single.final.values(), *single.initialGradient.values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_large_numbers_make_no_warning():
    for cell in CELLS:
        if "ReLU" not in cell:
            layer = made(cell)
            layer.astype(np.float32)
            y = layer.feedforward(np.full((3, 3, 2), 1e4, np.float32))
            assert np.isfinite(layer.backward(np.ones_like(y))).all()


def model():
    adam = Adam(lr=0.01)
    layers = [LSTM(8, 12, adam, rng=0), Bidirectional(GRU(12, 6, adam, rng=1)), RNN(12, 6, ReLU(), adam, rng=2)]
    network = [Reshape((8, 8)), *layers, Flatten(), Dense(48, 10, Softmax(), adam, rng=3)]
    return MLP(network, CategoricalCrossEntropy())


def trained(epochs, **keywords):
    dataset = Dataset("digits", train_size=300, test_size=100, batch_size=30, rng=0)
    network = model()
    network.train(dataset, epochs=epochs, progress=False, watch=False, **keywords)
    return network, dataset.testSet()


def test_a_model_learns_and_is_kept_resumed_and_copied_to_the_bit(tmp_path):
    network, (x, y) = trained(4)
    assert network.evaluate((x, y))["accuracy"] > 0.5
    assert "Bidirectional (GRU 12 -> 6 | GRU 12 -> 6)" in repr(network)
    trained(2, checkpoint=tmp_path / "half")
    again, _ = trained(4, checkpoint=tmp_path / "half", resume=True)
    loaded = MLP.load(network.save(tmp_path / "model.safetensors"))
    for one in (again, loaded, copy.deepcopy(network)):
        np.testing.assert_array_equal(one.predict(x), network.predict(x))
        assert repr(one) == repr(network)


def test_a_copy_is_its_own():
    layer, x = made("LSTM"), rng().normal(size=(4, 3, 2))
    layer.begin(**states(layer, 2))
    y = layer.feedforward(x)
    other = copy.deepcopy(layer)
    other.feedforward(x)
    other.weight *= 2
    np.testing.assert_array_equal(layer.feedforward(x), y)
    both = Bidirectional(layer)
    assert both.reverse.optimizer is not layer.optimizer
    both.reverse.weight *= 2
    np.testing.assert_array_equal(layer.feedforward(x), y)


def test_two_threads_predict_with_one_network():
    chain, found = network(), {}
    inputs = [rng(seed).normal(size=(5 + seed, 3, 4)) for seed in range(2)]
    expected = [chain.predict(x) for x in inputs]

    def predict(i):
        found[i] = all(np.array_equal(chain.predict(inputs[i]), expected[i]) for _ in range(30))

    threads = [threading.Thread(target=predict, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: True, 1: True}


def test_the_first_values():
    layer = LSTM(5, 7, rng=0)
    np.testing.assert_array_equal(layer.bias.ravel(), np.repeat([0, 0, 1, 0], 7))
    for block in np.split(layer.weight[:, :7], 4):
        np.testing.assert_allclose(block @ block.T, np.eye(7), atol=1e-12)
    r = np.sqrt(6 / 12)
    assert 0.9 * r < abs(layer.weight[:, 7:]).max() < r
    assert RNN(400, 100, ReLU(), rng=0).weight[:, 100:].var() == pytest.approx(2 / 400, rel=0.05)
    assert not LSTM(5, 7, initializer="zeros").weight[:, 7:].any()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LSTM(0, 4), "LSTM: expected inputDim to be a whole number of at least 1, got 0"),
        (lambda: GRU(3, 0), "GRU: expected outputDim to be a whole number of at least 1, got 0"),
        (lambda: RNN(3, 4.0), "outputDim to be a whole number"),
        (lambda: RNN(3, 4, Sigmoid()), r"RNN: expected activation to be Tanh\(\) or ReLU\(\), got Sigmoid\(\)"),
        (lambda: LSTM(3, 4, initializer="he"), "initializer"),
        (lambda: RNN(3, 4, penalty=Contractive()), r"RNN: expected penalty to be of the outputs alone, .*Contracting"),
        (lambda: LSTM(3, 4).feedforward(np.ones((5, 2, 6))), r"sequences of shape \(steps, 3, N\), got \(5, 2, N\)"),
        (lambda: LSTM(3, 4).feedforward(np.ones((3, 5, 6))), r"np.swapaxes\(x, 0, 1\)"),
        (lambda: LSTM(3, 4).feedforward(np.ones((15, 6))), r"Reshape\(\(steps, features\)\)"),
        (lambda: LSTM(3, 4).begin(h=np.ones((5, 2))), r"the state h to be of shape \(4, N\), got \(5, 2\)"),
        (lambda: LSTM(3, 4).begin(c=np.ones(4)), r"the state c to be of shape \(4, N\)"),
        (lambda: GRU(3, 4).begin(c=np.ones((4, 2))), "every state to be one of 'h', got 'c'"),
        (lambda: GRU(3, 4).begin(h="abc"), "the state h to be real numbers"),
        (lambda: begun(made("LSTM")), "the state h to be for 5 samples, as many as the sequences are, got 2"),
        (lambda: ended(made("GRU")), "the state h to be for 2 samples, as many as the sequences are, got 3"),
        (lambda: GRU(3, 4).endGradient(h=np.ones((4, 2))), "has seen no input yet"),
        (lambda: GRU(3, 4).final, "has seen no input yet"),
        (lambda: unbacked(made("GRU")), "no gradient of its initial state: call backward first"),
        (lambda: masked(mask()[:4]), r"a mask of shape \(5, 2\), the steps and the samples .* got \(4, 5\)"),
        (lambda: masked(mask([6, 6], 6)), r"\(5, 2\), .* got \(6, 2\)"),
        (lambda: masked(np.ones(2)), r"the mask to be of shape \(steps, N\), got \(2,\)"),
        (lambda: remember(Chain([LSTM(3, 4)]), {"layers.1": {}}), "one of 'layers.0', got 'layers.1'"),
        (lambda: remember(Chain([LSTM(3, 4)]), {"layers.0": 3}), r"memory to be what memory\(network\) gave, or None"),
        (lambda: remember(Chain([LSTM(3, 4)]), [1]), "memory to be what memory"),
        (lambda: remember(MLP([LSTM(3, 4)]), None), "remember: expected network to be a Layer such as model.chain"),
        (lambda: memory(MLP([LSTM(3, 4)])), "memory: expected network to be a Layer such as model.chain, got MLP"),
        (lambda: Bidirectional(LSTM), r"Bidirectional: expected layer to be a Layer such as LSTM\(8, 64\)"),
        (
            lambda: Bidirectional(LSTM(2, 3), Conv1D(2, 3, 2)).outputShape((5, 2)),
            r"as many steps, .* got \(5, 3\) and \(4, 3\)",
        ),
        (lambda: twice(made("GRU")), "a layer of its own for every place"),
        (lambda: Chain([LSTM(3, 4), LSTM(3, 4)]).feedforward(np.ones((2, 3, 2))), r"layers\[1\].*\(steps, 3, N\)"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises((TypeError, ValueError, RuntimeError), match=words):
        make()


def begun(layer):
    layer.begin(h=np.ones((4, 2)))
    layer.feedforward(np.ones((3, 3, 5)))


def ended(layer):
    y = layer.feedforward(np.ones((3, 3, 2)))
    layer.endGradient(h=np.ones((4, 3)))
    layer.backward(y)


def unbacked(layer):
    layer.feedforward(np.ones((3, 3, 2)))
    return layer.initialGradient


def masked(given):
    layer = made("RNN")
    with layer.masked(given):
        layer.feedforward(np.ones((5, 3, 2)))


def twice(layer):
    return Bidirectional(layer, layer)
