"""The file run.json of a run: what it takes to repeat it.

It is read as something that anybody may have written: nothing in it is executed, and all of it is bounded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

NAME = "run.json"
FORMAT = 1
SIZE = 2**18  # bytes of the file
ITEMS = 200  # entries of a table or list
LENGTH = 1000  # characters of a text

# What OpenBLAS and its relatives read. OMP_TOOL_LIBRARIES, for one, would load a program.
VARIABLE = re.compile(r"OPENBLAS_[A-Z0-9_]{1,40}|(OMP|MKL|BLIS|GOTO)_NUM_THREADS")
SETTING = re.compile(r"[A-Za-z0-9_.,-]{0,64}")
OPTION = re.compile(r"[a-z][a-z_]{0,40}")
OWN = (
    "output",
    "resume",
    "seed",
    "threads",
    "help",
)  # no arguments of the run: the file has them elsewhere, or not at all

Value = None | bool | int | float | str | list[Any]


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes
    ----------
    script : file name of the example.
    arguments : its arguments by name as they were parsed, but for `OWN`.
    argv : the arguments as they were typed.
    seed : of all random numbers.
    threads : number of threads of large matrix products.
    chooses : whether the training may have taken fewer of them.
    variables : the environment variables that BLAS reads, as they were set.
    versions : of Python and of the packages, by name.
    machine : what else computes, by name: BLAS, processor, system.
    code : SHA-256 of the example and of the library.
    dataset : name, sizes and checksums of the data set, by name.
    git : commit and whether the tree had changes (dirty), or None.
    started : when, in ISO 8601.
    end : how it ended ("finished", "interrupted", "failed") and after how many seconds; None if it never said.
    """

    script: str
    arguments: dict[str, Value]
    argv: list[str]
    seed: int
    threads: int
    chooses: bool
    variables: dict[str, str]
    versions: dict[str, str]
    machine: dict[str, str]
    code: str
    dataset: dict[str, Any]
    git: dict[str, Any] | None = None
    started: str = ""
    end: dict[str, Any] | None = field(default=None, compare=False)


def content(run: Run) -> bytes:
    """The run as `readRun` reads it."""
    return json.dumps({"format": FORMAT} | vars(run), indent=2, allow_nan=False).encode() + b"\n"


def examples() -> list[str]:
    """The scripts beside this file whose runs can be repeated."""
    return sorted(path.name for kind in ("train_*.py", "compare_*.py") for path in Path(__file__).parent.glob(kind))


def readRun(path: Path) -> Run:
    """The run that a file, or the run.json in a folder, describes.

    Raises
    ------
    ValueError : there is no such file, or it is not one that an example has written; says what is wrong with it.
    """
    path = path / NAME if path.is_dir() else path
    try:
        return _Reader().run(_parsed(path))
    except ValueError as error:
        raise ValueError(f"{path} is no record of a run that can be repeated: {error}") from None


