"""What the panels of drawings have in common."""

from __future__ import annotations

from typing import Any

from nn.explore.panels.field import Field
from nn.explore.panels.panel import Latest


class Drawn:
    """A panel whose picture is the drawing in its field, or the sample that was chosen last."""

    title = "Draw"
    wide = True
    _subject: Any
    _field: Field
    _latest: Latest
    _sample: Any = None

    async def _drawn(self) -> None:
        self._sample = None
        await self._latest()

    async def _chosen(self, x: Any) -> None:
        self._field.erase()
        self._sample = x
        await self._latest()

    def _given(self) -> Any:
        """What the subject says of the picture."""
        if self._sample is not None:
            return self._subject.answer(self._sample)
        return self._subject.drawn(self._field.strokes.ink())
