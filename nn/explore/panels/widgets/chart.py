"""Lines and bars as drawings that grow with the page and are read in the light and in the dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from leibnet.types import Array

import numpy as np

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 480, 190, 52, 30, 10
COLOURS = "#1f77b4", "#e6842a", "#2ca02c", "#d6555b", "#9467bd", "#8c6d5e", "#e377c2", "#17a2b8"
MOST = 800  # points of a line
LETTERS = 70  # that fit side by side


def lines(
    curves: Mapping[str, Any], xlabel: str = "step", ylabel: str = "", start: float = 0.0, spacing: float = 1.0
) -> str:
    """An SVG drawing of curves (n,) by their names, all of them over start, start + spacing, ...

    Of longer curves than 800 points, every second, third, ... is drawn. Numbers that are not finite are left out.

    >>> lines({"y": [0, 1, 0]})[:44]
    '<svg viewBox="0 0 480 190" role="img" aria-l'
    """
    arrays = {name: np.asarray(curve, float).ravel() for name, curve in curves.items()}
    count = max((len(one) for one in arrays.values()), default=0)
    finite = np.concatenate([one[np.isfinite(one)] for one in arrays.values()] or [np.zeros(0)])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    across = (WIDTH - LEFT - 8) / max(1, count - 1)
    room = HEIGHT - BELOW - ABOVE - 14 * (len(arrays) > 1)
    top = HEIGHT - BELOW - room
    said = escape(f"{', '.join(arrays)}: from {low:.3g} to {high:.3g}")
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}" class="leibnet-chart">']
    for place, value in enumerate(np.linspace(low, high, 3)):
        y = top + room * (1 - place / 2)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" class="leibnet-grid"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    for place, name in enumerate(arrays):
        parts.append(_polyline(arrays[name], across, top, room, low, high, COLOURS[place % len(COLOURS)]))
        if len(arrays) > 1:
            x = LEFT + place * (WIDTH - LEFT) / len(arrays)
            parts.append(
                f'<text x="{x:.0f}" y="12" fill="{COLOURS[place % len(COLOURS)]}">{_short(name, len(arrays))}</text>'
            )
    y = HEIGHT - BELOW + 16
    last = start + spacing * max(0, count - 1)
    parts.append(f'<text x="{LEFT}" y="{y}">{start:.4g}</text>')
    parts.append(f'<text x="{WIDTH - 8}" y="{y}" text-anchor="end">{last:.4g}</text>')
    title = escape(xlabel if not ylabel else f"{ylabel}, over {xlabel}")
    parts.append(f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">{title}</text>')
    return "".join([*parts, "</svg>"])


def bars(values: Sequence[float], names: Sequence[str], limits: tuple[float, float] = (0.0, 1.0)) -> str:
    """A table of HTML with a bar for each number, from the first of the limits to the number."""
    low, high = limits
    rows = []
    for value, name in zip(values, names, strict=True):
        share = 100 * float(np.clip((value - low) / ((high - low) or 1), 0, 1))
        rows.append(
            f'<div class="leibnet-bar leibnet-share"><span class="leibnet-bar-name">{escape(name)}</span>'
            f'<span class="leibnet-track"><span style="width:{share:.2f}%"></span></span>'
            f'<span class="leibnet-bar-number">{value:.3g}</span></div>'
        )
    return "".join(rows)


def _short(name: str, count: int) -> str:
    """As much of a name as there is room for, of so many side by side."""
    most = max(4, LETTERS // count)
    return escape(name if len(name) <= most else name[: most - 2] + "..")


def _polyline(y: Array, across: float, top: float, room: float, low: float, high: float, colour: str) -> str:
    every = max(1, -(-len(y) // MOST))
    parts, pieces = [], [""]
    for place in range(0, len(y), every):
        if not np.isfinite(y[place]):
            pieces.append("")
            continue
        pieces[-1] += f"{LEFT + place * across:.1f},{top + room * (1 - (y[place] - low) / (high - low)):.1f} "
    for piece in filter(None, pieces):
        parts.append(f'<polyline points="{piece.strip()}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    return "".join(parts)
