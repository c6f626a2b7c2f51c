"""A run is repeated from its run.json, and told from one that went another way."""

import argparse
import dataclasses
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def execute(script, *arguments):
    command = [sys.executable, EXAMPLES / script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The folder of a short run."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    done = execute("train_classifier.py", "--dataset", "digits", "--epochs", 2, "--threads", 1, "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(original, tmp_path):
    """A copy of that folder, to be tampered with."""
    return Path(shutil.copytree(original, tmp_path / "run"))


@pytest.fixture
def module(monkeypatch):
    """Loads a module of the examples; what they do about Ctrl-C is undone afterwards."""
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    handler = signal.getsignal(signal.SIGINT)
    yield importlib.import_module
    signal.signal(signal.SIGINT, handler)


def change(folder, **values):
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_run_repeats_to_the_bit(original, tmp_path):
    done = execute("repeat.py", original, "--output", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert "Then and now: nothing has changed" in done.stdout
    assert done.stdout.splitlines()[-1] == "agrees to the bit: 58 steps, 2 entries, 1 file of weights"
    assert {path.name for path in original.iterdir()} == {path.name for path in (tmp_path / "again").iterdir()}


def test_steps_that_nobody_noted_are_not_counted(run, original, module):
    (run / "steps.crc").write_bytes(bytes(4 * 20) + (original / "steps.crc").read_bytes()[4 * 20 :])
    found = module("rundifference").compare(run, original, 29)
    assert str(found) == "38 steps (20 more were not noted), 2 entries, 1 file of weights"


def test_another_seed_is_found_at_the_first_step_and_what_has_changed_is_said(run, tmp_path):
    described = json.loads((run / "run.json").read_text())
    change(run, seed=1, versions=described["versions"] | {"numpy": "1.0"}, argv=["--seed", "0"])
    done = execute("repeat.py", run / "run.json", "--output", tmp_path / "again")
    assert done.returncode == 1
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert f"numpy: then 1.0; now {described['versions']['numpy']}" in lines
    assert "does not agree (58 steps, 2 entries, 1 file of weights compared):" in lines
    assert "steps.crc: first at step 1 (epoch 1) of 58" in lines
    assert any(line.startswith("metrics.csv: first at entry 1 (1437 samples): train_loss was ") for line in lines)
    assert any(line.startswith("classifier.safetensors: layers.") for line in lines)
    assert lines.index("does not agree (58 steps, 2 entries, 1 file of weights compared):") > lines.index(
        f"numpy: then 1.0; now {described['versions']['numpy']}"
    )


def test_one_changed_byte_is_found_where_it_is(module, original, run):
    compare = module("rundifference").compare
    assert compare(run, original, 29).differences == []
    content = bytearray((run / "steps.crc").read_bytes())
    content[4 * 40 + 2] ^= 1
    (run / "steps.crc").write_bytes(content)
    assert compare(run, original, 29).differences == ["steps.crc: first at step 41 (epoch 2) of 58"]
    content[4 * 40 : 4 * 41] = bytes(4)  # not known
    (run / "steps.crc").write_bytes(content)
    assert compare(run, original, 29).differences == []
    lines = (run / "metrics.csv").read_text().splitlines()
    cells = lines[2].split(",")
    cells[2] = repr(float(cells[2]) + 0.5)
    (run / "metrics.csv").write_text("\n".join([*lines[:2], ",".join(cells)]) + "\n")
    (difference,) = compare(run, original, 29).differences
    assert difference.startswith("metrics.csv: first at entry 2 (2874 samples): test_loss was ")
    assert difference.endswith(", apart by 0.5")


def test_other_weights_are_found(module, original, run):
    import numpy as np
    from safetensors.numpy import load_file, save_file

    weights = load_file(run / "classifier.safetensors")
    weights["layers.1.weight"][0, 0] += np.float32(0.25)
    save_file(weights, run / "classifier.safetensors")
    (difference,) = module("rundifference").compare(run, original, 29).differences
    assert difference == "classifier.safetensors: layers.1.weight differs by up to 0.25"
    (run / "classifier.safetensors").write_bytes(b"nonsense")
    (difference,) = module("rundifference").compare(run, original, 29).differences
    assert difference.startswith("classifier.safetensors cannot be compared")


def test_a_run_that_was_interrupted_agrees_as_far_as_it_went(module, original, run):
    (run / "steps.crc").write_bytes((run / "steps.crc").read_bytes()[: 4 * 30 + 3])
    (run / "metrics.csv").write_bytes(b"".join((run / "metrics.csv").read_bytes().splitlines(keepends=True)[:2]))
    (run / "classifier.safetensors").unlink()
    compare = module("rundifference").compare
    assert compare(run, original, 29).differences == [
        "steps.crc: 30 steps then, 58 now",
        "metrics.csv: 1 entry then, 2 now",
    ]
    found = compare(run, original, 29, interrupted=True)
    assert (found.differences, found.shorter, str(found)) == ([], True, "30 steps, 1 entry")


def test_the_command_has_all_arguments_and_is_read_by_no_shell(module, original):
    run = module("runfile").readRun(original)
    hostile = {"name": "$(touch /tmp/pwned); --output=/", "seeds": [1, 2], "resume": True, "lr": None}
    run = dataclasses.replace(run, arguments=hostile, chooses=True, seed=5)
    command = module("repeat").commandOf(run, Path("again"))
    assert command == [
        sys.executable,
        str(EXAMPLES / "train_classifier.py"),
        "--name=$(touch /tmp/pwned); --output=/",
        *("--seeds", "1", "2"),
        "--resume",
        "--dataset=digits",
        "--seed=5",
        "--output=again",
    ]


def test_the_repetition_has_the_blas_variables_of_the_run_and_no_others(module, original, tmp_path, monkeypatch):
    run = dataclasses.replace(module("runfile").readRun(original), variables={"OPENBLAS_CORETYPE": "NEHALEM"})
    monkeypatch.setenv("OPENBLAS_CORETYPE", "HASWELL")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    path = tmp_path / "seen"
    script = f"import json, os; json.dump(dict(os.environ), open({str(path)!r}, 'w'))"
    assert module("repeat").execute([sys.executable, "-c", script], run) == 0
    seen = json.loads(path.read_text())
    assert {name: seen[name] for name in seen if name.startswith(("OPENBLAS", "OMP"))} == run.variables
    assert seen["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(("threads", "chooses"), [(None, False), (2, False)])
def test_the_threads_that_were_asked_for_compute_and_are_recorded(module, tmp_path, monkeypatch, threads, chooses):
    import leibnet
    from dataset import Dataset

    monkeypatch.setattr(sys, "argv", ["train_classifier.py", "--strange", "\ud800\n"])
    options = argparse.Namespace(threads=threads, seed=3, output=tmp_path / "run", dataset=None)
    try:
        module("common").beginRun(options, "classifier", Dataset("digits"))
        assert Threads(10**12).number == (threads or 1)
    finally:
        leibnet.threads(None)
    run = module("runfile").readRun(tmp_path / "run")
    assert (run.threads, run.chooses, run.seed) == (threads or 1, chooses, 3)
    assert run.argv == ["--strange", "'\\ud800\\n'"]
    module("common").beginRun(options, "classifier", Dataset("digits"))
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "run.1.json"}
    leibnet.threads(None)


def test_other_code_has_another_checksum(module):
    digest = module("runrecord").codeDigest
    assert digest(EXAMPLES / "train_ae.py") == digest(EXAMPLES / "train_ae.py") != digest(EXAMPLES / "train_gan.py")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": 2}, "expected format 1, got 2"),
        ({"script": "../../evil.py"}, "expected the script to be one of compare_optimizers.py, .*got '../../evil.py'"),
        ({"script": "repeat.py"}, "expected the script to be one of"),
        ({"script": ["train_gan.py"]}, "expected the script to be one of"),
        ({"arguments": {"output": "/etc"}}, "expected names of an example's arguments, got 'output'"),
        ({"arguments": {"-c": "import os"}}, "expected names of an example's arguments"),
        ({"arguments": {"seeds": ["--output=/etc"]}}, "is nothing that the list seeds can have"),
        ({"arguments": {"epochs": {"a": 1}}}, "expected a text, a number, or a list of them for epochs"),
        ({"arguments": {"name": "\x1b[2J"}}, "expected 'name' to be a text"),
        ({"arguments": {"name": "a\0b"}}, "expected 'name' to be a text"),
        ({"arguments": {"name": "\ud800"}}, "expected 'name' to be a text"),
        ({"arguments": {"name": "x" * 2000}}, "up to 1,000 characters"),
        ({"arguments": {"epochs": 10**30}}, "expected 'epochs' to be a number up to 1e18"),
        ({"arguments": {f"a{'b' * i}": 1 for i in range(300)}}, "up to 200 names"),
        ({"seed": -1}, "expected seed to be a whole number from 0"),
        ({"seed": True}, "expected seed to be a whole number"),
        ({"seed": "0"}, "expected seed to be a whole number"),
        ({"threads": 10**9}, "expected threads to be a whole number from 1 to 1,024"),
        ({"chooses": 1}, "expected chooses to be true or false"),
        ({"variables": {"LD_PRELOAD": "/tmp/evil.so"}}, "'LD_PRELOAD' is nothing that 'variables' can have"),
        ({"variables": {"OMP_TOOL_LIBRARIES": "/tmp/evil.so"}}, "is nothing that 'variables' can have"),
        ({"variables": {"OPENBLAS_CORETYPE": "/tmp/evil.so"}}, "is nothing that 'variables: OPENBLAS_CORETYPE' can"),
        ({"dataset": {"name": "digits"}}, "dataset: train_size"),
        ({"dataset": None}, "expected dataset to be a table"),
        ({"git": {"commit": 1, "dirty": False}}, "expected 'git: commit' to be a text"),
        ({"end": {"how": "finished", "seconds": "1"}}, "expected 'end: seconds' to be a number"),
        ({"versions": []}, "expected versions to be a table"),
    ],
)
def test_a_file_that_is_no_record_of_a_run_is_refused(module, run, values, message):
    change(run, **values)
    with pytest.raises(ValueError, match=f"run.json is no record of a run that can be repeated: .*{message}"):
        module("runfile").readRun(run)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[]", "expected the file to be a table"),
        (b"\xff\xfe", "it is not text in UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b" " * 2**19, "expected at most 262,144 bytes"),
        (b'{"format": 1}', "script is missing"),
        (b'{"format": NaN}', "it has the number NaN"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "digits"),
    ],
)
def test_a_damaged_file_is_refused(module, tmp_path, content, message):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(ValueError, match=f"run.json is no record of a run that can be repeated: .*{message}"):
        module("runfile").readRun(tmp_path / "run.json")


