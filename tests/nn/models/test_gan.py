"""What is special to the generative adversarial network; what all models have in common is in test_models.py."""

import numpy as np
import pytest

from activations import Identity, LeakyReLU, Sigmoid, Tanh
from builders import MeanCritic, data, gan
from dataset import Batch, Dataset
from layers import L1, Chain, Dense, Dropout, Flatten, Reshape, Sampler
from loss import MSE, CrossEntropy, Minimax, NonSaturating
from nn import GAN, MLP, GradientPenalty, WeightClipping, checkGradients, modeCoverage, seed
from nn.models.adversarial.critic import Critic
from nn.training.metrics import EVALUATION
from nn.training.step import StepContext
from nn.watch.collapse import Domination
from optimizer import SGD, Adam, Cosine

X = np.random.default_rng(0).normal(size=(6, 40))


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
    model.train(data(X, dtype=float), epochs=1)
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
    original = Critic.discriminate

    def recorded(self, fake, real, quantities, training, disturb=None, rng=None):
        seen.append(0 if disturb is None else disturb(np.zeros((6, 20_000))).std())
        return original(self, fake, real, quantities, training, disturb, rng)

    monkeypatch.setattr(Critic, "discriminate", recorded)
    gan(instanceNoise=0.4).train(data(X[:, :11], test_size=1), epochs=10, metrics=[])
    assert seen == pytest.approx([0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0, 0], rel=0.02)


def test_instance_noise_disturbs_what_the_discriminator_sees():
    noisy, plain = gan(instanceNoise=0.5), gan()
    for model in (noisy, plain):
        model.train(data(X), epochs=1)
    assert not np.array_equal(noisy.discriminator.layers[0].weight, plain.discriminator.layers[0].weight)


@pytest.mark.slow
def test_a_ring_is_covered():
    seed(0)
    ring = Dataset("ring", batch_size=256)
    adam = Adam(lr=0.001, beta1=0.5)
    leaky = LeakyReLU(0.2)
    generator = MLP([Dense(2, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 2, optimizer=adam)])
    discriminator = MLP([Dense(2, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 1, Sigmoid(), adam)])
    model = GAN(generator, discriminator, instanceNoise=0.3)
    model.train(ring, epochs=100, metrics=[], schedule=Cosine())
    found = modeCoverage(model.sample(2000, rng=0), ring.centres, 0.01)
    assert found.covered >= 6
    assert found.good > 0.3


def test_a_collapsed_generator_is_noticed_once():
    model = gan(SGD(lr=1e-5))
    model.generator.layers[-1].weight *= 1e-2
    with pytest.warns(
        RuntimeWarning, match="the generator has collapsed: its samples differ from one another 0.0%"
    ) as caught:
        model.train(data(X, batch_size=2), epochs=60, metrics=[])
    assert len(caught) == 1


def test_a_healthy_generator_raises_no_alarm():
    """Warnings are errors in these tests."""
    model = gan(SGD(lr=1e-5))
    model.generator.layers[1].weight *= 3
    model.train(data(X, batch_size=2), epochs=60, metrics=[])


