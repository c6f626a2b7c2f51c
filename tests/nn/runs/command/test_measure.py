"""A model from a file is measured on named data, and on the user's own."""

import numpy as np
import pytest

from activations import Identity, ReLU, Sigmoid, Softmax, Tanh
from builders import cyclegan
from dataset import Dataset, writePicture
from layers import Conv2D, Dense, Embedding, Flatten, TimeDistributed
from loss import MSE
from nn import MLP, PCA, Autoencoder, HammingIndex, LanguageModel
from nn.runs.command.given import dataFor


def values(done):
    assert (done.code, done.err) == (0, "")
    return {line.split()[0]: float(line.split()[1]) for line in done.out.splitlines()[1:]}


def refused(done):
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    return done.err


def test_a_named_data_set(run, command):
    path = run / "classifier.safetensors"
    done = command("evaluate", path, "--dataset", "digits")
    assert done.out.splitlines()[0] == "classifier.safetensors, 360 samples of digits (test)"
    expected = MLP.load(path).evaluate(Dataset("digits"))
    assert values(done) == pytest.approx(expected, rel=1e-5)
    done = command("evaluate", path, "--dataset", "digits", "--split", "train", "--metrics", "f1", "accuracy")
    assert done.out.splitlines()[0] == "classifier.safetensors, 1,437 samples of digits (train)"
    assert [*values(done)] == ["f1", "accuracy"]


def test_a_checkpoint_is_measured_as_a_model_is(run, command):
    model = command("evaluate", run / "classifier.safetensors", "--dataset", "digits")
    checkpoint = command("evaluate", run / "checkpoint.safetensors", "--dataset", "digits")
    assert values(checkpoint) == values(model)


@pytest.mark.parametrize("shape", [(1, 8, 8), (8, 8), (64,)])
def test_samples_have_the_shape_that_the_model_takes(shape):
    model = MLP([Flatten(), Dense(64, 10, Softmax())])
    model.sampleShape = shape
    assert dataFor(model, "digits").sampleShape == shape
    first = dataFor(model, "digits").testSet().inputs[..., 0]
    assert np.array_equal(first.ravel(), Dataset("digits").testSet().inputs[:, 0])


def test_the_classes_are_those_that_the_model_knows(tmp_path):
    few = Dataset("digits").ofClasses([5, 6, 7])
    model = MLP([Dense(64, 3, Softmax())])
    model.train(few, epochs=1, progress=False, watch=False)
    data = dataFor(MLP.load(model.save(tmp_path / "model.safetensors")), "digits")
    assert data.classNames == ["5", "6", "7"]
    assert data.test_size == few.test_size


def test_the_values_are_those_that_the_model_gives():
    narrow = Autoencoder(MLP([Dense(64, 4, ReLU())]), MLP([Dense(4, 64, Tanh())]))
    assert dataFor(narrow, "digits").facts.ends == (-1, 1)
    usual = Autoencoder(MLP([Dense(64, 4, ReLU())]), MLP([Dense(4, 64, Sigmoid())]))
    assert dataFor(usual, "digits").facts.ends == (0, 1)


def test_pictures_of_another_size_are_drawn_where_they_can_be():
    model = MLP([Conv2D(1, 2, 3, ReLU()), Flatten(), Dense(2 * 30 * 30, 5, Identity())])
    model.sampleShape = (1, 32, 32)
    assert dataFor(model, "sprites").sampleShape == (1, 32, 32)


# The user's own ----------------------------------------------------------------------------------------------------


@pytest.fixture
def warm(tmp_path):
    """A classifier of two features, and samples with their classes."""
    x = np.random.default_rng(0).normal(size=(2, 60))
    kinds = np.where(x[0] > x[1], "warm", "cold")
    model = MLP([Dense(2, 2, Softmax(), rng=0)])
    model.train(Dataset.fromArrays(x, kinds, standardize=True, rng=0), epochs=5, progress=False, watch=False)
    return model, model.save(tmp_path / "model.safetensors"), x, kinds


