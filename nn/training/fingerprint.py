"""A number for the state of a training, to see whether another one went the same way."""

from __future__ import annotations

import re
from typing import Any
from zlib import crc32

LENGTH = 64  # numbers of a network that are looked at


class Fingerprint:
    """CRC-32 of a model after an update: of the last parameters and gradients of each of its networks.

    They are those of the last layer that learns, which depend on all that comes before it. It takes a microsecond.
    """

    def __init__(self) -> None:
        self._looked: list[tuple[Any, Any, memoryview, memoryview]] = []
        self._learns: list[bool] = []

    def of(self, model: Any) -> bytes:
        """The fingerprint now, 4 bytes, little-endian."""
        learns = [layer.learns for layer in model.namedLayers().values()]
        for layer, vector, _, _ in self._looked:
            if layer.parameterVector is not vector:  # the precision was changed
                self._looked = []
        if not self._looked or learns != self._learns:  # or a layer frozen
            self._learns = learns
            self._looked = [(layer, layer.parameterVector, *_tails(layer)) for layer in _lastLayers(model)]
        crc = 0
        for _, _, parameters, gradients in self._looked:
            crc = crc32(gradients, crc32(parameters, crc))
        return crc.to_bytes(4, "little")


def _lastLayers(model: Any) -> list[Any]:
    networks = {re.sub(r"\.\d+$", "", name): layer for name, layer in model.namedLayers().items() if layer.learns}
    return list(networks.values())


def _tails(layer: Any) -> tuple[memoryview, memoryview]:
    return layer.parameterVector[-LENGTH:].data, layer.gradientVector[-LENGTH:].data
