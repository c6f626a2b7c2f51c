"""Short sequences out of a long one."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.arrays import asArray, isFinite, realNumbers
from leibnet.frames import isFrame
from leibnet.types import Array

import numpy as np

OWNER = "windows"


def windows(series: Any, steps: int, stride: int = 1) -> Array:
    """All stretches of so many steps of a series, each as a sample: window i begins at step i · stride.

        u, y = narma10(10_000, rng=0)
        dataset = Dataset.fromSequences(windows(u, 100, 50), windows(y, 100, 50), shuffle=False)

    Parameters
    ----------
    series : (steps, features), or (steps,) of a single feature; of a pandas frame every row is a step.
    steps : of a window; default stride 1: windows overlap. With stride = steps they do not.
    stride : steps from the beginning of a window to that of the next. What is left behind the last one is left out.

    Returns
    -------
    (N, steps, features), N = (steps of the series - steps) // stride + 1; a view that cannot be written to.

    Raises
    ------
    ValueError : a series shorter than a window, numbers that are not finite.

    Example
    -------
    >>> windows([1, 2, 3, 4, 5], steps=3, stride=2)[:, :, 0]
    array([[1, 2, 3],
           [3, 4, 5]])
    """
    steps, stride = wholeNumber(OWNER, "steps", steps), wholeNumber(OWNER, "stride", stride)
    array = seriesArray(OWNER, "series", series)
    if len(array) < steps:
        expected = f"of at least {steps} steps, those of a window"
        raise ValueError(refusal(OWNER, "series", expected, len(array), "give fewer steps"))
    return np.lib.stride_tricks.sliding_window_view(array, steps, axis=0)[::stride].swapaxes(1, 2)


def seriesArray(owner: str, name: str, given: Any) -> Array:
    """A series as an array (steps, features) of finite real numbers."""
    array = asArray(given, owner, name)
    array = realNumbers(owner, name, array.T if isFrame(given) else array)
    array = array[:, np.newaxis] if array.ndim == 1 else array
    if array.ndim != 2 or not array.size:
        raise ValueError(refusal(owner, name, "of shape (steps, features), not empty", array.shape))
    if array.dtype.kind == "f" and not isFinite(array):
        step, feature = map(int, np.argwhere(~np.isfinite(array))[0])
        remedy = f"it is feature {feature} at step {step}: repair the series, or cut it there into two"
        raise ValueError(refusal(owner, name, "finite numbers", array[step, feature].item(), remedy))
    return array
