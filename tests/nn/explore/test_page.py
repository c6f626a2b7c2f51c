"""The page in a browser without a window: drawing, sliders, buttons, and where it connects to."""

import json
import signal
import sys
import time

import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from browser import NEEDS_BROWSER, browsing, served
from digitstrokes import STROKES
from picturemodels import gan, segmentation, vae

pytestmark = NEEDS_BROWSER
STATUS = "document.querySelector('[role=status]').textContent"
SEEN = "document.querySelector('img[alt^=\"What the network sees\"]').src"
FIELD = ".leibnet-field"


@pytest.fixture
def browser():
    with browsing() as one:
        yield one


def opened(browser, server):
    browser.open(server.address)
    browser.until("[...document.querySelectorAll('main img')].filter(e => e.width > 90).every(e => e.src)")
    return browser


def settled(browser, script, seconds=1.0):
    """The value of the script once it has not changed for a moment."""
    before, since, end = browser.run(script), time.monotonic(), time.monotonic() + 20
    while time.monotonic() < min(end, since + seconds):
        if (now := browser.run(script)) != before:
            before, since = now, time.monotonic()
        time.sleep(0.05)
    return before


def assertClean(browser, server):
    """That no script failed, and browser and server asked for nothing but loopback, in the whole session."""
    assert browser.errors == []
    here = f"127.0.0.1:{server.port}"
    places = {one.split("/")[2] for one in browser.requests if not one.startswith(("data:", "blob:"))}
    assert places == {here}
    assert server.audited("socket.connect") == server.audited("socket.getaddrinfo") == []
    if sys.platform == "linux":
        assert server.peers() <= {"0100007F", "00000000"}


def test_digits_of_at_least_eight_classes_are_recognised(browser, trained, tmp_path):
    with served(trained.save(tmp_path / "digits.safetensors")) as server:
        opened(browser, server)
        assert browser.run("location.search") == ""  # the token is not in the address any more
        right = 0
        for digit, strokes in STROKES.items():
            browser.draw(FIELD, strokes)
            said = settled(browser, STATUS)
            right += said.split(",")[0] == str(digit)
            assert browser.run("document.querySelectorAll('.leibnet-best').length") == 1
            browser.click("Clear")
            browser.until(f"{STATUS} === 'Draw something.'")
        assert right >= 8
        assertClean(browser, server)


def test_undo_keys_samples_and_a_second_tab(browser, trained, tmp_path):
    with served(trained.save(tmp_path / "digits.safetensors")) as server:
        opened(browser, server)
        browser.draw(FIELD, STROKES[0])
        zero, picture = settled(browser, STATUS), browser.run(SEEN)
        browser.draw(FIELD, [[(0.1, 0.1), (0.9, 0.1)]])
        browser.until(f"{SEEN} !== {json.dumps(picture)}")
        browser.click("Undo")
        browser.until(f"{SEEN} === {json.dumps(picture)}")
        with browsing() as other:
            opened(other, server)
            assert other.run(STATUS) == "Draw something."
            assert other.errors == []
        assert browser.run(STATUS) == zero
        browser.run("document.querySelector('.leibnet-sample').click()")
        browser.until(f"{SEEN} !== {json.dumps(picture)}")
        assert settled(browser, STATUS).startswith("0")  # the first sample is of the first class
        browser.click("Clear")
        browser.until(f"{STATUS} === 'Draw something.'")
        browser.run(f"document.querySelector('{FIELD}').focus()")
        told = {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "}
        browser.call("Input.dispatchKeyEvent", type="keyDown", **told)
        for _ in range(12):
            browser.press("ArrowDown")
        browser.call("Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space", windowsVirtualKeyCode=32)
        browser.until(f"{STATUS} !== 'Draw something.'")
        assert settled(browser, STATUS).startswith("1")
        assertClean(browser, server)


def test_touch_draws(browser, trained, tmp_path):
    with served(trained.save(tmp_path / "digits.safetensors")) as server:
        opened(browser, server)
        x, y, width, height = browser.box(FIELD)
        points = [{"x": x + width * a, "y": y + height * b} for a, b in STROKES[3][0]]
        browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=points[:1])
        for point in points[1:]:
            browser.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[point])
        browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        assert settled(browser, STATUS).startswith("3")
        assertClean(browser, server)
        server.process.send_signal(signal.SIGINT)  # while a page is open
        assert server.process.wait(20) == 0
        assert server.process.stdout.read().split() == ["Ctrl-C", "ends", "it.", "returned"]


