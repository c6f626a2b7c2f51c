"""Ranks that are threads of one process: a communicator with mpi4py's interface, for tests without MPI."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

SECONDS = 60  # that a rank waits for the others before its operation fails


class Board:
    """What the ranks of a communicator lay out for one another."""

    def __init__(self, size):
        self.size, self.barrier = size, threading.Barrier(size, timeout=SECONDS)
        self.laid = [None] * size


class ThreadCommunicator:
    """One rank's end of it. `log` holds the operations that were made, by name and number of entries."""

    def __init__(self, board, rank):
        self._board, self._rank, self.log = board, rank, []

    def Get_rank(self):
        return self._rank

    def Get_size(self):
        return self._board.size

    def _exchanged(self, name, value):
        self._board.laid[self._rank] = name, value
        self._board.barrier.wait()
        laid = list(self._board.laid)
        self._board.barrier.wait()
        assert {one for one, _ in laid} == {name}, f"the ranks are at different operations: {laid}"
        return [value for _, value in laid]

    def Allreduce(self, sent, received):
        assert sent.flags.c_contiguous
        assert received.flags.c_contiguous
        laid = self._exchanged("Allreduce", sent.copy())
        assert {(one.shape, one.dtype) for one in laid} == {(received.shape, received.dtype)}, "different messages"
        self.log.append(("Allreduce", received.size))
        received[...] = laid[0]
        for other in laid[1:]:
            received += other

    def bcast(self, value, root=0):
        self.log.append(("bcast", 1))
        sent = pickle.dumps(value) if self._rank == root else None
        return pickle.loads(self._exchanged("bcast", sent)[root])

    def allgather(self, value):
        self.log.append(("allgather", 1))
        return [pickle.loads(one) for one in self._exchanged("allgather", pickle.dumps(value))]


def together(size, work):
    """What `work(communicator)` gives on each rank, or the exception that it raised."""
    board = Board(size)

    def one(rank):
        try:
            return work(ThreadCommunicator(board, rank))
        except BaseException as error:
            if isinstance(error, AssertionError):
                board.barrier.abort()
            return error

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


def results(size, work):
    """The same; an exception of a rank is raised."""
    found = together(size, work)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return found
