"""Results that are kept with the source, a file for each kind of SIMD instructions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from peers.pairing import summaries
from peers.simd import KINDS
from peers.workloads import WORKLOADS

FOLDER = Path(__file__).parents[1] / "results"

Results = dict[str, Any]


def place(folder: Path, kind: str) -> Path:
    return folder / f"speed-{kind}.json"


def load(folder: Path) -> list[Results]:
    """All that are kept there, the widest instructions first."""
    return [json.loads(file.read_text("utf-8")) for kind in KINDS if (file := place(folder, kind)).exists()]


def add(results: Results, folder: Path) -> None:
    """Keeps results in the place of those of the same workloads; the others of that kind stay."""
    folder.mkdir(parents=True, exist_ok=True)
    file = place(folder, results["simd"])
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    merged = before | results
    if "steps" in merged:
        steps = before.get("steps", {}) | results.get("steps", {})
        merged["steps"] = {name: steps[name] for name in WORKLOADS if name in steps}
        merged["summary"] = summaries(merged["steps"])
    if before:
        peers = before["machine"]["peers"] | results["machine"]["peers"]
        merged["machine"] = results["machine"] | {"peers": peers}
        missing = before["missing"] | results["missing"]
        merged["missing"] = {name: reason for name, reason in missing.items() if name not in peers}
    temporary = file.with_suffix(".part")
    temporary.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, file)


def refuseOthers(results: Results, folder: Path) -> None:
    """Exits if results of another machine, or with other versions, are kept in the place of these."""
    file = place(folder, results["simd"])
    if not file.exists():
        return
    before, machine = json.loads(file.read_text("utf-8"))["machine"], results["machine"]
    pairs = [(name, before.get(name), machine[name]) for name in machine if name != "peers"]
    pairs += [(name, before["peers"].get(name, now), now) for name, now in machine["peers"].items()]
    differences = "".join(f"\n  {name}: {then}, now {now}" for name, then, now in pairs if then != now)
    if differences:
        raise SystemExit(f"{file} has results of another machine or other versions; remove it first{differences}")
