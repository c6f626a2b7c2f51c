"""Safetensors files: arrays by name and texts beside them, among these a checksum; every such file is made here.

Files that say the same are equal to the bit.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping

from leibnet.types import Array

import numpy as np

CHECKSUM = "sha256"


def packed(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """The content of a file with these arrays and metadata, to which their checksum is added as "sha256"."""
    from safetensors.numpy import save

    said = dict(metadata) | {CHECKSUM: digest(metadata, tensors)}
    content = save(dict(tensors), said)
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end]) | {"__metadata__": said}  # safetensors puts them in a random order
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # the arrays stay aligned
    return b"".join((len(text).to_bytes(8, "little"), text, memoryview(content)[end:]))


def unpacked(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Metadata and arrays of any safetensors file, unchecked.

    Raises
    ------
    SafetensorError, TypeError, ValueError, AttributeError : another or a damaged file, or numbers that NumPy has not.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return file.metadata() or {}, {name: file.get_tensor(name) for name in list(file.keys())}


def digest(metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> str:
    """The checksum of a file: SHA-256 of all that it says."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, array in sorted(tensors.items()):
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
