"""The optional packages, and how they are installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

EXTRAS = {  # of pyproject.toml: the distributions, and the module that shows whether one is there
    "fast": {"numba": "numba"},
    "onnx": {"onnx": "onnx", "onnxruntime": "onnxruntime"},
    "sklearn": {"scikit-learn": "sklearn", "joblib": "joblib", "dask": "dask", "distributed": "distributed"},
    "mpi": {"mpi4py": "mpi4py"},
    "seeing": {"scipy": "scipy"},
    "explore": {"nicegui": "nicegui"},
    "course": {"jupyterlab": "jupyterlab"},
    "docs": {"sphinx": "sphinx", "myst-parser": "myst_parser", "furo": "furo", "scikit-learn": "sklearn"},
}


def installed(distribution: str, module: str) -> str | None:
    """The version of a package, "?" where it does not say; None where it is not installed. It is not imported."""
    if find_spec(module) is None:
        return None
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "?"


def extras() -> dict[str, dict[str, str | None]]:
    """Of each extra the packages, and their versions or None."""
    return {
        name: {distribution: installed(distribution, module) for distribution, module in packages.items()}
        for name, packages in EXTRAS.items()
    }


def installation(extra: str) -> str:
    """The command that installs an extra."""
    return f'pip install "leibnet[{extra}]"'
