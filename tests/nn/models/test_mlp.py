"""MLP through the lecture's interface: forward, backward, freezing, precision, messages.

What all models have in common is in test_models.py.
"""

import copy
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Activation, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import network
from dataset import Dataset
from layers import L1, BatchNormalization, Chain, Dense, Dropout, Reshape, Residual
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, DivergenceError, checkGradients, pretrain, seed
from optimizer import SGD, Adam

RNG = np.random.default_rng(2)


# Forward -------------------------------------------------------------------------------------------------------------


def test_feedforward_is_the_formula():
    mlp = network(3, 4, 2, output=Sigmoid())
    x = RNG.normal(size=(3, 5))
    first, second = mlp.layers
    hidden = np.tanh(first.weight @ x + first.bias)
    assert np.allclose(mlp.feedforward(x), 1 / (1 + np.exp(-(second.weight @ hidden + second.bias))))


def test_what_is_returned_is_never_overwritten_and_arguments_never_changed():
    mlp = network(3, 4, 2)
    x, y = RNG.normal(size=(3, 5)), RNG.normal(size=(2, 5))
    kept = x.copy(), y.copy()
    first = mlp.feedforward(x)
    before = first.copy()
    layerOutput = mlp.layers[0].feedforward(x)
    layerBefore = layerOutput.copy()
    mlp.backpropagate(y)
    mlp.feedforward(2 * x)
    mlp.backpropagate(y)
    assert np.array_equal(first, before)
    assert np.array_equal(layerOutput, layerBefore)
    assert np.array_equal(x, kept[0])
    assert np.array_equal(y, kept[1])


@given(columns=st.integers(0, 40), size=st.integers(1, 15))
def test_predict_takes_any_number_of_columns(columns, size):
    mlp = network(3, 4, 2)
    x = np.random.default_rng(columns).normal(size=(3, columns))
    assert np.allclose(mlp.predict(x, size=size), mlp.feedforward(x), rtol=1e-12)
    assert mlp.predict(x, size=size).shape == (2, columns)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_input_of_any_real_type_and_layout(dtype, order):
    x = np.asarray(RNG.integers(0, 2, (3, 6)), dtype=dtype, order=order)
    mlp = network(3, 4, 2)
    expected = mlp.feedforward(x.astype(float))
    x.flags.writeable = False
    assert np.array_equal(mlp.feedforward(x), expected)
    assert np.array_equal(mlp.feedforward(x.tolist()), expected)
    assert np.array_equal(mlp.feedforward(np.repeat(x, 2, axis=1)[:, ::2]), expected)


# Backward ------------------------------------------------------------------------------------------------------------


def test_one_step_of_sgd_by_hand():
    mlp = network(1, 1, optimizer=SGD(lr=0.1), loss=MSE())
    mlp.layers[0].weight, mlp.layers[0].bias = [[2.0]], [[1.0]]
    output = mlp.feedforward([[3.0, 1.0]])
    assert np.array_equal(output, [[7.0, 3.0]])
    mlp.backpropagate([[5.0, 4.0]])
    # errors 2 and -1: dW = (2·3 - 1·1)/2 = 2.5, db = 0.5, dx = W·errors/2
    assert mlp.layers[0].weight == pytest.approx(2.0 - 0.25)
    assert mlp.layers[0].bias == pytest.approx(1.0 - 0.05)
    assert mlp.layers[0].gradients["weight"] == pytest.approx(2.5)
    assert mlp.layers[0].gradient == pytest.approx(np.array([[2.0, -1.0]]))


def test_learning_rate_is_the_lectures():
    """learningRate = 0.1 at batch size 50 is a step of 0.002, whatever the optimizer."""
    x, y = RNG.normal(size=(3, 50)), RNG.normal(size=(2, 50))
    for kind in (SGD, Adam):
        lecture, field = network(3, 2, optimizer=kind(learningRate=0.1)), network(3, 2, optimizer=kind(lr=0.002))
        for mlp in (lecture, field):
            mlp.feedforward(x)
            mlp.backpropagate(y)
        assert np.allclose(lecture.layers[0].weight, field.layers[0].weight, rtol=1e-13)


def test_gradients_are_written_not_accumulated():
    mlp = network(3, 4, 2)
    x, y = RNG.normal(size=(3, 5)), RNG.normal(size=(2, 5))
    mlp.computeGradients(x, y)
    first = {name: gradient.copy() for name, gradient in mlp.layers[0].gradients.items()}
    mlp.computeGradients(x, y)
    assert all(np.array_equal(first[name], gradient) for name, gradient in mlp.layers[0].gradients.items())


def test_without_update_everything_stays_and_the_gradient_is_handed_on():
    mlp = network(3, 4, 1, output=Sigmoid())
    x, y = RNG.normal(size=(3, 5)), np.ones((1, 5))
    mlp.feedforward(x)
    mlp.backpropagate(y)
    weights = mlp.weights()
    gradients = [{k: v.copy() for k, v in layer.gradients.items()} for layer in mlp.layers]
    states = [copy.deepcopy(layer.optimizer.state) for layer in mlp.layers]
    mlp.feedforward(x)
    mlp.backpropagate(y, updateParameters=False)
    assert mlp.layers[0].gradient.shape == (3, 5)
    assert all(np.array_equal(weights[name], value) for name, value in mlp.weights().items())
    for layer, old, state in zip(mlp.layers, gradients, states, strict=True):
        assert all(np.array_equal(old[name], value) for name, value in layer.gradients.items())
        assert all(np.array_equal(state[name], value) for name, value in layer.optimizer.state.items())
        assert layer.optimizer.t == 1


