"""Principal component analysis."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Dataset, available
from nn import MLP, PCA, Model
from nn.models.statistics import moments
from nn.storage.stored import Stored

METHODS = ["covariance", "svd"]


def cloud(d, n, seed=0, offset=0.0):
    """n samples of d features whose variances fall from 1 to about 1/10 in a random basis."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return basis * np.geomspace(1, 0.3, d) @ rng.normal(size=(d, n)) + offset * rng.normal(size=(d, 1))


def jacobi(X):
    """Eigenvalues, descending, eigenvectors and mean: Σ = 1/n Σ (x - μ)(x - μ)ᵀ by definition, Jacobi rotations."""
    d, n = X.shape
    mean = np.array([sum(row) / n for row in X])
    A = np.array([[sum((X[i] - mean[i]) * (X[j] - mean[j])) / n for j in range(d)] for i in range(d)])
    V = np.eye(d)
    for _ in range(15):
        for i in range(d):
            for j in range(i):
                angle = np.arctan2(2 * A[i, j], A[i, i] - A[j, j]) / 2
                J = np.eye(d)
                J[i, i] = J[j, j] = np.cos(angle)
                J[i, j], J[j, i] = -np.sin(angle), np.sin(angle)
                A, V = J.T @ A @ J, V @ J
    order = np.argsort(-np.diag(A))
    return np.diag(A)[order], V[:, order], mean[:, np.newaxis]


shapes = st.tuples(st.integers(1, 8), st.integers(2, 30))
seeds = st.integers(0, 2**32 - 1)
methods = st.sampled_from([*METHODS, None])


@given(shapes, seeds, methods, st.sampled_from([0.0, 1.0, 1e4]))
def test_against_the_definition(shape, seed, method, offset):
    X = cloud(*shape, seed, offset)
    k = min(shape)
    pca = PCA(method=method).fit(X)
    values, vectors, mean = jacobi(X)
    tolerance = 1e-12 * (1 + offset) * shape[0]
    assert pca.components.shape == (shape[0], k)
    assert np.allclose(pca.mean, mean, rtol=1e-12, atol=1e-12)
    assert np.allclose(pca.explainedVariance, values[:k], rtol=1e-10, atol=tolerance)
    assert np.isclose(pca.totalVariance, values.sum(), rtol=1e-10, atol=tolerance)
    assert np.allclose(pca.explainedVarianceRatio, values[:k] / values.sum(), rtol=1e-10, atol=tolerance)
    for i in range(k):
        gap = np.abs(np.delete(values, i) - values[i]).min(initial=np.inf)
        if gap > 1e-3:
            assert abs(pca.components[:, i] @ vectors[:, i]) > 1 - 1e-9


@given(shapes, seeds, methods)
def test_components_are_orthonormal_and_their_largest_entries_positive(shape, seed, method):
    pca = PCA(method=method).fit(cloud(*shape, seed))
    components, values = pca.components, np.append(pca.explainedVariance, 0)
    k = components.shape[1]
    assert np.allclose(components.T @ components, np.eye(k), atol=1e-12)
    for i in range(k):
        if np.abs(np.delete(values, i) - values[i]).min() > 1e-6 * values[0]:  # else rounding turns them in their plane
            assert components[np.abs(components[:, i]).argmax(), i] > 0


@given(shapes, seeds, methods, st.data())
def test_the_training_error_is_the_sum_of_the_discarded_eigenvalues(shape, seed, method, data):
    X = cloud(*shape, seed)
    pca = PCA(data.draw(st.integers(1, min(shape))), method).fit(X)
    errors = np.sum((X - pca.reconstruct(X)) ** 2, axis=0)
    assert np.isclose(errors.mean(), pca.totalVariance - pca.explainedVariance.sum(), rtol=1e-10, atol=1e-13)


@given(shapes, seeds, methods)
def test_codes_are_uncorrelated_with_the_explained_variances(shape, seed, method):
    X = cloud(*shape, seed)
    pca = PCA(method=method).fit(X)
    codes = pca.transform(X)
    assert np.allclose(codes.mean(axis=1), 0, atol=1e-12)
    assert np.allclose(codes @ codes.T / shape[1], np.diag(pca.explainedVariance), atol=1e-12)
    assert np.allclose(pca.inverseTransform(codes), X, atol=1e-12)
    assert np.array_equal(pca.inverseTransform(codes), pca.reconstruct(X))


