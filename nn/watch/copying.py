"""A translator that copies: what it writes is what it was given."""

from __future__ import annotations

import math
from collections.abc import Callable

from layers import Layer
from nn.watch import sentences
from nn.watch.symptom import Finding, Observation, Symptom

COPIED = 0.8  # of the pairs that are different


class Copying(Symptom):
    """Translations that are equal to their sources, where those of the data are not.

    A back-translation that copies gives pairs of a text and itself, from which copying alone is learnt. No array of a
    step tells it, as the decoder reads the true targets there: so this symptom lets the model translate some sources
    of the step, in the pass of an inference, which no step knows of. That is a measurement of many translations, so
    that two in a row will do.

    Parameters
    ----------
    last : the decoder's last layer.
    copied : translates some of the sources of the last step whose targets are different from them, and gives the share
        of those that it copies; NaN where there are none.
    """

    rank = 0
    patience = 2
    epochs, steps = 1, 16

    def __init__(self, last: Layer, copied: Callable[[], float]) -> None:
        super().__init__()
        self._last, self._copied, self._share = last, copied, math.nan

    def find(self, seen: Observation) -> Finding | None:
        if not seen.thorough and self._isEarly(seen):
            return None
        self._share = self._copied()
        return sentences.COPYING.of(self._last, share=self._share) if self._share > COPIED else None

    def figures(self) -> str:
        return "" if math.isnan(self._share) else f"{self._share:.0%} of the translations are equal to their sources"
