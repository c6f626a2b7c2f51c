"""The variational recurrent network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet.arguments import instance, number, refusal, wholeNumber
from leibnet.ranks import divisor
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset
from layers import Layer, Recurrent, Wanted
from loss import CrossEntropy, GaussianLikelihood, Loss
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.objective import PARAMETERS, Objective
from nn.models.parts import checkRange, network, rangeOf
from nn.models.sequences.given import givenSequences
from nn.models.sequences.latentpath import Path
from nn.models.sequences.latentsequences import LatentSequences
from nn.models.sequences.unrolled import columnsOf
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.collapse import SilentLatents
from nn.watch.divergence import explain
from nn.watch.symptom import Observation, Symptom
from nn.watch.symptoms import general

TINY = float(np.finfo(np.float32).tiny)


class VariationalRNN(LatentSequences):
    """A recurrent network with latent variables at every step, which say what its state does not know yet.

        p(z_t | x_<t, z_<t) = N(prior(h_{t-1}))
        p(x_t | z_<=t, x_<t) = N(decoder(φ_z(z_t), h_{t-1}))                or Bernoulli
        q(z_t | x_<=t, z_<t) = N(encoder(φ_x(x_t), h_{t-1}))
        h_t = f(h_{t-1}, φ_x(x_t), φ_z(z_t))                                a GRU or LSTM

        ln p(x) >= Σ_t E_q [ln p(x_t | z_<=t, x_<t) - KL(q(z_t | x_<=t, z_<t) ‖ p(z_t | x_<t, z_<t))]

    Chung et al. 2015, "A recurrent latent variable model for sequential data", arXiv:1506.02216. All Gaussians have
    diagonal covariances; a network gives means and, behind them, log-variances, which are kept between -20 and 20 as
    those of the `Sampler` are. It is trained by the negative bound, with one draw z = μ + σ ε at every step. Though the
    decoder gives one Gaussian, with a variance for each number, p(x_t | x_<t) may have several peaks, and the numbers
    of a step may hang together: a recurrent network that gives mean and variance cannot say that.

    Sequences are (steps, inputDim, N); the state before their first step is 0. Steps that a sequence does not have, see
    `Dataset.fromSequences`, do not count.

    Parameters
    ----------
    inputDim, latentDim : how many numbers x_t and z_t have.
    recurrent : f, a `GRU`, `LSTM` or `RNN`. It takes what the features give, one behind the other.
    prior : an MLP, from the units of f to 2 latentDim.
    encoder : an MLP, from what `inputFeatures` gives and the units of f to 2 latentDim.
    decoder : an MLP, from what `latentFeatures` gives and the units of f to 2 inputDim, or to inputDim that end in a
        Sigmoid.
    inputFeatures, latentFeatures : φ_x and φ_z, MLPs from x_t and z_t; default none: x_t and z_t themselves.
    loss : `GaussianLikelihood()`, or `CrossEntropy()` for numbers from 0 to 1 after a Sigmoid; default what fits.
    warmUp : epochs at the beginning of every training in which the divergence counts from 0 to 1, in a straight line;
        default 0. It keeps the latent variables from falling silent at first (Bowman et al. 2016, arXiv:1511.06349).
        The reported loss has it whole all the time.

    The quantities of `train` and `evaluate` are in nats a step: "loss", the negative bound, and its two terms
    "reconstruction", -E ln p(x_t | ...), and "kl". All are of one draw. Where the data set is standardised, they are of
    the standardised numbers.

    Example
    -------
    >>> from activations import ReLU
    >>> from layers import GRU, Dense
    >>> model = VariationalRNN(
    ...     inputDim=1,
    ...     latentDim=2,
    ...     recurrent=GRU(1 + 2, 16),
    ...     prior=MLP([Dense(16, 2 * 2)]),
    ...     encoder=MLP([Dense(1 + 16, 16, ReLU()), Dense(16, 2 * 2)]),
    ...     decoder=MLP([Dense(2 + 16, 16, ReLU()), Dense(16, 2 * 1)]),
    ... )
    >>> model.sample(n=3, steps=50, rng=0).shape
    (50, 1, 3)
    """

    quantities = {"loss": Direction.LOWER, "reconstruction": Direction.LOWER, "kl": Direction.NONE}
    labelled = False
    nested: ClassVar[Mapping[str, Any]] = {
        "recurrent": Layer,
        **dict.fromkeys(("prior", "encoder", "decoder", "inputFeatures", "latentFeatures"), MLP),
        "loss": Loss,
    }

    def __init__(
        self,
        inputDim: int,
        latentDim: int,
        recurrent: Recurrent,
        prior: MLP,
        encoder: MLP,
        decoder: MLP,
        inputFeatures: MLP | None = None,
        latentFeatures: MLP | None = None,
        loss: Loss | None = None,
        warmUp: float = 0.0,
    ) -> None:
        name = "VariationalRNN"
        self.inputDim = wholeNumber(name, "inputDim", inputDim)
        self.latentDim = wholeNumber(name, "latentDim", latentDim)
        self.warmUp = number(name, "warmUp", warmUp, low=0)
        self.recurrent = instance(name, "recurrent", recurrent, Recurrent, "GRU(inputs, units)")
        self.prior, self.encoder = network(name, "prior", prior), network(name, "encoder", encoder)
        self.decoder = network(name, "decoder", decoder)
        self.inputFeatures = None if inputFeatures is None else network(name, "inputFeatures", inputFeatures)
        self.latentFeatures = None if latentFeatures is None else network(name, "latentFeatures", latentFeatures)
        if loss is None:
            loss = CrossEntropy() if Objective(self.decoder.chain).link == "Sigmoid" else GaussianLikelihood()
        self.objective = Objective(self.decoder.chain, loss)
        self._checkLikelihood()
        self._join()
        self._lastLoss = math.nan

    # What a model must say -------------------------------------------------------------------------------------------

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        for leaf in self.namedLayers().values():
            if leaf.penalty is not None:
                remedy = "penalties are of one pass, and these layers are in one for every step"
                raise ValueError(refusal(self.name, leaf.describe(), "without a penalty", leaf.penalty, remedy))
        with self._path.use("inference"):
            now = self._path.now
            now.sums, now.count = dict[str, float](), 0.0  # of an evaluation so far, by all steps
        if dataset is None:
            return
        shape = dataset.sampleShape
        if len(shape) != 2 or shape[1] != self.inputDim:
            expected = f"sequences (steps, {self.inputDim}, N)"
            raise ValueError(refusal(self.name, f"the data set {dataset.name!r}", expected, (*shape, "N")))
        checkRange(f"the data set {dataset.name!r}", rangeOf(dataset), self.decoder.chain)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        kl_weight = min(1.0, context.epoch / self.warmUp) if self.warmUp else 1.0
        values = self._descend(batch, PARAMETERS, kl_weight)
        self._lastLoss = values["loss"]
        for chain in self.networks().values():
            chain.update(factor=context.factor, batchSize=context.batchSize)
        return {name: value for name, value in values.items() if name in context.quantities}

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self._path.use("inference"):
            x, w, mask = self._sequences(batch)
            path = self._path.forward(x, self._path.noise(x), mask, training=False)
            self.objective.forward(self._path.code, training=False)
            values, now, count = self._figures(path, x, w), self._path.now, float(w.sum())
            if hasattr(now, "sums"):
                now.sums = {name: now.sums.get(name, 0.0) + value * count for name, value in values.items()}
                now.count += count
        return {name: value for name, value in values.items() if name in quantities}

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        """Means over all steps, also where batches have different numbers of them."""
        with self._path.use("inference"):
            now = self._path.now
            return {name: now.sums[name] / now.count for name in quantities if now.count}

    def losses(self, batch: Batch) -> dict[str, Descent]:
        return {"loss": (self.namedLayers(), lambda: self._descend(batch, Wanted(), 1.0)["loss"])}

    def lastLoss(self, seen: Observation) -> float:
        return self._lastLoss

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        chains = self.chains()[::-1]  # the data enter the last one
        return [*general(chains, self.lastLoss), SilentLatents(self.encoder.layers[-1], self._seen, self.warmUp)]

    def largestProduct(self, dataset: Dataset) -> int:
        one_step = 1, self.recurrent.inputDim
        found = {name: chain.multiplications(chain.inputShape or one_step) for name, chain in self.networks().items()}
        apart = [found.get(name, 0) for name in ("inputFeatures", "prior", "decoder")]
        return max(dataset.sampleShape[0] * max(apart), *found.values()) * dataset.batch_size

    # Inside ----------------------------------------------------------------------------------------------------------

    def _descend(self, batch: Batch, wanted: Wanted, klWeight: float) -> dict[str, float]:
        """The quantities of a forward pass with one draw, after the backward pass."""
        x, w, mask = self._sequences(batch)
        path = self._path.forward(x, self._path.noise(x), mask, training=True)
        self.objective.forward(self._path.code)
        values = self._figures(path, x, w)
        if not all(map(math.isfinite, values.values())):
            raise self._explained(x)
        share = w / max(divisor(float(w.sum())), TINY)
        self.objective.backward(columnsOf(x), Wanted(), share.ravel() * share.size)
        self._path.backward(self.decoder.chain.gradient, share * klWeight, wanted)
        if not all(chain.hasFiniteGradients() for chain in self.networks().values()):
            raise self._explained(x)
        return values

    def _figures(self, path: Path, x: Array, w: Array) -> dict[str, float]:
        """All quantities of the last path, after the decoder."""
        share = w / max(divisor(float(w.sum())), TINY)
        reconstruction = self.objective.value(columnsOf(x), share.ravel() * share.size)
        kl = float(np.vdot(path.divergences().sum(axis=0, dtype=float), share))
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}

    def _sequences(self, batch: Batch) -> tuple[Array, Array, Array | None]:
        """The sequences, how much every step of them counts (steps, N), and which there are."""
        x = givenSequences(self.name, "the inputs", batch.inputs, self.inputDim, self._dtype)
        shape = x.shape[::2]
        weights = np.ones(1) if batch.weights is None else batch.weights
        if weights.ndim > 1 and weights.shape != shape:
            raise ValueError(refusal(self.name, "weights", f"of shape {shape}, those of the steps", weights.shape))
        there = np.ones(shape) if batch.mask is None else batch.mask
        return x, (there * weights).astype(x.dtype), batch.mask

    def _explained(self, x: Array) -> Exception:
        with self._path.diverged():
            return explain(self.namedLayers(), "input", x)

    def _seen(self) -> float:
        """The divergence of a step in the last forward pass of a training, in nats."""
        return float(self._path.path.divergences().sum(axis=0).mean())

    def _checkLikelihood(self) -> None:
        """ValueError if the loss is no -ln p(x_t | ...) of the decoder's outputs."""
        loss, link = instance(self.name, "loss", self.loss, Loss, "GaussianLikelihood()"), self.objective.link
        if (type(loss), link) not in ((GaussianLikelihood, ""), (CrossEntropy, "Sigmoid")):
            remedy = f"its decoder ends in {self.decoder.layers[-1].describe()}"
            expected = "GaussianLikelihood() after Identity(), or CrossEntropy() after Sigmoid()"
            raise ValueError(refusal(self.name, "loss", expected, loss, remedy))
