"""The gradient exam: every layer with all activations and losses, to 1e-7 in float64, against central differences."""

import re
from itertools import product

import numpy as np
import pytest

import activations
import layers
import loss
from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from layers import (
    GRU,
    L1,
    LSTM,
    RNN,
    Activate,
    Attention,
    AveragePooling2D,
    BatchNormalization,
    Bidirectional,
    Chain,
    Concatenate,
    Contracting,
    Contractive,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Coordinates,
    Copy,
    Corrupt,
    Cropping2D,
    CrossAttention,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    KLSparsity,
    KSparse,
    LastStep,
    Layer,
    LayerNormalization,
    MaxPooling2D,
    MaxUnpooling2D,
    NoisySigmoid,
    Parallel,
    PositionalEncoding,
    Reshape,
    Residual,
    Sampler,
    SpectralNormalization,
    Sum,
    TappedDelayLine,
    TiedDense,
    TimeDistributed,
    UpSampling2D,
    Wanted,
    ZeroPadding2D,
)
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, checkGradients
from optimizer import SGD

ACTIVATIONS = [Identity(), Sigmoid(), Tanh(), ReLU(), LeakyReLU(0.1), ELU(), ELU(0.5), Softmax()]
LOSSES = [MSE(), MSE(0.3), CrossEntropy(), CategoricalCrossEntropy()]
SHAPES = [(1, 1, 1), (1, 1, 4), (3, 1, 2), (1, 4, 1), (5, 3, 1), (7, 4, 6)]  # inputs, outputs, samples

CONTRACTS = {"Activated", "Composite", "Continuing", "Layer", "Learning", "MultiHead", "Pass", "Penalty", "Recurrent"}
CONTRACTS |= {"Wanted"}
FUNCTIONS = {"attend", "contextGradient", "memory", "remember"}
ESTIMATES = {"Binarize"}  # whose gradient is no derivative by definition: tests/layers/codes/test_binarize.py


def dense(inputs, outputs, activation=None, **keywords):
    return Dense(inputs, outputs, activation, SGD(lr=1), rng=generator(), **keywords)


def normalized(features):
    """With scale and shift that are not 1 and 0."""
    layer = BatchNormalization(features)
    layer.parameters["scale"][...] = generator().normal(1, 0.3, (features, 1))
    layer.parameters["shift"][...] = generator().normal(size=(features, 1))
    return layer


def layered(features):
    """With scale and shift that are not 1 and 0."""
    layer = LayerNormalization(features)
    layer.parameters["scale"][...] = generator().normal(1, 0.3, (features, 1))
    layer.parameters["shift"][...] = generator().normal(size=(features, 1))
    return layer


class Looking(CrossAttention):
    """Looks at the last two steps of what comes in, which are its context."""

    def _forward(self, x, now, training):
        self.attend(x[-2:])
        return super()._forward(x, now, training)

    def _backward(self, dy, now, wanted):
        dx = super()._backward(dy, now, wanted)
        if dx is not None:
            dx[-2:] += self.contextGradient
        return dx


def images(inputs, outputs, layer):
    """A layer on images of two channels, (2, inputs, 1), between columns."""
    chain = [dense(inputs, 2 * inputs), Reshape((2, inputs, 1)), layer, Flatten()]
    return Chain([*chain, dense(Chain(chain).outputShape((inputs,))[0], outputs, Tanh())])


def convolution(kind, inputs, outputs, size, activation=None, **keywords):
    return kind(inputs, outputs, size, activation, SGD(lr=1), rng=generator(), **keywords)


def sequence(inputs, outputs, layer):
    """A layer on sequences (inputs, 2, N) that gives 3 features, between columns."""
    return Chain(
        [dense(inputs, 2 * inputs), Reshape((inputs, 2)), layer, Flatten(), dense(3 * inputs, outputs, Tanh())]
    )


def unpooled():
    pool = MaxPooling2D((1, 2))
    return Chain([ZeroPadding2D(((0, 0), (1, 0))), pool, convolution(Conv2D, 2, 2, 1), MaxUnpooling2D(pool)])


