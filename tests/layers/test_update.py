"""One update of a network's layers, whatever happens in between, and on two threads: to the bit what each would do."""

import copy
import pickle
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Softmax, Tanh
from layers import Chain, Dense, Dropout, Flatten, Residual, Sampler, Wanted, jointupdate
from optimizer import SGD, Adam

OPTIMIZERS = [
    Adam(lr=0.01),
    Adam(learningRate=0.1, weightDecay=0.1, clipNorm=1.0),
    SGD(lr=0.1, momentum=0.9),
    SGD(lr=0.1, momentum=0.9, nesterov=True, weightDecay=0.01),
]

by_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)


def learners(chain):
    return [leaf for leaf in chain.leaves().values() if leaf.numParameters()]


def convert(chain, dtype, together):
    """With `together` all parameters lie in one vector, as one update needs them; else every layer has its own."""
    for one in [chain] if together else chain.leaves().values():
        one.astype(dtype)


def network(optimizer, together, sizes=(6, 5, 4, 3)):
    """Dense layers, one of them deep inside, with layers in between that do not learn."""
    first, inner, last = (Dense(*pair, Tanh(), optimizer, rng=k) for k, pair in enumerate(pairwise(sizes)))
    last.activation = Softmax()
    chain = Chain([first, Chain([Residual([Dropout(0.0)]), inner]), Flatten(), last])
    convert(chain, np.float32, together)
    return chain


def learn(chain, batch=0, **keywords):
    rng = np.random.default_rng(batch)
    layers = learners(chain)
    chain.forward(rng.normal(size=(layers[0].inputDim, 7)))
    chain.backward(rng.normal(size=(layers[-1].outputDim, 7)))
    chain.update(**keywords)


def is_joint(chain):
    """Whether the optimizers keep their averages in one vector."""
    bases = [state.base for layer in learners(chain) for name, state in layer.optimizer.state.items() if name in "Mv"]
    return bases[0] is not None and all(base is bases[0] for base in bases)


def assert_equal(one, other):
    for mine, its in zip(learners(one), learners(other), strict=True):
        for name, value in its.parameters.items():
            assert np.array_equal(mine.parameters[name], value)
        assert mine.optimizer.t == its.optimizer.t
        for name, state in its.optimizer.state.items():
            assert np.array_equal(mine.optimizer.state[name], state)


def pair(optimizer):
    return network(optimizer, together=True), network(optimizer, together=False)


def slower(chain, together):
    learners(chain)[1].optimizer.lr = learners(chain)[1].optimizer.learningRate = 0.003


def all_slower(chain, together):
    for layer in learners(chain):
        layer.optimizer.lr = layer.optimizer.learningRate = 0.003


def as_fast_again(chain, together):
    first, *others = (layer.optimizer for layer in learners(chain))
    for one in others:
        one.lr, one.learningRate = first.lr, first.learningRate


def freeze_first(chain, together):
    chain.layers[0].trainable = False


def freeze_middle(chain, together):
    chain.layers[1].freeze()


def unfreeze(chain, together):
    chain.unfreeze()


def to_double(chain, together):
    convert(chain, np.float64, together)


def to_single(chain, together):
    convert(chain, np.float32, together)


def begin_anew(chain, together):
    for layer in learners(chain):
        layer.optimizer.t, layer.optimizer.state = 0, {}


def forget_one(chain, together):
    learners(chain)[2].optimizer.state = {}


def other_optimizer(chain, together):
    learners(chain)[0].optimizer = SGD(lr=0.1)


def move_one(chain, together):
    learn(chain)
    learners(chain)[2].update()


def jump_in_time(chain, together):
    learn(chain, timeStep=1000)


def part_alone(chain, together):
    """A network of some of the layers, which joins what the other one has moved."""
    part = Chain({"part": chain.layers[1]})
    chain.layers[1].forward(np.ones((5, 3)))
    chain.layers[1].backward(np.ones((4, 3)))
    part.update()
    chain.locate()


def copied(chain, together):
    return copy.deepcopy(chain)


def pickled(chain, together):
    return pickle.loads(pickle.dumps(chain))


EVENTS = [slower, all_slower, as_fast_again, freeze_first, freeze_middle, unfreeze, to_double, to_single, begin_anew]
EVENTS += [forget_one, other_optimizer, move_one, jump_in_time, part_alone, copied, pickled]


@by_optimizer
def test_one_update_for_all_layers_is_theirs(optimizer):
    joint, separate = pair(optimizer)
    for batch in range(5):
        learn(joint, batch)
        learn(separate, batch)
        assert_equal(joint, separate)
    assert is_joint(joint)
    assert not is_joint(separate)


@by_optimizer
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_whatever_happens_in_the_middle(optimizer, event):
    joint, separate = pair(optimizer)
    for batch in range(6):
        if batch == 3:
            joint = event(joint, True) or joint
            separate = event(separate, False) or separate
        before = learners(joint)[2].weight.copy()
        learn(joint, batch)
        learn(separate, batch)
        assert_equal(joint, separate)
        assert not np.array_equal(learners(joint)[2].weight, before)


