"""The encoder-decoder: a sequence written step by step, while another one is looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar

from leibnet.arguments import instance, number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from activations import Softmax
from dataset import Batch, Dataset, Vocabulary
from layers import Chain, CrossAttention, Layer, PositionalEncoding, Wanted, attend, contextGradient
from loss import CategoricalCrossEntropy, Loss
from nn.models.model import Descent, Model
from nn.models.objective import Objective
from nn.models.parts import checkDistinct, locate
from nn.models.sequences.beamsearch import beamSearch, drawn
from nn.models.sequences.given import checkBackwardLooking
from nn.models.sequences.pairs import Pairs, padded, pairsOf
from nn.models.sequences.written import Written
from nn.storage.onnx.exported import Exported
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.divergence import explain
from nn.watch.symptom import Observation, Symptom
from nn.watch.symptoms import general

AT_ONCE = 512  # hypotheses that are written together
SHORT = 2  # steps, to ask a network for the shape of what it gives


class EncoderDecoder(Model):
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
    >>> from activations import ReLU
    >>> from layers import Attention, Dense, Embedding, LayerNormalization, Residual, TimeDistributed
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
        remedy = "Vocabulary.tokens(...) or dataset.vocabulary"
        self.vocabulary = instance(self.name, "vocabulary", vocabulary, Vocabulary, remedy)
        self.encoder, self.decoder = self._network("encoder", encoder), self._network("decoder", decoder)
        self.start, self.end = start, end
        self._start, self._end = self._token("start", start), self._token("end", end)
        self.objective = Objective(self.decoder, CategoricalCrossEntropy() if loss is None else self._nats(loss))
        self._lastLoss, self._sums, self._tokens = math.nan, dict[str, float](), 0.0
        self._checkNetworks()
        locate(self.networks())

    @property
    def loss(self) -> Loss:
        """-ln p(y | x)."""
        return self.objective.loss

    # Use -------------------------------------------------------------------------------------------------------------

    def translate(
        self,
        sources: Iterable[Any],
        start: str | Sequence[str] | None = None,
        length: int | None = None,
        beams: int = 1,
        lengthPenalty: float = 0.0,
        temperature: float = 0.0,
        rng: np.random.Generator | int | None = None,
    ) -> list[Any]:
        """What the sources become: a list of texts or lists of tokens, as `vocabulary.decode` gives them.

        All are written at once, token by token; what is written already is not computed again.

        Parameters
        ----------
        sources : texts, or lists of tokens, as `vocabulary.encode` takes them.
        start : the token that a translation begins with, which may say the language it is to be in, or a list of such,
            one for each source; default the model's.
        length : how many tokens are written at most, the end among them; default twice those of the longest source and
            ten more, but no more than the decoder has positions. One that has not ended by then is given as it is.
        beams : how many hypotheses are kept, see `beamSearch`; default 1, the likeliest token every time.
        lengthPenalty : α >= 0 of the score ln p / n^α by which hypotheses of n tokens are compared; default 0.
        temperature : with τ > 0, tokens are drawn, p_i ∝ exp(ln p_i / τ); default 0, and with several beams.
        rng : generator or seed for that; default the library's own.

        Raises
        ------
        ValueError : a token that the vocabulary does not have, an empty source, one longer than the encoder has
            positions; more tokens to be written than the decoder has; several beams and a temperature.
        """
        owner, most = f"{self.name}.translate", positions(self.decoder)
        numbers = self._encoded(owner, "sources", sources)
        starts = self._starts(owner, start, len(numbers))
        beams = wholeNumber(owner, "beams", beams)
        alpha = number(owner, "lengthPenalty", lengthPenalty, low=0)
        tau = number(owner, "temperature", temperature, low=0)
        source = randomGenerator(owner, rng) or self.decoder.generator()
        if tau and beams > 1:
            raise ValueError(refusal(owner, "temperature", "0 with several beams, which draw nothing", tau))
        if length is None:
            length = min(2 * max(map(len, numbers), default=0) + 10, most or math.inf)
        length = wholeNumber(owner, "length", length)
        if most is not None and length > most:
            raise ValueError(refusal(owner, "length", f"at most {most}, the positions of the decoder", length))
        found: list[Array] = [np.empty(0, int)] * len(numbers)
        order = sorted(range(len(numbers)), key=lambda place: len(numbers[place]))  # of one length together
        several = max(1, AT_ONCE // beams)
        for first in range(0, len(order), several):
            here = order[first : first + several]
            with ExitStack() as stack:
                for network in (self.encoder, self.decoder):
                    stack.enter_context(network.use("inference"))
                x, mask = padded([numbers[place] for place in here], self.encoder.dtype)
                with self.encoder.masked(mask):
                    contexts = self.encoder.forward(x, training=False)
                after = stack.enter_context(Written(self.decoder, contexts, mask))
                given = starts[here], self._end, length
                many = drawn(after, *given, tau, source) if tau else beamSearch(after, *given, beams, alpha)
            for place, tokens in zip(here, many, strict=True):
                found[place] = tokens
        return [self.vocabulary.decode(tokens) for tokens in found]

    def batchOf(self, sources: Iterable[Any], targets: Iterable[Any], start: str | Sequence[str] | None = None) -> Batch:
        """A batch of pairs, for `step`, `evaluate` and `checkGradients`; without beginning and end, which it adds.

        So a training of your own has batches of what it makes in its steps, such as back-translations:

            model.step(model.batchOf(model.translate(texts, "<other>"), texts, "<one>"), context)

        Parameters
        ----------
        sources, targets : texts or lists of tokens, as many of both.
        start : the token that the targets begin with, or a list of such; default the model's.
        """
        owner = f"{self.name}.batchOf"
        x, y = self._encoded(owner, "sources", sources), self._encoded(owner, "targets", targets, least=0)
        if len(x) != len(y) or not x:
            raise ValueError(refusal(owner, "targets", f"{len(x) or 'one or more'}, as many as sources", len(y)))
        starts = self._starts(owner, start, len(y))
        whole = [np.array([first, *one, self._end]) for first, one in zip(starts, y, strict=True)]
        (inputs, mask), (second, second_mask) = (padded(one, self.encoder.dtype) for one in (x, whole))
        return Batch.of(inputs, mask=mask, second=second, secondMask=second_mask)

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {"encoder": self.encoder, "decoder": self.decoder}

    def namedLayers(self) -> dict[str, Layer]:
        return {
            f"{part}.{name}": leaf for part, chain in self.networks().items() for name, leaf in chain.leaves().items()
        }

    @property
    def inputShape(self) -> None:
        """Sequences may have any length."""
        return None

    def exported(self) -> dict[str, Exported]:
        """The two networks for other programs."""
        return {name: Exported(chain.children(), inputShape=self.sampleShape) for name, chain in self.networks().items()}

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        if loss is not None:
            self.objective.loss = self._nats(loss)
        self._checkNetworks()
        if dataset is not None:
            self._checkDataset(dataset)
        self._sums, self._tokens = {}, 0.0

    def evaluate(
        self, data: Any, quantities: Iterable[str] | None = None, split: str = "test"
    ) -> dict[str, float]:
        if isinstance(data, Dataset):
            self._checkDataset(data)
        return super().evaluate(data, quantities, split)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        values = self._descend(self._pairs(batch), context.quantities, Wanted(input=False))
        for chain in self.networks().values():
            chain.update(factor=context.factor, batchSize=context.batchSize)
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
        return general(self.chains()[::-1], self.lastLoss)  # the data enter the last one

    # Inside ----------------------------------------------------------------------------------------------------------

    def _pairs(self, batch: Batch) -> Pairs:
        return pairsOf(self.name, batch, len(self.vocabulary), self.decoder.dtype)

    def _forward(self, pairs: Pairs, stack: ExitStack, training: bool) -> None:
        """The contexts, and the decoder's pass, whose masks stay until the stack is left."""
        stack.enter_context(self.encoder.masked(pairs.mask))
        stack.enter_context(self.decoder.masked(pairs.there))
        stack.callback(attend, self.decoder, None)
        attend(self.decoder, self.encoder.forward(pairs.inputs, training), pairs.mask)
        self.objective.forward(pairs.before, training)
        stack.enter_context(self.objective.weighed(pairs.weights))

    def _figures(self, pairs: Pairs) -> dict[str, float]:
        """All quantities of the last forward pass."""
        value = self.objective.value(pairs.label, pairs.weights)
        right = self.decoder.preactivation.argmax(axis=1) == pairs.after
        share = right.mean() if pairs.weights is None else (right * pairs.weights).sum(dtype=float) / pairs.tokens
        own = sum(chain.penaltyValue() for chain in self.networks().values())
        surprise = value * len(pairs.label.T) / pairs.tokens
        return {"loss": value + own, "surprise": surprise, "accuracy": float(share)}

    def _descend(self, pairs: Pairs, quantities: frozenset[str], wanted: Wanted) -> dict[str, float]:
        """The quantities of a forward pass, after the backward pass through both networks."""
        with ExitStack() as stack:
            self._forward(pairs, stack, training=True)
            values = self._figures(pairs)
            self._lastLoss = values["loss"]
            through = self.encoder.learns and not self.decoder.layers[0].learns  # also where all of it is frozen
            self.objective.backward(pairs.label, wanted._replace(input=through), pairs.weights)
            if self.encoder.learns:
                self.encoder.backward(contextGradient(self.decoder), wanted)
        finite = all(map(math.isfinite, values.values())) and self.encoder.hasFiniteGradients()
        if not finite:
            raise explain(self.namedLayers(), "label", pairs.label)
        return {name: value for name, value in values.items() if name in quantities}

    def _encoded(self, owner: str, name: str, texts: Iterable[Any], least: int = 1) -> list[Array]:
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
            raise TypeError(refusal(owner, name, "a list of texts, or of lists of tokens", texts))
        numbers = [self.vocabulary.encode(text) for text in texts]
        for place, one in enumerate(numbers):
            if len(one) < least:
                raise ValueError(refusal(owner, f"{name}[{place}]", "one token or more", "none"))
        return numbers

    def _starts(self, owner: str, start: Any, count: int) -> Array:
        """The numbers of the tokens that so many translations begin with."""
        if start is None or isinstance(start, str):
            return np.full(count, self._start if start is None else self._token("start", start))
        starts = [self._token(f"start[{place}]", one) for place, one in enumerate(start)]
        if len(starts) != count:
            raise ValueError(refusal(owner, "start", f"a token, or {count}, one for each source", len(starts)))
        return np.array(starts)

    def _token(self, name: str, token: Any) -> int:
        if not isinstance(token, str) or token not in self.vocabulary.tokens:
            raise ValueError(refusal(self.name, name, "a token of the vocabulary", token))
        return self.vocabulary.tokens.index(token)

    def _network(self, part: str, given: Any) -> Chain:
        chain = given if isinstance(given, Chain) else Chain(given)
        if not chain.layers:
            raise ValueError(refusal(self.name, part, "a list of layers", "none"))
        return chain

    def _nats(self, loss: Any) -> Loss:
        return instance(self.name, "loss", loss, CategoricalCrossEntropy, "CategoricalCrossEntropy()")

    def _checkNetworks(self) -> None:
        """ValueError if the two do not fit each other and the vocabulary."""
        checkDistinct(self.name, self.networks())
        checkBackwardLooking(self.name, "the decoder", self.decoder)
        looking = [leaf for leaf in self.decoder.leaves().values() if isinstance(leaf, CrossAttention)]
        if not looking:
            expected, remedy = "with CrossAttention in it, which looks at what the encoder gives", "put one in"
            raise ValueError(refusal(self.name, "the decoder", expected, self.decoder, remedy))
        shape = self.encoder.outputShape((SHORT, 1))
        if shape != (SHORT, looking[0].features):
            expected = f"contexts ({SHORT}, {looking[0].features}) of {SHORT} tokens, as {looking[0].describe()} takes"
            raise ValueError(refusal(self.name, "the encoder", expected, shape))
        tokens, last, given = len(self.vocabulary), self.decoder.activation, self.decoder.outputShape((SHORT, 1))
        if given != (SHORT, tokens) or last is None or last.link != Softmax.link:
            end = f"TimeDistributed(Dense(..., {tokens}, Softmax()))"
            expected = f"layers that end in {end}, for {tokens} entries of the vocabulary"
            raise ValueError(
                refusal(self.name, "the decoder", expected, f"{self.decoder.layers[-1]!r}, which gives {given}")
            )

    def _checkDataset(self, dataset: Dataset) -> None:
        other = dataset.vocabulary
        if other is not None and other != self.vocabulary:
            got, remedy = f"{dataset.name!r} with {other!r}", "make it with vocabulary=model.vocabulary"
            raise ValueError(refusal(self.name, "the data set", f"one of its own {self.vocabulary!r}", got, remedy))

    def __repr__(self) -> str:
        blocks = [f"{name}: {chain.table()}" for name, chain in self.networks().items()]
        head = f"{self.name}, {len(self.vocabulary)} tokens"
        return "\n".join([head, *blocks, f"{self.numParameters():,} parameters in all"])


def positions(network: Layer) -> int | None:
    """How many steps a network knows positions of; None: any number."""
    return min(
        (leaf.steps for leaf in network.leaves().values() if isinstance(leaf, PositionalEncoding)), default=None
    )
