"""Images (channels, height, width, N) behind a Flatten are columns: to the bit."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

from activations import ReLU, Softmax
from builders import data
from dataset import Batch, Dataset
from layers import BatchNormalization, Dense, Dropout, Flatten, Reshape
from loss import CrossEntropy
from nn import MLP, Model, checkGradients, seed
from nn.training.step import StepContext
from optimizer import Adam

METRICS = ["train_loss", "test_loss", "train_accuracy", "test_accuracy", "validation_loss"]
RNG = np.random.default_rng(0)


def classifier(*first, sizes=(784, 100, 50, 10)):
    """The lecture's, behind other layers."""
    seed(0)
    adam = Adam(learningRate=0.1)
    pairs = list(pairwise(sizes))
    hidden = [Dense(*pair, ReLU(), adam) for pair in pairs[:-1]]
    return MLP([*first, *hidden, Dense(*pairs[-1], Softmax(), adam)])


def pictures(shape, count=300):
    """Black pixels and white ones, in ten classes that can be told apart."""
    numbers = np.arange(count) % 10
    x = RNG.uniform(size=(*shape, count)).astype(np.float32)
    x.reshape(-1, count)[numbers, np.arange(count)] += 2
    return x / x.max(), numbers


def trained(model, dataset, epochs=2):
    seed(1)
    history = model.train(dataset, CrossEntropy(), epochs=epochs, metrics=METRICS)
    return dict(history), [*model.weights().values()], model.evaluate(dataset)


def assertSame(one, other):
    assert one[0] == other[0]
    assert all(np.array_equal(*pair) for pair in zip(one[1], other[1], strict=True))
    assert one[2] == other[2]


@pytest.mark.parametrize("shape", [(1, 28, 28), (4, 14, 14), (784, 1, 1)])
def test_a_training_on_images_is_to_the_bit_that_on_columns(shape):
    x, numbers = pictures(shape)
    settings = {"batch_size": 40, "validation_size": 50}
    columns = trained(classifier(), data(x.reshape(784, -1), numbers, **settings))
    images = classifier(Flatten())
    assertSame(trained(images, data(x, numbers, **settings)), columns)
    assert images.inputShape is None
    assert images.outputShape == (10,)
    assert images.largestProduct(data(x, numbers, **settings)) == 40 * 785 * 100
    there_and_back = classifier(Reshape(shape), Flatten())
    assertSame(trained(there_and_back, data(x.reshape(784, -1), numbers, **settings)), columns)


def test_the_digits_as_images():
    settings = {"rng": 0, "validation_size": 200}
    columns = trained(classifier(sizes=(64, 50, 10)), Dataset("digits", **settings))
    images = Dataset("digits", images=True, **settings)
    assert images.sampleShape == (1, 8, 8)
    model = classifier(Flatten(), sizes=(64, 50, 10))
    assertSame(trained(model, images), columns)
    assert columns[2]["accuracy"] > 0.7
    x = images.testSet()[0]
    assert model.predict(x, size=7) == pytest.approx(model.predict(x), rel=1e-4)


def test_steps_by_hand():
    x, numbers = pictures((1, 28, 28), 50)
    label = np.eye(10)[:, numbers]
    ends = []
    for model, inputs in ((classifier(), x.reshape(784, 50)), (classifier(Flatten()), x)):
        for timeStep in (1, 2):
            outputs = model.feedforward(inputs)
            model.backpropagate(label, timeStep=timeStep)
        loss, accuracy = model.getLoss(label), model.getAccuracy(label)
        gradient = model.layers[0].gradient
        assert gradient.shape == inputs.shape
        ends.append(
            [outputs, loss, accuracy, gradient.reshape(784, 50), model.predict(inputs), *model.weights().values()]
        )
    assert all(np.array_equal(*pair) for pair in zip(*ends, strict=True))


