"""Files of indexes: packed codes in a safetensors file, and in its metadata how many bits they have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leibnet.plain import isCount, toJson
from leibnet.types import Array

import numpy as np

from nn.storage import modelfile

CODES, INDEX = "codes", "index"


def serialize(packed: Array, bits: int) -> bytes:
    """The content of a file, for packed codes (⌈bits/8⌉, N)."""
    from safetensors.numpy import save as pack

    tensors = {CODES: packed}
    metadata = {"format": "leibnet", "leibnet": toJson({"format": modelfile.FORMAT, INDEX: {"bits": bits}})}
    metadata["sha256"] = modelfile.digest(metadata, tensors)
    return pack(tensors, metadata)


def read(path: Path) -> tuple[Array, int]:
    """Packed codes and their bits. ValueError for any other file."""
    metadata, tensors = modelfile.read(path)
    bits = _bits(json.loads(metadata["leibnet"]).get(INDEX))
    packed = tensors.get(CODES)
    if not bits or packed is None or packed.dtype != np.uint8 or packed.ndim != 2 or not packed.shape[1]:
        raise ValueError(f"{path} holds no index of binary codes: give a file that HammingIndex.save wrote")
    if len(packed) != -(-bits // 8):
        raise ValueError(f"{path} is damaged: codes of {bits} bits in {len(packed)} bytes; take another copy")
    return packed, bits


def _bits(described: Any) -> int:
    """How many bits the codes have, 0 if that is not said."""
    bits = described.get("bits") if isinstance(described, dict) else None
    return bits if isinstance(bits, int) and isCount(bits) else 0
