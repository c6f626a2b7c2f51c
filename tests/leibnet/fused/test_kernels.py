"""Every compiled kernel held to its NumPy form: numbers, bits, gradients; and the arrays for which none is taken."""

import inspect
from contextlib import contextmanager

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activations
from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import LABELS, X, batch, classifier, data, gan, vae
from layers import BatchNormalization, Dense, Sampler
from layers.activated import _add_bias
from layers.normalization import batchnormalization
from layers.penalties import gaussiandivergence
from layers.stochastic import sampler
from loss import CategoricalCrossEntropy, CrossEntropy
from nn import MLP, DivergenceError, checkGradients
from nn.models.energy import units
from nn.training.step import StepContext
from optimizer import Adam
from optimizer.adam import _adam

pytest.importorskip("numba", reason="the compiled kernels need numba: pip install -e '.[fast]'")

ACTIVATIONS = [ReLU(), LeakyReLU(0.2), LeakyReLU(0.0), ELU(), ELU(0.7), Sigmoid(), Tanh()]
PAIRS = {
    "sigmoidCrossEntropy": CrossEntropy().after("Sigmoid"),
    "softmaxCrossEntropy": CrossEntropy().after("Softmax"),
    "softmaxCategoricalCrossEntropy": CategoricalCrossEntropy().after("Softmax"),
}
FUNCTIONS = {
    "adam": _adam,
    "addBias": _add_bias,
    "batchMoments": batchnormalization._moments,
    "batchNormalize": batchnormalization._normalize,
    "batchNormalizationSlopes": batchnormalization._slopes,
    "batchNormalizationBackward": batchnormalization._back,
    "bernoulliDraw": units._draw,
    "gaussianDraw": sampler._draw,
    "gaussianDrawBackward": sampler._draw_backward,
    "gaussianDivergence": gaussiandivergence._total,
    "gaussianDivergenceGradient": gaussiandivergence._gradient,
}
DIRECTIONS = {
    f"{one!r} {direction}": (one.kernel + direction, one)
    for one in ACTIVATIONS
    for direction in ("Forward", "Backward")
}
IMAGES = {"convolve", "convolveGradient", "enlarge", "enlargeBackward", "enlargeGradient", "maxima", "unpool"}
STEPS = {f"{name}{end}" for name in ("tanhStep", "reluStep", "lstm", "gru") for end in ("Forward", "Backward")}
SEQUENCES = {"attentionShares", "attentionSharesBackward", "layerNormalize", "layerNormalizationBackward"}
SEQUENCES |= {"foldSteps", "unfoldSteps", "foldStepsLast", "unfoldStepsLast"}
CASES = {name: (name, None) for name in (*FUNCTIONS, *PAIRS)} | DIRECTIONS
SHAPES = [(1, 1), (3, 1), (5, 0), (7, 3), (10, 33), (2, 65), (784, 50)]
SPECIAL = [0.0, -0.0, 1e-40, -1e-40, 1e-310, -1e-310, 100.0, -100.0]
NOT_FINITE = [np.inf, -np.inf, np.nan]
BOUND = 20.0
OUTPUT = 7.0  # what stands in an output before it is written
# σ is the exponential of half a log-variance up to 20, whose last bit in single precision is 1e-6 of it; and the sum of
# the labels of 784 classes is as inexact in NumPy
TIMES = {"gaussianDraw": 3, "softmaxCategoricalCrossEntropy": 2}

by_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
by_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
by_case = pytest.mark.parametrize("case", CASES)


@pytest.fixture(autouse=True)
def compiled():
    leibnet.kernels("numba")
    return choice.choose()


@contextmanager
def numpys():
    """A stretch in which there are no kernels."""
    before, choice._forms = choice._forms, {}
    try:
        yield
    finally:
        choice._forms = before