def test_images_and_columns_that_do_not_fit_are_refused():
    x, numbers = pictures((1, 28, 28))
    for model, inputs in (
        (classifier(), x),
        (classifier(Flatten()), x[:, :27]),
    ):
        with pytest.raises(
            ValueError, match=r"the data set 'arrays' has samples of shape \(1, 2\d, 28\).*layers\[\d\]"
        ):
            model.train(data(inputs, numbers))
        with pytest.raises(ValueError, match=r"layers\[\d\] \("):
            model.predict(inputs)
    bad = x.copy()
    bad[0, 3, 4, 7] = np.nan
    with pytest.raises(ValueError, match="finite numbers in float.., got nan"):
        classifier(Flatten()).predict(bad)
    with pytest.raises(
        ValueError, match=r"gives outputs of shape \(10,\), the data set 'arrays' has labels of shape \(3,\)"
    ):
        classifier(Flatten()).train(data(x, numbers % 3))


# With layers that draw and layers that keep --------------------------------------------------------------------------


def deep(*first):
    seed(0)
    adam = Adam(lr=0.01)
    normalization = BatchNormalization(20, optimizer=adam)
    return MLP([*first, Dense(36, 20, optimizer=adam), normalization, Dropout(0.3), Dense(20, 10, Softmax(), adam)])


def test_dropout_and_batch_normalization_on_images():
    x, numbers = pictures((1, 6, 6))
    columns = trained(deep(), data(x.reshape(36, -1), numbers, validation_size=50), epochs=8)
    assertSame(trained(deep(Flatten()), data(x, numbers, validation_size=50), epochs=8), columns)
    assert columns[0]["train_loss"][-1] < 0.5 * columns[0]["train_loss"][0]
    assert columns[2]["accuracy"] > 0.9


def test_normalised_channels():
    """BatchNormalization of images has a mean for every channel."""
    x, numbers = pictures((3, 4, 4))
    seed(0)
    model = MLP([BatchNormalization(3), Flatten(), Dense(48, 10, Softmax(), Adam(lr=0.02))])
    dataset = data(x, numbers)
    model.train(dataset, epochs=15)
    assert model.evaluate(dataset)["accuracy"] > 0.8
    mean = dataset.trainSet()[0].mean(axis=(1, 2, 3))
    assert model.layers[0].statistics["mean"].ravel() == pytest.approx(mean, rel=0.05)
    assert checkGradients(model, x[..., :5])


def test_statistics_are_saved_loaded_copied_and_put_back(tmp_path):
    x, numbers = pictures((1, 6, 6))
    model, dataset = deep(Flatten()), data(x, numbers)
    model.train(dataset, epochs=2)
    kept = [name for name in model.weights() if name.rpartition(".")[2] in ("mean", "variance")]
    assert kept == ["layers.2.mean", "layers.2.variance"]
    statistics = model.layers[2].statistics
    assert statistics["mean"].any()
    again = Model.load(model.save(tmp_path / "model"))
    for other in (again, pickle.loads(pickle.dumps(model))):
        for name, value in statistics.items():
            assert np.array_equal(other.layers[2].statistics[name], value)
            assert other.layers[2].statistics[name].dtype == np.float32
        assert np.array_equal(other.predict(x), model.predict(x))
    weights, before = model.weights(), model.predict(x)
    model.step(Batch.of(x, np.eye(10)[:, numbers]), StepContext())
    assert not any(np.array_equal(weights[name], model.weights()[name]) for name in kept)
    model.setWeights(weights)
    assert np.array_equal(model.predict(x), before)
    assert model.layers[2].statistics["mean"] is statistics["mean"]
    fewer = {name: value for name, value in weights.items() if name != "layers.2.mean"}
    with pytest.raises(ValueError, match=r"missing \['layers.2.mean'\]"):
        model.setWeights(fewer)


def test_a_mini_batch_of_one_sample_is_refused_by_name():
    x, numbers = pictures((1, 6, 6), 41)
    with pytest.raises(
        ValueError, match=r"layers\[2\] \(BatchNormalization 20\): expected two values of every feature"
    ):
        deep(Flatten()).train(data(x, numbers, test_size=10, batch_size=30), epochs=1)
    assert np.isfinite(deep(Flatten()).predict(x[..., :1])).all()
