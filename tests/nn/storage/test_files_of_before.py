"""Files that earlier versions wrote still load, give the same outputs, and go on to the same end.

To 1e-6: the last bits depend on the processor, also where NumPy, its products and its SIMD are the same. What is meant
to compute something else is said here (DECAYING), not in the files: `before/make.py` wrote them and is not run again.
"""

import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import nn

BEFORE = Path(__file__).parent / "before"
MAKE = runpy.run_path(str(BEFORE / "make.py"))
SAID = {folder.name: json.loads((folder / "expected.json").read_text()) for folder in sorted(BEFORE.glob("format*"))}
MODELS = [(version, name) for version, said in SAID.items() for name in said["models"]]
TRAININGS = [(version, name) for version, said in SAID.items() for name in said.get("trainings", ())]
DECAYING = {"mlp-decay", "decay"}  # then weightDecay moved the biases, too
FILES = sorted(BEFORE.glob("*/*.safetensors"))

pytestmark = pytest.mark.usefixtures("numpy_alone")  # as the files were written


def check(found, said):
    found = np.asarray(found)
    np.testing.assert_allclose(found, np.asarray(said, found.dtype), rtol=1e-6, atol=1e-6)


def checkAll(found, said):
    assert list(found) == list(said)
    for name, values in found.items():
        if name.endswith("diversity"):  # whose variances are taken about the mean since, which rounds otherwise
            np.testing.assert_allclose(values, said[name], rtol=1e-6)
        else:
            check(values, said[name])


def load(version, name):
    kind = SAID[version]["models"][name]["kind"]
    model = (nn.PCA if kind == "PCA" else nn.Model).load(BEFORE / version / f"{name}.safetensors")
    assert type(model) is getattr(nn, kind)
    return model


def precise(name, values):
    """Outputs, which are lists, in the precision of their model."""
    double = name in ("mlp-float64", "pca", "pca-whitened", "momentum")
    return {key: np.asarray(rows, np.float64 if double else np.float32) for key, rows in values.items()}


def metadata(path):
    """What a safetensors file says beside its arrays."""
    content = path.read_bytes()
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]


def test_there_are_files_of_both_formats():
    assert list(SAID) == ["format1", "format2"]
    assert {name for version, name in MODELS if version == "format1"} == set(MAKE["MODELS"])
    assert {name for version, name in MODELS if version == "format2"} == set(MAKE["MODELS"])
    assert [name for _, name in TRAININGS] == list(MAKE["TRAININGS"])
    for path in FILES:
        version = json.loads(metadata(path)["leibnet"])["format"]
        assert f"format{version}" == path.parent.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_weights_are_those_in_the_file(path):
    model = (nn.PCA if path.name.startswith("pca") else nn.Model).load(path)
    there = {name: array for name, array in load_file(path).items() if not name.startswith("training/")}
    weights = model.weights()
    assert set(weights) == set(there)
    for name, array in there.items():
        assert weights[name].dtype == array.dtype
        assert np.array_equal(weights[name], array)


@pytest.mark.parametrize(("version", "name"), MODELS)
def test_outputs_are_as_before(version, name):
    said = SAID[version]["models"][name]["outputs"]
    checkAll(precise(name, MAKE["outputs"](load(version, name))), said)


@pytest.mark.parametrize(("version", "name"), [one for one in MODELS if not one[1].startswith("pca")])
def test_a_loaded_model_learns_as_before(version, name):
    """Its optimizers, loss, corruption, frozen layers and other settings have come along."""
    said = SAID[version]["models"][name]["learned"]
    found = precise(name, MAKE["learned"](load(version, name)))
    if name in DECAYING:
        np.testing.assert_allclose(found["predict"], said["predict"], rtol=1e-2)
    else:
        checkAll(found, said)


@pytest.mark.parametrize("name", ["mlp", "gan"])
def test_learning_shows_a_setting_that_was_lost(name):
    """What the test before it compares depends on the optimizers' settings."""
    model = load("format2", name)
    layer = next(layer for layer in reversed(model.namedLayers().values()) if layer.trainable)
    layer.optimizer.lr *= 1.01
    said = SAID["format2"]["models"][name]["learned"]
    with pytest.raises(AssertionError):
        checkAll(precise(name, MAKE["learned"](model)), said)


@pytest.mark.parametrize(("version", "name"), TRAININGS)
def test_a_checkpoint_goes_on_as_before(version, name, tmp_path, monkeypatch):
    if name == "stopping":  # where its samples for validation were the last ones
        monkeypatch.setattr("dataset.own.fromarrays.arranged", lambda source, *_, **__: source)
    path = shutil.copy(BEFORE / version / f"{name}.safetensors", tmp_path)
    with pytest.warns(UserWarning, match="first 1,000 training samples alone") as warned:
        model = MAKE["train"](name, path, resume=True)
    assert len(warned) == 1
    said = SAID[version]["trainings"][name]
    found = MAKE["history"](model)
    assert found["index"] == said["index"]
    assert found["bestIndex"] == said["bestIndex"]
    if name in DECAYING:
        then = {metric: entries[: MAKE["STOP"] - 1] for metric, entries in said["entries"].items()}
        checkAll({metric: found["entries"][metric][: MAKE["STOP"] - 1] for metric in then}, then)
        np.testing.assert_allclose(found["entries"]["train_loss"], said["entries"]["train_loss"], rtol=1e-2)
        return
    checkAll(found["entries"], said["entries"])
    checkAll(precise(name, MAKE["outputs"](model)), said["outputs"])
    end = load_file(BEFORE / version / f"{name}.end.safetensors")
    checkAll(dict(sorted(model.weights().items())), dict(sorted(end.items())))


def test_a_checkpoint_does_not_go_on_with_other_samples(tmp_path):
    path = shutil.copy(BEFORE / "format2" / "stopping.safetensors", tmp_path)
    with pytest.raises(nn.CheckpointError, match=r"data \(checksum\) was .* there and is .* here"):
        MAKE["train"]("stopping", path, resume=True)


def test_early_stopping_ends_the_resumed_training():
    """Early, and with weights that are not the last: else the checkpoint would not show what it keeps of it."""
    said = SAID["format2"]["trainings"]["stopping"]
    assert MAKE["STOP"] < len(said["index"]) < 4 * MAKE["EPOCHS"]
    assert said["bestIndex"] < said["index"][-1]
