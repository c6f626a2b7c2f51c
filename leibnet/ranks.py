"""The processes that train one model together, each with its share of every mini-batch.

They are the ranks of MPI: every one runs the same script and has the whole model. In a step, each computes with some
columns of the batch; what is a mean over the samples becomes one over all of them by a sum over the ranks, of the
gradients above all. All have the same parameters and draw the same random numbers throughout: noise is drawn for the
whole batch, and each rank takes the columns of its samples.

A collective operation is one in which all ranks take part, in the same order. Before each stands an agreement, in which
every rank says whether it goes on: so an error of one of them ends all, and none waits for it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from leibnet.arguments import refusal
from leibnet.types import Array, Shape

import numpy as np

NEAR, FAR = 2**16, 2**20  # numbers summed at a time: small blocks stay in the cache, large ones need few messages
T = TypeVar("T")
ASKED = "Get_rank", "Get_size", "Allreduce", "bcast", "allgather"  # of a communicator, as mpi4py names them


class RankStopped(SystemExit):
    """Another rank has stopped, and says why: this one ends, without a message, with the exit code 1."""

    def __init__(self, code: int = 1) -> None:
        super().__init__(code)


class Ranks:
    """The ranks of a communicator, as one of them sees them. A context: what ends it on one rank ends it on all.

    Parameters
    ----------
    communicator : with the methods of mpi4py's, such as MPI.COMM_WORLD.

    Attributes
    ----------
    rank, size : which one this is, from 0 on, and how many there are.
    isInterrupted : whether Ctrl-C was pressed. The first one is noted, so that no collective operation is torn apart; a
        second one is a KeyboardInterrupt at once.
    """

    def __init__(self, communicator: Any) -> None:
        self._communicator = communicator
        self.rank, self.size = int(communicator.Get_rank()), int(communicator.Get_size())
        self.isInterrupted = False
        self._installed = self._isTorn = False
        self._block = NEAR
        self._sent: dict[np.dtype[Any], Array] = {}

    @staticmethod
    def of(owner: str, communicator: Any) -> Ranks | None:
        """Those of a communicator; None where there is none, or it has one rank. TypeError if it is none."""
        if communicator is None:
            return None
        if isinstance(communicator, type) or not all(callable(getattr(communicator, name, None)) for name in ASKED):
            remedy = "from mpi4py import MPI"
            expected = "a communicator of mpi4py such as MPI.COMM_WORLD"
            raise TypeError(refusal(owner, "communicator", expected, communicator, remedy))
        ranks = Ranks(communicator)
        return ranks if ranks.size > 1 else None

    @property
    def isFirst(self) -> bool:
        """Whether this is rank 0, which alone speaks, and writes files."""
        return self.rank == 0

    def share(self, total: int) -> Share:
        """This rank's share of a batch of so many samples: as many as each other one, or one more or less."""
        each, rest = divmod(total, self.size)
        start = self.rank * each + min(self.rank, rest)
        return Share(self, total, start, start + each + (self.rank < rest))

    def areFar(self) -> None:
        """Says that they are on several machines, which takes larger messages; to be told on all of them."""
        self._block, self._sent = FAR, {}

    # Collective operations -------------------------------------------------------------------------------------------

    def agree(self, word: int = 0) -> int:
        """The sum of the words of all ranks. RankStopped if one of them has stopped."""
        stopped, total = self._exchanged(False, word)
        if stopped:
            raise RankStopped
        return total

    def sum(self, array: Array, weight: float = 1.0, word: int = 0) -> int:
        """Puts the sum over the ranks, of each one's array times its weight, into this contiguous array.

        Returns the sum of the words with which they have agreed on it.
        """
        said = self.agree(word)
        if (sent := self._sent.get(array.dtype)) is None:
            sent = self._sent[array.dtype] = np.empty(self._block, array.dtype)
        numbers, factor = array.reshape(-1), array.dtype.type(weight)
        with self._whole():
            for start in range(0, numbers.size, self._block):
                block = numbers[start : start + self._block]
                np.multiply(block, factor, out=sent[: block.size])
                self._communicator.Allreduce(sent[: block.size], block)
        return said

    def fromFirst(self, value: T) -> T:
        """What rank 0 gives, on every rank; what the others give does not matter."""
        self.agree()
        with self._whole():
            given: T = self._communicator.bcast(value, root=0)
        return given

    def everywhere(self, value: T) -> list[T]:
        """What each rank gives, in their order."""
        self.agree()
        with self._whole():
            return list(self._communicator.allgather(value))

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A stretch that all ranks have agreed on. If it fails, nothing more can be agreed on."""
        self._isTorn = True
        yield
        self._isTorn = False

    def _exchanged(self, stopped: bool, word: int) -> tuple[list[int], int]:
        """Which ranks have stopped, and the sum of the words."""
        mine, all_of_them = np.zeros((2, self.size + 1), np.int64)
        mine[self.rank], mine[-1] = stopped, word
        with self._whole():
            self._communicator.Allreduce(mine, all_of_them)
        return np.flatnonzero(all_of_them[:-1]).tolist(), int(all_of_them[-1])

    # The beginning and the end ---------------------------------------------------------------------------------------

    def __enter__(self) -> Ranks:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        try:
            if error is None:
                self.agree()
            elif not (isinstance(error, RankStopped) or self._isTorn):
                stopped, _ = self._exchanged(True, 0)
                if stopped[0] != self.rank:  # of several with an error, one says so
                    raise RankStopped from None
        finally:
            if self._installed:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: Any) -> None:
        if self.isInterrupted:
            self._isTorn = True
            raise KeyboardInterrupt
        self.isInterrupted = True


class Share:
    """The columns of a mini-batch that are this rank's.

    Attributes
    ----------
    ranks : those that share it.
    total : how many samples the whole batch has.
    start, stop : where this rank's begin and end in it.
    weight : the share of the samples. The mean over all of them is the sum over the ranks of their means, each times
        its weight.
    """

    def __init__(self, ranks: Ranks, total: int, start: int, stop: int) -> None:
        self.ranks, self.total, self.start, self.stop = ranks, total, start, stop
        self.weight = (stop - start) / total
        self._mine = _Columns(total, stop - start, slice(start, stop))

    @property
    def columns(self) -> slice:
        """Which columns of the whole batch are this rank's."""
        return slice(self.start, self.stop)

    def active(self) -> AbstractContextManager[None]:
        """A stretch in which this thread computes with these columns, for all that asks this file."""
        return _computing(self, self._mine)


