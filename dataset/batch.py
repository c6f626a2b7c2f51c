"""Some samples of a data set, in named parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from leibnet.arguments import refusal
from leibnet.arrays import asArray, positionsOf
from leibnet.terminal import shown
from leibnet.types import Array

import numpy as np

from dataset.facts import Facts
from dataset.weights import checkedWeights

WEIGHTS = {"weights", "sampleWeights"}
OPTIONAL = WEIGHTS | {"mask"}  # None where a batch has no such part

T = TypeVar("T")


class _Once(Generic[T]):
    """A property that is found when it is asked for, and an attribute from then on.

    As `functools.cached_property`, without the lock that it has in Python 3.11: in small steps, that took longer than
    to cut out a batch.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        update_wrapper(self, find)  # type: ignore[arg-type]

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, batch: Any, owner: type | None = None) -> T:
        if batch is None:
            return self  # type: ignore[return-value]
        found = batch.__dict__[self._name] = self._find(batch)
        return found


class Batch(Sequence[Array]):
    """The inputs and labels of some samples, and what else belongs to them. Samples are the last axis.

        x, y = batch
        batch[0]                # inputs (..., n), the same as batch.inputs
        batch[1]                # labels (..., n), the same as batch.labels
        batch.size              # n
        batch.parts["inputs"]   # all parts by their names

    A part is made when it is read for the first time, and kept: labels that nobody reads cost nothing. The parts of a
    data set's batch are fresh arrays, which the data set never changes.

    Parameters
    ----------
    size : the number of samples n.
    make : the function that makes the part of a name.
    names : the names of the parts, "inputs" and "labels" among them.
    facts : what holds for all samples of the data set that these are of; default: what holds for these.
    window : of streams that go on from batch to batch, which of their windows this is, 0, 1, 2, ...; sample i goes on
        in sample i of the next. Default None: samples have nothing to do with those of the batch before.

    Attributes
    ----------
    size, window : as given.
    inputs, labels, ... : each part, an array (..., n).
    weights : how much each sample counts in the loss, (n,), or each step or pixel of it, (..., n); None: all alike.
    sampleWeights : the same in figures such as the accuracy, without the weights of classes; None: all alike.
    isWeighted : whether there are any of them.
    mask : (steps, n), True where a sequence has that step, False where it is padding; None: all have all.
    weight : how much the batch counts in a mean over several: the sum of `sampleWeights` (n,), otherwise n.
    parts : a mapping from the names of the parts to their arrays.

    Example
    -------
    >>> batch = Batch.of(np.ones((784, 50)), np.ones((10, 50)), weights=np.ones(50))
    >>> x, y = batch
    >>> batch.size, x.shape, y.shape, batch.weights.shape
    (50, (784, 50), (10, 50), (50,))
    """

    def __init__(
        self,
        size: int,
        make: Callable[[str], Array],
        names: tuple[str, ...] = ("inputs", "labels"),
        facts: Facts | None = None,
        window: int | None = None,
    ) -> None:
        self.size = size
        self.window = window
        self._make = make
        self._names = names
        self._facts = facts
        if "weights" not in names:
            self.weights = None
        if "sampleWeights" not in names:
            self.sampleWeights = None
        if "mask" not in names:
            self.mask = None

    @classmethod
    def of(cls, inputs: Any, labels: Any = None, **others: Any) -> Batch:
        """A batch of arrays at hand, which are not copied.

        Parameters
        ----------
        inputs : (features, n), images (channels, height, width, n), or any shape (..., n) of at least two axes.
        labels : (..., n); default none: then they are empty, (0, n).
        others : further parts (..., n) by their names: weights, the images of a second domain. With a mask (steps, n)
            of sequences (steps, features, n), padding has the weight 0 where there are labels of steps, or none; not
            beside the `second` and `secondMask` of pairs, whose weights are those of whole samples.

        Raises
        ------
        ValueError : an array with another number of samples, or inputs without an axis of samples; a mask with other
            steps than the inputs.
        TypeError : a name that a batch uses for something else.
        """
        inputs = asArray(inputs, "Batch.of", "inputs")
        if inputs.ndim < 2:
            raise ValueError(
                refusal(
                    "Batch.of",
                    "inputs",
                    "of shape (..., n), one sample a column",
                    inputs.shape,
                    "x[:, None] is one sample",
                )
            )
        size = inputs.shape[-1]
        labels = np.zeros_like(inputs, shape=(0, size)) if labels is None else asArray(labels, "Batch.of", "labels")
        arrays = {"inputs": inputs, "labels": labels}
        for name, other in others.items():
            if name.startswith("_") or (hasattr(cls, name) and name not in OPTIONAL) or name in ("size", "window"):
                raise TypeError(refusal("Batch.of", "the name of a part", "one that a batch does not use itself", name))
            arrays[name] = asArray(other, "Batch.of", name)
        for name, array in arrays.items():
            if array.shape[-1:] != (size,):
                expected = f"of shape (..., {size}), as many samples as the inputs have"
                raise ValueError(refusal("Batch.of", name, expected, array.shape))
        for name in WEIGHTS & arrays.keys():
            arrays[name] = checkedWeights("Batch.of", name, arrays[name])
        if "secondMask" in arrays:
            arrays["secondMask"] = _checked_mask("secondMask", arrays["secondMask"], "second", arrays.get("second"))
        if "mask" in arrays:
            arrays |= _masked(arrays)
        batch = cls(size, arrays.__getitem__, tuple(arrays))
        if "weights" in arrays and "sampleWeights" not in arrays:
            batch.sampleWeights = arrays["weights"]
        return batch

    @property
    def facts(self) -> Facts:
        """What is known of all samples of the data set, see `dataset.facts.Facts`; of a batch of its own, of these."""
        if self._facts is None:
            self._facts = Facts.of(self.inputs, self.labels, self.mask)
        return self._facts

    @property
    def parts(self) -> Mapping[str, Array]:
        """The parts by their names, inputs and labels first. Each is made when it is looked up."""
        return _Parts(self, self._names)

    @_Once
    def inputs(self) -> Array:
        """(features, n), or (..., n)."""
        return self._make("inputs")

    @_Once
    def labels(self) -> Array:
        """(labelDim, n), or (..., n)."""
        return self._make("labels")

    @_Once
    def weights(self) -> Array | None:
        """How much each sample counts in the loss, (n,), or each step or pixel, (..., n); None: all alike."""
        return self._make("weights")

    @_Once
    def sampleWeights(self) -> Array | None:
        """The same in figures, without the weights of classes; None: all alike."""
        return self._make("sampleWeights")

    @_Once
    def mask(self) -> Array | None:
        """Which steps the sequences have, (steps, n); None: all have all."""
        return self._make("mask")

    @property
    def isWeighted(self) -> bool:
        """Whether some samples, classes, steps or pixels count more than others."""
        return self.weights is not None or self.sampleWeights is not None

    @property
    def weight(self) -> float:
        """The sum of `sampleWeights` (n,); n where there are none, and of those of steps or pixels."""
        weights = self.sampleWeights
        return self.size if weights is None or weights.ndim > 1 else float(weights.sum(dtype=float))

    def __getattr__(self, name: str) -> Array:
        """A further part of that name. Python asks for it once: from then on it is an attribute."""
        names = self.__dict__.get("_names", ())
        if name in names:
            part = self.__dict__[name] = self._make(name)
            return part
        raise AttributeError(
            f"this batch has the parts {', '.join(names)}, and none called {name!r}; make one that has it by "
            f"Batch.of(inputs, labels, {name}=...)",
            name=name,
            obj=self,
        )

    def __iter__(self) -> Iterator[Array]:
        yield self.inputs
        yield self.labels

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        if index in (0, -2):
            return self.inputs
        if index in (1, -1):
            return self.labels
        raise IndexError(f"a batch has the entries 0 (inputs) and 1 (labels), got {index!r}")

    def __repr__(self) -> str:
        others = shown(", ".join(self._names[2:]))
        return f"Batch of {self.size:,} samples" + (f" with {others}" if others else "")


