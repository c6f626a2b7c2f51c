"""Data sets of pairs of sequences, such as sentences and their translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from leibnet.arguments import flag, instance, randomGenerator, refusal
from leibnet.types import Array

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dataset.derived import Derived
from dataset.own.arrangement import arranged
from dataset.sequences.vocabulary import Vocabulary
from dataset.sizes import Sizes
from dataset.source import Source
from dataset.weights import checkedWeights

OWNER = "Dataset.fromPairs"


class FromPairs(Derived):
    """What makes a `Dataset` of pairs of sequences of tokens."""

    @classmethod
    def fromPairs(
        cls,
        sources: Sequence[Sequence[str]],
        targets: Sequence[Sequence[str]],
        *,
        vocabulary: Vocabulary | None = None,
        start: str | None = "<start>",
        end: str | None = "<end>",
        paired: bool = True,
        testSources: Sequence[Sequence[str]] | None = None,
        testTargets: Sequence[Sequence[str]] | None = None,
        sampleWeights: ArrayLike | None = None,
        testWeights: ArrayLike | None = None,
        name: str = "pairs",
        train_size: int | None = None,
        test_size: int | None = None,
        batch_size: int = 50,
        validation_size: int = 0,
        shuffle: bool = True,
        dropLast: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | int | None = None,
    ) -> Self:
        """A data set of sequences of tokens and what they are translated into, for an encoder and a decoder.

            corpora = programCorpora("brace", "word", rng=0)
            dataset = Dataset.fromPairs(*corpora.paired(), vocabulary=corpora.vocabulary, start="<word>")
            for train, test, batchSize in dataset.batches():
                x, y = train.inputs, train.second           # (S, 1, 50) and (T, 1, 50) numbers of tokens
                there, follows = train.mask, train.secondMask   # (S, 50) and (T, 50), False where they are padded

        All sources are padded to the longest of them, all targets to the longest of them. Sample i of the targets
        always stands beside sample i of the sources, in every epoch's order, and in validation and test.

        Parameters
        ----------
        sources, targets : as many of each: lists of tokens, or texts that the vocabulary takes apart.
        vocabulary : of both; default: `Vocabulary.ofTokens` of all tokens, texts being cut at blanks.
        start, end : tokens that are put around every target: a decoder that reads `second[:-1]` is to answer
            `second[1:]`. None: nothing is put there. Default "<start>" and "<end>". Sources stay as they are.
        paired : whether the training's targets are translations of the sources. False where they only stand beside
            them, as for an `UnpairedTranslator`; it is what a reader is told. Default True.
        testSources, testTargets : the same for the test; default: `test_size` pairs are split off, by default a sixth.
        sampleWeights, testWeights : how much each pair counts, (N,), as for `fromArrays`; batches then have `weights`
            (n,). Default: all alike. Padding is told by the masks.
        name, train_size, test_size, batch_size, validation_size, shuffle, dropLast, dtype, rng : as for `fromArrays`.

        Attributes
        ----------
        vocabulary : the `Vocabulary`.
        second : the `Dataset` of the targets alone.
        paired : as given.

        Raises
        ------
        ValueError : not as many targets as sources; a sequence without tokens; a token that the vocabulary does not
            have, with its place.
        TypeError : a single text in place of a list; an argument of the wrong kind.

        Example
        -------
        >>> from dataset import Dataset
        >>> sources, targets = [["a", "b"], ["b"], ["a"]], [["B", "A"], ["B"], ["A"]]
        >>> dataset = Dataset.fromPairs(sources, targets, test_size=0, batch_size=3, shuffle=False)
        >>> batch = dataset.trainSet()
        >>> [" ".join(dataset.vocabulary.tokensOf(one.astype(int))) for one in batch.second[:, 0].T]
        ['<start> B A <end>', '<start> B <end> <start>', '<start> A <end> <start>']
        >>> batch.secondMask.astype(int)
        array([[1, 1, 1],
               [1, 1, 1],
               [1, 1, 1],
               [1, 0, 0]])
        """
        sizes = Sizes.checked(OWNER, train_size, test_size, validation_size)
        made, other, generator = cls.__new__(cls), cls.__new__(cls), randomGenerator(OWNER, rng)
        for one in (made, other):
            cls._configure(one, OWNER, batch_size, shuffle, dropLast, dtype, None, generator)
        texts = _pairs("sources", sources, "targets", targets)
        tests = None
        if testSources is not None or testTargets is not None:
            tests = _pairs("testSources", testSources, "testTargets", testTargets)
        known = _vocabulary(vocabulary, texts, tests, start, end)
        n = len(texts[0])
        places = Source(name, np.arange(n), None, np.arange(n, n + len(tests[0]) if tests else n), None)
        places = arranged(places, sizes, made.rng, made.shuffle, hasTest=tests is not None)
        weights = _weights(sampleWeights, testWeights, n, tests)
        first = Numbered.of(known, texts[0], "sources", tests and tests[0], "testSources")
        second = Numbered.of(known, texts[1], "targets", tests and tests[1], "testTargets", start, end)
        cls._cut(made, first.source(places, weights), sizes, (0.0, 1.0), None)
        cls._cut(other, second.source(places, None), sizes, (0.0, 1.0), None)
        cls._standBeside(made, other, paired=True)
        made.vocabulary = other.vocabulary = known
        made.paired = flag(OWNER, "paired", paired)
        return made


@dataclass(frozen=True)
class Numbered:
    """Sequences of tokens as numbers (N, steps), padded with 0, and how many steps each has, (N,)."""

    numbers: Array
    lengths: Array

    @classmethod
    def of(
        cls,
        vocabulary: Vocabulary,
        texts: list[Any],
        name: str,
        tests: list[Any] | None,
        testName: str,
        start: str | None = None,
        end: str | None = None,
    ) -> Numbered:
        """Those for training, and behind them those for the test."""
        first, last = ([] if token is None else vocabulary.encode([token]).tolist() for token in (start, end))
        rows = []
        for what, some in ((name, texts), (testName, tests or [])):
            for i, one in enumerate(some):
                try:
                    rows.append([*first, *vocabulary.encode(one).tolist(), *last])
                except (ValueError, TypeError) as error:
                    raise type(error)(f"{OWNER}, {what}[{i}]: {error}") from None
                if not rows[-1]:
                    raise ValueError(refusal(OWNER, f"{what}[{i}]", "one token or more", one))
        lengths = np.array([len(row) for row in rows])
        numbers = np.zeros((len(rows), lengths.max()), vocabulary.dtype)
        for row, given in zip(numbers, rows, strict=True):
            row[: len(given)] = given
        return cls(numbers, lengths)

    def source(self, places: Source, weights: Array | None) -> Source:
        """Those at these places of training and test."""
        train, test = places.inputs, places.testInputs
        return Source(
            places.name,
            self.numbers[train][:, :, np.newaxis],
            None,
            self.numbers[test][:, :, np.newaxis],
            None,
            weights=None if weights is None else weights[train],
            testWeights=None if weights is None else weights[test],
            lengths=self.lengths[train],
            testLengths=self.lengths[test],
        )


def _pairs(name: str, sources: Any, otherName: str, targets: Any) -> tuple[list[Any], list[Any]]:
    for what, given in ((name, sources), (otherName, targets)):
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise TypeError(refusal(OWNER, what, "a list of lists of tokens, or of texts", given))
    if len(sources) != len(targets) or not len(sources):
        expected = f"{len(sources)} sequences, as many as {name}" if len(sources) else "a list of one sequence or more"
        raise ValueError(refusal(OWNER, otherName if len(sources) else name, expected, len(targets)))
    return [*sources], [*targets]


def _vocabulary(
    given: Vocabulary | None,
    texts: tuple[list[Any], list[Any]],
    tests: tuple[list[Any], list[Any]] | None,
    start: str | None,
    end: str | None,
) -> Vocabulary:
    """The vocabulary that was given, or one of all tokens, which has the tokens for start and end."""
    made: Vocabulary
    if given is None:
        parts = [*texts, *(tests or ())]
        made = Vocabulary.ofTokens([one.split() if isinstance(one, str) else one for part in parts for one in part])
    else:
        made = instance(OWNER, "vocabulary", given, Vocabulary, "Vocabulary.ofTokens(sequences)")
    for name, token in (("start", start), ("end", end)):
        if token is not None and token not in made.tokens:
            remedy = "give vocabulary=Vocabulary.ofTokens(sequences, special), or None"
            raise ValueError(refusal(OWNER, name, f"a token of the vocabulary, {made!r}", token, remedy))
    return made


def _weights(given: Any, givenTests: Any, size: int, tests: tuple[list[Any], list[Any]] | None) -> Array | None:
    """How much each pair counts, those for training and behind them those for the test."""
    if given is None and givenTests is None:
        return None
    if givenTests is not None and tests is None:
        raise ValueError(refusal(OWNER, "testWeights", "omitted without testSources", "weights"))
    found = []
    for name, one, n in (("sampleWeights", given, size), ("testWeights", givenTests, len(tests[0]) if tests else 0)):
        weights = np.ones(n) if one is None else checkedWeights(OWNER, name, one).astype(float)
        if weights.shape != (n,):
            raise ValueError(refusal(OWNER, name, f"of shape ({n},), one for each pair", weights.shape))
        found.append(weights)
    return np.concatenate(found)
