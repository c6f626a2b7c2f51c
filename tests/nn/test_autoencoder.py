"""The autoencoder, plain and denoising."""

import numpy as np
import pytest

from activations import Identity, ReLU, Sigmoid, Tanh
from dataset import Dataset
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, VAE, Autoencoder, DivergenceError, GaussianNoise, Masking, Model, checkGradients, seed
from optimizer import SGD, Adam

X = np.random.default_rng(0).uniform(size=(6, 40))


def autoencoder(optimizer=None, output=None, **keywords):
    optimizer = optimizer or Adam(lr=0.01)
    encoder = MLP([Dense(6, 5, Tanh(), optimizer, rng=1), Dense(5, 2, optimizer=optimizer, rng=2)])
    decoder = MLP([Dense(2, 5, Tanh(), optimizer, rng=3), Dense(5, 6, output or Sigmoid(), optimizer, rng=4)])
    return Autoencoder(encoder, decoder, **keywords)


def data(x=X, **keywords):
    return Dataset.fromArrays(x, test_size=10, batch_size=10, rng=0, **keywords)


@pytest.mark.parametrize("loss", [None, MSE(), MSE(0.1)])
@pytest.mark.parametrize("corruption", [None, GaussianNoise(0.3), Masking(0.5)])
def test_gradients(loss, corruption):
    report = checkGradients(autoencoder(loss=loss, corruption=corruption))
    assert report, report
    assert len(report.entries) == 8


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


def test_an_evaluation_corrupts_the_same_way_every_time_and_the_training_does_not_notice():
    weights = []
    for metrics in ([], ["test_loss", "train_squared_error"]):
        model = autoencoder(corruption=GaussianNoise(0.3))
        seed(5)
        model.train(data(shuffle=False), epochs=2, metrics=metrics)
        weights.append(model.weights())
        assert model.evaluate(X) == model.evaluate(X)
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])
    plain = Autoencoder(model.encoder, model.decoder)
    assert plain.evaluate(X)["loss"] != model.evaluate(X)["loss"]


def test_training_corrupts_every_batch_anew_and_leaves_the_label_clean():
    seen = []

    class Recorded(Masking):
        def _corrupt(self, x, rng):
            seen.append((x.copy(), super()._corrupt(x, rng)))
            return seen[-1][1]

    model = autoencoder(corruption=Recorded(0.5))
    labels = []
    original = MLP._label
    x = X[:, :10].astype(np.float32)
    train = Dataset.fromArrays(x, testInputs=x, batch_size=10, shuffle=False)
    try:
        MLP._label = lambda self, label: labels.append(np.array(label)) or original(self, label)
        model.train(train, epochs=3, metrics=[])
    finally:
        MLP._label = original
    assert len(seen) == 3
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


@pytest.mark.parametrize("corruption", [None, Masking(0.3, value=0.5)])
@pytest.mark.parametrize("loss", [None, MSE(0.5)])
def test_saved_and_loaded_is_equal_to_the_bit(tmp_path, corruption, loss):
    model = autoencoder(corruption=corruption, loss=loss)
    model.train(data(), epochs=1)
    path = model.save(tmp_path / "model.safetensors")
    for again in (Autoencoder.load(path), Model.load(path)):
        assert again.config() == model.config()
        assert np.array_equal(again.reconstruct(X), model.reconstruct(X))
        assert again.evaluate(X) == model.evaluate(X)
    with pytest.raises(TypeError, match="holds a model of kind Autoencoder, not MLP: use Autoencoder.load"):
        MLP.load(path)


def test_a_frozen_encoder_stays_as_it_is():
    model = autoencoder()
    model.encoder.freeze()
    before = model.weights()
    model.train(data(), epochs=1)
    after = {name: np.float32(value) for name, value in before.items()}
    for name, value in model.weights().items():
        assert np.array_equal(value, after[name]) == name.startswith("encoder")


def test_clipping_is_by_the_norm_of_the_whole_model():
    model = autoencoder(SGD(lr=1, clipNorm=1e-3))
    model.astype(np.float32)
    before = model.weights()
    model.train(Dataset.fromArrays(X[:, :10], testInputs=X, batch_size=10), epochs=1)
    step = np.sqrt(sum(np.sum((before[name] - value) ** 2) for name, value in model.weights().items()))
    assert step == pytest.approx(1e-3, rel=1e-2)


