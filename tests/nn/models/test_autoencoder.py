"""What is special to the autoencoder, plain and denoising; what all models have in common is in test_models.py."""

import numpy as np
import pytest

from activations import Identity, ReLU, Sigmoid, Tanh
from builders import X, autoencoder, data, network
from dataset import Dataset
from layers import (
    L1,
    Conv2D,
    Conv2DTranspose,
    Corrupt,
    Cropping2D,
    Dense,
    Flatten,
    MaxPooling2D,
    Reshape,
    ZeroPadding2D,
)
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, Autoencoder, CheckpointError, DivergenceError, GaussianNoise, Masking, checkGradients, seed
from nn.models.objective import Objective
from nn.training.metrics import EVALUATION
from optimizer import SGD, Adam


def test_the_step_is_that_of_a_network_whose_label_is_its_input():
    model, x = autoencoder(SGD(lr=0.5)), X[:, :10]
    other = autoencoder(SGD(lr=0.5))
    network = MLP([*other.encoder.layers, *other.decoder.layers], CrossEntropy())
    network.astype(np.float32)
    network.feedforward(x)
    network.backpropagate(x)
    model.train(Dataset.fromArrays(x, testInputs=x, batch_size=10, shuffle=False), epochs=1)
    for one, two in zip(model.weights().values(), network.weights().values(), strict=True):
        assert np.array_equal(one, two)


def test_learns_and_its_parts_do_what_they_say():
    seed(0)
    model, train = autoencoder(), data()
    before = model.evaluate(train)
    history = model.train(train, epochs=60, metrics=["train_loss", "test_loss", "test_squared_error"])
    assert history["test_squared_error"][-1] < 0.9 * before["squared_error"]
    codes = model.encode(X)
    assert codes.shape == (2, 40)
    assert np.array_equal(model.decode(codes), model.reconstruct(X))
    assert np.array_equal(codes, model.encoder.predict(X))


def test_quantities_are_what_their_names_say():
    model = autoencoder()
    output = model.reconstruct(X)
    values = model.evaluate(X)
    assert values["squared_error"] == pytest.approx(((output - X) ** 2).sum() / 40)
    assert values["loss"] == pytest.approx(CrossEntropy().apply(X, output))
    assert model.evaluate((X, np.empty((0, 40)))) == values


def test_an_evaluation_corrupts_and_a_reconstruction_does_not():
    model = autoencoder(corruption=GaussianNoise(0.3))
    plain = Autoencoder(model.encoder, model.decoder)
    assert plain.evaluate(X)["loss"] != model.evaluate(X)["loss"]
    assert np.array_equal(plain.reconstruct(X), model.reconstruct(X))
    corrupted = model.corruption.apply(X, EVALUATION)
    assert model.evaluate(X)["squared_error"] == pytest.approx(((model.reconstruct(corrupted) - X) ** 2).sum() / 40)


def test_training_corrupts_every_batch_anew_and_leaves_the_label_clean(monkeypatch):
    seen = []

    class Recorded(Masking):
        def _corrupt(self, x, rng):
            seen.append((x.copy(), super()._corrupt(x, rng)))
            return seen[-1][1]

    model = autoencoder(corruption=Recorded(0.5))
    labels, asLabel = [], Objective.asLabel
    x = X[:, :10].astype(np.float32)
    train = Dataset.fromArrays(x, testInputs=x, batch_size=10, shuffle=False)
    monkeypatch.setattr(
        Objective, "asLabel", lambda self, label: labels.append(np.array(label)) or asLabel(self, label)
    )
    model.train(train, epochs=3, metrics=[])
    assert len(seen) == 3
    assert labels
    assert not np.array_equal(seen[0][1], seen[1][1])
    assert all(np.array_equal(clean, x) for clean, _ in seen)
    assert all(np.array_equal(label, x) for label in labels)


def test_denoising_is_learnt():
    """Points on a line in the plane: what is off the line comes back to it."""
    seed(0)
    t = np.random.default_rng(0).uniform(-1, 1, (1, 2000))
    line, adam = np.concatenate((t, t)), Adam(lr=0.01)
    encoder = MLP([Dense(2, 16, Tanh(), adam)])
    decoder = MLP([Dense(16, 2, Identity(), adam)])
    model = Autoencoder(encoder, decoder, corruption=GaussianNoise(0.2, clip=None))
    model.train(Dataset.fromArrays(line, batch_size=50), epochs=15)
    back = model.reconstruct(np.array([[0.3, -0.3], [-0.3, 0.3]]))
    assert np.abs(back[0] - back[1]).max() < 0.2


