"""How close simulations are to what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal, wholeNumber

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.canvas import PALE, RED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotSimulations(measured: Any, simulated: Mapping[str, Any], ylabel: str = "output", start: int = 0) -> Figure:
    """Draws simulations of a system over what was measured: a panel for each, one below the other.

    Parameters
    ----------
    measured : one output, (steps,).
    simulated : dict from a title to what was simulated for the same steps, (steps,).
    ylabel : what the output is, with its unit; default "output".
    start : the number of the first step; default 0.

    Example
    -------
    >>> y = np.sin(np.arange(100) / 5)
    >>> figure = plotSimulations(y, {"too small": 0.9 * y, "late": np.roll(y, 2)}, "position in m")
    """
    owner = "plotSimulations"
    start, truth = wholeNumber(owner, "start", start, least=0), arguments.numbers(owner, "measured", measured)
    if truth.ndim != 1 or not truth.size:
        raise ValueError(refusal(owner, "measured", "one output, (steps,)", truth.shape))
    lines = {}
    for name, (entry, values) in arguments.entries(owner, "simulated", simulated).items():
        lines[name] = array = arguments.numbers(owner, entry, values)
        if array.shape != truth.shape:
            raise ValueError(refusal(owner, entry, f"of the shape of measured, {truth.shape}", array.shape))
    figure, panels = canvas.panels(len(lines), 1, canvas.wideEnough(9.0, *lines), 2.4)
    steps = np.arange(start, start + len(truth))
    for axes, (name, values) in zip(panels, lines.items(), strict=True):
        canvas.quiet(axes, name, ylabel=ylabel)
        axes.plot(steps, truth, color=PALE, lw=5)
        axes.plot(steps, values, color=RED, lw=1.5)
        axes.set_xlim(steps[0], steps[-1])
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[-1].set_xlabel("step", fontsize=canvas.TEXT + 1)
    canvas.legend(figure, [canvas.key(PALE, "measured", lw=5), canvas.key(RED, "simulated", lw=1.5)])
    return figure
