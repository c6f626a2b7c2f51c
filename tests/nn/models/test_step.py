"""What makes a training step fast must not show: one update for all layers, two threads, outputs computed late."""

import copy
import pickle
import tracemalloc

import build
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Batch
from layers import Dense, Layer, Learning, Sampler, jointupdate
from loss import CrossEntropy
from nn import GAN, MLP, VAE, Autoencoder
from nn.training.step import StepContext
from optimizer import SGD, Adam

OPTIMIZERS = [
    Adam(lr=0.01),
    Adam(learningRate=0.1, weightDecay=0.1, clipNorm=1.0),
    SGD(lr=0.1, momentum=0.9),
    SGD(lr=0.1, momentum=0.9, nesterov=True, weightDecay=0.01),
]
EVERYTHING = StepContext(frozenset({"loss", "accuracy"}))

by_model = pytest.mark.parametrize("name", ["classifier", "autoencoder", "vae", "gan"])
by_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)


def convert(model, dtype, together):
    """With `together` all parameters lie in one vector, as one update needs them; else every layer has its own."""
    for one in [model] if together else model.namedLayers().values():
        one.astype(dtype)


def network(optimizer, together, sizes=(6, 5, 4, 3)):
    mlp = build.network(*sizes, output=Softmax(), optimizer=optimizer)
    convert(mlp, np.float32, together)
    return mlp


def pair(optimizer):
    return network(optimizer, together=True), network(optimizer, together=False)


def learn(mlp, batch=0, **keywords):
    rng = np.random.default_rng(batch)
    inputs, outputs = mlp.layers[0].inputDim, mlp.layers[-1].outputDim
    mlp.feedforward(rng.normal(size=(inputs, 7)))
    mlp.backpropagate(np.eye(outputs)[:, rng.integers(0, outputs, 7)], **keywords)


def is_joint(mlp):
    """Whether the layers' optimizers keep their averages in one vector."""
    states = [one.optimizer.state for one in mlp.layers if isinstance(one, Learning)]
    bases = [array.base for state in states for name, array in state.items() if name in ("M", "v")]
    return bases[0] is not None and all(base is bases[0] for base in bases)


def assert_equal(one, other):
    weights = other.weights()
    for name, value in one.weights().items():
        assert np.array_equal(value, weights[name]), name
    for mine, its in zip(one.namedLayers().values(), other.namedLayers().values(), strict=True):
        if isinstance(mine, Learning):
            assert mine.optimizer.t == its.optimizer.t
            for name, state in its.optimizer.state.items():
                assert np.array_equal(mine.optimizer.state[name], state)


# One update for all layers -------------------------------------------------------------------------------------------


def slower(mlp, together):
    mlp.layers[1].optimizer.lr = mlp.layers[1].optimizer.learningRate = 0.003


def all_slower(mlp, together):
    for layer in mlp.layers:
        layer.optimizer.lr = layer.optimizer.learningRate = 0.003


def as_fast_again(mlp, together):
    for layer in mlp.layers[1:]:
        layer.optimizer.lr = mlp.layers[0].optimizer.lr
        layer.optimizer.learningRate = mlp.layers[0].optimizer.learningRate


def freeze_first(mlp, together):
    mlp.freeze(0)


def freeze_middle(mlp, together):
    mlp.freeze(1)


def unfreeze(mlp, together):
    mlp.unfreeze()


def to_double(mlp, together):
    convert(mlp, np.float64, together)


def to_single(mlp, together):
    convert(mlp, np.float32, together)


def begin_anew(mlp, together):
    for layer in mlp.layers:
        layer.optimizer.t, layer.optimizer.state = 0, {}


def forget_one(mlp, together):
    mlp.layers[2].optimizer.state = {}


def other_optimizer(mlp, together):
    mlp.layers[0].optimizer = SGD(lr=0.1)


def move_one(mlp, together):
    learn(mlp)
    mlp.layers[2].update()


def jump_in_time(mlp, together):
    learn(mlp, timeStep=1000)


def set_weights(mlp, together):
    mlp.setWeights({name: 0.5 * value for name, value in mlp.weights().items()})


def copied(mlp, together):
    return copy.deepcopy(mlp)


def pickled(mlp, together):
    return pickle.loads(pickle.dumps(mlp))


