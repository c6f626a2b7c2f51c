"""The CycleGAN: translating between two domains of which no pairs are known."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar

from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset
from layers import Chain
from loss import AdversarialLoss, Loss
from nn.models.adversarial.adversarial import Adversarial
from nn.models.adversarial.averaged import AveragedNetwork
from nn.models.adversarial.constraint import CriticConstraint
from nn.models.adversarial.critic import Critic
from nn.models.adversarial.domains import checkDomains, checkNetworks
from nn.models.adversarial.games import gameOf
from nn.models.adversarial.translation import Translation, together
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.parts import checkUnweighted, locate, network
from nn.storage.onnx.exported import Exported
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.symptom import Symptom
from nn.watch.symptoms import general


class CycleGAN(Adversarial):
    """Two generators, G from X to Y and F back, each against a discriminator (Zhu et al. 2017, arXiv:1703.10593).

        L(G, F, D_X, D_Y) = L_GAN(G, D_Y, X, Y) + L_GAN(F, D_X, Y, X) + λ L_cyc(G, F)

        L_cyc(G, F) = E ‖F(G(x)) - x‖₁ + E ‖G(F(y)) - y‖₁

    It learns from samples of both domains, of which none is known to belong to another (`Dataset.fromDomains`): D_Y
    sees to it that G(x) looks like one of Y, and the cycle that x can still be told from it. First lecture. Nothing but
    that, and where the generators begin, says what of x is to stay: generators that begin near to y = x, such as
    `Residual`, keep the most.

    One step: D_X and D_Y learn from data and from samples, half of them earlier ones (`HistoryBuffer`); then G and F
    learn together, through the new discriminators, from the same samples.

    Distances are, as everywhere here, sums over the features of a sample and means over the samples. The paper's code
    takes means over the pixels, so its λ = 10 is λ = 10/784 here for images of 28 x 28.

    Parameters
    ----------
    G, F : networks (MLP) from X to Y, and from Y to X.
    DX, DY : networks from X, and from Y, to one output, as the adversarial loss wants it: without an activation for
        the default.
    cycleWeight : λ; default None, 10 over the number of features of a sample, which is the paper's.
    identityWeight : μ of the term μ (E ‖G(y) - y‖₁ + E ‖F(x) - x‖₁), for domains of one shape of which samples of the
        one shall stay if they are taken for the other; the paper has λ/2 for paintings. Default 0, none.
    generatorLoss : the game's: "least squares" (default, as in the paper's code), "non-saturating", "minimax", "hinge",
        "wasserstein", or an `AdversarialLoss`.
    bufferSize : how many earlier samples each discriminator has, default 50, the paper's; 0: none. Where several ranks
        train the model, each has a buffer of its own; checkpoints hold those of rank 0.
    constraint : a `CriticConstraint` for both discriminators, such as `GradientPenalty()`; default none.
    averaging : the share of itself that an average of the parameters of G and F keeps in every step, such as 0.999; the
        average then makes all translations. Default None: there is none.
    rng : generator or seed for what is taken from the buffers; default the library's own.

    The quantities of `train` and `evaluate`:

    generator_loss : what G and F descend, all of it.
    discriminator_loss : the losses of D_X and D_Y together.
    cycle_loss : L_cyc, without its weight.
    real_accuracy, fake_accuracy : the share of the data that the discriminators take for real, and of the samples that
        they take for fake, in mean over the two.
    x_diversity, y_diversity : the variance of F(y) over that of x, and of G(x) over that of y, summed over features:
        below 0.05, `train` warns that the generator has collapsed.

    `train` also warns of a generator that turns black into white, and hides it by the cycle, see
    `nn.watch.collapse.Inversion`. How good a translation is, no loss tells: keep labels, or pairs, for a test.

    Attributes
    ----------
    G, F, DX, DY : the networks.
    averaged : the networks with the averaged parameters of G and F, by these names; none without `averaging`.

    Example
    -------
    >>> from activations import LeakyReLU
    >>> from dataset import transformations
    >>> from layers import Conv2D, Dense, Flatten, Residual
    >>> images = Dataset("digits", images=True).trainSet().inputs
    >>> thick = transformations.dilated(images[..., 700:])
    >>> dataset = Dataset.fromDomains(images[..., :700], thick, batch_size=20, rng=0)
    >>> def generator():
    ...     return MLP([Residual([Conv2D(1, 8, 3, LeakyReLU(0.2), padding="same"), Conv2D(8, 1, 3, padding="same")])])
    >>> def discriminator():
    ...     return MLP([Flatten(), Dense(64, 32, LeakyReLU(0.2)), Dense(32, 1)])
    >>> model = CycleGAN(generator(), generator(), discriminator(), discriminator())
    >>> history = model.train(dataset, epochs=1)
    >>> model.translate(images[..., :5]).shape
    (1, 8, 8, 5)
    """

    quantities = dict.fromkeys(  # none says which of two models is better; the diversities are best at 1
        ("generator_loss", "discriminator_loss", "cycle_loss", "real_accuracy", "fake_accuracy", "x_diversity",
         "y_diversity"), Direction.NONE,
    )  # fmt: skip
    metrics = ("train_generator_loss", "train_discriminator_loss", "train_cycle_loss")
    shown = ("generator_loss", "discriminator_loss", "cycle_loss")
    domains = 2
    fixed = Adversarial.fixed | {"bufferSize", "cycleWeight", "generatorLoss", "identityWeight"}

    nested: ClassVar[Mapping[str, Any]] = {
        "G": MLP, "F": MLP, "DX": MLP, "DY": MLP, "generatorLoss": AdversarialLoss, "constraint": CriticConstraint,
    }  # fmt: skip

    def __init__(
        self,
        G: MLP,
        F: MLP,
        DX: MLP,
        DY: MLP,
        cycleWeight: float | None = None,
        identityWeight: float = 0.0,
        generatorLoss: str | AdversarialLoss = "least squares",
        bufferSize: int = 50,
        constraint: CriticConstraint | None = None,
        averaging: float | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        owner = "CycleGAN"
        self._parts = {name: network(owner, name, one) for name, one in {"G": G, "F": F, "DX": DX, "DY": DY}.items()}
        self.cycleWeight = None if cycleWeight is None else number(owner, "cycleWeight", cycleWeight, low=0)
        self.identityWeight = number(owner, "identityWeight", identityWeight, low=0)
        self.generatorLoss, self.adversarial = generatorLoss, gameOf(owner, generatorLoss)
        self.bufferSize = wholeNumber(owner, "bufferSize", bufferSize, least=0)
        self.constraint, self.averaging, self.rng = constraint, averaging, randomGenerator(owner, rng)
        own = self.bufferSize, self.cycleWeight, self.identityWeight
        self._ways = [
            Translation("y", self.G, self.F, Critic(owner, "DY", DY, self.adversarial, constraint), *own),
            Translation("x", self.F, self.G, Critic(owner, "DX", DX, self.adversarial, constraint), *own),
        ]
        self._averages = (
            {}
            if averaging is None
            else {name: AveragedNetwork(owner, one, averaging) for name, one in (("G", self.G), ("F", self.F))}
        )
        self._checkParts()

    def _checkParts(self) -> None:
        parts = self.networks()
        checkNetworks(parts, (self.inputShape, self.secondShape), self.identityWeight)
        for way in self._ways:
            way.critic.check()
        locate(parts)

    @property
    def G(self) -> MLP:
        """The generator from the first domain to the second."""
        return self._parts["G"]

    @property
    def F(self) -> MLP:
        """The generator from the second domain to the first."""
        return self._parts["F"]

    @property
    def DX(self) -> MLP:
        """The discriminator of the first domain."""
        return self._parts["DX"]

    @property
    def DY(self) -> MLP:
        """The discriminator of the second domain."""
        return self._parts["DY"]

    @property
    def averaged(self) -> dict[str, MLP]:
        """The networks with the averaged parameters of G and F, by these names; none without `averaging`."""
        return {name: one.network for name, one in self._averages.items()}

    # Use -------------------------------------------------------------------------------------------------------------

    def translate(self, x: Any) -> Array:
        """G(x), a new array, for samples x of the first domain; by the average of G, where there is one."""
        return self.averaged.get("G", self.G).predict(x)

    def translateBack(self, y: Any) -> Array:
        """F(y), a new array, for samples y of the second domain; by the average of F, where there is one."""
        return self.averaged.get("F", self.F).predict(y)

    def reconstruct(self, x: Any) -> Array:
        """F(G(x)), a new array: what the cycle leaves of samples x of the first domain."""
        return self.translateBack(self.translate(x))

    def reconstructSecond(self, y: Any) -> Array:
        """G(F(y)), a new array: what the cycle leaves of samples y of the second domain."""
        return self.translate(self.translateBack(y))

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {name: one.chain for name, one in self._parts.items()}

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample of the first domain."""
        return self.G.inputShape or self.F.outputShape

    @property
    def secondShape(self) -> Shape | None:
        """The shape of one sample of the second domain."""
        return self.F.inputShape or self.G.outputShape

    def exported(self) -> dict[str, Exported]:
        """The networks for other programs; as G and F, those that translate."""
        parts, shapes = self._parts | self.averaged, self._shapes(self.sampleShape)
        return {name: Exported(one.chain.children(), inputShape=shapes[name]) for name, one in parts.items()}

    def largestProduct(self, dataset: Dataset) -> int:
        """Multiplications in the largest product of a step."""
        shapes = self._shapes(dataset.sampleShape)
        return (
            max(one.multiplications(shapes[name] or ()) for name, one in self.networks().items()) * dataset.batch_size
        )

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        self._checkParts()
        if dataset is not None:
            checkDomains(dataset, self.networks(), self.identityWeight)
            for way, one in zip(self._ways, (dataset.second, dataset), strict=True):
                way.reset()
                way.critic.takes(() if one is None else one.sampleShape)
        for way in self._ways:
            way.forget()

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """D_X and D_Y are updated before G's and F's part is computed: a divergence found there leaves them changed."""
        wanted, sides = context.quantities, self._sides(batch)
        fakes = [way.translate(source, training=True) for way, source, _ in sides]
        found = []
        for (way, _, target), fake in zip(sides, fakes, strict=True):
            found.append(way.discriminate(fake, target, wanted, True, self._source()))
            way.critic.update(context, batch.inputs.shape[-1])
        values = together(found) | self._descend(sides, fakes, wanted)
        for generator in (self.G.chain, self.F.chain):
            generator.update(factor=context.factor, batchSize=context.batchSize)
        for average in self._averages.values():
            average.follow()
        return values

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        checkUnweighted("CycleGAN", batch)
        found, total, distances = [], 0.0, 0.0
        judging = "generator_loss" in quantities
        with ExitStack() as stack:
            for one in self.networks().values():
                stack.enter_context(one.use("inference"))
            for way, source, target in self._sides(batch):
                way.critic.takes(target.shape[:-1])  # before it stands beside the samples
                fake = way.translate(source, training=False)
                found.append(way.discriminate(fake, target, quantities, False, self._source()))
                if judging or "cycle_loss" in quantities:
                    distance, loss, _ = way.cycle(fake, source, training=False)
                    distances, total = distances + distance, total + loss
                if judging:
                    total += way.judge(fake, True, training=False) + way.identity(target, training=False)
        ours = {"generator_loss": total, "cycle_loss": distances}
        return together(found) | {name: value for name, value in ours.items() if name in quantities}

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        found = {f"{way.domain}_diversity": way for way in self._ways}
        return {name: way.diversity() for name, way in found.items() if name in quantities}

    def state(self) -> dict[str, Any]:
        return super().state() | {way.domain: way.state() for way in self._ways}

    def setState(self, state: dict[str, Any]) -> None:
        super().setState(state)
        for way in self._ways:
            way.setState(state[way.domain])

    def losses(self, batch: Batch) -> dict[str, Descent]:
        checkUnweighted("CycleGAN", batch)
        sides = self._sides(batch)

        def critic(way: Translation, source: Array, target: Array) -> float:
            fake = way.translate(source, training=True)  # none from the buffer, which would change
            values = way.critic.discriminate(fake, target, frozenset({"discriminator_loss"}), True, rng=self._source())
            return values["discriminator_loss"] + way.critic.penalty

        def generators() -> float:
            fakes = [way.translate(source, training=True) for way, source, _ in sides]
            return self._descend(sides, fakes, frozenset({"generator_loss"}))["generator_loss"]

        critics = {f"D{side[0].domain.upper()}": partial(critic, *side) for side in sides}
        critics_layers = {name: (self._layersOf(name), one) for name, one in critics.items()}
        return {"G and F": (self._layersOf("G", "F"), generators)} | critics_layers

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        # After a step a discriminator has last seen samples alone: its units tell nothing.
        hidden = [layer for one in (self.G, self.F) for layer in [*one.chain.leaves().values()][:-1]]
        return [*general(self.chains(), self.lastLoss, hidden), *(one for way in self._ways for one in way.symptoms())]

    # Inside ----------------------------------------------------------------------------------------------------------

    def _shapes(self, sample: Shape | None) -> dict[str, Shape | None]:
        """The shapes of one sample that the networks take, where those of the first domain have this one."""
        first = self.inputShape or sample
        second = self.secondShape or self.G.chain.shapes(first)[-1]
        return {"G": first, "F": second, "DX": first, "DY": second}

    def _sides(self, batch: Batch) -> list[tuple[Translation, Array, Array]]:
        """Each way, with its sources and targets."""
        if "second" not in batch.parts:
            remedy = "Dataset.fromDomains makes them, or Batch.of(x, second=y)"
            raise ValueError(refusal("CycleGAN", "a batch", "of two domains", batch, remedy))
        x, y = batch.inputs, batch.second
        return [(self._ways[0], x, y), (self._ways[1], y, x)]

    def _descend(
        self, sides: list[tuple[Translation, Array, Array]], fakes: list[Array], wanted: frozenset[str]
    ) -> dict[str, float]:
        """All that G and F descend, with its gradients."""
        distances, total = 0.0, 0.0
        gradients: list[Array] = []
        for (way, source, _), fake in zip(sides, fakes, strict=True):
            distance, loss, dfake = way.cycle(fake, source, training=True)
            distances, total = distances + distance, total + loss
            gradients.append(dfake)
        for (way, _, target), fake, dfake in zip(sides, fakes, gradients, strict=True):
            total += way.identity(target, training=True)
            total += way.judge(fake, "generator_loss" in wanted, training=True)
            way.descend(dfake)
        values = {"generator_loss": total, "cycle_loss": distances}
        return {name: value for name, value in values.items() if name in wanted}

    def __repr__(self) -> str:
        tables = [f"{name}: {self._parts[name].table(one)}" for name, one in self._shapes(self.sampleShape).items()]
        return "\n".join(["CycleGAN", *tables, f"{self.numParameters():,} parameters in all"])
