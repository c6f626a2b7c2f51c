"""Bad arguments of Dataset: a clear error when the object is made."""

import numpy as np
import pytest

from dataset import Dataset, available


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            {"name": "mnits"},
            ValueError,
            "Dataset: expected name to be one of 'digits', .*'paddles', got 'mnits'; did you mean 'mnist'",
        ),
        ({"name": "Fashion-MNIST"}, ValueError, "did you mean 'fashion_mnist'"),
        ({"name": "cats"}, ValueError, "got 'cats'; give arrays of your own to Dataset.fromArrays"),
        (
            {"name": 3},
            TypeError,
            "Dataset: expected name to be the name of a data set, got <class 'int'>; give arrays of your own to",
        ),
        (
            {"name": np.ones((2, 3))},
            TypeError,
            "got <class 'numpy.ndarray'>; give arrays of your own to Dataset.fromArrays",
        ),
        ({"train_size": 0}, ValueError, "Dataset: expected train_size to be a whole number of at least 1, got 0"),
        ({"train_size": -5}, ValueError, "Dataset: expected train_size to be a whole number of at least 1, got -5"),
        (
            {"train_size": 100.0},
            TypeError,
            "Dataset: expected train_size to be a whole number of at least 1, got 100.0",
        ),
        ({"train_size": True}, TypeError, "Dataset: expected train_size to be a whole number of at least 1, got True"),
        (
            {"train_size": 1438},
            ValueError,
            "Dataset: expected train_size to be at most the 1437 training samples of 'digits', got 1438",
        ),
        (
            {"train_size": 1400, "validation_size": 38},
            ValueError,
            r"Dataset: expected train_size to be at most the 1399 .*\(38 of 1437 are kept for validation\), got 1400",
        ),
        (
            {"validation_size": 1437},
            ValueError,
            "Dataset: expected validation_size to be fewer than the 1437 training samples",
        ),
        (
            {"validation_size": -1},
            ValueError,
            "Dataset: expected validation_size to be a whole number of at least 0, got -1",
        ),
        (
            {"validation_size": "10"},
            TypeError,
            "Dataset: expected validation_size to be a whole number of at least 0, got '10'",
        ),
        (
            {"test_size": 361},
            ValueError,
            "Dataset: expected test_size to be at most the 360 test samples of 'digits', got 361",
        ),
        ({"test_size": -1}, ValueError, "Dataset: expected test_size to be a whole number of at least 0, got -1"),
        ({"test_size": 0.2}, TypeError, "Dataset: expected test_size to be a whole number of at least 0, got 0.2"),
        ({"batch_size": 0}, ValueError, "Dataset: expected batch_size to be a whole number of at least 1, got 0"),
        ({"batch_size": None}, TypeError, "Dataset: expected batch_size to be a whole number of at least 1, got None"),
        (
            {"batch_size": 2000, "dropLast": True},
            ValueError,
            "batch_size to be at most the 1437 .* dropLast, got 2000; .* omit dropLast",
        ),
        ({"valueRange": (1, 0)}, ValueError, r"Dataset: expected valueRange to be two finite numbers .* got \(1, 0\)"),
        ({"valueRange": (0, 0)}, ValueError, "Dataset: expected valueRange to be "),
        ({"valueRange": (0, np.inf)}, ValueError, "Dataset: expected valueRange to be "),
        ({"valueRange": (np.nan, 1)}, ValueError, "Dataset: expected valueRange to be "),
        ({"valueRange": (0, 1, 2)}, ValueError, "Dataset: expected valueRange to be "),
        ({"valueRange": 1.0}, ValueError, "Dataset: expected valueRange to be .* got 1.0"),
        ({"valueRange": ("a", "b")}, ValueError, "Dataset: expected valueRange to be "),
        ({"valueRange": "01"}, ValueError, "Dataset: expected valueRange to be .* got '01'"),
        ({"valueRange": (0, 1j)}, ValueError, "Dataset: expected valueRange to be "),
        ({"valueRange": (0, 10**400)}, ValueError, "Dataset: expected valueRange to be "),
        (
            {"valueRange": (0, 1e39)},
            ValueError,
            "Dataset: expected valueRange to be .*also when rounded to float32, got",
        ),
        (
            {"valueRange": (1, 1 + 1e-9)},
            ValueError,
            "Dataset: expected valueRange to be .*also when rounded to float32, got",
        ),
        ({"dtype": np.float16}, ValueError, "Dataset: expected dtype to be np.float32 or np.float64, got "),
        ({"dtype": int}, ValueError, "Dataset: expected dtype to be "),
        ({"dtype": None}, ValueError, "Dataset: expected dtype to be .* got None"),
        ({"dtype": "floaty"}, ValueError, "Dataset: expected dtype to be .* got 'floaty'"),
        ({"rng": "seed"}, TypeError, "Dataset: expected rng to be a numpy Generator, a seed .* got 'seed'"),
        ({"rng": np.random.RandomState(0)}, TypeError, "Dataset: expected rng to be a numpy Generator"),
        ({"rng": -1}, ValueError, "Dataset: expected rng to be a whole number of at least 0, got -1"),
        ({"rng": True}, TypeError, "Dataset: expected rng to be a numpy Generator"),
        (
            {"nois": 0.1, "name": "two_moons"},
            TypeError,
            "Dataset: expected the options of the data set 'two_moons' to be among noise, got 'nois'; did you mean",
        ),
        ({"noise": 0.1}, TypeError, "Dataset: expected the options of the data set 'digits' to be none, got 'noise'"),
        ({"shuffle": 1}, TypeError, "Dataset: expected shuffle to be True or False, got 1"),
        ({"dropLast": "no"}, TypeError, "Dataset: expected dropLast to be True or False, got 'no'"),
        ({"oneHot": 1}, TypeError, "Dataset: expected oneHot to be True or False, got 1"),
        ({"images": None}, TypeError, "Dataset: expected images to be True or False, got None"),
        (
            {"images": True, "name": "two_moons"},
            ValueError,
            "Dataset: expected images to be False for 'two_moons', whose samples are no images, got True; omit it",
        ),
        ({"valueRange": (-1, 1), "name": "ring"}, ValueError, "Dataset: expected valueRange to be omitted for 'ring'"),
    ],
)
def test_bad_arguments_are_refused(arguments, kind, message):
    with pytest.raises(kind, match=message):
        Dataset(**{"name": "digits", **arguments})


