"""Download from the first mirror that delivers the published file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dataset.archive import CHUNK, Archive

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion_mnist": (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
}
CONNECT_TIMEOUT = 5.0
"""Seconds until a mirror must have answered the call."""
READ_TIMEOUT = 30.0
"""Seconds a mirror may stay silent in the middle."""


class DownloadError(OSError):
    """No mirror delivered the file.

    Attributes
    ----------
    attempts : (address, what went wrong) of every mirror that was tried.
    path : where the file can be put by hand.
    """

    def __init__(self, name: str, attempts: list[tuple[str, str]], path: Path):
        self.attempts = attempts
        self.path = path
        tried = "\n".join(f"  {address}\n    {failure}" for address, failure in attempts)
        super().__init__(
            f"{path.name} of the data set {name!r} could not be downloaded. Tried:\n{tried}\n"
            f"Get the file from one of these addresses by hand and put it at\n  {path}\n"
            f"or into a folder that is given by folder=... or, as its subfolder {name}/, "
            "by the environment variable LEIBNET_DATA."
        )


def cache_folder(name: str) -> Path:
    """Where downloaded files of the data set `name` are kept, in the cache folder of the operating system."""
    import pooch

    return Path(pooch.os_cache("leibnet")) / name


def fetch(name: str, archive: Archive) -> Path:
    """Download `archive` of the data set `name` into the cache and return its path.

    The mirrors are tried in turn. Size and SHA-256 are checked before the file appears under its name; a download that
    fails or is interrupted leaves nothing behind.

    Raises
    ------
    DownloadError : when every mirror failed.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # pooch announces every attempt; what matters is in the bar or the error
    folder, file = cache_folder(name), f"{archive.name}.gz"
    attempts = []
    for mirror in MIRRORS[name]:
        try:
            return Path(
                pooch.retrieve(
                    mirror + file,
                    known_hash=f"sha256:{archive.sha256}",
                    fname=file,
                    path=folder,
                    downloader=downloader(archive.size),
                )
            )
        except Exception as error:  # whatever is wrong with one mirror, the next may be fine
            attempts.append((mirror + file, f"{type(error).__name__}: {error}"))
    raise DownloadError(name, attempts, folder / file)


def downloader(size: int) -> Callable[[str, str, Any], None]:
    """A downloader for pooch that stops at the first byte beyond `size`, and draws a progress bar on a terminal."""

    def download(url: str, path: str, _pooch: Any) -> None:
        import requests
        from tqdm import tqdm

        # The archive must come as it is: no compression on the way, and none undone where a server labels .gz files so.
        headers = {"Accept-Encoding": "identity"}
        timeouts = (CONNECT_TIMEOUT, READ_TIMEOUT)
        with (
            requests.get(url, stream=True, headers=headers, timeout=timeouts) as answer,
            open(path, "wb") as file,
            tqdm(total=size, unit="B", unit_scale=True, desc=url, disable=None) as bar,
        ):
            answer.raise_for_status()
            kind = answer.headers.get("Content-Type", "content of unknown type")
            received = 0
            for chunk in answer.raw.stream(CHUNK, decode_content=False):
                received += len(chunk)
                if received > size:
                    raise ValueError(f"expected {size} bytes, got more ({kind})")
                file.write(chunk)
                bar.update(len(chunk))
        if received < size:
            raise ValueError(f"expected {size} bytes, got only {received} ({kind})")

    return download