def test_two_networks_chained_learn_like_one():
    """decoder ∘ encoder by hand, through layers[0].gradient and useLoss=False, is the network of all layers."""
    x, y = RNG.normal(size=(3, 8)), RNG.normal(size=(2, 8))
    whole = network(3, 4, 5, 2, optimizer=Adam(lr=0.1))
    front, back = MLP(copy.deepcopy(whole.layers[:2])), MLP(copy.deepcopy(whole.layers[2:]))
    for _ in range(3):
        whole.feedforward(x)
        whole.backpropagate(y)
        back.feedforward(front.feedforward(x))
        back.backpropagate(y)
        front.backpropagate(back.layers[0].gradient, useLoss=False)
    parts = [*front.layers, *back.layers]
    for layer, part in zip(whole.layers, parts, strict=True):
        assert np.allclose(layer.weight, part.weight, rtol=1e-12)


def test_gradient_to_the_input_only_if_asked_for():
    mlp = network(3, 4, 2)
    mlp.feedforward(np.ones((3, 1)))
    mlp.backpropagate(np.ones((2, 1)), inputGradient=False)
    with pytest.raises(RuntimeError, match=r"layers\[0\] \(Dense 3 -> 4, Tanh\(\)\) has no gradient to its input"):
        _ = mlp.layers[0].gradient
    mlp.feedforward(np.ones((3, 1)))
    mlp.backpropagate(np.ones((2, 1)))
    assert mlp.layers[0].gradient.shape == (3, 1)


def test_time_step_is_adams():
    counted, late = network(3, 2, optimizer=Adam(lr=0.1)), network(3, 2, optimizer=Adam(lr=0.1))
    for mlp, timeStep in ((counted, None), (late, 1000)):
        mlp.feedforward(np.ones((3, 2)))
        mlp.backpropagate(np.ones((2, 2)), timeStep=timeStep)
    assert counted.layers[0].optimizer.t == 1
    assert late.layers[0].optimizer.t == 1000
    assert not np.allclose(counted.layers[0].weight, late.layers[0].weight)


def test_every_layer_has_its_own_optimizer():
    template = Adam(lr=0.1)
    mlp = network(3, 4, 2, optimizer=template)
    mlp.feedforward(np.ones((3, 2)))
    mlp.backpropagate(np.ones((2, 2)))
    assert template.t == 0
    assert template.state == {}
    first, second = (layer.optimizer for layer in mlp.layers)
    assert first is not second
    assert first.state["M"].size == 16
    assert second.state["M"].size == 10


def test_gradient_norm_is_clipped_over_the_whole_network():
    x, y = 10 * RNG.normal(size=(3, 8)), 100 * RNG.normal(size=(2, 8))
    mlp = network(3, 4, 2, optimizer=SGD(lr=1.0, clipNorm=0.5))
    before = mlp.weights()
    mlp.feedforward(x)
    mlp.backpropagate(y)
    moved = np.concatenate([(before[name] - value).ravel() for name, value in mlp.weights().items()])
    assert np.linalg.norm(moved) == pytest.approx(0.5)
    gradient = np.concatenate([g.ravel() for layer in mlp.layers for g in layer.gradients.values()])
    assert np.allclose(moved, 0.5 * gradient / np.linalg.norm(gradient))


def test_clipping_leaves_frozen_layers_out():
    x, y = RNG.normal(size=(3, 8)), 100 * RNG.normal(size=(2, 8))
    mlp = network(3, 4, 2, optimizer=SGD(lr=1.0, clipNorm=0.5))
    mlp.computeGradients(x, y)
    mlp.freeze(0)
    before = mlp.weights()
    mlp.feedforward(x)
    mlp.backpropagate(y)
    moved = np.concatenate([(before[name] - value).ravel() for name, value in mlp.weights().items()])
    assert np.linalg.norm(moved) == pytest.approx(0.5)


def test_clipping_where_the_squares_overflow():
    mlp = network(1, 1, optimizer=SGD(lr=1.0, clipNorm=1.0), loss=MSE())
    mlp.astype(np.float32)
    mlp.layers[0].weight, mlp.layers[0].bias = [[1.0]], [[0.0]]
    with np.errstate(over="ignore"):
        mlp.feedforward([[1e12]])
        mlp.backpropagate([[0.0]], inputGradient=False)
    assert mlp.layers[0].gradients["weight"] == pytest.approx(1e24)
    assert mlp.layers[0].weight == pytest.approx(0.0, abs=1e-6)


def test_frozen_layers_compute_no_gradients_of_their_parameters():
    mlp = network(3, 4, 2)
    mlp.freeze(0)
    mlp.layers[0].gradients["weight"][...] = 7
    mlp.feedforward(np.ones((3, 2)))
    mlp.backpropagate(np.ones((2, 2)))
    assert (mlp.layers[0].gradients["weight"] == 7).all()
    before = mlp.layers[0].weight.copy()
    mlp.layers[0].update()
    assert np.array_equal(mlp.layers[0].weight, before)


