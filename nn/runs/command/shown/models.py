"""What the files of models, checkpoints of trainings and indexes of codes say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leibnet.plain import dictionary
from leibnet.types import Array

from dataset.source import Option
from nn.measures.retrieval.hammingindex import HammingIndex
from nn.measures.retrieval.indexfile import INDEX
from nn.models.model import Model
from nn.runs.command.shown.text import TRAINED, UNKNOWN, Facts, historyOf, said, samples
from nn.runs.command.subcommand import count
from nn.storage import modelfile
from nn.storage.stored import Stored, build
from nn.training.records.notes import RECORD, earlier
from nn.training.records.trainingrecord import TrainingRecord

THEN = "then trained on"


def told(path: Path) -> str:
    """What is to be said of a file with a model, a checkpoint or an index. ValueError for another one."""
    metadata, arrays = modelfile.read(path)
    if INDEX in json.loads(metadata["leibnet"]):
        index = HammingIndex.load(path)
        return said(path, "an index of binary codes", [("format", _format(path, metadata))], None, repr(index))
    model = build(path, metadata, arrays)
    training = (
        dictionary("the state of the training", json.loads(metadata["training"])) if "training" in metadata else None
    )
    best = path.with_name(path.name.replace(".best.", ".")) if ".best." in path.name else None
    kind = "the checkpoint of a training" if training is not None else "a model"
    kind = "the best weights of a training" if best is not None and training is None else kind
    facts = [("kind", model.name), ("format", _format(path, metadata)), *_facts(model)]
    trained = earlier(metadata) if isinstance(model, Model) else ()
    facts += [(THEN if i else TRAINED, _trained(one)) for i, one in enumerate(trained)]
    facts += [] if training is None else _settings(training, THEN if trained else TRAINED)
    if best is not None and best.is_file():
        facts.append(("checkpoint", f"{best}, which knows the history"))
    last = trained[-1].history if trained else None
    return said(path, kind, facts, last if training is None else historyOf(training["history"]), str(model))


def _format(path: Path, metadata: dict[str, str]) -> str:
    return f"{modelfile.description(path, metadata)['format']} (this version reads up to {modelfile.FORMAT})"


def _facts(model: Stored) -> Facts:
    """What every model's file says of it."""
    arrays = model.arrays()
    kinds = sorted({str(array.dtype) for array in arrays.values()})
    facts = [("precision", " and ".join(kinds) or "no arrays"), ("numbers", _numbers(model, arrays))]
    if not isinstance(model, Model):
        return facts
    names = model.classNames
    shape = getattr(model, "inputShape", None) or model.sampleShape
    scale = model.standardization
    return [
        *facts,
        ("sample", " x ".join(map(str, shape)) if shape else UNKNOWN),
        ("classes", UNKNOWN if names is None else f"{len(names)}: {', '.join(names)}"),
        ("standardised", "no" if scale is None else f"yes, {scale!r}" if len(repr(scale)) < 100 else "yes"),
    ]


def _numbers(model: Stored, arrays: dict[str, Array]) -> str:
    size = sum(array.size for array in arrays.values())
    if not isinstance(model, Model):
        return f"{size:,}"
    return f"{model.numParameters():,} parameters, {size:,} numbers in the file"


def _trained(record: TrainingRecord) -> str:
    """What a file says of one training."""
    train, validation, test = record.samples
    further = [f"{size:,} {name}" for size, name in ((validation, "validation"), (test, "test")) if size]
    shape = " x ".join(map(str, record.sampleShape))
    data = [_named(record.data, record.options), samples(train), *further, f"of {shape}" if shape else ""]
    data += [] if record.classes is None else [count(record.classes, "class", "classes")]
    how = [f"{record.epochs:g} {'epoch' if record.epochs == 1 else 'epochs'}", f"batches of {record.batchSize:,}"]
    how += [record.loss or "", f"Leibnet {record.version}"]
    return "; ".join(", ".join(filter(None, words)) for words in (data, how))


def _settings(training: dict[str, Any], title: str) -> Facts:
    """What a checkpoint says of the training."""
    settings = dictionary("settings", training.get("settings", {}))
    chosen = {name: value for name, value in settings.items() if value is not None and not name.startswith("data")}
    data, size = settings.get("data set", "?"), settings.get("training samples")
    record = TrainingRecord.fromConfig(training[RECORD], training["history"]) if RECORD in training else None
    named = _named(str(data), {} if record is None else record.options)
    named += f", {samples(size)}" if isinstance(size, int) else ""
    rest = [f"{name} {_short(value)}" for name, value in chosen.items() if name != "training samples"]
    return [
        (title, named),
        ("updates", f"{training['steps']:,}" if isinstance(training.get("steps"), int) else "?"),
        ("settings", "; ".join(rest)),
        ("kernels", str(training.get("kernels", "NumPy"))),
    ]


def _named(data: str, options: Mapping[str, Option]) -> str:
    """A data set with its options as they are typed: "ring (modes=8, radius=1.0, deviation=0.01)"."""
    typed = ", ".join(f"{name}={value!r}" for name, value in options.items() if value is not None)
    return f"{data} ({typed})" if typed else data


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
