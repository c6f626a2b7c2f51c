"""The tapped delay line."""

from __future__ import annotations

from leibnet import arguments
from leibnet.arguments import refusal
from leibnet.types import Array, Shape

from layers.layer import Layer
from layers.passes import Pass, Wanted
from layers.sequences.steps import checkSequence, lasting, lies, maskOf, overlapping


class TappedDelayLine(Layer):
    """y[t] = [x[t]; x[t + 1]; ...; x[t + lags - 1]]: every step with those before it, the newest last.

    (steps, features, N) becomes (steps - lags + 1, lags · features, N): of the sequence's first steps, those before
    them are not known. The steps lie behind one another in memory, so that y is a view of x, and nothing is copied.
    Second lecture, "Dynamic System Modeling".

    Of samples with different numbers of steps (`masked`), each has lags - 1 fewer behind it.

    Parameters
    ----------
    lags : how many steps stand in one, a positive integer; 1 leaves the sequence as it is.

    Raises
    ------
    ValueError : in a pass, for a sequence of fewer steps than `lags`.

    Example
    -------
    >>> TappedDelayLine(2).feedforward(np.array([1.0, 2, 3]).reshape(3, 1, 1))[:, :, 0]
    array([[1., 2.],
           [2., 3.]])
    """

    def __init__(self, lags: int) -> None:
        super().__init__()
        self.lags = arguments.wholeNumber("TappedDelayLine", "lags", lags)

    def outputShape(self, inputShape: Shape) -> Shape:
        checkSequence(self, inputShape)
        if len(inputShape) != 2:
            raise ValueError(
                f"{self.describe()}: expected sequences of shape (steps, features, N), got some of shape {inputShape}; "
                "make features of them with TimeDistributed(Flatten())"
            )
        steps, features = inputShape
        if steps < self.lags:
            raise ValueError(self._short("sequences", steps))
        return steps - self.lags + 1, self.lags * features

    def _short(self, name: str, steps: int) -> str:
        expected = f"at least {self.lags} steps, the length of the delay line"
        return refusal(self.describe(), name, expected, steps, "take fewer lags, or longer sequences")

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        places, _ = self.outputShape(x.shape[:-1])
        mask = maskOf(self, x)
        if mask is not None and (steps := mask.sum(axis=0)).min() < self.lags:
            raise ValueError(self._short(f"the sequence of sample {int(steps.argmin())}", int(steps.min())))
        if not lies(x):
            x, given = now.buffer("x", x.shape), x
            x[...] = given
        return overlapping(x, self.lags, places)

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        dx[...] = 0
        places, features = len(dy), dx.shape[1]
        for lag in range(self.lags):
            dx[lag : lag + places] += dy[:, lag * features : (lag + 1) * features]
        return dx

    def takeMask(self, mask: Array | None) -> Array | None:
        super().takeMask(mask)
        return None if mask is None else lasting(mask, self.lags)

    def __repr__(self) -> str:
        return f"TappedDelayLine {self.lags}"
