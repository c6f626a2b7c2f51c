"""Nearest neighbours, clusters and their agreement with classes, and the tables made of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import Dataset
from nn import PCA, KMeans, LinearProbe, NearestNeighbours, clusterAgreement, compareCodes, fewLabels
from nn.measures.codes import nearestneighbours

DIGITS = Dataset("digits", train_size=400, validation_size=200, test_size=200, rng=0)


@given(st.integers(1, 4), st.integers(1, 30), st.integers(1, 5), st.integers(0, 99))
def test_the_neighbours_are_the_nearest(features, count, k, seed):
    rng, k = np.random.default_rng(seed), min(k, count)
    codes, labels, asked = rng.normal(size=(features, count)), rng.integers(0, 3, count), rng.normal(size=(features, 7))
    for column, found in zip(asked.T, NearestNeighbours(k).fit(codes, labels).predict(asked), strict=True):
        order = np.argsort(np.linalg.norm(codes - column[:, None], axis=0))[:k]
        votes = np.bincount(labels[order], minlength=3)
        assert votes[found] == votes.max()
        assert found == next(label for label in labels[order] if votes[label] == votes.max())


def test_neighbours_in_pieces_are_the_same(monkeypatch):
    x, t = DIGITS.trainSet()[0], DIGITS.testSet()[0]
    neighbours = NearestNeighbours(3).fit(x, DIGITS.labels("train"))
    found = neighbours.predict(t)
    monkeypatch.setattr(nearestneighbours, "ENTRIES", 1000)
    assert np.array_equal(neighbours.predict(t), found)
    assert neighbours.accuracy(t, DIGITS.labels("test")) == np.mean(found == DIGITS.labels("test")) > 0.9


def test_clusters_that_lie_apart_are_found():
    rng = np.random.default_rng(0)
    centres = 20 * rng.normal(size=(3, 6))
    labels = rng.integers(0, 6, 300)
    x = centres[:, labels] + rng.normal(size=(3, 300))
    clusters = KMeans(6).fit(x)
    assert clusterAgreement(labels, clusters.predict(x)).randIndex == 1
    nearest = np.abs(clusters.centres[:, :, None] - centres[:, None]).max(axis=0).min(axis=0)
    assert nearest.max() < 1
    distances = np.linalg.norm(x[:, :, None] - clusters.centres[:, None], axis=0)
    assert clusters.inertia == pytest.approx((distances.min(axis=1) ** 2).sum())


@given(st.integers(1, 3), st.integers(1, 12), st.integers(0, 99))
def test_centres_are_at_rest(features, count, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, (features, count)).astype(float)  # with equal codes among them
    k = int(rng.integers(1, count + 1))
    clusters = KMeans(k, restarts=2).fit(x)
    cluster = clusters.predict(x)
    for one in np.unique(cluster):
        np.testing.assert_allclose(clusters.centres[:, one], x[:, cluster == one].mean(axis=1), atol=1e-12)


def test_a_centre_without_codes_goes_to_one():
    clusters = KMeans(3).fit([[5.0, 5.0, 9.0, 9.0]])
    assert set(clusters.centres.ravel()) == {5, 9}
    assert clusters.inertia == 0


def test_more_restarts_are_no_worse_and_the_seed_decides():
    x = DIGITS.trainSet()[0]
    sums = [KMeans(10, restarts, rng=3).fit(x).inertia for restarts in (1, 5)]
    assert sums[1] <= sums[0]
    assert np.array_equal(KMeans(10, 1).fit(x).centres, KMeans(10, 1).fit(x).centres)
    assert not np.array_equal(KMeans(10, 1, rng=1).fit(x).centres, KMeans(10, 1).fit(x).centres)


@settings(max_examples=30)
@given(st.integers(2, 40), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_the_agreement_by_its_definitions(count, classes, clusters, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, classes, count), rng.integers(0, clusters, count)
    found = clusterAgreement(a, b)
    assert found.purity == pytest.approx(sum(np.bincount(a[b == one]).max() for one in np.unique(b)) / count)
    other = clusterAgreement(b, a)
    assert found.mutualInformation == pytest.approx(other.mutualInformation)
    assert found.randIndex == pytest.approx(other.randIndex)
    metrics = pytest.importorskip("sklearn.metrics", reason="the extra sklearn is not installed")
    assert found.mutualInformation == pytest.approx(metrics.normalized_mutual_info_score(a, b), abs=1e-9)
    assert found.randIndex == pytest.approx(metrics.adjusted_rand_score(a, b))


def test_kinds_of_codes_side_by_side():
    pca = PCA(5).fit(DIGITS)
    comparison = compareCodes({"pixels": lambda x: x, "PCA, 5": pca.transform}, DIGITS, neighbours=3, restarts=2)
    assert (comparison["pixels"].features, comparison["PCA, 5"].features) == (64, 5)
    assert comparison["pixels"].probe > comparison["PCA, 5"].probe > 0.7
    near = NearestNeighbours(3).fit(pca.transform(DIGITS.trainSet()[0]), DIGITS.labels("train"))
    assert comparison["PCA, 5"].neighbours == near.accuracy(pca.transform(DIGITS.testSet()[0]), DIGITS.labels("test"))
    lines = str(comparison).splitlines()
    assert lines[0].split("  ")[0] == "codes"
    assert [line[:8].strip() for line in lines[1:]] == ["pixels", "PCA, 5"]
    assert len({len(line) for line in lines}) == 1
    assert f"{1 - comparison['pixels'].probe:.2%}" in lines[1]


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_codes_that_lie_far_from_0(precision):
    """In single precision, products of codes around 10,000 say nothing of distances around 1."""
    rng, far = np.random.default_rng(0), 10_000
    labels = np.arange(200) % 2
    codes = (rng.normal(size=(16, 200)) + 3 * labels).astype(precision)
    for shift in (0, far):
        near = NearestNeighbours(3).fit(codes[:, :100] + precision(shift), labels[:100])
        assert near.accuracy(codes[:, 100:] + precision(shift), labels[100:]) == 1
    here, there = KMeans(2).fit(codes), KMeans(2).fit(codes + precision(far))
    assert there.inertia == pytest.approx(here.inertia, rel=1e-3)
    assert there.centres.dtype == precision
    assert there.centres - far == pytest.approx(here.centres, abs=2e-3)
    assert np.array_equal(there.predict(codes + precision(far)), here.predict(codes))


def test_neighbours_are_those_of_the_fit():
    """Also where the caller fills the array anew."""
    codes = np.array([[0.0, 1.0]])
    near = NearestNeighbours(1).fit(codes, [0, 1])
    codes[:] = 5
    assert near.predict([[0.1, 0.9]]).tolist() == [0, 1]


def test_few_labels():
    pca = PCA(10).fit(DIGITS)
    few = fewLabels({"pixels": lambda x: x, "PCA": pca.transform}, DIGITS, perClass=(1, 10), draws=2)
    assert few.labels.tolist() == [10, 100]
    assert (few.accuracy["pixels"][1], few.accuracy["PCA"][1]) > (few.accuracy["pixels"][0], few.accuracy["PCA"][0])
    again = fewLabels({"PCA": pca.transform}, DIGITS, perClass=(1, 10), draws=2)
    assert np.array_equal(again.accuracy["PCA"], few.accuracy["PCA"])  # the same samples for all codes
    labels, errors = few.curves()["pixels"]
    np.testing.assert_allclose(errors, 100 * (1 - few.accuracy["pixels"]))
    assert labels is few.labels
    assert str(few).splitlines()[0].split() == ["labels", "10", "100"]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: NearestNeighbours(0), ValueError, "k to be a whole number of at least 1"),
        (lambda: NearestNeighbours(3).fit(np.ones((2, 2)), [0, 1]), ValueError, "k = 3 columns or more, got (2, 2)"),
        (lambda: KMeans(3).fit(np.ones((2, 2))), ValueError, "k = 3 columns or more, got (2, 2)"),
        (lambda: KMeans(3, restarts=0), ValueError, "restarts to be a whole number of at least 1"),
        (lambda: KMeans(1).fit(np.ones((2, 2))).predict(np.ones((3, 2))), ValueError, "columns of shape (2, N)"),
        (lambda: clusterAgreement([0, 1], [0]), ValueError, "clusters to be class numbers (2,)"),
        (lambda: compareCodes({}, DIGITS), TypeError, "encoders to be a dict from names to functions"),
        (lambda: compareCodes({"x": abs}, "mnist"), TypeError, "dataset to be a Dataset such as"),
        (lambda: compareCodes({"x": abs}, Dataset("digits", test_size=0)), ValueError, "with classes and test samples"),
        (lambda: compareCodes({"x": lambda x: x[0]}, DIGITS), ValueError, "what 'x' gives to be one column or more"),
        (lambda: fewLabels({"x": abs}, DIGITS, perClass=[1000]), ValueError, "numbers up to 33, of the rarest class"),
        (lambda: fewLabels({"x": abs}, DIGITS, perClass=[]), ValueError, "perClass to be numbers up to"),
        (lambda: fewLabels({"x": abs}, DIGITS, perClass=5), TypeError, "perClass to be whole numbers such as"),
        (lambda: fewLabels({"x": 5}, DIGITS), TypeError, "fewLabels: expected encoders to be a dict"),
        (lambda: compareCodes({"x": 5}, DIGITS), TypeError, "encoders to be a dict from names to functions"),
        (lambda: compareCodes({"x": np.transpose}, DIGITS), ValueError, "what 'x' gives to be a column for each of "),
        (lambda: clusterAgreement([], []), ValueError, "labels to be one class number or more"),
        (lambda: KMeans(2).predict(np.ones((2, 2))), RuntimeError, "this KMeans is not fitted: call fit first"),
        (lambda: NearestNeighbours().predict(np.ones((2, 2))), RuntimeError, "this NearestNeighbours is not fitted"),
        (lambda: LinearProbe().predict(np.ones((2, 2))), RuntimeError, "this LinearProbe is not fitted"),
        (lambda: LinearProbe(0.1), TypeError, "penalties to be numbers such as [0.1, 0.01], got 0.1"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)
