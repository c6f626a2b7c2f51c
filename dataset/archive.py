"""Data files on this machine: found under their usual names, decompressed, verified."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dataset.source import Array

CHUNK = 1 << 20


class CorruptFileError(OSError):
    """A data file whose content is not what was published."""


@dataclass(frozen=True)
class Archive:
    """A data file as it was published: `name`.gz, which decompresses to `name`.

    Attributes
    ----------
    name : file name without ".gz".
    contentSize : bytes of the decompressed content.
    size : bytes of the published archive, for one that is downloaded.
    sha256 : SHA-256 of the published archive, for one that is downloaded.
    contentSha256 : SHA-256 of the decompressed content, or None where it is not known.
    """

    name: str
    contentSize: int
    contentSha256: str | None = None
    size: int = 0
    sha256: str = ""

    def spellings(self) -> Iterator[str]:
        """The file names under which it is recognised: with and without ".gz", "-idx" or ".idx"."""
        for stem in (self.name, self.name.replace("-idx", ".idx")):
            yield f"{stem}.gz"
            yield stem

    def find(self, folder: Path) -> Path | None:
        """The first file of `folder` with one of the spellings, or None."""
        return next((path for path in map(folder.joinpath, self.spellings()) if path.is_file()), None)

    def read(self, path: Path) -> tuple[Array, str]:
        """The verified content of the file `path`, (bytes,) uint8, and its SHA-256.

        Never more than one byte beyond the expected size is decompressed. A re-compressed or decompressed file is as
        good as the published one, if the SHA-256 of the content is known; if not, it must be the published archive.

        Raises
        ------
        CorruptFileError : naming the file, what is wrong with it and what to do.
        """
        if self.contentSha256 is None:
            self._check_archive(path)
        content = self._decompress(path)
        digest = hashlib.sha256(content.data).hexdigest()
        if self.contentSha256 not in (None, digest):
            raise self._corrupt(path, f"expected content with SHA-256 {self.contentSha256}, got {digest}")
        return content, digest

    def _check_archive(self, path: Path) -> None:
        if path.suffix != ".gz":
            raise self._corrupt(
                path,
                f"only the published archive {self.name}.gz can be verified, "
                "because the SHA-256 of its decompressed content is not known to this library",
            )
        if path.stat().st_size != self.size:
            raise self._corrupt(path, f"expected the published archive of {self.size} bytes, got {path.stat().st_size}")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != self.sha256:
            raise self._corrupt(path, f"expected the published archive with SHA-256 {self.sha256}, got {digest}")

    def _decompress(self, path: Path) -> Array:
        content = np.empty(self.contentSize, np.uint8)
        target, filled = content.data, 0
        try:
            with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
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
        return CorruptFileError(
            f"{path} is corrupt, truncated or another file: {reason}. "
            f"Delete it, or replace it by the published {self.name}.gz."
        )
