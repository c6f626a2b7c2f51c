"""The listings of README and docs run as they stand, and what they name is there."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
ELSEWHERE = {"export.md", "scikit-learn.md"}  # whose listings have tests of their own, with other libraries
PACKAGES = {"leibnet", "nn", "layers", "activations", "loss", "optimizer", "dataset"}
RUN = [name for name in PAGES if name not in ELSEWHERE and "```python" in PAGES[name]]


def blocks(page, language):
    return [text for kind, text in re.findall(r"```(\w+)\n(.*?)```", PAGES[page], re.DOTALL) if kind == language]


def run(texts, page):
    """Runs the listings of a page one after the other, as in one notebook."""
    space = {"__name__": "page"}
    for text in texts:
        exec(compile(text, page, "exec"), space)
    return space


def packagesOf(text):
    """The packages that a listing imports."""
    for node in ast.walk(ast.parse(text)):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        yield from (name.partition(".")[0] for name in names)


def test_the_first_page_fits():
    assert len(PAGES["README.md"].splitlines()) <= 130


def test_the_five_lines_give_what_they_say(capsys):
    run(blocks("README.md", "python")[:1], "README.md")
    said = re.search(r"\{'loss': ([\d.]+), 'accuracy': ([\d.]+)\}", blocks("README.md", "python")[0]).groups()
    found = re.findall(r"[\d.]+", capsys.readouterr().out.splitlines()[-1])  # to what processors may differ
    assert [float(number) for number in found] == pytest.approx([float(number) for number in said], abs=0.01)


def test_the_listing_is_the_lectures():
    """As tests/nn/models/test_lecture.py runs it."""
    lecture = (ROOT / "tests" / "nn" / "models" / "test_lecture.py").read_text(encoding="utf-8")
    assert blocks("README.md", "python")[1].strip() in lecture


def test_own_data(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    space = run(blocks("README.md", "python")[2:], "README.md")
    assert len(capsys.readouterr().out.split()) == 4  # two numbers of two samples, in brackets
    assert max(space["network"].history["test_f1"]) > 0.95
    assert [path.name for path in tmp_path.iterdir()] == ["network.safetensors"]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "models.md" else name
        for name in RUN
        if name != "README.md"
    ],
)
def test_the_pages_run(page, tmp_path, monkeypatch, capsys):
    texts = blocks(page, "python")
    for package in sorted({name for text in texts for name in packagesOf(text)}):
        if find_spec(package) is None:
            pytest.skip(f"{page} needs {package}, which is not installed")
    monkeypatch.chdir(tmp_path)
    run(texts, page)
    shown, printed = blocks(page, "text"), capsys.readouterr().out

    def without_rounding(text):  # the last digit of a difference quotient depends on the processor, and so do errors
        return re.sub(r"\d +\S+(?=  ok)", "", text)

    if page == "extend.md":
        assert without_rounding("".join(shown)) == without_rounding(printed)
    if page == "models.md":
        vae, bracket, exact, deep = [line for line in printed.splitlines() if re.match(r"-[\d.]+|ln p", line)]
        bound, estimate = map(float, vae.split())
        assert -25 < bound < estimate
        below, above = map(float, re.findall(r"-\d+\.\d+", bracket))
        assert below - 0.5 < float(exact) < above + 0.5
        assert -30 < float(deep) < 0
        assert {path.name for path in tmp_path.iterdir()} == {
            f"{name}.png"
            for name in (
                *("vae", "slant", "kernels", "layers", "codes"),
                *("positions", "scale", "scenes", "samples", "simulation"),
            )
        }


def test_the_test_command_is_the_one_of_ci():
    command = next(text for text in blocks("README.md", "bash") if "pytest" in text)
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for part in ('pip install --quiet -e ".[test]"', "pytest -n 2"):
        assert part in ci.replace("pytest -rs", "pytest")
        assert part.replace(" --quiet", "") in command


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_page_and_script_it_names_is_there(page):
    text, folder = PAGES[page], ROOT if page == "README.md" else ROOT / "docs"
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not link.startswith("http")]
    scripts = re.findall(r"python ((?:examples|benchmarks)/\w+\.py)", text)
    scripts += [f"examples/{name}" for name in re.findall(r"`(train_\w+\.py)`", text)]
    for link in links:
        made, _, name = link.rpartition("/")  # pages that a build of the site makes
        if made == "gallery":
            assert name == "index.md" or (ROOT / "examples" / name).with_suffix(".py").is_file(), link
        elif made == "reference":
            assert name == "index.rst" or name.removesuffix(".rst").partition(".")[0] in PACKAGES, link
        else:
            assert (folder / link).is_file(), link
    for script in scripts:
        assert (ROOT / script).is_file(), script


def test_every_page_is_linked_from_the_first_or_listed_in_the_book():
    linked = set(re.findall(r"\(docs/([\w-]+\.md)\)", PAGES["README.md"]))
    listed = {
        f"{name}.md"
        for block in re.findall(r"```{toctree}\n(.*?)```", PAGES["index.md"], re.DOTALL)
        for name in block.split()
    }
    assert set(PAGES) - {"README.md", "index.md"} <= linked | listed
