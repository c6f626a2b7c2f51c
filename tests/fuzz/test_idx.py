"""The reader of idx files against damaged ones: an error that names the file, or exactly what the file says."""

import struct

import numpy as np
import pytest
from runner import Case, fuzz
from small import IMAGES, LABELS, SmallMnist, contents, idx_file

from dataset.files import idx


class Entries(Case):
    """The parser alone. No checksum protects it: what it gives must be what header and length of the file say."""

    def __init__(self, folder):
        self.path = folder / "entries-idx3-ubyte"
        self.content = idx_file(np.arange(60, dtype=np.uint8).reshape(5, 4, 3))

    def handmade(self):
        for sizes in ((2**32 - 1,) * 3, (2**31, 2**31, 4), (2**32 - 1,), (0, 2**32 - 1, 2**32 - 1), (2**16,) * 4, ()):
            header = bytes([0, 0, 8, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
            yield header
            yield header + bytes(60)
        for dimensions in (33, 64, 65, 255):
            yield bytes([0, 0, 8, dimensions]) + struct.pack(">I", 1) * dimensions + b"\x07"

    def load(self, damaged):
        array = idx.parse(np.fromfile(self.path, np.uint8), str(self.path))
        dimensions = damaged[3]
        assert damaged[:3] == b"\0\0\x08"
        assert array.shape == struct.unpack(f">{dimensions}I", damaged[4 : 4 + 4 * dimensions])
        assert array.tobytes() == damaged[4 + 4 * dimensions :] != b""
        assert array.dtype == np.uint8
        return damaged == self.content


class Images(Case):
    """A damaged decompressed file of images in the folder of the user: never anything but what was published."""

    file = IMAGES

    def __init__(self, folder):
        self.mnist = SmallMnist(folder, "mnist", packed=False)
        self.path = self.mnist.path(self.file, packed=False)
        self.content = contents()[self.file]

    def load(self, damaged):
        self.mnist.check()
        assert damaged == self.content
        return True


class Labels(Images):
    """The same for the file of labels."""

    file = LABELS


def test_the_parser_gives_what_the_file_says_or_a_clear_error(tmp_path):
    report = fuzz("test_idx:Entries", tmp_path)
    assert not report.faults
    assert report.refused > 0.5 * report.tried
    assert report.different > 0


@pytest.mark.parametrize("case", ["Images", "Labels"])
def test_a_damaged_decompressed_file_is_never_loaded(case, tmp_path):
    report = fuzz(f"test_idx:{case}", tmp_path)
    assert not report.faults
    assert report.different == 0
    assert report.refused > 0.95 * report.tried
