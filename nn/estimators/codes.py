"""What the transformers have in common."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

from sklearn.utils.validation import check_array

from nn.estimators.networkestimator import PRECISIONS


def checked_codes(transformer: object, codes: Any, numbers: int) -> Array:
    """Codes (samples, numbers), as a transformer gives them, as an array of finite floats."""
    checked: Array = check_array(codes, dtype=PRECISIONS)
    if checked.shape[1] != numbers:
        expected = f"codes of shape (samples, {numbers})"
        raise ValueError(refusal(type(transformer).__name__, "X", expected, checked.shape))
    return checked


def keeping_precision(tags: Any) -> Any:
    """The tags of a transformer whose output has the precision of its input."""
    tags.transformer_tags.preserves_dtype = ["float64", "float32"]
    return tags
