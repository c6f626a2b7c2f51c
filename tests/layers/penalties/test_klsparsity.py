"""The mean activity of units held at a target."""

import numpy as np
import pytest

from activations import Identity, Sigmoid, Tanh
from dataset import Dataset
from layers import Conv2D, Dense, KLSparsity, Pass
from nn import MLP, Autoencoder, checkGradients
from optimizer import Adam


def passed(y, weights=None):
    now = Pass()
    now.y, now.weights = y, weights
    return now


def test_the_divergence_of_the_means():
    y = np.array([[0.1, 0.3], [0.6, 0.2]])
    active = np.array([0.2, 0.4])
    expected = 0.1 * np.log(0.1 / active) + 0.9 * np.log(0.9 / (1 - active))
    assert KLSparsity(0.1, 2.0).value(passed(y)) == pytest.approx(2 * expected.sum())
    assert KLSparsity(0.2).value(passed(y[:1])) == pytest.approx(0)
    gradient = KLSparsity(0.1, 2.0).gradient(passed(y))
    assert gradient == pytest.approx(np.repeat((2 / 2) * (0.9 / (1 - active) - 0.1 / active)[:, None], 2, axis=1))


def test_images_have_a_mean_for_every_channel():
    images = np.random.default_rng(0).uniform(size=(2, 3, 4, 5))
    columns = images.reshape(2, -1)
    penalty = KLSparsity(0.1)
    assert penalty.value(passed(images)) == pytest.approx(penalty.value(passed(columns)))
    assert penalty.gradient(passed(images)).reshape(2, -1) == pytest.approx(penalty.gradient(passed(columns)))
    layer = Conv2D(1, 2, 2, Sigmoid(), rng=0, penalty=penalty)
    assert checkGradients(layer, np.random.default_rng(1).normal(size=(1, 3, 4, 2)))


def test_weights_and_no_samples():
    rng = np.random.default_rng(0)
    layer = Dense(4, 3, Sigmoid(), rng=0, penalty=KLSparsity(0.3))
    assert checkGradients(
        MLP([layer, Dense(3, 2, Sigmoid(), rng=1)]), rng.normal(size=(4, 5)), weights=rng.uniform(0, 2, 5)
    )
    assert KLSparsity().value(passed(np.ones((3, 0)))) == 0
    assert KLSparsity().gradient(passed(np.ones((3, 0)))).shape == (3, 0)


def test_units_that_are_never_or_always_active_have_finite_gradients():
    y = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert np.isfinite(KLSparsity().value(passed(y)))
    gradient = KLSparsity().gradient(passed(y))
    assert np.isfinite(gradient).all()
    assert gradient[0, 0] < 0 < gradient[1, 0]


def test_a_training_brings_the_activity_to_the_target():
    dataset = Dataset("digits", rng=0)
    encoder = MLP([Dense(64, 30, Sigmoid(), Adam(lr=0.01), rng=1, penalty=KLSparsity(0.1, 10.0))])
    autoencoder = Autoencoder(encoder, MLP([Dense(30, 64, Sigmoid(), Adam(lr=0.01), rng=2)]))
    autoencoder.train(dataset, epochs=20, metrics=[])
    active = autoencoder.encode(dataset.trainSet()[0]).mean(axis=1)
    assert abs(active.mean() - 0.1) < 0.02


@pytest.mark.parametrize("activation", [None, Identity(), Tanh()], ids=repr)
def test_outputs_that_are_no_probabilities(activation):
    with pytest.raises(ValueError, match="outputs lie in \\[0, 1\\].*take Sigmoid"):
        Dense(3, 2, activation, penalty=KLSparsity())


@pytest.mark.parametrize("target", [0, 1, -0.1, float("nan")])
def test_bad_target(target):
    with pytest.raises(ValueError, match="KLSparsity: expected target"):
        KLSparsity(target)


def test_weights_that_do_not_average_to_one():
    """Weights count like copies of a sample, and twice the weights like twice the penalty."""
    y = np.random.default_rng(0).uniform(size=(3, 4))
    whole = np.array([0.0, 1.0, 2.0, 1.0])
    copies = KLSparsity(0.3).value(passed(np.repeat(y, whole.astype(int), axis=1)))
    assert KLSparsity(0.3).value(passed(y, whole)) == pytest.approx(copies)
    assert KLSparsity(0.3).value(passed(y, 5 * whole)) == pytest.approx(5 * copies)
    assert KLSparsity(0.3).value(passed(y, 0 * whole)) == 0
    assert not KLSparsity(0.3).gradient(passed(y, 0 * whole)).any()
    layer = Dense(4, 3, Sigmoid(), rng=0, penalty=KLSparsity(0.3))
    network = MLP([layer, Dense(3, 2, Sigmoid(), rng=1)])
    assert checkGradients(network, np.random.default_rng(1).normal(size=(4, 5)), weights=[0, 9, 4, 3, 2])
