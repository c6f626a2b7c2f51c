"""Simulated systems: their equations, checked another way; bounded for ever; the same seed, the same numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import deepsiExample, duffing, narma10, quadrotorClimb, vanDerPol, wienerHammerstein
from dataset.generated.recurrences import BOUND, FIRST, SECOND

SYSTEMS = {
    "duffing": (duffing, 5.0, 1.5),
    "vanDerPol": (vanDerPol, 3.0, 5.0),
    "quadrotorClimb": (quadrotorClimb, 1.4, 15.0),
    "narma10": (narma10, 0.5, 1.24),
    "wienerHammerstein": (wienerHammerstein, 3.0, 2.0),
    "deepsiExample": (deepsiExample, 6.0, 10.0),
}
names = pytest.mark.parametrize("name", SYSTEMS)


@names
def test_outputs_are_bounded_and_finite_for_long(name):
    system, largest, bound = SYSTEMS[name]
    u, y = system(100_000 if name in ("narma10", "wienerHammerstein", "deepsiExample") else 10_000, rng=3)
    assert u.shape == y.shape
    assert np.isfinite(y).all()
    assert np.abs(u).max() <= largest
    assert y.std() > 0.05
    assert np.abs(y).max() < bound
    half = len(y) // 2
    assert y[:half].std() == pytest.approx(y[half:].std(), rel=0.2)  # it does not drift


@names
@given(st.integers(1, 60), st.integers(0, 9))
def test_inputs_that_are_given_back_give_the_same_outputs(name, steps, seed):
    system = SYSTEMS[name][0]
    u, y = system(steps, noise=0, rng=seed)
    assert u.shape == y.shape == (steps, 1)
    for again in (u, u[:, 0], u.tolist()):
        inputs, outputs = system(again, noise=0)
        assert np.array_equal(inputs, u)
        assert np.array_equal(outputs, y)
    part = steps // 2 + 1
    assert np.array_equal(system(u[:part], noise=0)[1], y[:part])  # the past does not know the future


@names
def test_the_same_seed_gives_the_same_numbers(name):
    system = SYSTEMS[name][0]
    for one, other in zip(
        system(50, noise=0.1, rng=7), system(50, noise=0.1, rng=np.random.default_rng(7)), strict=True
    ):
        assert np.array_equal(one, other)
    assert not np.array_equal(system(50, rng=7)[0], system(50, rng=8)[0])


@names
def test_noise_is_on_the_outputs_alone(name):
    system = SYSTEMS[name][0]
    u, y = system(2000, noise=0, rng=1)
    same, noisy = system(2000, noise=0.3, rng=1)
    assert np.array_equal(same, u)
    assert (noisy - y).std() == pytest.approx(0.3, rel=0.1)


def integrated(derivative, state, u, timeStep, parts=200):
    """Reference: Heun's method in small steps."""
    states, h = [], timeStep / parts
    x = np.array(state)
    for force in u[:, 0]:
        states.append(x)
        for _ in range(parts):
            first = derivative(x, force)
            x = x + h / 2 * (first + derivative(x + h * first, force))
    return np.array(states)


@pytest.mark.parametrize(
    ("system", "state", "output", "timeStep", "derivative"),
    [
        (duffing, (0.0, 0.0), 0, 0.05, lambda x, u: np.array([x[1], u - 0.5 * x[1] - 10 * x[0] - 100 * x[0] ** 3])),
        (vanDerPol, (0.0, 0.0), 0, 0.1, lambda x, u: np.array([x[1], (1 - x[0] ** 2) * x[1] - x[0] + u])),
        (
            quadrotorClimb,
            (1.0, 0.0),
            1,
            0.05,
            lambda x, u: np.array([(u - x[0]) / 0.1, 9.81 * (x[0] ** 2 - 1) - 0.1 * abs(x[1]) * x[1]]),
        ),
    ],
    ids=["duffing", "vanDerPol", "quadrotorClimb"],
)
def test_equations_in_continuous_time(system, state, output, timeStep, derivative):
    u, y = system(60, rng=2)
    assert np.allclose(y[:, 0], integrated(derivative, state, u, timeStep)[:, output], atol=2e-5)


def test_a_spring_at_rest_carries_its_load():
    for load in (1.0, 5.0):
        _, y = duffing(np.full(2000, load))
        assert 10 * y[-1, 0] + 100 * y[-1, 0] ** 3 == pytest.approx(load)
    _, y = duffing(np.full(2000, 3.0), mass=2, damping=3, stiffness=4, hardening=0)
    assert y[-1, 0] == pytest.approx(0.75)


