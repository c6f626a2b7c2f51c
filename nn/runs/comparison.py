"""Whether two runs agree, and where they first do not."""

from __future__ import annotations

import csv
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from leibnet.files import absolute
from leibnet.terminal import shown
from leibnet.types import Array

import numpy as np

from nn.runs.record import RunError, changedConditions
from nn.runs.runfile import readRecord
from nn.training.runfiles import EPOCH, METRICS, STEPS

WEIGHTS = "*.safetensors"
ON_THE_WAY = "checkpoint"  # begins the names of files from which an interrupted run goes on
LARGEST = 2**30  # bytes of a file that is compared


@dataclass
class Agreement:
    """What a comparison of two runs found; printed, the report of it.

    Attributes
    ----------
    steps, entries, files : how much was compared: updates, entries of the metrics, files of weights.
    unknown : updates of which nothing is known: they lay between the last writing and the death of a process.
    shorter : whether the first run had less to compare, as one that was interrupted has.
    chooses : whether the first run chose its threads as it went.
    changed : what else is not the same for the two, such as versions, processor and code: a line each.
    differences : where the runs do not agree, a line each.
    """

    steps: int = 0
    entries: int = 0
    files: int = 0
    unknown: int = 0
    shorter: bool = False
    chooses: bool = False
    changed: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether all that was compared is equal to the bit."""
        return not self.differences

    @property
    def compared(self) -> str:
        """How much was compared: "12,000 steps, 10 entries, 1 file of weights"."""
        parts = [_counted(self.steps, "step"), _counted(self.entries, "entry"), _counted(self.files, "file of weights")]
        if self.unknown:
            parts[0] += f" ({self.unknown:,} more were not noted)"
        return ", ".join(part for part in parts if not part.startswith("0 "))

    def __str__(self) -> str:
        return shown(self._report())

    def _report(self) -> str:
        lines = ["Then and now: " + ("nothing has changed" if not self.changed else "")]
        lines += [f"  {line}" for line in self.changed]
        if self.agrees:
            return "\n".join(
                [*lines, f"agrees to the bit: {self.compared}" + ", as far as the run went" * self.shorter]
            )
        lines += [f"does not agree ({self.compared} compared):", *(f"  {line}" for line in self.differences)]
        if self.chooses:
            lines.append(
                "The run chose its threads as it went, and by two of them sums are rounded differently: --threads 1"
            )
        return "\n".join(lines)


def compare(then: str | os.PathLike[str], now: str | os.PathLike[str]) -> Agreement:
    """Compares the trainings and the weights in the folders of two runs.

    If the first run did not come to its end, what there is of it is compared. RunError if nothing can be compared.

        print(compare("runs/first", "runs/again"))
    """
    old, new = readRecord(then), readRecord(now)
    before, after = absolute(then), absolute(now)
    steps_per_epoch = -(-new.dataset["train_size"] // new.dataset["batch_size"])
    found = Agreement(chooses=old.chooses, changed=changedConditions(old, new))
    for folder in sorted({path.parent.relative_to(before) for name in (STEPS, METRICS) for path in before.rglob(name)}):
        label = "" if folder == Path() else f"{folder.as_posix()}/"
        one, other = before / folder, after / folder
        _compare_steps(one / STEPS, other / STEPS, label, steps_per_epoch, not old.isFinished, found)
        _compare_entries(one / METRICS, other / METRICS, label, not old.isFinished, found)
    for path in sorted(path for path in before.rglob(WEIGHTS) if not path.name.startswith(ON_THE_WAY)):
        _compare_weights(path, after / path.relative_to(before), path.relative_to(before).as_posix(), found)
    if found.agrees and not (found.steps or found.entries or found.files):
        raise RunError(f"in {then} there is neither a training nor a file of weights")
    return found


def _counted(number: int, thing: str) -> str:
    """ "1 step", "1,200 steps", "12 entries", "2 files of weights"."""
    first, _, rest = thing.partition(" ")
    plural = first.removesuffix("y") + "ies" if first.endswith("y") else first + "s"
    return f"{number:,} {first if number == 1 else plural}{' ' * bool(rest)}{rest}"


def _compare_steps(then: Path, now: Path, label: str, steps_per_epoch: int, unfinished: bool, found: Agreement) -> None:
    if not then.is_file():
        return
    old, new = (np.frombuffer(content[: len(content) // 4 * 4], "<u4") for content in (_content(then), _content(now)))
    length = min(len(old), len(new))
    noted = (old[:length] != 0) & (new[:length] != 0)  # 0: not noted
    differ = np.flatnonzero((old[:length] != new[:length]) & noted)
    if len(differ):
        step = int(differ[0]) + 1
        epoch = (step - 1) // steps_per_epoch + 1
        found.differences.append(f"{label}{STEPS}: first at step {step:,} (epoch {epoch:,}) of {len(old):,}")
    elif not _is_long_enough(len(old), len(new), unfinished, found):
        found.differences.append(f"{label}{STEPS}: {_counted(len(old), 'step')} then, {len(new):,} now")
    known = int(np.count_nonzero(noted))
    found.steps += known
    found.unknown += length - known


def _compare_entries(then: Path, now: Path, label: str, unfinished: bool, found: Agreement) -> None:
    if not then.is_file():
        return
    (head, *old), (new_head, *new) = _alike(_rows(then), _rows(now))
    length = min(len(old), len(new))
    place = next((k for k in range(length) if old[k] != new[k]), None)
    if head != new_head:
        found.differences.append(f"{label}{METRICS}: the columns {_short(head)} then, {_short(new_head)} now")
    elif place is not None:
        one, other = old[place], new[place]
        column = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
        name, was, is_now = head[min(column, len(head) - 1)], one[column : column + 1], other[column : column + 1]
        found.differences.append(
            f"{label}{METRICS}: first at entry {place + 1:,} ({_short(other[:1])} samples): {name[:80]} was "
            f"{_short(was)}, is {_short(is_now)}{_apart(was, is_now)}"
        )
    elif not _is_long_enough(len(old), len(new), unfinished, found):
        found.differences.append(f"{label}{METRICS}: {_counted(len(old), 'entry')} then, {len(new):,} now")
    found.entries += length


def _is_long_enough(old: int, new: int, unfinished: bool, found: Agreement) -> bool:
    """Whether the two have the same length, or the first is of a run that did not come to its end."""
    found.shorter |= unfinished and old < new
    return old == new or (unfinished and old < new)


def _compare_weights(then: Path, now: Path, name: str, found: Agreement) -> None:
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


def _largest(old: Array, new: Array) -> float:
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
        raise RunError(f"{path} is larger than {LARGEST:,} bytes: no run has written that")
    return content


def _rows(path: Path) -> list[list[str]]:
    """The lines of a CSV file, at least one."""
    try:
        return list(csv.reader(_content(path).decode().splitlines())) or [[]]
    except (ValueError, csv.Error) as error:
        raise RunError(f"{path} is no file of metrics: {error}") from None


def _alike(then: list[list[str]], now: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """The tables of two runs; where only one of them has the epochs, which earlier versions did not write, without."""
    if (then[0][1:2] == [EPOCH]) == (now[0][1:2] == [EPOCH]):
        return then, now
    first, second = (
        [row[:1] + row[2:] for row in table] if table[0][1:2] == [EPOCH] else table for table in (then, now)
    )
    return first, second


def _short(cells: list[str]) -> str:
    return ascii(", ".join(cells)[:80])[1:-1] or "nothing"


def _apart(old: list[str], new: list[str]) -> str:
    try:
        return f", apart by {abs(float(new[0]) - float(old[0])):.3g}"
    except (ValueError, IndexError):
        return ""
