"""Translation of small programs without pairs, by the three steps of TransCoder, and what each step is worth.

A translation is right if it computes what its source computes for ten random inputs. Sizes, steps and noise were chosen
by 100 of the 400 pairs for validation; the 500 pairs for the test are translated once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from figures.row import Another, Figure, Setting, row

from activations import ReLU, Softmax
from dataset import Dataset, ProgramCorpora, computationalAccuracy, cooccurrenceVectors, programCorpora
from layers import (
    Attention,
    Chain,
    CrossAttention,
    Dense,
    Embedding,
    Layer,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
)
from nn import EncoderDecoder, MaskedLanguageModel, UnpairedTranslator
from nn.models.translation.unpairedtranslator import Lesson, Texts
from optimizer import Adam, Cosine, WarmUp

PROGRAMS, POSITIONS = 15_000, 80
WIDTH, HEADS, BLOCKS = 64, 4, 2
PRETRAINING, DENOISING, BACK, PAIRS = 1, 1, 4, 4  # epochs
NEAR = "Programs of at most three statements, signs and words (near)"
FAR = "Programs of at most three statements, infix and a stack machine's (far)"
MEASURE = "computes the same, {}"
WAYS = {"there": "there", "back": "and back"}
ADAM = Adam(lr=0.003, beta2=0.98, clipNorm=100.0)


def _figures(model: str, how: str, *anchors: Another | str) -> list[Figure]:
    """Both directions."""
    source = ("issue 19 of this project",) if anchors and isinstance(anchors[0], str) else ()
    return [
        Figure(way, f"{model}, {how}", MEASURE.format(text), "%", 1, "higher", *(anchors or ("",)), *source)
        for way, text in WAYS.items()
    ]


def _controls(model: str) -> list[Figure]:
    return [
        Figure(f"{way}, {how}", f"{model}, without pairs", f"{MEASURE.format(text)}: {how}", "%", 1)
        for how in ("copied", "another program")
        for way, text in WAYS.items()
    ]


@row(_figures(NEAR, "from pairs"), seconds=250, needs=())
def nearFromPairs(now: Setting) -> dict[str, float]:
    """In a quick look from a tenth of the programs, too."""
    corpora = programCorpora("brace", "word", round(now.factor * PROGRAMS), 400, 500, rng=now.seed)
    return _right(_paired(corpora, now), corpora)


@row([*_figures(NEAR, "without pairs", "60"), *_controls(NEAR)], seconds=550, needs=())
def nearTranslation(now: Setting) -> dict[str, float]:
    """All three steps."""
    corpora = _corpora("word", now)
    return _right(_unpaired(corpora, now), corpora) | _floor(corpora)


@row(_figures(NEAR, "without pre-training"), seconds=500, needs=())
def nearWithoutPretraining(now: Setting) -> dict[str, float]:
    corpora = _corpora("word", now)
    return _right(_unpaired(corpora, now, vectors=False, masked=False), corpora)


@row(_figures(NEAR, "without the masked language model"), seconds=500, needs=())
def nearWithoutMasked(now: Setting) -> dict[str, float]:
    """Words begin with vectors by their company, and nothing else is learnt before."""
    corpora = _corpora("word", now)
    return _right(_unpaired(corpora, now, masked=False), corpora)


@row(_figures(NEAR, "with the masked language model alone before"), seconds=500, needs=())
def nearWithoutVectors(now: Setting) -> dict[str, float]:
    """Words begin with vectors by chance."""
    corpora = _corpora("word", now)
    return _right(_unpaired(corpora, now, vectors=False), corpora)


@row(_figures(NEAR, "without back-translation"), seconds=350, needs=())
def nearWithoutBackTranslation(now: Setting) -> dict[str, float]:
    """It learns from noise in as many steps."""
    corpora = _corpora("word", now)
    return _right(_unpaired(corpora, now, back=False), corpora)


@row(_figures(NEAR, "back-translations filtered by running them"), seconds=600, needs=())
def nearFiltered(now: Setting) -> dict[str, float]:
    """It learns from those back-translations alone that compute the same. Running them is supervision."""
    corpora = _corpora("word", now)
    return _right(_unpaired(corpora, now, kind=_Filtered), corpora)


@row([*_figures(FAR, "without pairs", "50"), *_controls(FAR)], seconds=600, needs=())
def farTranslation(now: Setting) -> dict[str, float]:
    corpora = _corpora("stack", now)
    return _right(_unpaired(corpora, now), corpora) | _floor(corpora)


@row(_figures(FAR, "from pairs"), seconds=250, needs=())
def farFromPairs(now: Setting) -> dict[str, float]:
    corpora = _corpora("stack", now)
    return _right(_paired(corpora, now), corpora)


# Trainings ------------------------------------------------------------------------------------------------------------


class _Filtered(UnpairedTranslator):
    """It keeps the back-translations that compute the same as the true programs."""

    def backTranslate(self, texts: Texts, language: str) -> list[Lesson]:
        made = super().backTranslate(texts, language)
        names = [start.strip("<>") for start in self.languages]
        own, other = names if language == self.languages[0] else names[::-1]
        sources, targets = [one.source for one in made], [one.target for one in made]
        verdicts = computationalAccuracy(sources, targets, other, own).verdicts if made else []
        return [one for one, verdict in zip(made, verdicts, strict=True) if verdict == "right"]


def _corpora(second: str, now: Setting) -> ProgramCorpora:
    return programCorpora("brace", second, PROGRAMS, 400, 500, rng=now.seed)


def _unpaired(
    corpora: ProgramCorpora,
    now: Setting,
    vectors: bool = True,
    masked: bool = True,
    back: bool = True,
    kind: type[UnpairedTranslator] = UnpairedTranslator,
) -> UnpairedTranslator:
    """A translator after the steps."""
    model = _translator(corpora, kind)
    if vectors:
        given = cooccurrenceVectors(corpora.first, corpora.second, corpora.vocabulary, WIDTH, rng=now.seed)
        for network in (model.encoder, model.decoder):
            network.layers[0].weight = given
    if masked:
        _pretrain(model, corpora, now)
    dataset = Dataset.fromPairs(
        corpora.first,
        corpora.second,
        vocabulary=corpora.vocabulary,
        start=None,
        end=None,
        test_size=0,
        batch_size=128,
    )
    model.backTranslation = False
    model.train(dataset, epochs=now.epochs(DENOISING), metrics=[], schedule=WarmUp(0.1))
    model.backTranslation = back
    model.train(dataset, epochs=now.epochs(BACK), metrics=[], schedule=Cosine())
    return model


def _pretrain(model: EncoderDecoder, corpora: ProgramCorpora, now: Setting) -> None:
    """A masked language model of both languages: its layers are the encoder's, and the decoder gets copies of them."""
    tokens = len(corpora.vocabulary)
    top = TimeDistributed(Dense(WIDTH, tokens, Softmax(), ADAM))
    masked = MaskedLanguageModel(corpora.vocabulary, [*model.encoder.layers, top], share=0.25)
    texts = [corpora.vocabulary.encode(text) for text in (*corpora.first, *corpora.second)]
    dataset = Dataset.fromSequences(texts, test_size=0, batch_size=64)
    masked.train(dataset, epochs=now.epochs(PRETRAINING), metrics=[], schedule=WarmUp(0.1, Cosine()))
    begun = (
        layer
        for layer in model.decoder.layers
        if not any(isinstance(part, CrossAttention) for part in (layer, *layer.parts()))
    )
    for one, other in zip(Chain(masked.layers).learning(), Chain(begun).learning(), strict=True):
        other.parameterVector[...] = one.parameterVector


