"""The panel that fits every model: what it consists of."""

from __future__ import annotations

from typing import Any

from nn.explore.panels.look import words
from nn.explore.samples import Samples


class Architecture:
    """The model as `print` shows it."""

    title = "Architecture"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._model = model

    def build(self) -> None:
        """The table of its layers."""
        words(repr(self._model), "pre").classes("leibnet-text").props("tabindex=0")
