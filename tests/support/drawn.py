"""Arrays of any type and memory layout, drawn by Hypothesis: they give the same results, or are refused."""

import copy
import warnings

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import DivergenceError
from optimizer import SGD, Adam

examples = settings(max_examples=40, derandomize=True, deadline=None)
WHOLE = [np.bool_, np.uint8, np.int8, np.int64, np.uint64]
DTYPES = [*WHOLE, np.float16, np.float32, np.float64]


def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


def window(array):
    """The array in the middle of a larger one."""
    around = np.ones([size + 2 for size in array.shape], array.dtype)
    inner = around[tuple(slice(1, -1) for _ in array.shape)]
    inner[...] = array
    return inner


def backwards(array):
    flip = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[flip])[flip]


LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "read-only": read_only,
    "window": window,
    "spread": lambda array: np.repeat(array, 3, axis=-1)[..., ::3],
    "backwards": backwards,
    "swapped bytes": lambda array: array.astype(array.dtype.newbyteorder()),
    "list": lambda array: array.tolist(),
    "repeated": lambda array: np.broadcast_to(array[..., :1], array.shape),
}
layouts = st.sampled_from([name for name in LAYOUTS if name != "repeated"]).map(LAYOUTS.get)
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 5)
samples = st.integers(1, 7)


def values(rng, dtype, shape):
    """0 and 1 in whole numbers, and halves between them, in floats."""
    return (rng.integers(0, 2, shape) if dtype in WHOLE else rng.integers(0, 5, shape) / 4).astype(dtype)


def unchanged(*given):
    kept = [copy.deepcopy(one) for one in given]

    def check():
        for one, before in zip(given, kept, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(before), strict=True)

    return check


def equal(one, other, tolerance=1e-12):
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=tolerance, atol=tolerance)


ACTIVATIONS = [Identity(), Sigmoid(), Tanh(), ReLU(), LeakyReLU(0.1), ELU(), ELU(0.5), Softmax()]
LOSSES = [MSE(), MSE(0.3), CrossEntropy(), CategoricalCrossEntropy()]
OPTIMIZERS = [
    SGD(lr=0.1), SGD(learningRate=0.5, weightDecay=0.1), SGD(lr=0.1, momentum=0.9), Adam(lr=0.01, clipNorm=0.1),
    SGD(lr=0.1, momentum=0.5, nesterov=True, clipNorm=1), Adam(learningRate=0.1), Adam(lr=0.1, weightDecay=0.01),
]  # fmt: skip


NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf])
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4) | st.tuples(sizes, samples)
REAL = [np.int8, np.int64, np.uint64, np.uint8, np.bool_]
STRANGE = [np.dtype(name) for name in ("c16", "M8[s]", "U3", "S2", "i4, f8")]
PLAIN = (
    st.none() | st.text(max_size=3) | st.floats(0, 1) | st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=3)
)


def anything(shape):
    """Arrays of all types, half of them of this shape, and what is no array."""
    shapes = SHAPES | st.just(shape)
    entries = st.none() | st.integers(-3, 3) | st.floats(0, 1) | st.text(max_size=2)
    return st.one_of(
        arrays.arrays(st.sampled_from([np.float64, np.float32]), shapes, elements=st.just(0.5)),
        arrays.arrays(np.float64, shapes, elements=NUMBERS),
        arrays.arrays(st.sampled_from(STRANGE), shapes),
        arrays.arrays(st.sampled_from(REAL), shapes),
        arrays.arrays(object, shapes, elements=entries),
        PLAIN,
    )


ANYTHING = anything((2, 3))


def rightOrRefused(call, shape=None):
    """What a call gives, after a look at it: finite real numbers of this shape. None where it refuses its argument."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = call()
        except (TypeError, ValueError, DivergenceError) as error:
            refusal = str(error)
        else:
            refusal = ""
    if refusal:
        assert len(refusal) > 20
        return None
    for array in found if isinstance(found, tuple) else [found]:
        array = np.asarray(array)
        assert array.dtype.kind == "f"
        assert np.isfinite(array).all()
        assert shape is None or array.shape == shape
    return found


def shapeOf(x):
    try:
        return np.shape(x)
    except ValueError:  # lists of several lengths
        return None


def isFloats(x):
    return shapeOf(x) is not None and np.asarray(x).dtype.kind == "f"


def isReal(x):
    """Whether something is an array of finite real numbers."""
    try:
        x = np.asarray(x)
    except ValueError:
        return False
    return x.dtype.kind in "fiub" and bool(np.isfinite(x).all())
