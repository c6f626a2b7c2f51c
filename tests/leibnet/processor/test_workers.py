"""Jobs that two threads do together."""

import faulthandler
import os
import subprocess
import sys
import threading
import time
from functools import partial

from leibnet.processor.workers import together

import numpy as np
import pytest

FORK = """
import os, signal
from leibnet.processor.workers import together
done = []
jobs = [lambda: done.append(0)] * 20
together(jobs)
child = os.fork()
if not child:
    signal.alarm(10)
    together(jobs)
    os._exit(len(done))
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
together(jobs)
print(code, len(done))
"""


@pytest.fixture(autouse=True)
def watchdog():
    """A helper that does not come ends the tests, and shows where they stood."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def in_both_threads(here, helping=lambda: None):
    """Two jobs that wait for each other, so that each thread does one: this one `here`, the other one `helping`."""
    me, meeting = threading.current_thread(), threading.Barrier(2, timeout=10)

    def job():
        meeting.wait()
        (here if threading.current_thread() is me else helping)()

    together([job, job])


def fail():
    raise ArithmeticError("a job")


@pytest.mark.parametrize("number", [0, 1, 2, 3, 200])
def test_every_job_is_done_once(number):
    done = []
    together([partial(done.append, k) for k in range(number)])
    assert sorted(done) == list(range(number))


def test_two_threads_work():
    threads = []
    in_both_threads(*2 * [lambda: threads.append(threading.current_thread())])
    assert len(set(threads)) == 2
    assert threading.current_thread() in threads


def test_the_helper_stays_the_same():
    before = None
    for _ in range(3):
        helpers = []
        in_both_threads(lambda: None, lambda found=helpers: found.append(threading.current_thread()))
        assert before in (None, helpers[0])
        before = helpers[0]
    assert before.daemon


@pytest.mark.parametrize("jobs", [(fail, lambda: None), (lambda: None, fail), (fail, fail)])
def test_an_exception_in_either_thread_is_raised_here(jobs):
    with pytest.raises(ArithmeticError, match="a job"):
        in_both_threads(*jobs)
    done = []
    together([partial(done.append, k) for k in range(10)])
    assert len(done) == 10


def test_an_interrupt_is_raised_here():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_both_threads(lambda: None, interrupt)


@pytest.mark.parametrize("own", [True, False])
def test_after_an_exception_nothing_goes_on(own):
    """The job under way in the other thread is waited for, those to come are left undone."""
    me, meeting, done = threading.current_thread(), threading.Barrier(2, timeout=10), []

    def job():
        meeting.wait()
        if (threading.current_thread() is me) == own:
            fail()
        time.sleep(0.05)
        done.append("under way")

    with pytest.raises(ArithmeticError):
        together([job, job, *[partial(done.append, "to come")] * 3])
    assert done == ["under way"]


def test_the_helper_treats_overflows_as_this_thread_does():
    def divide():
        assert np.isinf(np.ones(3) / np.zeros(3)).all()

    for _ in range(2):
        with np.errstate(all="ignore"):
            in_both_threads(divide, divide)
        with np.errstate(all="raise"), pytest.raises(FloatingPointError):
            in_both_threads(lambda: None, divide)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        in_both_threads(lambda: None, divide)


def test_the_results_are_those_of_one_thread():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100_000).astype(np.float32)
    alone, shared = x.copy(), x.copy()

    def jobs(array):
        return [partial(np.exp, stretch, out=stretch) for stretch in np.array_split(array, 13)]

    for job in jobs(alone):
        job()
    together(jobs(shared))
    assert np.array_equal(alone, shared)


def test_several_threads_may_ask_at_once():
    done = [[] for _ in range(4)]
    threads = [threading.Thread(target=together, args=([partial(mine.append, 0)] * 50,)) for mine in done]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(mine) for mine in done] == [50] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_gets_a_helper_of_its_own():
    command = [sys.executable, "-W", "ignore", "-c", FORK]  # Python warns that a fork has lost the other threads
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.split() == ["40", "40"], run.stderr
