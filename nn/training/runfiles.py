"""The files of a training in its run folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leibnet.files import GrowingFile, keepEarlier

from nn.training.events import EventFile

METRICS, STEPS = "metrics.csv", "steps.crc"
INDEX, EPOCH = "index", "epoch"  # the first two columns; without a known length of the epochs there is no second one

Entry = tuple[int, Mapping[str, float]]
Before = tuple[int, Sequence[Entry]]


class RunFiles:
    """metrics.csv with the entries, steps.crc with a fingerprint a step, and TensorBoard's event file.

    Parameters
    ----------
    folder : the run folder.
    metrics : names of the metrics.
    tensorboard : whether there is an event file.
    before : of a training that goes on, the steps made and the entries so far. metrics.csv then begins with these, of
        steps.crc so many fingerprints stay (0 for each that is missing), and TensorBoard's new file has these
        entries in place of those in earlier files. Default None: a training that begins. Files of another training
        are kept under another name.
    samplesPerEpoch : how many samples an epoch has, for the column "epoch"; default None, and no such column.
    """

    def __init__(
        self,
        folder: Path,
        metrics: Iterable[str],
        tensorboard: bool = False,
        before: Before | None = None,
        samplesPerEpoch: int | None = None,
    ) -> None:
        self._metrics, self._samplesPerEpoch = tuple(metrics), samplesPerEpoch
        steps, entries = before or (0, ())
        rows = self._table(entries, samplesPerEpoch)
        forms = rows, self._table(entries, None)  # earlier versions wrote no epochs: what is theirs is written anew
        is_new = before is None or not any(_agree(folder / METRICS, form) for form in forms)
        if is_new:
            keepEarlier(folder, (METRICS, STEPS))
        self.rows = GrowingFile(folder / METRICS, rows, is_new)
        self.steps = GrowingFile(folder / STEPS, _known(folder / STEPS, steps), is_new)
        self._events = EventFile(folder, resumes=before is not None) if tensorboard else None
        for index, values in entries:
            self._note(index, values)

    def entry(self, index: int, values: Mapping[str, float]) -> None:
        """Adds one entry of every metric."""
        self.rows.content += self._row(index, values, self._samplesPerEpoch)
        self._note(index, values)

    def _note(self, index: int, values: Mapping[str, float]) -> None:
        """The entry for TensorBoard."""
        if self._events is not None:
            self._events.entry(index, {name: float(values[name]) for name in self._metrics})

    def _table(self, entries: Iterable[Entry], samplesPerEpoch: int | None) -> bytes:
        head = _line(INDEX, *[EPOCH] * (samplesPerEpoch is not None), *self._metrics)
        return head + b"".join(self._row(*entry, samplesPerEpoch) for entry in entries)

    def _row(self, index: int, values: Mapping[str, float], samplesPerEpoch: int | None) -> bytes:
        epoch = [] if samplesPerEpoch is None else [round(index / samplesPerEpoch, 6)]
        return _line(index, *epoch, *(repr(float(values[name])) for name in self._metrics))

    def save(self) -> None:
        """Writes what is new, see `GrowingFile.save`."""
        for file in (self.rows, self.steps, self._events):
            if file is not None:
                file.save()


def _line(*cells: Any) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _agree(path: Path, rows: bytes) -> bool:
    """Whether the rows in a file are the beginning of these, or these of them; also where there is no file."""
    if not path.is_file():
        return True
    there = path.read_bytes()
    there = there[: there.rfind(b"\n") + 1]  # without a torn line
    return there.startswith(rows) or rows.startswith(there)


def _known(path: Path, steps: int) -> bytes:
    """The fingerprints of the first steps; a torn one at the end counts as missing."""
    known = path.read_bytes()[: 4 * steps] if steps and path.is_file() else b""
    return known[: len(known) // 4 * 4].ljust(4 * steps, b"\0")
