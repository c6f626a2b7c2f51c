"""What a subcommand consists of, and how its failures are told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from leibnet.files import reason

from nn.runs.record import RunError

FAILURES = (OSError, ValueError, TypeError, LookupError, ImportError, ArithmeticError, AttributeError, MemoryError)


class Subcommand(NamedTuple):
    """One of the things that `leibnet` does.

    Attributes
    ----------
    name : the word after `leibnet`.
    summary : what it does, in a line.
    example : a command line, which ends its help.
    arguments : puts its arguments into a parser.
    run : does it, and returns the exit code; None is 0.
    details : what else its help says, such as the exit codes.
    """

    name: str
    summary: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int | None]
    details: str = ""


@contextmanager
def toldInOneLine() -> Iterator[None]:
    """Within, what the library refuses is a RunError of one line, which ends the program with exit code 1.

    It is for calls that look at what the user gave: errors in the program itself shall have their traceback.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except FAILURES as error:
        raise RunError(" ".join(reason(error).split()) or type(error).__name__) from error


def count(number: int, thing: str, things: str = "") -> str:
    """ "1 layer", "1,200 layers"; "2 entries" of "entry" and "entries"."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def rows(pairs: list[tuple[str, str]], margin: str = "") -> str:
    """A name and a text on every line, the texts below one another."""
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{margin}{name.ljust(width)}  {text}" for name, text in pairs)
