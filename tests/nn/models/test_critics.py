"""What a GAN may do beside the lecture's game: constraints, critic steps, an average of the generator, packing."""

import copy

import numpy as np
import pytest

from activations import ELU, Identity, LeakyReLU, Sigmoid, Softmax, Tanh
from builders import data, gan
from dataset import Batch, Dataset
from layers import (
    L1,
    LSTM,
    Activate,
    AveragePooling2D,
    BatchNormalization,
    Chain,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Reshape,
    Residual,
    SpectralNormalization,
    UpSampling2D,
    ZeroPadding2D,
)
from loss import Hinge, Wasserstein
from nn import GAN, MLP, CriticConstraint, GradientPenalty, WeightClipping, checkGradients
from nn.models.adversarial.averaged import AveragedNetwork
from nn.training.step import StepContext
from nn.watch.collapse import GeneratorCollapse
from optimizer import SGD, Adam

X = np.random.default_rng(0).normal(size=(6, 40))


def critic(**keywords):
    return gan(end=Identity(), **{"generatorLoss": "wasserstein"} | keywords)


def slopes(D, x, h=1e-5):
    """‖∇D(x)‖ of every column, by differences."""
    gradient = [(D.predict(x + h * e[:, None]) - D.predict(x - h * e[:, None]))[0] / (2 * h) for e in np.eye(len(x))]
    return np.linalg.norm(gradient, axis=0)


def step(model, n=10, **keywords):
    return model.step(Batch.of(X[:, :n]), StepContext(batchSize=n, **keywords))


def test_a_gradient_penalty_is_what_its_formula_says():
    """At points between samples and data, drawn as it draws them."""
    model = critic(constraint=GradientPenalty(3.0, target=0.7))
    D = model.discriminator
    samples, real = model.sample(10, rng=0), X[:, :10]
    for layer in D.layers:
        layer.gradientVector[...] = 0
    value = model.constraint.addGradient(D.chain, samples, real, np.random.default_rng(5))
    share = np.random.default_rng(5).random(10)
    between = share * real + (1 - share) * samples
    assert value == pytest.approx(3 * np.mean((slopes(D, between) - 0.7) ** 2), rel=1e-7)


@pytest.mark.parametrize("hidden", [LeakyReLU(0.2), Tanh()], ids=repr)
@pytest.mark.parametrize("constraint", [GradientPenalty(), GradientPenalty(2.0, target=0.0)], ids=repr)
def test_the_gradient_of_a_gradient_penalty(hidden, constraint):
    generator = MLP([Dense(3, 6, rng=0)])
    discriminator = MLP([Dense(6, 8, hidden, rng=1), Dense(8, 8, hidden, rng=2), Dense(8, 1, rng=3)])
    model = GAN(generator, discriminator, generatorLoss=Wasserstein(), constraint=constraint, rng=0)
    assert checkGradients(model, rng=3)


def test_a_gradient_penalty_goes_through_what_is_linear():
    """Images, padded, enlarged, averaged, added: bias and activation in all of them."""
    layers = [
        ZeroPadding2D(1),
        Conv2D(1, 2, 3, Tanh(), rng=1),
        Residual([SpectralNormalization(Conv2D(2, 2, 3, ELU(), padding="same", rng=2), rng=0)]),
        Activate(Tanh()),
        UpSampling2D(2),
        Conv2DTranspose(2, 2, 3, LeakyReLU(0.2), strides=2, rng=3),
        Cropping2D(1),
        AveragePooling2D(2),
        GlobalAveragePooling2D(),
        Dense(2, 1, rng=4),
    ]
    model = GAN(
        MLP([Dense(3, 16, rng=0), Reshape((1, 4, 4))]),
        MLP(layers),
        constraint=GradientPenalty(),
        rng=0,
        generatorLoss="wasserstein",
    )
    assert checkGradients(model, rng=3)
    D = model.discriminator
    x = np.random.default_rng(1).normal(size=(1, 4, 4, 1))
    t = np.random.default_rng(2).normal(size=x.shape)
    with D.chain.dual():
        value, slope = D.chain.forward(np.concatenate((x, t), axis=-1))[0]
    assert value == pytest.approx(D.predict(x)[0, 0], rel=1e-12)
    assert slope == pytest.approx((D.predict(x + 1e-6 * t) - D.predict(x - 1e-6 * t))[0, 0] / 2e-6, rel=1e-6)


