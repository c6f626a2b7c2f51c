"""Sprites: what their factors mean, and that no image comes twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import Dataset

NAMES = ["shape", "scale", "rotation", "x", "y"]
FEW = {"side": 24, "scales": 2, "rotations": 9, "positions": 3}


def sprites(**options):
    return Dataset("sprites", **{"rng": 0} | FEW | options)


def everything(data):
    return np.concatenate([data.trainSet()[0], data.testSet()[0]], axis=-1)


def all_factors(sizes):
    return np.stack([axis.ravel() for axis in np.indices(sizes)])


def test_sizes_and_names():
    data = Dataset("sprites", 100, 20, validation_size=30)
    assert (data.train_size, data.validation_size, data.test_size) == (100, 30, 20)
    assert (data.sampleShape, data.labelShape, data.imageShape, data.inputDim) == ((1, 64, 64), (5,), (64, 64), 4096)
    assert (data.factorNames, data.factorSizes, data.classes) == (NAMES, (3, 6, 60, 16, 16), None)
    x, y = data.trainSet()
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((1, 64, 64, 100), (5, 100), np.float32, np.float32)
    assert np.unique(x).tolist() == [0, 1]
    assert "inputs 1 x 64 x 64 in [0, 1], labels 5" in repr(data)


def test_how_many_there_are():
    for side, count in ((64, 258_048), (32, 188_672)):
        data = Dataset("sprites", side=side)
        assert data.train_size + data.test_size == count
        assert data.test_size == -(-count // 10)


@settings(max_examples=20)
@given(
    st.integers(24, 40),
    st.integers(1, 3),
    st.integers(1, 12),
    st.integers(1, 5),
    st.sampled_from([np.uint8, np.float32]),
)
def test_all_different_images_are_there_once(side, scales, rotations, positions, dtype):
    data = sprites(side=side, scales=scales, rotations=rotations, positions=positions)
    drawn = data.rendered(all_factors(data.factorSizes).astype(dtype)).reshape(side * side, -1)
    different = {column.tobytes() for column in np.packbits(drawn.T.astype(bool), axis=1)}
    there = everything(data).reshape(side * side, -1)
    assert len(different) == there.shape[1] == data.train_size + data.test_size
    assert different == {column.tobytes() for column in np.packbits(there.T.astype(bool), axis=1)}


def test_of_equal_images_the_one_with_the_smallest_factors_is_kept():
    data = sprites(rotations=3)
    factors = np.concatenate([data.trainSet()[1], data.testSet()[1]], axis=1)
    squares = factors[:, factors[0] == 1]
    assert set(squares[2]) == {0}  # not those turned by 90 and by 180 degrees
    assert squares.shape[1] == 2 * 3 * 3


@settings(max_examples=20)
@given(st.integers(20, 40), st.integers(2, 5), st.integers(2, 7), st.integers(0, 5))
def test_labels_determine_images_that_are_wholly_inside(side, scales, positions, seed):
    data = sprites(side=side, scales=scales, positions=positions, rng=seed)
    x, y = next(data.chunks("train", 200))
    np.testing.assert_array_equal(data.rendered(y), x)
    # a frame around the image would hide a part of a shape that reached beyond: all positions show as many pixels
    area = data.rendered(all_factors(data.factorSizes)).sum(axis=(0, 1, 2)).reshape(data.factorSizes)
    assert (area == area[..., :1, :1]).all()
    assert (np.diff(area, axis=1) >= 0).all()
    assert (area[:, -1] > 2 * area[:, 0]).all()


def test_x_goes_to_the_right_and_y_downwards_in_equal_steps():
    data = Dataset("sprites", 1, 0)
    for factor, axis in ((3, 1), (4, 0)):
        factors = np.array([[1], [5], [7], [4], [9]]).repeat(16, axis=1)
        factors[factor] = np.arange(16)
        images = data.rendered(factors)[0]
        for place in range(15):
            np.testing.assert_array_equal(np.roll(images[..., place], 2, axis), images[..., place + 1])
        lines = images.any(axis=(1 - axis, 2))
        assert lines[:3].any()
        assert lines[-3:].any()


def test_scale_and_rotation_mean_what_is_said():
    data = Dataset("sprites", 1, 0, rotations=61)
    assert data.factorSizes == (3, 6, 61, 16, 16)

    def drawn(shape, scale, rotation):
        return data.rendered(np.array([[shape], [scale], [rotation], [8], [8]]))[0, :, :, 0]

    for shape, symmetric in ((0, 60), (1, 30), (2, 40)):  # steps of 3 degrees after which a shape is the same
        images = [drawn(shape, 5, rotation) for rotation in range(61)]
        np.testing.assert_array_equal(images[0], images[symmetric])
        assert len({image.tobytes() for image in images}) >= 0.9 * symmetric
        height, width = (np.count_nonzero(images[0].any(axis=axis)) for axis in (1, 0))
        quarter = [np.count_nonzero(images[30].any(axis=axis)) for axis in (0, 1)]
        assert quarter == [height, width]
        assert drawn(shape, 0, 0).sum() == pytest.approx(images[0].sum() / 4, rel=0.1)
    ellipse, square, triangle = (drawn(shape, 5, 0).sum() / 17**2 for shape in range(3))
    assert (ellipse, square, triangle) == pytest.approx((np.pi / 2, 2, np.sqrt(27) / 4), rel=0.05)
    upwards = drawn(2, 5, 0).sum(axis=1)
    assert upwards[upwards > 0][0] <= 2 < upwards[upwards > 0][-1]
    rising = drawn(0, 5, 10)  # counter-clockwise: the right end of the ellipse lies higher than the left one
    down, across = np.nonzero(rising)
    assert np.corrcoef(across, down)[0, 1] < -0.5


def test_everybody_tests_on_the_same_sprites():
    one, other, again = sprites(), sprites(rng=1), sprites(validation_size=7)
    np.testing.assert_array_equal(one.testSet()[0], other.testSet()[0])
    assert not np.array_equal(one.trainSet()[1], other.trainSet()[1])
    assert set(map(tuple, one.trainSet()[1].T)) == set(map(tuple, other.trainSet()[1].T))
    kept = np.concatenate([again.trainSet()[1], again.validationSet()[1]], axis=1)
    np.testing.assert_array_equal(kept, one.trainSet()[1])
    assert one.fingerprint() == sprites().fingerprint() != other.fingerprint()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"side": 22, "positions": 16}, "side to be at least 23, for shapes of 8 pixels at 16 positions, got 22"),
        ({"rotations": 0}, "rotations to be a whole number of at least 1, got 0"),
        ({"positions": 2.0}, "positions to be a whole number of at least 1, got 2.0"),
        ({"angles": 3}, "the options of the data set 'sprites' to be among side, scales, rotations, positions"),
        ({"train_size": 1000}, "train_size to be at most the 3.. training samples of 'sprites', got 1000"),
    ],
)
def test_what_does_not_fit_is_refused(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        sprites(**options)
