"""Images that are changed for training: which ways they move, what comes in, and what stays as it is."""

from leibnet.randomness import seed

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Augmentation, Dataset, Shifts

IMAGES = np.random.default_rng(0).integers(1, 256, size=(3, 5, 4, 60), dtype=np.uint8)  # without black
LABELS = np.arange(60) % 3


def moved(image, down, right):
    """A slow and obvious reference: every pixel (channels, height, width) is looked up where it came from."""
    made = np.zeros_like(image)
    channels, height, width = image.shape
    for c, i, j in np.ndindex(channels, height, width):
        if 0 <= i - down < height and 0 <= j - right < width:
            made[c, i, j] = image[c, i - down, j - right]
    return made


def waysOf(images, shifted, k):
    """How each image (channels, height, width, N) was moved, (down, right)."""
    ways = [(down, right) for down in range(-k, k + 1) for right in range(-k, k + 1)]
    found = []
    for n in range(images.shape[-1]):
        fitting = [way for way in ways if np.array_equal(moved(images[..., n], *way), shifted[..., n])]
        assert len(fitting) == 1
        found += fitting
    return found


def epoch(dataset):
    """The inputs (..., N) of one epoch, and its labels, in the order in which they come."""
    inputs, labels = zip(*(tuple(train) for train, _, _ in dataset.batches()), strict=True)
    return np.concatenate(inputs, axis=-1), np.concatenate(labels, axis=-1)


def grey(images):
    return images.astype(np.float32) / np.float32(255)


def data(inputs=IMAGES, labels=LABELS, **options):
    options = {"testInputs": inputs[..., :7], "testLabels": labels[..., :7], "batch_size": 16, "rng": 0} | options
    return Dataset.fromArrays(inputs, labels, **options)


def test_every_shift_comes_as_often_as_the_others():
    image = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    ways = waysOf(np.repeat(image, 2500, axis=-1), Shifts(2).apply(np.repeat(image, 2500, axis=-1), rng=0), 2)
    counts = [ways.count(way) for way in set(ways)]
    assert len(counts) == 25
    assert min(counts) > 60
    assert max(counts) < 140


@given(
    k=st.integers(1, 3),
    shape=st.tuples(st.integers(1, 3), st.integers(4, 6), st.integers(4, 6), st.integers(1, 4)),
    dtype=st.sampled_from([np.uint8, np.float32, np.float64]),
)
def test_whole_images_move_and_black_comes_in(k, shape, dtype):
    images = (1 + np.arange(np.prod(shape)) % 250).reshape(shape).astype(dtype)
    before = images.copy()
    shifted = Shifts(k).apply(images, rng=k)
    assert (shifted.shape, shifted.dtype) == (images.shape, images.dtype)
    waysOf(images, shifted, k)
    assert np.array_equal(images, before)


def test_drawn_anew_every_time_and_repeated_by_a_seed():
    assert not np.array_equal(Shifts(2).apply(IMAGES), Shifts(2).apply(IMAGES))
    assert np.array_equal(Shifts(2).apply(IMAGES, rng=3), Shifts(2).apply(IMAGES, rng=3))
    seed(1)
    first = Shifts(2).apply(IMAGES)
    seed(1)
    assert np.array_equal(Shifts(2).apply(IMAGES), first)


@pytest.mark.parametrize("shuffle", [True, False])
def test_training_batches_are_shifted_and_labels_stay(shuffle):
    dataset = data(augment=Shifts(1), shuffle=shuffle)
    (inputs, labels), (plain, expected) = epoch(dataset), epoch(data(shuffle=shuffle))
    assert np.array_equal(labels, expected)  # in the order in which they come without it
    assert len(set(waysOf(plain, inputs, 1))) == 9


def test_every_epoch_has_shifts_of_its_own():
    dataset = data(augment=Shifts(1), shuffle=False)
    first, second, other = (epoch(one)[0] for one in (dataset, dataset, data(augment=Shifts(1), shuffle=False, rng=1)))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("size", [1, 16, 60, 1000])
