"""ONNX files: every layer, activation and model computes there what it predicts here."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activations
import layers
from activations import ELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import CLASSES, ROWS, Through, X, autoencoder, classifier, gan, images, network, vae
from dataset import Dataset
from layers import (
    GRU,
    LSTM,
    RNN,
    Activate,
    Activated,
    Attention,
    AveragePooling2D,
    BatchNormalization,
    Bidirectional,
    Binarize,
    Chain,
    Composite,
    Concatenate,
    Continuing,
    Contracting,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Coordinates,
    Copy,
    Corrupt,
    Cropping2D,
    CrossAttention,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    KSparse,
    LastStep,
    Layer,
    LayerNormalization,
    Learning,
    MaxPooling2D,
    MaxUnpooling2D,
    MultiHead,
    NoisySigmoid,
    Parallel,
    PositionalEncoding,
    Recurrent,
    Reshape,
    Residual,
    SpectralNormalization,
    Sum,
    TappedDelayLine,
    TiedDense,
    TimeDistributed,
    UpSampling2D,
    ZeroPadding2D,
)
from nn import DBN, MLP, PCA, RBM, Autoencoder, onnxForm

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")

PRECISIONS = [np.float32, np.float64]
CLOSE = {np.float32: 1e-6, np.float64: 1e-12}
LAYOUTS = [True, False]
LAYER_BASES = {Activated, Composite, Continuing, Layer, Learning, MultiHead, Recurrent}


def normalising(features, rng, mean=100):
    layer = BatchNormalization(features)
    layer.block.values["scale"][...] = rng.uniform(0.5, 2, (features, 1))
    layer.block.values["shift"][...] = rng.normal(size=(features, 1))
    layer.statistics["mean"][...] = mean * rng.normal(size=(features, 1))
    layer.statistics["variance"][...] = rng.uniform(0.1, 3, (features, 1))
    return layer


def attending(layer, rng):
    """The layer with parameters that are not those it begins with."""
    layer.parameterVector[...] = rng.normal(size=layer.parameterVector.size)
    return layer


def biased(layer, rng):
    layer.parameterVector[...] = rng.normal(size=layer.parameterVector.size)
    return layer


def fork(end, *widths):
    return Chain([Copy(len(widths)), Parallel([Dense(6, n, Tanh(), rng=n) for n in widths]), end])


def unpooled(pool, size=None):
    return Chain([pool, Conv2D(2, 2, 1, rng=0), MaxUnpooling2D(pool, size)])


def tied(dense):
    up = TiedDense(dense, Sigmoid())
    up.bias = np.arange(dense.inputDim)[:, None]
    return Chain([dense, up])


PADDINGS = "valid", "same"

# Layers on samples of a shape; together all that the library has.
LAYERS = {
    "Activate": [((6,), lambda rng: Activate(Tanh())), ((2, 3, 4), lambda rng: Activate(Softmax()))],
    "Dense": [((6,), lambda rng: Dense(6, 4, rng=rng))],
    "BatchNormalization": [
        ((6,), lambda rng: normalising(6, rng)),
        ((5, 6), lambda rng: normalising(6, rng)),
        ((3, 4, 5), lambda rng: normalising(3, rng)),
    ],
    "Chain": [((6,), lambda rng: Chain({"first": Dense(6, 3, ReLU(), rng=rng), "second": Dense(3, 2, rng=rng)}))],
    "Concatenate": [
        ((6,), lambda rng: fork(Concatenate(), 2, 3)),
        ((3, 4), lambda rng: Chain([Copy(2), Concatenate()])),
        ((2, 3, 4), lambda rng: Chain([Copy(3), Concatenate()])),
    ],
    "Copy": [((6,), lambda rng: Chain([Copy(3), Sum()]))],
    "Dropout": [((6,), lambda rng: Dropout(0.5)), ((2, 3, 4), lambda rng: Dropout(0.5))],
    "Flatten": [((6,), lambda rng: Flatten()), ((5, 6), lambda rng: Flatten()), ((2, 3, 4), lambda rng: Flatten())],
    "Parallel": [((6,), lambda rng: fork(Sum(), 3, 3, 3))],
    "Reshape": [((6,), lambda rng: Reshape((1, 2, 3))), ((2, 3, 4), lambda rng: Reshape((4, 6)))],
    "Residual": [
        ((6,), lambda rng: Residual([Dense(6, 3, Tanh(), rng=rng), Dense(3, 6, rng=rng)])),
        ((6,), lambda rng: Residual([Dense(6, 3, Tanh(), rng=rng)], Dense(6, 3, Sigmoid(), rng=rng))),
    ],
    "Sampler": [],  # draws when it predicts; in the VAE its mean is exported
    "SpectralNormalization": [
        ((6,), lambda rng: SpectralNormalization(Dense(6, 4, Sigmoid(), rng=rng), rng)),
        ((2, 5, 7), lambda rng: SpectralNormalization(Conv2D(2, 3, 3, Tanh(), strides=2, rng=rng), rng)),
        ((2, 3, 4), lambda rng: SpectralNormalization(Conv2DTranspose(2, 3, 4, strides=2, rng=rng), rng)),
    ],
    "Sum": [((6,), lambda rng: fork(Sum(), 4, 4))],
    "AveragePooling2D": [((2, 5, 7), lambda rng, p=p: AveragePooling2D((2, 3), (2, 1), p)) for p in PADDINGS],
    "Binarize": [((6,), lambda rng: Binarize()), ((2, 3, 4), lambda rng: Binarize(1))],
    "NoisySigmoid": [((6,), lambda rng: NoisySigmoid(rng=rng))],
    "KSparse": [
        ((6,), lambda rng: KSparse(2)),
        ((5, 6), lambda rng: KSparse(2, testFactor=1.5)),
        ((6, 3, 4), lambda rng: KSparse(2, testFactor=9)),
    ],
    "TiedDense": [((6,), lambda rng: tied(Dense(6, 4, Tanh(), rng=rng)))],
    "Contracting": [((6,), lambda rng: Contracting([Dense(6, 4, Tanh(), rng=rng), Dense(4, 2, rng=rng)]))],
    "Corrupt": [((2, 3), lambda rng: Corrupt(0.5))],
    "Coordinates": [((2, 4, 5), lambda rng: Coordinates()), ((1, 1, 3), lambda rng: Coordinates())],
    "Cropping2D": [((2, 4, 5), lambda rng: Cropping2D(((0, 1), (2, 1))))],
    "GlobalAveragePooling2D": [((2, 4, 5), lambda rng: GlobalAveragePooling2D())],
    "MaxPooling2D": [((2, 5, 7), lambda rng, p=p: MaxPooling2D((2, 3), 2, p)) for p in PADDINGS],
    "MaxUnpooling2D": [
        ((2, 6, 4), lambda rng: unpooled(MaxPooling2D(2))),
        ((2, 5, 7), lambda rng: unpooled(MaxPooling2D((2, 3), (1, 2), "same"), (5, 7))),  # windows that overlap
    ],
    "UpSampling2D": [((2, 3, 4), lambda rng: UpSampling2D((2, 3)))],
    "Embedding": [(shape, lambda rng: Chain([NoisySigmoid(), Embedding(2, 4, rng=rng)])) for shape in ((1,), (5, 1))],
    "LastStep": [((5, 6), lambda rng: LastStep()), ((5, 2, 3, 4), lambda rng: LastStep())],
    "TappedDelayLine": [((5, 6), lambda rng, lags=lags: TappedDelayLine(lags)) for lags in (1, 3, 5)],
    "TimeDistributed": [
        ((5, 6), lambda rng: TimeDistributed(Dense(6, 4, Softmax(), rng=rng))),
        ((5, 6), lambda rng: TimeDistributed([Dense(6, 4, rng=rng), normalising(4, rng), Dropout(0.5)])),
        ((2, 3, 4, 5), lambda rng: Chain([TimeDistributed(Flatten()), TimeDistributed(Reshape((4, 15)))])),
    ],
    "ZeroPadding2D": [((2, 3, 4), lambda rng: ZeroPadding2D(((0, 1), (2, 3))))],
}
for kind in (Conv2D, Conv2DTranspose):
    LAYERS[kind.__name__] = [
        ((2, 5, 7), lambda rng, kind=kind, k=k, s=s, p=p: kind(2, 3, k, ReLU(), strides=s, padding=p, rng=rng))
        for k in (1, 3, (2, 4))
        for s in (1, 2, 3)
        for p in PADDINGS
    ]
LAYERS["Conv1D"] = [
    ((7, 2), lambda rng, k=k, s=s, p=p: Conv1D(2, 3, k, ReLU(), strides=s, padding=p, rng=rng))
    for k, s in ((1, 1), (3, 1), (4, 3))
    for p in (*PADDINGS, "causal")
]
LAYERS |= {
    "RNN": [((5, 2), lambda rng, f=f: biased(RNN(2, 3, f, rng=rng), rng)) for f in (Tanh(), ReLU())],
    "LSTM": [((5, 2), lambda rng: biased(LSTM(2, 3, rng=rng), rng))],
    "GRU": [((5, 2), lambda rng: biased(GRU(2, 3, rng=rng), rng))],
    "Bidirectional": [
        ((5, 2), lambda rng: Bidirectional(biased(LSTM(2, 3, rng=rng), rng), biased(GRU(2, 4, rng=rng), rng))),
        ((1, 2), lambda rng: Bidirectional(Chain([LSTM(2, 3, rng=rng), Conv1D(3, 4, 1, Tanh(), rng=rng)]))),
    ],
}
LAYERS |= {
    "Attention": [
        ((5, 6), lambda rng, heads=heads, causal=causal: attending(Attention(6, heads, causal, rng=rng), rng))
        for heads in (1, 3)
        for causal in (False, True)
    ],
    "CrossAttention": [],  # refused, as what it attends to is no input of the file
    "LayerNormalization": [
        ((6,), lambda rng: attending(LayerNormalization(6), rng)),
        ((5, 6), lambda rng: attending(LayerNormalization(6, epsilon=0.1), rng)),
    ],
    "PositionalEncoding": [
        ((5, 6), lambda rng, learned=learned, steps=steps: PositionalEncoding(6, steps, learned, rng=rng))
        for learned in (False, True)
        for steps in (5, 8)
    ],
}
ACTIVATIONS = {
    "ELU": [ELU(), ELU(0.3)],
    "Identity": [Identity()],
    "LeakyReLU": [LeakyReLU(), LeakyReLU(0.2)],
    "ReLU": [ReLU()],
    "Sigmoid": [Sigmoid()],
    "Softmax": [Softmax()],
    "Tanh": [Tanh()],
}


def run(path, x, rows=True):
    """What onnxruntime makes of columns, as columns."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = np.moveaxis(x, -1, 0) if rows else x
    (y,) = session.run(["output"], {"input": np.ascontiguousarray(given)})
    return np.moveaxis(y, 0, -1) if rows else y


