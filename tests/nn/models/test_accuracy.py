"""The share of right answers, by what the labels are and what the last activation can give."""

import copy
import pickle

import numpy as np
import pytest

from activations import ELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import CLASSES, LABELS, NUMBERS, ROWS, classifier, data
from dataset import Dataset
from layers import Dense, Reshape
from loss import MSE, CrossEntropy
from nn import MLP
from optimizer import Adam

SEVERAL = np.array([[5.0, -5, 6, 7], [6, 5, -5, 5], [4, 6, -5, -5]])  # pre-activations: several labels a sample
ONE = np.array([[0.3, -0.3, 0.2, 2.0]])


def handing(output, rows, loss=None):
    """A network that hands its input to its last activation."""
    model = MLP([Dense(rows, rows, output)], loss or MSE())
    model.layers[0].weight = np.eye(rows)
    return model


def accuracies(output, z, y, loss=None):
    """Of the last forward pass, of arrays, of a data set of the three splits, and in a step."""
    model = handing(output, len(z), loss)
    model.feedforward(z)
    found = [model.getAccuracy(y), model.evaluate((z, y))["accuracy"], model.evaluate((z, y), "accuracy")["accuracy"]]
    samples = Dataset.fromArrays(z, y, testInputs=z, testLabels=y, dtype=float)
    found += [model.evaluate(samples, split=split)["accuracy"] for split in ("train", "test")]
    for layer in model.layers:
        layer.optimizer.lr = 1e-12
    history = model.train(samples, epochs=1, metrics=["train_accuracy", "test_accuracy"], watch=False, progress=False)
    return [*found, history["train_accuracy"][-1], history["test_accuracy"][-1]]


class Halves(Activation):
    """From 10 to 12."""

    range = (10.0, 12.0)

    def apply(self, z, out=None):
        return np.clip(z, 10, 12, out=out)

    def derivative(self, z):
        return np.ones_like(z)


@pytest.mark.parametrize(
    ("output", "z", "y", "expected"),
    [
        (Sigmoid(), SEVERAL, SEVERAL > 0, 1),  # each label for itself
        (Sigmoid(), SEVERAL, SEVERAL < 0, 0),
        (Sigmoid(), SEVERAL, [[1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 0, 1]], 0.75),
        (Tanh(), SEVERAL, np.sign(SEVERAL), 1),
        (Tanh(), SEVERAL, SEVERAL > 3, 1),  # 0 and 1: the middle of what a Tanh gives does not part them
        (Identity(), SEVERAL, np.sign(SEVERAL), 1),
        (Identity(), SEVERAL, SEVERAL > 0, 1),
        (LeakyReLU(), SEVERAL, SEVERAL > 0, 1),
        (Sigmoid(), SEVERAL, np.eye(3)[:, [1, 2, 0, 0]], 1),  # classes: the largest output
        (Sigmoid(), SEVERAL, np.eye(3)[:, [0, 2, 0, 1]], 0.5),
        (Tanh(), SEVERAL, 2 * np.eye(3)[:, [1, 2, 0, 0]] - 1, 1),
        (Identity(), SEVERAL, np.eye(3)[:, [1, 2, 0, 1]], 0.75),
        (ReLU(), SEVERAL, np.eye(3)[:, [1, 2, 0, 1]], 0.75),
        (Softmax(), SEVERAL, np.eye(3)[:, [1, 2, 0, 0]], 1),
        (Softmax(), SEVERAL, [[0.3, 0.0, 0.9, 0.4], [0.5, 0.2, 0.1, 0.35], [0.2, 0.8, 0.0, 0.25]], 1),  # shares
        (Sigmoid(), SEVERAL, 0.01 + 0.9 * np.eye(3)[:, [1, 2, 0, 0]], 1),  # smoothed
        (Sigmoid(), ONE, [[1, 0, 1, 0]], 0.75),  # one output
        (Sigmoid(), ONE, [[0.9, 0, 0.9, 0.9]], 1),
        (Sigmoid(), ONE, [[1, -1, 1, 1]], 1),
        (Sigmoid(), ONE, [[0.7, 0.2, 0.55, 0.9]], 1),
        (Tanh(), ONE, np.sign(ONE), 1),
        (Tanh(), ONE, -np.sign(ONE), 0),
        (Tanh(), 9 * ONE, [[1, 0, 1, 1]], 1),
        (Identity(), ONE, np.sign(ONE), 1),
        (Identity(), ONE, [[0, 0, 0, 1]], 1),
        (ReLU(), ONE, [[1, -1, 1, 1]], 1),
        (ELU(), ONE, [[0, 0, 0, 1]], 1),
        (Halves(), 11 + ONE, [[12, 10, 12, 12]], 1),
        (Halves(), 11 + ONE, [[11.5, 10, 11.2, 11.9]], 1),
    ],
    ids=repr,
)
def test_each_output_is_read_as_its_labels_are(output, z, y, expected):
    assert accuracies(output, z, np.asarray(y, float)) == pytest.approx([expected] * 7)


