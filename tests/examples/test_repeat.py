"""A run is repeated from its run.json, and told from one that went another way."""

import json
import shutil
from pathlib import Path

import pytest

from forking import Forking
from progress import withoutProgress

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def execute():
    """Runs a script with these arguments."""
    with Forking() as forking:
        yield lambda script, *arguments: forking.run(EXAMPLES / script, *arguments)


@pytest.fixture(scope="module")
def original(execute, tmp_path_factory):
    """The folder of a short run."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    done = execute("train_classifier.py", "--dataset", "digits", "--epochs", 2, "--threads", 1, "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(original, tmp_path):
    """A copy of that folder, to be tampered with."""
    return Path(shutil.copytree(original, tmp_path / "run"))


def change(folder, **values):
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_run_repeats_to_the_bit(execute, original, tmp_path):
    done = execute("repeat.py", original, "--output", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert "Then and now: nothing has changed" in done.stdout
    assert done.stdout.splitlines()[-1] == "agrees to the bit: 58 steps, 2 entries, 1 file of weights"
    assert {path.name for path in original.iterdir()} == {path.name for path in (tmp_path / "again").iterdir()}


def test_another_seed_is_found_at_the_first_step_and_what_has_changed_is_said(execute, run, tmp_path):
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


def test_what_cannot_be_repeated_ends_with_a_message(execute, run, tmp_path):
    for folder, output, message in (
        (tmp_path / "nowhere", tmp_path / "again", "there is no such file. Give the folder of a run, or its run.json"),
        (run, run, "expected a new or an empty folder to repeat the run in"),
        (run, run / "again", "expected a folder outside of the run's"),
    ):
        done = execute("repeat.py", folder, "--output", output)
        assert done.returncode == 2
        assert message in done.stderr
    change(run, script="../../evil.py")
    done = execute("repeat.py", run, "--output", tmp_path / "again")
    assert done.returncode == 2
    assert "expected a run of one of the scripts compare_codes.py, compare_depth.py" in done.stderr
    change(run, script="train_classifier.py", arguments={"strange": 1})
    done = execute("repeat.py", run, "--output", tmp_path / "again")
    assert done.returncode == 2
    assert "unrecognized arguments: --strange=1" in done.stderr
    assert "The repetition ended with exit code 2: there is nothing to compare" in done.stderr


@pytest.mark.slow
def test_a_run_of_version_0_1_is_repeated(execute, tmp_path):
    """Its run.json was written by commit 4c71e4d; its results are not at hand, so there is nothing to compare."""
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(Path(__file__).parents[1] / "nn" / "runs" / "run.4c71e4d.json", run / "run.json")
    done = execute("repeat.py", run, "--output", tmp_path / "again")
    assert done.returncode == 2
    told = f"The runs cannot be compared: in {run} there is neither a training nor a file of weights\n"
    assert withoutProgress(done.stderr) == told
    described = json.loads((tmp_path / "again" / "run.json").read_text())
    then = json.loads((run / "run.json").read_text())
    for name in ("format", "script", "seed", "threads", "variables", "dataset"):
        assert described[name] == then[name], name
    assert then["arguments"].items() <= described["arguments"].items()  # there are more since
    assert described.keys() == then.keys()
