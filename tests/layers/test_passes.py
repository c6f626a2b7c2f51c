"""Passes: a network may be in several at once, and every thread has one in which it only predicts."""

import copy
import pickle
import threading

import numpy as np
import pytest

from activations import Sigmoid, Tanh
from layers import BatchNormalization, Chain, Dense, Dropout, Pass, Residual, Sampler, Wanted
from nn import seed

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 4, 6))
DY = RNG.normal(size=(3, 6))


def network():
    chain = Chain(
        [
            Dense(4, 5, Tanh(), rng=1),
            BatchNormalization(5),
            Residual([Dense(5, 5, Tanh(), rng=2)]),
            Dropout(0.3, rng=3),
            Dense(5, 3, Sigmoid(), rng=4),
        ]
    )
    chain.layers[1].statistics["mean"][...] = np.linspace(-0.1, 0.1, 5)[:, None]
    return chain


def gradients(chain):
    return {
        f"{name}.{kind}": gradient.copy()
        for name, leaf in chain.leaves().items()
        if leaf.learns
        for kind, gradient in leaf.gradients.items()
    }


def assert_equal(one, other):
    assert one.keys() == other.keys()
    for name, value in other.items():
        assert np.array_equal(one[name], value), name


def in_threads(number, work):
    """Does `work(k)` in so many threads at once; what one of them raises is raised here."""
    failures = []

    def run(k):
        try:
            work(k)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]


# Named passes --------------------------------------------------------------------------------------------------------


def test_a_pass_whose_backward_pass_is_to_come_stays_as_it_is():
    chain, alone = network(), network()
    for one in (chain, alone):
        one.forward(X)
    kept = chain.output.copy()
    with chain.use("cycle"):
        chain.forward(Y[:, :2])
        chain.backward(np.ones((3, 2)), Wanted(parameters=False))
        assert chain.output.shape == (3, 2)
        assert chain.gradient.shape == (4, 2)
        assert chain.input.shape == (4, 2)
    assert np.array_equal(chain.output, kept)
    assert chain.input is X
    assert np.array_equal(chain.backward(DY), alone.backward(DY))
    assert_equal(gradients(chain), gradients(alone))


def test_a_pass_is_found_again_under_its_name():
    layer = Dense(4, 3, rng=0)
    with layer.use("cycle"):
        layer.forward(X)
        first = layer.now
    with layer.use("target"):
        assert layer.now is not first
        with pytest.raises(RuntimeError, match="has seen no input yet: call feedforward first"):
            layer.backward(DY)
    with layer.use("cycle"):
        assert layer.now is first
        assert layer.input is X
        assert layer.backward(DY).shape == (4, 6)


def test_the_training_pass_is_the_one_without_a_name():
    layer = Dense(4, 3, rng=0)
    layer.forward(X)
    with layer.use("training"):
        assert layer.input is X
    with layer.use("inference"), layer.use("training"):
        assert layer.input is X
    with layer.use():
        assert layer.input is X


def test_every_layer_of_a_network_is_in_the_pass():
    chain = network()
    chain.forward(X)
    before = [part.now for part in (chain, *chain.parts())]
    with chain.use("cycle") as same:
        assert same is chain
        assert not {id(part.now) for part in (chain, *chain.parts())} & set(map(id, before))
    assert [part.now for part in (chain, *chain.parts())] == before
    assert len(before) == 8


def test_passes_within_one_another():
    layer = Dense(4, 3, rng=0)
    layer.forward(X[:, :1])
    with layer.use("a"):
        layer.forward(X[:, :2])
        with layer.use("b"):
            layer.forward(X[:, :3])
            with layer.use("a"):
                assert layer.output.shape == (3, 2)
            assert layer.output.shape == (3, 3)
        with layer.use("a"):
            assert layer.output.shape == (3, 2)
        assert layer.output.shape == (3, 2)
    assert layer.output.shape == (3, 1)


