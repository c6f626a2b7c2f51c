"""What the committed cells show of claims that were made before they were computed."""

import json
from pathlib import Path

import pytest

CELLS = Path(__file__).parents[2] / "benchmarks" / "results" / "cells"


@pytest.mark.parametrize("cell", sorted(CELLS.glob("depthPretrained-seed-*.json")), ids=lambda path: path.stem)
def test_pre_training_does_no_harm_from_three_layers_on(cell):
    """Erhan et al. 2010: the test error of pre-trained networks is at most that of others."""
    figures = json.loads(cell.read_text())["figures"]
    for depth in (3, 4, 5):
        assert figures[f"with, {depth}"] <= figures[f"without, {depth}"]
