"""Examples that mpiexec has started; skipped where mpi4py or an MPI is not installed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mpi import MPIEXEC, NEEDS_MPI

pytestmark = NEEDS_MPI
ROOT = Path(__file__).parents[2]
SOON = 10  # seconds in which the others end, when one has failed
ALONE = ["transfer", "train_pca", "see_units", "compare_initializers"]

SCRIPT = """
import sys, time
from leibnet import seed
from mpi4py import MPI
from nn import MLP
from nn.runs import RunError, chooseDataset, parser, runOf, runScript
from activations import Softmax
from layers import Dense

way = sys.argv.pop(1)
rank = MPI.COMM_WORLD.rank

def main():
    options = parser(way).parse_args()
    seed(0)
    dataset = chooseDataset("digits")
    if way == "early" and rank == 1:
        raise RunError("the first has no such file")
    with runOf(options, way, dataset) as run:
        if way == "everywhere":
            raise RuntimeError(f"on {rank}")
        model = MLP([Dense(64, 10, Softmax())])
        said = {"train_loss": lambda index, value: print("trains", flush=True)}
        epochs = 10**6 if way == "long" else 2
        model.train(dataset, epochs=epochs, callbacks=said, progress=False, **run.keeping())
        if way == "late" and rank == 1:
            raise OSError("the disk is full")
        if way == "late":
            time.sleep(60)

runScript(main)
"""


def begun(count, *command):
    ours = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    others = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    others["PRTE_MCA_rmaps_default_mapping_policy"] = ":oversubscribe"
    before = [] if count == 1 else [MPIEXEC, "-n", str(count)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*before, sys.executable, *map(str, command)], env=os.environ | ours | others, **pipes)


def ended(count, *command):
    """Exit status, and what was written to the two streams."""
    process = begun(count, *command)
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def classifier(count, folder, *more):
    given = ["--dataset", "digits", "--epochs", "2", "--output", folder, *more]
    return ended(count, ROOT / "examples" / "train_classifier.py", *given)


def metrics(folder):
    with (folder / "metrics.csv").open() as file:
        return [[float(value) for value in row.values()] for row in csv.DictReader(file)]


@pytest.mark.parametrize("count", [2, 3])
def test_an_example_is_trained_together_and_written_once(count, tmp_path):
    code, output, errors = classifier(count, tmp_path / "together")
    assert code == 0, errors
    one, said, _ = classifier(1, tmp_path / "alone")
    assert one == 0
    assert len(output.splitlines()) == len(said.splitlines())
    assert errors.count("epoch 2 of 2") == 1
    assert {path.name for path in (tmp_path / "together").iterdir()} == {
        path.name for path in (tmp_path / "alone").iterdir()
    }
    for row, expected in zip(metrics(tmp_path / "together"), metrics(tmp_path / "alone"), strict=True):
        assert row == pytest.approx(expected, rel=1e-4)
    assert json.loads((tmp_path / "together" / "run.json").read_text())["machine"]["ranks"] == str(count)


@pytest.mark.parametrize("name", ALONE)
def test_a_program_of_one_process_says_so_in_a_line(name, tmp_path):
    code, _, errors = ended(2, ROOT / "examples" / f"{name}.py", "--dataset", "digits", "--output", tmp_path / "out")
    assert code == 1
    assert errors.splitlines() == [
        "2 processes were started, and this program computes in one: start it without mpiexec"
    ]
    assert not (tmp_path / "out").exists()


def test_bad_arguments_are_told_once(tmp_path):
    code, output, errors = classifier(2, tmp_path / "out", "--epochs", "0")
    assert (code, output) == (2, "")
    assert errors.count("expected a positive integer, got 0") == 1


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("early", "the first has no such file"),
        ("everywhere", "RuntimeError: on 0"),
        ("late", "the disk is full"),
    ],
)
def test_what_ends_one_process_ends_all_and_is_told_once(way, message, tmp_path):
    began = time.monotonic()
    code, _, errors = ended(3, "-c", SCRIPT, way, "--output", tmp_path / "out")
    assert time.monotonic() - began < SOON + 20  # the start, too
    assert code != 0
    assert errors.count(message) == 1
    assert errors.count("Traceback") == (way == "everywhere")


def test_ctrl_c_is_told_once_and_the_run_goes_on(tmp_path):
    process = begun(2, "-c", SCRIPT, "long", "--output", tmp_path / "out")
    for line in process.stdout:
        if line == "trains\n":
            process.send_signal(signal.SIGINT)
            break
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert errors.count(f"--resume --output {tmp_path / 'out'} goes on") == 1
    assert json.loads((tmp_path / "out" / "run.json").read_text())["end"]["how"] == "interrupted"