def test_an_error_of_a_thousandth_in_a_gradient_penalty_is_found(monkeypatch):
    right = GradientPenalty.addGradient

    def wrong(self, D, *arguments):
        before = [layer.gradientVector.copy() for layer in D.learning()]
        value = right(self, D, *arguments)
        for layer, gradient in zip(D.learning(), before, strict=True):
            layer.gradientVector[...] += 0.001 * (layer.gradientVector - gradient)
        return value

    monkeypatch.setattr(GradientPenalty, "addGradient", wrong)
    assert not checkGradients(critic(constraint=GradientPenalty()), rng=3)


def test_a_gradient_penalty_of_images():
    generator = MLP([Dense(3, 25, rng=0), Reshape((1, 5, 5))])
    layers = [Conv2D(1, 3, 3, LeakyReLU(0.2), strides=2, rng=1), Flatten(), Dense(12, 1, rng=2)]
    model = GAN(generator, MLP(layers), generatorLoss="wasserstein", constraint=GradientPenalty(), rng=0)
    assert checkGradients(model, rng=3)


def test_a_gradient_penalty_in_float32_is_that_of_float64():
    found = {}
    for dtype in (np.float32, np.float64):
        model = critic(constraint=GradientPenalty())
        model.astype(dtype)
        D = model.discriminator.chain
        for layer in D.learning():
            layer.gradientVector[...] = 0
        samples, real = (x.astype(dtype) for x in (np.random.default_rng(8).normal(size=X.shape), X))
        share = type("Shares", (), {"random": lambda _, shape, dtype: np.linspace(0, 1, *shape).astype(dtype)})()
        model.constraint.addGradient(D, samples, real, share)
        found[dtype] = np.concatenate([layer.gradientVector for layer in D.learning()])
    difference = np.linalg.norm(found[np.float32] - found[np.float64])
    assert difference < 1e-5 * np.linalg.norm(found[np.float64])


def test_a_gradient_penalty_brings_the_slopes_to_one():
    model = critic(constraint=GradientPenalty(), optimizer=Adam(lr=0.01))
    model.generator.freeze()
    model.train(data(X), epochs=200, metrics=[])
    share = np.random.default_rng(0).random(40)
    found = slopes(model.discriminator, share * X + (1 - share) * model.sample(40, rng=0))
    assert found.mean() == pytest.approx(1, abs=0.15)


def test_equal_samples_and_data_have_no_direction():
    model = critic(constraint=GradientPenalty())
    for layer in model.discriminator.layers:
        layer.weight = 0 * layer.weight
    value = model.constraint.addGradient(model.discriminator.chain, X, X, np.random.default_rng(0))
    assert value == 10
    assert all(np.isfinite(layer.gradientVector).all() for layer in model.discriminator.layers)


def test_clipped_weights_stay_clipped_and_frozen_ones_stay():
    model = critic(constraint=WeightClipping(0.05))
    model.astype(np.float32)
    model.discriminator.freeze(0)
    frozen = model.discriminator.layers[0].weight.copy()
    model.train(data(X), epochs=2, metrics=[])
    first, last = model.discriminator.layers
    assert np.array_equal(first.weight, frozen)
    assert abs(last.parameterVector).max() == 0.05


def test_the_generator_learns_in_every_third_step():
    model = gan(SGD(lr=0.1), criticSteps=3)
    moved = []
    for _ in range(7):
        before = model.generator.layers[0].weight.copy(), model.discriminator.layers[0].weight.copy()
        step(model)
        now = model.generator.layers[0].weight, model.discriminator.layers[0].weight
        moved.append([not np.array_equal(*pair) for pair in zip(before, now, strict=True)])
    assert moved == [[False, True], [False, True], [True, True]] * 2 + [[False, True]]


def test_the_generators_loss_is_measured_in_every_step():
    model = gan(criticSteps=3)
    assert all("generator_loss" in step(model, quantities=frozenset({"generator_loss"})) for _ in range(4))


def test_the_wasserstein_quantity_is_minus_the_critics_loss():
    model = critic(constraint=WeightClipping())
    values = model.evaluate(X)
    assert values["wasserstein"] == pytest.approx(-values["discriminator_loss"], rel=1e-12)
    assert "wasserstein" not in gan().evaluate(X)
    with pytest.raises(ValueError, match="the discriminator's loss is not the Wasserstein distance"):
        gan().train(data(X), metrics=["train_wasserstein"])


