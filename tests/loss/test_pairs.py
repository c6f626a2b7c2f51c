"""Losses of the pre-activation: what a loss gives `after` an activation, and how accurate it is."""

import copy
import json
import pickle
import sys
import threading
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Identity, Sigmoid, Softmax
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss
from loss.pair import Pair
from loss.sigmoid import CrossEntropyAfterSigmoid, MSEAfterSigmoid

LOSSES = [MSE(), CrossEntropy(), CategoricalCrossEntropy()]
OUTPUTS = {"Sigmoid": Sigmoid(), "Softmax": Softmax()}
by_name = pytest.mark.parametrize("loss", LOSSES, ids=repr)
by_output = pytest.mark.parametrize("output", OUTPUTS)


@by_name
@by_output
def test_every_loss_has_a_pair_after_both(loss, output):
    pair = loss.after(output)
    assert isinstance(pair, Pair)
    assert pair.loss is loss
    assert pair.name == f"{loss.name}After{output}"
    assert pair is not loss.after(output)


@by_name
def test_no_pair_after_an_activation_that_no_loss_knows(loss):
    assert loss.after(Identity.link) is None
    assert loss.after("Swish") is None
    assert loss.after("Sigmoid").after("Sigmoid") is None


@by_name
@by_output
@given(outputs=st.integers(1, 5), samples=st.integers(1, 5), soft=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_a_pair_is_the_same_loss(loss, output, outputs, samples, soft, seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(outputs, samples)) * 2
    y = rng.uniform(size=z.shape) if soft else np.eye(outputs)[:, rng.integers(0, outputs, samples)]
    activation, pair = OUTPUTS[output], loss.after(output)
    a = activation.apply(z)
    if output == "Softmax" and outputs == 1:
        assert np.array_equal(pair.derivative(y, z), np.zeros_like(z))
        return
    assert pair.apply(y, z) == pytest.approx(loss.apply(y, a), rel=1e-9)
    through = activation.backward(loss.derivative(y, a), z, a)
    assert np.allclose(pair.derivative(y, z), through, rtol=1e-7, atol=1e-10)


@by_name
@by_output
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5), (3, 2, 4, 2)], ids=str)
def test_a_pair_is_the_same_loss_for_vectors_sequences_and_images(loss, output, shape):
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=shape), rng.uniform(size=shape)
    activation, pair = OUTPUTS[output], loss.after(output)
    a = activation.apply(z)
    assert pair.apply(y, z) == pytest.approx(loss.apply(y, a), rel=1e-9)
    assert np.allclose(pair.perSample(y, z), loss.perSample(y, a), rtol=1e-9)
    through = activation.backward(loss.derivative(y, a), z, a)
    found = pair.derivative(y, z)
    assert found.shape == shape
    assert np.allclose(found, through, rtol=1e-7, atol=1e-10)
    out = np.full(shape, np.nan)
    assert pair.derivative(y, z, out=out) is out
    assert np.array_equal(out, found)


@by_name
@by_output
def test_a_sequence_costs_what_its_steps_cost_and_an_image_what_its_pixels_cost(loss, output):
    rng = np.random.default_rng(2)
    pair = loss.after(output)
    y, z = rng.uniform(size=(4, 3, 5)), rng.normal(size=(4, 3, 5))  # 4 steps
    steps = [(pair.apply(y[t], z[t]), pair.derivative(y[t], z[t])) for t in range(4)]
    assert pair.apply(y, z) == pytest.approx(sum(value for value, _ in steps))
    assert np.allclose(pair.derivative(y, z), [gradient for _, gradient in steps], rtol=1e-12)
    y, z = rng.uniform(size=(3, 2, 2, 5)), rng.normal(size=(3, 2, 2, 5))  # 2 x 2 pixels, each with 3 classes
    assert pair.apply(y, z) == pytest.approx(sum(pair.apply(y[:, i, j], z[:, i, j]) for i, j in np.ndindex(2, 2)))
    for i, j in np.ndindex(2, 2):
        assert np.allclose(pair.derivative(y, z)[:, i, j], pair.derivative(y[:, i, j], z[:, i, j]), rtol=1e-12)


