"""What a run leaves beside its models: run.json and metrics.csv, read as files that anybody may have written."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from leibnet.terminal import shown

from nn.runs.command.subcommand import count, rows
from nn.runs.record import Record, RunError
from nn.runs.runfile import NAME, readRecord
from nn.training.history import History
from nn.training.runfiles import EPOCH, INDEX, METRICS, STEPS

LARGEST = 2**26  # bytes of a metrics.csv
COLUMNS = 200


def recordBeside(path: Path) -> tuple[Record, Path] | None:
    """The record of the run in whose folder, or in a part of whose folder, a file lies, and that run.json."""
    for folder in (path.parent, path.parent.parent):
        if (folder / NAME).is_file():
            try:
                return readRecord(folder / NAME), folder / NAME
            except RunError:
                return None
    return None


def historyIn(path: Path, samplesPerEpoch: int | None = None) -> History:
    """The entries of a metrics.csv. RunError if it is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"expected at most {LARGEST:,} bytes")
        rows = [row for row in csv.reader(path.read_text("utf-8").splitlines()) if row]
        return _history(rows, samplesPerEpoch)
    except (OSError, ValueError, csv.Error) as error:
        raise RunError(f"{path} is no {METRICS} of a training: {error}") from None


def _history(rows: list[list[str]], samplesPerEpoch: int | None) -> History:
    head = rows[0] if rows else []
    if not head or head[0] != INDEX or len(head) > COLUMNS or len(set(head)) != len(head):
        raise ValueError(f"its first line does not begin with {INDEX!r}, and name each column once")
    first = 2 if head[1:2] == [EPOCH] else 1
    history = History(head[first:], samplesPerEpoch=samplesPerEpoch)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            if number == len(rows):
                break  # the last line of a training that was killed
            raise ValueError(f"line {number} has {len(row)} cells, and the first one {len(head)}")
        index = int(row[0])
        history.append(index, {name: float(cell) for name, cell in zip(head[first:], row[first:], strict=True)})
        epoch = float(row[1]) if first == 2 else 0
        if samplesPerEpoch is None and math.isfinite(epoch) and epoch > 0 and round(index / epoch) > 0:
            history.samplesPerEpoch = round(index / epoch)
    return history


def table(history: History) -> str:
    """The entries as a table, without the seconds."""
    return "\n".join(str(history).splitlines()[:-1]) if history.index else "no entries yet"


def entries(history: History) -> str:
    """How many there are: "10 entries"."""
    return count(len(history.index), "entry", "entries")


def about(record: Record) -> list[tuple[str, str]]:
    """What a run's record says, a name and a text for each line."""
    data, versions = record.dataset, record.versions
    sizes = ", ".join(
        f"{data[f'{split}_size']:,} {split}" for split in ("train", "validation", "test") if data[f"{split}_size"]
    )
    words = [f"{name}={value}" for name, value in record.arguments.items() if value not in (None, False, [])]
    ended = (
        "it has not said how it ended" if record.end is None else f"{record.end['how']} after {record.end['seconds']} s"
    )
    return [
        ("script", record.script or "a notebook"),
        ("arguments", " ".join([*words, f"seed={record.seed}", f"threads={record.threads}"])),
        ("data", f"{data['name']}: {sizes} samples, batches of {data['batch_size']}, {data['dtype']}"),
        ("computed by", ", ".join(filter(None, [record.machine.get("BLAS"), record.machine.get("kernels")]))),
        ("written by", f"Leibnet {versions.get('leibnet', '?')}, NumPy {versions.get('numpy', '?')}"),
        ("started", record.started),
        ("ended", ended),
    ]


def runFolder(folder: Path) -> str:
    """All that is known of a run from its folder. RunError if it is none."""
    trained = sorted(folder.rglob(METRICS))
    if not (folder / NAME).is_file() and not trained:
        raise RunError(f"{folder} is no folder of a run: there is neither a {NAME} nor a {METRICS} in it")
    pieces = [f"{folder}: a run"]
    size = None
    if (folder / NAME).is_file():
        record = readRecord(folder)
        size = record.dataset["train_size"]
        pieces.append(rows(about(record)))
    for path in trained:
        history = historyIn(path)
        history.samplesPerEpoch = history.samplesPerEpoch or size
        pieces.append(f"{path.relative_to(folder)}: {entries(history)}\n{table(history)}")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    pieces.append("files\n" + rows([(str(path.relative_to(folder)), _size(path)) for path in files], "  "))
    return shown("\n\n".join(pieces))


def _size(path: Path) -> str:
    size = path.stat().st_size
    steps = f", {count(size // 4, 'step')}" if path.name == STEPS else ""
    return f"{size:,} bytes{steps}"
