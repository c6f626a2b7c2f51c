"""Critics: by the figures at which they are said, and in trainings."""

import numpy as np
import pytest
from watched import digits, warned

from activations import LeakyReLU, Sigmoid, Tanh
from dataset import Dataset
from layers import Chain, Dense
from nn import GAN, MLP, GradientPenalty, WeightClipping, seed
from nn.watch.gradients.critics import CriticSlopes, NarrowClipping, criticSymptoms
from nn.watch.symptom import Observation
from optimizer import Adam, Cosine


def critic(slope):
    """One that multiplies its only input by `slope`, and has seen something."""
    chain = Chain([Dense(1, 1, initializer=lambda shape, fanIn, fanOut, rng: np.full(shape, slope))])
    chain.locate("discriminator")
    chain.forward(np.random.default_rng(0).normal(size=(1, 200)))
    return chain


def examined(symptom, epoch=10.0, step=1000):
    """What a symptom says after five observations."""
    data = np.zeros((1, 200))
    return [symptom.examine(Observation(data, data, step=step, epoch=epoch)) for _ in range(5)][-1]


@pytest.mark.parametrize(
    ("slope", "limit", "target", "bounded", "words"),
    [
        (9.9, None, 1, False, None),
        (10.1, None, 1, False, "differ 10.1 times as much as what it is shown, where 1 is enough"),
        (10.1, None, 0, False, "Try a larger weight of the penalty."),
        (49, None, 5, False, None),
        (51, None, 5, False, "where 5 is enough"),
        (10.1, None, None, False, "Try GradientPenalty()."),
        (10.1, 1.0, None, False, "Try GradientPenalty(), or a limit of 0.1."),
        (1000, 1.0, None, True, None),
        (1.1e-5, 0.01, None, False, None),
        (9e-6, 0.01, None, False, "the critic says the same of everything: its outputs differ 9e-06 times as much"),
        (9e-6, 0.01, None, True, "Try a larger limit than 0.01, or GradientPenalty()."),
        (9e-6, None, 1, False, None),
        (0, 0.01, None, False, "its outputs differ 0 times as much"),
    ],
)
def test_slopes_that_are_too_large_or_too_small(slope, limit, target, bounded, words):
    symptom = CriticSlopes(critic(slope), limit, target, bounded)
    finding = examined(symptom)
    assert (finding is not None) == (words is not None)
    if finding is not None:
        assert (finding.kind, finding.layer) == ("critic", "discriminator.layers[0] (Dense 1 -> 1, Identity())")
        assert words in finding.text
    assert symptom.figures() == f"the critic's outputs differ {slope:.3g} times as much as what it is shown"
    assert examined(symptom, epoch=0.9) is None
    assert examined(symptom, step=49) is None


def test_samples_that_are_all_alike_say_nothing_of_slopes():
    alike = critic(100.0)
    alike.forward(np.ones((1, 200)))
    assert examined(CriticSlopes(alike, None, 1, False)) is None


def test_a_slope_is_that_of_what_the_critic_is_shown_altogether():
    """Of ten features, each of variance 1, the outputs have the variance 10: no slope above 1 is needed."""
    wide = Chain([Dense(10, 1, initializer=lambda shape, fanIn, fanOut, rng: np.full(shape, 1 / np.sqrt(10)))])
    wide.forward(np.tile(np.random.default_rng(0).normal(size=(1, 200)), (10, 1)))
    symptom = CriticSlopes(wide, None, 1, False)
    symptom.find(Observation(np.zeros((1, 1)), np.zeros((1, 1))))
    assert symptom.figures() == "the critic's outputs differ 1 times as much as what it is shown"


