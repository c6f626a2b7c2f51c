"""`leibnet info`: what computes here, and what is at hand. Nothing is imported that the answer does not need."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leibnet.files import absolute, reason
from leibnet.fused.cache import digestOf
from leibnet.fused.choice import VARIABLE
from leibnet.processor import threadcount
from leibnet.version import __version__

import numpy as np

from dataset.catalogue import FILES, names
from dataset.files.content import located
from nn.runs.command.extras import extras, installation, installed
from nn.runs.command.subcommand import Subcommand, count, rows
from nn.runs.provenance import processor

ROOT = Path(__file__).parents[3]
COMPILED = ROOT / "leibnet" / "fused" / "compiled"
SET = "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "MKL_NUM_THREADS", VARIABLE, "LEIBNET_DATA"


def information() -> dict[str, Any]:
    """What the command tells, as plain values."""
    return {
        "leibnet": {"version": __version__, "folder": str(ROOT)},
        "python": {"version": platform.python_version(), "system": platform.platform()},
        "numpy": np.__version__,
        "processor": {"model": processor(), "processors": os.cpu_count(), "usable": _usable(), "simd": _simd()},
        "blas": threadcount.description(),
        "kernels": kernels(),
        "variables": {name: os.environ[name] for name in SET if name in os.environ},
        "data": dict(data()),
        "extras": extras(),
    }


def _usable() -> int | None:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _simd() -> list[str]:
    """What NumPy has been vectorised for, by its own names, that this processor has."""
    return list(np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", ()))


def kernels() -> dict[str, Any]:
    """Which kernels trainings will take, and how many compiled ones are in the cache already."""
    numba = installed("numba", "numba")
    wanted = os.environ.get(VARIABLE) or ("numpy" if numba is None else "numba")
    folder = _cache() / "kernels"
    if numba is not None:
        folder /= digestOf(COMPILED, __version__, numba, np.__version__)
    compiled = 0 if numba is None else sum(1 for _ in folder.rglob("*.nbi"))
    return {"by": wanted, "numba": numba, "cache": str(folder), "compiled": compiled}


def _cache() -> Path:
    import pooch

    return absolute(pooch.os_cache("leibnet"))


def data() -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each data set that lies in files whether it is at hand, where, and its size in bytes; then the others."""
    for name, archives in FILES.items():
        try:
            found = located(name, archives)
        except OSError as error:  # LEIBNET_DATA leads nowhere
            yield name, {"at hand": False, "problem": reason(error)}
            continue
        size = sum(path.stat().st_size for path in found.values())
        folders = sorted({str(path.parent) for path in found.values()})
        yield name, {"at hand": len(found) == len(archives), "folders": folders, "bytes": size}
    for name in names:
        if name not in FILES:
            yield name, {"at hand": True}


def report(told: dict[str, Any]) -> str:
    """The same to be read."""
    own, python, machine, kinds = told["leibnet"], told["python"], told["processor"], told["kernels"]
    machinery = [
        ("Leibnet", f"{own['version']}, in {own['folder']}"),
        ("Python", f"{python['version']}, {python['system']}"),
        ("NumPy", told["numpy"]),
        ("BLAS", told["blas"]),
        ("processor", f"{machine['model']}, {machine['usable']} of {count(machine['processors'] or 1, 'processor')}"),
        ("SIMD", " ".join(machine["simd"]) or "nothing that NumPy tells"),
        ("kernels", _kernels(kinds)),
        ("environment", ", ".join(f"{name}={value}" for name, value in told["variables"].items()) or "nothing set"),
    ]
    files = [(name, _data(state)) for name, state in told["data"].items() if "bytes" in state or "problem" in state]
    others = [name for name, state in told["data"].items() if state == {"at hand": True}]
    added = [(name, _extra(name, packages)) for name, packages in told["extras"].items()]
    return "\n\n".join(
        [
            rows(machinery),
            "Data sets\n" + rows([*files, ("bundled, or made on the spot", ", ".join(others))], "  "),
            "Extras\n" + rows(added, "  "),
        ]
    )


def _kernels(kinds: dict[str, Any]) -> str:
    if kinds["by"] == "numpy":
        why = "numba is not installed" if kinds["numba"] is None else f"{VARIABLE}=numpy"
        return f"NumPy alone ({why})"
    if kinds["numba"] is None:
        return f"{VARIABLE}={kinds['by']}, and numba is not installed: {installation('fast')}"
    there = f"{kinds['compiled']} compiled" if kinds["compiled"] else "none compiled yet"
    return f"numba {kinds['numba']}, {there}, in {kinds['cache']}"


def _data(state: dict[str, Any]) -> str:
    if "problem" in state:
        return f"cannot be looked for: {state['problem']}"
    if state["at hand"]:
        return f"{state['bytes'] / 1e6:.1f} MB in {', '.join(state['folders'])}"
    return "not at hand: it is downloaded when it is asked for"


def _extra(name: str, packages: dict[str, str | None]) -> str:
    there = ", ".join(f"{package} {number}" for package, number in packages.items() if number is not None)
    missing = [package for package, number in packages.items() if number is None]
    if not missing:
        return there
    return f"{there + '; ' if there else ''}without {', '.join(missing)}: {installation(name)}"


def _arguments(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("--json", action="store_true", help="as JSON, for programs")


def _run(options: argparse.Namespace) -> None:
    told = information()
    print(json.dumps(told, indent=2) if options.json else report(told))


INFO = Subcommand(
    "info",
    "say what computes here, which data are at hand, and which extras are installed",
    "leibnet info",
    _arguments,
    _run,
)
