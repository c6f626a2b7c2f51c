"""The fuzzing itself: the same damage for the same seed, and readers that fail are found out."""

import faulthandler
import random
import sys
import zlib

import pytest
from mutate import DAMAGES, mutation, mutations
from runner import Case, fuzz

CONTENT = bytes(range(200))


class Planted(Case):
    """A reader with a fault of some kind, which shows at files that are longer than the good one."""

    seconds = 0.5

    def __init__(self, folder):
        self.path, self.content = folder / "file", CONTENT

    def load(self, damaged):
        if len(damaged) <= len(self.content):
            raise ValueError(f"{self.path} is refused")
        self.fail()
        return False

    def fail(self):
        """Nothing: the file is loaded."""


class Nameless(Planted):
    def fail(self):
        raise ValueError("some file is refused")


class Wrong(Planted):
    def fail(self):
        raise AssertionError("not what the header says")


class Surprised(Planted):
    def fail(self):
        raise KeyError("shape")


class Hungry(Planted):
    def fail(self):
        bytearray(1 << 30)


class Hanging(Planted):
    def fail(self):
        while True:
            pass


class Crashing(Planted):
    def fail(self):
        faulthandler._sigsegv()


def test_the_same_seed_gives_the_same_damage():
    first, second = list(mutations(CONTENT, 50, seed=1)), list(mutations(CONTENT, 80, seed=1))
    assert first == second[:50]
    assert first[7] == mutation(CONTENT, seed=1, index=7)
    assert first != list(mutations(CONTENT, 50, seed=2))


def test_the_damage_is_the_same_on_every_machine():
    sums = [zlib.crc32(damaged) for damaged in mutations(CONTENT, 6, seed=0)]
    assert sums == [863856764, 337438802, 3795804415, 3132242652, 2325967899, 812607404]


@pytest.mark.parametrize("content", [b"", b"a", b"ab", CONTENT, bytes(5000)])
def test_content_of_any_size_can_be_damaged(content):
    damaged = list(mutations(content, 200, seed=0))
    assert len(damaged) == 200
    assert sum(each == content for each in damaged) < 20
    assert len(set(damaged)) > 20


@pytest.mark.parametrize("damage", dict.fromkeys(DAMAGES), ids=lambda damage: damage.__name__)
def test_every_kind_of_damage_does_damage(damage):
    rng = random.Random(0)
    assert sum(damage(CONTENT, rng) != CONTENT for _ in range(100)) > 50


def test_a_report_counts_what_became_of_the_files(tmp_path):
    report = fuzz("test_runner:Planted", tmp_path, number=60)
    assert (report.tried, report.equal, report.faults) == (60, 0, [])
    assert report.refused + report.different == 60
    assert min(report.refused, report.different) > 5


@pytest.mark.parametrize(
    ("reader", "fault"),
    [
        ("Nameless", "does not name the file"),
        ("Wrong", "AssertionError: not what the header says"),
        ("Surprised", "KeyError: 'shape'"),
        pytest.param("Hungry", "MemoryError", marks=pytest.mark.skipif(sys.platform != "linux", reason="no limit")),
    ],
)
def test_a_reader_that_fails_is_found_out(reader, fault, tmp_path):
    report = fuzz(f"test_runner:{reader}", tmp_path, number=30)
    assert report.faults
    assert all(fault in each for each in report.faults)


@pytest.mark.parametrize(
    ("reader", "fault"), [("Hanging", "Timeout"), ("Crashing", "Segmentation fault|access violation")]
)
def test_a_reader_that_never_returns_is_found_out(reader, fault, tmp_path):
    with pytest.raises(AssertionError, match=f"the process ended with (.|\n)*({fault})"):
        fuzz(f"test_runner:{reader}", tmp_path, number=30)
    assert len((tmp_path / "file").read_bytes()) > len(CONTENT)
