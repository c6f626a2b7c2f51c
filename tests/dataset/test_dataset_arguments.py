"""Bad arguments of Dataset: a clear error when the object is made."""

import numpy as np
import pytest

from dataset import Dataset, available


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"name": "mnits"}, ValueError, "name: expected one of 'digits', .*'grid', got 'mnits'; did you mean 'mnist'"),
        ({"name": "Fashion-MNIST"}, ValueError, "did you mean 'fashion_mnist'"),
        ({"name": "cats"}, ValueError, "got 'cats'; own arrays go in by Dataset.fromArrays"),
        ({"name": 3}, TypeError, "expected the name of a data set, got int; own arrays go in by Dataset.fromArrays"),
        ({"name": np.ones((2, 3))}, TypeError, "got ndarray; own arrays go in by Dataset.fromArrays"),
        ({"train_size": 0}, ValueError, "train_size: expected at least 1, got 0"),
        ({"train_size": -5}, ValueError, "train_size: expected at least 1, got -5"),
        ({"train_size": 100.0}, TypeError, "train_size: expected a whole number, got 100.0"),
        ({"train_size": True}, TypeError, "train_size: expected a whole number, got True"),
        (
            {"train_size": 1438},
            ValueError,
            "train_size: expected at most the 1437 training samples of 'digits', got 1438",
        ),
        (
            {"train_size": 1400, "validation_size": 38},
            ValueError,
            r"train_size: expected at most the 1399 .*\(38 of 1437 are kept aside for validation\), got 1400",
        ),
        ({"validation_size": 1437}, ValueError, "validation_size: expected fewer than the 1437 training samples"),
        ({"validation_size": -1}, ValueError, "validation_size: expected at least 0, got -1"),
        ({"validation_size": "10"}, TypeError, "validation_size: expected a whole number, got '10'"),
        ({"test_size": 361}, ValueError, "test_size: expected at most the 360 test samples of 'digits', got 361"),
        ({"test_size": -1}, ValueError, "test_size: expected at least 0, got -1"),
        ({"test_size": 0.2}, TypeError, "test_size: expected a whole number, got 0.2"),
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
        ({"batch_size": None}, TypeError, "batch_size: expected a whole number, got None"),
        ({"batch_size": 2000, "dropLast": True}, ValueError, "dropLast: expected at least one whole batch"),
        ({"valueRange": (1, 0)}, ValueError, r"valueRange: expected two finite numbers .* got \(1, 0\)"),
        ({"valueRange": (0, 0)}, ValueError, "valueRange: "),
        ({"valueRange": (0, np.inf)}, ValueError, "valueRange: "),
        ({"valueRange": (np.nan, 1)}, ValueError, "valueRange: "),
        ({"valueRange": (0, 1, 2)}, ValueError, "valueRange: "),
        ({"valueRange": 1.0}, ValueError, "valueRange: .* got 1.0"),
        ({"valueRange": ("a", "b")}, ValueError, "valueRange: "),
        ({"valueRange": "01"}, ValueError, "valueRange: .* got '01'"),
        ({"valueRange": (0, 1j)}, ValueError, "valueRange: "),
        ({"valueRange": (0, 10**400)}, ValueError, "valueRange: "),
        ({"valueRange": (0, 1e39)}, ValueError, "valueRange: .*also when rounded to float32, got"),
        ({"valueRange": (1, 1 + 1e-9)}, ValueError, "valueRange: .*also when rounded to float32, got"),
        ({"dtype": np.float16}, ValueError, "dtype: expected np.float32 or np.float64, got "),
        ({"dtype": int}, ValueError, "dtype: expected"),
        ({"dtype": None}, ValueError, "dtype: expected .* got None"),
        ({"dtype": "floaty"}, ValueError, "dtype: expected .* got 'floaty'"),
        ({"rng": "seed"}, TypeError, "rng: expected a numpy Generator, a seed .* got 'seed'"),
        ({"rng": np.random.RandomState(0)}, TypeError, "rng: expected a numpy Generator"),
        ({"rng": -1}, ValueError, "rng: expected at least 0, got -1"),
        ({"rng": True}, TypeError, "rng: expected a numpy Generator"),
        ({"nois": 0.1, "name": "two_moons"}, TypeError, "unknown argument 'nois' .*'two_moons'.* noise; did you mean"),
        ({"noise": 0.1}, TypeError, "unknown argument 'noise' for the data set 'digits', whose own options are: none"),
        ({"valueRange": (-1, 1), "name": "ring"}, ValueError, "valueRange: expected none for 'ring'"),
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
    with pytest.raises(ValueError, match="split: expected one of 'train', 'validation', 'test', got 'tset'"):
        data.chunks("tset")
    with pytest.raises(ValueError, match="split: expected one of"):
        data.labels("all")
    with pytest.raises(ValueError, match="size: expected at least 1, got 0"):
        data.chunks("test", size=0)


def test_numpy_integers_are_whole_numbers():
    data = Dataset("digits", train_size=np.int64(100), batch_size=np.uint8(10), rng=np.int32(3))
    assert (data.train_size, len(data)) == (100, 10)


def test_bundled_and_generated_sets_are_always_available():
    assert all(available(name) for name in ("digits", "two_moons", "ring", "grid"))
    with pytest.raises(ValueError, match="did you mean 'mnist'"):
        available("mnst")
