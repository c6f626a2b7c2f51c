"""The folder in which compiled kernels are kept: the user's own, since whoever writes there decides what is run."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from leibnet.files import absolute

PRIVATE, OTHERS = 0o700, stat.S_IWGRP | stat.S_IWOTH


def cacheFolder(key: str) -> Path | None:
    """The folder for compiled kernels of this key, made if need be; None where no folder is safe.

    It lies in the cache folder of the operating system (pooch's, as for data sets).
    """
    import pooch

    folder = absolute(pooch.os_cache("leibnet")) / "kernels" / key
    try:
        for place in (*reversed(folder.parents), folder):
            if not place.is_dir():
                place.mkdir(mode=PRIVATE, exist_ok=True)  # `parents=True` would leave those to the umask
        return folder if isOwn(folder) else None
    except OSError:
        return None


def isOwn(folder: Path) -> bool:
    """Whether nobody else can write in a folder, or put another one in its place.

    It is the user's. All folders above it, and links on the way to it, are the user's or root's, and do not let others
    write, unless what lies in them stays its owner's (the sticky bit of /tmp). Systems without such rights keep a
    user's cache folder to the user: True.
    """
    if not hasattr(os, "geteuid"):
        return True
    real = Path(os.path.realpath(folder))
    found = os.lstat(real)
    if found.st_uid != os.geteuid() or found.st_mode & OTHERS:
        return False
    return all(_is_kept(os.lstat(place)) for place in (folder, *folder.parents, *real.parents))


def _is_kept(found: os.stat_result) -> bool:
    """Whether what lies in a folder, or a link, cannot be exchanged by others."""
    if found.st_uid not in (os.geteuid(), 0):
        return False
    return stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS or bool(found.st_mode & stat.S_ISVTX)


def digestOf(folder: Path, *words: str) -> str:
    """Of the Python files in a folder, and of words: another one where any of them has changed."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(folder.glob("*.py")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
