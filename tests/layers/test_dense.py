"""The fully connected layer: the formula, its gradients, its parameters."""

import numpy as np
import pytest

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from layers import L1, Dense, Layer, Wanted
from nn import seed
from optimizer import SGD, Adam

X = np.random.default_rng(0).normal(size=(3, 5))
DY = np.random.default_rng(1).normal(size=(2, 5))


def layer(activation=None, **keywords):
    return Dense(3, 2, activation, **{"optimizer": SGD(lr=0.5), "rng": 0} | keywords)


@pytest.mark.parametrize("activation", [Identity(), Sigmoid(), Tanh(), ReLU(), Softmax()], ids=repr)
def test_the_formulas(activation):
    one = layer(activation)
    one.bias = [[0.3], [-0.2]]
    W, b = one.weight.copy(), one.bias.copy()
    z = np.einsum("oi,in->on", W, X) + b
    a = activation.apply(z)
    assert one.feedforward(X) == pytest.approx(a, rel=1e-12)
    assert one.preactivation == pytest.approx(z, rel=1e-12)
    dx = one.backward(DY)
    dz = activation.backward(DY, z, a)
    assert dx == pytest.approx(np.einsum("oi,on->in", W, dz), rel=1e-12)
    assert one.gradients["weight"] == pytest.approx(np.einsum("on,in->oi", dz, X), rel=1e-12)
    assert one.gradients["bias"] == pytest.approx(dz.sum(axis=1, keepdims=True), rel=1e-12)
    one.update()
    assert one.weight == pytest.approx(W - 0.5 * np.einsum("on,in->oi", dz, X), rel=1e-12)
    assert one.bias == pytest.approx(b - 0.5 * dz.sum(axis=1, keepdims=True), rel=1e-12)


def test_what_is_not_wanted_is_left_as_it_was():
    one = layer()
    one.forward(X)
    one.gradients["weight"][...] = 7
    assert one.backward(DY, Wanted(parameters=False)).shape == (3, 5)
    assert (one.gradients["weight"] == 7).all()
    assert not one.hasGradients
    assert one.backward(DY, Wanted(input=False)) is None
    assert one.hasGradients
    with pytest.raises(RuntimeError, match="has no gradient to its input"):
        one.gradient  # noqa: B018


def test_update_asks_for_gradients():
    one = layer()
    one.forward(X)
    with pytest.raises(RuntimeError, match="Dense 3 -> 2.* has no gradients of its parameters: call backward before"):
        one.update()
    one.backward(DY)
    one.update()
    one.forward(X)
    with pytest.raises(RuntimeError, match="call backward before update"):
        one.update()
    one.trainable = False
    one.update()


def test_a_frozen_layer_stays_and_hands_the_gradient_on():
    one, other = layer(Tanh()), layer(Tanh())
    one.trainable = False
    one.gradients["bias"][...] = 7
    for each in (one, other):
        each.forward(X)
        each.backward(DY)
        each.update()
    assert np.array_equal(one.gradient, other.gradient)
    assert (one.gradients["bias"] == 7).all()
    assert np.array_equal(one.weight, layer(Tanh()).weight)
    assert not np.array_equal(other.weight, one.weight)
    assert (one.learns, other.learns) == (False, True)


def test_learningRate_is_divided_by_the_samples():
    one, other = layer(optimizer=SGD(learningRate=1.0)), layer(optimizer=SGD(lr=0.2))
    for each in (one, other):
        each.forward(X)
        each.backward(DY)
        each.update()
    assert one.weight == pytest.approx(other.weight, rel=1e-12)
    one.update(batchSize=50)
    other.update(factor=0.1)
    assert one.weight == pytest.approx(other.weight, rel=1e-12)


def test_weight_decay_concerns_weights_alone():
    one = layer(optimizer=SGD(lr=0.5, weightDecay=0.1))
    one.bias = [[3.0], [4.0]]
    weight = one.weight.copy()
    one.forward(X)
    one.backward(np.zeros((2, 5)))
    one.update()
    assert one.weight == pytest.approx(0.95 * weight)
    assert one.bias.tolist() == [[3], [4]]


def test_the_optimizer_is_a_template():
    template = Adam(lr=0.1)
    one = layer(optimizer=template)
    assert one.optimizer is not template
    assert one.optimizer.settings() == template.settings()
    one.forward(X)
    one.backward(DY)
    one.update()
    assert (template.t, template.state) == (0, {})
    assert isinstance(Dense(3, 2).optimizer, Adam)


