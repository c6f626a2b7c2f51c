"""Transformers of samples to codes, and back."""

from __future__ import annotations

from typing import Any, Self

from leibnet.arguments import refusal
from leibnet.types import Array

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from nn.estimators.codingestimator import CodingEstimator
from nn.estimators.networkestimator import PRECISIONS, Samples


def checked_codes(transformer: object, codes: Any, numbers: int) -> Array:
    """Codes (samples, numbers), as a transformer gives them, as an array of finite floats."""
    checked: Array = check_array(codes, dtype=PRECISIONS)
    if checked.shape[1] != numbers:
        expected = f"codes of shape (samples, {numbers})"
        raise ValueError(refusal(type(transformer).__name__, "X", expected, checked.shape))
    return checked


def keeping_precision(tags: Any) -> Any:
    """The tags of a transformer whose output has the precision of its input."""
    tags.transformer_tags.preserves_dtype = ["float64", "float32"]
    return tags


class CodesTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, CodingEstimator):
    """A transformer of samples to the codes of its network, and back. A subclass says `transform`."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Trains the network with rows (samples, features); `y` plays no part."""
        return self.learn(Samples(self.rows(X, reset=True)), self.codes_wanted())

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Goes through these rows once, with the network as it is; `y` plays no part."""
        return self.learn_more(Samples(self.rows(X, reset=not hasattr(self, "network_"))), self.codes_wanted())

    def inverse_transform(self, X: Any) -> Array:
        """The samples (samples, features) that codes stand for; of a VAE their means."""
        check_is_fitted(self, "network_")
        samples: Array = self.network_.decode(checked_codes(self, X, self.n_outputs_).T).T
        return samples

    @property
    def _n_features_out(self) -> int:
        return self.n_outputs_

    def __sklearn_tags__(self) -> Any:
        return keeping_precision(super().__sklearn_tags__())
