"""Dynamic systems in discrete time on which models are compared: NARMA-10, a Wiener-Hammerstein system, deepSI's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from leibnet.types import Array

import numpy as np

from dataset.generated.signals import inputsOf, measured, uniform

BOUND = 0.7 + math.sqrt(0.29)  # the unstable equilibrium of NARMA-10 without inputs: beyond it, it grows for ever
BLOCK = 100  # steps of NARMA-10 whose inputs are drawn, and drawn anew if they lead beyond it

# The filters of the benchmark, by scipy.signal: cheby1(3, 0.5, 4400, fs=51200) and cheby2(3, 40, 5000, fs=51200).
FIRST = (0.01025255, 0.03075765, 0.03075765, 0.01025255), (1.0, -2.15194151, 1.74472958, -0.51076768)
SECOND = (0.00870616, -0.00459609, -0.00459609, 0.00870616), (1.0, -2.57486717, 2.23571655, -0.65262923)


def narma10(
    inputs: int | Any, *, noise: float = 0.0, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """NARMA-10, a nonlinear autoregressive moving average with a memory of ten steps.

        y(t+1) = 0.3 y(t) + 0.05 y(t) [y(t) + ... + y(t-9)] + 1.5 u(t-9) u(t) + 0.1

        u, y = narma10(4000, rng=0)

    Parameters
    ----------
    inputs : how many steps; then u is drawn, uniform in [0, 0.5]. About once in 100,000 steps such inputs make y grow
        for ever: the block of 100 steps in which it passes 1.239, the unstable equilibrium, is drawn anew. Or the
        inputs themselves, (steps,) or (steps, 1).
    noise : standard deviation of Gaussian noise on the measured outputs, default 0.
    rng : a generator or seed for inputs and noise; default the library's own for data.

    Returns
    -------
    (inputs, outputs), (steps, 1) each. outputs[t] = y(t) depends on the inputs up to t - 1; y and u were 0 before.

    Raises
    ------
    ValueError : inputs of your own for which y diverges, or that are not finite; no steps.

    Source: Atiya & Parlos 2000, "New results on recurrent network training: unifying the algorithms and accelerating
    convergence", IEEE Transactions on Neural Networks 11(3).
    """
    owner, is_drawn = "narma10", np.ndim(inputs) == 0
    u, generator = inputsOf(owner, inputs, rng, uniform(0, 0.5))
    y, before = [0.0] * 10, [0.0] * 9
    for start in range(0, len(u), BLOCK):
        block = u[start : start + BLOCK, 0]
        found = _narma(y[-10:], [*before, *block.tolist()])
        while is_drawn and max(found) > BOUND:
            block[:] = generator.uniform(0, 0.5, len(block))
            found = _narma(y[-10:], [*before, *block.tolist()])
        y += found
        before = [*before, *block.tolist()][-9:]
    return u, measured(owner, y[9:-1], noise, generator)


def wienerHammerstein(
    inputs: int | Any, *, noise: float = 0.0, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """A Wiener-Hammerstein system: a saturation between two linear filters.

        v = G u,        w = tanh(v),        y = H w

    G is a low-pass filter of Chebyshev of order 3 (ripple 0.5 dB, up to 0.086 of the sampling frequency), H an inverse
    one of order 3 (stopband of -40 dB from 0.098 on), the discrete forms of those in the benchmark, where a diode and
    a resistor stand in the place of tanh.

        u, y = wienerHammerstein(4000, rng=0)

    Parameters
    ----------
    inputs : how many steps; then u is drawn, uniform in [-3, 3]. Or the inputs themselves, (steps,) or (steps, 1).
    noise : standard deviation of Gaussian noise on the measured outputs, default 0.
    rng : a generator or seed for inputs and noise; default the library's own for data.

    Returns
    -------
    (inputs, outputs), (steps, 1) each. outputs[t] depends on the inputs up to t; all was 0 before.

    Raises
    ------
    ValueError : inputs that are not finite; no steps.

    Source: Schoukens, Suykens & Ljung 2009, "Wiener-Hammerstein benchmark", 15th IFAC Symposium on System
    Identification.
    """
    u, generator = inputsOf("wienerHammerstein", inputs, rng, uniform(-3, 3))
    outputs = _filtered(SECOND, [math.tanh(v) for v in _filtered(FIRST, u[:, 0].tolist())])
    return u, measured("wienerHammerstein", outputs, noise, generator)


def deepsiExample(
    inputs: int | Any, *, noise: float = 1e-3, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """The example system of the package deepSI: two states that feed each other.

        p(t+1) = p / (1.2 + q^2) + 0.4 q
        q(t+1) = q / (1.2 + p^2) + 0.4 p + u (1 + p^2 / 10),        y = p + 0.1 p q

        u, y = deepsiExample(10_000, rng=0)
        train, validation, test = slice(8000), slice(8000, 9000), slice(9000, None)     # as they stand there

    Parameters
    ----------
    inputs : how many steps; then u is drawn from N(0, 1). Or the inputs themselves, (steps,) or (steps, 1).
    noise : standard deviation of Gaussian noise on the measured outputs, default 0.001.
    rng : a generator or seed for inputs and noise; default the library's own for data.

    Returns
    -------
    (inputs, outputs), (steps, 1) each. outputs[t] depends on the inputs up to t - 1; p and q are 0 at first.

    Raises
    ------
    ValueError : inputs that are not finite, or for which it diverges; no steps.

    Source: G. Beintema, deepSI, README.md of December 2024, https://github.com/GerbenBeintema/deepSI.
    """
    owner = "deepsiExample"
    u, generator = inputsOf(owner, inputs, rng, lambda rng, steps: rng.standard_normal(steps))
    p, q, outputs = 0.0, 0.0, []
    for now in u[:, 0].tolist():
        outputs.append(p + 0.1 * p * q)
        p, q = p / (1.2 + q * q) + 0.4 * q, q / (1.2 + p * p) + 0.4 * p + now * (1 + p * p / 10)
    return u, measured(owner, outputs, noise, generator)


def _narma(y: list[float], u: list[float]) -> list[float]:
    """The outputs that follow ten outputs y under inputs u, of which the first nine have gone before."""
    found = list(y)
    for before, now in zip(u, u[9:], strict=False):
        found.append(0.3 * found[-1] + 0.05 * found[-1] * sum(found[-10:]) + 1.5 * before * now + 0.1)
    return found[10:]


def _filtered(coefficients: tuple[Sequence[float], Sequence[float]], signal: list[float]) -> list[float]:
    """a0 y(t) = b0 u(t) + ... + b3 u(t-3) - a1 y(t-1) - ... - a3 y(t-3), with a0 = 1 (direct form II, transposed)."""
    (b0, b1, b2, b3), (_, a1, a2, a3) = coefficients
    s1 = s2 = s3 = 0.0
    found = []
    for u in signal:
        y = b0 * u + s1
        s1, s2, s3 = b1 * u - a1 * y + s2, b2 * u - a2 * y + s3, b3 * u - a3 * y
        found.append(y)
    return found
