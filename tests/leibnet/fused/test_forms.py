"""Every compiled kernel beside its NumPy form."""

import inspect

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import LABELS, X, batch, classifier, data, gan, vae
from layers import Dense, Sampler, penalty
from layers.activated import _add_bias
from layers.stochastic import sampler
from loss import CategoricalCrossEntropy, CrossEntropy
from nn import MLP, DivergenceError, checkGradients
from nn.training.step import StepContext
from optimizer import Adam
from optimizer.adam import _adam

pytest.importorskip("numba", reason="the compiled kernels need numba: pip install -e '.[fast]'")

ACTIVATIONS = [Identity(), ReLU(), LeakyReLU(0.2), ELU(0.7), Sigmoid(), Tanh()]
PAIRS = {
    "sigmoidCrossEntropy": CrossEntropy().after("Sigmoid"),
    "softmaxCrossEntropy": CrossEntropy().after("Softmax"),
    "softmaxCategoricalCrossEntropy": CategoricalCrossEntropy().after("Softmax"),
}
FUNCTIONS = {
    "adam": _adam,
    "addBias": _add_bias,
    "gaussianDraw": sampler._draw,
    "gaussianDrawBackward": sampler._draw_backward,
    "gaussianDivergence": penalty._total,
    "gaussianDivergenceGradient": penalty._gradient,
}
SHAPES = [(1, 1), (3, 1), (2, 5), (5, 0), (7, 3), (10, 33), (2, 65), (784, 50)]
SPECIAL = [0.0, -0.0, 1e-40, -1e-40, 1e-310, 100.0, -100.0, 1e-3, -7.0, 7.0]
NOT_FINITE = [np.inf, -np.inf, np.nan]
by_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
by_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
by_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)


@pytest.fixture(autouse=True)
def compiled():
    leibnet.kernels("numba")
    yield choice.choose()
    leibnet.kernels()


