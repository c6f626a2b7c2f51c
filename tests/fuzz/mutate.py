"""Damaged copies of a file: the same ones for the same seed, on every machine.

from mutate import mutations

for damaged in mutations(content, number=1000, seed=0):
    ...
"""

import random
from collections.abc import Callable, Iterator

INTERESTING = sorted(
    {2**power + offset for power in (7, 8, 15, 16, 31, 32, 53, 63, 64) for offset in (-1, 0, 1)}
    | {0, 1, 2, 3, 100, 1000, 10**9, 10**18}
)
"""Numbers at which sizes and offsets overflow, change their sign or ask for more memory than there is."""


def mutations(content: bytes, number: int, seed: int) -> Iterator[bytes]:
    """`number` damaged copies of `content`; the one at index i depends on nothing but content, seed and i."""
    for index in range(number):
        yield mutation(content, seed, index)


def mutation(content: bytes, seed: int, index: int) -> bytes:
    """The damaged copy at `index`: one damage or several, the first of which changes something."""
    rng = random.Random(f"{seed}/{index}")
    damaged = content
    while damaged == content:
        damaged = rng.choice(DAMAGES)(content, rng)
    while rng.random() < 0.3:
        damaged = rng.choice(DAMAGES)(damaged, rng)
    return damaged


def place(content: bytes, rng: random.Random) -> int:
    """An index into the content or its end: often where headers are, sometimes near the end, else anywhere."""
    where = rng.random()
    if where < 0.4:
        return rng.randint(0, min(len(content), 32))
    if where < 0.55:
        return rng.randint(max(0, len(content) - 16), len(content))
    return rng.randint(0, len(content))


def block(content: bytes, rng: random.Random) -> tuple[int, int]:
    """Start and end of a piece, mostly a short one."""
    start = place(content, rng)
    return start, min(len(content), start + int(2 ** rng.uniform(0, max(1, len(content).bit_length()))))


def flip_bits(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 8)) if content else 0):
        damaged[min(place(content, rng), len(content) - 1)] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def change_bytes(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4)) if content else 0):
        damaged[min(place(content, rng), len(content) - 1)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(damaged)


def set_number(content: bytes, rng: random.Random) -> bytes:
    """An interesting number of 1, 2, 4 or 8 bytes in either order, put over what is there."""
    size = rng.choice((1, 2, 4, 4, 4, 8))
    start = place(content, rng)
    if rng.random() < 0.5:
        start -= start % size
    field = (rng.choice(INTERESTING) % 256**size).to_bytes(size, rng.choice(("big", "little")))
    return content[:start] + field + content[start + size :]


def add_to_number(content: bytes, rng: random.Random) -> bytes:
    """A number of 1, 2, 4 or 8 bytes in either order, a little larger or smaller."""
    size, order = rng.choice((1, 2, 4, 8)), rng.choice(("big", "little"))
    start = min(place(content, rng), max(0, len(content) - size))
    number = int.from_bytes(content[start : start + size], order) + rng.choice((-2, -1, 1, 2, 16))
    return content[:start] + (number % 256**size).to_bytes(size, order) + content[start + size :]


def truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: place(content, rng)]


def cut_start(content: bytes, rng: random.Random) -> bytes:
    return content[place(content, rng) :]


def extend(content: bytes, rng: random.Random) -> bytes:
    size = rng.choice((1, 2, 7, 8, 64, 1000))
    return content + rng.choice((bytes(size), b"\xff" * size, rng.randbytes(size), content[-size:]))


def insert(content: bytes, rng: random.Random) -> bytes:
    start = place(content, rng)
    return content[:start] + rng.randbytes(rng.choice((1, 2, 4, 8, 100))) + content[start:]


def remove_block(content: bytes, rng: random.Random) -> bytes:
    start, end = block(content, rng)
    return content[:start] + content[end:]


def blank_block(content: bytes, rng: random.Random) -> bytes:
    start, end = block(content, rng)
    return content[:start] + bytes([rng.choice((0, 0xFF, 0x20))]) * (end - start) + content[end:]


def duplicate_block(content: bytes, rng: random.Random) -> bytes:
    start, end = block(content, rng)
    return content[:end] + content[start:end] * rng.choice((1, 1, 2, 5)) + content[end:]


def overwrite_block(content: bytes, rng: random.Random) -> bytes:
    """A piece put over another place, the size unchanged."""
    start, end = block(content, rng)
    target = rng.randint(0, len(content) - (end - start))
    return content[:target] + content[start:end] + content[target + end - start :]


def swap_blocks(content: bytes, rng: random.Random) -> bytes:
    """Two neighbouring pieces in the other order."""
    start, middle, end = sorted(place(content, rng) for _ in range(3))
    return content[:start] + content[middle:end] + content[start:middle] + content[end:]


def repeat(content: bytes, rng: random.Random) -> bytes:
    return content * rng.choice((2, 3))


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_bits,
    flip_bits,
    change_bytes,
    change_bytes,
    set_number,
    set_number,
    set_number,
    add_to_number,
    truncate,
    cut_start,
    extend,
    insert,
    remove_block,
    blank_block,
    duplicate_block,
    overwrite_block,
    swap_blocks,
    repeat,
)
