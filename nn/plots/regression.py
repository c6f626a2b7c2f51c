"""How right predicted numbers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import Names
from nn.plots.canvas import BLUE, INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 12  # panels


def plotPredictions(targets: Any, predictions: Any, names: Names = None) -> Figure:
    """Draws what a network predicts over what is true: a panel for each output, with the diagonal where both agree.

    The title has R² = 1 - Σ (t - p)² / Σ (t - t̄)², the share of the targets' variance that the predictions explain: 1
    at best, 0 for the mean of the targets, less for worse than that.

    Parameters
    ----------
    targets, predictions : the truth and the network's output, (outputs, N) or, of one output, (N,); at most 12 outputs.
        Of more than 5,000 samples, a random 5,000 are drawn; R² is that of all.
    names : what each output is, with its unit, such as "price in euros"; default "output 1", ..., and none for one.

    Example
    -------
    >>> targets = np.random.default_rng(0).normal(size=(2, 100))
    >>> figure = plotPredictions(targets, targets + 0.1, names=["height in m", "weight in kg"])
    """
    owner = "plotPredictions"
    truth = np.atleast_2d(arguments.numbers(owner, "targets", targets)).astype(float)
    answer = np.atleast_2d(arguments.numbers(owner, "predictions", predictions)).astype(float)
    if truth.ndim != 2:
        raise ValueError(refusal(owner, "targets", "columns (outputs, N), or (N,)", truth.shape))
    if answer.shape != truth.shape:
        raise ValueError(refusal(owner, "predictions", f"of the shape of targets, {truth.shape}", answer.shape))
    if len(truth) > MOST:
        raise ValueError(refusal(owner, "targets", f"at most {MOST} outputs", len(truth), "choose rows of both"))
    default = [f"output {place + 1}" for place in range(len(truth))] if len(truth) > 1 else [""]
    texts = default if names is None else arguments.captions(owner, names, len(truth), "outputs", "names")

    figure, panels = canvas.panels(len(truth), 3, 5.0, 4.8)
    for axes, text, true, predicted in zip(panels, texts, truth, answer, strict=True):
        spread = float(np.sum((true - true.mean()) ** 2))
        r2 = f"R² {1 - np.sum((true - predicted) ** 2) / spread:.3f}" if spread else "R² undefined: equal targets"
        canvas.quiet(axes, f"{text}: {r2}" if text else r2, "true", "predicted")
        canvas.dots(axes, np.stack((true, predicted)), BLUE)
        low, high = (float(end[0]) for end in canvas.section(np.stack((true, predicted)).reshape(1, -1)))
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.plot([low, high], [low, high], color=INK, ls=":", lw=1.5, zorder=3)
    canvas.legend(figure, [canvas.key(INK, "predicted = true", ls=":", lw=1.5)])
    return figure
