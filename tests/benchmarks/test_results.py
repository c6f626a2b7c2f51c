"""The table of results: cells are computed, kept, continued after a stop, told apart; the committed ones are sound."""

import copy
import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import leibnet

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results.py"

TOY = '''
"""Two rows that take no time."""

from figures.row import Another, Figure, row

from leibnet.randomness import networks

SCALE = 2.0


@row([Figure("error", "toy 1-1", "error", "nats", 2, "lower", "1.5", "a paper, table 1", True)], range(3), 2, ())
def first(now):
    """A docstring."""
    return {"error": _scaled(1 + now.seed) + 0 * networks.generator.normal()}


@row(
    [
        Figure("gain", "toy 1-1", "gain", "", 1, "higher", Another("first", "error", "the first row")),
        Figure("epochs", "toy 2-2", "epochs", "", 0),
    ],
    range(2), 1, (),
)
def second(now):
    return {"gain": now.seed, "epochs": now.epochs(10)}


def _scaled(number):
    return SCALE * number  # a comment
'''


@pytest.fixture
def results(monkeypatch):
    """The script as a module, whose threads and kernels concern no other test."""
    monkeypatch.syspath_prepend(RESULTS.parent)
    yield importlib.import_module("results")
    leibnet.threads(None)


@pytest.fixture
def toy(results, monkeypatch, tmp_path):
    """Makes the two rows those of the script, from this text."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # that of another text in the same second would be taken

    def make(text=TOY):
        path = tmp_path / "toy.py"
        path.write_text(text)
        specification = importlib.util.spec_from_file_location("toy", path)
        module = importlib.util.module_from_spec(specification)
        monkeypatch.setitem(sys.modules, "toy", module)
        specification.loader.exec_module(module)
        monkeypatch.setattr(results, "FAMILIES", {"Toys": module})
        monkeypatch.setattr(results, "ROWS", {row.name: row for row in (module.first, module.second)})
        return module

    return make


@pytest.fixture
def call(results, monkeypatch, capsys, tmp_path):
    """What the command prints."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["results.py", "--cells", str(tmp_path / "cells"), *map(str, arguments)])
        results.main()
        return capsys.readouterr().out

    return run


def lines(text, row):
    """The cells of the table's lines that a row gave."""
    found = [line.strip("| ").split("|") for line in text.splitlines() if line.endswith(f"`{row}` |")]
    return [[cell.strip() for cell in line] for line in found]


def kept(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# Cells ------------------------------------------------------------------------------------------------------------


def test_a_cell_is_computed_and_kept(toy, call, tmp_path):
    toy()
    out = call("--only", "first", "--seed", 1)
    assert kept(tmp_path / "cells") == ["first-seed-1.json"]
    cell = json.loads((tmp_path / "cells" / "first-seed-1.json").read_text())
    assert (cell["row"], cell["seed"], cell["figures"]) == ("first", 1, {"error": 4.0})
    assert cell["conditions"]["leibnet"] == leibnet.__version__
    assert "1 thread" in cell["conditions"]["blas"]
    assert all(cell["conditions"].values())
    assert lines(out, "first") == [["error ↓", "nats", "4.00", "", "1 of 3", "0", "1.5", "1", "yes", "`first`"]]
    assert not lines(out, "second")


def test_the_library_draws_from_the_seed(toy, call, tmp_path):
    toy(TOY.replace("0 * networks", "networks"))
    read = [tmp_path / "cells" / f"first-seed-{seed}.json" for seed in (0, 1)]
    call("--only", "first", "--seed", 0, 1)
    before = [json.loads(path.read_text())["figures"] for path in read]
    call("--only", "first", "--seed", 1, 0)
    assert [json.loads(path.read_text())["figures"] for path in read] == before
    assert before[1]["error"] - before[0]["error"] != 2


def test_all_that_is_missing_is_computed_short_rows_first(toy, call, tmp_path):
    toy()
    out = call("--compute")
    order = [line.split(":")[0] for line in out.splitlines() if line.endswith((": about 1 s", ": about 2 s"))]
    assert order == [f"{name}, seed {seed}" for seed in (0, 1) for name in ("second", "first")] + ["first, seed 2"]
    assert len(kept(tmp_path / "cells")) == 5
    assert "about" not in call("--compute")


def test_a_computation_that_was_stopped_goes_on(toy, call, tmp_path, monkeypatch, results):
    toy()
    compute = results.computing.compute

    def stopped(row, setting):
        if (row.name, setting.seed) == ("second", 1):
            raise KeyboardInterrupt
        return compute(row, setting)

    monkeypatch.setattr(results.computing, "compute", stopped)
    with pytest.raises(KeyboardInterrupt):
        call("--compute")
    assert kept(tmp_path / "cells") == ["first-seed-0.json", "second-seed-0.json"]
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "cells").iterdir()}
    monkeypatch.setattr(results.computing, "compute", compute)
    call("--compute")
    assert len(kept(tmp_path / "cells")) == 5
    assert {path: path.stat().st_mtime_ns for path in times} == times


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 1)])
def test_a_process_that_is_stopped_in_a_cell_leaves_nothing_half_done(how, code, tmp_path):
    """The row needs no data set."""
    command = [sys.executable, RESULTS, "--only", "ring", "--seed", "0", "--cells", tmp_path]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("ring, seed 0: about")
        process.send_signal(how)
        errors = process.communicate(timeout=60)[1]
    assert process.returncode == code
    assert kept(tmp_path) == []
    assert ("--compute goes on from there" in errors) == (how == signal.SIGINT)


