import numpy as np
import pytest

from nn import plots

Y = np.sin(np.arange(50) / 5)


def test_every_simulation_lies_over_what_was_measured():
    figure = plots.plotSimulations(Y, {"small": 0.5 * Y, "late": np.roll(Y, 3)}, "position in m", start=20)
    assert [axes.get_title() for axes in figure.axes] == ["small", "late"]
    for axes, expected in zip(figure.axes, (0.5 * Y, np.roll(Y, 3)), strict=True):
        measured, simulated = axes.get_lines()
        np.testing.assert_array_equal(measured.get_xdata(), np.arange(20, 70))
        np.testing.assert_array_equal(measured.get_ydata(), Y)
        np.testing.assert_array_equal(simulated.get_ydata(), expected)
        assert axes.get_ylabel() == "position in m"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["measured", "simulated"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((Y[None], {"a": Y}), r"expected measured to be one output, \(steps,\), got \(1, 50\)"),
        ((Y, {"a": Y[1:]}), r"to be of the shape of measured, \(50,\), got \(49,\)"),
        ((Y, {}), "expected simulated to be"),
    ],
    ids=["measured", "another length", "nothing"],
)
def test_bad_input(given, message):
    with pytest.raises(ValueError, match=message):
        plots.plotSimulations(*given)
