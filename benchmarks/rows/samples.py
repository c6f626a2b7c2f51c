"""What the samples of VAE and GAN are worth, by the eyes of one classifier."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from figures.row import Setting

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense
from loss import CategoricalCrossEntropy
from nn import MLP, SampleJudge, SampleQuality
from optimizer import Adam, Cosine


def judge(now: Setting) -> SampleJudge:
    """The same for every seed and model, so that its distances can be compared: 784-256-64-10, five epochs."""
    dataset, adam = Dataset(now.images, batch_size=50, rng=0), Adam(lr=0.001)
    sizes = (dataset.inputDim, 256, 64)
    classifier = MLP(Dense(a, b, ReLU(), adam, rng=i) for i, (a, b) in enumerate(pairwise(sizes)))
    classifier.addLayer(Dense(64, 10, Softmax(), adam, rng=2))
    classifier.train(dataset, CategoricalCrossEntropy(), now.epochs(5), [], schedule=Cosine())
    return SampleJudge(classifier, dataset)


def quality(found: SampleQuality) -> dict[str, float]:
    """Fréchet distance, digits covered, and the divergence of their frequencies from 1/10 each."""
    shares = found.shares[found.shares > 0]
    uniform = float(np.log(len(found.shares)) + np.sum(shares * np.log(shares)))
    return {"Fréchet distance": found.frechet, "digits": found.covered, "divergence": uniform}
