"""Activation functions: values, derivatives, buffers, configuration, pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import activations
from activations import ELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from activations.floating import floating

ALL = [Identity(), Sigmoid(), Tanh(), ReLU(), LeakyReLU(), LeakyReLU(0.2), ELU(), ELU(0.5), Softmax()]
by_name = pytest.mark.parametrize("activation", ALL, ids=repr)


def test_every_exported_activation_is_examined():
    exported = {name for name in activations.__all__ if name != "Activation"}
    assert exported == {activation.name for activation in ALL}


def test_values_of_the_lecture():
    z = np.array([[-2.0, 0.0, 3.0]])
    assert np.allclose(Sigmoid().apply(z), 1 / (1 + np.exp(-z)))
    assert np.allclose(Tanh().apply(z), np.sinh(z) / np.cosh(z))
    assert np.array_equal(ReLU().apply(z), [[0, 0, 3]])
    assert np.array_equal(LeakyReLU(0.1).apply(z), [[-0.2, 0, 3]])
    assert np.allclose(ELU().apply(z), [[np.exp(-2) - 1, 0, 3]])
    assert np.allclose(ELU(2.0).apply(z), [[2 * (np.exp(-2) - 1), 0, 3]])
    assert np.array_equal(Identity().apply(z), z)
    assert np.allclose(Softmax().apply(z.T), np.exp(z.T) / np.exp(z).sum())


@by_name
@given(rows=st.integers(1, 6), samples=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_backward_is_the_product_with_the_derivative(activation, rows, samples, seed):
    rng = np.random.default_rng(seed)
    z, da = rng.normal(size=(2, rows, samples)) * 3
    derivative = activation.derivative(z)
    expected = np.einsum("ijk,ik->jk", derivative, da) if derivative.ndim == 3 else derivative * da
    assert np.allclose(activation.backward(da, z, activation.apply(z)), expected, rtol=1e-10, atol=1e-14)


@by_name
@pytest.mark.parametrize("shape", [(4, 3), (3, 1), (2, 3, 1), (3, 2, 4), (2, 2, 3, 1), (3, 2, 2, 2)], ids=str)
def test_backward_agrees_with_differences(activation, shape):
    assert not backward_is_wrong(activation, shape)


@by_name
def test_an_error_of_a_thousandth_is_found(activation, monkeypatch):
    right = type(activation).backward
    monkeypatch.setattr(type(activation), "backward", lambda *arguments: 1.001 * right(*arguments))
    assert backward_is_wrong(activation, (4, 3))


def backward_is_wrong(activation, shape):
    """Whether ⟨dz, u⟩ differs from ⟨da, (f(z + hu) - f(z - hu))/2h⟩ for random da and u, away from the kinks."""
    rng = np.random.default_rng(6)
    da, u = rng.normal(size=(2, *shape))
    z, h = rng.uniform(0.1, 2, shape) * rng.choice([-1, 1], shape), 1e-6
    numeric = np.vdot(da, activation.apply(z + h * u) - activation.apply(z - h * u)) / (2 * h)
    dz = activation.backward(da, z, activation.apply(z))
    return dz.shape != shape or not np.isclose(np.vdot(dz, u), numeric, rtol=1e-7, atol=1e-9)


@by_name
def test_derivative_agrees_with_differences(activation):
    z = np.array([[-3.0, -0.7, 0.4], [2.1, -1.3, 5.0]])
    h = 1e-6
    derivative = activation.derivative(z)
    if derivative.ndim == 2:
        numeric = (activation.apply(z + h) - activation.apply(z - h)) / (2 * h)
        assert np.allclose(derivative, numeric, rtol=1e-7, atol=1e-9)
    else:
        for j in range(len(z)):
            shift = h * np.eye(len(z))[:, [j]]
            numeric = (activation.apply(z + shift) - activation.apply(z - shift)) / (2 * h)
            assert np.allclose(derivative[:, j], numeric, rtol=1e-7, atol=1e-9)


@by_name
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_buffers_are_filled_and_arguments_left_alone(activation, dtype):
    rng = np.random.default_rng(3)
    z, da = rng.normal(size=(2, 4, 5)).astype(dtype)
    kept = z.copy(), da.copy()
    out, back = np.empty_like(z), np.empty_like(z)
    a = activation.apply(z, out=out)
    assert a is out
    assert a.dtype == dtype
    assert activation.backward(da, z, a, out=back) is back
    assert np.array_equal(out, activation.apply(z))
    assert np.array_equal(back, activation.backward(da, z, a))
    assert np.array_equal(kept, (z, da))
    assert not np.shares_memory(activation.apply(z), z)


@by_name
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_derivative_keeps_the_precision(activation, dtype):
    z = np.array([[-1.0, 0.0], [2.0, 3.0]], dtype=dtype)
    assert activation.derivative(z).dtype == dtype


@by_name
def test_whole_numbers_lists_and_single_numbers(activation):
    z = np.array([[-1, 0], [2, 3]])
    assert np.array_equal(activation.apply(z), activation.apply(z.astype(float)))
    assert np.array_equal(activation.apply(z.tolist()), activation.apply(z.astype(float)))
    assert np.array_equal(activation.derivative(z), activation.derivative(z.astype(float)))
    if not isinstance(activation, Softmax):
        assert activation.apply(0.5) == activation.apply(np.array([[0.5]]))
        assert activation.derivative(0.5) == activation.derivative(np.array([[0.5]]))


@by_name
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_and_in_range_for_huge_arguments(activation, dtype):
    z = np.array([[-1e4, 1e4, 0.0, -88.0, 1e4], [1e4, -1e4, 1e4, 88.0, 1e4]], dtype=dtype)
    a = activation.apply(z)
    back = activation.backward(np.ones_like(z), z, a)
    assert np.isfinite(a).all()
    assert np.isfinite(back).all()
    low, high = activation.range
    assert (low <= a).all()
    assert (a <= high).all()


def test_softmax_columns_are_distributions_and_its_jacobian_is_full():
    z = np.random.default_rng(0).normal(size=(5, 7)) * 10
    assert np.allclose(Softmax().apply(z).sum(axis=0), 1)
    jacobian = Softmax().derivative(z)
    assert jacobian.shape == (5, 5, 7)
    assert np.allclose(jacobian.sum(axis=0), 0)
    assert np.allclose(jacobian, jacobian.transpose(1, 0, 2))


def test_softmax_is_over_the_classes_of_every_step_and_every_pixel():
    rng = np.random.default_rng(1)
    z = rng.normal(size=(4, 3, 5))  # steps, classes, N
    assert np.array_equal(Softmax().apply(z), [Softmax().apply(step) for step in z])
    jacobian = Softmax().derivative(z)
    assert jacobian.shape == (4, 3, 3, 5)
    assert np.array_equal(jacobian, [Softmax().derivative(step) for step in z])
    z = rng.normal(size=(3, 2, 4, 5))  # classes, height, width, N
    a, jacobian = Softmax().apply(z), Softmax().derivative(z)
    assert jacobian.shape == (3, 3, 2, 4, 5)
    for i, j in np.ndindex(2, 4):
        assert np.array_equal(a[:, i, j], Softmax().apply(z[:, i, j]))
        assert np.array_equal(jacobian[:, :, i, j], Softmax().derivative(z[:, i, j]))


def test_derivatives_at_the_kink():
    zero = np.zeros((1, 1))
    assert ReLU().derivative(zero) == 0
    assert LeakyReLU(0.3).derivative(zero) == 0.3
    assert ELU(2.0).derivative(zero) == 2.0
    for activation, slope in ((ReLU(), 0), (LeakyReLU(0.3), 0.3), (ELU(2.0), 2.0)):
        assert activation.backward(np.ones((1, 1)), zero, activation.apply(zero)) == slope


@by_name
def test_configuration_makes_an_equal_activation(activation):
    again = Activation.fromConfig(activation.config())
    assert type(again) is type(activation)
    assert again.config() == activation.config()
    assert repr(again) == repr(activation)


def test_unknown_activation():
    with pytest.raises(ValueError, match="unknown activation 'Swish': known are .*ReLU"):
        Activation.fromConfig({"kind": "Swish"})


BAD = [float("nan"), float("inf"), -0.1, "0.1", None, True]


@pytest.mark.parametrize("epsilon", [*BAD, 1.0])
def test_leaky_slope_out_of_range(epsilon):
    with pytest.raises(refusal(epsilon), match="LeakyReLU: expected epsilon to be a finite number >= 0 and < 1, got"):
        LeakyReLU(epsilon)


@pytest.mark.parametrize("alpha", [*BAD, 0.0])
def test_elu_alpha_out_of_range(alpha):
    with pytest.raises(refusal(alpha), match="ELU: expected alpha to be a finite number > 0, got"):
        ELU(alpha)


def refusal(value):
    return ValueError if isinstance(value, float) else TypeError


@by_name
def test_draws_function_and_derivative(activation, tmp_path):
    figure = activation.plot(low=-4, high=4)
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    x = lines["function"].get_xdata()
    assert x[0] == -4
    assert x[-1] == 4
    slope = np.gradient(lines["function"].get_ydata(), x)
    smooth = np.abs(x) > 0.02
    assert np.allclose(lines["derivative"].get_ydata()[smooth], slope[smooth], atol=1e-2)
    figure.savefig(tmp_path / "activation.png")


def test_an_activation_of_your_own_needs_two_methods():
    class Square(Activation):
        def apply(self, z, out=None):
            return np.multiply(z, z, out=out)

        def derivative(self, z):
            return 2 * z

    z = np.array([[3.0]])
    assert Square().backward(np.ones((1, 1)), z, z**2) == 6
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (Activation,), {"apply": Square.apply})()


def test_a_version_that_computes_something_else_has_no_link():
    class Cooler(Sigmoid):
        def apply(self, z, out=None):
            return super().apply(z / 5, out)

    class Halved:
        def derivative(self, z):
            return super().derivative(z) / 2

    class Mixed(Halved, Softmax):
        pass

    class Watched(Softmax):
        link = Softmax.link

        def apply(self, z, out=None):
            return super().apply(z, out)

    class Named(Softmax):
        initializer = "he_normal"

    assert [one.link for one in ALL if one.link] == ["Sigmoid", "Softmax"]
    assert Cooler.link == Mixed.link == ""
    assert Watched.link == Named.link == "Softmax"


@by_name
def test_what_is_no_number_is_refused(activation):
    for z in (np.array([["a", "b"]]), np.ones((2, 2), complex), [[None, 1.0]]):
        with pytest.raises(TypeError, match="to be real numbers"):
            activation.apply(z)


def test_an_array_that_is_one_is_not_copied_before_it_is_used():
    z = np.ones((2, 3), np.float32)
    assert floating(z) is z
    swapped = z.astype(z.dtype.newbyteorder())
    assert floating(swapped).dtype.isnative
    assert np.array_equal(floating(swapped), z)


@pytest.mark.parametrize(
    "activation", [Identity(), Sigmoid(), Tanh(), ReLU(), LeakyReLU(0.2), ELU(), ELU(0.3)], ids=repr
)
def test_second_derivatives(activation):
    z, h = np.random.default_rng(0).normal(size=(5, 7)), 1e-5
    numeric = (activation.derivative(z + h) - activation.derivative(z - h)) / (2 * h)
    assert activation.isTwiceDifferentiable
    assert activation.secondDerivative(z) == pytest.approx(numeric, abs=1e-9)
    assert activation.secondDerivative(z.astype(np.float32)).dtype == np.float32


def test_an_activation_that_says_no_second_derivative():
    assert not Softmax().isTwiceDifferentiable
    with pytest.raises(NotImplementedError, match="Softmax.* does not say its second derivative"):
        Softmax().secondDerivative(np.zeros((2, 1)))
