"""Axes in percent."""

import pytest

from nn import History, plots


@pytest.mark.parametrize(
    ("values", "percent"), [([0.2, 1.0], True), ([0.0, 0.5], True), ([20.0, 95.0], False), ([-0.5, 0.5], False)]
)
def test_an_accuracy_is_in_percent_if_it_is_a_share(values, percent):
    """One's own model may measure one that is not; its curve was cut off at 1."""
    record = History(["test_accuracy"])
    for index, value in enumerate(values):
        record.append(100 * (index + 1), {"test_accuracy": value})
    figure = plots.plotHistory(record)
    axes = next(axes for axes in figure.axes if axes.get_title() == "Accuracy")
    figure.canvas.draw()
    assert any("%" in label.get_text() for label in axes.get_yticklabels()) == percent
    assert axes.get_ylim()[1] >= max(values)
