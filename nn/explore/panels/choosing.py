"""Which panels a model gets, by what it can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.explore.panels.architecture import Architecture
from nn.explore.panels.panel import Panel
from nn.explore.panels.pictures.classifying import Classifying
from nn.explore.panels.pictures.cleaning import Cleaning
from nn.explore.panels.pictures.coding import Coding
from nn.explore.panels.pictures.segmenting import Segmenting
from nn.explore.panels.pictures.walking import Walking
from nn.explore.samples import Samples
from nn.explore.subjects.classes import isClassifier, isSegmentation
from nn.explore.subjects.codes import hasCodes
from nn.explore.subjects.noises import canClean

Fits = Callable[[Any, Samples | None], bool]
Make = Callable[[Any, Samples | None], Panel]


def _always(model: Any, samples: Samples | None) -> bool:
    return True


PANELS: list[tuple[Fits, Make]] = [
    (lambda model, samples: isClassifier(model), Classifying),
    (lambda model, samples: isSegmentation(model), Segmenting),
    (lambda model, samples: hasCodes(model), Coding),
    (lambda model, samples: hasCodes(model), Walking),
    (lambda model, samples: canClean(model), Cleaning),
    (_always, Architecture),
]


def panelsOf(model: Any, samples: Samples | None = None) -> list[Panel]:
    """The panels that fit a model, in the order of the table `PANELS`; the last one fits every model."""
    return [make(model, samples) for fits, make in PANELS if fits(model, samples)]
