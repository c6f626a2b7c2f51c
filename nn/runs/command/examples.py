"""`leibnet train`: the examples, listed and run."""

from __future__ import annotations

import argparse
import ast
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType

from nn.runs.command.shipped import shipped
from nn.runs.command.subcommand import Subcommand
from nn.runs.record import RunError

PREFIX = "train_"
TOOL = "repeat"  # which trains nothing: it is `leibnet repeat`


def examples() -> dict[str, Path]:
    """The scripts of the examples by name, which is that of the file without `train_` and `.py`."""
    paths = sorted(shipped("examples").glob("*.py"))
    found = {path.stem.removeprefix(PREFIX): path for path in paths if path.stem != TOOL}
    return dict(sorted(found.items()))


def summary(path: Path) -> str:
    """The first line of a script's docstring; empty if it has none."""
    words = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return words.partition("\n")[0]


def find(name: str) -> Path | str:
    """The script of this name, with or without `train_` and `.py`; otherwise a line that says what there is."""
    known = examples()
    asked = name.removesuffix(".py").removeprefix(PREFIX)
    if asked in known:
        return known[asked]
    near = get_close_matches(asked.replace("-", "_"), known, n=3) or [one for one in known if asked and asked in one]
    if near:
        return f"there is no example {name!r}: did you mean {' or '.join(near)}?"
    return f"there is no example {name!r}: `leibnet train` lists them"


def exampleIn(words: Sequence[str]) -> Path | None:
    """The script that a command line asks for; None where it asks for something else, or is to be refused."""
    if words[:1] != ["train"] or len(words) < 2 or words[1].startswith("-"):
        return None
    try:
        path = find(words[1])
    except RunError:
        return None
    return None if isinstance(path, str) else path


def listing() -> str:
    """The names of the examples, a line for each."""
    known = examples()
    width = max(map(len, known))
    return "\n".join(f"  {name.ljust(width)}  {summary(path)}" for name, path in known.items())


def runAsScript(path: Path, words: Sequence[str]) -> None:
    """Runs a script in this process as if `python path word word ...` had been typed.

    What it raises comes out, SystemExit as well. The traceback of an error begins in the script.
    """
    with _typed(path, words):
        runpy.run_path(str(path), run_name="__main__")


@contextmanager
def _typed(path: Path, words: Sequence[str]) -> Iterator[None]:
    """A stretch in which the command line and the path of modules are the script's; after an error its hook stays."""
    argv, places = sys.argv, sys.path
    sys.argv, sys.path = [str(path), *words], [str(path.parent), *places]
    try:
        yield
    except Exception:
        sys.excepthook = _beginning_in(str(path), sys.excepthook)
        raise
    finally:
        sys.argv, sys.path = argv, places


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _beginning_in(file: str, hook: Hook) -> Hook:
    """A hook that shows an error as `hook` does, without the frames that led to the file."""

    def shorter(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        inner = trace
        while inner is not None and inner.tb_frame.f_code.co_filename != file:
            inner = inner.tb_next
        hook(kind, error.with_traceback(inner or trace), inner or trace)

    return shorter


def _arguments(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("name", nargs="?", metavar="NAME", help="of the example; without one they are listed")
    arguments.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="...", help="its own arguments: leibnet train NAME --help"
    )


def _run(options: argparse.Namespace) -> None:
    if options.name is None:
        print(f"The examples, each with a --help of its own:\n\n{listing()}\n\n  {TRAIN.example}")
        return
    path = find(options.name)
    if isinstance(path, str):
        options.parser.exit(2, f"{options.parser.prog}: {path}\n")
    else:
        runAsScript(path, options.words)


TRAIN = Subcommand(
    "train",
    "list the examples, or run one of them",
    "leibnet train gan --dataset digits --epochs 5",
    _arguments,
    _run,
    "What a run writes is in runs/<example>-<date>-<time>, or in the folder given by --output;\n"
    "`leibnet repeat FOLDER` repeats it. The exit code is the example's.",
)
