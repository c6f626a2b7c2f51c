"""The idx file format of MNIST.

    byte 0, 1   zero
    byte 2      type of the entries, 0x08 for unsigned bytes
    byte 3      number of dimensions d
    then        d dimensions, each 4 bytes, most significant byte first
    then        the entries, the last dimension running fastest

Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, "The IDX file format".
"""

import math

from leibnet.types import Array

UNSIGNED_BYTE = 0x08
MAX_DIMENSIONS = 32
"""As many as every version of NumPy can do."""


def parse(content: Array, name: str = "content") -> Array:
    """The array of unsigned bytes in the `content` (bytes,) of an idx file, as a view of it.

    Nothing is allocated, whatever sizes the file announces.

    Parameters
    ----------
    content : (bytes,) uint8.
    name : what the file is called in errors.

    Raises
    ------
    ValueError : the content is not such a file, holds nothing, is too short or too long.
    """
    header = bytes(content[:4])
    if len(header) < 4 or header[:2] != b"\0\0" or header[2] != UNSIGNED_BYTE:
        raise _error(name, f"an idx file of unsigned bytes (it starts with 00 00 08), got {header.hex(' ')!r}")
    dimensions = header[3]
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise _error(name, f"an idx file of 1 to {MAX_DIMENSIONS} dimensions, got {dimensions}")
    start = 4 + 4 * dimensions
    sizes = bytes(content[4:start])
    if len(sizes) < start - 4:
        raise _error(name, f"at least {start} bytes for an idx file of {dimensions} dimensions, got {len(content)}")
    shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, len(sizes), 4))
    if 0 in shape:
        raise _error(name, f"an idx file with entries, got one of shape {shape}")
    expected = start + math.prod(shape)
    if len(content) != expected:
        raise _error(name, f"{expected} bytes for an idx file of shape {shape}, got {len(content)}")
    return content[start:].reshape(shape)


def _error(name: str, problem: str) -> ValueError:
    return ValueError(f"{name}: expected {problem}; get the published file again")
