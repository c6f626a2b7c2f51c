"""Walks through a space of codes: between two of them, and along an attribute."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.arrays import asArray, realNumbers
from leibnet.types import Array

import numpy as np


def interpolate(start: Any, end: Any, steps: int = 10, spherical: bool = False) -> Array:
    """Codes on the way from one to another, (dim, steps), the two included.

        linear       (1 - α) start + α end                                       first lecture, 2.4
        spherical    sin((1 - α) θ)/sin θ · start + sin(α θ)/sin θ · end        θ the angle between the two

    α = 0, ..., 1 in equal steps. In many dimensions draws of N(0, I) lie near a sphere, and the straight way between
    two of them leaves it; the spherical one does not (White 2016, arXiv:1609.04468).

    Parameters
    ----------
    start, end : codes, (dim,) or (dim, 1).
    steps : at least 2; default 10.
    spherical : default False, the straight way.

    Example
    -------
    >>> interpolate([0.0, 0.0], [1.0, 2.0], steps=3)
    array([[0. , 0.5, 1. ],
           [0. , 1. , 2. ]])
    """
    start, end = _code("start", start), _code("end", end)
    if start.shape != end.shape:
        raise ValueError(refusal("interpolate", "end", f"a code of {len(start)} numbers, as start is", len(end)))
    alpha = np.linspace(0, 1, wholeNumber("interpolate", "steps", steps, least=2))
    if not spherical:
        return start * (1 - alpha) + end * alpha
    a, b = (code / (np.linalg.norm(code) or 1.0) for code in (start, end))
    theta = 2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))  # accurate also near 0 and π
    if np.sin(theta) < 1e-6 or not (a.any() and b.any()):  # no angle, or opposite: no arc is the shortest
        return start * (1 - alpha) + end * alpha
    return (start * np.sin((1 - alpha) * theta) + end * np.sin(alpha * theta)) / np.sin(theta)


def attributeVector(codes: Any, having: Any, lacking: Any) -> Array:
    """The mean of the codes that have an attribute minus the mean of those that lack it, (dim, 1).

    Added to a code with a factor α from 0 to 1, it gives the attribute to what the code stands for (Hou et al. 2016,
    arXiv:1610.00291; first lecture, 2.4).

    Parameters
    ----------
    codes : (dim, N).
    having, lacking : (N,) of bool, such as `labels == 3`, or indices.

    Example
    -------
    >>> codes, labels = np.array([[0.0, 2.0, 4.0]]), np.array([0, 1, 1])
    >>> attributeVector(codes, labels == 1, labels == 0)
    array([[3.]])
    """
    codes = realNumbers("attributeVector", "codes", codes, finite=True)
    if codes.ndim != 2:
        raise ValueError(refusal("attributeVector", "codes", "columns (dim, N)", codes.shape))
    means = [
        codes[:, _chosen(name, choice, codes.shape[1])].mean(axis=1, keepdims=True)
        for name, choice in (("having", having), ("lacking", lacking))
    ]
    return means[0] - means[1]


def _chosen(name: str, choice: Any, count: int) -> Array:
    """The indices that a mask or a list of indices chooses from `count` codes."""
    choice = asArray(choice, "attributeVector", name)
    if choice.dtype == bool and choice.shape == (count,):
        choice = np.flatnonzero(choice)
    if choice.size == 0:
        raise ValueError(refusal("attributeVector", name, f"a choice of one or more of {count} codes", choice))
    if choice.ndim != 1 or choice.dtype.kind not in "iu" or choice.min() < -count or choice.max() >= count:
        expected = f"a mask ({count},) of bool or a list of indices of {count} codes"
        raise ValueError(refusal("attributeVector", name, expected, choice))
    return choice


def _code(name: str, code: Any) -> Array:
    code = realNumbers("interpolate", name, code, np.dtype(float), finite=True)
    if code.ndim == 1:
        code = code[:, None]
    if code.ndim != 2 or code.shape[1] != 1:
        raise ValueError(refusal("interpolate", name, "one code (dim,) or (dim, 1) of finite numbers", code.shape))
    return code
