"""What holds for every network, layer, activation, loss, optimizer and model, whatever arrays they are given: arrays of
any type and memory layout give the same results, or an error that says what was expected."""

import copy
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import activations
from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import GAN, MLP, PCA, VAE, Autoencoder, DivergenceError, GaussianNoise
from optimizer import SGD, Adam

examples = settings(max_examples=40, derandomize=True, deadline=None)

ACTIVATIONS = [Identity(), Sigmoid(), Tanh(), ReLU(), LeakyReLU(0.1), ELU(), ELU(0.5), Softmax()]
LOSSES = [MSE(), MSE(0.3), CrossEntropy(), CategoricalCrossEntropy()]
OPTIMIZERS = [
    SGD(lr=0.1), SGD(learningRate=0.5, weightDecay=0.1), SGD(lr=0.1, momentum=0.9), Adam(lr=0.01, clipNorm=0.1),
    SGD(lr=0.1, momentum=0.5, nesterov=True, clipNorm=1), Adam(learningRate=0.1), Adam(lr=0.1, weightDecay=0.01),
]  # fmt: skip
WHOLE = [np.bool_, np.uint8, np.int8, np.int64, np.uint64]
DTYPES = [*WHOLE, np.float16, np.float32, np.float64]


def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


def window(array):
    """The array in the middle of a larger one."""
    around = np.ones([size + 2 for size in array.shape], array.dtype)
    inner = around[tuple(slice(1, -1) for _ in array.shape)]
    inner[...] = array
    return inner


def backwards(array):
    flip = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[flip])[flip]


LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "read-only": read_only,
    "window": window,
    "spread": lambda array: np.repeat(array, 3, axis=-1)[..., ::3],
    "backwards": backwards,
    "swapped bytes": lambda array: array.astype(array.dtype.newbyteorder()),
    "list": lambda array: array.tolist(),
    "repeated": lambda array: np.broadcast_to(array[..., :1], array.shape),
}
layouts = st.sampled_from([name for name in LAYOUTS if name != "repeated"]).map(LAYOUTS.get)
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 5)
samples = st.integers(1, 7)


def values(rng, dtype, shape):
    """0 and 1 in whole numbers, and halves between them, in floats."""
    return (rng.integers(0, 2, shape) if dtype in WHOLE else rng.integers(0, 5, shape) / 4).astype(dtype)


def unchanged(*given):
    kept = [copy.deepcopy(one) for one in given]

    def check():
        for one, before in zip(given, kept, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(before), strict=True)

    return check


def equal(one, other, tolerance=1e-12):
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=tolerance, atol=tolerance)


@st.composite
def networks(draw, optimizer=None):
    """A network of one to three layers, and a loss that fits it."""
    widths = draw(st.lists(sizes, min_size=2, max_size=4))
    rng = np.random.default_rng(draw(seeds))
    loss = draw(st.sampled_from(LOSSES))
    if isinstance(loss, MSE):
        last = draw(st.sampled_from(ACTIVATIONS))
    else:
        last = Softmax() if isinstance(loss, CategoricalCrossEntropy) else draw(st.sampled_from([Sigmoid(), Softmax()]))
    if isinstance(last, Softmax) and widths[-1] == 1:  # always 1, which `evaluate` refuses
        widths[-1] = 2
    inner = [draw(st.sampled_from(ACTIVATIONS)) for _ in widths[2:]]
    mlp = MLP(loss=loss)
    for before, after, activation in zip(widths, widths[1:], [*inner, last], strict=False):
        chosen = draw(st.sampled_from(OPTIMIZERS)) if optimizer is None else optimizer
        mlp.addLayer(Dense(before, after, activation, chosen, rng=rng))
        mlp.layers[-1].bias = rng.normal(size=(after, 1))
    return mlp


def ends(mlp):
    return mlp.layers[0].inputDim, mlp.layers[-1].outputDim


def everything(mlp, x, y):
    """All that a network says of inputs and labels, gradients and the parameters after an update included."""
    mlp = copy.deepcopy(mlp)
    found = [mlp.feedforward(x), mlp.getLoss(y), mlp.getAccuracy(y), mlp.predict(x, size=2)]
    found += mlp.evaluate((np.asarray(x), np.asarray(y))).values()
    mlp.feedforward(x, training=True)
    mlp.backpropagate(y)
    found += [mlp.layers[0].gradient, *(layer.gradientVector for layer in mlp.layers), *mlp.weights().values()]
    mlp.feedforward(x)
    mlp.backpropagate(y, useLoss=False, updateParameters=False)
    return [*found, mlp.layers[0].gradient.copy()]


