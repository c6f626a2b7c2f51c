"""The translator that learns two languages without pairs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from leibnet.arguments import choice, flag, instance, number, refusal, wholeNumber
from leibnet.ranks import Share, alone, current
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset, Vocabulary, tokenNoise
from layers import Chain, Layer
from loss import Loss
from nn.models.model import Descent
from nn.models.sequences.reading import contextOf
from nn.models.translation.encoderdecoder import LOOKED_AT, EncoderDecoder
from nn.training.step import StepContext

Texts = Sequence[Sequence[str]]
REST = 0.2  # of the pairs for denoising, in the second half of the training
SHORT, LONG = 1.5, 5  # a back-translation has at most SHORT times the tokens of the longest text, and LONG more


class Lesson(NamedTuple):
    """A pair to learn from: what is read, what is to be written, and the language of that."""

    source: Sequence[str]
    target: Sequence[str]
    language: str


class UnpairedTranslator(EncoderDecoder):
    """A translator between two languages that learns from texts of both, of which none is a translation of another.

        denoising           noise(y), "write the language of y"         → y
        back-translation    translate(y), "write the language of y"     → y

    One encoder and one decoder serve both languages; the token that a text begins with says which one is written. From
    texts with noise the decoder learns to write each language, whatever the encoder read. Then the model translates
    texts as well as it can, and learns to write the true text from its translation: the targets are always true, and
    the sources get better. Lample et al. 2018, arXiv:1711.00043 and arXiv:1804.07755; Lachaux et al. 2020,
    "Unsupervised translation of programming languages", arXiv:2006.03511; first lecture, "TransCoder".

    What the languages share, such as names and numerals, holds them together, but tells little of words: let the
    embeddings begin with `cooccurrenceVectors`, so that the encoder reads a word as its likeliest translation.

    Parameters
    ----------
    vocabulary, encoder, decoder, end, loss : see `EncoderDecoder`.
    languages : the start tokens of the two languages, such as ("<brace>", "<word>").
    mask : the token that stands for a masked one; default "<mask>".
    drop, masked, window : of the noise, see `tokenNoise`; default 0.1, 0.1, 3.
    backTranslation : whether it learns from back-translations as well; default True. Train it without them first, then
        assign True and train on: from texts with noise alone it learns to write.
    part : how many pairs are learnt from in one update; default 64.

    It learns from a data set that has texts of the first language as sources and texts of the second as targets, which
    are no pairs: `Dataset.fromPairs(first, second, start=None, end=None, paired=False, ...)`. A step makes pairs of
    each text of the batch, and an update of every part of them. With back-translation those with noise become ever
    fewer: in the first half of a training they fall to a fifth. `evaluate` measures both directions, and needs pairs:
    `testSources` and `testTargets`.

    Example
    -------
    >>> from activations import Softmax
    >>> from dataset import Dataset, programCorpora
    >>> from layers import Attention, CrossAttention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
    >>> corpora = programCorpora("brace", "word", 40, 0, 10, statements=1, rng=0)
    >>> dataset = Dataset.fromPairs(
    ...     corpora.first,
    ...     corpora.second,
    ...     vocabulary=corpora.vocabulary,
    ...     start=None,
    ...     end=None,
    ...     paired=False,
    ...     testSources=corpora.test[0],
    ...     testTargets=corpora.test[1],
    ...     batch_size=20,
    ... )
    >>> n, F = len(corpora.vocabulary), 8
    >>> encoder = [Embedding(n, F), PositionalEncoding(F, 60), Residual([Attention(F)])]
    >>> decoder = [
    ...     Embedding(n, F),
    ...     PositionalEncoding(F, 60),
    ...     Residual([Attention(F, causal=True)]),
    ...     Residual([CrossAttention(F)]),
    ...     TimeDistributed(Dense(F, n, Softmax())),
    ... ]
    >>> model = UnpairedTranslator(corpora.vocabulary, encoder, decoder, ("<brace>", "<word>"))
    >>> history = model.train(dataset, epochs=2)
    >>> len(model.translate([["return", "a", ";"]], start="<word>"))
    1
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        encoder: Chain | Iterable[Layer],
        decoder: Chain | Iterable[Layer],
        languages: Sequence[str],
        mask: str = "<mask>",
        drop: float = 0.1,
        masked: float = 0.1,
        window: int = 3,
        backTranslation: bool = True,
        part: int = 64,
        end: str = "<end>",
        loss: Loss | None = None,
    ) -> None:
        pair = isinstance(languages, Sequence) and not isinstance(languages, str) and len(languages) == 2
        if not pair or languages[0] == languages[1]:
            expected = "the start tokens of two languages"
            raise ValueError(refusal(self.name, "languages", expected, languages, 'write ("<brace>", "<word>")'))
        known = instance(self.name, "vocabulary", vocabulary, Vocabulary, "Vocabulary.ofTokens(texts)").tokens
        self.languages = list(languages)
        for name, tokens in (("languages", self.languages), ("mask", [mask])):
            for token in tokens:
                if token not in known:
                    raise ValueError(refusal(self.name, name, "of tokens of the vocabulary", token))
        super().__init__(vocabulary, encoder, decoder, languages[1], end, loss)
        self.mask = mask
        self.drop = number(self.name, "drop", drop, 0, 1, excluding="high")
        self.masked = number(self.name, "masked", masked, 0, 1, excluding="high")
        self.window = wholeNumber(self.name, "window", window)
        self.backTranslation = backTranslation
        self.part = wholeNumber(self.name, "part", part)
        self._special = {self.end, self.mask, *self.languages, *getattr(vocabulary, "special", ())}
        self._lastTexts: tuple[Texts, Texts] | None = None  # of a step

    @property
    def backTranslation(self) -> bool:
        """Whether it learns from back-translations as well; may be assigned between trainings."""
        return self._backTranslation

    @backTranslation.setter
    def backTranslation(self, value: bool) -> None:
        self._backTranslation = flag(self.name, "backTranslation", value)

    # The two ways to make pairs --------------------------------------------------------------------------------------

    def denoise(self, texts: Texts, language: str, rng: np.random.Generator) -> list[Lesson]:
        """Pairs of the texts with noise and the texts, which are of this language."""
        choice(self.name, "language", language, self.languages)
        noise = self.drop, self.masked, self.window
        return [Lesson(tokenNoise(text, *noise, maskToken=self.mask, rng=rng), text, language) for text in texts]

    def backTranslate(self, texts: Texts, language: str) -> list[Lesson]:
        """Pairs of what the model translates the texts into, and the texts, which are of this language."""
        other, share = self._other(language), current()
        length = round(SHORT * max(map(len, texts), default=0) + LONG)
        for network in self.networks().values():  # the decoder writes it, and the encoder reads it
            length = min(length, contextOf(network) or length)
        if share is None:
            written = self.translate(texts, other, length)
        else:  # each rank translates some
            ranks = share.ranks
            with alone():
                mine = texts[ranks.share(len(texts)).columns]
                written = self.translate(mine, other, length) if mine else []
            written = sum(ranks.everywhere(written), list[list[str]]())
        return [Lesson(one, text, language) for one, text in zip(written, texts, strict=True) if one]

    # What a model must say -------------------------------------------------------------------------------------------

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        rng, sums, self._lastTexts = self.encoder.generator(), dict[str, float](), self._texts(batch)
        lessons = self._lessons(self._lastTexts, context.progress, rng)
        lessons.sort(key=lambda one: len(one.source) + len(one.target))
        share, count = current(), max(1, round(len(lessons) / self.part))
        if share is not None:  # a lesson for every rank
            count = max(1, min(count, len(lessons) // share.ranks.size))
        parts = np.array_split(np.arange(len(lessons)), count)
        for i in rng.permutation(len(parts)):
            values = self._learn([lessons[j] for j in parts[i]], context, share)
            for name, value in values.items():
                sums[name] = sums.get(name, 0.0) + value * len(parts[i])
        return {name: total / len(lessons) for name, total in sums.items()}

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        return super().measure(self._both(batch), quantities)

    def losses(self, batch: Batch) -> dict[str, Descent]:
        rng, self._lastTexts = self.encoder.generator(), self._texts(batch)
        lessons = [
            one
            for texts, language in zip(self._lastTexts, self.languages, strict=True)
            for one in self.denoise(texts, language, rng)
        ]
        return super().losses(self.batchOf(*zip(*lessons, strict=True)))

    # Inside ----------------------------------------------------------------------------------------------------------

    def _learn(self, lessons: list[Lesson], context: StepContext, share: Share | None) -> dict[str, float]:
        """A step from lessons, of which every rank has its share."""
        batch = self.batchOf(*zip(*lessons, strict=True))
        if share is None:
            return super().step(batch, context)
        own = share.ranks.share(len(lessons))
        mine = {name: batch.parts[name][..., own.columns] for name in ("inputs", "mask", "second", "secondMask")}
        with own.active():
            values = super().step(Batch.of(**mine), context)
        return {name: value * own.weight / share.weight for name, value in values.items()}

    def _lessons(self, both: tuple[Texts, Texts], progress: float, rng: np.random.Generator) -> list[Lesson]:
        found: list[Lesson] = []
        for texts, language in zip(both, self.languages, strict=True):
            if not self.backTranslation:
                found += self.denoise(texts, language, rng)
                continue
            noisy = round(len(texts) * max(REST, 1 - 2 * progress * (1 - REST)))
            found += self.denoise(texts[:noisy], language, rng)
            found += self.backTranslate(texts, language)
        return found

    def _texts(self, batch: Batch) -> tuple[Texts, Texts]:
        """The texts of a batch in the two languages."""
        if "second" not in batch.parts:
            remedy = "Dataset.fromPairs(first, second, start=None, end=None, paired=False) makes them"
            raise ValueError(refusal(self.name, "a batch", "of texts of two languages", batch, remedy))
        texts = self._read(batch.inputs, batch.mask), self._read(batch.second, batch.parts.get("secondMask"))
        if (share := current()) is None:
            return texts
        first, second = zip(*share.ranks.everywhere(texts), strict=True)  # of the whole batch
        return sum(first, list[list[str]]()), sum(second, list[list[str]]())

    def _read(self, numbers: Array, mask: Array | None) -> list[list[str]]:
        """The tokens of numbers (steps, 1, N), without those for a translator's own use."""
        rows = numbers[:, 0].astype(np.intp).T
        lengths = np.full(len(rows), rows.shape[1]) if mask is None else mask.sum(axis=0)
        return [
            [token for token in self.vocabulary.tokensOf(row[:length]) if token not in self._special]
            for row, length in zip(rows, lengths, strict=True)
        ]

    def _copied(self) -> float:
        """The share of some texts of the last step that stay as they are when they are translated.

        Of back-translations: before them, nothing has been learnt of translating.
        """
        if self._lastTexts is None or not self.backTranslation:
            return math.nan
        some = [
            (text, self._other(own))
            for texts, own in zip(self._lastTexts, self.languages, strict=True)
            for text in texts[: LOOKED_AT // 2]
        ]
        sources, starts = zip(*some, strict=True)
        longest, most = max(map(len, sources)), contextOf(self.decoder)
        written = self.translate(sources, starts, longest if most is None else min(longest, most))
        return float(np.mean([[*x] == y for x, y in zip(sources, written, strict=True)]))

    def _other(self, language: str) -> str:
        """The language that a text of this one is translated into."""
        first, second = self.languages
        return second if choice(self.name, "language", language, self.languages) == first else first

    def _checkDataset(self, dataset: Dataset) -> None:
        super()._checkDataset(dataset)
        one = next(iter(dataset.chunks("train", 1)))
        mask = one.parts.get("secondMask")
        own = (len(one.second) if mask is None else int(mask.sum())) - len(self._read(one.second, mask)[0])
        longest = max(len(one.inputs), len(one.second) - own)  # a start and an end are not read
        for part, start in (("encoder", 0), ("decoder", 1)):  # the texts of both languages go through both
            most = contextOf(self.networks()[part])
            if most is not None and longest + start > most:
                expected = f"of texts of at most {most - start} tokens, for the {most} positions of the {part}"
                remedy = f"give its PositionalEncoding {longest + start} steps, or leave out longer texts"
                raise ValueError(refusal(self.name, f"the data set {dataset.name!r}", expected, longest, remedy))

    def _both(self, batch: Batch) -> Batch:
        """A batch of pairs in both directions."""
        first, second = self._texts(batch)
        starts = [language for language in self.languages[::-1] for _ in first]
        return self.batchOf([*first, *second], [*second, *first], starts)