EVENTS = [slower, all_slower, as_fast_again, freeze_first, freeze_middle, unfreeze, to_double, to_single, begin_anew]
EVENTS += [forget_one, other_optimizer, move_one, jump_in_time, set_weights, copied, pickled]


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
def test_whatever_happens_in_the_middle_of_a_training(optimizer, event):
    joint, separate = pair(optimizer)
    for batch in range(6):
        if batch == 3:
            joint = event(joint, True) or joint
            separate = event(separate, False) or separate
        before = joint.weights()
        learn(joint, batch)
        learn(separate, batch)
        assert_equal(joint, separate)
        assert not np.array_equal(joint.layers[2].weight, before["layers.2.weight"])


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


def test_a_layer_that_was_frozen_learns_with_the_others_while_it_can():
    joint = network(Adam(), together=True)
    learn(joint)
    joint.freeze(0)
    kept = joint.layers[0].weight.copy()
    learn(joint)
    assert np.array_equal(joint.layers[0].weight, kept)
    assert [layer.optimizer.t for layer in joint.layers] == [1, 2, 2]
    joint.unfreeze()
    learn(joint)
    assert not np.array_equal(joint.layers[0].weight, kept)
    assert [layer.optimizer.t for layer in joint.layers] == [2, 3, 3]


def test_a_frozen_network_stays():
    joint = network(OPTIMIZERS[1], together=True)
    learn(joint)
    joint.freeze()
    before = joint.weights()
    learn(joint)
    assert all(np.array_equal(before[name], value) for name, value in joint.weights().items())


def test_layers_without_parameters_do_not_stand_between():
    class Halved(Layer):
        def outputShape(self, inputShape):
            return inputShape

        def _forward(self, x, now, training):
            return 0.5 * x

        def _backward(self, dy, now, wanted):
            return 0.5 * dy

    models = []
    for together in (True, False):
        mlp = MLP([Halved(), Dense(4, 5, Tanh(), rng=0), Halved(), Dense(5, 3, Softmax(), rng=1)])
        convert(mlp, np.float32, together)
        for _ in range(3):
            mlp.feedforward(np.ones((4, 2)))
            mlp.backpropagate(np.eye(3, 2))
        models.append(mlp)
    assert_equal(*models)
    assert is_joint(models[0])


class Shrinking(Adam):
    """One of the user's own, which remembers more than its state."""

    factor = 1.0

    def _step(self, theta, gradient, state, step, work):
        self.factor *= 0.9
        super()._step(theta, gradient, state, step * self.factor, work)


def test_an_optimizer_of_ones_own_updates_layer_by_layer():
    one, other = pair(Shrinking(lr=0.1))
    for batch in range(5):
        learn(one, batch)
        learn(other, batch)
    assert not is_joint(one)
    assert one.layers[0].optimizer.factor == pytest.approx(0.9**5)
    assert_equal(one, other)


def test_precision_back_and_forth_keeps_one_update():
    joint, separate = pair(Adam())
    for dtype in (np.float64, np.float32):
        for together, mlp in ((True, joint), (False, separate)):
            convert(mlp, dtype, together)
            learn(mlp)
            learn(mlp)
        assert_equal(joint, separate)
        assert is_joint(joint)
        assert joint.layers[0].optimizer.state["M"].dtype == dtype


@pytest.mark.parametrize("twin", [copied, pickled])
def test_a_copy_learns_and_leaves_its_original_alone(twin):
    original, alone = pair(Adam(lr=0.01))
    for batch in range(3):
        learn(original, batch)
        learn(alone, batch)
    other = twin(original, True)
    before = original.weights()
    learn(other, 3)
    assert all(np.array_equal(before[name], value) for name, value in original.weights().items())
    assert not any(np.array_equal(before[name], value) for name, value in other.weights().items())
    assert not np.array_equal(other.layers[0].optimizer.state["M"], original.layers[0].optimizer.state["M"])
    learn(alone, 3)
    assert_equal(other, alone)
    learn(original, 3)
    assert_equal(original, alone)


def test_a_part_that_learns_alone_in_between():
    """Two networks own the same layers: each joins what the other one has moved."""
    rng = np.random.default_rng(0)
    x, codes = rng.random((2, 6, 5)), rng.random((3, 5))
    models = []
    for together in (True, False):
        autoencoder = model("autoencoder", together)
        for _ in range(3):
            autoencoder.step(Batch.of(x[0], x[0]), StepContext())
            autoencoder.decoder.feedforward(codes)
            autoencoder.decoder.backpropagate(x[1])
            autoencoder.decoder.backpropagate(x[1])
        models.append(autoencoder)
    assert_equal(*models)


