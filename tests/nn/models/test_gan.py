"""The generative adversarial network."""

import warnings
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from activations import Identity, LeakyReLU, Sigmoid, Tanh
from dataset import Batch, Dataset
from layers import Dense, Sampler
from loss import MSE, CrossEntropy
from nn import GAN, MLP, DivergenceError, Model, checkGradients, modeCoverage, seed
from nn.models.gan import GeneratorCollapse
from nn.training.metrics import EVALUATION
from nn.training.step import StepContext
from nn.watch.trainingwatch import EVERY, Watch
from optimizer import SGD, Adam, Cosine

X = np.random.default_rng(0).normal(size=(6, 40))


def gan(optimizer=None, output=None, **keywords):
    optimizer = optimizer or Adam(lr=0.002, beta1=0.5)
    generator = MLP([Dense(3, 5, Tanh(), optimizer, rng=1), Dense(5, 6, output or Identity(), optimizer, rng=2)])
    discriminator = MLP([Dense(6, 5, LeakyReLU(0.2), optimizer, rng=3), Dense(5, 1, Sigmoid(), optimizer, rng=4)])
    return GAN(generator, discriminator, **{"rng": 0} | keywords)


def data(x=X, **keywords):
    return Dataset.fromArrays(x, **{"test_size": 10, "batch_size": 10, "rng": 0} | keywords)


@pytest.mark.parametrize("generatorLoss", ["non-saturating", "minimax"])
@pytest.mark.parametrize("instanceNoise", [0, 0.5])
@pytest.mark.parametrize("smoothing", [0.9, 1])
def test_gradients(generatorLoss, instanceNoise, smoothing):
    model = gan(generatorLoss=generatorLoss, instanceNoise=instanceNoise, smoothing=smoothing)
    report = checkGradients(model, rng=3)
    assert report, report
    names = [entry.name for entry in report.entries]
    assert len(names) == 8
    assert names[0] == "discriminator: discriminator.layers.0.weight"
    assert names[-1] == "generator: generator.layers.1.bias"


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_an_error_of_a_thousandth_in_a_part_fails_the_check(part):
    class Wrong(Dense):
        def _backward(self, gradient, parameterGradients, inputGradient):
            result = super()._backward(gradient, parameterGradients, inputGradient)
            self._gradients["weight"] *= 1.001
            return result

    model = gan()
    parts = {"generator": model.generator, "discriminator": model.discriminator}
    first = parts[part].layers[0]
    parts[part] = MLP([Wrong(first.inputDim, 5, first.activation, rng=1), parts[part].layers[1]])
    report = checkGradients(GAN(**parts), rng=3)
    assert [entry.name for entry in report.entries if entry.verdict == "wrong"] == [f"{part}: {part}.layers.0.weight"]


def test_a_step_is_that_of_the_lectures_listing():
    """The parts driven by hand, as the listing does."""
    model, other = gan(Adam(learningRate=0.1, beta1=0.5)), gan(Adam(learningRate=0.1, beta1=0.5))
    generator, discriminator, n = other.generator, other.discriminator, 10
    x = X[:, :n]
    losses = []
    for i in range(3):
        fake_img = generator.feedforward(other.noise(n))
        label = np.concatenate((np.zeros((1, n)), 0.9 * np.ones((1, n))), axis=1)
        discriminator.feedforward(np.concatenate((fake_img, x), axis=1))
        discriminator.backpropagate(label, timeStep=i + 1)
        losses.append(discriminator.getLoss(label))
        discriminator.feedforward(fake_img)
        discriminator.backpropagate(np.ones((1, n)), timeStep=i + 1, updateParameters=False)
        generator.backpropagate(discriminator.layers[0].gradient, timeStep=i + 1, useLoss=False)
        losses.append(discriminator.getLoss(np.ones((1, n))))
    context = StepContext(frozenset({"discriminator_loss", "generator_loss"}), batchSize=n)
    values = [value for _ in range(3) for value in model.step(Batch.of(x), context).values()]
    assert values == pytest.approx(losses, rel=1e-12)
    for name, weight in model.weights().items():
        assert weight == pytest.approx(other.weights()[name], rel=1e-12), name