def test_assigning_copies_into_the_existing_array():
    one = layer()
    weight, value = one.weight, np.arange(6).reshape(2, 3)
    one.weight = value
    assert one.weight is weight
    assert one.parameterVector.tolist() == [0, 1, 2, 3, 4, 5, 0, 0]
    value[...] = 9
    assert one.weight[0, 1] == 1
    assert one.parameters["weight"] is weight
    one.gradients["bias"][...] = [[6], [8]]
    assert one.gradientVector.tolist() == [0] * 6 + [6, 8]
    assert one.gradientNorm() == 10


@pytest.mark.parametrize(
    ("activation", "distribution", "size"),
    [
        (Identity(), "uniform", np.sqrt(6 / 700)),
        (Sigmoid(), "uniform", np.sqrt(6 / 700)),
        (Tanh(), "uniform", np.sqrt(6 / 700)),
        (Softmax(), "uniform", np.sqrt(6 / 700)),
        (ReLU(), "normal", np.sqrt(2 / 400)),
        (LeakyReLU(0.1), "normal", np.sqrt(2 / 400)),
        (ELU(), "normal", np.sqrt(2 / 400)),
    ],
    ids=lambda value: repr(value),
)
def test_initial_values_suit_the_activation(activation, distribution, size):
    one = Dense(400, 300, activation, rng=0)
    assert one.weight.dtype == np.float64
    assert abs(one.weight.mean()) < 0.01 * size
    if distribution == "uniform":
        assert np.abs(one.weight).max() == pytest.approx(size, rel=1e-3)
        assert one.weight.std() == pytest.approx(size / np.sqrt(3), rel=0.01)
    else:
        assert one.weight.std() == pytest.approx(size, rel=0.01)
        assert np.abs(one.weight).max() > 3 * size
    assert not one.bias.any()


def test_the_same_seed_gives_the_same_weights():
    assert np.array_equal(layer(rng=3).weight, layer(rng=3).weight)
    assert np.array_equal(layer(rng=np.random.default_rng(3)).weight, layer(rng=3).weight)
    assert not np.array_equal(layer(rng=3).weight, layer(rng=4).weight)
    weights = []
    for _ in range(2):
        seed(5)
        weights.append(Dense(3, 2).weight)
    assert np.array_equal(*weights)


def test_config():
    one = layer(ELU(0.5), optimizer=Adam(lr=0.1, beta1=0.5), penalty=L1(0.2))
    one.trainable = False
    again = Layer.fromConfig(one.config())
    assert again.config() == one.config()
    assert (again.activation.alpha, again.optimizer.beta1, again.penalty.weight, again.trainable) == (
        0.5,
        0.5,
        0.2,
        False,
    )
    assert again.feedforward(X).shape == (2, 5)
    with pytest.raises(TypeError, match="Dense: expected trainable to be True or False, got 1"):
        Layer.fromConfig(one.config() | {"trainable": 1})


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0, 2), ValueError, "Dense: expected inputDim to be a whole number of at least 1, got 0"),
        (lambda: Dense(3, -1), ValueError, "Dense: expected outputDim to be a whole number of at least 1, got -1"),
        (lambda: Dense(3, 2.0), TypeError, "Dense: expected outputDim to be a whole number of at least 1, got 2.0"),
        (lambda: Dense(True, 2), TypeError, "Dense: expected inputDim to be a whole number of at least 1, got True"),
        (lambda: Dense(3, 2, "relu"), TypeError, "Dense: expected activation to be an Activation such as ReLU(), got"),
        (lambda: Dense(3, 2, ReLU), TypeError, "give an instance, ReLU()"),
        (lambda: Dense(3, 2, ReLU(), "adam"), TypeError, "Dense: expected optimizer to be an Optimizer such as Adam()"),
        (
            lambda: Dense(3, 2, initializer="best"),
            ValueError,
            "Dense: expected initializer to be one of 'glorot_uniform'",
        ),
        (lambda: Dense(3, 2, initializer=""), ValueError, "got ''"),
        (lambda: Dense(3, 2, rng=-1), ValueError, "Dense: expected rng to be a whole number of at least 0, got -1"),
        (lambda: layer().feedforward(X.T), ValueError, "samples as columns, got (5, 3); transpose it"),
        (lambda: Dense(6, 2).feedforward(np.ones((2, 3, 4))), ValueError, "got (2, 3, 4); put Flatten() before it"),
        (
            lambda: layer().feedforward(1j * X),
            TypeError,
            "expected the input to be real numbers, got dtype('complex128')",
        ),
        (lambda: layer().feedforward(X.astype(str)), TypeError, "expected the input to be real numbers, got dtype('<U"),
        (lambda: layer().feedforward((X, X)), TypeError, "expected one array, got a tuple of 2; put Parallel() here"),
        (lambda: layer().feedforward(3.0), ValueError, "expected an input of shape (3, N), samples as columns, got ()"),
        (
            lambda: layer().outputShape((4,)),
            ValueError,
            "expected an input of shape (3, N), samples as columns, got (4, N)",
        ),
        (lambda: layer().backward(DY), RuntimeError, "has seen no input yet: call feedforward first"),
        (
            lambda: setattr(layer(), "weight", np.ones((3, 2))),
            ValueError,
            "expected a weight of shape (2, 3), got one of shape (3, 2)",
        ),
        (
            lambda: setattr(layer(), "bias", [[1j], [0]]),
            TypeError,
            "expected its bias to be real numbers, got dtype('complex128')",
        ),
        (lambda: layer().astype(None), ValueError, "expected dtype to be np.float32 or np.float64, got None"),
        (lambda: layer().astype("int8"), ValueError, "expected dtype to be np.float32 or np.float64, got 'int8'"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_a_gradient_of_another_shape_is_refused():
    one = layer()
    one.forward(X)
    for wrong in (DY[:, :4], DY.T, DY[:1]):
        with pytest.raises(ValueError, match=r"expected a gradient of its output's shape \(2, 5\), got"):
            one.backward(wrong)
    with pytest.raises(TypeError, match=r"expected the gradient to be real numbers, got dtype\('complex128'\)"):
        one.backward(1j * DY)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint8, bool])
