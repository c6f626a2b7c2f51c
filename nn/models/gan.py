"""The generative adversarial network."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from dataset import Dataset
from layers import Layer
from layers.layer import Shape
from leibnet import randomness
from leibnet.arguments import positive
from loss import CrossEntropy, Loss
from nn.models.mlp import MLP
from nn.models.model import Array, Descent, Model
from nn.models.parts import checkFit, checkRange, description, joined, network, rangeOf, setPlaces
from nn.training.metrics import Direction
from nn.training.step import Batch, StepContext
from nn.watch.divergence import explain, isFinite
from nn.watch.symptom import Finding, Look, Symptom
from nn.watch.symptoms import general

GENERATOR_LOSSES = ("non-saturating", "minimax")
COLLAPSED = 0.05  # of the data's variance
HOPELESS = 10.0  # -ln D(G(z))
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
    generatorLoss : "non-saturating" (default) or "minimax".
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

    def __init__(
        self,
        generator: MLP,
        discriminator: MLP,
        smoothing: float = 0.9,
        generatorLoss: str = "non-saturating",
        instanceNoise: float = 0.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.generator = network("GAN", "generator", generator)
        self.discriminator = network("GAN", "discriminator", discriminator)
        last = discriminator.layers[-1]
        if discriminator.outputShape != (1,) or last.activation is None or last.activation.link != "Sigmoid":
            raise ValueError(
                f"GAN needs a discriminator with one output, a probability: end in Dense(..., 1, Sigmoid()), "
                f"got {last!r}"
            )
        if not isinstance(discriminator.loss, CrossEntropy):
            raise ValueError(f"GAN needs a discriminator whose loss is CrossEntropy(), got {discriminator.loss}")
        for layer in discriminator.layers:
            if type(layer).penalty is not Layer.penalty:
                raise ValueError(f"GAN takes no discriminator with a layer that adds to the loss, such as {layer!r}")
        if generator.inputShape is None:
            raise ValueError("GAN needs a generator whose first layer knows its number of inputs, such as Dense")
        if not (isinstance(smoothing, (int, float, np.number)) and 0.5 < smoothing <= 1):
            raise ValueError(f"GAN needs 0.5 < smoothing <= 1, the label of the data, got {smoothing!r}")
        if generatorLoss not in GENERATOR_LOSSES:
            raise ValueError(f"GAN needs generatorLoss to be one of {GENERATOR_LOSSES}, got {generatorLoss!r}")
        if not (isinstance(instanceNoise, (int, float, np.number)) and 0 <= instanceNoise < np.inf):
            raise ValueError(f"GAN needs instanceNoise >= 0, a standard deviation, got {instanceNoise!r}")
        self.smoothing, self.generatorLoss = float(smoothing), generatorLoss
        self.instanceNoise = float(instanceNoise)
        self.rng = None if rng is None else np.random.default_rng(rng)
        self._parts = {"generator": generator, "discriminator": discriminator}
        checkFit("GAN", self._parts)
        setPlaces(joined(self._parts))
        self._diversity = 1.0  # of the last batch
        self._spreads = _Spread(), _Spread()
        self._both: dict[bool, Array] = {}

    # Use ---------------------------------------------------------------------------------------------------------

    def noise(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """`n` columns z ~ N(0, I), the generator's input; from `rng`, a generator or seed, or the GAN's own."""
        rng = self._generator() if rng is None else np.random.default_rng(rng)
        return rng.standard_normal((*(self.generator.inputShape or ()), n), dtype=self.generator.layers[0].dtype)

    def sample(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """`n` samples G(z), (outputDim, n), z as by `noise`."""
        return self.generator.predict(self.noise(positive("n, the number of samples,", n), rng))

    # What a model must say ---------------------------------------------------------------------------------------

    def namedLayers(self) -> dict[str, Layer]:
        return joined(self._parts)

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample of the data."""
        return self.discriminator.inputShape

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss)
        checkFit("GAN", self._parts)
        self.discriminator.prepare(None)
        if dataset is not None:
            self.discriminator._checkInputs(dataset)
            checkRange(f"the data set {dataset.name!r}", rangeOf(dataset), self.generator.layers[-1])
            self._diversity = 1.0
        self._spreads = _Spread(), _Spread()

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """D's update is made before G's part of the step is computed: a divergence found there leaves D changed."""
        inputs = batch.inputs
        n, deviation = inputs.shape[-1], self.instanceNoise * max(0.0, 1 - context.progress / NOISY)
        fake = self._generated(n, training=True)
        values = self._discriminate(fake, inputs, context.quantities, deviation, training=True)
        if "diversity" in context.quantities:
            self._diversity = values["diversity"] = diversity(fake, inputs, instead=self._diversity)
        self._trainDiscriminator()
        self.discriminator._update(factor=context.factor, batchSize=2 * (context.batchSize or n))
        values |= self._judge(fake, context.quantities, deviation, training=True)
        self._trainGenerator()
        self.generator._update(factor=context.factor, batchSize=context.batchSize)
        return values

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        inputs = batch.inputs
        with self.generator._inference(), self.discriminator._inference():
            fake = self._generated(inputs.shape[-1], training=False)
            values = self._discriminate(fake, inputs, quantities, deviation=0.0, training=False)
            if "diversity" in quantities:
                for spread, columns in zip(self._spreads, (fake, inputs), strict=True):
                    spread.add(columns)
            return values | self._judge(fake, quantities, deviation=0.0, training=False)

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        if "diversity" not in quantities:
            return {}
        samples, data = (spread.variance() for spread in self._spreads)
        return {"diversity": samples / data if data > 0 else 1.0}

    def state(self) -> dict[str, Any]:
        return {"diversity": self._diversity}

    def setState(self, state: dict[str, Any]) -> None:
        self._diversity = float(state["diversity"])

    def losses(self, batch: Batch) -> dict[str, Descent]:
        inputs = batch.inputs

        def discriminator() -> float:
            fake = self._generated(inputs.shape[-1], training=True)
            wanted = frozenset({"discriminator_loss"})
            values = self._discriminate(fake, inputs, wanted, self.instanceNoise, training=True)
            self._trainDiscriminator()
            return values["discriminator_loss"]

        def generator() -> float:
            fake = self._generated(inputs.shape[-1], training=True)
            values = self._judge(fake, frozenset({"generator_loss"}), self.instanceNoise, training=True)
            self._trainGenerator()
            return values["generator_loss"]

        descents = {"discriminator": discriminator, "generator": generator}
        return {part: (joined({part: one}), descents[part]) for part, one in reversed(self._parts.items())}

    def chains(self) -> list[list[Layer]]:
        return [self.generator.layers, self.discriminator.layers]

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        # After a step D has last seen samples alone, which at first are nearly equal: its units tell nothing.
        special = [GeneratorCollapse(self), Domination(self)]
        return [*general(self.chains(), self.lastLoss, self.generator.layers[:-1]), *special]

    def config(self) -> dict[str, Any]:
        return {
            "kind": type(self).__name__,
            "generator": self.generator.config(),
            "discriminator": self.discriminator.config(),
            "smoothing": self.smoothing,
            "generatorLoss": self.generatorLoss,
            "instanceNoise": self.instanceNoise,
        }

    @classmethod
    def _fromConfig(cls, config: dict[str, Any]) -> Self:
        return cls(
            MLP._fromConfig(config["generator"]),
            MLP._fromConfig(config["discriminator"]),
            config["smoothing"],
            config["generatorLoss"],
            config["instanceNoise"],
        )

    # Inside ------------------------------------------------------------------------------------------------------

    def _generated(self, n: int, training: bool) -> Array:
        """G(z) for new noise, in a buffer."""
        noise = self.noise(n)
        fake = self.generator._forward(noise, training)
        if not isFinite(fake):
            raise explain(self.generator.namedLayers(), "noise", noise)
        return fake

    def _discriminate(
        self, fake: Array, real: Array, quantities: frozenset[str], deviation: float, training: bool
    ) -> dict[str, float]:
        """The forward pass of D on samples and data, and what is to be measured there."""
        real, n = self.discriminator.layers[0]._accept(real), fake.shape[-1]
        both = self._both.get(training)
        if both is None or both.shape != (*fake.shape[:-1], n + real.shape[-1]) or both.dtype != fake.dtype:
            both = self._both[training] = np.concatenate((fake, real), axis=-1)
        else:
            np.concatenate((fake, real), axis=-1, out=both)
        if deviation:
            both += self._disturbance(both, deviation)
        D = self.discriminator
        D._forwardForLoss(both, training)
        values = {}
        if "discriminator_loss" in quantities:
            values["discriminator_loss"] = D.getLoss(self._labels())
        if "fake_accuracy" in quantities:
            values["fake_accuracy"] = float(np.mean(D.layers[-1].output[:, :n] <= self.smoothing / 2))
        if "real_accuracy" in quantities:
            values["real_accuracy"] = float(np.mean(D.layers[-1].output[:, n:] > self.smoothing / 2))
        return values

    def _labels(self) -> Array:
        """For D's last output: 0 for the samples, which are as many as the data, s for the data."""
        label = np.zeros_like(self.discriminator.layers[-1].preactivation)
        label[:, label.shape[1] // 2 :] = self.smoothing
        return label

    def _trainDiscriminator(self) -> None:
        """The backward pass that belongs to `_discriminate`."""
        self.discriminator._backward(self._labels(), useLoss=True, inputGradient=False)

    def _judge(self, fake: Array, quantities: frozenset[str], deviation: float, training: bool) -> dict[str, float]:
        """The forward pass of D on samples alone, for the generator's loss."""
        if not training and "generator_loss" not in quantities:
            return {}
        self.discriminator._forwardForLoss(fake + self._disturbance(fake, deviation) if deviation else fake, training)
        if "generator_loss" not in quantities:
            return {}
        own = sum(layer.penalty() for layer in self.generator.layers)
        if self.generatorLoss == "minimax":
            return {"generator_loss": own - self.discriminator.getLoss(np.zeros((1, fake.shape[-1])))}
        return {"generator_loss": own + self.discriminator.getLoss(np.ones((1, fake.shape[-1])))}

    def _trainGenerator(self) -> None:
        """The backward pass that belongs to `_judge`: through D, whose parameters stay as they are, and through G."""
        D, minimax = self.discriminator, self.generatorLoss == "minimax"
        label = np.full_like(D.layers[-1].preactivation, 0 if minimax else 1)
        D._backward(label, useLoss=True, parameterGradients=False)
        gradient = D.layers[0].gradient
        self.generator._backward(-gradient if minimax else gradient, useLoss=False, inputGradient=False)

    def _disturbance(self, like: Array, deviation: float) -> Array:
        """Instance noise."""
        noise = self._generator().standard_normal(like.shape, dtype=like.dtype)
        noise *= deviation
        return noise

    def _generator(self) -> np.random.Generator:
        return randomness.networks.generator if self.rng is None else self.rng

    def drawing(self) -> list[Any]:
        return [*super().drawing(), self]

    def __repr__(self) -> str:
        return description("GAN", self._parts)


def diversity(samples: Array, data: Array, instead: float) -> float:
    """The variance of the samples over that of the data, summed over the features; `instead` if all data are equal."""
    spread = _variance(data)
    return _variance(samples) / spread if spread > 0 else instead


def _variance(columns: Array) -> float:
    """The variance of columns, summed over the features."""
    n = columns.shape[-1]
    rows = columns.reshape(-1, n)
    centred = rows - rows @ np.full((n, 1), 1 / n, rows.dtype)  # as a product, many times faster than np.var
    return float(np.vdot(centred, centred)) / n


class _Spread:
    """The variance of columns that come in stretches, summed over the features."""

    def __init__(self) -> None:
        self._count, self._sum, self._squares = 0, np.zeros(1), 0.0

    def add(self, columns: Array) -> None:
        self._count += columns.shape[-1]
        self._sum = self._sum + columns.sum(axis=-1, dtype=float)
        self._squares += float(np.sum(np.square(columns, dtype=float)))

    def variance(self) -> float:
        mean = self._sum / self._count
        return max(0.0, self._squares / self._count - float(np.vdot(mean, mean)))


class GeneratorCollapse(Symptom):
    """A generator that gives nearly the same sample for every noise."""

    rank = 0
    epochs, steps = 1, 50

    def __init__(self, gan: GAN) -> None:
        super().__init__()
        self._generator, self._found = gan.generator, 1.0

    def find(self, look: Look) -> Finding | None:
        last = self._generator.layers[-1]
        self._found = 1.0 if last.output.shape[-1] < 2 else diversity(last.output, look.inputs, instead=1.0)
        if self._found >= COLLAPSED:
            return None
        return Finding(
            "collapse",
            last.describe(),
            f"the generator has collapsed: its samples differ from one another {self._found:.1%} as much as the data "
            "(in variance). Start anew with another seed, a smaller lr for the discriminator, or Adam's beta1=0.5.",
        )

    def figures(self) -> str:
        return f"the samples differ from one another {self._found:.1%} as much as the data (in variance)"


class Domination(Symptom):
    """A discriminator that is sure of every sample: -ln D(G(z)) stays above 10."""

    rank = 0
    epochs, steps = 1, 200

    def __init__(self, gan: GAN) -> None:
        super().__init__()
        self._last = gan.discriminator.layers[-1]

    def find(self, look: Look) -> Finding | None:
        surprise = float(np.mean(np.logaddexp(0, -self._last.preactivation)))  # after a step, of samples alone
        if not surprise > HOPELESS:
            return None
        return Finding(
            "domination",
            self._last.describe(),
            f"the discriminator wins outright: -ln D(G(z)) stays at {surprise:.3g}, where 0.7 to 3 is usual, and the "
            "generator cannot catch up. Try a smaller lr for the discriminator, a larger one for the generator, or "
            "instanceNoise=0.1.",
        )