def test_the_discriminator_is_not_moved_by_the_generators_step():
    model = gan(SGD(lr=0.1))
    model.discriminator.freeze()
    before = model.weights()
    model.train(data(dtype=float), epochs=1)
    for name, weight in model.weights().items():
        assert np.array_equal(weight, before[name]) == name.startswith("discriminator")


def test_minimax_and_non_saturating_have_the_same_fixed_point_and_other_values():
    values = {}
    for loss in ("minimax", "non-saturating"):
        model = gan(generatorLoss=loss)
        values[loss] = model.evaluate(X)
        model.discriminator.layers[1].weight = np.zeros((1, 5))  # D = 1/2 everywhere
        assert abs(model.evaluate(X)["generator_loss"]) == pytest.approx(np.log(2))
    fake = gan().discriminator.predict(gan().sample(40, rng=EVALUATION))
    assert values["minimax"]["generator_loss"] == pytest.approx(np.mean(np.log(1 - fake)))
    assert values["non-saturating"]["generator_loss"] == pytest.approx(-np.mean(np.log(fake)))


def test_quantities_are_what_their_names_say():
    model = gan(smoothing=0.8)
    values = model.evaluate(X)
    fake = model.sample(40, rng=EVALUATION)
    a, b = model.discriminator.predict(fake), model.discriminator.predict(X)
    label = np.concatenate((np.zeros((1, 40)), np.full((1, 40), 0.8)), axis=1)
    assert values["discriminator_loss"] == pytest.approx(CrossEntropy().apply(label, np.concatenate((a, b), axis=1)))
    assert values["real_accuracy"] == pytest.approx(np.mean(b > 0.4))
    assert values["fake_accuracy"] == pytest.approx(np.mean(a <= 0.4))
    assert values["diversity"] == pytest.approx(fake.var(axis=1).sum() / X.var(axis=1).sum())
    assert 0 < values["real_accuracy"] < 1 or 0 < values["fake_accuracy"] < 1


def test_default_metrics_and_evaluation_leave_the_training_alone():
    weights = []
    for metrics in (None, [], ["test_generator_loss", "test_diversity"]):
        model = gan()
        history = model.train(data(), epochs=2, metrics=metrics)
        assert tuple(history.values) == (GAN.metrics if metrics is None else tuple(metrics))
        weights.append(model.weights())
        assert model.evaluate(X) == model.evaluate(X)
    for name, weight in weights[0].items():
        assert np.array_equal(weight, weights[1][name])
        assert np.array_equal(weight, weights[2][name])


def test_samples_and_noise():
    model = gan()
    assert model.sample(7).shape == (6, 7)
    assert model.noise(7).shape == (3, 7)
    assert np.array_equal(model.sample(7, rng=1), model.generator.predict(model.noise(7, rng=1)))
    assert not np.array_equal(model.noise(7), model.noise(7))
    noise = model.noise(20_000)
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.std() == pytest.approx(1, abs=0.02)
    seeded = []
    for _ in range(2):
        seed(4)
        seeded.append(gan(rng=None).noise(3))
    assert np.array_equal(*seeded)


def test_instance_noise_falls_to_zero_over_four_fifths(monkeypatch):
    seen = []
    original = GAN._discriminate

    def recorded(self, fake, real, quantities, deviation, training):
        seen.append(deviation)
        return original(self, fake, real, quantities, deviation, training)

    monkeypatch.setattr(GAN, "_discriminate", recorded)
    gan(instanceNoise=0.4).train(data(x=X[:, :11], test_size=1), epochs=10, metrics=[])
    assert seen == pytest.approx([0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0, 0])


def test_instance_noise_disturbs_what_the_discriminator_sees():
    noisy, plain = gan(instanceNoise=0.5), gan()
    for model in (noisy, plain):
        model.train(data(), epochs=1)
    assert not np.array_equal(noisy.discriminator.layers[0].weight, plain.discriminator.layers[0].weight)


