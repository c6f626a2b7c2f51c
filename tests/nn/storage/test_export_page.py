"""The listings of docs/export.md run as they stand, one after the other."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[3] / "docs" / "export.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def run(blocks, space):
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), space)


def require(*packages):
    for package in packages:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


def test_onnx(tmp_path, monkeypatch, capsys):
    require("onnx", "onnxruntime")
    monkeypatch.chdir(tmp_path)
    space = {}
    run(BLOCKS[:3], space)
    assert capsys.readouterr().out.splitlines()[-1] == "True"
    assert {path.name for path in tmp_path.iterdir()} == {"digits.onnx", "cosine.onnx"}
    assert space["session"].get_modelmeta().custom_metadata_map["samples"] == "rows"


def test_pytorch(tmp_path, monkeypatch):
    require("torch")
    monkeypatch.chdir(tmp_path)
    space = {}
    run([BLOCKS[0].replace('classifier.export("digits.onnx")', ""), *BLOCKS[3:]], space)
    x = space["digits"].testSet()[0]
    found = space["network"](space["torch"].from_numpy(np.ascontiguousarray(x.T))).detach().numpy()
    np.testing.assert_allclose(found.T, space["classifier"].predict(x), rtol=0, atol=1e-6)
