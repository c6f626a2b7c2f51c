"""The Sampler: its distribution, its draws, its own term of the loss."""

import numpy as np
import pytest

from layers import GaussianDivergence, Layer, Sampler, Wanted
from nn import MLP, checkGradients, seed
from optimizer import SGD

X = np.random.default_rng(0).normal(size=(4, 6))


def sampler(**keywords):
    return Sampler(4, 3, SGD(lr=0.1), **{"rng": 1} | keywords)


def test_draws_follow_the_distribution():
    layer, one = sampler(), X[:, :1]
    mean, logVariance = layer.distribution(one)
    draws = layer.feedforward(np.tile(one, 200_000))
    assert draws.mean(axis=1, keepdims=True) == pytest.approx(mean, abs=0.02)
    assert draws.var(axis=1, keepdims=True) == pytest.approx(np.exp(logVariance), rel=0.02)
    centred = draws - draws.mean(axis=1, keepdims=True)
    assert abs(np.mean(centred[0] * centred[1])) < 0.02


def test_the_divergence_is_that_of_the_definition():
    """KL = E[ln q - ln p] over draws from q."""
    layer = sampler()
    mean, logVariance = layer.distribution(X)
    layer.feedforward(X)
    z = mean[..., None] + np.exp(logVariance / 2)[..., None] * np.random.default_rng(0).normal(size=(3, 6, 100_000))
    q = -0.5 * ((z - mean[..., None]) ** 2 / np.exp(logVariance)[..., None] + logVariance[..., None])
    p = -0.5 * z**2
    assert layer.divergence() == pytest.approx((q - p).sum(axis=0).mean(), rel=0.01)


def test_no_divergence_from_the_prior_itself():
    layer = sampler()
    layer.parameters["weight"][...] = 0
    layer.feedforward(X)
    assert layer.divergence() == 0


def test_beta_and_its_factor_multiply_the_divergence_and_its_gradient():
    gradients, penalties = [], []
    for beta, factor in ((1, 1), (3, 1), (1, 0.5), (0, 1)):
        layer = sampler(beta=beta)
        layer.penalty.betaFactor = factor
        layer.feedforward(X)
        layer.backward(np.zeros((3, 6)))
        gradients.append(layer.gradients["weight"].copy())
        penalties.append(layer.penalty.value(layer.now))
        assert layer.divergence() == pytest.approx(penalties[0])
    assert penalties == pytest.approx([penalties[0], 3 * penalties[0], 0.5 * penalties[0], 0])
    assert gradients[1] == pytest.approx(3 * gradients[0])
    assert gradients[2] == pytest.approx(0.5 * gradients[0])
    assert not gradients[3].any()


def test_the_divergence_is_that_of_every_latent_variable_together():
    layer = sampler(beta=5)
    layer.feedforward(X)
    mean, logVariance = layer.distribution(X)
    expected = 0.5 * (mean**2 + np.exp(logVariance) - 1 - logVariance)
    assert layer.divergences() == pytest.approx(expected.mean(axis=1), rel=1e-12)
    assert layer.divergence() == pytest.approx(expected.sum() / 6, rel=1e-12)
    assert layer.penalty.divergences(layer.now) == pytest.approx(expected, rel=1e-12)
    assert layer.penalty.divergence(layer.now) == layer.divergence()


def test_beta_is_the_penaltys():
    layer = sampler(beta=0.5)
    assert isinstance(layer.penalty, GaussianDivergence)
    assert (layer.beta, layer.penalty.beta, layer.penalty.betaFactor) == (0.5, 0.5, 1)
    layer.beta = 2
    assert layer.penalty.beta == layer.beta == 2
    with pytest.raises(ValueError, match="Sampler: expected beta to be a finite number >= 0, got -1"):
        layer.beta = -1
    assert layer.beta == 2


def test_without_the_parameters_gradients_the_divergence_adds_nothing():
    layer, alone = sampler(beta=7), sampler(beta=0)
    for one in (layer, alone):
        one.feedforward(X)
    dz = np.random.default_rng(3).normal(size=(3, 6))
    dx = layer.backward(dz, Wanted(parameters=False)).copy()
    assert np.array_equal(dx, alone.backward(dz))
    assert not np.allclose(dx, layer.backward(dz))


def test_noise_comes_from_the_pass():
    layer = sampler()
    mean, logVariance = layer.distribution(X)
    before = layer.rng.bit_generator.state
    with layer.use(rng=np.random.default_rng(5)):
        z = layer.feedforward(X)
    expected = np.random.default_rng(5).standard_normal((3, 6))
    assert z == pytest.approx(mean + np.exp(logVariance / 2) * expected, rel=1e-12)
    assert layer.rng.bit_generator.state == before
    layer.feedforward(X)
    assert layer.rng.bit_generator.state != before


