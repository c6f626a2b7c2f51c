"""How Leibnet's step grows with the batch and with the network: time beside the floor, and memory."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import numpy as np

from peers import Peer
from peers.pairing import best, summary
from peers.steps import configurations, row, takeTurns
from peers.worker import Workers
from peers.workloads import CLASSES, PIXELS, Workload

BATCHES = (10, 32, 100, 316, 1000, 4096)
WIDTHS = (50, 100, 200, 400, 800, 1600, 4096)
WIDTHS_BATCH = 128
BASE = Workload("classifier", WIDTHS_BATCH, (100, 100), 0.001, loss="categorical")


def measure(ours: Peer, options: argparse.Namespace) -> dict[str, Any]:
    """Rows of every point for a form of Leibnet, and what memory grows by."""
    batches = BATCHES[:3] if options.quick else BATCHES
    widths = WIDTHS[:3] if options.quick else WIDTHS
    points = {
        "batch, width 100": [replace(BASE, batch=batch) for batch in batches],
        "batch, width 1000": [replace(BASE, batch=batch, hidden=(1000, 1000)) for batch in batches],
        f"width, batch {WIDTHS_BATCH}": [replace(BASE, hidden=(width, width)) for width in widths],
    }
    rows = {series: [_point(ours, one, options) for one in workloads] for series, workloads in points.items()}
    memory = growth([row for series in rows.values() for row in series])
    return {"peer": ours.name, "series": rows, "memory": memory}


def _point(ours: Peer, workload: Workload, options: argparse.Namespace) -> dict[str, Any]:
    """Leibnet and the floor, each at its best number of threads."""
    with Workers(configurations([ours], workload, options), workload) as workers:
        takeTurns(workers, options)
        rows = [row(one) for one in workers]
    found = summary(rows)
    memory = best(rows)[ours.name]
    microseconds = found["microseconds"]
    print(f"batch {workload.batch}, width {workload.hidden[0]}: {microseconds[ours.name]:.0f} µs", flush=True)
    return {
        "batch": workload.batch,
        "width": workload.hidden[0],
        "parameters": workload.numParameters(),
        "units": PIXELS + sum(workload.hidden) + CLASSES,
        "microseconds": microseconds[ours.name],
        "threads": found["threads"][ours.name],
        "floor_microseconds": microseconds["floor"],
        "over_floor": found["ratios"][ours.name]["floor"].median,
        "memory_mib": memory["trained_mib"] - memory["imported_mib"],
    }


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