@pytest.mark.parametrize(("limit", "said"), [(0.00199, True), (0.00201, False)])  # Glorot's initialisation has 0.1
def test_a_limit_below_a_fiftieth_of_the_usual_weights(limit, said):
    chain = Chain([Dense(100, 100), Dense(100, 100), Dense(100, 1)])
    chain.locate("discriminator")
    symptom = NarrowClipping(chain, limit)
    finding = examined(symptom)
    assert (finding is not None) == bool(symptom.layers) == said
    if said:
        assert finding.layer == "discriminator.layers[0] (Dense 100 -> 100, Identity())"
        assert finding.text.startswith(
            f"its weights are clipped to {limit:g} and less, where Glorot's initialisation has"
        )
        assert "; the same in discriminator.layers[1]. Try a limit of 0.01 to 0.1" in finding.text


def test_which_critics_are_looked_at():
    chain = Chain([Dense(100, 100), Dense(100, 1)])
    assert criticSymptoms(chain) == []
    kinds = [
        [type(one) for one in criticSymptoms(chain, **keywords)]
        for keywords in ({"bounded": False}, {"limit": 0.01}, {"limit": 1e-4, "bounded": False})
    ]
    assert kinds == [[CriticSlopes], [CriticSlopes], [NarrowClipping]]


def game(loss, constraint=None, lr=0.0004, features=64, packing=1, **keywords):
    """For the digits, or for data in the plane."""
    adam, leaky = Adam(lr=lr, beta1=0.5), LeakyReLU(0.2)
    noise, last = (16, Tanh()) if features == 64 else (2, None)
    end = Sigmoid() if loss == "non-saturating" else None
    generator = MLP([Dense(noise, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, features, last, adam)])
    discriminator = MLP(
        [Dense(packing * features, 64, leaky, adam), Dense(64, 64, leaky, adam), Dense(64, 1, end, adam)]
    )
    return GAN(generator, discriminator, generatorLoss=loss, constraint=constraint, packing=packing, **keywords)


def images():
    return digits(batch_size=128, valueRange=(-1, 1))


HEALTHY = {
    "penalty": {"loss": "wasserstein", "constraint": GradientPenalty(), "criticSteps": 5, "averaging": 0.99},
    "clipping": {"loss": "wasserstein", "constraint": WeightClipping(0.01)},
    "wide clipping": {"loss": "wasserstein", "constraint": WeightClipping(0.1)},
    "least squares": {"loss": "least squares"},
    "hinge": {"loss": "hinge", "packing": 2},
    "zero-centred": {"loss": "non-saturating", "constraint": GradientPenalty(0.01, target=0)},
}


@pytest.mark.parametrize("kind", list(HEALTHY))
def test_healthy_games_are_left_in_peace(kind):
    seed(0)
    game(**HEALTHY[kind]).train(images(), epochs=30, metrics=[], schedule=Cosine())


@pytest.mark.slow
@pytest.mark.parametrize("data", ["ring", "grid"])
@pytest.mark.parametrize("kind", list(HEALTHY))
@pytest.mark.parametrize("number", range(2))
def test_healthy_games_in_the_plane_are_left_in_peace(kind, data, number):
    seed(number)
    game(**HEALTHY[kind], features=2, lr=0.001).train(Dataset(data, batch_size=128), epochs=15, metrics=[])


def test_a_critic_that_nothing_holds_is_noticed():
    seed(0)
    model = game("wasserstein", WeightClipping(10.0), lr=0.003)
    found, (message,) = warned(model, images(), epochs=60)
    assert found == [("critic", "discriminator.layers[2]")]
    assert "Try GradientPenalty(), or a limit of 1." in message.cause


@pytest.mark.slow
def test_a_penalty_of_nearly_no_weight_is_noticed():
    seed(0)
    found, (message,) = warned(game("wasserstein", GradientPenalty(1e-4), lr=0.003), images(), epochs=60)
    assert found == [("critic", "discriminator.layers[2]")]
    assert "Try a larger weight of the penalty." in message.cause


def test_weights_clipped_to_next_to_nothing_are_noticed_and_not_taken_for_bad_initial_ones():
    seed(0)
    found, (message,) = warned(game("wasserstein", WeightClipping(0.001)), images(), epochs=30)
    assert found == [("critic", "discriminator.layers[0]")]
    assert message.step == 1
