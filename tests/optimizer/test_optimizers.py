"""Optimizers against PyTorch's trajectories, and what they promise beside them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from optimizer import SGD, Adam, Optimizer

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())
EXAMPLES = [
    SGD(lr=0.1),
    SGD(lr=0.1, momentum=0.9),
    SGD(learningRate=5, momentum=0.9, nesterov=True, weightDecay=0.01),
    Adam(),
    Adam(learningRate=0.1, beta1=0.5, beta2=0.99, epsilon=1e-7, clipNorm=2.0),
]
SETTINGS = [
    (SGD, {"lr": 0.3, "momentum": 0.4, "nesterov": True, "weightDecay": 0.2, "clipNorm": 3.0}),
    (Adam, {"learningRate": 0.3, "beta1": 0.4, "beta2": 0.6, "epsilon": 0.1, "weightDecay": 0.2, "clipNorm": 3.0}),
]
by_example = pytest.mark.parametrize("template", EXAMPLES, ids=repr)


def test_every_exported_optimizer_is_examined():
    kinds = {
        name
        for name in optimizer.__all__
        if issubclass(getattr(optimizer, name), Optimizer) and getattr(optimizer, name) is not Optimizer
    }
    assert kinds == {example.name for example in EXAMPLES}
    assert kinds == {case["settings"]["kind"] for case in REFERENCE["cases"].values()}


@pytest.mark.parametrize("name", REFERENCE["cases"])
def test_fifty_steps_equal_pytorch(name):
    case, start = REFERENCE["cases"][name], REFERENCE["start"]
    ours = Optimizer.fromConfig(case["settings"])
    theta = np.array(start["theta"])
    m, v = np.array(start["m"]), np.array(start["v"])
    ours.t = REFERENCE["first"]
    if isinstance(ours, Adam):
        ours.state = {"M": m / (1 - ours.beta1), "V": v / (1 - ours.beta2)}
    elif ours.momentum:
        ours.state = {"v": m}
    passed = []
    for G in REFERENCE["G"]:
        ours.update(theta, np.array(G) + np.array(REFERENCE["A"]) @ theta)
        passed.append(theta.copy())
    assert np.allclose(passed[9::10], case["theta"], rtol=1e-12, atol=1e-12)


def test_adam_by_the_formula_of_the_paper():
    """Kingma & Ba, algorithm 1, written out, from t = 1."""
    rng = np.random.default_rng(1)
    theta = rng.normal(size=5)
    ours, expected = theta.copy(), theta.copy()
    m, v = np.zeros(5), np.zeros(5)
    adam = Adam(lr=0.02, beta1=0.8, beta2=0.95, epsilon=1e-4)
    for t in range(1, 20):
        g = rng.normal(size=5)
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g**2
        expected -= 0.02 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-4)
        adam.update(ours, g)
        assert np.allclose(ours, expected, rtol=1e-13)


@by_example
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_place_in_one_precision_gradients_untouched(template, dtype):
    rng = np.random.default_rng(0)
    theta, gradient = rng.normal(size=(2, 3, 4)).astype(dtype)
    before, kept = theta.copy(), gradient.copy()
    ours = template.clone()
    ours.update(theta, gradient, batchSize=50, factor=np.float64(0.5))
    assert theta.dtype == dtype
    assert not np.array_equal(theta, before)
    assert np.array_equal(gradient, kept)
    assert all(array.dtype == dtype for array in ours.state.values())


@by_example
@given(size=st.sampled_from([1, 7, 32767, 32768, 32769, 70000]))
def test_blocks_make_no_difference(template, size):
    """A long vector, updated block by block, moves like its elements on their own."""
    rng = np.random.default_rng(size)
    theta, whole = rng.normal(size=size), None
    gradients = rng.normal(size=(3, size)) / np.sqrt(size)
    whole, single, one = theta.copy(), theta[-1:].copy(), template.clone()
    other = template.clone()
    for gradient in gradients:
        norm = float(np.linalg.norm(gradient))
        one.update(whole, gradient, batchSize=4)
        other.update(single, gradient[-1:], batchSize=4, norm=norm)
    assert np.allclose(whole[-1:], single, rtol=1e-13, atol=0)


@by_example
def test_learning_rate_is_divided_by_the_batch_and_lr_is_not(template):
    settings = template.config()
    for name in ("lr", "learningRate"):
        settings.pop(name, None)
    gradient = np.array([0.3, -0.2])
    eta, step = np.zeros(2), np.zeros(2)
    Optimizer.fromConfig(settings | {"learningRate": 0.1}).update(eta, gradient, batchSize=50)
    Optimizer.fromConfig(settings | {"lr": 0.1 / 50}).update(step, gradient, batchSize=7)
    assert np.allclose(eta, step, rtol=1e-14)
    assert (eta != 0).all()


def test_defaults_of_the_field():
    assert Adam().lr == 0.001
    assert SGD().lr == 0.01
    assert Adam().learningRate is None
    assert (Adam().beta1, Adam().beta2, Adam().epsilon) == (0.9, 0.999, 1e-8)


def test_every_setting_changes_the_result():
    """No argument is accepted and ignored."""

    def end(made):
        theta = np.array([1.0, -2.0, 3.0])
        for gradient in ([1.0, 2.0, 3.0], [-1.0, 0.5, 2.0], [0.2, 0.1, -0.4]):
            made.update(theta, np.array(gradient), batchSize=3)
        return theta.tolist()

    sgd = [{}, {"lr": 0.1}, {"learningRate": 0.1}, {"momentum": 0.5}, {"momentum": 0.5, "nesterov": True}]
    adam = [{}, {"lr": 0.1}, {"learningRate": 0.1}, {"beta1": 0.5}, {"beta2": 0.5}, {"epsilon": 0.1}]
    both = [{"weightDecay": 0.1}, {"clipNorm": 1.0}]
    for kind, settings in ((SGD, sgd + both), (Adam, adam + both)):
        ends = [end(kind(**setting)) for setting in settings]
        assert all(ends[i] != ends[j] for i in range(len(ends)) for j in range(i))


@pytest.mark.parametrize("settings", [{"learningRate": 5.0}, {"lr": 0.1}])
def test_weight_decay_goes_with_the_step(settings):
    theta = np.ones(2)
    SGD(weightDecay=0.5, **settings).update(theta, np.zeros(2), batchSize=50, factor=0.25)
    assert np.allclose(theta, 1 - 0.25 * 0.1 * 0.5, rtol=1e-14)


def test_clipping_a_gradient_of_zeros_and_one_whose_squares_overflow():
    theta = np.ones(2, np.float32)
    SGD(lr=1, clipNorm=1).update(theta, np.zeros(2, np.float32))
    assert np.array_equal(theta, [1, 1])
    with np.errstate(over="ignore"):
        SGD(lr=1, clipNorm=1).update(theta, np.array([3e24, 4e24], np.float32))
    assert np.allclose(theta, [0.4, 0.2])


def test_arrays_that_are_not_contiguous_are_refused():
    with pytest.raises(ValueError, match="expected the parameters to be contiguous"):
        SGD().update(np.ones((2, 3)).T, np.ones((3, 2)))


def test_given_time_step_is_adams_t():
    theta, again = np.ones(2), np.ones(2)
    counted, told = Adam(lr=0.1), Adam(lr=0.1)
    for i, gradient in enumerate(np.random.default_rng(0).normal(size=(4, 2))):
        counted.update(theta, gradient)
        told.update(again, gradient, timeStep=i + 1)
    assert np.array_equal(theta, again)
    late = np.ones(2)
    Adam(lr=0.1).update(late, np.ones(2), timeStep=1000)
    assert not np.allclose(late, 0.9)


def test_a_clone_shares_nothing():
    template = Adam(lr=0.1)
    theta = np.ones(3)
    template.update(theta, np.ones(3))
    twin = template.clone()
    assert (twin.t, twin.state) == (0, {})
    assert twin.config() == template.config()
    twin.update(np.ones(3), np.ones(3))
    assert template.t == 1
    assert not np.shares_memory(twin.state["M"], template.state["M"])


def test_state_never_becomes_subnormal():
    """The averages of a parameter whose gradient stays zero end at zero; a subnormal number would slow every step."""
    theta, adam = np.ones(2, np.float32), Adam()
    for t in range(3000):
        adam.update(theta, np.array([1.0, 1.0 if t == 0 else 0.0], np.float32))
        M = adam.state["M"]
        assert not ((np.abs(M) > 0) & (np.abs(M) < np.finfo(np.float32).tiny)).any()
    assert M[1] == 0


@pytest.mark.parametrize("kind", [SGD, Adam])
@pytest.mark.parametrize("name", ["lr", "learningRate", "clipNorm"])
@pytest.mark.parametrize("value", [0, -0.1, float("nan"), float("inf"), "fast"])
def test_sizes_must_be_positive(kind, name, value):
    wrong = TypeError if isinstance(value, str) else ValueError
    with pytest.raises(wrong, match=f"{kind.__name__}: expected {name} to be a finite number > 0, got {value!r}"):
        kind(**{name: value})


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_only_one_name_for_the_step(kind):
    with pytest.raises(ValueError, match="expected learningRate or lr, got both, 0.1 and 0.01"):
        kind(learningRate=0.1, lr=0.01)
    with pytest.raises(TypeError):
        kind(0.1)


def test_constants_out_of_range():
    for wrong in (-0.1, 1.0, 2):
        with pytest.raises(ValueError, match="beta1 to be a finite number >= 0 and < 1"):
            Adam(beta1=wrong)
        with pytest.raises(ValueError, match="beta2 to be a finite number >= 0 and < 1"):
            Adam(beta2=wrong)
        with pytest.raises(ValueError, match="momentum to be a finite number >= 0 and < 1"):
            SGD(momentum=wrong)
    with pytest.raises(ValueError, match="epsilon to be a finite number > 0"):
        Adam(epsilon=0)
    with pytest.raises(ValueError, match="weightDecay to be a finite number >= 0, got -1"):
        SGD(weightDecay=-1)
    with pytest.raises(ValueError, match="expected momentum > 0 with nesterov=True"):
        SGD(nesterov=True)
    with pytest.raises(ValueError, match="expected timeStep to be 1 or more, got 0"):
        SGD().update(np.ones(1), np.ones(1), timeStep=0)


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_every_setting_is_in_the_configuration(kind, settings):
    assert kind(**settings).config() == {"kind": kind.__name__} | settings


@by_example
def test_configuration_makes_an_equal_optimizer(template):
    again = Optimizer.fromConfig(template.config())
    assert again.config() == template.config()
    assert repr(again) == repr(template)
    with pytest.raises(ValueError, match="unknown optimizer 'Lion': known are .*Adam"):
        Optimizer.fromConfig({"kind": "Lion"})


@pytest.mark.parametrize("t", [1, 10, 1000])
def test_adam_is_the_textbooks(t):
    """The update, which keeps m and v in another scale, against the formulas of the paper, from a state at any t."""
    rng = np.random.default_rng(t)
    adam = Adam(lr=0.01, beta1=0.8, beta2=0.99, epsilon=1e-6)
    theta, m, v = rng.normal(size=7), rng.normal(size=7), rng.normal(size=7) ** 2
    adam.t = t - 1
    adam.state = {"M": m / (1 - adam.beta1), "V": v / (1 - adam.beta2)}
    mine = theta.copy()
    for i in range(3):
        gradient = rng.normal(size=7)
        adam.update(mine, gradient)
        theta, m, v = adam.textbook(theta, gradient, m, v, t + i, step=0.01)
        np.testing.assert_allclose(mine, theta, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(adam.state["M"] * (1 - adam.beta1), m, rtol=1e-12)
    np.testing.assert_allclose(adam.state["V"] * (1 - adam.beta2), v, rtol=1e-12)
    assert adam.scale.keys() == adam.state.keys()


def test_only_the_stretches_that_are_named_decay():
    theta = np.ones(6)
    SGD(lr=0.5, weightDecay=1.0).update(theta, np.zeros(6), decaying=[slice(0, 2), slice(4, 5)])
    assert theta.tolist() == [0.5, 0.5, 1, 1, 0.5, 1]
