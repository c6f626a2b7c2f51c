"""Collapses: by the figures at which they are said."""

import warnings
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from activations import Identity, ReLU, Sigmoid
from dataset import Batch, Dataset
from layers import Dense, Flatten, Reshape, Sampler
from loss import MSE, CrossEntropy
from nn import MLP, VAE, TrainingWarning, seed
from nn.watch.collapse import Domination, GeneratorCollapse, PosteriorCollapse, diversity, mainVariance, varianceOf
from nn.watch.symptom import Observation
from nn.watch.trainingwatch import EVERY, Watch
from optimizer import Adam


def real(*shape):
    return np.random.default_rng(0).normal(size=shape)


def warned(shares, epoch=1.0):
    """How often a watch warns that sees samples of these shares of the data's variance."""
    last, data = Dense(5, 6), real(6, 1000)
    watch, course = Watch([GeneratorCollapse(last)]), SimpleNamespace(steps=1000, suspended=nullcontext)
    course.batch = Batch.of(data, data)
    watch.begin(course)
    last.forward(np.zeros((5, 1000)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for share in shares:
            last.output[...] = np.sqrt(share) * data
            for _ in range(EVERY):
                course.steps += 1
                course.stepsPerEpoch = (course.steps - 1) / epoch
                watch.stepped(course)
    return len(caught)


def test_a_generator_has_collapsed_at_a_twentieth_of_the_variance_five_times_in_a_row():
    assert warned([0.06] * 10) == 0
    assert warned([0.04] * 5) == 1
    assert warned([0.04] * 4) == 0
    assert warned([0.04, 0.04, 0.04, 0.04, 0.06] * 3) == 0
    assert warned([0.04] * 10, epoch=0.9) == 0


def examined(symptom, data, epoch=10.0, step=1000):
    """What a symptom says after five observations."""
    return [symptom.examine(Observation(data, data, step=step, epoch=epoch)) for _ in range(5)][-1]


def test_a_generator_of_images():
    data, last = real(1, 4, 4, 100), Reshape((1, 4, 4))
    last.locate("generator.layers[2]")
    last.forward(0.1 * data.reshape(16, 100))
    finding = examined(GeneratorCollapse(last), data)
    assert finding.layer == "generator.layers[2] (Reshape -> 1x4x4)"
    assert finding.text.startswith("the generator has collapsed: its samples differ from one another 1.0% as much")
    last.forward(0.5 * data.reshape(16, 100))
    symptom = GeneratorCollapse(last)
    assert examined(symptom, data) is None
    assert symptom.figures() == "the samples differ from one another 25.0% as much as the data (in variance)"


def test_a_single_sample_tells_nothing_of_a_generator():
    last = Flatten()
    last.forward(np.zeros((6, 1)))
    assert examined(GeneratorCollapse(last), real(6, 1)) is None


@pytest.mark.parametrize(("z", "said"), [(-9.5, False), (-10.5, True)])
def test_a_discriminator_wins_where_it_gives_samples_less_than_a_ten_thousandth_of_a_bit(z, said):
    last = Dense(1, 1, Sigmoid(), initializer="zeros")
    last.bias[...] = z
    last.forward(np.zeros((1, 20)))
    symptom = Domination(last)
    finding = examined(symptom, real(1, 20))
    assert (finding is not None) == said
    if said:
        assert finding.kind == "domination"
        assert finding.text.startswith("the discriminator wins outright: -ln D(G(z)) stays at 10.5, where 0.7 to 3")
    assert examined(symptom, real(1, 20), epoch=0.5) is None
    assert examined(symptom, real(1, 20), step=199) is None


@pytest.mark.parametrize(("mean", "said"), [(0.13, True), (0.15, False)])  # KL = μ²/2: 0.0085 and 0.011
def test_a_posterior_has_collapsed_below_a_hundredth_of_a_nat(mean, said):
    sampler = Sampler(2, 3, initializer="zeros", beta=4)
    sampler.parameters["bias"][1] = mean
    sampler.forward(np.zeros((2, 50)))
    symptom = PosteriorCollapse(sampler, warmUp=5)
    finding = examined(symptom, real(2, 50))
    assert (finding is not None) == said
    if said:
        words = "the posterior has collapsed: none of its 3 codes has a KL divergence above 0.0085 nats"
        assert finding.text.startswith(words)
        assert "Try a smaller beta (it is 4), or a warmUp." in finding.text
    assert examined(PosteriorCollapse(sampler, warmUp=5), real(2, 50), epoch=5.9) is None
    assert symptom.figures() == f"{0 if said else 1} of 3 codes have a KL divergence above 0.01 nats"
    title, values = symptom.bars()["codes"]
    assert title == "KL divergence of the codes, in nats"
    assert values == pytest.approx([0, mean**2 / 2, 0])


NOISE = "takes the data for noise: their variance is {} where it is largest. Give MSE(variance={}), about a hundredth"


@pytest.mark.parametrize(
    ("loss", "deviation", "words"),
    [
        (MSE(variance=1), 1, NOISE.format(1, 0.01)),
        (MSE(variance=1), 10, "Try a smaller beta (it is 4), or a warmUp."),
        (MSE(variance=100), 10, NOISE.format(100, 1)),
        (MSE(variance=0.01), 1, "Try a smaller beta"),
        (MSE(variance=0.01), 0.1, NOISE.format(0.01, 0.0001)),
        (CrossEntropy(), 1, "Try a smaller beta"),
        (None, 1, "Try a smaller beta"),
        (MSE(), 0, "Try a smaller beta"),
    ],
)
def test_a_posterior_collapses_where_the_loss_takes_the_data_for_noise(loss, deviation, words):
    a, b = real(2, 500)
    a, b = a / a.std(), b - np.mean(a * b) / np.mean(a * a) * a
    data = deviation * np.stack((0.8 * a, 0.6 * a, 0.1 * b)) + 7  # of variance 1, times deviation², along (0.8, 0.6, 0)
    sampler = Sampler(2, 3, initializer="zeros", beta=4)
    sampler.forward(np.zeros((2, 50)))
    finding = examined(PosteriorCollapse(sampler, loss=loss), data)
    assert finding.text.startswith("the posterior has collapsed: none of its 3 codes has a KL divergence above 0 nats")
    assert words in finding.text


@pytest.mark.parametrize(
    ("mean", "variance", "said"),  # KL = μ²/2: 0.045, 0.08 and 0.125; the data's variance is 1
    [(0.3, 0.5, True), (0.4, 0.5, True), (0.5, 0.5, False), (0.3, 0.2, False)],
)
def test_codes_that_say_next_to_nothing_where_the_loss_takes_the_data_for_noise(mean, variance, said):
    sampler = Sampler(2, 3, initializer="zeros")
    sampler.parameters["bias"][1] = mean
    sampler.forward(np.zeros((2, 50)))
    data = np.array([[-1.0, 1.0] * 25, [0.0] * 50])
    finding = examined(PosteriorCollapse(sampler, loss=MSE(variance=variance)), data)
    assert (finding is not None) == said
    if said:
        assert NOISE.format(1, 0.01) in finding.text
    assert examined(PosteriorCollapse(sampler, loss=CrossEntropy()), data) is None


@pytest.mark.parametrize(("beta", "words"), [(1, NOISE.format(1, 0.01)), (2, "Try a smaller beta (it is 2)")])
def test_a_variance_of_a_tenth_is_the_cause_where_beta_is_none(beta, words):
    sampler = Sampler(2, 3, initializer="zeros", beta=beta)
    sampler.forward(np.zeros((2, 50)))
    data = np.array([[-1.0, 1.0] * 25, [0.0] * 50])
    assert words in examined(PosteriorCollapse(sampler, loss=MSE(variance=0.1)), data).text
    assert "Try a smaller beta" in examined(PosteriorCollapse(sampler, loss=MSE(variance=0.03)), data).text


@pytest.mark.parametrize("last", [Sigmoid(), None])
def test_what_the_warning_says_helps_on_the_digits(last):
    """With MSE(), the reconstructions are no better than the mean image; with the variance that is named, they are."""

    def error(loss):
        seed(0)
        adam = Adam(lr=0.003)
        encoder = MLP([Dense(64, 64, ReLU(), adam)])
        decoder = MLP([Dense(8, 64, ReLU(), adam), Dense(64, 64, last, adam)])
        digits = Dataset("digits", rng=0)
        model = VAE(encoder, Sampler(64, 8, adam), decoder, loss=loss)
        model.train(digits, epochs=20)
        x = digits.testSet()[0]
        return np.sum((model.reconstruct(x) - x) ** 2) / np.sum((x - x.mean(axis=1, keepdims=True)) ** 2)

    with pytest.warns(TrainingWarning, match=r"MSE\(variance=1\), takes the data for noise.*Give MSE\(variance=0.01\)"):
        assert error(MSE()) > 0.95
    assert error(MSE(variance=0.01)) < 0.4


def test_what_the_warning_says_helps():
    """Two moons: with MSE() no code says anything, with the variance that is named both do."""

    def divergences(loss):
        seed(0)
        adam = Adam(lr=0.003)
        encoder, decoder = (
            MLP([Dense(2, 32, ReLU(), adam)]),
            MLP([Dense(2, 32, ReLU(), adam), Dense(32, 2, None, adam)]),
        )
        model = VAE(encoder, Sampler(32, 2, adam), decoder, loss=loss)
        history = model.train(Dataset("two_moons"), epochs=10, metrics=["test_kl"])
        return history["test_kl"][-1]

    with pytest.warns(RuntimeWarning, match=r"MSE\(variance=1\), takes the data for noise.*Give MSE\(variance=0.01\)"):
        assert divergences(MSE()) < 0.1
    assert divergences(MSE(variance=0.01)) > 2


@pytest.mark.parametrize("shape", [(6, 40), (2, 3, 5, 40)])
def test_variance_and_diversity(shape):
    data = 3 + real(*shape)
    assert varianceOf(data) == pytest.approx(data.var(axis=-1).sum())
    assert diversity(0.5 * data, data, instead=7.0) == pytest.approx(0.25)
    assert diversity(data, np.zeros(shape), instead=7.0) == 7.0
    assert varianceOf(np.zeros(shape)) == 0
    rows = data.reshape(-1, 40)
    assert mainVariance(data) == pytest.approx(np.linalg.eigvalsh(np.cov(rows, bias=True))[-1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 1e4, 1e6, 1e8, 1e12])
def test_collapsed_samples_have_no_variance_however_far_they_are(offset, dtype):
    samples = np.full((2, 2000), offset + 0.3, dtype)
    assert varianceOf(samples) == 0
    data = (offset + 0.1 * real(2, 2000)).astype(dtype)
    exact = data.astype(float)
    expected = (exact - exact[:, :1]).var(axis=1).sum()
    assert varianceOf(data) == pytest.approx(expected, rel=1e-3)
    assert diversity(samples, data, instead=0.0) == 0


def test_an_activation_of_the_last_layer_is_applied_to_what_is_compared():
    last = Dense(6, 6, Identity(), initializer=lambda shape, i, o, rng: np.eye(6))
    data = real(6, 100)
    last.forwardLogits(0.1 * data)  # as a loss that knows the activation does
    assert examined(GeneratorCollapse(last), data).kind == "collapse"
