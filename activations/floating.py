"""What activations compute with: floats, in the precision that was given."""

from __future__ import annotations

from typing import Any

from leibnet.arrays import asArray, realNumbers
from leibnet.types import Array


def floating(z: Any) -> Array:
    """Numbers as an array of floats: z itself if it is one. TypeError for anything but real numbers."""
    z = asArray(z, "an activation", "z")
    if z.dtype.kind == "f" and z.dtype.isnative:
        return z
    z = realNumbers("an activation", "z", z)
    return z.astype(z.dtype.newbyteorder("=") if z.dtype.kind == "f" else float)
