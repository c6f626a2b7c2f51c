"""Trains a translator between two small programming languages without a single pair, by the steps of TransCoder.

    python examples/train_translation.py
    python examples/train_translation.py --pair far
    python examples/train_translation.py --statements 3 --programs 15000 --units 64
    python examples/train_translation.py --no-pretraining
    python examples/train_translation.py --no-back-translation
    python examples/train_translation.py --supervised

First words get vectors by the company that they keep, and a masked language model learns from the programs of both
languages what stands in a gap; encoder and decoder begin with its weights. Then the decoder learns to write each
language from programs with noise, and at last both learn from their own translations back. Whether a translation is
right is found by running it: it has to compute what its source computes for ten random inputs. Writes metrics,
translations, pictures of where the decoder looks, and the trained model to a run folder.
"""

from __future__ import annotations

import warnings
from argparse import Namespace
from collections.abc import Iterable
from typing import Any

from leibnet import seed

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
from nn import EncoderDecoder, History, Listener, MaskedLanguageModel, UnpairedTranslator, plots
from nn.runs import Run, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine, WarmUp

PAIRS = {"near": ("brace", "word"), "far": ("brace", "stack")}
POSITIONS = 80  # of a program at most
HEADS = 4
FEWEST = 10  # programs, so that those of both languages share some words
SHOWN = 4  # translations of each verdict


def main() -> None:
    arguments = parser(__doc__, batchSize=128, datasets=())
    arguments.add_argument("--pair", choices=PAIRS, default="near", help="of languages (default: near)")
    arguments.add_argument("--statements", type=positiveInteger, default=1, help="of a program, at most (default: 1)")
    arguments.add_argument(
        "--programs", type=positiveInteger, default=3000, help="of each language, for training (default: 3000)"
    )
    arguments.add_argument("--units", type=positiveInteger, default=48, help="features of a token (default: 48)")
    arguments.add_argument("--layers", type=positiveInteger, default=2, help="blocks of each network (default: 2)")
    arguments.add_argument("--epochs", type=positiveInteger, default=4, help="of the last step (default: 4)")
    arguments.add_argument("--lr", type=positiveNumber, default=0.003, help="step of Adam (default: 0.003)")
    arguments.add_argument("--no-pretraining", action="store_true", help="without the masked language model")
    arguments.add_argument("--no-back-translation", action="store_true", help="from programs with noise alone")
    arguments.add_argument("--supervised", action="store_true", help="from true pairs, for a comparison")
    options = arguments.parse_args()
    if options.supervised and (options.no_pretraining or options.no_back_translation):
        arguments.error("argument --supervised: not allowed with --no-..., for it takes none of the three steps")
    if options.programs < FEWEST:
        arguments.error(f"argument --programs: expected {FEWEST} or more, got {options.programs}")
    if options.units % HEADS:
        arguments.error(f"argument --units: expected a multiple of {HEADS}, the heads, got {options.units}")

    seed(options.seed)
    corpora = programCorpora(
        *PAIRS[options.pair], options.programs, 200, 300, statements=options.statements, rng=options.seed
    )
    dataset = unpaired(options, corpora)
    print(dataset)
    with runOf(options, "translation", dataset) as run, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "nothing is left to be done")  # in a step that was finished before
        train(options, corpora, dataset, run)


def train(options: Namespace, corpora: ProgramCorpora, dataset: Dataset, run: Run) -> None:
    """The steps, and what the translator is worth."""
    model = translator(options, corpora)
    print(model)
    if options.supervised:
        history = learnFromPairs(options, corpora, model, run)
    else:
        if not options.no_pretraining:
            pretrain(options, corpora, model, run)
        history = denoise(options, dataset, model, run)
        if not options.no_back_translation:
            history = backTranslate(options, corpora, dataset, model, run)
    model.save(run.folder / "model.safetensors")
    curves = plots.plotHistory(history, panels={"Surprise in nats a token": "surprise"})
    plots.save(curves, run.folder / "curves.png")
    report(corpora, model, run)
    print(f"Metrics, translations, pictures and the trained model are in {run.folder}, after {run.seconds:.0f} s")


