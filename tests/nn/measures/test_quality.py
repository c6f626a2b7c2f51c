"""Measures of samples: Fréchet distance, modes, classes."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense, Flatten, Reshape
from nn import MLP, SampleJudge, frechetDistance, modeCoverage
from optimizer import Adam

rng = np.random.default_rng(0)


@given(features=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_the_frechet_distance_is_a_distance(features, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(features, 20)), 2 * rng.normal(size=(features, 30)) + 1
    assert frechetDistance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechetDistance(a, b) == pytest.approx(frechetDistance(b, a), rel=1e-6)
    assert frechetDistance(a, b) > 0
    shift = rng.normal(size=(features, 1))
    assert frechetDistance(a, a + shift) == pytest.approx(float(np.sum(shift**2)), rel=1e-5, abs=1e-6)


def test_the_frechet_distance_of_gaussians_along_the_axes():
    """Of independent features it is Σ (μ₁ - μ₂)² + (σ₁ - σ₂)²."""
    a, b = rng.normal(size=(3, 200)), rng.normal(size=(3, 200))
    for x in (a, b):  # exactly uncorrelated, of variance 1
        x -= x.mean(axis=1, keepdims=True)
        x[...] = np.linalg.solve(np.linalg.cholesky(np.cov(x)), x)
    sigma, mu = np.array([[1.0], [2.0], [3.0]]), np.array([[0.0], [1.0], [-1.0]])
    expected = float(np.sum(mu**2 + (sigma - 0.5) ** 2))
    assert frechetDistance(sigma * a + mu, 0.5 * b) == pytest.approx(expected)


def test_the_frechet_distance_of_correlated_features_by_scipys_formula():
    """The trace of the root of Σ₁Σ₂ by the eigenvalues of the product itself."""
    a, b = rng.normal(size=(4, 4)) @ rng.normal(size=(4, 500)), rng.normal(size=(4, 4)) @ rng.normal(size=(4, 500))
    one, two = np.cov(a), np.cov(b)
    root = np.sqrt(np.linalg.eigvals(one @ two).real).sum()
    shift = a.mean(axis=1) - b.mean(axis=1)
    assert frechetDistance(a, b) == pytest.approx(shift @ shift + np.trace(one) + np.trace(two) - 2 * root)


def test_mode_coverage_of_the_data_and_of_one_mode():
    ring = Dataset("ring", rng=0)
    points = ring.testSet()[0]
    whole = modeCoverage(points, ring.centres, 0.01)
    assert (whole.covered, whole.modes) == (8, 8)
    assert whole.good == pytest.approx(1 - np.exp(-4.5), abs=0.01)
    assert whole.counts.sum() == round(whole.good * 2000)
    one = modeCoverage(np.tile(ring.centres[:, :1], 5), ring.centres, 0.01)
    assert (one.covered, one.good, one.counts.tolist()) == (1, 1, [5, 0, 0, 0, 0, 0, 0, 0])
    assert str(one) == "1 of 8 modes covered, 100.0% good samples (within 3 deviations of a mode)"
    none = modeCoverage(np.zeros((2, 5)), ring.centres, 0.01)
    assert (none.covered, none.good) == (0, 0)


@pytest.fixture(scope="module")
def digits():
    return Dataset("digits", rng=0)


@pytest.fixture(scope="module")
def judge(digits):
    adam = Adam(lr=0.003)
    classifier = MLP([Dense(64, 32, ReLU(), adam, rng=1), Dense(32, 10, Softmax(), adam, rng=2)])
    classifier.train(digits, epochs=20)
    return SampleJudge(classifier, digits)


def test_the_test_set_itself_is_perfect(judge, digits):
    quality = judge.judge(digits.testSet()[0])
    assert quality.covered == 10
    assert quality.frechet == pytest.approx(0, abs=1e-6)
    assert quality.divergence < 0.01
    assert quality.certainty > 0.9


def test_controls_lie_far_apart(judge):
    controls = judge.controls()
    assert controls["training set"].covered == 10
    assert controls["training set"].frechet < 0.1 * controls["noise"].frechet
    assert controls["training set"].certainty > controls["noise"].certainty
    words = r"10 of 10 classes, their shares 0\.0\d\d nats from the data's, Frechet distance [\d.]+, "
    words += r"9\d\.\d% certain on average"
    assert re.fullmatch(words, str(controls["training set"]))


def test_one_class_is_one_class(judge, digits):
    inputs, labels = digits.testSet()
    threes = inputs[:, (labels[3] == 1) & (judge.classifier.predict(inputs).argmax(axis=0) == 3)]
    quality = judge.judge(threes)
    assert quality.covered == 1
    assert quality.shares.tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    shares = np.bincount(digits.labels("test"), minlength=10) / 360
    some = quality.shares > 0
    expected = np.sum(quality.shares[some] * np.log(quality.shares[some] / shares[some]))
    assert quality.divergence == pytest.approx(expected)


def test_what_the_classifier_is_not_sure_of_covers_no_class(judge):
    unsure = MLP([Dense(64, 32, ReLU(), rng=0), Dense(32, 10, Softmax(), rng=1)])
    unsure.layers[1].weight *= 0.01
    assert SampleJudge(unsure, judge.dataset).judge(judge.dataset.testSet()[0]).covered == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: frechetDistance(np.ones((2, 1)), np.ones((2, 3))),
            ValueError,
            "a to be 2 columns or more, (features, N)",
        ),
        (lambda: frechetDistance(np.ones((2, 3)), np.ones((3, 3))), ValueError, "as many features as a, 2, got 3"),
        (lambda: modeCoverage(np.ones((2, 3)), np.ones((3, 3)), 1), ValueError, "one column or more, (3, N)"),
        (lambda: modeCoverage(np.ones((2, 0)), np.ones((2, 3)), 1), ValueError, "one column or more, (2, N)"),
        (lambda: modeCoverage(np.full((2, 3), np.nan), np.ones((2, 3)), 1), ValueError, "samples to be finite numbers"),
        (lambda: frechetDistance(np.full((2, 3), np.nan), np.ones((2, 3))), ValueError, "a to be finite numbers"),
        (lambda: modeCoverage(np.ones((2, 3)), np.ones((2, 3)), 0), ValueError, "a finite number > 0, got 0"),
        (lambda: modeCoverage(np.ones((2, 3)), np.ones((2, 3)), 1, least=2), ValueError, "least to be a finite number"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_bad_judges(digits):
    good = MLP([Dense(64, 5, ReLU()), Dense(5, 10, Softmax())])
    for make, error, message in [
        (lambda: SampleJudge("classifier", digits), TypeError, "expected classifier to be an MLP such as"),
        (lambda: SampleJudge(MLP([Dense(64, 10)]), digits), ValueError, "two or more layers"),
        (lambda: SampleJudge(MLP([Dense(64, 5), Dense(5, 10)]), digits), ValueError, "ends in a Softmax"),
        (lambda: SampleJudge(MLP([Dense(64, 5), Dense(5, 9, Softmax())]), digits), ValueError, "classes (10)"),
        (lambda: SampleJudge(good, np.ones((64, 5))), TypeError, "SampleJudge: expected dataset to be a Dataset"),
        (lambda: SampleJudge(good, Dataset("digits", test_size=0)), ValueError, "give it a test_size"),
        (lambda: SampleJudge(good, digits).judge(np.ones((64, 1))), ValueError, "2 samples or more, (inputDim, N)"),
    ]:
        with pytest.raises(error) as caught:
            make()
        assert message in str(caught.value)


def tellTale(classes=4):
    """Features = inputs, outputs = softmax(inputs)."""
    one, two = Dense(classes, classes), Dense(classes, classes, Softmax())
    for layer in (one, two):
        layer.weight = np.eye(classes)
    return MLP([one, two])


def judged(trainLabels=(0, 1, 2, 3) * 50, low=0.0):
    labels = np.array([0] * 40 + [1] * 30 + [2] * 20 + [3] * 10)
    inputs = np.log(0.02 + 0.94 * np.eye(4))[:, labels] + np.random.default_rng(0).normal(scale=0.01, size=(4, 100))
    train = np.log(0.02 + 0.94 * np.eye(4))[:, np.array(trainLabels)]
    return SampleJudge(
        tellTale(), Dataset.fromArrays(train, np.array(trainLabels), testInputs=inputs, testLabels=labels)
    ), inputs


def columns(*probabilities):
    return np.log(np.array(probabilities, dtype=float)).T


SURE, UNSURE = (
    [[0.94, 0.02, 0.02, 0.02], [0.02, 0.94, 0.02, 0.02], [0.02, 0.02, 0.94, 0.02], [0.02, 0.02, 0.02, 0.94]],
    [0.49, 0.17, 0.17, 0.17],
)


def test_a_class_is_covered_by_a_tenth_of_its_share_in_sure_samples():
    judge, _ = judged(trainLabels=[0] * 100 + [1] * 20 + [2] * 80)
    assert judge.judge(columns(*[SURE[0]] * 198, *[SURE[1]] * 2)).covered == 2
    assert judge.judge(columns(*[SURE[0]] * 199, SURE[1])).covered == 1
    assert judge.judge(columns(*[SURE[0]] * 193, *[SURE[2]] * 7)).covered == 1
    assert judge.judge(columns(*[SURE[0]] * 192, *[SURE[2]] * 8)).covered == 2
    assert judge.judge(columns(*[SURE[1]] * 100, *[UNSURE] * 100)).covered == 1


def test_a_class_that_nobody_has_is_not_covered_by_nothing():
    judge, _ = judged(trainLabels=[0] * 100 + [1] * 100)
    assert judge.judge(columns(*[SURE[0]] * 100)).covered == 1


@pytest.mark.parametrize(("side", "test_size"), [(3, 500), (11, 3000), (11, 200)])
def test_the_training_set_covers_all_classes_however_many(side, test_size):
    grid = Dataset("grid", side=side, train_size=6000, test_size=test_size, rng=0)
    c = grid.centres
    nearest = MLP([Dense(2, 2), Dense(2, side**2, Softmax())])  # the class of the nearest centre
    nearest.layers[0].weight, nearest.layers[1].weight = np.eye(2), 40 * c.T
    nearest.layers[1].bias = -20 * (c**2).sum(axis=0)[:, np.newaxis]
    judge = SampleJudge(nearest, grid)
    x, labels = grid.trainSet()[0], grid.labels("train")
    assert judge.judge(x).covered == side**2
    assert judge.judge(x[:, labels < 5]).covered == 5


def test_a_rare_class_is_covered_by_its_share():
    labels = np.array([0] * 990 + [1] * 5 + [2] * 5)
    inputs = np.log(0.02 + 0.94 * np.eye(3))[:, labels]
    judge = SampleJudge(tellTale(3), Dataset.fromArrays(inputs, labels, testInputs=inputs, testLabels=labels))
    assert judge.judge(inputs).covered == 3
    assert judge.judge(inputs[:, labels != 1]).covered == 2


def test_divergence_and_certainty():
    judge, _ = judged()
    quality = judge.judge(columns(*[SURE[0]] * 3, UNSURE))
    assert quality.certainty == pytest.approx((3 * 0.94 + 0.49) / 4)
    assert quality.divergence == pytest.approx(np.log(1 / 0.4))
    quality = judge.judge(columns(SURE[0], SURE[3]))
    assert quality.divergence == pytest.approx(0.5 * np.log(0.5 / 0.4) + 0.5 * np.log(0.5 / 0.1))


def test_controls_are_as_many_as_the_test_set_in_its_range_and_the_same_every_time(monkeypatch):
    judge, _ = judged(trainLabels=[0] * 100 + [1] * 100)
    seen, original = [], SampleJudge.judge
    monkeypatch.setattr(SampleJudge, "judge", lambda self, samples: seen.append(samples) or original(self, samples))
    one, two = judge.controls(), judge.controls()
    assert seen[0].shape == seen[1].shape == (4, 100)
    assert seen[1].min() == pytest.approx(np.log(0.02), abs=0.2)
    assert seen[1].min() < -3
    assert str(one) == str(two)
    assert str(judge.controls(rng=1)["noise"]) != str(one["noise"])


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_noise_that_knows_of_no_modes_covers_none(name):
    """By one good sample a mode, uniform noise covers all 25, and a circle all 8."""
    dataset, deviation = Dataset(name, rng=0), {"ring": 0.01, "grid": 0.05}[name]
    source, centres = np.random.default_rng(0), dataset.centres
    low, high = centres.min() - 3 * deviation, centres.max() + 3 * deviation
    noise = modeCoverage(source.uniform(low, high, (2, 100_000)), centres, deviation)
    assert (noise.counts > 0).all()
    assert noise.covered == 0
    assert noise.good < 0.05
    angle = source.uniform(0, 2 * np.pi, 10_000)
    assert modeCoverage(np.stack((np.cos(angle), np.sin(angle))), centres, deviation).covered == 0
    assert modeCoverage(centres.std() * source.normal(size=(2, 10_000)), centres, deviation).covered == 0


@pytest.mark.parametrize(
    ("name", "options"), [("ring", {}), ("grid", {}), ("ring", {"modes": 100}), ("grid", {"side": 9})]
)
def test_the_data_cover_all_modes_and_half_of_them_half(name, options):
    dataset = Dataset(name, rng=0, **options)
    x, deviation = dataset.trainSet()[0], {"ring": 0.01, "grid": 0.05}[name]
    assert modeCoverage(x, dataset.centres, deviation).covered == dataset.classes
    some = dataset.labels("train") < dataset.classes // 2
    assert modeCoverage(x[:, some], dataset.centres, deviation).covered == dataset.classes // 2


def test_a_mode_is_covered_by_a_fifth_of_its_share():
    centres, good = [[0.0, 10.0]], [0.0] * 90
    assert modeCoverage([[*good, *[10.0] * 10]], centres, 1).covered == 2
    assert modeCoverage([[*good, *[10.0] * 9, 99.0]], centres, 1).covered == 1
    assert modeCoverage([[99.0]], centres, 1).covered == 0
    assert modeCoverage([[10.0]], [[0.0, 5.0, 10.0]], 1).covered == 1


def test_any_share_of_a_mode_may_be_asked_for_and_without_one_a_good_sample_is_enough():
    centres, samples = [[0.0, 10.0, 20.0]], [[0.0] * 96 + [10.0] * 3 + [30.0]]
    covered = [modeCoverage(samples, centres, 1, least).covered for least in (0, 0.09, 0.091, 1)]
    assert covered == [2, 2, 1, 1]
    circle = np.stack([part(np.linspace(0, 2 * np.pi, 2501)) for part in (np.cos, np.sin)])
    ring = Dataset("ring", rng=0)
    assert modeCoverage(circle, ring.centres, 0.01, least=0).covered == 8


def test_three_standard_deviations():
    assert modeCoverage([[2.99, 3.01]], [[0.0]], 1).good == 0.5


def test_the_frechet_distance_has_unbiased_covariances():
    assert frechetDistance([[0.0, 2.0]], [[1.0, 1.0]]) == pytest.approx(2)


def test_the_features_are_what_enters_the_last_layer():
    judge, inputs = judged()
    samples = np.random.default_rng(1).normal(size=(4, 50))
    assert judge.judge(samples).frechet == pytest.approx(frechetDistance(samples, inputs), rel=1e-5)


def test_a_judge_of_images_sees_what_one_of_columns_sees(digits):
    images = Dataset("digits", images=True, rng=0)
    ofImages = MLP([Flatten(), Dense(64, 10, Softmax(), rng=2)])
    ofColumns = MLP([Reshape((64,)), Dense(64, 10, Softmax(), rng=2)])
    one, other = SampleJudge(ofImages, images).controls(), SampleJudge(ofColumns, digits).controls()
    assert str(one["training set"]) == str(other["training set"])
    assert str(one["noise"]) == str(other["noise"])


def test_features_of_any_rank_are_flattened(digits):
    class OfCubes(Dense):
        """A Dense layer that takes samples of shape (4, 4, 4)."""

        def __init__(self):
            super().__init__(64, 10, Softmax(), rng=0)
            self.inputShape = (4, 4, 4)

        def _forward(self, x, now, training):
            return super()._forward(x.reshape(64, -1), now, training)

    judge = SampleJudge(MLP([Reshape((4, 4, 4)), OfCubes()]), digits)
    samples = np.random.default_rng(0).random((64, 50))
    assert judge.classifier.predict(samples, until=-1).shape == (4, 4, 4, 50)
    assert judge.judge(samples).frechet == pytest.approx(frechetDistance(samples, digits.testSet()[0]), rel=1e-5)
