"""Files of indexes: packed codes in a safetensors file, and in its metadata how many bits they have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leibnet.plain import isCount, toJson
from leibnet.types import Array

import numpy as np

from nn.storage import modelfile
from nn.storage.tensorfile import packed

CODES, INDEX = "codes", "index"


def serialize(codes: Array, bits: int) -> bytes:
    """The content of a file, for packed codes (⌈bits/8⌉, N)."""
    metadata = {"format": "leibnet", "leibnet": toJson({"format": modelfile.FORMAT, INDEX: {"bits": bits}})}
    return packed({CODES: codes}, metadata)


def read(path: Path) -> tuple[Array, int]:
    """Packed codes and their bits. ValueError for any other file."""
    metadata, tensors = modelfile.read(path)
    bits = _bits(json.loads(metadata["leibnet"]).get(INDEX))
    codes = tensors.get(CODES)
    if not bits or codes is None or codes.dtype != np.uint8 or codes.ndim != 2 or not codes.shape[1]:
        raise ValueError(f"{path} holds no index of binary codes: give a file that HammingIndex.save wrote")
    if len(codes) != -(-bits // 8):
        raise ValueError(f"{path} is damaged: codes of {bits} bits in {len(codes)} bytes; take another copy")
    return codes, bits


def _bits(described: Any) -> int:
    """How many bits the codes have, 0 if that is not said."""
    bits = described.get("bits") if isinstance(described, dict) else None
    return bits if isinstance(bits, int) and isCount(bits) else 0
