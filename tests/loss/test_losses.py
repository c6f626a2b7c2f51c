"""Losses: values, gradients, and both from pre-activations where outputs round to 0 and 1."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import loss
from activations import Sigmoid, Softmax
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss

LOSSES = [MSE(), CrossEntropy(), CategoricalCrossEntropy()]
OUTPUTS = {"Sigmoid": Sigmoid(), "Softmax": Softmax()}
by_name = pytest.mark.parametrize("loss_", LOSSES, ids=repr)
by_output = pytest.mark.parametrize("output", OUTPUTS)


def test_every_exported_loss_is_examined():
    assert set(loss.__all__) - {"Loss"} == {one.name for one in LOSSES}


def test_values_by_hand():
    y = np.array([[1.0, 0.0], [0.0, 1.0]])
    a = np.array([[0.8, 0.3], [0.1, 0.6]])
    assert MSE().apply(y, a) == pytest.approx((0.04 + 0.01 + 0.09 + 0.16) / (2 * 2))
    bits = np.log(0.8) + np.log(0.9) + np.log(0.7) + np.log(0.6)
    assert CrossEntropy().apply(y, a) == pytest.approx(-bits / 2)
    assert CategoricalCrossEntropy().apply(y, a) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


@by_name
@given(outputs=st.integers(1, 6), samples=st.integers(1, 7), seed=st.integers(0, 2**32 - 1))
def test_summed_over_outputs_and_averaged_over_samples(loss_, outputs, samples, seed):
    rng = np.random.default_rng(seed)
    y, a = rng.uniform(0.05, 0.95, (2, outputs, samples))
    whole = loss_.apply(y, a)
    each = sum(loss_.apply(y[[i]][:, [j]], a[[i]][:, [j]]) for i in range(outputs) for j in range(samples))
    assert whole == pytest.approx(each / samples)
    gradient = loss_.derivative(y, a)
    for i, j in np.ndindex(outputs, samples):
        h = 1e-6
        up, down = a.copy(), a.copy()
        up[i, j] += h
        down[i, j] -= h
        numeric = (loss_.apply(y, up) - loss_.apply(y, down)) / (2 * h)
        assert gradient[i, j] == pytest.approx(numeric, rel=1e-5, abs=1e-7)


@by_name
@by_output
@given(outputs=st.integers(1, 5), samples=st.integers(1, 5), soft=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_pre_activation_form_is_the_same_loss(loss_, output, outputs, samples, soft, seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(outputs, samples)) * 2
    y = rng.uniform(size=z.shape) if soft else np.eye(outputs)[:, rng.integers(0, outputs, samples)]
    activation = OUTPUTS[output]
    a = activation.apply(z)
    if output == "Softmax" and outputs == 1:
        assert np.array_equal(loss_.derivativeLogits(y, z, output), np.zeros_like(z))
        return
    assert loss_.applyLogits(y, z, output) == pytest.approx(loss_.apply(y, a), rel=1e-9)
    through = activation.backward(loss_.derivative(y, a), z, a)
    assert np.allclose(loss_.derivativeLogits(y, z, output), through, rtol=1e-7, atol=1e-10)


def reference(name, output, y, z):
    """Value and gradient in 60 decimal digits, from the definitions: dLoss/dzᵢ = Σₖ dLoss/daₖ · daₖ/dzᵢ.

    The only care taken is that 1 - a is computed as what it is: σ(-z), or the share of the others. The third result is
    the sum of the magnitudes of the parts of each entry: near a change of sign of a softmax's gradient they cancel.
    """
    outputs, samples = z.shape
    value, gradient, size = Decimal(0), np.zeros(z.shape), np.zeros(z.shape)
    with localcontext() as context:
        context.prec = 60
        for k in range(samples):
            zs, ys = [Decimal(float(v)) for v in z[:, k]], [Decimal(float(v)) for v in y[:, k]]
            if output == "Sigmoid":
                a, rest = [1 / (1 + (-v).exp()) for v in zs], [1 / (1 + v.exp()) for v in zs]
            else:
                e = [v.exp() for v in zs]
                a = [v / sum(e) for v in e]
                rest = [sum(e[:i] + e[i + 1 :]) / sum(e) for i in range(outputs)]
            # a - y = (1 - y) a - y (1 - a)
            errors = [(1 - ys[i]) * a[i] - ys[i] * rest[i] for i in range(outputs)]
            if name == "MSE":
                value += sum(error**2 for error in errors) / 2
                slopes = errors
            elif name == "CrossEntropy":
                value -= sum(ys[i] * a[i].ln() + (1 - ys[i]) * rest[i].ln() for i in range(outputs))
                slopes = [(1 - ys[i]) / rest[i] - ys[i] / a[i] for i in range(outputs)]
            else:
                value -= sum(ys[i] * a[i].ln() for i in range(outputs))
                slopes = [-ys[i] / a[i] for i in range(outputs)]
            for i in range(outputs):
                others = range(outputs) if output == "Softmax" else [i]
                parts = [slopes[j] * a[j] * (rest[i] if i == j else -a[i]) for j in others]
                gradient[i, k] = float(sum(parts) / samples)
                size[i, k] = float(sum(map(abs, parts)) / samples)
    return float(value / samples), gradient, size


EXTREMES = [-1e4, -1e3, -100, -80, -30, -16, -5, -1, -0.0, 0.3, 2, 9, 17, 25, 60, 87, 500, 1e4]


@by_name
@by_output
@pytest.mark.parametrize("samples", [1, 3])
def test_accurate_in_single_precision_for_pre_activations_to_1e4(loss_, output, samples):
    """Every value and every entry of the gradient to 1e-5, relative to the parts it is the sum of."""
    rng = np.random.default_rng(5)
    tiny = float(np.finfo(np.float32).tiny)
    for extreme in EXTREMES:
        for outputs in (1, 2, 4) if output == "Sigmoid" else (2, 4):
            z = rng.normal(size=(outputs, samples))
            z[rng.integers(0, outputs), :] = extreme
            z = z.astype(np.float32)
            for label in range(outputs):
                y = np.zeros_like(z)
                y[label] = 1
                value, gradient, size = reference(loss_.name, output, y, z)
                got = loss_.derivativeLogits(y, z, output)
                assert got.dtype == np.float32
                assert np.isfinite(got).all()
                assert loss_.applyLogits(y, z, output) == pytest.approx(value, rel=1e-5, abs=tiny)
                assert (np.abs(got - gradient) <= 1e-5 * size + 10 * tiny).all(), (extreme, outputs, label)


@by_name
@by_output
def test_finite_and_right_when_all_pre_activations_are_huge(loss_, output):
    z = np.array([[1e4, -1e4, 1e4, -1e4], [-1e4, -1e4, 1e4, 1e4], [1e4, -1e4, -1e4, 0]], dtype=np.float32)
    for y in (np.eye(3, 4, dtype=np.float32), np.full((3, 4), 0.3, np.float32), np.ones((3, 4), np.float32)):
        value, gradient, size = reference(loss_.name, output, y, z)
        assert loss_.applyLogits(y, z, output) == pytest.approx(value, rel=1e-5)
        tiny = float(np.finfo(np.float32).tiny)
        assert (np.abs(loss_.derivativeLogits(y, z, output) - gradient) <= 1e-5 * size + 10 * tiny).all()


@by_name
def test_no_infinities_for_outputs_of_exactly_0_and_1(loss_):
    y, a = np.array([[1.0, 0.0, 1.0, 0.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    for dtype in (np.float32, np.float64):
        assert np.isfinite(loss_.apply(y.astype(dtype), a.astype(dtype)))
        assert np.isfinite(loss_.derivative(y.astype(dtype), a.astype(dtype))).all()


@by_name
@by_output
def test_precision_and_buffers(loss_, output):
    rng = np.random.default_rng(0)
    y = rng.uniform(size=(3, 4))  # a label in double precision makes nothing else so
    z = rng.normal(size=(3, 4)).astype(np.float32)
    a = OUTPUTS[output].apply(z)
    kept = y.copy(), z.copy()
    out = np.empty_like(z)
    assert loss_.derivative(y, a).dtype == np.float32
    assert loss_.derivative(y, a, out=out) is out
    assert loss_.derivativeLogits(y, z, output, out=out) is out
    first = loss_.derivativeLogits(y, z, output)
    second = loss_.derivativeLogits(y, -z, output)
    assert first.dtype == np.float32
    assert not np.shares_memory(first, second)
    assert np.array_equal(first, out)
    assert isinstance(loss_.apply(y, a), float)
    assert np.array_equal(kept[0], y)
    assert np.array_equal(kept[1], z)


@by_name
def test_label_of_the_wrong_shape(loss_):
    with pytest.raises(ValueError, match=r"label's shape \(2,\) differs from the output's \(2, 1\)"):
        loss_.apply(np.zeros(2), np.full((2, 1), 0.5))
    with pytest.raises(ValueError, match="differs"):
        loss_.derivativeLogits(np.zeros((1, 2)), np.full((2, 1), 0.5), "Sigmoid")


def test_a_loss_without_a_form_for_pre_activations_says_so():
    class Plain(Loss):
        def apply(self, y, a):
            return 0.0

        def derivative(self, y, a, out=None):
            return a

    with pytest.raises(NotImplementedError, match="Plain has no form for the pre-activation of Sigmoid"):
        Plain().applyLogits(np.zeros((1, 1)), np.zeros((1, 1)), "Sigmoid")


@by_name
def test_the_batch_is_the_last_axis(loss_):
    rng = np.random.default_rng(2)
    y, a, z = rng.uniform(0.1, 0.9, (3, 2, 3, 10))
    whole = loss_.apply(y.reshape(6, 10), a.reshape(6, 10))
    assert loss_.apply(y, a) == pytest.approx(whole)
    assert np.allclose(loss_.derivative(y, a).reshape(6, 10), loss_.derivative(y.reshape(6, 10), a.reshape(6, 10)))
    for output in OUTPUTS:
        a = OUTPUTS[output].apply(z)
        assert loss_.applyLogits(y, z, output) == pytest.approx(loss_.apply(y, a))
        gradient = loss_.derivative(y, a)
        if output == "Sigmoid":
            through = OUTPUTS[output].backward(gradient, z, a)
            assert np.allclose(loss_.derivativeLogits(y, z, output), through)
        else:
            through = a * (gradient - (a * gradient).sum(axis=0))
            assert np.allclose(loss_.derivativeLogits(y, z, output), through)


@by_name
def test_whole_numbers_and_lists(loss_):
    assert loss_.apply([[0.5, 0.25]], [[1, 1]]) == loss_.apply(np.array([[0.5, 0.25]]), np.array([[1.0, 1.0]]))
    with pytest.raises(ValueError, match="at least one column"):
        loss_.apply(np.ones((2, 0)), np.ones((2, 0)))


def test_cross_entropies_near_0_and_1_are_not_clipped_early():
    y, a = np.array([[1.0]]), np.array([[1e-30]])
    assert CrossEntropy().apply(y, a) == pytest.approx(30 * np.log(10))
    assert CategoricalCrossEntropy().apply(y, a) == pytest.approx(30 * np.log(10))


# Samples one by one, and the variance of MSE


@by_name
@given(outputs=st.integers(1, 5), samples=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_per_sample_is_the_loss_of_each_sample(loss_, outputs, samples, seed):
    rng = np.random.default_rng(seed)
    y, a = rng.uniform(0.05, 0.95, (2, outputs, samples))
    each = loss_.perSample(y, a)
    assert each.shape == (samples,)
    assert each == pytest.approx([loss_.apply(y[:, [i]], a[:, [i]]) for i in range(samples)])
    assert loss_.apply(y, a) == pytest.approx(each.mean())


@by_name
@by_output
@given(outputs=st.integers(1, 5), samples=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_per_sample_from_the_pre_activation(loss_, output, outputs, samples, seed):
    rng = np.random.default_rng(seed)
    y, z = rng.uniform(size=(outputs, samples)), 3 * rng.normal(size=(outputs, samples))
    each = loss_.perSampleLogits(y, z, output)
    assert each.shape == (samples,)
    assert each == pytest.approx([loss_.applyLogits(y[:, [i]], z[:, [i]], output) for i in range(samples)])
    assert loss_.applyLogits(y, z, output) == pytest.approx(each.mean())


def test_per_sample_sums_over_all_axes_of_a_sample():
    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 2, 3, 4))
    for loss_ in LOSSES:
        flat = loss_.perSample(y.reshape(6, 4), a.reshape(6, 4))
        assert loss_.perSample(y, a) == pytest.approx(flat)


def test_the_variance_divides_the_squared_error_and_its_gradient():
    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
    one, other = MSE(), MSE(variance=0.25)
    assert other.apply(y, a) == pytest.approx(4 * one.apply(y, a))
    assert other.derivative(y, a) == pytest.approx(4 * one.derivative(y, a))
    assert other.perSample(y, a) == pytest.approx(4 * one.perSample(y, a))
    for output in OUTPUTS:
        assert other.applyLogits(y, a, output) == pytest.approx(4 * one.applyLogits(y, a, output))
        assert other.derivativeLogits(y, a, output) == pytest.approx(4 * one.derivativeLogits(y, a, output))
    assert Loss.fromConfig(other.config()).variance == 0.25
    assert repr(other) == "MSE(variance=0.25)"


def test_with_its_constant_it_is_the_gaussian_log_density():
    y, a, c = np.array([[1.0], [2.0]]), np.array([[0.5], [2.5]]), 0.3
    density = np.prod(np.exp(-((y - a) ** 2) / (2 * c)) / np.sqrt(2 * np.pi * c))
    assert MSE(c).apply(y, a) + np.log(2 * np.pi * c) == pytest.approx(-np.log(density))


@pytest.mark.parametrize("variance", [0, -1, np.inf, np.nan, "1"])
def test_a_variance_that_is_none(variance):
    with pytest.raises(ValueError, match="MSE needs variance > 0"):
        MSE(variance)


def test_a_loss_written_anew_has_its_own_values_per_sample():
    class Hundredfold(CrossEntropy):
        def apply(self, y, a):
            return 100 * super().apply(y, a)

    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
    assert Hundredfold().perSample(y, a).mean() == pytest.approx(Hundredfold().apply(y, a))
