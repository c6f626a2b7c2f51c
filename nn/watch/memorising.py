"""A training set that is learnt by heart."""

from __future__ import annotations

from nn.watch.guesses import Guesses
from nn.watch.symptom import Observation

LEARNT, WELL = 0.9, 0.5  # of the loss of guessing, in training
WORSE = 1.3  # the same, for other samples


class Memorising:
    """Notices that what was learnt does not hold for other samples.

    A loss of other samples above that of guessing counts from the second entry of the metrics in a row: what is learnt
    fast is better by the next.

    Parameters
    ----------
    guesses : the network's losses and accuracies, beside those of guessing.
    """

    def __init__(self, guesses: Guesses) -> None:
        self._guesses = guesses
        self._heldOut: object = None  # the last entry, and how many in a row were bad
        self._bad = 0

    def failure(self, seen: Observation, loss: float, guess: float, count: int) -> str:
        """What does not hold for other samples, in words; "" if all does, or nobody knows.

        `loss` and `guess` are means over the last `count` batches.
        """
        if self._guesses.isBetterOnOthers(seen, guess):
            return ""
        share = loss / guess
        for split, values in seen.heldOut.items():
            if self._guesses.classifies and "accuracy" in values:
                if share < LEARNT and self._guesses.isBetter(count):
                    return f"{split} accuracy of {values['accuracy']:.1%} is that of guessing"
            elif self._again(share < WELL and values.get("loss", 0) > WORSE * guess, seen):
                return f"{split} loss of {values['loss']:.4g} is worse"
        return ""

    def _again(self, bad: bool, seen: Observation) -> bool:
        """Whether the entry before was bad, too."""
        if seen.heldOut is not self._heldOut:
            self._heldOut, self._bad = seen.heldOut, self._bad + 1 if bad else 0
        return bad and self._bad >= min(2, seen.patience)
