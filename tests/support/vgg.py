"""A VGG-19 with random weights, narrow unless told otherwise, in a file with torchvision's names."""

import zlib

import numpy as np

BLOCKS = (2, 2, 4, 4, 4)
WIDTHS = (3, 4, 6, 8, 8)
DENSE = "classifier.0", "classifier.3", "classifier.6"


def drawnWeights(widths=WIDTHS, dense=(20, 15, 10), dtype=np.float64):
    """He et al.'s initial values, with biases, by torchvision's names."""
    rng, found, channels, number = np.random.default_rng(19), {}, 3, 0
    for width, count in zip(widths, BLOCKS, strict=True):
        for _ in range(count):
            found[f"features.{number}.weight"] = rng.normal(size=(width, channels, 3, 3)) * np.sqrt(2 / (9 * channels))
            found[f"features.{number}.bias"] = 0.1 * rng.normal(size=width)
            channels, number = width, number + 2
        number += 1
    inputs = channels * 49
    for name, outputs in zip(DENSE, dense, strict=True):
        found[f"{name}.weight"] = rng.normal(size=(outputs, inputs)) * np.sqrt(2 / inputs)
        found[f"{name}.bias"] = 0.1 * rng.normal(size=outputs)
        inputs = outputs
    return {name: array.astype(dtype) for name, array in found.items()}


def picture(side, n=1):
    """Random pictures (3, side, side, n)."""
    return np.random.default_rng(side).random((3, side, side, n))


def projected(name, y):
    """An inner product of the output of a layer with random numbers that its name seeds, and the output's norm."""
    numbers = np.random.default_rng(zlib.crc32(name.encode())).normal(size=y.shape)
    return [float(np.vdot(numbers, y)), float(np.linalg.norm(y))]
