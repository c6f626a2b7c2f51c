"""The text about one file, whatever its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leibnet.plain import dictionary
from leibnet.terminal import shown

from nn.runs.command.shown.traces import entries, historyIn, recordBeside, table
from nn.runs.command.subcommand import count, rows
from nn.runs.runfile import NAME
from nn.training.history import History
from nn.training.runfiles import METRICS

UNKNOWN = "not recorded in the file"
TRAINED = "trained on"
Facts = list[tuple[str, str]]


def said(path: Path, kind: str, facts: Facts, history: History | None, model: str) -> str:
    """The text about a file: what it says, what lies beside it, the history, the architecture."""
    beside = recordBeside(path)
    lines = [("file", f"{path}, {path.stat().st_size:,} bytes"), *facts]
    if beside is None:
        lines.append(("written by", UNKNOWN))
    else:
        record, place = beside
        script, version = record.script or "a notebook", record.versions.get("leibnet", "?")
        lines.append(("written by", f"{script} with Leibnet {version}, says {place}"))
    if TRAINED not in dict(facts):
        where = f"{UNKNOWN}, and there is no {NAME} beside it"
        if beside is not None:
            where = f"{UNKNOWN}; {record.dataset['name']}, {samples(record.dataset['train_size'])}, says {place}"
        lines.append((TRAINED, where))
    pieces = [f"{path.name}: {kind}", rows(lines)]
    csv = path.parent / METRICS
    if history is not None:
        pieces.append(
            f"history, {entries(history)}{f' in {history.seconds:.1f} s' if history.seconds else ''}\n{table(history)}"
        )
    elif csv.is_file():
        found = historyIn(csv, None if beside is None else beside[0].dataset["train_size"])
        pieces.append(f"history, {entries(found)}: {UNKNOWN}, but in {csv}\n{table(found)}")
    else:
        pieces.append(f"history: {UNKNOWN}")
    return shown("\n\n".join([*pieces, model] if model else pieces))


def historyOf(state: dict[str, Any]) -> History:
    """The history that a file describes; ValueError if it is none."""
    history = History(dictionary("values", state["values"]))
    history.checkState({name: state[name] for name in ("index", "values", "seconds")}, 2**63)
    history.setState(state)
    return history


def samples(size: int) -> str:
    """How many they are: "80 training samples"."""
    return count(size, "training sample")