@pytest.mark.parametrize("head", ["", "a,b,kind\n"])
def test_a_table(head, warm, tmp_path, command):
    model, path, x, kinds = warm
    order = np.argsort(kinds)[::-1]
    lines = [f"{a!r},{b!r},{kind}" for a, b, kind in zip(*x[:, order].tolist(), kinds[order], strict=True)]
    table = tmp_path / "table.csv"
    table.write_text(head + "\n".join(lines) + "\n")
    done = command("evaluate", path, "--dataset", table, "--metrics", "accuracy", "loss")
    assert done.out.splitlines()[0] == "model.safetensors, 60 samples of table.csv (test)"
    expected = model.evaluate((x, np.stack([kinds == "cold", kinds == "warm"]).astype(float)), ["accuracy", "loss"])
    assert values(done) == pytest.approx(expected, rel=1e-4)


def test_a_table_that_does_not_fit(warm, tmp_path, command):
    _, path, *_ = warm
    table = tmp_path / "table.csv"
    for text, words in (
        ("1,2,3,warm\n", "expected 2 columns, and one with the labels if there are any, got 4"),
        ("1,2\n", "table.csv has no labels, and a MLP is measured by them"),
        ("1,2,hot\n", "the labels: expected their classes to be among cold, warm, got"),
        ("1,2,warm\n1,cold\n", "expected lines of one length"),
        ("", "expected lines of one length"),
        ("1,x,warm\n", "expected numbers in the first 2 columns"),
        ("1,nan,warm\n", "table.csv"),
    ):
        table.write_text(text)
        found = refused(command("evaluate", path, "--dataset", table))
        assert words in found or "finite" in found, found


def test_arrays(warm, tmp_path, command):
    _, path, x, kinds = warm
    np.savez(tmp_path / "arrays.npz", x=x, y=(kinds == "warm").astype(int))
    by_numbers = command("evaluate", path, "--dataset", tmp_path / "arrays.npz")
    np.savez(tmp_path / "arrays.npz", inputs=x, labels=kinds)
    assert values(by_numbers) == values(command("evaluate", path, "--dataset", tmp_path / "arrays.npz"))
    np.savez(tmp_path / "arrays.npz", samples=x)
    found = refused(command("evaluate", path, "--dataset", tmp_path / "arrays.npz"))
    assert "expected arrays `inputs` and, if there are any, `labels`, got samples" in found


def test_measurements(tmp_path, command):
    x = np.random.default_rng(0).normal(size=(2, 40))
    model = MLP([Dense(2, 1, Identity(), rng=0)], MSE())
    path = model.save(tmp_path / "model.safetensors")
    y = model.predict(x)
    (tmp_path / "table.csv").write_text("\n".join(f"{a!r},{b!r},{c!r}" for a, b, c in np.vstack([x, y]).T.tolist()))
    found = values(command("evaluate", path, "--dataset", tmp_path / "table.csv", "--metrics", "loss", "r2"))
    assert found == pytest.approx({"loss": 0, "r2": 1}, abs=1e-6)


