"""The whole site builds without a warning, is whole, and needs no network; a wrong sign turns a page red."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from sitechecks import brokenLinks, loaded

ROOT = Path(__file__).parents[2]
NEEDED = ["sphinx", "myst_parser", "furo", "sklearn"]
built = pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason=f"needs {', '.join(NEEDED)}: pip install .[docs]")


def build(source, out, *options):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", *options, "-b", "html", source, out]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@built
@pytest.mark.slow
def test_the_site(tmp_path):
    """In one test: to build it takes a minute."""
    done = build(ROOT / "docs", tmp_path / "site", "-j", "2", "-D", "gallery_runs=0")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert loaded(tmp_path / "site") == []
    assert brokenLinks(tmp_path / "site") == []
    chapter = (tmp_path / "site" / "lectures" / "00_reading.html").read_text("utf-8")
    assert "<math" in chapter
    assert "difference quotient" in chapter
    for name in (path.stem for path in (ROOT / "examples").glob("*.py")):
        assert (tmp_path / "site" / "gallery" / f"{name}.html").is_file()
    shown = (tmp_path / "site" / "gallery" / "train_pca.html").read_text("utf-8")
    assert len(re.findall(r'href="\.\./_images/[^"]*\.png"', shown)) == 6, "a picture opens in its own size"


PAGE = """# A page

```{quotients}
import leibnet as ln

ln.checkGradients(ln.Dense(3, 2, ln.Tanh(), rng=1))
```
"""
SETTINGS = """
import sys
sys.path[:0] = [{docs!r}, {root!r}]
extensions = ["myst_parser", "extensions.mathml", "extensions.directives"]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath"]
{planted}
"""


def small(folder, page, planted=""):
    """A site of one page."""
    folder.mkdir()
    (folder / "index.md").write_text(page)
    (folder / "conf.py").write_text(SETTINGS.format(docs=str(ROOT / "docs"), root=str(ROOT), planted=planted))
    return folder


WRONG = """
from layers import Dense

right = Dense._backward


def wrong(self, dz, now, wanted):
    dx = right(self, dz, now, wanted)
    return None if dx is None else -dx


Dense._backward = wrong
"""


@built
@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "planted", "said"),
    [
        (PAGE, "", ""),
        (PAGE, WRONG, "Gradients and difference quotients do not agree"),
        (PAGE.replace("ln.checkGradients(ln.Dense(3, 2, ln.Tanh(), rng=1))", "1 + 1"), "", "is a GradientReport"),
        (PAGE.replace("quotients", "run") + "\n```{run}\n1 / 0\n```\n", "", "ZeroDivisionError"),
        (PAGE + "\n```{run}\nimport warnings\nwarnings.warn('large')\n```\n", "", "UserWarning: large"),
        (PAGE + "\n```{run}\n:warns:\nimport warnings\nwarnings.warn('large')\n```\n", "", ""),
        (PAGE + "\n```{run}\n:warns:\n1 + 1\n```\n", "", "announces a warning"),
        (PAGE + "\n```{run}\nln.plots.plotActivations([ln.ReLU()])\n```\n", "", "needs :alt:"),
        (PAGE + "\n```{run}\n:alt: a curve\nln.plots.plotActivations([ln.ReLU()])\n```\n", "", ""),
        (PAGE + "\n$$\\nonsense{x}$$\n", "", "nonsense"),
    ],
)
def test_what_is_wrong_turns_a_page_red(tmp_path, page, planted, said):
    source = small(tmp_path / "source", page, planted)
    for turn in range(2):  # a second build, too, though the page has not changed
        done = build(source, tmp_path / "site")
        assert said in done.stderr
        assert done.returncode == (1 if said else 0), (turn, done.stderr)
    if not said:
        assert "quotients" in (tmp_path / "site" / "index.html").read_text("utf-8")


HEALTHY = '<a id="here" href="other.html#there">x</a><img src="a.png"><a href="https://arxiv.org">paper</a>'
OTHER = '<h1 id="there">y</h1><a href="index.html">back</a><link rel="stylesheet" href="a.css">'
PLANTED = [
    ("index.html", '<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js"),
    ("index.html", '<img src="//cdn.example/x.png">', "loads //cdn.example/x.png"),
    ("index.html", '<img src="b.png">', "loads b.png"),
    ("index.html", '<link rel="preconnect" href="https://fonts.example">', "loads https://fonts.example"),
    (
        "index.html",
        "<style>p { background: url('https://cdn.example/p.png') }</style>",
        "loads https://cdn.example/p.png",
    ),
    ("a.css", "@import 'https://fonts.example/f.css';", "loads https://fonts.example/f.css"),
    ("a.css", "@font-face { src: url(https://fonts.example/f.woff2) }", "loads https://fonts.example/f.woff2"),
    ("index.html", '<a href="missing.html">x</a>', "links to missing.html, which is not there"),
    ("index.html", '<a href="other.html#nowhere">x</a>', "links to other.html#nowhere, whose anchor is not there"),
    ("index.html", '<a href="#nowhere">x</a>', "links to #nowhere, whose anchor is not there"),
]


@pytest.mark.parametrize(("file", "planted", "said"), [("a.css", "", ""), *PLANTED])
def test_the_checks_find_what_is_planted(tmp_path, file, planted, said):
    files = {"index.html": HEALTHY, "other.html": OTHER, "a.png": "", "a.css": "p { color: red }"}
    for name, text in (files | {file: files[file] + planted}).items():
        (tmp_path / name).write_text(text)
    found = loaded(tmp_path) + brokenLinks(tmp_path)
    assert found == ([f"{file} {said}"] if said else [])
