"""How well the scores of a classifier separate each class from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.metrics.ranking import areaUnderROC, averagePrecision, precisionRecallCurve, rocCurve
from nn.plots import arguments, canvas
from nn.plots.arguments import Names
from nn.plots.canvas import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plotROC(label: Any, scores: Any, classNames: Names = None) -> Figure:
    """Draws the receiver operating characteristic of each class against all others.

    Where a sample belongs to the class from a threshold of its score on, the curve has, for every threshold, the share
    of the class that is found over the share of the others that is taken for it. The area below it, in the legend, is
    the probability that a sample of the class has a higher score than one of the others: 1 at best, 0.5 for guessing.
    Fawcett 2006, "An introduction to ROC analysis".

    Parameters
    ----------
    label : the truth, class numbers (N,), or columns (classes, N) of zeros and ones, also with several classes each.
    scores : the network's output (classes, N), the larger, the likelier; or of two classes that of class 1 alone,
        (1, N) or (N,). They need not be probabilities.
    classNames : names of the classes; default their numbers.

    A class without samples, or with all of them, has no curve; the legend says so.

    Example
    -------
    >>> figure = plotROC([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    """
    named = _truths_and_scores("plotROC", label, scores, classNames)
    areas, curves = {}, {}
    for name, (truth, score) in named.items():
        if truth.any() and not truth.all():
            x, y = curves[name] = rocCurve(truth, score)
            areas[name] = areaUnderROC(x, y)
    heading = f"Area below the ROC curve {_mean(areas)}"
    figure, axes = _square(heading, "share of the others taken for the class", "share of the class found")
    axes.plot([0, 1], [0, 1], color=GREY, ls=":", lw=1.5, label="guessing: 0.5")
    keys = list(axes.lines)
    for (name, (x, y)), colour in zip(curves.items(), canvas.colours(len(curves)), strict=True):
        keys += axes.plot(x, y, color=colour, lw=2, label=f"{name}: area {areas[name]:.4f}", clip_on=False)
    canvas.legend(figure, [*keys[1:], *_without(named, curves), keys[0]], beside=True)
    return figure


def plotPrecisionRecall(label: Any, scores: Any, classNames: Names = None) -> Figure:
    """Draws precision over recall of each class against all others: the better view where a class is rare.

    Recall is the share of the class that is found, precision the share of the found that belong to it. The area in the
    legend is the average precision, Σ (Rₙ - Rₙ₋₁) Pₙ over the thresholds: 1 at best, and the share of the class among
    all samples, a dotted line, for guessing. Saito & Rehmsmeier 2015, doi:10.1371/journal.pone.0118432.

    Parameters
    ----------
    label, scores, classNames : as for `plotROC`.

    Example
    -------
    >>> figure = plotPrecisionRecall(np.eye(3)[:, [0, 1, 2, 1]], np.eye(3)[:, [0, 1, 1, 1]], ["a", "b", "c"])
    """
    named = _truths_and_scores("plotPrecisionRecall", label, scores, classNames)
    areas, curves = {}, {}
    for name, (truth, score) in named.items():
        if truth.any() and not truth.all():
            recall, precision = precisionRecallCurve(truth, score)
            curves[name] = recall, np.concatenate((precision[1:2], precision[1:])), truth.mean()
            areas[name] = averagePrecision(recall, precision)
    figure, axes = _square(f"Average precision {_mean(areas)}", "recall", "precision")
    keys = []
    for (name, (recall, precision, share)), colour in zip(curves.items(), canvas.colours(len(curves)), strict=True):
        look = {"color": colour, "where": "pre", "clip_on": False}  # between two thresholds the precision of the next
        keys += axes.step(recall, precision, lw=2, label=f"{name}: area {areas[name]:.4f}", **look)
        axes.axhline(share, color=colour, ls=":", lw=1.5)
    canvas.legend(figure, [*keys, *_without(named, curves), canvas.key(GREY, "guessing", ls=":")], beside=True)
    return figure


def _truths_and_scores(owner: str, label: Any, scores: Any, names: Names) -> dict[str, tuple[Array, Array]]:
    """By the name of each class that has scores: whether the samples belong to it, and their scores, (N,) each."""
    scores = np.atleast_2d(arguments.numbers(owner, "scores", scores))
    label = arguments.numbers(owner, "label", label)
    if scores.ndim != 2:
        raise ValueError(refusal(owner, "scores", "columns (classes, N), or one score for each sample", scores.shape))
    count = len(scores)
    if label.ndim == 2 and len(label) > 1:
        if not np.isin(label, (0, 1)).all():
            raise ValueError(refusal(owner, "label", "columns of zeros and ones", np.unique(label)[:5].tolist()))
        truth = label == 1
    else:
        numbers, known = arguments.classNumbers(owner, "label", label), max(count, 2)
        if numbers.max() >= known:
            raise ValueError(refusal(owner, "label", f"class numbers below {known}, as scores say", int(numbers.max())))
        truth = numbers == (np.arange(count)[:, np.newaxis] if count > 1 else 1)
        truth = np.atleast_2d(truth)
    if truth.shape != scores.shape:
        raise ValueError(refusal(owner, "scores", f"of the samples and classes of label, {truth.shape}", scores.shape))
    texts = arguments.classNames(owner, names, count if count > 1 else 2)[: count if count > 1 else 2]
    return dict(zip(texts[-count:], zip(truth, scores, strict=True), strict=True))


def _square(title: str, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    """Axes of shares."""
    figure = canvas.blankFigure(6.0, 5.8)
    axes = figure.add_subplot()
    canvas.quiet(axes, title, xlabel, ylabel)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.xaxis.set_major_formatter(canvas.percent)
    axes.yaxis.set_major_formatter(canvas.percent)
    return figure, axes


def _mean(areas: dict[str, float]) -> str:
    """The area, or the mean of several."""
    if not areas:
        return "undefined"
    return f"{np.mean([*areas.values()]):.4f}" + f", mean of {len(areas)} classes" * (len(areas) > 1)


def _without(named: dict[str, Any], curves: dict[str, Any]) -> list[Any]:
    """The keys of classes without a curve."""
    return [
        canvas.key("none", f"{name}: {'all' if truth.all() else 'no'} samples")
        for name, (truth, _) in named.items()
        if name not in curves
    ]
