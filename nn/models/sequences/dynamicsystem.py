"""The model of a dynamic system: what comes out of it, from what goes in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet.arguments import flag, number, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset, Standardization
from dataset.facts import Facts
from layers import Chain, Wanted
from loss import Loss
from nn.metrics.metric import Answers, Metric
from nn.metrics.named import METRICS
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.objective import PARAMETERS
from nn.models.parts import checkRange
from nn.models.sequences.simulating import Simulating
from nn.models.sequences.unrolled import Trace, columnsOf
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.divergence import explain
from nn.watch.symptom import Observation, Symptom
from nn.watch.symptoms import general

SIMULATED = "rmse", "mae", "r2"


class DynamicSystem(Simulating):
    """A recurrent network that tells the outputs y of a system from its inputs u, over a tapped delay line.

        v_t = [u_{t-lags+1}; y_{t-lags}; ...; u_t; y_{t-1}]        the delay line
        c_t = encoder(v_t)                                         its code, or v_t itself
        ŷ_t = network(c_1, ..., c_t)                               an LSTM with a layer on every step

        Loss = 1/(2N) Σ_t ‖ŷ_t - y_t‖² + λ/(2N) Σ_t ‖decoder(c_t) - v_t‖²

    Second lecture, "Dynamic System Modeling with LSTM & Autoencoders". The outputs in v_t are those that were measured
    (teacher forcing: Williams & Zipser 1989), and the whole sequence is one pass; or they are ŷ, fed back (free
    simulation, also called parallel or output-error model: Narendra & Parthasarathy 1990), step after step, and the
    gradient goes back through the feedback. A network trained in the first way alone need not be good in the second.

    The lecture's training in stages is made of its attributes, see examples/train_dynamic_system.py:

        system.train(dataset)                                   # all together: λ > 0, teacher forcing
        system.weight, system.teacherForcing = 0, False         # then the encoder alone, without both
        system.network.freeze()
        system.train(dataset)
        system.encoder.freeze()                                 # at last the LSTM, on codes that stay
        system.network.unfreeze()
        system.train(dataset)

    Sequences are (steps, features, N); before its first step, everything is taken to have been at the mean. A data set
    with `standardize=True` scales u; y is scaled by the model, with mean and deviation of the first training's labels.
    The loss is of scaled numbers, all else in the units of y. Steps of weight 0, as padding behind shorter sequences
    has, do not count.

    Parameters
    ----------
    inputDim, outputDim : how many inputs and outputs the system has.
    network : an MLP on sequences, from codes to ŷ. It may not look ahead, as `Bidirectional` and `Conv1D` do.
    encoder : an MLP from columns v_t to codes; default none.
    decoder : an MLP from codes to columns v_t; default none.
    lags : how many steps stand in v_t, default 1. Without an encoder and with lags=1 it is the lecture's "LSTM", with
        more "LSTM TDL", with encoder and decoder "LSTM TDL/AE".
    weight : λ >= 0; default 1 with a decoder, and otherwise 0.
    feedback : whether outputs stand in v_t; default True. Without, ŷ is of the inputs alone.
    teacherForcing : whether a training feeds measured outputs back; default True, without feedback False.
    washOut : the first steps, which are not scored. In a free simulation, their outputs are known: it begins with what
        was measured. Default `lags`.

    Attributes
    ----------
    weight, teacherForcing : as given; assign others for a further training.
    labelStandardization : how y is scaled, a `dataset.Standardization`; None before the first training.

    The quantities of `train` and `evaluate`:

    loss : as above, with measured outputs or free, as the training is.
    reconstruction : 1/(2N) Σ_t ‖decoder(c_t) - v_t‖², without λ.
    rmse, mae, r2 : of the free simulation, whatever the training is, in the units of y; if they are asked for.

    Example
    -------
    >>> from dataset import deepsiExample, windows
    >>> from layers import LSTM, Dense, TimeDistributed
    >>> u, y = deepsiExample(1200, rng=0)
    >>> dataset = Dataset.fromSequences(windows(u, 40, 20), windows(y, 40, 20), standardize=True, rng=0)
    >>> system = DynamicSystem(1, 1, MLP([LSTM(4, 8, rng=1), TimeDistributed(Dense(8, 1, rng=2))]), lags=2)
    >>> history = system.train(dataset, epochs=2)
    >>> system.simulate(u[:100, :, np.newaxis]).shape
    (100, 1, 1)
    """

    quantities = {"loss": Direction.LOWER, "reconstruction": Direction.LOWER}
    nested: ClassVar[Mapping[str, Any]] = {"network": MLP, "encoder": MLP, "decoder": MLP}

    def __init__(
        self,
        inputDim: int,
        outputDim: int,
        network: MLP,
        encoder: MLP | None = None,
        decoder: MLP | None = None,
        lags: int = 1,
        weight: float | None = None,
        feedback: bool = True,
        teacherForcing: bool | None = None,
        washOut: int | None = None,
    ) -> None:
        name = "DynamicSystem"
        self.inputDim = wholeNumber(name, "inputDim", inputDim)
        self.outputDim = wholeNumber(name, "outputDim", outputDim)
        self.lags = wholeNumber(name, "lags", lags)
        self.feedback = flag(name, "feedback", feedback)
        self.washOut = self.lags if washOut is None else wholeNumber(name, "washOut", washOut, least=0)
        self._join(network, encoder, decoder)
        self.weight = float(decoder is not None) if weight is None else weight
        self.teacherForcing = self.feedback if teacherForcing is None else teacherForcing
        self._lastLoss = math.nan

    @property
    def weight(self) -> float:
        """λ, how much the reconstruction counts; with 0, the decoder takes no part in a training."""
        return self._weight

    @weight.setter
    def weight(self, weight: float) -> None:
        given = number("DynamicSystem", "weight", weight, low=0)
        if given and self.decoder is None:
            remedy = "give encoder= and decoder="
            raise ValueError(refusal("DynamicSystem", "weight", "0 without a decoder", given, remedy))
        self._weight = given

    @property
    def teacherForcing(self) -> bool:
        """Whether a training feeds back measured outputs, rather than the model's own."""
        return self._teacherForcing

    @teacherForcing.setter
    def teacherForcing(self, teacherForcing: bool) -> None:
        given = flag("DynamicSystem", "teacherForcing", teacherForcing)
        if given and not self.feedback:
            raise ValueError(refusal("DynamicSystem", "teacherForcing", "False without feedback", given))
        self._teacherForcing = given

    @property
    def mode(self) -> str:
        return "teacher forcing" if self.teacherForcing else "free simulation" if self.feedback else "no feedback"

    def delayLines(self, dataset: Dataset) -> Dataset:
        """v_t of all steps of the training samples as columns, as the encoder sees them, with measured outputs.

        A data set without labels, (lags · (inputDim + outputDim), steps · N): for `pretrain(encoder, ...)`, the greedy
        training of a deep encoder. Steps of weight 0 are left out. The scale of y is taken from it, as by `train`.
        """
        self.prepare(None, dataset)
        seen = dataset.standardizedBy(dataset.standardization or self.standardization)
        batch = seen.trainSet()
        series = self._unrolled.series(batch.inputs, self._scaled(batch), len(batch.inputs))
        columns = columnsOf(self._unrolled.line.feedforward(series, training=False))
        columns = columns[:, _weights(batch, 0).ravel() > 0]
        return Dataset.fromArrays(
            columns,
            name=f"delay lines of {dataset.name}",
            test_size=0,
            batch_size=50,
            dtype=dataset.dtype,
            rng=dataset.rng,
        )

    def _scaled(self, batch: Batch) -> Array:
        """The labels as the loss sees them."""
        scale = self.labelStandardization
        label = batch.labels if scale is None else scale.apply(batch.labels)
        return label.astype(self._dtype, copy=False)

    # What a model must say -------------------------------------------------------------------------------------------

    @property
    def scores(self) -> dict[str, Metric]:
        """Of the free simulation."""
        return {name: METRICS[name] for name in SIMULATED}

    def meaningless(self, facts: Facts) -> dict[str, str]:
        return {} if self.decoder is not None else {"reconstruction": "there is no decoder that reconstructs"}

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        layers = [leaf for part in self.networks().values() for leaf in part.leaves().values()]
        if not self._isOnePass and any(layer.penalty is not None for layer in layers):
            remedy = "set teacherForcing=True, or omit the penalties"
            raise ValueError(refusal(self.name, "layers", "without penalties in a free simulation", "some", remedy))
        if dataset is None:
            return
        for what, shape, features in (
            ("inputs", dataset.sampleShape, self.inputDim), ("labels", dataset.labelShape, self.outputDim)
        ):  # fmt: skip
            if len(shape) != 2 or shape[1] != features or shape[0] != dataset.sampleShape[0]:
                expected = f"sequences (steps, {features}, N), with as many steps in inputs and labels"
                raise ValueError(refusal(self.name, f"{what} of the data set {dataset.name!r}", expected, shape))
        self._checkSteps(dataset.sampleShape[0])
        scale = self.labelStandardization or Standardization.ofPieces(
            lambda: ((batch.labels, batch.weights) for batch in dataset.chunks("train"))
        )
        pieces = [scale.apply(batch.labels) for batch in dataset.chunks("train")]
        ends = min(float(one.min()) for one in pieces), max(float(one.max()) for one in pieces)
        checkRange("the scaled outputs", ends, self.network.chain)
        self.labelStandardization = scale

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        trace, label, w = self._forward(batch, training=True, decoded=self.weight > 0)
        values = self._figures(trace, label, w)
        self._lastLoss = values["loss"]
        self._backward(trace, label, w, PARAMETERS)
        if not all(map(math.isfinite, values.values())) or not all(one.hasFiniteGradients() for one in self._learning):
            with self._unrolled.diverged():
                leaves = {leaf.place: leaf for part in self._learning for leaf in part.leaves().values()}
                raise explain(leaves, "label", batch.labels)
        for part in self._learning:
            part.update(factor=context.factor, batchSize=context.batchSize)
        return {name: value for name, value in values.items() if name in context.quantities}

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        if not quantities:
            return {}
        with self._unrolled.use("inference"):
            decoded = "reconstruction" in quantities or self.weight > 0
            trace, label, w = self._forward(batch, training=False, decoded=decoded)
            values = self._figures(trace, label, w)
        return {name: value for name, value in values.items() if name in quantities}

    def answers(self, batch: Batch) -> Answers:
        """Those of the free simulation, from the wash-out on."""
        self._checkSteps(len(batch.inputs))
        outputs, k = self._outputs(batch.inputs, self._scaled(batch), self.washOut)[self.washOut :], self.washOut
        weights = batch.sampleWeights
        weights = weights[k:] if weights is not None and weights.ndim > 1 else weights
        return Answers(batch.labels[k:], outputs, outputs, None, None, False, weights)

    def losses(self, batch: Batch) -> dict[str, Descent]:
        def descend() -> float:
            trace, label, w = self._forward(batch, training=True, decoded=True)
            self._backward(trace, label, w, Wanted(input=False))
            return self._figures(trace, label, w)["loss"]

        return {"loss": (self.namedLayers(), descend)}

    def lastLoss(self, seen: Observation) -> float:
        return self._lastLoss

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        ordered = reversed(self._learning)  # the data enter the last one
        return general([list(part.leaves().values()) for part in ordered], self.lastLoss)

    def largestProduct(self, dataset: Dataset) -> int:
        steps = dataset.sampleShape[0] if self._isOnePass else 1
        found = [self.network.chain.multiplications((steps, self._codes))]
        for part in (self.encoder, self.decoder):
            found += [] if part is None else [steps * part.chain.multiplications(part.inputShape or ())]
        return max(found) * dataset.batch_size

    # Inside ----------------------------------------------------------------------------------------------------------

    @property
    def _isOnePass(self) -> bool:
        """Whether a training is."""
        return self.teacherForcing or not self.feedback

    def _forward(self, batch: Batch, training: bool, decoded: bool) -> tuple[Trace, Array, Array]:
        """What a forward pass leaves, the label and the weights of its steps."""
        self._checkSteps(len(batch.inputs))
        u = self._sequences(self.name, "the inputs", batch.inputs, self.inputDim)
        label = self._scaled(batch)
        if label.shape != (len(u), self.outputDim, u.shape[2]):
            expected = f"of shape {(len(u), self.outputDim, u.shape[2])}, the outputs of every step"
            raise ValueError(refusal(self.name, "the label", expected, label.shape))
        known = len(u) if self._isOnePass else self.washOut
        trace = self._unrolled.forward(u, label, known, training, decoded)
        return trace, label, _weights(batch, self.washOut).astype(u.dtype)

    def _figures(self, trace: Trace, label: Array, w: Array) -> dict[str, float]:
        """All quantities of a forward pass; the reconstruction, if there was a decoder."""
        e, n = trace.outputs - label, label.shape[2]
        values = {"loss": float(np.vdot(e * w[:, np.newaxis], e)) / (2 * n)}
        if trace.errors:
            squares = sum(float(np.vdot(e * each, e)) for e, each in trace.weighed(w))
            values["reconstruction"] = squares / (2 * n)
            values["loss"] += self.weight * values["reconstruction"]
        values["loss"] += sum(part.penaltyValue() for part in self._learning) if self._isOnePass else 0.0
        return values

    def _backward(self, trace: Trace, label: Array, w: Array, wanted: Wanted) -> None:
        n = label.shape[2]
        slope = (trace.outputs - label) * (w[:, np.newaxis] / n)
        self._unrolled.backward(slope, [e * (each * (self.weight / n)) for e, each in trace.weighed(w)], wanted)

    @property
    def _learning(self) -> list[Chain]:
        """The networks that take part in a training."""
        return [part for name, part in self.networks().items() if name != "decoder" or self.weight]

    def _checkSteps(self, steps: int) -> None:
        least = max(self.washOut + 1, self.lags)
        if steps < least:
            expected = f"of at least {least} steps, for a delay line of {self.lags} and a wash-out of {self.washOut}"
            raise ValueError(refusal(self.name, "sequences", expected, steps, "give longer ones"))


def _weights(batch: Batch, wash_out: int) -> Array:
    """How much every step counts in the loss, (steps, N)."""
    weights = np.ones(1) if batch.weights is None else batch.weights
    shape = len(batch.inputs), batch.inputs.shape[-1]
    if weights.ndim > 1 and weights.shape != shape:
        raise ValueError(refusal("DynamicSystem", "weights", f"of shape {shape}, those of the steps", weights.shape))
    found = np.array(np.broadcast_to(weights, shape))
    found[:wash_out] = 0
    return found