def test_every_draw_is_new_and_a_seed_repeats_it():
    layer = sampler()
    assert not np.array_equal(layer.feedforward(X), layer.feedforward(X))
    assert np.array_equal(sampler().feedforward(X), sampler().feedforward(X))
    draws = []
    for _ in range(2):
        seed(3)
        draws.append(Sampler(4, 3).feedforward(X))
    assert np.array_equal(*draws)


@pytest.mark.parametrize("size", [1e2, 1e6])
def test_the_log_variance_does_not_overflow(size):
    layer = sampler()
    layer.astype(np.float32)
    layer.parameters["weight"][...] *= np.float32(size)
    with np.errstate(all="raise", under="ignore"):
        output = layer.feedforward(X)
        layer.backward(np.ones_like(output))
    assert np.isfinite(output).all()
    assert np.isfinite(layer.gradients["weight"]).all()
    assert np.abs(layer.distribution(X)[1]).max() <= 20


def test_the_log_variance_is_not_bent_near_zero():
    layer = sampler()
    layer.parameters["weight"][...] *= 0.1
    raw = layer.parameters["weight"][3:] @ X
    assert layer.distribution(X)[1] == pytest.approx(raw, abs=1e-4)
    assert layer.distribution(X)[0] == pytest.approx(layer.parameters["weight"][:3] @ X)


def test_the_distribution_disturbs_no_pending_backward_pass():
    one, other = sampler(), sampler()
    for layer in (one, other):
        layer.feedforward(X)
    one.distribution(np.ones((4, 9)))
    for layer in (one, other):
        layer.backward(np.ones((3, 6)))
    assert np.array_equal(one.gradients["weight"], other.gradients["weight"])


def test_noise_is_held_fixed_by_the_check_and_free_again_afterwards():
    layer = sampler()
    before = layer.rng.bit_generator.state
    assert checkGradients(MLP([layer]))
    assert layer.rng.bit_generator.state == before


def test_config():
    again = Layer.fromConfig(sampler(beta=0.5).config())
    assert (again.inputDim, again.latentDim, again.beta, again.optimizer.lr) == (4, 3, 0.5, 0.1)
    assert again.penalty.beta == 0.5


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Sampler(0, 2), ValueError, "Sampler: expected inputDim to be a whole number of at least 1, got 0"),
        (lambda: Sampler(3, 2.5), TypeError, "Sampler: expected latentDim to be a whole number of at least 1, got 2.5"),
        (lambda: Sampler(3, 2, beta=-1), ValueError, "Sampler: expected beta to be a finite number >= 0, got -1"),
        (lambda: Sampler(3, 2, beta=np.nan), ValueError, "Sampler: expected beta to be a finite number >= 0, got nan"),
        (lambda: Sampler(3, 2, beta="1"), TypeError, "Sampler: expected beta to be a finite number >= 0, got '1'"),
        (lambda: Sampler(3, 2, "adam"), TypeError, "Sampler: expected optimizer to be an Optimizer such as Adam()"),
        (lambda: Sampler(3, 2, initializer="best"), ValueError, "Sampler: expected initializer to be one of 'glorot_"),
        (lambda: Sampler(3, 2, rng="0"), TypeError, "Sampler: expected rng to be a numpy Generator, a seed"),
        (lambda: Sampler(3, 2).feedforward(X), ValueError, "Sampler 3 -> 2: expected an input of shape (3, N)"),
        (
            lambda: Sampler(3, 2).outputShape((4,)),
            ValueError,
            "expected an input of shape (3, N), samples as columns, got (4, N)",
        ),
        (lambda: Sampler(3, 2).divergences(), RuntimeError, "has seen no input yet"),
        (lambda: Sampler(3, 2).divergence(), RuntimeError, "has seen no input yet"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_the_bound_is_twenty():
    layer = Sampler(1, 1, rng=0)
    layer.parameters["weight"][...] = [[0.0], [1.0]]
    raw = np.array([[-100.0, -10.0, 3.0, 10.0, 100.0]])
    assert layer.distribution(raw)[1] == pytest.approx(20 * np.tanh(raw / 20))


def test_a_frozen_sampler_hands_the_gradient_on_and_keeps_its_parameters():
    layer = Sampler(4, 3, SGD(lr=0.1), rng=1)
    layer.gradients["weight"][...] = 7
    layer.trainable = False
    layer.feedforward(np.ones((4, 2)))
    layer.backward(np.ones((3, 2)))
    layer.update()
    assert (layer.gradients["weight"] == 7).all()
    assert layer.gradient.any()


def test_both_halves_are_initialized_by_themselves():
    weight = Sampler(400, 200, rng=0).parameters["weight"]
    limit = np.sqrt(6 / 600)
    for half in (weight[:200], weight[200:]):
        assert np.abs(half).max() == pytest.approx(limit, rel=0.01)
    assert not np.array_equal(weight[:200], weight[200:])
