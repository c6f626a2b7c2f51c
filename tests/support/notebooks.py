"""The notebooks of the course and their solutions: read, put together, run.

A cell is known by its id: `exercise-1` is one whose code a solution replaces, `check-1` the one that decides on it;
`start` and `given-1` are what exercises and checks need. A file of solutions has `# %% exercise-1` above each.
"""

import contextlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
EXERCISE = re.compile(r"exercise-\d+")


def notebook(name):
    """The notebook as it is stored, a dict."""
    return json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))


def codeCells(book):
    """The code of the notebook's cells, by their id, in order."""
    return {cell["id"]: "".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"}


def exercises(name):
    """The ids of its exercises."""
    return [one for one in codeCells(notebook(name)) if EXERCISE.fullmatch(one)]


def solutions(name):
    """The solution of each exercise, by its id."""
    text = (ROOT / "notebooks" / "solutions" / f"{name}.py").read_text(encoding="utf-8")
    parts = re.split(r"^# %% (exercise-\d+)\n", text, flags=re.MULTILINE)
    return {ident: code.strip() + "\n" for ident, code in zip(parts[1::2], parts[2::2], strict=True)}


def solved(book, answers):
    """The notebook with these answers in place of the cells of the same id."""
    for cell in book["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]].splitlines(keepends=True)
    return book


def execute(cells, check):
    """Runs in this process what the cell `check` needs, and that cell; returns their names.

    Those are the cells before it with the ids `start`, `given-N` and `exercise-N`: no trainings, no pictures.
    """
    space = {"__name__": "notebook"}
    for ident, code in cells.items():
        if ident == check or ident.startswith(("start", "given-", "exercise-")):
            with contextlib.redirect_stdout(None):
                exec(compile(code, ident, "exec"), space)
        if ident == check:
            break
    return space