def test_images_in_folders(tmp_path, command):
    """Read in the model's size, and their classes counted as the model counts them."""
    model = MLP([Dense(64, 3, Softmax(), rng=0)])
    model.classNames = ["none", "dark", "bright"]
    path = model.save(tmp_path / "model.safetensors")
    for name, value in (("bright", 0.9), ("dark", 0.1)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(3):
            writePicture(np.full((1, 16, 16), value), tmp_path / "pets" / name / f"{number}.png")
    data = dataFor(model, str(tmp_path / "pets"))
    assert data.classNames == ["none", "dark", "bright"]
    inputs, labels = data.testSet()
    assert inputs.shape == (64, 6)
    assert labels.argmax(axis=0).tolist() == [2, 2, 2, 1, 1, 1]
    assert inputs[0].round(1).tolist() == pytest.approx([0.9] * 3 + [0.1] * 3)
    assert values(command("evaluate", path, "--dataset", tmp_path / "pets", "--metrics", "accuracy"))


# Refused -----------------------------------------------------------------------------------------------------------


def test_other_shapes_are_one_line(run, command):
    found = refused(command("evaluate", run / "classifier.safetensors", "--dataset", "ring"))
    assert "the model takes samples of shape (64,), 64 numbers, and those of ring have the shape (2,)" in found


def test_data_that_there_are_not(run, command):
    found = refused(command("evaluate", run / "classifier.safetensors", "--dataset", "digit"))
    assert found.startswith("there is no data set 'digit', and no such file: there are digits, mnist")
    assert "expected a .csv, an .npz or a folder" in refused(
        command("evaluate", run / "classifier.safetensors", "--dataset", run / "run.json")
    )


def test_metrics_that_there_are_not(run, command):
    found = refused(command("evaluate", run / "classifier.safetensors", "--dataset", "digits", "--metrics", "lss"))
    assert "unknown quantity 'lss': this model has " in found


def test_what_cannot_be_measured(tmp_path, command):
    path = PCA(2).fit(np.random.default_rng(0).normal(size=(64, 30))).save(tmp_path / "pca.safetensors")
    assert "holds a PCA, which has nothing to measure" in refused(command("evaluate", path, "--dataset", "digits"))
    HammingIndex(np.eye(8)).save(path)
    refused(command("evaluate", path, "--dataset", "digits"))
    path = cyclegan().save(tmp_path / "cyclegan.safetensors")
    assert "is measured on samples of two kinds" in refused(command("evaluate", path, "--dataset", "digits"))
    path.write_bytes(b"{}")
    assert "is not a safetensors file" in refused(command("diagnose", path, "--dataset", "digits"))


# Diagnosis ---------------------------------------------------------------------------------------------------------


def test_a_healthy_model(run, tmp_path, command):
    path = run / "classifier.safetensors"
    done = command("diagnose", path, "--dataset", "digits", "--output", tmp_path / "pictures")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[-2:] == ["healthy", f"Pictures are in {tmp_path / 'pictures'}"]
    assert {one.name for one in (tmp_path / "pictures").iterdir()} == {"activations.png", "gradients.png", "units.png"}


def test_a_model_that_is_ill(tmp_path, command):
    model = MLP([Dense(64, 20, ReLU(), rng=0), Dense(20, 10, Softmax(), rng=0)])
    model.layers[0].bias = np.full((20, 1), -100.0) if model.layers[0].bias.ndim == 2 else np.full(20, -100.0)
    path = model.save(tmp_path / "model.safetensors")
    done = command("diagnose", path, "--dataset", "digits", "--split", "test")
    assert done.code == 1
    assert done.out.startswith("MLP, 360 test samples of 'digits': ")
    assert "\n- " in done.out


def test_a_text(tmp_path, command):
    (tmp_path / "letters.txt").write_text("abcabcacb" * 2000)
    text = Dataset.fromText(tmp_path / "letters.txt", 10, 4)
    n = len(text.vocabulary)
    model = LanguageModel(text.vocabulary, [Embedding(n, 4, rng=0), TimeDistributed(Dense(4, n, Softmax(), rng=0))])
    path = model.save(tmp_path / "model.safetensors")
    found = values(command("evaluate", path, "--dataset", tmp_path / "letters.txt"))
    assert 0 < found["loss"] < 100 * 3
    assert "expected a text for a language model, shakespeare, tinyshakespeare or a .txt, got digits" in refused(
        command("evaluate", path, "--dataset", "digits")
    )
    (tmp_path / "letters.txt").write_text("xyz" * 1000)
    refused(command("evaluate", path, "--dataset", tmp_path / "letters.txt"))