@given(st.integers(1, 6), seeds, methods)
def test_whitened_codes_have_unit_variance(d, seed, method):
    X = cloud(d, 30, seed, offset=1.0)
    pca = PCA(method=method, whiten=True).fit(X)
    codes = pca.transform(X)
    assert np.allclose(codes @ codes.T / 30, np.eye(d), atol=1e-9)
    assert np.allclose(pca.inverseTransform(codes), X, atol=1e-12)
    assert np.allclose(pca.inverseTransform(np.eye(d)) - pca.mean, pca.components * pca.explainedVariance**0.5)


@given(shapes, seeds, methods)
def test_shifted_rotated_scaled_and_shuffled_data(shape, seed, method):
    X = cloud(*shape, seed)
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(shape[0], shape[0])))[0]
    k = min(shape[0], shape[1] - 1)  # as many as have a variance
    pca = PCA(k, method).fit(X)
    for other, factor, projector in (
        (X + rng.normal(size=(shape[0], 1)), 1, np.eye(shape[0])),
        (Q @ X, 1, Q),
        (-3 * X, 9, np.eye(shape[0])),
        (X[:, rng.permutation(shape[1])], 1, np.eye(shape[0])),
        (np.asfortranarray(X), 1, np.eye(shape[0])),
        (np.repeat(X, 2, axis=1)[:, ::-1], 1, np.eye(shape[0])),
    ):
        changed = PCA(k, method).fit(other)
        assert np.allclose(changed.explainedVariance, factor * pca.explainedVariance, rtol=1e-9)
        space = projector @ pca.components
        assert np.allclose(changed.components @ changed.components.T, space @ space.T, atol=1e-7)


@given(st.integers(1, 5), st.integers(2, 40), seeds, st.sampled_from(METHODS), st.sampled_from([1, 3, 16, 100]))
def test_chunks_change_nothing(d, n, seed, method, entries):
    X = cloud(d, n, seed, offset=10.0)
    whole = PCA(method=method).fit(X)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moments, "ENTRIES", entries)
        pieces = PCA(method=method).fit(X)
    assert np.allclose(pieces.explainedVariance, whole.explainedVariance, rtol=1e-9, atol=1e-11)
    assert np.isclose(pieces.totalVariance, whole.totalVariance, rtol=1e-10)
    assert np.allclose(pieces.mean, whole.mean, rtol=1e-12)
    assert np.allclose(pieces.reconstruct(X), whole.reconstruct(X))


@pytest.mark.parametrize("method", METHODS)
def test_a_dataset_is_its_training_samples(method, monkeypatch):
    dataset = Dataset("digits", train_size=1000)
    X = dataset.trainSet()[0]
    for entries in (moments.ENTRIES, 64 * 100):
        monkeypatch.setattr(moments, "ENTRIES", entries)
        ours, arrays = PCA(10, method).fit(dataset), PCA(10, method).fit(X)
        for name, array in ours.weights().items():
            assert np.array_equal(array, arrays.weights()[name])


def test_the_first_component_maximises_the_mean_squared_projection():
    """The lecture's u*, among 100,000 directions of the plane."""
    X = cloud(2, 500, seed=1)
    angles = np.linspace(0, np.pi, 100_000)
    candidates = np.array([np.cos(angles), np.sin(angles)])
    centred = X - X.mean(axis=1, keepdims=True)
    best = candidates[:, np.mean((candidates.T @ centred) ** 2, axis=1).argmax()]
    u = PCA(1).fit(X).components[:, 0]
    assert abs(best @ u) > 1 - 1e-8


def test_the_default_method_goes_by_the_shape():
    """Told apart by what only one of them can: a variance of 1e-24 beside 1."""
    tall = np.diag([1.0, 1e-12]) @ np.random.default_rng(0).normal(size=(2, 50))
    variance = tall[1].var()
    assert PCA(2, "svd").fit(tall).explainedVariance[1] == pytest.approx(variance, rel=0.1)
    assert np.array_equal(PCA(2).fit(tall).explainedVariance, PCA(2, "covariance").fit(tall).explainedVariance)
    wide = np.random.default_rng(0).normal(size=(30, 5))
    assert np.array_equal(PCA().fit(wide).components, PCA(method="svd").fit(wide).components)
    assert not np.array_equal(PCA().fit(wide).components, PCA(method="covariance").fit(wide).components)


