"""Too little memory is said before it is taken."""

from leibnet.processor import memory

import numpy as np
import pytest

from layers import Conv2D


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system with 8 GB free, in no group."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable:    8000000 kB\n")
    return tmp_path


def test_what_is_free(system):
    assert memory.available() == 8_000_000 * 1024


def test_a_group_may_leave_less(system):
    (system / "memory.max").write_text("3000000000\n")
    (system / "memory.current").write_text("2000000000\n")
    (system / "memory.stat").write_text("anon 1\ninactive_file 500000000\n")
    assert memory.available() == 1_500_000_000
    (system / "memory.max").write_text("max\n")
    assert memory.available() == 8_000_000 * 1024


def test_where_nobody_says_it_nothing_is_refused(system):
    (system / "meminfo").unlink()
    assert memory.available() is None
    memory.demand(10**18, "everything")


def test_small_arrays_are_not_asked_for(system, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 0)
    memory.demand(memory.LARGE - 1, "a little")
    with pytest.raises(MemoryError, match=r"^a lot needs 0.3 GB of memory, and 0.0 GB are free$"):
        memory.demand(memory.LARGE, "a lot")


def test_a_layer_says_what_it_needs_and_what_to_do(system):
    layer = Conv2D(1, 5000, 1, rng=0)
    x = np.broadcast_to(np.float64(1), (1, 500, 500, 10))
    words = r"Conv2D 1 -> 5000, 1x1, .*: its array 'z' of \(5000, 500, 500, 10\) needs 100.0 GB .* smaller batches"
    with pytest.raises(MemoryError, match=words):
        layer.feedforward(x)
