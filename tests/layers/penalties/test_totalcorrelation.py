"""The total correlation of codes: its value is that of the definition, its gradient exact, and it can be added."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Sigmoid, Tanh
from dataset import Dataset
from layers import Dense, Sampler, Wanted
from layers.penalties import totalcorrelation
from layers.penalties.totalcorrelation import totalCorrelation, totalCorrelationGradient
from nn import MLP, VAE, checkGradients
from optimizer import SGD, Adam


def drawn(latent, count, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    mean, logVariance = rng.normal(size=(latent, count)), rng.normal(-1, spread, (latent, count))
    return mean + np.exp(logVariance / 2) * rng.normal(size=mean.shape), mean, logVariance


def byDefinition(z, mean, logVariance, counts=None):
    """One density after another."""
    latent, count = z.shape
    counts = np.ones(count) if counts is None else counts
    total = 0.0
    for i in range(count):
        densities = np.array(
            [
                [
                    math.exp(-((z[j, i] - mean[j, n]) ** 2) / (2 * math.exp(logVariance[j, n])))
                    / math.sqrt(2 * math.pi * math.exp(logVariance[j, n]))
                    for n in range(count)
                ]
                for j in range(latent)
            ]
        )
        shares = counts / counts.sum()
        single = math.fsum(math.log(shares @ densities[j]) for j in range(latent))
        total += counts[i] * (math.log(shares @ densities.prod(axis=0)) - single)
    return total / count


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 99))
def test_it_is_that_of_the_definition(latent, count, seed):
    codes = drawn(latent, count, seed)
    assert totalCorrelation(*codes) == pytest.approx(byDefinition(*codes), abs=1e-12)
    counts = np.random.default_rng(seed).choice([0.5, 1, 3], count)
    assert totalCorrelation(*codes, counts) == pytest.approx(byDefinition(*codes, counts), abs=1e-12)


def test_a_sample_that_counts_twice_is_two():
    z, mean, logVariance = drawn(3, 4)
    twice = [0, 1, 1, 2, 3, 3]
    counted = totalCorrelation(z, mean, logVariance, np.array([1.0, 2, 1, 2]))
    assert counted * 4 / 6 == pytest.approx(totalCorrelation(z[:, twice], mean[:, twice], logVariance[:, twice]))
    none = np.array([1.0, 0, 1, 0])
    kept = totalCorrelation(z[:, ::2], mean[:, ::2], logVariance[:, ::2])
    assert totalCorrelation(z, mean, logVariance, none) == pytest.approx(kept / 2)
    assert totalCorrelation(z, mean, logVariance, 0 * none) == 0
    assert not any(np.any(one) for one in totalCorrelationGradient(z, mean, logVariance, 1.0, 0 * none))


def test_of_one_number_or_one_sample_it_is_nothing():
    for codes in (drawn(1, 9), drawn(4, 1)):
        assert totalCorrelation(*codes) == pytest.approx(0, abs=1e-12)


def test_it_is_the_mutual_information_of_two_codes_with_a_known_correlation():
    """-1/2 ln(1 - ρ²), as nearly as some thousand samples with little noise of their own tell."""
    rng, rho, noise = np.random.default_rng(0), 0.8, 0.3
    for correlation, expected in ((0.0, 0.0), (rho, -0.5 * math.log(1 - rho**2))):
        whole = np.linalg.cholesky([[1, correlation], [correlation, 1]]) @ rng.normal(size=(2, 3000))
        inner = np.array([[1, correlation], [correlation, 1]]) - noise**2 * np.eye(2)
        mean = np.linalg.cholesky(inner) @ rng.normal(size=(2, 3000))
        z = mean + noise * rng.normal(size=whole.shape)
        found = totalCorrelation(z, mean, np.full_like(mean, 2 * math.log(noise)))
        assert found == pytest.approx(expected, abs=0.03)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 99), st.booleans())
def test_its_gradients_are_those_of_its_value(latent, count, seed, weighted):
    rng, codes = np.random.default_rng(seed), drawn(latent, count, seed)
    counts = rng.choice([0.0, 1, 3], count) if weighted else None
    for array, gradient in zip(codes, totalCorrelationGradient(*codes, 2.5, counts), strict=True):
        direction, start, values = rng.normal(size=array.shape), array.copy(), []
        for step in (1e-6, -1e-6):
            array[...] = start + step * direction
            values.append(2.5 * totalCorrelation(*codes, counts))
        array[...] = start
        slope = (values[0] - values[1]) / 2e-6
        assert np.vdot(gradient, direction) == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_blocks_give_the_same(monkeypatch):
    codes = drawn(3, 10)
    value, gradients = totalCorrelation(*codes), totalCorrelationGradient(*codes, 1.0)
    monkeypatch.setattr(totalcorrelation, "ENTRIES", 90)  # three samples beside ten
    assert totalCorrelation(*codes) == pytest.approx(value, rel=1e-14)
    for one, other in zip(totalCorrelationGradient(*codes, 1.0), gradients, strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-15)


def test_single_precision_loses_nothing_also_of_narrow_and_of_distant_codes():
    for logVariance, scale in ((-18.0, 1.0), (-1.0, 100.0), (15.0, 1.0)):
        codes = drawn(6, 50)
        codes = codes[0] * scale, codes[1] * scale, np.full((6, 50), logVariance)
        single = [one.astype(np.float32) for one in codes]
        double = [one.astype(float) for one in single]
        assert totalCorrelation(*single) == pytest.approx(totalCorrelation(*double), rel=1e-4, abs=1e-4)
        gradients = totalCorrelationGradient(*single, 1.0), totalCorrelationGradient(*double, 1.0)
        for one, other in zip(*gradients, strict=True):
            assert one.dtype == np.float32
            assert np.abs(one - other).max() <= 2e-3 * np.abs(other).max() + 1e-6


# In the layer and the model ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_layers_gradients_are_exact(count):
    layer = Sampler(4, 3, beta=0.7, rng=1, totalCorrelation=2.5)
    report = checkGradients(layer, np.random.default_rng(0).normal(size=(4, count)))
    assert report.passed, report


def vae(correlation=5.0, **more):
    adam = Adam(lr=0.01)
    sampler = Sampler(8, 3, adam, rng=2, totalCorrelation=correlation)
    encoder, decoder = MLP([Dense(6, 8, Tanh(), adam, rng=1)]), MLP([Dense(3, 6, Sigmoid(), adam, rng=3)])
    return VAE(encoder, sampler, decoder, **more)


X = np.random.default_rng(5).random((6, 40))


def test_the_models_gradients_are_exact_and_its_loss_is_the_sum():
    model = vae(beta=2.0)
    report = checkGradients(model, X[:, :7])
    assert report.passed, report
    values = model.evaluate(X)
    assert values.keys() == {"loss", "reconstruction", "kl", "total_correlation"}
    assert values["total_correlation"] != 0
    expected = values["reconstruction"] + 2 * values["kl"] + 5 * values["total_correlation"]
    assert values["loss"] == pytest.approx(expected)
    assert vae(0.0).evaluate(X).keys() == {"loss", "reconstruction", "kl"}
    with pytest.raises(ValueError, match="the sampler has no weight for it"):
        vae(0.0).evaluate(X, "total_correlation")


def test_samples_count_by_their_weights():
    model = vae()
    report = checkGradients(model, X[:, :5], weights=[0.5, 0, 2, 1, 0.5])
    assert report.passed, report


def test_its_weight_changes_the_training_and_lowers_the_correlation():
    data = Dataset.fromArrays(X, batch_size=20, rng=0)
    found = []
    for weight in (0.0, 0.2, 5.0):
        model = vae(weight, beta=0.01)
        model.train(data, epochs=100, metrics=[], progress=False, watch=False)
        model.sampler.feedforward(model.encoder.predict(X))
        found.append(model.sampler.correlation())
    assert found[2] < found[1] < found[0]


def test_warm_up_concerns_it_too():
    layer = Sampler(4, 3, SGD(lr=1), beta=0, rng=1, totalCorrelation=2.0)
    gradients = []
    for factor in (1.0, 0.5, 0.0):
        layer.penalty.betaFactor = factor
        with layer.use(rng=np.random.default_rng(3)):
            layer.forward(X[:4])
        layer.backward(np.zeros((3, 40)))
        gradients.append(layer.gradients["weight"].copy())
    assert gradients[1] == pytest.approx(gradients[0] / 2)
    assert gradients[0].any()
    assert not gradients[2].any()


def test_it_is_saved_resumed_and_can_be_set(tmp_path):
    model = vae(5.0)
    model.save(tmp_path / "vae.safetensors")
    again = VAE.load(tmp_path / "vae.safetensors")
    assert again.sampler.totalCorrelation == again.sampler.penalty.totalCorrelation == 5
    again.sampler.totalCorrelation = 1
    assert again.sampler.penalty.totalCorrelation == 1
    assert again.sampler.config()["totalCorrelation"] == 1
    for value in (-1, float("nan")):
        with pytest.raises(ValueError, match="Sampler: expected totalCorrelation to be a finite number >= 0"):
            Sampler(4, 3, totalCorrelation=value)
    with pytest.raises(TypeError, match="Sampler: expected totalCorrelation"):
        again.sampler.totalCorrelation = "5"


def test_no_gradient_of_it_where_none_of_the_parameters_is_wanted():
    layer = Sampler(4, 3, rng=1, totalCorrelation=2.0)
    layer.forward(X[:4])
    assert not layer.backward(np.zeros((3, 40)), Wanted(parameters=False)).any()
    assert layer.backward(np.zeros((3, 40))).any()
