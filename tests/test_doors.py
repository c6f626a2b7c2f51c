"""Arrays from outside at every door: refused in words, or taken for what they are. A table of both."""

import warnings

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax, Tanh
from builders import ROWS, X, autoencoder, batch, classifier, gan, vae
from cases import case
from dataset import Batch, Dataset, GaussianNoise, Masking, SaltAndPepper
from layers import BatchNormalization, Dense, Flatten
from loss import MSE, CrossEntropy
from nn import (
    MLP,
    PCA,
    DivergenceError,
    SampleJudge,
    attributeVector,
    checkGradients,
    frechetDistance,
    interpolate,
    modeCoverage,
    plots,
    principalAngles,
)

GOOD = X[:, :20]
CODES = np.random.default_rng(1).normal(size=(2, 20))
LABELS = np.eye(3)[:, np.arange(20) % 3]
PLANE = MLP([Dense(2, 3, Softmax(), rng=0)])
PIXELS = np.random.default_rng(2).uniform(size=(4, 9))


def forward(model=None):
    model = classifier() if model is None else model
    model.feedforward(GOOD)
    return model


def backpropagated(label):
    model = forward()
    model.backpropagate(label)
    return list(model.weights().values())


def handedBack(gradient):
    model = forward()
    model.backpropagate(gradient, useLoss=False)
    return list(model.weights().values())


def assigned(value):
    layer = Dense(20, ROWS, rng=0)
    layer.weight = value
    return layer.weight


def putBack(value):
    model = MLP([Dense(20, ROWS, rng=0)])
    model.setWeights(model.weights() | {"layers.0.weight": value})
    return model.layers[0].weight


def initialised(value):
    return Dense(20, ROWS, initializer=lambda *_: value, rng=0).weight


def judge():
    data = Dataset.fromArrays(X, X.argmax(axis=0) % 3, rng=0)
    return SampleJudge(classifier(), data)


def delivered(**arrays):
    """All that a data set of these arrays delivers."""
    arrays = {"inputs": GOOD, "dtype": np.float64, "rng": 0} | arrays
    data = Dataset.fromArrays(**arrays)
    return [*data.trainSet(), *data.testSet()]


def measured(model, *pair):
    found = model.evaluate(pair if len(pair) > 1 else pair[0])
    return list(found.values())


def fitted(x):
    pca = PCA(2).fit(x)
    return [pca.components, pca.explainedVariance, pca.mean]


PRINCIPAL = PCA(2).fit(GOOD)

