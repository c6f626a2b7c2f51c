"""The networks of a dynamic system, and what they tell of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from dataset import Standardization
from layers import Chain
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.parts import checkFit, locate, network
from nn.models.sequences.given import checkBackwardLooking, givenSequences
from nn.models.sequences.unrolled import Unrolled
from nn.storage.onnx.exported import Exported


class Simulating(Model):
    """A model that tells the outputs of a system from its inputs. Base of `DynamicSystem`, which says what is what."""

    inputDim: int
    outputDim: int
    lags: int
    feedback: bool

    def _join(self, core: Any, encoder: Any, decoder: Any) -> None:
        """Makes one of the parts, if they fit each other and the system."""
        self.network, self.encoder, self.decoder = _checked(self.name, core, encoder, decoder)
        self.labelStandardization: Standardization | None = None
        self._unrolled = Unrolled(self.networks(), self.lags, self.inputDim, self.outputDim, self.feedback)
        self._checkShapes()
        locate(self.networks())

    @property
    @abstractmethod
    def mode(self) -> str:
        """How it is trained, in words."""

    # Use -------------------------------------------------------------------------------------------------------------

    def simulate(self, u: Any, start: Any = None) -> Array:
        """ŷ (steps, outputDim, N) for inputs u (steps, inputDim, N) of any length: its own outputs are fed back.

        Parameters
        ----------
        u : the inputs, in their units.
        start : outputs (k, outputDim, N) that were measured at the first k <= steps of them: these are fed back in
            place of ŷ, so that the simulation begins where the system was. Default: none.

        Returns
        -------
        A new array, in the units of y. Of the first k + 1 steps it is the prediction of one step ahead.
        """
        u = self._inputs("simulate", u)
        if start is None:
            return self._outputs(u, None, 0)
        if not self.feedback:
            raise ValueError(refusal("simulate", "start", "omitted without feedback", "an array"))
        y = self._measured("simulate", "start", start, u)
        return self._outputs(u, y, len(y))

    def predict(self, u: Any, y: Any = None) -> Array:
        """ŷ (steps, outputDim, N) one step ahead, with measured outputs y fed back, of which step t sees those before.

        Without feedback y is omitted, and it is the same as `simulate`.
        """
        u = self._inputs("predict", u)
        if (y is not None) != self.feedback:
            expected = "the measured outputs" if self.feedback else "omitted without feedback"
            remedy = "simulate(u) needs none" if self.feedback else ""
            raise ValueError(refusal("predict", "y", expected, None if y is None else "an array", remedy))
        if y is None:
            return self._outputs(u, None, 0)
        measured = self._measured("predict", "y", y, u)
        if len(measured) != len(u):
            raise ValueError(refusal("predict", "y", f"of {len(u)} steps, as many as u has", len(measured)))
        return self._outputs(u, measured, len(u))

    def _outputs(self, u: Array, y: Array | None, known: int) -> Array:
        with self._unrolled.use("inference"):
            return self._raised(self._unrolled.forward(u, y, known, training=False).outputs)

    def _inputs(self, owner: str, u: Any) -> Array:
        fits = np.ndim(u) == 3 and np.shape(u)[1] == self.inputDim  # what does not is refused with its own shape
        return self._sequences(owner, "u", self._standardized(u) if fits else u, self.inputDim)

    def _measured(self, owner: str, name: str, y: Any, u: Array) -> Array:
        """Measured outputs, scaled, that fit the inputs."""
        y = self._sequences(owner, name, y, self.outputDim, least=0)
        if y.shape[2] != u.shape[2] or len(y) > len(u):
            expected = f"of shape (k, {self.outputDim}, {u.shape[2]}) with k <= {len(u)}, for these inputs"
            raise ValueError(refusal(owner, name, expected, y.shape))
        scale = self.labelStandardization
        return y if scale is None else scale.apply(y).astype(y.dtype)

    def _sequences(self, owner: str, name: str, given: Any, features: int, least: int = 1) -> Array:
        return givenSequences(owner, name, given, features, self._dtype, least)

    def _raised(self, outputs: Array) -> Array:
        """Outputs in the units of y."""
        return outputs if self.labelStandardization is None else self.labelStandardization.undo(outputs)

    @property
    def _dtype(self) -> np.dtype[Any]:
        return self.network.chain.dtype

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        parts = {"encoder": self.encoder, "network": self.network, "decoder": self.decoder}
        return {name: part.chain for name, part in parts.items() if part is not None}

    @property
    def inputShape(self) -> None:
        """Sequences may have any length."""
        return None

    def exported(self) -> dict[str, Exported]:
        """Its parts, as they are: what they take and give is scaled."""
        return {name: Exported(chain.children()) for name, chain in self.networks().items()}

    def config(self) -> dict[str, Any]:
        scale = self.labelStandardization
        return super().config() | ({} if scale is None else {"labelStandardization": scale.config()})

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        rest = dict(arguments)
        scale = rest.pop("labelStandardization", None)
        model = super().fromArguments(rest)
        model.labelStandardization = None if scale is None else Standardization(**scale)
        return model

    # Inside ----------------------------------------------------------------------------------------------------------

    @property
    def _codes(self) -> int:
        """How many features the network sees in a step."""
        width = self.lags * self._unrolled.width
        return width if self.encoder is None else self.encoder.chain.outputShape((width,))[0]

    def _checkShapes(self) -> None:
        """ValueError if the parts do not fit together, or the system."""
        width = self.lags * self._unrolled.width
        ends = {"encoder": (self.encoder, 0), "decoder": (self.decoder, -1)}
        for name, (part, end) in ends.items():
            shape = None if part is None else (part.inputShape if end == 0 else part.outputShape)
            if shape not in (None, (width,)):
                what = "takes" if end == 0 else "gives"
                raise ValueError(
                    f"{self.name}: the {name} {what} columns of shape {shape}, the delay line has {width} = "
                    f"{self.lags} lags x {self._unrolled.width} features: make the two equal"
                )
        try:
            found = self.network.chain.outputShape((self.lags + 1, self._codes))
        except ValueError as error:
            made = "" if self.encoder is not None else f" = {self.lags} lags x {self._unrolled.width} features"
            raise ValueError(
                f"{self.name}: the network gets {self._codes} features{made} in a step: {error}"
            ) from error
        if found != (self.lags + 1, self.outputDim):
            expected = f"({self.lags + 1}, {self.outputDim}) for so many steps"
            raise ValueError(f"{self.name}: the network gives {found}, expected {expected}; end in TimeDistributed")

    def __repr__(self) -> str:
        parts = {"encoder": self.encoder, "network": self.network, "decoder": self.decoder}
        codes = (self._codes,)
        shapes = {"encoder": (self.lags * self._unrolled.width,), "network": (self.lags + 1, *codes), "decoder": codes}
        blocks = [f"{name}: {part.table(shapes[name])}" for name, part in parts.items() if part is not None]
        head = f"{self.name}, {self.inputDim} -> {self.outputDim}, {self.lags} lags, {self.mode}"
        return "\n".join([head, *blocks, f"{self.numParameters():,} parameters in all"])


def _checked(name: str, given: Any, encoder: Any, decoder: Any) -> tuple[MLP, MLP | None, MLP | None]:
    """The parts, if they fit each other, and the network does not look ahead."""
    if decoder is not None and encoder is None:
        raise ValueError(refusal(name, "decoder", "omitted without an encoder", decoder))
    core = network(name, "network", given)
    checkBackwardLooking(name, "network", core.chain)
    before = None if encoder is None else network(name, "encoder", encoder)
    after = None if decoder is None else network(name, "decoder", decoder)
    if before is not None and after is not None:
        checkFit(name, {"encoder": before.chain, "decoder": after.chain})
    checkFit(name, {"network": core.chain, **({} if before is None else {"encoder": before.chain})})
    return core, before, after
