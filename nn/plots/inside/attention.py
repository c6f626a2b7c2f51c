"""Where the heads of attention layers look, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

from nn.plots import arguments, canvas
from nn.plots.canvas import TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL, LEAST, MOST = 0.19, 1.6, 6.0  # inches: of a token, and of a panel
UPRIGHT = 2  # letters that have room in a cell
ROUNDING = 1e-3  # of shares in half precision
SPACE = "\u2423"  # an open box stands for a space


def plotAttention(weights: Any, tokens: Sequence[str], sources: Sequence[str] | None = None, count: int = 32) -> Figure:
    """Draws where each head of one or several attention layers looks: a row of panels for a layer, its heads side by
    side.

    In a panel, the row of a token shows how much of each token's value goes into what the head says there; white is 0,
    dark blue 1, and every row adds up to 1. Under a causal head the upper triangle is empty. Vaswani et al. 2017,
    arXiv:1706.03762, figures 3 to 5.

    Parameters
    ----------
    weights : (heads, queries, keys), or a dict of such by name, as `LanguageModel.attention` gives.
    tokens : the queries, which stand at the rows: a text, or a list of words. In self-attention the keys, too.
    sources : of attention to another sequence its tokens, which stand at the columns; default `tokens`.
    count : how many queries and keys at most, the first; default 32.

    Raises
    ------
    ValueError : weights of another shape, for other numbers of tokens, or that are no shares from 0 to 1.

    Example
    -------
    >>> figure = plotAttention(np.tri(4)[np.newaxis] / np.arange(1, 5)[:, np.newaxis], "that")
    """
    owner = "plotAttention"
    rows: dict[str, Array] = {}
    most = wholeNumber(owner, "count", count)
    keys = tokens if sources is None else sources
    for name, words in (("tokens", tokens), ("sources", keys)):
        if not isinstance(words, Sequence):
            raise TypeError(refusal(owner, name, "a text or a list of words", words))
    for title, (name, given) in arguments.entries(owner, "weights", weights).items():
        array = arguments.numbers(owner, name, given)
        expected = len(tokens), len(keys)
        if array.ndim != 3 or array.shape[1:] != expected:
            remedy = "of a batch choose one sample, [..., 0]" if array.ndim == 4 else ""
            said = f"of shape (heads, {expected[0]}, {expected[1]}), for as many tokens"
            raise ValueError(refusal(owner, name, said, array.shape, remedy))
        if array.min() < 0 or array.max() > 1 + ROUNDING:
            wrong = array.min() if array.min() < 0 else array.max()
            remedy = "give the weights behind the Softmax, layer.attentionWeights[..., 0]"
            raise ValueError(refusal(owner, name, "shares from 0 to 1", float(wrong), remedy))
        rows[title] = array[:, :most, :most]
    shown, across = visible(tokens[:most]), visible(keys[:most])
    heads = max(map(len, rows.values()))
    wide, tall = (min(MOST, max(LEAST, CELL * len(words))) for words in (across, shown))
    left = 0.09 * max(map(len, shown)) + 0.6
    below = 0.09 * max(map(len, across)) + 0.35
    figure = canvas.blankFigure(heads * (wide + left) + 1.0, len(rows) * (tall + below + 0.35) + 0.3)
    panels = figure.subplots(len(rows), heads, squeeze=False)
    for (title, array), line in zip(rows.items(), panels, strict=True):
        for head, axes in enumerate(line):
            if head >= len(array):
                axes.set_axis_off()
                continue
            image = axes.imshow(array[head], cmap="Blues", vmin=0, vmax=1, interpolation="nearest", aspect="auto")
            axes.set_title(f"{title}, head {head + 1}".lstrip(", "), fontsize=TEXT, parse_math=False)
            _name(axes, shown, across)
        line[0].set_ylabel("what looks", fontsize=TEXT, parse_math=False)
    for axes in panels[-1, : len(array)]:
        axes.set_xlabel("what it sees", fontsize=TEXT, parse_math=False)
    bar = figure.colorbar(image, ax=panels, fraction=0.02, ticks=[0, 0.5, 1])
    canvas.quietBar(bar, "weight")
    return figure


def visible(tokens: Sequence[str]) -> list[str]:
    """The tokens as they are to be read: what would not be seen has a sign."""
    return [str(token).replace(" ", SPACE).replace("\n", "\u21b5") for token in tokens]


def _name(axes: Axes, rows: list[str], columns: list[str]) -> None:
    """Writes the tokens at both axes."""
    look: dict[str, Any] = {"fontsize": TEXT - 3, "family": "monospace", "parse_math": False}
    axes.set_yticks(range(len(rows)), rows, **look)
    axes.set_xticks(range(len(columns)), columns, **look)
    for label in axes.get_xticklabels():  # a sign such as > or = is another one when it is turned
        label.set_rotation(90 if len(label.get_text()) > UPRIGHT else 0)
    axes.tick_params(length=0)
    axes.spines[:].set_color(canvas.PALE)
