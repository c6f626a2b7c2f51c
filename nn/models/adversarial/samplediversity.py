"""How much a generator's samples differ from one another, beside the data."""

from __future__ import annotations

from leibnet.types import Array

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
        """That of a batch; where all data are equal, that of the batch before."""
        self.last = diversity(samples, data, instead=self.last)
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
