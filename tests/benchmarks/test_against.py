"""Two source trees beside each other: what differs is told, and what fails. Most trees here are a few lines long."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

CHECKOUT = Path(__file__).parents[2]
AGAINST = CHECKOUT / "benchmarks" / "against.py"
EXAMPLE = """
import sys
from pathlib import Path

folder = Path(sys.argv[sys.argv.index("--output") + 1])
folder.mkdir(parents=True)
(folder / "metrics.csv").write_text("index,train_loss\\n50,0.5\\n100,{loss}\\n")
print("Loss {loss} after 3.1 s, files in", folder)
"""


@pytest.fixture
def trees(monkeypatch):
    """The package of that name, with its modules."""
    monkeypatch.syspath_prepend(AGAINST.parent)
    for name in ("bits", "difference", "speed"):
        importlib.import_module(f"trees.{name}")
    return sys.modules["trees"]


@pytest.fixture
def tree(trees, tmp_path):
    """Makes a tree with an example that has this loss."""

    def make(name, loss="0.25", program=EXAMPLE):
        path = tmp_path / name / "examples" / "train_classifier.py"
        path.parent.mkdir(parents=True)
        path.write_text(program.replace("{loss}", loss))
        return trees.Tree(name, tmp_path / name)

    return make


def against(*arguments, **environment):
    command = [sys.executable, str(AGAINST), *map(str, arguments)]
    environment = os.environ | environment
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def rows(output):
    """The cells of a table's rows, by the first."""
    lines = [line.strip("| ").split(" | ") for line in output.splitlines() if line.startswith("| ") and line[2] != "|"]
    return {name: cells for name, *cells in lines if cells}


# The same bits ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path):
    """Two equal run folders."""
    made = []
    for name in ("one", "other"):
        folder = tmp_path / name / "part"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("index,train_loss,test_loss\n50,0.5,0.7\n100,0.25,nan\n")
        (folder / "steps.crc").write_bytes(bytes(range(12)))
        weights = {"b.weight": np.arange(6.0).reshape(2, 3), "training/b.M": np.array([np.nan, 0.0], np.float32)}
        save_file(weights, folder / "model.safetensors")
        (folder / "run.json").write_text(name)  # which nobody compares
        made.append(folder.parent)
    return made


def found(trees, folders):
    return list(trees.difference.differences(*folders))


def test_equal_folders_have_no_differences(trees, folders):
    assert found(trees, folders) == []


def test_the_first_step_that_differs_is_told(trees, folders):
    (folders[1] / "part" / "steps.crc").write_bytes(bytes([*range(4), 9, *range(5, 12)]))
    assert found(trees, folders) == ["part/steps.crc, step 2 of 3: 07060504 and 07060509"]
    (folders[1] / "part" / "steps.crc").write_bytes(bytes(range(8)))
    assert found(trees, folders) == ["part/steps.crc, 3 and 2 steps"]


def test_the_first_entry_that_differs_is_told(trees, folders):
    path = folders[1] / "part" / "metrics.csv"
    path.write_text("index,train_loss,test_loss\n50,0.5,0.7\n100,0.5,nan\n")
    told = "part/metrics.csv, train_loss at index 100: 0.25 and 0.5, largest relative difference 5.0e-01"
    assert found(trees, folders) == [told]
    path.write_text("index,train_loss,test_loss\n50,0.5,0.7\n")
    assert found(trees, folders) == ["part/metrics.csv, 2 and 1 entries"]
    path.write_text("index,train_loss\n50,0.5\n100,0.25\n")
    assert found(trees, folders) == ["part/metrics.csv, columns index, train_loss, test_loss and index, train_loss"]


@pytest.mark.parametrize(
    ("name", "array", "told"),
    [
        (
            "b.weight",
            np.array([[0.0, 1.0, 2.0], [3.0, 5.0, 5.0]]),
            "b.weight[1, 1] (1 of 6 entries differ): 4.0 and 5.0, largest relative difference 2.0e-01",
        ),
        ("b.weight", np.arange(6.0), "b.weight: float64 (2, 3) and float64 (6,)"),
        ("b.weight", np.arange(6, dtype=np.float32).reshape(2, 3), "b.weight: float64 (2, 3) and float32 (2, 3)"),
        (
            "training/b.M",
            np.array([np.nan, -0.0], np.float32),
            "training/b.M[1] (1 of 2 entries differ): 0.0 and -0.0, largest relative difference 0.0e+00",
        ),
        ("training/b.V", np.zeros(1), "training/b.V is new after"),
    ],
)
def test_the_first_array_that_differs_is_told(trees, folders, name, array, told):
    weights = {"b.weight": np.arange(6.0).reshape(2, 3), "training/b.M": np.array([np.nan, 0.0], np.float32)}
    save_file(weights | {name: array}, folders[1] / "part" / "model.safetensors")
    assert found(trees, folders) == [f"part/model.safetensors, {told}"]


def test_missing_and_new_files_are_told(trees, folders):
    (folders[1] / "part" / "metrics.csv").rename(folders[1] / "metrics.csv")
    assert found(trees, folders) == ["metrics.csv is new after", "part/metrics.csv is missing after"]


def test_times_and_folders_are_not_compared(trees):
    plain = trees.bits.withoutTimes
    assert plain("k 2   0.01 s, 12 s left") == plain("k 2  10.00 s, 3 s left")
    assert plain("2 samples, 3.1") != plain("2 samples, 3.2")


def test_an_example_that_is_equal(trees, tree, tmp_path):
    found = trees.bits.example("train_classifier", tree("before"), tree("after"), 3, tmp_path)
    assert found == ("", "")


