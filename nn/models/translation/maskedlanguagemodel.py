"""The masked language model: what stood in the gaps of a text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from leibnet.arguments import instance, number, refusal
from leibnet.ranks import current, divisor, gathered
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset, Vocabulary
from dataset.facts import Facts
from layers import Layer
from loss import CategoricalCrossEntropy, Loss
from nn.metrics.metric import Metric
from nn.models.evaluation import Pair
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.sequences.given import checkProbabilities, checkVocabulary
from nn.models.translation.pairs import checkedNumbers, encoded, padded, perStep
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.symptom import Observation, Symptom
from nn.watch.symptoms import general

MASKED, OTHER = 0.8, 0.1  # of the chosen tokens: so many are masked, so many become another token


class MaskedLanguageModel(MLP):
    """p(x_t | the tokens around it): a network that says what stood where a token was masked.

    Its layers take the numbers of tokens as sequences (steps, 1, N), and give probabilities (steps, len(vocabulary),
    N): an `Embedding`, positions, `Attention` that sees both sides, a `TimeDistributed` layer with a Softmax. In every
    step some tokens are chosen at random; of them 80 % are masked, 10 % become another token of the batch, the rest
    stays, and the loss is of these alone. Devlin et al. 2018, arXiv:1810.04805; with the texts of two languages mixed
    it is the first step of a translator without pairs, Lample & Conneau 2019, arXiv:1901.07291; first lecture,
    "Cross-lingual Masked Language Model pretraining".

    Parameters
    ----------
    vocabulary : the `Vocabulary` of the texts; it is kept in the model's file.
    layers : the layers, in order; more can be added with `addLayer`.
    share : of the tokens that are chosen, above 0; default 0.15.
    mask : the token of the vocabulary that stands for a gap; default "<mask>".
    loss : default `CategoricalCrossEntropy`, -ln p(x_t | ...) summed over the gaps of a text; no other one.

    It learns from data sets of numbers of tokens such as the sources of `Dataset.fromPairs`; labels play no part. The
    quantities are "loss", "surprise", the same in nats a gap, and "accuracy", the share of gaps in which the likeliest
    token was the right one.

    Example
    -------
    >>> from activations import Softmax
    >>> from layers import Attention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
    >>> texts = [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]] * 10
    >>> dataset = Dataset.fromPairs(texts, texts, batch_size=5)
    >>> n, top = len(dataset.vocabulary), TimeDistributed(Dense(8, len(dataset.vocabulary), Softmax()))
    >>> layers = [Embedding(n, 8), PositionalEncoding(8, 10), Residual([Attention(8, heads=2)]), top]
    >>> model = MaskedLanguageModel(dataset.vocabulary, layers)
    >>> history = model.train(dataset, epochs=2)
    >>> [len(text) for text in model.fill([["a", "<mask>", "c"]])]
    [3]
    """

    quantities = {**MLP.quantities, "surprise": Direction.LOWER}
    metrics: ClassVar[tuple[str, ...]] = ("train_surprise", "validation_surprise", "test_surprise")
    shown: ClassVar[tuple[str, ...]] = ("surprise",)
    labelled = False
    nested: ClassVar[Mapping[str, Any]] = {**MLP.nested, "vocabulary": Vocabulary}

    def __init__(
        self,
        vocabulary: Vocabulary,
        layers: Iterable[Layer] = (),
        share: float = 0.15,
        mask: str = "<mask>",
        loss: Loss | None = None,
    ) -> None:
        self.vocabulary = instance(self.name, "vocabulary", vocabulary, Vocabulary, "Vocabulary.ofTokens(texts)")
        self.share = number(self.name, "share", share, 0, 1, excluding="low")
        if mask not in vocabulary.tokens:
            raise ValueError(refusal(self.name, "mask", "a token of the vocabulary", mask))
        self.mask = mask
        self._lastLoss, self._sums, self._gaps = math.nan, dict[str, float](), 0.0
        super().__init__(layers, CategoricalCrossEntropy() if loss is None else _nats(loss))

    def fill(self, texts: Iterable[Any]) -> list[list[str]]:
        """The texts, as lists of tokens, with the likeliest token in every gap.

        Parameters
        ----------
        texts : lists of tokens, or texts, as `vocabulary.encode` takes them.
        """
        self._checkNetwork()
        owner = f"{self.name}.fill"
        numbers = encoded(owner, "texts", texts, self.vocabulary)
        for place, one in enumerate(numbers or [np.empty(0)]):
            if not len(one):
                raise ValueError(refusal(owner, f"texts[{place}]", "a text of one token or more", "none"))
        x, has = padded(numbers, self.chain.dtype)
        gap = self.vocabulary.tokens.index(self.mask)
        probabilities = self.predict(x, mask=has)
        probabilities[:, gap] = -1
        filled = np.where(x[:, 0] == gap, probabilities.argmax(axis=1), x[:, 0].astype(np.intp))
        return [self.vocabulary.tokensOf(filled[: len(one), i]) for i, one in enumerate(numbers)]

    # What a model must say -------------------------------------------------------------------------------------------

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        self._checkNetwork()
        _nats(self.objective.loss if loss is None else loss)
        if dataset is not None:
            checkVocabulary(self.name, dataset, self.vocabulary)
        if loss is not None:
            self.loss = loss
        self._sums, self._gaps = {}, 0.0

    def evaluate(
        self, data: Dataset | Batch | Pair | Array, quantities: Iterable[str] | None = None, split: str = "test"
    ) -> dict[str, float]:
        if isinstance(data, Dataset):
            checkVocabulary(self.name, data, self.vocabulary)
        return super().evaluate(data, quantities, split)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        asked = context.quantities
        values = super().step(self._masked(batch), context._replace(quantities=asked | {"loss"}))
        self._lastLoss = values["loss"]
        return {name: value for name, value in values.items() if name in asked}

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        masked = self._masked(batch)
        values = super().measure(masked, quantities | {"loss"})
        gaps = _count(masked)
        self._gaps += gaps
        for name in quantities & {"surprise", "accuracy"}:
            self._sums[name] = self._sums.get(name, 0.0) + values[name] * gaps
        return {name: value for name, value in values.items() if name in quantities}

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        """Means over all gaps, also where batches have different numbers of them."""
        return {name: total / self._gaps for name, total in self._sums.items() if name in quantities and self._gaps}

    def losses(self, batch: Batch) -> dict[str, Descent]:
        return super().losses(self._masked(batch))

    def lastLoss(self, seen: Observation) -> float:
        return self._lastLoss

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return general(self.chains(), self.lastLoss)

    @property
    def scores(self) -> dict[str, Metric]:
        return {}

    def meaningless(self, facts: Facts) -> dict[str, str]:
        return {}

    # Inside ----------------------------------------------------------------------------------------------------------

    def _masked(self, batch: Batch) -> Batch:
        """The batch with gaps, what stood there as one-hot labels, and weights that are 1 where it is to be said."""
        tokens, rng = len(self.vocabulary), self.chain.generator()
        x = checkedNumbers(self.name, "inputs", batch.inputs, tokens)
        numbers = x[:, 0].astype(np.intp)
        has = np.ones(numbers.shape, bool) if batch.mask is None else batch.mask
        weights = perStep(batch, None, numbers.shape, self.chain.dtype)
        share = current()
        numbers, has = gathered(numbers), gathered(has)  # the gaps are drawn for the whole batch
        weights = None if weights is None else gathered(weights)
        counts = has if weights is None else has & (weights > 0)
        if not counts.any():
            raise ValueError(refusal(self.name, "a batch", "of texts with a step that counts", "none"))
        draws = np.where(counts, rng.random(numbers.shape), np.inf)
        gaps = draws < max(self.share, np.nextafter(draws.min(), 1))  # one at least
        kinds, others = rng.random(numbers.shape), rng.choice(numbers[has], numbers.shape)
        seen = np.where(kinds < MASKED, self.vocabulary.tokens.index(self.mask), numbers)
        seen = np.where((kinds >= MASKED) & (kinds < MASKED + OTHER), others, seen)
        if share is not None:
            numbers, has, gaps, seen = (one[:, share.columns] for one in (numbers, has, gaps, seen))
            weights = None if weights is None else weights[:, share.columns]
        y = np.zeros((len(numbers), tokens, x.shape[-1]), self.chain.dtype)
        np.put_along_axis(y, numbers[:, np.newaxis], 1, axis=1)
        inputs = np.where(gaps, seen, numbers).astype(self.chain.dtype)[:, np.newaxis]
        counting = gaps.astype(y.dtype) if weights is None else gaps * weights
        return Batch.of(inputs, y, mask=has, weights=counting)

    def _measured(
        self, label: Array, quantities: frozenset[str], batch: Batch, value: float | None
    ) -> dict[str, float]:
        gaps = divisor(_count(batch))
        right = self.chain.preactivation.argmax(axis=1) == label.argmax(axis=1)
        values = {"accuracy": float((right * batch.weights).sum(dtype=float)) / gaps}
        if value is not None:
            values |= {"loss": value + self.chain.penaltyValue(), "surprise": value * batch.size / gaps}
        return values

    def _checkNetwork(self) -> None:
        """ValueError if it does not give probabilities of all entries of the vocabulary."""
        self._checkLayers()
        checkProbabilities(self.name, "layers", self.chain, len(self.vocabulary))

    def _empty(self) -> MaskedLanguageModel:
        return MaskedLanguageModel(self.vocabulary, share=self.share, mask=self.mask)


def _nats(loss: Any) -> Loss:
    return instance("MaskedLanguageModel", "loss", loss, CategoricalCrossEntropy, "CategoricalCrossEntropy()")


def _count(batch: Batch) -> float:
    """Of the gaps."""
    return 0.0 if batch.weights is None else float(batch.weights.sum(dtype=float))
