"""Settings that are changed on the way: obeyed by the next update, or refused."""

import copy
import pickle

import numpy as np
import pytest

from optimizer import SGD, Adam, Optimizer

WRONG = [
    (SGD(), "lr", -0.1, ValueError), (SGD(), "lr", 0, ValueError), (SGD(), "lr", None, TypeError),
    (SGD(), "lr", float("nan"), ValueError), (Adam(), "learningRate", -1, ValueError),
    (Adam(), "learningRate", "fast", TypeError), (Adam(), "weightDecay", -1, ValueError),
    (Adam(), "clipNorm", 0, ValueError), (Adam(), "beta1", 2, ValueError), (Adam(), "beta2", 1, ValueError),
    (Adam(), "epsilon", 0, ValueError), (SGD(), "momentum", 1, ValueError), (SGD(), "momentum", -0.5, ValueError),
    (SGD(), "nesterov", True, ValueError), (SGD(momentum=0.9), "nesterov", 1, TypeError),
    (SGD(momentum=0.9, nesterov=True), "momentum", 0, ValueError),
]  # fmt: skip
CHANGES = [
    (SGD(lr=0.1), {"lr": 0.3}), (SGD(lr=0.1), {"learningRate": 0.3}), (SGD(learningRate=0.1), {"lr": 0.3}),
    (SGD(lr=0.1), {"weightDecay": 0.2}), (SGD(lr=0.1), {"clipNorm": 0.5}), (SGD(lr=0.1), {"momentum": 0.9}),
    (SGD(lr=0.1, momentum=0.5), {"nesterov": True}), (SGD(lr=0.1, momentum=0.5), {"momentum": 0}),
    (Adam(lr=0.1), {"lr": 0.3}), (Adam(lr=0.1), {"learningRate": 0.3}), (Adam(learningRate=0.1), {"lr": 0.3}),
    (Adam(lr=0.1), {"beta1": 0.2}), (Adam(lr=0.1), {"beta2": 0.2}), (Adam(lr=0.1), {"epsilon": 0.2}),
    (Adam(lr=0.1), {"weightDecay": 0.2}), (Adam(lr=0.1), {"clipNorm": 0.5}),
]  # fmt: skip


def moved(optimizer, times=3, theta=None):
    theta = np.array([1.0, -2.0]) if theta is None else theta
    for _ in range(times):
        optimizer.update(theta, np.array([0.5, 2.0]), batchSize=4)
    return theta


@pytest.mark.parametrize(("template", "name", "value", "error"), WRONG, ids=str)
def test_a_wrong_value_is_refused_when_it_is_set_and_changes_nothing(template, name, value, error):
    optimizer = template.clone()
    before = optimizer.settings()
    with pytest.raises(error, match=rf"{optimizer.name}: expected (momentum|nesterov|{name}) .*"):
        setattr(optimizer, name, value)
    assert optimizer.settings() == before


@pytest.mark.parametrize(("template", "change"), CHANGES, ids=str)
def test_a_change_before_the_first_update_is_as_if_given_at_first(template, change):
    optimizer = template.clone()
    for name, value in change.items():
        setattr(optimizer, name, value)
    config = template.config()
    if change.keys() & {"lr", "learningRate"}:
        config = {name: value for name, value in config.items() if name not in ("lr", "learningRate")}
    made = Optimizer.fromConfig(config | change)
    assert optimizer.config() == made.config()
    assert np.array_equal(moved(optimizer), moved(made))


@pytest.mark.parametrize(("template", "change"), CHANGES, ids=str)
def test_a_change_on_the_way_changes_what_follows(template, change):
    changed, kept = template.clone(), template.clone()
    one, other = moved(changed), moved(kept)
    for name, value in change.items():
        setattr(changed, name, value)
    assert not np.array_equal(moved(changed, theta=one), moved(kept, theta=other))


def test_the_name_that_was_set_last_counts():
    optimizer = SGD(learningRate=1.0)
    optimizer.lr = 1e-9
    assert optimizer.learningRate is None
    assert np.allclose(moved(optimizer, 1), [1, -2], atol=1e-8)
    optimizer.learningRate = 2.0
    assert np.allclose(moved(optimizer, 1), [1 - 0.5 * 2 / 4, -2 - 2 * 2 / 4])
    optimizer.learningRate = None
    assert (optimizer.lr, optimizer.config()["lr"]) == (1e-9, 1e-9)


def test_copies_and_pickles_are_checked_as_the_original():
    for one in (copy.deepcopy(Adam(lr=0.1)), pickle.loads(pickle.dumps(Adam(lr=0.1))), Adam(lr=0.1).clone()):
        assert one.settings() == Adam(lr=0.1).settings()
        with pytest.raises(ValueError, match="beta1"):
            one.beta1 = 2


def test_momentum_comes_and_goes_with_its_array():
    optimizer, theta = SGD(lr=0.1), np.zeros(1)
    optimizer.update(theta, np.ones(1))
    optimizer.momentum = 0.5
    for _ in range(2):
        optimizer.update(theta, np.ones(1))
    assert theta == pytest.approx(-0.1 * (1 + 1 + 1.5))
    optimizer.momentum = 0
    assert optimizer.state == {}
    optimizer.update(theta, np.ones(1))
    assert theta == pytest.approx(-0.1 * (1 + 1 + 1.5 + 1))


@pytest.mark.parametrize("factor", [float("nan"), -0.5, float("inf")])
def test_a_factor_that_is_none_is_refused(factor):
    theta, optimizer = np.ones(2), Adam()
    with pytest.raises(ValueError, match="Adam: expected factor to be a finite number >= 0, got"):
        optimizer.update(theta, np.ones(2), factor=factor)
    assert (theta.tolist(), optimizer.t) == ([1, 1], 0)