def test_an_example_that_differs(trees, tree, tmp_path):
    files, printed = trees.bits.example("train_classifier", tree("before"), tree("after", "0.5"), 3, tmp_path)
    assert files == "metrics.csv, train_loss at index 100: 0.25 and 0.5, largest relative difference 5.0e-01"
    assert printed == "line 1: `Loss 0.25 after TIME, files in FOLDER` and `Loss 0.5 after TIME, files in FOLDER`"


def test_an_example_that_fails(trees, tree, tmp_path):
    broken = tree("after", program="print('begun')\nraise RuntimeError('no way')")
    files, printed = trees.bits.example("train_classifier", tree("before"), broken, 3, tmp_path)
    assert files.startswith(f"after ({broken.folder}) failed in: ")
    assert files.endswith(
        "train_classifier.py --dataset digits --threads 1 --seed 0 --epochs 3 --output "
        f"{tmp_path / 'train_classifier' / 'after'}: RuntimeError: no way"
    )
    assert printed == "nothing"


@pytest.mark.slow
def test_a_tree_beside_itself_has_the_same_bits():
    names = "train_classifier", "resumed: classifier, early stopping"
    run = against("--before", CHECKOUT, "--bits", "--epochs", 1, "--only", *names)
    assert run.returncode == 0, run.stderr
    assert rows(run.stdout) == {name: ["equal", "equal"] for name in names}


def test_the_first_difference_in_files_of_each_kind_is_told(trees, tree, tmp_path):
    program = "\n".join(
        [
            EXAMPLE,
            "for name in ('one', 'other'):",
            "    (folder / name).mkdir()",
            "    (folder / name / 'steps.crc').write_bytes(bytes([int(100 * {loss}), 0, 0, 0]))",
        ]
    )
    sides = tree("before", program=program), tree("after", "0.5", program=program)
    files, _ = trees.bits.example("train_classifier", *sides, 3, tmp_path)
    assert files == (
        "one/steps.crc, step 1 of 1: 00000019 and 00000032; "
        "metrics.csv, train_loss at index 100: 0.25 and 0.5, largest relative difference 5.0e-01 "
        "(and 1 more of the files)"
    )


# Speed ------------------------------------------------------------------------------------------------------------


def test_quartiles_of_the_ratios(trees):
    times = trees.speed.Times([1.0, 2.0, 4.0, 1.0, 1.0], [1.0, 1.0, 8.0, 3.0, 4.0])
    assert times.ratios() == (1.0, 2.0, 3.0)
    assert times.medians() == (1.0, 3.0)
    assert trees.speed.Times([2.0], [3.0]).ratios() == (1.5, 1.5, 1.5)


def test_pairs_alternate_and_processes_are_renewed(trees):
    asked, started = [], []

    class Tree:
        def __init__(self, name, seconds):
            self.name, self.seconds = name, seconds

        def inside(self, *arguments):
            started.append((self.name, *arguments))
            return self

        def ask(self, epochs):
            asked.append((self.name, epochs))
            return f"{self.seconds}\n"

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

    times = trees.speed.measure("work", Tree("b", 0.1), Tree("a", 0.2), 3, None)
    assert (times.before, times.after) == ([0.1] * 3, [0.2] * 3)
    assert started == [("b", "serve", "work"), ("a", "serve", "work")] * 2
    assert asked[:2] == [("b", 1), ("b", 1)]
    assert {epochs for _, epochs in asked[2:]} == {3}  # a block of 0.3 s
    assert "".join(name for name, _ in asked[2:]) == "ba" + "baab" + "ba" + "ba"


def test_a_tree_beside_itself_is_timed():
    run = against(
        "--before", CHECKOUT, "--speed", "--pairs", 2, "--only", "two epochs of train", OPENBLAS_L2_SIZE="512"
    )
    assert run.returncode == 0, run.stderr
    assert "OPENBLAS_L2_SIZE=512" in run.stdout
    ratio, quartiles, pairs, before, after = rows(run.stdout)["two epochs of train"]
    low, high = map(float, quartiles.split(" to "))
    assert 0 < low <= float(ratio) <= high
    assert pairs == "2"
    assert float(before) > 1
    assert float(after) > 1


def test_the_processor_says_what_it_has(trees, tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("model name\t: Fast 3000\nflags\t\t: sse2 avx2 avx512f\n\nmodel name\t: Slow\nflags\t\t: sse2\n")
    assert trees.speed.processor(path) == "Fast 3000, AVX2, AVX-512"
    assert trees.speed.processor(tmp_path / "none")


# What fails -------------------------------------------------------------------------------------------------------


def test_a_process_that_dies_tells_its_errors(trees, tree):
    dying = "import sys\nprint(input() + '!', flush=True)\nsys.exit('out of ideas')"
    place = tree("after", program=dying)
    with place.start(place.folder / "examples" / "train_classifier.py") as process:
        assert process.ask(7) == "7!\n"
        with pytest.raises(trees.TreeError, match="out of ideas\nafter (.*) failed in: .*train_classifier.py"):
            process.ask(8)


def test_a_folder_without_the_packages_is_told(tmp_path):
    (tmp_path / "nn.py").write_text("raise ImportError('this tree is broken')")
    run = against("--before", tmp_path, "--bits")
    assert run.returncode == 1
    assert "this tree is broken" in run.stderr
    assert f"before ({tmp_path}) failed in: -P inside.py describe" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say what to compare: --bits, --speed or both"),
        (["--speed", "--pairs", "0"], "expected a positive integer, got 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, told):
    run = against("--before", CHECKOUT, *arguments)
    assert run.returncode == 2
    assert told in run.stderr


def test_unknown_rows_are_refused():
    run = against("--before", CHECKOUT, "--bits", "--only", "train_all", "train_pca")
    assert run.returncode == 1
    assert "argument --only: no rows train_all, there are train_classifier, train_pca," in run.stderr
