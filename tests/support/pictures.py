"""What can be seen of a figure."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def visible(figure):
    """Draws a figure, as for a file, and gives its texts.

    All but those of ticks beyond the ends of their axes, which matplotlib has and does not draw.
    """
    FigureCanvasAgg(figure).draw()
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        scaled = axis.get_transform().transform
        low, high = sorted(scaled(np.array(axis.get_view_interval())))
        rounding = 1e-9 * (high - low)  # processors differ in where they see 10⁻⁵
        for tick in axis.get_major_ticks():
            if not low - rounding <= scaled(np.array([tick.get_loc()]))[0] <= high + rounding:
                beyond.add(tick.label1)
    return [text for text in figure.findobj(Text) if text not in beyond]
