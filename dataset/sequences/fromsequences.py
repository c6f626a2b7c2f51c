"""Data sets of sequences and of text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from leibnet.arguments import instance, number, wholeNumber
from leibnet.types import Array

import numpy as np
from numpy.typing import DTypeLike

from dataset.own.fromarrays import FromArrays
from dataset.sequences import padding
from dataset.sequences.streams import Streams, textOf
from dataset.sequences.vocabulary import Vocabulary
from dataset.sizes import Sizes


class FromSequences(FromArrays):
    """What makes a `Dataset` of sequences of different lengths, or of a long text."""

    @classmethod
    def fromSequences(
        cls,
        sequences: Sequence[Any] | Array,
        labels: Any = None,
        *,
        testSequences: Sequence[Any] | Array | None = None,
        testLabels: Any = None,
        oneHot: bool | None = None,
        name: str = "sequences",
        **options: Any,
    ) -> Self:
        """A data set of sequences, which may have different lengths: they are padded with zeros at the end.

            spoken = [np.random.default_rng(i).normal(size=(20 + i, 13)) for i in range(60)]
            dataset = Dataset.fromSequences(spoken, [i % 2 for i in range(60)], batch_size=10)
            for train, test, batchSize in dataset.batches():
                x, y = train                        # x (79, 13, 10), y (2, 10)
                there = train.mask                  # (79, 10), False where a sequence has ended

        Samples are entries of a list here. A data set delivers them as it does all others: as the last axis, (steps,
        features, n). Where all have as many steps, `mask` is None.

        Parameters
        ----------
        sequences : a list of arrays (steps_i, features), or (steps_i,) of a single feature, or an array (N, steps,
            features) such as `windows` gives. A pandas frame in the list has a step in every row. All numbers are
            delivered as they are, uint8 as well.
        labels : a list with an entry for each sequence: a class (a number or a name), targets (targets,), labels of
            its steps (steps_i, targets), or with `oneHot=True` classes of its steps (steps_i,). Padding then has the
            class 0, or zeros, and the weight 0. Default: none; then the inputs are what a model learns, and padding has
            the weight 0 as well.
        testSequences, testLabels : the test part, of the same kind; default: `test_size` sequences are split off.
        oneHot : as for `fromArrays`.
        name : what it is called when printed.
        options : standardize (mean and deviation of the steps that there are), classNames, classWeights, train_size,
            test_size, batch_size, validation_size, shuffle, dropLast, dtype, rng, and the weights of whole sequences
            sampleWeights (N,) and testWeights, as for `fromArrays`.

        Raises
        ------
        ValueError : numbers that are not finite, with their place; sequences with other features than the first; labels
            of other steps than their sequence has; else as `fromArrays`.
        TypeError : a single series in place of a list; else as `fromArrays`.
        """
        rows = padding.listed("sequences", sequences)
        tests = None if testSequences is None else padding.listed("testSequences", testSequences, rows[0].shape[1])
        steps = max(len(one) for one in [*rows, *(tests or [])])
        given: dict[str, Any] = {"labels": labels, "testLabels": testLabels}
        for part, own, answers in (("", rows, "labels"), ("test", tests, "testLabels")):
            if own is not None:
                lengths = padding.lengthsOf(own)
                given["testInputs" if part else "inputs"] = padding.padded(own, steps)
                given["testLengths" if part else "lengths"] = lengths
                given[answers] = padding.labelColumns(answers, given[answers], lengths, steps, oneHot)
        made = cls.fromArrays(**given, oneHot=oneHot, name=name, **options)
        made.featureNames = padding.featureNames(sequences)
        return made

    @classmethod
    def fromText(
        cls,
        text: str | os.PathLike[str],
        steps: int = 100,
        batch_size: int = 32,
        *,
        vocabulary: Vocabulary | None = None,
        validation: float = 0.1,
        test: float = 0.0,
        name: str | None = None,
        dtype: DTypeLike = np.float32,
    ) -> Self:
        """A data set of a long text, to learn from each token of it which one follows. Batches go on where others end.

            dataset = Dataset.fromText(shakespeare(), steps=50, batch_size=16)
            for train, test, batchSize in dataset.batches():
                x, y = train                        # x (50, 1, 16) numbers of characters, y (50, 61, 16) the next ones

        The text is cut into three: for training, validation and test. Each part is cut into `batch_size` streams of
        the same length, and batch k holds the steps k · steps to (k + 1) · steps - 1 of all of them. So sample i of a
        batch goes on in sample i of the next batch (`dataset.continues`), and a recurrent network may keep its state:
        truncated backpropagation through time. That holds in `batches()`, which has no other order, and in
        `chunks(split)`. Of the training text, a rest of less than batch_size · steps tokens is left out; of the
        validation and test text nothing is: there, the streams end with a batch with a `mask`.

        Parameters
        ----------
        text : the text itself, or the path of a file of it (`pathlib.Path`), in UTF-8.
        steps : of a sample, default 100.
        batch_size : how many streams are read side by side, default 32.
        vocabulary : the tokens that the text consists of; default `Vocabulary.characters(text)`. For words give
            `Vocabulary.words(text)`.
        validation, test : which share of the text is kept for it, from 0 (none) to below 1; test is its end, and
            validation what stands before it. Default 0.1 and 0.
        name : what it is called when printed; default: that of the file or text.
        dtype : as for `fromArrays`.

        Attributes
        ----------
        vocabulary : the `Vocabulary`.
        continues : True.
        classes, classNames : len(vocabulary) and its tokens.

        Raises
        ------
        ValueError : a text too short for so many streams and steps; a character or word that the vocabulary does not
            have, with its place; a file that is no text in UTF-8.
        """
        owner = "Dataset.fromText"
        steps, batch_size = wholeNumber(owner, "steps", steps), wholeNumber(owner, "batch_size", batch_size)
        validation = number(owner, "validation", validation, 0, 1, excluding="high")
        test = number(owner, "test", test, 0, 1 - validation, excluding="high")
        if vocabulary is not None:
            instance(owner, "vocabulary", vocabulary, Vocabulary, "Vocabulary.characters(text)")
        dataset = cls.__new__(cls)
        cls._configure(dataset, owner, batch_size, False, False, dtype, None, None)
        given = textOf(owner, text)
        vocabulary = Vocabulary.characters(given) if vocabulary is None else vocabulary
        streams = Streams(owner, vocabulary.encode(given), steps, batch_size)
        source, validation_size = streams.source(validation, test)
        source = replace(
            source,
            name=given.name if name is None else name,
            classes=len(vocabulary),
            classNames=list(vocabulary.tokens),
            checksums=given.checksums,
            description=given.description,
        )
        cls._cut(dataset, source, Sizes(owner, None, None, validation_size), (0.0, 1.0), True)
        dataset.continues, dataset.vocabulary = True, vocabulary
        return dataset
