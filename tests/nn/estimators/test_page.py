"""The listings of docs/scikit-learn.md run as they stand, one after the other, on a cluster of this process."""

import re
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("distributed")
PAGE = Path(__file__).parents[3] / "docs" / "scikit-learn.md"


@pytest.mark.slow
def test_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    space = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        here = block.replace('Client("scheduler:8786")', "Client(processes=False, dashboard_address=None)")
        exec(compile(here, PAGE.name, "exec"), space)
    assert float(capsys.readouterr().out.split()[0]) > 0.95
    assert space["search"].best_score_ > 0.95
    assert [path.name for path in tmp_path.iterdir()] == ["cancer.safetensors"]
