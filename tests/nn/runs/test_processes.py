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
from nn import pretrain
from nn.runs import Run, RunError, parser, runOf
from nn.runs.processes import world
from nn.training.ranks.launched import SIZES, launched
from rankmodels import made
from threadranks import results, together

ONE = {"Get_size": lambda: 1, "Get_rank": lambda: 0, "Allreduce": print, "bcast": print, "allgather": print}
SELF = SimpleNamespace(**ONE)  # in the place of MPI.COMM_SELF


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in SIZES:
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
    with Run(tmp_path / "mine", Dataset("digits"), seed=0, communicator=SELF) as run:
        made("classifier").train(data(), epochs=1, progress=False, **run.keeping())
    assert {path.name for path in run.folder.iterdir()} >= {"run.json", "metrics.csv", "checkpoint.safetensors"}


def data():
    x = np.random.default_rng(0).random((6, 44))
    return Dataset.fromArrays(x, x.argmax(axis=0) % 3, test_size=8, batch_size=9, rng=0)


@pytest.mark.parametrize("kept", ["folder", "checkpoint"])
def test_a_training_of_each_for_itself_is_refused_where_it_writes(kept, monkeypatch, tmp_path):
    monkeypatch.setenv("PMI_SIZE", "2")
    model, given = made("classifier"), {"epochs": 1, "progress": False, kept: tmp_path / "mine"}
    with pytest.raises(ValueError, match=r"train: 2 processes .* each would write to .*mine: give communicator=MPI"):
        model.train(data(), **given)
    assert model.history is None
    assert not any(tmp_path.iterdir())
    model.train(data(), epochs=1, progress=False)  # writes nothing
    model.train(data(), **given, communicator=SELF)
    monkeypatch.delenv("PMI_SIZE")
    model.train(data(), **given)


def test_a_pretraining_of_each_for_itself_is_refused_where_it_writes(monkeypatch, tmp_path):
    monkeypatch.setenv("PMI_SIZE", "2")
    given = {"epochs": 1, "progress": False, "folder": tmp_path / "mine"}
    with pytest.raises(ValueError, match="pretrain: 2 processes were started, and each would write to"):
        pretrain(made("classifier"), data(), **given)
    assert not any(tmp_path.iterdir())
    pretrain(made("classifier"), data(), **given, communicator=SELF)


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
        dataset = data()
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
