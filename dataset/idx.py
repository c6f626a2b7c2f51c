"""The idx file format of MNIST.

    byte 0, 1   zero
    byte 2      type of the entries, 0x08 for unsigned bytes
    byte 3      number of dimensions d
    then        d dimensions, each 4 bytes, most significant byte first
    then        the entries, the last dimension running fastest

Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, "The IDX file format".
"""

import numpy as np

from dataset.source import Array

UNSIGNED_BYTE = 0x08


def parse(content: Array) -> Array:
    """The array of unsigned bytes in the `content` (bytes,) of an idx file, as a view of it.

    Raises ValueError when the content is not such a file, is too short or too long.
    """
    header = bytes(content[:4])
    if len(header) < 4 or header[:2] != b"\0\0" or header[2] != UNSIGNED_BYTE:
        raise ValueError(f"expected an idx file of unsigned bytes (it starts with 00 00 08), got {header.hex(' ')!r}")
    start = 4 + 4 * header[3]
    sizes = bytes(content[4:start])
    shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, len(sizes), 4))
    expected = start + int(np.prod(shape, dtype=object))
    if len(sizes) < start - 4 or len(content) != expected:
        raise ValueError(f"expected {expected} bytes for an idx file of shape {shape}, got {len(content)}")
    return content[start:].reshape(shape)
