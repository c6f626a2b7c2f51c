"""Curves: of a training, and others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from leibnet.arguments import flag, number, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.canvas import BLUE, GREEN, GREY, INK, RED, TEXT
from nn.training.history import History
from nn.training.metrics import MetricName

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = {  # of quantities whose names alone make no good title
    "kl": "KL divergence",
    "mae": "Mean absolute error",
    "mean_iou": "Mean IoU",
    "r2": "R²",
    "roc_auc": "ROC AUC",
}
STYLES = {"train": (BLUE, "--"), "validation": (GREEN, "-."), "test": (RED, "-")}
FLAT = 3.0  # how many times the span of the later entries that of all may have; beyond, the axis leaves the first out
NOTE = 0.15  # of that span is free for the note which says so
FALL = 20.0  # the largest over the smallest value from which the axis of falling curves is logarithmic

Panels = Mapping[str, str | Mapping[str, str]]
References = Mapping[str, Mapping[str, float]]


class Curve(NamedTuple):
    """A metric of one training."""

    run: str
    split: str
    quantity: str
    panel: str  # the title
    words: str  # what tells it from the other quantities of its panel, else empty
    x: Array
    y: Array


def plotHistory(
    history: History | Mapping[str, History],
    samplesPerEpoch: int | None = None,
    panels: Panels | None = None,
    references: References | None = None,
    losses: Mapping[str, str] | None = None,
) -> Figure:
    """Draws the metrics of a training, or of several to compare them: a panel for the loss, one for the accuracy, ...

    An axis is logarithmic where its curves fall by a factor of 20 or more. Where the first entries would flatten all
    that follow, the axis leaves them out, and says so.

    Parameters
    ----------
    history : what `train` returned, or a dict from names to histories. One training has a colour each for train,
        validation and test; several have a colour each. A vertical line is where early stopping found the best weights.
    samplesPerEpoch : size of the training set, so that the x axis counts epochs; default what the histories say. Where
        they do not say it, the axis counts the samples processed.
    panels : dict from a panel's title to its quantity, such as {"-ELBO in nats": "loss"}. For one training also to a
        dict of several quantities and their names: {"D is right": {"real_accuracy": "about data", ...}}. Quantities
        that are not mentioned have a panel each.
    references : dict from a panel's title to values that are drawn as dotted lines, with their names:
        {"Accuracy": {"guessing": 0.1}}.
    losses : for several histories, dict from their names to those of their losses. The values of different losses
        cannot be compared: they have a panel each.

    Example
    -------
    >>> history = History(["train_loss", "test_loss"])
    >>> history.append(50, {"train_loss": 0.7, "test_loss": 0.8})
    >>> figure = plotHistory(history, references={"Loss": {"guessing": 0.69}})
    >>> figure = plotHistory({"Adam": history, "SGD": history}, losses={"Adam": "MSE", "SGD": "cross-entropy"})
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FixedLocator, MaxNLocator

    several, runs = not isinstance(history, History), _checked_runs(history)
    units = _units(runs, samplesPerEpoch)
    curves = _curves(runs, units, _shared_panels(panels, runs, several), _checked_losses(losses, runs, several))
    titles = list(dict.fromkeys(curve.panel for curve in sorted(curves, key=lambda curve: curve.quantity != "loss")))
    dotted = _checked_references(references, titles)
    splits = [split for split in STYLES if split in {curve.split for curve in curves}]
    colour_of = dict(zip(runs, canvas.colours(len(runs)), strict=True)) if several else {}

    dashed = len(splits) > 1 or not any(curve.words for curve in curves)  # splits are told apart

    figure, places = canvas.panels(len(titles), 3, canvas.wideEnough(5.5, *titles), 4.3 + 0.3 * bool(dotted))
    ticks = {float(x) for curve in curves for x in curve.x}
    for title, axes in zip(titles, places, strict=True):
        canvas.quiet(axes, title, "epochs" if units else "samples processed")
        inside = [curve for curve in curves if curve.panel == title]
        keys = _draw(axes, inside, colour_of, dashed)
        for name, value in dotted.get(title, {}).items():
            keys.append(axes.axhline(value, color=INK, ls=":", lw=1.5, zorder=1, label=name))
        _suit_scale(axes, inside, dotted.get(title, {}).values())
        for name, record in runs.items():
            if record.bestIndex is not None:
                axes.axvline(record.bestIndex / units.get(name, 1), color=colour_of.get(name, GREY), lw=1, zorder=1)
        if keys:
            canvas.legendBelow(axes, keys)
        axes.xaxis.set_major_locator(FixedLocator(list(ticks)) if len(ticks) == 1 else MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")

    handles = [Line2D([], [], color=colour, lw=3, label=name) for name, colour in colour_of.items()]
    if len(splits) > 1 if several else dashed and not all(curve.words for curve in curves):
        for split in splits:
            colour, line = STYLES[split]
            handles.append(Line2D([], [], color=INK if several else colour, ls=line, lw=2, label=split))
    if any(record.bestIndex is not None for record in runs.values()):
        handles.append(Line2D([], [], color=GREY, lw=1, label="best weights"))
    canvas.legend(figure, handles)
    return figure


def _draw(axes: Axes, curves: list[Curve], colour_of: Mapping[str, Any], dashed: bool) -> list[Any]:
    """The curves of a panel, a colour for each training, word or split; those with words are keys of its legend."""
    words = list(dict.fromkeys(curve.words for curve in curves))
    colour_of_words = dict(zip(words, canvas.colours(len(words)), strict=True))
    keys = []
    for curve in curves:
        colour, line = STYLES[curve.split]
        label = curve.split
        if curve.words:
            colour, label = colour_of_words[curve.words], f"{curve.words}, {curve.split}" if dashed else curve.words
        elif curve.run:
            colour, label = colour_of[curve.run], f"{curve.run}, {curve.split}"
        marker = "o" if len(curve.x) <= 30 else None
        look: dict[str, Any] = {"color": colour, "ls": line if dashed else "-", "marker": marker}
        (drawn,) = axes.plot(curve.x, curve.y, label=label, lw=2, ms=5, clip_on=False, **look)
        keys += [drawn] * bool(curve.words)
    return keys


def _suit_scale(axes: Axes, curves: list[Curve], references: Iterable[float]) -> None:
    """Percents for shares; a logarithmic axis, or one without the first entries, where these suit the curves."""
    values = np.concatenate([curve.y for curve in curves])
    low, high = float(values.min()), float(values.max())
    # One's own "accuracy" may be a percentage.
    shares = all(curve.quantity.endswith("accuracy") for curve in curves) and low >= 0 and high <= 1
    if low > 0 and high > FALL * low and not shares and all(curve.y[-1] < curve.y[0] for curve in curves):
        canvas.logarithmic(axes)
        return
    later = np.concatenate([curve.y[max(1, len(curve.y) // 10) :] for curve in curves])
    if shares:
        axes.yaxis.set_major_formatter(canvas.percent)
        axes.set_ylim(top=min(axes.get_ylim()[1], 1))
    if len(later) > 2 * len(curves) and 0 < FLAT * np.ptp(later) < high - low:
        ends = [later.min(), later.max(), *references]
        span = max(ends) - min(ends)
        above = high - later.max() > later.min() - low
        bottom, top = min(ends) - (0.05 if above else NOTE) * span, max(ends) + (NOTE if above else 0.05) * span
        axes.set_ylim(bottom, min(top, 1) if shares else top)
        farthest = high if above else low
        note = f"the first entries reach {canvas.percent(farthest) if shares else f'{farthest:.4g}'}"
        height, edge = (0.97, "top") if above else (0.03, "bottom")
        axes.text(0.98, height, note, color=GREY, size=TEXT, ha="right", va=edge, transform=axes.transAxes)
        for line in axes.lines:
            line.set_clip_on(True)


def _curves(
    runs: Mapping[str, History],
    units: Mapping[str, int],
    shared: Mapping[str, tuple[str, str]],
    losses: Mapping[str, str],
) -> list[Curve]:
    """Every metric of every training, and which panel it belongs to."""
    curves = []
    for run, record in runs.items():
        x = np.array(record.index) / units.get(run, 1)
        for metric, entries in record.items():
            split, quantity = MetricName.parse(metric)
            title = TITLES.get(quantity, quantity.replace("_", " ").capitalize())
            panel, words = shared.get(quantity, (title, ""))
            if quantity == "loss" and losses:
                panel = f"{panel}: {losses[run]}"
            curves.append(Curve(run, split, quantity, panel, words, x, np.array(entries, float)))
    return curves


def _units(runs: Mapping[str, History], samplesPerEpoch: int | None) -> dict[str, int]:
    """The samples of an epoch of each training; empty if they are not known of all."""
    if samplesPerEpoch is not None:
        return dict.fromkeys(runs, wholeNumber("plotHistory", "samplesPerEpoch", samplesPerEpoch))
    known = {name: record.samplesPerEpoch or 0 for name, record in runs.items()}
    return known if all(known.values()) else {}


def _shared_panels(panels: Any, runs: Mapping[str, History], several: bool) -> dict[str, tuple[str, str]]:
    """The title of each quantity's panel, and its words there."""
    owner, places = "plotHistory", {}
    known = {MetricName.parse(metric).quantity for record in runs.values() for metric in record}
    for title, entry in ({} if panels is None else arguments.mapping(owner, "panels", panels)).items():
        if several and isinstance(entry, Mapping):
            raise ValueError(
                refusal(owner, f"panels[{title!r}]", "one quantity where there are several histories", entry)
            )
        inside = entry if isinstance(entry, Mapping) else {entry: ""}
        if not inside or not set(inside) <= known:
            raise ValueError(refusal(owner, f"panels[{title!r}]", f"of the quantities {sorted(known)}", entry))
        places.update({str(quantity): (str(title), str(words)) for quantity, words in inside.items()})
    return places


def _checked_references(references: Any, titles: list[str]) -> dict[str, dict[str, float]]:
    """The values to draw, by panel and name."""
    owner, checked = "plotHistory", {}
    for title, entry in ({} if references is None else arguments.mapping(owner, "references", references)).items():
        name = f"references[{title!r}]"
        if title not in titles:
            raise ValueError(refusal(owner, "references", f"a dict with titles of {titles}", title))
        checked[title] = {
            str(words): number(owner, f"{name}[{words!r}]", value)
            for words, value in arguments.mapping(owner, name, entry).items()
        }
    return checked


def _checked_losses(losses: Any, runs: Mapping[str, History], several: bool) -> Mapping[str, str]:
    """The name of each training's loss; empty if they are not told apart."""
    if losses is None:
        return {}
    losses = arguments.mapping("plotHistory", "losses", losses)
    if not several or set(losses) != set(runs):
        expected = f"a dict from the names of several histories, {list(runs)}" if several else "omitted for one history"
        raise ValueError(refusal("plotHistory", "losses", expected, losses))
    return losses


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


def plotCurves(
    curves: Mapping[str, tuple[Any, Any]],
    xlabel: str,
    ylabel: str,
    title: str = "",
    logarithmic: bool = False,
    logarithmicX: bool = False,
) -> Figure:
    """Draws lines by name, such as how certain a classifier is of each class along a path between two images.

    Parameters
    ----------
    curves : dict from a name to (x, y), each a sequence of numbers (points,). Of several runs, such as those of several
        seeds, y is (runs, points): each has a thin line, and their mean a thick one.
    xlabel, ylabel : what the axes show.
    title : a line above; default none.
    logarithmic : whether the y axis is, for positive numbers; default False.
    logarithmicX : whether the x axis is, for positive numbers; default False.

    Example
    -------
    >>> x = np.linspace(0, 1, 20)
    >>> figure = plotCurves({"3": (x, 1 - x), "8": (x, x)}, "share of the second image", "certainty")
    """
    from matplotlib.ticker import MaxNLocator

    owner = "plotCurves"
    if not isinstance(curves, Mapping):
        raise TypeError(refusal(owner, "curves", "a dict from names to (x, y)", type(curves)))
    scaled = flag(owner, "logarithmicX", logarithmicX), flag(owner, "logarithmic", logarithmic)
    lines = {}
    for name, (entry, curve) in arguments.entries(owner, "curves", curves).items():
        if not isinstance(curve, (tuple, list, np.ndarray)) or len(curve) != 2:
            raise TypeError(refusal(owner, entry, "a pair (x, y)", curve))
        lines[name] = x, y = [arguments.numbers(owner, entry, values) for values in curve]
        if x.ndim != 1 or x.shape != y.shape[-1:] or y.ndim > 2:
            expected = "x and y of shape (points,), as many each, or y of shape (runs, points)"
            raise ValueError(refusal(owner, entry, expected, (x.shape, y.shape)))
        for values, is_logarithmic in zip((x, y), scaled, strict=True):
            if is_logarithmic and values.min() <= 0:
                raise ValueError(refusal(owner, entry, "positive where the axis is logarithmic", float(values.min())))
    figure, (axes,) = canvas.panels(1, 1, canvas.wideEnough(6.8, title), 4.3)
    canvas.quiet(axes, title, xlabel, ylabel)
    keys = []
    for (name, (x, y)), colour in zip(lines.items(), canvas.colours(len(lines)), strict=True):
        runs = np.atleast_2d(y)
        for run in runs if len(runs) > 1 else ():
            axes.plot(x, run, color=colour, lw=1, alpha=0.5)
        keys += axes.plot(
            x, runs.mean(axis=0), label=name, color=colour, lw=2, ms=5, marker="o" if len(x) <= 12 else None
        )
    for is_logarithmic, is_x in ((logarithmicX, True), (logarithmic, False)):
        if is_logarithmic:
            canvas.logarithmic(axes, is_x)
    if not logarithmicX and all((x == np.round(x)).all() for x, _ in lines.values()):
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    canvas.legend(figure, keys)
    return figure