@by_name
@by_output
@given(outputs=st.integers(1, 5), samples=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_per_sample_from_the_pre_activation(loss, output, outputs, samples, seed):
    rng = np.random.default_rng(seed)
    y, z = rng.uniform(size=(outputs, samples)), 3 * rng.normal(size=(outputs, samples))
    pair = loss.after(output)
    each = pair.perSample(y, z)
    assert each.shape == (samples,)
    assert each == pytest.approx([pair.apply(y[:, [i]], z[:, [i]]) for i in range(samples)])
    assert pair.apply(y, z) == pytest.approx(each.mean())


# Accuracy ------------------------------------------------------------------------------------------------------------


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
def test_accurate_in_single_precision_for_pre_activations_to_1e4(loss, output, samples):
    """Every value and every entry of the gradient to 1e-5, relative to the parts it is the sum of."""
    rng = np.random.default_rng(5)
    tiny = float(np.finfo(np.float32).tiny)
    pair = loss.after(output)
    for extreme in EXTREMES:
        for outputs in (1, 2, 4) if output == "Sigmoid" else (2, 4):
            z = rng.normal(size=(outputs, samples))
            z[rng.integers(0, outputs), :] = extreme
            z = z.astype(np.float32)
            for label in range(outputs):
                y = np.zeros_like(z)
                y[label] = 1
                value, gradient, size = reference(loss.name, output, y, z)
                got = pair.derivative(y, z)
                assert got.dtype == np.float32
                assert np.isfinite(got).all()
                assert pair.apply(y, z) == pytest.approx(value, rel=1e-5, abs=tiny)
                assert pair.perSample(y, z).mean(dtype=float) == pytest.approx(value, rel=1e-5, abs=tiny)
                assert (np.abs(got - gradient) <= 1e-5 * size + 10 * tiny).all(), (extreme, outputs, label)


@by_name
@by_output
def test_finite_and_right_when_all_pre_activations_are_huge(loss, output):
    z = np.array([[1e4, -1e4, 1e4, -1e4], [-1e4, -1e4, 1e4, 1e4], [1e4, -1e4, -1e4, 0]], dtype=np.float32)
    pair = loss.after(output)
    for y in (np.eye(3, 4, dtype=np.float32), np.full((3, 4), 0.3, np.float32), np.ones((3, 4), np.float32)):
        value, gradient, size = reference(loss.name, output, y, z)
        assert pair.apply(y, z) == pytest.approx(value, rel=1e-5)
        tiny = float(np.finfo(np.float32).tiny)
        assert (np.abs(pair.derivative(y, z) - gradient) <= 1e-5 * size + 10 * tiny).all()


REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: f"{case['loss']['kind']} {case['link']}")
def test_numbers_of_before(case):
    loss = Loss.fromConfig(case["loss"])
    y, z = np.float32(REFERENCE["labels"][case["label"]]), np.float32(REFERENCE["z"])
    if case["link"]:
        form = loss.after(case["link"])
    else:
        form, y, z = loss, y[:, :3], Softmax().apply(z[:, :3])
    assert form.apply(y, z) == pytest.approx(case["value"], rel=1e-6)
    assert form.derivative(y, z) == pytest.approx(np.array(case["gradient"]), rel=1e-5, abs=1e-7)


# The object ----------------------------------------------------------------------------------------------------------


@by_name
@by_output
def test_precision_and_buffers(loss, output):
    rng = np.random.default_rng(0)
    y = rng.uniform(size=(3, 4))  # a label in double precision makes nothing else so
    z = rng.normal(size=(3, 4)).astype(np.float32)
    kept, pair = (y.copy(), z.copy()), loss.after(output)
    out = np.empty_like(z)
    assert pair.derivative(y, z, out=out) is out
    first, each = pair.derivative(y, z), pair.perSample(y, z)
    before = each.copy()
    second = pair.derivative(y, -z)
    assert first.dtype == np.float32
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(each, pair.perSample(y, -z))
    assert np.array_equal(each, before)
    assert np.array_equal(first, out)
    assert isinstance(pair.apply(y, z), float)
    assert np.array_equal(kept[0], y)
    assert np.array_equal(kept[1], z)


@by_name
@by_output
def test_value_and_gradient_follow_the_z_that_is_given(loss, output):
    """Not the one of before, also if it has been changed in place."""
    rng = np.random.default_rng(0)
    y, z = rng.uniform(size=(3, 4)), rng.normal(size=(3, 4))
    pair = loss.after(output)
    pair.apply(y, z)
    z *= -2
    fresh = loss.after(output)
    assert np.array_equal(pair.derivative(y, z), fresh.derivative(y, z))
    whole = z.round()  # the same numbers in both precisions
    pair.apply(y, whole)
    assert pair.derivative(y, whole.astype(np.float32)).dtype == np.float32
    assert pair.perSample(y, whole.astype(np.float32)).dtype == np.float32


@by_name
@by_output
def test_a_label_of_the_wrong_shape(loss, output):
    pair = loss.after(output)
    for call in (pair.apply, pair.perSample, pair.derivative):
        with pytest.raises(ValueError, match=r"label's shape \(1, 2\) differs from the output's \(2, 1\)"):
            call(np.zeros((1, 2)), np.full((2, 1), 0.5))
        with pytest.raises(ValueError, match="at least one column"):
            call(np.zeros((2, 0)), np.zeros((2, 0)))


def test_it_follows_its_loss():
    y, z = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
    one, other = MSE(), MSE(variance=0.25)
    for output in OUTPUTS:
        single, quarter = one.after(output), other.after(output)
        assert quarter.apply(y, z) == pytest.approx(4 * single.apply(y, z))
        assert quarter.perSample(y, z) == pytest.approx(4 * single.perSample(y, z))
        assert quarter.derivative(y, z) == pytest.approx(4 * single.derivative(y, z))
    before = quarter.apply(y, z)
    other.variance = 0.5
    assert quarter.apply(y, z) == pytest.approx(before / 2)