def test_divergence_names_the_part():
    model = autoencoder(SGD(lr=1e30), output=Identity())
    with pytest.raises(DivergenceError, match=r"(en|de)coder.layers\[\d\]"):
        model.train(data(), epochs=20, watch=False)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Autoencoder(MLP([Dense(6, 2)]), MLP([Dense(3, 6)])),
            ValueError,
            "the encoder gives samples of shape (2,), the decoder takes (3,)",
        ),
        (
            lambda: Autoencoder(MLP([Dense(6, 2)]), MLP([Dense(2, 5)])),
            ValueError,
            "its first layer takes samples of shape (6,), its last one gives (5,)",
        ),
        (
            lambda: autoencoder(corruption="noise"),
            TypeError,
            "Autoencoder: expected corruption to be a Corruption such as Masking(0.25), got 'noise'",
        ),
        (lambda: autoencoder(corruption=Masking), TypeError, "give an instance, Masking()"),
        (lambda: autoencoder(loss="mse"), TypeError, "to be a Loss such as CrossEntropy(), got 'mse'"),
        (
            lambda: autoencoder().train(data(X[:4])),
            ValueError,
            "the data set 'arrays' has samples of shape (4,), which the network does not take: encoder.layers[0]",
        ),
        (lambda: autoencoder().train(data(X[:4])), ValueError, "expected an input of shape (6, N)"),
        (lambda: autoencoder().train(data(3 * X)), ValueError, "values from"),
        (lambda: autoencoder().evaluate(3 * X), ValueError, "the input has values from"),
        (lambda: autoencoder().evaluate(X - 1), ValueError, "decoder.layers[1] (Dense 5 -> 6, Sigmoid()) cannot give"),
        (lambda: autoencoder().train(data(X - 1)), ValueError, "scale the data"),
        (lambda: autoencoder(output=ReLU()).train(data(), CrossEntropy()), ValueError, "CrossEntropy is defined for"),
        (lambda: autoencoder().train(data(), CategoricalCrossEntropy()), ValueError, "does not fit"),
        (lambda: autoencoder().reconstruct(X[:3]), ValueError, "encoder.layers[0]"),
        (lambda: autoencoder().decode(X), ValueError, "decoder.layers[0]"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_the_loss_can_be_set():
    model = autoencoder()
    assert model.loss.name == "CrossEntropy"
    model.train(data(), MSE(), epochs=1)
    assert model.loss.name == "MSE"
    model.loss = CrossEntropy()
    assert model.loss.name == "CrossEntropy"


def test_the_range_is_that_of_the_data_set():
    model = Autoencoder(MLP([Dense(64, 2)]), MLP([Dense(2, 64, Sigmoid())]))
    with pytest.raises(ValueError, match="values from -1 to 1"):
        model.train(Dataset("digits", valueRange=(-1, 1)), epochs=1)


def test_the_range_is_that_of_all_samples():
    x = np.tile(X, 50)
    x[0, 1500] = 3
    with pytest.raises(ValueError, match="to 3,"):
        autoencoder().train(Dataset.fromArrays(x, testInputs=X, shuffle=False), epochs=1)


def test_computeGradients_corrupts():
    model = autoencoder(corruption=Masking(1, value=0.5))
    assert model.computeGradients(X) == pytest.approx(model.evaluate(X)["loss"])
    assert model.computeGradients(X) != pytest.approx(autoencoder().computeGradients(X), rel=1e-6)


def test_a_part_that_grew_is_part_of_the_model():
    model = autoencoder(output=Identity())
    model.decoder.addLayer(Dense(6, 6, Sigmoid(), rng=5))
    assert model.decoder.layers[2].describe() == "decoder.layers[2] (Dense 6 -> 6, Sigmoid())"
    assert model.loss.name == "CrossEntropy"
    before = model.weights()
    assert "decoder.layers.2.weight" in before
    model.train(data(dtype=float), epochs=1)
    assert not any(np.array_equal(value, before[name]) for name, value in model.weights().items())
    assert np.array_equal(model.reconstruct(X), model.decoder.predict(model.encoder.predict(X)))
    model.decoder.addLayer(Dense(6, 7))
    with pytest.raises(ValueError, match=r"the label's shape \(6, 10\) does not fit the output of decoder.layers\[3\]"):
        model.train(data(dtype=float))


@pytest.mark.parametrize("x", [X[:4], 3 * X])
def test_a_loss_that_train_refuses_is_not_taken(x):
    model = autoencoder()
    with pytest.raises(ValueError, match="samples of shape|scale the data"):
        model.train(data(x), MSE())
    assert model.loss.name == "CrossEntropy"
    model.loss = MSE(0.3)
    with pytest.raises(ValueError, match="does not fit"):
        model.train(data(), CategoricalCrossEntropy())
    assert model.loss.variance == 0.3


def test_the_loss_is_by_default_that_of_the_decoder():
    assert autoencoder().loss.name == "CrossEntropy"
    assert autoencoder(output=Identity()).loss.name == "MSE"
    encoder, decoder = network(6, 2), network(2, 6, loss=MSE(0.3))
    assert Autoencoder(encoder, decoder).loss is decoder.loss
    assert Autoencoder(network(6, 2), network(2, 6, loss=MSE(0.3)), MSE(0.1)).loss.variance == 0.1


def test_penalties_are_in_the_loss():
    plain, sparse = autoencoder(), autoencoder()
    sparse.encoder.layers[1].penalty = L1(0.7)
    own = 0.7 * np.abs(sparse.encode(X)).sum() / 40
    assert sparse.evaluate(X)["loss"] == pytest.approx(plain.evaluate(X)["loss"] + own)
    assert checkGradients(sparse)


def test_images_in_images_out():
    x = X.reshape(1, 2, 3, 40)
    parts, flat = autoencoder(), autoencoder(loss=MSE())
    encoder = MLP([Flatten(), *parts.encoder.layers])
    model = Autoencoder(encoder, MLP([*parts.decoder.layers, Reshape((1, 2, 3))]), MSE())
    assert np.array_equal(model.reconstruct(x), flat.reconstruct(X).reshape(x.shape))
    for one, inputs in ((model, x), (flat, X)):
        one.train(data(inputs), epochs=2)
    for one, other in zip(model.weights().values(), flat.weights().values(), strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5)
    assert model.history["test_loss"] == pytest.approx(flat.history["test_loss"], rel=1e-5)


# A corruption in the range of the data --------------------------------------------------------------------------------


class Seen(GaussianNoise):
    """Keeps what it made."""

    def _corrupt(self, x, rng):
        corrupted = super()._corrupt(x, rng)
        self.ends.append((float(corrupted.min()), float(corrupted.max())))
        return corrupted


def seen():
    corruption = Seen(9.0, rng=0)
    corruption.ends = []
    return corruption


SIGNED = 2 * X - 1


@pytest.mark.parametrize(
    ("samples", "ends"),
    [
        (lambda: data(X), (0, 1)),
        (lambda: data(SIGNED), (-0.9, 0.9)),
        (lambda: data((255 * X).astype(np.uint8), valueRange=(-1, 1)), (-1, 1)),
        (lambda: data((255 * X).astype(np.uint8), valueRange=(0.2, 0.8)), (0.2, 0.8)),
    ],
    ids=["unit", "numbers", "grey", "pale"],
)
def test_noise_is_cut_off_at_the_ends_of_the_data_set_in_training_and_evaluation(samples, ends):
    corruption, samples = seen(), samples()
    if samples.valueRange is None and ends != (0, 1):
        ends = samples.trainSet()[0].min(), samples.trainSet()[0].max()
    model = autoencoder(output=Tanh(), corruption=corruption)
    model.train(samples, epochs=2, metrics=["train_loss", "test_loss"], progress=False)
    model.evaluate(samples)
    model.diagnose(samples)
    assert np.allclose(corruption.ends, ends)


def test_one_corruption_for_two_data_sets():
    corruption = seen()
    models = [autoencoder(output=Tanh(), corruption=corruption) for _ in range(2)]
    unit, grey = data(X), data((255 * X).astype(np.uint8), valueRange=(-1, 1))
    for model, samples in zip(models, (unit, grey), strict=True):
        model.train(samples, epochs=1, metrics=(), watch=False, progress=False)
    models[0].evaluate(unit)
    assert set(corruption.ends) == {(0, 1), (-1, 1)}
    assert corruption.ends[-1] == (0, 1)
    assert repr(corruption) == "Seen(deviation=9.0, clip='data')"


def test_a_training_with_noise_in_numbers_goes_on_with_noise_left_to_the_data(tmp_path):
    """And the other way round, with the same bits, if the numbers are those of the data; else it is refused."""
    samples, end = {"unit": data(X), "signed": data(SIGNED)}, {}
    left, told = GaussianNoise(0.3), GaussianNoise(0.3, clip=(0, 1))
    for then, now in ((left, left), (told, left), (left, told)):
        path = tmp_path / f"{then.clip} {now.clip}"
        for corruption, epochs in ((then, 1), (now, 3)):
            seed(epochs)
            model = autoencoder(output=Tanh(), corruption=corruption)
            keywords = {"epochs": epochs, "progress": False, "watch": False, "checkpoint": path, "resume": epochs == 3}
            model.train(data(X), **keywords)
        end[path.name] = model.weights()
    first, *others = end.values()
    for other in others:
        for name, array in first.items():
            assert np.array_equal(other[name], array)
    model = autoencoder(output=Tanh(), corruption=told)
    model.train(samples["signed"], epochs=1, progress=False, watch=False, checkpoint=tmp_path / "signed")
    model = autoencoder(output=Tanh(), corruption=left)
    with pytest.raises(CheckpointError, match=r"whose corruption.clip.0. was"):
        model.train(samples["signed"], epochs=2, progress=False, checkpoint=tmp_path / "signed", resume=True)


# Images --------------------------------------------------------------------------------------------------------------


def convolutional(side=28, rng=0, **keywords):
    """The third lecture's, as listed."""
    adam, border = Adam(lr=0.003), -side % 8 // 2
    same = {"optimizer": adam, "padding": "same"}
    encoder = MLP(
        [
            ZeroPadding2D(border),
            Conv2D(1, 16, 3, ReLU(), **same, rng=rng),
            MaxPooling2D(2),
            Conv2D(16, 8, 3, ReLU(), **same, rng=rng + 1),
            MaxPooling2D(2),
            Conv2D(8, 8, 3, ReLU(), **same, rng=rng + 2),
            MaxPooling2D(2),
        ]
    )
    decoder = MLP(
        [
            Conv2DTranspose(8, 8, 3, ReLU(), **same, strides=2, rng=rng + 3),
            Conv2DTranspose(8, 16, 3, ReLU(), **same, strides=2, rng=rng + 4),
            Conv2DTranspose(16, 1, 3, Sigmoid(), **same, strides=2, rng=rng + 5),
            Cropping2D(border),
        ]
    )
    return Autoencoder(encoder, decoder, **keywords)


def test_the_convolutional_autoencoder_of_the_third_lecture():
    model, x = convolutional(), np.random.default_rng(0).random((1, 28, 28, 3)).astype(np.float32)
    assert model.numParameters() == 3801
    assert model.encode(x).shape == (8, 4, 4, 3)
    assert model.encode(x).size == 3 * 128
    output = model.reconstruct(x)
    assert output.shape == x.shape
    shapes = [y.shape[:-1] for y in model.activations(x).values()]
    assert shapes[:7] == [(1, 32, 32), (16, 32, 32), (16, 16, 16), (8, 16, 16), (8, 8, 8), (8, 8, 8), (8, 4, 4)]
    assert shapes[7:] == [(8, 8, 8), (16, 16, 16), (1, 32, 32), (1, 28, 28)]
    np.testing.assert_array_equal(model.activations(x)["decoder.layers.3"], output)
    errors = model.reconstructionErrors(x)
    np.testing.assert_allclose(errors, ((output - x) ** 2).sum(axis=(0, 1, 2)), rtol=1e-5)
    values = model.evaluate(x)
    assert values["squared_error"] == pytest.approx(errors.mean(), rel=1e-5)
    assert values["loss"] == pytest.approx(CrossEntropy().apply(x, output), rel=1e-5)
    np.testing.assert_array_equal(model.decode(model.encode(x)), output)


def test_an_autoencoder_of_images_has_true_gradients():
    model = convolutional(side=8, corruption=GaussianNoise(0.5, clip=None))
    report = checkGradients(model, np.random.default_rng(0).random((1, 8, 8, 3)))
    assert report, str(report)


def test_an_autoencoder_of_images_learns_is_saved_and_goes_on(tmp_path):
    metrics = ["train_loss", "test_loss", "test_squared_error"]

    def trained(name, epochs, model=None, **keywords):
        seed(0)
        model = model or convolutional(side=8, corruption=GaussianNoise(0.2, clip=None))
        digits = Dataset("digits", images=True, train_size=300, test_size=60, rng=0)
        history = model.train(digits, epochs=epochs, metrics=metrics, checkpoint=tmp_path / name, **keywords)
        return model, history, digits

    whole, history, digits = trained("whole", 8)
    assert history["test_squared_error"][-1] < 0.8 * history["test_squared_error"][0]
    trained("part", 3)
    resumed, again, _ = trained("part", 8, resume=True)
    for metric in metrics:
        assert list(again[metric]) == list(history[metric])
    for one, two in zip(whole.weights().values(), resumed.weights().values(), strict=True):
        assert np.array_equal(one, two)
    whole.save(tmp_path / "model.safetensors")
    x = digits.testSet()[0]
    loaded = Autoencoder.load(tmp_path / "model.safetensors")
    assert np.array_equal(loaded.reconstruct(x), whole.reconstruct(x))
    assert loaded.evaluate(digits) == whole.evaluate(digits)
    assert whole.diagnose(digits).figures()


def test_a_corrupting_layer_trains_as_a_corruption_does():
    """The third lecture's listing has the noise as a layer; of the two, only the corruption is in evaluations, too."""
    ends, noise = [], {"deviation": 0.5, "clip": None, "rng": 3}
    for inside in (True, False):
        model = convolutional(side=8, corruption=None if inside else GaussianNoise(**noise))
        if inside:
            encoder = MLP([Corrupt(GaussianNoise(**noise), rng=3), *model.encoder.layers])
            model = Autoencoder(encoder, model.decoder)
        seed(0)
        digits = Dataset("digits", images=True, train_size=100, test_size=20, rng=0)
        model.train(digits, epochs=2, metrics=[])
        ends.append((model.weights(), model.evaluate(digits)["loss"]))
    for one, two in zip(ends[0][0].values(), ends[1][0].values(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert ends[0][1] < ends[1][1]


@pytest.mark.parametrize("shape", [(1, 6, 6), (36,), (2, 18)])
def test_numbers_that_are_moved_after_a_Sigmoid_are_still_those_of_a_Sigmoid(shape):
    def decoder(kind):
        return MLP([Conv2DTranspose(1, 1, 3, kind()), Cropping2D(1), Reshape(shape)])

    assert isinstance(decoder(Sigmoid).loss, CrossEntropy)
    assert isinstance(decoder(Tanh).loss, MSE)
    model = Autoencoder(MLP([Reshape((1, 6, 6))]), decoder(Sigmoid))
    assert isinstance(model.loss, CrossEntropy)
    assert set(model.evaluate(np.ones((*shape, 3)))) == {"loss", "squared_error"}
    with pytest.raises(ValueError, match="cannot give, its outputs lie in .0, 1."):
        model.evaluate(2 * np.ones((*shape, 3)))


def test_activations_are_of_standardised_numbers():
    x = 5 + 3 * np.random.default_rng(0).normal(size=(4, 50))
    model = Autoencoder(network(4, 2), network(2, 4))
    model.train(Dataset.fromArrays(x, standardize=True), epochs=1)
    found = model.activations(x)
    np.testing.assert_array_equal(found["encoder.layers.0"], model.encode(x))
    np.testing.assert_allclose(model.standardization.undo(found["decoder.layers.0"]), model.reconstruct(x), rtol=1e-5)
    classifier = MLP([Dense(4, 3), Dense(3, 2)])
    assert [*classifier.activations(x)] == ["layers.0", "layers.1"]
    np.testing.assert_array_equal(classifier.activations(x)["layers.1"], classifier.predict(x))
    with pytest.raises(RuntimeError, match="no layers"):
        MLP().activations(x)
