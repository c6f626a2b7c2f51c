"""Work arrays whose memory is kept."""

import math

from leibnet.arrays import workArray

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
        assert sum(memory.size for memory, _ in kept.values()) == capacity
