"""Pictures as files."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from leibnet.arguments import refusal
from leibnet.files import absolute, writeAtomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(figure: Figure, path: str | os.PathLike[str], dpi: float | None = None) -> None:
    """Writes a picture in full or not at all, which `figure.savefig(path)` does not promise.

    Parameters
    ----------
    figure : what a plot function returned.
    path : where to; its ending says in which format: .png, .pdf, .svg, ...
    dpi : dots per inch; default that of the figure.

    Example
    -------
    >>> from nn.plots import plotCurves
    >>> save(plotCurves({"loss": ([1, 2, 3], [0.9, 0.5, 0.3])}, "epoch", "nats"), "loss.png", dpi=100)
    """
    place = absolute(path)
    kinds = figure.canvas.get_supported_filetypes()
    kind = place.suffix[1:].lower()
    if kind not in kinds:
        endings = ", ".join(f".{known}" for known in kinds)
        raise ValueError(refusal("save", "path", f"one that ends in one of {endings}", os.fspath(path)))
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi="figure" if dpi is None else dpi)
    writeAtomically(place, file.getvalue())
