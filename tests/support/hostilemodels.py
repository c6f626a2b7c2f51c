"""Models as somebody may send them, with names that would be markup: `from hostilemodels import MODELS`."""

from activations import Identity, Softmax
from dataset import Vocabulary
from layers import LSTM, Attention, CrossAttention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
from nn import MLP, EncoderDecoder, LanguageModel, MaskedLanguageModel
from picturemodels import segmentation

EVIL = "<img src=x onerror=alert(1)>"
ODD = [
    EVIL,
    "</script><script>alert(1)</script>",
    '"onload="alert(1)',
    "'&amp;<b>",
    "\n",
    "\\`${alert(1)}",
    "\U0001f600",
    "W" * 300,
]


def named(classes, *shape, activation=None):
    count = 1
    for size in shape:
        count *= size
    model = MLP([Dense(count, classes, activation or Softmax(), rng=1)])
    model.sampleShape, model.classNames = shape, [f"{ODD[i % len(ODD)]}{i}" for i in range(classes)]
    return model


def pixels():
    model = segmentation()
    model.classNames = [*ODD[:2], ODD[-1]]
    return model


def words():
    """Entries without blanks, which its texts are cut at."""
    return Vocabulary.ofTokens(
        [[one.replace(" ", "/").replace("\n", "\x00") for one in ODD] + ["_", "<", ">"]], special=()
    )


def language():
    layers = [Embedding(11, 4, rng=1), LSTM(4, 6, rng=2), TimeDistributed(Dense(6, 11, Softmax(), rng=3))]
    return LanguageModel(words(), layers)


def attending():
    layers = [Embedding(11, 4, rng=1), Attention(4, 2, True, rng=2), TimeDistributed(Dense(4, 11, Softmax(), rng=3))]
    return LanguageModel(words(), layers)


def masked():
    wide = Residual([Attention(4, 2, rng=2)])
    top = TimeDistributed(Dense(4, 11, Softmax(), rng=3))
    return MaskedLanguageModel(words(), [Embedding(11, 4, rng=1), PositionalEncoding(4, 20), wide, top], 0.3, "_")


def translator():
    encoder = [Embedding(11, 4, rng=1), PositionalEncoding(4, 20), Residual([Attention(4, 2, rng=2)])]
    across = [Residual([Attention(4, 2, True, rng=4)]), Residual([CrossAttention(4, 2, rng=5)])]
    top = TimeDistributed(Dense(4, 11, Softmax(), rng=6))
    decoder = [Embedding(11, 4, rng=3), PositionalEncoding(4, 20), *across, top]
    return EncoderDecoder(words(), encoder, decoder, start="<", end=">")


def steps():
    model = MLP([LSTM(2, 4, rng=1), TimeDistributed(Dense(4, 3, Softmax(), rng=2))])
    model.sampleShape, model.classNames = (5, 2), [*ODD[:2], ODD[-1]]
    return model


MODELS = {
    "few classes": lambda: named(3, 64),
    "many classes": lambda: named(30, 64),
    "classes of numbers": lambda: named(3, 2),
    "many classes of numbers": lambda: named(30, 3),
    "numbers": lambda: named(3, 2, activation=Identity()),
    "classes of pixels": pixels,
    "steps": steps,
    "language": language,
    "language with attention": attending,
    "masked": masked,
    "translator": translator,
}
