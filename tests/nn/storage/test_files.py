"""Saving and loading models."""

import errno
import json

from leibnet import randomness
from leibnet.files import writeAtomically

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from activations import ELU, Activation, LeakyReLU, Softmax
from layers import Dense, Layer
from loss import MSE, CategoricalCrossEntropy, Loss
from nn import MLP, PCA, Model, plots
from optimizer import SGD, Adam, Optimizer

X = np.random.default_rng(0).normal(size=(3, 5))


def trained(dtype=np.float32):
    mlp = MLP(
        [
            Dense(3, 4, LeakyReLU(0.2), Adam(learningRate=0.1, beta1=0.5)),
            Dense(4, 4, ELU(0.5), SGD(lr=0.1, momentum=0.9)),
            Dense(4, 2, Softmax()),
        ],
        CategoricalCrossEntropy(),
    )
    mlp.astype(dtype)
    mlp.freeze(1)
    mlp.feedforward(X)
    mlp.backpropagate(np.eye(2, 5))
    return mlp


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_and_loaded_is_equal_to_the_bit(tmp_path, dtype):
    mlp = trained(dtype)
    path = mlp.save(tmp_path / "mlp.safetensors")
    again = MLP.load(path)
    assert again.config() == mlp.config()
    assert repr(again) == repr(mlp)
    assert again.loss.name == "CategoricalCrossEntropy"
    assert np.array_equal(again.predict(X), mlp.predict(X))
    assert again.predict(X).dtype == dtype
    assert [layer.trainable for layer in again.layers] == [True, False, True]
    assert isinstance(Model.load(path), MLP)
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_opens_with_plain_safetensors(tmp_path):
    mlp = trained()
    with safe_open(mlp.save(tmp_path / "mlp.safetensors"), framework="numpy") as file:
        assert set(file.keys()) == set(mlp.weights())
        assert np.array_equal(file.get_tensor("layers.0.weight"), mlp.layers[0].weight)


