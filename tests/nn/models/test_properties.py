"""Networks and models take arrays of any type and memory layout, or refuse them."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import ReLU, Sigmoid, Softmax, Tanh
from builders import network
from dataset.facts import Labels
from drawn import (
    ACTIVATIONS,
    LAYOUTS,
    LOSSES,
    OPTIMIZERS,
    WHOLE,
    anything,
    dtypes,
    equal,
    examples,
    isFloats,
    isReal,
    layouts,
    rightOrRefused,
    samples,
    seeds,
    shapeOf,
    sizes,
    unchanged,
    values,
)
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy
from nn import GAN, MLP, PCA, VAE, Autoencoder, GaussianNoise
from nn.models.accuracy import whyNot
from optimizer import SGD


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


def accuracyOf(mlp, y):
    """The accuracy, or -1 where it means nothing."""
    return -1.0 if whyNot(mlp.objective, Labels.of(np.asarray(y))) else mlp.getAccuracy(y)


def answers(rng, mlp, n):
    """One-hot labels, of one row yes and no."""
    rows, no = ends(mlp)[1], -1.0 if isinstance(mlp.layers[-1].activation, Tanh) else 0.0
    return np.eye(rows)[:, rng.integers(0, rows, n)] if rows > 1 else rng.choice([no, 1.0], (1, n))


def everything(mlp, x, y):
    """All that a network says of inputs and labels, gradients and the parameters after an update included."""
    mlp = copy.deepcopy(mlp)
    found = [mlp.feedforward(x), mlp.getLoss(y), accuracyOf(mlp, y), mlp.predict(x, size=2)]
    found += mlp.evaluate((np.asarray(x), np.asarray(y))).values()
    mlp.feedforward(x, training=True)
    mlp.backpropagate(y)
    found += [mlp.layers[0].gradient, *(layer.gradientVector for layer in mlp.layers), *mlp.weights().values()]
    mlp.feedforward(x)
    mlp.backpropagate(y, useLoss=False, updateParameters=False)
    return [*found, mlp.layers[0].gradient.copy()]


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
    classes = answers(rng, mlp, n)
    loss, accuracy = mlp.getLoss(y), mlp.getAccuracy(classes)
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
            (
                mlp.getLoss(label),
                mlp.getAccuracy(classes[:, i : i + 1]),
                *(layer.gradientVector.copy() for layer in mlp.layers),
            )
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
    loss, accuracy = mlp.getLoss(y), accuracyOf(mlp, y)
    equal(mlp.feedforward(x[:, order]), outputs[:, order])
    equal(mlp.getLoss(y[:, order]), loss)
    assert accuracyOf(mlp, y[:, order]) == accuracy
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


# Models ---------------------------------------------------------------------------------------------------------------


def autoencoder():
    return Autoencoder(network(3, 2, output=Tanh()), network(2, 3, output=Sigmoid()))


def denoising():
    return Autoencoder(network(3, 2), network(2, 3), corruption=GaussianNoise(0.2, rng=0))


def vae(loss=None):
    return VAE(network(3, 4, output=ReLU()), Sampler(4, 2, rng=3), network(2, 3, output=Sigmoid()), loss)


def gan():
    return GAN(network(2, 3, output=Sigmoid()), network(3, 1, output=Sigmoid()), rng=0)


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
        with pytest.raises(ValueError if bad in (0, -1) else TypeError, match="a whole number of at least 1, got"):
            model.sample(bad)
