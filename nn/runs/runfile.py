"""The file run.json of a run.

It is read as something that anybody may have written: nothing in it is executed, and all of it is bounded.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NoReturn

from leibnet.files import absolute
from leibnet.plain import Plain, dictionary, isCount, isNumber, reason, require, toJson

from nn.runs.record import Record, RunError, Value

NAME = "run.json"
FORMAT = 1
SIZE = 2**18  # bytes of the file
ITEMS = 200  # entries of a table or list
LENGTH = 1000  # characters of a text

# What OpenBLAS and its relatives read, and the choice of kernels. OMP_TOOL_LIBRARIES, for one, would load a program.
VARIABLE = re.compile(r"OPENBLAS_[A-Z0-9_]{1,40}|(OMP|MKL|BLIS|GOTO)_NUM_THREADS|LEIBNET_KERNELS")
SETTING = re.compile(r"[A-Za-z0-9_.,-]{0,64}")
OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}")
OWN = ("output", "resume", "seed", "threads", "kernels", "help")  # stand elsewhere in the file, or nowhere


def content(record: Record) -> bytes:
    """The record as `readRecord` reads it."""
    return json.dumps({"format": FORMAT} | json.loads(toJson(vars(record))), indent=2, allow_nan=False).encode() + b"\n"


def readRecord(path: str | os.PathLike[str]) -> Record:
    """The record in a file, or in the run.json of a folder. RunError, with what is wrong, if it cannot be read."""
    path = absolute(path)
    path = path / NAME if path.is_dir() else path
    try:
        return _record(_parsed(path))
    except (ValueError, KeyError) as error:
        raise RunError(f"{path} is no record of a run: {reason(error)}") from None


def checkedArguments(value: Any) -> dict[str, Value]:
    """Arguments of a run, if they can stand in a run.json: texts, numbers, truth values, None and lists of these."""
    for name, given in _table("arguments", value).items():
        fits = isinstance(name, str) and OPTION.fullmatch(name) is not None and name not in OWN
        require("arguments", fits, f"named by letters, digits and _, and none of them {', '.join(OWN)}", name)
        for one in _sequence(name, given) if isinstance(given, list) else [given]:
            if isinstance(one, str):
                _text(name, one)
            else:
                fits = one is None or isinstance(one, bool) or isNumber(one)
                require(name, fits, "a text, a finite number, true, false, nothing, or a list of these", one)
    return dict(value)


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
        return json.loads(text.decode(), parse_constant=_refuse_constant)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"it is not JSON in UTF-8: {error}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it has the number {name}")


def _record(value: Any) -> Record:
    values = _table("the file", value)
    given = values.get("format")
    require("format", isCount(given) and given == FORMAT, str(FORMAT), given)
    return Record(
        script=_text("script", values["script"]),
        arguments=checkedArguments(values["arguments"]),
        argv=[_text("argv", one) for one in _sequence("argv", values["argv"])],
        seed=_count("seed", values["seed"], 0, 2**64),
        threads=_count("threads", values["threads"], 1, 1024),
        chooses=_truth("chooses", values["chooses"]),
        variables=_texts("variables", values["variables"], VARIABLE, SETTING),
        versions=_texts("versions", values["versions"]),
        machine=_texts("machine", values["machine"]),
        code=_text("code", values["code"]),
        dataset=_dataset(values["dataset"]),
        git=_git(values["git"]),
        started=_text("started", values["started"]),
        end=_end(values["end"]),
    )


def _dataset(value: Any) -> Plain:
    table = _table("dataset", value)
    checked: Plain = {"name": _text("dataset: name", table["name"])}
    for name in ("train_size", "validation_size", "test_size", "batch_size"):
        checked[name] = _count(f"dataset: {name}", table[name], int(name in ("train_size", "batch_size")), 2**48)
    checked["dtype"] = _text("dataset: dtype", table["dtype"], SETTING)
    checked["checksums"] = _texts("dataset: checksums", table["checksums"])
    return checked


def _git(value: Any) -> Plain | None:
    if value is None:
        return None
    table = _table("git", value)
    return {"commit": _text("git: commit", table["commit"]), "dirty": _truth("git: dirty", table["dirty"])}


def _end(value: Any) -> Plain | None:
    if value is None:
        return None
    table = _table("end", value)
    seconds = table["seconds"]
    require("end: seconds", isNumber(seconds), "a finite number", seconds)
    return {"how": _text("end: how", table["how"]), "seconds": seconds}


def _table(where: str, value: Any) -> Plain:
    return require(where, len(dictionary(where, value)) <= ITEMS, f"of up to {ITEMS} names and values", value)


def _texts(
    where: str, value: Any, name: re.Pattern[str] | None = None, text: re.Pattern[str] | None = None
) -> dict[str, str]:
    table = _table(where, value)
    return {_text(f"a name in {where}", key, name): _text(f"{where}: {key[:80]}", table[key], text) for key in table}


def _sequence(where: str, value: Any) -> list[Any]:
    fits = isinstance(value, list) and len(value) <= ITEMS
    return require(where, fits, f"a list of up to {ITEMS} values", value)


def _text(where: str, value: Any, pattern: re.Pattern[str] | None = None) -> str:
    fits = isinstance(value, str) and len(value) <= LENGTH and value.isprintable()
    require(where, fits, f"a text of up to {LENGTH:,} characters", value)
    return require(where, pattern is None or pattern.fullmatch(value) is not None, "another text", value)


def _count(where: str, value: Any, least: int, most: int) -> int:
    fits = isCount(value) and least <= value <= most
    return require(where, fits, f"a whole number from {least:,} to {most:,}", value)


def _truth(where: str, value: Any) -> bool:
    return require(where, isinstance(value, bool), "true or false", value)
