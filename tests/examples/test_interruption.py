"""However a run ends: a message, an exit code, no traceback, and no half-written file under a final name."""

import csv
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from progress import withoutProgress
from vgg import drawnWeights

resource = pytest.importorskip("resource")

EXAMPLES = Path(__file__).parents[2] / "examples"
CLASSIFIER = [sys.executable, str(EXAMPLES / "train_classifier.py"), "--dataset", "digits"]


def start(*command, limit=None, **environment):
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background would be deaf to it
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    if limit is not None:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"  # of which there would be half a file
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        preexec_fn=prepare,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The command of an example's run that is long enough to be interrupted, and the folder of one that was not."""

    @cache
    def whole(example):
        command = [
            sys.executable,
            EXAMPLES / example,
            "--dataset",
            "digits",
            "--threads",
            1,
            "--epochs",
            12,
            "--output",
        ]
        folder = tmp_path_factory.mktemp("whole") / "run"
        with start(*command, folder) as process:
            _, errors = process.communicate(timeout=60)
        assert (process.returncode, withoutProgress(errors)) == (0, "")
        return command, folder

    return whole


@pytest.fixture(scope="module")
def epoch(tmp_path_factory):
    """The folder of the classifier's run over one epoch."""
    folder = tmp_path_factory.mktemp("epoch") / "run"
    with start(*CLASSIFIER, "--epochs", 1, "--output", folder) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    return folder


@pytest.fixture
def run(epoch, tmp_path):
    """A copy of that folder, to go on with."""
    return Path(shutil.copytree(epoch, tmp_path / "run"))


def checkFiles(folder):
    """Whether every file is whole."""
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        match path.suffix:
            case ".png":
                assert content.startswith(b"\x89PNG")
                assert content[-8:-4] == b"IEND"
            case ".gif":
                assert content[:3] + content[-1:] == b"GIF;"
            case ".csv":
                assert content.endswith(b"\r\n")
                assert len({len(row) for row in csv.reader(content.decode().splitlines())}) == 1
            case ".crc":
                assert len(content) % 4 == 0
            case ".safetensors":
                assert load_file(path)
            case ".json":
                assert json.loads(content)["format"] == 1
            case _:
                assert path.is_dir(), f"{path.name} is left over"


def test_ctrl_c_at_any_moment(tmp_path):
    rng = random.Random()
    for i in range(4):
        folder = tmp_path / str(i)
        with start(*CLASSIFIER, "--epochs", 40, "--output", folder) as process:
            while not (folder / "run.json").exists():
                time.sleep(0.005)
            time.sleep(delay := rng.uniform(0, 1.2) * (i > 0))
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        assert process.returncode in (130, 0), (delay, errors)  # 0: it was just over
        assert "Traceback" not in errors
        assert "ignored" not in errors
        if process.returncode:
            message = errors.splitlines()[-1]
            place = re.escape(str(folder))
            goes_on = f"; --resume --output {place} goes on"
            assert re.fullmatch(rf"interrupted after [\d.]+ s; what was written is in {place}({goes_on})?", message)
        checkFiles(folder)
        end = json.loads((folder / "run.json").read_text())["end"]
        assert end["how"] == ("interrupted" if process.returncode else "finished")


