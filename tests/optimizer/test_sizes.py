"""Very large and very small gradients."""

import warnings

import numpy as np
import pytest

from optimizer import SGD, Adam, Optimizer


def steps(optimizer, gradient, count=300, dtype=np.float32):
    """The lengths of the steps of one parameter with the same gradient always."""
    theta, lengths = np.zeros(1, dtype), []
    for _ in range(count):
        optimizer.update(theta, np.full(1, gradient, dtype))
        lengths.append(-float(theta[0]))
        theta[...] = 0
    return lengths


@pytest.mark.parametrize("size", [1, 200_000])
def test_adam_says_where_its_state_overflows(size):
    """V = v / (1 - β₂) has no room in single precision for the squares of 3e18 from step 39 on."""
    adam, theta, gradient = Adam(lr=1.0), np.zeros(size, np.float32), np.zeros(size, np.float32)
    gradient[-1] = 3e18
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(38):
            adam.update(theta, gradient)
        assert theta[-1] == pytest.approx(-38, rel=1e-4)
        with pytest.raises(OverflowError, match="Adam: in update 39 .* overflows float32, with gradients up to 3e.18"):
            adam.update(theta, gradient)
    assert theta[-1] == pytest.approx(-38, rel=1e-4)


@pytest.mark.parametrize("gradient", [3e18, 1e30, 1e150])
def test_double_precision_has_room(gradient):
    assert steps(Adam(lr=1.0), gradient, dtype=np.float64) == pytest.approx([1] * 300)


def test_one_gradient_whose_square_overflows_is_noticed_also_where_overflows_are_ignored():
    with np.errstate(all="ignore"), pytest.raises(OverflowError, match="in update 1 .* clipNorm=1"):
        steps(Adam(), 1e20)
    assert steps(Adam(lr=1.0, clipNorm=1.0), 1e20) == pytest.approx([1] * 300, rel=1e-4)


@pytest.mark.parametrize("epsilon", [1e-8, 1e-12, 1e-16, 1e-20, 1e-22])
@pytest.mark.parametrize("gradient", [1e-6, 1e-10, 1e-16, 1e-19, 1e-24])
@pytest.mark.parametrize("beta2", [0.999, 0.9, 0.5])
def test_small_gradients_beside_any_epsilon(epsilon, gradient, beta2):
    """A constant gradient g makes steps of g / (g + ε), whatever the two are."""
    found = steps(Adam(lr=1.0, epsilon=epsilon, beta2=beta2), gradient)
    square = np.float32(gradient) ** 2  # may be subnormal, or nothing: then g is small beside ε
    allowed = 1e-3 if square > 1e-37 or gradient < 1e-3 * epsilon else 0.2
    assert found == pytest.approx([gradient / (gradient + epsilon)] * 300, rel=allowed)


def test_an_epsilon_beside_which_squares_are_nothing_is_refused():
    with pytest.raises(ValueError, match="epsilon to be 1e-22 or more where parameters are float32, got 1e-25"):
        steps(Adam(epsilon=1e-25), 1e-24)
    assert steps(Adam(lr=1.0, epsilon=1e-25), 1e-20, dtype=np.float64) == pytest.approx([1] * 300, rel=1e-4)


def test_small_gradients_keep_their_momentum():
    found = steps(SGD(lr=1.0, momentum=0.9), 1e-31)
    assert found == pytest.approx([1e-31 * (1 - 0.9 ** (t + 1)) / 0.1 for t in range(300)], rel=1e-4)


class Adagrad(Optimizer):
    stateNames = ("s",)

    def _step(self, theta, gradient, state, step, work):
        state["s"] += gradient * gradient
        theta -= step * gradient / np.sqrt(state["s"])


def test_an_optimizer_of_ones_own_keeps_small_numbers():
    found = steps(Adagrad(lr=1.0), 1e-16)
    assert found == pytest.approx([1 / np.sqrt(t + 1) for t in range(300)], rel=1e-3)


@pytest.mark.parametrize("template", [SGD(momentum=0.9), Adam(beta2=0.9), Adam(beta2=0.9, epsilon=1e-12)], ids=repr)
def test_what_has_shrunk_to_a_subnormal_number_goes(template):
    theta, optimizer = np.ones(1, np.float32), template.clone()
    for t in range(10_000):
        optimizer.update(theta, np.full(1, 1.0 if t == 0 else 0.0, np.float32))
        if not any(array.any() for array in optimizer.state.values()):
            break
    assert not any(array.any() for array in optimizer.state.values())
