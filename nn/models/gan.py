"""The generative adversarial network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet import arguments, randomness
from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.arrays import isFinite, realNumbers
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset
from layers import Chain, Layer, Wanted
from loss import AdversarialLoss, CrossEntropy, Loss, Minimax, NonSaturating
from nn.models.mlp import MLP
from nn.models.model import Descent, Model
from nn.models.objective import PARAMETERS, checkInputs
from nn.models.parts import checkFit, checkRange, checkUnweighted, description, network, rangeOf
from nn.models.statistics.spread import Spread
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.collapse import Domination, GeneratorCollapse, diversity
from nn.watch.divergence import explain
from nn.watch.symptom import Symptom
from nn.watch.symptoms import general

ADVERSARIAL: dict[str, type[NonSaturating] | type[Minimax]] = {"non-saturating": NonSaturating, "minimax": Minimax}
NOISY = 0.8  # the share of a training in which there is instance noise


class GAN(Model):
    """A generator G and a discriminator D that play against each other (Goodfellow et al. 2014, arXiv:1406.2661).

        min_G max_D  E[ln D(x)] + E[ln(1 - D(G(z)))]        z ~ N(0, I)

    One step, as in the first lecture's listing: D learns from a mini-batch of samples G(z), label 0, and one of data x,
    label 0.9 (one-sided label smoothing, Salimans et al. 2016, arXiv:1606.03498), by its cross-entropy; then G learns,
    through the new D, from the same z by

        -ln D(G(z))             generatorLoss = "non-saturating", the lecture's choice: D's cross-entropy for label 1
        ln(1 - D(G(z)))         generatorLoss = "minimax": no gradient while D is sure

    Where D cannot tell samples from data, it says s/2 to all, s the label of the data: with s = 0.9 the generator loss
    is -ln 0.45 = 0.80, the discriminator loss 0.69. What the samples are worth, losses do not tell: see `SampleJudge`.

    Parameters
    ----------
    generator : network (MLP) from noise to samples.
    discriminator : network from samples to one output, a Sigmoid.
    smoothing : the label of the data for D; default 0.9, from above 1/2 to 1.
    generatorLoss : "non-saturating" (default) or "minimax"; or another `AdversarialLoss`, which has its own smoothing.
    instanceNoise : standard deviation of Gaussian noise that is added to all that D sees in training, data and samples
        alike; it falls in a straight line to 0 over the first four fifths of the training. It keeps D from telling the
        two apart too easily, and G from collapsing, where the data fill little of their space (Sønderby et al. 2016,
        arXiv:1610.04490). Default 0, none.
    rng : generator or seed for the noise z and the instance noise; default the library's own.

    The quantities of `train` and `evaluate`:

    discriminator_loss : D's cross-entropy, in mean over samples and data.
    generator_loss : what G descends; in `evaluate` as in training.
    real_accuracy, fake_accuracy : the share of the data that D takes for real (says more than s/2), and of the samples
        that it takes for fake.
    diversity : the variance of the samples over that of the data, both summed over the features: 1 where the samples
        differ as much as the data, 0 where they are all the same. Below 0.05, `train` warns that G has collapsed.

    Example
    -------
    >>> from activations import LeakyReLU, ReLU, Sigmoid
    >>> from layers import Dense
    >>> from optimizer import Adam
    >>> adam = Adam(lr=0.0002, beta1=0.5)
    >>> generator = MLP([Dense(16, 64, ReLU(), adam), Dense(64, 2, optimizer=adam)])
    >>> discriminator = MLP([Dense(2, 64, LeakyReLU(0.2), adam), Dense(64, 1, Sigmoid(), adam)])
    >>> gan = GAN(generator, discriminator)
    >>> history = gan.train(Dataset("ring", train_size=1000, rng=0), epochs=1)
    >>> gan.sample(5).shape
    (2, 5)
    """

    quantities = dict.fromkeys(  # none says which of two models is better; the diversity is best at 1
        ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy", "diversity"), Direction.NONE
    )
    metrics = ("train_discriminator_loss", "train_generator_loss", "train_real_accuracy", "train_fake_accuracy")
    shown = ("discriminator_loss", "generator_loss")
    labelled = False

    nested: ClassVar[Mapping[str, Any]] = {"generator": MLP, "discriminator": MLP, "generatorLoss": AdversarialLoss}

    def __init__(
        self,
        generator: MLP,
        discriminator: MLP,
        smoothing: float = 0.9,
        generatorLoss: str | AdversarialLoss = "non-saturating",
        instanceNoise: float = 0.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if isinstance(generatorLoss, AdversarialLoss):
            self.adversarial: AdversarialLoss = generatorLoss
            if smoothing not in (0.9, self.smoothing):
                raise ValueError(refusal("GAN", "smoothing", f"left to {generatorLoss!r}", smoothing, "omit it"))
        else:
            smoothing = number("GAN", "smoothing", smoothing, low=0.5, high=1, excluding="low")
            kind = ADVERSARIAL[arguments.choice("GAN", "generatorLoss", generatorLoss, list(ADVERSARIAL))]
            self.adversarial = kind(smoothing)
        self._named = not isinstance(generatorLoss, AdversarialLoss)
        self.instanceNoise = number("GAN", "instanceNoise", instanceNoise, low=0)
        self.rng = randomGenerator("GAN", rng)
        self._parts = {
            "generator": network("GAN", "generator", generator),
            "discriminator": network("GAN", "discriminator", discriminator),
        }
        self._checkParts()
        self._diversity = 1.0  # of the last batch

    @property
    def generator(self) -> MLP:
        """G; assign another network to exchange it."""
        return self._parts["generator"]

    @generator.setter
    def generator(self, generator: MLP) -> None:
        self._exchange("generator", generator)

    @property
    def discriminator(self) -> MLP:
        """D; assign another network to exchange it."""
        return self._parts["discriminator"]

    @discriminator.setter
    def discriminator(self, discriminator: MLP) -> None:
        self._exchange("discriminator", discriminator)

    def _exchange(self, name: str, given: MLP) -> None:
        before = self._parts
        self._parts = before | {name: network("GAN", name, given)}
        try:
            self._checkParts()
        except ValueError:
            self._parts = before
            raise

    @property
    def smoothing(self) -> float:
        """The label of the data for D, of the adversarial loss; 1 for a loss that has none."""
        return float(getattr(self.adversarial, "smoothing", 1.0))

    @property
    def generatorLoss(self) -> str | AdversarialLoss:
        """The name of the adversarial loss that was given by one, or the loss itself."""
        names = {kind: name for name, kind in ADVERSARIAL.items()}
        kind = type(self.adversarial)
        return names[kind] if self._named and kind in names else self.adversarial

    def _checkParts(self) -> None:
        G, D = self.generator.chain, self.discriminator.chain
        link = "" if D.activation is None else D.activation.link
        if D.shape() != (1,) or link != self.adversarial.link:
            end = f"Dense(..., 1, {self.adversarial.link}())" if self.adversarial.link else "Dense(..., 1)"
            raise ValueError(f"GAN: expected a discriminator with one output, {end} at its end, got {D.layers[-1]!r}")
        own = self.discriminator.objective.given
        if own is not None and not (isinstance(own, CrossEntropy) and link == "Sigmoid"):
            raise ValueError(
                f"GAN: expected a discriminator without a loss of its own, got {own!r}; give the "
                "GAN generatorLoss= instead"
            )
        if G.inputShape is None:
            raise ValueError("GAN: expected a generator whose first layer knows its number of inputs, such as Dense")
        checkFit("GAN", self.networks())
        for name, one in self.networks().items():
            one.locate(name)

    # Use -------------------------------------------------------------------------------------------------------------

    def noise(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """`n` columns z ~ N(0, I), the generator's input; from `rng`, a generator or seed, or the GAN's own."""
        G, source = self.generator.chain, randomGenerator("GAN.noise", rng) or self._source()
        return source.standard_normal((*(G.inputShape or ()), n), dtype=G.dtype)

    def sample(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """`n` samples G(z), (outputDim, n), z as by `noise`."""
        n = wholeNumber("GAN.sample", "n, the number of samples,", n)
        return self._raw(self.generator.predict(self.noise(n, rng)))

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {"generator": self.generator.chain, "discriminator": self.discriminator.chain}

    def namedLayers(self) -> dict[str, Layer]:
        return {f"{part}.{name}": leaf for part, one in self.networks().items() for name, leaf in one.leaves().items()}

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample of the data."""
        return self.discriminator.inputShape

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        self._checkParts()
        if dataset is not None:
            checkInputs(self.discriminator.chain, dataset)
            checkUnweighted("GAN", dataset)
            checkRange(f"the data set {dataset.name!r}", rangeOf(dataset), self.generator.chain)
            self._diversity = 1.0
        with self.generator.chain.use("inference") as G:
            G.now.spreads = Spread(), Spread()  # of samples and data, in an evaluation

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """D's update is made before G's part of the step is computed: a divergence found there leaves D changed."""
        G, D, wanted = self.generator.chain, self.discriminator.chain, context.quantities
        n, deviation = batch.inputs.shape[-1], self.instanceNoise * max(0.0, 1 - context.progress / NOISY)
        fake = self._generated(n, training=True)
        values, dz = self._discriminate(fake, batch.inputs, wanted, deviation, training=True)
        if "diversity" in wanted:
            self._diversity = values["diversity"] = diversity(fake, batch.inputs, instead=self._diversity)
        self._descend(D, dz, PARAMETERS)
        D.update(factor=context.factor, batchSize=2 * (context.batchSize or n))
        judged, dz = self._judge(fake, wanted, deviation, training=True)
        self._trainGenerator(dz)
        G.update(factor=context.factor, batchSize=context.batchSize)
        return values | judged

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        checkUnweighted("GAN", batch)
        self.discriminator.chain.outputShape(batch.inputs.shape[:-1])  # before it stands beside the samples
        with self.generator.chain.use("inference"), self.discriminator.chain.use("inference"):
            fake = self._generated(batch.inputs.shape[-1], training=False)
            values, _ = self._discriminate(fake, batch.inputs, quantities, deviation=0.0, training=False)
            if "diversity" in quantities:
                for spread, columns in zip(self.generator.chain.now.spreads, (fake, batch.inputs), strict=True):
                    spread.add(columns)
            judging = "generator_loss" in quantities
            return values | (self._judge(fake, quantities, deviation=0.0, training=False)[0] if judging else {})

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        if "diversity" not in quantities:
            return {}
        with self.generator.chain.use("inference") as G:
            samples, data = (spread.variance() for spread in G.now.spreads)
        return {"diversity": samples / data if data > 0 else 1.0}

    def state(self) -> dict[str, Any]:
        return {"diversity": self._diversity}

    def setState(self, state: dict[str, Any]) -> None:
        self._diversity = float(state["diversity"])

    def losses(self, batch: Batch) -> dict[str, Descent]:
        D, n = self.discriminator.chain, batch.inputs.shape[-1]

        def discriminator() -> float:
            wanted = frozenset({"discriminator_loss"})
            fake = self._generated(n, training=True)
            values, dz = self._discriminate(fake, batch.inputs, wanted, self.instanceNoise, training=True)
            self._descend(D, dz, PARAMETERS)
            return values["discriminator_loss"]

        def generator() -> float:
            fake = self._generated(n, training=True)
            values, dz = self._judge(fake, frozenset({"generator_loss"}), self.instanceNoise, training=True)
            self._trainGenerator(dz)
            return values["generator_loss"]

        checkUnweighted("GAN", batch)
        named, both = self.namedLayers(), {"discriminator": discriminator, "generator": generator}
        return {
            part: ({name: leaf for name, leaf in named.items() if name.startswith(f"{part}.")}, descend)
            for part, descend in both.items()
        }

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        # After a step D has last seen samples alone, which at first are nearly equal: its units tell nothing.
        G, D = (list(one.leaves().values()) for one in self.networks().values())
        special: list[Symptom] = [GeneratorCollapse(G[-1])]
        special += [Domination(D[-1])] if self.adversarial.link == "Sigmoid" else []
        return [*general(self.chains(), self.lastLoss, G[:-1]), *special]

    def drawing(self) -> list[Any]:
        return [*super().drawing(), self]

    # Inside ----------------------------------------------------------------------------------------------------------

    def _generated(self, n: int, training: bool) -> Array:
        """G(z) for new noise, in a buffer."""
        noise = self.noise(n)
        fake = self.generator.chain.forward(noise, training)
        if not isFinite(fake):
            raise explain(self.generator.chain.leaves(), "noise", noise)
        return fake

    def _discriminate(
        self, fake: Array, real: Array, quantities: frozenset[str], deviation: float, training: bool
    ) -> tuple[dict[str, float], Any]:
        """The forward pass of D on samples and data: what is to be measured there, and the gradient of D's loss."""
        D, n = self.discriminator.chain, fake.shape[-1]
        real = real if real.dtype == fake.dtype else realNumbers("GAN", "the data", real, fake.dtype, scaled=True)
        both = D.now.buffer("both", (*fake.shape[:-1], n + real.shape[-1]), fake)
        np.concatenate((fake, real), axis=-1, out=both)
        if deviation:
            both += self._disturbance(both, deviation)
        z = D.forwardLogits(both, training)
        values, wanted = {}, "discriminator_loss" in quantities
        loss, dz = self.adversarial.critic(z, n, wanted, gradient=training)
        if loss is not None:
            values["discriminator_loss"] = loss + D.penaltyValue()
        if "fake_accuracy" in quantities:
            values["fake_accuracy"] = float(np.mean(D.output[:, :n] <= self.adversarial.undecided))
        if "real_accuracy" in quantities:
            values["real_accuracy"] = float(np.mean(D.output[:, n:] > self.adversarial.undecided))
        return values, dz

    def _judge(
        self, fake: Array, quantities: frozenset[str], deviation: float, training: bool
    ) -> tuple[dict[str, float], Any]:
        """The forward pass of D on samples alone: the generator's loss, if asked for, and its gradient."""
        D = self.discriminator.chain
        z = D.forwardLogits(fake + self._disturbance(fake, deviation) if deviation else fake, training)
        loss, dz = self.adversarial.generator(z, "generator_loss" in quantities, gradient=training)
        return ({} if loss is None else {"generator_loss": self.generator.chain.penaltyValue() + loss}), dz

    def _trainGenerator(self, dz: Array) -> None:
        """The backward pass that belongs to `_judge`: through D, whose parameters stay as they are, and through G."""
        G, D = self.generator.chain, self.discriminator.chain
        self._descend(D, dz, Wanted(parameters=False))
        G.backward(D.gradient, PARAMETERS)
        if not G.isFinite(PARAMETERS):
            raise explain(G.leaves(), "gradient handed in", D.gradient)

    def _descend(self, network: Chain, dz: Array, wanted: Wanted) -> None:
        """The backward pass of a network from the gradient with respect to its last pre-activation."""
        network.backwardLogits(dz, wanted)
        if not network.isFinite(wanted):
            raise explain(network.leaves(), "loss", None)

    def _disturbance(self, like: Array, deviation: float) -> Array:
        """Instance noise."""
        noise = self._source().standard_normal(like.shape, dtype=like.dtype)
        noise *= deviation
        return noise

    def _source(self) -> np.random.Generator:
        return self.generator.chain.givenRng or self.rng or randomness.networks.generator

    def __repr__(self) -> str:
        return description("GAN", {"generator": self.generator, "discriminator": self.discriminator})
