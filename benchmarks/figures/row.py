"""What a row is: a function that trains and measures, and the figures it gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from dataset import available
from figures.code import digest

DATA = ("mnist", "digits", "binarized_mnist", "cascaded_tanks", "tinyshakespeare")

Function = Callable[["Setting"], dict[str, float]]

ARROWS = {"lower": "↓", "higher": "↑", "": ""}
CURES = {
    "mnist": 'MNIST is not at hand: name its folder in LEIBNET_DATA, or download it once, `Dataset("mnist")`',
    "binarized_mnist": (
        "the fixed binarisation of MNIST (Larochelle & Murray 2011) is not at hand: put it into the folder "
        "binarized_mnist of the one that LEIBNET_DATA names, as binarized_mnist_larochelle_packed.npz with the arrays "
        "train, valid and test of uint8, an image a row, its 784 bits packed by numpy.packbits(bits, axis=1)"
    ),
    "tinyshakespeare": (
        "the text of char-rnn is not at hand: name its folder in LEIBNET_DATA, or download it once, `tinyShakespeare()`"
    ),
    "cascaded_tanks": (
        "the cascaded tanks (Schoukens & Noel 2017, www.nonlinearbenchmark.org) are not at hand: put dataBenchmark.csv "
        "into the folder cascaded_tanks of the one that LEIBNET_DATA names"
    ),
    "scipy": "scipy is not installed: pip install scipy",
    "sklearn": "scikit-learn is not installed: pip install scikit-learn",
    "torch": "PyTorch is not installed: pip install torch",
}


@dataclass(frozen=True)
class Setting:
    """What a row is computed with.

    Attributes
    ----------
    seed : of all random numbers; the library's generators have it already when the row begins.
    factor : of the numbers of epochs; 1, except for a quick look.
    images : the data set of images, "mnist", except for a quick look where it is not at hand.
    threads : of the matrix products.
    """

    seed: int
    factor: float = 1.0
    images: str = "mnist"
    threads: int = 1

    def epochs(self, number: int) -> int:
        """How many are trained in the place of so many."""
        return max(1, round(self.factor * number))


@dataclass(frozen=True)
class Another:
    """A figure of another row, or of the same one: what a figure is held against where that is computed here, too."""

    row: str
    figure: str
    text: str


@dataclass(frozen=True)
class Figure:
    """A number of the table, and what it is held against.

    Attributes
    ----------
    name : the key in what the row gives, and in its cells.
    model, measure, unit : as the table has them. Figures of one model stand together.
    digits : after the decimal point.
    better : "lower", "higher", or "" where neither is.
    anchor : what it is held against: a text, or `Another` figure. Default: nothing.
    source : where a text comes from: paper, lecture or other code, with the place.
    checked : whether the text was found there by whoever wrote this line, rather than remembered.
    """

    name: str
    model: str
    measure: str
    unit: str
    digits: int
    better: str = ""
    anchor: str | Another = ""
    source: str = ""
    checked: bool = False

    def __post_init__(self) -> None:
        if self.better not in ARROWS:
            raise ValueError(f"{self.name}: expected better to be one of {', '.join(map(repr, ARROWS))}")
        if bool(self.source) != (isinstance(self.anchor, str) and self.anchor != ""):
            raise ValueError(f"{self.name}: an anchor that is a text has a source, and no other has one")


@dataclass(frozen=True)
class Row:
    """A training and its figures.

    Attributes
    ----------
    function : computes it: takes a `Setting`, and gives the figures by name.
    figures : all that it gives.
    seeds : those that the table wants.
    seconds : about how long a cell takes, so that short ones come first.
    needs : data sets and packages without which it cannot be computed.
    """

    function: Function
    figures: Sequence[Figure]
    seeds: range
    seconds: float
    needs: tuple[str, ...] = field(default=("mnist",))

    @property
    def name(self) -> str:
        return self.function.__name__

    @cached_property
    def code(self) -> str:
        """Tells what the row computes from what it computed before it was changed."""
        return digest(self.function)

    @property
    def packages(self) -> list[str]:
        """Those of its needs that are imported."""
        return [need for need in self.needs if need not in DATA]

    def missing(self, images: str = "mnist") -> str:
        """What is not here of what the row needs with these images, and what to do; "" if all is."""
        needs = [images if need == "mnist" else need for need in self.needs]
        return "; ".join(CURES[need] for need in needs if not _is_here(need))


def row(
    figures: Sequence[Figure], seeds: range = range(3), seconds: float = 60, needs: tuple[str, ...] = ("mnist",)
) -> Callable[[Function], Row]:
    """Makes a function a `Row` of its name."""
    return lambda function: Row(function, figures, seeds, seconds, needs)


def binarizedMnist() -> Path:
    """Where the fixed binarisation of MNIST is, if it is at hand."""
    return Path(os.environ.get("LEIBNET_DATA", "")) / "binarized_mnist" / "binarized_mnist_larochelle_packed.npz"


def cascadedTanks() -> Path:
    """Where the records of the cascaded tanks are, if they are at hand."""
    return Path(os.environ.get("LEIBNET_DATA", "")) / "cascaded_tanks" / "dataBenchmark.csv"


FILES: dict[str, Callable[[], Path]] = {"binarized_mnist": binarizedMnist, "cascaded_tanks": cascadedTanks}


def _is_here(need: str) -> bool:
    if need in FILES:
        return FILES[need]().is_file()
    return available(need) if need in DATA else find_spec(need) is not None
