"""Points in the plane: where they lie, which class they have, what every option does."""

import numpy as np
import pytest

from dataset import Dataset


def points(name, **options):
    data = Dataset(name, dtype=np.float64, rng=0, **options)
    return data, data.trainSet()[0], data.labels("train")


@pytest.mark.parametrize("name", ["two_moons", "ring", "grid"])
def test_sizes_and_seeds(name):
    data = Dataset(name)
    assert (data.train_size, data.test_size, data.inputDim, data.checksums) == (10_000, 2_000, 2, {})
    data = Dataset(name, train_size=30, validation_size=20, test_size=10, rng=4)
    assert data.trainSet()[0].shape == (2, 30)
    assert data.validationSet()[0].shape == (2, 20)
    assert data.testSet()[0].shape == (2, 10)
    again = Dataset(name, train_size=30, validation_size=20, test_size=10, rng=4)
    np.testing.assert_array_equal(data.testSet()[0], again.testSet()[0])
    assert not np.array_equal(data.testSet()[0], Dataset(name, train_size=30, test_size=10, rng=5).testSet()[0])
    assert not set(data.trainSet()[0][0]) & set(data.testSet()[0][0])
    assert Dataset(name, test_size=0).test_size == 0


def test_two_moons_lie_on_their_half_circles():
    data, x, moon = points("two_moons", noise=0.0)
    assert data.classes == 2
    assert data.centres is None
    upper, lower = x[:, moon == 0], x[:, moon == 1]
    np.testing.assert_allclose(np.hypot(*upper), 1)
    np.testing.assert_allclose(np.hypot(lower[0] - 1, lower[1] - 0.5), 1)
    assert upper[1].min() >= -1e-12
    assert lower[1].max() <= 0.5 + 1e-12
    assert upper[0].min() < -0.99
    assert lower[0].max() > 1.99
    assert 0.45 < moon.mean() < 0.55


def test_the_noise_of_two_moons_is_its_standard_deviation():
    _, x, moon = points("two_moons", noise=0.03)
    distance = np.hypot(*x[:, moon == 0]) - 1
    assert abs(distance.std() / 0.03 - 1) < 0.05


def test_ring_has_its_centres_on_a_circle():
    data, _, _ = points("ring")
    assert data.centres.shape == (2, 8)
    np.testing.assert_allclose(np.hypot(*data.centres), 1)
    np.testing.assert_allclose(data.centres[:, :3].T, [[1, 0], [0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-15)
    other, _, _ = points("ring", modes=5, radius=3.0)
    assert (other.classes, other.labelDim) == (5, 5)
    np.testing.assert_allclose(np.hypot(*other.centres), 3)


def test_grid_has_its_centres_in_rows():
    data, _, _ = points("grid")
    assert data.centres.shape == (2, 25)
    np.testing.assert_array_equal(data.centres[:, 0], [-4, -4])
    np.testing.assert_array_equal(data.centres[:, 1], [-2, -4])
    np.testing.assert_array_equal(data.centres[:, 12], [0, 0])
    np.testing.assert_array_equal(data.centres[:, 24], [4, 4])
    other, _, _ = points("grid", side=2, spacing=1.0)
    np.testing.assert_array_equal(other.centres, [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]])


@pytest.mark.parametrize(("name", "deviation"), [("ring", 0.01), ("grid", 0.05), ("ring", 0.02), ("grid", 0.1)])
def test_the_class_is_the_component_and_the_components_are_as_wide_as_said(name, deviation):
    defaults = {"ring": 0.01, "grid": 0.05}
    options = {} if deviation == defaults[name] else {"deviation": deviation}
    data, x, component = points(name, **options)
    offset = x - data.centres[:, component]
    assert np.abs(offset).max() < 6 * deviation
    np.testing.assert_allclose(offset.std(axis=1), deviation, rtol=0.05)
    counts = np.bincount(component, minlength=data.classes)
    expected = data.train_size / data.classes
    assert np.abs(counts - expected).max() < 6 * np.sqrt(expected)
    nearest = np.linalg.norm(x[:, :, None] - data.centres[:, None, :], axis=0).argmin(axis=1)
    np.testing.assert_array_equal(nearest, component)


@pytest.mark.parametrize(
    ("name", "options", "kind", "message"),
    [
        ("two_moons", {"noise": -0.1}, ValueError, "Dataset: expected noise to be a finite number >= 0, got -0.1"),
        ("two_moons", {"noise": "much"}, TypeError, "Dataset: expected noise to be a finite number >= 0, got 'much'"),
        ("ring", {"modes": 0}, ValueError, "Dataset: expected modes to be a whole number of at least 1, got 0"),
        ("ring", {"modes": 2.5}, TypeError, "Dataset: expected modes to be a whole number of at least 1, got 2.5"),
        ("ring", {"radius": 0}, ValueError, "Dataset: expected radius to be a finite number > 0, got 0"),
        ("ring", {"deviation": np.nan}, ValueError, "Dataset: expected deviation to be a finite number >= 0, got nan"),
        ("grid", {"side": 0}, ValueError, "Dataset: expected side to be a whole number of at least 1, got 0"),
        ("grid", {"spacing": -1}, ValueError, "Dataset: expected spacing to be a finite number > 0, got -1"),
        ("grid", {"spacing": 10**400}, ValueError, "Dataset: expected spacing to be a finite number > 0, got 10000"),
        ("grid", {"deviation": np.inf}, ValueError, "Dataset: expected deviation to be a finite number >= 0, got inf"),
        (
            "grid",
            {"modes": 3},
            TypeError,
            "Dataset: expected the options .*'grid' to be among side, spacing, deviation, got 'modes'",
        ),
    ],
)
def test_bad_options_are_refused(name, options, kind, message):
    with pytest.raises(kind, match=message):
        Dataset(name, **options)
