"""How Leibnet's step grows with the batch and with the network: time beside the floor, and memory."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import numpy as np

from peers.worker import Configuration, Workers
from peers.workloads import CLASSES, PIXELS, Workload

BATCHES = (10, 32, 100, 316, 1000, 4096)
WIDTHS = (50, 100, 200, 400, 800, 1600, 4096)
WIDTHS_BATCH = 128
BASE = Workload("classifier", WIDTHS_BATCH, (100, 100), 0.001, loss="categorical")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Rows of every point, and what memory grows by."""
    batches = BATCHES[:3] if options.quick else BATCHES
    widths = WIDTHS[:3] if options.quick else WIDTHS
    points = {
        "batch, width 100": [replace(BASE, batch=batch) for batch in batches],
        "batch, width 1000": [replace(BASE, batch=batch, hidden=(1000, 1000)) for batch in batches],
        f"width, batch {WIDTHS_BATCH}": [replace(BASE, hidden=(width, width)) for width in widths],
    }
    rows = {series: [_point(one, options) for one in workloads] for series, workloads in points.items()}
    return {"series": rows, "memory": growth([row for series in rows.values() for row in series])}


def _point(workload: Workload, options: argparse.Namespace) -> dict[str, Any]:
    """The best of the numbers of threads, for Leibnet and for the floor."""
    chosen = []
    for threads in options.threads:
        chosen += [Configuration.ours(threads), Configuration("products", "products", threads)]
    with Workers([*chosen, Configuration("movement", "movement", 1)], workload) as workers:
        for _ in range(options.rounds):
            for one in workers:
                one.round(options.steps, options.limit)
        best = {
            name: min((one for one in workers if one.configuration.peer == name), key=_median)
            for name in ("leibnet", "products", "movement")
        }
        ours = best["leibnet"]
        memory = ours.ask("memory")
        microseconds = {name: 1e6 * _median(one) for name, one in best.items()}
    floor = microseconds["products"] + microseconds["movement"]
    print(f"batch {workload.batch}, width {workload.hidden[0]}: {microseconds['leibnet']:.0f} µs", flush=True)
    return {
        "batch": workload.batch,
        "width": workload.hidden[0],
        "parameters": workload.numParameters(),
        "units": PIXELS + sum(workload.hidden) + CLASSES,
        "microseconds": microseconds["leibnet"],
        "threads": ours.configuration.threads,
        "floor_microseconds": floor,
        "memory_mib": memory["trained"] - memory["imported"],
    }


def _median(one: Any) -> float:
    return float(np.median(one.seconds))


def growth(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Memory = constant + a · parameters + b · samples · units, by least squares."""
    terms = np.array([[1, row["parameters"], row["batch"] * row["units"]] for row in rows], dtype=float)
    memory = np.array([row["memory_mib"] for row in rows]) * 2**20
    scale = terms.max(axis=0)
    found = np.linalg.lstsq(terms / scale, memory, rcond=None)[0] / scale
    error = np.abs(terms @ found - memory)
    return {
        "constant_mib": found[0] / 2**20,
        "bytes_per_parameter": found[1],
        "bytes_per_sample_and_unit": found[2],
        "largest_error_mib": error.max() / 2**20,
        "largest_mib": memory.max() / 2**20,
    }
