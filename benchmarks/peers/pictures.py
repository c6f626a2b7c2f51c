"""The results as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from peers import FORMS

OTHERS = {"pytorch": "PyTorch", "jax": "JAX, waited for in every step"}
COLOURS = {FORMS[0].name: "#7a9cc6", FORMS[1].name: "#1f4e8c"}
THICKNESS = 0.38  # of a bar, in the distance of two workloads
TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)


def ratios(summary: dict[str, dict[str, Any]], path: Path) -> None:
    """Leibnet's time over that of PyTorch and of JAX, with quartiles; no picture where neither ran."""
    from matplotlib.figure import Figure

    others = [other for other in OTHERS if any(other in one["microseconds"] for one in summary.values())]
    if not others:
        return
    figure = Figure(figsize=(4.1 * len(others) + 1.4, 0.52 * len(summary) + 1.6), layout="constrained")
    panels = figure.subplots(1, len(others), sharex=True, sharey=True, squeeze=False)[0]
    for axes, other in zip(panels, others, strict=True):
        for form in FORMS:
            _bars(axes, summary, form.name, other)
        axes.axvline(1, color="black", linewidth=1, zorder=3)
        axes.grid(axis="x", alpha=0.3, zorder=0)
        axes.set_title(f"time over that of {OTHERS[other]}", fontsize=12)
        axes.set_xlabel("below 1: Leibnet is faster")
    _scale(panels)
    panels[0].set_yticks(range(len(summary)), summary.keys(), fontsize=11)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(FORMS), frameon=False, fontsize=11)
    figure.savefig(path, dpi=120)


def _bars(axes: Any, summary: dict[str, dict[str, Any]], form: str, other: str) -> None:
    """From 1 to the median, with whiskers to the quartiles, and the median beside them."""
    shift = -THICKNESS / 2 if form == FORMS[0].name else THICKNESS / 2
    found = [(i + shift, one["ratios"].get(form, {}).get(other)) for i, one in enumerate(summary.values())]
    points = [(place, ratio) for place, ratio in found if ratio]
    if not points:
        return
    places, ratios = zip(*points, strict=True)
    lows, medians, highs = zip(*ratios, strict=True)
    axes.barh(places, np.subtract(medians, 1), THICKNESS * 0.92, left=1, color=COLOURS[form], label=form, zorder=2)
    whiskers = np.abs(np.subtract([lows, highs], medians))
    axes.errorbar(medians, places, xerr=whiskers, fmt="none", ecolor="black", elinewidth=1.2, capsize=3, zorder=4)
    for place, low, median, high in zip(places, lows, medians, highs, strict=True):
        left = median < 1
        axes.annotate(
            f"{median:.2f}",
            (min(low, 1) if left else max(high, 1), place),
            (-4 if left else 4, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=10,
        )


def _scale(panels: Sequence[Any]) -> None:
    """One on which half and twice the time are as far from 1, with room for the numbers."""
    ends = [end for axes in panels for end in axes.dataLim.intervalx]
    low, high = min(*ends, 0.7) / 1.3, max(*ends, 1.4) * 1.3
    ticks = [tick for tick in TICKS if low <= tick <= high]
    for axes in panels:
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)


def scaling(results: dict[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.2), layout="constrained")
    for axes, (series, points) in zip(
        figure.subplots(1, len(results["series"])), results["series"].items(), strict=True
    ):
        kind = series.split(",")[0]
        x = [point[kind] for point in points]
        axes.loglog(x, [point["microseconds"] / point["batch"] for point in points], "o-", label="Leibnet")
        axes.loglog(x, [point["floor_microseconds"] / point["batch"] for point in points], "s--", label="floor")
        axes.set_title(f"784-w-w-10, {series}")
        axes.set_xlabel({"batch": "samples in a batch", "width": "width w"}[kind])
        axes.set_ylabel("µs a sample")
        axes.grid(alpha=0.3, which="both")
        axes.legend(frameon=False)
    figure.savefig(path, dpi=120)
