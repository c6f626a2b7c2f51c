"""Where the files of data sets lie on this machine, and what is in them."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from leibnet.arguments import refusal
from leibnet.files import absolute
from leibnet.terminal import warn
from leibnet.types import Array

from dataset.files import download
from dataset.files.archive import Archive, CorruptFileError


def content(owner: str, name: str, archive: Archive, folder: Path | None) -> tuple[Array, str]:
    """The verified content of one file of the data set `name`, and its SHA-256; `owner` is who asks, for messages.

    Looked for in `folder`, in the folder named by the environment variable LEIBNET_DATA, in the cache; then downloaded.
    A bad file in one of the user's own folders is an error; in the cache it is replaced, with a warning.
    """
    for place in _own_folders(owner, name, folder):
        if path := archive.find(place):
            return archive.read(path)
    if path := archive.find(download.cacheFolder(name)):
        try:
            return archive.read(path)
        except CorruptFileError as error:
            warn(f"{error} It is downloaded again.")
    return archive.read(download.fetch(name, archive))


def _own_folders(owner: str, name: str, folder: Path | None) -> Iterator[Path]:
    """The folders of the user in which the files of the data set may lie, the first ones first."""
    if folder is not None:
        folder = absolute(folder)
        if not folder.is_dir():
            expected = f"an existing folder with the files of {name!r}"
            raise FileNotFoundError(refusal(owner, "folder", expected, str(folder)))
        yield folder / name
        yield folder
    if environment := os.environ.get("LEIBNET_DATA"):
        place = absolute(environment)
        if not place.is_dir():
            expected = f"an existing folder with subfolders such as {name!r}"
            remedy = "unset the variable or correct it"
            raise FileNotFoundError(refusal(owner, "LEIBNET_DATA", expected, environment, remedy))
        yield place / name


def located(name: str, archives: Mapping[str, Archive], folder: Path | None = None) -> dict[str, Path]:
    """Where these files of the data set `name` are on this machine; files that are nowhere are left out.

    Nothing is downloaded, and nothing read: whether the content is right shows when the data set is loaded.
    """

    def places() -> Iterator[Path]:
        yield from _own_folders("available", name, folder)
        yield download.cacheFolder(name)

    found = {file: next(filter(None, map(archive.find, places())), None) for file, archive in archives.items()}
    return {file: path for file, path in found.items() if path is not None}