def test_samples_are_of_the_average():
    model = gan(SGD(lr=0.5), averaging=0.9)
    average = copy.deepcopy(model.averaged.weights())
    for t in range(1, 30):
        step(model)
        decay = min(0.9, (1 + t) / (10 + t))
        for name, weight in model.generator.weights().items():
            average[name] += (1 - decay) * (weight - average[name])
    for name, weight in model.averaged.weights().items():
        assert weight == pytest.approx(average[name], rel=1e-12)
    z = model.noise(5, rng=0)
    assert np.array_equal(model.sample(5, rng=0), model.averaged.predict(z))
    assert not np.array_equal(model.sample(5, rng=0), model.generator.predict(z))
    assert gan().averaged is None


def test_an_average_is_saved_and_exported(tmp_path):
    model = gan(averaging=0.9)
    model.train(data(X), epochs=2, metrics=[])
    again = GAN.load(model.save(tmp_path / "gan"))
    assert np.array_equal(again.sample(5, rng=0), model.sample(5, rng=0))
    assert model.exported()["generator"].layers == model.averaged.chain.children()


def test_a_packed_discriminator_is_exported_with_the_shape_and_scale_of_several_samples():
    generator = MLP([Dense(3, 16, rng=0), Reshape((1, 4, 4))])
    model = GAN(generator, MLP([Conv2D(2, 1, 3), Flatten(), Dense(4, 1, Sigmoid())]), packing=2, rng=0)
    images = np.random.default_rng(0).normal(size=(1, 4, 4, 20))
    model.train(Dataset.fromArrays(images, batch_size=5, standardize=True), epochs=1, metrics=[])
    whole = model.exported()["discriminator"]
    assert whole.inputShape == (2, 4, 4)
    x, scale = np.random.default_rng(1).normal(size=(2, 4, 4)), model.standardization
    mean, deviation = (
        np.broadcast_to(np.reshape(part, (-1, 1, 1)), (1, 4, 4)) for part in (scale.mean, scale.deviation)
    )
    expected = np.concatenate([(x[:1] - mean) / deviation, (x[1:] - mean) / deviation])
    np.testing.assert_allclose((x - whole.before.mean) / whole.before.deviation, expected)


def test_statistics_of_a_normalisation_are_averaged_too():
    generator = MLP([Dense(3, 6, rng=0), BatchNormalization(6), Dense(6, 6, rng=1)])
    model = GAN(generator, gan().discriminator, averaging=0.5, rng=0)
    before = model.averaged.layers[1].statistics["mean"].copy()
    for _ in range(3):
        step(model)
    after = model.averaged.layers[1].statistics["mean"]
    assert not np.array_equal(after, before)
    assert not np.array_equal(after, generator.layers[1].statistics["mean"])


@pytest.mark.parametrize("n", [1, 2, 5, 6, 12])
def test_packed_samples_stand_behind_one_another(n):
    """And a last group that is not full is filled up with the first ones."""
    model, seen = gan(packing=3), []
    D = model.discriminator.chain
    right = D.forwardLogits
    D.forwardLogits = lambda x, *others: seen.append(x.copy()) or right(x, *others)
    step(model, n)
    groups = -(-n // 3)
    data_seen = seen[0][:, groups:]
    for i in range(groups):
        for k in range(3):
            assert np.array_equal(data_seen[6 * k : 6 * k + 6, i], X[:, (i + k * groups) % n])


@pytest.mark.parametrize("n", [2, 5, 6])
def test_the_gradient_through_packed_samples(n):
    model = gan(packing=3, end=Identity(), generatorLoss=Hinge())
    assert checkGradients(model, X[:, :n], rng=3)


def test_packed_images_have_more_channels():
    generator = MLP([Dense(3, 16, rng=0), Reshape((1, 4, 4))])
    discriminator = MLP([Conv2D(2, 3, 3, LeakyReLU(0.2), rng=1), Flatten(), Dense(12, 1, rng=2)])
    model = GAN(generator, discriminator, generatorLoss="least squares", packing=2, rng=0)
    assert model.inputShape == (1, 4, 4)
    assert checkGradients(model, rng=3)
    model.train(Dataset.fromArrays(np.random.default_rng(0).normal(size=(1, 4, 4, 11)), batch_size=4), epochs=1)


def test_a_training_with_all_of_it_goes_on_to_the_bit(tmp_path):
    settings = {"constraint": GradientPenalty(), "criticSteps": 3, "averaging": 0.9, "packing": 2}
    whole, half = critic(**settings), critic(**settings)
    whole.train(data(X, dtype=float), epochs=4)
    half.train(data(X, dtype=float), epochs=2, checkpoint=tmp_path / "training")
    again = critic(**settings)
    again.train(data(X, dtype=float), epochs=4, checkpoint=tmp_path / "training", resume=True)
    for name, weight in whole.weights().items():
        assert np.array_equal(weight, again.weights()[name]), name


def test_another_generator_has_another_average():
    model = gan(averaging=0.9)
    step(model)
    model.generator = MLP([Dense(4, 6, rng=8)])
    assert model.averaged.layers[0].weight.shape == (6, 4)
    assert model.sample(3).shape == (6, 3)


def test_another_discriminator_leaves_the_average_as_it_is():
    model = gan(SGD(lr=0.5), averaging=0.9)
    for _ in range(3):
        step(model)
    before, updates = model.sample(3, rng=0), model.state()["averages"]
    model.discriminator = gan(rng=8).discriminator
    assert np.array_equal(model.sample(3, rng=0), before)
    assert model.state()["averages"] == updates
    step(model)
    assert not np.array_equal(model.sample(3, rng=0), before)


def test_layers_that_were_added_after_the_average_are_refused():
    model = gan(averaging=0.9)
    model.generator.addLayer(Dense(6, 6))
    with pytest.raises(ValueError, match="expected the layers of generator to be the layers of which its average was"):
        model.train(data(X), epochs=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("packing", 2), ("criticSteps", 0), ("averaging", None), ("constraint", None), ("adversarial", Hinge())],
)
def test_what_is_fixed_cannot_be_set(name, value):
    model = gan(averaging=0.9)
    before = getattr(model, name)
    with pytest.raises(
        AttributeError, match=rf"GAN.{name} is fixed: make a new GAN of the networks, with another {name}"
    ):
        setattr(model, name, value)
    assert getattr(model, name) is before
    copy.deepcopy(model).train(data(X), epochs=1, metrics=[])


