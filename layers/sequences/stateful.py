"""States that go into a layer on sequences and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.arrays import realNumbers
from leibnet.types import Array

from layers.learning import Learning
from layers.passes import Pass
from layers.sequences.continuing import Continuing


class Stateful(Learning, Continuing):
    """A layer on sequences with states, which `begin` says, and of which `final` is what came out.

    Attributes
    ----------
    states : the names of what is kept from step to step, ("h",) or ("h", "c"); each is (outputDim, N).
    outputDim : how many numbers a state of a sample has.
    """

    states: ClassVar[tuple[str, ...]] = ("h",)
    outputDim: int

    def begin(self, **states: Any) -> None:
        """Says with which state the next forward passes of this pass begin; without arguments, with 0.

        Parameters
        ----------
        states : by name, `h` and of an LSTM `c`, (outputDim, N); copied. One that is not given is 0.
        """
        self.now.initial = self._checked(states)

    @property
    def final(self) -> dict[str, Array]:
        """The states after the last step of the last forward pass, by name; buffers."""
        return dict(self.passed().final or {})

    def endGradient(self, **states: Any) -> None:
        """Says the gradient of the loss with respect to `final`, by name, for the next backward pass of this pass.

        It is in addition to the gradient with respect to the output, which has h of the last step in it, too.
        """
        self.passed().dfinal = self._checked(states)

    @property
    def initialGradient(self) -> dict[str, Array]:
        """The gradient of the loss with respect to the state before the first step, by name; buffers."""
        found = self.passed().dinitial
        if found is None:
            raise RuntimeError(f"{self.describe()} has no gradient of its initial state: call backward first")
        return dict(found)

    def _checked(self, states: Mapping[str, Any]) -> dict[str, Array] | None:
        """Copies of the given states, in this layer's precision."""
        found = {}
        for name, given in states.items():
            arguments.choice(self.describe(), "every state", name, self.states)
            array = realNumbers(self.describe(), f"the state {name}", given, self.dtype)
            if array.ndim != 2 or len(array) != self.outputDim:
                expected = f"of shape ({self.outputDim}, N)"
                raise ValueError(arguments.refusal(self.describe(), f"the state {name}", expected, array.shape))
            found[name] = array.copy()
        return found or None

    def _said(self, what: str, now: Pass, name: str, samples: int) -> Array | float:
        """What was said in this pass of a state, "initial" or "dfinal"; 0 where nothing was."""
        state = (getattr(now, what) or {}).get(name)
        if state is None:
            return 0.0
        if state.shape[1] != samples:
            expected = f"for {samples} samples, as many as the sequences are"
            remedy = "say another one, or begin() for 0"
            raise ValueError(arguments.refusal(self.describe(), f"the state {name}", expected, state.shape[1], remedy))
        return state
