"""Which panels a model gets, by what it can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.explore.panels.architecture import Architecture
from nn.explore.panels.panel import Panel
from nn.explore.samples import Samples

Fits = Callable[[Any, Samples | None], bool]
Make = Callable[[Any, Samples | None], Panel]


def _always(model: Any, samples: Samples | None) -> bool:
    return True


PANELS: list[tuple[Fits, Make]] = [
    (_always, Architecture),
]


def panelsOf(model: Any, samples: Samples | None = None) -> list[Panel]:
    """The panels that fit a model, in the order of the table `PANELS`; the last one fits every model."""
    return [make(model, samples) for fits, make in PANELS if fits(model, samples)]