def tied(inputs, outputs, activation):
    """Down and up with one weight, and the weight up again."""
    down = dense(inputs, outputs, Tanh())
    return Chain([down, TiedDense(down, activation, SGD(lr=1)), dense(inputs, outputs, Tanh())])


def contractive(inputs, outputs, activation):
    if not activation.isTwiceDifferentiable:
        activation = Sigmoid()
    return dense(inputs, outputs, activation, penalty=Contractive(0.3))


class Numbers(Layer):
    """The same class numbers for whatever comes in, (inputs, N) as (inputs, 1, N): three of them in turn."""

    def outputShape(self, inputShape):
        return (*inputShape, 1)

    def _forward(self, x, now, training):
        return np.resize([0.0, 2.0, 1.0, 0.0], (x.shape[0], 1, x.shape[1]))

    def _backward(self, dy, now, wanted):
        return np.zeros_like(now.x)


def embedding(inputs, outputs, activation):
    """Vectors of class numbers beside a layer."""
    numbers = Chain([Numbers(), Embedding(4, 2, SGD(lr=1), rng=generator()), Flatten()])
    aside = [Copy(), Parallel([dense(inputs, 2 * inputs), numbers]), Sum()]
    return Chain([*aside, dense(2 * inputs, outputs, activation)])


def onSteps(inputs, outputs, layers):
    """Layers on sequences of two features, (inputs + 1, 2, N), between columns."""
    chain = [dense(inputs, 2 * inputs + 2), Reshape((inputs + 1, 2)), *layers, Flatten()]
    return Chain([*chain, dense(Chain(chain).outputShape((inputs,))[0], outputs, Tanh())])


