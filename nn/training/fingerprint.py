"""A number for the state of a training, to see whether another one went the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from zlib import crc32

from layers import Layer, Learning

LENGTH = 64  # numbers of a network that are looked at


class Layered(Protocol):
    """What a fingerprint is of."""

    def namedLayers(self) -> Mapping[str, Layer]:
        """The layers by name: "layers.0", "generator.layers.2", ..."""


class Fingerprint:
    """CRC-32 of a model after an update: of the last parameters and gradients of each of its networks.

    They are those of the last layer that learns, which depend on all that comes before it. It takes a microsecond; the
    layers are those that the model has at the first fingerprint.
    """

    def __init__(self) -> None:
        self._model: Layered | None = None
        self._layers: dict[str, Learning] = {}
        self._seen: list[tuple[Learning, Any, memoryview, memoryview]] = []
        self._learns: list[bool] = []

    def of(self, model: Layered) -> bytes:
        """The fingerprint now, 4 bytes, little-endian."""
        if model is not self._model:
            named = model.namedLayers()
            self._layers = {name: layer for name, layer in named.items() if isinstance(layer, Learning)}
            self._model, self._seen = model, []
        learns = [layer.learns for layer in self._layers.values()]
        for layer, vector, _, _ in self._seen:
            if layer.parameterVector is not vector:  # the precision was changed
                self._seen = []
        if not self._seen or learns != self._learns:  # or a layer frozen
            self._learns = learns
            self._seen = [(layer, layer.parameterVector, *_tails(layer)) for layer in self._last()]
        crc = 0
        for _, _, parameters, gradients in self._seen:
            crc = crc32(gradients, crc32(parameters, crc))
        return crc.to_bytes(4, "little")

    def _last(self) -> list[Learning]:
        """The last layer that learns of each network."""
        networks = {re.sub(r"\.\d+$", "", name): layer for name, layer in self._layers.items() if layer.learns}
        return list(networks.values())


def _tails(layer: Learning) -> tuple[memoryview, memoryview]:
    return layer.parameterVector[-LENGTH:].data, layer.gradientVector[-LENGTH:].data
