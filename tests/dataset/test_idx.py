"""The idx format: header, shape, length."""

import numpy as np
import pytest

from dataset import idx


def file(shape, entries, kind=0x08):
    header = bytes([0, 0, kind, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
    return np.frombuffer(header + entries, np.uint8)


def test_an_array_comes_out_in_its_shape():
    array = idx.parse(file((2, 1, 3), bytes([1, 2, 3, 4, 5, 255])))
    np.testing.assert_array_equal(array, [[[1, 2, 3]], [[4, 5, 255]]])
    assert idx.parse(file((300,), bytes(300))).shape == (300,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (file((2, 3), bytes(5)), r"expected 18 bytes for an idx file of shape \(2, 3\), got 17"),
        (file((2, 3), bytes(7)), r"expected 18 bytes .* got 19"),
        (file((2, 3), bytes(6), kind=0x0D), "expected an idx file of unsigned bytes .* got '00 00 0d 02'"),
        (np.frombuffer(b"<html>", np.uint8), "expected an idx file"),
        (np.frombuffer(b"\0\0", np.uint8), "expected an idx file"),
        (np.frombuffer(b"\0\0\x08\x03\0\0", np.uint8), "expected .* bytes for an idx file of shape"),
        (file((2**32 - 1,) * 4, bytes(6)), "expected .* bytes for an idx file of shape"),
    ],
)
def test_anything_else_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        idx.parse(content)
