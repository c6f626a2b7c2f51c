"""Runs of examples that are stored for the gallery: what they printed, their pictures, and how they were made.

The folder of a stored run has output.txt, a few pictures as PNG, and stored.json with the command, the digest of the
example's code, the date, the kind of processor and the seconds it took.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
STORED = ROOT / "docs" / "gallery"

PICTURES, PICTURE, BUDGET = 6, 100_000, 350_000  # at most, of an example; bytes of one, and of all
WHOLE = 10_000  # pixels: as wide as it is, and sharp edges, which take less room than the greys of reduced ones
FORMS = [
    (WHOLE, 256),
    (WHOLE, 64),
    (1600, 128),
    (1100, 256),
    (1100, 128),
    (900, 128),
    (800, 128),
    (700, 64),
    (600, 64),
    (440, 32),
]  # pixels wide, colours
PHOTO = 10  # colours for 100 pixels of a picture that is no drawing, from which on its colours are mixed of dots
DULL = ("curves", "network", "certainty", "spectrum")  # come last: other pictures say more about an example
BEFORE = {"repeat": ["examples/train_classifier.py", "--dataset", "digits", "--epochs", "2", "--threads", "1"]}
PATHS = re.compile(r"(?<![\w.])/(?:tmp|home|root|work|mnt|var|usr|Users)/[^\s'\"]*")


@dataclass(frozen=True)
class Stored:
    """How a run was made."""

    command: str
    code: str
    date: str
    processor: str
    seconds: float
    dataset: str
    pictures: list[str]


def names() -> list[str]:
    """The examples, in the order of the alphabet."""
    return sorted(path.stem for path in EXAMPLES.glob("*.py"))


def digest(name: str) -> str:
    """SHA-256 of an example and of the examples that it imports."""
    files, queue = {}, [name]
    while queue:
        file = EXAMPLES / f"{queue.pop()}.py"
        if file.name in files or not file.is_file():
            continue
        files[file.name] = file.read_bytes()
        for node in ast.walk(ast.parse(files[file.name])):
            if isinstance(node, ast.Import):
                queue += [alias.name.removeprefix("examples.") for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                queue += [node.module.removeprefix("examples."), *(alias.name for alias in node.names)]
    found = hashlib.sha256()
    for file_name, content in sorted(files.items()):
        found.update(file_name.encode() + b"\0" + content + b"\0")
    return found.hexdigest()


def read(folder: Path) -> Stored | None:
    """What is stored in a folder, if something is."""
    file = folder / "stored.json"
    return Stored(**json.loads(file.read_text("utf-8"))) if file.is_file() else None


def renew(name: str, folder: Path, environment: dict[str, str] | None = None) -> Stored:
    """Runs an example in a fresh process and stores the run in a folder; RuntimeError, if it fails."""
    with tempfile.TemporaryDirectory() as temporary:
        run = Path(temporary) / "run"
        arguments = ["--output", str(run)]
        settings = os.environ | {"MPLBACKEND": "agg"} | (environment or {})
        if name in BEFORE:
            first = Path(temporary) / "first"
            _printed([*BEFORE[name], "--output", str(first)], settings)
            arguments = [str(first), *arguments]
        start = time.perf_counter()
        text = _printed([f"examples/{name}.py", *arguments], settings)
        seconds = time.perf_counter() - start
        return store(name, folder, text, run, seconds, time.strftime("%Y-%m-%d"))


def _printed(arguments: Sequence[str], environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} ends with code {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def takeOver(name: str, source: Path, folder: Path) -> Stored:
    """Stores a run that was made by hand: `source` has output.txt, time.txt, the folder `run`, and command.txt if the
    example was given arguments besides --output."""
    text, facts = (source / "output.txt").read_text("utf-8"), (source / "time.txt").read_text("utf-8")
    if not re.match(r"rc 0 ", facts):
        raise RuntimeError(f"{name}: {facts.strip()}")
    seconds, date = re.search(r"seconds ([\d.]+) date (\S+)", facts).groups()  # type: ignore[union-attr]
    given = source / "command.txt"
    command = given.read_text("utf-8").strip() if given.is_file() else _command(name)
    return store(name, folder, text, source / "run", float(seconds), date, command)


def store(
    name: str, folder: Path, text: str, run: Path, seconds: float, date: str, command: str | None = None
) -> Stored:
    """Writes a run into its folder in the gallery; paths of the machine do not stay in what it printed."""
    text = re.sub(r"(?:\S*/)?\b" + re.escape(str(run).lstrip("/")), f"runs/{name}", text)
    text = "\n".join(line.rstrip() for line in PATHS.sub(lambda path: Path(path[0]).name, text).splitlines())
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    pictures = _reduced(sorted(run.rglob("*.png"), key=_weight)[:PICTURES])
    for picture, content in pictures.items():
        (folder / picture).write_bytes(content)
    (folder / "output.txt").write_text(text + "\n", "utf-8")
    facts = Stored(
        command=command or _command(name),
        code=digest(name),
        date=date,
        processor=_processor(run),
        seconds=round(seconds, 1),
        dataset=_dataset(text),
        pictures=list(pictures),
    )
    (folder / "stored.json").write_text(json.dumps(asdict(facts), indent=2) + "\n", "utf-8")
    return facts


def _command(name: str) -> str:
    return f"python examples/{name}.py runs/first" if name in BEFORE else f"python examples/{name}.py"


def _weight(picture: Path) -> tuple[bool, str]:
    return picture.stem in DULL, picture.stem


def _reduced(pictures: Sequence[Path]) -> dict[str, bytes]:
    """The pictures with as many pixels and colours as the budget allows; the largest gives way first."""
    forms = {picture: iter(range(1, len(FORMS))) for picture in pictures}
    found = {picture: _encoded(picture, 0) for picture in pictures}
    waiting = set(pictures)
    while waiting:
        largest = max(waiting, key=lambda picture: len(found[picture]))
        if len(found[largest]) <= PICTURE and sum(map(len, found.values())) <= BUDGET:
            break
        smaller = (content for form in forms[largest] if len(content := _encoded(largest, form)) < len(found[largest]))
        if content := next(smaller, None):
            found[largest] = content
        else:
            waiting.remove(largest)
    return {picture.name: content for picture, content in found.items()}


def _encoded(picture: Path, form: int) -> bytes:
    width, colours = FORMS[form]
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    if image.getcolors(PHOTO * image.width * image.height // 100) is None:
        numbers = image.quantize(palette=image.quantize(colours), dither=Image.Dither.FLOYDSTEINBERG)
    else:
        palette = _palette(np.asarray(image).reshape(-1, 3), colours)
        numbers = Image.fromarray(_nearest(np.asarray(image), palette))
        numbers.putpalette(palette.tobytes())
    content = io.BytesIO()
    numbers.save(content, "png", optimize=True)
    return content.getvalue()


def _palette(pixels: np.ndarray, colours: int) -> np.ndarray:
    """The most frequent greys and colours, and some of all others, however few pixels they are."""
    grey = np.ptp(pixels, axis=1) <= 8
    coloured, counts = np.unique(pixels[~grey], axis=0, return_counts=True)
    greys = colours // 3 if len(coloured) else colours
    often = np.argsort(-np.bincount(pixels[grey, 0], minlength=256), kind="stable")[: greys // 2]
    levels = np.concatenate([often, np.linspace(0, 255, greys - len(often)).round()]).astype(np.uint8)
    entries = np.repeat(levels, 3).reshape(-1, 3)
    if len(coloured):
        frequent = coloured[np.argsort(-counts, kind="stable")[: (colours - greys) // 2]]
        some = Image.fromarray(coloured[np.newaxis, :: 1 + len(coloured) // 4096])  # each of them counts once
        found = some.quantize(colours - greys - len(frequent), Image.Quantize.MAXCOVERAGE).getpalette() or []
        entries = np.concatenate([entries, frequent, np.array(found, np.uint8).reshape(-1, 3)])
    return entries


def _nearest(image: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """The number of each pixel's nearest colour, for a grey a grey; Pillow's own search takes 249 for 255."""
    packed, places = np.unique(image @ np.array([1 << 16, 1 << 8, 1]), return_inverse=True)
    colours = _weighed(np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1))
    numbers = np.empty(len(colours), np.uint8)
    for first in range(0, len(colours), 4096):
        apart = colours[first : first + 4096, np.newaxis] - _weighed(palette)
        numbers[first : first + 4096] = (apart**2).sum(axis=2).argmin(axis=1)
    return numbers[places].reshape(image.shape[:2])


def _weighed(colours: np.ndarray) -> np.ndarray:
    """Colours (N, 3), and twice how far each is from a grey."""
    return np.column_stack([colours, 2 * np.ptp(colours.astype(int), axis=1)]).astype(int)


def _dataset(text: str) -> str:
    match = re.search(r"^Data set: (\w+)", text, re.MULTILINE)
    return match[1] if match else ""


def _processor(run: Path) -> str:
    """The kind of processor, as the run says it."""
    for file in sorted(run.rglob("run.json")):
        machine = json.loads(file.read_text("utf-8")).get("machine", {})
        return f"{machine.get('processor', '')}, {machine.get('kernels', '')}".strip(", ")
    return ""