def test_gradients_are_those_of_the_last_forward_pass_or_none():
    mlp = network(3, 4, 2)
    mlp.freeze(0)
    mlp.feedforward(np.ones((3, 2)))
    mlp.backpropagate(np.ones((2, 2)))
    mlp.backpropagate(np.zeros((2, 2)), inputGradient=False)
    with pytest.raises(RuntimeError, match=r"layers\[0\].*no gradient to its input"):
        _ = mlp.layers[0].gradient
    mlp.feedforward(np.ones((3, 2)))
    with pytest.raises(RuntimeError, match="no gradient to its input"):
        _ = mlp.layers[1].gradient
    with pytest.raises(RuntimeError, match="call backward before update"):
        mlp.layers[1].update()


@pytest.mark.parametrize("frozen", [(0,), (1,), (0, 1), (2,), ()])
def test_frozen_layers_stay_and_the_others_learn_as_before(frozen):
    x, y = RNG.normal(size=(3, 8)), RNG.normal(size=(2, 8))
    free, part = network(3, 4, 5, 2), network(3, 4, 5, 2)
    if frozen:
        part.freeze(*frozen)
    before = part.weights()
    for mlp in (free, part):
        mlp.feedforward(x)
        mlp.backpropagate(y)
    for i in range(3):
        after, name = part.weights(), f"layers.{i}.weight"
        expected = before if i in frozen else free.weights()
        assert np.array_equal(after[name], expected[name])
    assert np.array_equal(part.layers[0].gradient, free.layers[0].gradient)
    part.unfreeze()
    assert all(layer.trainable for layer in part.layers)


# Loss and accuracy ---------------------------------------------------------------------------------------------------


def test_loss_and_accuracy_of_the_last_forward_pass():
    mlp = network(2, 3, output=Softmax(), loss=CategoricalCrossEntropy())
    a = mlp.feedforward(RNG.normal(size=(2, 7)))
    y = np.eye(3)[:, a.argmax(axis=0)]
    y[:, :2] = np.roll(y[:, :2], 1, axis=0)
    assert mlp.getLoss(y) == pytest.approx(-(y * np.log(a)).sum() / 7)
    assert mlp.getAccuracy(y) == pytest.approx(5 / 7)


def test_accuracy_of_one_output_is_at_one_half():
    mlp = network(1, 1, output=Sigmoid())
    mlp.layers[0].weight, mlp.layers[0].bias = [[1.0]], [[0.0]]
    mlp.feedforward([[-3.0, 2.0, 1.0, -1.0]])
    assert mlp.getAccuracy([[0, 1, 0, 0.0]]) == 0.75
    assert mlp.getAccuracy([[0, 0.9, 1, 0]]) == 1.0
    mlp.feedforward([[0.0]])  # an output of exactly 1/2 is not above it
    assert mlp.getAccuracy([[0.0]]) == 1.0


@pytest.mark.parametrize(
    ("output", "loss"), [(Sigmoid(), "CrossEntropy"), (Softmax(), "CrossEntropy"), (Identity(), "MSE"), (Tanh(), "MSE")]
)
def test_default_loss_fits_the_output(output, loss):
    assert network(2, 2, output=output).loss.name == loss


def test_saturated_outputs_still_have_a_gradient():
    """From the outputs alone, the gradient of a confident mistake would be lost: σ(40) is 1 in single precision."""
    mlp = network(1, 1, output=Sigmoid())
    mlp.astype(np.float32)
    mlp.layers[0].weight, mlp.layers[0].bias = [[40.0]], [[0.0]]
    mlp.feedforward([[1.0]])
    assert mlp.getLoss([[0.0]]) == pytest.approx(40)
    mlp.backpropagate([[0.0]], updateParameters=False)
    assert mlp.layers[0].gradient.item() == pytest.approx(40)


