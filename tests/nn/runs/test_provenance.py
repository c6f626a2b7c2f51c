"""What a record says of code, data and machine."""

import os
import shutil
from importlib.metadata import version
from pathlib import Path

import leibnet

import numpy as np

from dataset import Dataset
from nn.runs import provenance
from nn.runs.provenance import arraysDigest, codeDigest, datasetState, gitState, variables, versions

HERE = Path(__file__)


def test_other_code_has_another_checksum(tmp_path, monkeypatch):
    assert codeDigest(HERE) == codeDigest(HERE) != codeDigest(HERE.parent / "conftest.py") != codeDigest(None)
    for name in provenance.LIBRARY:
        shutil.copytree(provenance._ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    seen = {codeDigest(None)}
    for number, name in enumerate(provenance.LIBRARY, 2):
        with (tmp_path / name / "__init__.py").open("a") as file:
            file.write("# changed\n")
        assert len(seen := seen | {codeDigest(None)}) == number, name


def test_the_checksum_is_that_of_all_packages():
    assert set(provenance.LIBRARY) == {path.parent.name for path in HERE.parents[3].glob("*/__init__.py")}


def test_the_copied_library_has_the_same_checksum(tmp_path, monkeypatch):
    digest = codeDigest(None)
    for name in provenance.LIBRARY:
        shutil.copytree(provenance._ROOT / name, tmp_path / name)
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    assert codeDigest(None) == digest


def test_generated_data_have_a_checksum_too():
    one, same, other = (arraysDigest(Dataset("ring", train_size=100, test_size=10, rng=number)) for number in (0, 0, 1))
    assert one == same != other
    inputs = np.arange(20.0).reshape(2, 10)
    dataset, flipped = Dataset.fromArrays(inputs, rng=0), Dataset.fromArrays(np.flip(inputs, 0), rng=0)
    assert arraysDigest(dataset) != arraysDigest(flipped)
    assert datasetState(dataset)["checksums"] == {"arrays": arraysDigest(dataset)}


def test_without_git_there_is_no_commit(monkeypatch, tmp_path):
    assert gitState(HERE.parent) is None or len(gitState(HERE.parent)["commit"]) == 40
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gitState(HERE.parent) is None
    (tmp_path / "git").write_text("#!/bin/sh\nexit 128\n")
    os.chmod(tmp_path / "git", 0o755)
    assert gitState(HERE.parent) is None


def test_versions_are_those_that_run():
    assert versions()["leibnet"] == leibnet.__version__
    assert versions()["numpy"] == np.__version__ == version("numpy")


def test_variables_are_those_that_blas_reads(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setenv("MKL_NUM_THREADS", "/tmp/evil")
    monkeypatch.setenv("OMP_TOOL_LIBRARIES", "evil")
    found = variables()
    assert found["OPENBLAS_NUM_THREADS"] == "1"
    assert not {"MKL_NUM_THREADS", "OMP_TOOL_LIBRARIES", "PATH"} & found.keys()


def test_the_examples_in_a_wheel_are_no_code_of_the_library(tmp_path, monkeypatch):
    """A run from the source tree and one from the wheel have the same code."""
    from nn.runs import provenance

    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "model.py").write_text("x = 1\n")
    before = provenance.codeDigest(None)
    place = tmp_path / "nn" / "runs" / "command" / "shipped" / "examples"
    place.mkdir(parents=True)
    (place / "train_ae.py").write_text("x = 2\n")
    assert provenance.codeDigest(None) == before
    (tmp_path / "nn" / "model.py").write_text("x = 3\n")
    assert provenance.codeDigest(None) != before