class Judging(Listener):
    """Says after every entry how many of the programs for validation are translated so that they compute the same."""

    def __init__(self, corpora: ProgramCorpora) -> None:
        self.corpora = corpora

    def entered(self, course) -> None:
        first, second = self.corpora.languages
        shares = []
        for i, (source, target) in enumerate(((first, second), (second, first))):
            texts = self.corpora.validation[i]
            written = course.model.translate(texts, target.start)
            shares.append(computationalAccuracy(written, texts, target, source, rng=0).share)
        names = f"{first.name} to {second.name} {shares[0]:.0%}, back {shares[1]:.0%}"
        print(f"epoch {course.epoch:g}: right by validation, {names}", flush=True)


# The three steps ------------------------------------------------------------------------------------------------------


def pretrain(options: Namespace, corpora: ProgramCorpora, model: EncoderDecoder, run: Run) -> None:
    """Words of the same company get vectors that are near each other; then a masked language model of both languages
    trains the encoder's layers, and the decoder gets copies of them."""
    print("Pre-training, to say what stands in a gap:", flush=True)
    vectors = cooccurrenceVectors(corpora.first, corpora.second, corpora.vocabulary, options.units, rng=options.seed)
    model.encoder.layers[0].weight = vectors
    adam, tokens = optimizerOf(options), len(corpora.vocabulary)
    top = TimeDistributed(Dense(options.units, tokens, Softmax(), adam))
    masked = MaskedLanguageModel(corpora.vocabulary, [*model.encoder.layers, top], share=0.25)
    texts = [corpora.vocabulary.encode(text) for text in (*corpora.first, *corpora.second)]
    dataset = Dataset.fromSequences(texts, test_size=0, batch_size=64, name="programs of both languages")
    epochs = max(1, options.epochs // 2)
    masked.train(dataset, epochs=epochs, schedule=WarmUp(0.5, Cosine()), **run.keeping("pretraining"))
    begun = (
        layer
        for layer in model.decoder.layers
        if not any(isinstance(part, CrossAttention) for part in (layer, *layer.parts()))
    )
    copyParameters(masked.layers, begun)


def denoise(options: Namespace, dataset: Dataset, model: UnpairedTranslator, run: Run) -> History:
    """It writes the programs of both languages from programs with noise."""
    print("Denoising, to write programs from programs with noise:", flush=True)
    model.backTranslation = False
    epochs = options.epochs if options.no_back_translation else max(1, options.epochs // 2)
    return model.train(dataset, epochs=epochs, schedule=WarmUp(0.5), **run.keeping("denoising"))


def backTranslate(
    options: Namespace, corpora: ProgramCorpora, dataset: Dataset, model: UnpairedTranslator, run: Run
) -> History:
    """It translates programs, and learns to write them from their translations, and from noise ever less."""
    print("Back-translation, to write programs from what they were translated into:", flush=True)
    model.backTranslation = True
    judging = Judging(corpora)
    return model.train(
        dataset, epochs=options.epochs, schedule=Cosine(), listeners=[judging], **run.keeping("back-translation")
    )


def learnFromPairs(options: Namespace, corpora: ProgramCorpora, model: UnpairedTranslator, run: Run) -> History:
    """What it learns if it is told which program of one language is which of the other, in both directions."""
    print("From pairs, to write programs from their true translations:", flush=True)
    sources, targets = corpora.paired()
    first, second = (
        [[start, *text] for text in texts] for start, texts in zip(model.languages, (sources, targets), strict=True)
    )
    pairs = Dataset.fromPairs(
        [*sources, *targets],
        [*second, *first],
        vocabulary=corpora.vocabulary,
        start=None,
        test_size=0,
        batch_size=64,
        name="programs and their translations",
    )
    taught = EncoderDecoder(corpora.vocabulary, model.encoder, model.decoder)
    judging, schedule = Judging(corpora), WarmUp(0.5, Cosine())
    return taught.train(pairs, epochs=options.epochs, schedule=schedule, listeners=[judging], **run.keeping("pairs"))


# The networks ---------------------------------------------------------------------------------------------------------


def translator(options: Namespace, corpora: ProgramCorpora) -> UnpairedTranslator:
    """A Transformer: one encoder and one decoder for both languages."""
    tokens, adam, features = len(corpora.vocabulary), optimizerOf(options), options.units

    def begin() -> list[Layer]:
        return [Embedding(tokens, features, adam), PositionalEncoding(features, POSITIONS)]

    def blocks(*attentions: Any) -> Iterable[Layer]:
        for _ in range(options.layers):
            for attention in attentions:
                yield Residual([norm(), attention()])
            wide = [Dense(features, 4 * features, ReLU(), adam), Dense(4 * features, features, optimizer=adam)]
            yield Residual([norm(), TimeDistributed(wide)])

    def norm() -> Layer:
        return LayerNormalization(features, optimizer=adam)

    own = [*blocks(lambda: Attention(features, HEADS, optimizer=adam))]
    both = blocks(
        lambda: Attention(features, HEADS, causal=True, optimizer=adam),
        lambda: CrossAttention(features, HEADS, optimizer=adam),
    )
    top = TimeDistributed(Dense(features, tokens, Softmax(), adam))
    return UnpairedTranslator(
        corpora.vocabulary,
        [*begin(), *own, norm()],
        [*begin(), *both, norm(), top],
        languages=[language.start for language in corpora.languages],
    )


def unpaired(options: Namespace, corpora: ProgramCorpora) -> Dataset:
    """Programs of both languages side by side, which are no pairs."""
    return Dataset.fromPairs(
        corpora.first,
        corpora.second,
        vocabulary=corpora.vocabulary,
        start=None,
        end=None,
        paired=False,
        test_size=0,
        batch_size=options.batch_size,
        name=f"programs, {' and '.join(language.name for language in corpora.languages)}",
    )


def optimizerOf(options: Namespace) -> Adam:
    return Adam(lr=options.lr, beta2=0.98, clipNorm=100.0)


def copyParameters(layers: Iterable[Layer], others: Iterable[Layer]) -> None:
    """Those of layers into others of the same shapes."""
    for one, other in zip(Chain(layers).learning(), Chain(others).learning(), strict=True):
        other.parameterVector[...] = one.parameterVector


# What came of it ------------------------------------------------------------------------------------------------------


def report(corpora: ProgramCorpora, model: UnpairedTranslator, run: Run) -> None:
    """How many translations compute the same, some of each verdict, and where the decoder looks."""
    lines = []
    for place, name in enumerate(("there", "back")):
        source, target = corpora.languages[:: 1 - 2 * place]
        texts, truth = corpora.test[place], corpora.test[1 - place]
        written = model.translate(texts, target.start)
        others = {"copied": texts, "by chance": [*truth[1:], truth[0]]}
        found = computationalAccuracy(written, texts, target, source, rng=0)
        lines += [f"{source.name} to {target.name}: {found}"]
        for how, some in others.items():
            lines += [f"  {how}: {computationalAccuracy(some, texts, target, source, rng=0).share:.1%}"]
        for verdict in dict.fromkeys(found.verdicts):
            places = [i for i, one in enumerate(found.verdicts) if one == verdict][:SHOWN]
            lines += [f"  {verdict}:"]
            for i in places:
                lines += [f"    {' '.join(texts[i])}", f"      -> {' '.join(written[i])}"]
        tokens = written[0][: POSITIONS - 1]  # one that has no end
        looks = model.attention(texts[0], tokens, target.start).values()
        weights = {f"block {block + 1}": heads for block, heads in enumerate(looks)}
        figure = plots.plotAttention(weights, [*tokens, model.end], texts[0])
        plots.save(figure, run.folder / f"attention-{name}.png", dpi=150)
    print("\n".join(lines))
    (run.folder / "translations.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    runScript(main)
