"""Runs of several processes, which are threads here; what needs an mpiexec is in tests/examples/test_processes.py."""

import json
import sys
from functools import partial
from types import SimpleNamespace

from leibnet import randomness
from leibnet.ranks import RankStopped

import numpy as np
import pytest

import nn
from dataset import Dataset
from nn.runs import Run, RunError, parser, runOf
from nn.runs.processes import launched, world
from rankmodels import made
from threadranks import results, together


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
def test_the_environment_says_how_many_were_started(name, monkeypatch):
    assert launched() == 1
    monkeypatch.setenv(name, "4")
    assert launched() == 4
    monkeypatch.setenv(name, "4(x2)")
    assert launched() == 1


def test_without_mpiexec_nothing_is_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)  # an ImportError
    assert world() is None
    monkeypatch.setenv("PMI_SIZE", "3")
    with pytest.raises(RunError, match=r"3 processes were started, and they need mpi4py .* pip install leibnet\[mpi\]"):
        world()


def test_an_mpi_that_has_not_started_the_processes(monkeypatch):
    one = SimpleNamespace(COMM_WORLD=SimpleNamespace(Get_size=lambda: 1))
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=one))
    monkeypatch.setenv("PMI_SIZE", "2")
    with pytest.raises(RunError, match="2 processes were started, and mpi4py knows of 1"):
        world()


def test_each_for_itself_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    with pytest.raises(RunError, match=r"each would write to .*mine: give communicator=MPI.COMM_WORLD"):
        Run(tmp_path / "mine", Dataset("digits"), seed=0)
    own = SimpleNamespace(
        Get_size=lambda: 1, Get_rank=lambda: 0, Allreduce=print, bcast=print, allgather=print
    )  # MPI.COMM_SELF
    with Run(tmp_path / "mine", Dataset("digits"), seed=0, communicator=own) as run:
        assert run.communicator is None
    assert "communicator" not in run.keeping()


def test_a_program_of_one_process_refuses_several(monkeypatch):
    both = SimpleNamespace(COMM_WORLD=SimpleNamespace(Get_size=lambda: 2))
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=both))
    monkeypatch.setenv("PMI_SIZE", "2")
    options = parser("").parse_args([])
    program = runOf(options, "one", Dataset("digits"), together=False)
    with pytest.raises(RunError, match="this program computes in one: start it without mpiexec"), program:
        pass


def trained(folder, communicator, epochs=2, arguments=None, resume=False):
    """The run and the model of this rank, and what was in its folder before the end."""
    with randomness.held():
        nn.seed(0)
        model = made("classifier")
        x = np.random.default_rng(0).random((6, 44))
        dataset = Dataset.fromArrays(x, x.argmax(axis=0) % 3, test_size=8, batch_size=9, rng=0)
        with Run(
            folder, dataset, seed=0, arguments=arguments, resume=resume, script=__file__, communicator=communicator
        ) as run:
            model.train(dataset, epochs=epochs, progress=False, watch=False, **run.keeping())
            model.save(run.folder / "classifier.safetensors")
            there = {path.name for path in run.folder.iterdir()}
        return run, model, there


def test_the_first_process_alone_writes(tmp_path):
    folder = tmp_path / "run"
    (first, model, there), (second, other, own) = results(2, partial(trained, folder))
    assert first.folder == folder
    assert there >= {"run.json", "metrics.csv", "checkpoint.safetensors", "classifier.safetensors"}
    assert own == {"classifier.safetensors"}
    assert not second.folder.exists()
    assert second.place == folder
    assert (first.isFirst, second.isFirst) == (True, False)
    assert {path.name for path in tmp_path.rglob("*.json")} == {"run.json"}
    record = json.loads((folder / "run.json").read_text())
    assert record["machine"]["ranks"] == "2"
    assert record["end"]["how"] == "finished"
    assert first.record.started == second.record.started
    assert all(np.array_equal(array, other.weights()[name]) for name, array in model.weights().items())


def test_a_run_goes_on_with_other_processes(tmp_path):
    results(2, partial(trained, tmp_path / "run", epochs=1))
    (run, model, _), *_ = results(3, partial(trained, tmp_path / "run", epochs=2, resume=True))
    assert [line for line in run.changed if line.startswith("ranks")] == ["ranks: then 2; now 3"]
    _, one, _ = trained(tmp_path / "alone", None)
    for name, array in one.weights().items():
        assert np.allclose(model.weights()[name], array, rtol=1e-4)


def test_what_keeps_the_first_from_beginning_ends_all(tmp_path):
    results(2, partial(trained, tmp_path / "run", arguments={"kind": 1}))
    found = together(3, partial(trained, tmp_path / "run", arguments={"kind": 2}, resume=True))
    assert "kind was 1, here it is 2" in str(found[0])
    assert all(isinstance(one, RankStopped) for one in found[1:])