# One entry for every exported layer and penalty: a function of (inputs, outputs, activation) that makes a layer from so
# many inputs to as many outputs, with it in it. `test_shapes` has the layers for other shapes.
EXAMINED = {
    "Dense": dense,
    "Sampler": lambda n, m, f: Sampler(n, m, SGD(lr=1), beta=0.7, rng=generator()),
    "GaussianDivergence": lambda n, m, f: Sampler(n, m, SGD(lr=1), beta=3.0, rng=generator()),
    "L1": lambda n, m, f: dense(n, m, f, penalty=L1(0.3)),
    "Activate": lambda n, m, f: Chain([dense(n, m), Activate(f)]),
    "Chain": lambda n, m, f: Chain([dense(n, 5, Tanh()), Chain([dense(5, m, f)])]),
    "BatchNormalization": lambda n, m, f: Chain([normalized(n), dense(n, m, f)]),
    "LayerNormalization": lambda n, m, f: Chain([dense(n, 4), layered(4), dense(4, m, f)]),
    "Attention": lambda n, m, f: onSteps(n, m, [Attention(2, 2, causal=n > 3, rng=generator())]),
    "CrossAttention": lambda n, m, f: onSteps(n, m, [Looking(2, 1, rng=generator())]),
    "PositionalEncoding": lambda n, m, f: onSteps(n, m, [PositionalEncoding(2, 9, True, rng=generator())]),
    "SpectralNormalization": lambda n, m, f: SpectralNormalization(dense(n, m, f), rng=generator()),
    "Dropout": lambda n, m, f: Chain([dense(n, m, f), Dropout(0.4)]),
    "Reshape": lambda n, m, f: Chain([Reshape((n,)), dense(n, m, f)]),
    "Flatten": lambda n, m, f: Chain([Reshape((1, n, 1)), Flatten(), dense(n, m, f)]),
    "Residual": lambda n, m, f: Residual([dense(n, 4, Tanh()), dense(4, m, f)], projection=dense(n, m)),
    "Copy": lambda n, m, f: Chain([Copy(3), Parallel([dense(n, m, f) for _ in range(3)]), Sum()]),
    "Parallel": lambda n, m, f: Chain([Copy(), Parallel([dense(n, m, f), dense(n, m)]), Sum()]),
    "Sum": lambda n, m, f: Chain([Copy(), Parallel([dense(n, m, f), dense(n, m)]), Sum()]),
    "Concatenate": lambda n, m, f: Chain(
        [Copy(), Parallel([dense(n, 2, f), dense(n, 3)]), Concatenate(), dense(5, m, Tanh())]
    ),
    "Conv1D": lambda n, m, f: sequence(n, m, convolution(Conv1D, 2, 3, 2, f, padding="causal")),
    "RNN": lambda n, m, f: sequence(n, m, RNN(2, 3, rng=generator())),
    "LSTM": lambda n, m, f: sequence(n, m, LSTM(2, 3, rng=generator())),
    "GRU": lambda n, m, f: sequence(n, m, GRU(2, 3, rng=generator())),
    "Bidirectional": lambda n, m, f: sequence(n, m, Bidirectional(LSTM(2, 1, rng=1), GRU(2, 2, rng=2))),
    "Conv2D": lambda n, m, f: images(n, m, convolution(Conv2D, 2, 3, (2, 1), f, padding="same")),
    "Conv2DTranspose": lambda n, m, f: images(n, m, convolution(Conv2DTranspose, 2, 3, 3, f, strides=2)),
    "MaxPooling2D": lambda n, m, f: images(n, m, MaxPooling2D((1, 2), padding="same")),
    "AveragePooling2D": lambda n, m, f: images(n, m, AveragePooling2D((2, 2), 1, "same")),
    "GlobalAveragePooling2D": lambda n, m, f: images(n, m, GlobalAveragePooling2D()),
    "MaxUnpooling2D": lambda n, m, f: images(n, m, unpooled()),
    "UpSampling2D": lambda n, m, f: images(n, m, UpSampling2D((2, 3))),
    "ZeroPadding2D": lambda n, m, f: images(n, m, ZeroPadding2D((1, 2))),
    "Coordinates": lambda n, m, f: images(n, m, Coordinates()),
    "Cropping2D": lambda n, m, f: images(n, m, Chain([ZeroPadding2D(2), Cropping2D(((1, 2), (2, 0)))])),
    "KLSparsity": lambda n, m, f: Chain([dense(n, 4, Sigmoid(), penalty=KLSparsity(0.1, 0.7)), dense(4, m, f)]),
    "Contractive": contractive,
    "Contracting": lambda n, m, f: Contracting([dense(n, 3, Tanh()), dense(3, m, f)], 0.3, 0.5, rng=generator()),
    "KSparse": lambda n, m, f: Chain([dense(n, 4), KSparse(2), dense(4, m, f)]),
    "NoisySigmoid": lambda n, m, f: Chain([dense(n, 4), NoisySigmoid(0.5, rng=generator()), dense(4, m, f)]),
    "TiedDense": tied,
    "Corrupt": lambda n, m, f: Chain([dense(n, m, f), Corrupt(0.3)]),
    "Embedding": embedding,
    "LastStep": lambda n, m, f: onSteps(n, m, [LastStep()]),
    "TappedDelayLine": lambda n, m, f: onSteps(n, m, [TappedDelayLine(2)]),
    "TimeDistributed": lambda n, m, f: onSteps(n, m, [TimeDistributed([dense(2, 3, Tanh()), dense(3, 2, f)])]),
}

BETWEEN = {kind for kind in EXAMINED if re.search("[12]D", kind)}  # layers of which other tests draw more shapes
STEPS = {"Attention", "CrossAttention", "PositionalEncoding"}  # too
STEPS |= {"Bidirectional", "Embedding", "GRU", "LSTM", "LastStep", "RNN", "TappedDelayLine", "TimeDistributed"}
by_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
by_loss = pytest.mark.parametrize("loss_", LOSSES, ids=repr)
by_kind = pytest.mark.parametrize("kind", EXAMINED)


def shapesOf(kind):
    return SHAPES[-1:] if kind in STEPS else SHAPES[::3] if kind in BETWEEN else SHAPES


