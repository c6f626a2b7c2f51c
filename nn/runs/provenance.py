"""Where a result comes from: the versions, the processor, the code and the data."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from leibnet.fused.choice import kernelDescription
from leibnet.processor.threadcount import description
from leibnet.version import __version__

from dataset import Dataset
from nn.runs.runfile import SETTING, VARIABLE

LIBRARY = ("activations", "dataset", "layers", "leibnet", "loss", "nn", "optimizer")
PACKAGES = ("numpy", "matplotlib", "tensorboardX", "tqdm", "pooch", "requests", "safetensors", "threadpoolctl")
SHIPPED = "shipped"  # the folder of a wheel's examples, which a source tree has elsewhere
_ROOT = Path(__file__).resolve().parents[2]  # has the library's packages as subfolders


def versions() -> dict[str, str]:
    """Of Python, this library, and the packages that it needs at run time."""
    from importlib.metadata import version

    needed = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "leibnet": __version__} | needed


def machine() -> dict[str, str]:
    """What computes, by name: BLAS, kernels, the model and number of processors, the operating system."""
    return {
        "BLAS": description(),
        "kernels": kernelDescription(),
        "processor": processor(),
        "processors": str(os.cpu_count()),
        "system": platform.platform(),
    }


def processor() -> str:
    """The model of the processor, as the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def variables() -> dict[str, str]:
    """The environment variables that BLAS and the choice of kernels read."""
    return {k: v for k, v in sorted(os.environ.items()) if VARIABLE.fullmatch(k) and SETTING.fullmatch(v)}


def codeDigest(program: Path | None) -> str:
    """SHA-256 of the library's Python files and the program's, if it has one."""
    files = [(path.relative_to(_ROOT), path) for name in LIBRARY for path in (_ROOT / name).rglob("*.py")]
    files = [(name, path) for name, path in files if SHIPPED not in name.parts]
    if program is not None and program.is_file():
        files.append((Path(program.name), program))
    digest = hashlib.sha256()
    for name, path in sorted(files):
        digest.update(f"{name.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def datasetState(dataset: Dataset) -> dict[str, Any]:
    """Name, sizes, dtype and checksums of the data set: of its files or, where it has none, of all its samples."""
    return {
        "name": dataset.name,
        "train_size": dataset.train_size,
        "validation_size": dataset.validation_size,
        "test_size": dataset.test_size,
        "batch_size": dataset.batch_size,
        "dtype": str(dataset.dtype),
        "checksums": dataset.checksums or {"arrays": arraysDigest(dataset)},
    }


def arraysDigest(dataset: Dataset) -> str:
    """SHA-256 of all samples as they are delivered."""
    digest = hashlib.sha256()
    for split in ("train", "validation", "test"):
        for batch in dataset.chunks(split):
            for array in batch.parts.values():
                digest.update(f"{split} {array.dtype.str} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def gitState(folder: Path) -> dict[str, Any] | None:
    """The commit of a folder's source tree, and whether it has changes; None where there is no git or no tree."""
    command = ["git", "--no-optional-locks", "-C", str(folder), "status", "--porcelain=v2", "--branch", "-uno"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines() if done.returncode == 0 else []
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), None)
    return None if commit is None else {"commit": commit, "dirty": any(not line.startswith("#") for line in lines)}
