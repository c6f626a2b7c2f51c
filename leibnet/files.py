"""Paths, made absolute once; and files, written so that nothing half-written ever stands under a final name.

What stands there already and is no file, such as a pipe, a device or a link, is written into, or refused in words.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

Identity = tuple[int, int, int, int]  # device and number of a file, its size, and when it was changed


def absolute(path: str | os.PathLike[str]) -> Path:
    """The path from the root, with ~ for the home folder: where it leads does not change with the working folder."""
    return Path(os.path.expanduser(os.fspath(path))).absolute()


def identity(path: Path | int) -> Identity | None:
    """What tells a file from another one of that name, and from itself with other content; None where there is none.

    Of an open file, by its descriptor, also where another one has got its name meanwhile.
    """
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def isSpecial(path: Path) -> bool:
    """Whether something is there that is no file: a pipe, a device, or a folder."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def refuseSpecial(path: Path, cure: str = "move it away") -> None:
    """OSError, with what to do, if something that is no file stands where one is to be read, renamed or replaced."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: {cure}")
    if isSpecial(path):
        raise OSError(f"{path} is a pipe or a device: {cure}")


def writeAtomically(path: str | os.PathLike[str], content: bytes, isNew: bool = False) -> Identity | None:
    """Writes a file in full or not at all: to a temporary file beside it, to the disk, then under its name.

    A link stays a link: what it leads to is written. A pipe or a device is written into.

    Parameters
    ----------
    path : where to.
    content : what to write.
    isNew : whether FileExistsError is raised where there is something already. Default False: it is replaced.

    Returns
    -------
    The `identity` of what was written; None where that is no file.
    """
    path = absolute(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the path of a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first")
    if isSpecial(path) or path.parts[1:2] == ("proc",) or path.parts[1:3] in (("dev", "stdout"), ("dev", "fd")):
        _write_into(path, content)
        return None
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            written = identity(file.fileno())
        if isNew:
            _name_new(temporary, path)
        else:
            if path.exists():
                shutil.copymode(path, temporary)
            os.replace(temporary, path)
        _sync(path.parent)
        return written
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            error.filename, error.filename2 = str(path), None  # not that of the temporary file
        raise


def _write_into(path: Path, content: bytes) -> None:
    """Writes into a pipe or a device. OSError for a disk, a socket, or a pipe that nobody reads."""
    kind = os.stat(path).st_mode
    if stat.S_ISBLK(kind) or stat.S_ISSOCK(kind):
        raise OSError(f"{path} is a disk or a socket: give the path of a file")
    waiting = os.O_NONBLOCK if stat.S_ISFIFO(kind) else 0  # to open a pipe that nobody reads would take for ever
    try:
        descriptor = os.open(path, os.O_WRONLY | waiting)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "this is a pipe that nobody reads", str(path)) from None
        raise
    with open(descriptor, "wb") as file:
        if waiting:
            os.set_blocking(descriptor, True)
        file.write(content)


def _name_new(temporary: Path, path: Path) -> None:
    """Gives a file its final name, if that is free."""
    try:
        os.link(temporary, path)  # unlike a renaming, it fails if there is one
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.replace(temporary, path)
    else:
        temporary.unlink()


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
    with a later piece, and a file that is not as it was left is written anew. If another process has given the file a
    number meanwhile, as `keepEarlier` does, the rest goes there.

    >>> file = GrowingFile("numbers.txt", b"1 2 ")
    >>> file.content += b"3 4 "
    >>> file.save()

    Parameters
    ----------
    path : where to.
    content : what the file begins with; default nothing.
    isNew : whether what stands there at the first `save` belongs to others, and is kept under another name. Default
        False: it is replaced.

    Attributes
    ----------
    content : all of the content, to be appended to.
    """

    def __init__(self, path: Path | str, content: bytes = b"", isNew: bool = False) -> None:
        self.path = absolute(path)
        self.content = bytearray(content)
        self._isNew = isNew
        self._identity: Identity | None = None  # as it was left; its size says how much of the content is in it

    def save(self) -> None:
        """Writes what is new, making the folder if need be. After an OSError, the next `save` tries again."""
        while (place := self._place()) is not None:
            if self._append(place):
                return
        self._renew()  # a file that has only got a number in between is found at its new place

    def _place(self) -> Path | None:
        """Where the file is as it was left."""
        if self._identity is None:
            return None
        if self._isAsLeft(identity(self.path)):
            return self.path
        with suppress(OSError):
            return next((one for one in _numbered(self.path) if self._isAsLeft(identity(one))), None)
        return None

    def _isAsLeft(self, found: Identity | None) -> bool:  # the time of a change is not exact on all disks
        return found is not None and self._identity is not None and found[:3] == self._identity[:3]

    def _append(self, path: Path) -> bool:
        """Whether the file at this path was as it was left, and now has all of the content."""
        with suppress(FileNotFoundError), open(path, "r+b", buffering=0) as file:
            saved = file.seek(0, os.SEEK_END)
            tail = file.seek(max(0, saved - 1000))
            if not self._isAsLeft(identity(file.fileno())) or file.read() != self.content[tail:saved]:
                self._identity = None  # another one has its name, or a deleted file's number
                return False
            new = bytes(self.content[saved:])
            if file.write(new) < len(new):
                file.truncate(saved)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            self._identity = identity(file.fileno())
            return True
        return False

    def _renew(self) -> None:
        """Writes all of the content. What others have put in its place meanwhile gets another name."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.path.parent)) from None
        refuseSpecial(self.path)
        self._identity = None
        if not self._isNew:
            self._identity = writeAtomically(self.path, bytes(self.content))
            self._isNew = True  # from now on, what stands there is another's
            return
        while True:
            if self._isMine():
                self._identity = writeAtomically(self.path, bytes(self.content))
                return
            keepEarlier(self.path.parent, [self.path.name])
            with suppress(FileExistsError):
                self._identity = writeAtomically(self.path, bytes(self.content), isNew=True)
                return

    def _isMine(self) -> bool:
        """Whether there is a file with the beginning of this content, which somebody has cut."""
        try:
            there = self.path.read_bytes()
        except OSError:
            return False
        return self.content.startswith(there)


def makeFolder(path: str | os.PathLike[str]) -> Path:
    """The folder, made if need be. Raises OSError, with what to do, if nothing can be written to it."""
    path = absolute(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def newFolder(path: str | os.PathLike[str]) -> Path:
    """A folder that is made here and now, and is nobody else's: if there is one of this name, name-02, and so on."""
    path = absolute(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            place = path if number == 1 else path.with_name(f"{path.name}-{number:02d}")
            with suppress(FileExistsError):
                place.mkdir()
                break
    except OSError as error:
        raise _unwritable(path, error) from None
    return makeFolder(place)


def _unwritable(path: Path, error: OSError) -> OSError:
    why = error.strerror or str(error)
    return type(error)(f"the run folder {path} cannot be written to: {why}. {remedy(error)}")


def keepEarlier(folder: Path, names: Iterable[str]) -> None:
    """Gives files of these names that are in the folder already the next free number: metrics.csv is metrics.1.csv.

    A link stays: it is the file that it leads to whose name changes. OSError if one of them is no file.
    """
    paths = [Path(os.path.realpath(folder / name)) for name in names]
    for path in paths:
        refuseSpecial(path)
    for number in itertools.count(1):
        places = [_with_number(path, number) for path in paths]
        if not any(os.path.lexists(place) for place in places) and all(map(_move, paths, places)):
            return


def _with_number(path: Path, number: int) -> Path:
    return path.with_suffix(f".{number}{path.suffix}")


def _numbered(path: Path) -> list[Path]:
    """The files that `keepEarlier` has made of those that had this path."""
    ours = re.compile(re.escape(path.stem) + r"\.\d+" + re.escape(path.suffix))
    return [one for one in path.parent.iterdir() if ours.fullmatch(one.name)]


def _move(path: Path, place: Path) -> bool:
    """Gives a file, if there is one, another name; False if that has been taken meanwhile."""
    if not path.exists():
        return True
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # nobody else takes it from now on
    except FileExistsError:
        return False
    try:
        os.replace(path, place)
    except BaseException as error:
        place.unlink()
        if not isinstance(error, FileNotFoundError):  # somebody else was faster
            raise
    return True


def reason(error: Exception) -> str:
    """Why something could not be written, without the number of the error."""
    if not isinstance(error, OSError) or error.strerror is None:
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
