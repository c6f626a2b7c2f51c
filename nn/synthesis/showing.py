"""The progress of a picture that is made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

from leibnet.terminal import isOpen, isTerminal, say

Show = Callable[[int, Mapping[str, float]], None]
LINES = 10  # of a whole synthesis, where there is no terminal
FORMAT = "{desc}|{bar}| {n_fmt}/{total_fmt} {elapsed}<{remaining}"


@contextmanager
def shownSteps(progress: bool | None, total: int, done: int = 0) -> Iterator[Show]:
    """A stretch in which a function is told of the number of steps made so far, of `total`, and of their values.

    It draws a bar, or writes a line after every tenth of them, or nothing, as `progress` says of a training.
    """
    if progress is False or not isOpen(sys.stderr):
        yield lambda step, values: None
    elif progress or isTerminal(sys.stderr):
        bar = import_module("tqdm").tqdm(total=total, initial=done, dynamic_ncols=True, bar_format=FORMAT)
        with bar:

            def draw(step: int, values: Mapping[str, float]) -> None:
                bar.set_description_str(f"{_words(values)} ", refresh=False)
                bar.update(step - bar.n)

            yield draw
    else:

        def line(step: int, values: Mapping[str, float]) -> None:
            if step * LINES // total > (step - 1) * LINES // total:
                say(f"step {step} of {total}: {_words(values)}")

        yield line


def _words(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())
