"""Computes cells."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from importlib import import_module

import leibnet
from leibnet.plain import isNumber

from threadpoolctl import threadpool_limits

from figures.cell import Cell, Key
from figures.conditions import conditions
from figures.row import Row, Setting
from nn import seed


def compute(row: Row, setting: Setting) -> Cell:
    """Trains and measures. ValueError if the figures are not those that the row declares, or not finite."""
    packages = [import_module(name) for name in row.packages]  # before the threads of their libraries are limited
    leibnet.threads(setting.threads)
    seed(setting.seed)
    with threadpool_limits(setting.threads):
        wall, processor = time.perf_counter(), time.process_time()
        figures = row.function(setting)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    declared = [figure.name for figure in row.figures]
    if sorted(figures) != sorted(declared):
        raise ValueError(f"row {row.name} declares {', '.join(declared)}, and gave {', '.join(figures)}")
    numbers = {name: float(figures[name]) for name in declared}
    for name, number in numbers.items():
        if not isNumber(number):
            raise ValueError(f"row {row.name}, seed {setting.seed}: {name} is {number}")
    versions = [f"{package.__name__} {package.__version__}" for package in packages]
    seconds = round(wall, 1), round(processor, 1)
    today = time.strftime("%Y-%m-%d")
    return Cell(row.name, setting.seed, numbers, *seconds, today, row.code, conditions(), versions)


def outstanding(rows: Iterable[Row], cells: Mapping[Key, Cell]) -> list[tuple[Row, int]]:
    """What is missing or was computed from other code: the first seed of all rows first, and short rows first."""
    wanted = [
        (seed, one.seconds, one)
        for one in rows
        for seed in one.seeds
        if (one.name, seed) not in cells or cells[one.name, seed].code != one.code
    ]
    return [(one, seed) for seed, _, one in sorted(wanted, key=lambda item: item[:2])]
