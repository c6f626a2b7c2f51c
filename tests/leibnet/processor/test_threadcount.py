"""How many threads compute: chosen, fixed, restored."""

import sys
from types import SimpleNamespace

import leibnet
from leibnet.processor.threadcount import Threads, helping

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from dataset import Dataset
from layers import Dense
from nn import MLP

module = sys.modules["leibnet.processor.threadcount"]  # the name in the package is the function's
SMALL, BUSY, INTERVAL = module.SMALL, module.BUSY, module.INTERVAL


class Library:
    """A BLAS of four threads, in place of NumPy's."""

    internal_api, version, architecture = "openblas", "0.3.31", "SkylakeX"

    def __init__(self):
        self.number = 4

    def get_num_threads(self):
        return self.number

    def set_num_threads(self, number):
        self.number = number


@pytest.fixture(autouse=True)
def setting():
    """The user's choice, restored."""
    before = module._fixed
    yield
    module._fixed = before
    assert not module._current


@pytest.fixture
def library(monkeypatch):
    fake = Library()
    monkeypatch.setattr(module, "_library", lambda: fake)
    return fake


@pytest.fixture
def machine(library, monkeypatch):
    """A clock, the seconds of a product by the number of threads, and the number of products so far."""
    fake = SimpleNamespace(now=100.0, seconds={1: 1.0, 4: 0.5}, products=0)

    def product():
        fake.products += 1
        return fake.seconds[library.number]

    monkeypatch.setattr(module, "_product", product)
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: fake.now))
    return fake


def in_numpys_blas():
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]
    return pools[0]["num_threads"] if pools else None


# The user's choice ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -1, True, False, 1.5, 2.0, "2", [2]])
def test_threads_must_be_a_positive_integer(number):
    leibnet.threads(3)
    with pytest.raises(ValueError, match="threads needs a positive integer, or None to let the training choose, got"):
        leibnet.threads(number)
    assert Threads(1).number == 3


@pytest.mark.parametrize("number", [1, 2, np.int64(3), np.uint8(7)])
def test_a_number_is_used_for_products_of_any_size(library, number):
    leibnet.threads(number)
    for largest in (1, 100 * SMALL):
        with Threads(largest) as workers:
            assert workers.number == library.number == number
        assert library.number == 4


def test_none_lets_the_training_choose(library):
    leibnet.threads(3)
    leibnet.threads(None)
    assert Threads(SMALL).number == 4
    leibnet.threads(3)
    leibnet.threads()
    assert Threads(SMALL).number == 4


# Setting and restoring -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("largest", "number"), [(1, 1), (SMALL - 1, 1), (SMALL, 4), (100 * SMALL, 4)])
def test_small_products_take_one_thread_and_large_ones_all(library, largest, number):
    with Threads(largest) as workers:
        assert workers.number == library.number == number
    assert library.number == 4


def test_trainings_in_several_threads_end_in_any_order(library):
    one, other = Threads(1), Threads(1)
    one.__enter__()
    other.__enter__()
    assert Threads(SMALL).number == 4
    one.__exit__()
    assert library.number == 1
    other.__exit__()
    assert library.number == 4


def test_a_blas_that_cannot_be_steered_is_told(monkeypatch):
    monkeypatch.setattr(module, "_library", lambda: None)
    leibnet.threads(1)
    with pytest.warns(RuntimeWarning, match="NumPy's BLAS is none whose threads can be set"):
        leibnet.threads(2)


@pytest.mark.skipif(in_numpys_blas() is None, reason="NumPy's BLAS cannot be steered")
@pytest.mark.parametrize("number", [1, 2])
def test_numpys_blas_is_set_and_restored(number):
    before = in_numpys_blas()
    leibnet.threads(number)
    with Threads(SMALL):
        assert in_numpys_blas() == number
    assert in_numpys_blas() == before


def test_an_exception_restores(library):
    def fails():
        with Threads(1):
            assert library.number == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert library.number == 4
    assert helping()


def test_one_within_another(library):
    with Threads(SMALL):
        with Threads(1):
            assert library.number == 1
            assert not helping()
        assert library.number == 4
        assert helping()
    assert library.number == 4


def test_a_blas_that_cannot_be_steered(monkeypatch):
    monkeypatch.setattr(module, "_library", lambda: None)
    with Threads(100 * SMALL) as workers:
        workers.look()
        assert workers.number == 1
        assert not helping()


