"""run.json is read as something that anybody may have written."""

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest

from nn.runs import RunError, readRecord
from nn.runs.repetition import commandOf
from nn.runs.runfile import content

BEFORE = Path(__file__).parent / "run.4c71e4d.json"
SCRIPTS = [Path("examples", name) for name in ("train_classifier.py", "train_gan.py")]


def test_a_file_of_version_0_1_is_read():
    """Written by commit 4c71e4d: train_classifier.py --dataset digits --epochs 1 --threads 1 --output runs/first."""
    record = readRecord(BEFORE)
    assert (record.script, record.seed, record.threads, record.chooses) == ("train_classifier.py", 0, 1, False)
    assert record.arguments["batch_size"] == 50
    assert record.arguments["learning_rate"] is None
    assert record.dataset["train_size"] == 1437
    assert record.versions["leibnet"] == "0.1.0"
    assert record.git == {"commit": "4c71e4dca37edb5d5ef6f6aaa60265e74fc150f9", "dirty": False}
    assert record.end == {"how": "finished", "seconds": json.loads(BEFORE.read_text())["end"]["seconds"]}
    assert content(record) == BEFORE.read_bytes()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": 2}, "expected format to be 1, got 2"),
        ({"format": True}, "expected format to be 1, got True"),
        ({"script": ["train_gan.py"]}, "expected script to be a text"),
        ({"arguments": {"output": "/etc"}}, "expected arguments to be named by .*, and none of them output"),
        ({"arguments": {"-c": "import os"}}, "expected arguments to be named by letters, digits and _"),
        (
            {"arguments": {"epochs": {"a": 1}}},
            "expected epochs to be a text, a finite number, true, false, nothing",
        ),
        ({"arguments": {"epochs": [[1]]}}, "expected epochs to be a text, a finite number"),
        ({"arguments": {"name": "\x1b[2J"}}, "expected name to be a text"),
        ({"arguments": {"name": "a\0b"}}, "expected name to be a text"),
        ({"arguments": {"name": "\ud800"}}, "expected name to be a text"),
        ({"arguments": {"name": "x" * 2000}}, "up to 1,000 characters"),
        ({"arguments": {"epochs": 10**400}}, "expected epochs to be a text, a finite number"),
        ({"arguments": {f"a{'b' * (i % 30)}{i}": 1 for i in range(300)}}, "up to 200 names"),
        ({"arguments": {"seeds": [1] * 300}}, "expected seeds to be a list of up to 200 values"),
        ({"seed": -1}, "expected seed to be a whole number from 0"),
        ({"seed": True}, "expected seed to be a whole number"),
        ({"seed": "0"}, "expected seed to be a whole number"),
        ({"threads": 10**9}, "expected threads to be a whole number from 1 to 1,024"),
        ({"chooses": 1}, "expected chooses to be true or false"),
        ({"variables": {"LD_PRELOAD": "/tmp/evil.so"}}, "expected a name in variables to be another text, got 'LD_PRE"),
        ({"variables": {"OMP_TOOL_LIBRARIES": "/tmp/evil.so"}}, "expected a name in variables to be another text"),
        (
            {"variables": {"OPENBLAS_CORETYPE": "/tmp/evil.so"}},
            "expected variables: OPENBLAS_CORETYPE to be another text",
        ),
        ({"dataset": {"name": "digits"}}, "'train_size' is missing"),
        ({"dataset": None}, "expected dataset to be a dictionary"),
        ({"git": {"commit": 1, "dirty": False}}, "expected git: commit to be a text"),
        ({"end": {"how": "finished", "seconds": "1"}}, "expected end: seconds to be a finite number"),
        ({"versions": []}, "expected versions to be a dictionary"),
        ({"versions": {"\x1b[2J": "1"}}, "expected a name in versions to be a text"),
    ],
)
def test_a_file_that_is_no_record_of_a_run_is_refused(run, change, values, message):
    change(run, **values)
    with pytest.raises(RunError, match=f"run.json is no record of a run: .*{message}") as raised:
        readRecord(run)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 500 + len(str(run))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[]", "expected the file to be a dictionary"),
        (b"\xff\xfe", "it is not JSON in UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b" " * 2**19, "expected at most 262,144 bytes"),
        (b'{"format": 1}', "'script' is missing"),
        (b'{"format": NaN}', "it has the number NaN"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "digits"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, message):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=f"run.json is no record of a run: .*{message}"):
        readRecord(tmp_path / "run.json")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(
        RunError, match="run.json is no record of a run: there is no such file. Give the folder of a run"
    ):
        readRecord(tmp_path)


def test_bytes_changed_at_random_are_read_or_refused(tmp_path):
    original, rng = BEFORE.read_bytes(), random.Random(0)
    for _ in range(500):
        changed = bytearray(original)
        for _ in range(rng.choice((1, 3, 20))):
            changed[rng.randrange(len(changed))] = rng.choice((rng.randrange(256), *b'"{}[],:-\\'))
        (tmp_path / "run.json").write_bytes(changed[: rng.choice((len(changed), rng.randrange(len(changed))))])
        with suppress(RunError):
            read = readRecord(tmp_path)
            assert content(read)
            assert commandOf(read, SCRIPTS, Path("again"))[1] in map(str, SCRIPTS)
