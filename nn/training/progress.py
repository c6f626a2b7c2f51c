"""The progress of a training on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

INTERVAL = 0.2  # seconds between two looks at the loss


class ProgressBar:
    """A bar with the loss and the speed on a terminal, nothing in a pipe."""

    def __init__(self, total: int, shown: bool | None, quantities: tuple[str, ...], done: int = 0) -> None:
        self._bar: Any = None
        self._quantities = quantities
        self._drawnAt = 0.0
        if shown or (shown is None and sys.stderr.isatty()):
            from tqdm import tqdm

            self._bar = tqdm(total=total, initial=done, unit=" samples", unit_scale=True, dynamic_ncols=True)

    def quantities(self) -> frozenset[str]:
        """What the next step must measure for the bar, a few times a second."""
        return frozenset(self._quantities) if self._bar is not None and self._due() else frozenset()

    def advance(self, samples: int, values: Mapping[str, float]) -> None:
        if self._bar is None:
            return
        self._bar.update(samples)
        if values.keys() >= set(self._quantities) and self._due():
            self._bar.set_postfix({name: f"{values[name]:.4g}" for name in self._quantities})
            self._drawnAt = time.perf_counter()

    def _due(self) -> bool:
        return time.perf_counter() - self._drawnAt > INTERVAL

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A stretch in which others may print: the bar is taken away, and drawn again afterwards."""
        if self._bar is None:
            yield
        else:
            with self._bar.external_write_mode():
                yield

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()
