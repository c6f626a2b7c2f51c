"""Sequences of different lengths: padded, with a mask that no change of the data set loses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Softmax
from dataset import Batch, Dataset
from layers import Conv1D
from loss import MSE, CategoricalCrossEntropy
from nn import MLP
from nn.models import evaluation

RNG = np.random.default_rng(0)
LENGTHS = [3, 7, 5, 7, 1, 4, 6, 2, 7, 5, 3, 6]
SERIES = [5 + RNG.normal(size=(length, 2)) for length in LENGTHS]
STEPS = [RNG.normal(size=(length, 3)) for length in LENGTHS]
KINDS = [np.arange(length) % 3 for length in LENGTHS]
ANSWERS = [i % 2 for i in range(len(LENGTHS))]
SPLITS = ("train", "validation", "test")
PARTS = {"test_size": 3, "validation_size": 2, "batch_size": 4, "rng": 1}


def sequences(labels=None, **options):
    return Dataset.fromSequences(SERIES, labels, **(PARTS | {"dtype": np.float64} | options))


def whole(dataset, split):
    return {"train": dataset.trainSet, "validation": dataset.validationSet, "test": dataset.testSet}[split]()


def numberOf(column):
    """Which of SERIES a padded column (steps, features) is."""
    return next(i for i, one in enumerate(SERIES) if np.array_equal(column[: len(one)], one))


@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=9), st.integers(1, 3), st.integers(1, 4), st.booleans(), st.data()
)
def test_every_sequence_comes_once_in_an_epoch_and_the_mask_says_where_it_ends(lengths, features, size, shuffle, data):
    given_ = [np.full((length, features), 1.0 + i) for i, length in enumerate(lengths)]
    labels = data.draw(st.sampled_from([None, np.arange(len(lengths)), [one + 10 for one in given_]]))
    made = Dataset.fromSequences(given_, labels, test_size=0, batch_size=size, shuffle=shuffle, rng=0)
    seen = []
    for batch, _, n in made.batches():
        x = batch.inputs
        assert x.shape == (max(lengths), features, n)
        there = x[:, 0] > 0
        if len(set(lengths)) == 1:
            assert batch.mask is None
            assert batch.weights is None
        else:
            assert batch.mask.dtype == bool
            assert np.array_equal(batch.mask, there)
            ofSteps = not isinstance(labels, np.ndarray)
            for weights in (batch.weights, batch.sampleWeights):
                assert np.array_equal(weights, there) if ofSteps else weights is None
        if isinstance(labels, list):
            assert np.array_equal(batch.labels, np.where(x > 0, x + 10, 0))
        numbers = x[0, 0].astype(int) - 1
        assert np.array_equal(there.sum(axis=0), np.array(lengths)[numbers])
        seen += numbers.tolist()
    assert sorted(seen) == list(range(len(lengths)))
    assert shuffle or seen == sorted(seen)


@pytest.mark.parametrize("labels", [None, ANSWERS, STEPS], ids=["none", "of sequences", "of steps"])
def test_mask_labels_and_weights_stay_with_their_sequences_in_all_splits(labels):
    dataset, found = sequences(labels), []
    for split in SPLITS:
        batch = whole(dataset, split)
        for column in range(batch.size):
            number = numberOf(batch.inputs[..., column])
            found.append(number)
            length = LENGTHS[number]
            expected = np.arange(7) < length
            assert np.array_equal(batch.mask[:, column], expected)
            if labels is not ANSWERS:
                assert np.array_equal(batch.weights[:, column], expected)
            if labels is STEPS:
                assert np.array_equal(batch.labels[:length, :, column], STEPS[number])
                assert not batch.labels[length:, :, column].any()
            elif labels is ANSWERS:
                assert batch.labels[:, column].argmax() == ANSWERS[number]
                assert batch.weights is None
    assert sorted(found) == list(range(len(LENGTHS)))


def test_classes_of_steps_become_one_hot_and_may_have_names():
    dataset = sequences(KINDS, oneHot=True)
    named = sequences([np.array(["b", "c", "d"])[one] for one in KINDS], oneHot=True)
    assert dataset.labelShape == (7, 3)
    assert named.classNames == ["b", "c", "d"]
    for split in SPLITS:
        batch, other = whole(dataset, split), whole(named, split)
        assert np.array_equal(batch.labels.argmax(axis=1)[batch.mask], other.labels.argmax(axis=1)[other.mask])
        assert np.array_equal(batch.labels.sum(axis=1), np.ones_like(batch.mask))
        numbers = [numberOf(batch.inputs[..., i]) for i in range(batch.size)]
        steps = np.concatenate([KINDS[number] for number in numbers])
        assert np.array_equal(batch.labels.argmax(axis=1).T[batch.mask.T], steps)


def test_weights_of_sequences_count_for_their_steps():
    own = np.arange(1.0, 13)
    batch = sequences(STEPS, sampleWeights=own, test_size=0, validation_size=0).trainSet()
    expected = own / own.mean() * (np.arange(7)[:, np.newaxis] < LENGTHS)
    order = [numberOf(batch.inputs[..., i]) for i in range(batch.size)]
    assert np.allclose(batch.weights, expected[:, order])
    assert np.allclose(batch.sampleWeights, expected[:, order])


def test_weights_of_classes_leave_out_padding():
    steps = np.concatenate(KINDS)
    batch = sequences(KINDS, oneHot=True, classWeights="balanced", test_size=0, validation_size=0).trainSet()
    expected = len(steps) / (3 * np.bincount(steps))
    assert np.allclose(batch.weights, expected[batch.labels.argmax(axis=1)] * batch.mask)
    assert np.array_equal(batch.sampleWeights, batch.mask)


def test_mean_and_deviation_are_those_of_the_steps_that_there_are():
    own = np.arange(1.0, 13)
    steps = np.concatenate(SERIES)
    for weights, each in [(None, np.ones(len(steps))), (own, np.repeat(own, LENGTHS))]:
        for labels in (ANSWERS, STEPS):
            made = sequences(labels, standardize=True, sampleWeights=weights, test_size=0, validation_size=0)
            assert np.allclose(made.standardization.mean, np.average(steps, axis=0, weights=each))
            variance = np.average((steps - made.standardization.mean) ** 2, axis=0, weights=each)
            assert np.allclose(np.square(made.standardization.deviation), variance)


def test_facts_leave_out_padding():
    dataset = Dataset.fromSequences(
        [np.full((n, 1), 4.0 + n) for n in (1, 3, 2)], [np.full((n, 1), 9.0) for n in (1, 3, 2)], test_size=0
    )
    assert dataset.facts.ends == (5.0, 7.0)
    assert (dataset.facts.labels.low, dataset.facts.labels.levels) == (9.0, 1)
    batch = dataset.trainSet()
    own = Batch.of(batch.inputs, batch.labels, mask=batch.mask)
    assert own.facts.ends == (5.0, 7.0)
    assert own.facts.labels.levels == 1


# What a data set can be made into -------------------------------------------------------------------------------------


def masksOf(dataset):
    return {split: whole(dataset, split).mask for split in SPLITS}


@pytest.mark.parametrize(
    "change",
    [
        lambda dataset: dataset.asColumns(),
        lambda dataset: dataset.standardizedBy(dataset.standardization),
        lambda dataset: dataset.mapped(lambda x: 2 * x, size=4),
    ],
    ids=["asColumns", "standardizedBy", "mapped"],
)
def test_the_mask_survives(change):
    dataset = sequences(STEPS, standardize=True)
    for split, mask in masksOf(change(dataset)).items():
        batch = whole(change(dataset), split)
        assert np.array_equal(mask, whole(dataset, split).mask)
        assert np.array_equal(batch.weights, mask)


def test_the_mask_survives_among_fewer_sequences():
    dataset = sequences(ANSWERS)
    for fewer in (dataset.ofClasses([1, 0]), dataset.fewPerClass(2)):
        batch = fewer.trainSet()
        numbers = [numberOf(batch.inputs[..., i]) for i in range(batch.size)]
        assert np.array_equal(batch.mask, np.arange(7)[:, np.newaxis] < np.array(LENGTHS)[numbers])


def test_the_mask_survives_in_chunks():
    dataset = sequences(STEPS)
    pieces = [batch.mask for batch in dataset.chunks("train", 3)]
    assert np.array_equal(np.concatenate(pieces, axis=1), dataset.trainSet().mask)


def test_samples_that_are_sequences_no_more_have_no_mask_and_their_labels_the_same_weights():
    dataset = sequences(STEPS)
    made = dataset.mapped(lambda x: x.sum(axis=0))
    assert made.trainSet().mask is None
    assert np.array_equal(made.trainSet().weights, dataset.trainSet().mask)
    assert sequences(ANSWERS).mapped(lambda x: x.sum(axis=0)).trainSet().weights is None


def test_the_fingerprint_knows_the_lengths():
    padded = np.zeros((4, 1, 6))
    one, other = (
        Dataset.fromArrays(padded, lengths=lengths, test_size=0, shuffle=False).fingerprint()
        for lengths in ([4, 3, 4, 4, 4, 4], [4, 4, 3, 4, 4, 4])
    )
    same = [
        Dataset.fromArrays(padded, **given, test_size=0, shuffle=False).fingerprint()
        for given in ({}, {"lengths": [4] * 6})
    ]
    assert one != other
    assert same[0] == same[1] != one


# Arrays that are padded already, tables, a test part ------------------------------------------------------------------


def test_arrays_with_lengths_are_the_same_data_set():
    padded = np.zeros((7, 2, len(SERIES)))
    for i, one in enumerate(SERIES):
        padded[: len(one), :, i] = one
    own = Dataset.fromArrays(padded, np.array(ANSWERS), lengths=LENGTHS, **PARTS, dtype=np.float64)
    assert own.fingerprint() == sequences(ANSWERS).fingerprint()


def test_an_array_of_sequences_is_a_list_of_them():
    x = RNG.normal(size=(10, 4, 2))
    batch = Dataset.fromSequences(x, test_size=0, shuffle=False, dtype=np.float64).trainSet()
    assert np.array_equal(batch.inputs, np.moveaxis(x, 0, -1))
    assert batch.mask is None


def test_a_test_part_with_longer_sequences_pads_all_alike():
    dataset = Dataset.fromSequences(SERIES, STEPS, testSequences=[np.ones((9, 2))], testLabels=[np.ones((9, 3))])
    assert dataset.sampleShape == (9, 2)
    assert dataset.testSet().mask is None
    assert dataset.trainSet().mask.sum() == sum(LENGTHS)


def test_whole_numbers_of_a_byte_are_no_grey_values():
    batch = Dataset.fromSequences(
        [np.array([[200], [7]], np.uint8), np.array([[3]], np.uint8)], test_size=0, shuffle=False
    )
    assert batch.trainSet().inputs[:, 0].tolist() == [[200, 3], [7, 0]]


def test_a_row_of_a_table_is_a_step():
    pandas = pytest.importorskip("pandas")
    tables = [pandas.DataFrame({"speed": one[:, 0], "force": one[:, 1]}) for one in SERIES]
    dataset = Dataset.fromSequences(tables, **PARTS, dtype=np.float64)
    assert dataset.featureNames == ["speed", "force"]
    assert dataset.fingerprint() == sequences().fingerprint()
    with pytest.raises(TypeError, match=r"one series alone is cut .* by windows\(series, steps\)"):
        Dataset.fromSequences(tables[0])


def test_targets_of_sequences():
    y = RNG.normal(size=(12, 2))
    dataset = sequences(y, shuffle=False, test_size=0, validation_size=0)
    assert np.array_equal(dataset.trainSet().labels, y.T)
    assert dataset.trainSet().weights is None


# Evaluation -----------------------------------------------------------------------------------------------------------


def network(loss, activation=None):
    model = MLP([Conv1D(2, 3, 1, *([activation] if activation else []), rng=0)], loss=loss)
    model.astype(np.float64)
    return model


@pytest.mark.parametrize("atOnce", [2**21, 50], ids=["whole", "in pieces"])
def test_padding_plays_no_part_in_an_evaluation(atOnce, monkeypatch):
    monkeypatch.setattr(evaluation, "AT_ONCE", atOnce)
    model = network(MSE())
    dataset = sequences(STEPS, test_size=0, validation_size=0)
    y = [model.predict(one[..., np.newaxis])[..., 0] for one in SERIES]
    expected = sum(((a - b) ** 2).sum() for a, b in zip(y, STEPS, strict=True)) / (2 * len(y))
    assert model.evaluate(dataset, "loss", split="train")["loss"] == pytest.approx(expected)
    x = dataset.trainSet()
    inputs = np.where(x.mask[:, np.newaxis], x.inputs, 1e3)  # whatever stands there
    assert model.evaluate(Batch.of(inputs, x.labels, mask=x.mask), "loss")["loss"] == pytest.approx(expected)


def test_padding_plays_no_part_in_the_accuracy():
    model = network(CategoricalCrossEntropy(), Softmax())
    dataset = sequences(KINDS, oneHot=True, test_size=0, validation_size=0)
    right = [
        model.predict(one[..., np.newaxis])[..., 0].argmax(axis=1) == kinds
        for one, kinds in zip(SERIES, KINDS, strict=True)
    ]
    expected = np.concatenate(right).mean()
    assert model.evaluate(dataset, "accuracy", split="train")["accuracy"] == pytest.approx(expected)


def test_longer_padding_trains_the_same_network():
    weights = []
    for steps in (7, 20):
        tests = {"testSequences": [np.zeros((steps, 2))], "testLabels": [np.zeros((steps, 3))]}
        model = network(MSE())
        data = Dataset.fromSequences(SERIES, STEPS, **tests, batch_size=5, rng=0, dtype=np.float64)
        model.train(data, epochs=2, progress=False)
        weights.append(model.layers[0].weight.copy())
    assert np.allclose(*weights, rtol=1e-9, atol=0)
    assert not np.allclose(weights[0], network(MSE()).layers[0].weight)


def test_a_batch_with_a_mask_weighs_what_is_given_too():
    x, y, mask = np.ones((3, 2, 2)), np.ones((3, 1, 2)), np.array([[1, 1], [1, 0], [0, 0]])
    assert np.array_equal(Batch.of(x, y, mask=mask).weights, mask)
    assert np.array_equal(Batch.of(x, mask=mask).weights, mask)
    assert np.array_equal(Batch.of(x, y, mask=mask, weights=[2.0, 3.0]).weights, mask * [2.0, 3.0])
    assert np.array_equal(Batch.of(x, y, mask=mask, weights=[2.0, 3.0]).sampleWeights, mask * [2.0, 3.0])
    assert Batch.of(x, np.ones((1, 2)), mask=mask).weights is None
    assert Batch.of(x, y).mask is None


# Bad input ------------------------------------------------------------------------------------------------------------


def replaced(value):
    bad = [one.copy() for one in SERIES]
    bad[3][5, 1] = value
    return bad


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            {"sequences": replaced(np.nan)},
            ValueError,
            r"Dataset.fromSequences: expected sequences\[3\] to be finite numbers, got nan; it is feature 1 at step 5",
        ),
        (
            {"sequences": SERIES, "labels": [*STEPS[:-1], STEPS[-1] * np.inf]},
            ValueError,
            r"labels\[11\] .* finite .*step 0",
        ),
        (
            {"sequences": np.ones((5, 2))},
            ValueError,
            r"a list, or an array \(N, steps, features\), got \(5, 2\); one series",
        ),
        ({"sequences": "abc"}, TypeError, r"a list of sequences \(steps, features\)"),
        ({"sequences": []}, ValueError, "a list of one sequence or more"),
        ({"sequences": [np.ones((2, 2)), np.ones((3, 1))]}, ValueError, r"sequences\[1\] to be of shape \(steps, 2\)"),
        ({"sequences": [np.ones((2, 2, 2))]}, ValueError, r"sequences\[0\] to be of shape \(steps, features\)"),
        ({"sequences": [np.ones((0, 2))]}, ValueError, "not empty"),
        ({"sequences": [["a"]]}, TypeError, "real numbers"),
        (
            {"sequences": SERIES, "labels": STEPS[:-1]},
            ValueError,
            "labels to be 12 entries, one for each sequence, got 11",
        ),
        (
            {"sequences": SERIES, "labels": [*STEPS[:-1], np.ones((9, 3))]},
            ValueError,
            r"labels\[11\] to be of 6 steps, as many as its sequence has, got 9",
        ),
        ({"sequences": SERIES, "labels": KINDS}, ValueError, "classes of steps, .* need oneHot=True"),
        ({"sequences": SERIES, "labels": np.ones(12)}, ValueError, r"targets \(N, 1\) are np.reshape"),
        ({"sequences": SERIES, "labels": 3}, TypeError, "one entry for each sequence"),
        (
            {"sequences": SERIES, "labels": STEPS, "testSequences": [np.ones((2, 3))], "testLabels": [np.ones((2, 3))]},
            ValueError,
            r"testSequences\[0\] to be of shape \(steps, 2\), with as many features as those of the training",
        ),
    ],
)
def test_bad_sequences(arguments, kind, message):
    with pytest.raises(kind, match=message):
        Dataset.fromSequences(**arguments)


X = np.zeros((4, 2, 6))


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"inputs": np.zeros((2, 6)), "lengths": [1] * 6}, ValueError, r"lengths to be omitted for .* \(2, 6\)"),
        ({"inputs": X, "lengths": [1] * 5}, ValueError, r"of shape \(6,\), one for each sequence, got \(5,\)"),
        (
            {"inputs": X, "lengths": [1, 2, 5, 1, 1, 1]},
            ValueError,
            "from 1 to 4, the steps, got 5; it belongs to sample 2",
        ),
        ({"inputs": X, "lengths": [1, 2, 0, 1, 1, 1]}, ValueError, "from 1 to 4, the steps, got 0"),
        ({"inputs": X, "lengths": [1.0] * 6}, TypeError, "lengths to be whole numbers"),
        ({"inputs": X, "testLengths": [1] * 6}, ValueError, "testLengths to be omitted without testInputs"),
    ],
)
def test_bad_lengths(arguments, kind, message):
    with pytest.raises(kind, match=message):
        Dataset.fromArrays(**arguments)


@pytest.mark.parametrize(
    ("inputs", "mask", "message"),
    [
        (X, np.ones((3, 6)), r"mask to be of shape \(4, 6\), .* got \(3, 6\)"),
        (X, 2 * np.ones((4, 6)), "True or False"),
        (np.zeros((4, 6)), np.ones((4, 6)), "no sequences"),
    ],
)
def test_a_mask_that_does_not_fit_its_sequences(inputs, mask, message):
    with pytest.raises(ValueError, match=message):
        Batch.of(inputs, mask=mask)
