"""Whether two runs agree, and where they first do not."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runfile import Run

import numpy as np

METRICS, STEPS, WEIGHTS = "metrics.csv", "steps.crc", "*.safetensors"
ON_THE_WAY = "checkpoint"  # begins the names of files from which an interrupted run goes on
LARGEST = 2**30  # bytes of a file that is compared


@dataclass
class Agreement:
    """What a comparison found.

    Attributes
    ----------
    steps, entries, files : how much was compared: updates, entries of the metrics, files of weights.
    unknown : updates of which nothing is known: they lay between the last writing and the death of a process.
    shorter : whether the first run had less to compare, as one that was interrupted has.
    differences : where the runs do not agree, a line each.
    """

    steps: int = 0
    entries: int = 0
    files: int = 0
    unknown: int = 0
    shorter: bool = False
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        compared = [counted(self.steps, "step"), counted(self.entries, "entry"), counted(self.files, "file of weights")]
        if self.unknown:
            compared[0] += f" ({self.unknown:,} more were not noted)"
        return ", ".join(part for part in compared if not part.startswith("0 "))


def counted(number: int, thing: str) -> str:
    """ "1 step", "1,200 steps", "12 entries", "2 files of weights"."""
    first, _, rest = thing.partition(" ")
    plural = first.removesuffix("y") + "ies" if first.endswith("y") else first + "s"
    return f"{number:,} {first if number == 1 else plural}{' ' * bool(rest)}{rest}"


def changedConditions(then: Run, now: Run) -> list[str]:
    """What is not the same for two runs, apart from their results: a line each."""
    old, new = conditions(then), conditions(now)
    names = [*old, *(name for name in new if name not in old)]
    return [
        f"{name}: then {old.get(name, 'none')}; now {new.get(name, 'none')}"
        for name in names
        if old.get(name) != new.get(name)
    ]


def conditions(run: Run) -> dict[str, Any]:
    """What the result of a run may depend on, by name."""
    checksums = {f"data, {name}": f"SHA-256 {text[:12]}..." for name, text in run.dataset["checksums"].items()}
    sizes = {f"data, {name}": value for name, value in run.dataset.items() if name != "checksums"}
    commit = None if run.git is None else run.git["commit"][:12] + " with changes" * run.git["dirty"]
    rest = {"code": f"SHA-256 {run.code[:12]}...", "commit": commit, "threads": run.threads, "seed": run.seed}
    return run.versions | run.machine | run.variables | rest | sizes | checksums


def compare(then: Path, now: Path, stepsPerEpoch: int, interrupted: bool = False) -> Agreement:
    """Compares the trainings and weights in the folders of two runs; of one that was interrupted what there is."""
    found = Agreement()
    folders = sorted({path.parent.relative_to(then) for name in (STEPS, METRICS) for path in then.rglob(name)})
    for folder in folders:
        label = "" if folder == Path() else f"{folder.as_posix()}/"
        _compareSteps(then / folder / STEPS, now / folder / STEPS, label, stepsPerEpoch, interrupted, found)
        _compareEntries(then / folder / METRICS, now / folder / METRICS, label, interrupted, found)
    for path in sorted(path for path in then.rglob(WEIGHTS) if not path.name.startswith(ON_THE_WAY)):
        _compareWeights(path, now / path.relative_to(then), path.relative_to(then).as_posix(), found)
    return found


def _compareSteps(then: Path, now: Path, label: str, stepsPerEpoch: int, interrupted: bool, found: Agreement) -> None:
    if not then.is_file():
        return
    old, new = (np.frombuffer(content[: len(content) // 4 * 4], "<u4") for content in (_content(then), _content(now)))
    length = min(len(old), len(new))
    differ = np.flatnonzero((old[:length] != new[:length]) & (old[:length] != 0) & (new[:length] != 0))  # 0: not noted
    if len(differ):
        step = int(differ[0]) + 1
        epoch = (step - 1) // stepsPerEpoch + 1
        found.differences.append(f"{label}{STEPS}: first at step {step:,} (epoch {epoch:,}) of {len(old):,}")
    elif not _longEnough(len(old), len(new), interrupted, found):
        found.differences.append(f"{label}{STEPS}: {counted(len(old), 'step')} then, {len(new):,} now")
    known = int(np.count_nonzero((old[:length] != 0) & (new[:length] != 0)))
    found.steps += known
    found.unknown += length - known


def _compareEntries(then: Path, now: Path, label: str, interrupted: bool, found: Agreement) -> None:
    if not then.is_file():
        return
    (head, *old), (newHead, *new) = _rows(then), _rows(now)
    length = min(len(old), len(new))
    place = next((k for k in range(length) if old[k] != new[k]), None)
    if head != newHead:
        found.differences.append(f"{label}{METRICS}: the columns {_short(head)} then, {_short(newHead)} now")
    elif place is not None:
        column = next((k for k, (a, b) in enumerate(zip(old[place], new[place], strict=False)) if a != b), 0)
        name, values = (
            head[min(column, len(head) - 1)],
            (old[place][column : column + 1], new[place][column : column + 1]),
        )
        found.differences.append(
            f"{label}{METRICS}: first at entry {place + 1:,} ({_short(new[place][:1])} samples): {name[:80]} was "
            f"{_short(values[0])}, is {_short(values[1])}{_apart(*values)}"
        )
    elif not _longEnough(len(old), len(new), interrupted, found):
        found.differences.append(f"{label}{METRICS}: {counted(len(old), 'entry')} then, {len(new):,} now")
    found.entries += length


def _longEnough(old: int, new: int, interrupted: bool, found: Agreement) -> bool:
    """Whether the two have the same length, or the first is of a run that was interrupted."""
    found.shorter |= interrupted and old < new
    return old == new or (interrupted and old < new)


def _compareWeights(then: Path, now: Path, name: str, found: Agreement) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    found.files += 1
    old, new = _content(then), _content(now)
    if old == new:
        return
    if not new:
        found.differences.append(f"{name}: there is none now")
        return
    try:
        before, after = load(old), load(new)
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        found.differences.append(f"{name} cannot be compared: {str(error)[:200]}")
        return
    if {key: array.shape for key, array in before.items()} != {key: array.shape for key, array in after.items()}:
        found.differences.append(f"{name}: other arrays than then")
        return
    apart = {key: _largest(before[key], after[key]) for key in sorted(before)}
    worst = max(apart, key=lambda key: apart[key], default="")
    if apart and apart[worst]:  # equal weights may be in files whose descriptions are in another order
        found.differences.append(f"{name}: {worst[:80]} differs by up to {apart[worst]:.3g}")


def _largest(old: Any, new: Any) -> float:
    if np.array_equal(old, new, equal_nan=True):
        return 0.0
    with np.errstate(all="ignore"):
        apart = np.abs(old.astype(float) - new.astype(float)).max(initial=0.0)
    return float(apart) if np.isfinite(apart) and apart > 0 else math.inf


def _content(path: Path) -> bytes:
    """Of a file, up to a bound; nothing, if there is none."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path} is larger than {LARGEST:,} bytes: no run has written that")
    return content


def _rows(path: Path) -> list[list[str]]:
    """The lines of a CSV file, at least one."""
    try:
        return list(csv.reader(_content(path).decode().splitlines())) or [[]]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path} is no file of metrics: {error}") from None


def _short(cells: list[str]) -> str:
    text = ", ".join(cells)
    return ascii(text[:80])[1:-1] or "nothing"


def _apart(old: list[str], new: list[str]) -> str:
    try:
        return f", apart by {abs(float(new[0]) - float(old[0])):.3g}"
    except (ValueError, IndexError):
        return ""