def _paired(corpora: ProgramCorpora, now: Setting) -> EncoderDecoder:
    """A translator that was told which program is which, in both directions."""
    model, (first, second) = _translator(corpora, UnpairedTranslator), corpora.paired()
    starts = model.languages
    targets = [[start, *text] for start, texts in zip(starts[::-1], (second, first), strict=True) for text in texts]
    dataset = Dataset.fromPairs(
        [*first, *second], targets, vocabulary=corpora.vocabulary, start=None, test_size=0, batch_size=64
    )
    taught = EncoderDecoder(corpora.vocabulary, model.encoder, model.decoder, starts[1])
    taught.train(dataset, epochs=now.epochs(PAIRS), metrics=[], schedule=WarmUp(0.1, Cosine()))
    return taught


def _translator(corpora: ProgramCorpora, kind: type[UnpairedTranslator]) -> UnpairedTranslator:
    """A Transformer of both languages."""
    first, second = corpora.languages
    tokens = len(corpora.vocabulary)

    def begin() -> list[Layer]:
        return [Embedding(tokens, WIDTH, ADAM), PositionalEncoding(WIDTH, POSITIONS)]

    def norm() -> Layer:
        return LayerNormalization(WIDTH, optimizer=ADAM)

    def blocks(*attentions: Callable[[], Layer]) -> Iterator[Layer]:
        for _ in range(BLOCKS):
            for attention in attentions:
                yield Residual([norm(), attention()])
            wide = [Dense(WIDTH, 4 * WIDTH, ReLU(), ADAM), Dense(4 * WIDTH, WIDTH, optimizer=ADAM)]
            yield Residual([norm(), TimeDistributed(wide)])

    def inside(causal: bool) -> Layer:
        return Attention(WIDTH, HEADS, causal=causal, optimizer=ADAM)

    own = blocks(lambda: inside(False))
    both = blocks(lambda: inside(True), lambda: CrossAttention(WIDTH, HEADS, optimizer=ADAM))
    top = TimeDistributed(Dense(WIDTH, tokens, Softmax(), ADAM))
    return kind(
        corpora.vocabulary,
        [*begin(), *own, norm()],
        [*begin(), *both, norm(), top],
        languages=[first.start, second.start],
    )


# Figures --------------------------------------------------------------------------------------------------------------


def _right(model: EncoderDecoder, corpora: ProgramCorpora) -> dict[str, float]:
    """The share of right translations of the test's programs, in both directions."""
    return {
        way: _share(model.translate(corpora.test[i], corpora.languages[1 - i].start), i, corpora)
        for i, way in enumerate(WAYS)
    }


def _floor(corpora: ProgramCorpora) -> dict[str, float]:
    """Those of the sources themselves, and of other programs of the right language."""
    found = {}
    for i, way in enumerate(WAYS):
        truth = corpora.test[1 - i]
        found[f"{way}, copied"] = _share(corpora.test[i], i, corpora)
        found[f"{way}, another program"] = _share([*truth[1:], truth[0]], i, corpora)
    return found


def _share(translations: Sequence[Sequence[str]], i: int, corpora: ProgramCorpora) -> float:
    languages = corpora.languages[1 - i], corpora.languages[i]
    return 100 * computationalAccuracy(translations, corpora.test[i], *languages, rng=0).share
