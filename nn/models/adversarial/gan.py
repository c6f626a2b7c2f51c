"""The generative adversarial network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet.arguments import randomGenerator, wholeNumber
from leibnet.arrays import isFinite, standardNormal
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset
from dataset.facts import Facts
from layers import Chain
from loss import AdversarialLoss, Loss, Wasserstein
from nn.models.adversarial.adversarial import Adversarial
from nn.models.adversarial.averaged import AveragedNetwork
from nn.models.adversarial.constraint import CriticConstraint
from nn.models.adversarial.critic import Critic, Disturbance
from nn.models.adversarial.games import gameOf, nameOf
from nn.models.adversarial.instancenoise import InstanceNoise
from nn.models.adversarial.packing import packedNetwork, packedShape
from nn.models.adversarial.samplediversity import SampleDiversity
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.objective import PARAMETERS, checkInputs
from nn.models.parts import checkRange, checkUnweighted, description, locate, network, rangeOf
from nn.storage.onnx.exported import Exported
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.collapse import GeneratorCollapse
from nn.watch.divergence import explain
from nn.watch.symptom import Symptom
from nn.watch.symptoms import general


class GAN(Adversarial):
    """A generator G and a discriminator D that play against each other (Goodfellow et al. 2014, arXiv:1406.2661).

        min_G max_D  E[ln D(x)] + E[ln(1 - D(G(z)))]        z ~ N(0, I)

    One step, as in the first lecture's listing: D learns from a mini-batch of samples G(z), label 0, and one of data x,
    label 0.9 (one-sided label smoothing, Salimans et al. 2016, arXiv:1606.03498), by its cross-entropy; then G learns,
    through the new D, from the same z by

        -ln D(G(z))             generatorLoss = "non-saturating", the lecture's choice: D's cross-entropy for label 1
        ln(1 - D(G(z)))         generatorLoss = "minimax": no gradient while D is sure

    Where D cannot tell samples from data, it says s/2 to all, s the label of the data: with s = 0.9 the generator loss
    is -ln 0.45 = 0.80, the discriminator loss 0.69. What the samples are worth, losses do not tell: see `SampleJudge`.

    Least squares, Wasserstein's and the hinge loss are other games, with a D that ends without an activation.

    Parameters
    ----------
    generator : network (MLP) from noise to samples.
    discriminator : network from samples to one output, as the loss needs it: a Sigmoid, or no activation.
    smoothing : the label of the data for D; default 0.9, from above 1/2 to 1. For the losses with cross-entropy.
    generatorLoss : "non-saturating" (default), "minimax", "least squares", "wasserstein" or "hinge"; or an
        `AdversarialLoss`, which has its own smoothing.
    instanceNoise : standard deviation of Gaussian noise that is added to all that D sees in training, data and samples
        alike; it falls in a straight line to 0 over the first four fifths of the training. It keeps D from telling the
        two apart too easily, and G from collapsing, where the data fill little of their space (Sønderby et al. 2016,
        arXiv:1610.04490). Default 0, none.
    rng : generator or seed for the noise z, the instance noise and a gradient penalty; default the library's own.
    constraint : what holds D's slopes in bounds, a `WeightClipping` or `GradientPenalty`; default none. The Wasserstein
        loss needs one.
    criticSteps : every how many steps G learns; D learns in all. Default 1; for the Wasserstein loss 5 is usual.
    averaging : the decay, from 0 to below 1, of an average of G's parameters over its updates, which `sample` then
        takes, see `AveragedNetwork`; such as 0.999. Default none.
    packing : how many samples D judges together; default 1. With 2 or more it sees whether they are too much alike: so
        G collapses less (PacGAN, Lin et al. 2018, arXiv:1712.04086). D's input has so many times the features, or
        channels of images. A last group that is not full is filled up with the batch's first samples. Where several
        ranks train the model, each makes groups of its own samples.

    The quantities of `train` and `evaluate`:

    discriminator_loss : what D descends, in mean over samples and data, without the constraint's term.
    generator_loss : what G descends; in `evaluate` as in training.
    real_accuracy, fake_accuracy : the share of the data that D takes for real, and of the samples that it takes for
        fake. Between the two lies s/2, for other losses their `boundary`.
    diversity : the variance of the samples over that of the data, both summed over the features: 1 where the samples
        differ as much as the data, 0 where they are all the same. Below 0.05, `train` warns that G has collapsed.
    wasserstein : for the Wasserstein loss, the mean of D's outputs for data minus that for samples: its estimate of the
        Wasserstein distance, up to the factor that the constraint leaves.

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
        ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy", "diversity", "wasserstein"),
        Direction.NONE,
    )
    metrics = ("train_discriminator_loss", "train_generator_loss", "train_real_accuracy", "train_fake_accuracy")
    shown = ("discriminator_loss", "generator_loss")
    fixed = Adversarial.fixed | {"criticSteps", "packing"}

    nested: ClassVar[Mapping[str, Any]] = {
        "generator": MLP,
        "discriminator": MLP,
        "generatorLoss": AdversarialLoss,
        "constraint": CriticConstraint,
    }

    def __init__(
        self,
        generator: MLP,
        discriminator: MLP,
        smoothing: float = 0.9,
        generatorLoss: str | AdversarialLoss = "non-saturating",
        instanceNoise: float = 0.0,
        rng: np.random.Generator | int | None = None,
        constraint: CriticConstraint | None = None,
        criticSteps: int = 1,
        averaging: float | None = None,
        packing: int = 1,
    ) -> None:
        self._named = not isinstance(generatorLoss, AdversarialLoss)
        self.adversarial = gameOf("GAN", generatorLoss, smoothing)
        self._noise = InstanceNoise("GAN", instanceNoise)
        self.rng = randomGenerator("GAN", rng)
        self.constraint, self.criticSteps = constraint, wholeNumber("GAN", "criticSteps", criticSteps)
        self.averaging, self.packing = averaging, wholeNumber("GAN", "packing", packing)
        self._join(network("GAN", "generator", generator), network("GAN", "discriminator", discriminator))
        self._diversity, self._steps = SampleDiversity(), 0

    def _join(self, generator: MLP, discriminator: MLP) -> None:
        """Takes these two networks, if they fit together."""
        critic = Critic("GAN", "discriminator", discriminator, self.adversarial, self.constraint, self.packing)
        critic.checkPartner(generator)
        self._parts, self._critic = {"generator": generator, "discriminator": discriminator}, critic
        if self.averaging is not None and (not self._averages or self._averages["generator"].learner is not generator):
            self._averages = {"generator": AveragedNetwork("GAN", generator, self.averaging)}
        locate(self.networks())

    @property
    def generator(self) -> MLP:
        """G; assign another network to exchange it."""
        return self._parts["generator"]

    @generator.setter
    def generator(self, generator: MLP) -> None:
        self._join(network("GAN", "generator", generator), self.discriminator)

    @property
    def discriminator(self) -> MLP:
        """D; assign another network to exchange it."""
        return self._parts["discriminator"]

    @discriminator.setter
    def discriminator(self, discriminator: MLP) -> None:
        self._join(self.generator, network("GAN", "discriminator", discriminator))

    @property
    def averaged(self) -> MLP | None:
        """The network with G's averaged parameters; None without `averaging`."""
        return self._averages["generator"].network if self._averages else None

    @property
    def smoothing(self) -> float:
        """The label of the data for D, of the adversarial loss; 1 for a loss that has none."""
        return float(getattr(self.adversarial, "smoothing", 1.0))

    @property
    def instanceNoise(self) -> float:
        """The standard deviation of the instance noise at the beginning of a training."""
        return self._noise.deviation

    @property
    def generatorLoss(self) -> str | AdversarialLoss:
        """The name of the adversarial loss that was given by one, or the loss itself."""
        return nameOf(self.adversarial) if self._named else self.adversarial

    # Use -------------------------------------------------------------------------------------------------------------

    def noise(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """`n` columns z ~ N(0, I), the generator's input; from `rng`, a generator or seed, or the GAN's own."""
        G, source = self.generator.chain, randomGenerator("GAN.noise", rng) or self._source()
        return standardNormal(source, (*(G.inputShape or ()), n), np.empty(0, G.dtype))

    def sample(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """`n` samples G(z), (outputDim, n), z as by `noise`; of the average of G, where there is one."""
        n = wholeNumber("GAN.sample", "n, the number of samples,", n)
        return self._raw((self.averaged or self.generator).predict(self.noise(n, rng)))

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {"generator": self.generator.chain, "discriminator": self.discriminator.chain}

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample of the data."""
        return self.generator.outputShape

    def largestProduct(self, dataset: Dataset) -> int:
        """Multiplications in the largest product of a step."""
        G, D = self.networks().values()
        taken = packedShape(dataset.sampleShape, self.packing)
        return max(G.multiplications(G.inputShape or ()), D.multiplications(taken)) * dataset.batch_size

    def exported(self) -> dict[str, Exported]:
        """The networks for other programs; as the generator, what `sample` takes."""
        G = (self.averaged or self.generator).chain
        parts = super().exported() | {"generator": Exported(G.children(), after=self.standardization)}
        return parts | {"discriminator": packedNetwork(parts["discriminator"], self.packing)}

    def meaningless(self, facts: Facts) -> Mapping[str, str]:
        if isinstance(self.adversarial, Wasserstein):
            return {}
        return {"wasserstein": 'the discriminator\'s loss is not the Wasserstein distance: generatorLoss="wasserstein"'}

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        self._critic.check()
        self._critic.checkPartner(self.generator)
        locate(self.networks())
        if dataset is not None:
            checkInputs(self.discriminator.chain, dataset, packedShape(dataset.sampleShape, self.packing))
            checkUnweighted("GAN", dataset)
            checkRange(f"the data set {dataset.name!r}", rangeOf(dataset), self.generator.chain)
            self._diversity, self._steps = SampleDiversity(), 0
            self._critic.enforce()
        self._diversity.begin(self.generator.chain)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """D's update is made before G's part of the step is computed: a divergence found there leaves D changed."""
        G, critic, wanted = self.generator.chain, self._critic, context.quantities
        n, disturb = batch.inputs.shape[-1], self._noise.at(context.progress, self._source)
        fake = self._generated(n, training=True)
        values = critic.discriminate(fake, batch.inputs, wanted, True, disturb, self._source())
        if "diversity" in wanted:
            values["diversity"] = self._diversity.ofBatch(fake, batch.inputs)
        critic.update(context, n)
        self._steps += 1
        values |= self._judge(fake, wanted, True, disturb)  # in all steps, or what is measured would change the noise
        if self._steps % self.criticSteps == 0:
            self._trainGenerator()
            G.update(factor=context.factor, batchSize=context.batchSize)
            for average in self._averages.values():
                average.follow()
        return values

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        checkUnweighted("GAN", batch)
        self._critic.takes(batch.inputs.shape[:-1])  # before it stands beside the samples
        with self.generator.chain.use("inference"), self.discriminator.chain.use("inference"):
            fake = self._generated(batch.inputs.shape[-1], training=False)
            values = self._critic.discriminate(fake, batch.inputs, quantities, False)
            if "diversity" in quantities:
                self._diversity.add(self.generator.chain, fake, batch.inputs)
            return values | (self._judge(fake, quantities, False) if "generator_loss" in quantities else {})

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        return {"diversity": self._diversity.overall(self.generator.chain)} if "diversity" in quantities else {}

    def state(self) -> dict[str, Any]:
        steps = {} if self.criticSteps == 1 else {"steps": self._steps}
        return super().state() | {"diversity": self._diversity.last} | steps

    def setState(self, state: dict[str, Any]) -> None:
        super().setState(state)
        self._diversity.last, self._steps = float(state["diversity"]), int(state.get("steps", 0))

    def losses(self, batch: Batch) -> dict[str, Descent]:
        n, disturb = batch.inputs.shape[-1], self._noise.at(0.0, self._source)

        def discriminator() -> float:
            fake = self._generated(n, training=True)
            wanted = frozenset({"discriminator_loss"})
            values = self._critic.discriminate(fake, batch.inputs, wanted, True, disturb, self._source())
            return values["discriminator_loss"] + self._critic.penalty

        def generator() -> float:
            fake = self._generated(n, training=True)
            values = self._judge(fake, frozenset({"generator_loss"}), True, disturb)
            self._trainGenerator()
            return values["generator_loss"]

        checkUnweighted("GAN", batch)
        both = {"discriminator": discriminator, "generator": generator}
        return {part: (self._layersOf(part), descend) for part, descend in both.items()}

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        # After a step D has last seen samples alone, which at first are nearly equal: its units tell nothing.
        # Of a generator that ends in a residual, what it gives is not what the branch's last layer gives.
        G = self.generator.chain
        found = general(self.chains(), self.lastLoss, [*G.leaves().values()][:-1])
        return [*found, *self._critic.symptoms(), GeneratorCollapse(G.layers[-1])]

    # Inside ----------------------------------------------------------------------------------------------------------

    def _generated(self, n: int, training: bool) -> Array:
        """G(z) for new noise, in a buffer."""
        noise = self.noise(n)
        fake = self.generator.chain.forward(noise, training)
        if not isFinite(fake):
            raise explain(self.generator.chain.leaves(), "noise", noise)
        return fake

    def _judge(
        self, fake: Array, quantities: frozenset[str], training: bool, disturb: Disturbance | None = None
    ) -> dict[str, float]:
        """What D says of samples alone: the generator's loss, if asked for."""
        loss = self._critic.judge(fake, "generator_loss" in quantities, training, disturb)
        return {} if loss is None else {"generator_loss": self.generator.chain.penaltyValue() + loss}

    def _trainGenerator(self) -> None:
        """The backward pass that belongs to `_judge`: through D, whose parameters stay as they are, and through G."""
        G, dfake = self.generator.chain, self._critic.gradient()
        G.backward(dfake, PARAMETERS)
        if not G.isFinite(PARAMETERS):
            raise explain(G.leaves(), "gradient handed in", dfake)

    def __repr__(self) -> str:
        parts = {"generator": self.generator, "discriminator": self.discriminator}
        return description("GAN", parts, packing=self.packing)
