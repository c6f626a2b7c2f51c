"""The tasks: what the scripts find is as good as what scikit-learn finds, in not many more lines."""

import runpy
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from tasks import LINES, TASKS, figure, lines

TABLE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
LONG = {"search"}
TWINS = [task for task in TASKS if task.twin]


def cases(tasks):
    return [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.name in LONG else []) for one in tasks]


def row(task):
    """The cells of the task's row in the table."""
    (found,) = [line for line in TABLE.splitlines() if f"/{task.path.name})" in line]
    return [cell.strip() for cell in found.strip("|").split("|")]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    def run(path):
        monkeypatch.chdir(tmp_path)
        with warnings.catch_warnings():  # both sides go through so many epochs, and not until the loss stays
            warnings.filterwarnings("ignore", "(?s).*(Maximum iterations|max_iter)")
            runpy.run_path(str(path), run_name="__main__")
        return float(figure(capsys.readouterr().out))

    return run


@pytest.mark.parametrize("task", cases(TASKS))
def test_the_figure(task, run):
    for package in task.needs:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    ours = run(task.path)
    assert ours == pytest.approx(float(row(task)[4].split()[0]), abs=task.margin)
    if not task.twin:
        assert ours <= task.margin
        return
    theirs = run(task.twinPath)
    assert ours >= theirs - task.margin, f"{ours}, scikit-learn {theirs}"


@pytest.mark.parametrize("task", TWINS, ids=[one.name for one in TWINS])
def test_the_lines(task):
    ours, theirs = lines(task.path), lines(task.twinPath)
    assert ours <= LINES * theirs, f"{ours} lines, scikit-learn {theirs}"


def test_every_script_is_one_of_the_tasks():
    known = {one.path for one in TASKS} | {one.twinPath for one in TWINS}
    assert set(Path(__file__).parent.glob("*.py")) - known == {Path(__file__), Path(__file__).with_name("table.py")}


def test_lines_are_those_of_code(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        '"""What\n\nit does."""\n\n# why\nx = [\n    1,\n\n    2,\n]  # two\ny = """a\n\nb"""\n', encoding="utf-8"
    )
    assert lines(script) == 7


@pytest.mark.parametrize("task", TASKS, ids=[one.name for one in TASKS])
def test_the_table_has_the_lines_of_today(task):
    ours, theirs = row(task)[1:3]
    assert int(ours) == lines(task.path)
    assert theirs == (str(lines(task.twinPath)) if task.twin else "")
