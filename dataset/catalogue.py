"""The named data sets."""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dataset.files import digits, mnist
from dataset.generated import synthetic
from dataset.source import Request, Source

LOADERS: dict[str, Callable[..., Source]] = {
    "digits": digits.load,
    "mnist": mnist.load_mnist,
    "fashion_mnist": mnist.load_fashion_mnist,
    "two_moons": synthetic.two_moons,
    "ring": synthetic.ring,
    "grid": synthetic.grid,
}

names = tuple(LOADERS)
"""The names that `Dataset` knows."""


def check(name: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError for an unknown name, TypeError for an option that the data set does not have."""
    if not isinstance(name, str):
        raise TypeError(
            f"name: expected the name of a data set, got {type(name).__name__}; own arrays go in by "
            "Dataset.fromArrays(inputs, labels)"
        )
    if name not in LOADERS:
        known = ", ".join(map(repr, names))
        similar = get_close_matches(str(name).lower().replace("-", "_"), names, n=1)
        advice = (
            f"did you mean {similar[0]!r}?" if similar else "own arrays go in by Dataset.fromArrays(inputs, labels)"
        )
        raise ValueError(f"name: expected one of {known}, got {name!r}; {advice}")
    known_options = LOADERS[name].__kwdefaults__ or {}
    for option in options:
        if option not in known_options:
            known = ", ".join(known_options) or "none"
            similar = get_close_matches(option, known_options, n=1)
            advice = f"; did you mean {similar[0]!r}?" if similar else ""
            raise TypeError(
                f"unknown argument {option!r} for the data set {name!r}, whose own options are: {known}{advice}"
            )


def load(name: str, request: Request, options: Mapping[str, Any]) -> Source:
    """The data set called `name`."""
    return LOADERS[name](request, **options)


def available(name: str, folder: str | os.PathLike[str] | None = None) -> bool:
    """Whether `Dataset(name)` works without a download.

    True for a data set that is bundled or generated; for one kept in files, whether all of them lie in `folder`, in the
    folder named by the environment variable LEIBNET_DATA or in the cache. They are not read.

        name = "mnist" if available("mnist") else "digits"

    Raises
    ------
    ValueError : unknown name.
    FileNotFoundError : `folder` does not exist.
    """
    check(name, {})
    if name not in mnist.FILES:
        return True
    return len(mnist.locate(name, None if folder is None else Path(folder))) == len(mnist.FILES[name])
