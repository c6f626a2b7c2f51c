"""A run in a folder, from its beginning to its end, as a script or a notebook has it."""

import signal
import sys
from pathlib import Path

import leibnet
from leibnet.processor.threadcount import Threads

import numpy as np
import pytest

from dataset import Dataset
from nn.runs import Run, RunError, readRecord

DIGITS = Dataset("digits")


def test_a_notebook_has_a_record_too(tmp_path, monkeypatch):
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    arguments = {
        "learningRate": np.float32(0.5),
        "layers": (20, 10),
        "name": "mine",
        "data": Path("a", "b"),
        "no": None,
    }
    with Run(tmp_path / "new" / "mine", DIGITS, seed=3, arguments=arguments) as run:
        assert run.begun
        assert readRecord(run.folder).end is None
    record = readRecord(tmp_path / "new" / "mine")
    assert record == run.record
    assert record.end["how"] == "finished"
    assert 0 <= record.end["seconds"] <= run.seconds
    assert (record.script, record.argv, record.seed) == ("", [], 3)
    stored = {"learningRate": 0.5, "layers": [20, 10], "name": "mine", "data": str(Path("a", "b")), "no": None}
    assert record.arguments == stored
    assert record.versions["leibnet"] == leibnet.__version__
    assert record.dataset["checksums"] == DIGITS.checksums


def test_keeping_is_what_train_takes(tmp_path):
    run = Run(tmp_path, DIGITS, seed=0, resume=True)
    assert run.keeping() == {"folder": tmp_path, "checkpoint": tmp_path / "checkpoint.safetensors", "resume": True}
    assert not run.begun
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("threads", [None, 2])
def test_the_threads_that_were_asked_for_compute_and_are_recorded(tmp_path, threads):
    with Run(tmp_path, DIGITS, seed=0, threads=threads):
        assert Threads(10**12).number == (threads or 1)
    record = readRecord(tmp_path)
    assert (record.threads, record.chooses) == (threads or 1, False)


def test_threads_that_the_program_has_set_are_no_choice_of_the_training(tmp_path):
    leibnet.threads(2)
    with Run(tmp_path, DIGITS, seed=0):
        assert Threads(10**12).number == 2
    assert (readRecord(tmp_path).threads, readRecord(tmp_path).chooses) == (2, False)


def test_the_program_and_its_arguments_as_they_were_typed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "mine.py"), raising=False)
    monkeypatch.setattr(sys, "argv", ["mine.py", "--strange", "\ud800\n", "x" * 2000])
    with Run(tmp_path, DIGITS, seed=0):
        pass
    record = readRecord(tmp_path)
    assert record.script == "mine.py"
    assert record.argv == ["--strange", "'\\ud800\\n'", "'" + "x" * 999]


def test_an_earlier_record_is_kept(tmp_path):
    for seed in range(3):
        with Run(tmp_path, DIGITS, seed=seed):
            pass
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "run.1.json", "run.2.json"}
    assert [readRecord(tmp_path / name).seed for name in ("run.1.json", "run.2.json", "run.json")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (KeyboardInterrupt, "interrupted"),
        (BrokenPipeError, "interrupted"),
        (ValueError, "failed"),
        (SystemExit, "failed"),
    ],
)
def test_how_it_ended(tmp_path, error, how):
    with pytest.raises(error), Run(tmp_path, DIGITS, seed=0):
        raise error
    assert readRecord(tmp_path).end["how"] == how


def test_the_error_is_told_rather_than_the_full_disk(tmp_path, monkeypatch):
    import nn.runs.run

    def full(path, content):
        raise OSError("full")

    def fail():
        monkeypatch.setattr(nn.runs.run, "writeAtomically", full)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Run(tmp_path, DIGITS, seed=0):
        fail()
    monkeypatch.undo()
    with pytest.raises(OSError, match="full"), Run(tmp_path, DIGITS, seed=0):
        monkeypatch.setattr(nn.runs.run, "writeAtomically", full)


def test_a_run_that_no_with_has_seen_the_end_of(tmp_path):
    """Ctrl-C between the beginning of the run and the first line inside of it."""
    run = Run(tmp_path, DIGITS, seed=0)
    run.interrupt()  # nothing has begun
    assert list(tmp_path.iterdir()) == []
    run.__enter__()
    run.interrupt()
    assert readRecord(tmp_path).end["how"] == "interrupted"
    first = readRecord(tmp_path).end
    run.interrupt()
    assert readRecord(tmp_path).end == first
    with pytest.raises(GeneratorExit), Run(tmp_path, DIGITS, seed=0):
        raise GeneratorExit
    assert readRecord(tmp_path).end["how"] == "interrupted"