def test_the_average_of_a_normalised_weight_has_its_own_singular_value():
    """Its directions turn from one side of the weight to another."""
    layer = SpectralNormalization(Dense(3, 6, rng=0), rng=0)
    model = GAN(MLP([layer]), gan().discriminator, averaging=0.9, rng=0)
    average, rng = AveragedNetwork("GAN", model.generator, 0.9), np.random.default_rng(0)
    for _ in range(40):
        layer.layer.weight = np.eye(6, 3)[rng.permutation(6)] * [3.0, 1.0, 1.0] + 0.1
        layer.iterate(30)
        average.follow()
    mine = average.network.layers[0]
    mine_sigma = np.linalg.svd(mine.layer.weight)[1][0]
    assert mine.sigma == pytest.approx(mine_sigma, rel=0.05)
    assert np.linalg.norm(mine.layer.statistics["left"]) == pytest.approx(1, rel=1e-9)


def test_what_is_measured_changes_no_training():
    """The noise in a step in which the generator does not learn, among it."""
    found = []
    for metrics in ([], ["train_generator_loss"]):
        model = gan(criticSteps=3, instanceNoise=0.3)
        model.train(data(X), epochs=3, metrics=metrics)
        found.append(model.weights())
    for name, weight in found[0].items():
        assert np.array_equal(weight, found[1][name]), name


def test_a_collapse_is_looked_for_in_what_a_residual_generator_gives():
    """And not in what its branch adds, which may be 0."""
    branch = Dense(3, 3, initializer=lambda *_: np.zeros((3, 3)))
    model = GAN(MLP([Residual([branch])]), MLP([Dense(3, 1, Sigmoid())]), rng=0)
    model.step(Batch.of(X[:3]), StepContext(batchSize=40))
    [symptom] = [one for one in model.symptoms(data(X[:3])) if isinstance(one, GeneratorCollapse)]
    observation = type("Seen", (), {"inputs": X[:3]})()
    assert symptom.find(observation) is None


@pytest.mark.parametrize("layer", [BatchNormalization(6), Dropout(0.5), Dense(6, 6, Softmax())], ids=repr)
def test_a_gradient_penalty_refuses_what_it_cannot_differentiate_twice(layer):
    with pytest.raises(ValueError, match="of layers that are linear with an activation"):
        GAN(MLP([Dense(3, 6)]), MLP([layer, Dense(6, 1, Sigmoid())]), constraint=GradientPenalty())


