"""The Wasserstein game."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from loss.adversarial.outputgame import OutputGame


class Wasserstein(OutputGame):
    """D descends mean z over samples - mean z over data, and G -mean z

    Where D is constrained to functions with slopes of at most 1, the best D's loss is minus the Wasserstein distance

        W(p, q) = max over D with |D(x) - D(y)| ≤ |x - y| of  E_p[D(x)] - E_q[D(x)]        (Kantorovich, Rubinstein)

    of data and samples: so it falls as they come near each other, also where they do not overlap, which cross-entropy
    does not see. D must be constrained, by `WeightClipping`, a `GradientPenalty` or `SpectralNormalization`: the loss
    itself has no bound. Such a D is called a critic: its output has no zero. Arjovsky et al. 2017, arXiv:1701.07875;
    third lecture.

    Example
    -------
    >>> z = np.array([[1.0, 3.0, 7.0, 5.0]])  # two samples, two of the data
    >>> Wasserstein().critic(z, fakes=2)[0]
    -4.0
    """

    bounded = False

    @property
    def undecided(self) -> float:
        """0; any number would do, see `boundary`."""
        return 0.0

    def boundary(self, outputs: Array) -> float:
        """The mean of the outputs: a critic's outputs say which is more real, and not what is real."""
        return float(np.mean(outputs, dtype=float)) if outputs.size else 0.0

    def _forSamples(self, z: Array) -> tuple[Array, float]:
        return z, 1.0

    def _forData(self, z: Array) -> tuple[Array, float]:
        return -z, -1.0

    def _forGenerator(self, z: Array) -> tuple[Array, float]:
        return -z, -1.0
