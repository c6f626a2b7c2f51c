"""The page of `leibnet explore` in Chromium: how long it takes to answer, and the pictures of docs/explore.md.

    pip install -e ".[explore]"
    python examples/train_classifier.py --network cnn --output runs/digits
    python examples/train_vae.py --output runs/vae
    python benchmarks/page.py runs/digits/classifier.safetensors runs/vae/vae.safetensors
    python benchmarks/page.py runs/digits/classifier.safetensors runs/vae/vae.safetensors --pictures docs

Chromium runs without a window. A time is that from the press of the mouse on a slider, or from a movement of the mouse
that draws, to the change of the picture in the page, as the page's own clock tells it: the median and the largest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from PIL import Image

from browser import browsing, served
from digitstrokes import STROKES

COLOURS = 128  # of a picture in the documentation
CLOCK = """(() => {
    window.since = null; window.times = [];
    for (const kind of ["pointerdown", "pointermove"])
        addEventListener(kind, (e) => { if (e.buttons) window.since ??= performance.now(); }, true);
    new MutationObserver(() => {
        if (window.since !== null) window.times.push(performance.now() - window.since);
        window.since = null;
    }).observe(document.querySelector(SELECTOR), {attributes: true, attributeFilter: ["src"]});
})()"""


def clocked(browser: Any, selector: str) -> None:
    """Lets the page's clock measure from a press or a movement to a change of this picture."""
    browser.run(CLOCK.replace("SELECTOR", repr(selector)))


def told(browser: Any, what: str) -> None:
    """Prints the times that the clock has measured."""
    times = browser.run("window.times")
    print(f"{what}: {statistics.median(times):.0f} ms, at most {max(times):.0f} ms, of {len(times)}", flush=True)


def kept(browser: Any, path: Path, height: int) -> None:
    """A picture of the upper part of the page, in few colours."""
    browser.resize(1200, height)
    time.sleep(0.5)
    browser.screenshot(path, whole=False)
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def classifier(file: Path, pictures: Path | None) -> None:
    """Draws the ten digits, and says how many are recognised."""
    with served(file) as server, browsing() as browser:
        browser.open(server.address)
        time.sleep(1)
        clocked(browser, "img[alt^='What the network sees']")
        right = []
        for digit, strokes in STROKES.items():
            browser.draw(".leibnet-field", strokes)
            time.sleep(0.5)
            said = browser.run("document.querySelector('[role=status]').textContent")
            right.append(said.split(",")[0] == str(digit))
            if digit != max(STROKES):
                browser.click("Clear")
            time.sleep(0.3)
        print(f"{sum(right)} of {len(right)} digits recognised")
        told(browser, "from a movement of the mouse to the answer")
        if pictures is not None:
            kept(browser, pictures / "explore-draw.png", 1000)


def codes(file: Path, pictures: Path | None) -> None:
    """Moves a slider to twenty places."""
    with served(file) as server, browsing() as browser:
        browser.open(server.address)
        time.sleep(1)
        browser.run("document.querySelectorAll('.leibnet-sample')[3].click()")
        time.sleep(1)
        clocked(browser, "img[alt^='The picture that']")
        x, y, width, height = browser.box(".leibnet-slider input")
        for i in range(21):
            at = x + width * (0.1 + 0.8 * (i * 8 % 21) / 20)
            browser.mouse("mousePressed", at, y + height / 2)
            browser.mouse("mouseReleased", at, y + height / 2, buttons=0)
            time.sleep(0.3)
        told(browser, "from a slider to the picture")
        browser.run("document.querySelectorAll('.leibnet-sample')[3].click()")
        if pictures is not None:
            browser.run("document.activeElement.blur(); scrollTo(0, 0)")
            kept(browser, pictures / "explore-codes.png", 1040)


def main() -> None:
    """Measures, and makes the pictures if they are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("classifier", type=Path, help="a file of a classifier of digits")
    parser.add_argument("codes", type=Path, help="a file of a VAE, an autoencoder, a GAN or a PCA of digits")
    parser.add_argument("--pictures", type=Path, help="folder for the pictures; default: none are made")
    given = parser.parse_args()
    classifier(given.classifier, given.pictures)
    codes(given.codes, given.pictures)


if __name__ == "__main__":
    main()
