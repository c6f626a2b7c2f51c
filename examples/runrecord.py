"""What a run says of itself in its run.json."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runfile import LENGTH, NAME, OWN, SETTING, VARIABLE, Run, content, readRun

import leibnet
from dataset import Dataset
from leibnet.files import keepEarlier, writeAtomically
from leibnet.threadcount import Threads

HERE = Path(__file__).parent
PACKAGES = ("numpy", "matplotlib", "tensorboardX", "tqdm", "pooch", "requests", "safetensors", "threadpoolctl")
LIBRARY = ("activations", "leibnet", "dataset", "layers", "loss", "nn", "optimizer")
LARGE = 10**12  # multiplications of a product that takes all threads there are


class Record:
    """The run.json of the run that is under way: written at its beginning, and once more at its end.

    A run that goes on (`options.resume`) keeps the one of its beginning. ValueError if that was another run.

    Parameters
    ----------
    folder : the run folder.
    options : the arguments of the example as they were parsed.
    dataset : the data set.
    """

    def __init__(self, folder: Path, options: argparse.Namespace, dataset: Dataset) -> None:
        self.folder = folder
        self._start = time.perf_counter()
        self._run = described(options, dataset)
        if getattr(options, "resume", False) and (folder / NAME).exists():
            self._run = goneOn(folder, self._run)
        else:
            keepEarlier(folder, [NAME])
        self._write()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self._start

    def end(self, how: str) -> None:
        """Adds how it ended: "finished", "interrupted" or "failed"."""
        self._run = replace(self._run, end={"how": how, "seconds": round(self.seconds, 3)})
        self._write()

    def _write(self) -> None:
        writeAtomically(self.folder / NAME, content(self._run))


def described(options: argparse.Namespace, dataset: Dataset) -> Run:
    """The run that begins now, in this process."""
    arguments = {name: value for name, value in vars(options).items() if name not in OWN}
    threads = Threads(LARGE).number
    return Run(
        script=Path(sys.argv[0]).name,
        arguments=arguments,
        argv=[one if one.isprintable() and len(one) <= LENGTH else ascii(one)[:LENGTH] for one in sys.argv[1:]],
        seed=options.seed,
        threads=threads,
        chooses=options.threads is None and threads > 1,
        variables={k: v for k, v in sorted(os.environ.items()) if VARIABLE.fullmatch(k) and SETTING.fullmatch(v)},
        versions=versions(),
        machine={
            "BLAS": leibnet.description(),
            "processor": processor(),
            "processors": str(os.cpu_count()),
            "system": platform.platform(),
        },
        code=codeDigest(HERE / Path(sys.argv[0]).name),
        dataset={
            "name": dataset.name,
            "train_size": dataset.train_size,
            "validation_size": dataset.validation_size,
            "test_size": dataset.test_size,
            "batch_size": dataset.batch_size,
            "dtype": str(dataset.dtype),
            "checksums": dataset.checksums or {"arrays": arraysDigest(dataset)},
        },
        git=gitState(),
        started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    )


def goneOn(folder: Path, now: Run) -> Run:
    """The run in the folder, if this one is the same; ValueError that names the first difference."""
    from rundifference import changedConditions  # which imports NumPy

    then = readRun(folder)

    def same(run: Run) -> dict[str, Any]:
        arguments = {name: value for name, value in run.arguments.items() if name != "dataset"}
        data = {f"data, {name}": value for name, value in run.dataset.items()}
        threads = "chosen by the training" if run.chooses else run.threads
        return {"script": run.script, "seed": run.seed, "threads": threads} | arguments | data

    before, after = same(then), same(now)
    for name in before | after:
        if before.get(name) != after.get(name):
            raise ValueError(
                f"--resume goes on with a run with the same arguments: in {folder}, {name} was {before.get(name)!r}, "
                f"here it is {after.get(name)!r}"
            )
    for line in changedConditions(then, now):
        print(f"Since the run began: {line}")
    return replace(then, end=None)


def versions() -> dict[str, str]:
    """Of Python, this library, and the packages that it needs at run time."""
    return {"python": platform.python_version(), "leibnet": leibnetVersion()} | {
        name: version(name) for name in PACKAGES
    }


def leibnetVersion() -> str:
    """As it is installed; of a source tree that is not, what its pyproject.toml says."""
    try:
        return version("leibnet")
    except PackageNotFoundError:
        project = HERE.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"]) if project.is_file() else "unknown"


def processor() -> str:
    """The model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def codeDigest(script: Path) -> str:
    """SHA-256 of the library's Python files, the script and what the examples share."""
    packages = [Path(import_module(name).__file__ or "").parent for name in LIBRARY]
    files = [(path.relative_to(package.parent), path) for package in packages for path in package.rglob("*.py")]
    files += [(Path(path.name), path) for path in (script, HERE / "common.py")]
    digest = hashlib.sha256()
    for name, path in sorted(files):
        digest.update(f"{name.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def arraysDigest(dataset: Dataset) -> str:
    """SHA-256 of all samples as they are delivered."""
    digest = hashlib.sha256()
    for split in ("train", "validation", "test"):
        for arrays in dataset.chunks(split):
            for array in arrays:
                digest.update(f"{split} {array.dtype.str} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def gitState() -> dict[str, Any] | None:
    """The commit of the examples' source tree, and whether it has changes; None where there is no git or no tree."""
    command = ["git", "--no-optional-locks", "-C", str(HERE), "status", "--porcelain=v2", "--branch", "-uno"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines() if done.returncode == 0 else []
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), None)
    return None if commit is None else {"commit": commit, "dirty": any(not line.startswith("#") for line in lines)}
