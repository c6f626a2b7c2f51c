"""An autoencoder that transforms samples to codes, as scikit-learn's transformers do."""

from __future__ import annotations

from typing import Any, Self

from leibnet.types import Array

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from nn.estimators.autoencoderestimator import AutoencoderEstimator
from nn.estimators.codes import checked_codes, keeping_precision
from nn.estimators.networkestimator import Samples


class AutoencoderTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, AutoencoderEstimator):
    """Codes of samples, from an autoencoder that is trained to give the samples back: x ↦ enc(x), and back by dec.

    Encoder and decoder are fully connected; neither codes nor outputs have an activation, and the loss is half the
    squared error. For anything else, give a `network`.

    Parameters
    ----------
    n_components : numbers of a code; default 2.
    hidden_layer_sizes : those of the encoder; the decoder has them in reverse. Default (100,).
    network : a function of (features, codes) that makes an `Autoencoder`; default none. What says layers, solver, alpha
        or step must be omitted beside it.
    n_iter_no_change : default 50: at first, an autoencoder often stands still for a while.
    others : as for `NetworkClassifier`; `validation_fraction` chooses among all samples alike.

    Samples are scaled by nobody: use a StandardScaler before it.

    Attributes
    ----------
    network_ : the trained network, an `Autoencoder`, which works with columns; `network_.save(path)` writes the
        library's file.
    n_features_in_, feature_names_in_, n_iter_, loss_, loss_curve_, validation_loss_curve_ : as for `NetworkClassifier`.

    Example
    -------
    >>> from sklearn.datasets import load_iris
    >>> X, _ = load_iris(return_X_y=True)
    >>> transformer = AutoencoderTransformer(2, learning_rate_init=0.01, tol=0.01, random_state=0).fit(X)
    >>> transformer.transform(X).shape, transformer.inverse_transform([[0.0, 0.0]]).shape
    ((150, 2), (1, 4))
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Trains the autoencoder with rows (samples, features); `y` plays no part."""
        return self.learn(Samples(self.rows(X, reset=True)), self.codes_wanted())

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Goes through these rows once, with the autoencoder as it is; `y` plays no part."""
        return self.learn_more(Samples(self.rows(X, reset=not hasattr(self, "network_"))), self.codes_wanted())

    def transform(self, X: Any) -> Array:
        """The codes (samples, n_components) of rows."""
        check_is_fitted(self, "network_")
        codes: Array = self.network_.encode(self.rows(X).T).T
        return codes

    def inverse_transform(self, X: Any) -> Array:
        """The samples (samples, features) that codes stand for."""
        check_is_fitted(self, "network_")
        samples: Array = self.network_.decode(checked_codes(self, X, self.n_outputs_).T).T
        return samples

    @property
    def _n_features_out(self) -> int:
        return self.n_outputs_

    def __sklearn_tags__(self) -> Any:
        return keeping_precision(super().__sklearn_tags__())
