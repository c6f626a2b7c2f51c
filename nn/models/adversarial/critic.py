"""A discriminator in its game."""

from __future__ import annotations

from collections.abc import Callable

from leibnet.arguments import instance
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

import numpy as np

from layers import BatchNormalization, Chain, SpectralNormalization, Wanted
from loss import AdversarialLoss, CrossEntropy
from nn.models.adversarial.constraint import CriticConstraint
from nn.models.adversarial.packing import packed, packedShape, unpackedGradient
from nn.models.mlp import MLP
from nn.models.objective import PARAMETERS
from nn.models.parts import checkFit
from nn.training.step import StepContext
from nn.watch.collapse import Domination
from nn.watch.divergence import explain
from nn.watch.gradients.critics import criticSymptoms
from nn.watch.symptom import Symptom

Disturbance = Callable[[Array], Array]


class Critic:
    """One discriminator D: what it descends, what a generator descends through it, and what holds it in bounds.

    Where D has a `BatchNormalization`, samples and data are batches of their own in a training, as in DCGAN (Radford et
    al. 2015, arXiv:1511.06434): together, each would be seen beside the other.

    Parameters
    ----------
    owner : the model, for messages.
    name : what the model calls this network.
    network : D.
    loss : the adversarial loss.
    constraint : a `CriticConstraint`, or None.
    packing : how many samples D judges together.

    Attributes
    ----------
    network, loss, constraint, packing : as given.
    chain : the layers of D.
    penalty : the constraint's term of D's loss in the last training step.
    """

    def __init__(
        self,
        owner: str,
        name: str,
        network: MLP,
        loss: AdversarialLoss,
        constraint: CriticConstraint | None = None,
        packing: int = 1,
    ) -> None:
        if constraint is not None:
            instance(owner, "constraint", constraint, CriticConstraint, "GradientPenalty()")
        self.network, self.loss, self.constraint, self.packing = network, loss, constraint, packing
        self.penalty = 0.0
        self._owner, self._name = owner, name
        self._judged: tuple[Array, int] | None = None
        self.check()

    @property
    def chain(self) -> Chain:
        """The layers of D."""
        return self.network.chain

    def check(self) -> None:
        """ValueError if D cannot play this game: it gives one number, and ends as the loss needs it."""
        D, owner, name = self.chain, self._owner, self._name
        link = "" if D.activation is None else D.activation.link
        if D.shape() not in (None, (1,)) or link != self.loss.link:
            self._refuse(repr(D.layers[-1]))
        own = self.network.objective.given
        if own is not None and not (isinstance(own, CrossEntropy) and link == "Sigmoid"):
            raise ValueError(
                f"{owner}: expected a {name} without a loss of its own, got {own!r}; give the {owner} generatorLoss= "
                "instead"
            )
        if self.constraint is not None:
            self.constraint.check(owner, D)
        elif not self.loss.bounded and not _normalized(D):
            raise ValueError(
                f"{owner}: expected a constraint on the {name}, as the loss {self.loss!r} has no bound, got none; give "
                "constraint=GradientPenalty() or WeightClipping(), or every layer SpectralNormalization(...)"
            )

    def checkPartner(self, generator: MLP) -> None:
        """ValueError if what a generator gives is not what D takes, or a layer is in both."""
        G = generator.chain
        if G.inputShape is None:
            expected = "a generator whose first layer knows its number of inputs, such as Dense"
            raise ValueError(f"{self._owner}: expected {expected}")
        checkFit(self._owner, {"generator": G, self._name: self.chain}, self.packing)
        if (shape := G.shape()) is not None:
            self.takes(shape)

    def symptoms(self) -> list[Symptom]:
        """What can go wrong with D."""
        limit, target = (getattr(self.constraint, name, None) for name in ("limit", "target"))
        found = criticSymptoms(self.chain, limit, target, self.loss.bounded)
        return [*found, Domination([*self.chain.leaves().values()][-1])] if self.loss.link == "Sigmoid" else found

    def takes(self, shape: Shape) -> None:
        """ValueError if D does not take samples of this shape, as many as it judges, or gives several numbers."""
        given = self.chain.outputShape(packedShape(shape, self.packing))
        if given != (1,):
            self._refuse(f"{self.chain.layers[-1]!r}, which gives {given}")

    def discriminate(
        self,
        fake: Array,
        real: Array,
        quantities: frozenset[str],
        training: bool,
        disturb: Disturbance | None = None,
        rng: np.random.Generator | None = None,
    ) -> dict[str, float]:
        """The forward pass of D on samples and data, and in a training the backward pass, which leaves D's gradients.

        Parameters
        ----------
        fake, real : samples and data, (..., n) each.
        quantities : what is wanted of "discriminator_loss", D's loss without the constraint's term; "fake_accuracy",
            "real_accuracy"; "wasserstein", mean z of the data minus that of the samples.
        disturb : what is to be added to all that D sees, a function of that.
        rng : where a constraint draws from, in a training.

        Raises
        ------
        DivergenceError : if a number is not finite.
        """
        D = self.chain
        real = real if real.dtype == fake.dtype else realNumbers(self._owner, "the data", real, fake.dtype, scaled=True)
        fake, real = packed(fake, self.packing), packed(real, self.packing)
        n = fake.shape[-1]
        both = D.now.buffer("both", (*fake.shape[:-1], n + real.shape[-1]), fake)
        np.concatenate((fake, real), axis=-1, out=both)
        if disturb is not None:
            both += disturb(both)
        apart = n if training and self._mixes else None
        z = self._seen(both, apart, training)
        loss, dz = self.loss.critic(z, n, "discriminator_loss" in quantities, gradient=training)
        values: dict[str, float] = {}
        if loss is not None:
            values["discriminator_loss"] = loss + self._penalties(apart)
        if quantities & {"fake_accuracy", "real_accuracy"}:
            outputs = z if D.activation is None else D.activation.apply(z)
            is_real = outputs > self.loss.boundary(outputs)
            values["fake_accuracy"] = float(np.mean(~is_real[:, :n]))
            values["real_accuracy"] = float(np.mean(is_real[:, n:]))
        if "wasserstein" in quantities:
            values["wasserstein"] = float(z[:, n:].mean(dtype=float) - z[:, :n].mean(dtype=float))
        if dz is not None:
            self._learn(dz, apart)
            if self.constraint is not None:
                assert rng is not None
                self.penalty = self.constraint.addGradient(D, both[..., :n], both[..., n:], rng)
        return {name: value for name, value in values.items() if name in quantities}

    def update(self, context: StepContext, samples: int) -> None:
        """The update of D after `discriminate`, of so many samples and as many of the data."""
        groups = -(-(context.batchSize or samples) // self.packing)
        self.chain.update(factor=context.factor, batchSize=2 * groups)
        self.enforce()

    def enforce(self) -> None:
        """Moves D's parameters to where the constraint holds, before a training and after an update."""
        if self.constraint is not None:
            self.constraint.enforce(self.chain)

    def judge(self, fake: Array, valued: bool, training: bool, disturb: Disturbance | None = None) -> float | None:
        """The forward pass of D on samples alone: the generator's loss without its own terms, if it is wanted."""
        given = packed(fake, self.packing)
        z = self.chain.forwardLogits(given if disturb is None else given + disturb(given), training)
        loss, dz = self.loss.generator(z, valued, gradient=training)
        self._judged = None if dz is None else (dz, fake.shape[-1])
        return loss

    def gradient(self, factor: float = 1.0) -> Array:
        """The gradient of what `judge` found in a training, times a factor, with respect to the samples.

        D's parameters get none. DivergenceError if a number is not finite.
        """
        if self._judged is None:
            raise RuntimeError(f"{self._owner}: judge has to come before gradient, in a training")
        dz, n = self._judged
        self._descend(dz if factor == 1 else dz * factor, Wanted(parameters=False))
        return unpackedGradient(self.chain.gradient, self.packing, n)

    def _refuse(self, got: str) -> None:
        end = f"Dense(..., 1, {self.loss.link}())" if self.loss.link else "Dense(..., 1)"
        raise ValueError(f"{self._owner}: expected a {self._name} with one output, {end} at its end, got {got}")

    @property
    def _mixes(self) -> bool:
        """Whether what D says of a sample depends on the others of a batch."""
        return any(isinstance(layer, BatchNormalization) for layer in self.chain.parts())

    def _seen(self, both: Array, apart: int | None, training: bool) -> Array:
        """The pre-activations of D's output, for samples and data together, or for so many samples and data apart."""
        D = self.chain
        if apart is None:
            return D.forwardLogits(both, training)
        fake = D.forwardLogits(np.ascontiguousarray(both[..., :apart]), training)
        with D.use("data"):
            real = D.forwardLogits(np.ascontiguousarray(both[..., apart:]), training)
            return np.concatenate((fake, real), axis=-1)

    def _penalties(self, apart: int | None) -> float:
        """The layers' own terms at the last `_seen`."""
        if apart is None:
            return self.chain.penaltyValue()
        with self.chain.use("data"):
            real = self.chain.penaltyValue()
        return real + self.chain.penaltyValue()

    def _learn(self, dz: Array, apart: int | None) -> None:
        """The backward pass that belongs to `_seen`."""
        self._descend(dz if apart is None else dz[..., :apart], PARAMETERS)
        if apart is not None:
            with self.chain.use("data"):
                self._descend(dz[..., apart:], PARAMETERS._replace(add=True))

    def _descend(self, dz: Array, wanted: Wanted) -> None:
        """The backward pass from the gradient with respect to the last pre-activation."""
        self.chain.backwardLogits(dz, wanted)
        if not self.chain.isFinite(wanted):
            raise explain(self.chain.leaves(), "loss", None)


def _normalized(critic: Chain) -> bool:
    """Whether the weights of all layers are normalised by their largest singular values."""
    inside = {id(part.layer) for part in critic.parts() if isinstance(part, SpectralNormalization)}
    return all(id(layer) in inside for layer in critic.learning())
