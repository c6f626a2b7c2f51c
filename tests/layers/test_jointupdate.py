"""One update for several layers: to the bit what each would have done."""

from itertools import accumulate, pairwise

import numpy as np
import pytest

from builders import Through
from layers import Learning
from layers.jointupdate import JointUpdate, sameSettings
from layers.parameters import pack, shared
from optimizer import SGD, Adam
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


class Vector(Through, Learning):
    """So many weights, the first half of which decay."""

    def __init__(self, size, optimizer):
        super().__init__(optimizer)
        self.size = size
        self._create(weight=np.zeros(size // 2), bias=np.zeros(size - size // 2))


def vectors(whole, sizes=SIZES):
    """The vectors of the layers, as views."""
    return [whole[start:stop] for start, stop in pairwise(accumulate(sizes, initial=0))]


def example(template, dtype=np.float32, sizes=SIZES):
    """Layers without a past, whose parameters lie behind one another, and parameters and gradients of all."""
    layers = [Vector(size, template) for size in sizes]
    pack([layer.block for layer in layers], dtype)
    whole = shared([layer.block for layer in layers])
    whole[0][...], whole[1][...] = np.random.default_rng(0).normal(size=(2, sum(sizes))).astype(dtype)
    return layers, whole


def optimizers(layers):
    return [layer.optimizer for layer in layers]


def alone(layer, gradient=None, **keywords):
    """The update of one layer."""
    block = layer.block
    gradient = block.gradientVector if gradient is None else gradient
    layer.optimizer.update(block.vector, gradient, decaying=block.stretches(layer.decays), **keywords)


def grown(layers, t, seed=0, dtype=None):
    """Gives the optimizers a past of t updates; some of its numbers are so small that they are cleaned away."""
    rng = np.random.default_rng(seed)
    for layer in layers:
        one, theta = layer.optimizer, layer.block.vector
        one.t = t
        for name in one.stateNames:
            state = (rng.normal(size=theta.size) ** 2).astype(dtype or theta.dtype)
            state[::3] *= 1e3 * np.finfo(state.dtype).tiny
            one.state[name] = state


def update(joint, batchSize=4, **keywords):
    for part in joint.parts(batchSize, **keywords):
        part()


def assert_equal(layers, others):
    for layer, other in zip(layers, others, strict=True):
        assert np.array_equal(layer.block.vector, other.block.vector)
        one, right = layer.optimizer, other.optimizer
        assert one.t == right.t
        assert one.state.keys() == right.state.keys()
        for name, state in right.state.items():
            assert np.array_equal(one.state[name], state)
            assert one.state[name].dtype == state.dtype


@by_template
@by_dtype
@pytest.mark.parametrize("t", [0, 10, CLEANING - 3])
def test_joint_updates_are_the_separate_ones(template, dtype, t):
    (layers, whole), (others, _) = example(template, dtype), example(template, dtype)
    if t:
        grown(layers, t)
        grown(others, t)
    joint = JointUpdate(layers, whole)
    rng = np.random.default_rng(1)
    for step in range(6):
        gradient = whole[1][...] = rng.normal(size=whole[1].shape)
        norm, factor = float(np.linalg.norm(gradient)), 1 / (1 + step)
        update(joint, norm=norm, factor=factor)
        for one, g in zip(others, vectors(gradient.astype(dtype)), strict=True):
            alone(one, g, batchSize=4, norm=norm, factor=factor)
        assert joint.isCurrent(layers)
        assert np.array_equal(whole[1], gradient.astype(dtype))
        assert_equal(layers, others)


def test_weight_decay_concerns_weights_alone():
    layers, whole = example(SGD(lr=0.5, weightDecay=1.0))
    before = whole[0].copy()
    whole[1][...] = 0
    update(JointUpdate(layers, whole))
    for layer, old in zip(layers, vectors(before), strict=True):
        weights = layer.size // 2
        assert np.array_equal(layer.parameters["weight"], 0.5 * old[:weights])
        assert np.array_equal(layer.parameters["bias"], old[weights:])


def test_stretches_that_reach_over_several_members():
    sizes = (BLOCK - 100, 150, 10, BLOCK + 7, 1)
    (layers, whole), (others, _) = (example(Adam(lr=0.1, weightDecay=0.01), sizes=sizes) for _ in range(2))
    joint = JointUpdate(layers, whole)
    for _ in range(3):
        parts = joint.parts(batchSize=4)
        assert len(parts) == 3
        for part in parts:
            part()
        for one, gradient in zip(others, vectors(whole[1], sizes), strict=True):
            alone(one, gradient, batchSize=4)
    assert_equal(layers, others)


def test_state_and_number_of_updates_are_the_members():
    layers, whole = example(Adam())
    members = optimizers(layers)
    joint = JointUpdate(layers, whole)
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
    (layers, whole), (others, _) = example(Adam(lr=0.1)), example(Adam(lr=0.1))
    joint = JointUpdate(layers, whole)
    for _ in range(2):
        update(joint)
    for layer in layers:
        alone(layer, batchSize=4)
    for layer, gradient in zip(others, vectors(whole[1]), strict=True):
        for _ in range(3):
            alone(layer, gradient, batchSize=4)
    assert not joint.isCurrent(layers)
    assert_equal(layers, others)


def test_a_member_without_a_past_begins_at_zero():
    layers, whole = example(SGD(momentum=0.9))
    members = optimizers(layers)
    grown(layers, 0)
    kept = [one.state["v"].copy() for one in members]
    members[1].state = {}
    JointUpdate(layers, whole)
    assert members[1].state["v"].tolist() == [0]
    assert all(np.array_equal(members[i].state["v"], kept[i]) for i in (0, 2, 3))


def test_a_past_in_another_precision_is_converted():
    layers, whole = example(Adam(), np.float32)
    grown(layers, 5, dtype=np.float64)
    kept = [one.state["V"] for one in optimizers(layers)]
    JointUpdate(layers, whole)
    for one, before in zip(optimizers(layers), kept, strict=True):
        assert before.dtype == np.float64
        assert one.state["V"].dtype == np.float32
        assert np.array_equal(one.state["V"], before.astype(np.float32))


# Whether it is current -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "name", "value"),
    [
        *((Adam(), *setting) for setting in (("lr", 0.5), ("learningRate", 0.1), ("beta1", 0.5), ("beta2", 0.5))),
        *((Adam(), *setting) for setting in (("epsilon", 0.1), ("weightDecay", 0.1), ("clipNorm", 1.0), ("t", 7))),
        *((SGD(momentum=0.9), *setting) for setting in (("momentum", 0.5), ("nesterov", True), ("lr", 0.5))),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_it_is_not_current_after_a_setting_of_a_member_changed(template, name, value, place):
    layers, whole = example(template)
    joint, one = JointUpdate(layers, whole), layers[place].optimizer
    assert joint.isCurrent(layers)
    before = getattr(one, name)
    setattr(one, name, value)
    assert not joint.isCurrent(layers)
    assert not sameSettings(optimizers(layers))
    setattr(one, name, before)
    assert joint.isCurrent(layers)


def test_it_is_not_current_after_all_members_changed_alike():
    layers, whole = example(Adam())
    joint = JointUpdate(layers, whole)
    for one in optimizers(layers):
        one.lr = 0.5
    assert sameSettings(optimizers(layers))
    assert not joint.isCurrent(layers)


@pytest.mark.parametrize("place", [0, 2])
def test_it_is_not_current_after_the_state_was_replaced(place):
    layers, whole = example(Adam())
    joint, one = JointUpdate(layers, whole), layers[place].optimizer
    view = one.state["V"]
    one.state["V"] = view.copy()
    assert not joint.isCurrent(layers)
    one.state["V"] = view
    assert joint.isCurrent(layers)
    one.state = {}
    assert not joint.isCurrent(layers)


def test_it_is_not_current_for_others():
    layers, whole = example(Adam())
    joint = JointUpdate(layers, whole)
    assert joint.isCurrent(tuple(layers))
    assert not joint.isCurrent(layers[:-1])
    assert not joint.isCurrent(layers[::-1])
    assert not joint.isCurrent([])
    own = layers[1].optimizer
    layers[1].optimizer = own.clone()
    layers[1].optimizer.state = own.state
    assert not joint.isCurrent(layers)
    layers[1].optimizer = own
    assert joint.isCurrent(layers)
    pack([layers[0].block], np.float64)
    assert not joint.isCurrent(layers)


def test_it_is_made_where_layers_are_neighbours_and_would_do_the_same():
    layers, _ = example(Adam())
    assert JointUpdate.of(layers) is not None
    assert JointUpdate.of(layers[1:3]) is not None
    assert JointUpdate.of(layers[:1]) is None
    assert JointUpdate.of([layers[0], layers[2]]) is None
    assert JointUpdate.of([]) is None
    layers[2].optimizer.lr = 0.5
    assert JointUpdate.of(layers) is None
    assert JointUpdate.of(layers[:2]) is not None


def test_optimizers_have_the_same_settings_if_they_would_do_the_same():
    class Own(Adam):
        pass

    assert sameSettings([Adam()])
    assert sameSettings([Adam(lr=0.1), Adam(lr=0.1).clone(), Adam(lr=0.1)])
    assert sameSettings([SGD(momentum=0.5), SGD(momentum=0.5)])
    assert not sameSettings([SGD(lr=0.1), Adam(lr=0.1)])
    assert not sameSettings([Adam(lr=0.1), Adam(lr=0.1), Adam(lr=0.2)])
    assert not sameSettings([Adam(lr=0.1), Adam(learningRate=0.1)])
    assert not sameSettings([Adam(), Own()])
    later = Adam()
    later.t = 1
    assert not sameSettings([Adam(), later])
    later.state["M"] = np.ones(3)
    later.t = 0
    assert sameSettings([Adam(), later])