@pytest.mark.parametrize("name", ["cycle", "inference", None])
def test_after_an_exception_everything_is_in_the_pass_of_before(name):
    chain = network()
    chain.forward(X)
    before = [(part.now, part.givenRng) for part in (chain, *chain.parts())]

    def fail():
        with chain.use("outer", rng=np.random.default_rng(1)), chain.use(name, rng=np.random.default_rng(2)):
            chain.forward(np.ones((7, 2)))

    with pytest.raises(ValueError, match="expected an input of shape"):
        fail()
    assert [(part.now, part.givenRng) for part in (chain, *chain.parts())] == before
    with chain.use("outer"):
        assert all(part.givenRng is None for part in (chain, *chain.parts()))


# Noise ---------------------------------------------------------------------------------------------------------------


def masks(layer):
    return layer.feedforward(np.ones((4, 9))) > 0


def test_the_noise_of_a_pass_comes_from_its_generator():
    layer = Dropout(0.5, rng=3)
    kept = layer.rng.bit_generator.state
    with layer.use(rng=np.random.default_rng(1)):
        one = masks(layer)
    with layer.use("cycle", rng=np.random.default_rng(1)):
        assert np.array_equal(masks(layer), one)
    assert layer.rng.bit_generator.state == kept
    assert np.array_equal(masks(layer), masks(Dropout(0.5, rng=3)))
    with layer.use("cycle"):
        masks(layer)
    assert layer.rng.bit_generator.state != kept


def test_a_pass_within_another_inherits_its_generator():
    layer, other = Dropout(0.5, rng=3), np.random.default_rng(1)
    expected = [masks(Dropout(0.5, rng=np.random.default_rng(1)))]
    expected.append(masks(Dropout(0.5, rng=np.random.default_rng(2))))
    kept = layer.rng.bit_generator.state
    with layer.use("a", rng=other):
        with layer.use("b"):
            assert np.array_equal(masks(layer), expected[0])
        with layer.use("b", rng=np.random.default_rng(2)):
            assert np.array_equal(masks(layer), expected[1])
    with layer.use(rng=np.random.default_rng(2)), layer.use("inference"):
        assert np.array_equal(masks(layer), expected[1])
    assert layer.rng.bit_generator.state == kept


def test_without_any_generator_noise_is_the_librarys():
    layer = Dropout(0.5)
    seed(4)
    one = masks(layer)
    with layer.use("other", rng=np.random.default_rng(0)):
        masks(layer)
    seed(4)
    assert np.array_equal(masks(layer), one)


def test_a_thread_that_predicts_draws_nothing_from_a_generator_that_another_one_handed_in():
    """`use` concerns the thread that is in it."""
    sampler, handed = Sampler(4, 3, rng=5), np.random.default_rng(1)
    with sampler.use(rng=handed):
        before = handed.bit_generator.state

        def predict(k):
            with sampler.use("inference"):
                sampler.forward(X)

        in_threads(1, predict)
        assert handed.bit_generator.state == before
        with sampler.use("inference"):
            sampler.forward(X)
        assert handed.bit_generator.state != before


# Threads -------------------------------------------------------------------------------------------------------------


def test_every_thread_has_an_inference_pass_of_its_own():
    layer, passes, meeting = Dense(4, 3, rng=0), {}, threading.Barrier(4, timeout=30)

    def work(k):
        for _ in range(2):
            with layer.use("inference"):
                layer.forward(X[:, : k + 1])
                meeting.wait()
                assert layer.output.shape == (3, k + 1)
                assert passes.setdefault(k, layer.now) is layer.now
        meeting.wait()

    in_threads(4, work)
    assert len(set(map(id, passes.values()))) == 4
    with pytest.raises(RuntimeError, match="no input yet"):
        layer.output  # noqa: B018


def test_two_threads_in_different_passes_of_one_layer():
    layer, alone, meeting, found = Dense(4, 3, Tanh(), rng=0), Dense(4, 3, Tanh(), rng=0), threading.Barrier(2), {}

    def work(k):
        with layer.use(f"pass {k}"):
            layer.forward((X, Y)[k])
            meeting.wait(30)
            found[k] = layer.backward(DY, Wanted(parameters=False)).copy()

    in_threads(2, work)
    for k in range(2):
        alone.forward((X, Y)[k])
        assert np.array_equal(found[k], alone.backward(DY))