def test_inputs_of_any_kind_of_number_are_converted(dtype):
    x = np.array([[0, 1], [1, 1], [1, 0]], dtype)
    one = layer()
    assert np.array_equal(one.feedforward(x), one.feedforward(x.astype(float)))
    assert one.feedforward(x.tolist()).dtype == np.float64
    one.astype(np.float32)
    assert one.feedforward(x).dtype == np.float32
    assert one.backward(np.ones((2, 2), dtype)).dtype == np.float32


def test_memory_in_any_order():
    one = layer(Tanh())
    one.forward(X)
    expected = one.output.copy(), one.backward(DY).copy(), one.gradients["weight"].copy()
    one.forward(np.asfortranarray(X))
    found = one.output, one.backward(np.asfortranarray(DY)), one.gradients["weight"]
    for value, right in zip(found, expected, strict=True):
        assert value == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("shape", [(3, 5), (3, 0), (3, 1)])
def test_any_number_of_samples(shape):
    one = layer()
    x = np.ones(shape)
    assert one.feedforward(x).shape == (2, shape[1])
    assert one.backward(np.ones((2, shape[1]))).shape == shape
    assert np.array_equal(one.gradients["bias"], np.full((2, 1), shape[1]))


def test_multiplications():
    assert Dense(784, 100).multiplications((784,)) == 785 * 100


@pytest.mark.parametrize("place", [(0, 0), (1, 3)])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("given", ["input", "gradient"])
def test_gradients_that_are_not_finite_are_found(place, bad, given):
    one, arrays = layer(), {"input": np.ones((3, 5)), "gradient": np.ones((2, 5))}
    arrays[given][place] = bad
    one.astype(np.float32)
    with np.errstate(all="ignore"):
        one.forward(arrays["input"])
        one.backward(arrays["gradient"])
        assert not one.hasFiniteGradients()


@pytest.mark.parametrize(
    ("x", "dy", "finite"),
    [
        (1e20, 1e20, False),
        (0.0, 3e38, False),  # the sum over the samples, the gradient of the bias
        (1e-20, 3e38, False),
        (1e15, 1e15, True),
        (1e19, 1e18, True),
        (1.0, 1e38, True),
        (0.0, 0.0, True),
    ],
)
def test_gradients_that_overflow_are_found(x, dy, finite):
    one = Dense(1, 1)
    one.astype(np.float32)
    with np.errstate(all="ignore"):
        one.forward(np.full((1, 2), x, np.float32))
        one.backward(np.full((1, 2), dy, np.float32))
        assert one.hasFiniteGradients() == finite == np.isfinite(one.gradientVector).all()