def assertSame(found, expected, largest=1.0):
    """Within the rounding of numbers as large as these, or as the largest between."""
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    scale = max(largest, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE[expected.dtype.type] * scale)


def assertExported(model, predict, x, path, rows=True, dtype=None, largest=1.0, **keywords):
    if dtype is not None:
        model.astype(dtype)
        x = x.astype(dtype)
    assert model.export(path, rows=rows, **keywords) == path
    assertSame(run(path, x, rows), predict(x), largest)


def properties(path):
    return {one.key: one.value for one in onnx.load(path).metadata_props}


def exportedOf(package, base, bases):
    things = [getattr(package, name) for name in package.__all__]
    return {one.__name__ for one in things if isinstance(one, type) and issubclass(one, base) and one not in bases}


# Layers and activations ----------------------------------------------------------------------------------------------


def test_nothing_that_the_library_exports_is_missing():
    assert exportedOf(layers, Layer, LAYER_BASES) == LAYERS.keys()
    assert exportedOf(activations, Activation, {Activation}) == ACTIVATIONS.keys()


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(("shape", "make"), [case for cases in LAYERS.values() for case in cases])
def test_layers(shape, make, dtype, rows, tmp_path):
    rng = np.random.default_rng(0)
    model, x = MLP([make(rng)]), rng.normal(size=(*shape, 7))
    inexact = AveragePooling2D, Conv1D, Conv2D, Conv2DTranspose, Recurrent
    if dtype is np.float64 and any(isinstance(leaf, inexact) for leaf in model.namedLayers().values()):
        pytest.skip("onnxruntime computes convolutions and means of windows in float32 alone")
    assertExported(model, model.predict, x, tmp_path / "layer.onnx", rows, dtype, inputShape=shape)


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("shape", [(6,), (3, 6), (3, 4, 5)])
@pytest.mark.parametrize("activation", [one for each in ACTIVATIONS.values() for one in each], ids=repr)
def test_activations(activation, shape, dtype, rows, tmp_path):
    model = MLP([Activate(activation)])
    x = 4 * np.random.default_rng(0).normal(size=(*shape, 9))
    x[..., 0], x[..., 1] = 50, -50
    assertExported(model, model.predict, x, tmp_path / "layer.onnx", rows, dtype, inputShape=shape)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_network(tmp_path_factory, data):
    draw, rng = data.draw, np.random.default_rng(data.draw(st.integers(0, 9)))
    sides = st.integers(1, 9)
    shape = tuple(draw(st.lists(sides, min_size=1, max_size=3)))
    width, parts = int(np.prod(shape)), [Flatten()]
    for after in draw(st.lists(sides, max_size=4)):
        activation = draw(st.sampled_from([one for each in ACTIVATIONS.values() for one in each]))
        dense = Dense(width, after, activation, rng=rng)
        kind = draw(st.sampled_from(["plain", "normalised", "residual", "forked"]))
        if kind == "residual":
            parts.append(Residual([dense, Dropout(0.2)], Dense(width, after, rng=rng)))
        elif kind == "forked":
            parts += [Copy(2), Parallel([dense, Dense(width, 2, rng=rng)]), Concatenate()]
            after += 2
        else:
            parts += [dense, normalising(after, rng, mean=1)] if kind == "normalised" else [dense]
        width = after
    model, x = MLP(parts), rng.normal(size=(*shape, draw(st.integers(0, 5))))
    path = tmp_path_factory.mktemp("any") / "network.onnx"
    rows, dtype = draw(st.booleans()), draw(st.sampled_from(PRECISIONS))
    model.feedforward(x, training=False)
    largest = max(1.0, *(np.abs(leaf.output).max(initial=0) for leaf in model.namedLayers().values()))
    assertExported(model, model.predict, x, path, rows, dtype, largest, inputShape=shape)


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("n", [0, 1, 4])
def test_a_network_on_the_steps_of_a_text(n, rows, tmp_path):
    model = MLP(
        [
            Embedding(65, 8, rng=0),
            TappedDelayLine(3),
            TimeDistributed([Dense(24, 9, Tanh(), rng=1), Dense(9, 65, Softmax(), rng=2)]),
        ]
    )
    numbers = np.random.default_rng(0).integers(0, 65, (7, 1, n)).astype(np.float32)
    assertExported(model, model.predict, numbers, tmp_path / "a.onnx", rows, np.float32, inputShape=(7, 1))


