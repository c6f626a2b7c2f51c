"""A panel that fails is a card with one line, and the others stay."""

import asyncio

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from nicegui import Client, core
from nicegui.page import page

from nn.explore import page as site
from nn.explore.panels import choosing
from nn.explore.panels.architecture import Architecture
from nn.explore.panels.panel import Latest, model_lock
from nn.explore.samples import samplesFor
from picturemodels import PICTURES, plain


class Broken:
    """A panel that raises at one of its steps."""

    title = "Broken"
    raises = "never"

    def __init__(self, model, samples=None):
        assert model_lock.locked()  # other tabs do not use the model meanwhile
        if self.raises == "made":
            raise ValueError("Broken: a <b>line</b>\nand another")

    def build(self):
        assert model_lock.locked()
        site.words("half of it")
        if self.raises == "built":
            raise ValueError("Broken: a <b>line</b>\nand another")


def fits(model, samples):
    if Broken.raises == "chosen":
        raise ValueError("Broken: a <b>line</b>\nand another")
    return True


@pytest.fixture
def built(monkeypatch):
    monkeypatch.setattr(choosing, "PANELS", [(fits, Broken), (lambda model, samples: True, Architecture)])

    async def tab():
        core.loop = asyncio.get_running_loop()
        with Client(page("")) as client:
            await site.build(plain(), "file", None)
        texts = [str(getattr(one, "content", "")) for one in client.elements.values()]
        client.delete()
        return texts

    def at(step):
        monkeypatch.setattr(Broken, "raises", step)
        return asyncio.run(tab())

    return at


@pytest.mark.parametrize("step", ["chosen", "made", "built"])
def test_a_panel_that_raises_is_a_card_with_a_line(built, step):
    texts = built(step)
    assert "Broken" in texts
    assert "Architecture" in texts
    assert [one for one in texts if "a &lt;b&gt;line" in one] == [
        "This cannot be shown. ValueError: Broken: a &lt;b&gt;line&lt;/b&gt;"
    ]
    assert "half of it" not in texts


def test_a_panel_that_works_is_built(built):
    assert "half of it" in built("never")


def inTab(use):
    """Runs a coroutine in a tab; returns the notes that were shown in it."""
    notes = []

    async def tab():
        core.loop = asyncio.get_running_loop()
        with Client(page("")) as client:
            await site.build(plain(), "file", None)
            client.outbox.enqueue_message = lambda kind, data, target: notes.append(data.get("message"))
            for timer in [one for one in client.elements.values() if type(one).__name__ == "Timer"]:
                timer.active = False
            await use(timer)
        client.delete()

    asyncio.run(tab())
    return notes


def test_a_handler_that_raises_is_told_in_a_line():
    async def use(timer):
        def handler():
            raise ValueError("no\nanswer")

        timer.callback = handler
        await timer._invoke_callback()

    assert inTab(use) == ["ValueError: no"]


def test_a_state_that_cannot_be_shown_is_told_in_the_panel_until_it_can(caplog):
    answers = [ValueError("no\nanswer"), ValueError("no\nanswer"), 1]

    def compute():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def use(timer):
        shown = []
        latest = Latest(compute, shown.append)
        for _ in range(2):
            await latest()
            assert latest._failed.content == "ValueError: no"
        await latest()
        assert (latest._failed.content, shown) == ("", [1])

    assert inTab(use) == []
    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", ["autoencoder", "classifier", "VAE"])
def test_numbers_that_are_not_finite_are_told_at_the_head(name):
    model = PICTURES[name]()
    for array in model.arrays().values():
        array[...] = np.nan

    async def tab():
        core.loop = asyncio.get_running_loop()
        with Client(page("")) as client:
            await site.build(model, "file", samplesFor(model))
        texts = [str(getattr(one, "content", "")) for one in client.elements.values()]
        client.delete()
        return texts

    texts = asyncio.run(tab())
    assert any("holds numbers that are not finite" in text for text in texts)
    assert "Architecture" in texts
