"""Networks with layers of all kinds, and outputs of any rank: watched and diagnosed."""

import numpy as np
import pytest
from watched import digits, warned

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import (
    BatchNormalization,
    Concatenate,
    Conv2D,
    Copy,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    MaxUnpooling2D,
    Parallel,
    Reshape,
    Residual,
)
from loss import MSE
from nn import MLP, Autoencoder, seed
from nn.watch.inside.units import Units
from nn.watch.layerstate import stateOf
from nn.watch.reading import byUnit, initialScales, inner, isNew, isUntrained, learning, preactivation, weightOf
from nn.watch.symptom import Observation
from nn.watch.symptoms import general
from optimizer import SGD, Adam


def images():
    return Dataset("digits", rng=0, images=True)


def convolving(activation=None, channels=6):
    adam, f = Adam(lr=0.003), activation or ReLU()
    return MLP(
        [
            Conv2D(1, channels, 3, f, adam, padding="same", rng=0),
            BatchNormalization(channels, optimizer=adam),
            Conv2D(channels, 4, 3, f, adam, padding="same", rng=1),
            Flatten(),
            Dropout(0.2),
            Dense(256, 10, Softmax(), adam),
        ]
    )


def normalised(optimizer=None):
    return MLP(
        [
            Dense(64, 60, ReLU(), optimizer),
            BatchNormalization(60, optimizer=optimizer),
            Dropout(0.2),
            Dense(60, 60, ReLU(), optimizer),
            BatchNormalization(60, optimizer=optimizer),
            Dense(60, 10, Softmax(), optimizer),
        ]
    )


def residual():
    blocks = [Residual([Dense(32, 32, ReLU()), Dense(32, 32)]) for _ in range(3)]
    return MLP([Dense(64, 32, ReLU()), *blocks, Dense(32, 10, Softmax())])


def branching():
    fork = [Copy(), Parallel([Dense(32, 16, ReLU()), Dense(32, 16, Tanh())]), Concatenate()]
    return MLP([Dense(64, 32, ReLU()), *fork, Dense(32, 10, Softmax())])


# Healthy trainings: warnings are errors in these tests ---------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        normalised,
        lambda: normalised(Adam(lr=0.01)),
        lambda: normalised(SGD(lr=0.1, momentum=0.9)),
        residual,
        branching,
    ],
    ids=["Adam", "a quick Adam", "momentum", "residual", "branching"],
)
@pytest.mark.parametrize("number", range(2))
def test_they_are_left_in_peace(make, number):
    seed(number)
    model = make()
    model.train(digits(), epochs=12, metrics=["test_accuracy"])
    diagnosis = model.diagnose(digits())
    assert diagnosis.healthy, diagnosis


@pytest.mark.parametrize("activation", [ReLU(), Tanh()], ids=repr)
def test_images_are_left_in_peace(activation):
    seed(0)
    model = convolving(activation)
    model.train(images(), epochs=8, metrics=["test_accuracy"])
    assert model.diagnose(images()).healthy


def convolution(inputs, outputs, activation=None, rng=0):
    return Conv2D(inputs, outputs, 3, activation or ReLU(), Adam(lr=0.003), padding="same", rng=rng)


def encoding():
    """A convolutional autoencoder, with places of maxima."""
    pool = MaxPooling2D(2)
    encoder = [convolution(1, 8), pool, convolution(8, 4, rng=1)]
    decoder = [convolution(4, 8), MaxUnpooling2D(pool), convolution(8, 8, rng=2), convolution(8, 1, Sigmoid(), rng=3)]
    return Autoencoder(MLP(encoder), MLP(decoder))


def deep():
    blocks = [Residual([convolution(6, 6, rng=2 * i), convolution(6, 6, rng=2 * i + 1)]) for i in range(4)]
    last = Dense(6, 10, Softmax(), Adam(lr=0.003), rng=0)
    return MLP([convolution(1, 6), *blocks, GlobalAveragePooling2D(), last])


