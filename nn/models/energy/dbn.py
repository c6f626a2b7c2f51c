"""The deep belief network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar, Self

from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.arrays import bernoulli
from leibnet.ranks import averaged
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset
from dataset.facts import Facts
from layers import Chain, Layer
from loss import Loss
from nn.models.energy.rbm import RBM
from nn.models.mlp import MLP
from nn.models.model import Descent, Model
from nn.models.parts import description, locate
from nn.storage.onnx.exported import Exported
from nn.training.step import StepContext
from nn.watch.symptom import Symptom
from nn.watch.symptoms import general
from optimizer import Optimizer


class DBN(Model):
    """A deep belief network: restricted Boltzmann machines on top of each other, trained one after the other.

        p(v) = Σ p(v | h₁) p(h₁ | h₂) ... p(h_{L-1}), and the last factor is that of the top machine

    The training is greedy (Hinton, Osindero & Teh 2006): in the first share of the epochs the lowest machine learns
    the data; in the next, the one above it learns draws from its hidden units, and so on, in equal shares. Each machine
    has its own settings, see `RBM`.

    Parameters
    ----------
    rbms : from the lowest to the top one; the hidden units of each are the visible units, Bernoulli ones, of the next.

    Attributes
    ----------
    rbms : the list of the machines.
    level : the place of the one that learns, or learnt last.

    The quantities are those of the machine at `level`, see `RBM`.

    Example
    -------
    >>> digits = Dataset("digits", rng=0)
    >>> dbn = DBN([RBM(64, 32, rng=0), RBM(32, 32, rng=1)])
    >>> history = dbn.train(digits, epochs=10)  # five for each
    >>> dbn.sample(5, steps=100, rng=0).shape
    (64, 5)
    >>> classifier = dbn.toNetwork()
    >>> classifier.predict(digits.testSet()[0]).shape
    (32, 360)
    """

    quantities = RBM.quantities
    metrics = ("train_reconstruction_error", "train_free_energy", "test_reconstruction_error", "test_free_energy")
    shown = ("reconstruction_error",)
    labelled = False
    nested: ClassVar[Mapping[str, Any]] = {"rbms": RBM}

    def __init__(self, rbms: Iterable[RBM]) -> None:
        self.rbms = list(rbms) if isinstance(rbms, Iterable) else []
        if not self.rbms or not all(isinstance(one, RBM) for one in self.rbms):
            raise TypeError(refusal("DBN", "rbms", "a list of RBMs such as [RBM(784, 500), RBM(500, 500)]", rbms))
        if len({id(one) for one in self.rbms}) < len(self.rbms):
            raise ValueError("DBN: expected every place to have a machine of its own, got one twice")
        for place, (below, above) in enumerate(zip(self.rbms[:-1], self.rbms[1:], strict=True), 1):
            if (above.inputDim, above.visible) != (below.hiddenDim, "bernoulli"):
                raise ValueError(
                    f"DBN: expected rbms[{place}] to have {below.hiddenDim} Bernoulli visible units, as many as the "
                    f"one below has hidden units, got {above.inputDim} {above.visible} ones"
                )
        self.level = 0
        locate(self.networks())

    # Use -------------------------------------------------------------------------------------------------------------

    def encode(self, x: Any) -> Array:
        """The hidden probabilities of the top machine, (hiddenDim, N): features; means go up through all machines."""
        x = self._standardized(x)
        for rbm in self.rbms:
            x = rbm.encode(x)
        return x

    def reconstruct(self, x: Any) -> Array:
        """The codes of columns x (inputDim, N), decoded; draws nothing."""
        h = self.encode(x)
        for rbm in reversed(self.rbms):
            h = rbm.decode(h)
        return self._raw(h)

    def sample(self, n: int, steps: int = 1000, rng: np.random.Generator | int | None = None) -> Array:
        """`n` samples (inputDim, n): so many Gibbs steps at the top, and from there draws down to the last, a mean."""
        *lower, top = self.rbms
        rng = randomGenerator("DBN.sample", rng) or top.layer.generator()
        h = top.sample(n, steps, rng)
        for rbm in reversed(lower):
            h = rbm.decode(bernoulli(rng, h))
        return self._raw(h)

    def bound(
        self, x: Any, logPartition: float, samples: int = 1, rng: np.random.Generator | int | None = None
    ) -> Array:
        """A lower bound on ln p(x) of every column (inputDim, N), (N,) in nats, for binary data.

            ln p(v) ≥ E_q [ln p(v | h₁) + ... - F(h_{L-1}) - ln q(h₁ | v) - ...] - ln Z        q: from below, by layers

        Hinton et al. 2006; Salakhutdinov & Murray 2008. It is estimated by draws from q.

        Parameters
        ----------
        x : columns, of Bernoulli units 0 and 1.
        logPartition : ln Z of the top machine, `rbms[-1]`, as of `annealedLogPartition(...).value`.
        samples : draws of q for every column; default 1.
        rng : generator or seed for the draws; default the library's own.
        """
        *lower, top = self.rbms
        rng = randomGenerator("DBN.bound", rng) or top.layer.generator()
        log_z = number("DBN.bound", "logPartition", logPartition)
        samples = wholeNumber("DBN.bound", "samples", samples)
        data = self.rbms[0].checkedStates("DBN.bound", self._standardized(x))
        total = np.zeros(data.shape[1])
        for _ in range(samples):
            v = data
            for rbm in lower:
                layer, p = rbm.layer, rbm.encode(v)
                h = bernoulli(rng, p)
                total += layer.logConditional(v - layer.visibleOffset, h - layer.hiddenOffset) + _entropy(p)
                v = h
            total -= top.freeEnergy(v)
        return total / samples - log_z

    def toNetwork(self, optimizer: Optimizer | None = None) -> MLP:
        """The encoder as an `MLP` of Dense layers, which computes what `encode` does, to be fine-tuned.

        The offsets are in the biases. For a classifier, add `Dense(..., classes, Softmax())`. `optimizer`: a template
        for all layers, default Adam().
        """
        network = MLP([rbm.toDense(optimizer) for rbm in self.rbms])
        network.standardization = self.standardization
        return network

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {f"rbms.{place}": rbm.chain for place, rbm in enumerate(self.rbms)}

    def namedLayers(self) -> dict[str, Layer]:
        return {f"rbms.{place}": rbm.layer for place, rbm in enumerate(self.rbms)}

    @property
    def inputShape(self) -> Shape:
        """The shape of one sample."""
        return self.rbms[0].inputShape

    def arrays(self) -> dict[str, Array]:
        particles = {f"rbms.{place}.particles": rbm.particles for place, rbm in enumerate(self.rbms) if rbm.persistent}
        return super().arrays() | particles

    def astype(self, dtype: Any) -> None:
        for rbm in self.rbms:
            rbm.astype(dtype)

    def largestProduct(self, dataset: Dataset) -> int:
        return max(rbm.largestProduct(dataset) for rbm in self.rbms)

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        self.rbms[0].prepare(None, dataset)
        if dataset is not None:
            self.level = 0

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        level = min(int(context.progress * len(self.rbms)), len(self.rbms) - 1)
        while self.level < level:
            below, above = self.rbms[self.level : self.level + 2]
            above.begin(self._meanAbove(below, batch))
            self.level += 1
        return self.rbms[self.level].step(self._lifted(batch, self.level), context)

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with ExitStack() as stack:
            for network in self.networks().values():
                stack.enter_context(network.use("inference"))
            return self.rbms[self.level].measure(self._lifted(batch, self.level, training=False), quantities)

    def meaningless(self, facts: Facts) -> dict[str, str]:
        return self.rbms[0].meaningless(facts)

    def losses(self, batch: Batch) -> dict[str, Descent]:
        found: dict[str, Descent] = {}
        for level, (name, layer) in enumerate(self.namedLayers().items()):
            (_, descend), *_ = self.rbms[level].losses(self._lifted(batch, level)).values()
            found[name] = {name: layer}, descend
        return found

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return general([[self.rbms[0].layer]], self.lastLoss, [self.rbms[0].layer])

    def state(self) -> dict[str, Any]:
        return {"level": self.level}

    def setState(self, state: dict[str, Any]) -> None:
        self.level = wholeNumber("DBN", "level", state["level"], least=0)

    def config(self) -> dict[str, Any]:
        return super().config() | {"level": self.level}

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        rest = dict(arguments)
        level = wholeNumber("DBN", "level", rest.pop("level", 0), least=0)
        dbn = super().fromArguments(rest)
        dbn.level = min(level, len(dbn.rbms) - 1)
        return dbn

    def exported(self) -> dict[str, Exported]:
        return {"encoder": Exported(self.toNetwork().chain.children(), before=self.standardization)}

    # Inside ----------------------------------------------------------------------------------------------------------

    def _lifted(self, batch: Batch, level: int, training: bool = True) -> Batch:
        """The batch as the machine at this level sees it: draws from the hidden units below."""
        if not level:
            return batch
        v = batch.inputs
        for rbm in self.rbms[:level]:
            v = bernoulli(rbm.layer.generator(), rbm.chain.forward(v, training))
        return Batch.of(v)

    def _meanAbove(self, below: RBM, batch: Batch) -> Array:
        """About the mean of the hidden units of the machine that learns."""
        if below.centred:
            return below.layer.hiddenOffset
        return averaged(below.chain.predict(self._lifted(batch, self.level).inputs).mean(axis=1, keepdims=True))

    def __repr__(self) -> str:
        return description("DBN", {f"rbms[{place}]": rbm for place, rbm in enumerate(self.rbms)})


def _entropy(p: Array) -> Array:
    """-Σ p ln p + (1 - p) ln(1 - p) of every column, (N,) in float64."""
    p = np.clip(p.astype(float), 1e-12, 1 - 1e-12)
    return -(p * np.log(p) + (1 - p) * np.log1p(-p)).sum(axis=0)
