"""An autoencoder that transforms samples to codes, as scikit-learn's transformers do."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

from sklearn.utils.validation import check_is_fitted

from nn.estimators.autoencoderestimator import AutoencoderEstimator
from nn.estimators.codes import CodesTransformer


class AutoencoderTransformer(CodesTransformer, AutoencoderEstimator):
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

    def transform(self, X: Any) -> Array:
        """The codes (samples, n_components) of rows."""
        check_is_fitted(self, "network_")
        codes: Array = self.network_.encode(self.rows(X).T).T
        return codes