def endings(kind):
    """(shape, activation, loss): in all shapes of a kind all activations and all losses.

    Dense, which ends all networks, has each activation with each loss; what stands before it knows of neither.
    """
    for (i, shape), (j, activation), (k, loss_) in product(*map(enumerate, (shapesOf(kind), ACTIVATIONS, LOSSES))):
        if kind == "Dense" or (i + j + k) % len(LOSSES) == 0:
            yield shape, activation, loss_


def normalizes(kind):
    return kind == "BatchNormalization"


def generator():
    return np.random.default_rng(11)


def test_everything_exported_is_examined():
    assert EXAMINED.keys() == set(layers.__all__) - CONTRACTS - ESTIMATES - FUNCTIONS
    assert {activation.name for activation in ACTIVATIONS} == set(activations.__all__) - {"Activation"}
    games = {"AdversarialLoss", "NonSaturating", "Minimax", "LeastSquares", "Wasserstein", "Hinge"}
    elsewhere = games | {"Loss", "GaussianLikelihood"}  # in files of their own
    assert {one.name for one in LOSSES} == set(loss.__all__) - elsewhere


@by_kind
@by_activation
def test_layer(kind, activation):
    for shape in shapesOf(kind):
        inputs, outputs, samples = shape
        layer, samples = EXAMINED[kind](inputs, outputs, activation), samples + normalizes(kind)
        report = checkGradients(layer, generator().normal(size=(inputs, samples)))
        assert report, f"{shape}: {report}"
        learnt = sum(len(leaf.parameters) for leaf in layer.leaves().values())
        assert len(report.entries) == 1 + learnt, shape


LINEAR = {
    *(
        "Activate",
        "AveragePooling2D",
        "Chain",
        "Concatenate",
        "Conv1D",
        "Conv2D",
        "Conv2DTranspose",
        "Copy",
        "Cropping2D",
    ),
    *("Dense", "Flatten", "GlobalAveragePooling2D", "Parallel", "Reshape", "Residual", "SpectralNormalization", "Sum"),
    *("UpSampling2D", "ZeroPadding2D"),
}


@pytest.mark.parametrize("kind", list(EXAMINED))
def test_a_dual_is_the_slope_along_its_tangents(kind):
    """Of the layers that are linear up to an activation; the others refuse it."""
    layer, h = EXAMINED[kind](5, 3, Tanh()), 1e-6
    assert all(part.hasDual for part in (layer, *layer.parts())) == (kind in LINEAR)
    if kind not in LINEAR:
        with pytest.raises(TypeError, match="in dual: expected the layer to be linear"), layer.dual():
            pass
        return
    x, t = generator().normal(size=(2, 5, 4))
    u, v = generator().normal(size=(2, 3, 4))  # of what is ⟨u, y⟩ + ⟨v, ẏ⟩ the loss

    def loss():
        with layer.dual():
            y = layer.feedforward(np.concatenate((x, t), axis=1))
        return y, float(np.vdot(np.concatenate((u, v), axis=1), y))

    y, _ = loss()
    with layer.dual():
        layer.backward(np.concatenate((u, v), axis=1))
    slope = (layer.feedforward(x + h * t) - layer.feedforward(x - h * t)) / (2 * h)
    np.testing.assert_allclose(y[:, 4:], slope, atol=1e-8)
    np.testing.assert_allclose(y[:, :4], layer.feedforward(x), atol=1e-12)
    for leaf in {id(one): one for one in (layer, *layer.parts()) if isinstance(one, layers.Learning)}.values():
        found, direction = leaf.gradientVector.copy(), generator().normal(size=leaf.parameterVector.shape)
        values = []
        for sign in (1, -2):
            leaf.parameterVector[...] += sign * h * direction
            values.append(loss()[1])
        leaf.parameterVector[...] += h * direction
        assert np.vdot(found, direction) == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-6, abs=1e-7)


