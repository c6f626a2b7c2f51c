"""For all tests."""

import gc
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# OpenBLAS's threads wait actively: beside another busy process, small products take many times longer on two threads
# than on one. Set before NumPy is loaded, and inherited by the examples that the tests start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import leibnet  # chooses OpenBLAS's kernels before NumPy is loaded

# What many tests build, draw and look at. Not this folder: `tests/loss` would hide `loss`.
sys.path.insert(0, str(Path(__file__).parent / "support"))

# A job in the background is deaf to Ctrl-C, which some tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test fails because a machine was slow for a moment.
settings.register_profile("leibnet", deadline=None)
settings.load_profile("leibnet")


def pytest_collection_finish():
    """The tests are there to the end: the garbage collector need not look through all of them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory):
    """Where Python is told to write no bytecode, the processes that tests start keep theirs aside: compiled once."""
    with pytest.MonkeyPatch.context() as environment:
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            environment.delenv("PYTHONDONTWRITEBYTECODE")
            environment.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(autouse=True)
def kinds():
    """The tables of known kinds, restored after a test that defines kinds of its own."""
    from leibnet.configurable import Configurable

    import nn  # noqa: F401 - with it all families are there

    tables = [family.kinds for family in Configurable.__subclasses__()]
    kept = [dict(table) for table in tables]
    yield
    for table, entries in zip(tables, kept, strict=True):
        table.clear()
        table.update(entries)


@pytest.fixture
def numpy_alone():
    """Trainings compute in NumPy alone, whatever is installed: for tests of its bits, or of a fault planted in it."""
    leibnet.kernels("numpy")
    yield
    leibnet.kernels()
