"""Curves of a training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.history import History
from nn.plots import canvas
from nn.plots.canvas import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED, SKY, TEXT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPLITS = {"train": (BLUE, "--"), "validation": (GREEN, "-."), "test": (RED, "-")}


def plotHistory(history: History | Mapping[str, History], samplesPerEpoch: int | None = None) -> Figure:
    """Draws the metrics of a training, or of several to compare them: a panel for the loss, one for the accuracy, ...

    Parameters
    ----------
    history : what `train` returned, or a dict from names to such. One training has a colour each for train, validation
        and test; several have a colour each. A vertical line is where early stopping found the best weights.
    samplesPerEpoch : size of the training set; with it the x axis counts epochs, without it samples processed.

    Example
    -------
    >>> history = History(["train_loss", "test_loss"])
    >>> history.append(50, {"train_loss": 0.7, "test_loss": 0.8})
    >>> figure = plotHistory(history)
    >>> figure = plotHistory({"Adam": history, "SGD": history})
    """
    from matplotlib import colormaps
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FixedLocator, MaxNLocator

    several, runs = isinstance(history, Mapping), _checkedRuns(history)
    unit = 1 if samplesPerEpoch is None else canvas.positive("samplesPerEpoch", samplesPerEpoch)
    palette = [BLUE, RED, GREEN, PURPLE, ORANGE, SKY, INK]
    colours = palette if len(runs) <= len(palette) else list(colormaps["viridis"](np.linspace(0, 0.92, len(runs))))
    colourOf = dict(zip(runs, colours, strict=False))
    metrics = [metric.split("_", 1) for record in runs.values() for metric in record.values]
    quantities = sorted(dict.fromkeys(quantity for _, quantity in metrics), key=lambda quantity: quantity != "loss")
    splits = [split for split in SPLITS if split in {split for split, _ in metrics}]

    figure = canvas.blank_figure(max(6.4, 5.5 * len(quantities)), 4.8)
    panels = dict(zip(quantities, figure.subplots(1, len(quantities), squeeze=False)[0], strict=True))
    for name, record in runs.items():
        x = np.array(record.index) / unit
        for metric, entries in record.values.items():
            split, quantity = metric.split("_", 1)
            colour, label = (colourOf[name], f"{name}, {split}") if several else (SPLITS[split][0], split)
            look: dict[str, Any] = {"color": colour, "ls": SPLITS[split][1], "marker": "o" if len(x) <= 30 else None}
            panels[quantity].plot(x, entries, label=label, lw=2, ms=5, clip_on=False, **look)
        if record.bestIndex is not None:
            for axes in panels.values():
                axes.axvline(record.bestIndex / unit, color=colourOf[name] if several else GREY, lw=1, zorder=1)
    ticks = {index / unit for record in runs.values() for index in record.index}
    for quantity, axes in panels.items():
        canvas.quiet(axes, quantity.capitalize(), "epochs" if samplesPerEpoch else "samples processed")
        axes.xaxis.set_major_locator(FixedLocator(list(ticks)) if len(ticks) == 1 else MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
    if "accuracy" in panels:
        panels["accuracy"].yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
        panels["accuracy"].set_ylim(top=min(panels["accuracy"].get_ylim()[1], 1))

    keys = [Line2D([], [], color=colourOf[name], lw=3, label=name) for name in runs if several]
    if not several or len(splits) > 1:
        keys += [Line2D([], [], color=INK if several else SPLITS[s][0], ls=SPLITS[s][1], lw=2, label=s) for s in splits]
    if any(record.bestIndex is not None for record in runs.values()):
        keys.append(Line2D([], [], color=GREY, lw=1, label="best weights"))
    figure.legend(handles=keys, loc="outside lower center", ncols=min(len(keys), 6), frameon=False, fontsize=TEXT)
    return figure


def _checkedRuns(history: Any) -> dict[str, History]:
    """The trainings by name; one alone has none."""
    runs = dict(history) if isinstance(history, Mapping) else {"": history}
    if not runs:
        raise ValueError("expected at least one History, got an empty dict")
    for record in runs.values():
        if not isinstance(record, History):
            raise TypeError(f"expected the History that train returned, or a dict from names to such, got {record!r}")
        if not record.index or not record.values:
            raise ValueError("expected a History with entries, got one without: train with metrics first")
        for metric in record.values:
            if metric.partition("_")[0] not in SPLITS or not metric.partition("_")[2]:
                raise ValueError(f"expected metrics named like train_loss or test_accuracy, got {metric!r}")
    return runs