@by_kind
def test_network(kind):
    """The layer and a Dense one whose outputs lie inside (0, 1), where every loss is defined."""
    for shape, activation, loss_ in endings(kind):
        inputs, outputs, samples = shape
        network = MLP([EXAMINED[kind](inputs, 4, Tanh()), dense(4, outputs, activation)], loss_)
        network.layers[1].weight *= 0.03
        network.layers[1].bias = np.linspace(0.3, 0.6, outputs)[:, None]
        report = checkGradients(network, generator().normal(size=(inputs, samples + normalizes(kind))))
        assert report, f"{shape}, {activation}, {loss_}: {report}"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Flatten(), (2, 3, 4, 5)),
        (Flatten(), (3, 2, 1)),
        (Reshape((2, 3)), (6, 4)),
        (Reshape((1, 2, 3)), (6, 1)),
        (Dropout(0.3), (2, 3, 4, 5)),
        (Activate(Tanh()), (2, 3, 4, 5)),
        (Activate(Softmax()), (3, 2, 4)),
        (Dropout(0.0), (3, 2)),
        (normalized(3), (3, 2, 5, 4)),
        (normalized(1), (1, 3, 3, 1)),
        (normalized(4), (6, 4, 3)),
        (normalized(2), (2, 2)),
        (layered(3), (3, 2, 5, 4)),
        (layered(4), (6, 4, 3)),
        (layered(2), (2, 1)),
        (Copy(1), (3, 2)),
        (Copy(4), (2, 3, 4, 1)),
        (Residual([normalized(3)]), (3, 4, 4, 2)),
        (Residual([normalized(3), Residual([Dropout(0.5)])], projection=Dropout(0.2)), (3, 5)),
    ],
    ids=lambda one: str(one),
)
def test_shapes(layer, shape):
    report = checkGradients(layer, generator().normal(size=shape))
    assert report, report


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (3, 2, 2, 5), (1, 1)], ids=str)
@pytest.mark.parametrize(
    "layer", [Sum(), Concatenate(), Parallel([Flatten(), Dropout(0.5), Residual([Dropout(0.5)])])], ids=repr
)
def test_several_inputs(layer, shape):
    rng = generator()
    report = checkGradients(layer, tuple(rng.normal(size=shape) for _ in range(3)))
    assert report, report
    assert [entry.name for entry in report.entries] == ["input[0]", "input[1]", "input[2]"]


def test_residual_networks_with_batch_normalization():
    def block(n):
        return Residual([dense(n, n), normalized(n), dense(n, n, Tanh()), normalized(n)])

    network = MLP([dense(5, 6, Tanh()), block(6), block(6), dense(6, 3, Softmax())])
    report = checkGradients(network, generator().normal(size=(5, 7)))
    assert report, report
    assert (
        max(one.error for one in report.entries if abs(one.analytic) > 1e-9) < 1e-7
    )  # biases before it have no gradient


def numeric(f, layer, name, direction, h=1e-6):
    parameter = layer.parameters[name]
    start = parameter.copy()
    parameter[...] = start + h * direction
    above = f()
    parameter[...] = start - h * direction
    below = f()
    parameter[...] = start
    return (above - below) / (2 * h)


def assert_gradients(f, networks, tolerance=1e-7):
    """The gradients that f(True) leaves in the networks are those of its value."""
    rng = generator()
    f(True)
    found = {
        (layer, name): gradient.copy()
        for network in networks
        for layer in network.learning()
        for name, gradient in layer.gradients.items()
    }
    for (layer, name), gradient in found.items():
        direction = rng.normal(size=gradient.shape)
        slope = numeric(lambda: f(False), layer, name, direction)
        scale = max(abs(slope), float(np.linalg.norm(gradient)), 1e-3)
        assert abs(np.vdot(gradient, direction) - slope) < tolerance * scale, (layer, name)


def cycle(networks, weight=10.0):
    """CycleGAN's second use of a generator: ⟨w, G(x)⟩ + c/2 ‖G(F(y)) - y‖², G once in each of two passes."""
    G, F = networks
    rng = np.random.default_rng(3)
    x, y, w = (rng.normal(size=(4, 7)) for _ in range(3))

    def f(back):
        fake = G.forward(x)
        with G.use("cycle"):
            error = G.forward(F.forward(y)) - y
        value = float(np.vdot(w, fake)) + weight / 2 * float(np.vdot(error, error))
        if back:
            G.backward(w, Wanted(input=False))
            with G.use("cycle"):
                F.backward(G.backward(weight * error, Wanted(add=True)), Wanted(input=False))
        return value

    return f


