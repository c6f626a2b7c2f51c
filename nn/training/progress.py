"""The progress of a training on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from nn.training.course import Course
from nn.training.listener import Listener

INTERVAL = 0.2  # seconds between two updates of the quantities


class ProgressBar(Listener):
    """A bar with the speed, and a few times a second with quantities of the last step.

    Parameters
    ----------
    quantities : those that are shown.
    """

    def __init__(self, quantities: Iterable[str]) -> None:
        self._quantities = frozenset(quantities)
        self._order = tuple(quantities)
        self._drawnAt = 0.0
        self._index = 0

    @staticmethod
    def isWanted(progress: bool | None) -> bool:
        """Whether there shall be a bar: by default on a terminal only."""
        return sys.stderr.isatty() if progress is None else bool(progress)

    def begin(self, course: Course) -> None:
        from tqdm import tqdm

        self._index = course.index
        self._bar: Any = tqdm(
            total=course.epochs * course.samplesPerEpoch,
            initial=course.index,
            unit=" samples",
            unit_scale=True,
            dynamic_ncols=True,
        )
        course.suspended = self._bar.external_write_mode

    def wanted(self, course: Course) -> frozenset[str]:
        return self._quantities if self._isDue() else frozenset()

    def stepped(self, course: Course) -> None:
        self._bar.update(course.index - self._index)
        self._index = course.index
        if course.values.keys() >= self._quantities and self._isDue():
            self._bar.set_postfix({name: f"{course.values[name]:.4g}" for name in self._order})
            self._drawnAt = time.perf_counter()

    def _isDue(self) -> bool:
        return time.perf_counter() - self._drawnAt > INTERVAL

    def close(self, course: Course) -> None:
        self._bar.close()