# Precision -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", [Sigmoid(), Softmax(), Identity(), LeakyReLU(), ReLU()])
@pytest.mark.parametrize("optimizer", [Adam(weightDecay=0.1, clipNorm=1), SGD(momentum=0.9, nesterov=True)], ids=repr)
def test_no_double_precision_in_a_single_precision_network(output, optimizer):
    mlp = network(3, 4, 2, output=output, optimizer=optimizer)
    assert mlp.layers[0].dtype == np.float64
    mlp.astype(np.float32)
    a = mlp.feedforward(RNG.normal(size=(3, 6)))
    mlp.backpropagate(np.eye(2, 6))
    arrays = [a, *mlp.weights().values()]
    for layer in mlp.layers:
        arrays += [layer.gradient, layer.preactivation, *layer.gradients.values(), *layer.optimizer.state.values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_precision_may_change_in_the_middle():
    x, y = RNG.normal(size=(3, 6)), RNG.normal(size=(2, 6))
    mlp, plain = network(3, 4, 2), network(3, 4, 2)
    for step in range(3):
        for one in (mlp, plain):
            one.predict(x)
            one.feedforward(x)
            one.backpropagate(y)
        if step == 0:
            moments = mlp.layers[0].optimizer.state["M"].copy()
            mlp.astype(np.float32)
            assert mlp.predict(x).dtype == np.float32
    assert mlp.layers[0].optimizer.state["M"].dtype == np.float32
    assert moments.any()
    assert np.allclose(mlp.layers[0].weight, plain.layers[0].weight, atol=1e-5)


def test_networks_of_two_precisions_in_a_chain():
    front, back, loss = network(3, 4), network(4, 2, output=Sigmoid()), CrossEntropy()
    front.loss = back.loss = loss
    front.astype(np.float32)
    for _ in range(2):
        back.feedforward(front.feedforward(np.ones((3, 5))))
        back.backpropagate(np.ones((2, 5)))
        front.backpropagate(back.layers[0].gradient, useLoss=False)
    assert front.layers[0].gradient.dtype == np.float32
    assert back.layers[0].gradient.dtype == np.float64


@pytest.mark.parametrize("by", ["training", "copy", "pretrain"])
def test_a_network_that_was_trained_takes_a_new_layer(by):
    digits, mlp = Dataset("digits", rng=0), MLP([Dense(64, 8, Sigmoid(), rng=0)])
    if by == "pretrain":
        pretrain(mlp, digits, epochs=1)
    else:
        mlp.addLayer(Dense(8, 10, Softmax(), rng=0))
        mlp.train(digits, epochs=1)
        mlp = mlp.copy(until=1) if by == "copy" else mlp
    mlp.addLayer(Dense(8 if by != "training" else 10, 10, Softmax(), rng=1))
    assert mlp.predict(digits.testSet()[0]).dtype == np.float32
    mlp.train(digits, epochs=1)


def test_layers_know_training_from_inference():
    class Recorder(Dense):
        def _forward(self, x, now, training):
            seen.append(training)
            return super()._forward(x, now, training)

    seen = []
    mlp = MLP([Recorder(3, 2)])
    x, y = np.ones((3, 4)), np.ones((2, 4))
    mlp.feedforward(x)
    mlp.predict(x)
    mlp.evaluate((x, y))
    mlp.computeGradients(x, y)
    mlp.feedforward(x, training=False)
    mlp.layers[0].feedforward(x)
    assert seen == [True, False, False, True, False, True]


@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 4), (12, 1)])
def test_the_loss_is_summed_over_all_axes_but_the_last(shape):
    flat = MLP([Dense(4, 12, rng=0)], MSE())
    shaped = MLP([Dense(4, 12, rng=0), Reshape(shape)], MSE())
    x, y = RNG.normal(size=(4, 5)), RNG.normal(size=(12, 5))
    assert flat.computeGradients(x, y) == pytest.approx(shaped.computeGradients(x, y.reshape(*shape, 5)))
    assert np.array_equal(flat.layers[0].gradients["weight"], shaped.layers[0].gradients["weight"])
    assert "x".join(map(str, shape)) in repr(shaped)
    assert shaped.outputShape == shape
    assert checkGradients(shaped)


def test_a_subclass_is_saved_as_itself(tmp_path):
    class Classifier(MLP):
        pass

    path = Classifier([Dense(3, 2)]).save(tmp_path / "model")
    assert type(MLP.load(path)) is Classifier


def test_parameters_keep_their_identity():
    layer = Dense(3, 2)
    weight, bias = layer.weight, layer.bias
    mlp = MLP([layer])
    for _ in range(3):
        mlp.feedforward(np.ones((3, 4)))
        mlp.backpropagate(np.ones((2, 4)))
    layer.weight = np.ones((2, 3))
    mlp.setWeights(mlp.weights())
    assert layer.weight is weight
    assert layer.bias is bias
    assert np.array_equal(weight, np.ones((2, 3)))


# Initialisation ------------------------------------------------------------------------------------------------------


def test_weights_fit_the_activation():
    he, glorot = Dense(400, 300, ReLU()), Dense(400, 300, Tanh())
    assert he.weight.std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)
    assert glorot.weight.std() == pytest.approx(np.sqrt(2 / 700), rel=0.02)
    assert np.abs(glorot.weight).max() <= np.sqrt(6 / 700)
    assert not he.bias.any()


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("he_uniform", np.sqrt(2 / 400)),
        ("he_normal", np.sqrt(2 / 400)),
        ("glorot_normal", np.sqrt(2 / 700)),
        ("glorot_uniform", np.sqrt(2 / 700)),
        ("lecun_normal", np.sqrt(1 / 400)),
        ("zeros", 0),
        (lambda shape, fanIn, fanOut, rng: np.full(shape, 0.5), 0),
    ],
)
def test_initialisation_can_be_chosen(name, deviation):
    assert Dense(400, 300, ReLU(), initializer=name).weight.std() == pytest.approx(deviation, rel=0.02)


def test_a_seed_repeats_the_weights_whatever_numpys_global_state():
    seed(3)
    first = Dense(5, 4).weight.copy()
    np.random.seed(0)  # noqa: NPY002 - the global state must play no part
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    seed(3)
    assert np.array_equal(Dense(5, 4).weight, first)
    assert not np.array_equal(Dense(5, 4).weight, first)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    assert np.array_equal(Dense(5, 4, rng=0).weight, Dense(5, 4, rng=np.random.default_rng(0)).weight)
    own = Dense(5, 4, rng=np.random.default_rng(1)).weight
    assert np.array_equal(own, Dense(5, 4, rng=np.random.default_rng(1)).weight)


