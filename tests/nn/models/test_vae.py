"""What is special to the variational autoencoder; what all models have in common is in test_models.py."""

import numpy as np
import pytest

from activations import Identity, Sigmoid, Tanh
from builders import X, data, network, vae
from dataset import Dataset
from layers import Dense, Flatten, GaussianDivergence, Reshape, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss
from nn import MLP, PCA, VAE, DivergenceError, checkGradients, seed
from optimizer import SGD, Adam, Cosine


@pytest.mark.parametrize("output", [Sigmoid(), Identity()], ids=repr)
@pytest.mark.parametrize("loss", [None, MSE(0.1)], ids=repr)
@pytest.mark.parametrize("beta", [1, 4, 0])
def test_gradients(output, loss, beta):
    report = checkGradients(vae(output=output, loss=loss, beta=beta))
    assert report, report


@pytest.mark.parametrize("half", [0, 1], ids=["mean", "log-variance"])
def test_an_error_of_a_thousandth_in_the_divergence_fails_the_check(half, monkeypatch):
    right = GaussianDivergence.gradient

    def wrong(self, now):
        both = [*right(self, now)]
        both[half] = 1.001 * both[half]
        return tuple(both)

    monkeypatch.setattr(GaussianDivergence, "gradient", wrong)
    assert not checkGradients(vae())


def test_learns_and_its_parts_do_what_they_say():
    seed(0)
    model, train = vae(), data()
    before = model.evaluate(train)
    history = model.train(train, epochs=40, metrics=["test_loss", "test_reconstruction", "test_kl"])
    assert history["test_loss"][-1] < before["loss"]
    mean, logVariance = model.encode(X)
    assert mean.shape == logVariance.shape == (2, 40)
    assert np.array_equal(model.reconstruct(X), model.decode(mean))
    assert model.sample(7).shape == (6, 7)
    assert np.array_equal(model.sample(7, rng=1), model.sample(7, rng=1))
    assert not np.array_equal(model.sample(7), model.sample(7))
    assert model.activeUnits(X).shape == (2,)


@pytest.mark.parametrize(("loss", "beta"), [(CrossEntropy(), 1), (CrossEntropy(), 4), (MSE(0.1), 1), (MSE(0.1), 0)])
def test_the_loss_is_reconstruction_plus_beta_times_divergence(loss, beta):
    model = vae(loss=loss, beta=beta)
    values = model.evaluate(X)
    assert values["loss"] == pytest.approx(values["reconstruction"] + beta * values["kl"])
    mean, logVariance = model.encode(X)
    divergence = 0.5 * (mean**2 + np.exp(logVariance) - 1 - logVariance).sum() / 40
    assert values["kl"] == pytest.approx(divergence)


def test_the_reconstruction_is_the_mean_over_draws():
    model = vae(loss=MSE(0.2))
    mean, logVariance = model.encode(X)
    rng, total = np.random.default_rng(0), 0.0
    for _ in range(400):
        z = mean + np.exp(logVariance / 2) * rng.normal(size=mean.shape)
        total += ((model.decode(z) - X) ** 2).sum() / (2 * 0.2 * 40)
    many = np.mean([model.evaluate(np.tile(X, 50))["reconstruction"]])
    assert many == pytest.approx(total / 400, rel=0.01)


def test_the_loss_is_the_negative_elbo():
    model = vae()
    big = np.tile(X, 400)
    assert model.evaluate(big)["loss"] == pytest.approx(-model.elbo(big, rng=1).mean(), rel=0.01)
    gaussian = vae(output=Identity(), loss=MSE(0.3))
    constant = 0.5 * 6 * np.log(2 * np.pi * 0.3)
    assert gaussian.evaluate(big)["loss"] + constant == pytest.approx(-gaussian.elbo(big, rng=1).mean(), rel=0.01)


