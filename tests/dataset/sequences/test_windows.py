"""Windows of a long series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Dataset, windows


@given(st.integers(1, 30), st.integers(1, 3), st.integers(1, 30), st.integers(1, 12))
def test_each_window_is_a_stretch_of_the_series(length, features, steps, stride):
    series = np.arange(length * features).reshape(length, features)
    if steps > length:
        with pytest.raises(ValueError, match=f"at least {steps} steps, those of a window, got {length};"):
            windows(series, steps, stride)
        return
    found = windows(series, steps, stride)
    starts = range(0, length - steps + 1, stride)
    assert found.shape == (len(starts), steps, features)
    for window, start in zip(found, starts, strict=True):
        assert np.array_equal(window, series[start : start + steps])


def test_a_view_that_cannot_be_written_to():
    series = np.zeros((100, 2))
    found = windows(series, 10)
    assert np.shares_memory(found, series)
    assert not found.flags.writeable


def test_a_series_of_one_feature_and_a_table():
    assert windows([1.0, 2.0, 3.0], 2).shape == (2, 2, 1)
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})
    assert np.array_equal(windows(table, 2), windows(table.to_numpy(), 2))


def test_windows_make_a_data_set():
    series = np.arange(20.0)
    batch = Dataset.fromSequences(windows(series, 5, 5), windows(-series, 5, 5), test_size=0, shuffle=False).trainSet()
    assert np.array_equal(batch.inputs, series.reshape(4, 5, 1).transpose(1, 2, 0))
    assert np.array_equal(batch.labels, -batch.inputs)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            ([1.0, np.nan, 2.0], 2),
            ValueError,
            "windows: expected series to be finite numbers, got nan; it is feature 0 at step 1",
        ),
        ((np.ones((2, 2, 2)), 2), ValueError, r"of shape \(steps, features\)"),
        ((np.ones((0, 2)), 2), ValueError, "not empty"),
        ((np.ones(5), 0), ValueError, "steps to be a whole number of at least 1"),
        ((np.ones(5), 2.0), TypeError, "steps to be a whole number"),
        ((np.ones(5), 2, 0), ValueError, "stride to be a whole number of at least 1"),
        ((["a", "b"], 2), TypeError, "real numbers"),
    ],
)
def test_bad_input(arguments, kind, message):
    with pytest.raises(kind, match=message):
        windows(*arguments)
