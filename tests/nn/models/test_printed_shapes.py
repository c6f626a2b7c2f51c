"""What a network on images prints of their shapes: before and after a training, from a file, and when parts change."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Chain, Conv2D, Conv2DTranspose, Dense, Flatten, MaxPooling2D, Sampler
from nn import GAN, MLP, VAE, Autoencoder, Model
from nn.models.fromdata import FromData
from nn.storage.stored import Stored


def images(**options):
    return Dataset("digits", train_size=40, test_size=0, images=True, batch_size=20, rng=0, **options)


def convolutions():
    return [Conv2D(1, 4, 3, ReLU(), rng=0), MaxPooling2D(2), Flatten()]


def classifier():
    return MLP([*convolutions(), Dense(36, 10, Softmax(), rng=1)])


def decoder(codes):
    return MLP([Dense(codes, 64, Sigmoid(), rng=3)])


def autoencoder():
    encoder = MLP([Conv2D(1, 2, 3, ReLU(), strides=2, padding="same", rng=0)])
    return Autoencoder(encoder, MLP([Conv2DTranspose(2, 1, 3, Sigmoid(), strides=2, padding="same", rng=0)]))


def outputs(model):
    """The column of the outputs, of all tables."""
    rows = [line.split() for line in repr(model).splitlines()]
    return [row[-2] for row in rows if row[0].startswith("layers[")]


def trained(model, dataset=None):
    model.train(images() if dataset is None else dataset, epochs=1, metrics=[], progress=False, watch=False)
    return model


MODELS = {
    "classifier": (classifier, ["any", "any", "any", "10"], ["4x6x6", "4x3x3", "36", "10"]),
    "autoencoder": (autoencoder, ["any", "any"], ["2x4x4", "1x8x8"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_training_says_the_shapes_and_the_file_keeps_them(name, tmp_path):
    make, before, after = MODELS[name]
    model = make()
    assert outputs(model) == before
    assert outputs(trained(model)) == after
    loaded = Model.load(model.save(tmp_path / "model.safetensors"))
    assert repr(loaded) == repr(model)
    assert loaded.sampleShape == (1, 8, 8)


def test_a_file_of_before_prints_what_it_knows(tmp_path):
    model = trained(classifier())
    described = model.config()
    assert described.pop("sampleShape") == [1, 8, 8]
    assert outputs(Stored.fromConfig(described)) == ["any", "any", "any", "10"]


def test_a_checkpoint_of_before_goes_on(tmp_path, monkeypatch):
    path, config = tmp_path / "run.safetensors", FromData.config

    def before(model):
        return {name: value for name, value in config(model).items() if name != "sampleShape"}

    with monkeypatch.context() as patched:
        patched.setattr(FromData, "config", before)
        classifier().train(images(), epochs=1, metrics=[], checkpoint=path)
    model = classifier()
    model.train(images(), epochs=2, metrics=[], checkpoint=path, resume=True)
    assert outputs(model) == ["4x6x6", "4x3x3", "36", "10"]
    assert Model.load(path).sampleShape == (1, 8, 8)


def test_layers_that_say_what_they_take_need_no_shape_in_the_file(tmp_path):
    model = trained(MLP([Dense(64, 10, Softmax())]), Dataset("digits", train_size=40, test_size=0))
    assert model.sampleShape == (64,)
    assert "sampleShape" not in model.config()
    path = model.save(tmp_path / "model.safetensors")
    assert load_file(path).keys() == model.weights().keys()
    assert repr(Model.load(path)) == repr(model)


def test_the_last_images_count():
    model = MLP([Conv2D(1, 2, 3), Conv2D(2, 1, 3)])
    for side in (8, 12):
        x = np.random.default_rng(0).normal(size=(1, side, side, 20))
        trained(model, Dataset.fromArrays(x, x[:, 2:-2, 2:-2], test_size=2))
        assert outputs(model) == [f"2x{side - 2}x{side - 2}", f"1x{side - 4}x{side - 4}"]


def test_other_parts_have_seen_nothing():
    model = trained(autoencoder())
    encoder = MLP([Conv2D(1, 2, 5)])
    encoder.astype(np.float32)
    model.encoder = encoder
    assert outputs(model) == ["any", "any"]
    network = trained(classifier())
    network.astype(float)
    network.addLayer(Dense(10, 3))
    assert outputs(network) == ["any", "any", "any", "10", "3"]


def test_models_of_several_networks():
    vae = VAE(MLP(convolutions()), Sampler(36, 2), decoder(2))
    assert outputs(vae) == ["any", "any", "any", "64"]
    vae.sampleShape = (1, 8, 8)
    assert outputs(vae) == ["4x6x6", "4x3x3", "36", "64"]
    generator = MLP([Dense(2, 4), *decoder(4).layers])
    assert outputs(GAN(generator, MLP([Flatten(), Dense(64, 1, Sigmoid())]))) == ["4", "64", "64", "1"]


def test_a_chain_prints_for_the_shape_it_is_told():
    chain = Chain(convolutions())
    assert [line.split()[-2] for line in chain.table((1, 10, 8)).splitlines()[1:-1]] == ["4x8x6", "4x4x3", "48"]
    assert chain.shapes((1, 10, 8)) == [(4, 8, 6), (4, 4, 3), (48,)]
    with pytest.raises(ValueError, match=r"expected images of shape \(1, height, width, N\)"):
        chain.table((3, 10, 8))


@pytest.mark.parametrize("shape", [[0, 8], ["1"], 3, [[1]], True])
def test_a_bad_shape_in_a_file(shape):
    described = trained(classifier()).config() | {"sampleShape": shape}
    with pytest.raises((TypeError, ValueError)):
        Stored.fromConfig(json.loads(json.dumps(described)))