@pytest.mark.parametrize(
    ("output", "y"),
    [
        (Identity(), [[9.0, 8, 7, 6]]),
        (Identity(), [[1.0, 2, 1, 2]]),
        (Identity(), [[0.0, 1, 2, 1]]),
        (ReLU(), [[0.5, 0.1, 0.7, 0.2]]),
        (LeakyReLU(), [[3.0, 3, 3, 3]]),
        (ELU(), [[0.0, 2, 0, 2]]),
        (Sigmoid(), [[0.0, 1, 2, 3]]),
        (Sigmoid(), [[1.0, 2, 1, 2]]),
        (Tanh(), [[2.0, 2, 2, 2]]),
    ],
    ids=repr,
)
def test_where_it_means_nothing_it_is_refused_and_else_left_out(output, y):
    y, model = np.array(y), handing(output, 1)
    samples = Dataset.fromArrays(ONE, y, testInputs=ONE, testLabels=y)
    model.feedforward(ONE)
    words = (
        r"accuracy: expected labels that are classes \(one-hot columns\) or yes and no .* got numbers from .* ask for"
    )
    for ask in (
        lambda: model.getAccuracy(y),
        lambda: model.evaluate((ONE, y), "accuracy"),
        lambda: model.evaluate(samples, ["loss", "accuracy"]),
        lambda: model.train(samples, epochs=1, metrics=["test_accuracy"]),
        lambda: model.train(samples, epochs=1, metrics=["train_loss", "train_accuracy"]),
    ):
        with pytest.raises(ValueError, match=words):
            ask()
    assert model.history is None
    for found in (model.evaluate((ONE, y)), model.evaluate(samples)):
        assert list(found) == ["loss"]
        for twin in (found, copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
            with pytest.raises(KeyError, match="accuracy: expected labels that are classes"):
                twin["accuracy"]
        with pytest.raises(KeyError, match="^'unheard'$"):
            found["unheard"]
    assert list(model.diagnose(samples).quantities) == ["loss"]


def test_the_whole_set_says_what_labels_are_and_not_a_piece_of_it():
    """All but the last of 2,000 samples have one label: a chunk of them looks like classes."""
    z = np.zeros((3, 2000))
    y = np.eye(3)[:, np.arange(2000) % 3]
    z[:] = np.where(y > 0, 1.0, 2.0)
    y[:, -1] = 1
    each = np.mean((z > 0.5) == (y > 0.5))
    assert accuracies(Identity(), z, y)[1:5] == pytest.approx([each] * 4)
    assert accuracies(Identity(), z[:, :-1], y[:, :-1])[1:5] == [0.0] * 4


def test_the_held_out_labels_count_as_well():
    y = np.eye(3)[:, [0, 1, 2, 0]]
    samples = Dataset.fromArrays(SEVERAL, y, testInputs=SEVERAL, testLabels=(SEVERAL > 0).astype(float))
    assert handing(Sigmoid(), 3).evaluate(samples)["accuracy"] == 1
    assert handing(Sigmoid(), 3).evaluate(samples, split="train")["accuracy"] == np.mean((SEVERAL > 0) == (y > 0))


def test_classes_of_every_step_of_sequences():
    z = np.random.default_rng(0).normal(size=(2, 3, 40))
    y = np.moveaxis(np.eye(3)[z.argmax(axis=1)], -1, 1)
    model = MLP([Reshape((2, 3))], MSE())
    assert model.evaluate((z, y))["accuracy"] == 1
    y[:, :, :10] = np.roll(y[:, :, :10], 1, axis=1)
    assert model.evaluate((z, y))["accuracy"] == 0.75


def test_one_network_and_data_sets_of_several_kinds():
    model = handing(Sigmoid(), 3, CrossEntropy())
    kinds = [((SEVERAL > 0).astype(float), 1), (np.eye(3)[:, [1, 2, 0, 0]], 1), (np.eye(3)[:, [0, 2, 0, 1]], 0.5)]
    sets = [(Dataset.fromArrays(SEVERAL, y, testInputs=SEVERAL, testLabels=y), expected) for y, expected in kinds]
    for _ in range(2):
        for samples, expected in sets:
            assert model.evaluate(samples)["accuracy"] == expected
    model.loss = MSE()
    model.layers[0].activation = Identity()
    assert model.evaluate(sets[1][0])["accuracy"] == 1


def test_the_labels_of_a_data_set_are_looked_at_once(monkeypatch):
    from dataset.facts import Labels

    made = []
    monkeypatch.setattr(Labels, "of", classmethod(lambda cls, *a: made.append(a) or cls(3, 0.0, 1.0, 2, False)))
    y = np.asarray(SEVERAL > 0, float)
    samples = Dataset.fromArrays(SEVERAL, y, testInputs=SEVERAL, testLabels=y, batch_size=2)
    model = handing(Sigmoid(), 3)
    model.train(samples, epochs=5, metrics=["train_accuracy", "test_accuracy"], progress=False)
    model.evaluate(samples)
    assert len(made) == 1


def test_per_label_guessing_is_noticed():
    """Labels that nobody can tell, each there in one of ten samples: nine of ten answers are right by guessing."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 2000)), (rng.uniform(size=(4, 2000)) < 0.1).astype(float)
    samples = Dataset.fromArrays(x, y, rng=0)
    adam = Adam(lr=0.01)
    model = MLP([Dense(5, 8, Tanh(), adam, rng=1), Dense(8, 4, Sigmoid(), adam, rng=2)])
    model.train(samples, epochs=5, watch=False, progress=False)
    assert model.evaluate(samples)["accuracy"] > 0.85
    assert [finding.kind for finding in model.diagnose(samples).findings] == ["guessing"]


# Classes and the default loss -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [(CLASSES, {}, "are classes, and the loss after"), (1, {"oneHot": False}, "are class numbers, and the loss after")],
)
def test_classes_with_the_loss_of_a_regression_are_said(rows, options, words):
    samples = data(labels=NUMBERS, **options)
    model = MLP([Dense(ROWS, rows, rng=0)])
    with pytest.warns(UserWarning, match=words + r" layers\[0\] .* is MSE.*: end in Softmax.*say loss=MSE\(\)") as said:
        model.train(samples, epochs=1, progress=False, watch=False)
    assert len(said) == 1
    model.train(samples, loss=MSE(), epochs=1, progress=False, watch=False)  # meant, and no warning
    MLP([Dense(ROWS, rows, rng=0)], MSE()).train(samples, epochs=1, progress=False, watch=False)
    MLP([Dense(ROWS, CLASSES, rng=0)]).train(data(labels=LABELS), epochs=1, progress=False, watch=False)  # targets
    classifier().train(data(labels=NUMBERS), epochs=1, progress=False, watch=False)