def _checked_mask(name: str, mask: Array, of: str, inputs: Array | None) -> Array:
    """The mask (steps, n) of a part (steps, features, n), as bool."""
    if inputs is None or inputs.ndim != 3 or mask.shape != positionsOf(inputs.shape):
        expected = f"omitted where there is no part {of!r}"
        if inputs is not None:
            expected = f"of shape {positionsOf(inputs.shape)}, the steps and samples of the {of} {inputs.shape}"
            if inputs.ndim != 3:
                expected = f"omitted for {of} of shape {inputs.shape}, which are no sequences (steps, features, n)"
        raise ValueError(refusal("Batch.of", name, expected, mask.shape))
    if mask.dtype != bool:
        if not np.isin(mask, (0, 1)).all():
            raise ValueError(refusal("Batch.of", name, "True or False, 1 or 0", mask.dtype))
        mask = mask.astype(bool)
    return mask


def _masked(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The mask of these parts, checked, and their weights, 0 for labels of steps where there is padding."""
    inputs, labels = arrays["inputs"], arrays["labels"]
    mask = _checked_mask("mask", arrays["mask"], "inputs", inputs)
    if "secondMask" in arrays:
        return {"mask": mask}
    if labels.size and (labels.ndim != 3 or positionsOf(labels.shape) != mask.shape):
        return {"mask": mask}
    weights = {name: arrays[name] * mask for name in WEIGHTS & arrays.keys()}
    return {"weights": mask.astype(inputs.dtype), "mask": mask} | weights


class _Parts(Mapping[str, Array]):
    def __init__(self, batch: Batch, names: tuple[str, ...]) -> None:
        self._batch, self._names = batch, names

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        part: Array = getattr(self._batch, name)
        return part

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"the parts {shown(', '.join(self._names))} of a {self._batch!r}"
