"""Exponential functions that the compiler can vectorise, for float32 and float64, to the last bit or two.

numba takes those of the system's C library, one number at a time; here they are made of polynomials. NaN stays NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import overload

single, double = np.float32, np.float64
OPTIONS = {"fastmath": {"contract"}, "error_model": "numpy"}  # products and sums may be rounded once


def exp(x: Any) -> Any:
    """exp(x) for x up to 80, 0 where that would be no normal number."""


def expm1(x: Any) -> Any:
    """exp(x) - 1, exact near 0, for x up to 80."""


def log1p(x: Any) -> Any:
    """ln(1 + x) for -1/2 ≤ x ≤ 1, exact near 0."""


def tanh(x: Any) -> Any:
    """tanh(x), exact near 0."""


# exp(x) = 2ⁿ exp(r) with n = ⌊x/ln 2 + 1/2⌋ and |r| ≤ ln 2 / 2: of r a Taylor polynomial, 2ⁿ by its bits. ln 2 is taken
# in two parts, of which the first has so few bits that n times it is exact (Cody and Waite 1980).

LOG2E_SINGLE, HIGH_SINGLE, LOW_SINGLE = single(1.4426950408889634), single(0.693359375), single(-2.12194440e-4)
LOG2E_DOUBLE, HIGH_DOUBLE, LOW_DOUBLE = 1.4426950408889634, 6.93145751953125e-1, 1.42860682030941723212e-6
S2, S3, S4, S5, S6, S7 = (single(1 / math.factorial(k)) for k in range(2, 8))
D2, D3, D4, D5, D6, D7, D8, D9, D10, D11, D12, D13 = (1 / math.factorial(k) for k in range(2, 14))


@numba.njit(**OPTIONS)
def _split_single(x):
    """exp(r) - 1 and 2ⁿ."""
    n = np.floor(x * LOG2E_SINGLE + single(0.5))
    r = (x - n * HIGH_SINGLE) - n * LOW_SINGLE
    p = r + r * r * (S2 + r * (S3 + r * (S4 + r * (S5 + r * (S6 + r * S7)))))
    return p, np.int32((np.int32(n) + 127) << 23).view(single)


@numba.njit(**OPTIONS)
def _split_double(x):
    n = np.floor(x * LOG2E_DOUBLE + 0.5)
    r = (x - n * HIGH_DOUBLE) - n * LOW_DOUBLE
    tail = D8 + r * (D9 + r * (D10 + r * (D11 + r * (D12 + r * D13))))
    p = r + r * r * (D2 + r * (D3 + r * (D4 + r * (D5 + r * (D6 + r * (D7 + r * tail))))))
    return p, np.int64((np.int64(n) + 1023) << 52).view(double)


def _for_both(name, ofSingle, ofDouble):
    """The implementation of a function above for both precisions."""

    def implementation(x):
        return ofSingle if x == types.float32 else ofDouble if x == types.float64 else None

    overload(name, jit_options=OPTIONS, inline="never")(implementation)


def _exp_single(x):
    p, scale = _split_single(max(x, single(-87.0)))
    return single(0) if x < single(-87.0) else p * scale + scale


def _exp_double(x):
    p, scale = _split_double(max(x, -708.0))
    return 0.0 if x < -708.0 else p * scale + scale


def _expm1_single(x):
    p, scale = _split_single(min(max(x, single(-87.0)), single(88.0)))
    return p * scale + (scale - single(1))


def _expm1_double(x):
    p, scale = _split_double(min(max(x, -708.0), 709.0))
    return p * scale + (scale - 1.0)


# ln(1 + x) = 2 artanh(s) with s = x/(2 + x), |s| ≤ 1/3, and artanh(s)/s = Σ s²ᵏ/(2k + 1)

A1, A2, A3, A4, A5, A6, A7 = (single(1 / (2 * k + 1)) for k in range(1, 8))
B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15 = (1 / (2 * k + 1) for k in range(1, 16))


def _log1p_single(x):
    s = x / (single(2) + x)
    q = s * s
    series = q * (A1 + q * (A2 + q * (A3 + q * (A4 + q * (A5 + q * (A6 + q * A7))))))
    return single(2) * (s + s * series)


def _log1p_double(x):
    s = x / (2.0 + x)
    q = s * s
    tail = B8 + q * (B9 + q * (B10 + q * (B11 + q * (B12 + q * (B13 + q * (B14 + q * B15))))))
    series = q * (B1 + q * (B2 + q * (B3 + q * (B4 + q * (B5 + q * (B6 + q * (B7 + q * tail)))))))
    return 2.0 * (s + s * series)


def _tanh_single(x):
    # tanh |x| = -w/(2 + w) with w = exp(-2|x|) - 1
    p, scale = _split_single(max(single(-2) * abs(x), single(-87.0)))
    w = p * scale + (scale - single(1))
    return math.copysign(-w / (single(2) + w), x)


def _tanh_double(x):
    p, scale = _split_double(max(-2.0 * abs(x), -708.0))
    w = p * scale + (scale - 1.0)
    return math.copysign(-w / (2.0 + w), x)


_for_both(exp, _exp_single, _exp_double)
_for_both(expm1, _expm1_single, _expm1_double)
_for_both(log1p, _log1p_single, _log1p_double)
_for_both(tanh, _tanh_single, _tanh_double)
