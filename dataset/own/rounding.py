"""Numbers that a precision cannot tell apart."""

from __future__ import annotations

from leibnet.terminal import warn
from leibnet.types import Array

import numpy as np

STEPS = 65_536
"""A feature whose range holds fewer numbers of the precision is coarse: where some become equal, it is said."""


def warnOfLostNumbers(owner: str, name: str, given: Array, rows: Array) -> None:
    """Warns where numbers of a feature (..., N) are near to each other beside their size: rounding makes them equal."""
    is_exact = np.can_cast(given.dtype, rows.dtype) and (given.dtype.kind not in "iu" or given.itemsize < rows.itemsize)
    if rows.dtype.kind != "f" or is_exact:
        return
    least, most = given.min(axis=-1), given.max(axis=-1)
    low, high = least.astype(float), most.astype(float)
    with np.errstate(over="ignore"):  # beside the largest number there is no next one, and the range may be larger
        step = np.spacing(np.maximum(np.abs(low), np.abs(high)).astype(rows.dtype)).astype(float)
        near = (most > least) & (high - low < STEPS * step)
    lost = []
    for place in map(tuple, np.argwhere(near)):
        before, after = len(np.unique(given[place])), len(np.unique(rows[(slice(None), *place)]))
        if after < before:
            lost.append((place, before, after))
    if lost:
        place, before, after = lost[0]
        entry = int(place[0]) if len(place) == 1 else tuple(map(int, place))
        others = f", and so on in {len(lost)} of them" if len(lost) > 1 else ""
        cure = "subtract the first or the mean of them" + (", or give dtype=np.float64" if rows.itemsize == 4 else "")
        warn(
            f"{owner}: the {before:,} different numbers of entry {entry} of {name} become {after:,} in "
            f"{rows.dtype}{others}: {cure}"
        )
