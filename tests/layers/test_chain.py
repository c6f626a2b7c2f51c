"""Chains: names, places, shapes, passes down to the layer that is wanted, descriptions."""

import json

import numpy as np
import pytest

from activations import Identity, Sigmoid, Softmax, Tanh
from layers import (
    L1,
    BatchNormalization,
    Chain,
    Concatenate,
    Copy,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Parallel,
    Reshape,
    Residual,
    Sampler,
    Sum,
    Wanted,
)
from optimizer import SGD, Adam

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6))
DY = RNG.normal(size=(3, 6))


def dense(inputs, outputs, activation=None, seed=1, **keywords):
    return Dense(inputs, outputs, activation, SGD(lr=0.1), rng=seed, **keywords)


def flat():
    """Four layers one behind the other, the third without parameters."""
    return Chain([dense(4, 5, Tanh(), 1), dense(5, 5, Tanh(), 2), Reshape((5,)), dense(5, 3, Softmax(), 3)])


def nested():
    """The same as `flat`, in chains with names."""
    one, two, shape, last = flat().layers
    return Chain({"encoder": Chain([one, Chain([two])]), "decoder": Chain([shape, Chain({"head": last})])})


def branched():
    return Chain(
        [
            Copy(),
            Parallel([Residual([dense(4, 4, Tanh())], projection=dense(4, 4)), dense(4, 2)]),
            Concatenate(),
            dense(6, 3),
        ]
    )


def assert_equal(one, other):
    for mine, its in zip(one.leaves().values(), other.leaves().values(), strict=True):
        assert mine.parameters.keys() == its.parameters.keys()
        for name, value in its.parameters.items():
            assert np.array_equal(mine.parameters[name], value)


# Names and places ----------------------------------------------------------------------------------------------------


def test_names_of_the_layers():
    assert list(flat().children()) == ["layers.0", "layers.1", "layers.2", "layers.3"]
    assert list(flat().leaves()) == ["layers.0", "layers.1", "layers.2", "layers.3"]
    assert list(nested().children()) == ["encoder", "decoder"]
    assert list(nested().leaves()) == [
        "encoder.layers.0", "encoder.layers.1.layers.0", "decoder.layers.0", "decoder.layers.1.head",
    ]  # fmt: skip
    assert list(branched().leaves()) == [
        "layers.0", "layers.1.layers.0.chain.layers.0", "layers.1.layers.0.projection", "layers.1.layers.1",
        "layers.2", "layers.3",
    ]  # fmt: skip
    layer = dense(2, 2)
    assert layer.leaves() == {"": layer}


def test_leaves_are_the_layers_themselves():
    chain = nested()
    assert list(chain.leaves().values()) == [part for part in chain.parts() if not isinstance(part, Chain)]
    assert chain.leaves()["decoder.layers.1.head"] is chain.layers[1].layers[1].layers[0]


def test_places_are_those_of_the_outermost_network():
    chain = nested()
    places = [leaf.describe().partition(" (")[0] for leaf in chain.leaves().values()]
    assert places == ["encoder.layers[0]", "encoder.layers[1].layers[0]", "decoder.layers[0]", "decoder.layers[1].head"]
    outer = Chain([chain])
    assert chain.describe().startswith("layers[0] (Chain")
    assert (
        outer.leaves()["layers.0.encoder.layers.0"].describe().startswith("layers[0].encoder.layers[0] (Dense 4 -> 5")
    )
    assert [leaf.describe().partition(" (")[0] for leaf in branched().leaves().values()] == [
        "layers[0]", "layers[1].layers[0].chain.layers[0]", "layers[1].layers[0].projection", "layers[1].layers[1]",
        "layers[2]", "layers[3]",
    ]  # fmt: skip
    grown = Chain([Chain([dense(4, 4)])])
    grown.layers[0].add(dense(4, 4))
    assert grown.layers[0].layers[1].place == "layers[0].layers[1]"


