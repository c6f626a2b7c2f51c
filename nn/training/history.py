"""The record of a training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from leibnet.plain import dictionary, isCount, isNumber, require
from leibnet.terminal import shown

LINES, WIDTH, LETTERS = 30, 100, 40  # of a printed table: entries, characters in a line, characters of a name


class History(dict[str, list[float]]):
    """What `train` returns: a dict from the name of every metric to the list of its entries.

    >>> history = History(["train_loss"], samplesPerEpoch=100)
    >>> history.append(50, {"train_loss": 0.7})
    >>> history.append(100, {"train_loss": 0.45})
    >>> history["train_loss"], history.index, history.epochs
    ([0.7, 0.45], [50, 100], [0.5, 1.0])
    >>> print(history)
    epoch  train_loss
      0.5        0.70
      1.0        0.45
    2 entries in 0.0 s

    It goes wherever a dict does: `dict(history)`, `pandas.DataFrame(history)`; `frame` adds the epochs. Its length is
    the number of metrics, that of `index` the number of entries.

    Parameters
    ----------
    metrics : names of the metrics.
    folder : the run folder; default None.
    samplesPerEpoch : how many samples an epoch has; default None, unknown.

    Attributes
    ----------
    index : list of int, the number of training samples processed up to each entry.
    samplesPerEpoch : how many samples are processed in an epoch; None where that is unknown. `train` says it.
    seconds : duration of the training.
    folder : the run folder, where metrics.csv and TensorBoard's files are, or None.
    bestIndex : with early stopping, the index of the entry whose weights the model has now.
    """

    def __init__(self, metrics: Iterable[str], folder: Path | None = None, samplesPerEpoch: int | None = None) -> None:
        super().__init__({name: [] for name in metrics})
        self.folder, self.samplesPerEpoch = folder, samplesPerEpoch
        self.index: list[int] = []
        self.seconds = 0.0
        self.bestIndex: int | None = None

    def __missing__(self, metric: str) -> list[float]:
        raise KeyError(f"no metric {metric!r} was asked for: there are {', '.join(self) or 'none'}")

    def append(self, index: int, values: Mapping[str, float]) -> None:
        """Adds one entry of every metric."""
        entry = {name: values[name] for name in self}  # if one is missing, all stays as it is
        self.index.append(index)
        for name, entries in self.items():
            entries.append(entry[name])

    @property
    def last(self) -> dict[str, float]:
        """The last entry of every metric."""
        return {name: entries[-1] for name, entries in self.items() if entries}

    @property
    def epochs(self) -> list[float]:
        """How many epochs were done up to each entry, with their fraction. ValueError without `samplesPerEpoch`."""
        if self.samplesPerEpoch is None:
            raise ValueError("this history does not know how long an epoch is: set its samplesPerEpoch first")
        return [index / self.samplesPerEpoch for index in self.index]

    # In a checkpoint ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """The entries as plain values, for `setState`."""
        epoch = {} if self.samplesPerEpoch is None else {"samplesPerEpoch": self.samplesPerEpoch}
        return {"index": self.index, "values": dict(self), "seconds": self.seconds} | epoch

    def setState(self, state: Mapping[str, Any]) -> None:
        """Puts in the entries that `state()` described, of the same metrics."""
        self.index[:] = map(int, state["index"])
        for name, entries in self.items():
            entries[:] = map(float, state["values"][name])
        self.seconds = float(state["seconds"])
        self.samplesPerEpoch = state.get("samplesPerEpoch", self.samplesPerEpoch)  # earlier versions did not say it

    def checkState(self, state: Any, samples: int) -> None:
        """ValueError if this, from a file, is no state of a history of these metrics and at most `samples` samples."""
        known = dictionary("history", state).keys() - {"samplesPerEpoch"}
        dictionary("history", {key: state[key] for key in state if key in known}, ("index", "values", "seconds"))
        index, values = state["index"], dictionary("the metrics of history", state["values"], self)
        rising = isinstance(index, list) and all(map(isCount, index)) and index == sorted(set(index))
        require("index of history", rising, "rising whole numbers", index)
        require("index of history", not index or index[-1] <= samples, f"numbers up to {samples}", index)
        for name, entries in values.items():
            fits = isinstance(entries, list) and len(entries) == len(index) and all(map(isNumber, entries))
            require(f"{name} of history", fits, f"a list of {len(index)} numbers", entries)
        require("seconds of history", isNumber(state["seconds"]), "a number", state["seconds"])
        size = state.get("samplesPerEpoch", self.samplesPerEpoch)
        fits = size is None or (isCount(size) and size > 0 and size == (self.samplesPerEpoch or size))
        require("samplesPerEpoch of history", fits, str(self.samplesPerEpoch or "a whole number > 0"), size)

    # As a table --------------------------------------------------------------------------------------------------

    def frame(self) -> Any:
        """The entries as a pandas.DataFrame: columns "index", "epoch" where it is known, and every metric.

        Raises ImportError where pandas is not installed.

        >>> history.frame().plot(x="epoch", y=["train_loss", "test_loss"])  # doctest: +SKIP
        """
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            raise ImportError(f"history.frame() needs the package pandas: pip install pandas ({error})") from error
        epoch = {} if self.samplesPerEpoch is None else {"epoch": self.epochs}
        return pandas.DataFrame({"index": self.index} | epoch | self)

    def _columns(self) -> list[list[str]]:
        """Where the entries are, and the metrics: each its head and its cells, of a long history without the middle."""
        half = LINES // 2
        places = range(len(self.index))
        shown_places = [*places] if len(places) <= LINES else [*places[:half], *places[-half:]]

        def column(head: str, numbers: Sequence[float], digits: int = 4) -> list[str]:
            cells = _aligned([numbers[place] for place in shown_places], digits)
            return [head, *cells] if len(places) <= LINES else [head, *cells[:half], "...", *cells[half:]]

        at = column("samples", self.index, 15) if self.samplesPerEpoch is None else column("epoch", self.epochs, 6)
        return [at, *(column(_shortened(name), entries) for name, entries in self.items())]

    def _end(self) -> str:
        """The last line: "10 entries in 3.2 s"."""
        count = len(self.index)
        words = [f"{count:,} {'entry' if count == 1 else 'entries'}", f" in {self.seconds:.1f} s"]
        if count > LINES:
            words.insert(1, f", of which {LINES} are shown,")
        if self.bestIndex is not None:
            at = f"{self.bestIndex:,} samples"
            if self.samplesPerEpoch is not None:
                at = f"epoch {self.bestIndex / self.samplesPerEpoch:g}"
            words.append(f"; the model has the best weights, of {at}")
        return "".join(words)

    def __str__(self) -> str:
        return shown("\n".join([*_lines(self._columns()), self._end()]))

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {value:.4g}" for name, value in self.last.items())
        return shown(f"History of {len(self.index)} entries in {self.seconds:.1f} s; last: {last or 'none'}")

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from html import escape

        head, *rows = (map(escape, row) for row in zip(*self._columns(), strict=True))
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>{body}</table>{self._end()}"


def _lines(columns: list[list[str]]) -> Iterator[str]:
    """The lines of a table, each at most WIDTH wide: what is wider goes below, with the first column once more."""
    first, *others = columns
    while True:
        part, width = [first], max(map(len, first))
        while others and (len(part) == 1 or width + 2 + max(map(len, others[0])) <= WIDTH):
            width += 2 + max(map(len, others[0]))
            part.append(others.pop(0))
        widths = [max(map(len, column)) for column in part]
        for row in zip(*part, strict=True):
            yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        if not others:
            return
        yield ""


def _aligned(numbers: Sequence[float], digits: int) -> list[str]:
    """Numbers of so many significant digits or more, with as many decimals all of them."""
    texts = [f"{number:.{digits}g}" for number in numbers]
    if any("e" in text for text in texts):
        return texts
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [f"{number:,.{decimals}f}" for number in numbers]


def _shortened(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 3]}..."
