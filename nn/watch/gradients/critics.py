"""Critics that guide no generator: weights clipped to next to nothing, slopes without bound, or hardly any."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from layers import Chain, Layer
from nn.watch import sentences
from nn.watch.collapse import varianceOf
from nn.watch.reading import initialScales, inner, weightOf
from nn.watch.symptom import Finding, Observation, Symptom

STEEP = 10.0  # of a critic whose slopes are to be 1; the healthiest have up to 2.3
FLAT = 1e-5  # with a clipping that leaves the critic something to say, 2e-5 to 0.4
NARROW = 0.02  # of Glorot's initialisation, as of other weights that are too small


def criticSymptoms(
    critic: Chain, limit: float | None = None, target: float | None = None, bounded: bool = True
) -> list[Symptom]:
    """The symptoms of one discriminator.

    Parameters
    ----------
    critic : the discriminator.
    limit : where its weights are clipped; None for one whose weights are not.
    target : the slope that a penalty wants; None where there is no penalty.
    bounded : whether its loss has a lower bound, so that its slopes need none.
    """
    if limit is not None and (narrow := NarrowClipping(critic, limit)).layers:
        return [narrow]
    return [CriticSlopes(critic, limit, target, bounded)] if limit is not None or not bounded else []


class NarrowClipping(Symptom):
    """Weights that are clipped to less than a fiftieth of Glorot's initialisation: signals and gradients fade.

    Parameters
    ----------
    critic : the discriminator.
    limit : no weight is larger.
    """

    rank, patience, once = 0, 1, True

    def __init__(self, critic: Chain, limit: float) -> None:
        super().__init__()
        self._limit = limit
        weights = [(layer, weightOf(layer)) for layer in inner(list(critic.leaves().values()))]
        usual = [(layer, initialScales(weight)[0]) for layer, weight in weights if weight is not None]
        self._found = [(layer, glorot) for layer, glorot in usual if limit < NARROW * glorot]

    @property
    def layers(self) -> list[Layer]:
        """Where it is so."""
        return [layer for layer, _ in self._found]

    def find(self, seen: Observation) -> Finding | None:
        if not self._found:
            return None
        (layer, glorot), *others = self._found
        also = [layer for layer, _ in others]
        return sentences.NARROW_CLIPPING.of(layer, also, limit=self._limit, glorot=glorot)


class CriticSlopes(Symptom):
    """A critic whose slopes nothing holds in bounds, or a clipped one that says the same of everything.

        sd(z) ≤ K sd(x)        for outputs z of inputs x, where no slope exceeds K

    sd(x)² is the variance summed over the features. So sd(z)/sd(x) is a slope that the critic has at the least. Above
    10 times what is wanted, the critic's loss, if it has no bound, grows without end; below 1e-5, rounding and Adam's ε
    are as large as what the generator is told.

    Parameters
    ----------
    critic, limit, target, bounded : see `criticSymptoms`.
    """

    rank = 0
    epochs, steps = 1, 50

    def __init__(self, critic: Chain, limit: float | None, target: float | None, bounded: bool) -> None:
        super().__init__()
        self._critic, self._limit, self._bounded = critic, limit, bounded
        self._target, self._slope = target, 0.0

    def find(self, seen: Observation) -> Finding | None:
        spread, said = _deviation(self._critic.input), _deviation(self._critic.preactivation)
        if not spread > 0:
            return None
        self._slope, limit = said / spread, self._limit
        last = list(self._critic.leaves().values())[-1]
        wanted = max(1.0, self._target or 0.0)
        if not self._bounded and self._slope > STEEP * wanted:
            cure = "GradientPenalty()" if self._target is None else "a larger weight of the penalty"
            cure += "" if limit is None else f", or a limit of {limit / 10:g}"
            return sentences.STEEP_CRITIC.of(last, slope=self._slope, wanted=wanted, cure=cure)
        if limit is not None and self._slope < FLAT:
            return sentences.FLAT_CRITIC.of(last, slope=self._slope, limit=limit)
        return None

    def figures(self) -> str:
        return f"the critic's outputs differ {self._slope:.3g} times as much as what it is shown"


def _deviation(columns: Array) -> float:
    """The standard deviation of columns (..., N): the root of their variance summed over the features."""
    return float(np.sqrt(varianceOf(columns)))