# Networks ------------------------------------------------------------------------------------------------------------


@examples
@given(mlp=networks(), n=samples, kinds=st.tuples(dtypes, dtypes), places=st.tuples(layouts, layouts), seed=seeds)
def test_arrays_of_any_type_and_layout_give_the_same(mlp, n, kinds, places, seed):
    rng = np.random.default_rng(seed)
    x, y = (values(rng, kind, (rows, n)) for kind, rows in zip(kinds, ends(mlp), strict=True))
    expected = everything(mlp, x.astype(float), y.astype(float))
    x, y = places[0](x), places[1](y)
    check = unchanged(x, y)
    for one, other in zip(everything(mlp, x, y), expected, strict=True):
        equal(one, other)
    check()


@examples
@given(mlp=networks(), n=samples, seed=seeds)
def test_repeated_columns_are_columns(mlp, n, seed):
    x, y = (np.random.default_rng(seed).uniform(size=(rows, n)) for rows in ends(mlp))
    x, y = LAYOUTS["repeated"](x), LAYOUTS["repeated"](y)
    for one, other in zip(everything(mlp, x, y), everything(mlp, x.copy(), y.copy()), strict=True):
        equal(one, other)


@examples
@given(mlp=networks(), n=samples, seed=seeds)
def test_a_batch_is_the_mean_of_its_samples(mlp, n, seed):
    rng = np.random.default_rng(seed)
    x, y = (rng.uniform(size=(rows, n)) for rows in ends(mlp))
    outputs = mlp.feedforward(x)
    loss, accuracy = mlp.getLoss(y), mlp.getAccuracy(y)
    mlp.backpropagate(y, updateParameters=False)
    inputGradient = mlp.layers[0].gradient.copy()
    mlp.computeGradients(x, y)
    gradients = [layer.gradientVector.copy() for layer in mlp.layers]
    each = []
    for i in range(n):
        one, label = x[:, i : i + 1], y[:, i : i + 1]
        equal(mlp.feedforward(one), outputs[:, i : i + 1])
        mlp.backpropagate(label, updateParameters=False)
        equal(mlp.layers[0].gradient / n, inputGradient[:, i : i + 1], 1e-9)
        mlp.computeGradients(one, label)
        each.append(
            (mlp.getLoss(label), mlp.getAccuracy(label), *(layer.gradientVector.copy() for layer in mlp.layers))
        )
    for whole, parts in zip((loss, accuracy, *gradients), zip(*each, strict=True), strict=True):
        equal(whole, np.mean(parts, axis=0), 1e-9)


@examples
@given(mlp=networks(), n=samples, seed=seeds, size=st.integers(1, 9))
def test_the_order_of_the_samples_is_that_of_the_outputs(mlp, n, seed, size):
    rng = np.random.default_rng(seed)
    x, y = (rng.uniform(size=(rows, n)) for rows in ends(mlp))
    order = rng.permutation(n)
    outputs = mlp.feedforward(x)
    loss, accuracy = mlp.getLoss(y), mlp.getAccuracy(y)
    equal(mlp.feedforward(x[:, order]), outputs[:, order])
    equal(mlp.getLoss(y[:, order]), loss)
    assert mlp.getAccuracy(y[:, order]) == accuracy
    equal(mlp.predict(x, size=size), outputs)
    for until in range(1, len(mlp.layers) + 1):
        hidden = mlp.predict(x, size=size, until=until)
        equal(mlp.predict(x[:, order], until=until), hidden[:, order])