Sharing = Callable[[int], Share] | None  # of a batch of so many samples; None: all of it


class _Columns:
    """Which of some columns of a whole batch are this rank's.

    There are `total` of the whole batch; `count` of them are this rank's, at `places`.
    """

    def __init__(self, total: int, count: int, places: slice | Array) -> None:
        self.total, self.count, self.places = total, count, places

    def drawn(self, draw: Callable[[Shape], Array], shape: Shape) -> Array:
        """Draws for these columns, or for k times as many: several steps, say, of the same samples behind another."""
        *before, m = shape
        times, rest = divmod(m, self.count)
        if rest:
            raise ValueError(
                f"random numbers were drawn for {m} columns in a step of several processes, expected them to be of its "
                f"{self.count} samples, or a multiple; draw what is of no samples in `leibnet.ranks.apart`"
            )
        return self.own(draw((*before, times * self.total)))

    def gathered(self, array: Array, ranks: Ranks) -> Array:
        """The array of the whole batch, of this rank's columns or of k times as many; a new one."""
        *before, m = array.shape
        times = max(1, m // self.count)
        whole = np.zeros((*before, times, self.total), np.uint8 if array.dtype == bool else array.dtype)
        whole[..., self.places] = array.reshape(*before, times, m // times)
        ranks.sum(whole)
        return whole.reshape(*before, times * self.total).astype(array.dtype, copy=False)

    def own(self, whole: Array) -> Array:
        """What `gathered` was made of."""
        mine = whole.reshape(*whole.shape[:-1], -1, self.total)[..., self.places]
        return mine.reshape(*whole.shape[:-1], -1)


class _Here(threading.local):
    """The share that this thread computes with, if it does with any, and which columns are its own."""

    def __init__(self) -> None:
        self.share: Share | None = None
        self.mine: _Columns | None = None


_here = _Here()


@contextmanager
def _computing(share: Share | None, mine: _Columns | None) -> Iterator[None]:
    before = _here.share, _here.mine
    _here.share, _here.mine = share, mine
    try:
        yield
    finally:
        _here.share, _here.mine = before


def current() -> Share | None:
    """The share with which this thread computes, or None: it computes with whole batches."""
    return _here.share


def drawn(draw: Callable[[Shape], Array], shape: Shape) -> Array:
    """Random numbers for samples, (..., n): `draw(shape)`, or what is of this rank's samples in draws for all of them.

    >>> rng = np.random.default_rng(0)
    >>> drawn(rng.random, (2, 3)).shape
    (2, 3)
    """
    mine = _here.mine
    return draw(shape) if mine is None else mine.drawn(draw, shape)


def alone() -> AbstractContextManager[None]:
    """A stretch in which this rank computes without the others, as one process does."""
    return _computing(None, None)


@contextmanager
def apart(rng: np.random.Generator) -> Iterator[np.random.Generator]:
    """A stretch in which random numbers are of this rank alone, and no samples': its generator, from one number of rng.

    Where one process computes, rng itself.
    """
    if (share := _here.share) is None:
        yield rng
        return
    with alone():
        yield np.random.default_rng((int(rng.integers(2**63)), share.ranks.rank))


@contextmanager
def among(there: Array) -> Iterator[None]:
    """A stretch in which columns are the steps that samples have, `there` (steps, N) of the whole batch, in order."""
    if (share := _here.share) is None:
        yield
        return
    inside = np.zeros(there.shape, bool)
    inside[:, share.columns] = True
    places = np.flatnonzero(inside[there])
    with _computing(share, _Columns(int(there.sum()), max(1, len(places)), places)):
        yield


def summed(array: Array) -> Array:
    """The array itself, into which the sum over the ranks was put."""
    if (share := _here.share) is not None:
        share.ranks.sum(array)
    return array


def averaged(array: Array) -> Array:
    """The array itself, a mean over this rank's samples, which becomes that over the whole batch."""
    if (share := _here.share) is not None:
        share.ranks.sum(array, share.weight)
    return array


def gathered(array: Array) -> Array:
    """The array (..., N) of the whole batch, of this rank's columns (..., n), or of several steps of its samples."""
    return array if _here.share is None or _here.mine is None else _here.mine.gathered(array, _here.share.ranks)


def ownOf(array: Array) -> Array:
    """This rank's columns (..., n) of an array (..., N) of the whole batch, such as `gathered` gave."""
    return array if _here.mine is None else _here.mine.own(array)


def divisor(total: float) -> float:
    """By what a sum over this rank's samples is divided so that it is, in the end, divided by that total of all ranks.

    A gradient counts by the rank's share of the samples, as one of a mean over its samples. Where the sum is divided by
    something else, such as the number of all their steps, all ranks say how much that is.

    >>> divisor(20.0)
    20.0
    """
    if (share := _here.share) is None:
        return total
    return float(summed(np.array([total], float))[0]) * share.weight


def samplesOf(columns: int) -> float:
    """By what a sum over so many columns is divided for their mean: their number.

    Where they are the steps that samples have, which are not as many on all ranks as their shares of the samples say,
    it is what makes of the ranks' means, each times its share, the mean over all columns.

    >>> samplesOf(20)
    20
    """
    share, mine = _here.share, _here.mine
    if share is None or mine is None or mine.total == share.total:
        return columns
    return columns / mine.count * mine.total * share.weight