@pytest.mark.parametrize("make", [encoding, deep])
def test_deep_and_encoding_ones_are_left_in_peace(make):
    seed(0)
    model = make()
    model.train(Dataset("digits", rng=0, images=True, train_size=600), epochs=2)
    assert not [finding for finding in model.diagnose(images()).findings if finding.kind != "guessing"]


def test_an_output_layer_with_a_layer_behind_it_may_be_as_output_layers_are():
    """Zeros at the beginning, a Sigmoid that is saturated in the end."""
    seed(0)
    x = (np.random.default_rng(0).random((1, 4, 4, 500)) < 0.1).astype(float)
    data = Dataset.fromArrays(x, x, rng=0)
    layers = [Flatten(), Dense(16, 40, ReLU(), Adam(lr=0.01)), Dense(40, 16, Sigmoid(), Adam(lr=0.01), "zeros")]
    model = MLP([*layers, Reshape((1, 4, 4))], MSE())
    model.train(data, epochs=20, metrics=[])
    model.layers[2].weight *= 100
    diagnosis = model.diagnose(data)
    assert diagnosis.layers[2].flat > 0.9
    assert diagnosis.healthy


# Planted faults ------------------------------------------------------------------------------------------------------


def test_dead_channels():
    seed(0)
    model = convolving()
    model.layers[2].parameters["bias"][:3] = -1000
    found, (message,) = warned(model, images())
    assert found == [("units", "layers[2]")]
    assert message.cause.startswith("3 of its 4 channels are dead: ReLU() is flat there for every sample")
    finding, *_ = model.diagnose(images()).findings
    assert finding.kind == "units"
    assert finding.text.startswith("3 of its 4 channels are dead")


def test_a_report_names_dead_channels_though_a_few_are_no_fault():
    seed(0)
    model = convolving(channels=20)
    model.layers[0].bias[[0, 3, 5]] = -1000
    diagnosis = model.diagnose(images())
    assert "units" not in [finding.kind for finding in diagnosis.findings]
    assert "\n3 of 20 channels of layers[0] (Conv2D 1 -> 20, 3x3, same, ReLU()) are dead: 0, 3, 5\n" in str(diagnosis)
    model.layers[0].bias[:] = -1000
    diagnosis = model.diagnose(images())
    assert "\n20 of 20 channels of layers[0]" in str(diagnosis)
    assert "10, 11, 12, 13, 14, 15 and 4 more\n" in str(diagnosis)
    assert diagnosis.findings[0].text.startswith("20 of its 20 channels are dead")


def test_a_channel_lives_if_it_does_so_in_one_place():
    layer = Conv2D(1, 2, 1, ReLU())
    layer.parameters["weight"][...] = 1
    x = -np.ones((1, 5, 5, 30))
    x[0, 3, 3, 7] = 1
    layer.forward(x)
    assert Units([layer]).examine(Observation(x, x, patience=1)) is None
    state = stateOf(layer)
    assert state.dead == 0
    assert state.flat == pytest.approx(1 - 1 / 750)
    layer.forward(-np.ones((1, 5, 5, 30)))
    assert Units([layer]).examine(Observation(x, x, patience=1)).text.startswith("2 of its 2 channels are dead")
    assert stateOf(layer).dead == 1


def test_dead_channels_are_sure_after_a_hundred_samples_not_places():
    """With one sample a step, what is dead in all its pixels is looked at a hundred times."""
    layer = Conv2D(1, 2, 1, ReLU())
    layer.parameters["bias"][...] = -1000
    symptom = Units([layer])
    x = np.ones((1, 8, 8, 1))
    layer.forward(x)
    found = [symptom.examine(Observation(x, x, step=step)) for step in range(1, 101)]
    assert [finding is not None for finding in found] == [False] * 99 + [True]


@pytest.mark.parametrize("place", [0, 3])
def test_the_weights_of_a_layer_among_others(place):
    seed(0)
    model = normalised()
    model.layers[place].weight[...] = 0
    found, (message,) = warned(model, digits())
    assert found == [("weights", f"layers[{place}]")]
    assert "its weights are all 0" in message.cause


