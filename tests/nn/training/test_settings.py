"""What a training makes of schedules, learning rates and batch sizes."""

import math

import numpy as np
import pytest

from activations import ReLU, Sigmoid
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP, DivergenceError
from optimizer import SGD, Adam


def data(batch_size=20, samples=20, **options):
    x = np.random.default_rng(0).normal(size=(3, samples))
    return Dataset.fromArrays(x, x[:1], testInputs=x, testLabels=x[:1], batch_size=batch_size, rng=0, **options)


def network(optimizer=None):
    return MLP([Dense(3, 1, optimizer=optimizer or SGD(lr=0.1), rng=0)])


# |X| -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [20, 21, 1000])
def test_one_batch_of_all_samples_makes_the_same_step_whatever_batch_size_was_asked_for(size):
    losses = network(SGD(learningRate=1.0)).train(data(size), epochs=20)["test_loss"]
    assert losses == network(SGD(lr=1 / 20)).train(data(20), epochs=20)["test_loss"]


def test_a_smaller_last_batch_makes_the_step_of_the_others():
    assert (
        network(SGD(learningRate=1.0)).train(data(8), epochs=3)["test_loss"]
        == network(SGD(lr=1 / 8)).train(data(8), epochs=3)["test_loss"]
    )


def test_a_discriminator_learns_from_twice_as_many():
    def end(of_generator, of_discriminator):
        G = MLP([Dense(2, 3, ReLU(), of_generator, rng=0), Dense(3, 3, optimizer=of_generator, rng=1)])
        gan = GAN(G, MLP([Dense(3, 1, Sigmoid(), of_discriminator, rng=2)]), rng=3)
        gan.train(data(1000), epochs=5)
        return gan.weights()

    one = end(SGD(learningRate=2.0), SGD(learningRate=2.0))
    other = end(SGD(lr=2.0 / 20), SGD(lr=2.0 / 40))
    assert all(np.array_equal(one[name], other[name]) for name in one)


# Settings that are changed -------------------------------------------------------------------------------------------


def test_a_rate_that_is_set_later_is_obeyed():
    net = network(SGD(learningRate=1.0))
    net.layers[0].optimizer.lr = 1e-9
    losses = net.train(data(), epochs=20, watch=False)["test_loss"]
    assert losses[-1] == pytest.approx(losses[0], rel=1e-5)


def test_momentum_that_is_set_later_is_obeyed():
    net = network(SGD(lr=0.1))
    net.layers[0].optimizer.momentum = 0.9
    assert net.train(data(), epochs=3).state() | {"seconds": 0} == (
        network(SGD(lr=0.1, momentum=0.9)).train(data(), epochs=3).state() | {"seconds": 0}
    )


def test_momentum_that_is_set_at_the_end_goes_on_from_a_checkpoint(tmp_path):
    def trained(epochs, **options):
        net, dataset = network(SGD(lr=0.1)), data()

        def later(index, value):
            net.layers[0].optimizer.momentum = 0.9

        return net.train(dataset, epochs=epochs, callbacks={"train_loss": later}, **options)["test_loss"]

    whole, path = trained(4), tmp_path / "run.safetensors"
    trained(1, checkpoint=path)
    assert trained(4, checkpoint=path, resume=True) == whole


def test_a_training_obeys_what_a_callback_sets():
    """Also where one update moves the layers together."""

    def trained(change):
        net = MLP([Dense(3, 4, ReLU(), Adam(lr=0.01), rng=0), Dense(4, 1, optimizer=Adam(lr=0.01), rng=1)])

        def set_later(index, value):
            for layer in net.layers:
                change(layer.optimizer)

        return net.train(data(), epochs=4, callbacks={"train_loss": set_later})["train_loss"]

    plain = trained(lambda optimizer: None)
    for name, value in {"lr": 0.1, "learningRate": 1.0, "beta1": 0.1, "weightDecay": 0.5, "epsilon": 0.1}.items():
        changed = trained(lambda optimizer, name=name, value=value: setattr(optimizer, name, value))
        assert changed[0] == plain[0]
        assert changed[-1] != plain[-1]


# Schedules -----------------------------------------------------------------------------------------------------------


def forgotten(epoch, epochs):
    0.5  # noqa: B018 - a return that was forgotten


@pytest.mark.parametrize(
    ("schedule", "error", "got"),
    [
        (forgotten, TypeError, "None"),
        (lambda epoch, epochs: math.nan, ValueError, "nan"),
        (lambda epoch, epochs: math.inf, ValueError, "inf"),
        (lambda epoch, epochs: -0.5, ValueError, "-0.5"),
        (lambda epoch, epochs: "1", TypeError, "'1'"),
        (lambda epoch, epochs: np.ones(2), TypeError, "array"),
        (lambda epoch, epochs: 1 - 2 * epoch, ValueError, "-1"),
    ],
)
def test_what_a_schedule_gives_is_looked_at_where_it_gives_it(schedule, error, got):
    net, message = network(), r"train: expected what schedule gives for epoch [01] of 2 to be a finite number >= 0, "
    with pytest.raises(error, match=message + f"got {got}"):
        net.train(data(), epochs=2, schedule=schedule)
    assert all(np.isfinite(array).all() for array in net.weights().values())


def test_an_exception_of_a_schedule_says_that_it_is_the_schedules():
    with pytest.raises(ZeroDivisionError) as caught:
        network().train(data(), epochs=1, schedule=lambda epoch, epochs: 1 / (epochs - 1))
    assert caught.value.__notes__ == ["raised by the schedule of this training for epoch 0 of 1"]


@pytest.mark.parametrize("factor", [0.5, np.float64(0.5), np.float32(0.5), np.array(0.5)[()]])
def test_a_schedule_may_give_any_number(factor):
    halved = network().train(data(), epochs=2, schedule=lambda epoch, epochs: factor)["test_loss"]
    assert halved == network(SGD(lr=0.05)).train(data(), epochs=2)["test_loss"]


def test_a_schedule_may_give_whole_numbers():
    plain = network().train(data(), epochs=2)["test_loss"]
    assert network().train(data(), epochs=2, schedule=lambda epoch, epochs: 1)["test_loss"] == plain
    stood = network().train(data(), epochs=2, schedule=lambda epoch, epochs: 0)["test_loss"]
    assert stood[0] == stood[1] != plain[0]


# Overflows -----------------------------------------------------------------------------------------------------------


def test_a_state_that_overflows_ends_the_training_with_the_layer_and_the_step():
    """The gradient is finite, and so would be the weights: they would stand still."""
    net = network(Adam(lr=1e-3))
    x = np.random.default_rng(0).normal(size=(3, 20))
    large = Dataset.fromArrays(x, 1e18 * np.sign(x[:1]), batch_size=20, rng=0)
    message = r"optimizer is not finite at step \d+: it first appeared in layers\[0\].*Adam: in update \d+ .*overflows"
    with pytest.raises(DivergenceError, match=message) as caught:
        net.train(large, epochs=3000, watch=False)
    assert 1 < caught.value.step < 3000
    assert all(np.isfinite(array).all() for array in net.weights().values())


def test_an_overflow_of_ones_own_layer_is_left_as_it_is():
    class Own(Dense):
        def _forward(self, x, now, training):
            math.exp(1e6)

    with pytest.raises(OverflowError, match="math range error"):
        MLP([Own(3, 1)]).train(data(), epochs=1)