def test_the_alarm_waits_for_the_first_epoch():
    model = gan(SGD(lr=1e-5))
    model.generator.layers[-1].weight *= 1e-2
    model.train(data(np.tile(X, 20), batch_size=2), epochs=1, metrics=[])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: GAN(MLP([Dense(2, 2)]), MLP([Dense(2, 2, Sigmoid())])),
            ValueError,
            "GAN: expected a discriminator with one output, Dense(..., 1, Sigmoid()) at its end, got Dense 2 -> 2",
        ),
        (lambda: GAN(MLP([Dense(2, 2)]), MLP([Dense(2, 1)])), ValueError, "Dense(..., 1, Sigmoid()) at its end"),
        (
            lambda: gan(generatorLoss=MeanCritic()),
            ValueError,
            "expected a discriminator with one output, Dense(..., 1) at its end, got Dense 5 -> 1, Sigmoid()",
        ),
        (lambda: GAN(MLP([Dense(2, 3)]), MLP([Dense(2, 1, Sigmoid())])), ValueError, "the discriminator takes (2,)"),
        (lambda: gan(smoothing=0.5), ValueError, "GAN: expected smoothing to be a finite number > 0.5 and <= 1"),
        (lambda: gan(smoothing=1.1), ValueError, "got 1.1"),
        (lambda: gan(smoothing="a"), TypeError, "GAN: expected smoothing to be a finite number > 0.5 and <= 1"),
        (
            lambda: gan(smoothing=0.8, generatorLoss=Minimax(0.7)),
            ValueError,
            "smoothing to be left to Minimax",
        ),
        (
            lambda: gan(smoothing=0.8, end=Identity(), generatorLoss=MeanCritic()),
            ValueError,
            "expected smoothing to be left to MeanCritic(), got 0.8; omit it",
        ),
        (lambda: gan(generatorLoss="jensen"), ValueError, "generatorLoss to be one of"),
        (lambda: gan(generatorLoss="wasserstein"), ValueError, "Dense(..., 1) at its end, got Dense 5 -> 1, Sigmoid()"),
        (
            lambda: gan(end=Identity(), generatorLoss="wasserstein"),
            ValueError,
            "expected a constraint on the discriminator, as the loss Wasserstein() has no bound, got none",
        ),
        (lambda: gan(end=Identity(), generatorLoss="hinge", smoothing=0.7), ValueError, "omitted for 'hinge'"),
        (lambda: gan(constraint=0.01), TypeError, "GAN: expected constraint to be"),
        (lambda: gan(criticSteps=0), ValueError, "GAN: expected criticSteps to be a whole number of at least 1"),
        (lambda: gan(averaging=1), ValueError, "GAN: expected averaging to be a finite number >= 0 and < 1, got 1"),
        (lambda: GAN(gan().generator, gan().discriminator, packing=0), ValueError, "packing to be a whole number"),
        (lambda: GAN(gan().generator, gan().discriminator, packing=2), ValueError, "of 2 samples together, (12,)"),
        (lambda: gan(packing=2).train(data(X[:4])), ValueError, "discriminator.layers[0] (Dense 12 -> 5"),
        (lambda: WeightClipping(0), ValueError, "WeightClipping: expected limit to be a finite number > 0, got 0"),
        (lambda: GradientPenalty(-1), ValueError, "GradientPenalty: expected weight to be a finite number >= 0"),
        (lambda: gan(constraint=GradientPenalty(), penalty=L1(0.1)), ValueError, "without penalties on its layers"),
        (
            lambda: GAN(MLP([Dense(2, 2)]), MLP([Dense(2, 1, Sigmoid()), Dropout(0.5)]), constraint=GradientPenalty()),
            ValueError,
            "with one output",
        ),
        (
            lambda: GAN(MLP([Dense(2, 2)]), MLP([Dropout(0.5), Dense(2, 1, Sigmoid())]), constraint=GradientPenalty()),
            ValueError,
            "of layers that are linear with an activation whose secondDerivative is known, got Dropout",
        ),
        (lambda: gan().sample(1.5), TypeError, "n, the number of samples, to be a whole number of at least 1, got 1.5"),
        (lambda: gan().sample(0), ValueError, "GAN.sample: expected n, the number of samples, to be a whole number"),
        (lambda: gan().noise(1, rng="x"), TypeError, "GAN.noise: expected rng to be a numpy Generator, a seed"),
        (lambda: gan(instanceNoise=-1), ValueError, "GAN: expected instanceNoise to be a finite number >= 0, got -1"),
        (lambda: gan(instanceNoise="a"), TypeError, "GAN: expected instanceNoise to be a finite number >= 0, got 'a'"),
        (lambda: gan().train(data(X[:4])), ValueError, "discriminator.layers[0] (Dense 6 -> 5"),
        (lambda: gan().train(data(X[:4])), ValueError, "expected an input of shape (6, N)"),
        (lambda: GAN(MLP([Flatten()]), MLP([Dense(6, 1, Sigmoid())])), ValueError, "knows its number of inputs"),
        (lambda: gan().train(data(X), CrossEntropy()), TypeError, "GAN has a loss of its own"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_instance_noise_is_on_data_and_samples_alike_and_on_no_sample_itself(monkeypatch):
    seen = []
    right = Chain.forwardLogits
    model = gan(SGD(lr=1e-30), instanceNoise=0.5)

    def spy(self, x, *others):
        if self is model.discriminator.chain:
            seen.append(x.copy())
        return right(self, x, *others)

    monkeypatch.setattr(Chain, "forwardLogits", spy)
    x = np.zeros((6, 4000))
    model.generator.layers[1].weight *= 0  # all samples are 0, the data too: what D sees is the noise
    model.step(Batch.of(x), StepContext(batchSize=4000))
    both, fake = seen
    assert both[:, :4000].std() == pytest.approx(0.5, rel=0.02)
    assert both[:, 4000:].std() == pytest.approx(0.5, rel=0.02)
    assert fake.std() == pytest.approx(0.5, rel=0.02)
    assert not np.array_equal(both[:, :4000], fake)
    assert not model.generator.layers[-1].output.any()


def test_every_training_is_watched_anew():
    model = gan(SGD(lr=1e-5))
    model.generator.layers[-1].weight *= 1e-2
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="the generator has collapsed"):
            model.train(data(X, batch_size=2), epochs=60, metrics=[])


