"""A network that predicts numbers, as scikit-learn's regressors do."""

from __future__ import annotations

from typing import Any, Self

from leibnet.arguments import instance, refusal
from leibnet.types import Array

from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from activations import Activation
from loss import MSE
from nn.estimators.networkestimator import PRECISIONS, NetworkEstimator, Samples
from nn.estimators.settings import dense
from nn.models.mlp import MLP
from nn.models.model import Model
from optimizer import Optimizer


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """A regressor with one target or several: fully connected layers, or a network of your own, trained by MSE.

    The loss is half the squared error, summed over the targets, mean over the samples (`loss.MSE`).

    Parameters and attributes are those of `NetworkClassifier`, without `class_weight` and `classes_`. The network of a
    function `network` may end in any activation; what it was given as its loss counts, by default MSE.

    Targets are scaled by nobody: where they are large, use scikit-learn's TransformedTargetRegressor.

    Example
    -------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    >>> model = NetworkRegressor((16,), alpha=3.0, learning_rate_init=0.01, tol=1e-3, random_state=0)
    >>> bool(model.fit(X[:300], y[:300]).score(X[300:], y[300:]) > 0.45)
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains the network.

        Parameters
        ----------
        X : samples as rows, (samples, features), an array or a frame.
        y : their targets, (samples,) or (samples, targets).
        sample_weight : (samples,), numbers >= 0; default all equal.
        """
        X, y = self._checked(X, y, reset=True)
        return self.learn(Samples(X, y, self.weights_of(sample_weight, X)), y.shape[1])

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Goes through these samples once, with the network as it is. Parameters as for `fit`."""
        X, y = self._checked(X, y, reset=not hasattr(self, "network_"))
        return self.learn_more(Samples(X, y, self.weights_of(sample_weight, X)), y.shape[1])

    def predict(self, X: Any) -> Array:
        """The targets of rows, (samples,), or (samples, targets) of several."""
        check_is_fitted(self, "network_")
        outputs = self.network_.predict(self.rows(X).T).T
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    # Inside ----------------------------------------------------------------------------------------------------------

    def make_network(self, inputs: int, outputs: int, sizes: list[int], hidden: Activation, step: Optimizer) -> Model:
        return MLP(dense([inputs, *sizes, outputs], hidden, None, step), MSE())

    def check_network(self, network: Any, inputs: int, outputs: int) -> None:
        instance("NetworkRegressor", "what network makes", network, MLP, "MLP([Dense(inputs, outputs)])")
        if network.outputShape not in (None, (outputs,)):
            expected = f"an MLP with {outputs} outputs"
            raise ValueError(refusal("NetworkRegressor", "what network makes", expected, network))

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        """Rows, and their targets (N, targets)."""
        X, y = validate_data(self, X, y, dtype=PRECISIONS, multi_output=True, y_numeric=True, reset=reset)
        if y.ndim == 1 or y.shape[1] == 1:
            y = column_or_1d(y, warn=True)[:, None]
        return X, y.astype(X.dtype)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