@examples
@given(mlp=networks(), n=samples, seed=seeds)
def test_what_was_returned_stays(mlp, n, seed):
    rng = np.random.default_rng(seed)
    x, y = (rng.uniform(size=(rows, n)) for rows in ends(mlp))
    returned = [mlp.feedforward(x), mlp.predict(x), mlp.layers[0].feedforward(x), *mlp.weights().values()]
    assert all(array.flags.owndata and array.flags.writeable for array in returned)
    kept = [array.copy() for array in returned]
    for other in (1 - x, x[:, :1], np.concatenate((x, x), axis=1)):
        mlp.predict(other)
        mlp.feedforward(other, training=True)
        mlp.backpropagate(mlp.feedforward(other) * 0.5, useLoss=False)
    for array, before in zip(returned, kept, strict=True):
        np.testing.assert_array_equal(array, before)
    x[...], y[...] = -3, 7  # nor does anything look at the arguments of an earlier call
    again = mlp.predict(1 - kept[0] * 0 if ends(mlp)[0] == ends(mlp)[1] else np.ones((ends(mlp)[0], 1)))
    assert np.isfinite(again).all()


@examples
@given(mlp=networks(optimizer=SGD(lr=0.1)), n=samples, seed=seeds)
def test_single_and_double_precision_agree(mlp, n, seed):
    x, y = (np.random.default_rng(seed).uniform(size=(rows, n)).astype(np.float32) for rows in ends(mlp))
    single = copy.deepcopy(mlp)
    single.astype(np.float32)
    assert single.feedforward(x).dtype == np.float32
    for one, other in zip(everything(single, x, y), everything(mlp, x, y), strict=True):
        equal(one, other, 2e-4)


NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf])
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4) | st.tuples(sizes, samples)
REAL = [np.int8, np.int64, np.uint64, np.uint8, np.bool_]
STRANGE = [np.dtype(name) for name in ("c16", "M8[s]", "U3", "S2", "i4, f8")]
PLAIN = (
    st.none() | st.text(max_size=3) | st.floats(0, 1) | st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=3)
)


def anything(shape):
    """Arrays of all types, half of them of this shape, and what is no array."""
    shapes = SHAPES | st.just(shape)
    entries = st.none() | st.integers(-3, 3) | st.floats(0, 1) | st.text(max_size=2)
    return st.one_of(
        arrays.arrays(st.sampled_from([np.float64, np.float32]), shapes, elements=st.just(0.5)),
        arrays.arrays(np.float64, shapes, elements=NUMBERS),
        arrays.arrays(st.sampled_from(STRANGE), shapes),
        arrays.arrays(st.sampled_from(REAL), shapes),
        arrays.arrays(object, shapes, elements=entries),
        PLAIN,
    )


ANYTHING = anything((2, 3))


