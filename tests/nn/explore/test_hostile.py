"""A file that somebody sent: nothing of what it holds becomes markup, whatever its classes, tokens and name are."""

import asyncio
import re
from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from nicegui import Client, core
from nicegui.page import page

from activations import Identity, Softmax
from dataset import Vocabulary
from layers import LSTM, Attention, CrossAttention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
from nn import MLP, EncoderDecoder, LanguageModel, MaskedLanguageModel
from nn.explore.page import build
from nn.explore.panels.pictures.classifying import Classifying
from nn.explore.samples import samplesFor
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
]
TAGS = {"svg", "line", "text", "polyline", "div", "span", "b", "h3", "br"}  # that the panels themselves write


def named(classes, *shape, activation=None):
    count = 1
    for size in shape:
        count *= size
    model = MLP([Dense(count, classes, activation or Softmax(), rng=1)])
    model.sampleShape, model.classNames = shape, [f"{ODD[i % len(ODD)]}{i}" for i in range(classes)]
    return model


def pixels():
    model = segmentation()
    model.classNames = ODD[:3]
    return model


def words():
    """Entries without blanks, which its texts are cut at."""
    return Vocabulary.ofTokens(
        [[one.replace(" ", "/").replace("\n", "\x00") for one in ODD] + ["_", "<", ">"]], special=()
    )


def language():
    layers = [Embedding(10, 4, rng=1), LSTM(4, 6, rng=2), TimeDistributed(Dense(6, 10, Softmax(), rng=3))]
    return LanguageModel(words(), layers)


def attending():
    layers = [Embedding(10, 4, rng=1), Attention(4, 2, True, rng=2), TimeDistributed(Dense(4, 10, Softmax(), rng=3))]
    return LanguageModel(words(), layers)


def masked():
    wide = Residual([Attention(4, 2, rng=2)])
    top = TimeDistributed(Dense(4, 10, Softmax(), rng=3))
    return MaskedLanguageModel(words(), [Embedding(10, 4, rng=1), PositionalEncoding(4, 20), wide, top], 0.3, "_")


def translator():
    encoder = [Embedding(10, 4, rng=1), PositionalEncoding(4, 20), Residual([Attention(4, 2, rng=2)])]
    across = [Residual([Attention(4, 2, True, rng=4)]), Residual([CrossAttention(4, 2, rng=5)])]
    top = TimeDistributed(Dense(4, 10, Softmax(), rng=6))
    decoder = [Embedding(10, 4, rng=3), PositionalEncoding(4, 20), *across, top]
    return EncoderDecoder(words(), encoder, decoder, start="<", end=">")


def steps():
    model = MLP([LSTM(2, 4, rng=1), TimeDistributed(Dense(4, 3, Softmax(), rng=2))])
    model.sampleShape, model.classNames = (5, 2), ODD[:3]
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


class Tags(HTMLParser):
    """The tags of a text, and those attributes that run something."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.running = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.running += [one for one in attributes if one[0].startswith("on") or one[0] in ("src", "href")]


async def shown(model, name):
    """All that is given to the page as HTML, when the first states are there."""
    core.loop = asyncio.get_running_loop()
    with Client(page("")) as client:
        await build(model, name, samplesFor(model))
        for timer in [one for one in client.elements.values() if type(one).__name__ == "Timer"]:
            if timer.active:
                timer.active = False
                await timer.callback()
        found = [str(one.content) for one in client.elements.values() if hasattr(one, "content")]
        texts = [str(one.props) for one in client.elements.values()]
    client.delete()
    return found, texts


@pytest.mark.parametrize("name", MODELS)
def test_nothing_in_a_file_becomes_markup(name):
    contents, props = asyncio.run(shown(MODELS[name](), EVIL + ".safetensors"))
    for content in contents:
        tags = Tags(content)
        assert tags.tags <= TAGS, content
        assert tags.running == [], content
    assert not any("html=True" in one or "'html': True" in one for one in props)  # Quasar's, for its labels
    assert any("&lt;img src=x" in content for content in contents)


def test_the_name_of_the_class_that_is_recognised_is_text():
    model = named(3, 64)
    contents = []

    async def tab():
        core.loop = asyncio.get_running_loop()
        with Client(page("")) as client:
            panel = Classifying(model, samplesFor(model))
            panel.build()
            await panel._chosen(np.zeros((64, 1)))
            contents.extend(str(one.content) for one in client.elements.values() if hasattr(one, "content"))
        client.delete()

    asyncio.run(tab())
    assert any(re.fullmatch(r"&lt;.*, \d+ %|&quot;.*, \d+ %", content) for content in contents)
    assert all(Tags(content).tags == set() for content in contents)
