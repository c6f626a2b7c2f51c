"""Trainings on ranks of MPI itself, started by mpiexec; skipped where mpi4py or an MPI is not installed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mpi import MPIEXEC, NEEDS_MPI

pytestmark = NEEDS_MPI
ROOT = Path(__file__).parents[3]
SOON = 10  # seconds in which the others end, when one was killed

SCRIPT = """
import json, os, signal, sys, time
from pathlib import Path
import nn
import numpy as np
from mpi4py import MPI
from activations import ReLU, Softmax
from dataset import Dataset
from layers import BatchNormalization, Dense, Dropout
from nn import MLP, Checkpoint, Listener
from optimizer import SGD

way, path, *resume = sys.argv[1:]
ranks = MPI.COMM_WORLD
nn.seed(0)
x = np.random.default_rng(0).random((20, 330))
dataset = Dataset.fromArrays(x, x.argmax(axis=0) % 3, test_size=30, batch_size=30, dtype=np.float64, rng=0)
model = MLP([Dense(20, 30, ReLU(), SGD()), BatchNormalization(30), Dropout(0.2), Dense(30, 3, Softmax(), SGD())])

class Slow(Listener):
    def stepped(self, course):
        if course.steps == 15:
            print("step 15", flush=True)
        if way in ("killed", "interrupted"):
            time.sleep(0.05)

step = model.step
def watched(batch, context):
    if way == "killed" and ranks.rank == 1 and context.number == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    if way == "diverged" and ranks.rank == 1 and context.number == 20:
        model.layers[0].weight[...] = np.inf
    return step(batch, context)

model.step = watched
model.train(dataset, epochs=4, metrics=["train_loss", "test_accuracy"], progress=False, listeners=[Slow()],
            checkpoint=Checkpoint(path, seconds=0), resume=bool(resume),
            communicator=None if way == "alone" else ranks)
found = [float((array * array).sum()) for array in model.weights().values()]
Path(f"{path}.{ranks.rank}").write_text(json.dumps(found))
"""


def started(count, *arguments):
    """A process of so many ranks, or of one without mpiexec."""
    ours = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    others = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    others["PRTE_MCA_rmaps_default_mapping_policy"] = ":oversubscribe"
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    before = [] if count == 1 else [MPIEXEC, "-n", str(count)]
    return subprocess.Popen(
        [*before, *command], env=os.environ | ours | others, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(count, *arguments):
    """Its exit status, and what it has written."""
    process = started(count, *arguments)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def figures(path, count=1):
    """The squares of the parameters that the ranks end with, one list each."""
    return [json.loads(Path(f"{path}.{rank}").read_text()) for rank in range(count)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a training of one process ends with."""
    path = tmp_path_factory.mktemp("alone") / "run.safetensors"
    code, output = ended(1, "alone", path)
    assert code == 0, output
    return figures(path)[0]


@pytest.mark.parametrize("count", [2, 3])
def test_all_ranks_end_as_one_process_does(count, whole, tmp_path):
    path = tmp_path / "run.safetensors"
    code, output = ended(count, "whole", path)
    assert code == 0, output
    found = figures(path, count)
    assert all(one == found[0] for one in found)
    assert found[0] == pytest.approx(whole, rel=1e-10)


def test_a_divergence_of_one_rank_is_said_once(tmp_path):
    code, output = ended(2, "diverged", tmp_path / "run.safetensors")
    assert code != 0
    assert len(re.findall("^nn.watch.divergence.DivergenceError: .* at step 20", output, re.M)) == 1
    assert output.count("Traceback") == 1


def test_a_killed_rank_ends_all_and_the_checkpoint_goes_on_on_one_rank_and_on_two(whole, tmp_path):
    path, again = tmp_path / "run.safetensors", tmp_path / "again.safetensors"
    began = time.monotonic()
    process = started(2, "killed", path)
    for line in process.stdout:
        if line.startswith("step 15"):
            began = time.monotonic()  # half a second before the kill
    process.stdout.close()
    assert process.wait(timeout=60) != 0
    assert time.monotonic() - began < SOON
    shutil.copy(path, again)
    for count, kept in ((1, path), (2, again)):
        code, output = ended(count, "alone" if count == 1 else "whole", kept, "resume")
        assert code == 0, output
        assert all(one == pytest.approx(whole, rel=1e-10) for one in figures(kept, count))


def test_ctrl_c_ends_all_with_the_checkpoint_written(whole, tmp_path):
    path = tmp_path / "run.safetensors"
    process = started(2, "interrupted", path)
    for line in process.stdout:
        if line.startswith("step 15"):
            process.send_signal(signal.SIGINT)
            break
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert output.count("the training is kept in") == output.count("Traceback") == 1
    code, output = ended(2, "whole", path, "resume")
    assert code == 0, output
    assert all(one == pytest.approx(whole, rel=1e-10) for one in figures(path, 2))
