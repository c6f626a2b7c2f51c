"""An autoencoder that finds what is unlike the samples it was trained with, as scikit-learn's detectors do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from leibnet.arguments import number
from leibnet.types import Array

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted

from activations import Activation
from nn.estimators.autoencoderestimator import AutoencoderEstimator
from nn.estimators.networkestimator import Samples
from nn.models.model import Model


class AnomalyDetector(OutlierMixin, AutoencoderEstimator):
    """Anomalies: samples that an autoencoder, trained with all of them, cannot give back.

    The score of a sample is minus its squared error, -‖x' - x‖², summed over the features: the lower, the less normal.
    What lies below the score that a share `contamination` of the training samples does not reach, is an anomaly.

    Parameters
    ----------
    n_components : numbers of a code, fewer than features; default 2. With more, anomalies are given back better, too.
    contamination : the share of the training samples taken for anomalies, above 0 and at most 1/2; default 0.1.
    others : as for `AutoencoderTransformer`.

    Attributes
    ----------
    offset_ : the score below which a sample is an anomaly.
    network_, n_features_in_, feature_names_in_, n_iter_, loss_, loss_curve_, validation_loss_curve_ : as for
        `AutoencoderTransformer`.

    Example
    -------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 1)) * [[1.0, 2.0, -1.0]] + 0.05 * rng.normal(size=(300, 3))  # about a line
    >>> detector = AnomalyDetector(1, hidden_layer_sizes=(), learning_rate_init=0.01, tol=1e-3, random_state=0).fit(X)
    >>> detector.predict([[0.5, 1.0, -0.5], [0.5, -1.0, 0.5]])
    array([ 1, -1])
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        contamination: float = 0.1,
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation = "relu",
        solver: str = "adam",
        alpha: float = 0.0,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        momentum: float = 0.9,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 50,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: bool = False,
        network: Callable[[int, int], Model] | None = None,
    ) -> None:
        super().__init__(
            n_components,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            momentum=momentum,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            verbose=verbose,
            network=network,
        )
        self.contamination = contamination

    def fit(self, X: Any, y: Any = None) -> Self:
        """Trains the autoencoder with rows (samples, features), and finds `offset_`; `y` plays no part."""
        share = number("AnomalyDetector", "contamination", self.contamination, low=0, high=0.5, excluding="low")
        rows = self.rows(X, reset=True)
        self.learn(Samples(rows), self.codes_wanted())
        self.offset_ = float(np.percentile(self._scores(rows), 100 * share))
        return self

    def score_samples(self, X: Any) -> Array:
        """-‖x' - x‖² of rows, (samples,): the lower, the less normal."""
        check_is_fitted(self, "network_")
        return self._scores(self.rows(X))

    def decision_function(self, X: Any) -> Array:
        """The scores over `offset_`, (samples,): negative for anomalies."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Array:
        """-1 for anomalies, 1 for all others, (samples,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _scores(self, X: Array) -> Array:
        error = self.reconstructed(X) - X
        scores: Array = -(error * error).sum(axis=1)
        return scores
