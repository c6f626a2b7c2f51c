"""Layers that branch: Copy, Parallel, Sum, Concatenate and Residual, their algebra and their words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Tanh
from layers import Chain, Concatenate, Copy, Dense, Dropout, Flatten, Layer, Parallel, Residual, Sampler, Sum, Wanted

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6))

shapes = st.lists(st.integers(1, 4), min_size=2, max_size=5).map(tuple)
counts = st.integers(1, 4)


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def several(shape, count):
    return tuple(normal(shape, seed) for seed in range(count))


def dense(inputs, outputs, seed=0):
    return Dense(inputs, outputs, Tanh(), rng=seed)


# Algebra -------------------------------------------------------------------------------------------------------------


@given(shape=shapes, count=counts)
def test_copy_and_sum(shape, count):
    x, dys = normal(shape), several(shape, count)
    copy, total = Copy(count), Sum()
    copies = copy.forward(x)
    assert len(copies) == count
    assert all(np.array_equal(one, x) for one in copies)
    assert total.forward(copies) == pytest.approx(count * x)
    assert total.forward(dys) == pytest.approx(sum(dys))
    assert copy.backward(dys) == pytest.approx(sum(dys))  # each is the other's gradient
    assert all(np.array_equal(one, x) for one in total.backward(x))


@given(shape=shapes, features=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_concatenate_puts_features_behind_one_another(shape, features):
    axis = 0 if len(shape) == 4 else len(shape) - 2
    xs = tuple(normal((*shape[:axis], n, *shape[axis + 1 :]), n) for n in features)
    layer = Concatenate()
    y = layer.feedforward(xs)
    assert np.array_equal(y, np.concatenate(xs, axis=axis))
    assert layer.outputShape(tuple(x.shape[:-1] for x in xs)) == y.shape[:-1]
    assert y.shape[axis] == sum(features)
    for dx, x in zip(layer.backward(y), xs, strict=True):
        assert np.array_equal(dx, x)


@given(shape=shapes, count=counts)
def test_parallel_layers_each_have_an_input_of_their_own(shape, count):
    xs = several(shape, count)
    layer = Parallel([Residual([Dropout(0)]) for _ in xs])
    for y, x in zip(layer.feedforward(xs), xs, strict=True):
        assert y == pytest.approx(2 * x)
    for dx, x in zip(layer.backward(xs), xs, strict=True):
        assert dx == pytest.approx(2 * x)
    shape = tuple(x.shape[:-1] for x in xs)
    assert layer.outputShape(shape) == shape


def test_what_residual_computes():
    f, p = dense(4, 3, 1), dense(4, 3, 2)
    layer, dy = Residual([f], projection=p), normal((3, 6))
    y, dx = layer.feedforward(X), layer.backward(dy).copy()
    gradients = f.gradients["weight"].copy(), p.gradients["weight"].copy()
    assert np.array_equal(y, p.feedforward(X) + f.feedforward(X))
    assert np.array_equal(dx, p.backward(dy) + f.backward(dy))
    assert np.array_equal(gradients[0], f.gradients["weight"])
    assert np.array_equal(gradients[1], p.gradients["weight"])
    plain = Residual([dense(4, 4, 1)])
    assert plain.feedforward(X) == pytest.approx(X + dense(4, 4, 1).feedforward(X))


def test_a_chain_of_branches_is_written_out():
    one, other = dense(4, 3, 1), dense(4, 2, 2)
    chain = Chain([Copy(), Parallel([one, other]), Concatenate()])
    dy = normal((5, 6))
    assert np.array_equal(chain.feedforward(X), np.concatenate([one.feedforward(X), other.feedforward(X)]))
    dx = chain.backward(dy).copy()
    one.forward(X)
    other.forward(X)
    assert np.array_equal(dx, one.backward(dy[:3]) + other.backward(dy[3:]))


def test_two_inputs_into_one_network():
    chain = Chain([Parallel([dense(4, 3), Flatten()]), Concatenate(), dense(9, 2)])
    images = normal((1, 2, 3, 6))
    assert chain.feedforward((X, images)).shape == (2, 6)
    dx = chain.backward(normal((2, 6)))
    assert [one.shape for one in dx] == [X.shape, images.shape]


# What is wanted ------------------------------------------------------------------------------------------------------

EVERY = [
    (lambda: Copy(3), X),
    (lambda: Sum(), (X, X)),
    (lambda: Concatenate(), (X, X)),
    (lambda: Parallel([dense(4, 3), dense(4, 3)]), (X, X)),
    (lambda: Residual([dense(4, 4)]), X),
    (lambda: Residual([dense(4, 3)], projection=dense(4, 3)), X),
]


@pytest.mark.parametrize(("make", "x"), EVERY)
def test_without_the_gradient_of_the_input_there_is_none(make, x):
    layer = make()
    layer.forward(x)
    dy = layer.output
    assert layer.backward(dy, Wanted(input=False)) is None
    with pytest.raises(RuntimeError, match="has no gradient to its input"):
        layer.gradient  # noqa: B018
    for leaf in layer.leaves().values():
        assert leaf.hasGradients == (leaf.numParameters() > 0)
    assert layer.backward(dy) is layer.gradient


@pytest.mark.parametrize(("make", "x"), EVERY)
def test_nothing_that_is_given_is_changed(make, x):
    layer = make()
    layer.forward(x)
    before, dy = layer.feedforward(x), layer.feedforward(x)
    layer.backward(dy)
    pairs = [(before, dy)] if not isinstance(dy, tuple) else zip(before, dy, strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


@pytest.mark.parametrize(("make", "x"), EVERY)
def test_precision_and_config(make, x):
    layer = make()
    layer.astype(np.float32)
    outputs, dx = layer.feedforward(x), layer.backward(layer.output)
    arrays = [*(outputs if isinstance(outputs, tuple) else (outputs,)), *(dx if isinstance(dx, tuple) else (dx,))]
    assert {one.dtype for one in arrays} == {np.dtype(np.float32)}
    again = Layer.fromConfig(layer.config())
    assert (again.config(), repr(again), type(again)) == (layer.config(), repr(layer), type(layer))


def test_shapes_and_multiplications():
    fork = Parallel([dense(4, 3), dense(7, 2)])
    assert (fork.inputShape, fork.outputShape(((4,), (7,)))) == (((4,), (7,)), ((3,), (2,)))
    assert fork.multiplications(((4,), (7,))) == 16
    assert Copy(3).outputShape((4, 2)) == ((4, 2),) * 3
    assert Sum().outputShape(((4, 2), (4, 2))) == (4, 2)
    assert Concatenate().outputShape(((3, 2, 2), (5, 2, 2))) == (8, 2, 2)
    assert Concatenate().outputShape(((7, 3), (7, 5))) == (7, 8)
    residual = Residual([dense(4, 9), dense(9, 3)], projection=dense(4, 3))
    assert (residual.inputShape, residual.outputShape((4,)), residual.multiplications((4,))) == ((4,), (3,), 45)
    assert Residual([Dropout()]).inputShape is None


def test_training_reaches_every_branch():
    layer = Parallel([Dropout(0.9, rng=0), Residual([Dropout(0.9, rng=0)])])
    one, other = layer.feedforward((X, X), training=False)
    assert np.array_equal(one, X)
    assert np.array_equal(other, 2 * X)
    one, other = layer.feedforward((X, X))
    assert not np.array_equal(one, X)
    assert not np.array_equal(other, 2 * X)


def test_branches_learn_and_freeze():
    layer = Parallel([dense(4, 3), Residual([dense(4, 4)], projection=dense(4, 4))])
    assert len(layer.learning()) == 3
    before = [one.weight.copy() for one in layer.learning()]
    layer.forward((X, X))
    layer.backward(layer.output)
    layer.layers[1].freeze()
    layer.update()
    frozen = [leaf for leaf in layer.leaves().values() if not leaf.learns]
    assert len(frozen) == 2
    assert np.array_equal(frozen[0].weight, before[1])
    assert np.array_equal(frozen[1].weight, before[2])
    assert not np.array_equal(layer.layers[0].weight, before[0])


# Words ---------------------------------------------------------------------------------------------------------------

USED = dense(4, 4)
SINGLE = dense(4, 4)
SINGLE.astype(np.float32)


def backward(layer, x, dy):
    layer.forward(x)
    return layer.backward(dy)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Copy(0), ValueError, "Copy: expected branches to be a whole number of at least 1, got 0"),
        (lambda: Copy(1.5), TypeError, "Copy: expected branches to be a whole number of at least 1, got 1.5"),
        (
            lambda: Copy().forward((X, X)),
            TypeError,
            "Copy x2: expected one array, got a tuple of 2; put Parallel() here",
        ),
        (
            lambda: backward(Copy(), X, X),
            ValueError,
            "expected a tuple of 2 gradients, one for each output, got ndarray",
        ),
        (
            lambda: backward(Copy(), X, (X,)),
            ValueError,
            "expected a tuple of 2 gradients, one for each output, got a tuple of 1",
        ),
        (
            lambda: backward(Copy(), X, (X, X[:2])),
            ValueError,
            "expected a gradient of its output's shape (4, 6), got (2, 6)",
        ),
        (
            lambda: Sum().forward(X),
            TypeError,
            "Sum: expected a tuple of several arrays, got one of shape (4, 6); put Copy() before it",
        ),
        (lambda: Sum().forward(()), TypeError, "Sum: expected a tuple of several arrays, got a tuple of 0"),
        (lambda: Sum().forward((X, X[:2])), ValueError, "Sum: expected arrays of one shape, got samples of shapes"),
        (lambda: Sum().forward((X, X[:, :2])), ValueError, "Sum: expected arrays of one shape"),
        (
            lambda: Sum().forward((X, 1j * X)),
            TypeError,
            "Sum: expected the input to be real numbers, got dtype('complex128')",
        ),
        (lambda: Sum().outputShape(((3,), (4,))), ValueError, "Sum: expected arrays of one shape"),
        (lambda: Concatenate().forward(X), TypeError, "Concatenate: expected a tuple of several arrays"),
        (
            lambda: Concatenate().forward((X, X[:, :3])),
            ValueError,
            "arrays that differ in the number of their features alone, got some of shapes (4, 6), (4, 3)",
        ),
        (lambda: Concatenate().forward((X, X[None])), ValueError, "got some of shapes (4, 6), (1, 4, 6)"),
        (lambda: Concatenate().forward((X[0], X[0])), ValueError, "got some of shapes (6,), (6,)"),
        (
            lambda: Concatenate().outputShape(((2, 3, 3), (2, 3, 4))),
            ValueError,
            "differ in the number of their features alone",
        ),
        (lambda: Parallel([]), ValueError, "Parallel: expected one layer or more, got none; give [Dense(...), ...]"),
        (lambda: Parallel([Flatten]), TypeError, "Parallel: expected every layer to be a Layer such as Dense(784"),
        (
            lambda: Parallel([USED, USED]),
            ValueError,
            "Parallel: expected a layer of its own for every place, got one twice",
        ),
        (lambda: Parallel([USED, Chain([USED])]), ValueError, "Parallel: expected a layer of its own for every place"),
        (
            lambda: Parallel([USED, SINGLE]),
            ValueError,
            "Parallel: expected layers of one precision, got float32 and float64",
        ),
        (
            lambda: Parallel([USED]).forward(X),
            TypeError,
            "expected a tuple of 1 arrays, got one of shape (4, 6); put Copy() before it",
        ),
        (lambda: Parallel([USED]).forward((X, X)), TypeError, "expected a tuple of 1 arrays, got a tuple of 2"),
        (lambda: Parallel([USED]).outputShape((4,)), ValueError, "expected 1 shapes, got (4,)"),
        (
            lambda: Parallel([dense(4, 4)]).forward((X.T,)),
            ValueError,
            "layers[0] (Dense 4 -> 4, Tanh()): expected an input",
        ),
        (lambda: backward(Parallel([dense(4, 4)]), (X,), X), ValueError, "expected a tuple of 1 gradients"),
        (
            lambda: Residual([]),
            ValueError,
            "Residual: expected a chain with layers, got an empty one; give [Dense(...)",
        ),
        (lambda: Residual(5), TypeError, "expected layers to be a list of layers, or a dict of them, got 5"),
        (
            lambda: Residual([dense(4, 3)]),
            ValueError,
            "expected f to give the shape that it is added to, (4,), got (3,); give a projection between the two",
        ),
        (
            lambda: Residual([dense(4, 3)], projection=dense(4, 2)),
            ValueError,
            "the shape that it is added to, (2,), got (3,)",
        ),
        (
            lambda: Residual([dense(4, 3)], projection=dense(5, 3)),
            ValueError,
            "projection (Dense 5 -> 3, Tanh()): expected an input of shape (5, N)",
        ),
        (
            lambda: Residual([dense(4, 4)], projection=Flatten),
            TypeError,
            "Residual: expected projection to be a Layer such as Dense(8, 16)",
        ),
        (
            lambda: Residual([USED], projection=USED),
            ValueError,
            "Residual: expected a layer of its own for every place",
        ),
        (lambda: Residual([USED], projection=SINGLE), ValueError, "Residual: expected layers of one precision"),
        (
            lambda: Residual([Flatten()]).forward(normal((2, 2, 3))),
            ValueError,
            "expected f to give the shape that it is added to, (2, 2), got (4,)",
        ),
        (
            lambda: Chain([dense(4, 4), Copy(), Sampler(4, 2)]),
            ValueError,
            "layers[2] (Sampler 4 -> 2) takes samples of shape (4,), but layers[1] (Copy x2) before it gives",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)
