"""What the checkpoints of pictures by gradient say."""

from __future__ import annotations

import json
from pathlib import Path

from nn.runs.command.shown.text import historyOf, said
from nn.synthesis.keeping import SYNTHESIS


def told(path: Path) -> str | None:
    """What is to be said of a picture that `optimizeInput` was making; None for other files, damaged ones as well."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if not str(metadata.get("format")).startswith(SYNTHESIS):
                return None
            shape = file.get_tensor("picture").shape
    except SafetensorError:
        return None
    state = json.loads(metadata["synthesis"])
    where = f"octave {state['octave'] + 1}, step {state['step']}"
    facts = [("format", metadata["format"]), ("picture", " x ".join(map(str, shape))), ("at", where)]
    return said(path, "the checkpoint of a picture by gradient", facts, historyOf(state), "")