@pytest.mark.parametrize(
    ("example", "number"),
    [
        ("train_classifier.py", signal.SIGINT),
        ("train_gan.py", signal.SIGKILL),
        pytest.param("train_classifier.py", signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("train_gan.py", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_goes_on(example, number, whole, tmp_path):
    command, whole = whole(example)
    folder = tmp_path / "interrupted"
    with start(*command, folder) as process:
        while not (folder / "metrics.csv").exists() or (folder / "metrics.csv").read_bytes().count(b"\n") < 3:
            time.sleep(0.002)
        process.send_signal(number)
        process.communicate(timeout=60)
    with start(*command, folder, "--resume") as process:
        _, errors = process.communicate(timeout=60)
    assert "the training goes on after " in errors
    assert (process.returncode, withoutProgress(errors)) == (0, "")
    assert (folder / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    name = "gan.safetensors" if "gan" in example else "classifier.safetensors"
    one, other = load_file(whole / name), load_file(folder / name)
    assert all((array == other[place]).all() for place, array in one.items())
    assert {path.name for path in folder.iterdir()} == {path.name for path in whole.iterdir()}
    assert json.loads((folder / "run.json").read_text())["end"]["how"] == "finished"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "options", "picture"),
    [
        ("deep_dream.py", ["--weights", "vgg.safetensors", "--size", 104, "--octaves", 2, "--steps", 40], "dream.png"),
        ("style_transfer.py", ["--kind", "texture", "--size", 48, "--steps", 60], "picture.png"),
    ],
)
def test_a_picture_that_is_interrupted_goes_on(script, options, picture, tmp_path, monkeypatch):
    """Where nothing was trained, and in the first octave, where the picture is small."""
    monkeypatch.chdir(tmp_path)
    save_file(drawnWeights(dtype=np.float32), "vgg.safetensors")
    command = [sys.executable, EXAMPLES / script, *options, "--threads", 1, "--output"]
    with start(*command, "whole") as process:
        assert process.wait(timeout=120) == 0
    with start(*command, "interrupted") as process:
        while not process.stderr.readline().startswith("step "):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith(f"--resume --output {tmp_path / 'interrupted'} goes on\n")
    assert {path.name for path in Path("interrupted").iterdir()} == {"run.json", "checkpoint.safetensors", picture}
    with start(*command, "interrupted", "--resume") as process:
        printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "begins anew" not in printed
    assert Path("interrupted", picture).read_bytes() == Path("whole", picture).read_bytes()


def test_another_run_does_not_go_on(run):
    for arguments, message in [
        (["--epochs", 1, "--seed", 1], r"in .*, seed was 0, here it is 1"),
        (["--epochs", 1, "--threads", 3], r"in .*, threads was .*, here it is 3"),
        (["--epochs", 1, "--loss", "mse"], r"in .*, loss was 'ce', here it is 'mse'"),
    ]:
        with start(*CLASSIFIER, *arguments, "--output", run, "--resume") as process:
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert re.fullmatch(r"resume goes on with a run with the same arguments: " + message, errors.strip())


def test_a_damaged_checkpoint_is_told_in_one_line(run):
    content = (run / "checkpoint.safetensors").read_bytes()
    (run / "checkpoint.safetensors").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with start(*CLASSIFIER, "--epochs", 1, "--output", run, "--resume") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.fullmatch(r".*checkpoint\.safetensors is damaged: .*\n", errors)
    assert json.loads((run / "run.json").read_text())["end"]["how"] == "failed"


def test_resume_needs_a_folder():
    with start(*CLASSIFIER, "--resume") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "argument --resume: give the folder of the run to go on with by --output" in errors


@pytest.mark.parametrize("moment", ["numpy", "nn.runs", "dataset.dataset"])
def test_ctrl_c_while_the_library_is_loaded_is_pythons(tmp_path, moment):
    """Until `main` is called, nothing of the library has changed what Python does; and nothing is written."""
    script = f"""
import runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {moment!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
sys.argv = {[*CLASSIFIER[1:], "--output", str(tmp_path / "run")]!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""
    with start(sys.executable, "-c", script) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (-signal.SIGINT, "")
    assert errors.endswith("KeyboardInterrupt\n")
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_print_to(tmp_path):
    command = shlex.join([*CLASSIFIER, "--epochs", "1", "--output", str(tmp_path / "run")])
    with start("sh", "-c", f"exec {command} >&-") as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, withoutProgress(errors)) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_ends_quietly(tmp_path, unbuffered):
    with start(*CLASSIFIER, "--epochs", 2, "--output", tmp_path / "run", PYTHONUNBUFFERED=unbuffered) as process:
        if unbuffered:
            process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert withoutProgress(errors) == ""
    assert process.returncode == 141
    checkFiles(tmp_path / "run")


def test_a_full_disk_names_the_file_that_could_not_be_written(tmp_path):
    for limit, name in ((1000, "run"), (20_000, "run/checkpoint.safetensors"), (200_000, r"run/\w+.png")):
        with start(*CLASSIFIER, "--epochs", 1, "--output", tmp_path / "run", limit=limit) as process:
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert withoutProgress(errors).count("\n") == 1
        assert "File too large" in errors
        assert errors.endswith("Free some space, or give a folder on another disk.\n")
        assert re.search(re.escape(str(tmp_path)) + "/" + name + r"\b", errors), errors
        checkFiles(tmp_path / "run")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="there is no folder that nobody can write to")
def test_a_folder_that_nobody_can_write_to(tmp_path):
    with start(*CLASSIFIER, "--epochs", 1, "--output", "/sys/kernel/run") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("the run folder /sys/kernel/run cannot be written to: ")
    assert errors.count("\n") == 1


def test_a_training_that_diverges_ends_with_its_message(tmp_path):
    learning = ["--optimizer", "sgd", "--learning-rate", "1e30", "--loss", "mse"]
    with start(*CLASSIFIER, "--epochs", 1, "--output", tmp_path / "run", *learning) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1].startswith("the loss is not finite at step ")
    assert "Traceback" not in errors
    assert json.loads((tmp_path / "run" / "run.json").read_text())["end"]["how"] == "failed"
    checkFiles(tmp_path / "run")


def test_a_folder_that_vanishes_in_the_middle(tmp_path):
    """Away while the pictures are drawn: the picture that cannot be written is named."""
    script = f"""
import shutil, sys
sys.path.insert(0, {str(EXAMPLES)!r})
import train_classifier
from nn import plots
from nn.runs import runScript
draw = plots.plotNetwork
plots.plotNetwork = lambda *given: (shutil.rmtree({str(tmp_path / "run")!r}), draw(*given))[1]
runScript(train_classifier.main)
"""
    with start(sys.executable, "-c", script, *CLASSIFIER[2:], "--epochs", 1, "--output", tmp_path / "run") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert withoutProgress(errors) == f"there is no folder {tmp_path / 'run'}: make it first\n"


def test_ctrl_c_in_a_repetition_ends_both(run, tmp_path):
    described = json.loads((run / "run.json").read_text())
    described["arguments"]["epochs"] = 10_000
    (run / "run.json").write_text(json.dumps(described))
    with start(sys.executable, EXAMPLES / "repeat.py", run, "--output", tmp_path / "again") as process:
        while not (tmp_path / "again" / "run.json").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted after" in errors
    assert errors.endswith("The repetition ended with exit code 130: there is nothing to compare\n")
    checkFiles(tmp_path / "again")
