"""One update for several optimizers: to the bit what each would have done."""

from itertools import accumulate, pairwise

import numpy as np
import pytest

from optimizer import SGD, Adam
from optimizer.joint import Joint, agree
from optimizer.optimizer import BLOCK, CLEANING

TEMPLATES = [
    SGD(lr=0.1),
    SGD(lr=0.1, momentum=0.9, weightDecay=0.01),
    SGD(learningRate=5, momentum=0.9, nesterov=True),
    Adam(),
    Adam(learningRate=0.1, beta1=0.5, epsilon=1e-6, weightDecay=0.01, clipNorm=2.0),
]
SIZES = (5, 1, 300, 7)

by_template = pytest.mark.parametrize("template", TEMPLATES, ids=repr)
by_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def vectors(whole, sizes=SIZES):
    """The vectors of the members, as views."""
    return [whole[start:stop] for start, stop in pairwise(accumulate(sizes, initial=0))]


def example(template, dtype=np.float32, sizes=SIZES):
    """Members without a past, their vectors, and parameters and gradients of all."""
    whole = np.random.default_rng(0).normal(size=(2, sum(sizes))).astype(dtype)
    return [template.clone() for _ in sizes], vectors(whole[0], sizes), (whole[0], whole[1])


def grown(members, parameters, t, seed=0):
    """Gives the members a past of t updates; some of its numbers are so small that they are cleaned away."""
    rng = np.random.default_rng(seed)
    for one, theta in zip(members, parameters, strict=True):
        one.t = t
        for name in one.stateNames:
            state = (rng.normal(size=theta.size) ** 2).astype(theta.dtype)
            state[::3] *= 1e3 * np.finfo(theta.dtype).tiny
            one.state[name] = state


def update(joint, batchSize=4, **keywords):
    for part in joint.parts(batchSize, **keywords):
        part()


def assert_equal(members, parameters, others, expected):
    for one, other, theta, right in zip(members, others, parameters, expected, strict=True):
        assert np.array_equal(theta, right)
        assert one.t == other.t
        assert one.state.keys() == other.state.keys()
        for name, state in other.state.items():
            assert np.array_equal(one.state[name], state)
            assert one.state[name].dtype == state.dtype


@by_template
@by_dtype
@pytest.mark.parametrize("t", [0, 10, CLEANING - 3])
def test_joint_updates_are_the_separate_ones(template, dtype, t):
    members, parameters, whole = example(template, dtype)
    others, separate, _ = example(template, dtype)
    if t:
        grown(members, parameters, t)
        grown(others, separate, t)
    joint = Joint(members, parameters, whole)
    rng = np.random.default_rng(1)
    for step in range(6):
        gradient = whole[1][...] = rng.normal(size=whole[1].shape)
        norm, factor = float(np.linalg.norm(gradient)), 1 / (1 + step)
        update(joint, norm=norm, factor=factor)
        for one, theta, g in zip(others, separate, vectors(gradient.astype(dtype)), strict=True):
            one.update(theta, g, batchSize=4, norm=norm, factor=factor)
        assert joint.holds(members, parameters)
        assert np.array_equal(whole[1], gradient.astype(dtype))
        assert_equal(members, parameters, others, separate)


def test_stretches_that_reach_over_several_members():
    sizes = (BLOCK - 100, 150, 10, BLOCK + 7, 1)
    (members, parameters, whole), (others, separate, _) = (example(Adam(lr=0.1), sizes=sizes) for _ in range(2))
    joint = Joint(members, parameters, whole)
    for _ in range(3):
        parts = joint.parts(batchSize=4)
        assert len(parts) == 3
        for part in parts:
            part()
        for one, theta, gradient in zip(others, separate, vectors(whole[1], sizes), strict=True):
            one.update(theta, gradient, batchSize=4)
    assert_equal(members, parameters, others, separate)


def test_state_and_number_of_updates_are_the_members():
    members, parameters, whole = example(Adam())
    joint = Joint(members, parameters, whole)
    views = [one.state["M"] for one in members]
    for t in (1, 2, 3):
        update(joint)
        assert [one.t for one in members] == [t] * len(members)
        assert all(one.state["M"] is view for one, view in zip(members, views, strict=True))
        assert all(view.any() for view in views)
    base = views[0].base
    assert all(view.base is base for view in views)
    assert not np.shares_memory(members[0].state["V"], base)
    update(joint, timeStep=1000)
    assert [one.t for one in members] == [1000] * len(members)


