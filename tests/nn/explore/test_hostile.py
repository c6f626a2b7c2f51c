"""A file that somebody sent: nothing of what it holds becomes markup, whatever its classes, tokens and name are."""

import asyncio
import re
from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from nicegui import Client, core
from nicegui.page import page

from hostilemodels import EVIL, MODELS, named
from nn.explore.page import build
from nn.explore.panels.pictures.classifying import Classifying
from nn.explore.samples import samplesFor

TAGS = {"svg", "line", "text", "polyline", "div", "span", "b", "h3", "br"}  # that the panels themselves write


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
