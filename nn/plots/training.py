"""Curves: of a training, and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal, wholeNumber

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.canvas import BLUE, GREEN, GREY, INK, RED
from nn.training.history import History
from nn.training.metrics import MetricName

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {"kl": "KL divergence"}  # of quantities whose names alone make no good title
STYLES = {"train": (BLUE, "--"), "validation": (GREEN, "-."), "test": (RED, "-")}


def plotHistory(history: History | Mapping[str, History], samplesPerEpoch: int | None = None) -> Figure:
    """Draws the metrics of a training, or of several to compare them: a panel for the loss, one for the accuracy, ...

    Parameters
    ----------
    history : what `train` returned, or a dict from names to histories. One training has a colour each for train,
        validation and test; several have a colour each. A vertical line is where early stopping found the best weights.
    samplesPerEpoch : size of the training set; with it the x axis counts epochs, without it samples processed.

    Example
    -------
    >>> history = History(["train_loss", "test_loss"])
    >>> history.append(50, {"train_loss": 0.7, "test_loss": 0.8})
    >>> figure = plotHistory(history)
    >>> figure = plotHistory({"Adam": history, "SGD": history})
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FixedLocator, MaxNLocator

    several, runs = not isinstance(history, History), _checked_runs(history)
    unit = 1 if samplesPerEpoch is None else wholeNumber("plotHistory", "samplesPerEpoch", samplesPerEpoch)
    colour_of = dict(zip(runs, canvas.colours(len(runs)), strict=True))
    metrics = [MetricName.parse(metric) for record in runs.values() for metric in record]
    quantities = sorted(dict.fromkeys(metric.quantity for metric in metrics), key=lambda quantity: quantity != "loss")
    splits = [split for split in STYLES if split in {metric.split for metric in metrics}]

    figure, places = canvas.panels(len(quantities), 3, 5.5, 4.3)
    panels = dict(zip(quantities, places, strict=True))
    for name, record in runs.items():
        x = np.array(record.index) / unit
        for metric, entries in record.items():
            split, quantity = MetricName.parse(metric)
            colour, label = (colour_of[name], f"{name}, {split}") if several else (STYLES[split][0], split)
            look: dict[str, Any] = {"color": colour, "ls": STYLES[split][1], "marker": "o" if len(x) <= 30 else None}
            panels[quantity].plot(x, entries, label=label, lw=2, ms=5, clip_on=False, **look)
        if record.bestIndex is not None:
            for axes in panels.values():
                axes.axvline(record.bestIndex / unit, color=colour_of[name] if several else GREY, lw=1, zorder=1)
    ticks = {index / unit for record in runs.values() for index in record.index}
    for quantity, axes in panels.items():
        title = TITLES.get(quantity, quantity.replace("_", " ").capitalize())
        canvas.quiet(axes, title, "epochs" if samplesPerEpoch else "samples processed")
        axes.xaxis.set_major_locator(FixedLocator(list(ticks)) if len(ticks) == 1 else MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        if quantity.endswith("accuracy") and _are_shares(runs, quantity):
            axes.yaxis.set_major_formatter(canvas.percent)
            axes.set_ylim(top=min(axes.get_ylim()[1], 1))

    keys = [Line2D([], [], color=colour_of[name], lw=3, label=name) for name in runs if several]
    if not several or len(splits) > 1:
        for split in splits:
            colour, line = STYLES[split]
            keys.append(Line2D([], [], color=INK if several else colour, ls=line, lw=2, label=split))
    if any(record.bestIndex is not None for record in runs.values()):
        keys.append(Line2D([], [], color=GREY, lw=1, label="best weights"))
    canvas.legend(figure, keys)
    return figure


def plotCurves(curves: Mapping[str, tuple[Any, Any]], xlabel: str, ylabel: str, title: str = "") -> Figure:
    """Draws lines by name, such as how certain a classifier is of each class along a path between two images.

    Parameters
    ----------
    curves : dict from a name to (x, y), each a sequence of numbers (points,).
    xlabel, ylabel : what the axes show.
    title : a line above; default none.

    Example
    -------
    >>> x = np.linspace(0, 1, 20)
    >>> figure = plotCurves({"3": (x, 1 - x), "8": (x, x)}, "share of the second image", "certainty")
    """
    owner = "plotCurves"
    if not isinstance(curves, Mapping):
        raise TypeError(refusal(owner, "curves", "a dict from names to (x, y)", type(curves)))
    lines = {}
    for name, (entry, curve) in arguments.entries(owner, "curves", curves).items():
        if not isinstance(curve, (tuple, list, np.ndarray)) or len(curve) != 2:
            raise TypeError(refusal(owner, entry, "a pair (x, y)", curve))
        lines[name] = x, y = [arguments.numbers(owner, entry, values) for values in curve]
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(refusal(owner, entry, "x and y of shape (points,), as many each", (x.shape, y.shape)))
    figure, (axes,) = canvas.panels(1, 1, 6.8, 4.3)
    canvas.quiet(axes, title, xlabel, ylabel)
    for (name, (x, y)), colour in zip(lines.items(), canvas.colours(len(lines)), strict=True):
        axes.plot(x, y, label=name, color=colour, lw=2, ms=5, marker="o" if len(x) <= 12 else None)
    canvas.legend(figure, axes.lines)
    return figure


def _checked_runs(history: Any) -> dict[str, History]:
    """The trainings by name; one alone has none."""
    runs = {}
    alone = {"": ("history", history)}  # though it is a dict
    given = alone if isinstance(history, History) else arguments.entries("plotHistory", "history", history)
    for title, (name, record) in given.items():
        if not isinstance(record, History):
            raise TypeError(refusal("plotHistory", name, "the History that train returned, or a dict of such", record))
        if not record.index or not record:
            raise ValueError(refusal("plotHistory", name, "a History with entries", record, "train with metrics first"))
        for metric in record:
            MetricName.parse(metric)
        runs[title] = record
    return runs


def _are_shares(runs: Mapping[str, History], quantity: str) -> bool:
    """Whether no value of the quantity lies outside of 0 to 1: one's own "accuracy" may be a percentage."""
    entries = [
        value
        for record in runs.values()
        for name, values in record.items()
        for value in values
        if MetricName.parse(name).quantity == quantity
    ]
    return not any(value < 0 or value > 1 for value in entries)
