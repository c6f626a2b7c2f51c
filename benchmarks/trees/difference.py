"""The first differences between two run folders."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILES = ("steps.crc", "metrics.csv", "*.safetensors")  # in the order in which a training shows a difference


def differences(before: Path, after: Path) -> Iterator[str]:
    """For every file of numbers that differs, where it does first, both values, and by how much at most."""
    for pattern in FILES:
        names = [{path.relative_to(folder) for path in folder.rglob(pattern)} for folder in (before, after)]
        for name in sorted(names[0] | names[1]):
            if name not in names[1]:
                yield f"{name} is missing after"
            elif name not in names[0]:
                yield f"{name} is new after"
            elif found := COMPARED[pattern](before / name, after / name):
                yield f"{name}, {found}"


def steps(before: Path, after: Path) -> str:
    """The first fingerprint that differs."""
    one, other = (np.frombuffer(path.read_bytes(), "<u4") for path in (before, after))
    for step, (left, right) in enumerate(zip(one, other, strict=False), start=1):
        if left != right:
            return f"step {step} of {len(one)}: {left:08x} and {right:08x}"
    return "" if len(one) == len(other) else f"{len(one)} and {len(other)} steps"


def metrics(before: Path, after: Path) -> str:
    """The first entry that differs as text, which has all digits."""
    (header, *one), (other_header, *other) = (
        list(csv.reader(path.read_text().splitlines())) or [[]] for path in (before, after)
    )
    if header != other_header:
        return f"columns {', '.join(header)} and {', '.join(other_header)}"
    for row, other_row in zip_longest(one, other):
        if row is None or other_row is None:
            return f"{len(one)} and {len(other)} entries"
        for name, left, right in zip(header, row, other_row, strict=True):
            if left != right:
                largest = max(relative(a[1:], b[1:]) for a, b in zip(one, other, strict=False))
                return f"{name} at index {row[0]}: {left} and {right}, largest relative difference {largest:.1e}"
    return ""


def arrays(before: Path, after: Path) -> str:
    """The first array, and the first entry of it, that differs in its bits."""
    from safetensors.numpy import load_file

    one, other = load_file(before), load_file(after)
    for name in sorted(one | other):
        if name not in one or name not in other:
            return f"{name} is {'missing' if name in one else 'new'} after"
        a, b = one[name], other[name]
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"{name}: {a.dtype} {a.shape} and {b.dtype} {b.shape}"
        if a.tobytes() != b.tobytes():
            differ = bitPatterns(a) != bitPatterns(b)
            place = tuple(map(int, np.argwhere(differ)[0]))
            return (
                f"{name}{list(place)} ({differ.sum():,} of {a.size:,} entries differ): {a[place]} and {b[place]}, "
                f"largest relative difference {relative(a, b):.1e}"
            )
    return ""


def bitPatterns(array: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers that are equal where the bits are: NaN equals itself, and 0 is not -0."""
    return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}").reshape(array.shape)


def relative(before: Any, after: Any) -> float:
    """The largest |a - b| / max(|a|, |b|); 0 where both are 0."""
    a, b = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, found), initial=0.0))


COMPARED = dict(zip(FILES, (steps, metrics, arrays), strict=True))
