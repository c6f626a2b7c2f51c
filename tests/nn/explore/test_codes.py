"""Codes, walks and noise, without a browser."""

import numpy as np
import pytest

from dataset import Masking
from nn.explore.samples import samplesFor
from nn.explore.subjects.codes import Codes, hasCodes
from nn.explore.subjects.noises import NOISES, Noise, canClean
from nn.measures.latent import interpolate
from picturemodels import PICTURES, autoencoder, gan, pca, vae

CODED = [
    name for name in PICTURES if name.startswith(("auto", "denois", "super", "VAE", "GAN", "PCA", "convolutional a"))
]
RNG = np.random.default_rng


@pytest.mark.parametrize("name", PICTURES)
def test_which_models_have_codes(name):
    assert hasCodes(PICTURES[name]()) == (name in CODED)
    assert canClean(PICTURES[name]()) == (name in CODED and not name.startswith("GAN"))


@pytest.mark.parametrize("name", CODED)
def test_codes_become_pictures(name):
    model = PICTURES[name]()
    codes = Codes(model, samplesFor(model))
    coding = codes.coding
    assert sorted(codes.order) == list(range(len(codes)))
    assert (coding.low < coding.high).all()
    assert ((coding.low <= coding.middle) & (coding.middle <= coding.high)).all()
    for z in (coding.middle, codes.drawn(RNG(0)), coding.high):
        picture = codes.shown(z)
        assert picture.shape == (8, 8)
        assert 0 <= picture.min() <= picture.max() <= 1
    assert np.diff(codes.changes[codes.order]).max() <= 0
    if coding.encode is not None:
        assert codes.codesOf(samplesFor(model).inputs[..., :1]).shape == (len(codes),)
    else:
        with pytest.raises(TypeError, match="no way from samples to codes"):
            codes.codesOf(np.zeros((64, 1)))


def test_the_code_that_the_decoder_does_not_read_comes_last():
    model = vae()
    model.decoder.layers[0].weight[:, 2] = 0
    codes = Codes(model)
    assert codes.order[-1] == 2
    assert codes.changes[2] == 0


def test_what_the_models_say_is_shown():
    model = vae()
    codes, x = Codes(model), samplesFor(model).inputs[..., :1]
    z = codes.codesOf(x)
    assert np.allclose(z, model.encode(x)[0][:, 0])
    assert np.allclose(codes.shown(z), model.reconstruct(x).reshape(8, 8), atol=1e-6)
    game = gan()
    codes, z = Codes(game), RNG(0).normal(size=40)
    G = game.generator.predict(z[:, np.newaxis])
    assert np.allclose(codes.shown(z), (G.reshape(8, 8) + 1) / 2)  # Tanh: -1 is black
    assert codes.judgement(z) == pytest.approx(float(game.discriminator.predict(G)[0, 0]))
    assert Codes(vae()).judgement(np.zeros(6)) is None
    averaged = gan(averaging=0.9)
    averaged.averaged.layers[-1].bias[...] = 1
    z = z[:, np.newaxis]
    assert np.allclose(Codes(averaged).sample(z[:, 0]), averaged.averaged.predict(z))
    assert np.isfinite(Codes(gan(packing=2)).judgement(z[:, 0]))


def test_ranges_come_from_the_model():
    assert set(Codes(vae()).coding.high) == {3.0}
    model = pca()
    assert np.allclose(Codes(model).coding.high, 3 * np.sqrt(model.explainedVariance))
    assert np.allclose(Codes(pca(whiten=True)).coding.high, 3)
    assert Codes(model).order[0] == 0
    plain = autoencoder()
    samples = samplesFor(plain)
    found = plain.encode(samples.inputs)
    assert np.allclose(Codes(plain, samples).coding.low, found.min(axis=1))
    assert np.allclose(Codes(plain, samples).coding.middle, found.mean(axis=1))
    assert len(Codes(plain)) == 5  # without samples, from noise
    ends = Codes(PICTURES["supervised"]()).coding
    assert (set(ends.low), set(ends.high)) == ({-1.0}, {1.0})  # Tanh


def test_a_walk_is_as_interpolate_does():
    model = vae()
    codes = Codes(model)
    start, end = RNG(1).normal(size=(2, 6))
    arc, straight = codes.walk(start, end, 5), codes.walk(start, end, 5, spherical=False)
    assert np.allclose(arc, model.decode(interpolate(start, end, 5, spherical=True)).T.reshape(5, 8, 8), atol=1e-6)
    assert np.allclose(straight, model.decode(interpolate(start, end, 5)).T.reshape(5, 8, 8), atol=1e-6)
    assert np.allclose(arc[0], codes.shown(start))
    assert not np.allclose(arc[2], straight[2])
    plain = Codes(autoencoder())
    assert np.allclose(plain.walk(start[:5], end[:5], 5)[2], plain.shown((start[:5] + end[:5]) / 2))


@pytest.mark.parametrize("kind", NOISES)
def test_noise_is_put_on_and_taken_away(kind):
    model = autoencoder()
    noise, x = Noise(model), samplesFor(model).inputs[..., :1]
    noise.kind, noise.strength = kind, 0.5
    clean, noisy, cleaned, off, left = noise.pictures(x)
    assert np.allclose(clean, x.reshape(8, 8))
    assert off == pytest.approx(float(np.sqrt(np.square(noisy - clean).mean())))
    assert left == pytest.approx(float(np.sqrt(np.square(cleaned - clean).mean())))
    assert np.allclose(cleaned, np.clip(model.reconstruct(noisy.reshape(64, 1)), 0, 1).reshape(8, 8), atol=1e-6)
    assert np.array_equal(noise.pictures(x)[1], noisy)
    noise.seed = 1
    assert not np.array_equal(noise.pictures(x)[1], noisy)
    noise.strength = 0
    assert noise.pictures(x)[3] == 0


def test_the_noise_that_it_was_trained_with_comes_first():
    assert Noise(autoencoder(corruption=Masking(0.2))).kind == "Lost pixels"
    assert Noise(autoencoder()).kind == "Gaussian noise"
