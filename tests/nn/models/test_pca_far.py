"""PCA where rounding decides: signs of components whose entries are equally large, data that lie far from 0."""

import numpy as np
import pytest

from nn import PCA


def standardized(seed, n=300, features=2):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(features, n))
    x[1] += 0.5 * x[0]
    return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)


def mirrored(seed, n=100):
    """Samples and their mirror images: components are symmetric, or antisymmetric with pairs of ± the same number."""
    x = np.random.default_rng(seed).normal(size=(5, n)) * np.array([[3.0], [1], [2], [1], [1]])
    return np.concatenate((x, x[::-1]), axis=1)


def found(x):
    """The components in other orders of the samples, and by the other method."""
    rng = np.random.default_rng(0)
    for order in (np.arange(x.shape[1]), np.arange(x.shape[1])[::-1], *(rng.permutation(x.shape[1]) for _ in range(3))):
        for method in ("covariance", "svd"):
            yield PCA(method=method).fit(x[:, order]).components


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("make", [standardized, mirrored])
def test_signs_do_not_turn_with_the_order_of_the_samples_or_the_method(make, dtype):
    for seed in range(40):
        first, *others = found(make(seed).astype(dtype))
        for other in others:
            assert (np.sum(first * other, axis=0) > 0.9).all(), seed


def test_signs_do_not_turn_with_the_scale_of_the_data():
    for seed in range(40):
        x = standardized(seed)
        assert np.allclose(PCA().fit(x).components, PCA().fit(1e3 * x + 7).components)


def test_the_largest_entry_is_positive_and_of_equal_ones_the_first():
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=(4, 50))
        components = PCA().fit(x).components
        assert (components[np.abs(components).argmax(axis=0), range(4)] > 0).all()
        assert (PCA().fit(standardized(seed)).components[0] > 0).all()


@pytest.mark.parametrize("method", ["covariance", "svd"])
@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
@pytest.mark.parametrize("n", [50, 3000])
def test_variances_of_data_far_from_0(method, offset, n):
    x = 0.1 * np.random.default_rng(0).normal(size=(3, n)) + offset
    x[2] = offset  # collapsed
    pca = PCA(method=method).fit(x)
    expected = np.sort(np.linalg.eigvalsh(np.cov(x - x[:, :1], bias=True)))[::-1]
    assert np.allclose(pca.explainedVariance, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("method", ["covariance", "svd"])
def test_variances_of_single_precision_far_from_0(method):
    x = (0.1 * np.random.default_rng(0).normal(size=(3, 3000)) + 1e4).astype(np.float32)
    expected = np.sort(np.linalg.eigvalsh(np.cov(x.astype(float), bias=True)))[::-1]
    assert np.allclose(PCA(method=method).fit(x).explainedVariance, expected, rtol=1e-4)