def test_a_normalisation_in_the_discriminator_sees_samples_and_data_apart():
    layers = [Dense(6, 5, rng=1), BatchNormalization(5), Activate(LeakyReLU(0.2)), Dense(5, 1, Sigmoid(), rng=2)]
    model = GAN(MLP([Dense(3, 6, rng=0)]), MLP(layers), rng=0)
    seen = []
    right = layers[1].forward
    layers[1].forward = lambda x, *others: seen.append(right(x, *others).copy()) or seen[-1]
    wanted = frozenset({"discriminator_loss", "fake_accuracy", "real_accuracy"})
    values = step(model, quantities=wanted)
    samples, data_ = (y.mean(axis=1) for y in seen[:2])
    assert np.allclose(samples, 0, atol=1e-12)
    assert np.allclose(data_, 0, atol=1e-12)
    assert values.keys() == wanted
    del layers[1].forward
    assert checkGradients(model, rng=3)
    layers[0].penalty = L1(0.1)
    assert checkGradients(model, rng=3)
    fine = frozenset({"discriminator_loss"})
    assert model.evaluate(X, fine)["discriminator_loss"] > 0


class Squares(Dense):
    """W x² + b, of a class that is linear."""

    def _forward(self, x, now, training):
        return super()._forward(x * x, now, training)


class Doubled(Dense):
    """2 W x + b."""

    isLinear = True

    def _forward(self, x, now, training):
        z = super()._forward(x, now, training)
        z *= 2
        return z

    def _backward(self, dz, now, wanted):
        return super()._backward(2 * dz, now, wanted)


def test_a_layer_of_ones_own_has_a_gradient_penalty_where_it_says_that_it_is_linear():
    def model(layer):
        return GAN(
            MLP([Dense(3, 6, rng=0)]),
            MLP([layer, Dense(4, 1, rng=2)]),
            generatorLoss="wasserstein",
            constraint=GradientPenalty(),
            rng=0,
        )

    with pytest.raises(ValueError, match=r"got Dense 6 -> 4, .*say isLinear = True in its class"):
        model(Squares(6, 4, Tanh(), rng=1))
    assert checkGradients(model(Doubled(6, 4, Tanh(), rng=1)), rng=3)


@pytest.mark.parametrize(
    "layer",
    [Dropout(0.5), MaxPooling2D(2), BatchNormalization(2), LSTM(2, 2), Squares(2, 2), Dense(2, 2, penalty=L1(0.1))],
    ids=range(6),
)
def test_a_layer_that_is_not_linear_has_no_dual(layer):
    expected = "in dual: expected the layer to be linear up to bias and activation, no penalty"
    with pytest.raises(TypeError, match=expected), Chain([layer]).dual():
        pass


def test_a_dual_has_as_many_tangents_as_samples():
    layer = Dense(2, 1, Tanh(), rng=0)
    with layer.dual(), pytest.raises(ValueError, match=r"samples and as many tangents, \(..., 2N\), got \(1, 3\)"):
        layer.feedforward(np.ones((2, 3)))


class Shrinking(CriticConstraint):
    """Every update takes a share of each parameter."""

    def __init__(self, share=0.1):
        self.share = share

    def enforce(self, critic):
        for layer in critic.learning():
            layer.parameterVector[...] *= 1 - self.share


def test_a_constraint_of_ones_own(tmp_path):
    model = critic(constraint=Shrinking(0.5))
    before = abs(model.discriminator.layers[0].weight).max()
    model.train(data(X), epochs=1, metrics=[])
    assert abs(model.discriminator.layers[0].weight).max() < 0.2 * before
    assert GAN.load(model.save(tmp_path / "model")).constraint.share == 0.5


def test_a_discriminator_may_end_in_a_convolution_as_large_as_what_it_gets():
    """As DCGAN's does."""
    generator = MLP([Dense(3, 16, rng=0), Reshape((1, 4, 4))])
    discriminator = MLP([Conv2D(1, 2, 3, LeakyReLU(0.2), rng=1), Conv2D(2, 1, 2, rng=2), Flatten()])
    model = GAN(generator, discriminator, generatorLoss="hinge", rng=0)
    assert checkGradients(model, rng=3)
    model.train(Dataset.fromArrays(np.random.default_rng(0).normal(size=(1, 4, 4, 11)), batch_size=4), epochs=1)


@pytest.mark.parametrize("last", [[Conv2D(2, 1, 2)], [Conv2D(2, 2, 2), Flatten()]], ids=["images", "two"])
def test_a_discriminator_with_several_outputs_is_refused(last):
    generator = MLP([Dense(3, 25, rng=0), Reshape((1, 5, 5))])
    with pytest.raises(
        ValueError, match=r"GAN: expected a discriminator with one output, Dense\(..., 1\) at its end, got"
    ):
        GAN(generator, MLP([Conv2D(1, 2, 4), *last]), generatorLoss="hinge")
