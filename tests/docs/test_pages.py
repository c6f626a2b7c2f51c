"""The pages of the site and the chapters, without building it: what they name is there, and what they say runs."""

import ast
import json
import re
from pathlib import Path

import leibnet

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CHAPTERS = {path.name: path.read_text("utf-8") for path in sorted((DOCS / "lectures").glob("*.md"))}
PAGES = CHAPTERS | {path.name: path.read_text("utf-8") for path in sorted(DOCS.glob("*.md"))}
MADE = {"00_reading.md", "index.md"}  # no topic of a lecture


def included(text):
    """The files that a page includes lines of, each with the object it names, if it names one."""
    for file, options in re.findall(r"```{literalinclude} (\S+)\n((?::\S.*\n)*)", text):
        named = re.search(r":pyobject: (\S+)", options)
        yield file, named[1] if named else None


def objects(path):
    """The functions, classes and methods of a file by their names."""
    found = set()

    def visit(body, prefix):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(prefix + node.name)
                visit(node.body, f"{prefix}{node.name}.")

    visit(ast.parse(path.read_text("utf-8")).body, "")
    return found


@pytest.mark.parametrize("page", CHAPTERS)
def test_included_lines_are_there(page):
    for file, name in included(CHAPTERS[page]):
        path = (DOCS / "lectures" / file).resolve()
        assert path.is_file(), file
        assert name is None or name in objects(path), f"{file} has no {name}"


@pytest.mark.parametrize("page", [name for name in CHAPTERS if name not in MADE])
def test_a_chapter_has_formula_lines_and_proof(page):
    text = CHAPTERS[page]
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)) == 1
    assert "$$" in text or "```{math}" in text or r"\begin{align" in text
    assert list(included(text))
    assert "```{quotients}" in text or "```{run}" in text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_no_picture_from_a_network(page):
    assert not re.findall(r"!\[[^\]]*\]\((?:https?:)?//|<(?:img|script|iframe)\b", PAGES[page])


def equivalents():
    """What the tables of coming.md have on the right, by their titles."""
    text = PAGES["coming.md"]
    for title, table in re.findall(r"^## (.+?)\n\n((?:\|.*\n)+)", text, re.MULTILINE):
        rows = [line.strip("|\n ").split(" | ") for line in table.splitlines()[2:]]
        assert all(len(row) == 2 for row in rows), title
        yield title, [code for _, right in rows for code in re.findall(r"`([^`]+)`", right)]


def test_the_equivalents_of_other_libraries_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(leibnet, "threads", lambda n: None)  # the test's process keeps its own
    (listing,) = re.findall(r"```python\n(.*?)```", PAGES["coming.md"], re.DOTALL)
    space = {}
    exec(compile(listing, "coming.md", "exec"), space)
    tables = dict(equivalents())
    assert {"PyTorch", "Keras", "scikit-learn"} == {*tables}
    for title, codes in tables.items():
        assert len(codes) > 10
        for code in codes:
            exec(compile(code, f"coming.md, {title}: {code}", "exec"), space)
    assert {"net.safetensors", "run.safetensors"} <= {path.name for path in tmp_path.iterdir()}


def test_the_citation_names_this_version():
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    facts = dict(re.findall(r"^([\w-]+):(?: \"?(.*?)\"?)?$", text, re.MULTILINE))
    assert facts["cff-version"] == "1.2.0"
    assert facts["version"] == leibnet.__version__
    assert {"message", "title", "authors", "type", "license"} <= {*facts}


def test_every_example_has_a_stored_run_with_pictures_that_are_there():
    for name in (path.stem for path in (ROOT / "examples").glob("*.py")):
        folder = DOCS / "gallery" / name
        facts = json.loads((folder / "stored.json").read_text("utf-8"))
        assert (folder / "output.txt").read_text("utf-8").strip()
        assert sorted(facts["pictures"]) == sorted(path.name for path in folder.glob("*.png")), name
        assert name in facts["command"]
