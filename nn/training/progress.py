"""The progress of a training, for whoever waits for it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from leibnet.fused.choice import COMPILING, announced
from leibnet.terminal import isOpen, isTerminal, say

from nn.training.course import Course
from nn.training.listener import Listener
from nn.training.metrics import Meter

INTERVAL = 0.2  # seconds between two updates of the quantities
BROKEN = OSError, ValueError  # what a stream raises that nobody reads, or that is closed
FORMAT = "{desc}|{bar}| {elapsed}<{remaining}, {rate_fmt}"  # what a narrow terminal must show comes first


def progressOf(progress: bool | None, quantities: Iterable[str]) -> list[Listener]:
    """The listener that shows the progress: a bar or lines; none for False, and where nothing can be written.

    By default, there is a bar on a terminal and in a notebook, and a line for every entry elsewhere: in a pipe, in
    Spyder and IDLE.
    """
    if progress is False or not isOpen(sys.stderr):
        return []
    return [ProgressBar(quantities) if progress or isTerminal(sys.stderr) or _is_notebook() else ProgressLines()]


class ProgressBar(Listener):
    """A bar with the means of quantities over the epoch so far, which epoch that is, and the speed in samples a second.

        loss 0.1234, epoch 3/10 |███████             | 00:03<00:08, 15.2k/s

    In the first training on a machine it says that kernels are compiled, when they are.

    Parameters
    ----------
    quantities : those that are shown.
    """

    def __init__(self, quantities: Iterable[str]) -> None:
        self._order = tuple(quantities)
        self._quantities = frozenset(self._order)
        alike = len(self._order) > 1 and all(name.endswith("_loss") for name in self._order)
        self._words = {name: name.removesuffix("_loss") if alike else name for name in self._order}
        self._meter, self._drawnAt, self._index, self._epoch = Meter(), 0.0, 0, ""
        self._whileShown = ExitStack()

    def begin(self, course: Course) -> None:
        tqdm = import_module("tqdm.auto" if _is_notebook() else "tqdm").tqdm
        if course.resumed:
            say(_going_on(course))
        self._index, self._epoch = course.index, _epoch(course)
        total = course.epochs * course.samplesPerEpoch
        style = {"unit": "", "unit_scale": True, "dynamic_ncols": True, "bar_format": FORMAT}
        try:
            self._bar: Any = tqdm(total=total, initial=course.index, **style)
        except BROKEN:
            self._bar = tqdm(disable=True)
        course.suspended = self._bar.external_write_mode
        self._whileShown.enter_context(announced(self._sayThatKernelsAreCompiled))

    def _sayThatKernelsAreCompiled(self) -> None:
        with self._drawing():
            self._bar.set_description_str(f"{COMPILING} ", refresh=True)

    def wanted(self, course: Course) -> frozenset[str]:
        return self._quantities

    def stepped(self, course: Course) -> None:
        if (course.steps - 1) % course.stepsPerEpoch == 0:
            self._meter = Meter()
        self._epoch = _epoch(course)
        shown = {name: course.values[name] for name in self._order if name in course.values}
        self._meter.add(shown, course.index - self._index, None if course.batch is None else course.batch.weight)
        if time.perf_counter() - self._drawnAt > INTERVAL:
            self._describe()
            self._drawnAt = time.perf_counter()
        with self._drawing():
            self._bar.update(course.index - self._index)
        self._index = course.index

    def _describe(self) -> None:
        means = [f"{self._words[name]} {value:.4g}" for name, value in self._meter.means().items()]
        self._bar.set_description_str(f"{', '.join([*means, self._epoch])} ", refresh=False)

    def close(self, course: Course) -> None:
        self._whileShown.close()
        with self._drawing():
            self._describe()
            self._bar.refresh()
            self._bar.close()

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """A bar that nobody sees any more ends no training."""
        try:
            yield
        except BROKEN:
            self._bar.disable = True


class ProgressLines(Listener):
    """A line for every entry of the metrics."""

    def begin(self, course: Course) -> None:
        if course.resumed:
            say(_going_on(course))

    def entered(self, course: Course) -> None:
        values = ", ".join(f"{name} {value:.4g}" for name, value in course.history.last.items())
        say(f"epoch {course.epoch:g} of {course.epochs}, {course.history.seconds:.1f} s{': ' * bool(values)}{values}")


def _epoch(course: Course) -> str:
    """Which epoch the last step belongs to: "epoch 3/10"."""
    return f"epoch {math.ceil(course.epoch)}/{course.epochs}"


def _going_on(course: Course) -> str:
    how = "was finished" if course.steps == course.epochs * course.stepsPerEpoch else "goes on"
    return f"the training {how} after {course.epoch:g} of {course.epochs} epochs ({course.index:,} samples)"


def _is_notebook() -> bool:
    """Whether a bar of a notebook's own can be drawn: in Spyder's console it would be a text without end."""
    get = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get is None or "spyder_kernels" in sys.modules else get()
    return "IPKernelApp" in getattr(shell, "config", ())
