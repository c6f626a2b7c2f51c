"""A training on several ranks: what they do together, and what the first one does alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from math import isclose
from typing import Any

from leibnet import randomness
from leibnet.arguments import refusal
from leibnet.processor.threadcount import limited, ofCores
from leibnet.ranks import Ranks, Share

import numpy as np

from dataset import Batch, Dataset
from nn.training.checkpoint import Checkpoint
from nn.training.checkpoints.optimizers import learning
from nn.training.ranks.alike import described, identity, kept, requireAlike
from nn.training.ranks.alone import Alone, Remembering
from nn.training.ranks.launched import objection
from nn.training.step import Trainable, generators


class Together(Alone):
    """A training on several ranks.

    Parameters
    ----------
    ranks : which.
    """

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self._share: Share = ranks.share(ranks.size)
        self._stack = ExitStack()
        self.isInterrupted = False

    @staticmethod
    def of(communicator: Any, owner: str = "train", *places: Checkpoint | str | os.PathLike[str] | None) -> Alone:
        """That on the ranks of a communicator; `Alone` without one, and on one rank.

        TypeError if it is none. ValueError without one, if several processes were started: all of them would write to
        the same `places`, that is folder and checkpoint as given to `train`.
        """
        for place in places:
            if place is not None and (why := objection(communicator, Checkpoint.at(place).path)):
                raise ValueError(f"{owner}: {why}")
        ranks = Ranks.of(owner, communicator)
        return Alone() if ranks is None else Together(ranks)

    @property
    def isFirst(self) -> bool:  # type: ignore[override]
        """Whether this is rank 0."""
        return self._ranks.isFirst

    def __enter__(self) -> Together:
        with ExitStack() as stack:
            stack.enter_context(randomness.held())
            stack.enter_context(self._ranks)
            stack.enter_context(limited(self._threads()))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> bool | None:
        return self._stack.__exit__(kind, error, traceback)

    def _threads(self) -> int:
        """How many threads fit the cores of this rank, which others may have as well; looks where all of them are."""
        cores = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
        places = self._ranks.everywhere((socket.gethostname(), frozenset(cores)))
        host, mine = places[self._ranks.rank]
        if len({there for there, _ in places}) > 1:
            self._ranks.areFar()
        return ofCores(len(mine), sum(there == host and bool(mine & others) for there, others in places))

    def checkAlike(self, owner: str, settings: Mapping[str, Any]) -> None:
        requireAlike(owner, self._ranks, described(settings))

    def check(self, model: Trainable, dataset: Dataset, settings: Mapping[str, Any]) -> None:
        size, n = self._ranks.size, min(dataset.batch_size, dataset.train_size)
        last = dataset.train_size % n
        if n < size:
            remedy = "start fewer, or make batch_size larger"
            raise ValueError(refusal("train", "batch_size", f"at least {size}, a sample for every rank", n, remedy))
        if 0 < last < size and not dataset.dropLast:
            remedy = "give the data set dropLast=True, or another batch_size"
            expected = f"at least {size} samples, one for every rank"
            raise ValueError(refusal("train", "the last batch of an epoch", expected, last, remedy))
        requireAlike("train", self._ranks, described(settings) | identity(model, dataset))

    def equalize(self, model: Trainable, dataset: Dataset) -> None:
        given = self.fromFirst(lambda: kept(model))
        if not self.isFirst:
            weights, optimizers, state = given
            model.setWeights(weights)
            for place, layer in learning(model.namedLayers()).items():
                optimizers[place].put(layer.optimizer)
            model.setState(state)
        self.begin(model, dataset)

    def fromFirst(self, find: Callable[[], Any]) -> Any:
        return self._ranks.fromFirst(find() if self.isFirst else None)

    def share(self, remembering: Remembering | None) -> None:
        if remembering is not None:
            remembering.setState(self.fromFirst(remembering.state))

    def batches(self, dataset: Dataset) -> Iterator[tuple[Batch, Batch, int]]:
        for batch, tests, size in dataset.batches(self._ranks.share):
            self._share = self._ranks.share(size)
            yield batch, tests, size

    def begin(self, model: Trainable, dataset: Dataset) -> None:
        drawing = generators(model, dataset)
        states = self.fromFirst(lambda: {name: one.bit_generator.state for name, one in drawing.items()})
        for name, generator in drawing.items():
            generator.bit_generator.state = states[name]

    def wanted(self, model: Trainable, quantities: frozenset[str]) -> frozenset[str]:
        known = list(model.quantities)
        asked = sum(1 << place for place, name in enumerate(known) if name in quantities) if self.isFirst else 0
        word = self._ranks.agree(asked)
        return frozenset(name for place, name in enumerate(known) if word >> place & 1)

    def computing(self) -> AbstractContextManager[None]:
        return self._share.active()

    def whole(self, batch: Batch, values: Mapping[str, float], factor: float) -> tuple[Mapping[str, float], int, float]:
        share, names = self._share, sorted(values)
        sums = np.array([batch.weight, factor, *(values[name] * share.weight for name in names)])
        self.isInterrupted = self._ranks.sum(sums, word=self._ranks.isInterrupted) > 0
        weight, factors, *means = sums.tolist()
        if not isclose(mean := factors / self._ranks.size, factor):
            raise ValueError(
                "train: expected schedule to give the same on every rank, got "
                f"{factor:g} on rank {self._ranks.rank} and {mean:g} on average"
            )
        return dict(zip(names, means, strict=True)), share.total, weight

    def isOver(self, isOver: bool) -> bool:
        if self.isInterrupted and self.isFirst:
            raise KeyboardInterrupt
        return self._ranks.agree(isOver and self.isFirst) > 0
