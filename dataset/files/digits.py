"""The bundled handwritten digits: 1,797 images of 8 x 8 grey values, ten classes."""

from pathlib import Path

from leibnet.types import Array

import numpy as np

from dataset.files.archive import Archive
from dataset.source import Request, Source

DIGITS = Archive(
    "digits.csv",
    contentSize=264_712,
    contentSha256="6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
    remedy="It belongs to the package: install leibnet again.",
)
TEST_SIZE = 360
DESCRIPTION = (
    "Optical Recognition of Handwritten Digits: 1,797 handwritten digits, 8 x 8 grey values from 0 to 16, by Ethem "
    "Alpaydin and Cenk Kaynak, UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49. "
    "Licence: CC BY 4.0."
)


def load(request: Request) -> Source:
    """Read the digits from the package; 1,437 are the training part, 360 the test part.

    The file has them in the order in which people wrote them. A fixed permutation comes first, the same on every
    machine and whatever the `rng`, so that everybody tests on the same 360.
    """
    from importlib.resources import as_file, files

    with as_file(files("dataset") / "data" / "digits.csv.gz") as path:
        table, checksum = read(path)
    # RandomState, because NumPy promises its stream for ever (NEP 19), unlike that of a Generator.
    table = table[np.random.RandomState(0).permutation(len(table))]
    inputs, labels = table[:, :64], table[:, 64].astype(np.intp)
    return Source(
        name="digits",
        inputs=np.ascontiguousarray(inputs[:-TEST_SIZE]),
        labels=labels[:-TEST_SIZE],
        testInputs=np.ascontiguousarray(inputs[-TEST_SIZE:]),
        testLabels=labels[-TEST_SIZE:],
        white=16,
        classes=10,
        classNames=[str(digit) for digit in range(10)],
        imageShape=(8, 8),
        checksums={DIGITS.name: checksum},
        description=DESCRIPTION,
    )


def read(path: Path) -> tuple[Array, str]:
    """The verified table (1797, 65), a row for every digit: 64 grey values and the class; and its SHA-256."""
    content, checksum = DIGITS.read(path)
    lines = content.tobytes().decode("ascii").splitlines()
    return np.loadtxt(lines, dtype=np.uint8, delimiter=","), checksum