# A good array for each door, and what is asked there.
DOORS = {
    "MLP.feedforward": (GOOD, lambda x: classifier().feedforward(x)),
    "MLP.predict": (GOOD, lambda x: classifier().predict(x)),
    "MLP.evaluate, inputs": (GOOD, lambda x: measured(classifier(), x, LABELS)),
    "MLP.evaluate, labels": (LABELS, lambda y: measured(classifier(), GOOD, y)),
    "MLP.getLoss": (LABELS, lambda y: forward().getLoss(y)),
    "MLP.getAccuracy": (LABELS, lambda y: forward().getAccuracy(y)),
    "MLP.backpropagate": (LABELS, backpropagated),
    "MLP.backpropagate, gradient": (LABELS, handedBack),
    "MLP.computeGradients, inputs": (GOOD, lambda x: classifier().computeGradients(x, LABELS)),
    "MLP.computeGradients, labels": (LABELS, lambda y: classifier().computeGradients(GOOD, y)),
    "MLP.setWeights": (GOOD, putBack),
    "Autoencoder.encode": (GOOD, lambda x: autoencoder().encode(x)),
    "Autoencoder.decode": (CODES, lambda z: autoencoder().decode(z)),
    "Autoencoder.reconstruct": (GOOD, lambda x: autoencoder().reconstruct(x)),
    "Autoencoder.evaluate": (GOOD, lambda x: measured(autoencoder(corruption=GaussianNoise(0.1, rng=0)), x, LABELS)),
    "VAE.encode": (GOOD, lambda x: vae().encode(x)),
    "VAE.decode": (CODES, lambda z: vae().decode(z)),
    "VAE.reconstruct": (GOOD, lambda x: vae().reconstruct(x)),
    "VAE.elbo": (GOOD, lambda x: vae().elbo(x, rng=0)),
    "VAE.logLikelihood": (GOOD, lambda x: vae().logLikelihood(x, samples=2, rng=0)),
    "VAE.activeUnits": (GOOD, lambda x: vae().activeUnits(x)),
    "VAE.evaluate": (GOOD, lambda x: measured(vae(), x, LABELS)),
    "GAN.evaluate": (GOOD, lambda x: measured(gan(), x, LABELS)),
    "PCA.fit": (GOOD, fitted),
    "PCA.transform": (GOOD, lambda x: PRINCIPAL.transform(x)),
    "PCA.inverseTransform": (CODES, lambda z: PRINCIPAL.inverseTransform(z)),
    "PCA.reconstruct": (GOOD, lambda x: PRINCIPAL.reconstruct(x)),
    "principalAngles, A": (GOOD[:, :2], lambda x: principalAngles(x, GOOD[:, 2:5])),
    "principalAngles, B": (GOOD[:, :2], lambda x: principalAngles(GOOD[:, 2:5], x)),
    "frechetDistance, a": (GOOD, lambda x: frechetDistance(x, 2 * GOOD)),
    "frechetDistance, b": (GOOD, lambda x: frechetDistance(2 * GOOD, x)),
    "modeCoverage, samples": (CODES, lambda x: modeCoverage(x, CODES[:, :3], 0.5).counts),
    "modeCoverage, centres": (CODES[:, :3], lambda x: modeCoverage(CODES, x, 0.5).counts),
    "interpolate, start": (GOOD[:, 0], lambda z: interpolate(z, GOOD[:, 1], 3)),
    "interpolate, end": (GOOD[:, 0], lambda z: interpolate(GOOD[:, 1], z, 3)),
    "attributeVector": (GOOD, lambda z: attributeVector(z, [0, 1], [2])),
    "SampleJudge.judge": (GOOD, lambda x: judge().judge(x).shares),
    "checkGradients, layer": (GOOD[:, :3], lambda x: checkGradients(Dense(ROWS, 2, Tanh(), rng=0), x).passed),
    "checkGradients, network": (GOOD[:, :3], lambda x: checkGradients(classifier(), x, LABELS[:, :3]).passed),
    "checkGradients, label": (LABELS[:, :3], lambda y: checkGradients(classifier(), GOOD[:, :3], y).passed),
    "checkGradients, loss": (GOOD, lambda a: checkGradients(MSE(), a, GOOD).passed),
    "checkGradients, model": (GOOD[:, :3], lambda x: checkGradients(autoencoder(), x).passed),
    "fromArrays, inputs": (GOOD, lambda x: delivered(inputs=x)),
    "fromArrays, labels": (LABELS, lambda y: delivered(labels=y)),
    "fromArrays, testInputs": (GOOD, lambda x: delivered(testInputs=x)),
    "fromArrays, testLabels": (LABELS, lambda y: delivered(labels=LABELS, testInputs=GOOD, testLabels=y)),
    "GaussianNoise.apply": (GOOD, lambda x: GaussianNoise(0.1).apply(x, rng=0)),
    "Masking.apply": (GOOD, lambda x: Masking(0.1).apply(x, rng=0)),
    "SaltAndPepper.apply": (GOOD, lambda x: SaltAndPepper(0.1).apply(x, rng=0)),
}

# The same, where formulas compute with what they are given: NaN gives NaN.
FORMULAS = {
    "Dense.feedforward": (GOOD, lambda x: Dense(ROWS, 2, ReLU(), rng=0).feedforward(x)),
    "Flatten.feedforward": (GOOD, lambda x: Flatten().feedforward(x)),
    "BatchNormalization.feedforward": (GOOD, lambda x: BatchNormalization(ROWS).feedforward(x)),
    "Chain.predict": (GOOD, lambda x: classifier().chain.predict(x)),
    "Dense.weight": (GOOD, assigned),
    "initializer": (GOOD, initialised),
    "Sigmoid.apply": (GOOD, lambda z: Sigmoid().apply(z)),
    "Softmax.apply": (GOOD, lambda z: Softmax().apply(z)),
    "MSE.apply, label": (GOOD, lambda y: MSE().apply(y, GOOD)),
    "MSE.perSample, output": (GOOD, lambda a: MSE().perSample(GOOD, a)),
    "CrossEntropy after Sigmoid": (GOOD, lambda y: CrossEntropy().after("Sigmoid").apply(y, GOOD)),
    "Batch.of": (GOOD, lambda x: classifier().measure(Batch.of(x, LABELS), frozenset({"loss"}))["loss"]),
    "Batch.of, labels": (LABELS, lambda y: classifier().measure(Batch.of(GOOD, y), frozenset({"loss"}))["loss"]),
}