def test_a_ring_is_covered():
    seed(0)
    ring = Dataset("ring", batch_size=256)
    adam = Adam(lr=0.002, beta1=0.5)
    leaky = LeakyReLU(0.2)
    generator = MLP([Dense(2, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 2, optimizer=adam)])
    discriminator = MLP([Dense(2, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 1, Sigmoid(), adam)])
    model = GAN(generator, discriminator, instanceNoise=0.3)
    model.train(ring, epochs=40, metrics=[], schedule=Cosine())
    assert modeCoverage(model.sample(2000, rng=0), ring.centres, 0.01).covered >= 6


def test_a_collapsed_generator_is_noticed_once():
    model = gan(SGD(lr=1e-5))
    model.generator.layers[-1].weight *= 1e-2
    with pytest.warns(
        RuntimeWarning, match="the generator has collapsed: its samples differ from one another 0.0%"
    ) as caught:
        model.train(data(batch_size=2), epochs=60, metrics=[])
    assert len(caught) == 1


def test_a_healthy_generator_raises_no_alarm():
    """Warnings are errors in these tests."""
    model = gan(SGD(lr=1e-5))
    model.generator.layers[1].weight *= 3
    model.train(data(batch_size=2), epochs=60, metrics=[])


def test_the_alarm_waits_for_the_first_epoch():
    model = gan(SGD(lr=1e-5))
    model.generator.layers[-1].weight *= 1e-2
    model.train(data(x=np.tile(X, 20), batch_size=2), epochs=1, metrics=[])


@pytest.mark.parametrize("keywords", [{}, {"smoothing": 1, "generatorLoss": "minimax", "instanceNoise": 0.2}])
def test_saved_and_loaded_is_equal_to_the_bit(tmp_path, keywords):
    model = gan(**keywords)
    model.train(data(), epochs=1)
    path = model.save(tmp_path / "gan.safetensors")
    for again in (GAN.load(path), Model.load(path)):
        assert again.config() == model.config()
        assert np.array_equal(again.sample(5, rng=0), model.sample(5, rng=0))
        assert again.evaluate(X) == model.evaluate(X)


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_divergence_names_the_part(part):
    model = gan()
    getattr(model, part).layers[0].weight *= np.nan
    with pytest.raises(DivergenceError, match=rf"at step 1: it first appeared in {part}.layers\[0\]"):
        model.train(data())