@pytest.mark.parametrize("keywords", [{}, {"output": Identity(), "loss": MSE(0.3)}])
def test_importance_sampling_rises_from_the_elbo_to_the_likelihood(keywords):
    """Against ln p(x) by brute force, with draws from the prior."""
    model = vae(**keywords)
    model.train(data(), epochs=20)
    model.astype(float)
    x = X[:, :5]
    z = np.random.default_rng(0).normal(size=(2, 100_000))
    f = model.decode(z)
    if keywords:
        likelihood = np.array([-((f - x[:, [i]]) ** 2).sum(axis=0) / 0.6 - 3 * np.log(0.6 * np.pi) for i in range(5)])
    else:
        likelihood = np.array([(x[:, [i]] * np.log(f) + (1 - x[:, [i]]) * np.log(1 - f)).sum(axis=0) for i in range(5)])
    truth = np.log(np.mean(np.exp(likelihood), axis=1))
    bounds = [model.elbo(x, 1000, rng=0)] + [
        np.mean([model.logLikelihood(x, k, rng=i) for i in range(1000 // k)], axis=0) for k in (1, 5, 50)
    ]
    assert bounds[0] == pytest.approx(bounds[1], abs=0.1)
    assert bounds[1].mean() < bounds[2].mean() < bounds[3].mean() + 1e-3
    assert np.all(bounds[0] < truth + 0.02)
    assert model.logLikelihood(x, 3000, rng=0) == pytest.approx(truth, abs=0.02)


def test_bounds_take_more_columns_than_a_stretch():
    model = vae()
    x = np.tile(X, 60)
    assert model.elbo(x).shape == (2400,)
    assert model.logLikelihood(x, 2).shape == (2400,)
    assert model.elbo(X[:, :1], rng=1) == pytest.approx(model.elbo(X[:, :1], rng=1))


def test_a_linear_gaussian_vae_finds_probabilistic_pca():
    """Tipping & Bishop 1999: the likelihood is largest for the principal subspace; its value is known."""
    seed(0)
    rng, c, n = np.random.default_rng(0), 0.1, 2000
    W = np.array([[2.0, 0], [1, 0], [0, 1], [0, 0.5], [0, 0]])
    x = W @ rng.normal(size=(2, n)) + np.sqrt(c) * rng.normal(size=(5, n))
    x -= x.mean(axis=1, keepdims=True)
    adam = Adam(lr=0.1)
    model = VAE(MLP([Dense(5, 5, optimizer=adam)]), Sampler(5, 2, adam), MLP([Dense(2, 5, optimizer=adam)]), MSE(c))
    train = Dataset.fromArrays(x, testInputs=x[:, :10], batch_size=100)
    model.train(train, epochs=60, metrics=[], schedule=Cosine())
    covariance = x @ x.T / n
    best = PCA(2).fit(x)
    model_covariance = best.components @ np.diag(best.explainedVariance - c) @ best.components.T + c * np.eye(5)
    optimum = -0.5 * (
        5 * np.log(2 * np.pi)
        + np.linalg.slogdet(model_covariance)[1]
        + np.trace(np.linalg.solve(model_covariance, covariance))
    )
    assert model.elbo(x, 20, rng=0).mean() == pytest.approx(optimum, abs=0.01)
    assert model.logLikelihood(x, 100, rng=0).mean() == pytest.approx(optimum, abs=0.003)
    learnt = model.decoder.layers[0].weight
    assert learnt @ learnt.T == pytest.approx(
        best.components @ np.diag(best.explainedVariance - c) @ best.components.T, abs=0.2
    )


def test_beta_is_used():
    kl = []
    for beta in (0.1, 1, 10):
        seed(0)
        model = vae(Adam(lr=0.01), loss=MSE(0.05), beta=beta)
        model.train(data(), epochs=40)
        kl.append(model.evaluate(X)["kl"])
    assert kl[0] > kl[1] > kl[2]


def test_beta_is_the_samplers():
    assert vae().beta == 1
    assert vae(beta=4).sampler.beta == 4
    sampler = Sampler(5, 2, beta=3)
    model = VAE(MLP([Dense(6, 5)]), sampler, MLP([Dense(2, 6)]))
    assert model.beta == 3
    model.beta = 2
    assert sampler.beta == 2


@pytest.fixture
def factors(monkeypatch):
    """What multiplies β in every backward pass."""
    seen, right = [], GaussianDivergence.gradient
    monkeypatch.setattr(
        GaussianDivergence, "gradient", lambda self, now: seen.append(self.betaFactor) or right(self, now)
    )
    return seen


def test_warm_up_lets_the_divergence_in_slowly(factors):
    model = vae(warmUp=2)
    for _ in range(2):  # every training begins anew
        factors.clear()
        model.train(data(), epochs=3, metrics=["train_loss"])
        assert factors == pytest.approx([0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1, 1, 1])
        assert model.sampler.penalty.betaFactor == 1
    factors.clear()
    vae().train(data(), epochs=1)
    assert factors == [1, 1, 1]


def test_warm_up_multiplies_a_factor_of_ones_own(factors):
    model = vae(warmUp=1)
    model.sampler.penalty.betaFactor = 0.5
    model.train(data(), epochs=2, metrics=[])
    assert factors == pytest.approx([0, 1 / 6, 1 / 3, 0.5, 0.5, 0.5])
    assert model.sampler.penalty.betaFactor == 0.5


def test_a_training_that_fails_in_the_warm_up_leaves_the_factor():
    model = vae(warmUp=5)
    model.encoder.layers[0].weight *= np.nan
    with pytest.raises(DivergenceError):
        model.train(data())
    assert model.sampler.penalty.betaFactor == 1


def test_the_reported_loss_has_the_final_beta_during_the_warm_up():
    model = vae(SGD(lr=1e-30), warmUp=100)
    model.sampler.rng = np.random.default_rng(0)
    history = model.train(data(), epochs=1, metrics=["train_loss", "train_kl", "train_reconstruction"])
    last = history.last
    assert last["train_loss"] == pytest.approx(last["train_reconstruction"] + last["train_kl"])


def test_an_unused_latent_variable_is_not_active():
    model = vae()
    model.sampler.parameters["weight"][1] = 0
    model.sampler.parameters["weight"][0] = 5
    assert model.activeUnits(X).tolist() == [True, False]


def test_a_sampler_works_in_a_network_of_ones_own():
    network = MLP([Dense(6, 4, Tanh()), Sampler(4, 2, rng=0), Dense(2, 6, Sigmoid())])
    assert checkGradients(network, X[:, :3], X[:, :3])
    network.feedforward(X)
    bare = CrossEntropy().apply(X, network.layers[-1].output)
    assert network.getLoss(X) == pytest.approx(bare + network.layers[1].divergence())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: VAE(MLP([Dense(6, 5)]), Dense(5, 2), MLP([Dense(2, 6)])),
            TypeError,
            "VAE: expected sampler to be a Sampler such as Sampler(inputDim, latentDim), got Dense 5 -> 2",
        ),
        (lambda: VAE(MLP([Dense(6, 4)]), Sampler(5, 2), MLP([Dense(2, 6)])), ValueError, "the sampler takes (5,)"),
        (lambda: VAE(MLP([Dense(6, 5)]), Sampler(5, 2), MLP([Dense(3, 6)])), ValueError, "the decoder takes (3,)"),
        (lambda: vae(beta=-1), ValueError, "Sampler: expected beta to be a finite number >= 0, got -1"),
        (lambda: vae(warmUp=-1), ValueError, "VAE: expected warmUp to be a finite number >= 0, got -1"),
        (lambda: vae(loss=CategoricalCrossEntropy()), ValueError, "VAE: expected a likelihood"),
        (lambda: vae(output=Identity(), loss=CrossEntropy()), ValueError, "VAE: expected a likelihood"),
        (
            lambda: vae().train(data(), CategoricalCrossEntropy()),
            ValueError,
            "VAE: expected a likelihood, CrossEntropy",
        ),
        (lambda: vae().train(data(2 * X)), ValueError, "scale the data"),
        (lambda: vae().elbo(X, samples=0), ValueError, "samples to be a whole number of at least 1, got 0"),
        (lambda: vae().elbo(X + 1), ValueError, "the input has values from"),
        (lambda: vae().evaluate(X + 1), ValueError, "the input has values from"),
        (lambda: vae().evaluate(X - 1), ValueError, "scale the data"),
        (lambda: vae().logLikelihood(X[:3]), ValueError, "expected an input of shape (6, N)"),
        (lambda: vae().encode(X[0]), ValueError, "expected samples as columns"),
        (lambda: vae().elbo(X[:, :0]), ValueError, "expected at least one sample"),
        (lambda: vae().sample(-1), ValueError, "n, the number of samples, to be a whole number of at least 1, got -1"),
        (
            lambda: setattr(vae(), "warmUp", True),
            TypeError,
            "expected warmUp to be a finite number >= 0, got True",
        ),
        (lambda: vae(loss="mse"), TypeError, "to be a Loss such as CrossEntropy(), got 'mse'"),
        (lambda: vae().train(data(), MSE), TypeError, "VAE: expected loss to be a Loss such as CrossEntropy(), got"),
        (lambda: vae().train(data(), MSE), TypeError, "give an instance, MSE()"),
        (lambda: vae().sample(1.0), TypeError, "n, the number of samples, to be a whole number of at least 1, got 1.0"),
        (lambda: vae().sample(1, rng="x"), TypeError, "VAE.sample: expected rng to be a numpy Generator, a seed"),
        (lambda: vae().elbo(X, rng=-1), ValueError, "rng to be a whole number of at least 0, got -1"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_the_threshold_of_active_units_is_of_the_variance():
    model = vae()
    variance = model.encode(X)[0].var(axis=1)
    for threshold in (0.99 * variance.min(), 1.01 * variance.min(), 1.01 * variance.max()):
        assert np.array_equal(model.activeUnits(X, threshold), variance > threshold)
    model.sampler.parameters["weight"][:2] *= np.sqrt(0.005 / variance)[:, None]
    assert not model.activeUnits(X).any()


def test_importance_weights_do_not_underflow():
    model = vae(output=Identity(), loss=MSE(1e-5))
    assert np.isfinite(model.logLikelihood(X, 5)).all()
    assert model.logLikelihood(X, 1, rng=0) == pytest.approx(model.logLikelihood(X, 1, rng=0))


def test_bounds_refuse_what_is_out_of_range_on_either_side():
    for wrong in (X - 0.5, X + 0.5):
        with pytest.raises(ValueError, match="the input has values from"):
            vae().elbo(wrong)


def test_samples_and_bounds_are_repeated_by_the_seed():
    model = vae()
    found = []
    for _ in range(2):
        seed(3)
        found.append((model.sample(5), model.elbo(X), model.logLikelihood(X, 2)))
    assert all(np.array_equal(one, two) for one, two in zip(*found, strict=True))


class AbsoluteError(Loss):
    def apply(self, y, a):
        return float(np.abs(a - y).sum() / y.shape[-1])

    def derivative(self, y, a, out=None):
        return np.divide(np.sign(a - y), y.shape[-1], out=out)


def test_pixels_that_are_only_moved_after_a_sigmoid_are_bernoulli_too():
    def made(before, behind):
        encoder = MLP([*before, Dense(6, 5, Tanh(), rng=0)])
        return VAE(encoder, Sampler(5, 2, rng=1), MLP([Dense(2, 6, Sigmoid(), rng=2), *behind]))

    flat, images = made([], []), made([Flatten()], [Reshape((1, 2, 3))])
    x = X.reshape(1, 2, 3, -1)
    assert (images.loss.name, images.decode(np.ones((2, 4))).shape) == ("CrossEntropy", (1, 2, 3, 4))
    assert images.evaluate(x)["reconstruction"] == pytest.approx(flat.evaluate(X)["reconstruction"])
    assert checkGradients(images, x)


def test_train_refuses_a_loss_that_is_no_likelihood():
    with pytest.raises(ValueError, match="VAE: expected a likelihood, CrossEntropy"):
        vae(output=Identity()).train(data(), AbsoluteError())


def test_a_refused_loss_is_not_taken():
    for make in (vae, lambda: vae(output=Identity())):
        model = make()
        before = model.loss.name
        with pytest.raises(ValueError, match="VAE: expected a likelihood, CrossEntropy"):
            model.train(data(), CategoricalCrossEntropy())
        with pytest.raises(ValueError, match="VAE: expected a likelihood, CrossEntropy"):
            model.loss = CategoricalCrossEntropy()
        assert model.loss.name == before
        model.evaluate(X)


def test_own_terms_of_other_layers_are_in_the_loss():
    model = VAE(MLP([Dense(6, 5), Sampler(5, 4, rng=0)]), Sampler(4, 2, rng=0), MLP([Dense(2, 6, Sigmoid())]))
    values, inner = model.evaluate(X), model.encoder.layers[1]
    inner.beta = 0
    assert values["loss"] > model.evaluate(X)["loss"]
    assert checkGradients(model)


def test_a_divergence_near_zero_is_exact_in_single_precision():
    layer = Sampler(3, 200, rng=0)
    layer.parameters["weight"][...] *= 1e-3
    values = []
    for dtype in (np.float64, np.float32):
        layer.astype(dtype)
        layer.feedforward(X[:3])
        values.append(layer.divergence())
    assert values[1] == pytest.approx(values[0], rel=0.01)


@pytest.mark.parametrize(
    ("outputs", "keywords", "message"),
    [(4, {}, "the sampler takes"), (5, {"loss": CategoricalCrossEntropy()}, "expected a likelihood")],
)
def test_a_constructor_that_fails_leaves_its_parts_as_they_were(outputs, keywords, message):
    sampler, encoder = Sampler(5, 2), network(6, outputs)
    with pytest.raises(ValueError, match=message):
        VAE(encoder, sampler, network(2, 6), beta=7, **keywords)
    assert sampler.beta == 1
    assert encoder.layers[0].place == "layers[0]"
    assert sampler.place == ""


def test_beta_is_saved_with_the_sampler(tmp_path):
    model = VAE.load(vae(beta=2.5, warmUp=3).save(tmp_path / "vae"))
    assert (model.beta, model.sampler.beta, model.warmUp) == (2.5, 2.5, 3)
    assert "beta" not in model.config()


@pytest.mark.parametrize("warmUp", [0, 4])
def test_the_warm_up_changes_the_training(warmUp):
    ends = []
    for one in (0, warmUp):
        seed(0)
        model = vae(warmUp=one)
        model.train(data(), epochs=1, metrics=[])
        ends.append(model.weights()["encoder.layers.0.weight"])
    assert np.array_equal(*ends) == (warmUp == 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_are_decoded_draws_from_the_prior_in_the_models_precision(dtype):
    model = vae()
    model.astype(dtype)
    z = np.random.default_rng(3).standard_normal((2, 5), dtype=dtype)
    assert np.array_equal(model.sample(5, rng=3), model.decode(z))
