"""What goes to a terminal, or to whatever stands in its place: a pipe, a window, a closed stream, or nothing at all."""

from __future__ import annotations

import sys
import warnings
from typing import Any

_INSIDE = ("activations", "dataset", "layers", "leibnet", "loss", "nn", "optimizer", "contextlib")


def isOpen(stream: Any) -> bool:
    """Whether something can be written to it: sys.stderr is None without a console, and may be closed in a daemon."""
    return not getattr(stream, "closed", False) and callable(getattr(stream, "write", None))


def isTerminal(stream: Any) -> bool:
    """Whether it is an open stream to a terminal; one that cannot say so is none."""
    try:
        return isOpen(stream) and bool(stream.isatty())
    except (AttributeError, OSError, ValueError):
        return False


def shown(text: str) -> str:
    """The text, with escapes for the characters that sys.stdout cannot show.

    What the library says of itself is ASCII. Names that the user gives may hold anything.

    >>> shown("784 -> 100")
    '784 -> 100'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text


def say(line: str, stream: Any = None) -> None:
    """Writes a line to the stream, by default sys.stderr, and nothing where nothing can be written."""
    stream = sys.stderr if stream is None else stream
    if not isOpen(stream):
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        getattr(stream, "flush", bool)()
    except (OSError, ValueError):  # nobody reads it, or it was closed a moment ago
        return


def warn(warning: str | Warning, category: type[Warning] | None = None) -> None:
    """`warnings.warn`, in the name of the first line outside of the library, and also where stderr is closed."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _INSIDE:
        level, frame = level + 1, frame.f_back
    try:
        warnings.warn(warning, category, stacklevel=level)
    except (AttributeError, OSError, ValueError):
        if isOpen(sys.stderr):
            raise