def test_an_error_says_where_it_is():
    chain = nested()
    with pytest.raises(
        ValueError, match=r"^encoder.layers\[0\] \(Dense 4 -> 5, Tanh\(\)\): expected an input of shape"
    ):
        chain.feedforward(np.ones((5, 2)))
    chain.forward(X)
    message = r"^decoder.layers\[1\].head \(.*\): expected a gradient of its output's shape \(3, 6\), got \(3, 5\)"
    with pytest.raises(ValueError, match=message):
        chain.backward(np.ones((3, 5)))
    with pytest.raises(RuntimeError, match="encoder.* has no gradients of its parameters: call backward before update"):
        chain.update()


# What cannot be added ------------------------------------------------------------------------------------------------

USED = dense(4, 4)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Chain(dense(4, 4)), TypeError, "Chain: expected a list of layers, got one layer; write Chain([...])"),
        (lambda: Chain(5), TypeError, "Chain: expected layers to be a list of layers, or a dict of them, got 5"),
        (lambda: Chain(["Dense"]), TypeError, "Chain: expected every layer to be a Layer such as Dense(784, 100"),
        (lambda: Chain([Flatten]), TypeError, "give an instance, Flatten()"),
        (lambda: Chain({1: Flatten()}), ValueError, "Chain: expected every name to be a word such as 'encoder', got 1"),
        (lambda: Chain({"": Flatten()}), ValueError, "got ''"),
        (lambda: Chain({"a.b": Flatten()}), ValueError, "got 'a.b'"),
        (lambda: Chain({"kind": Flatten()}), ValueError, "got 'kind'"),
        (lambda: Chain({"a": USED}).add(dense(4, 4)), TypeError, "expected no further layer, for its parts have names"),
        (lambda: Chain([USED, USED]), ValueError, "is in this network already: every place needs a layer of its own"),
        (lambda: Chain([USED, Residual([USED])]), ValueError, "is in this network already"),
        (lambda: Chain([Chain([USED]), USED]), ValueError, "is in this network already"),
        (
            lambda: Chain([dense(4, 5), dense(6, 5)]),
            ValueError,
            "(Dense 6 -> 5, Identity()) takes samples of shape (6,), but layers[0] (Dense 4 -> 5, Identity()) "
            "before it gives (5,): make the two equal",
        ),
        (
            lambda: Chain([dense(4, 8), Reshape((3, 3))]),
            ValueError,
            "layers[1] (Reshape -> 3x3): expected samples of 9",
        ),
        (lambda: Chain([dense(4, 8), BatchNormalization(9)]), ValueError, "layers[1] (BatchNormalization 9): expected"),
        (lambda: Chain([dense(4, 8), Copy(), dense(8, 8)]), ValueError, "before it gives ((8,), (8,))"),
        (lambda: Chain([Copy(3), Parallel([dense(4, 4)] * 1)]).outputShape((4,)), ValueError, "expected 1 shapes"),
        (lambda: Chain().feedforward(X), ValueError, "expected a chain with layers, got an empty one"),
        (lambda: Chain().forwardLogits(X), ValueError, "expected a chain with layers, got an empty one"),
        (lambda: Chain().predict(X), ValueError, "expected a chain with layers, got an empty one"),
        (lambda: flat().predict(X, size=0), ValueError, "expected size to be a whole number of at least 1, got 0"),
        (lambda: flat().backward(DY), RuntimeError, "has seen no input yet: call feedforward first"),
        (lambda: flat().backwardLogits(DY), RuntimeError, "has seen no input yet: call feedforward first"),
        (
            lambda: flat().feedforward((X, X)),
            TypeError,
            "layers[0] (Dense 4 -> 5, Tanh()): expected one array, got a tup",
        ),
        (lambda: flat().astype(int), ValueError, "expected dtype to be np.float32 or np.float64, got <class 'int'>"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_itself_cannot_be_added():
    chain = Chain([dense(4, 4)])
    with pytest.raises(ValueError, match="is in this network already"):
        chain.add(chain)
    with pytest.raises(ValueError, match="is in this network already"):
        chain.add(Chain([Residual([chain])]))


@pytest.mark.parametrize("layer", [dense(6, 6), Reshape((3, 3)), BatchNormalization(6)], ids=repr)
def test_a_layer_that_does_not_fit_is_not_there_afterwards(layer):
    chain = Chain([dense(4, 5)])
    with pytest.raises(ValueError, match=r"layers\[1\]"):
        chain.add(layer)
    assert len(chain.layers) == 1
    chain.add(dense(5, 3))
    assert chain.feedforward(X).shape == (3, 6)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_new_layer_takes_the_precision_of_the_network(precision):
    chain, other = Chain([dense(4, 4)]), dense(4, 3)
    chain.astype(precision)
    other.astype(np.float32 if precision is np.float64 else np.float64)
    chain.add(other)
    chain.add(Residual([dense(3, 3)]))
    assert {part.dtype for part in chain.parts()} == {np.dtype(precision)}
    assert other.weight.dtype == chain.predict(X).dtype == precision
    with pytest.raises(ValueError, match=r"layers\[3\]"):
        chain.add(refused := dense(5, 5))
    assert refused.dtype == np.float64


# Shapes --------------------------------------------------------------------------------------------------------------


def test_shapes():
    chain = Chain([dense(12, 6), Reshape((1, 2, 3)), Dropout(), Flatten(), dense(6, 3)])
    assert chain.inputShape == (12,)
    assert chain.shapes() == [(6,), (1, 2, 3), (1, 2, 3), (6,), (3,)]
    assert chain.shape() == chain.outputShape((12,)) == (3,)
    assert (chain.multiplications((12,)), Chain([dense(2, 3), Flatten()]).multiplications((2,))) == (13 * 6, 9)
    assert (Chain().inputShape, Chain().shape(), Chain().shapes()) == (None, None, [])


def test_shapes_that_depend_on_the_input():
    chain = Chain([Flatten(), Dropout(), dense(6, 3)])
    assert chain.inputShape is None
    assert chain.shapes() == [None, None, (3,)]
    assert chain.outputShape((2, 3)) == (3,)
    assert Chain([Dropout()]).shape() is None


def test_shapes_of_several_of_which_one_is_open():
    chain = Chain([Parallel([Flatten(), dense(4, 2)]), Concatenate(), Dropout()])
    assert chain.inputShape == (None, (4,))
    assert chain.shapes() == [None, None, None]
    assert chain.outputShape(((2, 3), (4,))) == (8,)
    inner = Parallel([Parallel([Flatten(), dense(4, 3)]), dense(2, 3)])
    deep = Chain([dense(4, 4), Copy(), Parallel([Copy(), dense(4, 2)]), inner])
    assert deep.shape() == (((4,), (3,)), (3,))
    with pytest.raises(ValueError, match="make the two equal"):
        Chain([dense(4, 4), Copy(), Parallel([Copy(), dense(4, 3)]), Parallel([Copy(), dense(2, 3)])])


# Forward and backward ------------------------------------------------------------------------------------------------


def run(chain, logits=False, wanted=Wanted()):  # noqa: B008
    y = (chain.forwardLogits if logits else chain.forward)(X).copy()
    dx = (chain.backwardLogits if logits else chain.backward)(DY, wanted)
    return y, dx if dx is None else dx.copy(), [leaf.gradients["weight"].copy() for leaf in chain.learning()]


@pytest.mark.parametrize("logits", [False, True])
def test_chains_within_chains_compute_the_same(logits):
    for one, other in zip(run(nested(), logits), run(flat(), logits), strict=True):
        assert all(map(np.array_equal, one, other))


@pytest.mark.parametrize("make", [flat, nested])
def test_forwardLogits_stops_before_the_last_activation(make):
    chain = make()
    z = chain.forwardLogits(X)
    assert np.array_equal(chain.preactivation, z)
    assert np.array_equal(chain.output, Softmax().apply(z))
    assert np.array_equal(chain.feedforward(X), Softmax().apply(z))
    assert np.array_equal(chain.preactivation, z)
    assert isinstance(chain.activation, Softmax)
    last = list(chain.leaves().values())[-1]
    dz = Softmax().backward(DY, z, chain.output)
    dx = chain.backward(DY).copy()
    kept = last.gradients["weight"].copy()
    chain.forwardLogits(X)
    assert np.array_equal(chain.backwardLogits(dz), dx)
    assert np.array_equal(last.gradients["weight"], kept)
    assert np.array_equal(chain.gradient, dx)


def test_without_a_last_activation_forwardLogits_is_forward():
    chain = Chain([dense(4, 3, Tanh()), Residual([dense(3, 3, Tanh())])])
    y, dx, gradients = run(chain)
    z, logits, others = run(chain, logits=True)
    assert np.array_equal(y, z)
    assert np.array_equal(dx, logits)
    assert all(map(np.array_equal, gradients, others))
    assert np.array_equal(chain.preactivation, chain.output)
    assert (chain.activation, Chain().activation) == (None, None)


def test_feedforward_is_an_array_of_its_own_and_forward_a_buffer():
    chain = flat()
    y = chain.feedforward(X)
    kept = y.copy()
    buffer = chain.forward(2 * X)
    assert np.array_equal(y, kept)
    assert chain.output is buffer
    assert chain.forward(X) is buffer
    one, other = Chain([dense(4, 3), Copy()]).feedforward(X)
    assert not np.shares_memory(one, other)


def test_the_gradient_of_the_input_can_be_omitted():
    for make in (flat, nested, branched):
        whole, part = make(), make()
        _, _, gradients = run(whole)
        _, dx, others = run(part, wanted=Wanted(input=False))
        assert dx is None
        assert all(map(np.array_equal, gradients, others))
        with pytest.raises(RuntimeError, match="has no gradient to its input"):
            part.gradient  # noqa: B018


def test_below_the_first_layer_that_learns_nothing_is_done():
    chain, asked = nested(), []
    chain.layers[0].freeze()
    for leaf in chain.leaves().values():
        right = leaf._backward
        leaf._backward = lambda dy, now, wanted, right=right, leaf=leaf: (
            asked.append((leaf.place, wanted)) or right(dy, now, wanted)
        )
    _, dx, _ = run(chain, wanted=Wanted(input=False))
    assert dx is None
    assert asked[0] == ("decoder.layers[1].head", Wanted(input=False))
    assert {place for place, wanted in asked} == {"decoder.layers[1].head"}
    with pytest.raises(RuntimeError, match=r"encoder.layers\[0\] .* has no gradient to its input"):
        chain.leaves()["encoder.layers.0"].gradient  # noqa: B018
    asked.clear()
    chain.backward(DY)
    assert len(asked) == 4
    assert [wanted.parameters for place, wanted in asked if place.startswith("encoder")] == [False, False]
    assert chain.leaves()["encoder.layers.0"].gradient is chain.gradient
    chain.backward(DY, Wanted(input=False))  # after which that of the pass before is none of this one
    with pytest.raises(RuntimeError, match=r"encoder.layers\[0\] .* has no gradient to its input"):
        chain.leaves()["encoder.layers.0"].gradient  # noqa: B018


def test_a_frozen_way_beside_one_that_learns_is_not_gone_back():
    way = Chain([dense(4, 4, Tanh()), dense(4, 3)])
    way.freeze()
    chain = Chain([Residual(way, projection=dense(4, 3))])
    for layer in way.layers:
        layer._backward = lambda dy, now, wanted: pytest.fail("nothing below learns")
    _, dx, _ = run(chain, wanted=Wanted(input=False))
    assert dx is None
    assert not way.hasGradients
    assert np.abs(chain.layers[0].projection.gradients["weight"]).min() > 0


def test_nothing_is_done_where_nothing_learns():
    chain = flat()
    chain.freeze()
    chain.forward(X)
    assert chain.backward(DY, Wanted(input=False)) is None
    with pytest.raises(RuntimeError, match="has no gradient to its input"):
        chain.layers[3].gradient  # noqa: B018


def test_where_the_backward_pass_ended_no_layer_has_a_gradient():
    chain = nested()
    run(chain)
    assert chain.hasGradients
    chain.skipBackward()
    for part in (chain, *chain.parts()):
        assert not part.hasGradients
        with pytest.raises(RuntimeError, match="has no gradient to its input"):
            part.gradient  # noqa: B018


def test_whether_there_are_gradients():
    chain = branched()
    for wanted in (Wanted(), Wanted(parameters=False), Wanted(input=False)):
        chain.forward(X)
        assert not chain.hasGradients
        chain.backward(DY, wanted)
        assert chain.hasGradients == wanted.parameters
    chain.freeze()
    chain.backward(DY)
    assert not chain.hasGradients


def test_gradients_are_written_unless_adding_is_asked_for():
    for make in (nested, branched):
        chain = make()
        _, _, once = run(chain)
        _, _, again = run(chain)
        assert all(map(np.array_equal, once, again))
        _, _, twice = run(chain, wanted=Wanted(add=True))
        assert all(np.array_equal(two, one + one) for one, two in zip(once, twice, strict=True))


def test_backward_changes_neither_its_argument_nor_the_input():
    for make in (flat, nested, branched):
        chain, x, dy = make(), X.copy(), DY.copy()
        chain.forward(x)
        chain.backward(dy)
        assert np.array_equal(x, X)
        assert np.array_equal(dy, DY)


def test_training_reaches_every_layer():
    seen = []

    class Asked(Dropout):
        def _forward(self, x, now, training):
            seen.append(training)
            return super()._forward(x, now, training)

    chain = Chain([Copy(), Parallel([Chain([Asked()]), Residual([Asked()], projection=Asked())]), Sum()])
    chain.forward(X)
    chain.forward(X, training=False)
    chain.feedforward(X, False)
    chain.forwardLogits(X, False)
    chain.predict(X)
    assert seen == [True] * 3 + [False] * 12


# Finite --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_isFinite_looks_where_it_is_told(bad):
    chain = Chain([dense(4, 3), Flatten()])
    run(chain)
    assert chain.isFinite()
    chain.gradient[0, 0] = bad
    assert not chain.isFinite()
    assert chain.isFinite(Wanted(input=False))
    run(chain, wanted=Wanted(add=True))
    chain.layers[0].gradients["bias"][0] = bad
    assert not chain.isFinite()
    assert chain.isFinite(Wanted(parameters=False))
    run(chain)
    chain.preactivation[1, 2] = bad
    assert not chain.isFinite(Wanted(parameters=False, input=False))


def test_a_frozen_layers_gradients_are_not_looked_at():
    chain = Chain([BatchNormalization(4), dense(4, 3)])
    chain.forward(X)
    chain.backward(DY)
    chain.layers[0].gradients["scale"][0] = np.nan
    assert not chain.hasFiniteGradients()
    chain.layers[0].trainable = False
    assert chain.hasFiniteGradients()


# Prediction ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 4, 6, 7, 1000])
def test_predict_in_pieces(size):
    chain = nested()
    expected = chain.feedforward(X, training=False)
    assert chain.predict(X, size=size) == pytest.approx(expected, rel=1e-12)
    assert chain.predict(X, size=size).shape == (3, 6)


@pytest.mark.parametrize("make", [flat, nested, branched])
def test_activations_are_the_outputs_of_all_layers_by_name(make):
    chain = make()
    chain.forward(X, training=False)
    kept = [leaf.output for leaf in chain.leaves().values()]
    found = chain.activations(X)
    np.testing.assert_array_equal(found[[*found][-1]], chain.predict(X))
    for name, leaf in chain.leaves().items():
        if name in found:
            one, other = (y if isinstance(y, tuple) else (y,) for y in (found[name], leaf.output))
            for mine, its in zip(one, other, strict=True):
                np.testing.assert_array_equal(mine, its)
                assert not np.shares_memory(mine, its)
    assert all(one is leaf.output for one, leaf in zip(kept, chain.leaves().values(), strict=True))  # its pass stays
    if make is not branched:
        assert [*found] == [*chain.leaves()]


def test_activations_are_those_of_inference_and_of_their_own():
    chain = Chain([dense(4, 5, Tanh()), Dropout(0.5), Residual([dense(5, 5)]), Copy(2), Sum()])
    found = chain.activations(X)
    assert [*found] == [f"layers.{i}" for i in range(5)]
    np.testing.assert_array_equal(found["layers.1"], found["layers.0"])
    residual = chain.layers[2]
    np.testing.assert_array_equal(found["layers.2"], residual.feedforward(found["layers.1"], training=False))
    assert isinstance(found["layers.3"], tuple)
    np.testing.assert_array_equal(found["layers.4"], 2 * found["layers.3"][1])
    before = found["layers.0"].copy()
    chain.activations(X + 1)
    np.testing.assert_array_equal(found["layers.0"], before)
    with pytest.raises(ValueError, match="expected a chain with layers"):
        Chain().activations(X)
    with pytest.raises(ValueError, match=r"layers\[0\] .*expected an input of shape"):
        chain.activations(X[1:])


def test_predict_until():
    chain = flat()
    chain.feedforward(X)
    assert chain.predict(X, until=-1) == pytest.approx(chain.layers[3].input, rel=1e-12)
    assert chain.predict(X, until=1) == pytest.approx(chain.layers[0].output, rel=1e-12)
    x = chain.predict(X, until=0)
    assert np.array_equal(x, X)
    assert not np.shares_memory(x, X)


@pytest.mark.parametrize("make", [flat, nested, branched])
def test_a_copy_computes_the_same_and_learns_by_itself(make):
    chain = make()
    run(chain)
    chain.update()
    chain.astype(np.float32)
    next(iter(chain.learning())).trainable = False
    other, before = chain.copy(), chain.predict(X)
    assert other.config() == chain.config()
    assert np.array_equal(other.predict(X), before)
    assert [layer.optimizer.t for layer in other.learning()] == [0] * len(other.learning())
    run(other)
    other.update()
    assert np.array_equal(chain.predict(X), before)
    assert not np.array_equal(other.predict(X), before)


def test_a_copy_until_a_place():
    chain = flat()
    other = chain.copy(until=-1)
    assert np.array_equal(other.predict(X), chain.predict(X, until=-1))
    assert [layer.place for layer in other.layers] == ["layers[0]", "layers[1]", "layers[2]"]
    other.add(dense(5, 7))
    assert (other.shape(), chain.shape()) == ((7,), (3,))
    assert [*nested().copy(until=1).children()] == ["encoder"]
    with pytest.raises(IndexError, match="copy: expected until to be a place among 4 layers, got 5"):
        chain.copy(until=5)


def test_predict_is_inference_of_new_arrays():
    chain = Chain([Dropout(0.9, rng=0), dense(4, 3)])
    y = chain.predict(X)
    kept = y.copy()
    assert y == pytest.approx(chain.layers[1].weight @ X)
    chain.predict(2 * X)
    assert np.array_equal(y, kept)
    assert chain.predict(X[:, :0]).shape == (3, 0)
    assert np.array_equal(chain.predict(X.tolist()), y)
    with pytest.raises(RuntimeError, match="no input yet"):
        chain.input  # noqa: B018


# Learning ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [flat, nested, branched])
@pytest.mark.parametrize("template", [SGD(lr=0.1, momentum=0.9), Adam(lr=0.01), Adam(learningRate=0.1)], ids=repr)
def test_one_update_is_that_of_every_layer(make, template):
    chain, other = make(), make()
    for one in (chain, other):
        for layer in one.learning():
            layer.optimizer = template.clone()
    chain.astype(np.float32)
    for layer in other.leaves().values():
        layer.astype(np.float32)
    for t in (1, 2, 3):
        for one in (chain, other):
            one.forward(X)
            one.backward(DY)
        chain.update(t, factor=0.5, batchSize=7)
        for layer in other.learning():
            layer.update(t, factor=0.5, batchSize=7)
        assert_equal(chain, other)
    before = flat() if make is nested else make()
    before.astype(np.float32)
    with pytest.raises(AssertionError):
        assert_equal(chain, before)


def test_the_batch_size_is_that_of_the_last_forward_pass():
    chain, other = (Chain([Dense(4, 3, optimizer=SGD(learningRate=1.0), rng=0)]) for _ in range(2))
    for one, keywords in ((chain, {}), (other, {"batchSize": 6})):
        one.forward(X)
        one.backward(DY)
        one.update(**keywords)
    assert_equal(chain, other)


def test_clipNorm_is_for_all_layers_together():
    chain = Chain([Dense(4, 5, Tanh(), SGD(lr=1.0, clipNorm=0.01), rng=0), Dense(5, 3, optimizer=SGD(lr=1.0), rng=1)])
    chain.forward(X)
    chain.backward(DY)
    before = chain.layers[0].weight.copy()
    norm = np.sqrt(sum(np.vdot(g, g) for layer in chain.layers for g in layer.gradients.values()))
    chain.update()
    step = before - chain.layers[0].weight
    assert step == pytest.approx(0.01 / norm * chain.layers[0].gradients["weight"])


@pytest.mark.parametrize("make", [nested, branched])
def test_freezing(make):
    chain, before = make(), make()
    chain.freeze()
    assert not chain.learns
    assert chain.learning() == []
    run(chain)
    chain.update()
    assert_equal(chain, before)
    assert chain.numParameters() == before.numParameters() > 0
    chain.unfreeze()
    assert chain.learns
    assert len(chain.learning()) == sum(leaf.numParameters() > 0 for leaf in chain.leaves().values())
    run(chain)
    chain.update()
    with pytest.raises(AssertionError):
        assert_equal(chain, before)


def test_freezing_one_part():
    chain, before = nested(), nested()
    chain.layers[0].freeze()
    assert chain.learns
    assert not chain.layers[0].learns
    run(chain)
    chain.update()
    assert_equal(chain.layers[0], before.layers[0])
    with pytest.raises(AssertionError):
        assert_equal(chain.layers[1], before.layers[1])


def test_the_layers_own_terms_of_the_loss_are_added_up():
    chain = Chain(
        {
            "encoder": Chain([dense(4, 5, Tanh(), penalty=L1(0.2)), Sampler(5, 2, beta=3, rng=0)]),
            "decoder": Residual([dense(2, 2, penalty=L1(0.5))]),
        }
    )
    chain.forward(X)
    first, sampler, last = chain.leaves().values()
    expected = 0.2 * np.abs(first.output).sum() / 6 + 3 * sampler.divergence() + 0.5 * np.abs(last.output).sum() / 6
    assert chain.penaltyValue() == pytest.approx(expected, rel=1e-12)
    assert flat().penaltyValue() == 0


# Precision -----------------------------------------------------------------------------------------------------------


def test_precision_is_that_of_every_layer():
    for make in (flat, nested, branched):
        chain = make()
        weights = [leaf.parameters["weight"] for leaf in chain.learning()]
        chain.astype("float64")
        assert all(map(lambda one, layer: one is layer.parameters["weight"], weights, chain.learning()))
        chain.astype(np.float32)
        assert {part.dtype for part in (chain, *chain.parts())} == {np.dtype(np.float32)}
        assert chain.feedforward(X).dtype == np.float32
        assert chain.backward(DY).dtype == np.float32
        bases = [layer.parameterVector.base for layer in chain.learning()]
        assert all(base is bases[0] for base in bases)
    assert Chain().dtype == np.float64


# Description ---------------------------------------------------------------------------------------------------------


def every():
    """Chains in which every layer of the library stands."""
    body = [
        Flatten(),
        Dropout(0.25),
        BatchNormalization(6, momentum=0.3, epsilon=1e-3, penalty=L1(0.1)),
        Copy(2),
        Parallel([Residual([dense(6, 6, Tanh())]), Residual(Chain([dense(6, 4)]), projection=dense(6, 4))]),
        Concatenate(),
        Sampler(10, 6, Adam(learningRate=0.3), beta=0.5),
        Copy(2),
        Sum(),
        Reshape((2, 3)),
    ]
    return Chain({"body": Chain(body), "head": Chain({"flat": Flatten(), "last": dense(6, 3, Sigmoid())})})


@pytest.mark.parametrize("make", [flat, nested, branched, every, Chain])
def test_a_chain_is_made_again_from_its_description(make):
    chain = make()
    config = chain.config()
    again = Layer.fromConfig(json.loads(json.dumps(config)))
    assert type(again) is Chain
    assert again.config() == config
    assert repr(again) == repr(chain)
    assert list(again.leaves()) == list(chain.leaves())
    assert [leaf.describe() for leaf in again.leaves().values()] == [
        leaf.describe() for leaf in chain.leaves().values()
    ]
    if chain.layers:
        for leaf, other in zip(chain.leaves().values(), again.leaves().values(), strict=True):
            for name, value in leaf.parameters.items():
                other.parameters[name][...] = value
        x = np.random.default_rng(1).normal(size=(2, 3, 5) if make is every else (4, 5))
        for one in (chain, again):
            with one.use(rng=np.random.default_rng(2)):
                one.forward(x)
        assert np.array_equal(chain.output, again.output)


def test_what_is_described():
    chain = Chain({"encoder": Chain([Flatten()]), "head": dense(4, 3)})
    chain.layers[1].trainable = False
    assert chain.config() == {
        "kind": "Chain",
        "layers": {
            "encoder": {"kind": "Chain", "layers": [{"kind": "Flatten"}]},
            "head": {
                "kind": "Dense",
                "trainable": False,
                "inputDim": 4,
                "outputDim": 3,
                "activation": {"kind": "Identity"},
                "optimizer": SGD(lr=0.1).config(),
                "penalty": None,
            },
        },
    }
    assert not Layer.fromConfig(chain.config()).layers[1].trainable


def test_a_description_is_no_part_of_the_chain():
    for chain in (Chain(), flat()):
        chain.config()["layers"].append("anything")
        assert "anything" not in chain.layers


def test_a_table():
    chain = Chain([dense(12, 6, Tanh()), Reshape((1, 2, 3)), Chain([Flatten(), dense(6, 3, Identity())])])
    chain.layers[0].trainable = False
    assert chain.table().splitlines() == [
        "layer                                                 output  parameters",
        "layers[0]  Dense 12 -> 6, Tanh(), frozen                   6          78",
        "layers[1]  Reshape -> 1x2x3                            1x2x3           0",
        "layers[2]  Chain (Flatten, Dense 6 -> 3, Identity())       3          21",
        "99 parameters, 21 of them trainable",
    ]
    chain.layers[0].trainable = True
    assert chain.table().splitlines()[-1] == "99 parameters"
    lines = nested().table().splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["encoder", "decoder"]
    several = Chain([dense(1000, 30), Copy()]).table().splitlines()
    assert several[1].endswith("30      30,030")
    assert several[2].split()[-4:] == ["30", "|", "30", "0"]
    assert Chain([Flatten()]).table().splitlines()[1].split()[-2:] == ["any", "0"]
