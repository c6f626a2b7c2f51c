"""Arrays: axes, norms, noise, and work arrays whose memory is kept."""

import copy
import math
import pickle
import threading
import warnings

from leibnet.arrays import (
    WorkArrays,
    asArray,
    euclideanNorm,
    featureAxis,
    featureAxisOf,
    isFinite,
    realNumbers,
    rootMeanSquare,
    standardNormal,
    uniform,
    workArray,
)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

LIKE = np.empty(0, np.float32)

shapes = st.lists(st.integers(0, 5), max_size=3).map(tuple)
dtypes = st.sampled_from([np.float32, np.float64])


def address(array):
    return array.__array_interface__["data"][0]


def test_the_same_array_again_with_what_it_held():
    kept = {}
    array = workArray(kept, "z", (3, 4), LIKE)
    array[...] = 7
    again = workArray(kept, "z", (3, 4), LIKE)
    assert again is array
    assert (again == 7).all()


def test_a_smaller_or_reshaped_one_lies_in_the_same_memory():
    kept = {}
    largest = workArray(kept, "z", (3, 4), LIKE)
    for shape in ((4, 3), (2, 2), (12,), (), (0, 4), (3, 4)):
        array = workArray(kept, "z", shape, LIKE)
        assert array.shape == shape
        assert address(array) == address(largest)
        assert array.size == 0 or np.shares_memory(array, largest)


def test_memory_grows_with_the_largest_shape():
    kept = {}
    small = workArray(kept, "z", (2,), LIKE)
    large = workArray(kept, "z", (100,), LIKE)
    assert not np.shares_memory(small, large)
    assert address(workArray(kept, "z", (2,), LIKE)) == address(large)


def test_names_do_not_share():
    kept = {}
    arrays = [workArray(kept, name, (3,), LIKE) for name in "abc"]
    for value, array in enumerate(arrays):
        array[...] = value
    assert [array.tolist() for array in arrays] == [[0] * 3, [1] * 3, [2] * 3]
    assert all(workArray(kept, name, (3,), LIKE) is array for name, array in zip("abc", arrays, strict=True))
    assert not np.shares_memory(workArray({}, "a", (3,), LIKE), arrays[0])


def test_precision_is_that_of_the_example():
    kept = {}
    for dtype in (np.float32, np.float64, np.float32):
        array = workArray(kept, "z", (3, 4), np.empty((2, 2), dtype))
        assert (array.dtype, array.shape) == (dtype, (3, 4))


def test_two_shapes_in_turns_are_two_views_that_stay():
    """Those of a batch and of the smaller last one, in every epoch."""
    kept, like = {}, np.empty(1)
    large, small = (workArray(kept, "z", (3, size), like) for size in (200, 55))
    for _ in range(3):
        assert workArray(kept, "z", (3, 200), like) is large
        assert workArray(kept, "z", (3, 55), like) is small
    workArray(kept, "z", (3, 300), like)
    assert workArray(kept, "z", (3, 55), like) is not small  # of memory that was given back


