"""Data files on this machine: found under their usual names, decompressed, verified."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from leibnet.types import Array

import numpy as np

CHUNK = 1 << 20


class CorruptFileError(OSError):
    """A data file whose content is not what was published."""


@dataclass(frozen=True)
class Archive:
    """A data file as it was published: `name`.gz, which decompresses to `name`, or `name` itself.

    Attributes
    ----------
    name : file name without ".gz".
    contentSize : bytes of the decompressed content.
    size : bytes of the published archive, for one that is downloaded.
    sha256 : SHA-256 of the published archive, for one that is downloaded.
    contentSha256 : SHA-256 of the decompressed content, or None where it is not known.
    isPacked : whether it was published as `name`.gz.
    remedy : what to do about a bad file, if not to replace it by the published one.
    """

    name: str
    contentSize: int
    contentSha256: str | None = None
    size: int = 0
    sha256: str = ""
    remedy: str = ""
    isPacked: bool = True

    @property
    def published(self) -> str:
        """The name of the file that was published."""
        return f"{self.name}.gz" if self.isPacked else self.name

    def spellings(self) -> Iterator[str]:
        """The file names under which it is recognised: with and without ".gz", "-idx" or ".idx"."""
        for stem in (self.name, self.name.replace("-idx", ".idx")):
            yield f"{stem}.gz"
            yield stem

    def find(self, folder: Path) -> Path | None:
        """The first file of `folder` with one of the spellings, or None."""
        return next((path for path in map(folder.joinpath, self.spellings()) if path.is_file()), None)

    @property
    def largestSize(self) -> int:
        """Bytes that no archive of this content exceeds, however it was compressed; with room for its header."""
        return self.contentSize + self.contentSize // 100 + (1 << 16)

    def read(self, path: Path) -> tuple[Array, str]:
        """The verified content of the file `path`, (bytes,) uint8, and its SHA-256.

        Never more than one byte beyond the expected size is decompressed, and nothing of an archive that is too large.
        A re-compressed or decompressed file is as good as the published one, if the SHA-256 of the content is
        known; if not, it must be the published archive.

        Raises
        ------
        CorruptFileError : naming the file, what is wrong with it and what to do.
        OSError : the file cannot be read; naming it.
        """
        try:
            # Opened once: what is verified is what is decompressed, also when the file is replaced meanwhile.
            with open(path, "rb") as file:
                if self.contentSha256 is None:
                    self._checkArchive(path, file)
                content = self._decompress(path, file)
        except CorruptFileError:
            raise
        except OSError as error:
            if error.errno is None:
                raise
            remedy = self.remedy or "Check its permissions and the disk, or give the folder of a copy by folder=..."
            raise OSError(error.errno, f"{error.strerror}. {remedy}", str(path)) from error
        digest = hashlib.sha256(content.data).hexdigest()
        if self.contentSha256 not in (None, digest):
            raise self._corrupt(path, f"expected content with SHA-256 {self.contentSha256}, got {digest}")
        return content, digest

    def _checkArchive(self, path: Path, file: BufferedReader) -> None:
        if path.suffix != ".gz":
            raise self._corrupt(
                path,
                f"only the published archive {self.name}.gz can be verified, "
                "because the SHA-256 of its decompressed content is not known to this library",
            )
        size = os.fstat(file.fileno()).st_size
        if size != self.size:
            raise self._corrupt(path, f"expected the published archive of {self.size} bytes, got {size}")
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != self.sha256:
            raise self._corrupt(path, f"expected the published archive with SHA-256 {self.sha256}, got {digest}")
        file.seek(0)

    def _decompress(self, path: Path, file: BufferedReader) -> Array:
        packed = path.suffix == ".gz"
        size = os.fstat(file.fileno()).st_size
        if packed and size > self.largestSize:
            raise self._corrupt(path, f"expected an archive of at most {self.largestSize} bytes, got {size}")
        content = np.empty(self.contentSize, np.uint8)
        target, filled = content.data, 0
        try:
            with gzip.open(file) if packed else file as stream:
                while count := stream.readinto(target[filled : filled + CHUNK]):
                    filled += count
                surplus = stream.read(1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._corrupt(path, f"it cannot be decompressed ({error})") from error
        if filled < self.contentSize or surplus:
            amount = "more" if surplus else str(filled)
            raise self._corrupt(path, f"expected {self.contentSize} bytes of content, got {amount}")
        return content

    def _corrupt(self, path: Path, reason: str) -> CorruptFileError:
        remedy = self.remedy or f"Delete it, or replace it by the published {self.published}."
        return CorruptFileError(f"{path} is corrupt, truncated or another file: {reason}. {remedy}")