@pytest.mark.parametrize(("dtype", "offset", "accuracy"), [(np.float32, 3e4, 1e-5), (np.float64, 1e9, 1e-11)])
@pytest.mark.parametrize("method", METHODS)
def test_data_far_from_the_origin(method, dtype, offset, accuracy, monkeypatch):
    monkeypatch.setattr(moments, "ENTRIES", 5 * 1000)
    X = (cloud(5, 20_000) + offset * np.arange(-2, 3)[:, np.newaxis]).astype(dtype)
    near = X.astype(float) - X[:, :1]
    variances = np.linalg.eigvalsh(np.cov(near, bias=True))[::-1]
    pca = PCA(method=method).fit(X)
    assert np.allclose(pca.explainedVariance, variances, rtol=accuracy)
    assert np.allclose(pca.mean - X[:, :1], near.mean(axis=1, keepdims=True), rtol=0, atol=1e-15 * offset + 1e-12)
    assert pca.components.dtype == pca.transform(X).dtype == np.float64


@pytest.mark.parametrize("method", METHODS)
def test_wide_and_tall_data_in_bounded_memory(method):
    def peak(shape):
        X = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        tracemalloc.start()
        PCA(2, method).fit(X)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak((3, 3_000_000)) < 300e6
    if method == "svd":
        assert peak((30_000, 10)) < 30e6


