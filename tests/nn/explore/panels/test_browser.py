"""Panels of texts, chains and numbers in a browser without a window."""

from contextlib import ExitStack

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

import builders
import rankmodels
from browser import NEEDS_BROWSER, browsing, served
from nn import RBM

pytestmark = NEEDS_BROWSER
TEXT = "document.querySelector('.leibnet-writing').innerText"
STATUS = "document.querySelector('[role=status]').innerText"


@pytest.fixture
def opened(tmp_path):
    """A function that opens the page of a model; in the end no script has failed."""
    with ExitStack() as stack:
        browser = stack.enter_context(browsing())

        def of(model):
            server = stack.enter_context(served(model.save(tmp_path / "model.safetensors")))
            browser.open(server.address)
            return browser

        yield of
        assert browser.errors == []


def test_a_text_is_written_and_led(opened):
    model = rankmodels.made("LanguageModel")
    browser = opened(model)
    begun = browser.until(TEXT)
    browser.until("document.querySelectorAll('.leibnet-choice .leibnet-share').length > 3")
    browser.click("Write")
    browser.until(f"{TEXT}.length > {len(begun) + 5}")
    browser.click("Pause")
    written = browser.until(TEXT)[len(begun) :]
    assert model.generate(begun, 40, rng=0).startswith(written[:4])
    before = browser.run(TEXT)
    browser.run("document.querySelectorAll('.leibnet-choice')[1].click()")
    browser.until(f"{TEXT}.length > {len(before)}")
    assert browser.run("document.querySelector('[role=status]').innerText") == ""


def test_a_chain_runs(opened):
    browser = opened(RBM(64, 10, rng=0))
    browser.until(f"{STATUS}.startsWith('0 steps')")
    before = browser.run("document.querySelector('main img').src")
    browser.click("Run")
    browser.until(f"!{STATUS}.startsWith('0 steps')")
    browser.click("Pause")
    assert browser.run("document.querySelector('main img').src") != before
    browser.run("document.querySelector('.leibnet-sample').click()")
    browser.until(f"{STATUS}.startsWith('0 steps')")


def test_a_point_of_the_plane_is_chosen(opened):
    model = builders.network(2, 3, 1)
    browser = opened(model)
    first = browser.until(STATUS)
    x, y, width, height = browser.box(".leibnet-plane")
    browser.mouse("mousePressed", x + width / 4, y + height / 4)
    browser.mouse("mouseReleased", x + width / 4, y + height / 4, buttons=0)
    browser.until(f"{STATUS} !== {first!r}")
    said = float(browser.run(STATUS).split(":")[1])
    assert np.isclose(said, model.predict([[-1.5], [1.5]])[0, 0], atol=0.05)