def test_the_check_sees_the_instance_noise():
    def slopes(deviation):
        return [entry.analytic for entry in checkGradients(gan(instanceNoise=deviation), rng=3).entries]

    assert not any(a == b for a, b in zip(slopes(0), slopes(0.5), strict=True))


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
    context = StepContext(frozenset({"diversity"}))
    model, other = gan(), gan()
    before = model.step(Batch.of(X[:, :10]), context)["diversity"]
    assert before != 1
    assert model.state() == {"diversity": before}
    assert model.step(Batch.of(X[:, 10:11]), context)["diversity"] == before
    other.setState(model.state())
    assert other.step(Batch.of(X[:, 10:11]), context)["diversity"] == before
    model.prepare(None, data(X))  # a training begins
    assert model.step(Batch.of(X[:, 10:11]), context)["diversity"] == 1
    history = gan().train(data(X[:, :31], test_size=0), epochs=1, metrics=["train_diversity"])
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
        (
            lambda: GAN(gan().generator, MLP(discriminator.layers, MSE())),
            "without a loss of its own, got MSE(variance=1.0); give the GAN generatorLoss= instead",
        ),
        (lambda: GAN(MLP([shared]), MLP([shared, Dense(6, 1, Sigmoid())])), "is there twice"),
        (lambda: gan().evaluate(X[:4]), "discriminator.layers[0]"),
        (lambda: gan(output=Tanh()).train(data(3 * X)), "generator.layers[1] (Dense 5 -> 6, Tanh()) cannot give"),
    ]:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
            make()
        assert message in str(caught.value)
    grown = gan()
    grown.generator.addLayer(Dense(6, 7))
    with pytest.raises(ValueError, match="the generator gives samples of shape"):
        grown.train(data(X))


# Adversarial losses, penalties ---------------------------------------------------------------------------------------


def after(**keywords):
    model = gan(**keywords)
    model.train(data(X), epochs=2, metrics=["train_generator_loss", "train_discriminator_loss"])
    return model.weights(), dict(model.history), model.evaluate(X)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"generatorLoss": NonSaturating()}, {}),
        ({"generatorLoss": NonSaturating(0.8)}, {"smoothing": 0.8}),
        ({"generatorLoss": Minimax(0.8), "smoothing": 0.8}, {"generatorLoss": "minimax", "smoothing": 0.8}),
    ],
)
def test_an_adversarial_loss_is_what_its_name_is(one, other):
    (weights, history, values), (others, *rest) = after(**one), after(**other)
    assert all(np.array_equal(array, others[name]) for name, array in weights.items())
    assert [history, values] == rest
    assert after(smoothing=0.7)[2] != values


