"""A run under way, in a folder that says what it takes to repeat it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from leibnet.arguments import flag, instance, wholeNumber
from leibnet.files import absolute, keepEarlier, makeFolder, writeAtomically
from leibnet.plain import asStored
from leibnet.processor import threadcount
from leibnet.ranks import Ranks

from dataset import Dataset
from nn.runs.interruption import postponed
from nn.runs.provenance import codeDigest, datasetState, gitState, machine, variables, versions
from nn.runs.record import Record, RunError, changedConditions
from nn.runs.runfile import LENGTH, NAME, checkedArguments, content, readRecord
from nn.training.ranks.launched import objection

CHECKPOINT = "checkpoint.safetensors"
INTERRUPTIONS = KeyboardInterrupt, BrokenPipeError, GeneratorExit  # the last where `with runOf(...)` was not reached
LARGE = 10**12  # multiplications of a product that takes all threads there are


class Run:
    """A run under way: a folder with a run.json that says what it takes to repeat it.

    >>> from activations import Softmax
    >>> from dataset import Dataset
    >>> from layers import Dense
    >>> from loss import CrossEntropy
    >>> from nn import MLP, seed
    >>> from nn.runs import Run
    >>> seed(0)
    >>> dataset = Dataset("digits")
    >>> model = MLP([Dense(dataset.inputDim, dataset.labelDim, Softmax())])
    >>> with Run("runs/mine", dataset, seed=0, arguments={"epochs": 2}) as run:
    ...     history = model.train(dataset, CrossEntropy(), epochs=2, **run.keeping())
    >>> run.record.end["how"]
    'finished'

    The run.json is written at the beginning, and once more at the end, with how it ended: "finished", "interrupted" (by
    Ctrl-C, or because nobody reads any more what is printed) or "failed". `compare` says whether two runs agree.

    Parameters
    ----------
    folder : the run folder, made if need be. The run.json of an earlier run in it is kept as run.1.json.
    dataset : the data set.
    seed : the number that `nn.seed` was given.
    arguments : what else the run begins with, by name: texts, paths, numbers, truth values, None, and lists of these.
        Default none.
    threads : is given to `leibnet.threads`, for good; default None, which leaves them as they are.
    resume : whether the run in the folder goes on, if there is one. Its run.json then stays, and a RunError is raised
        if script, arguments, seed, threads or data are others. Default False.
    script : the file with the program; default the one that Python was started with, none in a notebook.
    communicator : of mpi4py, such as MPI.COMM_WORLD: its ranks are in this run together, and train the model together
        by `keeping`. Rank 0 alone writes; the others have a `folder` of their own that is removed at the end. Default
        none: a RunError if mpiexec has started several processes, for all would write into one folder; MPI.COMM_SELF
        is for a run of one of them.

    Attributes
    ----------
    folder, resume : as given; the folder from the root, so that it stays the same when the working folder changes.
    place : the folder in which the run is kept: that of rank 0.
    communicator : as given, for a `train` or `pretrain` without `keeping`.
    record : the `Record` in run.json; of a run that goes on, that of its beginning. From the beginning of the run.
    changed : of a run that goes on, what has changed since its beginning, a line each.
    begun : whether anything was written.
    """

    record: Record

    def __init__(
        self,
        folder: str | os.PathLike[str],
        dataset: Dataset,
        *,
        seed: int,
        arguments: Mapping[str, Any] | None = None,
        threads: int | None = None,
        resume: bool = False,
        script: str | os.PathLike[str] | None = None,
        communicator: Any = None,
    ) -> None:
        if why := objection(communicator, folder):
            raise RunError(why)
        self._ranks = Ranks.of("Run", communicator)
        self.communicator = communicator
        writes = self._ranks is None or self._ranks.isFirst
        self._scratch = None if writes else TemporaryDirectory(prefix="leibnet-rank-", ignore_cleanup_errors=True)
        self.folder = absolute(folder if self._scratch is None else self._scratch.name)
        self.place = self.folder
        self.resume = flag("Run", "resume", resume)
        self.changed: list[str] = []
        self.begun = False
        self._dataset = instance("Run", "dataset", dataset, Dataset, 'Dataset("digits")')
        self._seed = wholeNumber("Run", "seed", seed, least=0)
        given = {name: str(one) if isinstance(one, os.PathLike) else one for name, one in (arguments or {}).items()}
        self._arguments = checkedArguments(asStored(given))
        self._threads = None if threads is None else wholeNumber("Run", "threads", threads)
        started: str | None = getattr(sys.modules["__main__"], "__file__", None)
        program = started if script is None else script
        self._program = None if program is None else absolute(program)
        self._argv = [] if script is not None or started is None else sys.argv[1:]
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self._start

    def keeping(self, part: str | None = None) -> dict[str, Any]:
        """Arguments for `train`: metrics go to the run folder, and a checkpoint from which the run can go on.

        Where several ranks are in the run, they train the model together. Of a run that trains several times, each
        training is a `part` by name, with a folder of its own in that of the run.
        """
        folder = self.folder if part is None else self.folder / part
        together = {} if self.communicator is None else {"communicator": self.communicator}
        return {"folder": folder, "checkpoint": folder / CHECKPOINT, "resume": self.resume} | together

    @property
    def isFirst(self) -> bool:
        """Whether this process writes: where several ranks are in the run, rank 0."""
        return self._scratch is None

    @property
    def canGoOn(self) -> bool:
        """Whether there is a checkpoint, of the run or of one of its parts."""
        return any((folder / CHECKPOINT).exists() for folder in (self.folder, *self.folder.glob("*/")))

    def __enter__(self) -> Self:
        self._start = time.perf_counter()
        if self._threads is not None:
            threadcount.threads(self._threads)
        if self._ranks is None:
            self._enter()
            return self
        try:
            with self._ranks as ranks:  # what keeps the first from beginning ends all
                if ranks.isFirst:
                    self._enter()
                known: Any = ranks.fromFirst((self.place, self.record, self.changed) if ranks.isFirst else None)
                self.place, self.record, self.changed = known
            if ranks.isInterrupted:
                raise KeyboardInterrupt
        except BaseException:
            self._clear()
            self.interrupt()
            raise
        return self

    def _clear(self) -> None:
        if self._scratch is not None:
            self._scratch.cleanup()

    def _enter(self) -> None:
        makeFolder(self.folder)
        self.record = self._described()
        try:
            with postponed():
                self._begin()
        except KeyboardInterrupt:
            self.interrupt()
            raise

    def interrupt(self) -> None:
        """Writes down, if it has not ended yet, that the run was interrupted: also where no `with` has seen that."""
        if self.begun and self.record.end is None:
            with postponed():
                self._end("interrupted")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is not None:
            with suppress(OSError), postponed():  # that the disk is full, the error tells already
                self._end("interrupted" if isinstance(error, INTERRUPTIONS) else "failed")
            return
        try:
            with postponed():
                self._end("finished")
        except KeyboardInterrupt:
            self._end("interrupted")
            raise

    def _begin(self) -> None:
        if self.resume and (self.folder / NAME).exists():
            then = readRecord(self.folder)
            _require_same(then, self.record, self.folder)
            self.changed = changedConditions(then, self.record)
            self.record = replace(then, end=None)
        else:
            keepEarlier(self.folder, [NAME])
        self.begun = True
        self._write()

    def _end(self, how: str) -> None:
        self._clear()
        self.record = replace(self.record, end={"how": how, "seconds": round(self.seconds, 3)})
        self._write()

    def _write(self) -> None:
        if self.isFirst:
            writeAtomically(self.folder / NAME, content(self.record))

    def _described(self) -> Record:
        """The run that begins now, in this process."""
        threads = threadcount.Threads(LARGE)
        return Record(
            script="" if self._program is None else self._program.name,
            arguments=self._arguments,
            argv=[one if one.isprintable() and len(one) <= LENGTH else ascii(one)[:LENGTH] for one in self._argv],
            seed=self._seed,
            threads=threads.number,
            chooses=threads.chooses,
            variables=variables(),
            versions=versions(),
            machine=machine() | ({} if self._ranks is None else {"ranks": str(self._ranks.size)}),
            code=codeDigest(self._program),
            dataset=datasetState(self._dataset),
            git=gitState(Path() if self._program is None else self._program.parent),
            started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        )


def _require_same(then: Record, now: Record, folder: Path) -> None:
    """RunError that names the first difference, if they are not records of the same run."""

    def settings(record: Record) -> dict[str, Any]:
        arguments = {name: value for name, value in record.arguments.items() if name != "dataset"}
        data = {f"data, {name}": value for name, value in record.dataset.items()}
        threads = "chosen by the training" if record.chooses else record.threads
        return {"script": record.script, "seed": record.seed, "threads": threads} | arguments | data

    before, after = settings(then), settings(now)
    for name in before | after:
        if before.get(name) != after.get(name):
            raise RunError(
                f"resume goes on with a run with the same arguments: in {folder}, {name} was {before.get(name)!r}, "
                f"here it is {after.get(name)!r}"
            )