def test_one_network_in_two_passes_of_a_step_with_added_gradients():
    networks = [
        Chain([dense(4, 6, Tanh()), normalized(6), Residual([dense(6, 6, Tanh())]), dense(6, 4)]) for _ in range(2)
    ]
    assert_gradients(cycle(networks), networks)


def test_without_the_second_pass_or_without_adding_the_gradients_are_wrong():
    networks = [Chain([dense(4, 6, Tanh()), dense(6, 4)]) for _ in range(2)]
    f = cycle(networks)
    assert_gradients(f, networks)
    right = Wanted._replace
    wrong = {"add": False}

    class Overwriting(Chain):
        def backward(self, dy, wanted=Wanted()):  # noqa: B008
            return super().backward(dy, right(wanted, **wrong))

    networks = [Overwriting([dense(4, 6, Tanh()), dense(6, 4)]), networks[1]]
    with pytest.raises(AssertionError):
        assert_gradients(cycle(networks), networks)


def gradientPenalty(D, x):
    """WGAN-GP (Gulrajani et al. 2017): 1/2 mean (‖∇ₓD‖ - 1)², whose gradient takes two more passes through D.

    ∂/∂θ (u · ∇ₓD) = (∇θD(x + hu) - ∇θD(x - hu)) / 2h with u = (‖∇ₓD‖ - 1) ∇ₓD / ‖∇ₓD‖ held fixed.
    """
    n, h = x.shape[-1], 1e-5
    one = np.ones((1, n))

    def f(back):
        D.forward(x)
        dx = D.backward(one, Wanted(parameters=False)).copy()
        norm = np.linalg.norm(dx, axis=0)
        if back:
            u = dx / norm
            for sign in (1, -1):
                D.forward(x + sign * h * u)
                D.backward(sign * (norm - 1) / n / (2 * h) * one, Wanted(input=False, add=sign < 0))
        return float(0.5 * np.mean((norm - 1) ** 2))

    return f


def test_the_gradient_penalty_by_two_more_passes():
    D = Chain([dense(4, 8, Tanh()), dense(8, 8, Sigmoid()), dense(8, 1)])
    assert_gradients(gradientPenalty(D, generator().normal(size=(4, 7))), [D], tolerance=1e-7)


@by_loss
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1), (3, 6)], ids=str)
def test_loss(loss_, shape):
    report = checkGradients(loss_, generator().uniform(0.1, 0.9, shape))
    assert report, report
    assert len(report.entries) == 3


@by_activation
def test_hidden_activation_of_a_deep_network(activation):
    network = MLP([Dense(5, 6, activation, rng=generator()) for _ in range(1)])
    for _ in range(3):
        network.addLayer(Dense(6, 6, activation, rng=generator()))
    network.addLayer(Dense(6, 3, Softmax(), rng=generator()))
    report = checkGradients(network, generator().normal(size=(5, 4)))
    assert report, report


def test_frozen_layers_hand_the_gradient_on():
    network = MLP([Dense(4, 5, Tanh()), Dense(5, 5, Sigmoid()), Dense(5, 2, Identity())])
    network.freeze(1)
    report = checkGradients(network)
    assert report, report
    assert [entry.name for entry in report.entries] == [
        "input", "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias",
    ]  # fmt: skip


def test_a_frozen_sampler_hands_the_gradient_of_its_divergence_on():
    network = MLP([dense(4, 5, Tanh()), Sampler(5, 3, beta=2.0, rng=1), dense(3, 2)])
    network.freeze(1)
    report = checkGradients(network, generator().normal(size=(4, 6)))
    assert report, report


def test_in_a_pass_without_parameters_no_layer_adds_a_term_of_its_own():
    layer = dense(3, 2, Tanh(), penalty=L1(5.0))
    x, dy = generator().normal(size=(3, 4)), generator().normal(size=(2, 4))
    layer.forward(x)
    plain = dense(3, 2, Tanh())
    plain.forward(x)
    assert np.array_equal(layer.backward(dy, Wanted(parameters=False)), plain.backward(dy))
    assert not np.array_equal(layer.backward(dy), plain.backward(dy))


