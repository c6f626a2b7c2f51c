"""The objectives: values that are known, gradients against differences, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import Identity, ReLU, Sigmoid, Softmax, Tanh
from layers import AveragePooling2D, BatchNormalization, Chain, Conv2D, Dense, Dropout, Flatten, Residual
from nn import MLP, ClassScore, Content, Dream, InputObjective, Style, TotalVariation, UnitActivation, optimizeInput
from nn.synthesis.energy import Energy
from nn.synthesis.frozennetwork import FrozenNetwork


def network(rng=0):
    rng = np.random.default_rng(rng)
    layers = [
        Conv2D(3, 5, 3, Tanh(), padding="same", rng=rng),
        AveragePooling2D(2),
        BatchNormalization(5),
        Chain([Conv2D(5, 6, 3, Sigmoid(), rng=rng), Dropout(0.5), Residual(Chain([Conv2D(6, 6, 1, Tanh(), rng=rng)]))]),
        Flatten(),
        Dense(6 * 4 * 4, 4, Softmax(), rng=rng),
    ]
    return MLP(layers)


def drawn(*shape, number=0):
    return np.random.default_rng(number).random(shape)


def energy(objectives, x, net=None):
    net = network() if net is None else net
    return Energy(FrozenNetwork(net), objectives, x, 1.0, 0, np.random.default_rng(1))


EXAMINED = {
    "content": [Content(drawn(3, 12, 12, 1, number=7), [0, "layers.3.layers.0"], weight=2.0)],
    "style": [Style(drawn(3, 14, 15, number=8), [0, 3, "layers.3.layers.2"])],
    "standardized": [Style(drawn(3, 14, 15, number=8), [0, 3], standardized=True)],
    "channel": [UnitActivation(3, [1, 2])],
    "unit": [UnitActivation(-1, 3)],
    "middle": [UnitActivation(0, [4, 2], everywhere=False)],
    "class": [ClassScore([1, 3])],
    "dream": [Dream([0, 2, 4])],
    "variation": [TotalVariation(3.0)],
    "all": [
        Content(drawn(3, 12, 12, number=7), 3),
        Style(drawn(3, 12, 12, number=8), [0, 3], 0.3),
        ClassScore(1),
        UnitActivation(3, 0),
        UnitActivation(0, 0),
        Dream(3),
        TotalVariation(0.2),
    ],
}


@pytest.mark.parametrize("name", sorted(EXAMINED))
def test_gradients(name):
    x, direction = drawn(3, 12, 12, 2), np.random.default_rng(2).normal(size=(3, 12, 12, 2))
    value = energy(EXAMINED[name], x)
    x = x + 0.1 * drawn(3, 12, 12, 2, number=3)
    _, gradient = value(x)
    step = 1e-6
    expected = (value(x + step * direction)[0] - value(x - step * direction)[0]) / (2 * step)
    assert np.vdot(gradient, direction) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("seed", [2, 4, 5])
def test_the_gradient_of_a_picture_that_jitter_moves_is_moved_back(seed):
    x, direction = drawn(3, 12, 12, 2), np.random.default_rng(2).normal(size=(3, 12, 12, 2))
    objectives, net = [ClassScore([1, 3]), UnitActivation(0, 4, everywhere=False)], network()

    def value(x):  # moved in the same way always
        return Energy(FrozenNetwork(net), objectives, x, 1.0, 5, np.random.default_rng(seed))(x)

    down, right = np.random.default_rng(seed).integers(-5, 6, size=2)
    assert down * right != 0
    assert down != right
    assert value(x)[0] == energy(objectives, x, net)(np.roll(x, (down, right), axis=(1, 2)))[0]
    expected = (value(x + 1e-6 * direction)[0] - value(x - 1e-6 * direction)[0]) / 2e-6
    assert np.vdot(value(x)[1], direction) == pytest.approx(expected, rel=1e-6)


SEVERAL = {
    "content": [Content(drawn(3, 12, 12, 3, number=7) * [0.1, 1, 1], [0, 3])]
    + [Content(drawn(3, 12, 12, 3, number=7)[..., i] * [0.1, 1, 1][i], [0, 3]) for i in range(3)],
    "one content": [Content(drawn(3, 12, 12, number=7), [0, 3])] * 4,
    "style": [Style(drawn(3, 14, 15, number=8), [0, 3])] * 4,
    "standardized": [Style(drawn(3, 14, 15, number=8), [0, 3], standardized=True)] * 4,
    "unit": [UnitActivation(3, [1, 2, 1])] + [UnitActivation(3, i) for i in (1, 2, 1)],
    "class": [ClassScore(range(3))] + [ClassScore(i) for i in range(3)],
    "dream": [Dream([0, 2, 4])] * 4,
    "variation": [TotalVariation()] * 4,
}


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_of_several_pictures_it_is_the_mean_of_each(name):
    together, *each = SEVERAL[name]
    net, start, x = network(), drawn(3, 12, 12, 3) * [1, 0.1, 1], drawn(3, 12, 12, 3, number=4)
    value, gradient = energy([together], start, net)(x)
    found = [energy([one], start[..., i : i + 1], net)(x[..., i : i + 1]) for i, one in enumerate(each)]
    assert value == pytest.approx(np.mean([one for one, _ in found]))
    assert np.allclose(gradient, np.concatenate([one for _, one in found], axis=-1) / 3, rtol=1e-9, atol=1e-12)


@settings(max_examples=15)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.integers(1, 3))
def test_gradient_of_total_variation_of_any_size(height, width, channels, n):
    x = drawn(channels, height, width, n)
    direction = np.random.default_rng(2).normal(size=x.shape)
    value = energy([TotalVariation()], x, MLP([Conv2D(channels, 1, 1)]))
    _, gradient = value(x)
    expected = (value(x + 1e-6 * direction)[0] - value(x - 1e-6 * direction)[0]) / 2e-6
    assert np.vdot(gradient, direction) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_values():
    x = drawn(3, 12, 12, 1)
    net = network()
    F = net.activations(x)["layers.0"][..., 0].reshape(5, -1)
    other = drawn(3, 12, 12, 1, number=1)
    P = net.activations(other)["layers.0"][..., 0].reshape(5, -1)
    G, A = F @ F.T / 144, P @ P.T / 144

    def of(objective):
        return energy([objective], x, net)(x)[0]

    assert of(Content(other, 0)) == pytest.approx(np.sum((F - P) ** 2) / np.sum(P**2))
    assert of(Style(other, 0)) == pytest.approx(np.sum((G - A) ** 2) / np.sum(A**2))
    assert of(Dream(0)) == pytest.approx(-1)
    assert of(ClassScore(2)) == pytest.approx(-np.log(net.predict(x)[2, 0]))
    assert of(UnitActivation(0, 4)) == pytest.approx(-np.arctanh(F[4]).mean())
    assert of(UnitActivation(0, 4, everywhere=False)) == pytest.approx(-np.arctanh(F[4].reshape(12, 12)[6, 6]))
    assert of(TotalVariation()) > 0
    flat = np.full((3, 12, 12, 1), 0.3)
    assert energy([TotalVariation()], flat, net)(flat)[0] == pytest.approx(0, abs=1e-12)
    for objective in (Content(x, [0, 3]), Style(x, [0, 3]), Style(x, [0, 3], standardized=True)):
        value, gradient = energy([objective], x, net)(x)
        assert value == pytest.approx(0, abs=1e-20)
        assert np.abs(gradient).max() < 1e-12


def test_style_forgets_where_things_are():
    x = drawn(3, 12, 12, 1)
    net = MLP([Conv2D(3, 4, 1, ReLU(), rng=0)])
    moved = np.random.default_rng(0).permutation(x.reshape(3, 144), axis=1).reshape(3, 12, 12, 1)
    assert energy([Style(x, 0)], moved, net)(moved)[0] == pytest.approx(0, abs=1e-20)
    assert energy([Content(x, 0)], moved, net)(moved)[0] > 0.01


def test_a_standardised_style_does_not_depend_on_the_size_of_activations():
    x, other = drawn(3, 12, 12, 1), drawn(3, 12, 12, 1, number=1)
    net, larger = (MLP([Conv2D(3, 4, 1, ReLU(), rng=0)]) for _ in range(2))
    larger.layers[0].weight = 100 * net.layers[0].weight
    values = [energy([Style(other, 0, standardized=True)], x, one)(x)[0] for one in (net, larger)]
    assert values[0] == pytest.approx(values[1])


def test_dropout_and_batch_statistics_play_no_part():
    x, net = drawn(3, 12, 12, 2), network()
    value = energy([ClassScore(0)], x, net)
    assert value(x)[0] == value(x)[0]
    assert value(x)[0] == pytest.approx(-np.log(net.predict(x)[0]).mean())


def test_a_training_that_is_under_way_is_not_disturbed():
    x, net = drawn(3, 12, 12, 2), network()
    net.feedforward(x)
    before = [layer.output.copy() for layer in net.layers[:3]]
    weights = net.weights()
    optimizeInput(net, ClassScore(1), drawn(3, 12, 12, number=4), steps=3, progress=False)
    for layer, output in zip(net.layers[:3], before, strict=True):
        assert np.array_equal(layer.output, output)
    assert all(np.array_equal(one, weights[name]) for name, one in net.weights().items())


def test_one_of_your_own():
    class Bright(InputObjective):
        title = "brightness"

        def term(self, network, scale, x):
            from nn.synthesis.frozennetwork import PICTURE
            from nn.synthesis.objectives.inputobjective import Term

            return Term([PICTURE], lambda seen: (-seen[PICTURE].mean(), {PICTURE: -np.ones_like(x) / x.size}))

    found = optimizeInput(network(), [Bright(), ClassScore(0, 0.0)], drawn(3, 12, 12), steps=60, progress=False)
    assert found.picture.mean() == pytest.approx(1)
    assert found.history["brightness"][-1] < -0.99


@pytest.mark.parametrize(
    ("objective", "match"),
    [
        (Content(drawn(3, 12, 12), 9), "Content: expected at to be a layer: 0 to 7, or of layers.0"),
        (Content(drawn(3, 12, 12), "conv"), "got 'conv'"),
        (Content(drawn(3, 12, 12), []), "got an empty list"),
        (Content(drawn(1, 12, 12), 0), "Content: expected picture"),
        (
            Content(drawn(3, 12, 14), 0),
            r"Content: expected picture to be like the .* \(3, 12, 12, 2\), got \(3, 12, 14",
        ),
        (Content(drawn(3, 2), 0), "Content: expected picture to be like the picture"),
        (
            Style(drawn(3, 6, 6), 3),
            "Style: expected a picture of at least 8 x 8, the field of layers.3.layers.0, got 6",
        ),
        (Style(drawn(3, 12, 12, 2), 0), "Style: expected picture to be one picture"),
        (Style(np.full((3, 12, 12), np.nan), 0), "finite"),
        (UnitActivation(0, 5), "UnitActivation: expected unit to be of 0 to 4"),
        (UnitActivation(0, [1, 2, 3]), "one or 2 of them"),
        (ClassScore(4), "ClassScore: expected label to be of 0 to 3"),
    ],
    ids=[
        "place",
        "name",
        "no-place",
        "channels",
        "content-size",
        "columns",
        "field",
        "two-pictures",
        "nan",
        "unit",
        "units",
        "label",
    ],
)
def test_what_does_not_fit_is_refused(objective, match):
    with pytest.raises(ValueError, match=match):
        optimizeInput(network(), objective, drawn(3, 12, 12, 2), steps=1, progress=False)


def test_numbers_of_every_kind_are_numbers():
    """Of NumPy, too, as argmax gives them."""
    x = drawn(3, 12, 12)
    for one, other in (
        (ClassScore(np.int64(2)), ClassScore(2)),
        (UnitActivation(np.int64(0), np.int64(3)), UnitActivation(0, 3)),
        (Dream(np.arange(2)), Dream([0, 1])),
        (Dream(range(2)), Dream([0, 1])),
    ):
        assert one.value(network(), x) == other.value(network(), x)
    assert ClassScore(np.arange(3)).config() == ClassScore(range(3)).config() == ClassScore([0, 1, 2]).config()


@pytest.mark.parametrize("number", [2.0, "2", True, None, [], [[1]], [0.5]], ids=str)
def test_what_is_no_number_of_a_class_or_unit_is_refused_when_it_is_made(number):
    with pytest.raises(TypeError, match="ClassScore: expected label to be a whole number, or a list of them, got"):
        ClassScore(number)
    with pytest.raises(TypeError, match="UnitActivation: expected unit to be a whole number, or a list of them, got"):
        UnitActivation(0, number)


def test_columns_have_a_content_of_columns():
    net = MLP([Dense(4, 3, Tanh(), rng=0)])
    found = optimizeInput(net, Content(drawn(4, 1), 0), drawn(4, 2, number=1), 200, progress=False)
    assert found.history["content"][-1] < 1e-3
    with pytest.raises(ValueError, match=r"Content: expected picture to be like the .* \(4, 2\), got \(4, 8, 8, 1\)"):
        optimizeInput(net, Content(drawn(4, 8, 8), 0), drawn(4, 2), 1, progress=False)


def test_an_objective_of_your_own_called_total_is_told_from_the_sum():
    class Total(Dream):
        title = "total"

    found = optimizeInput(network(), [Total(0), Dream(0)], drawn(3, 12, 12), 2, progress=False)
    assert list(found.history) == ["total", "total 2", "dream"]
    assert found.history["total"][0] == pytest.approx(-2)


def test_bad_weights_are_refused():
    with pytest.raises(ValueError, match="TotalVariation: expected weight"):
        TotalVariation(-1.0)
    with pytest.raises(TypeError, match="standardized"):
        Style(drawn(3, 12, 12), 0, standardized=1)


def test_a_class_needs_columns():
    with pytest.raises(ValueError, match="ends in columns"):
        optimizeInput(MLP([Conv2D(3, 2, 1, Identity())]), ClassScore(0), drawn(3, 4, 4), steps=1, progress=False)
