"""Principal component analysis, as one of scikit-learn's transformers."""

from __future__ import annotations

from typing import Any, Self

from leibnet.types import Array

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from nn.estimators.codes import checked_codes, keeping_precision
from nn.estimators.networkestimator import PRECISIONS
from nn.models.pca import PCA


class PCATransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """The principal components of samples, by `nn.PCA`.

    Parameters
    ----------
    n_components : how many; default None: all there are, min(samples, features).
    whiten : whether codes are divided by their standard deviations, which the inverse undoes; default False.
    method : "covariance" or "svd", see `nn.PCA`; default None: what suits the shape of the data.

    Attributes
    ----------
    components_ : (n_components, features), the directions as rows. The entry of largest absolute value is positive.
    explained_variance_ : (n_components,), the variances along them, descending; with 1/n, as in the lecture, where
        scikit-learn's PCA has 1/(n - 1).
    explained_variance_ratio_ : (n_components,), their shares of the total variance.
    mean_ : (features,).
    n_components_ : how many components there are.
    pca_ : the `nn.PCA`, which works with columns; `pca_.save(path)` writes the library's file.
    n_features_in_, feature_names_in_ : as everywhere in scikit-learn.

    Example
    -------
    >>> transformer = PCATransformer(1).fit([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [6.0, 12.0]])
    >>> transformer.components_.round(3)
    array([[0.447, 0.894]])
    >>> transformer.transform([[1.0, 2.0]]).round(3)
    array([[-4.472]])
    """

    def __init__(self, n_components: int | None = None, *, whiten: bool = False, method: str | None = None) -> None:
        self.n_components = n_components
        self.whiten = whiten
        self.method = method

    def fit(self, X: Any, y: Any = None) -> Self:
        """Finds mean and components of rows (samples, features); `y` plays no part."""
        rows = validate_data(self, X, dtype=PRECISIONS, ensure_min_samples=2)
        self.pca_ = PCA(self.n_components, self.method, self.whiten).fit(rows.T)
        self.pca_.astype(rows.dtype)
        self.components_: Array = np.ascontiguousarray(self.pca_.components.T)
        self.explained_variance_ = self.pca_.explainedVariance
        self.explained_variance_ratio_ = self.pca_.explainedVarianceRatio
        self.mean_: Array = self.pca_.mean[:, 0]
        self.n_components_ = len(self.components_)
        return self

    def transform(self, X: Any) -> Array:
        """The codes (samples, n_components) of rows."""
        check_is_fitted(self, "pca_")
        return self.pca_.transform(validate_data(self, X, dtype=PRECISIONS, reset=False).T).T

    def inverse_transform(self, X: Any) -> Array:
        """The samples (samples, features) that codes stand for."""
        check_is_fitted(self, "pca_")
        return self.pca_.inverseTransform(checked_codes(self, X, self.n_components_).T).T

    @property
    def _n_features_out(self) -> int:
        return self.n_components_

    def __sklearn_tags__(self) -> Any:
        return keeping_precision(super().__sklearn_tags__())