def test_figures_that_were_not_declared_are_refused(toy, call, tmp_path):
    toy(TOY.replace('{"gain": now.seed,', '{"loss": now.seed,'))
    with pytest.raises(ValueError, match="row second declares gain, epochs, and gave loss, epochs"):
        call("--only", "second")
    toy(TOY.replace('{"gain": now.seed,', '{"gain": float("nan"),'))
    with pytest.raises(ValueError, match="row second, seed 0: gain is nan"):
        call("--only", "second")
    assert kept(tmp_path / "cells") == []


def test_what_a_row_needs_is_told(toy, call, tmp_path, monkeypatch):
    monkeypatch.setenv("LEIBNET_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    toy(TOY.replace("range(3), 2, ()", 'range(3), 2, ("mnist", "torch")'))
    monkeypatch.setattr(sys.modules["figures.row"], "find_spec", lambda name: None)
    out = call("--compute")
    assert "first is left out: MNIST is not at hand: name its folder in LEIBNET_DATA" in out
    assert "PyTorch is not installed" in out
    assert kept(tmp_path / "cells") == ["second-seed-0.json", "second-seed-1.json"]
    assert lines(out, "first")[0][2:5] == ["-", "", "0 of 3"]


def test_a_user_without_the_fixed_binarisation_is_told_what_is_missing(toy, call, tmp_path, monkeypatch):
    monkeypatch.setenv("LEIBNET_DATA", str(tmp_path))
    toy(TOY.replace("range(3), 2, ()", 'range(3), 2, ("binarized_mnist",)'))
    out = call("--compute")
    assert "first is left out: the fixed binarisation of MNIST (Larochelle & Murray 2011) is not at hand" in out
    assert "binarized_mnist_larochelle_packed.npz with the arrays train, valid and test" in out
    (tmp_path / "binarized_mnist").mkdir()
    (tmp_path / "binarized_mnist" / "binarized_mnist_larochelle_packed.npz").touch()
    call("--compute")
    assert "first-seed-0.json" in kept(tmp_path / "cells")


# The table --------------------------------------------------------------------------------------------------------


def test_mean_spread_and_what_they_are_held_against(toy, call):
    toy()
    call("--compute")
    out = call()
    assert lines(out, "first") == [["error ↓", "nats", "4.00", "2.00", "3", "0", "1.5", "1", "yes", "`first`"]]
    gain, epochs = lines(out, "second")
    assert gain == ["gain ↑", "", "0.5", "0.7", "2", "0", "4.0 (the first row)", "`first`", "recomputed", "`second`"]
    assert epochs[:5] == ["epochs", "", "10", "0", "2"]
    assert "### Toy 1-1" in out
    assert "1. a paper, table 1" in out
    assert "Not counted" not in out
    assert lines(call("--only", "second", "--seed", "0"), "second")[0] == gain  # which are not among the rows shown


def changed(path, **changes):
    cell = json.loads(path.read_text())
    for name, value in changes.items():
        cell[name] = cell[name] | value if isinstance(value, dict) else value
    path.write_text(json.dumps(cell))


def test_a_cell_of_another_machine_is_told_apart(toy, call, tmp_path):
    toy()
    call("--compute")
    path = tmp_path / "cells" / "first-seed-2.json"
    changed(path, conditions={"processor": "Fast 3000"}, processorSeconds=70.0)
    out = call()
    assert lines(out, "first")[0][2:6] == ["4.00", "2.00", "3", "0 (A), 70 (B)"]
    here, other = (line for line in out.splitlines() if line.startswith(("A: ", "B: ")))
    assert "Fast 3000" not in here
    assert "4 cells" in here
    assert other.startswith("B: Fast 3000, ")
    assert other.endswith("another machine or other versions, by row and seed: first 2.")
    assert "by row and seed" in call()  # whichever machine prints it


def test_a_cell_from_other_code_is_told_and_computed_anew(toy, call, tmp_path):
    toy()
    call("--compute")
    toy(TOY.replace("SCALE = 2.0", "SCALE = 3.0"))
    call("--only", "first", "--seed", 0)
    out = call()
    assert lines(out, "first")[0][2:5] == ["3.00", "", "1 of 3"]
    told = [line for line in out.splitlines() if line.startswith("Not counted: ")]
    assert [line.split(", computed")[0] for line in told] == [f"Not counted: first, seed {seed}" for seed in (1, 2)]
    assert "`python benchmarks/results.py --only first --seed 1` computes it anew" in told[0]
    assert lines(out, "second")[0][4] == "2"
    assert "1, 2" in next(line for line in call("--list").splitlines() if line.startswith("first"))
    call("--compute")
    assert lines(call(), "first")[0][2] == "6.00"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("  # a comment", "", True),
        ('"""A docstring."""', '"""Another."""', True),
        ("a paper, table 1", "a paper, table 2", True),
        ("SCALE * number", "number * SCALE", False),
        ("SCALE = 2.0", "SCALE = 2.5", False),
        ("now.epochs(10)", "now.epochs(11)", True),  # another row's
    ],
)
def test_the_digest_is_of_what_the_row_computes(toy, before, after, same):
    assert before in TOY
    digest = toy().first.code
    assert (toy(TOY.replace(before, after)).first.code == digest) is same


