"""How much memory is free, so that too little is said before it is taken.

A system hands out more memory than it has, and ends a process that then uses it: Linux without a word.
"""

from __future__ import annotations

import re
from pathlib import Path

LARGE = 2**28  # bytes from which it is asked; the answer takes some 50 µs

MEMINFO, GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def available() -> int | None:
    """Bytes that can be taken without others giving some back; None where the system does not say (not Linux)."""
    found = [number for number in (_of_system(), _of_group()) if number is not None]
    return min(found, default=None)


def demand(size: int, what: str) -> None:
    """MemoryError if so many bytes for `what` are more than are free."""
    if size < LARGE:
        return
    free = available()
    if free is not None and size > free:
        raise MemoryError(f"{what} needs {size / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free")


def _of_system() -> int | None:
    found = re.search(r"MemAvailable:\s+(\d+) kB", _text(MEMINFO))
    return int(found[1]) * 1024 if found else None


def _of_group() -> int | None:
    """What a container's limit leaves; what it holds in the cache of files can be given back."""
    limit, current = _text(GROUP / "memory.max").strip(), _text(GROUP / "memory.current").strip()
    cached = re.search(r"^inactive_file (\d+)", _text(GROUP / "memory.stat"), re.MULTILINE)
    if not (limit.isdigit() and current.isdigit()):
        return None
    return max(int(limit) - int(current) + (int(cached[1]) if cached else 0), 0)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