def test_bytes_changed_at_random_are_read_or_refused(module, run):
    content, rng = (run / "run.json").read_bytes(), random.Random(0)
    for _ in range(500):
        changed = bytearray(content)
        for _ in range(rng.choice((1, 3, 20))):
            changed[rng.randrange(len(changed))] = rng.choice((rng.randrange(256), *b'"{}[],:-\\'))
        (run / "run.json").write_bytes(changed[: rng.choice((len(changed), rng.randrange(len(changed))))])
        with suppress(ValueError):
            read = module("runfile").readRun(run)
            assert module("runfile").content(read)
            assert module("repeat").commandOf(read, Path("again"))[1].startswith(str(EXAMPLES))


def test_what_cannot_be_repeated_ends_with_a_message(run, tmp_path):
    for folder, output, message in (
        (tmp_path / "nowhere", tmp_path / "again", "there is no such file. Give the folder of a run, or its run.json"),
        (run, run, "expected a new or an empty folder to repeat the run in"),
        (run, run / "again", "expected a folder outside of the run's"),
    ):
        done = execute("repeat.py", folder, "--output", output)
        assert done.returncode == 2
        assert message in done.stderr
    change(run, arguments={"strange": 1})
    done = execute("repeat.py", run, "--output", tmp_path / "again")
    assert done.returncode == 2
    assert "unrecognized arguments: --strange=1" in done.stderr
    assert "The repetition ended with exit code 2: there is nothing to compare" in done.stderr


def test_generated_data_have_a_checksum_too(module, tmp_path):
    import numpy as np

    from dataset import Dataset

    digest = module("runrecord").arraysDigest
    one, same, other = (digest(Dataset("ring", train_size=100, test_size=10, rng=number)) for number in (0, 0, 1))
    assert one == same != other
    inputs = np.arange(20.0).reshape(2, 10)
    assert digest(Dataset.fromArrays(inputs, rng=0)) != digest(Dataset.fromArrays(np.flip(inputs, 0), rng=0))


def test_without_git_there_is_no_commit(module, monkeypatch, tmp_path):
    record = module("runrecord")
    assert record.gitState() is None or len(record.gitState()["commit"]) == 40
    monkeypatch.setenv("PATH", str(tmp_path))
    assert record.gitState() is None
    (tmp_path / "git").write_text("#!/bin/sh\nexit 128\n")
    os.chmod(tmp_path / "git", 0o755)
    assert record.gitState() is None
