"""The likelihood of a Gaussian distribution whose variance is learnt."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Dataset
from layers import LSTM, Dense, Sampler, TimeDistributed
from loss import CrossEntropy, GaussianLikelihood, Loss
from nn import MLP, Model, checkGradients, seed
from optimizer import Adam

SHAPES = [(2, 1), (4, 3), (3, 2, 4), (4, 3, 2, 2)]  # of labels
RNG = np.random.default_rng(0)


def outputs(shape, scale=1.0):
    axis = 0 if len(shape) == 4 else len(shape) - 2
    return scale * RNG.normal(size=[2 * side if i == axis else side for i, side in enumerate(shape)])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_gradients(shape, scale):
    y, a = RNG.normal(size=shape), outputs(shape, scale)
    report = checkGradients(GaussianLikelihood(), a, y)
    assert report, report
    assert checkGradients(GaussianLikelihood(), a, y, weights=RNG.random(shape[-1]))


def test_an_error_of_a_thousandth_is_found(monkeypatch):
    right = GaussianLikelihood.derivative
    for half in (slice(0, 2), slice(2, 4)):

        def wrong(self, y, a, out=None, half=half):
            da = right(self, y, a, out)
            da[half] *= 1.001
            return da

        with monkeypatch.context() as planted:
            planted.setattr(GaussianLikelihood, "derivative", wrong)
            assert not checkGradients(GaussianLikelihood(), outputs((2, 3)), RNG.normal(size=(2, 3)))


def test_it_is_that_of_the_density():
    y, mean, r = RNG.normal(size=(3, 4, 5))
    s = 20 * np.tanh(r / 20)
    density = np.exp(-((y - mean) ** 2) / (2 * np.exp(s))) / np.sqrt(2 * np.pi * np.exp(s))
    loss, a = GaussianLikelihood(), np.concatenate((mean, r))
    assert np.allclose(loss.perSample(y, a), -np.log(density).sum(axis=0))
    assert loss.apply(y, a) == pytest.approx(-np.log(density).sum() / 5)
    found_mean, log_variance = loss.distribution(a)
    assert np.array_equal(found_mean, mean)
    assert np.allclose(log_variance, s, rtol=1e-15)
    assert np.array_equal(loss.prediction(a), mean)
    assert np.array_equal(loss.prediction(loss.outputsOf(y)), y)


def test_the_log_variance_is_bounded_as_that_of_the_sampler():
    sampler = Sampler(2, 2)
    sampler.parameters["weight"][...] = np.concatenate((np.eye(2), np.eye(2)))
    r = np.array([[30.0, -1.0], [0.3, -80.0]])
    assert np.array_equal(sampler.distribution(r)[1], GaussianLikelihood().distribution(np.concatenate((r, r)))[1])


@given(k=st.integers(1, 4), steps=st.integers(1, 4), n=st.integers(1, 5), number=st.integers(0, 2**32 - 1))
def test_summed_over_numbers_and_steps_and_averaged_over_samples(k, steps, n, number):
    rng, loss = np.random.default_rng(number), GaussianLikelihood()
    y, a = rng.normal(size=(steps, k, n)), rng.normal(size=(steps, 2 * k, n))
    each = sum(loss.apply(y[t, [i]][:, [j]], a[t, [i, k + i]][:, [j]]) for t, i, j in np.ndindex(steps, k, n))
    assert loss.apply(y, a) == pytest.approx(each / n)
    assert loss.perPosition(y, a).shape == (steps, n)
    weights = rng.random((steps, n))
    assert loss.weightedApply(y, a, weights) == pytest.approx((weights * loss.perPosition(y, a)).sum() / n)
    value, derivative = loss.valueAndDerivative(y, a)
    assert value == pytest.approx(loss.apply(y, a))
    assert np.allclose(derivative, (loss.derivative(y, a, np.empty_like(a))), rtol=0, atol=0)


def test_no_infinities():
    loss = GaussianLikelihood()
    a = np.array([[1e4, -1e4, 0.0], [1e4, -1e4, -1e4]], np.float32)
    y = np.zeros((1, 3), np.float32)
    assert np.isfinite(loss.perSample(y, a)).all()
    assert np.isfinite(loss.derivative(y, a)).all()
    assert loss.derivative(y, a).dtype == np.float32


@pytest.mark.parametrize(
    ("y", "a", "message"),
    [
        (np.zeros((1, 3)), np.zeros((3, 3)), "two outputs for every number"),
        (np.zeros((2, 3)), np.zeros((2, 3)), "shape"),
        (np.zeros(3), np.zeros(3), "two outputs"),
        (np.zeros((1, 0)), np.zeros((2, 0)), "without samples"),
    ],
)
def test_bad_input(y, a, message):
    with pytest.raises(ValueError, match=message):
        GaussianLikelihood().apply(y, a)


def test_other_losses_say_that_outputs_are_labels():
    y = RNG.random((3, 4))
    assert CrossEntropy().prediction(y) is y
    assert CrossEntropy().outputsOf(y) is y


# In a network --------------------------------------------------------------------------------------------------------


def network(outputs=2):
    seed(0)
    adam = Adam(lr=0.03)
    return MLP([Dense(1, outputs, optimizer=adam)], GaussianLikelihood())


def line(n=2000):
    x = RNG.uniform(-1, 1, (1, n))
    return Dataset.fromArrays(x, 2 * x + np.exp(x) * RNG.normal(size=(1, n)), batch_size=100, rng=0)


def test_a_network_learns_mean_and_variance():
    """y = 2x + σ ε with ln σ² = 2x: a single layer with two outputs is the truth."""
    one, data = network(), line()
    history = one.train(data, epochs=30)
    assert one.layers[0].weight[:, 0] == pytest.approx([2, 2], abs=0.2)
    assert one.layers[0].bias[:, 0] == pytest.approx([0, 0], abs=0.15)
    assert history["test_loss"][-1] < history["test_loss"][0]
    error = one.predict(data.testSet()[0])[:1] - data.testSet()[1]
    assert one.evaluate(data, ["rmse"])["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-5)


def test_gradients_through_a_network_on_sequences():
    x, y = RNG.normal(size=(4, 2, 3)), RNG.normal(size=(4, 1, 3))
    one = MLP([LSTM(2, 3, rng=0), TimeDistributed(Dense(3, 2, rng=1))], GaussianLikelihood())
    mask = np.array([[1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 0, 0]], bool)
    assert checkGradients(one, x, y, weights=mask.astype(float), mask=mask)
    assert checkGradients(one, x)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"GaussianLikelihood needs \(2,\)"):
        network(3).train(line(20), epochs=1)
    one = network()
    one.feedforward(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="label's shape"):
        one.getLoss(np.zeros((2, 3)))


def test_files_and_copies(tmp_path):
    one = network()
    again = Model.load(one.save(tmp_path / "model.safetensors"))
    assert isinstance(again.loss, GaussianLikelihood)
    for other in (copy.deepcopy(again.loss), pickle.loads(pickle.dumps(again.loss))):
        assert isinstance(other, Loss)
        assert other.config() == GaussianLikelihood().config()