@pytest.mark.parametrize("method", METHODS)
def test_features_without_variance(method):
    X = np.full((4, 10), 0.1)
    X[2] = range(10)
    pca = PCA(method=method).fit(X)
    assert np.allclose(pca.explainedVarianceRatio, [1, 0, 0, 0])
    assert np.allclose(pca.components[:, 0], [0, 0, 1, 0])
    assert np.allclose(pca.components.T @ pca.components, np.eye(4))
    assert np.allclose(pca.reconstruct(X), X)
    still = PCA(method=method).fit(np.zeros((3, 4)))
    assert still.explainedVarianceRatio.tolist() == [0, 0, 0]
    assert np.array_equal(still.reconstruct(np.ones((3, 2))), np.ones((3, 2)))
    with pytest.raises(ValueError, match="whiten to be False, since 1 of the 3 components .*, got True; or use k=1"):
        PCA(3, method, whiten=True).fit(X)
    with pytest.raises(ValueError, match="whiten to be False, since 0 of the 1 components .*, got True$"):
        PCA(1, method, whiten=True).fit(np.zeros((3, 4)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", METHODS)
def test_rounding_is_not_whitened(method, dtype):
    rng = np.random.default_rng(0)
    X = (rng.integers(-9, 10, (30, 3)) @ rng.integers(-9, 10, (3, 500))).astype(dtype)
    with pytest.raises(ValueError, match="3 of the 30 components"):
        PCA(method=method, whiten=True).fit(X)
    assert PCA(3, method, whiten=True).fit(X).components.shape == (30, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_and_loaded_is_equal_to_the_bit(tmp_path, dtype):
    X = cloud(6, 20)
    for k, method, whiten in ((3, "svd", True), (None, None, False)):
        pca = PCA(k, method, whiten).fit(X)
        pca.astype(dtype)
        again = PCA.load(pca.save(tmp_path / "pca.safetensors"))
        assert (again.k, again.method, again.whiten) == (k, method, whiten)
        assert again.config() == pca.config()
        assert repr(again) == repr(pca)
        for name in ("components", "explainedVariance", "explainedVarianceRatio", "mean"):
            assert getattr(again, name).dtype == dtype
            assert np.array_equal(getattr(again, name), getattr(pca, name))
        assert again.totalVariance == pca.totalVariance
        assert np.array_equal(again.reconstruct(X), pca.reconstruct(X))
        assert isinstance(Stored.load(tmp_path / "pca.safetensors"), PCA)
        assert np.array_equal(again.fit(X).components, PCA(k, method, whiten).fit(X).components)
    for kind in (MLP, Model):
        with pytest.raises(TypeError, match="holds a model of kind PCA"):
            kind.load(tmp_path / "pca.safetensors")


def test_before_fit(tmp_path):
    pca = PCA(2)
    for use in (
        lambda: pca.save(tmp_path / "pca"),
        lambda: pca.transform(np.ones((2, 2))),
        lambda: pca.inverseTransform(np.ones((2, 2))),
        lambda: pca.components,
        lambda: pca.totalVariance,
        lambda: pca.astype(np.float32),
    ):
        with pytest.raises(RuntimeError, match="this PCA is not fitted: call fit"):
            use()
    assert list(tmp_path.iterdir()) == []
    assert repr(pca) == "PCA(k=2), not fitted"


def test_precision_follows_the_fit():
    X = cloud(4, 20)
    pca = PCA(2, whiten=True).fit(X)
    exact = pca.reconstruct(X)
    assert pca.transform(X.astype(np.float32)).dtype == np.float64
    assert pca.transform(np.arange(8).reshape(4, 2)).dtype == np.float64
    pca.astype(np.float32)
    codes = pca.transform(X)
    assert codes.dtype == pca.inverseTransform(codes.astype(float)).dtype == np.float32
    assert np.allclose(pca.reconstruct(X), exact, atol=1e-5)
    with pytest.raises(ValueError, match="PCA: expected dtype to be np.float32 or np.float64, got .*float16"):
        pca.astype(np.float16)
    assert pca.fit(X).components.dtype == np.float64


def test_whole_numbers_half_precision_and_lists():
    X = np.random.default_rng(0).integers(0, 256, (3, 40))
    exact = PCA().fit(X.astype(float))
    for kind in (X.astype(np.uint16), X.tolist(), X.astype(np.float16)):
        assert np.allclose(PCA().fit(kind).explainedVariance, exact.explainedVariance, rtol=1e-6)


def test_fit_again_replaces_and_a_failed_one_does_not():
    X, Y = cloud(3, 20), cloud(5, 9, seed=1)
    pca = PCA().fit(X)
    kept = pca.components
    with pytest.raises(ValueError, match="got nan; clean the data"):
        pca.fit(np.full((3, 4), np.nan))
    assert pca.components is kept
    assert np.array_equal(pca.fit(Y).components, PCA().fit(Y).components)
    assert kept.shape == (3, 3)


def test_nothing_given_is_changed():
    X = cloud(3, 20, offset=100.0)
    before = X.copy()
    pca = PCA(2, whiten=True).fit(X)
    codes = pca.transform(X)
    kept = codes.copy()
    pca.inverseTransform(codes)
    assert np.array_equal(X, before)
    assert np.array_equal(codes, kept)


def test_every_argument_changes_the_result():
    X = cloud(5, 40)
    codes = PCA(2).fit(X).transform(X)
    assert PCA(3).fit(X).transform(X).shape == (3, 40)
    assert not np.allclose(PCA(2, whiten=True).fit(X).transform(X), codes)


@pytest.mark.parametrize(
    ("k", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError), ("3", TypeError)]
)
def test_what_k_may_be(k, error):
    with pytest.raises(error, match=f"PCA: expected k to be a whole number of at least 1, got {k!r}"):
        PCA(k)


def test_images_are_taken_for_columns():
    images = np.random.default_rng(0).normal(size=(2, 3, 4, 30))
    columns = images.reshape(24, 30)
    of_images, of_columns = PCA(5).fit(images), PCA(5).fit(columns)
    assert np.array_equal(of_images.components, of_columns.components)
    assert np.array_equal(of_images.transform(images), of_columns.transform(columns))
    assert of_images.reconstruct(images).shape == (24, 30)
    dataset, flat = (Dataset("digits", train_size=200, rng=0, images=asked) for asked in (True, False))
    for name, array in PCA(5).fit(dataset).weights().items():
        assert np.array_equal(array, PCA(5).fit(flat).weights()[name])


def test_bad_arguments():
    with pytest.raises(ValueError, match="PCA: expected method to be one of 'covariance', 'svd', got 'eig'"):
        PCA(method="eig")
    with pytest.raises(TypeError, match="PCA: expected whiten to be True or False, got 1"):
        PCA(whiten=1)
    for X, error, message in (
        (np.ones((3, 1)), ValueError, r"X to be two samples or more, as columns \(d, n\), got \(3, 1\)"),
        (np.ones(3), ValueError, r"columns, \(rows, N\), got \(3,\); x\[:, np.newaxis\] is one column"),
        (np.ones((2, 3, 4)), ValueError, r"got \(2, 3, 4\)"),
        (np.ones((0, 4)), ValueError, r"got \(0, 4\)"),
        (np.ones((3, 0)), ValueError, r"got \(3, 0\)"),
        (np.ones((2, 3, 0, 4)), ValueError, r"got \(2, 3, 0, 4\)"),
        (np.ones((3, 4), complex), TypeError, "X to be real numbers, got dtype.'complex128'"),
        (np.array([["a", "b"]]), TypeError, "X to be real numbers, got dtype.'<U1'"),
        (
            [[1.0, 2.0], [3.0, np.inf]],
            ValueError,
            "got inf; clean the data, it is the first in row 1, column 1",
        ),
        ([[1e200, 2.0], [3.0, -1e200]], ValueError, r"to be numbers whose squares are finite, got 1e\+200; divide it"),
    ):
        for method in METHODS:
            if "squares" not in message or method == "covariance":
                with pytest.raises(error, match=message):
                    PCA(method=method).fit(X)
    with pytest.raises(ValueError, match="PCA.fit: expected k to be at most 4, as many as 4 samples of 6 features"):
        PCA(5).fit(np.ones((6, 4)))
    pca = PCA(2).fit(cloud(3, 20))
    with pytest.raises(ValueError, match=r"X to be columns of shape \(3, N\), got \(20, 3\); transpose it, samples"):
        pca.transform(cloud(3, 20).T)
    with pytest.raises(ValueError, match=r"X to be columns of shape \(3, N\), got \(4, 2\)$"):
        pca.reconstruct(np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"codes to be columns of shape \(2, N\), got \(3, 5\)"):
        pca.inverseTransform(np.ones((3, 5)))
    with pytest.raises(ValueError, match="codes to be finite numbers, got nan; .* first in row 0, column 2"):
        pca.inverseTransform([[0, 0, np.nan], [0, 0, 0]])
    with pytest.raises(TypeError, match="X to be real numbers"):
        pca.transform(np.full((3, 2), "a"))


def test_repr():
    assert repr(PCA()) == "PCA(), not fitted"
    pca = PCA(1, "svd", whiten=True).fit([[0, 0, 2, 2], [0, 1, 0, 1]])
    assert repr(pca) == "PCA(k=1, method='svd', whiten=True): 2 -> 1, 80.0% of the variance"


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_like_scikit_learn(method, whiten):
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
    dataset = Dataset("digits", dtype=np.float64)
    X, test = dataset.trainSet()[0], dataset.testSet()[0]
    theirs = decomposition.PCA(20, whiten=whiten, svd_solver="full").fit(X.T)
    ours = PCA(20, method, whiten).fit(X)
    factor = (X.shape[1] - 1) / X.shape[1]  # theirs have 1/(n - 1)
    assert np.allclose(ours.explainedVariance, factor * theirs.explained_variance_)
    assert np.allclose(ours.explainedVarianceRatio, theirs.explained_variance_ratio_)
    assert np.allclose(np.abs(np.sum(ours.components * theirs.components_.T, axis=0)), 1)
    assert np.allclose(ours.reconstruct(test), theirs.inverse_transform(theirs.transform(test.T)).T)


@pytest.mark.parametrize(("k", "train", "test"), [(30, "14.207105", "13.866266"), (32, "13.518389", "13.193336")])
def test_mnist(k, train, test):
    folder = Path(os.environ.get("LEIBNET_DATA") or Path(__file__).parents[4] / "shared" / "data")
    if not folder.is_dir() or not available("mnist", folder=folder):
        pytest.skip(f"MNIST is not at hand: no files in {folder}; set LEIBNET_DATA to a folder with mnist/")
    dataset = Dataset("mnist", folder=folder)
    pca = PCA(k).fit(dataset)
    for split, size, expected in (("train", 60_000, train), ("test", 10_000, test)):
        chunks = (x.astype(float) for x, _ in dataset.chunks(split))
        assert f"{sum(np.sum((x - pca.reconstruct(x)) ** 2) for x in chunks) / size:.6f}" == expected
    assert pca.totalVariance - pca.explainedVariance.sum() == pytest.approx(float(train), rel=1e-6)


def test_rounding_of_single_precision_is_no_variance():
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(20, 2)) @ rng.normal(size=(2, 500))).astype(np.float32)
    assert (PCA(method="covariance").fit(X).explainedVariance >= 0).all()
    with pytest.raises(ValueError, match="2 of the 20 components have a variance"):
        PCA(method="covariance", whiten=True).fit(X)
