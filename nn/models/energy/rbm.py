"""The restricted Boltzmann machine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from leibnet.arguments import flag, randomGenerator, refusal, wholeNumber
from leibnet.arrays import isFinite, realNumbers, uniform
from leibnet.ranks import apart
from leibnet.types import Array, Shape

import numpy as np

from activations import Identity, Sigmoid
from dataset import Batch, Dataset
from dataset.facts import Facts
from layers import Chain, Dense, Layer, Pass
from loss import Loss
from nn.models.energy.boltzmannlayer import HIDDEN, BoltzmannLayer
from nn.models.energy.figures import energyFigures
from nn.models.model import Descent, Model
from nn.models.objective import checkedInput, checkInputs
from nn.models.parts import checkUnweighted, rangeOf
from nn.storage.onnx.exported import Exported
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.divergence import explain
from nn.watch.symptom import Symptom
from nn.watch.symptoms import general
from optimizer import SGD, Optimizer

FOLLOWS = 0.01  # how fast the hidden offset follows the mean, of a batch


class RBM(Model):
    """A restricted Boltzmann machine: visible units v and hidden units h ∈ {0, 1}, connected to each other alone.

        p(v) = 1/Z Σ_h exp(-E(v, h)) = exp(-F(v)) / Z        E(v, h) = -b·v - c·h - hᵀ W v

    for Bernoulli units v ∈ {0, 1}; for Gaussian ones, ½‖v‖² is added. The gradient of -ln p is that of F at the data,
    less its mean over p, for which there are draws from a chain of Gibbs steps: k steps from the data (contrastive
    divergence, CD-k, Hinton 2002), or from where kept chains ended in the step before (persistent CD, Tieleman
    2008). Both sets of units are centred by their means, which changes no distribution and makes the training
    well conditioned (Montavon & Müller 2012, "Deep Boltzmann Machines and the Centering Trick").

    Parameters
    ----------
    inputDim, hiddenDim : number of visible and hidden units.
    visible : "bernoulli" (default), for data in [0, 1], where greys are taken for probabilities; or "gaussian", for
        data whose features have a variance around 1: `Dataset.fromArrays(x, standardize=True)`.
    optimizer : default SGD(lr=0.05). Its weight decay concerns the weights alone.
    steps : k, the Gibbs steps of a chain for every update; default 1.
    persistent : the number of chains that are kept; default 0, none: contrastive divergence.
    centred : whether the units are centred; default True.
    rng : generator or seed for the weights and for all draws; default the library's own.

    Attributes
    ----------
    layer : weights, biases and offsets, a `BoltzmannLayer`.
    particles : (inputDim, persistent), where the kept chains are; they stand in files and checkpoints. Where several
        ranks train the machine, each has chains of its own; those of rank 0 stand there.
    trainable : whether an update moves the parameters.

    The quantities of `train` and `evaluate`:

    reconstruction_error : ‖v - E[v | p(h|v)]‖². It falls in every training, and says little of the distribution.
    free_energy : the mean of F(v). No value is good in itself; that of the test set above that of the training set
        shows overfitting (Hinton 2010, section 6).
    free_energy_gap : F in mean over the data less that over the draws from the chains. Near 0 where they are alike; it
        rises or falls without end where the training diverges.
    pseudo_likelihood : d ln p(vᵢ | all others) for one vᵢ of d, drawn anew for every sample, in nats; of Bernoulli
        units. It rises with the likelihood, as long as the chains mix. For ln p(v) itself see `likelihoodBracket`.

    Example
    -------
    >>> digits = Dataset("digits", rng=0)
    >>> rbm = RBM(64, 32, rng=0)
    >>> history = rbm.train(digits, epochs=10)
    >>> rbm.encode(digits.testSet()[0]).shape, rbm.sample(5, steps=100, rng=0).shape
    ((32, 360), (64, 5))
    """

    quantities = {
        "reconstruction_error": Direction.LOWER,
        "free_energy": Direction.NONE,
        "free_energy_gap": Direction.NONE,
        "pseudo_likelihood": Direction.HIGHER,
    }
    metrics = ("train_reconstruction_error", "train_free_energy", "test_reconstruction_error", "test_free_energy")
    shown = ("reconstruction_error",)
    labelled = False
    nested: ClassVar[Mapping[str, Any]] = {"optimizer": Optimizer}

    def __init__(
        self,
        inputDim: int,
        hiddenDim: int,
        visible: str = "bernoulli",
        optimizer: Optimizer | None = None,
        steps: int = 1,
        persistent: int = 0,
        centred: bool = True,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        optimizer = SGD(lr=0.05) if optimizer is None else optimizer
        self.layer = BoltzmannLayer(inputDim, hiddenDim, visible, optimizer, rng=rng)
        self.steps = wholeNumber("RBM", "steps", steps)
        self.persistent = wholeNumber("RBM", "persistent", persistent, least=0)
        self.centred = flag("RBM", "centred", centred)
        self.chain = Chain({"layer": self.layer})
        self.particles = np.zeros((self.inputDim, self.persistent))

    inputDim = property(lambda self: self.layer.inputDim, doc="The number of visible units.")
    hiddenDim = property(lambda self: self.layer.outputDim, doc="The number of hidden units.")
    visible = property(lambda self: self.layer.visible, doc="What the visible units are.")
    optimizer = property(lambda self: self.layer.optimizer, doc="The optimizer of the layer.")

    @property
    def trainable(self) -> bool:
        """Whether an update moves the parameters."""
        return self.layer.trainable

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self.layer.trainable = flag("RBM", "trainable", trainable)

    # Use -------------------------------------------------------------------------------------------------------------

    def encode(self, x: Any) -> Array:
        """p(h = 1 | v) for any number of columns v, (hiddenDim, N): features."""
        return self.chain.predict(self._checked(x))

    def decode(self, h: Any) -> Array:
        """E[v | h] for any number of columns h in [0, 1], states or probabilities of hidden units; (inputDim, N)."""
        layer = self.layer
        h = realNumbers("RBM.decode", "h", h, layer.dtype, finite=True)
        if h.ndim != 2 or len(h) != self.hiddenDim:
            raise ValueError(refusal("RBM.decode", "h", f"columns of shape ({self.hiddenDim}, N)", h.shape))
        HIDDEN.checkValues("the hidden units h", h, "take what encode gives")
        x = layer.weight.T @ (h - layer.hiddenOffset) + layer.visibleBias
        return self._raw(layer.units.mean(x, layer.visibleOffset))

    def reconstruct(self, x: Any) -> Array:
        """E[v | p(h|x)] for any number of columns x, (inputDim, N). Draws nothing."""
        return self.decode(self.encode(x))

    def freeEnergy(self, x: Any) -> Array:
        """F(v) of every column, (N,) in nats: -ln p(v) but for ln Z, which is the same for all."""
        u, layer = self.centredStates(x), self.layer
        pieces = [u[:, start : start + 1000] for start in range(0, max(1, u.shape[1]), 1000)]
        return np.concatenate([layer.freeEnergy(one, layer.weight @ one + layer.bias) for one in pieces])

    def centredStates(self, x: Any) -> Array:
        """v - μ for columns v (inputDim, N), as the layer computes with them."""
        return self._checked(x) - self.layer.visibleOffset

    def checkedStates(self, owner: str, x: Any) -> Array:
        """Columns x (inputDim, N) of which p(v) is asked for: of Bernoulli units 0 and 1, no greys between them."""
        v = self._checked(x)
        self.layer.units.checkStates(owner, v)
        return v

    def gibbs(self, start: Any, rng: np.random.Generator | int | None = None) -> Iterator[tuple[Array, Array]]:
        """A Gibbs chain from every column of `start` (inputDim, N), without end: E[v | h] and v after every step."""
        layer, rng = self.layer, randomGenerator("RBM.gibbs", rng) or self.layer.generator()
        u, now = self.centredStates(start), Pass()
        while True:
            mean, u = layer.walk(u, 1, now, rng)
            yield self._raw(mean.copy()), self._raw(u + layer.visibleOffset)

    def sample(
        self, n: int, steps: int = 1000, rng: np.random.Generator | int | None = None, start: Any = None
    ) -> Array:
        """The means E[v | h] at the end of `n` Gibbs chains of so many steps, (inputDim, n).

        Their own noise is omitted; `gibbs` gives the draws. A chain begins in a column of `start`; by default, in the
        persistent chains of the training, in turn; and without those in noise with the data's means.
        """
        n, steps = wholeNumber("RBM.sample", "n, the number of samples,", n), wholeNumber("RBM.sample", "steps", steps)
        rng = randomGenerator("RBM.sample", rng) or self.layer.generator()
        if start is not None:
            v = self._checked(start)
            if v.shape[1] != n:
                raise ValueError(refusal("RBM.sample", "start", f"n = {n} columns", v.shape))
        else:
            v = self.particles[:, np.arange(n) % self.persistent] if self.persistent else self.layer.noise(n, rng)
        u, now = v - self.layer.visibleOffset, Pass()
        return self._raw(self.layer.walk(u, steps, now, rng)[0].copy())

    def toDense(self, optimizer: Optimizer | None = None) -> Dense:
        """The encoder as a layer of an MLP, in its precision: σ(W x + (c - W μ)), the offset in the bias."""
        layer = self.layer
        dense = Dense(self.inputDim, self.hiddenDim, layer.activation, optimizer, initializer="zeros")
        dense.astype(layer.dtype)
        dense.weight, dense.bias = layer.weight, layer.bias - layer.weight @ layer.visibleOffset
        return dense

    def toDecoder(self, optimizer: Optimizer | None = None) -> Dense:
        """The decoder likewise, from codes h to E[v | h]: Wᵀ h + (b - Wᵀ λ), through a Sigmoid or, if Gaussian, + μ."""
        layer, is_gaussian = self.layer, self.visible == "gaussian"
        activation = Identity() if is_gaussian else Sigmoid()
        dense = Dense(self.hiddenDim, self.inputDim, activation, optimizer, initializer="zeros")
        dense.astype(layer.dtype)
        dense.weight, bias = layer.weight.T, layer.visibleBias - layer.weight.T @ layer.hiddenOffset
        dense.bias = bias + layer.visibleOffset if is_gaussian else bias
        return dense

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {"rbm": self.chain}

    def namedLayers(self) -> dict[str, Layer]:
        return self.chain.leaves()

    @property
    def inputShape(self) -> Shape:
        """The shape of one sample."""
        return (self.inputDim,)

    def arrays(self) -> dict[str, Array]:
        return super().arrays() | ({"particles": self.particles} if self.persistent else {})

    def astype(self, dtype: Any) -> None:
        super().astype(dtype)
        self.particles = self.particles.astype(self.layer.dtype, copy=False)

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        if dataset is None:
            return
        checkInputs(self.chain, dataset)
        checkUnweighted("RBM", dataset)
        self.layer.units.checkRange(f"the data set {dataset.name!r}", *rangeOf(dataset))
        total = sum(batch.inputs.sum(axis=1, keepdims=True, dtype=float) for batch in dataset.chunks("train"))
        self.begin(total / dataset.train_size)

    def begin(self, mean: Array) -> None:
        """Takes the mean (inputDim, 1) of the data to come, for offset, biases and chains that have not begun yet."""
        layer = self.layer
        if self.centred and layer.trainable:
            layer.moveVisibleOffset(mean.astype(layer.dtype))
        if layer.trainable and not layer.visibleBias.any():
            layer.visibleBias = layer.units.biasFor(mean, layer.visibleOffset)
            if self.centred:
                layer.hiddenOffset[...] = 0.5  # σ(0): the weights are small
        if self.persistent and not self.particles.any():
            self.particles[...] = layer.noise(self.persistent, layer.generator())

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        layer, v = self.layer, batch.inputs
        p = self.chain.forward(v)
        now, aside = layer.now, context.number or 0
        (mean, w), values = self._model(v, p, now, context.quantities, aside)
        z, q = layer.hiddenMean(w, now)
        layer.contrast((p, now.u), (q, w), now)
        values |= energyFigures(layer, v, w, z, now, context.quantities, aside)
        if not (layer.hasFiniteGradients() and isFinite(mean) and all(map(math.isfinite, values.values()))):
            raise explain(self.namedLayers(), "input", v, "try a tenth of the learning rate; check the data's scale")
        if self.persistent:
            np.add(w, layer.visibleOffset, out=self.particles)
        self.chain.update(factor=context.factor, batchSize=context.batchSize)
        if self.centred and layer.trainable:
            layer.moveHiddenOffset(p, FOLLOWS)
        return values

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        checkUnweighted("RBM", batch)
        layer, v = self.layer, batch.inputs
        layer.units.checkValues("the input", v)
        with self.chain.use("inference"):
            p, now = self.chain.forward(v, training=False), layer.now
            aside = int(layer.generator().integers(2**62))
            (_, w), values = self._model(v, p, now, quantities, aside)
            z, _ = layer.hiddenMean(w, now)
            return values | energyFigures(layer, v, w, z, now, quantities, aside)

    def meaningless(self, facts: Facts) -> dict[str, str]:
        if self.visible == "bernoulli":
            return {}
        return {"pseudo_likelihood": "the pseudo-likelihood is that of Bernoulli units: this RBM has Gaussian ones"}

    def losses(self, batch: Batch) -> dict[str, Descent]:
        """The gap of the free energies, of the data and of draws that stay: with those, its gradient is that of CD."""
        checkUnweighted("RBM", batch)
        layer = self.layer
        v = layer.accept(batch.inputs)
        drawn = self._model(v, layer.forward(v), layer.now, frozenset(), 0)[0][1].copy()

        def gap() -> float:
            p = layer.forward(v)
            now = layer.now
            z, q = layer.hiddenMean(drawn, now)
            layer.contrast((p, now.u), (q, drawn), now)
            return float(layer.freeEnergy(now.u, now.z).mean() - layer.freeEnergy(drawn, z).mean())

        return {"free_energy_gap": (self.namedLayers(), gap)}

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return general(self.chains(), self.lastLoss, [self.layer])

    def exported(self) -> dict[str, Exported]:
        return {"encoder": Exported({"encoder": self.toDense()}, before=self.standardization)}

    def config(self) -> dict[str, Any]:
        return super().config() | {"trainable": self.trainable}

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        rest = dict(arguments)
        trainable = rest.pop("trainable", True)
        rbm = super().fromArguments(rest)
        rbm.trainable = trainable
        return rbm

    # Inside ----------------------------------------------------------------------------------------------------------

    def _model(
        self, v: Array, p: Array, now: Pass, quantities: frozenset[str], aside: int
    ) -> tuple[tuple[Array, Array], dict[str, float]]:
        """E[v | h] and centred draws at the end of the chains; and the reconstruction error, if it is asked for.

        What is drawn for a figure alone is drawn by the seed `aside`: a training is the same, whatever is measured.
        """
        layer, values, rng = self.layer, dict[str, float](), self.layer.generator()
        error = "reconstruction_error" in quantities
        if not self.persistent or error:
            source = np.random.default_rng((aside, 1)) if self.persistent else rng
            h = np.less(uniform(source, p.shape, p), p, out=now.buffer("h", p.shape, p))
            h -= layer.hiddenOffset
            mean, u = layer.drawVisible(h, now, source)
            if error:
                difference = np.subtract(v, mean, out=now.buffer("error", v.shape, v))
                values["reconstruction_error"] = float(np.vdot(difference, difference)) / v.shape[1]
            if not self.persistent:
                return (layer.walk(u, self.steps - 1, now, rng) if self.steps > 1 else (mean, u)), values
        with apart(rng) as own:  # of several ranks, each has chains of its own
            return layer.walk(self.particles - layer.visibleOffset, self.steps, now, own), values

    def _checked(self, x: Any) -> Array:
        """Columns as the layer sees them, if the visible units can be in such states."""
        v = self.layer.accept(checkedInput(self.chain, self._standardized(x)))
        self.layer.units.checkValues("the input", v)
        return v

    def __repr__(self) -> str:
        way = f"PCD-{self.steps}, {self.persistent} chains" if self.persistent else f"CD-{self.steps}"
        return f"RBM, {way}{', centred' if self.centred else ''}\n{self.chain.table()}"