# Messages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0, 3), ValueError, "Dense: expected inputDim to be a whole number of at least 1, got 0"),
        (lambda: Dense(3, -1), ValueError, "outputDim to be a whole number of at least 1, got -1"),
        (lambda: Dense(3, 2.5), TypeError, "outputDim to be a whole number .*, got 2.5"),
        (lambda: Dense(True, 2), TypeError, "inputDim to be a whole number of at least 1, got True"),
        (
            lambda: Dense(3, 2, ReLU),
            TypeError,
            r"activation to be an Activation such as ReLU\(\), got .*give an instance, ReLU\(\)",
        ),
        (lambda: Dense(3, 2, "relu"), TypeError, "activation to be an Activation such as .*got 'relu'"),
        (
            lambda: Dense(3, 2, optimizer="adam"),
            TypeError,
            r"optimizer to be an Optimizer such as Adam\(\), got 'adam'",
        ),
        (
            lambda: Dense(3, 2, initializer="he"),
            ValueError,
            "Dense: expected initializer to be one of .*'he_normal'.*, got 'he'",
        ),
        (lambda: Dense(3, 2, initializer=[1]), ValueError, r"initializer to be one of .*, got \[1\]"),
        (lambda: Dense(3, 2, initializer=lambda *a: np.zeros(3)), ValueError, r"arrays of shape \(2, 3\), got \(3,\)"),
        (
            lambda: MLP([Dense(3, 2)]).predict(np.ones((3, 2)), size=0),
            ValueError,
            "predict: expected size to be a whole number of at least 1, got 0",
        ),
        (lambda: MLP([Dense(3, 2)]).predict(np.ones((3, 2)), size=2.0), TypeError, "a whole number .*, got 2.0"),
        (lambda: checkGradients(MLP()), ValueError, "a network with layers"),
        (lambda: checkGradients(Dense(3, 2), step=0), ValueError, "step > 0"),
        (lambda: MLP(["dense"]), TypeError, "expected every layer to be a Layer such as Dense.*, got 'dense'"),
        (lambda: MLP(Dense(3, 2)), TypeError, r"MLP: expected a list of layers, got one layer; write MLP\(\["),
        (lambda: MLP([Dense(3, 2)], loss="mse"), TypeError, r"to be a Loss such as CrossEntropy\(\), got 'mse'"),
        (lambda: MLP([Dense(3, 2)]).freeze(1), IndexError, r"no layers\[1\], the last one is layers\[0\]"),
        (lambda: MLP([Dense(3, 2)]).evaluate(np.ones((3, 2)), np.ones((2, 2))), TypeError, "a Dataset or a pair"),
        (
            lambda: MLP([Dense(3, 4), Dense(5, 2)]),
            ValueError,
            r"layers\[1\] \(Dense 5 -> 2, Identity\(\)\) takes samples of shape \(5,\), but layers.0. .* gives \(4,\)",
        ),
        (
            lambda: MLP([Dense(3, 4)]).feedforward(np.ones((4, 2))),
            ValueError,
            r"expected an input of shape \(3, N\).* got \(4, 2\)$",
        ),
        (lambda: MLP([Dense(3, 4)]).feedforward(np.ones((2, 3))), ValueError, r"got \(2, 3\); transpose it"),
        (lambda: MLP([Dense(3, 4)]).feedforward(np.ones(3)), ValueError, "samples as columns"),
        (lambda: MLP([Dense(3, 4)]).predict(np.ones(3)), ValueError, r"x\[:, None\]"),
        (lambda: MLP([Dense(1, 1)]).feedforward([["a"]]), TypeError, "real numbers"),
        (lambda: MLP([Dense(1, 1)]).feedforward([[1j]]), TypeError, "real numbers"),
        (
            lambda: MLP([Dense(2, 1)]).feedforward([[0, 1], [0, np.nan]]),
            ValueError,
            "finite numbers in float64, got nan; .* the first is in row 1",
        ),
        (
            lambda: MLP([Dense(2, 1)]).predict([[np.inf], [0]]),
            ValueError,
            "the first is in row 0, column 0",
        ),
        (lambda: MLP().feedforward(np.ones((3, 1))), RuntimeError, "has no layers: add some with addLayer"),
        (lambda: MLP().backpropagate(np.ones((3, 1))), RuntimeError, "has no layers"),
        (
            lambda: MLP([Dense(3, 2)]).backpropagate(np.ones((2, 1))),
            RuntimeError,
            "no input yet: call feedforward",
        ),
        (lambda: MLP([Dense(3, 2)]).getLoss(np.ones((2, 1))), RuntimeError, "call feedforward first"),
        (lambda: MLP([Dense(3, 2)]).getAccuracy(np.ones((2, 1))), RuntimeError, "call feedforward first"),
        (lambda: Dense(3, 2).update(), RuntimeError, "call backward before update"),
        (lambda: MLP([Dense(3, 2)], loss=None).layers[0].gradient, RuntimeError, "call feedforward first"),
        (lambda: Dense(3, 2).astype(np.int32), ValueError, "dtype to be np.float32 or np.float64, got .*int32"),
        (
            lambda: setattr(MLP([Dense(3, 2)]), "loss", MSE),
            TypeError,
            r"to be a Loss such as .*give an instance, MSE\(\)",
        ),
        (
            lambda: setattr(Dense(3, 2), "weight", np.ones((3, 2))),
            ValueError,
            r"shape \(2, 3\), got .*\(3, 2\)",
        ),
        (lambda: MLP([Dense(3, 2)]).setWeights({}), ValueError, r"missing \['layers.0.bias', 'layers.0.weight'\]"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("label", [np.ones((2, 4)), np.ones((3, 5)), np.ones(4), np.ones((4, 3))])
def test_label_of_the_wrong_shape(label):
    mlp = network(2, 3, output=Softmax())
    mlp.feedforward(np.ones((2, 4)))
    for use in (mlp.getLoss, mlp.getAccuracy, mlp.backpropagate):
        with pytest.raises(ValueError, match=r"does not fit the output of layers\[0\] .*expected \(3, 4\)"):
            use(label)


def test_class_numbers_as_label_get_a_hint():
    mlp = network(2, 3, output=Softmax())
    mlp.feedforward(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"numpy.eye\(classes\)\[:, numbers\]"):
        mlp.getLoss(np.array([0, 1, 2, 1]))


def test_a_batch_without_samples_has_no_loss():
    mlp = network(2, 3)
    assert mlp.feedforward(np.ones((2, 0))).shape == (3, 0)
    with pytest.raises(ValueError, match="at least one column"):
        mlp.getLoss(np.ones((3, 0)))


def test_a_layer_stands_in_one_place_only():
    layer = Dense(3, 3)
    with pytest.raises(ValueError, match="in this network already"):
        MLP([layer, layer])


def test_gradient_of_the_wrong_shape():
    mlp = network(2, 3)
    mlp.feedforward(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"\(3, 4\)"):
        mlp.backpropagate(np.ones((3, 5)), useLoss=False)


def test_a_backward_pass_that_overflows_updates_nothing():
    mlp = network(2, 2, 2, optimizer=SGD(lr=1.0), loss=MSE())
    mlp.layers[0].activation = Identity()
    before = mlp.weights()
    with np.errstate(all="ignore"):
        mlp.feedforward(np.full((2, 1), 1.7e308))
        with pytest.raises(DivergenceError, match=r"layers\[0\].*overflowed float64"):
            mlp.backpropagate(np.full((2, 1), 1.0))
    assert all(np.array_equal(before[name], value) for name, value in mlp.weights().items())


def test_an_earlier_overflow_raises_no_false_alarm():
    mlp = network(2, 3, 2, output=Sigmoid())
    x, y = np.ones((2, 4)), np.zeros((2, 4))
    mlp.feedforward(x)
    with pytest.raises(DivergenceError), np.errstate(all="ignore"):
        mlp.backpropagate(np.full((2, 4), np.inf), useLoss=False)
    mlp.feedforward(x)
    mlp.backpropagate(y, updateParameters=False)
    mlp.backpropagate(y)


def test_a_label_that_is_not_finite_is_named():
    mlp = network(2, 2, output=Sigmoid())
    mlp.feedforward(np.ones((2, 3)))
    label = np.zeros((2, 3))
    label[1, 2] = np.nan
    with pytest.raises(DivergenceError, match="first appeared in label. The label holds 1 values.*row 1, column 2"):
        mlp.backpropagate(label)


def test_summary():
    mlp = network(784, 100, 10, output=Softmax())
    mlp.freeze(0)
    lines = repr(mlp).split("\n")
    assert lines[0] == "MLP"
    assert "Dense 784 -> 100, Tanh(), frozen" in lines[2]
    assert "78,500" in lines[2]
    assert lines[-1] == "79,510 parameters, 1,010 of them trainable"
    assert repr(MLP()) == "MLP without layers"


def test_losses_by_their_domain():
    for output, loss in ((Identity(), CrossEntropy()), (Tanh(), CategoricalCrossEntropy()), (ReLU(), CrossEntropy())):
        with pytest.raises(ValueError, match=r"defined for outputs in \[0, 1\].*end in Softmax\(\) or Sigmoid\(\)"):
            network(2, 2, output=output, loss=loss).evaluate((np.ones((2, 1)), np.ones((2, 1))))


def test_combinations_that_cannot_learn():
    x, y = np.ones((2, 1)), np.ones((2, 1))
    with pytest.raises(ValueError, match=r"CategoricalCrossEntropy does not fit .*Sigmoid.*end in Softmax\(\)"):
        network(2, 2, output=Sigmoid(), loss=CategoricalCrossEntropy()).evaluate((x, y))
    with pytest.raises(ValueError, match=r"one output of layers\[0\].*always 1: end in Sigmoid\(\)"):
        network(2, 1, output=Softmax()).evaluate((x, y[:1]))


# Own activations and losses -----------------------------------------------------------------------------------------


def test_an_own_version_of_a_loss_is_the_one_that_counts():
    """Not the parent's form for pre-activations."""

    class Weighted(CrossEntropy):
        def apply(self, y, a):
            return 100 * super().apply(y, a)

        def derivative(self, y, a, out=None):
            return 100 * super().derivative(y, a)

    weighted, plain = network(3, 2, output=Softmax(), loss=Weighted()), network(3, 2, output=Softmax())
    for mlp in (weighted, plain):
        mlp.computeGradients(np.ones((3, 4)), np.eye(2, 4))
    assert weighted.getLoss(np.eye(2, 4)) == pytest.approx(100 * plain.getLoss(np.eye(2, 4)))
    assert np.allclose(weighted.layers[0].gradients["weight"], 100 * plain.layers[0].gradients["weight"])


def test_a_loss_that_train_refuses_is_not_taken():
    network = MLP([Dense(2, 3, Sigmoid())])
    x = np.random.default_rng(0).normal(size=(2, 20))
    with pytest.raises(ValueError, match="does not fit"):
        network.train(Dataset.fromArrays(x, np.arange(20) % 3), CategoricalCrossEntropy())
    assert network.loss.name == "CrossEntropy"


def test_predict_until_a_place():
    network, x = MLP([Dense(2, 4, ReLU()), Dense(4, 3, Softmax())]), np.ones((2, 5))
    features = network.predict(x, until=-1)
    assert np.array_equal(features, network.layers[0].feedforward(x))
    assert np.array_equal(network.layers[1].feedforward(features), network.predict(x))
    assert np.array_equal(network.predict(x, until=1), features)
    with pytest.raises(IndexError, match="until to be a place among 2 layers, got 3"):
        network.predict(x, until=3)


def test_a_copy_is_a_network_of_its_own():
    x = np.random.default_rng(0).normal(3, 2, size=(2, 60))
    y = (x.sum(axis=0) > 6).astype(int)
    network = MLP([Dense(2, 4, ReLU()), Dropout(0.2), Dense(4, 2, Softmax())], CategoricalCrossEntropy())
    dataset = Dataset.fromArrays(x, y, standardize=True, classNames=["small", "large"])
    network.train(dataset, epochs=1, metrics=[])
    before, whole, part = network.weights(), network.copy(), network.copy(until=-1)
    assert np.array_equal(whole.predict(x), network.predict(x))
    assert np.array_equal(part.predict(x), network.predict(x, until=-1))  # both standardise
    assert (whole.loss.name, whole.classNames) == ("CategoricalCrossEntropy", ["small", "large"])
    assert (part.loss.name, part.classNames) == ("MSE", None)
    whole.train(dataset, epochs=1, metrics=[])
    assert all(np.array_equal(value, before[name]) for name, value in network.weights().items())
    assert not np.array_equal(whole.layers[2].weight, network.layers[2].weight)
    with pytest.raises(RuntimeError, match="this MLP has no layers"):
        MLP().copy()


def test_a_copy_keeps_names_and_metrics():
    network = MLP({"body": Dense(2, 4, ReLU()), "head": Dense(4, 2, Softmax())})
    network.addMetric("largest", lambda labels, outputs: float(outputs.max()), "higher")
    whole, part = network.copy(), network.copy(until=-1)
    assert ([*whole.namedLayers()], [*part.namedLayers()]) == (["body", "head"], ["body"])
    assert whole.config() == network.config()
    data = np.ones((2, 6)), np.ones((2, 6)) / 2
    assert whole.evaluate(data, ["largest"]) == network.evaluate(data, ["largest"])
    assert "largest" not in part.directions


def test_an_activation_that_computes_something_else_is_the_one_that_counts():
    """No loss takes its pre-activation for that of a Sigmoid."""

    class Cooler(Sigmoid):
        def apply(self, z, out=None):
            return super().apply(z / 5, out)

        def derivative(self, z):
            a = self.apply(z)
            return a * (1 - a) / 5

        def backward(self, da, z, a, out=None):
            return np.multiply(da, self.derivative(z), out=out)

    class Steep(Activation):
        range = (0.0, 1.0)

        def apply(self, z, out=None):
            return np.divide(1, 1 + np.exp(-5 * z), out=out)

        def derivative(self, z):
            a = self.apply(z)
            return 5 * a * (1 - a)

    for activation in (Steep(), Cooler()):
        mlp = network(3, 2, output=activation, loss=CrossEntropy())
        a = mlp.feedforward(np.ones((3, 4)))
        assert mlp.getLoss(np.eye(2, 4)) == pytest.approx(CrossEntropy().apply(np.eye(2, 4), a))
        assert checkGradients(mlp)


def test_a_kind_of_the_librarys_names_is_refused():
    with pytest.raises(
        TypeError, match="the library has an activation called Softmax .* give the one in .* another name"
    ):
        type("Softmax", (Activation,), {})


# Any layers ----------------------------------------------------------------------------------------------------------


def test_networks_in_networks_are_frozen_named_and_shown():
    inner = Chain([Dense(4, 4, Tanh(), rng=1), Residual([Dense(4, 4, rng=2)])])
    mlp = MLP([Dense(3, 4, rng=0), inner, Dense(4, 2, Softmax(), rng=3)])
    assert list(mlp.namedLayers()) == ["layers.0", "layers.1.layers.0", "layers.1.layers.1.chain.layers.0", "layers.2"]
    for place, leaf in mlp.namedLayers().items():
        where = re.sub(r"layers\.([0-9])", r"layers[\1]", place)
        assert leaf.describe() == f"{where} ({leaf!r})"
    assert checkGradients(mlp)
    mlp.freeze(1)
    before = mlp.weights()
    mlp.feedforward(np.ones((3, 5)))
    mlp.backpropagate(np.eye(2, 5))
    for name, value in mlp.weights().items():
        assert np.array_equal(value, before[name]) == name.startswith("layers.1.")
    assert "frozen" in repr(mlp).split("\n")[3]
    mlp.unfreeze(1)
    assert all(leaf.trainable for leaf in mlp.namedLayers().values())


def test_layers_that_are_taken_out_or_put_in_leave_no_shape_behind():
    """`layers` is the list itself."""
    mlp = network(3, 4, 5, 2, output=Softmax(), optimizer=Adam(lr=0.1))
    x = RNG.normal(size=(3, 6))
    for _ in range(2):
        mlp.feedforward(x)
        mlp.backpropagate(np.eye(2, 6))
    mlp.layers.pop()
    assert (mlp.inputShape, mlp.outputShape, len(mlp.layers), mlp.numParameters()) == ((3,), (5,), 2, 41)
    assert mlp.feedforward(x).shape == mlp.predict(x).shape == (5, 6)
    assert mlp.loss.name == "MSE"
    assert list(mlp.weights()) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    before = mlp.weights()
    mlp.backpropagate(np.ones((5, 6)))
    assert not any(np.array_equal(value, before[name]) for name, value in mlp.weights().items())
    with pytest.raises(ValueError, match=r"expected \(5, 6\)"):
        mlp.getLoss(np.eye(2, 6))
    mlp.layers.append(Dense(5, 7, Sigmoid(), rng=8))
    assert (mlp.outputShape, mlp.numParameters()) == ((7,), 41 + 42)
    assert mlp.loss.name == "CrossEntropy"
    assert "Dense 5 -> 7" in repr(mlp)
    mlp.feedforward(x)
    mlp.backpropagate(np.eye(7, 6))
    assert mlp.predict(x).shape == (7, 6)
    mlp.layers[:] = [mlp.layers[0], Dense(4, 2, Softmax(), rng=9)]
    assert mlp.outputShape == (2,)
    history = mlp.train(Dataset.fromArrays(np.tile(x, 5), np.arange(30) % 2, test_size=10), epochs=1)
    assert np.isfinite(history["test_loss"][0])
    mlp.layers.pop()
    mlp.astype(float)
    mlp.addLayer(Dense(4, 3))
    assert mlp.layers[1].describe().startswith("layers[1] (Dense 4 -> 3")
    with pytest.raises(ValueError, match="make the two equal"):
        mlp.addLayer(Dense(4, 2))


def test_dropout_is_for_training_alone():
    mlp = MLP([Dense(3, 200, rng=0), Dropout(0.5, rng=1), Dense(200, 2, rng=2)])
    x = RNG.normal(size=(3, 4))
    hidden = mlp.layers[0].feedforward(x)
    expected = mlp.layers[2].weight @ hidden + mlp.layers[2].bias
    assert mlp.predict(x) == pytest.approx(expected, rel=1e-12)
    assert mlp.feedforward(x, training=False) == pytest.approx(expected, rel=1e-12)
    one, other = mlp.feedforward(x), mlp.feedforward(x)
    assert not np.allclose(one, other)
    assert not np.allclose(one, expected)
    mlp.predict(x)
    mlp.backpropagate(np.zeros((2, 4)))  # through the mask of the last feedforward
    dropped = mlp.layers[1].output == 0
    assert 0.4 < dropped.mean() < 0.6
    assert not mlp.layers[1].gradient[dropped].any()
    assert mlp.layers[1].gradient[~dropped].all()


def test_batch_normalization_predicts_by_its_running_averages():
    mlp = MLP([Dense(3, 4, rng=0), BatchNormalization(4, momentum=0.5), Dense(4, 2, rng=1)])
    x = RNG.normal(size=(3, 50))
    before = {name: value.copy() for name, value in mlp.layers[1].statistics.items()}
    alone = mlp.predict(x[:, :1])
    assert all(np.array_equal(value, before[name]) for name, value in mlp.layers[1].statistics.items())
    for _ in range(60):
        mlp.feedforward(x)
    hidden = mlp.layers[0].feedforward(x)
    assert mlp.layers[1].statistics["mean"] == pytest.approx(hidden.mean(axis=1, keepdims=True), rel=1e-9)
    assert mlp.layers[1].statistics["variance"] == pytest.approx(hidden.var(axis=1, ddof=1, keepdims=True), rel=1e-9)
    assert not np.allclose(mlp.predict(x[:, :1]), alone)
    assert np.allclose(mlp.predict(x)[:, :1], mlp.predict(x[:, :1]), rtol=1e-12)
    assert np.allclose(mlp.predict(x), mlp.feedforward(x), atol=0.05)
    names = [name for name in mlp.weights() if name.startswith("layers.1.")]
    assert names == [f"layers.1.{name}" for name in ("scale", "shift", "mean", "variance")]
    assert mlp.numParameters() == 16 + 8 + 10


def test_a_deep_network_of_all_of_them_learns():
    seed(0)
    adam = Adam(lr=0.01)
    hidden = [Dense(64, 64, optimizer=adam), BatchNormalization(64, optimizer=adam), Dropout(0.2)]
    block = Residual([Dense(64, 64, ReLU(), adam), Dense(64, 64, optimizer=adam)])
    mlp = MLP([*hidden, block, Dense(64, 10, Softmax(), adam)])
    digits = Dataset("digits", rng=0)
    history = mlp.train(digits, epochs=6, metrics=["train_loss", "test_accuracy"])
    assert history["test_accuracy"][-1] > 0.94
    assert mlp.evaluate(digits)["accuracy"] == pytest.approx(history["test_accuracy"][-1])


@pytest.mark.parametrize(("output", "loss"), [(Softmax(), None), (Sigmoid(), None), (Identity(), MSE())])
def test_a_penalty_of_the_last_layer_is_in_the_loss(output, loss):
    """Also where the loss takes the pre-activation, and the output is computed late."""
    plain, sparse = (network(3, 4, 2, output=output, loss=loss) for _ in range(2))
    sparse.layers[-1].penalty = L1(0.4)
    x, y = RNG.normal(size=(3, 8)), np.eye(2, 8)
    own = 0.4 * np.abs(sparse.predict(x)).sum() / 8
    for mlp in (plain, sparse):
        mlp.feedforward(x)
    assert sparse.getLoss(y) == pytest.approx(plain.getLoss(y) + own)
    assert sparse.evaluate((x, y))["loss"] == pytest.approx(plain.evaluate((x, y))["loss"] + own)
    assert checkGradients(sparse, x, y)
