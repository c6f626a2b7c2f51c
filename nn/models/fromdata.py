"""Models that keep something of the data they were trained on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from leibnet.arguments import wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

from dataset import Standardization
from nn.storage.portable import Portable
from nn.training.records.notes import read, written
from nn.training.records.trainingrecord import TrainingRecord


class FromData(Portable):
    """What keeps the standardisation and the shape of its data, and the names of their classes. Base of `Model`.

    Attributes
    ----------
    standardization : what samples go through before they come to the layers, a `dataset.Standardization`, or None. A
        training on a data set with `standardize=True` puts that of the data set here; one without leaves it as it is.
        All methods of the model take and give raw numbers: it is applied and undone inside, and stands in its file.
        (The networks that a model is made of know nothing of it. What a training calls, such as `step`, `measure` and
        `computeGradients`, takes what the layers see, and such are the batches that listeners are shown.)
    classNames : the names of the classes of the data set it was trained on, a list, or None; they stand in its file.
    sampleShape : the shape of one sample of the data set it was trained on, such as (1, 28, 28), or None. It is printed
        where the layers take samples of any shape, and then stands in the file.
    trainings : what it was trained on, and how: a `TrainingRecord` for every training, the last one at the end; ()
        before the first. They stand in its file. When a further training begins, trainings in a row on the same data
        with the same loss and metrics become one, and the last 50 are kept. One that did not come to its first update
        has 0 epochs, and is not kept.
    """

    trainings: tuple[TrainingRecord, ...] = ()

    @property
    @abstractmethod
    def inputShape(self) -> Shape | None:
        """The shape of one training sample; None where any will do."""

    def config(self) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        if self.standardization is not None:
            kept["standardization"] = self.standardization.config()
        if self.classNames is not None:
            kept["classNames"] = list(self.classNames)
        if self.sampleShape is not None and self.inputShape is None:
            kept["sampleShape"] = list(self.sampleShape)
        return super().config() | kept

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        rest = dict(arguments)
        scale, names, shape = (rest.pop(name, None) for name in ("standardization", "classNames", "sampleShape"))
        model = super().fromArguments(rest)
        model.standardization = None if scale is None else Standardization(**scale)
        model.classNames = names
        if shape is not None:
            model.sampleShape = tuple(wholeNumber(model.name, "every side of sampleShape", side) for side in shape)
        return model

    def notes(self) -> dict[str, str]:
        return super().notes() | written(self.trainings)

    def setNotes(self, metadata: Mapping[str, str]) -> None:
        super().setNotes(metadata)
        self.trainings = read(metadata)

    def _standardized(self, x: Any) -> Any:
        """Samples as the layers see them."""
        if self.standardization is None:
            return x
        return self.standardization.apply(realNumbers(self.name, "the input", x, finite=True, scaled=True))

    def _raw(self, y: Array) -> Array:
        """Samples that the layers gave, as they were before `_standardized`."""
        return y if self.standardization is None else self.standardization.undo(y)
