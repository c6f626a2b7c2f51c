"""The networks of a dynamic system, unrolled in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from leibnet.arrays import isFinite
from leibnet.types import Array

import numpy as np

from layers import Chain, Recurrent, TappedDelayLine, Wanted
from layers.passes import InPasses

Piece = tuple[int, int]  # of a series, from this step on and before that one


@dataclass
class Trace:
    """What a forward pass leaves.

    Attributes
    ----------
    series : (lags - 1 + steps, width, N), [u_t; y_{t-1}] of every step, behind zeros for what was before the first.
    pieces : the steps that were one pass each.
    outputs : (steps, outputDim, N).
    errors : v' - v, (lags · width, steps · N) of every piece, if there was a decoder.
    """

    series: Array
    pieces: list[Piece]
    outputs: Array
    errors: list[Array] = field(default_factory=list)

    def weighed(self, weights: Array) -> Iterator[tuple[Array, Array]]:
        """The errors of every piece, with the weights (steps · N,) of their columns among those of all (steps, N)."""
        for (start, stop), error in zip(self.pieces, self.errors, strict=False):  # of which there may be none
            yield error, weights[start:stop].ravel()


class Unrolled(InPasses):
    """ŷ_t = network(encoder(v_t)) with inputs and outputs of the last steps in v_t, and v'_t = decoder(encoder(v_t)).

    Where the outputs in v_t were measured, the steps are one pass. Where they are the model's own, every step is a pass
    of its own, called "step 7": its recurrent layers begin with the states in which those of the step before ended, and
    the backward pass takes the gradients the same way back, those of the states and those of the outputs that were fed
    back. The last one is the pass that the networks are in.

    Parameters
    ----------
    parts : the networks by name: "network" on sequences, and perhaps "encoder" and "decoder" on columns.
    lags : how many steps stand in v_t.
    inputDim, outputDim : of the system.
    feedback : whether outputs stand in v_t.
    """

    def __init__(self, parts: Mapping[str, Chain], lags: int, inputDim: int, outputDim: int, feedback: bool) -> None:
        super().__init__()
        self.network, self.encoder, self.decoder = parts["network"], parts.get("encoder"), parts.get("decoder")
        self.line = TappedDelayLine(lags)
        self.inputDim, self.outputDim, self.feedback = inputDim, outputDim, feedback
        self.width = inputDim + outputDim * feedback
        self._parts = [self.line, *(one for part in parts.values() for one in (part, *part.parts()))]
        self._recurrent = {name: leaf for name, leaf in self.network.leaves().items() if isinstance(leaf, Recurrent)}

    def parts(self) -> list[Any]:
        return self._parts

    # Forward ---------------------------------------------------------------------------------------------------------

    def forward(self, u: Array, y: Array | None, known: int, training: bool, decoded: bool = False) -> Trace:
        """ŷ for inputs u (steps, inputDim, N), fed back after the outputs y (known, outputDim, N) or more.

        In a training, all pieces stay for `backward`.
        """
        known = min(known, len(u)) if self.feedback else len(u)
        outputs = np.empty_like(u, shape=(len(u), self.outputDim, u.shape[2]))
        self.now.trace = trace = Trace(self.series(u, y, known), self._pieces(len(u), known), outputs)
        states: dict[str, dict[str, Array]] = {}
        for piece in trace.pieces:
            start, stop = piece
            with self._pass(piece, trace, training):
                for name, layer in self._recurrent.items():
                    layer.begin(**states.get(name, {}))
                outputs[start:stop] = self._forward(piece, trace, training, decoded)
                states = {name: layer.final for name, layer in self._recurrent.items()}
            if known <= stop < len(u):
                trace.series[self.line.lags - 1 + stop, self.inputDim :] = outputs[stop - 1]
        return trace

    def series(self, u: Array, y: Array | None, known: int) -> Array:
        """[u_t; y_{t-1}] behind zeros, with as many outputs as are `known`."""
        before = self.line.lags - 1
        series = np.zeros_like(u, shape=(before + len(u), self.width, u.shape[2]))
        series[before:, : self.inputDim] = u
        if self.feedback and y is not None:
            known = min(known, len(u) - 1)
            series[before + 1 : before + 1 + known, self.inputDim :] = y[:known]
        return series

    def _pieces(self, steps: int, known: int) -> list[Piece]:
        """The steps that are known what they see, together; every other one by itself."""
        together = min(known + 1, steps)
        return [(0, together), *((step, step + 1) for step in range(together, steps))]

    def _pass(self, piece: Piece, trace: Trace, training: bool) -> AbstractContextManager[Any]:
        """The pass of a piece: in a training one of its own, except for the last."""
        return self.use(f"step {piece[0]}") if training and piece != trace.pieces[-1] else nullcontext()

    def diverged(self) -> AbstractContextManager[Any]:
        """A stretch in the pass of the first outputs that are not finite."""
        trace: Trace = self.now.trace
        wrong = [piece for piece in trace.pieces if not isFinite(trace.outputs[slice(*piece)])]
        return self._pass(wrong[0], trace, training=True) if wrong else nullcontext()

    def _forward(self, piece: Piece, trace: Trace, training: bool, decoded: bool) -> Array:
        """ŷ of these steps."""
        start, stop = piece
        code = v = self.line.forward(trace.series[start : stop + self.line.lags - 1], training)
        if self.encoder is not None:
            columns = self.encoder.forward(columnsOf(v), training)
            code = np.ascontiguousarray(columns.reshape(-1, *v.shape[::2]).swapaxes(0, 1))
            if decoded and self.decoder is not None:
                trace.errors.append(self.decoder.forward(columns, training) - columnsOf(v))
        outputs: Array = self.network.forward(code, training)
        return outputs

    # Backward --------------------------------------------------------------------------------------------------------

    def backward(self, dy: Array, dv: list[Array], wanted: Wanted) -> None:
        """All gradients, from those of the outputs (steps, outputDim, N) and, of every piece, of v' - v.

        dy becomes the gradient of the outputs with what comes back through those that were fed back.
        """
        trace: Trace = self.now.trace
        series, lags = np.zeros_like(trace.series), self.line.lags
        states: dict[str, dict[str, Array]] = {}
        for place in reversed(range(len(trace.pieces))):
            start, stop = piece = trace.pieces[place]
            with self._pass(piece, trace, training=True):
                if stop < len(dy):
                    dy[stop - 1] += series[lags - 1 + stop, self.inputDim :]
                    for name, layer in self._recurrent.items():
                        layer.endGradient(**states[name])
                error = dv[place] if dv else None
                here = wanted._replace(input=start > 0, add=stop < len(dy))
                dv_here = self._backward(dy[start:stop], error, here)
                if dv_here is not None:
                    states = {name: layer.initialGradient for name, layer in self._recurrent.items()}
                    series[start : start + lags] += dv_here.reshape(lags, *series.shape[1:])

    def _backward(self, dy: Array, error: Array | None, wanted: Wanted) -> Array | None:
        """The gradient of v, if it is wanted, from those of the outputs and of v' - v."""
        encoder, decoder = self.encoder, self.decoder
        if encoder is None:
            return self.network.backward(dy, wanted)
        inside = wanted._replace(input=wanted.input or encoder.learns)
        dcode = self.network.backward(dy, inside)
        dcolumns = None if dcode is None else columnsOf(dcode)
        if error is not None and decoder is not None:
            through = decoder.backward(error, inside)
            dcolumns = through if dcolumns is None else dcolumns + through
        if dcolumns is None or not inside.input:
            encoder.skipBackward()
            return None
        dv = encoder.backward(dcolumns, wanted)
        if dv is not None and error is not None:
            dv = dv - error
        return dv


def columnsOf(steps: Array) -> Array:
    """(steps, features, N) as columns (features, steps · N)."""
    return np.ascontiguousarray(steps.swapaxes(0, 1)).reshape(steps.shape[1], -1)