def _parsed(path: Path) -> Any:
    if not path.is_file():
        raise ValueError("there is no such file. Give the folder of a run, or its run.json")
    try:
        with path.open("rb") as file:
            text = file.read(SIZE + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    if len(text) > SIZE:
        raise ValueError(f"expected at most {SIZE:,} bytes")
    try:
        return json.loads(text.decode(), parse_constant=_refuseConstant)
    except UnicodeDecodeError:
        raise ValueError("it is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuseConstant(name: str) -> NoReturn:
    raise ValueError(f"it has the number {name}")


class _Reader:
    """Takes plain values for what they are expected to be. Every method raises ValueError, naming the place."""

    def run(self, value: Any) -> Run:
        values = self.table(value, "the file")
        if values.get("format") != FORMAT or isinstance(values["format"], bool):
            raise ValueError(f"expected format {FORMAT}, got {_shown(values.get('format'))}")
        for name in Run.__dataclass_fields__:
            if name not in values:
                raise ValueError(f"{name} is missing")
        return Run(
            script=self.script(values["script"]),
            arguments=self.arguments(values["arguments"]),
            argv=[self.text(one, "argv") for one in self.sequence(values["argv"], "argv")],
            seed=self.whole(values["seed"], "seed", 0, 2**64),
            threads=self.whole(values["threads"], "threads", 1, 1024),
            chooses=self.truth(values["chooses"], "chooses"),
            variables=self.texts(values["variables"], "variables", VARIABLE, SETTING),
            versions=self.texts(values["versions"], "versions"),
            machine=self.texts(values["machine"], "machine"),
            code=self.text(values["code"], "code"),
            dataset=self.dataset(values["dataset"]),
            git=self.optional(values["git"], "git", commit=self.text, dirty=self.truth),
            started=self.text(values["started"], "started"),
            end=self.optional(values["end"], "end", how=self.text, seconds=self.number),
        )

    def script(self, value: Any) -> str:
        if not isinstance(value, str) or value not in examples():
            raise ValueError(f"expected the script to be one of {', '.join(examples())}, got {_shown(value)}")
        return value

    def arguments(self, value: Any) -> dict[str, Value]:
        arguments = self.table(value, "arguments")
        for name, given in arguments.items():
            if not OPTION.fullmatch(name) or name in OWN:
                raise ValueError(f"arguments: expected names of an example's arguments, got {_shown(name)}")
            for one in self.sequence(given, name) if isinstance(given, list) else [given]:
                if isinstance(one, str):
                    self.text(one, name)
                elif isinstance(one, (int, float)):
                    self.number(one, name)
                elif one is not None or isinstance(given, list):
                    raise ValueError(f"arguments: expected a text, a number, or a list of them for {name}")
                if isinstance(given, list) and (isinstance(one, bool) or str(one).startswith("-")):
                    raise ValueError(f"arguments: {_shown(one)} is nothing that the list {name} can have")
        return arguments

    def dataset(self, value: Any) -> dict[str, Any]:
        dataset = self.table(value, "dataset")
        checked: dict[str, Any] = {"name": self.text(dataset.get("name"), "dataset: name", OPTION)}
        for name in ("train_size", "validation_size", "test_size", "batch_size"):
            least = int(name in ("train_size", "batch_size"))
            checked[name] = self.whole(dataset.get(name), f"dataset: {name}", least, 2**48)
        checked["dtype"] = self.text(dataset.get("dtype"), "dataset: dtype", SETTING)
        checked["checksums"] = self.texts(dataset.get("checksums"), "dataset: checksums")
        return checked

    def optional(self, value: Any, place: str, **parts: Callable[[Any, str], Any]) -> dict[str, Any] | None:
        if value is None:
            return None
        table = self.table(value, place)
        return {name: read(table.get(name), f"{place}: {name}") for name, read in parts.items()}

    def table(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > ITEMS:
            raise ValueError(f"expected {place} to be a table of up to {ITEMS} names and values, got {_shown(value)}")
        return value

    def texts(self, value: Any, place: str, name: re.Pattern[str] | None = None, text: Any = None) -> dict[str, str]:
        table = self.table(value, place)
        return {self.text(key, place, name): self.text(one, f"{place}: {key}", text) for key, one in table.items()}

    def sequence(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list) or len(value) > ITEMS:
            raise ValueError(f"expected {place} to be a list of up to {ITEMS} values, got {_shown(value)}")
        return value

    def text(self, value: Any, place: str, pattern: re.Pattern[str] | None = None) -> str:
        if not isinstance(value, str) or len(value) > LENGTH or not value.isprintable():
            raise ValueError(f"expected {_shown(place)} to be a text of up to {LENGTH:,} characters")
        if pattern is not None and not pattern.fullmatch(value):
            raise ValueError(f"{_shown(value)} is nothing that {_shown(place)} can have")
        return value

    def whole(self, value: Any, place: str, low: int, high: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"expected {place} to be a whole number from {low:,} to {high:,}")
        return value

    def number(self, value: Any, place: str) -> float:
        if not isinstance(value, (int, float)) or abs(value) > 1e18 or not math.isfinite(value):
            raise ValueError(f"expected {_shown(place)} to be a number up to 1e18")
        return value

    def truth(self, value: Any, place: str) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"expected {place} to be true or false")
        return value


def _shown(value: Any) -> str:
    """A value for a message, neither long nor able to move a terminal's cursor."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