def test_print_shows_the_parts():
    text = repr(gan())
    for part in ("GAN", "generator", "discriminator", "layers[1]  Dense 5 → 1, Sigmoid()", "97 parameters in all"):
        assert part in text


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: GAN(Dense(2, 2), MLP()), TypeError, "GAN needs the generator to be an MLP"),
        (lambda: GAN(MLP([Dense(2, 2)]), MLP()), ValueError, "GAN needs the discriminator to have layers"),
        (
            lambda: GAN(MLP([Dense(2, 2)]), MLP([Dense(2, 2, Sigmoid())])),
            ValueError,
            "GAN needs a discriminator with one output, a probability",
        ),
        (lambda: GAN(MLP([Dense(2, 2)]), MLP([Dense(2, 1)])), ValueError, "end in Dense(..., 1, Sigmoid())"),
        (lambda: GAN(MLP([Dense(2, 3)]), MLP([Dense(2, 1, Sigmoid())])), ValueError, "the discriminator takes (2,)"),
        (lambda: gan(smoothing=0.5), ValueError, "GAN needs 0.5 < smoothing <= 1"),
        (lambda: gan(generatorLoss="wasserstein"), ValueError, "generatorLoss to be one of"),
        (lambda: gan().sample(1.5), ValueError, "n, the number of samples, to be a positive integer, got 1.5"),
        (lambda: gan(instanceNoise=-1), ValueError, "instanceNoise >= 0"),
        (lambda: gan().train(data(X[:4])), ValueError, "takes samples of shape (6,)"),
        (lambda: gan().train(data(), CrossEntropy()), TypeError, "GAN has a loss of its own"),
        (lambda: gan().train(data(), metrics=["train_loss"]), ValueError, "unknown metric 'train_loss'"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_the_schedule_moves_both_parts():
    model = gan(SGD(lr=0.1))
    model.astype(np.float32)
    before = model.weights()
    model.train(data(), epochs=1, metrics=[], schedule=lambda epoch, epochs: 0.0)
    assert all(np.array_equal(weight, before[name]) for name, weight in model.weights().items())


def test_a_smaller_last_batch_makes_no_larger_step():
    steps = []
    for batchSize in (10, 20):
        model = gan(SGD(learningRate=1.0))
        before = model.weights()
        model.step(Batch.of(X[:, :10]), StepContext(batchSize=batchSize))
        steps.append({name: weight - before[name] for name, weight in model.weights().items()})
    assert steps[0]["discriminator.layers.1.bias"] == pytest.approx(2 * steps[1]["discriminator.layers.1.bias"])
    model = gan(SGD(learningRate=1.0))
    model.discriminator.freeze()
    other = gan(SGD(learningRate=1.0))
    other.discriminator.freeze()
    moved = []
    for one, size in ((model, 10), (other, 20)):
        before = one.weights()
        one.step(Batch.of(X[:, :10]), StepContext(batchSize=size))
        moved.append(one.weights()["generator.layers.1.bias"] - before["generator.layers.1.bias"])
    assert moved[0] == pytest.approx(2 * moved[1])


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_a_pending_backward_pass_is_not_disturbed(part):
    ends = []
    for busy in (False, True):
        model = gan()
        network = getattr(model, part)
        x = (X[:3] if part == "generator" else X)[:, :10]
        network.feedforward(x, training=True)
        if busy:
            model.evaluate(X[:, 10:20])
            model.evaluate(X[:, 10:15])
            model.sample(10)
        network.backpropagate(np.ones_like(network.layers[-1].output))
        ends.append(network.weights())
    assert all(np.array_equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_instance_noise_is_on_data_and_samples_alike_and_on_no_sample_itself(monkeypatch):
    seen = []
    original = MLP._forwardForLoss
    model = gan(SGD(lr=1e-30), instanceNoise=0.5)

    def spy(self, x, *others):
        if self is model.discriminator:
            seen.append(x.copy())
        return original(self, x, *others)

    monkeypatch.setattr(MLP, "_forwardForLoss", spy)
    x = np.zeros((6, 4000))
    model.generator.layers[1].weight *= 0  # all samples are 0, the data too: what D sees is the noise
    model.step(Batch.of(x), StepContext(batchSize=4000))
    both, fake = seen
    assert both[:, :4000].std() == pytest.approx(0.5, rel=0.02)
    assert both[:, 4000:].std() == pytest.approx(0.5, rel=0.02)
    assert fake.std() == pytest.approx(0.5, rel=0.02)
    assert not np.array_equal(both[:, :4000], fake)
    assert not model.generator.layers[-1].output.any()


def watched(shares, epoch=1.0):
    """The warnings of a watch that looks at samples of these shares of the data's variance."""
    model, real = gan(), np.random.default_rng(0).normal(size=(6, 1000))
    watch, last = Watch([GeneratorCollapse(model)]), model.generator.layers[-1]
    course = SimpleNamespace(steps=1000, batch=Batch.of(real, real), suspended=nullcontext)
    watch.begin(course)
    last.forward(np.zeros((5, 1000)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for share in shares:
            last.output[...] = np.sqrt(share) * real
            for _ in range(EVERY):
                course.steps += 1
                course.stepsPerEpoch = (course.steps - 1) / epoch
                watch.stepped(course)
    return len(caught)


def test_the_alarm_is_at_a_twentieth_of_the_variance_five_times_in_a_row():
    assert watched([0.06] * 10) == 0
    assert watched([0.04] * 5) == 1
    assert watched([0.04] * 4) == 0
    assert watched([0.04, 0.04, 0.04, 0.04, 0.06] * 3) == 0
    assert watched([0.04] * 10, epoch=0.9) == 0


def test_every_training_is_watched_anew():
    model = gan(SGD(lr=1e-5))
    model.generator.layers[-1].weight *= 1e-2
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="the generator has collapsed"):
            model.train(data(batch_size=2), epochs=60, metrics=[])


def test_noise_has_the_generators_precision():
    model = gan()
    model.astype(np.float32)
    assert model.noise(2).dtype == np.float32


def test_the_check_sees_the_instance_noise():
    def slopes(deviation):
        return [entry.analytic for entry in checkGradients(gan(instanceNoise=deviation), rng=3).entries]

    assert not any(a == b for a, b in zip(slopes(0), slopes(0.5), strict=True))


def test_an_evaluation_is_no_training():
    seen = []

    class Spy(Dense):
        def _forward(self, input, training):
            seen.append(training)
            return super()._forward(input, training)

    spied = GAN(MLP([Spy(3, 6)]), MLP([Spy(6, 1, Sigmoid())]))
    spied.evaluate(X)
    spied.sample(3)
    assert not any(seen)
    spied.train(data(), epochs=1, metrics=[])
    assert any(seen)


def test_frozen_parts_are_left_out_of_the_check():
    model = gan()
    model.discriminator.freeze(0)
    names = [entry.name for entry in checkGradients(model, rng=3).entries]
    assert len(names) == 6
    assert "discriminator: discriminator.layers.0.weight" not in names


def test_the_input_to_check_at_is_used_and_the_subject_not_changed():
    model = gan()
    model.astype(np.float32)
    before = model.weights()
    one, two = checkGradients(model, X[:, :4], rng=3), checkGradients(model, 2 * X[:, :4], rng=3)
    assert [e.analytic for e in one.entries][:4] != [e.analytic for e in two.entries][:4]
    assert model.discriminator.layers[0].dtype == np.float32
    assert all(np.array_equal(weight, before[name]) for name, weight in model.weights().items())


@pytest.mark.parametrize("samples", [1001, 2000])
def test_diversity_is_of_all_samples_together(samples):
    """Also of sorted data, and with a last stretch of one column."""
    x = np.sort(np.random.default_rng(1).normal(size=(6, samples)), axis=1)
    model = gan()
    rng = np.random.default_rng(EVALUATION)
    fake = np.concatenate([model.sample(n, rng) for n in (1000, samples - 1000)], axis=1)
    assert model.evaluate(x)["diversity"] == pytest.approx(fake.var(axis=1).sum() / x.var(axis=1).sum(), rel=1e-6)
    assert model.evaluate(x, "diversity") == {"diversity": model.evaluate(x)["diversity"]}


def test_a_batch_of_one_sample_has_the_diversity_of_the_one_before():
    history = gan().train(data(x=X[:, :31], test_size=0), epochs=1, metrics=["train_diversity"])
    assert 0 < history["train_diversity"][0] < 10


def test_a_generators_own_terms_of_the_loss_are_in_it():
    generator = MLP([Dense(3, 4, rng=1), Sampler(4, 3, rng=2), Dense(3, 6, rng=3)])
    model = GAN(generator, gan().discriminator, rng=0)
    assert checkGradients(model, rng=3)
    before = model.evaluate(X)["generator_loss"]
    model.generator.layers[1].beta = 0
    assert model.evaluate(X)["generator_loss"] < before


def test_what_cannot_play():
    discriminator, shared = gan().discriminator, Dense(6, 6)
    for make, message in [
        (lambda: GAN(gan().generator, MLP(discriminator.layers, MSE())), "whose loss is CrossEntropy"),
        (lambda: GAN(gan().generator, MLP([Sampler(6, 3), Dense(3, 1, Sigmoid())])), "adds to the loss"),
        (lambda: GAN(MLP([shared]), MLP([shared, Dense(6, 1, Sigmoid())])), "is there twice"),
        (lambda: gan(smoothing="a"), "GAN needs 0.5 < smoothing <= 1"),
        (lambda: gan(instanceNoise="a"), "instanceNoise >= 0"),
        (lambda: gan().evaluate(X[:4]), "discriminator.layers[0]"),
        (lambda: gan(output=Tanh()).train(data(3 * X)), "generator.layers[1] (Dense 5 → 6, Tanh()) cannot give"),
    ]:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
            make()
        assert message in str(caught.value)
    grown = gan()
    grown.generator.addLayer(Dense(6, 7))
    with pytest.raises(ValueError, match="the generator gives samples of shape"):
        grown.train(data())
