"""What is kept of one training in the model that it trained."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from leibnet.plain import dictionary, isCount, isNumber, require
from leibnet.types import Shape
from leibnet.version import __version__

from dataset import Dataset, names
from dataset.catalogue import TEXTS
from dataset.source import Option
from nn.training.history import History

MOST = 200  # entries of a history that go to a file
NUMBERS = 2**63


@dataclass
class TrainingRecord:
    """What a model was trained on, and how. `Model.trainings` has them, and its file keeps them.

    Of your own data there is neither a name nor a path in it, only their kind and sizes; and no date, so that equal
    trainings give equal files.

    Attributes
    ----------
    data : the name of the data set; of your own data "own images", "own tokens" or "own samples".
    samples : how many for training, validation and test, three numbers.
    sampleShape : the shape of one sample, such as (784,).
    classes : how many classes there are, or None.
    batchSize : samples in a batch.
    loss : what was minimised, such as "CategoricalCrossEntropy"; None if the model has no loss of its kind.
    epochs : how many were trained, with their fraction.
    version : of Leibnet, which trained it.
    options : of a generated data set, such as {"modes": 8, "radius": 1.0, "deviation": 0.01}; {} of all others, and
        where a file of before does not say them.
    history : the `History`; from a file without its seconds, and of a long one 200 entries, evenly chosen, the first
        and the last among them.

    Example
    -------
    >>> from activations import Softmax
    >>> from dataset import Dataset
    >>> from layers import Dense
    >>> from loss import CategoricalCrossEntropy
    >>> from nn import MLP
    >>> model, dataset = MLP([Dense(64, 10, Softmax())]), Dataset("digits")
    >>> history = model.train(dataset, CategoricalCrossEntropy(), epochs=2, progress=False)
    >>> model.trainings[0].data, model.trainings[0].samples, model.trainings[0].epochs
    ('digits', (1437, 0, 360), 2.0)
    """

    data: str
    samples: tuple[int, int, int]
    sampleShape: Shape
    classes: int | None
    batchSize: int
    loss: str | None = None
    epochs: float = 0.0
    version: str = __version__
    history: History = field(default_factory=lambda: History(()))
    options: dict[str, Option] = field(default_factory=dict)

    @staticmethod
    def of(dataset: Dataset, history: History) -> TrainingRecord:
        """That of a training on this data set, at its beginning; `history` is what will be its history."""
        samples, name = (dataset.train_size, dataset.validation_size, dataset.test_size), _named(dataset)
        options = dict(dataset.options) if name == dataset.name else {}
        return TrainingRecord(
            name, samples, dataset.sampleShape, dataset.classes, dataset.batch_size, history=history, options=options
        )

    def goesOn(self, earlier: TrainingRecord) -> bool:
        """Whether both are trainings on the same data, with the same loss and metrics."""
        apart = {"epochs", "history"}
        alike = all(
            getattr(self, one.name) == getattr(earlier, one.name) for one in fields(self) if one.name not in apart
        )
        one, other = self.history, earlier.history
        return alike and list(one) == list(other) and one.samplesPerEpoch == other.samplesPerEpoch is not None

    def after(self, earlier: TrainingRecord) -> TrainingRecord:
        """Both as one training, if this one `goesOn`."""
        size = self.history.samplesPerEpoch
        done = round(earlier.epochs * (size or 0))
        history = History(self.history, samplesPerEpoch=size)
        history.index = [*earlier.history.index, *(done + index for index in self.history.index)]
        for name, entries in history.items():
            entries[:] = [*earlier.history[name], *self.history[name]]
        if self.history.bestIndex is not None:
            history.bestIndex = done + self.history.bestIndex
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return TrainingRecord(**own | {"epochs": earlier.epochs + self.epochs, "history": history})

    # In a file -------------------------------------------------------------------------------------------------------

    def config(self) -> dict[str, Any]:
        """All but the history as plain values."""
        return {
            "data": self.data, "samples": list(self.samples), "sampleShape": list(self.sampleShape),
            "classes": self.classes, "batchSize": self.batchSize, "loss": self.loss, "epochs": float(self.epochs),
            "version": self.version, "options": self.options,
        }  # fmt: skip

    def entries(self) -> dict[str, Any]:
        """The history as plain values: its entries, or `MOST` of them."""
        last = len(self.history.index) - 1
        places = range(last + 1) if last < MOST else [round(i * last / (MOST - 1)) for i in range(MOST)]
        return {
            "index": [int(self.history.index[place]) for place in places],
            "values": {name: [float(entries[place]) for place in places] for name, entries in self.history.items()},
            "samplesPerEpoch": self.history.samplesPerEpoch,
            "bestIndex": self.history.bestIndex,
        }

    @staticmethod
    def fromConfig(config: Any, entries: Any) -> TrainingRecord:
        """What `config` and `entries` described. ValueError or KeyError if this, from a file, is none."""
        said, where = dictionary("a training", config), "of a training"
        samples = _counts("samples", said["samples"])
        require(f"samples {where}", len(samples) == 3, "three whole numbers", said["samples"])
        classes, size, epochs = said["classes"], said["batchSize"], said["epochs"]
        require(f"classes {where}", classes is None or isCount(classes), "a whole number", classes)
        require(f"batchSize {where}", isCount(size) and size > 0, "a whole number > 0", size)
        require(f"epochs {where}", isNumber(epochs) and epochs >= 0, "a number >= 0", epochs)
        for name in ("data", "loss", "version"):
            fits = isinstance(said[name], str) or (name == "loss" and said[name] is None)
            require(f"{name} {where}", fits, "a text", said[name])
        options = dictionary(f"options {where}", said.get("options", {}))
        for name, value in options.items():
            fits = value is None or isinstance(value, (bool, int, float, str))
            require(f"the option {name} {where}", fits, "a number or a text", value)
        shape, history = _counts("sampleShape", said["sampleShape"]), _history(entries)
        return TrainingRecord(
            said["data"], (samples[0], samples[1], samples[2]), shape, classes, size, said["loss"], float(epochs),
            said["version"], history, options,
        )  # fmt: skip


def _named(dataset: Dataset) -> str:
    """The name of a data set that the library has; of the user's own ones what they are."""
    is_own = not dataset.description or dataset.description.startswith("Own ")
    if not is_own and dataset.name in (*names, *TEXTS):
        return dataset.name
    if dataset.vocabulary is not None:
        return "own tokens"
    return "own samples" if dataset.imageShape is None else "own images"


def _counts(name: str, given: Any) -> tuple[int, ...]:
    fits = isinstance(given, list) and all(map(isCount, given))
    return tuple(require(f"{name} of a training", fits, "a list of whole numbers", given))


def _history(entries: Any) -> History:
    """The history that a file describes; its figures may be infinite or NaN, as scores can be."""
    said = dictionary("history", entries)
    index, values = said["index"], dictionary("the metrics of history", said["values"])
    rising = isinstance(index, list) and all(map(isCount, index)) and index == sorted(set(index))
    require("index of history", rising and (not index or index[-1] < NUMBERS), "rising whole numbers", index)
    for name, row in values.items():
        fits = isinstance(row, list) and len(row) == len(index)
        fits = fits and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in row)
        require(f"{name} of history", fits, f"a list of {len(index)} numbers", row)
    size, best = said.get("samplesPerEpoch"), said.get("bestIndex")
    require("samplesPerEpoch of history", size is None or (isCount(size) and size > 0), "a whole number > 0", size)
    require("bestIndex of history", best is None or isCount(best), "a whole number", best)
    history = History(values, samplesPerEpoch=size)
    history.index, history.bestIndex = list(index), best
    for name, row in history.items():
        row[:] = map(float, values[name])
    return history
