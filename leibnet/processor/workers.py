"""A second thread for what NumPy computes without the interpreter's lock."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

import numpy as np

Job = Callable[[], Any]


class JobQueue:
    """A queue of jobs shared by two threads."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = deque(jobs)
        self._errors = np.geterr()
        self._helped = threading.Event()
        self._failure: BaseException | None = None

    def work(self) -> None:
        """Does the next job, as long as there is one; after an exception no other begins, in either thread."""
        try:
            while True:
                try:
                    job = self._jobs.popleft()
                except IndexError:
                    return
                job()
        except BaseException:
            self._jobs.clear()
            raise

    def help(self) -> None:
        """`work` in the second thread, which keeps its exception for `finish`."""
        try:
            with np.errstate(**self._errors):  # a thread of its own would warn where this one was told not to
                self.work()
        except BaseException as error:
            self._failure = error
        finally:
            self._helped.set()

    def finish(self) -> None:
        """Waits for the second thread, and raises its exception."""
        self._helped.wait()
        if self._failure is not None:
            raise self._failure


_queues: SimpleQueue[JobQueue] | None = None


def _helper() -> SimpleQueue[JobQueue]:
    """The queue of the helping thread, which starts when it is first needed."""
    global _queues
    if _queues is None:
        queues: SimpleQueue[JobQueue] = SimpleQueue()
        _queues = queues

        def loop() -> None:
            while True:
                queues.get().help()

        threading.Thread(target=loop, name="leibnet", daemon=True).start()
    return _queues


def together(jobs: Sequence[Job]) -> None:
    """Does all jobs, in any order, this thread and one more. They must not touch the same arrays, nor call `together`.

    Whatever the number of threads, the results are the same. Pays from about a tenth of a millisecond a job upwards.
    An exception (Ctrl-C, too) ends it after the jobs that are under way; the others are left undone.
    """
    queue = JobQueue(jobs)
    _helper().put(queue)
    try:
        queue.work()
    finally:
        queue.finish()


def _forget() -> None:
    global _queues
    _queues = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # a fork has no threads but the one that made it
