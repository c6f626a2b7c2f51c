"""The encoder-decoder: a sequence written step by step, while another one is looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

from leibnet.arguments import instance, refusal
from leibnet.arrays import isFinite
from leibnet.ranks import divisor

import numpy as np

from dataset import Batch, Dataset, Vocabulary
from layers import Chain, Embedding, Layer, Wanted, attend, contextGradient
from loss import CategoricalCrossEntropy, Loss
from nn.models.model import Descent
from nn.models.objective import Objective
from nn.models.parts import locate
from nn.models.sequences.given import checkVocabulary
from nn.models.sequences.reading import contextOf
from nn.models.translation.pairs import Pairs, pairsOf
from nn.models.translation.translating import Translating
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.copying import Copying
from nn.watch.divergence import explain
from nn.watch.symptom import Observation, Symptom
from nn.watch.symptoms import general

LOOKED_AT = 50  # pairs of a step that are translated to see whether they are copied


class EncoderDecoder(Translating):
    """p(y₁, ..., y_T | x) = Π p(y_t | y₁, ..., y_{t-1}, x): what a sequence x of tokens becomes in another language.

    The encoder makes a vector of every token of x, the contexts. The decoder reads y from a token that says "start",
    and gives the probabilities of what comes next; its `CrossAttention` layers look at the contexts. In a training it
    reads the true y, all steps at once. Sutskever et al. 2014, arXiv:1409.3215; Bahdanau et al. 2014, arXiv:1409.0473;
    Vaswani et al. 2017, arXiv:1706.03762. First lecture, "TransCoder".

    Parameters
    ----------
    vocabulary : the `Vocabulary` of both languages; it is kept in the model's file.
    encoder : its layers, from the numbers of tokens (steps, 1, N) to contexts (steps, features, N).
    decoder : its layers, from the numbers of tokens (steps, 1, N) to probabilities (steps, len(vocabulary), N), with
        `CrossAttention` in them. None of them sees later steps: attention is causal, or they are recurrent.
    start, end : the tokens of the vocabulary with which a translation begins and ends; default "<start>", "<end>".
    loss : default `CategoricalCrossEntropy`, -ln p(y_t | ...) summed over the steps of y; no other one.

    It learns from pairs, see `Dataset.fromPairs` and `batchOf`. The quantities of `train` and `evaluate` are "loss",
    the mean over the pairs, "surprise", the same in nats a token, and "accuracy", the share of tokens that were the
    likeliest after the true ones before them.

    Example
    -------
    >>> from activations import ReLU, Softmax
    >>> from layers import Attention, CrossAttention, Dense, Embedding, LayerNormalization
    >>> from layers import PositionalEncoding, Residual, TimeDistributed
    >>> vocabulary = Vocabulary.characters("<>abc")
    >>> n, F = len(vocabulary), 8
    >>> def block(*first):
    ...     wide = TimeDistributed([Dense(F, 4 * F, ReLU()), Dense(4 * F, F)])
    ...     return [Residual([LayerNormalization(F), one]) for one in (*first, wide)]
    >>> encoder = [Embedding(n, F), PositionalEncoding(F, 20), *block(Attention(F, 2)), LayerNormalization(F)]
    >>> own, other = Attention(F, 2, causal=True), CrossAttention(F, 2)
    >>> end = TimeDistributed(Dense(F, n, Softmax()))
    >>> decoder = [Embedding(n, F), PositionalEncoding(F, 20), *block(own, other), LayerNormalization(F), end]
    >>> model = EncoderDecoder(vocabulary, encoder, decoder, start="<", end=">")
    >>> values = model.step(model.batchOf(["ab", "bca"], ["ba", "acb"]), StepContext(frozenset({"surprise"})))
    >>> len(model.translate(["ab", "cab"], length=5))
    2
    """

    quantities = {"loss": Direction.LOWER, "surprise": Direction.LOWER, "accuracy": Direction.HIGHER}
    metrics: ClassVar[tuple[str, ...]] = ("train_surprise", "validation_surprise", "test_surprise")
    shown: ClassVar[tuple[str, ...]] = ("surprise",)
    labelled = False
    nested: ClassVar[Mapping[str, Any]] = {
        "vocabulary": Vocabulary, "encoder": Layer, "decoder": Layer, "loss": Loss,
    }  # fmt: skip

    def __init__(
        self,
        vocabulary: Vocabulary,
        encoder: Chain | Iterable[Layer],
        decoder: Chain | Iterable[Layer],
        start: str = "<start>",
        end: str = "<end>",
        loss: Loss | None = None,
    ) -> None:
        remedy = "Vocabulary.ofTokens(...) or dataset.vocabulary"
        self.vocabulary = instance(self.name, "vocabulary", vocabulary, Vocabulary, remedy)
        self.encoder, self.decoder = self._network("encoder", encoder), self._network("decoder", decoder)
        self.start, self.end = start, end
        self._start, self._end = self._token("start", start), self._token("end", end)
        self.objective = Objective(self.decoder, CategoricalCrossEntropy() if loss is None else self._nats(loss))
        self._lastLoss = math.nan
        self._last: Pairs | None = None  # pairs of a step
        self._sums, self._tokens = dict[str, float](), 0.0  # of an evaluation so far
        self._checkNetworks()
        locate(self.networks())

    @property
    def loss(self) -> Loss:
        """-ln p(y | x)."""
        return self.objective.loss

    # What a model must say -------------------------------------------------------------------------------------------

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        if loss is not None:
            self.objective.loss = self._nats(loss)
        self._checkNetworks()
        if dataset is not None:
            self._checkDataset(dataset)
        self._sums, self._tokens = {}, 0.0

    def evaluate(self, data: Any, quantities: Iterable[str] | None = None, split: str = "test") -> dict[str, float]:
        if isinstance(data, Dataset):
            self._checkDataset(data)
        return super().evaluate(data, quantities, split)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        values = self._descend(self._pairs(batch), context.quantities, Wanted(input=False))
        for chain in self.networks().values():
            chain.update(factor=context.factor, batchSize=context.batchSize or batch.size)
        return values

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        pairs = self._pairs(batch)
        with self.encoder.use("inference"), self.decoder.use("inference"), ExitStack() as stack:
            self._forward(pairs, stack, training=False)
            values = self._figures(pairs)
        self._tokens += pairs.tokens
        for name in ("surprise", "accuracy"):
            self._sums[name] = self._sums.get(name, 0.0) + values[name] * pairs.tokens
        return {name: value for name, value in values.items() if name in quantities}

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        """Means over all tokens, also where batches have different numbers of them."""
        return {name: total / self._tokens for name, total in self._sums.items() if name in quantities and self._tokens}

    def losses(self, batch: Batch) -> dict[str, Descent]:
        pairs, wanted = self._pairs(batch), frozenset({"loss"})
        return {"loss": (self.namedLayers(), lambda: self._descend(pairs, wanted, Wanted(input=False))["loss"])}

    def lastLoss(self, seen: Observation) -> float:
        return self._lastLoss

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        chains = self.chains()[::-1]  # the data enter the last one
        return [*general(chains, self.lastLoss), Copying(self.decoder.layers[-1], self._copied)]

    # Inside ----------------------------------------------------------------------------------------------------------

    def _pairs(self, batch: Batch) -> Pairs:
        return pairsOf(self.name, batch, len(self.vocabulary), self.decoder.dtype)

    def _forward(self, pairs: Pairs, stack: ExitStack, training: bool) -> None:
        """The contexts, and the decoder's pass, whose masks stay until the stack is left."""
        stack.enter_context(self.encoder.masked(pairs.mask))
        stack.enter_context(self.decoder.masked(pairs.there))
        stack.callback(attend, self.decoder, None)
        contexts = self.encoder.forward(pairs.inputs, training)
        if not isFinite(contexts):
            raise explain(self.encoder.leaves(), "label", pairs.label)
        if pairs.sourceWeights is not None:
            stack.enter_context(self.encoder.weighed(pairs.sourceWeights))
        attend(self.decoder, contexts, pairs.mask)
        self.objective.forward(pairs.before, training)
        stack.enter_context(self.objective.weighed(pairs.weights))

    def _figures(self, pairs: Pairs) -> dict[str, float]:
        """All quantities of the last forward pass."""
        value = self.objective.value(pairs.label, pairs.weights)
        right = self.decoder.preactivation.argmax(axis=1) == pairs.after
        tokens = divisor(pairs.tokens)
        share = right.mean() if pairs.weights is None else (right * pairs.weights).sum(dtype=float) / tokens
        own = sum(chain.penaltyValue() for chain in self.networks().values())
        surprise = value * len(pairs.label.T) / tokens
        return {"loss": value + own, "surprise": surprise, "accuracy": float(share)}

    def _descend(self, pairs: Pairs, quantities: frozenset[str], wanted: Wanted) -> dict[str, float]:
        """The quantities of a forward pass, after the backward pass through both networks."""
        with ExitStack() as stack:
            self._forward(pairs, stack, training=True)
            values = self._figures(pairs)
            self._lastLoss, self._last = values["loss"], pairs
            first = next(iter(self.decoder.leaves().values()))  # a pass that ends there goes through all that looks
            through = self.encoder.learns and not (
                first.learns and isinstance(first, Embedding)
            )  # down to all contexts
            self.objective.backward(pairs.label, wanted._replace(input=through), pairs.weights)
            if self.encoder.learns:
                self.encoder.backward(contextGradient(self.decoder), wanted)
        if not (all(map(math.isfinite, values.values())) and self.encoder.hasFiniteGradients()):
            raise explain(self.namedLayers(), "label", pairs.label)
        return {name: value for name, value in values.items() if name in quantities}

    def _copied(self) -> float:
        """The share of some sources of the last step that are copied, of those whose targets are different."""
        if self._last is None:
            return math.nan
        pairs = [(x, first, y) for x, first, y in self._last.lists(self._end, LOOKED_AT) if x != y]
        if not pairs:
            return math.nan
        sources, starts = [np.array(x) for x, *_ in pairs], np.array([first for _, first, _ in pairs])
        length, most = len(self._last.inputs), contextOf(self.decoder)  # what is longer than that, it cannot copy
        written = self._written(sources, starts, length if most is None else min(length, most))
        return float(np.mean([x == y.tolist() for (x, *_), y in zip(pairs, written, strict=True)]))

    def _nats(self, loss: Any) -> Loss:
        return instance(self.name, "loss", loss, CategoricalCrossEntropy, "CategoricalCrossEntropy()")

    def _checkDataset(self, dataset: Dataset) -> None:
        """ValueError if it has no pairs, is of another vocabulary, or has sequences longer than the positions."""
        what, second = f"the data set {dataset.name!r}", dataset.second
        shapes = dataset.sampleShape, () if second is None else second.sampleShape
        if any(len(shape) != 2 or shape[1] != 1 for shape in shapes):
            remedy = "make it with Dataset.fromPairs(sources, targets, vocabulary=model.vocabulary)"
            raise ValueError(refusal(self.name, what, "of pairs of token sequences", shapes, remedy))
        checkVocabulary(self.name, dataset, self.vocabulary)
        for part, steps in (("encoder", shapes[0][0]), ("decoder", shapes[1][0] - 1)):
            most = contextOf(self.networks()[part])
            if most is not None and steps > most:
                expected = f"of sequences of at most {most} steps, the positions of the {part}"
                remedy = f"give its PositionalEncoding {steps} steps, or leave out longer sequences"
                raise ValueError(refusal(self.name, what, expected, steps, remedy))