# Looking at the machine ----------------------------------------------------------------------------------------------


def test_a_busy_machine_gets_one_thread_until_it_is_free(library, machine):
    with Threads(SMALL) as workers:
        for all_together, number in ((1.0, 1), (0.5, 4), (BUSY + 0.01, 1), (3.0, 1), (BUSY - 0.01, 4)):
            machine.seconds[4] = all_together
            machine.now += 1.01 * INTERVAL
            workers.look()
            assert workers.number == library.number == number
            assert helping() == (number > 1)
    assert library.number == 4


@pytest.mark.parametrize("late", range(module.WINDOWS))
def test_a_thread_that_wakes_up_late_is_no_busy_machine(library, machine, monkeypatch, late):
    together = iter([9.0] * late + [0.5] * 99)
    monkeypatch.setattr(module, "_product", lambda: 1.0 if library.number == 1 else next(together))
    with Threads(SMALL) as workers:
        workers.look()
        assert workers.number == library.number == 4


def test_slow_moments_of_one_thread_do_not_hide_a_busy_machine(library, machine, monkeypatch):
    alone = iter([1.0, 9.0, 1.0, 9.0, 1.0])
    monkeypatch.setattr(module, "_product", lambda: next(alone) if library.number == 1 else 0.9)
    with Threads(SMALL) as workers:
        workers.look()
        assert workers.number == library.number == 1


def test_one_look_in_an_interval(machine):
    with Threads(SMALL) as workers:
        workers.look()
        first = machine.products
        assert first > 0
        machine.seconds[4] = 1.0
        for _ in range(9):
            machine.now += INTERVAL / 10
            workers.look()
        assert (machine.products, workers.number) == (first, 4)
        machine.now += INTERVAL / 9
        workers.look()
        assert machine.products > first
        assert workers.number == 1


@pytest.mark.parametrize(("fixed", "most", "largest"), [(4, 4, SMALL), (1, 4, SMALL), (None, 1, SMALL), (None, 4, 1)])
def test_no_look_where_there_is_nothing_to_choose(library, machine, fixed, most, largest):
    library.number = most
    leibnet.threads(fixed)
    with Threads(largest) as workers:
        number = workers.number
        workers.look()
        assert (machine.products, workers.number, library.number) == (0, number, number)


def test_the_product_that_is_timed_takes_time():
    assert 0 < module._product() < 10


# Who asks ------------------------------------------------------------------------------------------------------------


def test_help_outside_of_a_training_is_what_a_large_product_would_get(library):
    assert helping()
    leibnet.threads(1)
    assert not helping()
    leibnet.threads(2)
    library.number = 1
    assert helping()
    leibnet.threads(None)
    assert not helping()


@pytest.mark.parametrize(("fixed", "width", "during"), [(None, 10, 1), (None, 3000, 4), (3, 10, 3)])
def test_a_training_sets_and_restores(library, machine, fixed, width, during):
    leibnet.threads(fixed)
    rng = np.random.default_rng(0)
    dataset = Dataset.fromArrays(rng.random((20, 50)), rng.random((1, 50)), batch_size=50)
    seen = []
    network = MLP([Dense(20, width), Dense(width, 1)])
    callbacks = {"train_loss": lambda index, value: seen.append(library.number)}
    network.train(dataset, epochs=1, metrics="train_loss", callbacks=callbacks, progress=False)
    assert (seen, library.number) == ([during], 4)


@pytest.mark.usefixtures("numpy_alone")
def test_the_description_names_what_computes(library, monkeypatch):
    assert leibnet.description() == "OpenBLAS 0.3.31, SkylakeX kernels, up to 4 threads; NumPy"
    leibnet.threads(1)
    assert leibnet.description() == "OpenBLAS 0.3.31, SkylakeX kernels, 1 thread; NumPy"
    plain = SimpleNamespace(internal_api="accelerate", version=None, get_num_threads=lambda: 1)
    monkeypatch.setattr(module, "_library", lambda: plain)
    assert leibnet.description() == "accelerate, 1 thread; NumPy"
    monkeypatch.setattr(module, "_library", lambda: None)
    assert leibnet.description() == "a BLAS that cannot be steered; NumPy"
