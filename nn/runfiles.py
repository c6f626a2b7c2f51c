"""The files of a training in its run folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nn.events import EventFile
from nn.files import GrowingFile, keepEarlier

METRICS, STEPS = "metrics.csv", "steps.crc"


class RunFiles:
    """metrics.csv with the entries, steps.crc with a fingerprint a step, and TensorBoard's event file.

    Parameters
    ----------
    folder : the run folder.
    metrics : names of the metrics.
    tensorboard : whether there is an event file.
    resumeAt : None (default): files of an earlier training are kept under another name. A number of steps: they are
        those of the training that goes on; of steps.crc so many fingerprints stay (0 for each that is missing), and
        metrics.csv begins anew.
    purge : TensorBoard shall forget the entries of earlier files from this index on; default none.
    """

    def __init__(
        self,
        folder: Path,
        metrics: Iterable[str],
        tensorboard: bool = False,
        resumeAt: int | None = None,
        purge: int | None = None,
    ) -> None:
        self._metrics = tuple(metrics)
        if resumeAt is None:
            keepEarlier(folder, (METRICS, STEPS))
        self.rows = GrowingFile(folder / METRICS, _line("index", *self._metrics))
        self.steps = GrowingFile(folder / STEPS, _known(folder / STEPS, resumeAt or 0))
        self._events = EventFile(folder, purge) if tensorboard else None

    def entry(self, index: int, values: Mapping[str, float], tensorboard: bool = True) -> None:
        """Adds one entry of every metric, `tensorboard` also to the event file."""
        floats = {name: float(values[name]) for name in self._metrics}
        self.rows.content += _line(index, *map(repr, floats.values()))
        if self._events is not None and tensorboard:
            self._events.entry(index, floats)

    def save(self) -> None:
        """Writes what is new, see `GrowingFile.save`."""
        for file in (self.rows, self.steps, self._events):
            if file is not None:
                file.save()


def _line(*cells: Any) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _known(path: Path, steps: int) -> bytes:
    """The fingerprints of the first steps; a torn one at the end counts as missing."""
    known = path.read_bytes()[: 4 * steps] if steps and path.is_file() else b""
    return known[: len(known) // 4 * 4].ljust(4 * steps, b"\0")