def test_a_transformer(tmp_path):
    blocks = [Residual([LayerNormalization(8), Attention(8, 2, causal=True, rng=seed)]) for seed in (1, 2)]
    end = TimeDistributed(Dense(8, 65, Softmax(), rng=3))
    model = MLP([Embedding(65, 8, rng=0), PositionalEncoding(8, 9), *blocks, end])
    numbers = np.random.default_rng(0).integers(0, 65, (7, 1, 4)).astype(np.float32)
    assertExported(model, model.predict, numbers, tmp_path / "a.onnx", True, np.float32, inputShape=(7, 1))


def test_averages_far_from_zero_lose_no_digits(tmp_path):
    layer = BatchNormalization(6)
    layer.statistics["mean"][...] = 1e5
    layer.statistics["variance"][...] = 1e-2
    model = MLP([layer])
    x = 1e5 + np.random.default_rng(0).normal(size=(6, 50))
    assertExported(model, model.predict, x, tmp_path / "layer.onnx", True, np.float32, inputShape=(6,))


# Models --------------------------------------------------------------------------------------------------------------

MODELS = {
    "MLP": (classifier, None, lambda model: model.predict, X),
    "MLP on images": (images, None, lambda model: model.predict, X.reshape(1, 2, 3, -1)),
    "Autoencoder": (autoencoder, None, lambda model: model.reconstruct, X),
    "Autoencoder, encoder": (autoencoder, "encoder", lambda model: model.encode, X),
    "Autoencoder, decoder": (autoencoder, "decoder", lambda model: model.decode, X[:2]),
    "VAE": (vae, "reconstruction", lambda model: model.reconstruct, X),
    "VAE, encoder": (vae, "encoder", lambda model: lambda x: model.encode(x)[0], X),
    "VAE, decoder": (vae, "decoder", lambda model: model.decode, X[:2]),
    "GAN": (gan, None, lambda model: model.generator.predict, X[:3]),
    "GAN, discriminator": (gan, "discriminator", lambda model: model.discriminator.predict, X),
    "PCA": (lambda: PCA(2).fit(X), None, lambda model: model.reconstruct, X),
    "PCA, encoder": (lambda: PCA(2, whiten=True).fit(X), "encoder", lambda model: model.transform, X),
    "PCA, decoder": (lambda: PCA(2, whiten=True).fit(X), "decoder", lambda model: model.inverseTransform, X[:2]),
}


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", MODELS)
def test_models(name, dtype, rows, tmp_path):
    make, part, predict, x = MODELS[name]
    model, keywords = make(), {"inputShape": (1, 2, 3)} if "images" in name else {}
    assertExported(model, predict(model), x, tmp_path / "network.onnx", rows, dtype, part=part, **keywords)


