"""Data sets of two domains, of which no pairs are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from leibnet.arguments import flag, randomGenerator, refusal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dataset.own.fromarrays import FromArrays

OWNER = "Dataset.fromDomains"


class FromDomains(FromArrays):
    """What makes a `Dataset` of two domains, such as photographs and paintings."""

    @classmethod
    def fromDomains(
        cls,
        first: ArrayLike,
        second: ArrayLike,
        *,
        firstLabels: ArrayLike | None = None,
        secondLabels: ArrayLike | None = None,
        testFirst: ArrayLike | None = None,
        testSecond: ArrayLike | None = None,
        testFirstLabels: ArrayLike | None = None,
        testSecondLabels: ArrayLike | None = None,
        paired: bool = False,
        classNames: Sequence[str] | None = None,
        name: str = "domains",
        test_size: int | None = None,
        batch_size: int = 50,
        validation_size: int = 0,
        shuffle: bool = True,
        valueRange: tuple[float, float] = (0.0, 1.0),
        oneHot: bool | None = None,
        dropLast: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | int | None = None,
    ) -> Self:
        """A data set of samples of two domains, for a model that translates between them, such as `CycleGAN`.

            dataset = Dataset.fromDomains(horses, zebras, batch_size=16)
            for train, test, batchSize in dataset.batches():
                x, y = train.inputs, train.second       # (3, 64, 64, 16) each: horses, and zebras

        An epoch goes through the larger domain; of the smaller one, every sample comes as often as any other, or once
        more. In training, each domain has an order of its own, new in every epoch: which samples stand beside one
        another says nothing. Elsewhere (`testSet`, `chunks` and the like), sample i of one domain stands beside sample
        i of the other, and the smaller one begins anew at its end.

        Parameters
        ----------
        first, second : the samples for training and validation, arrays (..., N) and (..., M) as the inputs of
            `fromArrays`, which may have other shapes than each other.
        firstLabels, secondLabels : their labels, of which no model of two domains learns, for classifiers that judge
            it: `batch.labels` and `batch.secondLabels`. Default none.
        testFirst, testSecond, testFirstLabels, testSecondLabels : the same for the test; default: `test_size` samples
            of each domain are split off, by default a sixth.
        paired : whether sample i of `testSecond` is what sample i of `testFirst` ought to become; default False. The
            truth for a score: no model is shown it in training.
        classNames, name, test_size, batch_size, shuffle, valueRange, oneHot, dropLast, dtype, rng : as for
            `fromArrays`, for both domains.
        validation_size : how many samples of each domain are kept for validation; default 0.

        Attributes
        ----------
        second : the `Dataset` of the second domain alone, with its `sampleShape`, `facts` and batches; None where there
            is one domain.
        paired : as given.
        train_size, validation_size, test_size : samples of the larger domain.

        Raises
        ------
        ValueError, TypeError : as `fromArrays`, with the domain; the test part of one domain without the other's;
            `paired` without such a test part, or with one of different sizes.

        Example
        -------
        >>> from dataset import Dataset
        >>> dataset = Dataset.fromDomains(np.zeros((4, 30)), np.ones((2, 60)), batch_size=20, rng=0)
        >>> batch, _, size = next(dataset.batches())
        >>> batch.inputs.shape, batch.second.shape, dataset.train_size
        ((4, 20), (2, 20), 50)
        """
        generator = randomGenerator(OWNER, rng)
        if (testFirst is None) != (testSecond is None):
            given, missing = ("testFirst", "testSecond") if testSecond is None else ("testSecond", "testFirst")
            raise ValueError(refusal(OWNER, missing, f"given because {given} is", None, "give both or neither"))
        paired, drop_last = flag(OWNER, "paired", paired), flag(OWNER, "dropLast", dropLast)
        if paired and testFirst is None:
            remedy = "give testFirst and testSecond, or omit paired"
            raise ValueError(refusal(OWNER, "testFirst and testSecond", "the pairs", None, remedy))
        options: dict[str, Any] = {
            "classNames": classNames, "name": name, "test_size": test_size, "batch_size": batch_size,
            "validation_size": validation_size, "shuffle": shuffle, "valueRange": valueRange, "oneHot": oneHot,
            "dtype": dtype, "rng": generator,
        }  # fmt: skip
        made = cls._domain("first", first, firstLabels, testFirst, testFirstLabels, options)
        other = cls._domain("second", second, secondLabels, testSecond, testSecondLabels, options)
        if paired and made.test_size != other.test_size:
            expected = f"{made.test_size} samples, as many as testFirst has, because they are paired"
            raise ValueError(refusal(OWNER, "testSecond", expected, other.test_size))
        cls._standBeside(made, other)
        if drop_last and made.batch_size > made.train_size:
            expected = f"at most the {made.train_size} samples of the larger domain, because of dropLast"
            raise ValueError(refusal(OWNER, "batch_size", expected, made.batch_size))
        made.dropLast, made.paired = drop_last, paired
        return made

    @classmethod
    def _domain(
        cls, which: str, inputs: Any, labels: Any, testInputs: Any, testLabels: Any, options: dict[str, Any]
    ) -> Self:
        try:
            return cls.fromArrays(inputs, labels, testInputs=testInputs, testLabels=testLabels, **options)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{OWNER}, the {which} domain: {error}") from None