def test_print_shows_the_parts():
    text = repr(autoencoder())
    for part in ("Autoencoder", "encoder", "decoder", "Dense 6 → 5, Tanh()", "98 parameters in all"):
        assert part in text


def test_divergence_names_the_part():
    model = autoencoder(SGD(lr=1e30), output=Identity())
    with pytest.raises(DivergenceError, match=r"(en|de)coder.layers\[\d\]"):
        model.train(data(), epochs=20, watch=False)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Autoencoder(Dense(3, 2), MLP()), TypeError, "Autoencoder needs the encoder to be an MLP, got Dense"),
        (lambda: Autoencoder(MLP(), MLP()), ValueError, "Autoencoder needs the encoder to have layers"),
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
        (lambda: autoencoder(corruption="noise"), TypeError, "a corruption such as Masking(0.25) (an instance)"),
        (lambda: autoencoder(loss="mse"), TypeError, "expected a loss such as CrossEntropy()"),
        (lambda: autoencoder().train(data(X[:4])), ValueError, "takes samples of shape (6,), the data set 'arrays'"),
        (lambda: autoencoder().train(data(3 * X)), ValueError, "values from"),
        (lambda: autoencoder().train(data(X - 1)), ValueError, "scale the data"),
        (lambda: autoencoder(output=ReLU()).train(data(), CrossEntropy()), ValueError, "CrossEntropy is defined for"),
        (lambda: autoencoder().train(data(), CategoricalCrossEntropy()), ValueError, "does not fit"),
        (lambda: autoencoder().train(data(), metrics=["test_accuracy"]), ValueError, "unknown metric 'test_accuracy'"),
        (lambda: autoencoder().reconstruct(X[:3]), ValueError, "encoder.layers[0]"),
        (lambda: autoencoder().decode(X), ValueError, "decoder.layers[0]"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_a_part_that_grew_is_noticed():
    model = autoencoder()
    model.decoder.addLayer(Dense(6, 6))
    with pytest.raises(RuntimeError, match="a part of this Autoencoder has got new layers"):
        model.train(data())


def test_the_loss_can_be_set():
    model = autoencoder()
    assert model.loss.name == "CrossEntropy"
    model.train(data(), MSE(), epochs=1)
    assert model.loss.name == "MSE"
    model.loss = CrossEntropy()
    assert model.loss.name == "CrossEntropy"


def test_a_pending_backward_pass_of_an_autoencoder():
    x, ends = X[:, :7], []
    for busy in (False, True):
        model = autoencoder(corruption=GaussianNoise(0.3))
        model._network.feedforward(x, training=True)
        if busy:
            model.evaluate(X[:, 7:14])
            model.encode(X[:, 7:14])
            model.reconstruct(X[:, 7:14])
        model._network.backpropagate(x)
        ends.append(model.weights())
    assert all(np.array_equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_the_range_is_that_of_the_data_set():
    model = Autoencoder(MLP([Dense(64, 2)]), MLP([Dense(2, 64, Sigmoid())]))
    with pytest.raises(ValueError, match="values from -1 to 1"):
        model.train(Dataset("digits", valueRange=(-1, 1)), epochs=1)


def test_the_range_is_that_of_all_samples():
    x = np.tile(X, 50)
    x[0, 1500] = 3
    with pytest.raises(ValueError, match="to 3,"):
        autoencoder().train(Dataset.fromArrays(x, testInputs=X, shuffle=False), epochs=1)


def test_an_evaluation_is_no_training():
    seen = []

    class Spy(Dense):
        def _forward(self, input, training):
            seen.append(training)
            return super()._forward(input, training)

    model = Autoencoder(MLP([Spy(6, 2)]), MLP([Dense(2, 6, Sigmoid())]))
    model.evaluate(X)
    vaes = VAE(MLP([Spy(6, 5)]), Sampler(5, 2), MLP([Dense(2, 6, Sigmoid())]))
    vaes.evaluate(X)
    vaes.elbo(X)
    assert not any(seen)


def test_computeGradients_corrupts():
    model = autoencoder(corruption=Masking(1, value=0.5))
    assert model.computeGradients(X) == pytest.approx(model.evaluate(X)["loss"])
    assert model.computeGradients(X) != pytest.approx(autoencoder().computeGradients(X), rel=1e-6)