def model(name, together, hidden=5, pixels=6):
    def chain(*sizes, output):
        return build.network(*sizes, hidden=ReLU(), output=output, optimizer=Adam(lr=0.01))

    if name == "classifier":
        made = chain(pixels, hidden, hidden // 2, 10, output=Softmax())
    elif name == "autoencoder":
        made = Autoencoder(chain(pixels, hidden, 3, output=None), chain(3, hidden, pixels, output=Sigmoid()))
    elif name == "vae":
        sampler = Sampler(hidden, 3, Adam(lr=0.01), rng=1)
        made = VAE(chain(pixels, hidden, hidden, output=ReLU()), sampler, chain(3, hidden, pixels, output=Sigmoid()))
    else:
        made = GAN(chain(4, hidden, pixels, output=Tanh()), chain(pixels, hidden, 1, output=Sigmoid()), rng=2)
    convert(made, np.float32, together)
    return made


@by_optimizer
@pytest.mark.parametrize("together", [True, False])
def test_two_threads_update_as_one_does(optimizer, together, monkeypatch):
    sizes, calls = (784, 700, 70, 10), []
    helped, alone = network(optimizer, together, sizes), network(optimizer, together, sizes)
    share = jointupdate.together
    monkeypatch.setattr(jointupdate, "together", lambda jobs: calls.append(len(jobs)) or share(jobs))
    for batch in range(2):
        for mlp, helping in ((helped, True), (alone, False)):
            monkeypatch.setattr(jointupdate, "helping", lambda answer=helping: answer)
            learn(mlp, batch)
    assert_equal(helped, alone)
    assert len(calls) == 2
    assert min(calls) > 5


def test_small_networks_ask_nobody_for_help(monkeypatch):
    monkeypatch.setattr(jointupdate, "helping", lambda: True)
    monkeypatch.setattr(jointupdate, "together", lambda jobs: pytest.fail("a job too small to share"))
    learn(network(Adam(), together=True, sizes=(784, 100, 50, 10)))


# The last output, computed when somebody looks ----------------------------------------------------------------------


class Counting(Softmax):
    """A Softmax that counts how often it is computed."""

    link, calls = "Softmax", 0

    def apply(self, z, out=None):
        self.calls += 1
        return super().apply(z, out)


def counting():
    last = Counting()
    return MLP([Dense(4, 5, Tanh(), rng=0), Dense(5, 3, last, rng=1)], CrossEntropy()), last


def test_the_output_after_forwardLogits_is_that_of_its_preactivation():
    layer = Dense(4, 3, Counting(), rng=0)
    rng = np.random.default_rng(0)
    for columns in (5, 5, 2, 7):
        x = rng.normal(size=(4, columns))
        z = layer.forwardLogits(x)
        assert z is layer.preactivation
        assert np.allclose(z, layer.weight @ x + layer.bias)
        before = layer.activation.calls
        assert np.array_equal(layer.output, Softmax().apply(z))
        assert layer.output is layer.output
        assert layer.activation.calls == before + 1
        assert np.array_equal(layer.feedforward(x), layer.output)


def test_without_activation_the_output_is_the_preactivation():
    chain = MLP([Dense(5, 4, rng=0), Sampler(4, 3, rng=0)]).chain
    assert chain.forwardLogits(np.ones((5, 2))) is chain.output
    assert chain.output is chain.preactivation is chain.layers[1].output


def test_a_step_leaves_the_last_activation_until_somebody_looks():
    mlp, last = counting()
    rng = np.random.default_rng(0)
    for _ in range(3):
        last.calls = 0
        values = mlp.step(Batch.of(rng.normal(size=(4, 6)), np.eye(3, 6)), EVERYTHING)
        assert last.calls == 0
        mlp.predict(rng.normal(size=(4, 9)))
        expected = Softmax().apply(mlp.layers[-1].preactivation)
        assert np.array_equal(mlp.layers[-1].output, expected)
        assert values["accuracy"] == np.mean(expected.argmax(axis=0) == np.eye(3, 6).argmax(axis=0))


def test_an_evaluation_leaves_it_as_well():
    mlp, last = counting()
    mlp.evaluate((np.ones((4, 6)), np.eye(3, 6)))
    assert last.calls == 0


@pytest.mark.parametrize(
    ("output", "rows"), [(Sigmoid(), 1), (Sigmoid(), 2), (Sigmoid(), 5), (Softmax(), 2), (Softmax(), 5)], ids=repr
)
def test_accuracy_is_the_same_either_way(output, rows):
    rng = np.random.default_rng(rows)
    mlp = MLP([Dense(4, rows, output, rng=0)], CrossEntropy())
    x, y = rng.normal(size=(4, 200)), np.eye(max(rows, 2))[:rows, rng.integers(0, max(rows, 2), 200)]
    mlp.objective.forward(x, training=False)
    late = mlp.getAccuracy(y)
    mlp.feedforward(x)
    assert mlp.getAccuracy(y) == late
    assert mlp.evaluate((x, y))["accuracy"] == pytest.approx(late)
    a = mlp.layers[-1].output
    assert late == np.mean(a.argmax(axis=0) == y.argmax(axis=0) if rows > 1 else (a > 0.5) == (y > 0.5))
    assert 0 < late < 1


# Gradients that are not finite ---------------------------------------------------------------------------------------


def found_finite(layer, x, delta):
    """What the layer says of its gradients after a pass with this input and this gradient of its output, if it is
    right."""
    with np.errstate(all="ignore"):
        layer.astype(np.float32)
        layer.forward(np.asarray(x, np.float32))
        layer.backward(np.asarray(delta, np.float32))
        finite = layer.hasFiniteGradients()
    assert finite == np.isfinite(layer.gradientVector).all()
    return finite


@pytest.mark.parametrize("place", [(0, 0), (1, 3), (2, 1)])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("given", ["input", "gradient"])
def test_gradients_that_are_not_finite_are_found(place, bad, given):
    arrays = {"input": np.ones((3, 4)), "gradient": np.ones((3, 4))}
    arrays[given][place] = bad
    assert not found_finite(Dense(3, 3), arrays["input"], arrays["gradient"])


@pytest.mark.parametrize(
    ("x", "delta"),
    [
        ([[1e20]], [[1e20]]),
        ([[2e19, 2e19]], [[1e19, 1e19]]),
        ([[0.0, 0.0]], [[np.inf, 0.0]]),
        ([[0.0, 0.0]], [[3e38, 3e38]]),  # the sum over the samples, the gradient of the bias
        ([[1e-20, 0.0]], [[3e38, 3e38]]),
    ],
)
def test_gradients_that_overflow_are_found(x, delta):
    assert not found_finite(Dense(1, 1), x, delta)


@pytest.mark.parametrize(
    ("x", "delta"),
    [
        ([[0.0]], [[0.0]]),
        ([[1e15]], [[1e15]]),
        ([[1e19, 1e19]], [[1e19, 0.0]]),
        ([[1.0, 1.0]], [[1e38, 1e38]]),
        ([[1e-20]], [[3e38]]),
    ],
)
def test_huge_gradients_are_finite(x, delta):
    assert found_finite(Dense(1, 1), x, delta)


def test_the_sampler_finds_them_as_well():
    x = np.ones((3, 2))
    assert found_finite(Sampler(3, 2, rng=0), x, np.full((2, 2), 1e20))
    assert not found_finite(Sampler(3, 2, rng=0), x, [[0, 0], [0, np.nan]])
    assert not found_finite(Sampler(3, 2, rng=0), 1e20 * x, np.full((2, 2), 1e20))


# Memory --------------------------------------------------------------------------------------------------------------


def allocated(model, quantities, batch=50):
    """Bytes that a steady step allocates at most: what is kept from one step to the next is there before."""
    rng = np.random.default_rng(0)
    x = rng.random((batch, 784), dtype=np.float32).T
    y = np.eye(10, dtype=np.float32)[:, rng.integers(0, 10, batch)].copy()
    context = StepContext(frozenset(quantities), batchSize=batch)
    for _ in range(3):
        model.step(Batch.of(x, y), context)
    tracemalloc.start()
    try:
        model.step(Batch.of(x, y), context)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        model.step(Batch.of(x, y), context)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@by_model
@pytest.mark.parametrize("together", [True, False])
def test_a_steady_step_allocates_next_to_nothing(name, together):
    """Two buffers of NumPy's, each of 32 KiB, would pass; one of the activations, of 78 KiB, would not."""
    one = model(name, together, hidden=400, pixels=784)
    assert allocated(one, one.shown) < 2**16


@by_model
def test_what_is_measured_allocates_nothing_that_grows_with_the_network(name):
    narrow, wide = (model(name, together=True, hidden=hidden, pixels=784) for hidden in (400, 800))
    assert allocated(wide, wide.quantities) < allocated(narrow, narrow.quantities) + 1000
