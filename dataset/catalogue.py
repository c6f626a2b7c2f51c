"""The named data sets."""

import os
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from leibnet.arguments import refusal

from dataset.files import digits, download, mnist, shakespeare
from dataset.files.content import located
from dataset.generated import adding, paddles, scenes, sprites, synthetic
from dataset.source import Option, Request, Source

LOADERS: dict[str, Callable[..., Source]] = {
    "digits": digits.load,
    **mnist.LOADERS,
    **synthetic.LOADERS,
    **adding.LOADERS,
    **scenes.LOADERS,
    **sprites.LOADERS,
    **paddles.LOADERS,
}
FILES = mnist.FILES | shakespeare.FILES
OWN = "give arrays of your own to Dataset.fromArrays(inputs, labels)"
TEXTS = shakespeare.TEXTS

names = tuple(LOADERS)
"""The names that `Dataset` knows."""


def check(owner: str, name: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError for an unknown name, TypeError for an option that the data set does not have."""
    if not isinstance(name, str):
        raise TypeError(refusal(owner, "name", "the name of a data set", type(name), OWN))
    if name not in LOADERS:
        known = ", ".join(map(repr, names))
        text = f"it is a text: Dataset.fromText({TEXTS[name].__name__}())" if name in TEXTS else ""
        remedy = text or _similar(name, names) or OWN
        raise ValueError(refusal(owner, "name", f"one of {known}", name, remedy))
    known_options = LOADERS[name].__kwdefaults__ or {}
    for option in options:
        if option not in known_options:
            expected = f"among {', '.join(known_options)}" if known_options else "none"
            remedy = _similar(option, known_options)
            raise TypeError(refusal(owner, f"the options of the data set {name!r}", expected, option, remedy))


def optionsOf(name: str, given: Mapping[str, Any]) -> dict[str, Option]:
    """All options of a data set as plain values: the given ones, which were accepted, and the others by default."""
    defaults = LOADERS[name].__kwdefaults__ or {}
    return {option: _plain(given.get(option, default), default) for option, default in defaults.items()}


def _plain(value: Any, default: Any) -> Any:
    """The value in the type of the default: 1 for a radius of 1.0 is 1.0; a default of None stands for a number."""
    return None if value is None else int(value) if default is None else type(default)(value)


def _similar(given: str, known: Iterable[str]) -> str:
    """A question after the known name that is most like the given one; empty if none is like it."""
    similar = get_close_matches(given.lower().replace("-", "_"), known, n=1)
    return f"did you mean {similar[0]!r}?" if similar else ""


def load(name: str, request: Request, options: Mapping[str, Any]) -> Source:
    """The data set called `name`."""
    try:
        return LOADERS[name](request, **options)
    except download.DownloadError as error:  # it tells all there is to tell, whatever the way through this library
        raise error.with_traceback(None) from None


def available(name: str, folder: str | os.PathLike[str] | None = None) -> bool:
    """Whether `Dataset(name)` works without a download; of the name of a text, whether its function does.

    True for a data set that is bundled or generated. For one kept in files: whether all of them lie in `folder`, in the
    folder named by the environment variable LEIBNET_DATA or in the cache. They are not read.

        name = "mnist" if available("mnist") else "digits"

    Raises
    ------
    ValueError : unknown name.
    FileNotFoundError : `folder` does not exist.
    """
    if name not in TEXTS:
        check("available", name, {})
    if name not in FILES:
        return True
    return len(located(name, FILES[name], None if folder is None else Path(folder))) == len(FILES[name])
