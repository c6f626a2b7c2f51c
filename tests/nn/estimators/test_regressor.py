"""The regressor in scikit-learn's company."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from layers import Dense
from nn import MLP
from nn.estimators import NetworkRegressor

X, Y = load_diabetes(return_X_y=True)
SCALED, STANDARD = StandardScaler().fit_transform(X), (Y - Y.mean()) / Y.std()
FAST = {"learning_rate_init": 0.01, "tol": 1e-3, "random_state": 0}


def test_as_good_as_scikit_learns_own():
    def score(model):
        scaled = TransformedTargetRegressor(make_pipeline(StandardScaler(), model), transformer=StandardScaler())
        return cross_val_score(scaled, X, Y).mean()

    ours = score(NetworkRegressor(hidden_layer_sizes=(16,), alpha=3.0, **FAST))
    assert ours > 0.45
    assert ours > score(MLPRegressor(hidden_layer_sizes=(16,), alpha=3.0, **FAST)) - 0.02


def test_several_targets_are_columns_and_one_is_none():
    both = np.column_stack((STANDARD, -2 * STANDARD))
    model = NetworkRegressor((8,), **FAST).fit(SCALED, both)
    assert model.predict(SCALED).shape == both.shape
    assert np.corrcoef(model.predict(SCALED).T)[0, 1] < -0.9
    assert NetworkRegressor((8,), **FAST).fit(SCALED, STANDARD).predict(SCALED).shape == STANDARD.shape


def test_the_loss_is_half_the_squared_error_summed_over_the_targets():
    both = np.column_stack((STANDARD, STANDARD))
    model = NetworkRegressor((), max_iter=1, learning_rate_init=1e-12, batch_size=len(X), random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(SCALED, both)
    assert model.loss_ == pytest.approx(0.5 * ((model.predict(SCALED) - both) ** 2).sum(axis=1).mean())


def test_weights():
    settings = {"learning_rate_init": 0.01, "tol": 1e-9, "n_iter_no_change": 100, "max_iter": 9999}
    model = NetworkRegressor((), batch_size=1000, random_state=0, **settings)
    weights = np.where(STANDARD > 0, 0.1, 3.0)
    three = SCALED[:, [2, 3, 8]]
    with_ones = np.column_stack((three, np.ones(len(X))))
    root = np.sqrt(weights)[:, np.newaxis]
    best = with_ones @ np.linalg.lstsq(root * with_ones, root[:, 0] * STANDARD)[0]
    assert np.allclose(model.fit(three, STANDARD, weights).predict(three), best, atol=1e-3)
    assert not np.allclose(model.fit(three, STANDARD).predict(three), best, atol=0.2)


def test_partial_fit_goes_on():
    model = NetworkRegressor((8,), learning_rate_init=0.01, random_state=0)
    losses = [model.partial_fit(SCALED, STANDARD).loss_ for _ in range(20)]
    assert model.loss_curve_ == losses
    assert losses[-1] < 0.7 * losses[0]
    with pytest.raises(ValueError, match="2 outputs"):
        model.partial_fit(SCALED, np.column_stack((STANDARD, STANDARD)))


def test_a_network_of_your_own_and_early_stopping():
    def network(inputs, outputs):
        return MLP([Dense(inputs, outputs)])

    model = NetworkRegressor(network=network, early_stopping=True, max_iter=2000, random_state=0).fit(SCALED, STANDARD)
    assert model.score(SCALED, STANDARD) > 0.45
    with pytest.raises(ValueError, match="an MLP with 1 outputs"):
        NetworkRegressor(network=lambda inputs, outputs: MLP([Dense(inputs, 2)])).fit(SCALED, STANDARD)
