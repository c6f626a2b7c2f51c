"""What makes a training step fast must not show: one update for all layers, outputs computed late, no new arrays.

The update itself is tested in tests/layers/test_update.py.
"""

import tracemalloc

import numpy as np
import pytest

import builders
from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Batch
from layers import Dense, Learning, Sampler
from loss import CrossEntropy
from nn import GAN, MLP, VAE, Autoencoder
from nn.training.step import StepContext
from optimizer import Adam

EVERYTHING = StepContext(frozenset({"loss", "accuracy"}))

by_model = pytest.mark.parametrize("name", ["classifier", "autoencoder", "vae", "gan"])


def convert(model, dtype, together):
    """With `together` all parameters lie in one vector, as one update needs them; else every layer has its own."""
    for one in [model] if together else model.namedLayers().values():
        one.astype(dtype)


def pair(optimizer):
    models = [builders.network(6, 5, 4, 3, output=Softmax(), optimizer=optimizer) for _ in range(2)]
    for mlp, together in zip(models, (True, False), strict=True):
        convert(mlp, np.float32, together)
    return models


def learn(mlp, batch=0):
    rng = np.random.default_rng(batch)
    mlp.feedforward(rng.normal(size=(6, 7)))
    mlp.backpropagate(np.eye(3)[:, rng.integers(0, 3, 7)])


def is_joint(mlp):
    """Whether the layers' optimizers keep their averages in one vector."""
    bases = [layer.optimizer.state["M"].base for layer in mlp.layers]
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


def test_a_frozen_network_stays():
    joint, _ = pair(Adam(clipNorm=1.0, weightDecay=0.1))
    learn(joint)
    joint.freeze()
    before = joint.weights()
    learn(joint)
    assert all(np.array_equal(before[name], value) for name, value in joint.weights().items())


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
        assert not is_joint(separate)
        assert joint.layers[0].optimizer.state["M"].dtype == dtype


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


def model(name, together=True, hidden=5, pixels=6):
    def chain(*sizes, output):
        return builders.network(*sizes, hidden=ReLU(), output=output, optimizer=Adam(lr=0.01))

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


# The last output, computed when somebody looks -----------------------------------------------------------------------


class Counting(Softmax):
    """A Softmax that counts how often it is computed."""

    link, calls = "Softmax", 0

    def apply(self, z, out=None):
        self.calls += 1
        return super().apply(z, out)


def counting():
    last = Counting()
    return MLP([Dense(4, 5, Tanh(), rng=0), Dense(5, 3, last, rng=1)], CrossEntropy()), last


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
    narrow, wide = (model(name, hidden=hidden, pixels=784) for hidden in (400, 800))
    assert allocated(wide, wide.quantities) < allocated(narrow, narrow.quantities) + 4096  # a list of blocks
