"""How much a generator's samples differ from one another, beside the data."""

from __future__ import annotations

from leibnet.ranks import averaged, current
from leibnet.types import Array

import numpy as np

from layers import Chain
from nn.models.statistics.spread import Spread
from nn.watch.collapse import diversity


class SampleDiversity:
    """The variance of samples over that of the data: of a batch in a training, and of all samples of an evaluation.

    What an evaluation has seen is kept in the generator's pass "inference", of which every thread has its own.

    Attributes
    ----------
    last : that of the last batch; 1 before the first.
    """

    def __init__(self) -> None:
        self.last = 1.0

    def ofBatch(self, samples: Array, data: Array) -> float:
        """That of a batch, of several ranks together; where all data are equal, that of the batch before."""
        if current() is None:
            self.last = diversity(samples, data, instead=self.last)
        else:
            spread, found = _of_all_ranks(data), _of_all_ranks(samples)
            self.last = found / spread if spread > 0 else self.last
        return self.last

    def begin(self, generator: Chain) -> None:
        """Begins an evaluation of this generator."""
        with generator.use("inference"):
            generator.now.spreads = Spread(), Spread()

    def add(self, generator: Chain, samples: Array, data: Array) -> None:
        """Takes in some samples and data of the evaluation."""
        with generator.use("inference"):
            for spread, columns in zip(generator.now.spreads, (samples, data), strict=True):
                spread.add(columns)

    def overall(self, generator: Chain) -> float:
        """That of all samples of the evaluation; 1 where all data are equal."""
        with generator.use("inference"):
            samples, data = (spread.variance() for spread in generator.now.spreads)
        return float(samples / data) if data > 0 else 1.0


def _of_all_ranks(columns: Array) -> float:
    """The variance of all ranks' columns (..., n), summed over the features."""
    rows = columns.reshape(-1, columns.shape[-1]).astype(float)
    mean = rows.mean(axis=1)
    centred = rows - mean[:, np.newaxis]
    square = float(np.vdot(centred, centred)) / rows.shape[1] + float(mean @ mean)
    square, *means = averaged(np.array([square, *mean])).tolist()
    return max(0.0, square - float(np.dot(means, means)))
