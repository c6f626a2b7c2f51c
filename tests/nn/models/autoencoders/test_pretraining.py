"""Layers trained one after the other, each on the codes of those below."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset, GaussianNoise
from layers import L1, BatchNormalization, Contractive, Conv2D, Dense, Dropout, Flatten
from loss import CategoricalCrossEntropy
from nn import MLP, Autoencoder, pretrain, seed
from nn.training.checkpoints.checkpointer import Checkpointer
from optimizer import SGD, Adam


def network(*between):
    optimizer = Adam(lr=0.01)
    return MLP(
        [
            Dense(64, 32, Sigmoid(), optimizer, rng=1),
            *between,
            Dense(32, 16, Sigmoid(), optimizer, rng=2),
            Dense(16, 10, Softmax(), optimizer, rng=3),
        ]
    )


def frozen():
    model = network()
    model.layers[1].trainable = False
    return model


def digits(**keywords):
    return Dataset("digits", rng=0, **keywords)


@pytest.mark.parametrize("by", ["autoencoder", "denoising", "contractive", "rbm"])
def test_every_layer_learns_to_keep_what_it_sees(by):
    model = network(Dropout(0.2, rng=5))
    before = model.weights()
    options = {"epochs": 20, "optimizer": SGD(lr=0.5)} if by == "rbm" else {"epochs": 4}  # from small weights
    pretraining = pretrain(model, digits(), by, **options)
    assert [stage.layer for stage in pretraining.stages] == [model.layers[0], model.layers[2]]
    for stage in pretraining.stages:
        (losses,) = (stage.history[name] for name in stage.history.last)
        assert losses[-1] < losses[0]
    after = model.weights()
    assert np.array_equal(after["layers.3.weight"], before["layers.3.weight"].astype(np.float32))
    assert [layer.penalty for layer in model.layers] == [None] * 4
    assert [layer.place for layer in model.layers] == [f"layers[{i}]" for i in range(4)]


def test_the_first_layer_stays_while_the_second_one_learns():
    """As if the codes of the first had been a data set."""
    model = network()
    seed(0)
    stages = pretrain(model, digits(), epochs=2).stages
    only = network()
    seed(0)
    assert pretrain(only, digits(), epochs=2, until=1).stages[0].layer is only.layers[0]
    assert np.array_equal(model.layers[0].weight, only.layers[0].weight)
    x = digits().trainSet().inputs
    codes = stages[0].model.encode(x)
    assert stages[1].model.evaluate(codes)["loss"] == pytest.approx(
        stages[1].model.evaluate(model.predict(x, until=1))["loss"]
    )


def test_unrolled_it_is_a_deep_autoencoder_of_the_same_layers():
    model, data = network(), digits()
    deep = pretrain(model, data, epochs=5).unrolled()
    assert isinstance(deep, Autoencoder)
    assert [repr(layer) for layer in deep.decoder.layers] == ["Dense 16 -> 32, Sigmoid()", "Dense 32 -> 64, Sigmoid()"]
    assert deep.encoder.layers == model.layers[:2]
    untrained = Autoencoder(MLP(network().layers[:2]), MLP([Dense(16, 32, Sigmoid()), Dense(32, 64, Sigmoid())]))
    assert deep.evaluate(data)["loss"] < 0.7 * untrained.evaluate(data)["loss"]
    before = deep.evaluate(data)["loss"]
    deep.train(data, epochs=3, metrics=[])
    assert deep.evaluate(data)["loss"] < before


def test_a_layer_does_what_its_machine_does():
    """Weights, biases and offsets, up and down."""
    model, data = network(), digits()
    pretraining = pretrain(model, data, "rbm", epochs=15, steps=2, persistent=20, optimizer=SGD(lr=0.5))
    x = data.testSet()[0]
    for stage in pretraining.stages:
        rbm = stage.model
        assert (rbm.steps, rbm.persistent, rbm.visible, rbm.optimizer.lr) == (2, 20, "bernoulli", 0.5)
        codes = stage.layer.feedforward(x).copy()
        assert np.allclose(codes, rbm.encode(x), atol=1e-5)
        assert np.allclose(stage.decoder.feedforward(codes), rbm.decode(codes), atol=1e-5)
        assert isinstance(stage.layer.optimizer, Adam)
        assert isinstance(stage.decoder.optimizer, Adam)
        x = codes
    deep = pretraining.unrolled()
    before, fresh = deep.evaluate(data)["loss"], pretrain(network(), data, "rbm", epochs=1).unrolled()
    assert before < 0.9 * fresh.evaluate(data)["loss"]
    deep.train(data, epochs=3, metrics=[])
    assert deep.evaluate(data)["loss"] < before


def test_machines_above_others_keep_differences():
    """Of means in the place of draws, the codes would differ less in every layer: .23, .16, .12."""
    model, data = MLP([Dense(a, b, Sigmoid()) for a, b in ((64, 32), (32, 24), (24, 16))]), digits()
    seed(0)
    pretrain(model, data, "rbm", epochs=15, optimizer=Adam(lr=0.02))
    x = data.testSet()[0]
    first, *_, last = [model.predict(x, until=place).std(axis=1).mean() for place in (1, 2, 3)]
    assert last > first > 0.15


def test_a_machine_of_inputs_that_are_no_probabilities_is_gaussian():
    x, tests = (3 * part[0] - 1 for part in (digits().trainSet(), digits().testSet()))
    data = Dataset.fromArrays(x, testInputs=tests, rng=0)
    model = network()
    first, second = pretrain(model, data, "rbm", epochs=2, optimizer=SGD(lr=0.01)).stages
    assert (first.model.visible, second.model.visible) == ("gaussian", "bernoulli")
    x = data.testSet()[0]
    codes = first.layer.feedforward(x).copy()
    assert np.allclose(codes, first.model.chain.predict(x), atol=1e-5)
    layer = first.model.layer
    mean = layer.weight.T @ (codes - layer.hiddenOffset) + layer.visibleBias + layer.visibleOffset
    assert np.allclose(first.decoder.feedforward(codes), mean, atol=1e-4)


def test_the_optimizer_of_the_pre_training_is_gone_after_it():
    model = network()
    stages = pretrain(model, digits(), epochs=1, optimizer=SGD(lr=0.1)).stages
    assert [type(stage.layer.optimizer) for stage in stages] == [Adam, Adam]
    assert [type(stage.decoder.optimizer) for stage in stages] == [Adam, Adam]
    still = network()
    pretrain(still, digits(), epochs=1, optimizer=SGD(lr=1e-9), watch=False)
    assert np.allclose(still.layers[0].weight, network().layers[0].weight, atol=1e-6)
    assert not np.allclose(model.layers[0].weight, network().layers[0].weight, atol=1e-3)


def test_it_helps_a_deep_network_of_sigmoids():
    """Plain SGD, the same epochs, with and without (Erhan et al. 2010)."""
    seed(0)
    sgd, data = SGD(lr=0.5), digits(batch_size=20)
    sizes = ((64, 50), (50, 50), (50, 50), (50, 50))
    bare = MLP([*(Dense(a, b, Sigmoid(), sgd) for a, b in sizes), Dense(50, 10, Softmax(), sgd)])
    started = bare.copy()
    pretrain(started, data, epochs=5, optimizer=Adam(lr=0.005))
    accuracies = []
    for model in (bare, started):
        model.train(data, CategoricalCrossEntropy(), 10, metrics=[], watch=False)
        accuracies.append(model.evaluate(data, ["accuracy"])["accuracy"])
    assert accuracies[0] < 0.5
    assert accuracies[1] > 0.9


def test_inputs_that_are_no_probabilities_have_a_linear_decoder():
    model = MLP([Dense(64, 20, ReLU(), Adam(lr=0.01), rng=1), Dense(20, 5, rng=2)])
    x = digits().trainSet().inputs * 16
    data = Dataset.fromArrays(x, standardize=True, rng=0)
    first, second = pretrain(model, data, epochs=2).stages
    assert repr(first.model.decoder.layers[0].activation) == "Identity()"
    assert second.layer is model.layers[1]


class Stopped(Exception):
    pass


@pytest.mark.parametrize(("by", "options"), [("autoencoder", {}), ("rbm", {"persistent": 10})], ids=["ae", "rbm"])
def test_it_goes_on_to_the_bit(by, options, tmp_path, monkeypatch):
    def made(folder, resume=False):
        seed(7)
        model = network()
        pretrain(model, digits(), by, epochs=3, folder=tmp_path / folder, resume=resume, **options)
        return model.weights()

    whole = made("whole")
    steps = 0
    original = Checkpointer.stepped

    def stepped(self, course):
        nonlocal steps
        original(self, course)
        steps += 1
        if steps == 120:  # in the second of two layers, of 3 · 29 steps each
            raise Stopped

    monkeypatch.setattr(Checkpointer, "stepped", stepped)
    with pytest.raises(Stopped):
        made("cut")
    monkeypatch.undo()
    continued = made("cut", resume=True)
    assert all(np.array_equal(whole[name], continued[name]) for name in whole)
    again = made("cut", resume=True)
    assert all(np.array_equal(whole[name], again[name]) for name in whole)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pretrain(network(), digits(), "rbm2"), "expected by to be one of 'autoencoder'"),
        (lambda: pretrain(network(), digits(), corruption=GaussianNoise(0.1)), "omitted except for by='denoising'"),
        (lambda: pretrain(network(), digits(), "denoising", penalty=L1()), "omitted except for by='contractive'"),
        (lambda: pretrain(network(BatchNormalization(32)), digits()), r"a Dense layer wherever there are parameters"),
        (lambda: pretrain(MLP([Conv2D(1, 2, 3), Flatten(), Dense(72, 10)]), digits(images=True)), r"layers\[0\]"),
        (lambda: pretrain(MLP([Dense(64, 10, Softmax())]), digits()), "with Dense layers to pre-train"),
        (lambda: pretrain(network(), digits(), steps=2), "omitted except for by='rbm'"),
        (lambda: pretrain(network(), digits(), "denoising", persistent=2), "omitted except for by='rbm'"),
        (lambda: pretrain(network(), digits(), "rbm", steps=0), "expected steps to be a whole number of at least 1"),
        (lambda: pretrain(network(), digits(), "rbm", corruption=GaussianNoise(0.1)), "omitted except for"),
        (
            lambda: pretrain(MLP([Dense(64, 5, ReLU())]), digits(), "rbm"),
            r"layers\[0\].*a Sigmoid, for the hidden units",
        ),
        (lambda: pretrain(frozen(), digits(), "rbm"), r"layers\[1\].*trainable"),
        (lambda: pretrain(network(), digits(), resume=True), "the folder to go on from"),
        (
            lambda: pretrain(MLP([Dense(64, 10, Softmax())]), digits(), "contractive", until=1),
            "an activation with a secondDerivative",
        ),
        (lambda: pretrain(network(), digits(), until=0), "until to be a place among 3 layers, with some before it"),
        (lambda: pretrain(network(), digits(), until=4), "until to be a place among 3 layers, .* got 4"),
        (lambda: pretrain(network(), digits(), until=-3), "until to be a whole number of at least -2"),
    ],
    ids=range(17),
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_optimizer_is_an_optimizer_and_so_on():
    with pytest.raises(TypeError, match="SGD"):
        pretrain(network(), digits(), optimizer=0.1)
    with pytest.raises(TypeError, match=r"penalty to be a Penalty such as Contractive\(0.1\), got 0.1"):
        pretrain(network(), digits(), "contractive", penalty=0.1)
    with pytest.raises(TypeError, match="until to be a whole number"):
        pretrain(network(), digits(), until="all")


def test_it_knows_the_data():
    """Raw samples are standardised, and images come back as images."""
    images = digits(images=True).trainSet()[0][..., :200]
    data = Dataset.fromArrays(images, standardize=True, test_size=50, rng=0)
    model = MLP([Flatten(), Dense(64, 8, Sigmoid(), rng=0)])
    pretraining = pretrain(model, data, epochs=1)
    x = data.testSet()[0]
    codes = model.layers[1].feedforward(data.standardization.apply(x).reshape(64, -1))
    assert model.predict(x) == pytest.approx(codes, abs=1e-5)
    model.addLayer(Dense(8, 3, Softmax(), rng=1))
    autoencoder = pretraining.unrolled()
    assert autoencoder.encode(x) == pytest.approx(codes, abs=1e-5)
    assert autoencoder.reconstruct(x).shape == x.shape
    autoencoder.train(data, epochs=1)
    assert repr(pretraining).startswith("Pre-trained\nDense 64 -> 8, Sigmoid(): train_loss")


def test_a_penalty_of_its_own_is_put_back():
    model = network()
    model.layers[0].penalty = own = L1(1e-4)
    pretrain(model, digits(), "contractive", epochs=1, penalty=Contractive(0.01))
    assert model.layers[0].penalty is own