def test_a_part_of_a_model_is_a_network_of_its_own(tmp_path):
    model = autoencoder()
    assertExported(model.encoder, model.encode, X, tmp_path / "encoder.onnx")


def test_a_trained_network_with_everything_at_mnists_size(tmp_path):
    rng = np.random.default_rng(0)
    model = MLP(
        [Dense(784, 100, LeakyReLU(0.2), rng=1), BatchNormalization(100), Dropout(0.5), Dense(100, 10, Softmax())]
    )
    for _ in range(20):
        model.feedforward(rng.uniform(size=(784, 50)))
    assertExported(model, model.predict, rng.uniform(size=(784, 300)), tmp_path / "a.onnx", True, np.float32)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_any_number_of_samples(n, tmp_path):
    model = images()
    x = np.random.default_rng(0).uniform(size=(1, 2, 3, n))
    for rows in LAYOUTS:
        assertExported(model, model.predict, x, tmp_path / "network.onnx", rows, inputShape=(1, 2, 3))


# Standardisation -----------------------------------------------------------------------------------------------------


def scale(features, rng, offset=1000.0):
    return SimpleNamespace(mean=list(offset * rng.normal(size=features)), deviation=list(rng.uniform(0.5, 3, features)))


def column(values, shape):
    """Numbers of the features, so that they broadcast over columns (..., N)."""
    sides = [1] * (len(shape) + 1)
    sides[0 if len(shape) == 3 else len(shape) - 1] = -1
    return np.reshape(values, sides)


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("shape", [(6,), (5, 6), (6, 2, 3)])
def test_an_input_is_standardised_inside(shape, dtype, rows, tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "network.onnx"
    model = MLP([Flatten(), Dense(int(np.prod(shape)), 3, Tanh(), rng=0)])
    model.astype(dtype)
    model.standardization = scale(6, rng)
    mean, deviation = (column(values, shape) for values in vars(model.standardization).values())
    x = (mean + deviation * rng.normal(size=(*shape, 8))).astype(dtype)
    model.export(path, rows=rows, inputShape=shape)
    assertSame(run(path, x, rows), MLP(model.layers).predict(((x - mean) / deviation).astype(dtype)))
    assert properties(path)["standardization"] == "input"


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("make", [autoencoder, vae])
def test_reconstructions_are_in_the_units_of_the_data(make, rows, tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "network.onnx"
    model, plain = make(output=Identity()), make(output=Identity())
    model.standardization = scale(ROWS, rng)
    mean, deviation = (column(values, (ROWS,)) for values in vars(model.standardization).values())
    x = mean + deviation * X
    model.export(path, rows=rows)
    assertSame(run(path, x, rows), mean + deviation * plain.reconstruct((x - mean) / deviation))
    assert properties(path)["standardization"] == "input and output"
    model.export(path, rows=rows, part="encoder")
    codes = plain.encode((x - mean) / deviation)
    assertSame(run(path, x, rows), codes if make is autoencoder else codes[0])
    model.export(path, rows=rows, part="decoder")
    assertSame(run(path, X[:2], rows), mean + deviation * plain.decode(X[:2]))


def test_a_generator_gives_data_and_a_discriminator_takes_them(tmp_path):
    path, model, plain = tmp_path / "network.onnx", gan(), gan()
    model.standardization = scale(ROWS, np.random.default_rng(0))
    mean, deviation = (column(values, (ROWS,)) for values in vars(model.standardization).values())
    model.export(path)
    assertSame(run(path, X[:3]), mean + deviation * plain.generator.predict(X[:3]))
    assert properties(path)["standardization"] == "output"
    model.export(path, part="discriminator")
    assertSame(run(path, mean + deviation * X), plain.discriminator.predict(X))
    assert properties(path)["standardization"] == "input"


def test_a_standardisation_of_other_data_is_refused(tmp_path):
    model = classifier()
    model.standardization = scale(ROWS + 1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected the standardisation's mean to be one for"):
        model.export(tmp_path / "network.onnx")


# What the file says --------------------------------------------------------------------------------------------------


def sides(value):
    return [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]


@pytest.mark.parametrize("rows", LAYOUTS)
def test_the_file_says_what_it_is(rows, tmp_path):
    path = tmp_path / "network.onnx"
    model = images()
    model.classNames = ["cat", "dog", "maße"]
    model.export(path, rows=rows, inputShape=(1, 2, 3))
    file, said = onnx.load(path), properties(path)
    shapes = (["N", 1, 2, 3], ["N", 3]) if rows else ([1, 2, 3, "N"], [3, "N"])
    assert (sides(file.graph.input[0]), sides(file.graph.output[0])) == shapes
    assert said["samples"] == ("rows" if rows else "columns")
    assert said["input"] == ("(N, 1, 2, 3)" if rows else "(1, 2, 3, N)")
    assert said["class_names"] == '["cat", "dog", "ma\\u00dfe"]'
    assert (said["network"], said["standardization"]) == ("MLP", "none")
    assert file.producer_name == "leibnet"
    assert f"Samples are {said['samples']}: input {said['input']}" in file.doc_string
    assert (len(file.graph.input), len(file.graph.output)) == (1, 1)


def test_parameters_have_the_names_of_the_weights(tmp_path):
    path, model = tmp_path / "network.onnx", vae()
    model.export(path)
    assert {one.name for one in onnx.load(path).graph.initializer} == model.weights().keys()


def test_rows_need_no_transposition(tmp_path):
    path = tmp_path / "network.onnx"
    classifier().export(path)
    assert [node.op_type for node in onnx.load(path).graph.node] == ["Gemm", "Tanh", "Gemm", "Softmax"]
    classifier().export(path, rows=False)
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds == ["Transpose", "Gemm", "Tanh", "Gemm", "Softmax", "Transpose"]


def test_the_same_network_gives_the_same_file(tmp_path):
    one, other = (classifier().export(tmp_path / name).read_bytes() for name in ("one.onnx", "other.onnx"))
    assert one == other


# Layers of one's own -------------------------------------------------------------------------------------------------


class Doubled(Through, Layer):
    def _forward(self, x, now, training):
        return x * 2


class Softplus(Activation):
    def apply(self, z, out=None):
        return np.logaddexp(0, z, out=out)

    def derivative(self, z):
        return 1 / (1 + np.exp(-z))


class Wide(Dense):
    """A `Dense` that computes as its base."""


class Halved(Dense):
    def _forward(self, x, now, training):
        return super()._forward(x / 2, now, training)


def test_a_layer_without_a_form_is_named(tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(b"before")
    with pytest.raises(TypeError, match=r"layers\[1\] \(Doubled.*layer Doubled has no ONNX form.*onnxForm\(Doubled"):
        MLP([Dense(6, 3), Doubled()]).export(path)
    with pytest.raises(TypeError, match=r"layers\[0\] \(Dense.*activation Softplus has no ONNX form"):
        MLP([Dense(6, 3, Softplus())]).export(path)
    with pytest.raises(TypeError, match=r"layers\[0\] .*the layer Halved has no ONNX form"):
        MLP([Halved(6, 3)]).export(path)
    assert path.read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["network.onnx"]


def test_a_form_is_registered(tmp_path):
    class Tripled(Through, Layer):
        def _forward(self, x, now, training):
            return x * 3

    class Cubed(Activation):
        def apply(self, z, out=None):
            return np.power(z, 3, out=out)

        def derivative(self, z):
            return 3 * z**2

    @onnxForm(Tripled)
    def tripled(layer, x, graph):
        return graph.add("Mul", x, 3.0)

    @onnxForm(Cubed)
    def cubed(activation, z, graph):
        return graph.add("Pow", z, 3.0)

    model = MLP([Dense(6, 3, Cubed(), rng=0), Tripled()])
    for dtype in PRECISIONS:
        assertExported(model, model.predict, X, tmp_path / "network.onnx", False, dtype)


def test_a_subclass_that_computes_as_its_base_has_its_form(tmp_path):
    model = MLP([Wide(6, 3, Tanh(), rng=0)])
    assertExported(model, model.predict, X, tmp_path / "network.onnx")


def test_what_onnx_refuses_is_not_written(tmp_path):
    class Strange(Through, Layer):
        pass

    @onnxForm(Strange)
    def strange(layer, x, graph):
        return graph.add("NoSuchOperator", x)

    with pytest.raises(ValueError, match="ONNX refuses the network, look at forms of your own.*NoSuchOperator"):
        MLP([Dense(6, 3), Strange()]).export(tmp_path / "network.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [3, ReLU(), dict])
def test_only_classes_have_forms(kind):
    with pytest.raises(TypeError, match="onnxForm: expected every argument to be a class of layers or activations"):
        onnxForm(kind)


def test_the_shape_of_the_training_data_is_that_of_the_file(tmp_path):
    """Where the first layer takes any."""
    runtime = pytest.importorskip("onnxruntime")
    data, path = Dataset("digits", images=True, rng=0), tmp_path / "network.onnx"
    encoder = MLP([Flatten(), Dense(64, 9, ReLU(), rng=0)])
    model = Autoencoder(encoder, MLP([Activate(Tanh()), Dense(9, 64, Sigmoid(), rng=1), Reshape((1, 8, 8))]))
    model.train(data, epochs=1)
    x = data.testSet()[0]
    for part, shown, wanted in (
        (None, x, model.reconstruct(x)),
        ("encoder", x, model.encode(x)),
        ("decoder", model.encode(x), model.reconstruct(x)),
    ):
        for one in (model, Autoencoder.load(model.save(tmp_path / "network.safetensors"))):
            session = runtime.InferenceSession(one.export(path, rows=False, part=part))
            assert session.run(None, {"input": shown})[0] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_boltzmann_machine_has_its_precision_in_the_file(precision, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    rbm, x = RBM(6, 4, rng=0), np.random.default_rng(0).random((6, 5)).astype(precision)
    for model in (rbm, DBN([rbm, RBM(4, 3, rng=1)])):
        model.astype(precision)
        session = runtime.InferenceSession(model.export(tmp_path / "features.onnx", rows=False))
        assert session.run(None, {"input": x})[0] == pytest.approx(model.encode(x), abs=1e-6)


# Refused in words ----------------------------------------------------------------------------------------------------

REFUSED = [
    (lambda: MLP(), {}, ValueError, "expected a network with layers"),
    (
        images,
        {},
        ValueError,
        r"expected inputShape to be the shape of one sample, got None; .*inputShape=\(1, 28, 28\)",
    ),
    (images, {"inputShape": (1, 2, 4)}, ValueError, r"expected an input of shape \(6, N\)"),
    (images, {"inputShape": (1, 2.5)}, TypeError, "expected every side of inputShape to be a whole number"),
    (classifier, {"inputShape": (7,)}, ValueError, r"expected an input of shape \(6, N\)"),
    (classifier, {"rows": "yes"}, TypeError, "expected rows to be True or False"),
    (classifier, {"part": "encoder"}, ValueError, "expected part to be one of 'network'"),
    (vae, {"part": "sampler"}, ValueError, "expected part to be one of 'reconstruction', 'encoder', 'decoder'"),
    (lambda: MLP([Parallel([Dense(2, 3), Dense(2, 3)]), Sum()]), {}, ValueError, "expected the input to be one array"),
    (lambda: MLP([Dense(6, 3), Copy()]), {}, ValueError, "expected the output to be one array"),
    (PCA, {}, RuntimeError, "not fitted"),
    (lambda: MLP([CrossAttention(6)]), {"inputShape": (5, 6)}, ValueError, "a network with one input, got CrossAtt"),
]


@pytest.mark.parametrize(("make", "keywords", "error", "words"), REFUSED)
def test_what_cannot_be_exported(make, keywords, error, words, tmp_path):
    with pytest.raises(error, match=words):
        make().export(tmp_path / "network.onnx", **keywords)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        classifier().export(tmp_path / "missing" / "network.onnx")


def test_a_network_larger_than_the_format(tmp_path, monkeypatch):
    monkeypatch.setattr("nn.storage.onnx.exporting.LARGEST", 100)
    with pytest.raises(ValueError, match="expected the parameters to be at most 100 bytes, ONNX's limit, got"):
        network(ROWS, CLASSES).export(tmp_path / "network.onnx")


def test_without_onnx(tmp_path, monkeypatch):
    monkeypatch.setattr("nn.storage.onnx.exporting.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"package onnx, which is not installed: pip install .leibnet\[onnx"):
        classifier().export(tmp_path / "network.onnx")
    assert list(tmp_path.iterdir()) == []


def test_an_unpooling_is_exported_with_its_pooling_layer(tmp_path):
    pool = MaxPooling2D(2)
    encoder, decoder = MLP([pool, Conv2D(1, 1, 1, rng=0)]), MLP([MaxUnpooling2D(pool)])
    model, path = Autoencoder(encoder, decoder), tmp_path / "model.onnx"
    x = np.random.default_rng(0).normal(size=(1, 4, 6, 5))
    assertExported(model, model.reconstruct, x, path, dtype=np.float32, inputShape=(1, 4, 6))
    with pytest.raises(ValueError, match="expected its pooling layer in the same file, got a network without it"):
        model.export(path, part="decoder", inputShape=(1, 2, 3))
