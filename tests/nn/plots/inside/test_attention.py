"""Where attention looks, as a picture."""

import numpy as np
import pytest
from matplotlib.text import Text

from nn import plots

RNG = np.random.default_rng(0)


def weights(heads=2, queries=3, keys=3):
    w = RNG.random((heads, queries, keys))
    return w / w.sum(axis=-1, keepdims=True)


def panels(figure):
    return [axes for axes in figure.axes if axes.images]


def named(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_a_panel_for_every_head_and_a_row_for_every_layer():
    given = {"first": weights(3), "$ second": weights(2)}
    figure = plots.plotAttention(given, "to be"[2:])
    drawn = panels(figure)
    assert [axes.get_title() for axes in drawn] == [
        *(f"first, head {head}" for head in (1, 2, 3)),
        *(f"$ second, head {head}" for head in (1, 2)),
    ]
    for axes, expected in zip(drawn, [*given["first"], *given["$ second"]], strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), expected)
        assert axes.images[0].get_clim() == (0, 1)
        assert named(axes.xaxis) == named(axes.yaxis) == ["\u2423", "b", "e"]


def test_queries_stand_at_the_rows_and_sources_at_the_columns():
    figure = plots.plotAttention(weights(1, 2, 3), ["print", "\n"], ["x", "=", "1"])
    (axes,) = panels(figure)
    assert axes.get_title() == "head 1"
    assert (named(axes.yaxis), named(axes.xaxis)) == (["print", "\u21b5"], ["x", "=", "1"])


def test_signs_stand_upright_and_words_are_turned():
    (axes,) = panels(plots.plotAttention(weights(1, 1, 4), "a", [">", "==", "and", "return"]))
    assert [label.get_rotation() for label in axes.get_xticklabels()] == [0, 0, 90, 90]


def test_of_many_the_first():
    w = weights(1, 9, 9)
    (axes,) = panels(plots.plotAttention(w, "abcdefghi", count=4))
    np.testing.assert_array_equal(axes.images[0].get_array(), w[0, :4, :4])
    assert named(axes.xaxis) == list("abcd")
    assert all(text.get_parse_math() is False for text in axes.findobj(Text) if text.get_text())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((weights(), "to"), ValueError, r"weights to be of shape \(heads, 2, 2\), for as many tokens, got \(2, 3, 3\)"),
        ((weights(), "the", "to"), ValueError, r"of shape \(heads, 3, 2\)"),
        ((weights()[..., np.newaxis], "the"), ValueError, r"choose one sample, \[\.\.\., 0\]"),
        (({"a": weights(1, 2, 2)}, "the"), ValueError, r"weights\['a'\] to be of shape"),
        (({}, "the"), ValueError, "one entry or more"),
        ((weights() * np.nan, "the"), ValueError, "finite"),
        ((weights(), "the", None, 0), ValueError, "count"),
        ((10 * weights(), "the"), ValueError, "shares from 0 to 1, got .*attentionWeights"),
        ((-weights(), "the"), ValueError, "shares from 0 to 1, got -"),
        ((weights(), 3), TypeError, "tokens to be a text or a list of words"),
        ((weights(), "the", 3), TypeError, "sources to be a text or a list of words"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        plots.plotAttention(*arguments)