def test_every_sample_of_every_batch_is_shifted_once(size):
    dataset = data(augment=Shifts(1), shuffle=False, batch_size=size)
    assert len(set(waysOf(grey(IMAGES), epoch(dataset)[0], 1))) == 9


def test_everything_else_stays_as_it_is():
    augmented, plain = (data(validation_size=9, shuffle=False, rng=0, augment=augment) for augment in (Shifts(2), None))
    for one in ("trainSet", "validationSet", "testSet"):
        assert np.array_equal(getattr(augmented, one)().inputs, getattr(plain, one)().inputs)
    for split in ("train", "validation", "test"):
        for part, other in zip(augmented.chunks(split, 10), plain.chunks(split, 10), strict=True):
            assert np.array_equal(part.inputs, other.inputs)
    for (_, test, _), (_, other, _) in zip(augmented.batches(), plain.batches(), strict=True):
        assert np.array_equal(test.inputs, other.inputs)
    assert augmented.facts.ends == plain.facts.ends
    assert augmented.fingerprint() == plain.fingerprint()


def test_columns_are_shifted_as_the_images_they_are():
    images, columns, flat = (
        epoch(one)[0]
        for one in (
            Dataset("digits", images=True, augment=Shifts(2), rng=0),
            Dataset("digits", augment=Shifts(2), rng=0),
            Dataset("digits", images=True, augment=Shifts(2), rng=0).asColumns(),
        )
    )
    assert np.array_equal(images.reshape(64, -1), columns)
    assert np.array_equal(flat, columns)
    colour = data(augment=Shifts(1), shuffle=False)
    assert np.array_equal(
        epoch(colour)[0].reshape(60, -1), epoch(data(augment=Shifts(1), shuffle=False).asColumns())[0]
    )


def test_black_comes_in_whatever_it_is_called():
    low = epoch(data(augment=Shifts(1), shuffle=False, valueRange=(-1, 2)))[0]
    plain = epoch(data(augment=Shifts(1), shuffle=False))[0]
    assert np.array_equal(low == -1, plain == 0)
    assert (plain == 0).any()


def test_standardised_after_the_shift():
    numbers = IMAGES.astype(float) + 100
    dataset = data(numbers, augment=Shifts(1), shuffle=False, standardize=True)
    scale = dataset.standardization
    seen, raw = (
        epoch(one)[0] for one in (dataset.standardizedBy(scale), data(numbers, augment=Shifts(1), shuffle=False))
    )
    np.testing.assert_allclose(seen, scale.apply(raw.astype(float)), rtol=1e-5, atol=1e-5)
    assert scale.config() == data(numbers, standardize=True).standardization.config()  # of the images as they are


def test_images_in_folders(tmp_path):
    plots = pytest.importorskip("PIL.Image")
    for i, kind in enumerate(["cat", "dog"]):
        (tmp_path / kind).mkdir()
        for n in range(4):
            plots.fromarray(np.moveaxis(IMAGES[..., 4 * i + n], 0, -1)).save(tmp_path / kind / f"{n}.png")
    options = {"test_size": 2, "shuffle": False, "rng": 0, "colour": True}
    shifted, plain = (Dataset.fromFolder(tmp_path, augment=augment, **options) for augment in (Shifts(1), None))
    waysOf(epoch(plain)[0], epoch(shifted)[0], 1)


def test_a_batch_is_the_same_whenever_and_however_often_it_is_read():
    at_once = [train.inputs.copy() for train, _, _ in data(augment=Shifts(2)).batches()]
    later = [train for train, _, _ in data(augment=Shifts(2)).batches()]
    for train, expected in zip(reversed(later), reversed(at_once), strict=True):
        assert np.array_equal(train.inputs, expected)
        assert np.array_equal(train[0], expected)
    skipped = data(augment=Shifts(2)).batches()
    next(skipped)
    assert np.array_equal(next(skipped)[0].inputs, at_once[1])


