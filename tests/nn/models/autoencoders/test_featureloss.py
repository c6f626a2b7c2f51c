"""What is special to the distance of features; what all models have in common is in test_models.py."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import Identity, ReLU, Sigmoid, Softmax, Tanh
from builders import CLASSES, LABELS, ROWS, X, data, features, network, vae
from dataset import Dataset
from layers import (
    LSTM,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Copy,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    Reshape,
    Residual,
    Sampler,
    Sum,
)
from loss import MSE, Loss
from nn import MLP, VAE, Autoencoder, FeatureLoss, Model, SupervisedAutoencoder, checkGradients, seed
from optimizer import Adam

SIDE = 6


def convolutional(first=(), optimizer=None):
    """Of images (1, 6, 6), smooth, so that differences tell its gradient; what it is in training differs."""
    layers = [
        Conv2D(1, 3, 3, Tanh(), optimizer, padding="same", rng=0),
        BatchNormalization(3),
        Dropout(0.5),
        AveragePooling2D(2),
        Conv2D(3, 4, 2, Sigmoid(), optimizer, rng=1),
        Flatten(),
        Dense(16, 3, Tanh(), optimizer, rng=2),
    ]
    made = MLP([*first, *layers])
    moving = made.layers[len(first) + 1]
    moving.statistics["mean"][...] = [[0.1], [-0.2], [0.3]]
    moving.statistics["variance"][...] = [[0.5], [2.0], [1.5]]
    return made


def pictures(n, number=0):
    return np.random.default_rng(number).uniform(size=(1, SIDE, SIDE, n))


def differences(loss, y, a, da, number=5):
    """How far the gradient is from differences along a random direction, relative to it."""
    u = np.random.default_rng(number).normal(size=a.shape)
    step = 1e-6
    slope = (loss.apply(y, a + step * u) - loss.apply(y, a - step * u)) / (2 * step)
    return abs(slope - np.vdot(da, u)) / max(abs(slope), 1e-3)


# Value and gradient --------------------------------------------------------------------------------------------------


def test_it_is_the_weighted_sum_of_what_the_layers_differ_by():
    """Written anew, from `activations`: summed over features, averaged over samples."""
    net, y, a = convolutional(), pictures(5), pictures(5, 1)
    loss = FeatureLoss(net, [4, 0, -1], [2.0, 0.5, 3.0])
    one, other = net.activations(y), net.activations(a)
    squares = {i: ((one[f"layers.{i}"] - other[f"layers.{i}"]) ** 2).reshape(-1, 5).sum(axis=0) for i in (4, 0, 6)}
    expected = (2.0 * squares[4] + 0.5 * squares[0] + 3.0 * squares[6]) / 2
    assert loss.perSample(y, a) == pytest.approx(expected)
    assert loss.apply(y, a) == pytest.approx(expected.mean())
    value, da = loss.valueAndDerivative(y, a)
    assert value == loss.apply(y, a)
    assert np.array_equal(da, loss.derivative(y, a))
    weights = np.arange(5.0)
    assert loss.weightedApply(y, a, weights) == pytest.approx((expected * weights).mean())
    assert loss.apply(y, y) == 0
    assert not loss.derivative(y, y).any()


@given(st.lists(st.integers(0, 6), min_size=1, unique=True), st.integers(1, 4), st.booleans(), st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_the_gradient_of_any_places(places, n, weighted, number):
    loss = FeatureLoss(convolutional(), places, [0.5 + i for i in range(len(places))])
    y, a = pictures(n, number), pictures(n, number + 1)
    assert differences(loss, y, a, loss.derivative(y, a)) < 1e-7
    if weighted:
        weights = np.random.default_rng(number).uniform(size=n)
        each = [loss.derivative(y[..., i : i + 1], a[..., i : i + 1]) * weights[i] / n for i in range(n)]
        assert loss.weightedDerivative(y, a, weights) == pytest.approx(np.concatenate(each, axis=-1))


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Conv2D(1, 2, 3, ReLU(), padding="same", rng=0), MaxPooling2D(2), Conv2D(2, 3, 2, ReLU(), rng=1)],
        lambda: [Flatten(), Dense(36, 5, Tanh(), rng=0), Residual([Dense(5, 5, Tanh(), rng=1)]), Dense(5, 2, rng=2)],
        lambda: [Copy(2), Sum(), Flatten(), Dense(36, 3, Sigmoid(), rng=0)],
        lambda: [Reshape((6, 6)), LSTM(6, 4, rng=0)],
    ],
    ids=["pooling", "residual", "branches", "sequences"],
)
def test_the_gradient_through_layers_of_many_kinds(layers):
    loss = FeatureLoss(MLP(layers()), [-2, -1])
    y, a = pictures(3), pictures(3, 1)
    assert differences(loss, y, a, loss.derivative(y, a)) < 1e-7


@pytest.mark.parametrize("place", [0, 4])
def test_an_error_of_a_thousandth_in_one_layer_of_the_frozen_network_is_found(place, monkeypatch):
    loss, y, a = FeatureLoss(convolutional(), [0, 4, 6], [1, 30, 30]), pictures(3), pictures(3, 1)
    layer = loss.network.layers[place]
    right = layer.backward
    monkeypatch.setattr(layer, "backward", lambda dy, wanted: 1.001 * right(dy, wanted))
    assert differences(loss, y, a, loss.derivative(y, a)) > 1e-5


def test_a_place_whose_gradient_is_left_out_is_found():
    loss, y, a = FeatureLoss(convolutional(), [0, 4, 6]), pictures(3), pictures(3, 1)
    less = FeatureLoss(convolutional(), [0, 6])
    assert differences(loss, y, a, less.derivative(y, a)) > 1e-3


def test_the_gradient_goes_into_the_array_that_is_given_and_nothing_else_is_changed():
    loss, y, a = FeatureLoss(convolutional(), [1, 5]), pictures(4), pictures(4, 1)
    before, out = (y.copy(), a.copy()), np.empty_like(a)
    weights = loss.network.weights()
    first = loss.derivative(y, a)
    kept = first.copy()
    assert loss.derivative(y, a, out) is out
    loss.derivative(a, y)
    assert np.array_equal(first, kept)
    assert np.array_equal(out, kept)
    assert np.array_equal(y, before[0])
    assert np.array_equal(a, before[1])
    assert all(np.array_equal(loss.network.arrays()[name], array) for name, array in weights.items())


def test_eight_threads_may_share_it():
    loss = FeatureLoss(convolutional(), [0, 4, 6])
    pairs = [(pictures(3, i), pictures(3, i + 50)) for i in range(8)]
    expected = [loss.derivative(*pair) for pair in pairs]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: loss.derivative(*pairs[i % 8]), range(64)))
    assert all(np.array_equal(one, expected[i % 8]) for i, one in enumerate(found))


@pytest.mark.parametrize("number", [1e-12, 1e-3, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_from_the_smallest_to_the_largest_numbers_it_is_finite(number, dtype):
    loss = FeatureLoss(convolutional(), [0, 4, 6])
    loss.astype(dtype)
    y, a = (number * pictures(3, i).astype(dtype) for i in range(2))
    value, da = loss.valueAndDerivative(y, a)
    assert np.isfinite(value)
    assert np.isfinite(da).all()
    assert da.dtype == dtype


# The network ---------------------------------------------------------------------------------------------------------


def test_it_has_a_frozen_copy_of_the_layers_that_it_needs():
    net = convolutional()
    loss, y, a = FeatureLoss(net, [0, -3]), pictures(3), pictures(3, 1)
    before = loss.apply(y, a)
    assert len(loss.network.layers) == 5
    assert not loss.network.chain.learning()
    assert net.chain.learning()
    net.layers[0].weight *= 2
    net.astype(np.float32)
    assert loss.apply(y, a) == before
    assert loss.network.chain.dtype == np.float64


def test_columns_are_taken_as_images_and_images_as_columns():
    y, a = pictures(4), pictures(4, 1)
    columns = y.reshape(SIDE**2, 4), a.reshape(SIDE**2, 4)
    net = convolutional([Reshape((1, SIDE, SIDE))])
    taking_images = MLP(net.layers[1:])
    taking_images.sampleShape = (1, SIDE, SIDE)
    one, other = FeatureLoss(net, [1, 5]), FeatureLoss(taking_images, [0, 4])
    assert one.apply(*columns) == other.apply(*columns) == other.apply(y, a)
    assert other.derivative(*columns).shape == (SIDE**2, 4)
    dense = FeatureLoss(network(SIDE**2, 5, 3), [0])
    assert dense.derivative(y, a).shape == y.shape
    assert dense.apply(y, a) == dense.apply(*columns)


@pytest.mark.parametrize("images", [False, True])
def test_a_vae_of_digits_learns_by_the_features_of_a_classifier(images, tmp_path):
    seed(0)
    adam = Adam(lr=0.01)
    digits = Dataset("digits", images=images, rng=0)
    first = [] if images else [Reshape((1, 8, 8))]
    judge = MLP([*first, Conv2D(1, 4, 3, ReLU(), adam), Flatten(), Dense(144, 10, Tanh(), adam)])
    judge.train(digits, MSE(), epochs=1, metrics=[])
    ends = ([Flatten()], [Reshape((1, 8, 8))]) if images else ([], [])
    encoder = MLP([*ends[0], Dense(64, 30, ReLU(), adam)])
    decoder = MLP([Dense(5, 64, Sigmoid(), adam), *ends[1]])
    model = VAE(encoder, Sampler(30, 5, adam), decoder, FeatureLoss(judge, [len(first)], [100.0]))
    before = model.evaluate(digits)
    history = model.train(digits, epochs=3, metrics=["test_reconstruction", "test_kl"])
    assert history["test_reconstruction"][-1] < 0.75 * before["reconstruction"]
    values = model.evaluate(digits)
    assert list(values) == ["loss", "reconstruction", "kl"]
    assert values["loss"] == pytest.approx(values["reconstruction"] + values["kl"])
    again = Model.load(model.save(tmp_path / "vae.safetensors"))
    assert again.evaluate(digits) == values
    assert again.loss.network.sampleShape == model.loss.network.sampleShape or not images


def test_files_hold_the_frozen_network(tmp_path):
    model = vae(loss=features())
    names = [name for name in model.arrays() if name.startswith("loss.network.")]
    assert names == [f"loss.network.layers.{i}.{name}" for i in (0, 1) for name in ("weight", "bias")]
    assert model.numParameters() == vae().numParameters()
    again = VAE.load(model.save(tmp_path / "vae.safetensors"))
    assert np.array_equal(again.loss.derivative(X, X[:, ::-1]), model.loss.derivative(X, X[:, ::-1]))
    wrong = model.weights()
    wrong["loss.network.layers.1.weight"] = np.zeros((5, 7))
    with pytest.raises(
        ValueError, match=r"expected loss.network.layers.1.weight to be of shape \(4, 7\), got \(5, 7\)"
    ):
        model.setWeights(wrong)
    with pytest.raises(ValueError, match="missing .*'loss.network.layers.0.bias'"):
        model.setWeights(vae().weights())
    plain = VAE.load(vae().save(tmp_path / "plain.safetensors"))
    assert not any(name.startswith("loss") for name in plain.arrays())


def test_files_hold_the_networks_of_losses_of_parts_and_of_a_network_alone(tmp_path):
    decoder = network(2, 5, ROWS, output=Sigmoid(), loss=features())
    model = Autoencoder(network(ROWS, 2), decoder)
    assert isinstance(model.loss, FeatureLoss)
    for one, places in ((model, ["decoder.loss", "loss"]), (network(4, ROWS, loss=features()), ["loss"])):
        again = Model.load(one.save(tmp_path / "model.safetensors"))
        assert [place for place, loss in one.describedLosses().items() if loss.arrays()] == places
        for place in places:
            loss = one.describedLosses()[place]
            assert again.describedLosses()[place].apply(X, X[:, ::-1]) == loss.apply(X, X[:, ::-1]) > 0


def test_a_network_of_its_own_may_learn_by_features():
    """From columns to other columns that look alike to the frozen network."""
    labels = X[::-1].copy()
    model = network(ROWS, 8, ROWS, loss=features(), optimizer=Adam(lr=0.01))
    assert checkGradients(model, X[:, :5], labels[:, :5])
    train = Dataset.fromArrays(X, labels, test_size=10, batch_size=10, rng=0)
    history = model.train(train, epochs=20, metrics=["test_loss"])
    assert history["test_loss"][-1] < history["test_loss"][0]


def test_a_supervised_autoencoder_may_learn_by_features(tmp_path):
    parts = network(ROWS, 5, 2), network(2, ROWS, output=Sigmoid()), network(2, CLASSES, output=Softmax())
    model = SupervisedAutoencoder(*parts, loss=features())
    assert checkGradients(model, X[:, :7], LABELS[:, :7])
    again = Model.load(model.save(tmp_path / "model.safetensors"))
    assert again.evaluate((X, LABELS)) == model.evaluate((X, LABELS))


def test_an_exported_file_is_the_same_with_and_without_it(tmp_path):
    pytest.importorskip("onnx")
    files = [vae(loss=loss).export(tmp_path / f"{i}.onnx").read_bytes() for i, loss in enumerate([features(), None])]
    assert files[0] == files[1]


def test_precision_follows_the_model():
    model = vae(loss=features())
    model.astype(np.float32)
    assert model.loss.network.chain.dtype == np.float32
    model.loss = features()
    assert model.loss.network.chain.dtype == np.float32
    model.train(data(dtype=float), epochs=1, metrics=[])
    assert model.loss.network.chain.dtype == np.float64


def test_standardised_data_have_to_be_those_of_the_frozen_network():
    standardised = data(np.arange(1, 7)[:, np.newaxis] * X, standardize=True)
    judge = network(ROWS, 4, 3)
    judge.train(Dataset.fromArrays(np.arange(1, 7)[:, np.newaxis] * X, np.eye(3)[:, np.arange(40) % 3], test_size=10,
                                   standardize=True, rng=0), MSE(), epochs=1, metrics=[])  # fmt: skip
    model = vae(output=Identity(), loss=FeatureLoss(judge, [0]))
    model.train(standardised, epochs=1, metrics=[])
    assert model.evaluate(standardised)["reconstruction"] > 0
    with pytest.raises(ValueError, match="network takes standardised numbers, and the model is trained on raw numbers"):
        vae(loss=FeatureLoss(judge, [0])).train(data(), epochs=1)
    with pytest.raises(ValueError, match="network takes raw numbers, and the model is trained on standardised numbers"):
        vae(output=Identity(), loss=features()).train(standardised, epochs=1)


# What is refused -----------------------------------------------------------------------------------------------------


def test_there_is_no_bound_on_a_likelihood_that_is_not_there():
    model = vae(loss=features())
    for method in (model.elbo, model.logLikelihood):
        with pytest.raises(ValueError, match=f"VAE.{method.__name__}: expected a loss that is a likelihood"):
            method(X)
    model.loss = MSE(0.1)
    assert model.elbo(X).shape == (40,)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((features(), [0]), TypeError, "expected network to be an MLP"),
        ((MLP(), [0]), ValueError, "expected network to be an MLP with layers"),
        ((network(6, 4, 3), []), ValueError, "a list of places among 2 layers, each of them once, got \\[\\]"),
        ((network(6, 4, 3), [2]), ValueError, "a list of places among 2 layers"),
        ((network(6, 4, 3), [-3]), ValueError, "every place to be a whole number of at least -2, got -3"),
        ((network(6, 4, 3), [1, -1]), ValueError, "each of them once"),
        ((network(6, 4, 3), [0.5]), TypeError, "every place to be a whole number"),
        ((network(6, 4, 3), 1), TypeError, "a list of places"),
        ((network(6, 4, 3), "01"), TypeError, "a list of places"),
        ((network(6, 4, 3), [0], [1.0, 2.0]), ValueError, "a list of 1 numbers above 0, one for every place"),
        ((network(6, 4, 3), [0], 1.0), TypeError, "a list of 1 numbers above 0"),
        ((network(6, 4, 3), [0], [0.0]), ValueError, "every weight to be a finite number > 0"),
        ((network(6, 4, 3), [0], [np.inf]), ValueError, "every weight to be a finite number > 0"),
        ((MLP([Dense(6, 4), Copy(2), Sum()]), [1]), ValueError, "one of a layer that gives one array"),
    ],
)
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        FeatureLoss(*arguments)


def test_a_network_of_other_samples_is_refused_when_the_model_is_made():
    other = FeatureLoss(network(7, 4, 3), [0])
    words = r"FeatureLoss: its network does not take samples of shape \(6,\): the loss's network.layers\[0\]"
    with pytest.raises(ValueError, match=words):
        vae(loss=other)
    with pytest.raises(ValueError, match=words):
        network(4, ROWS, loss=other)
    model = vae()
    for change in (lambda: setattr(model, "loss", other), lambda: model.train(data(), loss=other)):
        with pytest.raises(ValueError, match=words):
            change()
        assert not isinstance(model.loss, FeatureLoss)
    images = Autoencoder(MLP([Conv2D(1, 1, 1)]), MLP([Conv2D(1, 1, 1)]), FeatureLoss(network(35, 3), [0]))
    with pytest.raises(ValueError, match=r"its network does not take samples of shape \(1, 6, 6\)"):
        images.train(Dataset.fromArrays(pictures(20), test_size=4, rng=0), epochs=1)


def test_labels_of_another_shape_and_batches_without_samples_are_refused():
    loss = features()
    with pytest.raises(ValueError, match=r"the label's shape \(6, 3\) differs from the output's \(6, 4\)"):
        loss.apply(X[:, :3], X[:, :4])
    with pytest.raises(ValueError, match="a batch without samples has no loss"):
        loss.derivative(X[:, :0], X[:, :0])


def test_it_says_what_it_is():
    assert repr(features()) == "FeatureLoss(Dense, Dense; places=[0, 1], weights=[1.5, 0.5])"
    made = Loss.fromConfig(features().config())
    assert made.config() == features().config()
