"""What is known of all samples: the range of the inputs, the kind of the labels, and a fingerprint of everything."""

import copy
import pickle

import numpy as np
import pytest

from dataset import Batch, Dataset
from dataset.facts import Facts, Labels

X = np.random.default_rng(0).uniform(0.1, 0.9, size=(3, 3000))
Y = X[:1].copy()


def made(x=X, y=Y, **keywords):
    return Dataset.fromArrays(x, y, **{"testInputs": x[..., :50], "testLabels": y[..., :50], "rng": 0} | keywords)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ([np.zeros((0, 5))], Labels(0)),
        ([np.array([[0.0, 1, 1]])], Labels(1, 0, 1, 2, False)),
        ([np.array([[2.0, 2]])], Labels(1, 2, 2, 1, False)),
        ([np.array([[0.0, 1, 2]])], Labels(1, 0, 2, 3, False)),
        ([np.eye(3)], Labels(3, 0, 1, 2, True)),
        ([2 * np.eye(3) - 1], Labels(3, -1, 1, 2, True)),
        ([np.eye(3), np.ones((3, 1))], Labels(3, 0, 1, 2, False)),
        ([np.eye(3), np.zeros((3, 1))], Labels(3, 0, 1, 2, False)),
        ([np.eye(3), np.zeros((3, 0)), np.eye(3)], Labels(3, 0, 1, 2, True)),
        ([np.eye(3), 0.5 * np.eye(3)], Labels(3, 0, 1, 3, False)),
        ([np.stack([np.eye(3), np.eye(3)[::-1]])], Labels(3, 0, 1, 2, True)),
        ([np.stack([np.eye(3), np.eye(3)]).reshape(2, 3, 3, 1)], Labels(2, 0, 1, 2, False)),
    ],
)
def test_what_labels_are_like(arrays, expected):
    assert Labels.of(*arrays) == expected


def test_the_facts_of_data_sets():
    data = made()
    assert data.facts.labels == Labels(1, float(np.float32(Y.min())), float(np.float32(Y.max())), 3, False)
    assert data.facts.ends == (float(X.astype(np.float32).min()), float(X.astype(np.float32).max()))
    assert data.facts.valueRange is None
    for batch in (data.trainSet(), next(data.batches())[0], next(data.batches())[1], *data.chunks("test")):
        assert batch.facts is data.facts
    digits = Dataset("digits", valueRange=(-1, 1))
    assert digits.facts.labels == Labels(10, 0, 1, 2, True)
    assert digits.facts.ends == digits.facts.valueRange == (-1, 1)
    assert Dataset("digits", oneHot=False).facts.labels == Labels(1, 0, 9, 3, False)
    assert Dataset.fromArrays(X).facts.labels == Labels(0)
    for twin in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert twin.facts.labels == data.facts.labels
        assert twin.facts.ends == data.facts.ends
        assert twin.fingerprint() == data.fingerprint()


def test_the_facts_of_batches_of_their_own():
    batch = Batch.of([[2.0, 4.0]], [[0.0, 1.0]])
    assert batch.facts.ends == (2.0, 4.0)
    assert batch.facts.labels == Labels(1, 0, 1, 2, False)
    assert batch.facts is batch.facts
    assert Facts.of(np.zeros((2, 0)), np.zeros((1, 0))).ends == (0.0, 1.0)
    assert Facts.of(np.zeros((2, 0)), np.zeros((1, 0))).labels == Labels(0)


# Fingerprints ---------------------------------------------------------------------------------------------------------


def changed(array, place):
    array = array.copy()
    array[..., place] = 0.95 - 0.9 * array[..., place]
    return array


def test_the_same_data_have_the_same_fingerprint():
    assert made().fingerprint() == made().fingerprint()
    assert made().fingerprint() == made(np.asfortranarray(X), Y, batch_size=7, shuffle=False).fingerprint()
    assert Dataset("digits", rng=0).fingerprint() == Dataset("digits", rng=1).fingerprint()
    assert Dataset.fromArrays(X, Y, rng=0).fingerprint() != Dataset.fromArrays(X, Y, rng=1).fingerprint()


def test_class_numbers_of_pixels_count_as_before_however_many_bytes_they_take():
    """The figure is that of version 0.4.0, which kept them in eight bytes each."""
    x, y = np.arange(480.0).reshape(1, 4, 4, 30), np.arange(480).reshape(4, 4, 30) % 5
    data = Dataset.fromArrays(x, y, test_size=6, shuffle=False, oneHot=True, rng=0)
    assert data.fingerprint() == 781245782


@pytest.mark.parametrize("place", [0, 999, 1000, 1500, 2999])
@pytest.mark.parametrize("what", ["inputs", "labels", "testInputs", "testLabels"])
def test_every_sample_counts(what, place):
    arrays = {"inputs": X, "labels": Y, "testInputs": X, "testLabels": Y}
    data = Dataset.fromArrays(**arrays, rng=0)
    other = Dataset.fromArrays(**arrays | {what: changed(arrays[what], place)}, rng=0)
    assert data.fingerprint() != other.fingerprint()


def test_how_they_are_delivered_counts_and_which_split_they_are_in():
    grey = (255 * X).astype(np.uint8)
    classes = (4 * Y[0]).astype(int)
    kinds = [
        made(grey, classes),
        made(grey, classes, valueRange=(-1, 1)),
        made(grey, classes, dtype=np.float64),
        made(grey, classes, oneHot=False),
        made(grey, classes, validation_size=10),
        made(grey, classes, train_size=2999),
        made(grey, classes, test_size=49),
        made(grey.reshape(3, 1, 1, -1), classes),
        Dataset.fromArrays(grey, testInputs=grey[:, :50], rng=0),
    ]
    assert len({data.fingerprint() for data in kinds}) == len(kinds)


def test_resuming_with_other_samples_is_refused_whichever_they_are(tmp_path):
    from layers import Dense
    from nn import MLP, CheckpointError

    def train(data, epochs, **keywords):
        model = MLP([Dense(3, 1, rng=0)])
        return model.train(data, epochs=epochs, checkpoint=tmp_path / "run", progress=False, watch=False, **keywords)

    train(made(), 1)
    for other in (made(X, changed(Y, 1500)), made(testLabels=Y[:, 50:100]), made(validation_size=10, train_size=2990)):
        with pytest.raises(CheckpointError, match="make them equal, or train without"):
            train(other, 2, resume=True)
    assert len(train(made(), 2, resume=True).index) == 2
