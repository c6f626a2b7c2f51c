"""Some classes of a data set, fewer labels, and what a network makes of the samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import ReLU, Softmax
from dataset import Dataset, Shifts
from layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from loss import CategoricalCrossEntropy
from nn import MLP, seed
from optimizer import SGD

SPLITS = ("train", "validation", "test")


def digits(**options):
    return Dataset("digits", validation_size=100, rng=0, **options)


def whole(dataset, split):
    return {"train": dataset.trainSet, "validation": dataset.validationSet, "test": dataset.testSet}[split]()


def sizes(dataset):
    return dataset.train_size, dataset.validation_size, dataset.test_size


# Some classes --------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 9), min_size=2, max_size=10, unique=True))
def test_the_samples_of_some_classes_are_those_of_the_data_set(classes):
    dataset = digits()
    fewer = dataset.ofClasses(classes)
    assert (fewer.classes, fewer.labelShape, fewer.classNames) == (len(classes), (len(classes),), [*map(str, classes)])
    for split in SPLITS:
        x, y = whole(dataset, split)
        answers = dataset.labels(split)
        chosen = np.isin(answers, classes)
        inputs, labels = whole(fewer, split)
        assert np.array_equal(inputs, x[:, chosen])
        assert np.array_equal(labels, y[classes][:, chosen])
        assert np.array_equal(np.array(classes)[fewer.labels(split)], answers[chosen])
    assert sizes(fewer) == tuple(int(np.isin(dataset.labels(split), classes).sum()) for split in SPLITS)


def test_the_data_set_stays_as_it_is():
    dataset = digits()
    before = dataset.fingerprint(), repr(dataset), dataset.classNames
    dataset.ofClasses([1, 2]).fewPerClass(3).mapped(lambda x: x[:4])
    assert (Dataset.fingerprint(dataset), repr(dataset), dataset.classNames) == before


def test_classes_have_names():
    x, texts = np.arange(12.0).reshape(1, 12), np.array(["cat", "dog", "emu"] * 4)
    dataset = Dataset.fromArrays(x, texts, testInputs=x, testLabels=texts, shuffle=False)
    fewer = dataset.ofClasses(["emu", "cat"])
    assert (fewer.classNames, fewer.classes) == (["emu", "cat"], 2)
    assert fewer.labels("test").tolist() == [1, 0] * 4
    assert fewer.testSet()[0].ravel().tolist() == [0, 2, 3, 5, 6, 8, 9, 11]
    unnamed = Dataset.fromArrays(x, np.arange(12) % 4, test_size=0).ofClasses([3, 1])
    assert unnamed.classNames == ["3", "1"]


def test_class_numbers_as_a_row_stay_a_row():
    fewer = digits(oneHot=False).ofClasses([7, 2])
    assert fewer.labelShape == (1,)
    assert set(fewer.trainSet()[1].ravel()) == {0.0, 1.0}


def test_weights_of_the_samples_that_are_left_have_mean_1():
    labels = np.array([0, 1, 2, 2])
    dataset = Dataset.fromArrays(
        np.ones((1, 4)), labels, testInputs=np.ones((1, 4)), testLabels=labels, testWeights=[2, 4, 8, 8],
        sampleWeights=[2, 4, 8, 8], classWeights=[5, 6, 7],
    )  # fmt: skip
    fewer = dataset.ofClasses([1, 0])
    assert fewer.trainSet().sampleWeights.tolist() == pytest.approx([2 / 3, 4 / 3])
    assert fewer.testSet().sampleWeights.tolist() == pytest.approx([2 / 3, 4 / 3])
    assert fewer.trainSet().weights.tolist() == pytest.approx([5 * 2 / 3, 6 * 4 / 3])


def test_centres_are_those_of_the_classes():
    ring = Dataset("ring", modes=5, rng=0)
    fewer = ring.ofClasses([4, 1])
    assert np.array_equal(fewer.centres, ring.centres[:, [4, 1]])
    assert fewer.facts.labels.rows == 2


@pytest.mark.parametrize(
    ("classes", "error", "why"),
    [
        ([3], ValueError, r"expected classes to be two different classes or more, got \[3\]"),
        ([3, 3], ValueError, "two different classes or more"),
        ([3, 10], ValueError, "every class to be a class number below 10 or one of 0, 1"),
        ([3, "ten"], ValueError, "every class to be a class number below 10 or one of 0, 1"),
        ([True, 3], ValueError, "every class to be a class number below 10"),
        ("35", TypeError, "classes to be a list of class numbers or names, got '35'"),
        (5, TypeError, "classes to be a list of class numbers or names, got 5"),
    ],
    ids=str,
)
def test_classes_that_are_none_are_refused(classes, error, why):
    with pytest.raises(error, match=f"Dataset.ofClasses: expected {why}" if error is TypeError else why):
        digits().ofClasses(classes)


def test_only_classes_of_samples_can_be_chosen():
    x = np.ones((2, 6))
    for dataset in (Dataset.fromArrays(x), Dataset.fromArrays(x, np.ones((3, 6)))):
        for method in (lambda one: one.ofClasses([0, 1]), lambda one: one.fewPerClass(1)):
            with pytest.raises(ValueError, match="expected the data set to be one with a class for every sample"):
                method(dataset)
    named = Dataset.fromArrays(x, np.array([0, 1] * 3), classNames=["a", "b", "c", "d"], test_size=0)
    with pytest.raises(ValueError, match="expected classes to be some with training samples"):
        named.ofClasses(["c", "d"])


def test_a_batch_that_is_larger_than_what_is_left_is_refused():
    dataset = digits(batch_size=500, dropLast=True)
    with pytest.raises(ValueError, match=r"batch_size to be at most the \d+ training samples that are left"):
        dataset.ofClasses([0, 1])


# Few labels ----------------------------------------------------------------------------------------------------------


def test_as_many_training_samples_of_each_class():
    dataset = digits()
    few = dataset.fewPerClass(7, rng=1)
    assert np.bincount(few.labels("train")).tolist() == [7] * 10
    assert sizes(few) == (70, dataset.validation_size, dataset.test_size)
    assert np.array_equal(few.testSet()[0], dataset.testSet()[0])
    all_of_them = {(*x, y) for x, y in zip(dataset.trainSet()[0].T, dataset.labels("train"), strict=True)}
    assert {(*x, y) for x, y in zip(few.trainSet()[0].T, few.labels("train"), strict=True)} <= all_of_them


def test_fewer_are_among_more_and_another_seed_chooses_others():
    dataset = digits()
    two, five, others = (dataset.fewPerClass(n, rng=seed).trainSet()[0] for n, seed in ((2, 1), (5, 1), (2, 2)))
    assert {*map(tuple, two.T)} < {*map(tuple, five.T)}
    assert not np.array_equal(two, others)


def test_by_default_the_generator_of_the_data_set_chooses():
    one, other = (digits().fewPerClass(2).fingerprint() for _ in range(2))
    assert one == other
    dataset = digits()
    assert dataset.fewPerClass(2).fingerprint() != dataset.fewPerClass(2).fingerprint()


def test_a_class_without_samples_is_refused():
    data = Dataset.fromArrays(np.ones((2, 9)), np.arange(9) % 2, test_size=2, classNames=["a", "b", "c"])
    with pytest.raises(ValueError, match="some of every class, got 'none of class 2'; leave that class out"):
        data.fewPerClass(1)
    assert data.ofClasses(["b", "a"]).fewPerClass(1, rng=0).train_size == 2


def test_more_than_there_are_are_refused():
    with pytest.raises(ValueError, match=r"number to be at most the \d+ training samples of class \d, got 1000"):
        digits().fewPerClass(1000)
    with pytest.raises(ValueError, match="Dataset.fewPerClass: expected number to be"):
        digits().fewPerClass(0)


# What a function makes of them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [7, 1000])
def test_mapped_is_the_function_of_every_sample(size):
    dataset = digits(images=True, valueRange=(-1, 1))
    made = dataset.mapped(lambda x: np.tanh(x[:, 1:4, 2:]), size)
    assert (made.sampleShape, made.inputDim, made.imageShape) == ((1, 3, 6), 18, (3, 6))
    assert (made.valueRange, made.dtype, made.classNames) == (None, np.float32, dataset.classNames)
    for split in SPLITS:
        before, after = whole(dataset, split), whole(made, split)
        assert np.array_equal(after[0], np.tanh(before[0][:, 1:4, 2:]))
        assert np.array_equal(after[1], before[1])
    assert made.facts.ends == (np.tanh(np.float32(-1)), np.tanh(np.float32(1)))


def test_mapped_sees_raw_numbers_and_gives_what_models_see():
    x = np.random.default_rng(0).normal(5, 3, (2, 60))
    dataset = Dataset.fromArrays(x, standardize=True, testInputs=x[:, :7], dtype=np.float64, shuffle=False)
    made = dataset.mapped(lambda x: 2 * x)
    assert made.standardization is None
    assert np.array_equal(made.trainSet()[0], 2 * x)
    assert np.array_equal(made.testSet()[0], 2 * x[:, :7])


def test_mapped_samples_are_no_longer_augmented():
    dataset = digits(images=True, augment=Shifts(2), shuffle=False)
    made = dataset.mapped(lambda x: 2 * x)
    assert (made.augment, dataset.augment.pixels) == (None, 2)
    batch = next(iter(made.batches()))[0]
    assert np.array_equal(batch.inputs, 2 * dataset.trainSet().inputs[..., : batch.size])
    assert isinstance(dataset.ofClasses([1, 2]).fewPerClass(2).augment, Shifts)


def test_mapped_of_empty_splits():
    made = Dataset.fromArrays(np.ones((3, 5)), test_size=0).mapped(lambda x: x[:2])
    assert made.testSet()[0].shape == (2, 0)
    assert sizes(made) == (5, 0, 0)


@pytest.mark.parametrize(
    ("function", "error", "why"),
    [
        (lambda x: x[:, :3], ValueError, r"of shape \(..., 100\), as many samples, got \(64, 3\)"),
        (lambda x: x.sum(), ValueError, "as many samples"),
        (lambda x: x.sum(axis=0), ValueError, "as many samples"),
        (lambda x: np.where(x > 0, np.nan, x), ValueError, "what the function gives"),
        (lambda x: x if x.shape[1] == 100 else x[:1], ValueError, r"of shape \(64, 37\), as for the samples before"),
        (lambda x: x.astype(str), TypeError, "what the function gives to be real numbers"),
        (3, TypeError, "expected function to be a function of samples"),
    ],
    ids=["fewer samples", "a number", "no features", "not finite", "other shapes", "texts", "no function"],
)
def test_what_is_no_function_of_samples_is_refused(function, error, why):
    with pytest.raises(error, match=why):
        digits().mapped(function, size=100)


# Transfer ----------------------------------------------------------------------------------------------------------


def test_a_head_on_what_frozen_layers_give_learns_as_the_whole_network_does():
    """What stands below is computed once, or in every step: there BatchNormalization keeps to its averages."""
    dataset = digits(images=True, dtype=np.float64, batch_size=25)

    def body():
        return [Conv2D(1, 4, 3, ReLU()), BatchNormalization(4), MaxPooling2D(2), Flatten()]

    def head():
        sgd = SGD(lr=0.05)
        return [Dropout(0.25), Dense(36, 20, ReLU(), sgd), Dropout(0.5), Dense(20, 5, Softmax(), sgd)]

    seed(0)
    first = MLP([*body(), Dense(36, 5, Softmax())])
    first.train(dataset.ofClasses(range(5)), CategoricalCrossEntropy(), 1, [])
    last, losses = dataset.ofClasses(range(5, 10)), []
    frozen = first.copy(until=-1)
    frozen.freeze()
    before = frozen.weights()
    features = last.mapped(frozen.predict)
    for data, layers in ((last, frozen.layers), (features, [])):
        seed(1)
        network = MLP([*layers, *head()])
        data.rng.bit_generator.state = np.random.default_rng(2).bit_generator.state
        history = network.train(data, CategoricalCrossEntropy(), 3, ["train_loss", "test_loss", "validation_accuracy"])
        losses.append([history[name] for name in history])
    assert np.allclose(losses[0], losses[1], rtol=1e-9)
    assert np.ptp(losses[0][0]) > 0.1
    assert all(np.array_equal(value, before[name]) for name, value in frozen.weights().items())
