"""Download from the first mirror that delivers the published file."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leibnet.files import absolute
from leibnet.terminal import isTerminal

from dataset.files.archive import Archive

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion_mnist": (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    "tinyshakespeare": ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",),
}
BUNDLED = {"tinyshakespeare": "shakespeare()"}
"""What there is without a network in place of a data set; of images it is Dataset("digits")."""
CONNECT_TIMEOUT = 5.0
"""Seconds until a mirror must have answered the call."""
READ_TIMEOUT = 30.0
"""Seconds a mirror may stay silent in the middle."""
LOWEST_SPEED = 1000.0
"""Bytes a second: a mirror that is slower for READ_TIMEOUT seconds is given up."""
CHUNK = 1 << 16
"""Bytes asked for at a time."""


class DownloadError(OSError):
    """No mirror delivered the file, or it could not be stored.

    Attributes
    ----------
    attempts : (address, what went wrong) of every mirror that was tried.
    path : where the file can be put by hand.
    local : whether it was this machine that could not store the file; then no further mirror was tried.
    """

    def __init__(self, name: str, attempts: list[tuple[str, str]], path: Path, local: bool = False):
        self.name = name
        self.attempts = attempts
        self.path = path
        self.local = local
        tried = "\n".join(f"  {address}\n    {failure}" for address, failure in attempts)
        elsewhere = (
            f"into a folder that is given by folder=... or, as its subfolder {name}/, "
            "by the environment variable LEIBNET_DATA."
        )
        if local:
            problem = "could not be stored in the cache"
            advice = (
                f"Make sure that the folder\n  {path.parent}\ncan be written to and has room left, "
                f"or get the file from this address by hand and put it {elsewhere}"
            )
        else:
            problem = "could not be downloaded"
            advice = f"Get the file from one of these addresses by hand and put it at\n  {path}\nor {elsewhere}"
        instead = BUNDLED.get(name, 'Dataset("digits")') + " needs no network."
        super().__init__(f"{path.name} of the data set {name!r} {problem}. {instead}\nTried:\n{tried}\n{advice}")

    def __reduce__(self) -> tuple[Any, ...]:
        """For errors that travel between processes: made again from its arguments, not from its message."""
        return type(self), (self.name, self.attempts, self.path, self.local)


def cacheFolder(name: str) -> Path:
    """Where downloaded files of the data set `name` are kept, in the cache folder of the operating system."""
    import pooch

    return absolute(pooch.os_cache("leibnet")) / name


def fetch(name: str, archive: Archive) -> Path:
    """Download `archive` of the data set `name` into the cache and return its path.

    The mirrors are tried in turn. Size and SHA-256 are checked before the file appears under its name; a download that
    fails or is interrupted leaves nothing behind.

    Raises
    ------
    DownloadError : every mirror failed, or the cache cannot be written.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # pooch announces every attempt; what matters is in the bar or the error
    folder, file = cacheFolder(name), archive.published
    attempts = []
    for mirror in MIRRORS[name]:
        try:
            return Path(
                pooch.retrieve(
                    mirror + file,
                    known_hash=f"sha256:{archive.sha256}",
                    fname=file,
                    path=folder,
                    downloader=_downloader(archive.size),
                )
            )
        except Exception as error:  # whatever is wrong with one mirror, the next may be fine
            attempts.append((mirror + file, _brief(error)))
            if concernsThisMachine(error):
                raise DownloadError(name, attempts, folder / file, local=True) from None
    raise DownloadError(name, attempts, folder / file)


def _brief(error: Exception) -> str:
    """What went wrong, in a line: of a long story, the beginning and the end, where the cause stands."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 260 else f"{text[:120]} ... {text[-130:]}"


def concernsThisMachine(error: Exception) -> bool:
    """Whether the cache could not be written: the next mirror would not help, nor is there room for its file."""
    import requests

    if not isinstance(error, OSError) or isinstance(error, (requests.RequestException, ConnectionError, TimeoutError)):
        return False
    # Without a number it was not raised by the operating system, but by requests, or by pooch for a lack of permission.
    return error.errno is not None or isinstance(error, PermissionError)


def _downloader(size: int) -> Callable[[str, str, Any], None]:
    """A downloader for pooch that stops at the first byte beyond `size`, and draws a progress bar on a terminal."""

    def download(url: str, path: str, pooch: Any) -> None:
        import requests
        from tqdm import tqdm

        # The archive must come as it is: no compression on the way, and none undone where a server labels .gz files so.
        headers = {"Accept-Encoding": "identity"}
        timeouts = (CONNECT_TIMEOUT, READ_TIMEOUT)
        hooks = {"response": _leave_body_of_redirect}
        with (
            requests.get(url, stream=True, headers=headers, timeout=timeouts, hooks=hooks) as answer,
            open(path, "wb") as file,
            tqdm(total=size, unit="B", unit_scale=True, desc=url, disable=not isTerminal(sys.stderr)) as bar,
        ):
            answer.raise_for_status()
            kind = answer.headers.get("Content-Type", "content of unknown type")
            # read1 returns what has come; read would wait for a whole chunk, for ever if it comes byte by byte.
            read = getattr(answer.raw, "read1", answer.raw.read)
            received, counted, since = 0, 0, time.monotonic()
            while chunk := read(CHUNK, decode_content=False):
                received += len(chunk)
                if received > size:
                    raise ValueError(f"expected {size} bytes, got more ({kind})")
                file.write(chunk)
                bar.update(len(chunk))
                if (elapsed := time.monotonic() - since) > READ_TIMEOUT:
                    if received - counted < LOWEST_SPEED * elapsed:
                        raise TimeoutError(
                            f"expected at least {LOWEST_SPEED:g} bytes a second, got {received - counted} bytes in "
                            f"{elapsed:.1f} s; timed out"
                        )
                    counted, since = received, time.monotonic()
        if received < size:
            raise ValueError(f"expected {size} bytes, got only {received} ({kind})")

    return download


def _leave_body_of_redirect(answer: Any, **_: Any) -> None:
    """Close an answer that only points elsewhere: requests would read and decompress its body, however large."""
    if answer.is_redirect:
        answer.close()
