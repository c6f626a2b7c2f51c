"""Ratios of times that were measured close to each other.

All run in turns, a round each. A machine that is slower for a minute is so for everybody in the rounds of that minute,
so the ratio of two is taken in every round; what counts is the median of the rounds' ratios, and their quartiles.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from peers import FORMS
from peers.configuration import FLOOR

Row = dict[str, Any]
T = TypeVar("T")


class Quartiles(NamedTuple):
    low: float
    median: float
    high: float


def quartiles(values: Iterable[float]) -> Quartiles:
    return Quartiles(*statistics.quantiles(values, n=4, method="inclusive"))


def paired(ours: Iterable[float], theirs: Iterable[float]) -> Quartiles:
    """Of the ratios ours / theirs, round by round."""
    return quartiles([mine / other for mine, other in zip(ours, theirs, strict=True)])


def shuffled(items: Sequence[T], turn: int) -> list[T]:
    """The order of a turn: in each another one, so that nobody always runs after the same neighbour."""
    return random.Random(turn).sample(items, len(items))


def best(rows: Iterable[Row]) -> dict[str, Row]:
    """By name, the row with the number of threads whose median over all rounds is the least."""
    found: dict[str, Row] = {}
    for row in rows:
        name = row["peer"]
        if name not in found or statistics.median(row["rounds"]) < statistics.median(found[name]["rounds"]):
            found[name] = row
    return found


def summaries(steps: dict[str, Row]) -> dict[str, Row]:
    return {workload: summary(entry["rows"]) for workload, entry in steps.items()}


def summary(rows: Iterable[Row]) -> Row:
    """Of one workload: microseconds and threads by name, the floor among them, and the ratios of Leibnet's forms."""
    fastest = best(rows)
    parts = [fastest.pop(name) for name in FLOOR]
    floor = {"threads": max(row["threads"] for row in parts), "rounds": _sum(row["rounds"] for row in parts)}
    ours = [form.name for form in FORMS if form.name in fastest]
    others = {"floor": floor} | {name: row for name, row in fastest.items() if not isOurs(name)}
    return {
        "microseconds": {name: statistics.median(row["rounds"]) for name, row in (others | fastest).items()},
        "threads": {name: row["threads"] for name, row in (others | fastest).items()},
        "ratios": {
            form: {name: paired(fastest[form]["rounds"], row["rounds"]) for name, row in others.items()}
            for form in ours
        },
    }


def isOurs(name: str) -> bool:
    return name.startswith("leibnet")


def _sum(series: Iterable[Iterable[float]]) -> list[float]:
    return [sum(values) for values in zip(*series, strict=True)]
