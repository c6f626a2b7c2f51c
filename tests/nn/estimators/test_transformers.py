"""PCA, autoencoder and VAE as transformers."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn import decomposition
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nn
from activations import Sigmoid, Tanh
from layers import Dense, Sampler
from nn import MLP
from nn.estimators import AutoencoderTransformer, NetworkClassifier, PCATransformer, VAETransformer
from optimizer import Adam

IRIS, KINDS = load_iris(return_X_y=True)
SCALED = StandardScaler().fit_transform(IRIS)
VARIATIONAL = {"learning_rate_init": 0.01, "max_iter": 1000, "tol": 0.1, "random_state": 0}
PLAIN = {"learning_rate_init": 0.01, "max_iter": 1000, "tol": 1e-2, "random_state": 0}


def made():
    return [PCATransformer(2), AutoencoderTransformer(2, **PLAIN), VAETransformer(2, **VARIATIONAL)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("transformer", made(), ids=lambda one: type(one).__name__)
def test_codes_and_back(transformer, dtype):
    x = SCALED.astype(dtype)
    codes = transformer.fit_transform(x)
    back = transformer.inverse_transform(codes)
    assert codes.shape == (150, 2)
    assert back.shape == x.shape
    assert codes.dtype == back.dtype == dtype
    assert ((back - x) ** 2).mean() < 0.25  # of 1
    again = pickle.loads(pickle.dumps(transformer))
    assert (again.transform(x) == codes).all()
    with pytest.raises(ValueError, match="codes of shape"):
        transformer.inverse_transform(x)


def test_principal_components_are_those_of_scikit_learn():
    ours, theirs = PCATransformer(3).fit(IRIS), decomposition.PCA(3).fit(IRIS)
    signs = np.sign((ours.components_ * theirs.components_).sum(axis=1))
    assert np.allclose(ours.components_, signs[:, np.newaxis] * theirs.components_)
    assert np.allclose(ours.transform(IRIS), signs * theirs.transform(IRIS))
    assert np.allclose(ours.explained_variance_ * 150 / 149, theirs.explained_variance_)
    assert np.allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_)
    assert np.allclose(ours.mean_, theirs.mean_)
    assert ours.n_components_ == 3
    white = PCATransformer(3, whiten=True, method="svd").fit(IRIS)
    assert np.allclose(np.cov(white.transform(IRIS).T, ddof=0), np.eye(3))
    assert np.allclose(white.inverse_transform(white.transform(IRIS)), ours.inverse_transform(ours.transform(IRIS)))
    assert PCATransformer().fit(IRIS).transform(IRIS).shape == (150, 4)


def test_codes_are_features_of_a_pipeline():
    for transformer in made():
        classifier = NetworkClassifier((16,), learning_rate_init=0.03, tol=1e-3, max_iter=1000, random_state=0)
        pipeline = make_pipeline(StandardScaler(), transformer, classifier)
        assert pipeline.fit(IRIS, KINDS).score(IRIS, KINDS) > 0.85


def test_names_of_the_codes():
    for transformer in made():
        name = type(transformer).__name__.lower()
        assert transformer.fit(SCALED).get_feature_names_out().tolist() == [f"{name}0", f"{name}1"]


def test_the_variational_ones_draw_samples_and_keep_the_file(tmp_path):
    transformer = VAETransformer(2, **VARIATIONAL).fit(SCALED)
    network = nn.VAE.load(transformer.network_.save(tmp_path / "vae.safetensors"))
    assert (transformer.transform(SCALED) == network.encode(SCALED.T)[0].T).all()
    samples = transformer.network_.sample(1000, rng=0).T
    assert np.allclose(samples.std(axis=0), 1, atol=0.5)
    # the codes are drawn towards N(0, I), and more so with a larger beta
    divergence = [
        VAETransformer(2, beta=beta, **VARIATIONAL).fit(SCALED).network_.evaluate(SCALED.T)["kl"] for beta in (1, 20)
    ]
    assert divergence[1] < divergence[0] / 2


def test_the_likelihood_is_that_of_noise_variance():
    narrow, wide = (
        VAETransformer(2, noise_variance=variance, **VARIATIONAL).fit_transform(SCALED) for variance in (0.1, 100.0)
    )
    assert wide.std() < narrow.std() / 5  # nothing is worth a code
    bits = (SCALED > 0).astype(float)
    transformer = VAETransformer(2, noise_variance=None, **VARIATIONAL).fit(bits)
    back = transformer.inverse_transform(transformer.transform(bits))
    assert 0 < back.min() < back.max() < 1
    assert ((back > 0.5) == bits).mean() > 0.9
    with pytest.raises(ValueError, match="cannot give"):
        VAETransformer(2, noise_variance=None).fit(SCALED)
    for name, value in [("noise_variance", 0.0), ("beta", -1.0), ("n_components", 0), ("hidden_layer_sizes", ())]:
        with pytest.raises(ValueError, match=name):
            VAETransformer(**{name: value}).fit(SCALED)


def test_partial_fit_goes_on():
    for transformer in (AutoencoderTransformer(2, random_state=0), VAETransformer(2, random_state=0)):
        losses = [transformer.partial_fit(SCALED).loss_ for _ in range(30)]
        assert losses[-1] < losses[0]
        assert transformer.n_iter_ == 30
        with pytest.raises(ValueError, match="features"):
            transformer.partial_fit(SCALED[:, :3])


def autoencoder(features, codes):
    step = Adam(lr=0.01)
    return nn.Autoencoder(
        MLP([Dense(features, 8, Tanh(), step), Dense(8, codes, Sigmoid(), step)]),
        MLP([Dense(codes, features, None, step)]),
    )


def vae(features, codes):
    step = Adam(lr=0.01)
    return nn.VAE(
        MLP([Dense(features, 8, Tanh(), step)]), Sampler(8, codes, step), MLP([Dense(codes, features, None, step)])
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_of_your_own():
    for kind, network in ((AutoencoderTransformer, autoencoder), (VAETransformer, vae)):
        codes = kind(3, network=network, random_state=0).fit(SCALED).transform(SCALED)
        assert codes.shape == (150, 3)
        with pytest.raises(ValueError, match="omitted beside network"):
            kind(3, network=network, solver="sgd").fit(SCALED)
        for wrong in (lambda features, codes, right=network: right(features + 1, codes), lambda *_: MLP()):
            with pytest.raises((TypeError, ValueError), match="what network makes"):
                kind(3, network=wrong).fit(SCALED)
    assert AutoencoderTransformer(3, network=autoencoder).fit(SCALED).transform(SCALED).min() > 0
    with pytest.raises(ValueError, match="beta"):
        VAETransformer(3, network=vae, beta=2.0).fit(SCALED)
