"""The language model: what comes next in a text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from leibnet.arguments import instance, number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset, Vocabulary
from layers import Attention, Layer, memory, remember
from loss import CategoricalCrossEntropy, Loss
from nn.models.evaluation import Pair
from nn.models.mlp import MLP
from nn.models.sequences.drawing import drawnToken
from nn.models.sequences.given import checkBackwardLooking, checkProbabilities, checkVocabulary
from nn.models.sequences.reading import contextOf, latest, stretches, windowed
from nn.training.metrics import Direction
from nn.training.step import StepContext


class LanguageModel(MLP):
    """p(x₁, ..., x_T) = Π p(x_t | x₁, ..., x_{t-1}): a network that says at every place of a text what comes next.

    Its layers take the numbers of characters (or words) as sequences (steps, 1, N), and give probabilities of the next
    one, (steps, len(vocabulary), N): an `Embedding`, recurrent layers, and a `TimeDistributed` layer with a Softmax. It
    is trained by truncated backpropagation through time: the text is cut into parallel streams, a step sees a window of
    each, and what the recurrent layers remember at its end is where the next window begins (`Dataset.fromText`).
    Graves 2013, arXiv:1308.0850; fourth lecture, "LSTMs as generative networks".

    With causal `Attention` in the place of recurrent layers it is a Transformer (Vaswani et al. 2017, arXiv:1706.03762;
    Radford et al. 2018). Where a `PositionalEncoding` has positions for T steps, the model sees at most T tokens, its
    `context`: in trainings and evaluations every window begins anew. Texts may be longer, see `surprises`.

    Parameters
    ----------
    vocabulary : the `Vocabulary` of the text; it is kept in the model's file.
    layers : the layers, in order; more can be added with `addLayer`.
    loss : default `CategoricalCrossEntropy`, -ln p(x_t | ...) summed over the steps of a window; no other one, for a
        surprise is made of it.

    The quantities of `train` and `evaluate` are "loss", "surprise", which is the loss of a step in nats, and
    "accuracy", the share of steps at which the likeliest character was the right one.

    Example
    -------
    >>> from activations import Softmax
    >>> from layers import LSTM, Dense, Embedding, TimeDistributed
    >>> text = "to be, or not to be: that is the question. " * 20
    >>> dataset = Dataset.fromText(text, steps=20, batch_size=4)
    >>> n = len(dataset.vocabulary)
    >>> top = TimeDistributed(Dense(32, n, Softmax()))
    >>> model = LanguageModel(dataset.vocabulary, [Embedding(n, 8), LSTM(8, 32), top])
    >>> history = model.train(dataset, epochs=2)
    >>> len(model.generate("to be", 30, rng=0))
    30
    """

    quantities = {**MLP.quantities, "surprise": Direction.LOWER}
    metrics: ClassVar[tuple[str, ...]] = ("train_surprise", "validation_surprise", "test_surprise")
    shown: ClassVar[tuple[str, ...]] = ("surprise",)
    nested: ClassVar[Mapping[str, Any]] = {**MLP.nested, "vocabulary": Vocabulary}

    def __init__(self, vocabulary: Vocabulary, layers: Iterable[Layer] = (), loss: Loss | None = None) -> None:
        self.vocabulary = instance(
            "LanguageModel", "vocabulary", vocabulary, Vocabulary, "Vocabulary.characters(text) or dataset.vocabulary"
        )
        self._nats, self._steps = 0.0, 0  # of an evaluation so far
        super().__init__(layers, CategoricalCrossEntropy() if loss is None else _checked_loss(loss))

    # Use -------------------------------------------------------------------------------------------------------------

    def generate(
        self,
        prompt: str,
        length: int = 200,
        temperature: float = 1.0,
        top: int | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> str:
        """So many characters (or words) that go on after the prompt, drawn one after the other.

        What was read is kept, and not computed again: the states of recurrent layers, keys and values of attention. A
        model with a `context` goes on beyond it as `surprises` says.

        Parameters
        ----------
        prompt : what the network reads first, at least one character of its vocabulary.
        length : how many are drawn; default 200.
        temperature : τ >= 0 in p_i ∝ exp(z_i / τ): below 1 the likely ones become likelier; with 0, the likeliest is
            taken. Default 1: as the network says.
        top : k: only the k likeliest are drawn from (Fan et al. 2018, arXiv:1805.04833); default all.
        rng : generator or seed; default the library's own.

        Raises
        ------
        ValueError : a character that the vocabulary does not have, an empty prompt, `top` above the vocabulary's size;
            layers that see later steps, or that do not end in a Softmax for the vocabulary.
        """
        self._checkNetwork()
        rng = randomGenerator("generate", rng) or self.chain.generator()
        length = wholeNumber("generate", "length", length, least=0)
        temperature = number("generate", "temperature", temperature, low=0)
        top = None if top is None else wholeNumber("generate", "top", top)
        if top is not None and top > len(self.vocabulary):
            expected = f"at most the {len(self.vocabulary)} entries of the vocabulary"
            raise ValueError(refusal("generate", "top", expected, top))
        prompted = self._numbers("generate", "prompt", prompt, 1)
        read, text = 0, np.concatenate((prompted, np.empty(length, prompted.dtype)))
        with self._stream():
            for place in range(len(prompted), len(text)):
                for stretch in latest(read, place, self.context):
                    y = self._read(text[stretch.begin : stretch.end], stretch.anew)
                text[place] = drawnToken(y[-1, :, 0], temperature, top, rng)
                read = place
        return self.vocabulary.decode(text[len(prompted) :])

    def surprise(self, text: str) -> float:
        """-1/(T-1) Σ ln p(x_t | x₁, ..., x_{t-1}), in nats a character (or word), of a text of T, from its second on.

        The text is read as one stream: the recurrent layers remember all that was before. e to its power is the
        perplexity. See `surprises` for that of every character.
        """
        return float(np.mean(self.surprises(text)))

    def surprises(self, text: str) -> Array:
        """-ln p(x_t | x₁, ..., x_{t-1}) for t = 2, ..., T, (T - 1,), in nats: where the network was surprised.

        A model with a `context` that is full forgets it, reads the last half of it again, and goes on: so it sees, but
        for the beginning of the text, half a context to a whole one. (`evaluate` lets all windows of a data set begin
        with nothing, and so is surprised more.)
        """
        self._checkNetwork()
        numbers = self._numbers("surprises", "text", text, 2)
        found = np.empty(len(numbers) - 1)
        with self._stream():
            for y, places in self._readAll(numbers[:-1]):
                p = np.take_along_axis(y, numbers[1:][places].reshape(y.shape[0], 1), axis=1)[:, 0]
                found[places] = -np.log(np.maximum(p, np.finfo(p.dtype).tiny))
        return found

    def attention(self, text: str) -> dict[str, Array]:
        """Where the model looks while it reads a text: the weights of every `Attention`, (heads, T, T), by its name.

        Row t says how much of each character (or word) goes into what a head says at t; see `plots.plotAttention`.
        ValueError for a text longer than the `context`.
        """
        self._checkNetwork()
        numbers = self._numbers("attention", "text", text, 1)
        if self.context is not None and len(numbers) > self.context:
            expected = f"at most {self.context} entries of the vocabulary, the model's context"
            raise ValueError(refusal("attention", "text", expected, len(numbers)))
        found = {name: leaf for name, leaf in self.namedLayers().items() if isinstance(leaf, Attention)}
        with self._stream():
            self._read(numbers)
            return {name: layer.attentionWeights[..., 0].copy() for name, layer in found.items()}

    @property
    def context(self) -> int | None:
        """How many tokens it sees at most, the least `steps` of its `PositionalEncoding` layers; None: all before."""
        return contextOf(self.chain)

    def _readAll(self, numbers: Array) -> Iterator[tuple[Array, slice]]:
        """The probabilities (n, len(vocabulary)) after the tokens at these n places of a text, and the places."""
        if self.context is None:
            for stretch in stretches(0, len(numbers), None):
                yield self._read(numbers[stretch.begin : stretch.end])[:, :, 0], slice(stretch.begin, stretch.end)
            return
        for windows, new, places in windowed(numbers, self.context):
            there = slice(places.start, min(places.stop, len(numbers)))
            y = self.chain.forward(windows[:, np.newaxis].astype(self.chain.dtype), training=False)
            yield np.moveaxis(y[new], -1, 0).reshape(-1, y.shape[1])[: there.stop - there.start], there

    @contextmanager
    def _stream(self) -> Iterator[None]:
        """A stretch in which a text is read from its beginning; whatever ends it, nothing of that stays."""
        with self.chain.use("inference"):
            remember(self.chain, None)
            try:
                yield
            finally:
                remember(self.chain, None)

    def _read(self, numbers: Array, anew: bool = False) -> Array:
        """The probabilities (steps, len(vocabulary), 1) after each of these.

        The layers go on from where they were, or begin `anew`.
        """
        if anew:
            remember(self.chain, None)
        y: Array = self.chain.forward(numbers.reshape(-1, 1, 1).astype(self.chain.dtype), training=False)
        remember(self.chain, memory(self.chain))
        return y

    def _numbers(self, owner: str, name: str, text: Any, least: int) -> Array:
        if not isinstance(text, str):
            raise TypeError(refusal(owner, name, "a text", text))
        numbers = self.vocabulary.encode(text)
        if len(numbers) < least:
            expected = f"a text of at least {least} {'entry' if least == 1 else 'entries'} of the vocabulary"
            raise ValueError(refusal(owner, name, expected, text))
        return numbers

    def _checkNetwork(self) -> None:
        """ValueError if it does not give probabilities of all entries of the vocabulary, or sees later steps."""
        self._checkLayers()
        checkBackwardLooking("LanguageModel", "layers", self.chain, attention=True)
        checkProbabilities("LanguageModel", "layers", self.chain, len(self.vocabulary))

    def _empty(self) -> LanguageModel:
        return LanguageModel(self.vocabulary)

    # What a model must say -------------------------------------------------------------------------------------------

    def evaluate(
        self, data: Dataset | Batch | Pair | Array, quantities: Iterable[str] | None = None, split: str = "test"
    ) -> dict[str, float]:
        if isinstance(data, Dataset):
            checkVocabulary("LanguageModel", data, self.vocabulary)
        return super().evaluate(data, quantities, split)

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        self._checkNetwork()
        _checked_loss(self.objective.loss if loss is None else loss)
        if dataset is not None:
            checkVocabulary("LanguageModel", dataset, self.vocabulary)
        super().prepare(loss, dataset)
        self._nats, self._steps = 0.0, 0

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        return super().step(batch, context._replace(quantities=_with_loss(context.quantities)))

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        values = super().measure(batch, _with_loss(quantities))
        if "surprise" in quantities:
            steps = _count(batch)
            self._nats, self._steps = self._nats + values["surprise"] * steps, self._steps + steps
        return values

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        return {"surprise": self._nats / self._steps} if "surprise" in quantities and self._steps else {}

    def _measured(
        self, label: Array, quantities: frozenset[str], batch: Batch, value: float | None
    ) -> dict[str, float]:
        values = super()._measured(label, quantities, batch, value)
        if value is not None and "surprise" in quantities:
            values["surprise"] = value * batch.size / _count(batch)
        return values


def _checked_loss(loss: Any) -> Loss:
    """The loss itself, if it is one in nats."""
    return instance("LanguageModel", "loss", loss, CategoricalCrossEntropy, "CategoricalCrossEntropy()")


def _with_loss(quantities: frozenset[str]) -> frozenset[str]:
    return quantities | {"loss"} if "surprise" in quantities else quantities


def _count(batch: Batch) -> int:
    """The steps of its samples, together."""
    return math.prod(batch.inputs.shape[:-2]) * batch.size if batch.mask is None else int(batch.mask.sum())
