"""What the samples of a generative model are worth, measured instead of guessed from its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leibnet import randomness
from leibnet.arguments import instance, number, randomGenerator, refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from dataset import Dataset
from nn.models.mlp import MLP

COVERING = 0.1  # of a class's share in the training set


@dataclass(frozen=True)
class SampleQuality:
    """Some samples, as a classifier sees them.

    Attributes
    ----------
    shares : (classes,), the share of the samples that the classifier takes for each class.
    covered : how many classes have at least a tenth of the samples that their share in the training set asks for, each
        with a certainty above one half. Uniform classes: 1 % of ten, 0.08 % of 121.
    divergence : KL(shares ‖ the data's shares) in nats: 0 if the classes are as frequent as in the data, infinite if
        the samples have a class that the test set lacks.
    frechet : the Fréchet distance of the classifier's features of samples and test set.
    certainty : the classifier's largest output, averaged over the samples.
    """

    shares: Array
    covered: int
    divergence: float
    frechet: float
    certainty: float

    def __str__(self) -> str:
        return (
            f"{self.covered} of {len(self.shares)} classes, their shares {self.divergence:.3f} nats from the data's, "
            f"Frechet distance {self.frechet:.2f}, {self.certainty:.1%} certain on average"
        )


class SampleJudge:
    """Compares samples with a data set through a classifier's eyes, as the inception score and the FID do with a larger
    one (Salimans et al. 2016, arXiv:1606.03498; Heusel et al. 2017, arXiv:1706.08500).

    The features are what enters the classifier's last layer, as columns. Distances depend on the classifier: compare
    only those of one judge, and with its `controls`.

    Parameters
    ----------
    classifier : a trained MLP that ends in a Softmax over the data set's classes.
    dataset : the data set it was trained on; the test set is the reference.

    Example
    -------
    >>> from activations import ReLU, Softmax
    >>> from layers import Dense
    >>> from optimizer import Adam
    >>> digits = Dataset("digits", rng=0)
    >>> classifier = MLP(
    ...     [Dense(64, 32, ReLU(), Adam(lr=0.003), rng=1), Dense(32, 10, Softmax(), Adam(lr=0.003), rng=2)]
    ... )
    >>> history = classifier.train(digits, epochs=20)
    >>> judge = SampleJudge(classifier, digits)
    >>> judge.judge(digits.trainSet()[0]).covered
    10
    """

    def __init__(self, classifier: MLP, dataset: Dataset) -> None:
        owner = "SampleJudge"
        instance(owner, "classifier", classifier, MLP, "MLP([Dense(784, 100, ReLU()), Dense(100, 10, Softmax())])")
        if len(classifier.layers) < 2 or classifier.objective.link != "Softmax":
            expected = "a classifier of two or more layers that ends in a Softmax"
            raise ValueError(refusal(owner, "classifier", expected, classifier))
        instance(owner, "dataset", dataset, Dataset, 'Dataset("mnist")')
        if dataset.classes is None or classifier.outputShape != (dataset.classes,):
            expected = f"a classifier for the data set's classes ({dataset.classes})"
            raise ValueError(refusal(owner, "classifier", expected, classifier.outputShape))
        if dataset.test_size < 2:
            expected = "a data set with test samples, two or more, to compare with"
            raise ValueError(refusal(owner, "dataset", expected, dataset, "give it a test_size"))
        self.classifier, self.dataset = classifier, dataset
        self._features = _Gaussian.of("SampleJudge", "features", self._featuresOf(dataset.testSet()[0]))
        self._shares = _shares(dataset.labels("test"), dataset.classes)
        self._learnt = _shares(dataset.labels("train"), dataset.classes)

    def judge(self, samples: Any) -> SampleQuality:
        """The quality of 2 samples or more, (inputDim, N) or of the shape that the classifier takes, in the data set's
        range of values."""
        samples = realNumbers("judge", "samples", samples, scaled=True)
        if samples.ndim < 2 or samples.shape[-1] < 2:
            raise ValueError(refusal("judge", "samples", "2 samples or more, (inputDim, N)", samples.shape))
        outputs = self.classifier.predict(samples)
        classes, certainty = outputs.argmax(axis=0), outputs.max(axis=0)
        shares, sure = _shares(classes, len(outputs)), np.bincount(classes[certainty > 0.5], minlength=len(outputs))
        return SampleQuality(
            shares,
            int(np.count_nonzero((sure > 0) & (sure >= COVERING * len(classes) * self._learnt))),
            _divergence(shares, self._shares),
            self._features.distance(_Gaussian.of("judge", "features", self._featuresOf(samples))),
            float(certainty.mean()),
        )

    def controls(self, rng: np.random.Generator | int | None = 0) -> dict[str, SampleQuality]:
        """The quality of what is known: training samples, the best there can be, and uniform noise, the worst.

        `rng`: generator or seed for the noise; default 0, None for the library's own generator.
        """
        samples = self.dataset.trainSet()[0][..., : self.dataset.test_size]
        source = randomGenerator("controls", rng) or randomness.networks.generator
        noise = source.uniform(samples.min(), samples.max(), samples.shape)
        return {"training set": self.judge(samples), "noise": self.judge(noise)}

    def _featuresOf(self, inputs: Array) -> Array:
        """What enters the last layer, as columns (features, N)."""
        features = self.classifier.predict(inputs, until=-1)
        return features.reshape(-1, features.shape[-1])


@dataclass(frozen=True)
class ModeCoverage:
    """How samples in the plane lie about the centres of a mixture of Gaussians.

    Attributes
    ----------
    modes : number of centres.
    covered : how many of them have `least` of the good samples that their share, 1/modes of all, asks for: a fifth.
    good : the share of samples within three standard deviations of a centre.
    counts : (modes,), the number of good samples of each centre.
    """

    modes: int
    covered: int
    good: float
    counts: Array

    def __str__(self) -> str:
        near = "within 3 deviations of a mode"
        return f"{self.covered} of {self.modes} modes covered, {self.good:.1%} good samples ({near})"


def modeCoverage(samples: Any, centres: Any, deviation: float, least: float = 0.2) -> ModeCoverage:
    """Which modes of a mixture of Gaussians of equal weight the samples cover.

    A sample is good within three standard deviations of a centre, as in Srivastava et al. 2017 (VEEGAN,
    arXiv:1705.07761). There, and with PacGAN (Lin et al. 2018, arXiv:1712.04086), one good sample of 2,500 covers a
    mode, so that uniform noise covers all of them: that is `least=0`. Here, it takes a fifth of those that the mode's
    share asks for. How blurred the modes are, `good` says; `counts` has the numbers for another rule.

    Parameters
    ----------
    samples : (dim, N).
    centres : (dim, modes); `dataset.centres` of "ring" and "grid".
    deviation : standard deviation of each Gaussian. A sample is good within three of them of the nearest centre.
    least : the share of its good samples that a mode has if it is covered, 0 <= least <= 1; default a fifth. With 0,
        one good sample is enough.

    Example
    -------
    >>> print(modeCoverage([[0.0, 0.1, 5.0], [0.0, 0.0, 0.0]], [[0, 1], [0, 0]], deviation=0.05))
    1 of 2 modes covered, 66.7% good samples (within 3 deviations of a mode)
    """
    owner, double = "modeCoverage", np.dtype(float)
    samples = realNumbers(owner, "samples", samples, double, finite=True)
    centres = realNumbers(owner, "centres", centres, double, finite=True)
    if centres.ndim != 2:
        raise ValueError(refusal(owner, "centres", "columns (dim, modes)", centres.shape))
    if samples.ndim != 2 or not samples.shape[1] or len(samples) != len(centres):
        expected = f"one column or more, ({len(centres)}, N) as the centres have {len(centres)} rows"
        raise ValueError(refusal(owner, "samples", expected, samples.shape))
    deviation = number(owner, "deviation", deviation, low=0, excluding="low")
    least = number(owner, "least", least, low=0, high=1)
    distances = np.linalg.norm(samples[:, :, None] - centres[:, None, :], axis=0)  # (N, modes)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= 3 * deviation
    counts = np.bincount(nearest[good], minlength=centres.shape[1])
    covered = int(np.count_nonzero((counts > 0) & (counts >= least * samples.shape[1] / centres.shape[1])))
    return ModeCoverage(centres.shape[1], covered, float(good.mean()), counts)


def frechetDistance(a: Any, b: Any) -> float:
    """The Fréchet distance of two sets of columns, each taken for a Gaussian.

        ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½)

    Dowson & Landau 1982. Parameters: (features, N) and (features, M), N and M at least 2.

    Example
    -------
    >>> a = np.random.default_rng(0).normal(size=(2, 500))
    >>> round(frechetDistance(a, a + [[3.0], [4.0]]), 6)
    25.0
    """
    one, other = _Gaussian.of("frechetDistance", "a", a), _Gaussian.of("frechetDistance", "b", b)
    if one.mean.shape != other.mean.shape:
        expected = f"columns of as many features as a, {len(one.mean)}"
        raise ValueError(refusal("frechetDistance", "b", expected, len(other.mean)))
    return one.distance(other)


@dataclass(frozen=True)
class _Gaussian:
    """The normal distribution with mean and covariance (1/(N - 1)) of columns."""

    mean: Array
    covariance: Array

    @staticmethod
    def of(owner: str, name: str, columns: Any) -> _Gaussian:
        columns = realNumbers(owner, name, columns, np.dtype(float), finite=True, scaled=True)
        if columns.ndim != 2 or columns.shape[1] < 2:
            raise ValueError(refusal(owner, name, "2 columns or more, (features, N)", columns.shape))
        return _Gaussian(columns.mean(axis=1), np.atleast_2d(np.cov(columns)))

    def distance(self, other: _Gaussian) -> float:
        """The Fréchet distance of the two."""
        # tr (Σ₁Σ₂)^½ is the sum of the roots of the eigenvalues of Σ₁Σ₂, which are those of Σ₁^½ Σ₂ Σ₁^½, symmetric
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
        product = np.linalg.eigvalsh(root @ other.covariance @ root)
        shift = self.mean - other.mean
        traces = np.trace(self.covariance) + np.trace(other.covariance)
        return max(0.0, float(shift @ shift + traces - 2 * np.sqrt(np.maximum(product, 0)).sum()))


def _shares(classes: Array, count: int) -> Array:
    return np.bincount(classes, minlength=count) / len(classes)


def _divergence(p: Array, q: Array) -> float:
    """KL(p ‖ q) in nats."""
    some = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[some] * np.log(p[some] / q[some])))