@pytest.mark.parametrize("arguments", [{"batch_size": 0}, {"train_size": 1.5}, {"valueRange": 3}, {"dtype": int}])
def test_bad_arguments_are_refused_before_anything_is_read(arguments, monkeypatch, tmp_path):
    monkeypatch.setenv("LEIBNET_DATA", str(tmp_path))
    monkeypatch.setattr("dataset.catalogue.load", lambda *_: pytest.fail("read"))
    with pytest.raises((TypeError, ValueError)):
        Dataset("mnist", **arguments)


def test_the_value_range_need_only_fit_the_chosen_precision():
    assert Dataset("digits", valueRange=(0, 1e39), dtype=np.float64).trainSet()[0].max() == 1e39
    assert Dataset("digits", valueRange=(1, 1 + 1e-9), dtype=np.float64).trainSet()[0].max() == 1 + 1e-9


def test_bad_splits_and_chunk_sizes_are_refused():
    data = Dataset("digits")
    with pytest.raises(
        ValueError, match="Dataset.chunks: expected split to be one of 'train', 'validation', 'test', got 'tset'"
    ):
        data.chunks("tset")
    with pytest.raises(ValueError, match="Dataset.labels: expected split to be one of"):
        data.labels("all")
    with pytest.raises(ValueError, match="Dataset.chunks: expected size to be a whole number of at least 1, got 0"):
        data.chunks("test", size=0)


def test_numpy_integers_are_whole_numbers():
    data = Dataset("digits", train_size=np.int64(100), batch_size=np.uint8(10), rng=np.int32(3))
    assert (data.train_size, len(data)) == (100, 10)


def test_bundled_and_generated_sets_are_always_available():
    assert all(available(name) for name in ("digits", "two_moons", "ring", "grid"))
    with pytest.raises(ValueError, match="available: expected name .* did you mean 'mnist'"):
        available("mnst")
