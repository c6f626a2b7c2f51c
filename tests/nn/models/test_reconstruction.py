"""The error of every reconstruction."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid
from dataset import Dataset, Masking
from layers import Dense, Flatten, Reshape, Sampler
from loss import MSE
from nn import MLP, VAE, Autoencoder, seed


def columns(n=7, features=4):
    return np.random.default_rng(0).uniform(0.1, 0.9, (features, n))


def autoencoder(**more):
    seed(0)
    return Autoencoder(MLP([Dense(4, 2, ReLU())]), MLP([Dense(2, 4)]), **more)


def vae():
    seed(0)
    return VAE(MLP([Dense(4, 3, ReLU())]), Sampler(3, 2), MLP([Dense(2, 4, Sigmoid())]), loss=MSE(variance=0.1))


@pytest.mark.parametrize("make", [autoencoder, vae])
@pytest.mark.parametrize("n", [1, 7, 2500])
def test_they_are_the_squared_distances_of_the_reconstructions(make, n):
    model, x = make(), columns(n)
    before = x.copy()
    errors = model.reconstructionErrors(x)
    assert errors.shape == (n,)
    assert errors.dtype == float
    back = model.reconstruct(x)
    assert errors == pytest.approx([np.linalg.norm(back[:, i] - x[:, i]) ** 2 for i in range(n)])
    assert np.array_equal(x, before)


def test_their_mean_is_what_evaluate_measures():
    model = autoencoder()
    data = Dataset.fromArrays(columns(500), test_size=100, batch_size=20, rng=0)
    model.train(data, epochs=2)
    mean = model.reconstructionErrors(data.testSet()[0]).mean()
    assert mean == pytest.approx(model.evaluate(data, ["squared_error"])["squared_error"], rel=1e-5)


@pytest.mark.parametrize("make", [lambda: autoencoder(corruption=Masking(0.9)), vae])
def test_nothing_is_corrupted_or_drawn(make):
    model, x = make(), columns()
    first = model.reconstructionErrors(x)
    assert np.array_equal(first, model.reconstructionErrors(x))
    if isinstance(model, Autoencoder):
        assert np.array_equal(first, autoencoder().reconstructionErrors(x))
    assert model.reconstructionErrors(x[:, 2:3]) == pytest.approx(first[2:3])


def test_of_images():
    model = Autoencoder(MLP([Flatten(), Dense(16, 3)]), MLP([Dense(3, 16), Reshape((1, 4, 4))]))
    x = columns(5, 16).reshape(1, 4, 4, 5)
    errors = model.reconstructionErrors(x)
    assert errors == pytest.approx(np.sum((model.reconstruct(x) - x) ** 2, axis=(0, 1, 2)))


def test_samples_of_another_kind_stand_out():
    rng = np.random.default_rng(0)
    direction = np.array([[0.5], [0.5], [0.5], [0.5]])
    x = 0.5 + direction * rng.normal(size=(1, 600)) * 0.3 + 0.01 * rng.normal(size=(4, 600))
    model = autoencoder()
    model.train(Dataset.fromArrays(x, test_size=100, rng=0), epochs=60)
    strange = x[:, :20] + np.array([[0.5], [-0.5], [0.5], [-0.5]])
    assert model.reconstructionErrors(strange).min() > 10 * np.quantile(model.reconstructionErrors(x), 0.95)


@pytest.mark.parametrize("make", [autoencoder, vae])
def test_wrong_samples_are_refused(make):
    with pytest.raises(ValueError, match="4"):
        make().reconstructionErrors(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="finite"):
        make().reconstructionErrors(np.full((4, 3), np.nan))