@pytest.mark.parametrize("moment", [1, 2])
def test_ctrl_c_while_the_record_is_written(tmp_path, monkeypatch, moment):
    """At the beginning and at the end: it is written in full, and says so."""
    import nn.runs.run

    write, times = nn.runs.run.writeAtomically, []

    def interrupted(path, content):
        times.append(path)
        if len(times) == moment:
            signal.raise_signal(signal.SIGINT)
        write(path, content)

    monkeypatch.setattr(nn.runs.run, "writeAtomically", interrupted)
    with pytest.raises(KeyboardInterrupt), Run(tmp_path, DIGITS, seed=0):
        assert moment == 2
    assert readRecord(tmp_path).end["how"] == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_goes_on_with_its_first_record(tmp_path, change):
    with Run(tmp_path, DIGITS, seed=0, arguments={"epochs": 3}) as first:
        pass
    change(tmp_path, versions=first.record.versions | {"numpy": "1.0"}, argv=["then"])
    with Run(tmp_path, DIGITS, seed=0, arguments={"epochs": 3}, resume=True) as run:
        assert readRecord(tmp_path).end is None
    assert run.changed == [f"numpy: then 1.0; now {first.record.versions['numpy']}"]
    record = readRecord(tmp_path)
    assert (record.argv, record.versions["numpy"], record.end["how"]) == (["then"], "1.0", "finished")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_without_an_earlier_run_there_is_nothing_to_go_on_with(tmp_path):
    with Run(tmp_path, DIGITS, seed=0, resume=True) as run:
        assert run.changed == []
    assert readRecord(tmp_path).end["how"] == "finished"


def test_another_run_does_not_go_on(tmp_path):
    same = {"seed": 0, "arguments": {"epochs": 3, "loss": "ce"}, "threads": 1, "script": "mine.py"}
    with Run(tmp_path, DIGITS, **same):
        pass
    before = (tmp_path / "run.json").read_bytes()
    for values, message in (
        ({"seed": 1}, "seed was 0, here it is 1"),
        ({"threads": 2}, "threads was 1, here it is 2"),
        ({"script": "other.py"}, "script was 'mine.py', here it is 'other.py'"),
        ({"arguments": {"epochs": 3, "loss": "mse"}}, "loss was 'ce', here it is 'mse'"),
        ({"arguments": {"epochs": 3}}, "loss was 'ce', here it is None"),
    ):
        with (
            pytest.raises(RunError, match=f"resume goes on with a run with the same arguments: in .*, {message}"),
            Run(tmp_path, DIGITS, **same | values, resume=True),
        ):
            raise AssertionError
    with (
        pytest.raises(RunError, match="data, batch_size was 50, here it is 10"),
        Run(tmp_path, Dataset("digits", batch_size=10), **same, resume=True),
    ):
        raise AssertionError
    assert (tmp_path / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"seed": -1}, ValueError, "Run: expected seed to be a whole number of at least 0, got -1"),
        ({"seed": 0.5}, TypeError, "Run: expected seed to be"),
        ({"threads": 0}, ValueError, "Run: expected threads to be a whole number of at least 1, got 0"),
        ({"resume": 1}, TypeError, "Run: expected resume to be True or False, got 1"),
        ({"dataset": "digits"}, TypeError, "Run: expected dataset to be a Dataset"),
        (
            {"arguments": {"seed": 1}},
            ValueError,
            "none of them output, .*, kernels, help, got 'seed'",
        ),
        ({"arguments": {"a b": 1}}, ValueError, "named by letters, digits and _"),
        ({"arguments": {"lr": float("nan")}}, ValueError, "expected lr to be a text, a finite number"),
        ({"arguments": {"model": {"a": 1}}}, ValueError, "expected model to be a text, a finite number"),
        ({"arguments": {"lr": np.ones(3)}}, TypeError, "a value of type ndarray"),
    ],
)
def test_bad_arguments_fail_before_anything_is_written(tmp_path, values, error, message):
    with pytest.raises(error, match=message):
        Run(tmp_path / "run", **{"dataset": DIGITS, "seed": 0} | values)
    assert list(tmp_path.iterdir()) == []