# The exam itself is examined: an error of 0.1 % must fail it, wherever it is planted.


class Planted(Dense):
    """A Dense layer with one gradient 0.1 % too large, or one element of it."""

    def __init__(self, where, element=False):
        super().__init__(4, 3, Sigmoid())
        self.where, self.element = where, element

    def _backward(self, dz, now, wanted):
        arrays = {"input": super()._backward(dz, now, wanted), **self.gradients}
        wrong = arrays[self.where]
        wrong[(0, 0) if self.element else ...] *= 1.001
        return arrays["input"]


@pytest.mark.parametrize("element", [False, True])
@pytest.mark.parametrize("where", ["input", "weight", "bias"])
@pytest.mark.parametrize("samples", [1, 5])
def test_an_error_of_a_thousandth_in_a_layer_fails(where, element, samples):
    layer = Planted(where, element)
    report = checkGradients(layer, generator().normal(size=(4, samples)))
    assert not report
    assert [entry.verdict for entry in report.entries if entry.name == where] == ["wrong"]
    assert all(entry.verdict == "ok" for entry in report.entries if entry.name != where)
    network = MLP([Dense(4, 4, Tanh()), layer], CrossEntropy())
    assert not checkGradients(network, generator().normal(size=(4, samples)))


@pytest.mark.parametrize("activation", [one for one in ACTIVATIONS if type(one) is not Identity], ids=repr)
@pytest.mark.usefixtures("numpy_alone")
def test_an_error_of_a_thousandth_in_an_activation_fails(activation, monkeypatch):
    """Of all that layers ask: that of Identity is dy itself."""
    right = type(activation).backward
    wrong = lambda self, da, z, a, out=None: 1.001 * right(self, da, z, a, out)  # noqa: E731
    monkeypatch.setattr(type(activation), "backward", wrong)
    assert not checkGradients(Dense(4, 3, activation, rng=generator()))


@by_loss
@pytest.mark.parametrize("link", [None, "Sigmoid", "Softmax"])
def test_an_error_of_a_thousandth_in_a_loss_fails(loss_, link, monkeypatch):
    form = loss_ if link is None else loss_.after(link)
    right = type(form).derivative
    monkeypatch.setattr(type(form), "derivative", lambda *arguments, **keywords: 1.001 * right(*arguments, **keywords))
    assert not checkGradients(loss_)
    output = {None: Identity, "Sigmoid": Sigmoid, "Softmax": Softmax}[link]()
    network = MLP([Dense(3, 3, output, rng=generator())], loss_)
    network.layers[0].weight *= 0.1
    network.layers[0].bias = [[0.3], [0.4], [0.5]]
    assert not checkGradients(network)


@pytest.mark.parametrize("penalty", [L1, layers.GaussianDivergence])
def test_an_error_of_a_thousandth_in_a_penalty_fails(penalty, monkeypatch):
    right = penalty.gradient

    def wrong(self, now):
        gradient = right(self, now)
        return tuple(1.001 * one for one in gradient) if isinstance(gradient, tuple) else 1.001 * gradient

    monkeypatch.setattr(penalty, "gradient", wrong)
    assert not checkGradients(EXAMINED[penalty.__name__](4, 3, Tanh()), generator().normal(size=(4, 5)))


