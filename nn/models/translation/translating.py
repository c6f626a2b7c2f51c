"""What an encoder-decoder tells of sequences: translations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset import Batch, Vocabulary
from layers import Chain, CrossAttention, attend
from nn.models.model import Model
from nn.models.parts import checkDistinct
from nn.models.sequences.given import checkBackwardLooking, checkProbabilities, checkTokens, shapeOf
from nn.models.sequences.reading import contextOf
from nn.models.translation.beamsearch import beamSearch, drawn, hypotheses
from nn.models.translation.pairs import encoded, padded
from nn.models.translation.written import Written
from nn.storage.onnx.exported import Exported

AT_ONCE = 512  # hypotheses that are written together
STEEPEST = 10  # of length penalties
T = TypeVar("T")


class Alternative(NamedTuple):
    """A translation that a beam search has kept.

    Attributes
    ----------
    tokens : as a list.
    score : ln p / n^α of its n tokens, the end counted; α: the length penalty.
    ended : whether it came to its end; one that did not could go on.
    """

    tokens: list[str]
    score: float
    ended: bool


class Translating(Model):
    """What a model of two networks that writes sequences of tokens tells. Base of `EncoderDecoder`, which learns."""

    vocabulary: Vocabulary
    encoder: Chain
    decoder: Chain
    start: str
    end: str
    _start: int  # their numbers
    _end: int

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
    ) -> list[list[str]]:
        """What the sources become, in the other language: a list of tokens for each.

        All are written at once, token by token; what is written already is not computed again.

        Parameters
        ----------
        sources : lists of tokens, or texts, as `vocabulary.encode` takes them.
        start : the token that a translation begins with, which may say the language it is to be in, or a list of such,
            one for each source; default the model's.
        length : how many tokens are written at most, the end among them; default twice those of the longest source and
            ten more, but no more than the decoder has positions. One that has not ended by then is given as it is.
        beams : how many hypotheses are kept, see `beamSearch`; default 1, the likeliest token every time.
        lengthPenalty : α from 0 to 10 of the score ln p / n^α by which hypotheses of n tokens are compared; default 0.
        temperature : with τ > 0, tokens are drawn, p_i ∝ exp(ln p_i / τ); default 0, and with several beams.
        rng : generator or seed for that; default the library's own.

        Raises
        ------
        ValueError : a token that the vocabulary does not have; a source longer than the encoder has positions; more
            tokens to be written than the decoder has; several beams and a temperature.
        """
        owner = f"{self.name}.translate"
        numbers = self._sources(owner, sources)
        starts = self._starts(owner, start, len(numbers))
        beams = wholeNumber(owner, "beams", beams)
        alpha = number(owner, "lengthPenalty", lengthPenalty, low=0, high=STEEPEST)
        tau = number(owner, "temperature", temperature, low=0)
        source = randomGenerator(owner, rng) or self.decoder.generator()
        if tau and beams > 1:
            raise ValueError(refusal(owner, "temperature", "0 with several beams, which draw nothing", tau))
        given = self._end, self._length(owner, length, numbers)

        def find(after: Written, first: Array) -> list[Array]:
            return drawn(after, first, *given, tau, source) if tau else beamSearch(after, first, *given, beams, alpha)

        return [self._asTokens(one) for one in self._found(numbers, starts, beams, find)]

    def alternatives(
        self,
        source: Any,
        start: str | None = None,
        length: int | None = None,
        beams: int = 4,
        lengthPenalty: float = 0.0,
    ) -> list[Alternative]:
        """What a beam search keeps of one source, the best first, which is what `translate` gives.

        Parameters
        ----------
        source : a list of tokens, or a text.
        start, length, beams, lengthPenalty : as for `translate`; default 4 beams.
        """
        owner = f"{self.name}.alternatives"
        numbers = self._sources(owner, [source])
        starts, beams = self._starts(owner, start, 1), wholeNumber(owner, "beams", beams)
        alpha = number(owner, "lengthPenalty", lengthPenalty, low=0, high=STEEPEST)
        given = self._end, self._length(owner, length, numbers), beams, alpha
        (found,) = self._found(numbers, starts, beams, lambda after, first: hypotheses(after, first, *given))
        return [Alternative(self._asTokens(one.tokens), one.score, one.ended) for one in found]

    def batchOf(
        self, sources: Iterable[Any], targets: Iterable[Any], start: str | Sequence[str] | None = None
    ) -> Batch:
        """A batch of pairs, for `step`, `evaluate` and `checkGradients`; without beginning and end, which it adds.

        So a training of your own has batches of what it makes in its steps, such as back-translations:

            model.step(model.batchOf(model.translate(texts, "<other>"), texts, "<one>"), context)

        Parameters
        ----------
        sources, targets : lists of tokens, or texts, as many of both.
        start : the token that the targets begin with, or a list of such; default the model's.
        """
        owner = f"{self.name}.batchOf"
        x, y = encoded(owner, "sources", sources, self.vocabulary), encoded(owner, "targets", targets, self.vocabulary)
        if len(x) != len(y) or not x:
            raise ValueError(refusal(owner, "targets", f"{len(x) or 'one or more'}, as many as sources", len(y)))
        starts = self._starts(owner, start, len(y))
        whole = [np.array([first, *one, self._end]) for first, one in zip(starts, y, strict=True)]
        (inputs, mask), (second, second_mask) = (padded(one, self.encoder.dtype) for one in (x, whole))
        return Batch.of(inputs, mask=mask, second=second, secondMask=second_mask)

    def attention(self, source: Any, target: Any, start: str | None = None) -> dict[str, Array]:
        """Where the decoder looks while it writes a target: the weights of every `CrossAttention`, (heads, T + 1, S).

        Row t says how much of each of the S tokens of the source goes into what a head says when the t-th of the T
        tokens of the target is to come, the last one when the end is; by the names of the layers. See
        `plots.plotAttention`:

            plotAttention(model.attention(source, target), [*target, model.end], source)
        """
        batch = self.batchOf([source], [target], start)
        with self.encoder.use("inference"), self.decoder.use("inference"):
            attend(self.decoder, self.encoder.forward(batch.inputs, training=False))
            try:
                self.decoder.forward(batch.second[:-1], training=False)
                return {
                    name: leaf.attentionWeights[..., 0].copy()
                    for name, leaf in self.namedLayers().items()
                    if isinstance(leaf, CrossAttention)
                }
            finally:
                attend(self.decoder, None)

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {"encoder": self.encoder, "decoder": self.decoder}

    @property
    def inputShape(self) -> None:
        """Sequences may have any length."""
        return None

    def exported(self) -> dict[str, Exported]:
        """The two networks for other programs."""
        return {
            name: Exported(chain.children(), inputShape=self.sampleShape) for name, chain in self.networks().items()
        }

    # Inside ----------------------------------------------------------------------------------------------------------

    def _written(self, sources: Sequence[Array], starts: Array, length: int) -> list[Array]:
        """The likeliest token every time, as numbers."""
        return self._found(sources, starts, 1, lambda after, first: beamSearch(after, first, self._end, length))

    def _found(
        self, sources: Sequence[Array], starts: Array, beams: int, find: Callable[[Written, Array], list[T]]
    ) -> list[T]:
        """What `find` makes of the sources, given by their numbers; those of one length are written together."""
        found: dict[int, T] = {}
        order = sorted(range(len(sources)), key=lambda place: len(sources[place]))
        several = max(1, AT_ONCE // beams)
        for first in range(0, len(order), several):
            here = order[first : first + several]
            x, mask = padded([sources[place] for place in here], self.encoder.dtype)
            with self.encoder.use("inference"), self.decoder.use("inference"), self.encoder.masked(mask):
                contexts = self.encoder.forward(x, training=False)
                with Written(self.decoder, contexts, mask) as after:
                    found |= zip(here, find(after, starts[here]), strict=True)
        return [found[place] for place in range(len(sources))]

    def _sources(self, owner: str, sources: Iterable[Any]) -> list[Array]:
        """The numbers of their tokens."""
        found, most = encoded(owner, "sources", sources, self.vocabulary), contextOf(self.encoder)
        for place, one in enumerate(found):
            if most is not None and len(one) > most:
                expected = f"of at most {most} tokens, the positions of the encoder"
                raise ValueError(refusal(owner, f"sources[{place}]", expected, len(one)))
        return found

    def _length(self, owner: str, length: Any, sources: Sequence[Array]) -> int:
        """How many tokens are written at most."""
        most = contextOf(self.decoder)
        if length is None:
            length = 2 * max(map(len, sources), default=0) + 10
            length = length if most is None else min(length, most)
        length = wholeNumber(owner, "length", length)
        if most is not None and length > most:
            raise ValueError(refusal(owner, "length", f"at most {most}, the positions of the decoder", length))
        return length

    def _asTokens(self, numbers: Array) -> list[str]:
        return [self.vocabulary.tokens[one] for one in numbers]

    def _starts(self, owner: str, start: Any, count: int) -> Array:
        """The numbers of the tokens that so many translations begin with."""
        if start is None or isinstance(start, str):
            return np.full(count, self._start if start is None else self._token("start", start))
        if not isinstance(start, Sequence):
            raise TypeError(refusal(owner, "start", "a token of the vocabulary, or a list of such", start))
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

    def _checkNetworks(self) -> None:
        """ValueError if the two do not fit each other and the vocabulary."""
        checkDistinct(self.name, self.networks())
        checkBackwardLooking(self.name, "the decoder", self.decoder, attention=True, context=True)
        looking = [leaf for leaf in self.decoder.leaves().values() if isinstance(leaf, CrossAttention)]
        if not looking:
            expected, remedy = "with CrossAttention in it, which looks at what the encoder gives", "put one in"
            raise ValueError(refusal(self.name, "the decoder", expected, self.decoder, remedy))
        shape, steps = shapeOf(self.encoder)
        for one in looking:
            if shape != (steps, one.features):
                expected = f"contexts ({steps}, {one.features}) of {steps} tokens, as {one.describe()} takes"
                raise ValueError(refusal(self.name, "the encoder", expected, shape))
        checkTokens(self.name, "the encoder", self.encoder, len(self.vocabulary))
        checkProbabilities(self.name, "the decoder", self.decoder, len(self.vocabulary))

    def __repr__(self) -> str:
        blocks = [f"{name}: {chain.table()}" for name, chain in self.networks().items()]
        head = f"{self.name}, {len(self.vocabulary)} tokens"
        return "\n".join([head, *blocks, f"{self.numParameters():,} parameters in all"])