def test_members_go_on_alone_where_they_stopped():
    members, parameters, whole = example(Adam(lr=0.1))
    others, separate, _ = example(Adam(lr=0.1))
    joint = Joint(members, parameters, whole)
    for _ in range(2):
        update(joint)
    for one, theta, gradient in zip(members, parameters, vectors(whole[1]), strict=True):
        one.update(theta, gradient, batchSize=4)
    for one, theta, gradient in zip(others, separate, vectors(whole[1]), strict=True):
        for _ in range(3):
            one.update(theta, gradient, batchSize=4)
    assert not joint.holds(members, parameters)
    assert_equal(members, parameters, others, separate)


def test_a_member_without_a_past_begins_at_zero():
    members, parameters, whole = example(SGD(momentum=0.9))
    grown(members, parameters, 0)
    kept = [one.state["v"].copy() for one in members]
    members[1].state = {}
    Joint(members, parameters, whole)
    assert members[1].state["v"].tolist() == [0]
    assert all(np.array_equal(members[i].state["v"], kept[i]) for i in (0, 2, 3))


def test_a_past_in_another_precision_is_converted():
    members, parameters, whole = example(Adam(), np.float32)
    grown(members, [theta.astype(np.float64) for theta in parameters], 5)
    kept = [one.state["V"] for one in members]
    Joint(members, parameters, whole)
    for one, before in zip(members, kept, strict=True):
        assert before.dtype == np.float64
        assert one.state["V"].dtype == np.float32
        assert np.array_equal(one.state["V"], before.astype(np.float32))


# Whether it holds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "name", "value"),
    [
        *((Adam(), *setting) for setting in (("lr", 0.5), ("learningRate", 0.1), ("beta1", 0.5), ("beta2", 0.5))),
        *((Adam(), *setting) for setting in (("epsilon", 0.1), ("weightDecay", 0.1), ("clipNorm", 1.0), ("t", 7))),
        *((SGD(momentum=0.9), *setting) for setting in (("momentum", 0.5), ("nesterov", True), ("lr", 0.5))),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_it_does_not_hold_after_a_setting_of_a_member_changed(template, name, value, place):
    members, parameters, whole = example(template)
    joint = Joint(members, parameters, whole)
    assert joint.holds(members, parameters)
    before = getattr(members[place], name)
    setattr(members[place], name, value)
    assert not joint.holds(members, parameters)
    assert not agree(members)
    setattr(members[place], name, before)
    assert joint.holds(members, parameters)


def test_it_does_not_hold_after_all_members_changed_alike():
    members, parameters, whole = example(Adam())
    joint = Joint(members, parameters, whole)
    for one in members:
        one.lr = 0.5
    assert agree(members)
    assert not joint.holds(members, parameters)


@pytest.mark.parametrize("place", [0, 2])
def test_it_does_not_hold_after_the_state_was_replaced(place):
    members, parameters, whole = example(Adam())
    joint = Joint(members, parameters, whole)
    view = members[place].state["V"]
    members[place].state["V"] = view.copy()
    assert not joint.holds(members, parameters)
    members[place].state["V"] = view
    assert joint.holds(members, parameters)
    members[place].state = {}
    assert not joint.holds(members, parameters)


def test_it_does_not_hold_for_others():
    members, parameters, whole = example(Adam())
    joint = Joint(members, parameters, whole)
    assert joint.holds(tuple(members), tuple(parameters))
    twin = members[1].clone()
    twin.state = members[1].state
    assert not joint.holds([members[0], twin, *members[2:]], parameters)
    assert not joint.holds(members, [parameters[0].copy(), *parameters[1:]])
    assert not joint.holds(members[:-1], parameters[:-1])
    assert not joint.holds(members[::-1], parameters[::-1])
    assert not joint.holds([], [])


def test_optimizers_agree_if_they_would_do_the_same():
    class Own(Adam):
        pass

    assert agree([Adam()])
    assert agree([Adam(lr=0.1), Adam(lr=0.1).clone(), Adam(lr=0.1)])
    assert agree([SGD(momentum=0.5), SGD(momentum=0.5)])
    assert not agree([SGD(lr=0.1), Adam(lr=0.1)])
    assert not agree([Adam(lr=0.1), Adam(lr=0.1), Adam(lr=0.2)])
    assert not agree([Adam(lr=0.1), Adam(learningRate=0.1)])
    assert not agree([Adam(), Own()])
    later = Adam()
    later.t = 1
    assert not agree([Adam(), later])
    later.state["M"] = np.ones(3)
    later.t = 0
    assert agree([Adam(), later])
