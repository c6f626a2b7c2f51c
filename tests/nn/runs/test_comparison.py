"""Two runs agree to the bit, or the place where they first do not is named."""

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from dataset import Dataset
from nn.runs import Run, RunError, compare


def test_a_run_agrees_with_its_copy(run, original):
    found = compare(run, original)
    assert found.agrees
    assert str(found) == (
        "Then and now: nothing has changed\nagrees to the bit: 58 steps, 2 entries, 1 file of weights"
    )


def test_steps_that_nobody_noted_are_not_counted(run, original):
    (run / "steps.crc").write_bytes(bytes(4 * 20) + (original / "steps.crc").read_bytes()[4 * 20 :])
    found = compare(run, original)
    assert found.agrees
    assert found.compared == "38 steps (20 more were not noted), 2 entries, 1 file of weights"


def test_one_changed_byte_is_found_where_it_is(original, run):
    content = bytearray((run / "steps.crc").read_bytes())
    content[4 * 40 + 2] ^= 1
    (run / "steps.crc").write_bytes(content)
    found = compare(run, original)
    assert found.differences == ["steps.crc: first at step 41 (epoch 2) of 58"]
    assert not found.agrees
    assert str(found).splitlines()[1:] == [
        "does not agree (58 steps, 2 entries, 1 file of weights compared):",
        "  steps.crc: first at step 41 (epoch 2) of 58",
    ]
    content[4 * 40 : 4 * 41] = bytes(4)  # not known
    (run / "steps.crc").write_bytes(content)
    assert compare(run, original).differences == []
    lines = (run / "metrics.csv").read_text().splitlines()
    cells = lines[2].split(",")
    cells[3] = repr(float(cells[3]) + 0.5)
    (run / "metrics.csv").write_text("\n".join([*lines[:2], ",".join(cells)]) + "\n")
    (difference,) = compare(run, original).differences
    assert difference.startswith("metrics.csv: first at entry 2 (2874 samples): test_loss was ")
    assert difference.endswith(", apart by 0.5")


def test_other_columns_are_found(original, run):
    text = (run / "metrics.csv").read_text()
    (run / "metrics.csv").write_text(text.replace("test_loss", "test_accuracy"))
    (difference,) = compare(run, original).differences
    assert difference == (
        "metrics.csv: the columns index, epoch, train_loss, test_accuracy then, index, epoch, train_loss, test_loss now"
    )


def without_epochs(folder):
    """The run's metrics.csv as earlier versions wrote it."""
    path = folder / "metrics.csv"
    lines = [line.split(",") for line in path.read_text().splitlines()]
    assert lines[0][1] == "epoch"
    path.write_text("".join(",".join([*cells[:1], *cells[2:]]) + "\n" for cells in lines))


def test_a_run_of_an_earlier_version_which_wrote_no_epochs(original, run):
    without_epochs(run)
    for one, other in ((run, original), (original, run), (run, run)):
        found = compare(one, other)
        assert (found.differences, found.entries) == ([], 2)
    path = run / "metrics.csv"
    path.write_text(path.read_text().replace("\n2874,", "\n2874,1"))
    (difference,) = compare(run, original).differences
    assert difference.startswith("metrics.csv: first at entry 2 (2874 samples): train_loss was 1")


def test_other_weights_are_found(original, run):
    weights = load_file(run / "classifier.safetensors")
    weights["layers.1.weight"][0, 0] += np.float32(0.25)
    save_file(weights, run / "classifier.safetensors")
    (difference,) = compare(run, original).differences
    assert difference == "classifier.safetensors: layers.1.weight differs by up to 0.25"
    del weights["layers.1.weight"]
    save_file(weights, run / "classifier.safetensors")
    assert compare(run, original).differences == ["classifier.safetensors: other arrays than then"]
    (run / "classifier.safetensors").write_bytes(b"nonsense")
    (difference,) = compare(run, original).differences
    assert difference.startswith("classifier.safetensors cannot be compared")


def test_equal_weights_in_another_file_agree(original, run):
    save_file(load_file(run / "classifier.safetensors"), run / "classifier.safetensors")
    assert (run / "classifier.safetensors").read_bytes() != (original / "classifier.safetensors").read_bytes()
    assert compare(run, original).agrees


def test_what_is_no_longer_there_is_found(original, run):
    (run / "classifier.safetensors").unlink()
    assert compare(original, run).differences == ["classifier.safetensors: there is none now"]


def test_trainings_in_subfolders_are_compared(original, run, tmp_path):
    for folder in (run, tmp_path / "other"):
        shutil.copytree(original, folder / "sgd", dirs_exist_ok=True)
    shutil.copy(run / "run.json", tmp_path / "other")
    content = bytearray((tmp_path / "other" / "sgd" / "steps.crc").read_bytes())
    content[0] ^= 1
    (tmp_path / "other" / "sgd" / "steps.crc").write_bytes(content)
    found = compare(tmp_path / "other", run)
    assert (found.steps, found.entries, found.files) == (58, 2, 1)
    assert found.differences == ["sgd/steps.crc: first at step 1 (epoch 1) of 58"]


def test_a_run_that_was_interrupted_agrees_as_far_as_it_went(original, run, change):
    (run / "steps.crc").write_bytes((run / "steps.crc").read_bytes()[: 4 * 30 + 3])
    (run / "metrics.csv").write_bytes(b"".join((run / "metrics.csv").read_bytes().splitlines(keepends=True)[:2]))
    (run / "classifier.safetensors").unlink()
    assert compare(run, original).differences == [
        "steps.crc: 30 steps then, 58 now",
        "metrics.csv: 1 entry then, 2 now",
    ]
    for end in ({"how": "interrupted", "seconds": 1.5}, None):
        change(run, end=end)
        found = compare(run, original)
        assert (found.differences, found.shorter, found.compared) == ([], True, "30 steps, 1 entry")
        assert str(found).endswith("agrees to the bit: 30 steps, 1 entry, as far as the run went")


def test_what_has_changed_is_said_and_that_threads_were_chosen(original, run, change):
    change(run, chooses=True, variables={}, git=None)
    (run / "steps.crc").write_bytes(b"else" * 58)
    lines = str(compare(run, original)).splitlines()
    assert lines[0] == "Then and now: "
    assert "  OPENBLAS_NUM_THREADS: then none; now 1" in lines
    assert any(line.startswith("  commit: then None; now ") for line in lines) or "  commit" not in str(lines)
    assert lines[-1].endswith("by two of them sums are rounded differently: --threads 1")


def test_two_runs_without_a_training_cannot_be_compared(tmp_path):
    with Run(tmp_path, Dataset("digits"), seed=0):
        pass
    with pytest.raises(RunError, match="there is neither a training nor a file of weights"):
        compare(tmp_path, tmp_path)


def test_files_that_are_none_of_a_run_are_refused(original, run, monkeypatch):
    (run / "metrics.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match="metrics.csv is no file of metrics"):
        compare(run, original)
    monkeypatch.setattr("nn.runs.comparison.LARGEST", 100)
    with pytest.raises(RunError, match="steps.crc is larger than 100 bytes: no run has written that"):
        compare(original, original)
