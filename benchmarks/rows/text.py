"""Language models of characters: an LSTM on Shakespeare, and how surprised it is by the last tenth of the text.

The setting is the first that was tried; in the course of it, three epochs of five, the surprise stood at 1.56 nats.
"""

from __future__ import annotations

from leibnet import kernels

from figures.row import Figure, Setting, row

from activations import Softmax
from dataset import Dataset, tinyShakespeare
from layers import LSTM, Dense, Embedding, TimeDistributed
from nn import LanguageModel
from optimizer import Adam, Cosine, WarmUp

MODEL = "LSTM-256 on tiny Shakespeare, six epochs of nine tenths"
SURPRISE = "surprise by the last tenth, of a character"
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


def _surprise(now: Setting) -> float:
    """Of the whole of the last tenth, which is read as one stream: the state is carried through it."""
    dataset = Dataset.fromText(tinyShakespeare(), steps=64, batch_size=32)
    tokens, adam = len(dataset.vocabulary), Adam(lr=0.004, clipNorm=6.4)
    top = TimeDistributed(Dense(256, tokens, Softmax(), adam))
    model = LanguageModel(dataset.vocabulary, [Embedding(tokens, 32, adam), LSTM(32, 256, adam), top])
    model.train(dataset, epochs=now.epochs(6), metrics=[], schedule=WarmUp(0.1, Cosine()))
    text = tinyShakespeare()
    return model.surprise(text[-round(0.1 * len(text)) :])