PLOTS = {
    "plotImages": (PIXELS, lambda x: plots.plotImages(x, (2, 2))),
    "plotRows": (PIXELS, lambda x: plots.plotRows({"a": x}, (2, 2))),
    "plotManifold": (PIXELS, lambda x: plots.plotManifold(x, (2, 2))),
    "plotComponents": (PIXELS, lambda x: plots.plotComponents(x, (2, 2))),
    "plotCodes": (CODES, lambda z: plots.plotCodes(z, LABELS)),
    "plotCodes, label": (LABELS, lambda y: plots.plotCodes(CODES, y)),
    "plotPoints": (CODES, lambda x: plots.plotPoints(x)),
    "plotPoints, centres": (CODES, lambda x: plots.plotPoints(CODES, x)),
    "plotVectorField": (CODES, lambda x: plots.plotVectorField(CODES, x)),
    "plotConfusionMatrix": (LABELS, lambda y: plots.plotConfusionMatrix(y, LABELS)),
    "plotMisclassified": (LABELS, lambda y: plots.plotMisclassified(np.ones((4, 20)), LABELS, y, (2, 2))),
    "plotROC": (LABELS, lambda y: plots.plotROC(LABELS, y)),
    "plotPrecisionRecall": (LABELS, lambda y: plots.plotPrecisionRecall(LABELS, y)),
    "plotPredictions": (CODES, lambda x: plots.plotPredictions(CODES, x)),
    "plotDecisionBoundary": (CODES, lambda x: plots.plotDecisionBoundary(PLANE, x, LABELS, side=5)),
    "plotSpectrum": (np.array([3.0, 2.0, 1.0]), lambda x: plots.plotSpectrum(x)),
    "plotCurves": (np.array([3.0, 2.0, 1.0]), lambda x: plots.plotCurves({"a": (x, [1, 2, 3])}, "x", "y")),
}


def replaced(x, value):
    x = x.copy()
    x[(-1,) * x.ndim] = value
    return x


def masked(x):
    return np.ma.masked_array(x, np.arange(x.size).reshape(x.shape) == x.size - 1)


def memoryMap(x, tmp_path):
    kept = np.memmap(tmp_path / "array", x.dtype, "w+", shape=x.shape)
    kept[...] = x
    return kept


class Missing(float):
    """A number of a class of its own."""


WRONG = {
    "masked": masked,
    "a list of masked arrays": lambda x: list(masked(x)),
    "complex": lambda x: x + 0j,
    "text": lambda x: x.astype(str),
    "bytes": lambda x: x.astype("S"),
    "objects": lambda x: x.astype(object),
    "None among numbers": lambda x: replaced(x.astype(object), None),
    "time": lambda x: (100 * x).astype("M8[s]"),
    "time spans": lambda x: (100 * x).astype("m8[s]"),
    "a structure": lambda x: x.astype([("a", float)]),
    "rows of different lengths": lambda x: [*x.tolist(), [1.0, 2.0]],
    "nothing": lambda x: None,
    "a number": lambda x: np.array(1.0),
    "a text": lambda x: "numbers",
    "a dict": lambda x: {"x": x},
    "a generator": lambda x: iter(x),
}
INFINITE = {"NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf}
RIGHT = {
    "a list": lambda x: x.tolist(),
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "columns": np.asfortranarray,
    "backwards": lambda x: np.ascontiguousarray(x[..., ::-1])[..., ::-1],
    "a mask that hides nothing": np.ma.masked_array,
    "long double": lambda x: x.astype(np.longdouble),
    "numbers of a class of their own": lambda x: [[Missing(one) for one in row] for row in np.atleast_2d(x)],
}
ALL = DOORS | FORMULAS | PLOTS

# What is something else at some doors, or nothing to refuse.
ALLOWED = {
    "nothing": (
        *("checkGradients, layer", "checkGradients, network", "checkGradients, label"),
        *("checkGradients, model", "fromArrays, labels", "fromArrays, testInputs", "plotPoints, centres"),
    ),
    "a number": ("GaussianNoise.apply", "Masking.apply", "SaltAndPepper.apply", "Sigmoid.apply"),
    "a dict": ("plotCodes", "plotPoints", "plotRows"),
}


@pytest.fixture(autouse=True)
def closed():
    yield
    import sys

    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def refused(call, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((TypeError, ValueError, DivergenceError)) as caught:
            call(value)
    words = str(caught.value)
    assert "expected" in words or "both are (outputs, samples)" in words, words
    return words


def same(found, expected):
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        assert type(found) is type(expected)
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("door", ALL)
def test_what_is_no_array_of_real_numbers_is_refused(door):
    good, call = ALL[door]
    for kind, make in WRONG.items():
        with case(kind):
            if door in ALLOWED.get(kind, ()):
                call(make(good))
            else:
                refused(call, make(good))


@pytest.mark.parametrize(
    "door", [door for door in DOORS | PLOTS if door != "MLP.setWeights"]
)  # weights may be what they became
def test_what_is_not_finite_is_refused(door):
    good, call = ALL[door]
    for kind, number in INFINITE.items():
        with case(kind):
            if "backpropagate" in door or "computeGradients" in door:  # as in a training
                with np.errstate(all="ignore"), pytest.raises(DivergenceError, match="NaN or infinite"):
                    call(replaced(good, number))
            else:
                assert "finite" in refused(call, replaced(good, number))


@pytest.mark.parametrize("door", DOORS | FORMULAS)
def test_arrays_in_another_form_are_the_numbers_they_hold(door):
    good, call = ALL[door]
    for kind, make in RIGHT.items():
        with case(kind):
            form = make(good)
            same(call(form if good.ndim == 2 or not isinstance(form, list) else np.ravel(form).tolist()), call(good))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.int64, np.uint8, bool])