def test_an_oscillator_that_is_left_alone_swings_for_ever():
    _, y = vanDerPol(np.r_[1.0, np.zeros(3000)])
    assert np.abs(y[-200:]).max() == pytest.approx(2.0, abs=0.02)  # the limit cycle for c = 1 reaches 2.009
    _, y = vanDerPol(np.r_[1.0, np.zeros(3000)], damping=3)
    assert np.abs(y[-200:]).max() == pytest.approx(2.02, abs=0.02)


def test_a_quadrotor_climbs_until_drag_holds_it():
    _, y = quadrotorClimb(np.full(1000, 1.2))
    assert y[-1, 0] == pytest.approx(np.sqrt(9.81 * (1.2**2 - 1) / 0.1))
    _, y = quadrotorClimb(np.ones(100))
    assert not y.any()


def test_narma10():
    u, y = narma10(400, rng=0)
    u, y = u[:, 0], y[:, 0]
    for t in range(10, 399):
        expected = 0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t - 9] * u[t] + 0.1
        assert y[t + 1] == pytest.approx(expected)
    assert y[0] == 0
    assert y[1] == pytest.approx(0.1)


def test_inputs_of_narma10_that_would_make_it_diverge_are_drawn_anew():
    seed = 2  # of which uniform inputs alone diverge at step 54,270
    u = np.random.default_rng(seed).uniform(0, 0.5, 60_000)
    with pytest.raises(ValueError, match="such that the outputs stay finite"):
        narma10(u)
    drawn, y = narma10(60_000, rng=seed)
    assert np.array_equal(drawn[:50_000, 0], u[:50_000])
    assert y.max() <= BOUND
    assert pytest.approx(BOUND, rel=1e-6) == 0.3 * BOUND + 0.5 * BOUND**2 + 0.1  # an equilibrium


def test_wiener_hammerstein_is_linear_for_small_inputs_and_saturates_for_large_ones():
    signal = pytest.importorskip("scipy.signal")
    first, second = signal.cheby1(3, 0.5, 4400, fs=51200), signal.cheby2(3, 40, 5000, fs=51200)
    for coefficients, expected in zip((*FIRST, *SECOND), (*first, *second), strict=True):
        assert np.allclose(coefficients, expected, atol=1e-8)
    u, y = wienerHammerstein(500, rng=0)
    expected = signal.lfilter(*SECOND, np.tanh(signal.lfilter(*FIRST, u[:, 0])))
    assert np.allclose(y[:, 0], expected)
    assert np.allclose(
        wienerHammerstein(1e-4 * u)[1][:, 0], signal.lfilter(*SECOND, signal.lfilter(*FIRST, 1e-4 * u[:, 0]))
    )
    assert wienerHammerstein(np.full(500, 100.0))[1][-1, 0] == pytest.approx(1.0, rel=1e-4)


def test_the_example_of_deepsi():
    u, y = deepsiExample(200, noise=0, rng=0)
    x, outputs = [0, 0], []
    for uk in u[:, 0]:  # as it stands in its README
        outputs.append(x[1] * x[0] * 0.1 + x[0])
        x = x[0] / (1.2 + x[1] ** 2) + x[1] * 0.4, x[1] / (1.2 + x[0] ** 2) + x[0] * 0.4 + uk * (1 + x[0] ** 2 / 10)
    assert np.allclose(y[:, 0], outputs)


@names
@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((0,), ValueError, "inputs to be a whole number of at least 1"),
        ((2.5,), TypeError, "inputs to be a whole number"),
        ((np.ones((5, 2)),), ValueError, r"\(steps,\) or \(steps, 1\), got \(5, 2\)"),
        (([1.0, np.nan],), ValueError, "finite numbers, got nan; it is feature 0 at step 1"),
        (([],), ValueError, "not empty"),
    ],
    ids=["none", "a half", "two", "nan", "empty"],
)
def test_bad_inputs(name, arguments, kind, message):
    with pytest.raises(kind, match=f"{name}: expected.*{message}"):
        SYSTEMS[name][0](*arguments)


@pytest.mark.parametrize(
    ("system", "options", "name"),
    [
        (duffing, {"mass": 0}, "mass"),
        (duffing, {"damping": -1}, "damping"),
        (duffing, {"stiffness": -1}, "stiffness"),
        (duffing, {"hardening": -1}, "hardening"),
        (duffing, {"timeStep": 0}, "timeStep"),
        (vanDerPol, {"damping": -1}, "damping"),
        (quadrotorClimb, {"lag": 0}, "lag"),
        (quadrotorClimb, {"drag": -1}, "drag"),
        (narma10, {"noise": -1}, "noise"),
    ],
)
def test_bad_options(system, options, name):
    with pytest.raises(ValueError, match=f"expected {name} to be a finite number"):
        system(5, **options)
