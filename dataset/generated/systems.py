"""Dynamic systems in continuous time, simulated: a hardening spring, Van der Pol's oscillator, a quadrotor's climb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.arguments import number
from leibnet.types import Array

import numpy as np

from dataset.generated.signals import Draw, inputsOf, levels, measured

State = tuple[float, float]
Derivative = Callable[[float, float, float], State]
SUBSTEPS = 4  # of the Runge-Kutta method in a time step


def duffing(
    inputs: int | Any,
    *,
    mass: float = 1.0,
    damping: float = 0.5,
    stiffness: float = 10.0,
    hardening: float = 100.0,
    timeStep: float = 0.05,
    noise: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> tuple[Array, Array]:
    """A mass on a spring that becomes harder the further it is stretched (Duffing's equation).

        m q'' + d q' + k q + h q^3 = u,        y = q

        u, y = duffing(2000, rng=0)

    Parameters
    ----------
    inputs : how many steps; then the force u [N] is drawn: levels uniform in [-5, 5], each held for 1 to 20 steps. Or
        the forces themselves, (steps,) or (steps, 1), each held for a time step.
    mass, damping, stiffness, hardening : m = 1 kg, d = 0.5 N s/m, k = 10 N/m, h = 100 N/m^3 by default.
    timeStep : between two samples, default 0.05 s. It is integrated in 4 steps of the Runge-Kutta method of order 4.
    noise : standard deviation of Gaussian noise on the measured outputs [m], default 0.
    rng : a generator or seed for inputs and noise; default the library's own for data.

    Returns
    -------
    (inputs, outputs), (steps, 1) each: the force [N] and the position [m]. outputs[t] is measured when inputs[t] begins
    to act; everything is at rest at first.

    Raises
    ------
    ValueError : inputs that are not finite, or for which the integration diverges; no steps.

    Source: G. Duffing 1918, "Erzwungene Schwingungen bei veränderlicher Eigenfrequenz". An electronic circuit of this
    equation is the benchmark Silverbox: Wigren & Schoukens 2013, "Three free data sets for development and
    benchmarking in nonlinear system identification".
    """
    owner = "duffing"
    mass = number(owner, "mass", mass, low=0, excluding="low")
    damping, stiffness = number(owner, "damping", damping, low=0), number(owner, "stiffness", stiffness, low=0)
    hardening = number(owner, "hardening", hardening, low=0)

    def derivative(q: float, v: float, u: float) -> State:
        return v, (u - damping * v - (stiffness + hardening * q * q) * q) / mass

    return _simulated(owner, derivative, (0.0, 0.0), 0, inputs, levels(-5, 5, 20), timeStep, noise, rng)


def vanDerPol(
    inputs: int | Any,
    *,
    damping: float = 1.0,
    timeStep: float = 0.1,
    noise: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> tuple[Array, Array]:
    """Van der Pol's oscillator, driven from outside. Alone it swings for ever: small swings grow, large ones shrink.

        q'' - c (1 - q^2) q' + q = u,        y = q

        u, y = vanDerPol(2000, rng=0)

    Parameters
    ----------
    inputs : how many steps; then u is drawn: levels uniform in [-3, 3], each held for 1 to 20 steps. Or the inputs
        themselves, (steps,) or (steps, 1), each held for a time step.
    damping : c, default 1. All quantities are without units.
    timeStep : between two samples, default 0.1. It is integrated in 4 steps of the Runge-Kutta method of order 4.
    noise : standard deviation of Gaussian noise on the measured outputs, default 0.
    rng : a generator or seed for inputs and noise; default the library's own for data.

    Returns
    -------
    (inputs, outputs), (steps, 1) each. outputs[t] is measured when inputs[t] begins to act; it begins at q = q' = 0.

    Raises
    ------
    ValueError : inputs that are not finite, or for which the integration diverges; no steps.

    Source: B. van der Pol 1926, "On relaxation-oscillations", Philosophical Magazine 2.
    """
    owner = "vanDerPol"
    damping = number(owner, "damping", damping, low=0)

    def derivative(q: float, v: float, u: float) -> State:
        return v, damping * (1 - q * q) * v - q + u

    return _simulated(owner, derivative, (0.0, 0.0), 0, inputs, levels(-3, 3, 20), timeStep, noise, rng)


def quadrotorClimb(
    inputs: int | Any,
    *,
    lag: float = 0.1,
    drag: float = 0.1,
    timeStep: float = 0.05,
    noise: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> tuple[Array, Array]:
    """The vertical axis of a quadrotor: rotors that follow their command with a lag, thrust, weight and drag.

        r' = (u - r) / T,        v' = g (r^2 - 1) - D |v| v,        y = v

    r is the speed of the rotors beside that at which it hovers. Their thrust goes with its square, so that it equals
    the weight at r = 1. D is the drag's coefficient beside the mass. The altitude is the integral of v, and not
    among the outputs: it drifts away under random commands.

        u, y = quadrotorClimb(2000, rng=0)

    Parameters
    ----------
    inputs : how many steps; then the commanded speed u of the rotors, beside that of hovering, is drawn: levels uniform
        in [0.6, 1.4], each held for 1 to 20 steps. Or the inputs themselves, (steps,) or (steps, 1), each held for a
        time step.
    lag : T, default 0.1 s.
    drag : D, default 0.1 1/m. g is 9.81 m/s^2.
    timeStep : between two samples, default 0.05 s. It is integrated in 4 steps of the Runge-Kutta method of order 4.
    noise : standard deviation of Gaussian noise on the measured outputs [m/s], default 0.
    rng : a generator or seed for inputs and noise; default the library's own for data.

    Returns
    -------
    (inputs, outputs), (steps, 1) each: the command and the climb rate v [m/s], up is positive. outputs[t] is measured
    when inputs[t] begins to act; it hovers at first.

    Raises
    ------
    ValueError : inputs that are not finite, or for which the integration diverges; no steps.

    Source: Mahony, Kumar & Corke 2012, "Multirotor aerial vehicles: modeling, estimation, and control of quadrotor",
    IEEE Robotics & Automation Magazine 19(3), for thrust and rotors; the drag is that of a blunt body, and the figures
    are of this library.
    """
    owner = "quadrotorClimb"
    lag = number(owner, "lag", lag, low=0, excluding="low")
    drag = number(owner, "drag", drag, low=0)

    def derivative(r: float, v: float, u: float) -> State:
        return (u - r) / lag, 9.81 * (r * r - 1) - drag * abs(v) * v

    return _simulated(owner, derivative, (1.0, 0.0), 1, inputs, levels(0.6, 1.4, 20), timeStep, noise, rng)


def _simulated(
    owner: str,
    derivative: Derivative,
    state: State,
    output: int,
    inputs: Any,
    draw: Draw,
    time_step: float,
    noise: float,
    rng: Any,
) -> tuple[Array, Array]:
    """Inputs and outputs (steps, 1) of a system x' = f(x, u), y = x[output], with u held for a time step."""
    h = number(owner, "timeStep", time_step, low=0, excluding="low") / SUBSTEPS
    u, generator = inputsOf(owner, inputs, rng, draw)
    outputs = []
    for force in u[:, 0].tolist():
        outputs.append(state[output])
        for _ in range(SUBSTEPS):
            state = _runge_kutta(derivative, *state, force, h)
    return u, measured(owner, outputs, noise, generator)


def _runge_kutta(f: Derivative, a: float, b: float, u: float, h: float) -> State:
    """The state (a, b) after a step h of the classical Runge-Kutta method of order 4 (Kutta 1901)."""
    a1, b1 = f(a, b, u)
    a2, b2 = f(a + h / 2 * a1, b + h / 2 * b1, u)
    a3, b3 = f(a + h / 2 * a2, b + h / 2 * b2, u)
    a4, b4 = f(a + h * a3, b + h * b3, u)
    return a + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4), b + h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