def test_the_digest_follows_imports_to_files_beside(results):
    code = sys.modules["figures.code"]
    with_judge, without = (results.ROWS[name].function for name in ("gan", "ring"))
    assert ("rows.samples", "judge") in code.parts(with_judge)
    assert ("rows.samples", "judge") not in code.parts(without)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting property name"),
        ("[]", "expected a cell to be a dictionary"),
        ("{}", "a cell has row, seed"),
        ({"seed": -1}, "expected seed to be a whole number, got -1"),
        ({"figures": {"error": "low"}}, "expected the figure 'error' to be a finite number"),
        ({"conditions": {"numpy": 2}}, "expected numpy to be a text"),
        ({"packages": "numpy"}, "expected packages to be a list of texts"),
        ({"seed": 2}, "expected the file's name to be first-seed-2.json"),
    ],
)
def test_a_file_that_is_no_cell_is_named(toy, call, tmp_path, text, why):
    toy()
    call("--only", "first", "--seed", 0)
    path = tmp_path / "cells" / "first-seed-0.json"
    if isinstance(text, dict):
        changed(path, **text)
    else:
        path.write_text(text)
    with pytest.raises(SystemExit, match=f"first-seed-0.json is no cell: .*{why}.*Remove it") as error:
        call()
    assert str(path) in str(error.value)


