"""Data sets that are made of a data set: some of its classes, fewer labels, what a network makes of its samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Self

from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

import numpy as np

from dataset.delivery import Delivery
from dataset.split import Split
from dataset.weights import classNumber


class Derived(Delivery):
    """What a `Dataset` can be made into. All draw from the same generator, and share what they do not change."""

    def ofClasses(self, classes: Iterable[int | str]) -> Self:
        """The samples of some classes alone, in all splits; these become the classes 0, 1, ... in the order given.

        They keep their names, or are called by their former numbers. Standardisation and class weights stay as they
        are; weights of samples are divided by their mean over the training samples that are left.

        Parameters
        ----------
        classes : two class numbers or more, or names.

        Example
        -------
        >>> from dataset import Dataset
        >>> last = Dataset("digits").ofClasses(range(5, 10))
        >>> last.train_size, last.test_size, last.classNames
        (718, 178, ['5', '6', '7', '8', '9'])
        """
        owner = "Dataset.ofClasses"
        numbers = self._answers(owner, "train")
        if isinstance(classes, str) or not isinstance(classes, Iterable):
            raise TypeError(refusal(owner, "classes", "a list of class numbers or names", classes))
        names = self.classNames or [str(number) for number in range(self.classes or 0)]
        chosen = [classNumber(owner, "every class", one, len(names), self.classNames) for one in classes]
        if len(chosen) < 2 or len(set(chosen)) < len(chosen):
            raise ValueError(refusal(owner, "classes", "two different classes or more", chosen))
        if not np.isin(chosen, numbers).any():
            raise ValueError(refusal(owner, "classes", f"some with training samples of {self.name!r}", chosen))
        fewer = self._withSplits(
            {name: _of_classes(split, chosen, len(names)) for name, split in self._splits.items()}, self.valueRange
        )
        fewer.classes, fewer.classNames = len(chosen), [names[one] for one in chosen]
        fewer.centres = None if self.centres is None else self.centres[:, chosen]
        return fewer

    def fewPerClass(self, number: int, rng: np.random.Generator | int | None = None) -> Self:
        """The same data set with so many training samples of each class; validation and test samples stay.

        Parameters
        ----------
        number : of samples of each class, 1 or more.
        rng : a generator or seed that chooses them; default the data set's own. Of the same seed, fewer are among more.

        Example
        -------
        >>> from dataset import Dataset
        >>> Dataset("digits").fewPerClass(3, rng=0).train_size
        30
        """
        owner = "Dataset.fewPerClass"
        number, given = wholeNumber(owner, "number", number), randomGenerator(owner, rng)
        answers, train = self._answers(owner, "train"), self._splits["train"]
        order = (self.rng if given is None else given).permutation(len(answers))
        places = [order[answers[order] == one][:number] for one in range(self.classes or 0)]
        for one, some in enumerate(places):
            if not len(some):
                remedy = "leave that class out with ofClasses"
                raise ValueError(
                    refusal(owner, "training samples", "some of every class", f"none of class {one}", remedy)
                )
            if len(some) < number:
                expected = f"at most the {len(some)} training samples of class {one}"
                raise ValueError(refusal(owner, "number", expected, number))
        chosen = train.some(np.sort(np.concatenate(places)))
        return self._withSplits(self._splits | {"train": chosen}, self.valueRange)

    def rendered(self, factors: Any) -> Array:
        """Samples that are drawn from factors of your own, where the data set's are drawn from factors.

        Parameters
        ----------
        factors : (factors, n) in the order of `factorNames`: whole numbers below `factorSizes`, or where that is None
            numbers from 0 to 1.

        Returns
        -------
        (*sampleShape, n), as batches have them, without `augment`.

        Example
        -------
        >>> from dataset import Dataset
        >>> Dataset("sprites", side=32).rendered([[0, 1, 2], [5, 5, 5], [0, 0, 0], [8, 8, 8], [8, 8, 8]]).shape
        (1, 32, 32, 3)
        """
        train = self._splits["train"]
        if train.rendering is None:
            expected = "one whose samples are drawn from factors, such as 'sprites'"
            raise ValueError(refusal("Dataset.rendered", "the data set", expected, self.name))
        return replace(train, rows=train.rendering.rows("Dataset.rendered", factors), augment=None).inputs(slice(None))

    def mapped(self, function: Callable[[Array], Array], size: int = 1000) -> Self:
        """The same data set with f(x) in the place of every sample x, computed once; without its `augment`.

        The `mask` of sequences stays where f gives as many steps; otherwise their padding still has the weight 0 where
        there are labels of steps.

            features = dataset.mapped(body.predict)         # what frozen layers make of it, for a head to be trained

        Parameters
        ----------
        function : of samples (..., n) as the data set delivers them; gives an array (..., n) of the same n samples.
        size : samples at a time; default 1,000.

        Example
        -------
        >>> from dataset import Dataset
        >>> Dataset("digits", images=True).mapped(lambda x: x.mean(axis=(1, 2))).sampleShape
        (1,)
        """
        owner = "Dataset.mapped"
        self._checkAlone(owner)
        if not callable(function):
            raise TypeError(refusal(owner, "function", "a function of samples (..., n)", function))
        size = wholeNumber(owner, "size", size)
        each: dict[str, Array] = {}
        shape: Shape | None = None
        for name, split in self._splits.items():
            for start in range(0, len(split), size):
                part = slice(start, min(start + size, len(split)))
                rows = _image(owner, function, split.inputs(part), self.dtype)
                shape = rows.shape[1:] if shape is None else shape
                if rows.shape[1:] != shape:
                    expected = f"of shape {(*shape, len(rows))}, as for the samples before"
                    got = (*rows.shape[1:], len(rows))
                    raise ValueError(refusal(owner, "what the function gives", expected, got))
                if name not in each:
                    each[name] = np.empty((len(split), *shape), self.dtype)
                each[name][part] = rows
        rows = each["train"]
        splits = {
            name: replace(split, rows=each.get(name, rows[:0]), white=None, standardization=None, rendering=None)
            for name, split in self._splits.items()
        }
        made = self._withSplits({name: _unpadded(split) for name, split in splits.items()}, None)
        made.sampleShape, made.inputDim = rows.shape[1:], math.prod(rows.shape[1:])
        made.imageShape = (rows.shape[2], rows.shape[3]) if rows.ndim == 4 else None
        made.featureNames = made.standardization = made.centres = made.augment = None
        return made

    def _checkAlone(self, owner: str) -> None:
        """ValueError where there is a second domain, whose samples stand beside those of the first."""
        if self.second is not None:
            remedy = "change the samples of each domain, and then put them together with Dataset.fromDomains"
            raise ValueError(refusal(owner, "the data set", "one of a single domain", self.name, remedy))

    def _answers(self, owner: str, name: str) -> Array:
        """The class numbers (N,) of a split; ValueError where samples have none, or several."""
        self._checkAlone(owner)
        answers = self._splits[name].answers
        if self.classes is None or answers is None or answers.ndim != 1:
            raise ValueError(refusal(owner, "the data set", "one with a class for every sample", self.name))
        return answers


def _unpadded(split: Split) -> Split:
    """The split, with its steps of padding as weights of the labels where its samples are sequences no more."""
    if split.lengths is None or (split.rows.ndim == 3 and split.rows.shape[1] == split.steps):
        return split
    whole = slice(None)
    weights = np.ascontiguousarray(np.moveaxis(split.counts(whole), -1, 0)) if split.isCounted else None
    return replace(split, sampleWeights=weights, lengths=None)


def _of_classes(split: Split, chosen: list[int], classes: int) -> Split:
    """Its samples of these of the classes, which are numbered by their places in the list."""
    places = np.full(classes, -1)
    places[chosen] = np.arange(len(chosen))
    answers = places[split.answers]
    part, weights = split.some(np.flatnonzero(answers >= 0)), split.classWeights
    return replace(
        part,
        answers=answers[answers >= 0],
        classes=split.classes and len(chosen),
        classWeights=None if weights is None else weights[chosen],
    )


def _image(owner: str, function: Callable[[Array], Array], x: Array, dtype: np.dtype[Any]) -> Array:
    """f(x) of samples x (..., n), as rows (n, ...)."""
    y = realNumbers(owner, "what the function gives", function(x), dtype, finite=True)
    if y.ndim < 2 or y.shape[-1] != x.shape[-1]:
        expected = f"of shape (..., {x.shape[-1]}), as many samples"
        raise ValueError(refusal(owner, "what the function gives", expected, y.shape))
    return np.moveaxis(y, -1, 0)
