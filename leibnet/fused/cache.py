"""The folder in which compiled kernels are kept: the user's own, since whoever writes there decides what is run."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from leibnet.files import absolute

PRIVATE = 0o700


def cacheFolder(key: str) -> Path | None:
    """The folder for compiled kernels of this key, made if need be; None where no folder is safe.

    It lies in the cache folder of the operating system (pooch's, as for data sets).
    """
    import pooch

    folder = absolute(pooch.os_cache("leibnet")) / "kernels" / key
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        return folder if isOwn(folder) else None
    except OSError:
        return None


def isOwn(folder: Path) -> bool:
    """Whether nobody else can write in a folder, or put another one in its place.

    It is the user's, as is the one around it or root's, up to the root of the file system, and none of them lets others
    write, unless what lies in it stays its owner's (the sticky bit of /tmp). Systems without such rights keep a user's
    cache folder to the user: True.
    """
    if not hasattr(os, "geteuid"):
        return True
    me = os.geteuid()
    for place in (folder, *folder.parents):
        found = os.lstat(place)
        if stat.S_ISLNK(found.st_mode):
            return isOwn(Path(os.path.realpath(folder)))
        writable = bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        if found.st_uid not in (me, 0) or (writable and (place == folder or not found.st_mode & stat.S_ISVTX)):
            return False
    return os.lstat(folder).st_uid == me


def digestOf(folder: Path, *words: str) -> str:
    """Of the Python files in a folder, and of words: another one where any of them has changed."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(folder.glob("*.py")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
