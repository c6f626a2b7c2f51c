"""Gradients on their way back through time, in recurrent layers."""

from __future__ import annotations

from collections.abc import Iterable

from leibnet.types import Array

import numpy as np

from layers import Layer, Recurrent
from nn.watch import sentences
from nn.watch.guesses import Guesses
from nn.watch.reading import isUntrained
from nn.watch.symptom import Finding, Observation, Symptom

EXPLODED = 1e3  # the largest gradient of a state against the largest that comes from the layers above
FADED = 1e-3  # the gradient of a state against the largest, at the horizon
VANISHED = 1e-6  # the same, at the first step of the sequence
LEARNT = 0.9  # of the loss of guessing
COUNT = 5  # batches over whose losses a mean is taken


class ExplodingThroughTime(Symptom):
    """Gradients that explode on their way back through the steps of a recurrent layer.

    ‖dLoss/dh_t‖ grows to a thousand times the largest gradient that comes to the layer from above. Pascanu et al.
    2013, "On the difficulty of training recurrent neural networks". In healthy trainings, of 100 steps, it stays below
    50 times, and with ReLUs of too large weights, that learn all the same, 400.

    Parameters
    ----------
    layers : those of a network; the recurrent ones are looked at.
    """

    rank = 4

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self._layers = [layer for layer in layers if isinstance(layer, Recurrent)]

    def find(self, seen: Observation) -> Finding | None:
        for layer in self._layers:
            if (horizon := horizonOfExplosion(layer)) is not None:
                sizes, given = sizesThroughTime(layer)
                ratio = sizes.max() / max(given, 1e-300)
                return sentences.EXPLODING_THROUGH_TIME.of(layer, horizon=horizon, steps=len(sizes), ratio=ratio)
        return None


class VanishingThroughTime(Symptom):
    """Gradients that vanish on their way back through the steps of a recurrent layer, in a network that learns nothing.

    ‖dLoss/dh_t‖ falls to a millionth until the first step, so that the end knows nothing of the beginning (Hochreiter
    1991; Bengio et al. 1994). That is as it should be where the last steps say all; so it counts as long as the loss
    stays above 0.9 of that of guessing. It cannot be seen where there are labels of every step, from which gradients
    come everywhere.

    Parameters
    ----------
    layers : those of a network; the recurrent ones are looked at.
    guesses : its losses, beside those of guessing.
    """

    rank = 4
    epochs, steps = 1, 500

    def __init__(self, layers: Iterable[Layer], guesses: Guesses) -> None:
        super().__init__()
        self._layers = [layer for layer in layers if isinstance(layer, Recurrent)]
        self._guesses = guesses

    def find(self, seen: Observation) -> Finding | None:
        if not self._layers or isUntrained(self._layers):
            return None
        self._guesses.note(seen.labels)
        loss, guess = self._guesses.means(COUNT)
        if not loss > LEARNT * guess > 0:
            return None
        for layer in self._layers:
            sizes, _ = sizesThroughTime(layer)
            if len(sizes) and sizes[0] < VANISHED * sizes.max():
                horizon = int((sizes[::-1] < FADED * sizes.max()).argmax())
                return sentences.VANISHING_THROUGH_TIME.of(
                    layer, horizon=horizon, steps=len(sizes), ratio=sizes[0] / sizes.max()
                )
        return None


def horizonOfExplosion(layer: Recurrent) -> int | None:
    """After how many steps back ‖dLoss/dh_t‖ is a thousand times the largest from above; None if it never is."""
    sizes, given = sizesThroughTime(layer)
    exploded = sizes[::-1] > EXPLODED * given
    return int(exploded.argmax()) if exploded.any() else None


def sizesThroughTime(layer: Recurrent) -> tuple[Array, float]:
    """‖dLoss/dh_t‖ of every step up to the last that has a gradient, and the largest that comes from above.

    In the order of the layer's own steps: those of a layer that reads backwards are turned. None of a frozen one.
    """
    if not layer.hasGradients:
        return np.empty(0), 0.0
    sizes = _norms(layer.stateGradient())
    last = np.flatnonzero(sizes)
    return sizes[: last[-1] + 1] if len(last) else sizes[:0], float(_norms(layer.now.dy).max(initial=0))


def _norms(steps: Array) -> Array:
    """The norm of every step, (steps,), in double precision."""
    rows = steps.reshape(len(steps), -1).astype(float)
    return np.sqrt(np.einsum("tn,tn->t", rows, rows))