def test_signals_that_explode_are_those_of_layers_with_parameters():
    """A Dropout hands on what it is given; a BatchNormalization ends it."""
    seed(0)
    dense = [Dense(64, 64, ReLU(), Adam(lr=1e-4)) for _ in range(8)]
    for layer in dense:
        layer.weight *= 4
    model = MLP([*dense[:6], Dropout(0.1), Dense(64, 64), BatchNormalization(64), Dense(64, 10, Softmax())])
    found, (message,) = warned(model, digits(), epochs=1)
    assert found == [("weights", "layers[4]")]
    assert "; the same in layers[5], layers[7]. Omit initializer" in message.cause


def test_updates_of_a_batch_normalisation():
    """Which has no weights, but a scale that begins with 1."""
    seed(0)
    model = normalised()
    model.layers[4].optimizer = SGD(lr=1e4)
    found, (message,) = warned(model, digits())
    assert found == [("updates", "layers[4]")]
    assert "one update moved its weights by" in message.cause


def test_inputs_that_are_not_scaled_in_front_of_a_layer_without_parameters():
    seed(0)
    x, y = images().trainSet()
    found, _ = warned(MLP([Flatten(), Dense(64, 10, Softmax())]), Dataset.fromArrays(255 * x, y))
    assert found == [("inputs", "layers[0]")]