@given(asked=st.lists(st.tuples(shapes, dtypes), min_size=1, max_size=12))
def test_any_sequence_of_shapes(asked):
    kept, before, capacity = {}, None, 0
    for shape, dtype in asked:
        array = workArray(kept, "z", shape, np.empty(1, dtype))
        assert (array.shape, array.dtype) == (shape, dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        if before is not None and before.dtype == dtype and math.prod(shape) <= capacity:
            assert address(array) == address(before)
        else:
            capacity = math.prod(shape)
        array[...] = 1
        before = array
        assert sum(memory.size for memory, *_ in kept.values()) == capacity


# Work arrays of every thread ------------------------------------------------------------------------------------------


def test_work_arrays_are_a_threads_own():
    work, found, meeting = WorkArrays(), {}, threading.Barrier(3, timeout=30)

    def use(k):
        array = work("z", LIKE, (2, 3))
        array[...] = k
        meeting.wait()
        found[k] = array
        assert (array == k).all()
        assert work("z", LIKE, (2, 3)) is array

    threads = [threading.Thread(target=use, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert not any(np.shares_memory(found[k], found[k - 1]) for k in (1, 2))
    assert not np.shares_memory(found[0], found[2])
    assert not any(np.shares_memory(work("z", LIKE, (2, 3)), array) for array in found.values())


def test_work_arrays_have_the_shape_of_the_example_or_another():
    work = WorkArrays()
    assert work("z", np.ones((2, 3))).shape == (2, 3)
    assert (work("z", LIKE, (4,)).shape, work("z", LIKE, ()).shape) == ((4,), ())
    assert work("z", np.ones((2, 3))).dtype == np.float64
    assert work("z", LIKE).shape == (0,)


@pytest.mark.parametrize("twin", [copy.deepcopy, copy.copy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_begins_without_any(twin):
    work = WorkArrays()
    array = work("z", LIKE, (1000,))
    other = twin(work)
    assert isinstance(other, WorkArrays)
    assert not np.shares_memory(other("z", LIKE, (1000,)), array)
    assert len(pickle.dumps(work)) < 200


# Axes, norms, noise ---------------------------------------------------------------------------------------------------


def test_features_stand_before_the_samples_but_first_in_images():
    for shape, axis in [((784, 50), 0), ((20, 8, 50), 1), ((3, 28, 28, 50), 0), ((2, 3, 4, 5, 6), 3)]:
        assert featureAxis(np.empty(shape)) == featureAxisOf(shape) == axis


def test_what_is_an_array_stays_as_it_is():
    array = np.ones(3)
    assert asArray(array) is array
    foreign = Foreign(array)
    assert asArray(foreign) is foreign
    for value in ([1.0, 2.0], 3, (1, 2), memoryview(b"ab")):
        assert type(asArray(value)) is np.ndarray
    assert type(asArray(np.float32(1.5))) is not Foreign
    assert asArray([1, 2]).tolist() == [1, 2]


@given(x=arrays.arrays(np.float64, arrays.array_shapes(min_dims=0, min_side=0), elements=st.floats(-1e100, 1e100)))
def test_norms(x):
    assert euclideanNorm(x) == pytest.approx(float(np.linalg.norm(x.ravel())))
    assert rootMeanSquare(x) == pytest.approx(float(np.sqrt(np.mean(x**2))) if x.size else 0)
    assert isFinite(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norms_where_squares_overflow(dtype):
    large = np.finfo(dtype).max / 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (np.full((2, 2), large, dtype), np.full((2, 2), large, dtype).T, np.full((4, 2), large, dtype)[::2]):
            assert euclideanNorm(x) == pytest.approx(2 * float(large))
            assert isFinite(x)
            assert rootMeanSquare(x) == pytest.approx(float(large))


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_finite(bad, dtype):
    x = np.ones((3, 4), dtype)
    x[2, 1] = bad
    assert not isFinite(x)
    assert not math.isfinite(euclideanNorm(x))
    assert not math.isfinite(rootMeanSquare(x))


def test_the_norm_overflows_only_where_it_must():
    x = np.full(4, np.finfo(np.float64).max)
    with np.errstate(over="ignore"):
        assert isFinite(x)


@pytest.mark.parametrize("draw", [standardNormal, uniform])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_is_in_the_precision_of_the_example(draw, dtype):
    first, again = (draw(np.random.default_rng(0), (50_000,), np.empty(0, dtype)) for _ in range(2))
    assert first.dtype == dtype
    assert np.array_equal(first, again)
    mean, variance = (0, 1) if draw is standardNormal else (1 / 2, 1 / 12)
    assert first.mean() == pytest.approx(mean, abs=0.02)
    assert first.var() == pytest.approx(variance, rel=0.03)
    method = "standard_normal" if draw is standardNormal else "random"
    assert np.array_equal(first, getattr(np.random.default_rng(0), method)(50_000, dtype=dtype))


class Foreign:
    """An array of another library, as far as `np.asarray(like=...)` needs it."""

    def __init__(self, array):
        self.array, self.dtype, self.shape = array, array.dtype, array.shape

    def __array_function__(self, function, types, arguments, keywords):
        assert function is np.asarray
        return Foreign(np.array(arguments[0]))


@pytest.mark.parametrize("draw", [standardNormal, uniform])
def test_noise_is_an_array_of_the_examples_library(draw):
    like = Foreign(np.empty(0, np.float32))
    noise = draw(np.random.default_rng(0), (3, 4), like)
    assert isinstance(noise, Foreign)
    assert np.array_equal(noise.array, draw(np.random.default_rng(0), (3, 4), np.empty(0, np.float32)))


# Arrays from outside --------------------------------------------------------------------------------------------------


class Sub(np.ndarray):
    """Such as `np.matrix`."""


def test_real_numbers_in_a_precision():
    single = np.dtype(np.float32)
    for dtype in (bool, np.uint8, np.int64, np.float16, np.float64):
        found = realNumbers("Owner", "the input", np.array([0, 1], dtype), single)
        assert (found.tolist(), found.dtype) == ([0, 1], single)
    array = np.ones(3, np.float32)
    assert realNumbers("Owner", "the input", array, single) is array
    assert realNumbers("Owner", "the input", array) is array
    assert realNumbers("Owner", "the input", [[1, 2]]).tolist() == [[1, 2]]
    assert type(realNumbers("Owner", "the input", np.ones(2).view(Sub))) is np.ndarray
    for dtype in (complex, str, object, "M8[s]"):
        with pytest.raises(TypeError, match="Owner: expected the input to be real numbers, got dtype.*; convert it to"):
            realNumbers("Owner", "the input", np.zeros(2, dtype), single)


def test_finite_numbers_where_they_are_asked_for():
    large = np.array([[0.0, 1e300]])
    assert realNumbers("Owner", "the input", large, finite=True) is large
    with pytest.raises(
        ValueError, match="finite numbers in float32, got 1e.300; clean the data, the first is in row 0, c"
    ):
        realNumbers("Owner", "the input", large, np.dtype(np.float32), finite=True)
    for bad in (np.nan, np.inf):
        assert realNumbers("Owner", "the input", [bad]).size == 1
        with pytest.raises(ValueError, match=f"got {bad}; clean the data, the first is in place 1"):
            realNumbers("Owner", "the input", [1.0, bad], finite=True)
    assert realNumbers("Owner", "the input", [1, 2], finite=True).tolist() == [1, 2]


def test_grey_values_that_a_data_set_would_scale():
    for pixels in (np.array([0, 1], np.uint8), np.zeros((0, 3), np.uint8), np.array([0, 255], np.int16)):
        assert realNumbers("Owner", "the input", pixels, scaled=True) is pixels
    pixels = np.array([0, 255], np.uint8)
    assert realNumbers("Owner", "the input", pixels) is pixels
    with pytest.raises(
        ValueError, match=r"the scale of the data set, not grey values \(uint8\), got 255; .* divide by 255"
    ):
        realNumbers("Owner", "the input", pixels, scaled=True)


def test_masked_entries_and_ragged_rows_are_refused():
    masked = np.ma.array([1.0, 2.0, 3.0], mask=[False, True, True])
    for value in (masked, [masked, [0, 0, 0]]):
        with pytest.raises(ValueError, match="without a mask.*2 entries are masked: fill them by .filled"):
            realNumbers("Owner", "the input", value)
    assert type(realNumbers("Owner", "the input", np.ma.array([1.0]))) is np.ndarray
    with pytest.raises(ValueError, match="with rows of equal length, got <class 'list'>; NumPy says: "):
        realNumbers("Owner", "the input", [[1, 2], [3]])
