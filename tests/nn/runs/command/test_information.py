"""What is told of this machine, and that nothing is loaded for it."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from leibnet.version import __version__

import numpy as np

from nn.runs.command import extras as module
from nn.runs.command.extras import EXTRAS
from nn.runs.command.information import information, report

ROOT = Path(__file__).parents[4]


def test_the_report(command):
    done = command("info")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"Leibnet      {__version__}, in {ROOT}"
    assert lines[2] == f"NumPy        {np.__version__}"
    names = [line.split("  ")[0] for line in lines[:8]]
    assert names == ["Leibnet", "Python", "NumPy", "BLAS", "processor", "SIMD", "kernels", "environment"]
    assert done.out.isascii()


def test_the_same_as_json(command, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    told = json.loads(command("info", "--json").out)
    assert told["leibnet"]["version"] == __version__
    assert told["variables"]["OPENBLAS_NUM_THREADS"] == "3"
    assert told["extras"].keys() == EXTRAS.keys()
    assert told["data"]["digits"] == {"at hand": True}


def test_the_extras_are_those_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    said = {
        extra: {one.split(">")[0].split("[")[0] for one in needed}
        for extra, needed in project["optional-dependencies"].items()
        if extra not in ("all", "test", "develop")
    }
    known = {extra: set(packages) - {"distributed"} for extra, packages in EXTRAS.items()}  # which dask brings
    assert known == said


def test_what_is_missing_is_said_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None if name in ("numba", "onnxruntime") else True)
    monkeypatch.setattr(module, "version", lambda name: "1.0")
    monkeypatch.delenv("LEIBNET_KERNELS", raising=False)
    told = report(information())
    assert '  fast     without numba: pip install "leibnet[fast]"\n' in told
    assert '  onnx     onnx 1.0; without onnxruntime: pip install "leibnet[onnx]"\n' in told
    assert "  seeing   scipy 1.0\n" in told
    assert "kernels      NumPy alone (numba is not installed)\n" in told
    monkeypatch.setenv("LEIBNET_KERNELS", "numba")
    assert 'LEIBNET_KERNELS=numba, and numba is not installed: pip install "leibnet[fast]"' in report(information())


def test_data_that_are_at_hand_and_a_folder_that_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LEIBNET_DATA", str(tmp_path))
    (tmp_path / "tinyshakespeare").mkdir()
    (tmp_path / "tinyshakespeare" / "input.txt").write_bytes(b"First Citizen")
    told = information()["data"]
    assert told["mnist"] == {"at hand": False, "folders": [], "bytes": 0}
    assert told["tinyshakespeare"] == {"at hand": True, "folders": [str(tmp_path / "tinyshakespeare")], "bytes": 13}
    assert not (tmp_path / "leibnet").exists()
    monkeypatch.setenv("LEIBNET_DATA", str(tmp_path / "nowhere"))
    assert "mnist                         cannot be looked for: available: expected LEIBNET_DATA" in report(
        information()
    )


def test_nothing_is_loaded_that_the_answer_does_not_need():
    code = """
import sys
from nn.runs.command import main
main(["info"])
loaded = {name.partition(".")[0] for name in sys.modules}
unneeded = "numba matplotlib onnx onnxruntime sklearn scipy nicegui tensorboardX PIL requests"
print(sorted(loaded & set(unneeded.split())))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