def rightOrRefused(call, shape=None):
    """What a call gives, after a look at it: finite real numbers of this shape. None where it refuses its argument."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = call()
        except (TypeError, ValueError, DivergenceError) as error:
            refusal = str(error)
        else:
            refusal = ""
    if refusal:
        assert len(refusal) > 20
        return None
    for array in found if isinstance(found, tuple) else [found]:
        array = np.asarray(array)
        assert array.dtype.kind == "f"
        assert np.isfinite(array).all()
        assert shape is None or array.shape == shape
    return found


def shapeOf(x):
    try:
        return np.shape(x)
    except ValueError:  # lists of several lengths
        return None


def isFloats(x):
    return shapeOf(x) is not None and np.asarray(x).dtype.kind == "f"


def isReal(x):
    """Whether something is an array of finite real numbers."""
    try:
        x = np.asarray(x)
    except ValueError:
        return False
    return x.dtype.kind in "fiub" and bool(np.isfinite(x).all())


@examples
@given(mlp=networks(), data=st.data())
def test_any_input_is_taken_or_refused(mlp, data):
    rows, outputs = ends(mlp)
    x = data.draw(anything((rows, 3)))
    fits = isReal(x) and np.ndim(x) == 2 and np.shape(x)[0] == rows
    for use in (mlp.feedforward, mlp.predict):
        found = rightOrRefused(lambda use=use: use(x), (outputs, np.shape(x)[1]) if fits else None)
        assert (found is not None) == fits
    fits = fits and np.shape(x)[1] > 0
    label = np.full((outputs, np.shape(x)[1] if fits else 1), 0.5)
    found = rightOrRefused(lambda: tuple(mlp.evaluate((x, label)).values()))
    assert (found is not None) == fits


@examples
@given(mlp=networks(), n=st.integers(0, 4), data=st.data())
def test_any_label_is_taken_or_refused(mlp, n, data):
    rows, outputs = ends(mlp)
    y = data.draw(anything((outputs, n)))
    mlp.feedforward(np.ones((rows, n)))
    before = mlp.weights()
    fits = isReal(y) and shapeOf(y) == (outputs, n) and n > 0
    evaluate = lambda y: tuple(mlp.evaluate((np.ones((rows, n)), y)).values())  # noqa: E731
    for use in (mlp.getLoss, mlp.getAccuracy, evaluate):
        if not fits and n > 0 and shapeOf(y) == (outputs, n) and np.asarray(y).dtype.kind == "f":
            continue  # a label of NaN has a loss of NaN; the backward pass names it
        assert (rightOrRefused(lambda use=use: use(y)) is not None) == fits

    def learn(useLoss):
        with np.errstate(all="raise" if fits else "ignore"):
            mlp.backpropagate(y, useLoss=useLoss)
        return tuple(mlp.weights().values())

    for useLoss in (True, False):
        mlp.feedforward(np.ones((rows, n)))
        found = rightOrRefused(lambda useLoss=useLoss: learn(useLoss))
        assert (found is not None) == fits
    if not fits:
        assert all(np.array_equal(array, before[name]) for name, array in mlp.weights().items())


@pytest.mark.parametrize("kind", ["c16", "U3", "M8[s]", "i4, f8", object])
def test_labels_and_inputs_of_other_types_are_refused_by_name(kind):
    mlp = MLP([Dense(2, 2, rng=0)])
    mlp.feedforward(np.ones((2, 3)))
    for use in (mlp.getLoss, mlp.getAccuracy, mlp.backpropagate, mlp.feedforward, mlp.predict):
        with pytest.raises(TypeError, match="real numbers, got dtype"):
            use(np.ones((2, 3)).astype(np.dtype(kind)))


@examples
@given(n=samples, outputs=st.integers(2, 5), kind=st.sampled_from(WHOLE), data=st.data())
def test_class_numbers_get_the_hint(n, outputs, kind, data):
    mlp = MLP([Dense(2, outputs, Softmax(), rng=0)])
    mlp.feedforward(np.ones((2, n)))
    numbers = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    for label in (np.array(numbers, kind), np.array([numbers], kind), numbers):
        for use in (mlp.getLoss, mlp.getAccuracy, mlp.backpropagate):
            with pytest.raises(ValueError, match=r"numpy.eye\(classes\)\[:, numbers\]"):
                use(label)


def test_large_numbers_raise_no_warning():
    mlp = MLP([Dense(2, 2, Tanh(), rng=0)])
    for x in (1e200, 1e-200, -1e300):
        assert np.isfinite(mlp.feedforward(np.full((2, 3), x))).all()
        mlp.backpropagate(np.ones((2, 3)))


# Layers --------------------------------------------------------------------------------------------------------------

MAKE = {"Dense": lambda i, o: Dense(i, o, ELU(), rng=0), "Sampler": lambda i, o: Sampler(i, o, rng=0)}
by_layer = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def passes(layer, x, gradient):
    if layer.rng is not None:
        layer.rng = np.random.default_rng(0)
    output = layer.feedforward(x)
    layer.backward(gradient)
    return [output, layer.gradient.copy(), layer.gradientVector.copy()]


@by_layer
@examples
@given(shape=st.tuples(sizes, sizes, samples), kinds=st.tuples(dtypes, dtypes), places=st.tuples(layouts, layouts))
def test_layers_take_any_type_and_layout(make, shape, kinds, places):
    rng = np.random.default_rng(shape)
    inputs, outputs, n = shape
    layer = make(inputs, outputs)
    x, gradient = values(rng, kinds[0], (inputs, n)), values(rng, kinds[1], (outputs, n))
    expected = passes(layer, x.astype(float), gradient.astype(float))
    x, gradient = places[0](x), places[1](gradient)
    check = unchanged(x, gradient)
    for one, other in zip(passes(layer, x, gradient), expected, strict=True):
        equal(one, other)
    check()


@by_layer
@examples
@given(gradient=ANYTHING)
def test_any_gradient_is_taken_or_refused(make, gradient):
    layer = make(2, 2)
    layer.feedforward(np.ones((2, 3)))

    def back():
        layer.backward(gradient)
        return layer.gradient, layer.gradientVector

    fits = shapeOf(gradient) == (2, 3) and isReal(gradient)
    if not fits and shapeOf(gradient) == (2, 3) and np.asarray(gradient).dtype.kind == "f":
        return  # a layer computes with NaN, the network names it
    assert (rightOrRefused(back) is not None) == fits


@examples
@given(weight=anything((2, 3)))
def test_any_weight_is_taken_or_refused(weight):
    layer = Dense(3, 2, rng=0)
    before = layer.weight.copy()

    def assign():
        layer.weight = weight
        return layer.weight

    fits = isReal(weight) and shapeOf(weight) == (2, 3)
    if isFloats(weight) and not isReal(weight):
        return  # the network names it
    assert (rightOrRefused(assign) is not None) == fits
    equal(layer.weight, weight if fits else before)


@by_layer
def test_a_batch_without_samples_goes_through_a_layer(make):
    layer = make(3, 2)
    assert layer.feedforward(np.ones((3, 0))).shape == (2, 0)
    layer.backward(np.ones((2, 0)))
    assert layer.gradient.shape == (3, 0)
    assert not layer.gradientVector.any()


# Activations ---------------------------------------------------------------------------------------------------------

by_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)


@by_activation
@examples
@given(kind=dtypes, place=layouts, rows=sizes, n=samples, seed=seeds)
def test_activations_take_any_type_and_layout(activation, kind, place, rows, n, seed):
    z = values(np.random.default_rng(seed), kind, (rows, n))
    expected = activation.apply(z.astype(float)), activation.derivative(z.astype(float))
    given = place(z)
    check = unchanged(given)
    tolerance = 2e-3 if kind == np.float16 and given is not None else 1e-6 if kind == np.float32 else 1e-12
    found = activation.apply(given), activation.derivative(given)
    for one, other in zip(found, expected, strict=True):
        assert not np.shares_memory(one, np.asarray(given))
        equal(one, other, tolerance)
    check()


@by_activation
@examples
@given(places=st.lists(layouts.filter(lambda one: one is not LAYOUTS["list"]), min_size=3, max_size=3), seed=seeds)
def test_backward_takes_any_layout_and_fills_any_buffer(activation, places, seed):
    rng = np.random.default_rng(seed)
    z, gradient = rng.normal(size=(2, 3, 4))
    a = activation.apply(z)
    expected = activation.backward(gradient, z, a)
    given = [place(array) for place, array in zip(places, (gradient, z, a), strict=True)]
    check = unchanged(*given)
    for out in (None, np.full((3, 4), np.nan), np.full((4, 3), np.nan).T, np.full((3, 8), np.nan)[:, ::2]):
        found = activation.backward(*given, out=out)
        assert out is None or found is out
        equal(found, expected)
        buffer = None if out is None else np.full_like(out, np.nan)
        equal(activation.apply(given[1], out=buffer), a)
    check()


@by_activation
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_activations_are_finite_without_a_warning_for_all_finite_numbers(activation, dtype):
    largest, tiny = float(np.finfo(dtype).max), float(np.finfo(dtype).smallest_subnormal)
    column = np.array(
        [0, 1, -1, 20, -20, 100, -100, 0.1 * largest, -0.1 * largest, largest, -largest, tiny, -tiny], dtype
    )
    if isinstance(activation, ELU):
        column = column[np.abs(column) < largest]
    with np.errstate(under="ignore"):
        for z in (column[None, :], column[:, None], np.stack((column, column[::-1]))):
            a = activation.apply(z)
            assert a.dtype == dtype
            assert np.isfinite(a).all()
            assert np.isfinite(activation.derivative(z)).all()
            assert np.isfinite(activation.backward(np.ones_like(z), z, a)).all()


@by_activation
@examples
@given(z=ANYTHING)
def test_activations_refuse_what_is_no_number(activation, z):
    if isFloats(z) and not isReal(z):
        return
    shape = shapeOf(z)
    if isinstance(activation, Softmax) and shape is not None and (shape == () or 0 in shape):
        return
    found = rightOrRefused(lambda: activation.apply(z))
    assert (found is not None) == isReal(z)


# Losses --------------------------------------------------------------------------------------------------------------

by_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
FORMS = [("", None), ("Logits", "Sigmoid"), ("Logits", "Softmax")]
by_form = pytest.mark.parametrize("form", FORMS, ids=["output", "Sigmoid", "Softmax"])


def evaluated(loss, form, y, a):
    name, output = form
    more = () if output is None else (output,)
    return [getattr(loss, method + name)(y, a, *more) for method in ("apply", "derivative", "perSample")]


@by_loss
@by_form
@examples
@given(kinds=st.tuples(dtypes, dtypes), places=st.tuples(layouts, layouts), rows=sizes, n=samples, seed=seeds)
def test_losses_take_any_type_and_layout(loss, form, kinds, places, rows, n, seed):
    rng = np.random.default_rng(seed)
    y, a = values(rng, kinds[0], (rows, n)), values(rng, kinds[1], (rows, n))
    if not form[0]:
        a = np.full((rows, n), 0.5, kinds[1]) if kinds[1] not in WHOLE else np.ones_like(a)
        y = y if kinds[1] not in WHOLE else np.ones_like(y)
    if form[1] == "Softmax" and rows == 1:
        return  # a probability of 1, of which the logarithm of what is left is not defined
    expected = evaluated(loss, form, y.astype(float), a.astype(float))
    y, a = places[0](y), places[1](a)
    check = unchanged(y, a)
    single = kinds[1] in (np.float16, np.float32)
    for one, other in zip(evaluated(loss, form, y, a), expected, strict=True):
        equal(one, other, 1e-5 if single else 1e-12)
    check()


@by_loss
@by_form
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_losses_are_finite_without_a_warning(loss, form, dtype):
    if form[0]:
        z = np.array([0, 1, -1, 11, -11, 12, -12, 20, -20, 100, -100, 1000, -1000, 1e4, -1e4], dtype)
    else:
        z = np.array([0, 1, 0.5, np.finfo(dtype).eps, 1 - np.finfo(dtype).eps, np.finfo(dtype).tiny], dtype)
    for label in (0.0, 1.0, 0.5):
        for a in (z[None, :], np.stack((z, z[::-1])), np.stack((z, np.roll(z, 1), np.roll(z, 2)))):
            if form[1] == "Softmax" and len(a) == 1:
                continue
            for found in evaluated(loss, form, np.full(a.shape, label, dtype), a):
                assert np.isfinite(found).all()


@by_loss
@by_form
@examples
@given(given=ANYTHING, asLabel=st.booleans())
def test_losses_refuse_what_is_no_number(loss, form, given, asLabel):
    if isFloats(given) and not isReal(given):
        return
    try:
        shape = np.shape(given)
    except ValueError:
        shape = (2, 3)
    other = np.full(shape, 0.5)
    if not asLabel and isReal(given) and not form[0] and np.any((np.asarray(given) < 0) | (np.asarray(given) > 1)):
        return
    if not shape or (form[1] == "Softmax" and shape[0] < 2):
        return
    y, a = (given, other) if asLabel else (other, given)
    found = rightOrRefused(lambda: tuple(evaluated(loss, form, y, a)))
    assert (found is not None) == (isReal(given) and np.size(given) > 0)


# Optimizers ----------------------------------------------------------------------------------------------------------

by_optimizer = pytest.mark.parametrize("template", OPTIMIZERS, ids=repr)


@by_optimizer
@examples
@given(shape=arrays.array_shapes(max_dims=3, max_side=6), seed=seeds, dtype=st.sampled_from([np.float32, np.float64]))
def test_an_update_is_of_every_number_whatever_the_shape(template, shape, seed, dtype):
    rng = np.random.default_rng(seed)
    theta, flat = rng.normal(size=shape).astype(dtype), template.clone()
    single, others = theta.reshape(-1).copy(), [template.clone() for _ in range(theta.size)]
    shaped, numbers = template.clone(), theta.reshape(-1).copy()
    for _ in range(3):
        gradient = rng.normal(size=shape).astype(dtype)
        kept = gradient.copy()
        norm = float(np.linalg.norm(gradient))
        assert shaped.update(theta, read_only(gradient), batchSize=4, norm=norm) is None
        flat.update(single, gradient.reshape(-1), batchSize=4, norm=norm)
        for i, one in enumerate(others):
            one.update(numbers[i : i + 1], gradient.reshape(-1)[i : i + 1], batchSize=4, norm=norm)
        assert np.array_equal(gradient, kept)
    assert np.array_equal(theta.reshape(-1), single)
    equal(numbers, single, 1e-5 if dtype == np.float32 else 1e-12)


@by_optimizer
@pytest.mark.parametrize(
    "gradients",
    [np.ones(1), np.ones((1, 3)), np.ones((3, 2)), np.ones(6), np.ones((2, 3), np.complex128), np.ones((4, 3))[::2],
     np.full((2, 3), "x"), np.full((2, 3), None), [[1.0] * 3] * 2, None, 1.0],
    ids=str,
)  # fmt: skip
def test_an_update_with_gradients_that_do_not_fit_changes_nothing(template, gradients):
    optimizer, theta = template.clone(), np.ones((2, 3))
    optimizer.update(theta, theta.copy())
    kept = theta.copy(), optimizer.t, copy.deepcopy(optimizer.state)
    with pytest.raises((TypeError, ValueError), match=".{20}"):
        optimizer.update(theta, gradients)
    assert np.array_equal(theta, kept[0])
    assert optimizer.t == kept[1]
    assert all(np.array_equal(array, kept[2][name]) for name, array in optimizer.state.items())


@by_optimizer
@pytest.mark.parametrize(
    "theta",
    [np.ones(3, int), np.ones((4, 3))[::2], np.ones(3, complex), [1.0, 2.0, 3.0]],
    ids=str,
)
def test_parameters_that_cannot_be_updated_are_refused(template, theta):
    optimizer = template.clone()
    with pytest.raises((TypeError, ValueError), match=".{20}"):
        optimizer.update(theta, np.ones(np.shape(theta)))
    assert optimizer.t == 0


def test_one_optimizer_for_two_arrays_is_refused():
    for template in OPTIMIZERS:
        optimizer = template.clone()
        optimizer.update(np.ones(3), np.ones(3))
        if optimizer.stateNames:
            with pytest.raises(ValueError, match="clone"):
                optimizer.update(np.ones(2), np.ones(2))


def test_a_batch_without_samples_makes_no_update():
    for template in OPTIMIZERS:
        with pytest.raises(ValueError, match="batchSize"):
            template.clone().update(np.ones(3), np.ones(3), batchSize=0)


# Models --------------------------------------------------------------------------------------------------------------


def autoencoder():
    return Autoencoder(MLP([Dense(3, 2, Tanh(), rng=1)]), MLP([Dense(2, 3, Sigmoid(), rng=2)]))


def denoising():
    return Autoencoder(MLP([Dense(3, 2, rng=1)]), MLP([Dense(2, 3, rng=2)]), corruption=GaussianNoise(0.2, rng=0))


def vae(loss=None):
    encoder, decoder = MLP([Dense(3, 4, ReLU(), rng=1)]), MLP([Dense(2, 3, Sigmoid(), rng=2)])
    return VAE(encoder, Sampler(4, 2, rng=3), decoder, loss)


def gan():
    return GAN(MLP([Dense(2, 3, Sigmoid(), rng=1)]), MLP([Dense(3, 1, Sigmoid(), rng=2)]), rng=0)


def pca(whiten=False):
    return PCA(2, whiten=whiten).fit(np.random.default_rng(0).uniform(size=(3, 20)))


def measured(model):
    return lambda x: np.array([*model.evaluate(np.asarray(x)).values()])


def uses():
    """Public methods that take columns, as functions of three rows, or of two where codes are what is taken; and how
    many columns they need."""
    noisy, plain, squared, linear, whitened = gan(), vae(), vae(MSE(0.5)), pca(), pca(whiten=True)
    return {
        "Autoencoder.encode": (autoencoder().encode, 3, 0),
        "Autoencoder.decode": (autoencoder().decode, 2, 0),
        "Autoencoder.reconstruct": (autoencoder().reconstruct, 3, 0),
        "Autoencoder.evaluate": (measured(autoencoder()), 3, 1),
        "Autoencoder.evaluate, denoising": (measured(denoising()), 3, 1),
        "VAE.encode": (plain.encode, 3, 0),
        "VAE.decode": (plain.decode, 2, 0),
        "VAE.reconstruct": (plain.reconstruct, 3, 0),
        "VAE.activeUnits": (lambda x: plain.activeUnits(x, threshold=1e-3).astype(float), 3, 1),
        "VAE.elbo": (lambda x: plain.elbo(x, samples=2, rng=0), 3, 1),
        "VAE.logLikelihood": (lambda x: squared.logLikelihood(x, samples=3, rng=0), 3, 1),
        "VAE.evaluate": (measured(squared), 3, 1),
        "GAN.evaluate": (measured(noisy), 3, 1),
        "PCA.transform": (linear.transform, 3, 1),
        "PCA.inverseTransform": (whitened.inverseTransform, 2, 1),
        "PCA.reconstruct": (whitened.reconstruct, 3, 1),
        "PCA.fit": (lambda X: PCA(1).fit(X).reconstruct(X), 3, 2),
        "Sampler.distribution": (Sampler(3, 2, rng=0).distribution, 3, 0),
    }


USES = uses()
by_use = pytest.mark.parametrize(("use", "rows", "least"), USES.values(), ids=USES)
OF_BATCHES = "evaluate", "activeUnits", "fit", "elbo", "logLikelihood"  # not column by column, or with draws


@by_use
@examples
@given(kind=dtypes, place=layouts, n=st.integers(2, 6), seed=seeds)
def test_models_take_any_type_and_layout(use, rows, least, kind, place, n, seed):
    x = values(np.random.default_rng(seed), kind, (rows, n))
    if kind == np.float32 and use is USES["Autoencoder.evaluate, denoising"][0]:
        return  # noise in single precision is other noise
    expected, x = use(x.astype(float)), place(x)
    check = unchanged(x)
    found = use(x)
    for one, other in zip(*(each if isinstance(each, tuple) else [each] for each in (found, expected)), strict=True):
        equal(one, other, 1e-5 if kind in (np.float16, np.float32) else 1e-9)
    kept = copy.deepcopy(found)
    use(np.full((rows, n + 1), 0.25) + np.arange(n + 1) / 99)
    for one, before in zip(*(each if isinstance(each, tuple) else [each] for each in (found, kept)), strict=True):
        assert np.array_equal(one, before)
    check()


@pytest.mark.parametrize("name", [name for name in USES if not name.endswith((*OF_BATCHES, "denoising"))])
@examples
@given(n=st.integers(1, 6), seed=seeds)
def test_columns_are_samples_and_do_not_know_of_each_other(name, n, seed):
    use, rows, _ = USES[name]
    rng = np.random.default_rng(seed)
    x, order = rng.uniform(size=(rows, n)), rng.permutation(n)
    whole = np.asarray(use(x))
    equal(use(x[:, order]), whole[..., order])
    equal(np.concatenate([np.asarray(use(x[:, i : i + 1])) for i in range(n)], axis=-1), whole)


@by_use
@examples
@given(data=st.data())
def test_models_refuse_what_they_cannot_take(use, rows, least, data):
    x = data.draw(anything((rows, 3)))
    if use is USES["Sampler.distribution"][0] and isFloats(x) and not isReal(x):
        return  # a layer computes with NaN, the network names it
    found = rightOrRefused(lambda: use(x))
    if found is None and isReal(x):
        inside = np.size(x) == 0 or (np.min(x) >= 0 and np.max(x) <= 1)  # what a Sigmoid can give back
        assert np.ndim(x) != 2 or np.shape(x)[0] != rows or np.shape(x)[1] < max(least, 1) or not inside
    if found is not None:
        assert isReal(x)
        assert np.shape(x)[0] == rows or use is USES["PCA.fit"][0]
        assert np.shape(x)[1] >= least


@by_use
def test_no_columns_or_one(use, rows, least):
    for n in (0, 1):
        if n >= least:
            found = use(np.full((rows, n), 0.5))
            for array in found if isinstance(found, tuple) else [found]:
                assert np.isfinite(array).all()
        else:
            with pytest.raises(ValueError, match="sample|column"):
                use(np.full((rows, n), 0.5))


@pytest.mark.parametrize("make", [vae, gan], ids=["VAE", "GAN"])
@examples
@given(n=st.integers(1, 5), seed=seeds)
def test_samples_are_repeated_by_the_seed_and_stay(make, n, seed):
    model = make()
    found = model.sample(n, rng=seed)
    kept = found.copy()
    assert found.shape == (3, n)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(model.sample(n, rng=seed), kept)
    model.sample(n, rng=seed + 1)
    np.testing.assert_array_equal(found, kept)
    for bad in (0, -1, 1.0, True, "1", None, [1]):
        with pytest.raises(ValueError, match="positive integer"):
            model.sample(bad)


def test_all_activations_are_here():
    assert {one.name for one in ACTIVATIONS} == set(activations.__all__) - {"Activation"}
