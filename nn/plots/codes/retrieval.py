"""Queries and what was found for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import ImageShape, Names

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotRetrieval(
    queries: Any,
    answers: Any,
    imageShape: ImageShape = None,
    right: Any = None,
    distances: Any = None,
    names: Names = None,
    heading: str = "",
) -> Figure:
    """Draws a row for every query: its image in a blue frame, then the answers to it, nearest first.

    Parameters
    ----------
    queries : Q images, as for `plotImages`.
    answers : Q · m images in the same way: the m answers to the first query, those to the second, and so on; at most
        400 with the queries.
    imageShape : (height, width), as for `plotImages`.
    right : (m, Q) or (m · Q,) of bool, which answers are right: the others have a red frame. Default: none has.
    distances : as many numbers, which stand above the answers; default none.
    names : what stands left of each row; default nothing.
    heading : a line above all; default none.

    Example
    -------
    >>> figure = plotRetrieval(np.eye(4)[:, :2], np.eye(4)[:, [0, 1, 1, 3]], (2, 2), right=[1, 0, 1, 0])
    """
    owner = "plotRetrieval"
    asked = arguments.images(owner, "queries", queries, imageShape, most=200)
    found = arguments.images(owner, "answers", answers, imageShape, most=400)
    count, rest = divmod(len(found), len(asked))
    if rest or not count or found.shape[1:] != asked.shape[1:] or len(asked) + len(found) > 400:
        expected = f"as many images of one kind for each of {len(asked)} queries, at most 400 in all"
        raise ValueError(refusal(owner, "answers", expected, found.shape))
    texts = [f"{value:g}" for value in _of_answers(owner, "distances", distances, len(asked), count, np.nan)]
    wrong = _of_answers(owner, "right", right, len(asked), count, 1) == 0
    labels = arguments.captions(owner, names, len(asked), "queries", "names")
    sheet = np.concatenate([asked[:, np.newaxis], found.reshape(len(asked), count, *found.shape[1:])], axis=1)
    captions = [""] * sheet.shape[0] * (count + 1)
    for place in range(len(found)):
        row, column = divmod(place, count)
        captions[row * (count + 1) + column + 1] = "" if distances is None else texts[place]
    figure, axes = canvas.sheet(sheet.reshape(-1, *found.shape[1:]), count + 1, captions, heading, labels=labels)
    for place, image in enumerate(list(axes.images)):
        row, column = divmod(place, count + 1)
        if not column:
            _frame(axes, image.get_extent(), canvas.BLUE)
        elif wrong[row * count + column - 1]:
            _frame(axes, image.get_extent(), canvas.RED)
    return figure


def _of_answers(owner: str, name: str, given: Any, queries: int, count: int, default: float) -> Array:
    """A number for every answer, (queries · count,), those to the first query first."""
    if given is None:
        return np.full(queries * count, default)
    values = realNumbers(owner, name, given, finite=True)
    if values.shape not in ((count, queries), (queries * count,)):
        expected = f"of shape ({count}, {queries}) or ({queries * count},), a number for every answer"
        raise ValueError(refusal(owner, name, expected, values.shape))
    return values.T.ravel()


def _frame(axes: Any, extent: tuple[float, float, float, float], colour: str) -> None:
    from matplotlib.patches import Rectangle

    left, right, bottom, top = extent
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=colour, lw=2.5))
