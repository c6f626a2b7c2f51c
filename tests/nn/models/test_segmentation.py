"""Networks that give a class to every pixel: SegNet's encoder and decoder, weights of classes, exact figures."""

import numpy as np
import pytest

from activations import Softmax, Tanh
from dataset import Batch, Dataset
from layers import BatchNormalization, Conv2D, Layer, MaxPooling2D, MaxUnpooling2D, UpSampling2D
from loss import CategoricalCrossEntropy, CrossEntropy
from nn import MLP, Model, checkGradients, seed
from optimizer import Adam

RNG = np.random.default_rng(0)


def segnet(classes=11, unpooling="indices", size=None):
    seed(0)
    pool, adam = MaxPooling2D(2), Adam(lr=0.01)
    enlarge = MaxUnpooling2D(pool, size) if unpooling == "indices" else UpSampling2D(2)
    return MLP(
        [
            Conv2D(1, 4, 3, Tanh(), adam, padding="same"),
            BatchNormalization(4, optimizer=adam),
            pool,
            Conv2D(4, 4, 3, Tanh(), adam, padding="same"),
            enlarge,
            Conv2D(4, classes, 3, Softmax(), adam, padding="same"),
        ]
    )


class Passing(Layer):
    """Hands on its input, so that a test chooses the answers."""

    def _forward(self, x, now, training):
        return x

    def _backward(self, dy, now, wanted):
        return dy

    def outputShape(self, inputShape):
        return inputShape


@pytest.mark.parametrize("loss", [CategoricalCrossEntropy(), CrossEntropy()], ids=repr)
@pytest.mark.parametrize("unpooling", ["indices", "upsampling"])
def test_gradients_with_weights_of_classes(unpooling, loss):
    network = segnet(3, unpooling)
    network.loss = loss
    rng = np.random.default_rng(1)
    numbers, images = rng.choice(3, (6, 4, 3), p=[0.6, 0.3, 0.1]), rng.normal(size=(1, 6, 4, 3))
    dataset = Dataset.fromArrays(images, numbers, oneHot=True, classWeights="median", test_size=0, dtype=float)
    batch = dataset.trainSet()
    assert len(np.unique(batch.weights)) == 3
    report = checkGradients(network, *batch, weights=batch.weights)
    assert report, report


def test_weights_of_classes_are_terms_of_the_loss():
    network, images = segnet(3), RNG.normal(size=(1, 6, 4, 3))
    numbers, weights = RNG.integers(0, 3, (6, 4, 3)), np.array([0.1, 1, 3])
    dataset = Dataset.fromArrays(images, numbers, oneHot=True, classWeights=weights, test_size=0, dtype=float)
    batch = dataset.trainSet()
    outputs = network.predict(batch.inputs)
    terms = weights[:, None, None, None] * batch.labels * np.log(outputs)
    network.loss = CategoricalCrossEntropy()
    found = network.evaluate(dataset, ["loss", "accuracy"], "train")
    assert found["loss"] == pytest.approx(-terms.sum() / 3)
    assert found["accuracy"] == pytest.approx(np.mean(outputs.argmax(axis=0) == batch.labels.argmax(axis=0)))


def test_it_learns_scenes_in_either_way_of_enlarging(tmp_path):
    for unpooling in ("indices", "upsampling"):
        dataset = Dataset("scenes", 60, 10, 10, side=28, rng=0, classWeights="median")
        network = segnet(11, unpooling)
        history = network.train(dataset, epochs=2, metrics=["train_loss", "test_mean_iou", "test_balanced_accuracy"])
        assert history["train_loss"][-1] < 0.98 * history["train_loss"][0]
        again = Model.load(network.save(tmp_path / unpooling))
        x = dataset.testSet()[0]
        np.testing.assert_array_equal(again.predict(x), network.predict(x))


def test_figures_are_of_all_pixels_together_also_where_images_are_large():
    """From the counts of a confusion matrix; images are so large that a few at a time are evaluated."""
    classes, side, count = 3, 400, 5
    truth = RNG.integers(0, classes, (side, side, count))
    said = np.where(RNG.uniform(size=truth.shape) < 0.3, RNG.integers(0, 2, truth.shape), truth)
    said[..., :2] = 0
    labels, outputs = (np.moveaxis(np.eye(classes, dtype=np.float32)[one], -1, 0) for one in (truth, said))
    confusion = np.bincount((classes * truth + said).ravel(), minlength=9).reshape(3, 3)
    right, true, answered = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    expected = {
        "accuracy": right.sum() / truth.size,
        "balanced_accuracy": np.mean(right / true),
        "mean_iou": np.mean(right / (true + answered - right)),
    }
    network, seen = MLP([Passing()]), []
    forward = Passing._forward
    Passing._forward = lambda self, x, now, training: seen.append(x.shape[-1]) or forward(self, x, now, training)
    assert network.evaluate(Batch.of(outputs, labels), list(expected)) == pytest.approx(expected, rel=1e-12)
    assert network.evaluate(
        Dataset.fromArrays(outputs, truth, oneHot=True, testInputs=outputs, testLabels=truth), list(expected)
    ) == pytest.approx(expected, rel=1e-12)
    Passing._forward = forward
    assert max(seen) < count
    assert sum(seen) == 2 * count
