"""What all models have in common: parameters, precision, files, evaluation, and the one training loop."""

from __future__ import annotations

import math
import os
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, ClassVar

from leibnet.arguments import instance
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset
from dataset.facts import Facts
from layers import Chain, Layer
from layers.referring import checkReferred
from loss import Loss
from nn.metrics.metric import Answers, Metric
from nn.models import words
from nn.models.evaluation import Pair, checkMeaning, evaluate, measureSets
from nn.models.fromdata import FromData
from nn.models.listening import listening
from nn.training.arguments import usualMetrics
from nn.training.checkpoint import Checkpoint
from nn.training.course import Course
from nn.training.earlystopping import EarlyStopping
from nn.training.history import History
from nn.training.listener import Listener, checked
from nn.training.loop import run
from nn.training.metrics import Direction, MetricName
from nn.training.ranks.together import Together
from nn.training.records.notes import joined
from nn.training.step import StepContext
from nn.training.writer import Callback, Writer
from nn.watch.diagnosis import Diagnosis, diagnose
from nn.watch.divergence import Guard
from nn.watch.symptom import Observation, Symptom
from nn.watch.symptoms import general

Descent = tuple[dict[str, Layer], Callable[[], float]]


class Model(FromData):
    """Something with layers that `train` can train.

    A model names its layers (`namedLayers`) and its measurable quantities (`quantities`), and writes what one step and
    one evaluation are (`step`, `measure`). The rest is here, once.

    Attributes
    ----------
    quantities : what the model can measure, and in which direction it is better.
    metrics : what `train` records if it is not told.
    shown : the quantities in the progress bar.
    labelled : whether labels play a part in the training.
    domains : how many domains its samples are of, 1 or 2.
    history : the `History` of the last training, also of one that was interrupted; None before the first.
    """

    quantities: ClassVar[Mapping[str, Direction]] = {"loss": Direction.LOWER}
    metrics: ClassVar[tuple[str, ...]] = ("train_loss", "test_loss")
    shown: ClassVar[tuple[str, ...]] = ("loss",)
    labelled: ClassVar[bool] = True
    domains: ClassVar[int] = 1
    history: History | None = None

    __getattr__ = words.missing

    # What a model must say ---------------------------------------------------------------------------------------

    @abstractmethod
    def networks(self) -> dict[str, Chain]:
        """The networks by name, in the order of the forward pass."""

    def namedLayers(self) -> dict[str, Layer]:
        """The layers of all networks by name, in the order of the forward pass; the names stand in saved files."""
        return {f"{part}.{name}": leaf for part, one in self.networks().items() for name, leaf in one.leaves().items()}

    @abstractmethod
    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """One update from one mini-batch. Returns the quantities asked for, as means over the batch before the update.

        Raises DivergenceError before anything is updated if a number is not finite.
        """

    @abstractmethod
    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        """The `quantities`, as means over these samples."""

    @property
    def scores(self) -> Mapping[str, Metric]:
        """Further figures by name, of the `answers` to all samples of a set together; none by default."""
        return {}

    @property
    def directions(self) -> dict[str, Direction]:
        """Every figure that it can measure, the `quantities` and the `scores`, and in which direction it is better."""
        return dict(self.quantities) | {name: metric.direction for name, metric in self.scores.items()}

    def answers(self, batch: Batch) -> Answers:
        """The answers to the batch that was measured last, for the `scores`."""
        raise NotImplementedError(f"{type(self).__name__} has no scores")

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        """Quantities that are of all samples of an evaluation together, and no means over them."""
        return {}

    def meaningless(self, facts: Facts) -> Mapping[str, str]:
        """The quantities that mean nothing for data of which this is known, and why: measuring them is refused."""
        return {}

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Descent]:
        """What the training descends, for `checkGradients`.

        By name: the layers that move, and a function that computes the loss and leaves its gradients in those layers.
        """

    def state(self) -> dict[str, Any]:
        """What the model itself remembers from one step to the next, besides layers and generators.

        Plain values and arrays, in dicts by name.
        """
        return {}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        """Takes the loss that `train` was called with, if any; checks that loss, data set and model fit together."""
        if loss is not None:
            raise TypeError(f"{type(self).__name__} has a loss of its own: leave out loss={loss!r}")

    @property
    def secondShape(self) -> Shape | None:
        """The shape of one sample of the second domain, for a model of two."""
        return None

    def chains(self) -> list[list[Layer]]:
        """The layers of each network, in the order of the forward pass."""
        return [list(network.leaves().values()) for network in self.networks().values()]

    def lastLoss(self, seen: Observation) -> float:
        """The loss of the step that is looked at, before its update; NaN where it does not tell what went well."""
        return math.nan

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        """What can go wrong in a training; a model adds what is special to it."""
        return general(self.chains(), self.lastLoss)

    # Training ----------------------------------------------------------------------------------------------------

    @words.wellNamed
    def train(
        self,
        dataset: Dataset,
        loss: Loss | None = None,
        epochs: int = 10,
        metrics: Iterable[str] | None = None,
        tensorboard: bool = False,
        callbacks: Mapping[str, Callback] | None = None,
        *,
        schedule: Any = None,
        earlyStopping: EarlyStopping | None = None,
        entriesPerEpoch: int = 1,
        folder: str | os.PathLike[str] | None = None,
        progress: bool | None = None,
        watch: bool = True,
        checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
        resume: bool = False,
        listeners: Iterable[Listener] = (),
        communicator: Any = None,
    ) -> History:
        """Trains the model on a data set; the loop itself is `nn.training.loop`.

        Parameters
        ----------
        dataset : a `Dataset`. The model is converted to its precision before the first step.
        loss : what to minimise; default: what the model has.
        epochs : how often to go through the training set; default 10.
        metrics : names such as "train_loss", "test_accuracy", "validation_loss". Training metrics are averaged over
            the samples since the last entry, as they were before each update; the others are over their whole set.
            Default: the loss on training and test set, if that has samples, or what else the model has in its
            attribute `metrics`.
        tensorboard, callbacks, folder : where the entries go, see `Writer`; `callbacks` maps a metric's name to a
            function of (index, value), the index counts the samples processed.
        schedule : a function of (epoch, epochs) that multiplies the step, see `optimizer.Schedule`; default constant.
        earlyStopping : an `EarlyStopping`; default none.
        entriesPerEpoch : how many entries of the metrics are made in an epoch, evenly spread; default 1, at its end.
        progress : whether to draw a progress bar, with the means of the epoch so far; default: on a terminal and in a
            notebook, and elsewhere a line for every entry. It goes to stderr.
        watch : whether to look, now and then, for what goes wrong in trainings; default True. What is found is said,
            once in each training, as a `TrainingWarning` with the layer, the figure and what to try. `diagnose` tells
            more.
        checkpoint : a file to keep the training in, or a `Checkpoint`, see there; default none.
        resume : whether to go on from the checkpoint, to `epochs` epochs in all, with the same data, arguments and
            model; from the beginning, where there is no such file yet. With one thread (see `leibnet.threads`), the
            result is to the bit that of a training that was never interrupted. What callbacks, a `schedule` and
            layers of your own remember, apart from parameters, is theirs to keep. Default False: a checkpoint that is
            there is kept under another name.
        listeners : listeners of your own, see `Listener`; default none.
        communicator : of mpi4py, such as MPI.COMM_WORLD: its ranks train the model together, each with its share of
            every mini-batch; rank 0 alone has listeners, callbacks and files. MPI.COMM_SELF is this one alone.
            Default none; see docs/ranks.md.

        Returns
        -------
        History : the entries of all metrics.

        Raises
        ------
        DivergenceError : if a number is not finite; names the step, the layer and the likely cause.
        ValueError : folder or checkpoint without a communicator, if mpiexec has started several processes.
        """
        with Together.of(communicator, "train", folder, checkpoint) as together:
            names = usualMetrics(self.metrics, dataset) if metrics is None else metrics
            standardization = self.standardization
            if isinstance(dataset, Dataset):
                standardization = dataset.standardization or standardization
                dataset = dataset.standardizedBy(standardization)
            course, own = Course(self, dataset, epochs, names, entriesPerEpoch, schedule, together), checked(listeners)
            if earlyStopping is not None:
                instance("train", "earlyStopping", earlyStopping, EarlyStopping, "EarlyStopping()").prepare(course)
            checkMeaning(self, dataset, course.metrics)
            checkReferred(self.namedLayers().values())
            settings = {"epochs": epochs, "entriesPerEpoch": entriesPerEpoch, "metrics": [*course.metrics]}
            settings |= {"loss": loss, "schedule": schedule, "earlyStopping": earlyStopping}
            together.check(self, dataset, settings)
            self.prepare(loss, dataset)
            writer = Writer(course.metrics, callbacks, tensorboard, folder) if together.isFirst else None
            self.astype(dataset.dtype)
            self.history, course.history.folder = course.history, None if writer is None else writer.folder
            self.standardization, self.classNames = standardization, dataset.classNames or self.classNames
            self.sampleShape = dataset.sampleShape
            course.record.loss = ", ".join(one.name for one in self.describedLosses().values()) or None
            self.trainings = (*joined(self.trainings), course.record)
            symptoms, keeping = self.symptoms(dataset) if watch else [], (checkpoint, resume)
            run(course, listening(course, self.shown, symptoms, writer, earlyStopping, own, *keeping, progress))
            together.share(earlyStopping)
        return course.history

    def measureSets(self, dataset: Dataset, metrics: Mapping[str, MetricName]) -> dict[str, dict[str, float]]:
        """The metrics of the test and validation set, by split and quantity, if they and the parameters are finite."""
        return measureSets(self, dataset, metrics.values())

    def guarded(self, step: int | None) -> AbstractContextManager[None]:
        """A stretch in which numbers that are not finite raise no warnings, but a DivergenceError with this step."""
        return Guard(self.namedLayers, step)

    def evaluate(
        self, data: Dataset | Batch | Pair | Array, quantities: Iterable[str] | None = None, split: str = "test"
    ) -> dict[str, float]:
        """Measures the model: means over all samples, in bounded memory.

        A model that draws random numbers draws the same ones in every evaluation, and none of those of the training.

        Parameters
        ----------
        data : a `Dataset`, one of its batches such as `dataset.trainSet()`, a pair of arrays (inputs, labels), or
            inputs alone for a model that needs no labels. Images in uint8, which a `Dataset` would scale, are refused.
        quantities : names such as "loss", "accuracy"; default all that this model has and that mean something for the
            data: the accuracy of measurements is none.
        split : "test", "train" or "validation" of the data set; default "test".

        Example
        -------
        >>> classifier.evaluate(dataset)  # doctest: +SKIP
        {'loss': 0.1305, 'accuracy': 0.9781}
        """
        return evaluate(self, data, quantities, split)

    def diagnose(self, dataset: Dataset, split: str = "train", samples: int = 1000) -> Diagnosis:
        """Looks at every layer after one pass, forward and back: a report to print, with pictures.

        The model and all random numbers stay as they are. What one pass can show of what the `watch` of a training
        looks for is said, or "healthy": all but the size of the updates, and whether the loss has stopped falling.

        Parameters
        ----------
        dataset : a `Dataset`.
        split : "train" (default), "validation" or "test".
        samples : how many are chosen from it at random; default 1,000, or all.

        Example
        -------
        >>> diagnosis = classifier.diagnose(dataset)  # doctest: +SKIP
        >>> print(diagnosis)  # doctest: +SKIP
        >>> diagnosis.figures()["activations"].savefig("activations.png")  # doctest: +SKIP
        """
        return diagnose(self, dataset, split, samples)

    def checkRemaking(self) -> None:
        checkReferred(self.namedLayers().values())
        super().checkRemaking()

    # Parameters --------------------------------------------------------------------------------------------------

    def astype(self, dtype: Any) -> None:
        """Converts all layers to float32 or float64. Their parameters are new arrays afterwards."""
        for network in self.networks().values():
            network.astype(dtype)
        for loss in self.describedLosses().values():
            loss.astype(dtype)

    def numParameters(self) -> int:
        """How many numbers the model learns."""
        return sum(network.numParameters() for network in self.networks().values())

    def largestProduct(self, dataset: Dataset) -> int:
        """Multiplications in the largest product of a step."""
        shapes = {network: network.inputShape or dataset.sampleShape for network in self.networks().values()}
        return max(network.multiplications(shape) for network, shape in shapes.items()) * dataset.batch_size

    def arrays(self) -> dict[str, Array]:
        found = {place: layer.parameters | layer.statistics for place, layer in self.namedLayers().items()}
        found |= {place: loss.arrays() for place, loss in self.describedLosses().items()}
        return {f"{place}.{name}": array for place, arrays in found.items() for name, array in arrays.items()}

    def describedLosses(self) -> dict[str, Loss]:
        """The losses of the model and of the models in it, by their places in its description."""
        found: dict[str, Loss] = {}
        for name in self.described() if self.namedLayers() else ():
            part = getattr(self, name, None)
            if isinstance(part, Loss):
                found[name] = part
            elif isinstance(part, Model):
                found |= {f"{name}.{place}": loss for place, loss in part.describedLosses().items()}
        return found

    # Random numbers ----------------------------------------------------------------------------------------------

    def drawing(self) -> list[Any]:
        """Everything that draws random numbers while the model computes, by its attribute `rng`."""
        return list(self.namedLayers().values())

    @contextmanager
    def randomness(self, rng: np.random.Generator, name: str | None = None) -> Iterator[None]:
        """A stretch in which all noise of this thread comes from this generator: the same state, the same noise.

        `name` is that of the networks' pass, see `Layer.use`; default the one they are in.
        """
        with ExitStack() as stack:
            for network in self.networks().values():
                stack.enter_context(network.use(name, rng))
            yield
