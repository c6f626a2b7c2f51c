"""A cell: what a row gave with a seed, in a JSON file of its own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from leibnet.files import removeLeftovers, writeAtomically
from leibnet.plain import dictionary, isCount, isNumber, require

from figures.conditions import NAMES, Conditions

FOLDER = Path(__file__).parents[1] / "results" / "cells"

Key = tuple[str, int]  # a row's name and a seed


@dataclass(frozen=True)
class Cell:
    """What a row gave with a seed.

    Attributes
    ----------
    row, seed : which cell this is.
    figures : the numbers by name.
    seconds : from the beginning of the row to its end.
    processorSeconds : of all threads, which does not count what else the machine does.
    date : when it was computed.
    code : digest of the row's code.
    conditions : by what it was computed.
    packages : those that the row needs, with their versions.
    """

    row: str
    seed: int
    figures: dict[str, float]
    seconds: float
    processorSeconds: float
    date: str
    code: str
    conditions: Conditions
    packages: list[str]

    @property
    def key(self) -> Key:
        return self.row, self.seed


def place(folder: Path, key: Key) -> Path:
    return folder / "{}-seed-{}.json".format(*key)


def keep(cell: Cell, folder: Path) -> None:
    """Writes the cell in full or not at all, in the place of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = place(folder, cell.key)
    removeLeftovers(path)
    writeAtomically(path, (json.dumps(asdict(cell), indent=1) + "\n").encode())


def load(folder: Path) -> dict[Key, Cell]:
    """All cells that are kept there; ValueError that names the file if one is none."""
    return {cell.key: cell for cell in map(read, sorted(folder.glob("*.json")))}


def read(path: Path) -> Cell:
    try:
        cell = _checked(json.loads(path.read_text("utf-8")))
        require(
            "the file's name", path.name == place(path.parent, cell.key).name, place(Path(), cell.key).name, path.name
        )
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is no cell: {error}. Remove it, and compute it again") from None
    return cell


def _checked(value: Any) -> Cell:
    found = dictionary("a cell", value, [field.name for field in fields(Cell)])
    for name in ("row", "date", "code"):
        require(name, isinstance(found[name], str), "a text", found[name])
    require("seed", isCount(found["seed"]), "a whole number", found["seed"])
    for name in ("seconds", "processorSeconds"):
        require(name, isNumber(found[name]), "a finite number", found[name])
    for name, number in dictionary("figures", found["figures"]).items():
        require(f"the figure {name!r}", isNumber(number), "a finite number", number)
    for name, text in dictionary("conditions", found["conditions"], NAMES).items():
        require(name, isinstance(text, str), "a text", text)
    texts = isinstance(found["packages"], list) and all(isinstance(one, str) for one in found["packages"])
    require("packages", texts, "a list of texts", found["packages"])
    return Cell(**found)
