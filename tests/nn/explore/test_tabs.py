"""Tabs that are opened, reloaded, left and kept, and files that somebody sent, in a browser without a window."""

import json
import time

import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from browser import NEEDS_BROWSER, browsing, served
from hostilemodels import EVIL, MODELS
from picturemodels import plain, vae

pytestmark = NEEDS_BROWSER
READY = "[...document.querySelectorAll('main img')].filter(e => e.width > 90).every(e => e.src)"
PICTURE = "document.querySelector('img[alt^=\"The picture that\"]').src"


@pytest.fixture
def browser():
    with browsing() as one:
        yield one


@pytest.mark.parametrize("name", MODELS)
def test_a_file_that_somebody_sent_runs_nothing(browser, name, tmp_path):
    path = MODELS[name]().save(tmp_path / "model.safetensors")
    path = path.rename(tmp_path / f"{EVIL}.safetensors")
    browser.call("Page.addScriptToEvaluateOnNewDocument", source="window.told = []; alert = (x) => told.push(x)")
    with served(path) as server:
        browser.open(server.address)
        browser.until(READY)
        browser.run("document.querySelector('.leibnet-sample')?.click()")
        for box in range(browser.run("document.querySelectorAll('.q-select').length")):
            browser.run(f"document.querySelectorAll('.q-select')[{box}].click()")
            time.sleep(0.3)
        time.sleep(0.5)
        assert browser.run("told") == []
        assert browser.run("document.querySelectorAll('[onload], [onerror], img[src=x]').length") == 0
        assert browser.run("document.querySelector('h1').textContent") == path.name
        assert browser.run("document.title") == f"{path.name} - Leibnet"
        assert browser.errors == []
        for width in (1280, 360):
            browser.resize(width, 900)
            browser.until(f"innerWidth === {width}")
            assert browser.run("document.documentElement.scrollWidth") <= width


def test_reload_and_the_way_back_need_no_token(browser, tmp_path):
    with served(plain().save(tmp_path / "digits.safetensors")) as server:
        browser.open(server.address)
        browser.until(READY)
        browser.call("Page.reload")
        browser.until(f"document.querySelector('main section') !== null && {READY}")
        browser.call("Page.navigate", url="about:blank")
        browser.until("location.href === 'about:blank'")
        browser.run("history.back()")
        browser.until(f"document.querySelector('main section') !== null && {READY}")
        assert browser.run("location.href") == f"http://127.0.0.1:{server.port}/"
        assert browser.errors == []


def test_a_tab_that_is_left_says_that_the_program_has_ended(browser, tmp_path):
    with served(plain().save(tmp_path / "digits.safetensors")) as server:
        browser.open(server.address)
        browser.until(READY)
        server.process.terminate()
        server.process.wait(20)
        popup = "document.getElementById('popup')"
        browser.until(f"{popup} && {popup}.ariaHidden !== 'true' && getComputedStyle({popup}).opacity > 0.5", 30)


def test_two_tabs_move_their_sliders_at_once(browser, tmp_path):
    with served(vae().save(tmp_path / "vae.safetensors")) as server, browsing() as other:
        for one in (browser, other):
            one.open(server.address)
            one.until(READY)
            one.click("Middle")
        browser.until(f"{PICTURE} !== ''")
        time.sleep(0.5)
        assert browser.run(PICTURE) == other.run(PICTURE)  # the middle is the same in both
        middle = browser.run(PICTURE)
        for one in (browser, other):
            one.run("document.querySelector('.leibnet-slider input').focus()")
        for _ in range(30):
            browser.press("ArrowRight")
            other.press("ArrowLeft")
        for one in (browser, other):
            one.until(f"{PICTURE} !== {json.dumps(middle)}")
        time.sleep(0.5)
        assert browser.run(PICTURE) != other.run(PICTURE)
        for one in (browser, other):
            one.click("Middle")
            one.until(f"{PICTURE} === {json.dumps(middle)}")
            assert one.errors == []
            assert one.run("[...document.querySelectorAll('.leibnet-failed')].every(e => !e.textContent)")