def test_settings_of_an_adversarial_loss_are_saved(tmp_path):
    model = gan(generatorLoss=Minimax(0.7))
    assert model.smoothing == 0.7
    again = GAN.load(model.save(tmp_path / "gan"))
    assert type(again.generatorLoss) is Minimax
    assert (again.generatorLoss.smoothing, again.smoothing) == (0.7, 0.7)
    critic = gan(end=Identity(), generatorLoss=MeanCritic())
    assert type(GAN.load(critic.save(tmp_path / "critic")).generatorLoss) is MeanCritic


def test_a_critic_without_an_activation_plays_by_its_own_loss():
    model = gan(end=Identity(), generatorLoss=MeanCritic())
    fake, values = model.sample(40, rng=EVALUATION), model.evaluate(X)
    samples, real = model.discriminator.predict(fake), model.discriminator.predict(X)
    assert values["discriminator_loss"] == pytest.approx(samples.mean() - real.mean())
    assert values["generator_loss"] == pytest.approx(-samples.mean())
    assert values["real_accuracy"] == np.mean(real > 0)
    assert values["fake_accuracy"] == np.mean(samples <= 0)
    model.generator.freeze()
    model.train(data(X), epochs=5, metrics=[])
    assert model.evaluate(X)["discriminator_loss"] < values["discriminator_loss"]
    for own in (CrossEntropy(), MSE()):
        with pytest.raises(ValueError, match="without a loss of its own"):
            GAN(model.generator, MLP(model.discriminator.layers, own), generatorLoss=MeanCritic())


def test_the_outputs_of_a_critic_say_nothing_of_a_discriminator_that_wins():
    assert any(isinstance(one, Domination) for one in gan().symptoms(data(X)))
    critic = gan(end=Identity(), generatorLoss=MeanCritic())
    assert not any(isinstance(one, Domination) for one in critic.symptoms(data(X)))


@pytest.mark.parametrize("place", [0, 1])
def test_a_penalty_of_the_discriminator_is_in_its_loss_and_not_in_the_generators(place):
    plain, model = gan(), gan()
    model.discriminator.layers[place].penalty = L1(0.3)
    D, fake = model.discriminator, model.sample(40, rng=EVALUATION)
    hidden = D.predict(np.concatenate((fake, X), axis=1), until=place + 1)
    values, without = model.evaluate(X), plain.evaluate(X)
    assert values["discriminator_loss"] == pytest.approx(
        without["discriminator_loss"] + 0.3 * np.abs(hidden).sum() / 80
    )
    assert values["generator_loss"] == without["generator_loss"]
    assert checkGradients(model, rng=3)
    for one in (plain, model):
        one.discriminator.freeze()
        one.step(Batch.of(X[:, :10]), StepContext())
    for name, weight in plain.generator.weights().items():
        assert np.array_equal(weight, model.generator.weights()[name])


def test_a_discriminator_may_draw_codes():
    discriminator = MLP([Sampler(6, 3, rng=1), Dense(3, 1, Sigmoid(), rng=2)])
    assert checkGradients(GAN(gan().generator, discriminator, rng=0), rng=3)


def test_images():
    """A generator of images (1, 2, 3), and a discriminator of them, play the same game as with columns."""
    flat = gan()
    shaped = gan()
    shaped.generator.addLayer(Reshape((1, 2, 3)))
    shaped = GAN(shaped.generator, MLP([Flatten(), *shaped.discriminator.layers]), rng=0)
    assert shaped.sample(4, rng=0).shape == (1, 2, 3, 4)
    flat.train(data(X), epochs=2)
    shaped.train(data(X.reshape(1, 2, 3, 40)), epochs=2)
    for one, other in zip(flat.weights().values(), shaped.weights().values(), strict=True):
        assert np.array_equal(one, other)
    assert flat.history == shaped.history
    assert flat.evaluate(X) == pytest.approx(shaped.evaluate(X.reshape(1, 2, 3, 40)))