def numbers(shape, dtype, rng, kept=()):
    """Normal numbers, a third of them replaced by some that are kept for it."""
    found = rng.normal(size=shape)
    if len(kept) and found.size:
        places = rng.integers(0, found.size, max(1, found.size // 3))
        found.flat[places] = rng.choice(kept, len(places))
    return found.astype(dtype)


def labels(shape, dtype, rng, distribution):
    """Hard or soft ones; of a distribution they sum to 1."""
    soft = rng.uniform(size=shape)
    hard = np.eye(shape[0])[:, rng.integers(0, shape[0], shape[1])]
    found = (soft / soft.sum(axis=0) if distribution else soft) if rng.integers(2) else hard
    return np.ascontiguousarray(found, dtype)


def arguments(case, shape, dtype, seed=0, kept=()):
    """What a kernel is called with, by the names of its parameters."""
    name, activation = CASES[case]
    rng = np.random.default_rng(seed)
    n, m = (max(shape[0], 2), shape[1]) if name.startswith("softmax") else shape
    one, two, columns = (n, m), (2 * n, m), {"b": n, "db": n}
    if name == "adam":
        theta, gradient, M, V = (numbers(n * m, dtype, rng, [k for k in kept if np.isfinite(k)]) for _ in range(4))
        work = np.empty_like(theta)
        return {"theta": theta, "gradient": gradient, "M": M, "V": np.abs(V), "work": work} | {
            "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "c": 0.01,
        }  # fmt: skip
    inputs = {key: numbers((size, 1), dtype, rng, kept) for key, size in columns.items()}
    z, other, noise, more = (numbers(one, dtype, rng, kept) for _ in range(4))
    both, written = numbers(two, dtype, rng, kept), np.full(one, OUTPUT, dtype)
    db, b = np.full((n, 1), OUTPUT, dtype), inputs["b"]
    bounded = np.clip(both, -BOUND, BOUND)
    if name == "addBias":
        return {"z": z, "b": b}
    if name.startswith("batch"):
        column, made = np.full((n, 1), OUTPUT, dtype), {"x": z, "dy": z, "normal": other, "factor": b, "n": 7.0}
        made |= {"mean": b, "deviation": numbers((n, 1), dtype, rng) ** 2 + 1, "scale": inputs["db"], "shift": db}
        made |= {"dscale": inputs["db"], "dshift": b}
        outputs = {
            "batchMoments": {"mean": column, "variance": column.copy()},
            "batchNormalize": {"normal": written, "y": written.copy()},
            "batchNormalizationSlopes": {"dscale": column, "dshift": column.copy()},
            "batchNormalizationBackward": {"dx": written},
        }[name]
        return {key: (made | outputs)[key] for key in inspect.signature(FUNCTIONS[name]).parameters}
    if name.endswith("Forward"):
        return {"z": z, "b": b, "a": written, "setting": activation.kernelSetting}
    if activation is not None:
        with np.errstate(all="ignore"):
            a = activation.apply(z)
        return {"da": other, "z": z, "a": a, "dz": written, "db": db, "setting": activation.kernelSetting}
    if name in PAIRS:
        given = {"y": labels((n, m), dtype, rng, name.startswith("softmax")), "z": z, "dz": written}
        return given | ({"size": 2 * m} if name.startswith("softmax") else {})
    if name == "bernoulliDraw":
        offset, uniform = rng.random((n, 1)).astype(dtype), rng.random(one).astype(dtype)
        return {"z": z, "b": b, "offset": offset, "noise": uniform, "mean": written, "u": written.copy()}
    if name == "gaussianDraw":
        b = numbers((2 * n, 1), dtype, rng)
        return {"both": both, "b": b, "noise": noise, "deviation": written, "z": written.copy(), "bound": BOUND}
    if name == "gaussianDrawBackward":
        deviation, delta, db = np.exp(bounded[n:] / 2), np.full(two, OUTPUT, dtype), np.full((2 * n, 1), OUTPUT, dtype)
        given = {"dz": z, "both": bounded, "noise": noise, "deviation": deviation}
        return given | {"dmean": other, "dlogVariance": more, "delta": delta, "db": db, "bound": BOUND}
    if name == "gaussianDivergence":
        return {"mean": bounded[:n], "logVariance": bounded[n:]}
    assert name == "gaussianDivergenceGradient"
    deviation = np.exp(bounded[n:] / 2)
    return {"mean": z, "deviation": deviation, "weight": 0.3, "dmean": written, "dlogVariance": written.copy()}


def numpy_form(case):
    """A function with a kernel's arguments that computes in NumPy."""
    name, activation = CASES[case]

    def forward(z, b, a, setting):
        z += b
        activation.apply(z, out=a)

    def backward(da, z, a, dz, db, setting):
        activation.backward(da, z, a, out=dz)
        np.sum(dz, axis=1, keepdims=True, out=db)

    def entropy(y, z, dz):
        with numpys():
            PAIRS[name].derivative(y, z, out=dz)
            return PAIRS[name].apply(y, z)

    def of_fewer(y, z, dz, size):
        value = entropy(y, z, dz) * z.shape[1] / size
        dz *= z.shape[1] / size
        return value

    if name in PAIRS:
        return of_fewer if name.startswith("softmax") else entropy
    if activation is not None:
        return forward if name.endswith("Forward") else backward
    return FUNCTIONS[name]


def called(form, given):
    """The arrays after a call with copies of the given ones, and the value."""
    own = {key: one.copy() if isinstance(one, np.ndarray) else one for key, one in given.items()}
    with np.errstate(all="ignore"):
        value = form(*own.values())
    kept = {key: one for key, one in own.items() if isinstance(one, np.ndarray) and key != "work"}
    return kept if value is None else kept | {"value": np.asarray(value)}


def largest(array):
    finite = np.abs(array[np.isfinite(array)])
    return finite.max() if finite.size else 0.0


def scales(name, found):
    """By output, beside what its rounding is small: the largest entry, and of sums that of the sums of magnitudes."""
    sizes = {key: largest(one) for key, one in found.items()}
    with np.errstate(all="ignore"):
        if "db" in found:
            sizes["db"] = largest(np.abs(found["delta" if "delta" in found else "dz"]).sum(axis=1))
        if name.startswith("softmax"):
            sizes["dz"] = largest(np.abs(found["dz"]).sum(axis=0))
        if name == "batchMoments":
            sizes["mean"] = largest(np.abs(found["x"]).mean(axis=1))
        if name == "batchNormalizationSlopes":
            sizes["dshift"] = largest(np.abs(found["dy"]).sum(axis=1))
            sizes["dscale"] = largest(np.abs(found["dy"] * found["normal"]).sum(axis=1))
        if name == "batchNormalize":
            sizes["y"] = largest(np.abs(found["normal"] * found["scale"]) + np.abs(found["shift"]))
        if name == "sigmoidCrossEntropy":  # of (a - y) / N those of a and y, where they nearly cancel
            sizes["dz"] = max(sizes["dz"], 1 / max(1, found["dz"].shape[1]))
    return sizes


def differences(case, given, dtype):
    """In words, what a kernel computes otherwise than its NumPy form."""
    name = CASES[case][0]
    found, expected = called(choice.choose()[name], given), called(numpy_form(case), given)
    sizes, words = scales(name, expected), []
    rounding = (1e-6 if dtype is np.float32 else 1e-14) * TIMES.get(name, 1)
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        ours, finite = found[key], np.isfinite(one)
        if not np.array_equal(np.where(np.isfinite(ours), 0, ours), np.where(finite, 0, one), equal_nan=True):
            words.append(f"{key}: other numbers are not finite")
        elif finite.any():
            error = np.abs(ours[finite].astype(np.longdouble) - one[finite]).max()
            if error > rounding * sizes[key] + np.finfo(dtype).tiny:
                words.append(f"{key}: {error / (sizes[key] or 1):.2g}")
    return words


# Their numbers -------------------------------------------------------------------------------------------------------


def test_every_kernel_is_compared(compiled):
    elsewhere = IMAGES | STEPS | SEQUENCES  # in files of their own
    assert compiled.keys() == {name for name, _ in CASES.values()} | elsewhere
    exported = {getattr(activations, name).kernel for name in activations.__all__} - {""}
    assert exported == {one.kernel for one in ACTIVATIONS}


@by_case
def test_the_parameters_are_those_of_the_numpy_form(compiled, case):
    names = list(inspect.signature(compiled[CASES[case][0]].py_func).parameters)
    assert names == list(inspect.signature(numpy_form(case)).parameters) == list(arguments(case, (2, 3), float))


def usable(case, shape):
    return shape[1] > 0 or CASES[case][0] not in {*PAIRS, "batchMoments"}  # of no samples they are refused before


@by_dtype
@by_shape
@by_case
@pytest.mark.parametrize("kept", [(), SPECIAL], ids=["normal", "special"])
def test_the_numbers_of_the_numpy_form(case, shape, dtype, kept):
    if usable(case, shape):
        for seed in range(1 if shape[0] > 100 else 3):
            assert not differences(case, arguments(case, shape, dtype, seed, kept), dtype)


# In NumPy, 0 · inf is NaN in LeakyReLU(0); of the third, see below
OTHERWISE = {"LeakyReLU(epsilon=0.0) Forward", "softmaxCategoricalCrossEntropy"}


@by_dtype
@by_shape
@pytest.mark.parametrize("case", [case for case in CASES if case not in {*OTHERWISE, "adam"}])
def test_what_is_not_finite_is_so_in_both(case, shape, dtype):
    if usable(case, shape):
        for seed in range(1 if shape[0] > 100 else 3):
            assert not differences(case, arguments(case, shape, dtype, seed, SPECIAL + NOT_FINITE), dtype)


@by_dtype
@by_case
@settings(max_examples=15)
@given(rows=st.integers(1, 40), columns=st.integers(0, 70), seed=st.integers(0, 2**32 - 1))
def test_the_numbers_in_any_shape(case, dtype, rows, columns, seed):
    leibnet.kernels("numba")
    if usable(case, (rows, columns)):
        assert not differences(case, arguments(case, (rows, columns), dtype, seed, [*SPECIAL, *range(-9, 9)]), dtype)


def entropies(name, y, z, dtype):
    y, z = np.array(y, dtype).T.copy(), np.array(z, dtype).T.copy()
    size = {"size": z.shape[1]} if name.startswith("softmax") else {}
    return differences(name, {"y": y, "z": z, "dz": np.empty_like(z)} | size, dtype)


@by_dtype
@pytest.mark.parametrize("column", [[np.inf, 0, 1], [-np.inf, 0, 1], [np.nan, 0, 1], [0, np.nan, np.inf]], ids=str)
@pytest.mark.parametrize("name", PAIRS)
def test_a_column_that_is_not_finite(name, column, dtype):
    assert not entropies(name, np.eye(3), [column, [0, 1, 2], [3, 4, 5]], dtype)


@by_dtype
@pytest.mark.parametrize(
    "r",
    [
        -8.0,
        -40.0,
        -100.0,
    ],
)
def test_a_small_deviation_is_as_exact(dtype, r):
    both = np.array([[0], [r]], dtype)
    given = {"both": both, "b": np.zeros_like(both), "noise": np.ones((1, 1), dtype)}
    given |= {"deviation": np.empty((1, 1), dtype), "z": np.empty((1, 1), dtype), "bound": BOUND}
    assert not differences("gaussianDraw", given, dtype)


def scaled(kernel, output, factor=1.001):
    """A kernel of which one output, or the value, is multiplied by a factor."""
    names = list(inspect.signature(kernel.py_func).parameters)

    def wrong(*given):
        value = kernel(*given)
        if output == "value":
            return factor * value
        given[names.index(output)][...] *= factor
        return value

    return wrong


def outputs(name):
    """What a kernel writes, and its value."""
    if name in PAIRS:
        return ["dz", "value"]
    if name in FUNCTIONS:
        return {
            "adam": ["theta", "M", "V"],
            "addBias": ["z"],
            "batchMoments": ["mean", "variance"],
            "batchNormalize": ["normal", "y"],
            "batchNormalizationSlopes": ["dscale", "dshift"],
            "batchNormalizationBackward": ["dx"],
            "bernoulliDraw": ["z", "mean", "u"],
            "gaussianDraw": ["both", "deviation", "z"],
            "gaussianDrawBackward": ["delta", "db"],
            "gaussianDivergence": ["value"],
            "gaussianDivergenceGradient": ["dmean", "dlogVariance"],
        }[name]
    return ["z", "a"] if name.endswith("Forward") else ["dz", "db"]


WRONG = [(case, output) for case, (name, _) in CASES.items() for output in outputs(name)]


@by_dtype
@pytest.mark.parametrize(("case", "output"), WRONG)
def test_the_comparison_finds_an_error_of_a_hundred_thousandth(compiled, monkeypatch, case, output, dtype):
    name, given = CASES[case][0], arguments(case, (7, 3), dtype, kept=SPECIAL)
    monkeypatch.setattr(choice, "_forms", {**compiled, name: scaled(compiled[name], output, 1.00001)})
    assert [one.split(":")[0] for one in differences(case, given, dtype)] == [output]


# Their bits ----------------------------------------------------------------------------------------------------------


def vectors(n, dtype, seed):
    return list(arguments("adam", (1, n), dtype, seed, SPECIAL).values())


@by_dtype
@given(n=st.integers(0, 300), cut=st.integers(0, 300), seed=st.integers(0, 99))
def test_adam_has_the_bits_of_numpy_wherever_it_is_cut(dtype, n, cut, seed):
    leibnet.kernels("numba")
    fast, (whole, cuts, plain) = choice.choose()["adam"], (vectors(n, dtype, seed) for _ in range(3))
    assert not fast(*whole)
    for part in (slice(0, cut), slice(cut, None)):
        assert not fast(*(array[part] for array in cuts[:5]), *cuts[5:])
    assert not _adam(*plain)
    for one, other, reference in list(zip(whole, cuts, plain, strict=True))[:4]:
        assert one.tobytes() == reference.tobytes()
        assert other.tobytes() == reference.tobytes()


@by_dtype
@pytest.mark.parametrize("settings_", [{}, {"weightDecay": 0.1}, {"clipNorm": 1.0}, {"beta1": 0.5}], ids=str)
def test_two_hundred_updates_of_adam_have_the_bits_of_numpy(dtype, settings_):
    found = []
    for kernels in ("numpy", "numba"):
        leibnet.kernels(kernels)
        rng, theta, adam = np.random.default_rng(0), np.linspace(-1, 1, 500).astype(dtype), Adam(lr=0.01, **settings_)
        for _ in range(200):
            adam.update(theta, numbers(500, dtype, rng, SPECIAL))
        found.append([theta.tobytes(), *(adam.state[name].tobytes() for name in adam.stateNames)])
    assert found[0] == found[1]


@by_dtype
@pytest.mark.parametrize("kernels", ["numpy", "numba"])
def test_adam_says_where_squares_overflow(dtype, kernels):
    leibnet.kernels(kernels)
    gradient = np.ones(7, dtype)
    gradient[4] = np.sqrt(np.finfo(dtype).max) * 2
    with np.errstate(all="ignore"), pytest.raises(OverflowError, match="sum of squared gradients overflows"):
        Adam().update(np.ones_like(gradient), gradient)


@by_dtype
@by_case
@pytest.mark.parametrize("n", [5, 10, 33, 50, 100])
def test_nothing_depends_on_where_arrays_lie(compiled, case, n, dtype):
    given = arguments(case, (3, n), dtype, seed=n)
    pool = np.zeros(10_000, dtype)
    seen = set()
    for gap in range(33):
        start, own = gap, []
        for one in given.values():
            if isinstance(one, np.ndarray):
                place = pool[start : start + one.size].reshape(one.shape)
                place[...] = one
                start += one.size + gap
                own.append(place)
            else:
                own.append(one)
        value = compiled[CASES[case][0]](*own)
        seen.add((value, *(place.tobytes() for place in own if isinstance(place, np.ndarray))))
    assert len(seen) == 1


# On the way of a training --------------------------------------------------------------------------------------------


def steps(make, kernels, dtype, number):
    """The parameters before the first and after every step."""
    leibnet.kernels(kernels)
    leibnet.seed(0)
    model = make(optimizer=Adam(lr=0.01), rng=3)
    model.astype(dtype)
    leibnet.seed(1)
    yield model.weights()
    for i in range(number):
        model.step(batch(10, 10 * (i % 4)), StepContext(batchSize=10))
        yield model.weights()


def apart(make, dtype, number):
    """How far both ways are apart after every step, as a share of the largest move."""
    fast, plain = list(steps(make, "numba", dtype, number)), list(steps(make, "numpy", dtype, number))
    for now, reference in zip(fast[1:], plain[1:], strict=True):
        move = max(np.abs(one - plain[0][name]).max() for name, one in reference.items())
        assert move > 0
        yield max(np.abs(now[name] - one).max() for name, one in reference.items()) / move


def test_a_hundred_steps_of_a_classifier_in_single_precision():
    assert 0 < list(apart(classifier, np.float32, 100))[-1] <= 2e-5


@pytest.mark.parametrize("make", [classifier, vae, gan], ids=lambda make: make.__name__)
def test_step_by_step_in_double_precision(make):
    shares = list(apart(make, float, 50))
    assert 0 < max(shares) <= 1e-9


def told(number):
    """What the error says that ends a training with such a weight."""
    network = classifier(rng=0)
    network.layers[0].weight[1, 2] = number
    with pytest.raises(DivergenceError, match=r"at step \d: .* layers\[0\]") as caught:
        network.train(data(labels=LABELS), epochs=1, progress=False, watch=False)
    return str(caught.value)


@pytest.mark.parametrize("number", NOT_FINITE, ids=str)
def test_a_number_that_is_not_finite_ends_a_training_as_in_numpy(number):
    found = told(number)
    leibnet.kernels("numpy")
    assert found == told(number)


@pytest.mark.parametrize("make", [vae, gan], ids=lambda make: make.__name__)
def test_in_every_model(make):
    model = make(rng=0)
    next(iter(model.namedLayers().values())).weight[1, 2] = np.nan
    with pytest.raises(DivergenceError, match="step 1: "):
        model.train(data(), epochs=1, progress=False, watch=False)


@pytest.mark.parametrize("kernels", ["numpy", "numba"])
def test_gradients_whose_squares_overflow_end_a_training(kernels):
    leibnet.kernels(kernels)
    network = MLP([Dense(6, 6, Identity(), rng=0)])
    with pytest.raises(DivergenceError, match="step 1: "):
        network.train(data(X * 1e25, labels=-X * 1e13), epochs=1, progress=False, watch=False)


# Their gradients -----------------------------------------------------------------------------------------------------


def networks(loss_, output):
    return MLP([Dense(6, 4, Tanh(), rng=0), Dense(4, 3, output, rng=1)], loss_)


EXAMINED = [*ACTIVATIONS, Identity(), Softmax()]
SUBJECTS = {
    f"Dense {one!r}": lambda one=one: Dense(4, 3, one, rng=0) for one in (*ACTIVATIONS, Identity(), Softmax())
} | {
    "Sampler": lambda: Sampler(4, 2, rng=0),
    "BatchNormalization": lambda: MLP([Dense(6, 4, Tanh(), rng=0), BatchNormalization(4), Dense(4, 3, rng=1)]),
    "sigmoidCrossEntropy": lambda: networks(CrossEntropy(), Sigmoid()),
    "softmaxCrossEntropy": lambda: networks(CrossEntropy(), Softmax()),
    "softmaxCategoricalCrossEntropy": lambda: networks(CategoricalCrossEntropy(), Softmax()),
}


def exam(subject):
    made = SUBJECTS[subject]()
    return checkGradients(made, X[:, :7], LABELS[:, :7]) if isinstance(made, MLP) else checkGradients(made)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_gradient_exam(subject):
    report = exam(subject)
    assert report, report


def test_every_exported_activation_is_examined():
    assert {type(one).__name__ for one in EXAMINED} == set(activations.__all__) - {"Activation"}


@pytest.mark.parametrize("make", [vae, gan], ids=lambda make: make.__name__)
def test_the_gradient_exam_of_a_model(make):
    report = checkGradients(make(rng=0), X[:, :7])
    assert report, report


def subject_of(case):
    """What computes with a kernel."""
    name, activation = CASES[case]
    if activation is not None:
        return f"Dense {activation!r}"
    if name.startswith("batch"):
        return "BatchNormalization"
    return name if name in PAIRS else "Sampler" if name.startswith("gaussian") else "Dense Softmax()"


# The exam sees no optimizer and no drawn units, takes the values of losses from NumPy, and needs no z beside its a
UNSEEN = {"adam", "bernoulliDraw"} | {(case, "value") for case in PAIRS} | {(case, "z") for case in DIRECTIONS}
PLANTED = [(case, output) for case, output in WRONG if not {case, (case, output)} & UNSEEN]


@pytest.mark.parametrize(("case", "output"), PLANTED)
def test_an_error_of_a_thousandth_in_a_kernel_fails_the_exam(compiled, monkeypatch, case, output):
    name = CASES[case][0]
    monkeypatch.setattr(choice, "_forms", {**compiled, name: scaled(compiled[name], output)})
    assert not exam(subject_of(case))


@by_dtype
@pytest.mark.parametrize("name", ["softmaxCrossEntropy", "softmaxCategoricalCrossEntropy"])
def test_the_pixels_of_images_are_columns(compiled, monkeypatch, name, dtype):
    pair, rng = PAIRS[name], np.random.default_rng(0)
    z = numbers((4, 5, 3, 2), dtype, rng)
    y = labels((4, 30), dtype, rng, True).reshape(z.shape)
    value, dz = pair.valueAndDerivative(y, z)
    with numpys():
        expected = pair.valueAndDerivative(y, z)
    assert value == pytest.approx(expected[0], rel=1e-5 if dtype is np.float32 else 1e-12)
    np.testing.assert_allclose(dz, expected[1], rtol=0, atol=1e-6 if dtype is np.float32 else 1e-14)
    monkeypatch.setattr(choice, "_forms", {**compiled, name: scaled(compiled[name], "value", 1.5)})
    assert pair.valueAndDerivative(y, z)[0] == pytest.approx(1.5 * value)


# Where none is taken -------------------------------------------------------------------------------------------------


class Foreign(np.ndarray):
    pass


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


OTHERS = {
    "strided": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "columns": np.asfortranarray,
    "half": lambda array: array.astype(np.float16),
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "long": lambda array: array.astype(np.longdouble),
    "integers": lambda array: array.round().astype(int),
    "foreign": lambda array: array.view(Foreign),
    "read-only": read_only,
}
LIKE = np.linspace(0.1, 0.9, 12).reshape(4, 3)

by_other = pytest.mark.parametrize("other", OTHERS)


@by_dtype
@by_other
def test_other_arrays_get_none(other, dtype):
    like = LIKE.astype(dtype)
    assert choice.kernel("addBias", like) is choice.choose()["addBias"]
    assert choice.kernel("addBias", OTHERS[other](like)) is None
    assert choice.kernel("addBias", like, OTHERS[other](like)) is None


def test_two_precisions_get_none():
    assert choice.kernel("addBias", LIKE, LIKE.astype(np.float32)) is None


def test_a_name_that_there_is_not_gets_none():
    assert choice.kernel("softmaxForward", LIKE) is None


def both_ways(compute):
    found = []
    for kernels in ("numpy", "numba"):
        leibnet.kernels(kernels)
        with np.errstate(all="ignore"):
            found.append([np.asarray(one) for one in compute()])
    return found


@by_other
@pytest.mark.parametrize("which", ["label", "input", "out"])
@pytest.mark.parametrize("name", PAIRS)
def test_numpy_computes_a_loss_of_other_arrays(monkeypatch, name, which, other):
    """Or a kernel one of copies that it may take; what cannot be written is refused."""
    y, z = (LIKE / LIKE.sum(axis=0)).copy(), 3 * LIKE - 1
    given = {"label": y, "input": z, "out": np.empty_like(z)}
    given[which] = OTHERS[other](given[which])

    def compute():
        value, dz = PAIRS[name].valueAndDerivative(given["label"], given["input"], out=given["out"])
        return value, dz.copy(), PAIRS[name].derivative(given["label"], given["input"], out=given["out"]).copy()

    if which == "out" and other in ("integers", "read-only"):
        for kernels in ("numpy", "numba"):
            leibnet.kernels(kernels)
            with pytest.raises((TypeError, ValueError)):
                compute()
        return
    for plain, fast in zip(*both_ways(compute), strict=True):
        assert np.allclose(plain, fast, rtol=1e-2 if other == "half" else 1e-12, atol=0)


@pytest.mark.parametrize("other", ["half", "big-endian", "long", "foreign"])
def test_numpy_updates_other_parameters(other):
    def compute():
        theta, adam = OTHERS[other](LIKE.copy()), Adam(lr=0.01, epsilon=1e-3)
        for sign in (1, -1, 1):
            adam.update(theta, OTHERS[other](sign * LIKE))
        return theta, *adam.state.values()

    for plain, fast in zip(*both_ways(compute), strict=True):
        assert used(plain) == used(fast)


def used(array):
    """The bytes of its numbers, without those in which a long double of 80 bits keeps nothing, and which stay as they
    were."""
    if array.dtype == np.longdouble and np.finfo(np.longdouble).nmant == 63:
        return array.view(np.uint8).reshape(len(array), -1)[:, :10].tobytes()
    return array.tobytes()


@by_dtype
@pytest.mark.parametrize("order", ["CC", "CF", "FC", "FF"])
@pytest.mark.parametrize("make", [classifier, vae, gan], ids=lambda make: make.__name__)
def test_inputs_and_labels_in_any_order_train(make, dtype, order):
    x, y = (np.asarray(array, dtype, order=one) for array, one in zip((X, LABELS), order, strict=True))

    def compute():
        model = make(rng=0)
        model.astype(dtype)
        for _ in range(3):
            model.step(type(batch()).of(x, y), StepContext(batchSize=40))
        return model.weights().values()

    for plain, fast in zip(*both_ways(compute), strict=True):
        assert np.allclose(plain, fast, rtol=0, atol=1e-3 if dtype is np.float32 else 1e-9)
