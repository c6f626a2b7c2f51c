"""The command that repeats a run has everything from its record, and runs nothing else."""

import dataclasses
import json
import os
import sys
from pathlib import Path

import pytest

from nn.runs import RunError, readRecord
from nn.runs.repetition import commandOf, execute

BEFORE = Path(__file__).parent / "run.4c71e4d.json"
SCRIPTS = [Path("examples", name) for name in ("train_classifier.py", "train_gan.py")]


def test_the_command_of_a_run_of_version_0_1():
    assert commandOf(readRecord(BEFORE), SCRIPTS, Path("again"))[1:] == [
        str(SCRIPTS[0]),
        "--dataset=digits",
        "--batch-size=50",
        "--optimizer=adam",
        "--loss=ce",
        "--epochs=1",
        "--seed=0",
        "--threads=1",
        "--output=again",
    ]


def test_the_command_has_all_arguments_and_is_read_by_no_shell():
    hostile = {"name": "$(touch /tmp/pwned); --output=/", "seeds": [1, 2], "none": [], "resume": True, "lr": None}
    hostile |= {"off": False, "dataset": None}
    record = dataclasses.replace(readRecord(BEFORE), arguments=hostile, chooses=True, seed=5)
    assert commandOf(record, SCRIPTS, Path("again")) == [
        sys.executable,
        str(SCRIPTS[0]),
        "--name=$(touch /tmp/pwned); --output=/",
        *("--seeds", "1", "2"),
        "--resume",
        "--dataset=digits",
        "--seed=5",
        "--output=again",
    ]


@pytest.mark.parametrize(("given", "word"), [(None, ["--dataset=digits"]), ("mnist", ["--dataset=mnist"])])
def test_the_data_set_is_given_where_the_script_asks_for_one(given, word):
    record = dataclasses.replace(readRecord(BEFORE), chooses=True, arguments={"dataset": given})
    assert commandOf(record, SCRIPTS, Path("again"))[2:-2] == word
    record = dataclasses.replace(record, arguments={})
    assert commandOf(record, SCRIPTS, Path("again"))[2:-2] == []


@pytest.mark.parametrize("script", ["../../evil.py", "repeat.py", "", "examples/train_gan.py"])
def test_only_scripts_that_are_known_are_run(script):
    record = dataclasses.replace(readRecord(BEFORE), script=script)
    with pytest.raises(RunError, match="expected a run of one of the scripts train_classifier.py, train_gan.py, got"):
        commandOf(record, SCRIPTS, Path("again"))


@pytest.mark.parametrize("value", ["--output=/etc", "-c", True, None])
def test_a_list_cannot_hold_another_option(value):
    record = dataclasses.replace(readRecord(BEFORE), arguments={"seeds": [1, value]})
    with pytest.raises(RunError, match="none of which begins with -, for --seeds, got"):
        commandOf(record, SCRIPTS, Path("again"))


def test_the_repetition_has_the_blas_variables_of_the_run_and_no_others(tmp_path, monkeypatch):
    record = dataclasses.replace(readRecord(BEFORE), variables={"OPENBLAS_CORETYPE": "NEHALEM"})
    monkeypatch.setenv("OPENBLAS_CORETYPE", "HASWELL")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    path = tmp_path / "seen"
    script = f"import json, os; json.dump(dict(os.environ), open({str(path)!r}, 'w'))"
    assert execute([sys.executable, "-c", script], record) == 0
    seen = json.loads(path.read_text())
    assert {name: seen[name] for name in seen if name.startswith(("OPENBLAS", "OMP"))} == record.variables
    assert seen["PATH"] == os.environ["PATH"]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_exit_code_of_a_process_that_was_killed():
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert execute([sys.executable, "-c", script], readRecord(BEFORE)) == 137
