"""What NumPy has been vectorised for on this processor."""

from __future__ import annotations

from functools import cache

import numpy as np

WIDE = {"X86_V4", "AVX512_SKX"}  # NumPy's names for AVX-512, in 2.4 and before


@cache
def log1pIsVectorised() -> bool:
    """Whether `np.log1p` computes several numbers at once: with AVX-512; elsewhere it takes twelve times as long."""
    extensions = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return not WIDE.isdisjoint(extensions.get("found", ()))
