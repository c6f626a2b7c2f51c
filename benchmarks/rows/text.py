"""Language models of characters on Shakespeare, and how surprised they are by the last tenth of the text.

The LSTM's setting is the first that was tried; in the course of it, three epochs of five, the surprise stood at 1.56
nats. It reads the last tenth as one stream, with its state carried through. The Transformer is measured twice: in
windows that begin with nothing, as it is trained, whose first characters it has to guess; and as one text, read in
windows of which each begins with the last half of the one before. nanoGPT's figure is of windows that begin with
nothing, 64 characters long. The setting is the second that was looked at: of windows of 64 characters, 32 in a step, a
third of a training was made, in PyTorch.
"""

from __future__ import annotations

from leibnet import kernels

from figures.row import Another, Figure, Setting, row

from activations import ReLU, Softmax
from dataset import Dataset, tinyShakespeare
from layers import (
    LSTM,
    Attention,
    Dense,
    Embedding,
    Layer,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
)
from nn import LanguageModel
from optimizer import Adam, Cosine, WarmUp

MODEL = "LSTM-256 on tiny Shakespeare, six epochs of nine tenths"
SURPRISE = "surprise by the last tenth, of a character"
STEPS = 128
SIDE = 16  # windows of a step
FEATURES = 128
BLOCKS = 4
EPOCHS = 5
TRANSFORMER = f"Transformer of {BLOCKS} blocks, {FEATURES} wide, on tiny Shakespeare, {EPOCHS} epochs of nine tenths"
ANEW = f"surprise by the last tenth, of a character, in windows of {STEPS} begun anew"
HALF = f"surprise by the last tenth, of a character, behind {STEPS // 2} to {STEPS}"
GPT, GPT_SOURCE = "nanoGPT on a CPU 1.88", "as quoted in the project's plan"
ANCHOR, SOURCE = "nanoGPT on a CPU 1.88, minLSTM 1.555", "as quoted in the project's plan"


@row(
    [Figure("surprise", MODEL, SURPRISE, "nats", 3, "lower", ANCHOR, SOURCE)],
    seconds=300,
    needs=("tinyshakespeare",),
)
def text(now: Setting) -> dict[str, float]:
    return {"surprise": _surprise(now)}


@row(
    [Figure("surprise", f"{MODEL}, in NumPy alone", SURPRISE, "nats", 3, "lower", ANCHOR, SOURCE)],
    seconds=450,
    needs=("tinyshakespeare",),
)
def textNumpy(now: Setting) -> dict[str, float]:
    kernels("numpy")
    try:
        return {"surprise": _surprise(now)}
    finally:
        kernels()


@row(
    [
        Figure("anew", TRANSFORMER, ANEW, "nats", 3, "lower", GPT, GPT_SOURCE),
        Figure("surprise", TRANSFORMER, HALF, "nats", 3, "lower", Another("text", "surprise", "LSTM")),
    ],
    seconds=550,
    needs=("tinyshakespeare",),
)
def transformer(now: Setting) -> dict[str, float]:
    whole = tinyShakespeare()
    dataset = Dataset.fromText(whole, STEPS, SIDE)
    tokens, adam = len(dataset.vocabulary), Adam(lr=0.002, clipNorm=1.0)
    below: list[Layer] = [Embedding(tokens, FEATURES, adam), PositionalEncoding(FEATURES, STEPS)]
    blocks = [part for _ in range(BLOCKS) for part in _block(FEATURES, adam)]
    end = TimeDistributed(Dense(FEATURES, tokens, Softmax(), adam))
    model = LanguageModel(dataset.vocabulary, [*below, *blocks, LayerNormalization(FEATURES, optimizer=adam), end])
    epochs = now.epochs(EPOCHS)
    model.train(dataset, epochs=epochs, metrics=[], schedule=WarmUp(0.03 * epochs, Cosine()))
    anew = model.evaluate(dataset, ["surprise"], "validation")["surprise"]
    return {"anew": anew, "surprise": model.surprise(whole[-round(0.1 * len(whole)) :])}


def _surprise(now: Setting) -> float:
    """Of the whole of the last tenth, which is read as one stream: the state is carried through it."""
    dataset = Dataset.fromText(tinyShakespeare(), steps=64, batch_size=32)
    tokens, adam = len(dataset.vocabulary), Adam(lr=0.004, clipNorm=6.4)
    top = TimeDistributed(Dense(256, tokens, Softmax(), adam))
    model = LanguageModel(dataset.vocabulary, [Embedding(tokens, 32, adam), LSTM(32, 256, adam), top])
    model.train(dataset, epochs=now.epochs(6), metrics=[], schedule=WarmUp(0.1, Cosine()))
    text = tinyShakespeare()
    return model.surprise(text[-round(0.1 * len(text)) :])


def _block(features: int, adam: Adam) -> list[Layer]:
    """Attention to what came before, and two layers on every step."""
    attention = Attention(features, 4, causal=True, optimizer=adam)
    hidden, out = Dense(features, 4 * features, ReLU(), adam), Dense(4 * features, features, optimizer=adam)
    return [
        Residual([LayerNormalization(features, optimizer=adam), part])
        for part in (attention, TimeDistributed([hidden, out]))
    ]
