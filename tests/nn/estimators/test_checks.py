"""scikit-learn's own examination of every estimator: no check fails, and none is expected to fail."""

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import nn.estimators
from nn.estimators import AnomalyDetector, NetworkClassifier

ALL = [getattr(nn.estimators, name)() for name in nn.estimators.__all__]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ALL)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


class Forgetful(NetworkClassifier):
    """Does not look at sample_weight."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y)


class Careless(AnomalyDetector):
    """Finds twice as many anomalies as it was told to."""

    def predict(self, X):
        return (self.score_samples(X) >= 2 * self.offset_) * 2 - 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("planted", [Forgetful(max_iter=20), Careless(max_iter=20)])
def test_a_planted_fault_is_found(planted):
    results = check_estimator(planted, on_fail=None, on_skip=None)
    assert any(result["status"] == "failed" for result in results)
