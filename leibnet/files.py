"""Writing files so that nothing half-written ever stands under a final name."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def writeAtomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a file in full or not at all: to a temporary file beside it, to the disk, then under its name."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the path of a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first")
    path = Path(os.path.realpath(path))  # a link stays a link
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            error.filename, error.filename2 = str(path), None  # not that of the temporary file
        raise


def _sync(folder: Path) -> None:
    """Puts names in a folder on the disk, where a system lets one do that."""
    if os.name == "posix":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def removeLeftovers(path: Path) -> None:
    """Removes what a process that was killed while it wrote this file has left beside it."""
    path = Path(os.path.realpath(path))
    ours = re.compile(re.escape(path.name) + r"\.\d+-[0-9a-f]{8}\.part")
    for one in path.parent.iterdir():
        if ours.fullmatch(one.name):
            with suppress(OSError):
                one.unlink()


class GrowingFile:
    """A file that grows piece by piece, each in one write or not at all.

    Its content is kept in memory, too: what cannot be written, because the disk is full or the folder gone, is written
    with a later piece, and a file that is not as it was left is written anew.

    >>> file = GrowingFile("numbers.txt", b"1 2 ")
    >>> file.content += b"3 4 "
    >>> file.save()

    Parameters
    ----------
    path : where to. What stands there is replaced by the first `save`.
    content : what the file begins with; default nothing.

    Attributes
    ----------
    content : all of the content, to be appended to.
    """

    def __init__(self, path: Path | str, content: bytes = b"") -> None:
        self.path = Path(path)
        self.content = bytearray(content)
        self._saved: int | None = None  # so much of the content is in the file

    def save(self) -> None:
        """Writes what is new, making the folder if need be. After an OSError, the next `save` tries again."""
        if not self._append():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            writeAtomically(self.path, bytes(self.content))
        self._saved = len(self.content)

    def _append(self) -> bool:
        """Whether the file was as it was left, and now has all of the content."""
        if self._saved is None:
            return False
        try:
            with open(self.path, "r+b", buffering=0) as file:
                if file.seek(0, os.SEEK_END) != self._saved:
                    return False
                new = bytes(self.content[self._saved :])
                if new and file.write(new) < len(new):
                    file.truncate(self._saved)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        except FileNotFoundError:
            return False
        return True


def makeFolder(path: str | os.PathLike[str]) -> Path:
    """The folder, made if need be. Raises OSError, with what to do, if nothing can be written to it."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(bytes(4096))
    except OSError as error:
        why = error.strerror or str(error)
        raise type(error)(f"the run folder {path} cannot be written to: {why}. {remedy(error)}") from None
    return path


def keepEarlier(folder: Path, names: Iterable[str]) -> None:
    """Gives files of these names that are in the folder already the next free number: metrics.csv is metrics.1.csv."""
    paths = [folder / name for name in names]

    def numbered(path: Path, number: int) -> Path:
        return path.with_suffix(f".{number}{path.suffix}")

    free = next(n for n in itertools.count(1) if not any(numbered(path, n).exists() for path in paths))
    for path in paths:
        if path.exists():
            path.rename(numbered(path, free))


def reason(error: OSError) -> str:
    """Why something could not be written, without the number of the error."""
    if error.strerror is None:
        return str(error)
    return f"{error.strerror} ({error.filename})" if error.filename else error.strerror


def remedy(error: OSError) -> str:
    """What to do about something that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Free some space, or give a folder on another disk."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Give a folder that you may write to, or change its permissions."
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return "It is, or lies in, a file: give the path of a folder."
    return "See whether it is still there, or give another folder."