def test_a_saved_file_is_as_readable_as_any_other(tmp_path):
    (tmp_path / "other").write_text("")
    path = trained().save(tmp_path / "mlp.safetensors")
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_saving_replaces_in_full_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "mlp.safetensors"
    trained().save(path)
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        writeAtomically(path, b"half")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_names_the_file_and_not_the_temporary_one(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        writeAtomically(tmp_path / "model", b"half")
    assert caught.value.filename == str(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_replaces_in_full_or_not_at_all(tmp_path, monkeypatch):
    figure, path = plots.plotCurves({"loss": ([1, 2], [3, 4])}, "epoch", "nats"), tmp_path / "loss.png"
    plots.save(figure, path, dpi=50)
    before = path.read_bytes()
    assert before.startswith(b"\x89PNG")
    plots.save(figure, path)
    assert len(path.read_bytes()) > len(before)
    before = path.read_bytes()

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        plots.save(figure, path, dpi=50)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="one that ends in one of .*[.]png.*, got 'loss.exe'"):
        plots.save(figure, "loss.exe")


def description(**changes):
    model = {"kind": "MLP", "layers": [Dense(1, 1).config()], "loss": None}
    return json.dumps({"format": 1, "model": model | changes})


def write(path, metadata, **arrays):
    save_file(arrays or {"layers.0.weight": np.ones((1, 1)), "layers.0.bias": np.ones((1, 1))}, path, metadata)
    return path


def test_what_is_no_model_file(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError, match="there is no file"):
        MLP.load(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="not a safetensors file, or a damaged one"):
        MLP.load(path)
    with pytest.raises(ValueError, match="without a Leibnet model"):
        MLP.load(write(path, None))
    for metadata, message in [
        ("{", "does not describe a model"),
        ("[]", "does not describe a model"),
        (json.dumps({"format": 3, "model": {}}), "format 3, this version of Leibnet reads up to 2"),
        (json.dumps({"format": 2, "model": {}}), "does not have the checksum it names"),
        (json.dumps({"format": 0, "model": {}}), "its format is 0"),
        ("[" * 100_000, "does not describe a model"),
        (description(kind="Transformer"), "unknown model 'Transformer': known are .*MLP"),
        (description(kind="Model"), "unknown model 'Model': known are .*MLP"),
        (description(layers=[{"kind": "os.system"}]), "unknown layer 'os.system'"),
        (description(layers=[Dense(1, 1).config() | {"activation": {"kind": "Swish"}}]), "unknown activation 'Swish'"),
        (description(layers=[Dense(1, 1).config() | {"inputDim": -1}]), "inputDim to be a whole number of at least 1"),
        (description(layers=[Dense(1, 1).config() | {"strange": 1}]), "strange"),
        (description(loss={"kind": "Hinge"}), "unknown loss 'Hinge': known are .*MSE"),
        (description(layers=[Dense(2, 1).config()]), r"layers.0.weight to be of shape \(1, 2\), got \(1, 1\)"),
        (description(layers=[]), "this MLP has no layers"),
    ]:
        with pytest.raises(ValueError, match=message):
            MLP.load(write(path, {"leibnet": metadata}))
    assert MLP.load(write(path, {"leibnet": description()})).predict([[2.0]]) == 3.0


def test_a_file_that_describes_a_gigantic_model_asks_for_no_memory(tmp_path):
    path = tmp_path / "file"
    for sizes in ({"inputDim": 10**12}, {"inputDim": 2**24, "outputDim": 2**24}, {"outputDim": 2**24}):
        with pytest.raises(ValueError, match="does not describe a model that can be made.*(at most|no more than)"):
            MLP.load(write(path, {"leibnet": description(layers=[Dense(1, 1).config() | sizes])}))
    many = [Dense(1, 1).config()] * 1000
    with pytest.raises(ValueError, match="expected layers with 2 weights at most"):
        MLP.load(write(path, {"leibnet": description(layers=many)}))
    pca = {"kind": "PCA", "k": None, "method": None, "whiten": False, "shape": [2**24, 2**24]}
    with pytest.raises(ValueError, match="does not"):
        PCA.load(write(path, {"leibnet": json.dumps({"format": 1, "model": pca})}))


def test_every_changed_byte_is_noticed(tmp_path):
    path = trained().save(tmp_path / "mlp.safetensors")
    content, weights = path.read_bytes(), MLP.load(path).weights()
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        try:
            again = MLP.load(path).weights()
        except ValueError:
            continue
        assert all(np.array_equal(array, again[name]) for name, array in weights.items())  # a space became "$" or so


def test_loading_draws_no_random_numbers(tmp_path):
    path = trained().save(tmp_path / "mlp.safetensors")
    before = randomness.networks.generator.bit_generator.state
    MLP.load(path)
    assert randomness.networks.generator.bit_generator.state == before


def test_the_file_opens_in_pytorch(tmp_path):
    torch = pytest.importorskip("safetensors.torch", exc_type=ImportError)
    mlp = trained()
    weights = torch.load_file(mlp.save(tmp_path / "mlp.safetensors"))
    assert {name: array.numpy().tobytes() for name, array in weights.items()} == {
        name: array.tobytes() for name, array in mlp.weights().items()
    }


def test_a_truncated_file(tmp_path):
    path = trained().save(tmp_path / "mlp.safetensors")
    content = path.read_bytes()
    for length in (0, 7, 50, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="damaged"):
            MLP.load(path)


def test_own_kinds_are_loaded_with_their_settings(tmp_path):
    class Scale(Layer):
        """Without an optimizer, because it has nothing to learn."""

        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def outputShape(self, inputShape):
            return inputShape

        def _forward(self, x, now, training):
            return np.multiply(x, self.factor, out=now.buffer("y", x.shape))

        def _backward(self, dy, now, wanted):
            return self.factor * dy

    class Power(Activation):
        def __init__(self, exponent):
            self.exponent = exponent

        def apply(self, z, out=None):
            return np.power(z, self.exponent, out=out)

        def derivative(self, z):
            return self.exponent * z ** (self.exponent - 1)

    class Scaled(MSE):
        def __init__(self, factor=1.0):
            super().__init__()
            self.factor = factor

        def apply(self, y, a):
            return self.factor * super().apply(y, a)

        def derivative(self, y, a, out=None):
            return self.factor * super().derivative(y, a)

    class Slow(SGD):
        def __init__(self, *, lr=0.1, patience=1):
            super().__init__(lr=lr)
            self.patience = patience

    mlp = MLP([Scale(3.0), Dense(3, 2, Power(2), Slow(patience=7))], Scaled(0.5))
    again = MLP.load(mlp.save(tmp_path / "own"))
    assert np.array_equal(again.predict(X), mlp.predict(X))
    assert again.loss.factor == 0.5
    assert again.layers[1].optimizer.patience == 7
    assert repr(again) == repr(mlp)
    assert "Power(exponent=2)" in repr(mlp)
    del Activation.kinds["Power"], Loss.kinds["Scaled"], Optimizer.kinds["Slow"], Layer.kinds["Scale"]
    with pytest.raises(ValueError, match="unknown layer 'Scale'.*import the module of your own first"):
        MLP.load(tmp_path / "own")


def test_settings_that_cannot_be_saved_are_named(tmp_path):
    class Forgetful(Activation):
        def __init__(self, beta):
            pass

        def apply(self, z, out=None):
            return z

        def derivative(self, z):
            return z

    with pytest.raises(ValueError, match="could not be loaded from a file: .*beta"):
        MLP([Dense(3, 2, Forgetful(2))]).save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_saved(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*missing.*: make it first"):
        trained().save(tmp_path / "missing" / "model")
    with pytest.raises(IsADirectoryError, match="is a folder: give the path of a file"):
        trained().save(tmp_path)
