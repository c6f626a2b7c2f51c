"""Tables with named columns, and labels that are texts."""

import numpy as np
import pytest

from activations import Softmax
from dataset import Dataset
from layers import Dense
from nn import MLP

pandas = pytest.importorskip("pandas")
X = np.random.default_rng(0).normal(size=(3, 40))
TEXTS = np.where(X[0] > 0, "yes", "no")


def table(x=X):
    return pandas.DataFrame(x.T, columns=["age", "height", "weight"])


def test_rows_of_a_table_are_samples():
    dataset = Dataset.fromArrays(table(), rng=0, shuffle=False, dtype=float)
    same = Dataset.fromArrays(X, rng=0, shuffle=False, dtype=float)
    assert dataset.featureNames == ["age", "height", "weight"]
    assert same.featureNames is None
    for one, other in ((dataset.trainSet(), same.trainSet()), (dataset.testSet(), same.testSet())):
        np.testing.assert_array_equal(one.inputs, other.inputs)


@pytest.mark.parametrize("square", [3, 40])
def test_a_square_table_is_turned_too(square):
    x = np.arange(square * square, dtype=float).reshape(square, square)
    frame = pandas.DataFrame(x)
    np.testing.assert_array_equal(
        np.sort(Dataset.fromArrays(frame, test_size=0, dtype=float).trainSet()[0]), np.sort(x.T)
    )


@pytest.mark.parametrize(
    "kind", [list, np.array, pandas.Series, lambda t: pandas.Series(t, dtype="category"), pandas.DataFrame]
)
def test_texts_are_classes_in_alphabetical_order(kind):
    dataset = Dataset.fromArrays(table(), kind(TEXTS), shuffle=False, test_size=0)
    assert dataset.classNames == ["no", "yes"]
    assert dataset.classes == 2
    np.testing.assert_array_equal(dataset.labels("train"), TEXTS == "yes")


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "object", "category"])
def test_numbers_in_columns_of_other_kinds(kind):
    numbers = np.arange(40) % 2
    frame = table().assign(age=pandas.Series(numbers.astype(bool) if kind == "boolean" else numbers).astype(kind))
    dataset = Dataset.fromArrays(frame, test_size=0, shuffle=False)
    np.testing.assert_array_equal(dataset.trainSet().inputs[0], numbers)


def test_class_names_give_the_order():
    dataset = Dataset.fromArrays(X, TEXTS, classNames=["yes", "maybe", "no"], shuffle=False, test_size=0)
    assert dataset.labelDim == 3
    np.testing.assert_array_equal(dataset.labels("train"), np.where(TEXTS == "yes", 0, 2))


def test_class_names_of_numbers():
    dataset = Dataset.fromArrays(X, (X[0] > 0).astype(int), classNames=["no", "yes", "never"])
    assert (dataset.classes, dataset.classNames) == (3, ["no", "yes", "never"])


def test_texts_of_the_test_are_the_same_classes():
    dataset = Dataset.fromArrays(X, ["b"] * 40, testInputs=X[:, :2], testLabels=["a", "b"])
    assert dataset.classNames == ["a", "b"]
    np.testing.assert_array_equal(dataset.labels("test"), [0, 1])


def test_weights_of_classes_in_a_series_go_by_its_index():
    weights = pandas.Series({"yes": 3.0, "no": 1.0})
    batch = Dataset.fromArrays(X, TEXTS, classWeights=weights, test_size=0, shuffle=False).trainSet()
    np.testing.assert_array_equal(batch.weights, np.where(TEXTS == "yes", 3, 1))


def test_a_model_predicts_for_a_table():
    network = MLP([Dense(3, 2, Softmax(), rng=0)])
    np.testing.assert_array_equal(network.predict(table()), network.predict(X))
    pair = table(), pandas.DataFrame(np.eye(2)[(X[0] > 0).astype(int)])
    assert network.evaluate(pair) == network.evaluate((X, np.eye(2)[:, (X[0] > 0).astype(int)]))


GAPS = table()
GAPS.loc[5, "height"] = np.nan
WORDS = table().assign(height=TEXTS)
DATES = table().assign(height=pandas.to_datetime("2020-01-01"))
NANOSECONDS = DATES.astype({"height": "datetime64[ns]"})
TWICE = pandas.DataFrame(X.T, columns=["age", "age", "weight"])


@pytest.mark.parametrize(
    ("inputs", "labels", "keywords", "words"),
    [
        (GAPS, None, {}, "in its column 'height' too, got None; row 5 has no entry, the first of 1: fill or drop"),
        (WORDS, None, {}, "in its column 'height' too, got '(yes|no)'; make numbers of it, for categories by pandas"),
        (DATES, None, {}, "in its column 'height' too, got .*; make numbers of it"),
        (NANOSECONDS, None, {}, "in its column 'height' too, got .*; make numbers of it"),
        (TWICE, None, {}, "a table whose columns have different names, got 'age'; rename or drop one"),
        (pandas.DataFrame(X.T, columns=["age"] * 3), None, {}, "different names, got 'age'"),
        (X, TEXTS, {"classNames": ["yes", "perhaps"]}, "labels to be among yes, perhaps, got 'no'; it is entry"),
        (X, TEXTS, {"classNames": ["yes", "yes"]}, "different names, one for each class, got 'yes'"),
        (X, TEXTS, {"classNames": "yes"}, "classNames to be a list of names"),
        (X, X, {"classNames": ["a"]}, "classNames to be omitted for labels that are no class numbers"),
        (X, np.arange(40) % 3, {"classNames": ["a", "b"]}, "classNames to be 3 names"),
        (X, np.array(["a"] * 39 + [1.5], object), {}, "labels to be texts, all of them, got 1.5; it is entry 39"),
        (X, [*TEXTS[:5], None, *TEXTS[6:]], {}, "labels to be texts, all of them, got None; it is entry 5: give it a"),
        (X, pandas.DataFrame([*TEXTS[:5], None, *TEXTS[6:]]), {}, "labels to be texts, all of them, got .*entry 5"),
        (X, pandas.Categorical([*TEXTS[:5], None, *TEXTS[6:]]), {}, "labels to be texts, all of them, got nan"),
        (
            table(),
            None,
            {"testInputs": table()[["height", "age", "weight"]]},
            "columns age, height, weight in this order",
        ),
        (X, np.array([TEXTS, TEXTS]), {}, r"labels to be texts \(N,\), one for each sample, or .* got \(2, 40\)"),
        (X, TEXTS, {"testInputs": X, "testLabels": np.zeros(40, int)}, "testLabels to be texts, as the other labels"),
    ],
)
def test_what_does_not_fit_is_refused(inputs, labels, keywords, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Dataset.fromArrays(inputs, labels, **keywords)
