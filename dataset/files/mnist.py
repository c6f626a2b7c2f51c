"""MNIST and Fashion-MNIST: 60,000 training and 10,000 test images of 28 x 28 grey values, ten classes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from dataset.files import idx
from dataset.files.archive import Archive
from dataset.files.content import content, located
from dataset.source import Request, Source

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

MNIST = {
    TRAIN_IMAGES: Archive(
        TRAIN_IMAGES,
        contentSize=16 + 60_000 * 28 * 28,
        contentSha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        size=9_912_422,
        sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    TRAIN_LABELS: Archive(
        TRAIN_LABELS,
        contentSize=8 + 60_000,
        contentSha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        size=28_881,
        sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    TEST_IMAGES: Archive(
        TEST_IMAGES,
        contentSize=16 + 10_000 * 28 * 28,
        contentSha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        size=1_648_877,
        sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    TEST_LABELS: Archive(
        TEST_LABELS,
        contentSize=8 + 10_000,
        contentSha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        size=4_542,
        sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}

# The SHA-256 of Fashion-MNIST's decompressed content was never published: only the archives can be verified.
FASHION_MNIST = {
    TRAIN_IMAGES: Archive(
        TRAIN_IMAGES,
        contentSize=16 + 60_000 * 28 * 28,
        size=26_421_880,
        sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    TRAIN_LABELS: Archive(
        TRAIN_LABELS,
        contentSize=8 + 60_000,
        size=29_515,
        sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    TEST_IMAGES: Archive(
        TEST_IMAGES,
        contentSize=16 + 10_000 * 28 * 28,
        size=4_422_102,
        sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    TEST_LABELS: Archive(
        TEST_LABELS,
        contentSize=8 + 10_000,
        size=5_148,
        sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
}

FILES = {"mnist": MNIST, "fashion_mnist": FASHION_MNIST}

CLASS_NAMES = {
    "mnist": [str(digit) for digit in range(10)],
    "fashion_mnist": [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
}

DESCRIPTIONS = {
    "mnist": (
        "MNIST: 70,000 handwritten digits, 28 x 28 grey values, by Yann LeCun, Corinna Cortes and Christopher "
        "J. C. Burges, derived from data of NIST. Paper: LeCun, Bottou, Bengio, Haffner, Gradient-based learning "
        "applied to document recognition, Proceedings of the IEEE 86(11), 1998. Licence, as the Keras documentation "
        "states it: Creative Commons Attribution-Share Alike 3.0."
    ),
    "fashion_mnist": (
        "Fashion-MNIST: 70,000 pictures of articles of clothing, 28 x 28 grey values, by Han Xiao, Kashif Rasul "
        "and Roland Vollgraf (Zalando Research), arXiv:1708.07747, 2017; "
        "https://github.com/zalandoresearch/fashion-mnist. Licence: MIT, copyright Zalando SE."
    ),
}


def _load_mnist(request: Request) -> Source:
    """MNIST, from this machine or from a mirror."""
    return _load("mnist", request.folder)


def _load_fashion_mnist(request: Request) -> Source:
    """Fashion-MNIST, from this machine or from a mirror."""
    return _load("fashion_mnist", request.folder)


LOADERS: dict[str, Callable[..., Source]] = {"mnist": _load_mnist, "fashion_mnist": _load_fashion_mnist}


def _load(name: str, folder: Path | None) -> Source:
    """Read the four files of "mnist" or "fashion_mnist"; see `content` for where they come from."""
    arrays, checksums = {}, {}
    for file, archive in FILES[name].items():
        data, checksums[file] = content("Dataset", name, archive, folder)
        arrays[file] = idx.parse(data, file)
    images, test_images = arrays[TRAIN_IMAGES], arrays[TEST_IMAGES]
    return Source(
        name=name,
        inputs=images.reshape(len(images), -1),
        labels=arrays[TRAIN_LABELS].astype(np.intp),
        testInputs=test_images.reshape(len(test_images), -1),
        testLabels=arrays[TEST_LABELS].astype(np.intp),
        white=255,
        classes=10,
        classNames=CLASS_NAMES[name],
        imageShape=(images.shape[1], images.shape[2]),
        checksums=checksums,
        description=DESCRIPTIONS[name],
    )


def locate(name: str, folder: Path | None = None) -> dict[str, Path]:
    """Where the files of "mnist" or "fashion_mnist" are on this machine; files that are nowhere are left out."""
    return located(name, FILES[name], folder)