def test_the_table_goes_to_a_file(toy, call, tmp_path):
    toy()
    path = tmp_path / "results.md"
    assert call("--compute", "--markdown", path).endswith(path.read_text())
    assert path.read_text() == call()


def test_the_file_has_all_rows_and_every_cell_so_far(toy, call, tmp_path, monkeypatch, results):
    toy()
    path = tmp_path / "results.md"
    call("--only", "second", "--seed", 0, "--markdown", path)
    assert path.read_text() == call() != call("--only", "second", "--seed", 0)
    compute = results.computing.compute

    def stopped(row, setting):
        if setting.seed:
            raise KeyboardInterrupt
        return compute(row, setting)

    monkeypatch.setattr(results.computing, "compute", stopped)
    with pytest.raises(KeyboardInterrupt):
        call("--compute", "--markdown", path)
    assert lines(path.read_text(), "first")[0][4] == "1 of 3"


def test_anchors_have_sources(results):
    figure = copy.copy(results.ROWS["classifier"].figures[0])
    with pytest.raises(ValueError, match="an anchor that is a text has a source"):
        replace(figure, source="")


# A quick look -----------------------------------------------------------------------------------------------------


def test_a_quick_look_keeps_nothing_and_says_so(toy, call, tmp_path):
    toy()
    out = call("--quick", "--only", "second")
    assert "A quick look, not results: seed 0, a tenth of the epochs" in out
    assert lines(out, "second")[1][2] == "1"
    assert kept(tmp_path / "cells") == []
    call("--compute")
    (tmp_path / "cells" / "first-seed-1.json").unlink()
    gain = lines(call("--quick", "--only", "second"), "second")[0]
    assert gain[2:7] == ["0.0", "", "1 of 2", "0", "4.0 (the first row)"]  # of the seeds 0 and 2


@pytest.mark.slow
def test_without_mnist_a_quick_look_takes_the_bundled_digits(tmp_path):
    environment = os.environ | {"LEIBNET_DATA": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, RESULTS, "--quick", "--cells", tmp_path / "cells"]
    run = subprocess.run(
        [*map(str, command)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "the bundled digits, as MNIST is not at hand" in run.stdout
    for name in ("classifier", "pca", "autoencoder", "convolutionalAutoencoder", "vae", "gan"):
        assert lines(run.stdout, name)[0][4].startswith("1")
    assert not (tmp_path / "cells").exists()


def test_a_quick_look_says_what_a_row_needs(toy, call, monkeypatch):
    toy(TOY.replace("range(3), 2, ()", 'range(3), 2, ("mnist", "torch")'))
    monkeypatch.setattr(sys.modules["figures.row"], "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="first: PyTorch is not installed: pip install torch"):
        call("--quick", "--only", "first")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--only", "third"], "--only: 'third' is none of first, second"),
        (["--only", "second", "--seed", "2"], "--seed: second has the seeds 0 to 1, got 2"),
        (["--quick", "--seed", "0"], "--quick: it has seed 0 alone"),
        (["--quick", "--compute"], "not allowed with"),
        (["--threads", "0"], "expected a positive integer"),
    ],
)
def test_bad_arguments_are_refused(toy, call, capsys, arguments, why):
    toy()
    with pytest.raises(SystemExit):
        call(*arguments)
    assert why in capsys.readouterr().err


# What is committed ------------------------------------------------------------------------------------------------


def test_every_committed_cell_belongs_to_a_row(results):
    for (name, seed), cell in results.cells.load(results.cells.FOLDER).items():
        row = results.ROWS[name]
        assert seed in row.seeds
        assert list(cell.figures) == [figure.name for figure in row.figures]


def test_the_committed_table_is_what_the_cells_say(results, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["results.py"])
    results.main()
    assert capsys.readouterr().out == (ROOT / "docs" / "results.md").read_text("utf-8")


def test_what_figures_are_held_against_is_there(results):
    for row in results.ROWS.values():
        for figure in row.figures:
            if not isinstance(figure.anchor, str):
                names = [one.name for one in results.ROWS[figure.anchor.row].figures]
                assert figure.anchor.figure in names