@by_output
def test_it_is_described_with_its_loss(output):
    pair = MSE(0.25).after(output)
    assert pair.config() == {"kind": f"MSEAfter{output}", "loss": {"kind": "MSE", "variance": 0.25}}
    again = Loss.fromConfig(pair.config())
    assert type(again) is type(pair)
    assert again.loss.variance == 0.25
    assert repr(again) == f"MSEAfter{output}(loss=MSE(variance=0.25))"


@pytest.mark.parametrize("wrong", [CrossEntropy(), MSE, "MSE", None, 0.5], ids=repr)
def test_a_pair_of_another_loss_is_refused(wrong):
    with pytest.raises(TypeError, match="MSEAfterSigmoid: expected loss to be a loss that names MSEAfterSigmoid"):
        MSEAfterSigmoid(wrong)


@by_name
@by_output
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copies_compute_the_same_and_share_nothing(loss, output, copied):
    rng = np.random.default_rng(3)
    y, z = rng.uniform(size=(3, 4)), rng.normal(size=(3, 4))
    pair = loss.after(output)
    expected = pair.apply(y, z), pair.derivative(y, z)
    for one in (copied(pair), copied(loss).after(output)):
        assert one.loss is not loss
        one.apply(1 - y, 5 * z)
        assert pair.apply(y, z) == expected[0]
        assert one.apply(y, z) == expected[0]
        assert np.array_equal(one.derivative(y, z), expected[1])


@by_name
@by_output
def test_threads_may_share_it(loss, output):
    """Every thread finds what it would find alone: nothing of a call lives in the object."""
    rng = np.random.default_rng(4)
    pair, wrong, n = loss.after(output), [], 4
    batches = [(rng.uniform(size=(400, 50)), rng.normal(size=(400, 50)) * (i + 1)) for i in range(n)]
    expected = [[call(y, z) for call in (pair.apply, pair.perSample, pair.derivative)] for y, z in batches]
    start = threading.Barrier(n)

    def work(i):
        y, z = batches[i]
        start.wait()
        for _ in range(60):
            found = [call(y, z) for call in (pair.apply, pair.perSample, pair.derivative)]
            if not all(np.array_equal(one, other) for one, other in zip(found, expected[i], strict=True)):
                wrong.append(i)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


# Losses of one's own -------------------------------------------------------------------------------------------------


def test_a_version_of_a_loss_that_computes_something_else_has_no_pairs():
    class Valued(CrossEntropy):
        def apply(self, y, a):
            return 2 * super().apply(y, a)

    class Sampled(MSE):
        def perSample(self, y, a):
            return 2 * super().perSample(y, a)

    class Sloped(CategoricalCrossEntropy):
        def derivative(self, y, a, out=None):
            return super().derivative(y, a)

    class Weighted(CrossEntropy):
        def _terms(self, y, a):
            return 2 * super()._terms(y, a)

    class Doubling:
        def derivative(self, y, a, out=None):
            return 2 * super().derivative(y, a, out)

    class Mixed(Doubling, CrossEntropy):
        pass

    class Descendant(Sampled):
        pass

    for kind in (Valued, Sampled, Sloped, Weighted, Mixed, Descendant):
        for output in OUTPUTS:
            assert kind().after(output) is None


def test_a_version_with_other_settings_alone_keeps_them():
    class Sharp(MSE):
        def __init__(self, sharpness):
            super().__init__(1 / sharpness)
            self.sharpness = sharpness

    y, z = np.random.default_rng(0).uniform(size=(2, 3, 4))
    pair = Sharp(4.0).after("Sigmoid")
    assert pair.apply(y, z) == pytest.approx(MSE(0.25).after("Sigmoid").apply(y, z))
    assert pair.config()["loss"] == {"kind": "Sharp", "sharpness": 4.0}


def test_a_version_with_a_pair_of_its_own():
    class DoubledAfterSigmoid(CrossEntropyAfterSigmoid):
        def apply(self, y, z):
            return 2 * super().apply(y, z)

        def derivative(self, y, z, out=None):
            return 2 * super().derivative(y, z)

    class Doubled(CrossEntropy):
        pairs = {"Sigmoid": DoubledAfterSigmoid}

        def apply(self, y, a):
            return 2 * super().apply(y, a)

        def derivative(self, y, a, out=None):
            return 2 * super().derivative(y, a)

    y, z = np.random.default_rng(0).uniform(size=(2, 3, 4))
    pair = Doubled().after("Sigmoid")
    assert pair.apply(y, z) == pytest.approx(Doubled().apply(y, Sigmoid().apply(z)))
    assert pair.perSample(y, z).mean() == pytest.approx(pair.apply(y, z))
    assert Doubled().after("Softmax") is None