def test_the_pass_of_one_thread_is_not_that_of_another():
    layer, inside = Dense(4, 3, rng=0), []
    layer.forward(X)
    with layer.use("cycle"):
        in_threads(1, lambda k: inside.append(layer.now))
        assert inside[0] is not layer.now
    assert inside[0] is layer.now


def test_eight_threads_predict_while_one_is_between_forward_and_backward():
    chain, alone = network(), network()
    inputs = [np.random.default_rng(k).normal(size=(4, 50 + 13 * k)) for k in range(8)]
    for one in (chain, alone):
        one.forward(X)
    expected = [alone.predict(x, size=17) for x in inputs]

    def work(k):
        for _ in range(20):
            assert np.array_equal(chain.predict(inputs[k], size=17), expected[k])

    in_threads(8, work)
    assert np.array_equal(chain.backward(DY), alone.backward(DY))
    assert_equal(gradients(chain), gradients(alone))
    for name, leaf in chain.leaves().items():
        assert_equal(leaf.statistics, alone.leaves()[name].statistics)


# Copies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_forgets_all_passes(twin):
    chain = network()
    chain.forward(X)
    with chain.use("cycle", rng=np.random.default_rng(0)):
        chain.forward(Y)
        other = twin(chain)
    for part in (other, *other.parts()):
        assert part.givenRng is None
        for name in (None, "cycle", "inference"):
            with part.use(name), pytest.raises(RuntimeError, match="has seen no input yet"):
                part.input  # noqa: B018
    assert chain.input is X
    size = len(pickle.dumps(chain))
    assert np.array_equal(other.predict(X), chain.predict(X))
    chain.forward(np.ones((4, 10_000)))
    assert len(pickle.dumps(chain)) < size + 100
    other.layers[0].weight[...] = 0
    assert chain.layers[0].weight.any()


def test_another_precision_forgets_all_passes():
    chain = network()
    chain.forward(X)
    chain.astype(np.float32)
    with pytest.raises(RuntimeError, match=r"layers\[4\] .* has seen no input yet"):
        chain.layers[4].backward(DY)
    assert chain.forward(X).dtype == np.float32


# What a pass keeps ---------------------------------------------------------------------------------------------------


def test_what_no_forward_pass_has_left_is_named():
    with pytest.raises(AttributeError, match="this pass has no 'places': what a layer needs in its backward pass"):
        Pass().places  # noqa: B018


def test_ones_add_up_samples_in_the_precision_of_the_input():
    now = Pass()
    for dtype in (np.float32, np.float64):
        for n in (3, 5, 5, 3):
            now.x = np.empty((2, n), dtype)
            ones = now.ones(n)
            assert (ones.shape, ones.dtype) == ((n, 1), dtype)
            assert (ones == 1).all()
            assert now.ones(n) is ones


def test_buffers_are_refilled_and_belong_to_one_pass():
    layer = Dense(4, 3, rng=0)
    y = layer.forward(X)
    assert layer.forward(Y) is y
    with layer.use("cycle"):
        assert not np.shares_memory(layer.forward(Y), y)
    assert not np.shares_memory(layer.feedforward(X), y)


def test_gradients_of_several_passes_that_overflow_together_are_found():
    """The pass that began stays small; what the other one added is part of the gradients all the same."""
    layer = Dense(2, 1, rng=0)
    layer.forward(np.ones((2, 3)))
    layer.backward(np.ones((1, 3)))
    assert layer.hasFiniteGradients()
    with layer.use("cycle"), np.errstate(invalid="ignore"):
        layer.forward(np.ones((2, 3)))
        layer.backward(np.full((1, 3), np.inf), Wanted(add=True))
    assert not layer.hasFiniteGradients()
    layer.backward(np.ones((1, 3)))
    assert layer.hasFiniteGradients()
