"""The anomaly detector: scores, threshold, and whether it finds what is strange."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score

from nn.estimators import AnomalyDetector

rng = np.random.default_rng(0)
LINE = rng.normal(size=(300, 1)) * [[1.0, 2.0, -1.0]] + 0.05 * rng.normal(size=(300, 3))
FAST = {"hidden_layer_sizes": (), "learning_rate_init": 0.01, "tol": 1e-3, "random_state": 0}


def test_the_score_is_the_squared_error_of_the_reconstruction():
    detector = AnomalyDetector(1, contamination=0.05, **FAST).fit(LINE)
    error = ((detector.network_.reconstruct(LINE.T).T - LINE) ** 2).sum(axis=1)
    assert np.allclose(detector.score_samples(LINE), -error)
    assert np.allclose(detector.decision_function(LINE), -error - detector.offset_)
    assert (detector.predict(LINE) == np.where(-error < detector.offset_, -1, 1)).all()
    assert (detector.predict(LINE) == -1).sum() == 15
    assert (detector.fit_predict(LINE) == -1).sum() == 15
    assert detector.predict([[0.5, 1.0, -0.5], [0.5, -1.0, 0.5]]).tolist() == [1, -1]
    again = pickle.loads(pickle.dumps(detector))
    assert (again.decision_function(LINE) == detector.decision_function(LINE)).all()


def test_digits_it_has_never_seen_are_strange():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    known = X[y < 5]
    settings = {"hidden_layer_sizes": (32,), "learning_rate_init": 0.005, "tol": 1e-3, "random_state": 0}
    detector = AnomalyDetector(8, batch_size=50, max_iter=60, n_iter_no_change=5, **settings)
    with pytest.warns(ConvergenceWarning):
        detector.fit(known[:600])
    samples = np.concatenate((known[600:], X[y >= 5][:300]))
    strange = np.repeat([0, 1], [len(known) - 600, 300])
    assert roc_auc_score(strange, -detector.score_samples(samples)) > 0.85


def test_a_search_scores_it():
    def score(detector, X, y=None):
        return detector.score_samples(X).mean()

    found = [cross_val_score(AnomalyDetector(codes, **FAST), LINE, scoring=score).mean() for codes in (1, 3)]
    assert found[0] < found[1] < 0


@pytest.mark.parametrize("share", [0.0, 0.6, -0.1, 1])
def test_a_wrong_contamination_is_refused(share):
    with pytest.raises(ValueError, match="contamination"):
        AnomalyDetector(contamination=share).fit(LINE)
