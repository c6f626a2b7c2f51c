"""Losses of the outputs: values and gradients. Those of the pre-activations are in test_pairs.py."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import loss
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss

LOSSES = [MSE(), CrossEntropy(), CategoricalCrossEntropy()]
FORMS = [form for one in (*LOSSES, MSE(0.3)) for form in (one, one.after("Sigmoid"), one.after("Softmax"))]
by_name = pytest.mark.parametrize("loss_", LOSSES, ids=repr)
by_form = pytest.mark.parametrize("form", FORMS, ids=repr)


def test_every_exported_loss_is_examined():
    exported = [getattr(loss, name) for name in loss.__all__]
    losses = {one for one in exported if issubclass(one, Loss)} - {Loss, loss.GaussianLikelihood}  # in its own file
    assert losses == {type(one) for one in LOSSES}
    assert {type(form) for form in FORMS} == losses | {pair for one in losses for pair in one.pairs.values()}


# Value against gradient ----------------------------------------------------------------------------------------------


def gradient_is_wrong(form, y, x):
    """Whether the gradient differs from central differences of the value, entry by entry, in float64."""
    found, h = form.derivative(y, x), 1e-5
    numeric = np.empty_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += h
        down[place] -= h
        numeric[place] = (form.apply(y, up) - form.apply(y, down)) / (2 * h)
    return found.shape != x.shape or not np.allclose(found, numeric, rtol=1e-6, atol=1e-8)


@by_form
@pytest.mark.parametrize("shape", [(3, 1), (4, 3), (2, 3, 1), (3, 2, 4), (2, 2, 3, 1), (3, 2, 2, 2)], ids=str)
@pytest.mark.parametrize("label", ["hard", "soft"])
def test_the_gradient_is_that_of_the_value(form, shape, label):
    rng = np.random.default_rng(7)
    y, x = rng.uniform(0.1, 0.9, (2, *shape))
    y = y.round() if label == "hard" else y
    assert not gradient_is_wrong(form, y, x)
    assert form.apply(y, x) == pytest.approx(form.perSample(y, x).mean())


@by_form
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (10, 33), (2, 3, 4), (3, 2, 2, 2)], ids=str)
def test_value_and_derivative_are_those_of_the_two_methods(form, dtype, shape):
    rng = np.random.default_rng(8)
    y, x = rng.uniform(0.1, 0.9, (2, *shape)).astype(dtype)
    out = np.empty_like(x)
    value, derivative = form.valueAndDerivative(y, x, out)
    assert value == pytest.approx(form.apply(y, x), rel=1e-5 if dtype is np.float32 else 1e-13, abs=1e-7)
    assert np.array_equal(derivative, form.derivative(y, x))  # whether the value is wanted changes no bit
    assert derivative.dtype == dtype
    assert derivative is out or form in LOSSES


@pytest.mark.parametrize("base", [MSE, CrossEntropy, type(CrossEntropy().after("Sigmoid"))])
def test_a_subclass_that_computes_something_else_has_both_from_what_it_computes(base):
    class Double(base):
        def derivative(self, y, a, out=None):
            return 2 * super().derivative(y, a, out)

        def apply(self, y, a):
            return 2 * super().apply(y, a)

    y, x = np.random.default_rng(9).uniform(0.1, 0.9, (2, 3, 4))
    form = Double() if base in (MSE, CrossEntropy) else Double.__new__(Double)
    if base not in (MSE, CrossEntropy):
        vars(form).update(vars(CrossEntropy().after("Sigmoid")))
    value, derivative = form.valueAndDerivative(y, x)
    assert value == form.apply(y, x)
    assert np.array_equal(derivative, form.derivative(y, x))


@by_form
@pytest.mark.parametrize("everywhere", [True, False])
def test_an_error_of_a_thousandth_is_found(form, everywhere, monkeypatch):
    right = type(form).derivative

    def wrong(self, y, a, out=None):
        gradient = right(self, y, a, out)
        gradient[... if everywhere else (1, 0)] *= 1.001
        return gradient

    monkeypatch.setattr(type(form), "derivative", wrong)
    assert gradient_is_wrong(form, *np.random.default_rng(7).uniform(0.1, 0.9, (2, 4, 3)))


@by_form
def test_the_batch_is_the_last_axis(form):
    rng = np.random.default_rng(2)
    y, x = rng.uniform(0.1, 0.9, (2, 3, 2, 2, 5))
    whole = form.perSample(y, x)
    assert whole.shape == (5,)
    for n in range(5):
        one = slice(n, n + 1)
        assert form.apply(y[..., one], x[..., one]) == pytest.approx(whole[n])
        assert np.allclose(form.derivative(y, x)[..., one], form.derivative(y[..., one], x[..., one]) / 5, rtol=1e-12)


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
def test_no_infinities_for_outputs_of_exactly_0_and_1(loss_):
    y, a = np.array([[1.0, 0.0, 1.0, 0.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    for dtype in (np.float32, np.float64):
        assert np.isfinite(loss_.apply(y.astype(dtype), a.astype(dtype)))
        assert np.isfinite(loss_.derivative(y.astype(dtype), a.astype(dtype))).all()


@by_name
def test_precision_and_buffers(loss_):
    rng = np.random.default_rng(0)
    y = rng.uniform(size=(3, 4))  # a label in double precision makes nothing else so
    a = rng.uniform(0.1, 0.9, (3, 4)).astype(np.float32)
    kept = y.copy(), a.copy()
    out = np.empty_like(a)
    assert loss_.derivative(y, a).dtype == np.float32
    assert loss_.derivative(y, a, out=out) is out
    assert np.array_equal(out, loss_.derivative(y, a))
    assert not np.shares_memory(loss_.derivative(y, a), loss_.derivative(y, a))
    assert isinstance(loss_.apply(y, a), float)
    assert loss_.perSample(y, a).dtype == np.float32
    assert np.array_equal(kept[0], y)
    assert np.array_equal(kept[1], a)


@by_name
def test_label_of_the_wrong_shape(loss_):
    for call in (loss_.apply, loss_.perSample, loss_.derivative):
        with pytest.raises(ValueError, match=r"label's shape \(2,\) differs from the output's \(2, 1\)"):
            call(np.zeros(2), np.full((2, 1), 0.5))


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
    assert Loss.fromConfig(other.config()).variance == 0.25
    assert repr(other) == "MSE(variance=0.25)"


def test_with_its_constant_it_is_the_gaussian_log_density():
    y, a, c = np.array([[1.0], [2.0]]), np.array([[0.5], [2.5]]), 0.3
    density = np.prod(np.exp(-((y - a) ** 2) / (2 * c)) / np.sqrt(2 * np.pi * c))
    assert MSE(c).apply(y, a) + np.log(2 * np.pi * c) == pytest.approx(-np.log(density))


@pytest.mark.parametrize("variance", [0, -1, np.inf, np.nan, "1", True, None])
def test_a_variance_that_is_none(variance):
    kind = ValueError if isinstance(variance, (int, float)) and variance is not True else TypeError
    with pytest.raises(kind, match="MSE: expected variance to be a finite number > 0"):
        MSE(variance)


# The object, and losses of one's own ---------------------------------------------------------------------------------


@by_name
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_loss_is_described_and_copied(loss_, copied):
    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
    loss_.apply(y, a)
    for again in (copied(loss_), Loss.fromConfig(loss_.config())):
        assert type(again) is type(loss_)
        assert repr(again) == repr(loss_)
        assert again.apply(y, a) == loss_.apply(y, a)


def test_an_unknown_loss():
    with pytest.raises(ValueError, match="unknown loss 'Hinge': known are .*MSE.*import the module of your own"):
        Loss.fromConfig({"kind": "Hinge"})


def test_a_loss_of_your_own_needs_two_methods():
    class Absolute(Loss):
        def perSample(self, y, a):
            return np.abs(a - y).reshape(-1, y.shape[-1]).sum(axis=0)

        def derivative(self, y, a, out=None):
            return np.divide(np.sign(a - y), y.shape[-1], out=out)

    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 2, 3, 4))
    assert Absolute().apply(y, a) == pytest.approx(np.abs(a - y).sum() / 4)
    assert isinstance(Absolute().apply(y, a), float)
    assert not gradient_is_wrong(Absolute(), y, a)
    assert Absolute().after("Sigmoid") is None
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (Loss,), {"perSample": Absolute.perSample})()


def test_a_loss_written_anew_has_its_own_values_per_sample():
    class Hundredfold(CrossEntropy):
        def apply(self, y, a):
            return 100 * super().apply(y, a)

    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
    assert Hundredfold().perSample(y, a).mean() == pytest.approx(Hundredfold().apply(y, a))
    assert Hundredfold().perSample(y, a) == pytest.approx(100 * CrossEntropy().perSample(y, a))


def test_a_loss_with_values_per_sample_of_its_own_has_their_mean():
    class Weighted(CrossEntropy):
        def perSample(self, y, a):
            return np.arange(y.shape[-1]) * super().perSample(y, a)

    class Plain(Weighted):
        def apply(self, y, a):
            return 7.0

    y, a = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
    assert Weighted().apply(y, a) == pytest.approx(np.mean(np.arange(4) * CrossEntropy().perSample(y, a)))
    assert Plain().perSample(y, a) == pytest.approx([7.0] * 4)