PICTURE = "document.querySelector('img[alt^=\"The picture that\"]').src"


def test_sliders_change_the_picture(browser, tmp_path):
    with served(vae().save(tmp_path / "vae.safetensors")) as server:
        opened(browser, server)
        first = settled(browser, PICTURE)
        browser.click("Middle")
        browser.until(f"{PICTURE} !== {json.dumps(first)}")
        before = settled(browser, PICTURE)
        browser.run("document.querySelector('.leibnet-slider input').focus()")
        for _ in range(40):
            browser.press("ArrowRight")
        browser.until(f"{PICTURE} !== {json.dumps(before)}")
        moved = settled(browser, PICTURE)
        browser.click("Middle")
        browser.until(f"{PICTURE} === {json.dumps(before)}")
        browser.click("Draw at random")
        browser.until(f"![{json.dumps(before)}, {json.dumps(moved)}].includes({PICTURE})")
        drawn = settled(browser, PICTURE)
        browser.run("document.querySelector('.leibnet-sample').click()")
        browser.until(f"{PICTURE} !== {json.dumps(drawn)}")
        assertClean(browser, server)


def test_the_discriminator_speaks_and_there_are_pages_of_codes(browser, tmp_path):
    with served(gan().save(tmp_path / "gan.safetensors")) as server:
        opened(browser, server)
        browser.until("document.body.textContent.includes('The discriminator says 0.')")
        shown = "[...document.querySelectorAll('.leibnet-slider')].filter(e => e.offsetParent).length"
        assert browser.run(shown) == 32
        browser.click("The next ones")
        browser.until(f"{shown} === 8")
        assert "33 to 40 of 40" in browser.run("document.body.textContent")
        assertClean(browser, server)


def test_pictures_and_films_are_downloaded(browser, tmp_path):
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    with served(vae().save(tmp_path / "vae.safetensors")) as server:
        opened(browser, server)
        settled(browser, PICTURE)
        browser.click("Picture")
        browser.click("Film")
        end = time.monotonic() + 20
        files = tmp_path / "picture.png", tmp_path / "walk.gif"
        while time.monotonic() < end and not all(file.exists() for file in files):
            browser.run("1")
            time.sleep(0.1)
        assert files[0].read_bytes().startswith(b"\x89PNG")
        assert files[1].read_bytes().startswith(b"GIF8")
        browser.click("About VAE")
        browser.until("document.querySelector('.leibnet-doc')?.textContent.includes('The variational autoencoder')")
        assertClean(browser, server)


def test_classes_of_pixels(browser, tmp_path):
    with served(segmentation().save(tmp_path / "scenes.safetensors")) as server:
        opened(browser, server)
        script = "document.querySelector('img[alt^=\"What it says\"]').src"
        before = settled(browser, script)
        browser.draw(FIELD, STROKES[0])
        browser.until(f"{script} !== {json.dumps(before)}")


def test_names_alternative_texts_and_no_scrolling_sideways_on_a_phone(browser, trained, tmp_path):
    with served(trained.save(tmp_path / "digits.safetensors")) as server:
        opened(browser, server)
        assert browser.run("[...document.images].filter(e => !e.alt).length") == 0
        named = "[...document.querySelectorAll('button, input[type=range], input')].filter(e => "
        named += "!(e.textContent.trim() || e.ariaLabel || e.querySelector('img[alt]') || e.closest('[aria-label]')))"
        assert browser.run(named + ".length") == 0
        for width in (1280, 640, 360):  # 640 is what 200 % zoom leaves of 1280
            browser.resize(width, 800)
            browser.until(f"innerWidth === {width}")
            assert browser.run("document.documentElement.scrollWidth") <= width
        assertClean(browser, server)