def test_without_augment_nothing_else_is_drawn():
    orders = [np.random.default_rng(5), np.random.default_rng(5)]
    epoch(data(rng=orders[0]))
    orders[1].permutation(60)
    assert orders[0].random() == orders[1].random()


class Brighter(Augmentation):
    """Of the user's own: it may give another kind of numbers than it was given."""

    def __init__(self, factor=0.5):
        self.factor = factor

    def _augment(self, x, rng):
        return x * rng.uniform(self.factor, 1, size=x.shape[-1])


class Cut(Brighter):
    def _augment(self, x, rng):
        return x[:, 1:]


def test_one_of_your_own():
    inputs = epoch(data(augment=Brighter(0.25), shuffle=False))[0]
    assert inputs.dtype == np.float32
    factors = (inputs / grey(IMAGES)).reshape(60, 60)
    np.testing.assert_allclose(factors, np.broadcast_to(factors[0], (60, 60)), rtol=1e-5)
    assert 0.25 <= factors.min() < 0.5 < factors.max() <= 1
    with pytest.raises(ValueError, match=r"Cut: expected the changed images to be of shape \(3, 5, 4, 16\), got"):
        epoch(data(augment=Cut()))


def test_described_and_made_again():
    assert Shifts(3).config() == {"kind": "Shifts", "pixels": 3}
    assert repr(Augmentation.fromConfig(Shifts(3).config())) == repr(Shifts(3)) == "Shifts(pixels=3)"
    assert repr(data(augment=Shifts(3))).endswith("; training batches go through Shifts(pixels=3)")
    assert "go through" not in repr(data())


PIXELS = np.zeros((5, 4, 60), int)
REFUSED = [
    (lambda: Shifts(0), ValueError, "Shifts: expected pixels to be a whole number of at least 1, got 0"),
    (lambda: Shifts(1.5), TypeError, "Shifts: expected pixels to be a whole number"),
    (lambda: Shifts(4).apply(IMAGES), ValueError, "expected pixels to be less than 4, a side of the images, got 4"),
    (lambda: data(augment=Shifts(4)), ValueError, "expected pixels to be less than 4, a side of the images, got 4"),
    (lambda: Dataset("digits", augment=Shifts(8)), ValueError, "less than 8, a side of the images, got 8"),
    (lambda: Shifts(1).apply(IMAGES[0]), ValueError, r"images to be of shape \(channels, height, width, N\), got"),
    (lambda: Shifts(1).apply("text"), TypeError, "Shifts.apply: expected images to be real numbers"),
    (lambda: data(augment=2), TypeError, r"expected augment to be an Augmentation such as Shifts\(2\), got 2"),
    (lambda: data(augment=Shifts), TypeError, r"give an instance, Shifts\(\)"),
    (lambda: Dataset("ring", augment=Shifts(1)), ValueError, "augment to be omitted for 'ring', without images"),
    (lambda: data(IMAGES[0, 0], augment=Shifts(1)), ValueError, "omitted for 'arrays', without images.*asColumns"),
    (lambda: data(labels=PIXELS, oneHot=True, augment=Shifts(1)), ValueError, "labels of pixels, which would stay"),
    (
        lambda: data(labels=PIXELS, oneHot=True, sampleWeights=np.ones((5, 4, 60)), augment=Shifts(1)),
        ValueError,
        "of pixels, which would stay",
    ),
    (
        lambda: data(sampleWeights=np.ones(60), labels=PIXELS.astype(float), augment=Shifts(1)),
        ValueError,
        "labels of pixels, which would stay",
    ),
]


@pytest.mark.parametrize(("make", "kind", "message"), REFUSED)
def test_what_is_refused(make, kind, message):
    with pytest.raises(kind, match=message):
        make()
