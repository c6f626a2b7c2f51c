"""The idx format: header, shape, length."""

import numpy as np
import pytest

from dataset.files import idx


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
        (np.frombuffer(b"\0\0\x08\x03\0\0", np.uint8), "expected at least 16 bytes .* of 3 dimensions, got 6"),
        (file((), b"\1"), "expected an idx file of 1 to 32 dimensions, got 0"),
        (file((1,) * 33, b"\1"), "expected an idx file of 1 to 32 dimensions, got 33"),
        (file((0, 28, 28), b""), r"expected an idx file with entries, got one of shape \(0, 28, 28\)"),
        (file((2**32 - 1,) * 4, bytes(6)), "expected .* bytes for an idx file of shape"),
    ],
)
def test_anything_else_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        idx.parse(content)


def test_the_error_names_the_file():
    with pytest.raises(ValueError, match="^t10k-labels: expected .*; get the published file again$"):
        idx.parse(file((2,), b"\1"), "t10k-labels")