def test_labels_of_images_that_are_guessed():
    """Of four classes for every pixel, with the place as all that is known of it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 3, 1000))
    y = np.eye(4)[:, rng.integers(4, size=(3, 3, 1000))]
    data = Dataset.fromArrays(x, y, rng=0)
    seed(0)
    model = MLP([Conv2D(2, 8, 1, ReLU(), Adam(lr=0.01), rng=0), Conv2D(8, 4, 1, Softmax(), Adam(lr=0.01), rng=1)])
    found, _ = warned(model, data, epochs=40)
    assert found == [("guessing", "layers[1]")]
    assert model.diagnose(data).findings[0].kind == "guessing"
    seed(0)
    easy = np.eye(4)[:, (x[0] > 0) + 2 * (x[1] > 0)]
    model = MLP([Conv2D(2, 8, 1, ReLU(), Adam(lr=0.01), rng=0), Conv2D(8, 4, 1, Softmax(), Adam(lr=0.01), rng=1)])
    assert warned(model, Dataset.fromArrays(x, easy, rng=0), epochs=40)[0] == []


def test_frozen_networks_are_watched():
    seed(0)
    for model, data in ((normalised(), digits()), (branching(), digits()), (convolving(), images())):
        model.freeze()
        model.train(data, epochs=1)
        assert "gradients" not in model.diagnose(data).figures()


# The report ----------------------------------------------------------------------------------------------------------


def test_what_a_layer_without_parameters_or_activation_has_to_show():
    seed(0)
    diagnosis = convolving(Tanh()).diagnose(images())
    first, normalisation, second, flatten, dropout, last = diagnosis.layers
    for state in (flatten, dropout):
        assert state.gradient is state.weights is state.ratio is state.dead is state.flat is None
    assert normalisation.dead is normalisation.flat is None
    assert normalisation.gradient > 0
    assert normalisation.mean == pytest.approx(0, abs=1e-6)
    assert normalisation.deviation == pytest.approx(1, rel=1e-3)
    assert first.flat is not None
    assert first.counts.sum() == 6 * 64 * 1000
    assert second.counts.sum() == flatten.counts.sum() == 256 * 1000
    assert last.dead is None
    lines = str(diagnosis).splitlines()
    assert len({len(line) for line in lines[1:8]}) == 1
    assert lines[5].startswith("layers[3] (Flatten) ")
    assert diagnosis.special[0] == "not trained yet"
    assert set(diagnosis.figures()) == {"activations", "gradients", "units"}


def test_layers_with_several_outputs_are_left_out():
    seed(0)
    model = branching()
    diagnosis = model.diagnose(digits())
    assert [state.place for state in diagnosis.layers] == [
        "layers[0]",
        "layers[2].layers[0]",
        "layers[2].layers[1]",
        "layers[3]",
        "layers[4]",
    ]
    assert len(diagnosis.figures()["activations"].axes) == 5


def test_the_running_averages_stay_as_they_are():
    seed(0)
    model = normalised()
    model.train(digits(), epochs=1, metrics=[])
    before = [array.copy() for layer in model.layers for array in layer.statistics.values()]
    model.diagnose(digits())
    after = [array for layer in model.layers for array in layer.statistics.values()]
    assert len(after) == 4
    assert all(map(np.array_equal, before, after))


@pytest.mark.parametrize("make", [normalised, residual, branching])
def test_no_bit_of_a_training_changes(make):
    ends = []
    for watch in (True, False):
        seed(3)
        model = make()
        history = model.train(digits(), epochs=4, watch=watch)
        ends.append((model.weights(), dict(history)))
    assert ends[0][1] == ends[1][1]
    for name, weight in ends[0][0].items():
        assert np.array_equal(weight, ends[1][0][name]), name


# What is read of a layer ---------------------------------------------------------------------------------------------


def test_new_layers():
    dense, normalisation = Dense(3, 2), BatchNormalization(2)
    assert all(map(isNew, (dense, normalisation, Flatten(), Dropout(), Copy())))
    assert isUntrained([Flatten(), dense, Dropout()])
    assert not isUntrained([Flatten(), Dropout()])  # nothing in it learns
    normalisation.parameters["shift"][0] = 0.1  # as of a file, in which no optimizer's steps are counted
    assert not isNew(normalisation)
    assert not isUntrained([dense, normalisation])
    dense.forward(np.ones((3, 1)))
    dense.backward(np.ones((2, 1)))
    dense.update()
    assert not isNew(dense)
    dense.trainable = False
    normalisation.trainable = False
    assert not isUntrained([dense, normalisation])
    assert learning([dense, Flatten(), normalisation]) == []


def test_the_layers_before_the_output_layer():
    flatten, first, normalisation, last, shape = layers = [
        Flatten(),
        Dense(4, 3),
        BatchNormalization(3),
        Dense(3, 4),
        Reshape((2, 2)),
    ]
    assert inner(layers) == [flatten, first, normalisation]
    assert inner([first, last]) == [first]
    assert inner([flatten, shape]) == [flatten]
    last.trainable = False
    assert inner(layers) == [flatten, first, normalisation]


def test_preactivations():
    x = np.array([[-1.0, 2.0]])
    dense, several = Dense(1, 1, ReLU(), initializer=lambda *_: np.ones((1, 1))), Copy()
    dense.forward(x)
    assert np.array_equal(preactivation(dense), x)
    dropout = Dropout(0.5)
    dropout.forward(x, training=False)
    assert np.array_equal(preactivation(dropout), x)
    several.forward(x)
    assert preactivation(several) is None


def test_weights_of_convolutions():
    weight = np.empty((16, 8, 3, 3))
    assert initialScales(weight) == pytest.approx((np.sqrt(2 / (9 * 8 + 9 * 16)), np.sqrt(2 / (9 * 8))))
    dense = Dense(3, 2)
    assert weightOf(dense) is dense.parameters["weight"]
    dense.trainable = False
    assert weightOf(dense) is None
    assert weightOf(Flatten()) is weightOf(BatchNormalization(2)) is None


def test_units_by_rank():
    rng = np.random.default_rng(0)
    image, sequence = rng.normal(size=(3, 4, 5, 6)), rng.normal(size=(7, 3, 6))
    assert np.array_equal(byUnit(image)[1], image[1].ravel())
    assert np.array_equal(byUnit(sequence)[1], sequence[:, 1].ravel())


def test_a_network_without_parameters_has_nothing_to_show():
    layers = [Flatten(), Dropout()]
    x = np.ones((1, 2, 2, 3))
    for layer in layers:
        x = layer.forward(x)
    for symptom in general([layers], lambda seen: np.nan):
        symptom.prepare()
        assert symptom.examine(Observation(x, x, patience=1)) is None