@pytest.mark.parametrize("door", DOORS | FORMULAS)
def test_other_numbers_are_the_numbers_they_are(door, kind):
    good, call = ALL[door]
    numbers = np.round(good).astype(kind)
    if kind is bool or kind is np.uint8:
        numbers = (good > np.median(good)).astype(kind)
    if "principalAngles" in door:
        numbers = np.eye(*good.shape).astype(kind)
    expected = call(numbers.astype(float))
    if door.endswith("apply") and np.issubdtype(kind, np.floating):
        return  # in the precision of what is given: other draws
    if door not in FORMULAS or not np.issubdtype(kind, np.floating):
        assert np.allclose(np.concatenate(flat(call(numbers))), np.concatenate(flat(expected)), rtol=1e-3, atol=1e-3)


def flat(found):
    found = found if isinstance(found, (list, tuple)) else [found]
    return [np.ravel(np.asarray(one, float)) for one in found]


@pytest.mark.parametrize("door", DOORS | FORMULAS)
def test_arrays_of_subclasses_and_in_files(door, tmp_path):
    good, call = ALL[door]
    same(call(memoryMap(good, tmp_path)), call(good))
    if good.ndim == 2:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            matrix = np.matrix(good)
        same(call(matrix), call(good))


@pytest.mark.parametrize("door", DOORS | FORMULAS | PLOTS)
def test_without_samples(door):
    """Nothing is refused, or gives nothing."""
    good, call = ALL[door]
    empty = np.zeros((*good.shape[:-1], 0))
    words, found = "", []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = call(empty)
        except (TypeError, ValueError) as error:
            words = str(error)
    assert not words or len(words) > 20
    for one in found if isinstance(found, (list, tuple)) else [found]:
        assert one is True or 0 in np.shape(one)


WEIGHTS = {"Dense.weight", "MLP.setWeights", "initializer"}


@pytest.mark.parametrize("door", DOORS | FORMULAS)
def test_tables_of_pandas(door):
    pandas = pytest.importorskip("pandas")
    good, call = ALL[door]
    table = pandas.DataFrame(good.T) if good.ndim == 2 else pandas.Series(good)  # rows are samples there
    if door in WEIGHTS:
        assert "an array" in refused(call, table)
        return
    same(call(table), call(good))
    missing = table.astype("Float64")
    missing.iloc[(-1,) * good.ndim] = pandas.NA
    refused(call, missing)


GREY = [
    *("MLP.feedforward", "MLP.predict", "MLP.evaluate, inputs", "MLP.computeGradients, inputs", "Autoencoder.encode"),
    *("Autoencoder.reconstruct", "Autoencoder.evaluate", "VAE.encode", "VAE.reconstruct", "VAE.elbo", "VAE.evaluate"),
    *("GAN.evaluate", "PCA.fit", "PCA.transform", "PCA.reconstruct", "frechetDistance, a", "SampleJudge.judge"),
    *("Dense.feedforward", "Chain.predict", "Batch.of", "GaussianNoise.apply", "Masking.apply", "SaltAndPepper.apply"),
]


@pytest.mark.parametrize("door", GREY)
def test_pixels_that_a_data_set_would_scale_are_refused(door):
    good, call = ALL[door]
    words = refused(call, (255 * good).astype(np.uint8))
    assert "grey values (uint8)" in words
    assert "divide by 255" in words


def test_the_good_ones_are_good():
    for good, call in ALL.values():
        call(good)
    assert batch().inputs.shape[0] == ROWS
