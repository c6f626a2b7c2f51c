"""Autoencoders whose codes also have to tell the label."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset, Masking
from layers import L1, Dense
from loss import MSE, CategoricalCrossEntropy
from nn import MLP, Autoencoder, SupervisedAutoencoder, checkGradients, seed
from optimizer import Adam


def model(weight=1.0, penalty=None, **keywords):
    adam = Adam(lr=0.005)
    return SupervisedAutoencoder(
        MLP([Dense(64, 16, Tanh(), adam, rng=1, penalty=penalty)]),
        MLP([Dense(16, 64, Sigmoid(), adam, rng=2)]),
        MLP([Dense(16, 12, ReLU(), adam, rng=3), Dense(12, 10, Softmax(), adam, rng=4)], CategoricalCrossEntropy()),
        weight,
        **keywords,
    )


def digits(**keywords):
    return Dataset("digits", rng=0, **keywords)


@pytest.mark.parametrize("weight", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("penalty", [None, L1(0.2)], ids=repr)
@pytest.mark.parametrize("weights", [None, np.array([1.0, 0, 2, 0.5, 1, 3])], ids=["alike", "weighed"])
def test_the_gradients_are_those_of_the_sum(weight, penalty, weights):
    inputs, labels = digits().trainSet()
    report = checkGradients(model(weight, penalty), inputs[:, :6], labels[:, :6], weights=weights)
    assert report, report
    assert len(report.entries) == 8
    with pytest.raises(ValueError, match="omitted for a model that learns without labels"):
        checkGradients(Autoencoder(MLP([Dense(64, 16)]), MLP([Dense(16, 64)])), inputs[:, :6], labels[:, :6])


def test_without_the_head_it_is_an_autoencoder():
    seed(0)
    one = model(0.0)
    other = Autoencoder(
        MLP([Dense(64, 16, Tanh(), Adam(lr=0.005), rng=1)]), MLP([Dense(16, 64, Sigmoid(), Adam(lr=0.005), rng=2)])
    )
    for each in (one, other):
        each.train(digits(), epochs=2, metrics=[])
    x = digits().testSet()[0]
    assert one.reconstruct(x) == pytest.approx(other.reconstruct(x), abs=1e-6)


def test_the_codes_tell_the_label_and_keep_the_input(tmp_path):
    data, one = digits(), model(5.0)
    history = one.train(data, epochs=12, metrics=["train_loss", "test_accuracy", "test_squared_error"])
    figures = one.evaluate(data)
    assert figures["loss"] == pytest.approx(figures["reconstruction_loss"] + 5 * figures["head_loss"], rel=1e-6)
    assert figures["accuracy"] > 0.9
    assert history["test_squared_error"][-1] < history["test_squared_error"][0]
    x, y = data.testSet()
    assert np.mean(one.predict(x).argmax(axis=0) == y.argmax(axis=0)) == figures["accuracy"]
    one.save(tmp_path / "model.safetensors")
    other = SupervisedAutoencoder.load(tmp_path / "model.safetensors")
    assert np.array_equal(other.predict(x), one.predict(x))
    assert other.evaluate(data) == figures
    assert "head: MLP" in repr(other)


def test_it_denoises_and_goes_on_to_the_bit(tmp_path):
    def trained(epochs, **keywords):
        seed(3)
        one = model(corruption=Masking(0.3))
        one.train(digits(), epochs=epochs, metrics=[], **keywords)
        return one.weights()

    whole = trained(3)
    trained(1, checkpoint=tmp_path / "checkpoint")
    continued = trained(3, checkpoint=tmp_path / "checkpoint", resume=True)
    assert all(np.array_equal(whole[name], continued[name]) for name in whole)


def test_bad_input():
    parts = MLP([Dense(64, 16)]), MLP([Dense(16, 64)])
    with pytest.raises(TypeError, match="expected the head to be an MLP"):
        SupervisedAutoencoder(*parts, Dense(16, 10))
    with pytest.raises(ValueError, match=r"codes of shape \(16,\), the head takes \(8,\): make the two equal"):
        SupervisedAutoencoder(*parts, MLP([Dense(8, 10)]))
    with pytest.raises(ValueError, match="expected weight to be a finite number >= 0"):
        model(-1)
    wrong = SupervisedAutoencoder(*parts, MLP([Dense(16, 3, Softmax())]), loss=MSE())
    with pytest.raises(ValueError, match=r"head.layers\[0\] .* gives outputs of shape \(3,\)"):
        wrong.train(digits())
    with pytest.raises(ValueError, match=r"head.layers\[1\] .* the data set 'arrays' has no labels: Dataset"):
        model().train(Dataset.fromArrays(digits().testSet()[0]))


def test_the_head_is_named_looked_into_and_exported(tmp_path):
    one, data = model(), digits()
    one.train(data, epochs=1)
    x, y = data.testSet()
    with pytest.raises(ValueError, match=r"output of head.layers\[1\]"):
        checkGradients(one, x[:, :5], y[:3, :5])
    assert "head.layers[1] (Dense 12 -> 10, Softmax())" in str(one.diagnose(data))
    inside = one.activations(x)
    assert list(inside)[-2:] == ["head.layers.0", "head.layers.1"]
    assert inside["head.layers.1"] == pytest.approx(one.predict(x), abs=1e-6)
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(one.export(tmp_path / "head.onnx", rows=False, part="prediction"))
    assert session.run(None, {"input": x})[0] == pytest.approx(one.predict(x), abs=1e-6)
    assert session.get_modelmeta().custom_metadata_map["class_names"]