IMAGES = (2, 3, 5, 4)
PLANTED = {
    "Reshape": (Reshape, lambda: Reshape((2, 3)), (6, 4)),
    "Flatten": (Flatten, lambda: Flatten(), (2, 3, 4)),
    "Dropout": (Dropout, lambda: Dropout(0.3), (5, 6)),
    "BatchNormalization": (BatchNormalization, lambda: normalized(3), (3, 6)),
    "LayerNormalization": (LayerNormalization, lambda: layered(3), (3, 6)),
    "Attention": (Attention, lambda: Attention(4, 2, rng=0), (3, 4, 2)),
    "CrossAttention": (Looking, lambda: Looking(4, 2, rng=0), (3, 4, 2)),
    "PositionalEncoding": (PositionalEncoding, lambda: PositionalEncoding(4, 5), (3, 4, 2)),
    "Residual": (Residual, lambda: Residual([dense(3, 3, Tanh())]), (3, 4)),
    "Copy": (Copy, lambda: Copy(), (3, 4)),
    "Concatenate": (Concatenate, lambda: Chain([Copy(), Concatenate()]), (3, 4)),
    "Sum": (Sum, lambda: Chain([Copy(), Sum()]), (3, 4)),
    "Parallel": (Parallel, lambda: Chain([Copy(), Parallel([dense(3, 2), dense(3, 2)]), Sum()]), (3, 4)),
    "Chain": (Chain, lambda: Chain([dense(3, 2, Tanh())]), (3, 4)),
    "RNN": (RNN, lambda: RNN(2, 3, rng=0), (4, 2, 3)),
    "LSTM": (LSTM, lambda: LSTM(2, 3, rng=0), (4, 2, 3)),
    "GRU": (GRU, lambda: GRU(2, 3, rng=0), (4, 2, 3)),
    "Bidirectional": (Bidirectional, lambda: Bidirectional(RNN(2, 3, rng=0)), (4, 2, 3)),
    "Conv1D": (Conv1D, lambda: convolution(Conv1D, 2, 3, 2, Tanh()), (4, 2, 3)),
    "Conv2D": (Conv2D, lambda: convolution(Conv2D, 2, 3, 2, Tanh()), IMAGES),
    "Conv2DTranspose": (Conv2DTranspose, lambda: convolution(Conv2DTranspose, 2, 3, 2, Tanh()), IMAGES),
    "MaxPooling2D": (MaxPooling2D, lambda: MaxPooling2D(2), IMAGES),
    "AveragePooling2D": (AveragePooling2D, lambda: AveragePooling2D(2), IMAGES),
    "GlobalAveragePooling2D": (GlobalAveragePooling2D, lambda: GlobalAveragePooling2D(), IMAGES),
    "MaxUnpooling2D": (MaxUnpooling2D, unpooled, IMAGES),
    "UpSampling2D": (UpSampling2D, lambda: UpSampling2D(2), IMAGES),
    "ZeroPadding2D": (ZeroPadding2D, lambda: ZeroPadding2D(1), IMAGES),
    "Cropping2D": (Cropping2D, lambda: Cropping2D(1), IMAGES),
    "Coordinates": (Coordinates, lambda: Coordinates(), IMAGES),
    "Corrupt": (Corrupt, lambda: Corrupt(0.3), IMAGES),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_an_error_of_a_thousandth_in_what_a_layer_hands_on_fails(kind, monkeypatch):
    cls, make, shape = PLANTED[kind]
    right = cls._backward

    def wrong(self, dy, now, wanted):
        dx = right(self, dy, now, wanted)
        return tuple(1.001 * one for one in dx) if isinstance(dx, tuple) else dx * 1.001

    monkeypatch.setattr(cls, "_backward", wrong)
    assert not checkGradients(make(), generator().normal(size=shape))


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("kind", [Conv1D, Conv2D, Conv2DTranspose])
def test_an_error_of_a_thousandth_in_a_convolution_fails(kind, name, monkeypatch):
    right = kind._backward

    def wrong(self, dy, now, wanted):
        dx = right(self, dy, now, wanted)
        self.gradients[name][...] *= 1.001
        return dx

    monkeypatch.setattr(kind, "_backward", wrong)
    report = checkGradients(PLANTED[kind.__name__][1](), generator().normal(size=PLANTED[kind.__name__][2]))
    assert [entry.name for entry in report.entries if entry.verdict == "wrong"] == [name]


def test_a_layer_that_returns_zeros_fails():
    class Silent(Dense):
        def _backward(self, dz, now, wanted):
            return np.zeros_like(self.input)

    assert not checkGradients(Silent(3, 2, Tanh()))