def numbers(shape, dtype, seed=0, special=False, finite=True):
    """Normal numbers, with special ones among them."""
    rng = np.random.default_rng(seed)
    found = 3 * rng.normal(size=shape)
    if special and found.size:
        kept = SPECIAL + ([] if finite else NOT_FINITE)
        places = rng.integers(0, found.size, max(1, found.size // 3))
        found.flat[places] = rng.choice(kept, len(places))
    return found.astype(dtype)


def close(found, expected, times=1):
    """Whether they differ by no more than rounding, relative to the largest entry; what is not finite is the same."""
    found, expected = np.asarray(found), np.asarray(expected)
    finite = np.isfinite(expected)
    with np.errstate(invalid="ignore"):
        if not np.array_equal(np.where(finite, 0, expected), np.where(np.isfinite(found), 0, found), equal_nan=True):
            return False
    if not finite.any():
        return True
    precision = np.finfo(found.dtype if found.dtype.kind == "f" and found.ndim else expected.dtype)
    rounding = 1e-6 if precision.bits == 32 else 1e-14
    error = np.abs(found[finite].astype(np.longdouble) - expected[finite].astype(np.longdouble)).max()
    return error <= times * rounding * np.abs(expected[finite]).max() + precision.tiny


def test_every_kernel_is_compared(compiled):
    directions = {one.kernel + direction for one in ACTIVATIONS for direction in ("Forward", "Backward")}
    assert compiled.keys() == FUNCTIONS.keys() | PAIRS.keys() | directions


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_arguments_are_those_of_the_numpy_form(compiled, name):
    assert list(inspect.signature(compiled[name].py_func).parameters) == list(
        inspect.signature(FUNCTIONS[name]).parameters
    )


@by_dtype
@by_shape
@by_activation
@pytest.mark.parametrize("finite", [True, False], ids=["finite", "not finite"])
def test_bias_and_activation(compiled, activation, shape, dtype, finite):
    z, b, da = (numbers(s, dtype, seed, True, finite) for seed, s in enumerate((shape, (shape[0], 1), shape)))
    with np.errstate(all="ignore"):
        expected_z = z + b
        expected_a = activation.apply(expected_z)
        expected_dz = activation.backward(da, expected_z, expected_a)
        expected_db = expected_dz.sum(axis=1, keepdims=True, dtype=float)
    a, dz, db = np.empty_like(z), np.empty_like(z), np.empty_like(b)
    compiled[activation.kernel + "Forward"](z, b, a, activation.kernelSetting)
    assert np.array_equal(z, expected_z, equal_nan=True)
    assert close(a, expected_a)
    compiled[activation.kernel + "Backward"](da, expected_z, expected_a, dz, db, activation.kernelSetting)
    assert close(dz, expected_dz)
    if finite and shape[1]:
        largest = np.abs(expected_dz).sum(axis=1).max()
        assert np.abs(db - expected_db).max() <= (1e-6 if dtype is np.float32 else 1e-14) * max(largest, 1)


@by_dtype
@by_shape
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("label", ["hard", "soft"])
def test_cross_entropies(compiled, name, shape, dtype, label):
    pair, rows = PAIRS[name], shape[0]
    rows = min(max(rows, 2), 100) if name.startswith("softmax") else rows
    z = numbers((rows, shape[1]), dtype, 3, special=True)
    rng = np.random.default_rng(4)
    y = rng.uniform(size=z.shape) if label == "soft" else np.eye(rows)[:, rng.integers(0, rows, shape[1])]
    y = y / y.sum(axis=0) if name.startswith("softmax") else y
    y = np.ascontiguousarray(y, dtype=dtype)
    if not z.size:
        return
    value, dz = pair.valueAndDerivative(y, z)
    assert np.array_equal(dz, pair.derivative(y, z))
    leibnet.kernels("numpy")
    reference = pair.valueAndDerivative(y.astype(float), z.astype(float))
    assert value == pytest.approx(reference[0], rel=1e-6 if dtype is np.float32 else 1e-14)
    assert close(dz, pair.derivative(y, z))


@by_dtype
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("number", NOT_FINITE, ids=str)
def test_what_is_not_finite_comes_out_of_a_cross_entropy(compiled, name, dtype, number):
    z = numbers((4, 9), dtype)
    z[2, 5] = number
    y = np.eye(4, dtype=dtype)[:, np.arange(9) % 4].copy()
    with np.errstate(all="ignore"):
        value, dz = PAIRS[name].valueAndDerivative(y, z)
        leibnet.kernels("numpy")
        expected, derivative = PAIRS[name].valueAndDerivative(y, z)
    assert np.isfinite(value) == np.isfinite(expected) or not np.isfinite(dz).all()
    assert np.array_equal(np.isfinite(dz).all(axis=0), np.isfinite(derivative).all(axis=0))


@by_dtype
@by_shape
def test_the_draw_of_a_gaussian_and_its_gradient(compiled, shape, dtype):
    latent, n = shape
    both, b = numbers((2 * latent, n), dtype, 1, special=True), numbers((2 * latent, 1), dtype, 2)
    noise, dz, dmean, dvariance = (numbers(shape, dtype, seed) for seed in (3, 4, 5, 6))
    kept = []
    for name in ("gaussianDraw", "gaussianDrawBackward", "gaussianDivergence", "gaussianDivergenceGradient"):
        forms = []
        for form in (compiled[name], FUNCTIONS[name]):
            mine, deviation, z = both.copy(), np.ones_like(noise), np.empty_like(noise)
            if name == "gaussianDraw":
                form(mine, b, noise, deviation, z, 20.0)
                forms.append((mine, deviation, z))
            elif name == "gaussianDrawBackward":
                delta, db = np.empty_like(both), np.empty_like(b)
                form(dz, mine, noise, deviation, dmean, dvariance, delta, db, 20.0)
                forms.append((delta,))
                kept.append(db)
            elif name == "gaussianDivergence":
                mine = np.clip(mine, -20, 20)
                forms.append((np.array([form(mine[:latent], mine[latent:])], dtype),))
            else:
                form(mine[:latent], noise, 0.3, deviation, z)
                forms.append((deviation, z))
        # σ is the exponential of a rounded number up to 10
        times = 2 if name == "gaussianDraw" else 1
        assert all(close(one, other, times) for one, other in zip(*forms, strict=True)), name
    if n:
        assert np.allclose(*kept, rtol=0, atol=(1e-5 if dtype is np.float32 else 1e-13) * n)


@by_dtype
@given(n=st.integers(0, 200), cut=st.integers(0, 200), seed=st.integers(0, 99))
def test_adam_has_the_bits_of_numpy_wherever_it_is_cut(dtype, n, cut, seed):
    leibnet.kernels("numba")
    fast = choice.choose()["adam"]
    arrays = [np.abs(numbers(n, dtype, seed + i, special=True)) if i > 1 else numbers(n, dtype, i) for i in range(5)]
    whole, cuts, plain = ([array.copy() for array in arrays] for _ in range(3))
    settings = 0.9, 0.999, 1e-7, 0.01
    assert not fast(*whole, *settings)
    for part in (slice(0, cut), slice(cut, None)):
        fast(*(array[part] for array in cuts), *settings)
    assert not _adam(*plain, *settings)
    for one, other, reference in list(zip(whole, cuts, plain, strict=True))[:4]:
        assert np.array_equal(one, reference)
        assert np.array_equal(other, reference)


@by_dtype
def test_adam_says_where_squares_overflow(dtype):
    adam = Adam()
    theta, gradient = np.ones(3, dtype), np.full(3, np.sqrt(np.finfo(dtype).max) * 2, dtype)
    with np.errstate(all="ignore"), pytest.raises(OverflowError, match="sum of squared gradients overflows"):
        adam.update(theta, gradient)


@pytest.mark.parametrize("n", [5, 10, 20, 33, 50, 100])
def test_sums_do_not_depend_on_where_arrays_lie(compiled, n):
    pool, seen = np.zeros(8192, np.float32), {name: set() for name in ("sigmoidCrossEntropy", "tanhBackward")}
    y, z = (np.abs(numbers((1, n), np.float32, seed)) for seed in (0, 1))
    for gap in range(0, 300, 3):
        mine = [pool[i * (n + gap) : i * (n + gap) + n].reshape(1, n) for i in range(4)]
        mine[0][:], mine[1][:], mine[3][:] = y / 10, z, z / 9
        value = compiled["sigmoidCrossEntropy"](*mine[:3])
        seen["sigmoidCrossEntropy"].add((value, mine[2].tobytes()))
        db = np.empty((1, 1), np.float32)
        compiled["tanhBackward"](mine[0], mine[1], mine[3], mine[2], db, 0.0)
        seen["tanhBackward"].add((db.tobytes(), mine[2].tobytes()))
    assert {name: len(one) for name, one in seen.items()} == {"sigmoidCrossEntropy": 1, "tanhBackward": 1}


# On the way of a training --------------------------------------------------------------------------------------------


def moved(make, kernels, dtype, steps=100):
    leibnet.kernels(kernels)
    leibnet.seed(0)
    model = make(optimizer=Adam(lr=0.01), rng=3)
    model.astype(dtype)
    before = {name: array.copy() for name, array in model.weights().items()}
    leibnet.seed(1)
    for i in range(steps):
        model.step(batch(10, 10 * (i % 4)), StepContext(batchSize=10))
    return before, model.weights()


@by_dtype
@pytest.mark.parametrize("make", [classifier, vae, gan], ids=lambda make: make.__name__)
def test_a_hundred_steps_go_the_same_way(make, dtype):
    before, fast = moved(make, "numba", dtype)
    _, plain = moved(make, "numpy", dtype)
    move = max(np.abs(plain[name] - before[name]).max() for name in before)
    difference = max(np.abs(plain[name] - fast[name]).max() for name in before)
    assert move > 0.05
    assert (
        difference
        <= (2e-5 if dtype is np.float32 and make is classifier else 1e-3 if dtype is np.float32 else 1e-9) * move
    )


@pytest.mark.parametrize("activation", [*ACTIVATIONS, Softmax()], ids=repr)
def test_the_gradient_exam_of_a_layer(activation):
    assert checkGradients(Dense(4, 3, activation, rng=0))


@pytest.mark.parametrize("loss_", [CrossEntropy(), CategoricalCrossEntropy()], ids=repr)
@pytest.mark.parametrize("output", [Sigmoid(), Softmax()], ids=repr)
def test_the_gradient_exam_of_a_network(loss_, output):
    if not loss_.unfit.get(output.link):
        assert checkGradients(
            MLP([Dense(6, 4, Tanh(), rng=0), Dense(4, 3, output, rng=1)], loss_), X[:, :7], LABELS[:, :7]
        )


@pytest.mark.parametrize("model", [vae(rng=0), gan(rng=0)], ids=["vae", "gan"])
def test_the_gradient_exam_of_a_model(model):
    assert checkGradients(model, X[:, :7])


@pytest.mark.parametrize("made", [Dense(4, 3, Tanh(), rng=0), Sampler(4, 2, rng=0)], ids=repr)
def test_an_error_of_a_thousandth_in_a_kernel_fails(compiled, made, monkeypatch):
    name = "tanhBackward" if isinstance(made, Dense) else "gaussianDrawBackward"

    def wrong(*arguments):
        compiled[name](*arguments)
        arguments[3 if isinstance(made, Dense) else 6][...] *= 1.001

    monkeypatch.setattr(choice, "_forms", {**compiled, name: wrong})
    assert not checkGradients(made)


@pytest.mark.parametrize("number", NOT_FINITE, ids=str)
def test_a_number_that_is_not_finite_ends_a_training(number):
    network = classifier(rng=0)
    network.layers[0].weight[1, 2] = number
    with pytest.raises(DivergenceError, match="layers"):
        network.train(data(labels=LABELS), epochs=1, progress=False, watch=False)


# Where there is none -------------------------------------------------------------------------------------------------


class Foreign(np.ndarray):
    pass


OTHERS = {
    "strided": np.zeros((4, 6))[:, ::2],
    "columns": np.zeros((3, 4)).T,
    "half": np.zeros((4, 3), np.float16),
    "big-endian": np.zeros((4, 3), ">f4"),
    "integers": np.zeros((4, 3), int),
    "foreign": np.zeros((4, 3)).view(Foreign),
}


@pytest.mark.parametrize("array", OTHERS.values(), ids=OTHERS.keys())
def test_other_arrays_are_numpys(array):
    assert choice.kernel("addBias", array) is None
    assert choice.kernel("addBias", np.zeros((4, 3)), array) is None
    assert choice.kernel("addBias", np.zeros((4, 3))) is not None
    assert choice.kernel("addBias", np.zeros((4, 3)), np.zeros((4, 3), np.float32)) is None


def test_read_only_arrays_are_numpys():
    array = np.zeros((4, 3))
    array.flags.writeable = False
    assert choice.kernel("addBias", array) is None


@by_dtype
@pytest.mark.parametrize("order", ["CC", "CF", "FC", "FF"])
def test_labels_and_inputs_in_any_order_train(dtype, order):
    x, y = (np.asarray(array, dtype, order=one) for array, one in zip((X, LABELS), order, strict=True))
    network = classifier(rng=0)
    network.astype(dtype)
    network.feedforward(x)
    network.backpropagate(y)
    found = {name: array.copy() for name, array in network.arrays().items()}
    other = classifier(rng=0)
    other.astype(dtype)
    other.feedforward(np.ascontiguousarray(x))
    other.backpropagate(np.ascontiguousarray(y))
    assert all(np.allclose(found[name], array, rtol=1e-5) for name, array in other.arrays().items())
