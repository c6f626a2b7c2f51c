"""The reader of archives against damaged ones and bombs: an error that names the file, or the published content."""

import gzip
import hashlib
import os
import struct
import zlib
from importlib.resources import files

import numpy as np
import pytest
from runner import Case, fuzz
from small import IMAGES, SmallMnist, contents, pack

from dataset.files import digits
from dataset.files.archive import Archive

EMPTY = pack(b"")


def with_all_fields(content):
    """A gzip file with everything that its header can have: an extra field, a name, a comment, a check sum."""
    head = b"\x1f\x8b\x08\x1e" + bytes(6) + struct.pack("<H", 8) + b"LN\x04\x00abcd" + b"name\0" + b"comment\0"
    check = struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    packed = zlib.compress(content, 9, wbits=-15)
    return head + check + packed + struct.pack("<II", zlib.crc32(content), len(content))


class Images(Case):
    """A damaged archive in the folder of the user, of which the checksum of the content is known."""

    def __init__(self, folder):
        self.mnist = SmallMnist(folder, "mnist", packed=True)
        self.path = self.mnist.path(IMAGES, packed=True)
        self.content = with_all_fields(contents()[IMAGES])

    def load(self, damaged):
        self.mnist.check()
        return True


class Repacked(Images):
    """Damaged content in a sound archive: only size and checksum of the content tell."""

    def __init__(self, folder):
        super().__init__(folder)
        self.content = contents()[IMAGES]

    def write(self, damaged):
        self.path.write_bytes(pack(damaged, level=1))

    def load(self, damaged):
        self.mnist.check()
        assert damaged == self.content
        return True


class Published(Case):
    """A damaged archive of Fashion-MNIST, of which only the checksum of the published archive is known."""

    def __init__(self, folder):
        self.mnist = SmallMnist(folder, "fashion_mnist", packed=True)
        self.path = self.mnist.path(IMAGES, packed=True)
        self.content = self.path.read_bytes()

    def load(self, damaged):
        self.mnist.check()
        assert damaged == self.content
        return True


class Digits(Case):
    """The bundled digits."""

    def __init__(self, folder):
        self.path = folder / "digits.csv.gz"
        self.content = (files("dataset") / "data" / "digits.csv.gz").read_bytes()
        self.path.write_bytes(self.content)
        self.table, _ = digits.read(self.path)

    def load(self, damaged):
        table, _ = digits.read(self.path)
        np.testing.assert_array_equal(table, self.table)
        return True


class Bombs(Case):
    """Archives of a megabyte that would fill memory or time, in place of one with a megabyte of zeros."""

    def __init__(self, folder):
        zeros = bytes(1 << 20)
        self.content = pack(zeros)
        self.path = folder / "zeros.gz"
        self.archive = Archive("zeros", len(zeros), hashlib.sha256(zeros).hexdigest())

    def handmade(self):
        member = pack(bytes(1 << 24))
        assert len(member) < 17_000
        yield member  # 16 MiB in 16 kB
        yield member * 60  # 1 GiB in 1 MB
        yield member * 240  # 4 GiB in 4 MB
        yield EMPTY * (self.archive.largestSize // len(EMPTY))  # archives of nothing
        head = b"\x1f\x8b\x08\x08" + bytes(6)
        yield head + b"a" * 1_000_000  # a name without end
        yield head + b"\0" + b"\0\0\0\xff\xff" * 200_000  # blocks of nothing
        yield self.content + bytes(1_000_000)  # padding
        yield self.content + EMPTY * 10_000

    def load(self, damaged):
        content, _ = self.archive.read(self.path)
        assert content.size == 1 << 20
        assert not content.any()
        return True


class Sparse(Bombs):
    """Files of 10 GiB, nearly all of it holes, that is zeros: from the start, and behind a good archive."""

    seconds = 5

    def handmade(self):
        return b"", self.content

    def write(self, damaged):
        super().write(damaged)
        os.truncate(self.path, 10 << 30)


class SparseDecompressed(Sparse):
    def __init__(self, folder):
        super().__init__(folder)
        self.path = folder / "zeros"


@pytest.mark.parametrize("case", ["Images", "Repacked", "Published", "Digits"])
def test_a_damaged_archive_gives_the_published_content_or_a_clear_error(case, tmp_path):
    report = fuzz(f"test_gzip:{case}", tmp_path)
    assert not report.faults
    assert report.different == 0
    assert report.refused > 0.5 * report.tried


def test_archives_that_decompress_to_gigabytes_are_stopped_early(tmp_path):
    report = fuzz("test_gzip:Bombs", tmp_path, number=0)
    assert not report.faults
    assert (report.refused, report.equal) == (6, 2)
    assert report.errors == {"CorruptFileError": 6}


@pytest.mark.skipif(os.name == "nt", reason="files have no holes here")
@pytest.mark.parametrize("case", ["Sparse", "SparseDecompressed"])
def test_files_of_gigabytes_are_refused_unread(case, tmp_path):
    report = fuzz(f"test_gzip:{case}", tmp_path, number=0)
    assert not report.faults
    assert report.errors == {"CorruptFileError": 2}
    assert report.slowest < 1


def test_no_way_of_compressing_gives_an_archive_that_is_too_large():
    content = np.random.default_rng(0).bytes(200_000)
    archive = Archive("noise", len(content))
    for level in range(10):
        assert len(gzip.compress(content, level)) < archive.largestSize
    pieces = b"".join(gzip.compress(content[i : i + 0xFF00]) for i in range(0, len(content), 0xFF00))
    assert len(pieces) < archive.largestSize
