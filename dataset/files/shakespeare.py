"""Shakespeare: a bundled excerpt, and the text of 1.1 million characters that language models are compared on."""

import os
from collections.abc import Callable
from pathlib import Path

from dataset.files.archive import Archive
from dataset.files.content import content
from dataset.sequences.streams import Text

EXCERPT = Archive(
    "shakespeare.txt",
    contentSize=149_961,
    contentSha256="d12812287b36c11bbe1fefbabcf76e61407f76f00fb1e2bfa1d8e9da52c511cf",
    remedy="It belongs to the package: install leibnet again.",
)
WHOLE = Archive(
    "input.txt",
    contentSize=1_115_394,
    contentSha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    size=1_115_394,
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    isPacked=False,
)
FILES = {"tinyshakespeare": {WHOLE.name: WHOLE}}
SOURCE = (
    "plays by William Shakespeare (1564-1616), as Andrej Karpathy put them together for char-rnn, 2015, "
    "https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare. Licence: the text is in the public domain."
)


def shakespeare() -> Text:
    """The first 149,961 characters of `tinyShakespeare`, which are bundled: no network is needed.

    They are the beginning of "Coriolanus" up to its last scene, and end with the end of a speech.

    Returns
    -------
    A str, with `name`, `description` and `checksums`. There are 61 different characters.

    Example
    -------
    >>> shakespeare()[:45]
    'First Citizen:\\nBefore we proceed any further,'
    """
    from importlib.resources import as_file, files

    with as_file(files("dataset") / "data" / "shakespeare.txt.gz") as path:
        found, checksum = EXCERPT.read(path)
    description = f"The first 149,961 of 1,115,394 characters of {SOURCE}"
    return Text(found.tobytes().decode("ascii"), "shakespeare", description, {EXCERPT.name: checksum})


def tinyShakespeare(folder: str | os.PathLike[str] | None = None) -> Text:
    """1,115,394 characters of plays by Shakespeare, 65 different ones, downloaded where they are not at hand.

        text = tinyShakespeare() if available("tinyshakespeare") else shakespeare()

    Parameters
    ----------
    folder : where to look for the file input.txt first, in itself or in its subfolder `tinyshakespeare`. After it come
        the folder named by the environment variable LEIBNET_DATA (which has that subfolder), the cache, the download.

    Returns
    -------
    A str, with `name`, `description` and `checksums`.

    Raises
    ------
    FileNotFoundError : `folder` does not exist.
    CorruptFileError : the file there is damaged, or another one.
    DownloadError : the text is not at hand, and the mirror did not deliver it.
    """
    place = None if folder is None else Path(folder)
    found, checksum = content("tinyShakespeare", "tinyshakespeare", WHOLE, place)
    description = f"1,115,394 characters of {SOURCE}"
    return Text(found.tobytes().decode("ascii"), "tinyshakespeare", description, {WHOLE.name: checksum})


TEXTS: dict[str, Callable[[], Text]] = {"shakespeare": shakespeare, "tinyshakespeare": tinyShakespeare}
