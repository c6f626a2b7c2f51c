"""Binary codes as bytes, and how many of their bits differ."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

_COUNTS = np.array([number.bit_count() for number in range(256)], np.uint8)  # for NumPy before 2.0


def packCodes(codes: Any) -> Array:
    """Binary codes as bytes, (⌈bits/8⌉, N) of uint8; of the last byte, bits that are left over are 0.

    Parameters
    ----------
    codes : columns (bits, N) of two values: 0 and 1, -1 and 1, or False and True. The larger one is the bit 1.

    Example
    -------
    >>> packCodes([[0, 1], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [1, 0], [1, 0], [1, 1]])
    array([[  3, 128],
           [128, 128]], dtype=uint8)
    """
    return np.packbits(bitsOf("packCodes", "codes", codes), axis=0)


def hammingDistances(a: Any, b: Any) -> Array:
    """How many bits differ, of every code of one set and every one of another: (N, M), whole numbers.

    Parameters
    ----------
    a, b : binary codes as columns (bits, N) and (bits, M), of values as for `packCodes`.

    Example
    -------
    >>> hammingDistances([[0, 1], [0, 1]], [[0, 0, 1], [0, 1, 1]])
    array([[0, 1, 2],
           [2, 1, 0]], dtype=uint8)
    """
    one, other = bitsOf("hammingDistances", "a", a), bitsOf("hammingDistances", "b", b)
    if len(one) != len(other):
        raise ValueError(refusal("hammingDistances", "b", f"codes of as many bits as a, {len(one)}", len(other)))
    words = asWords(np.packbits(other, axis=0))
    return np.stack([distancesTo(words, query) for query in asWords(np.packbits(one, axis=0)).T])


def bitsOf(owner: str, name: str, codes: Any) -> Array:
    """The bits of codes of two values, (bits, N) of bool."""
    codes = realNumbers(owner, name, codes)
    if codes.ndim != 2 or not codes.size:
        raise ValueError(refusal(owner, name, "one code or more, as columns (bits, N)", codes.shape))
    if codes.dtype == bool:
        return codes
    bits = codes > 0
    zeros, ones = codes[~bits], codes[bits]
    low = zeros.flat[0] if zeros.size else 0
    if (ones != 1).any() or low not in (0, -1) or (zeros != low).any():
        found = np.unique(codes)
        values = ", ".join(f"{value:g}" for value in found[:3]) + (", ..." if len(found) > 3 else "")
        expected = "of two values, 0 and 1 or -1 and 1"
        raise ValueError(refusal(owner, name, expected, values, f"make bits of them, such as {name} > 0"))
    return bits


def asWords(packed: Array) -> Array:
    """Packed codes (bytes, N) as whole numbers (words, N) of 64 bits, or of fewer where one byte, two or four will do.

    Their order is of no account: what counts are the bits that differ.
    """
    size = next((size for size in (1, 2, 4) if len(packed) <= size), 8)
    words = -(-len(packed) // size)
    rows = np.zeros((packed.shape[1], size * words), np.uint8)
    rows[:, : len(packed)] = packed.T
    return np.ascontiguousarray(rows.view(f"u{size}").T)


def distancesTo(words: Array, query: Array) -> Array:
    """How many bits of codes (words, N) differ from those of one (words,): (N,) of uint8, where 255 is enough."""
    total = _count_ones(words[0] ^ query[0])
    total = total.astype(np.min_scalar_type(8 * words.itemsize * len(words)), copy=False)
    for row, word in zip(words[1:], query[1:], strict=True):
        total += _count_ones(row ^ word)
    return total


def _count_ones(numbers: Array) -> Array:
    """How many bits of each number (N,) are 1."""
    if hasattr(np, "bitwise_count"):
        return np.bitwise_count(numbers)
    return _COUNTS[numbers.view(np.uint8).reshape(len(numbers), -1)].sum(axis=1, dtype=np.uint8)