@given(sequence=st.lists(st.sampled_from(EVENTS), max_size=6), optimizer=st.sampled_from(OPTIMIZERS))
def test_any_sequence_of_events(sequence, optimizer):
    joint, separate = pair(optimizer)
    for batch, event in enumerate(sequence):
        learn(joint, batch)
        learn(separate, batch)
        joint = event(joint, True) or joint
        separate = event(separate, False) or separate
    learn(joint, 9)
    learn(separate, 9)
    assert_equal(joint, separate)


def test_a_layer_that_was_frozen_learns_with_the_others_again():
    chain = network(Adam(), together=True)
    learn(chain)
    chain.layers[0].trainable = False
    kept = chain.layers[0].weight.copy()
    learn(chain)
    assert np.array_equal(chain.layers[0].weight, kept)
    assert [layer.optimizer.t for layer in learners(chain)] == [1, 2, 2]
    chain.unfreeze()
    learn(chain)
    assert not np.array_equal(chain.layers[0].weight, kept)
    assert [layer.optimizer.t for layer in learners(chain)] == [2, 3, 3]


@pytest.mark.parametrize("twin", [copied, pickled])
def test_a_copy_learns_and_leaves_its_original_alone(twin):
    original, alone = pair(Adam(lr=0.01))
    for batch in range(3):
        learn(original, batch)
        learn(alone, batch)
    other = twin(original, True)
    before = [layer.parameterVector.copy() for layer in learners(original)]
    learn(other, 3)
    assert all(map(np.array_equal, before, (layer.parameterVector for layer in learners(original))))
    learn(alone, 3)
    assert_equal(other, alone)
    learn(original, 3)
    assert_equal(original, alone)


def test_a_layer_is_pickled_without_those_behind_whose_parameters_its_own_lie():
    chain = network(Adam(), together=True, sizes=(6, 5, 400, 300))
    layer = chain.layers[0]
    assert layer.parameterVector.base is chain.layers[3].parameterVector.base
    assert len(pickle.dumps(layer)) < 5000
    again = pickle.loads(pickle.dumps(layer))
    assert again.weight.base is again.bias.base is again.parameterVector
    assert again.gradients["weight"].base is again.gradientVector


def test_without_gradients_of_all_nobody_moves():
    chain = network(Adam(), together=True)
    learn(chain)
    before = [layer.parameterVector.copy() for layer in learners(chain)]
    chain.forward(np.ones((6, 7)))
    chain.backward(np.ones((3, 7)), Wanted(parameters=False))
    with pytest.raises(RuntimeError, match=r"layers\[0\] .* has no gradients of its parameters"):
        chain.update()
    assert all(map(np.array_equal, before, (layer.parameterVector for layer in learners(chain))))


@by_optimizer
@pytest.mark.parametrize("together", [True, False])
def test_two_threads_update_as_one_does(optimizer, together, monkeypatch):
    sizes, calls = (784, 700, 70, 10), []
    helped, alone = network(optimizer, together, sizes), network(optimizer, together, sizes)
    share = jointupdate.together
    monkeypatch.setattr(jointupdate, "together", lambda jobs: calls.append(len(jobs)) or share(jobs))
    for batch in range(2):
        for chain, helping in ((helped, True), (alone, False)):
            monkeypatch.setattr(jointupdate, "helping", lambda answer=helping: answer)
            learn(chain, batch)
    assert_equal(helped, alone)
    assert len(calls) == 2
    assert min(calls) >= jointupdate.SHARED


def test_small_networks_ask_nobody_for_help(monkeypatch):
    monkeypatch.setattr(jointupdate, "helping", lambda: True)
    monkeypatch.setattr(jointupdate, "together", lambda jobs: pytest.fail("a job too small to share"))
    learn(network(Adam(), together=True, sizes=(784, 100, 50, 10)))


@pytest.mark.parametrize("together", [True, False])
def test_a_steady_step_allocates_next_to_nothing(together):
    """Two buffers of NumPy's, each of 32 KiB, would pass; one of the activations, of 78 KiB, would not."""
    chain = network(Adam(), together, sizes=(784, 400, 400, 10))
    rng = np.random.default_rng(0)
    x, dy = rng.random((784, 50), dtype=np.float32), rng.random((10, 50), dtype=np.float32)

    def step():
        chain.forward(x)
        chain.backward(dy)
        chain.update()

    for _ in range(3):
        step()
    tracemalloc.start()
    try:
        step()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step()
        assert tracemalloc.get_traced_memory()[1] - before < 2**16
    finally:
        tracemalloc.stop()


def test_a_samplers_gradients_that_are_not_finite_are_found():
    layer = Sampler(3, 2, rng=0)
    layer.astype(np.float32)
    for x, dz, finite in ((1.0, 1e20, True), (1.0, np.nan, False), (1e20, 1e20, False)):
        with np.errstate(all="ignore"):
            layer.forward(np.full((3, 2), x))
            layer.backward(np.full((2, 2), dz))
        assert layer.hasFiniteGradients() is finite
        assert np.isfinite(layer.gradientVector).all() == finite
