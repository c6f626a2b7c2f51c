"""Adversarial losses of a discriminator without an activation, against their formulas and against differences."""

import copy
import pickle

import numpy as np
import pytest

from games import gradientIsWrong
from loss import AdversarialLoss, Hinge, LeastSquares, Wasserstein

GAMES = [LeastSquares(), LeastSquares(-1, 1, 0), Wasserstein(), Hinge()]
by_game = pytest.mark.parametrize("game", GAMES, ids=repr)
SIDES = pytest.mark.parametrize("side", ["critic", "generator"])


def outputs(n, dtype=np.float64, seed=0):
    return (3 * np.random.default_rng(seed).normal(size=(1, n))).astype(dtype)


def formulas(game, fake, real):
    """D's loss and G's, written as in the papers."""
    if isinstance(game, LeastSquares):
        a, b, c = game.samples, game.data, game.target
        return np.mean((real - b) ** 2) / 2 + np.mean((fake - a) ** 2) / 2, np.mean((fake - c) ** 2) / 2
    if isinstance(game, Wasserstein):
        return fake.mean() - real.mean(), -fake.mean()
    return np.maximum(0, 1 + fake).mean() + np.maximum(0, 1 - real).mean(), -fake.mean()


@by_game
@pytest.mark.parametrize(("fakes", "data"), [(1, 1), (4, 4), (2, 5)])
def test_values_are_the_formulas(game, fakes, data):
    z = outputs(fakes + data)
    critic, generator = formulas(game, z[:, :fakes], z[:, fakes:])
    assert game.critic(z, fakes)[0] == pytest.approx(critic, rel=1e-12)
    assert game.generator(z[:, :fakes])[0] == pytest.approx(generator, rel=1e-12)
    assert all(isinstance(value, float) for value, _ in (game.critic(z, fakes), game.generator(z)))


@by_game
@SIDES
@pytest.mark.parametrize("fakes", [0, 1, 3, 7])
def test_gradients_are_those_of_the_values(game, side, fakes):
    assert not gradientIsWrong(game, side, outputs(7), fakes)


@by_game
@SIDES
def test_an_error_of_a_thousandth_is_found(game, side, monkeypatch):
    right = getattr(type(game), side)

    def wrong(self, *arguments):
        value, dz = right(self, *arguments)
        return value, dz * 1.001

    monkeypatch.setattr(type(game), side, wrong)
    assert gradientIsWrong(game, side, outputs(8), 4)


@by_game
@SIDES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_wanted_is_none_and_z_is_left_alone(game, side, dtype):
    z, more = outputs(6, dtype), (3,) if side == "critic" else ()
    kept, side = z.copy(), getattr(game, side)
    value, dz = side(z, *more)
    assert dz.dtype == dtype
    assert not np.shares_memory(dz, z)
    dz = dz.copy()
    assert side(z, *more, gradient=False) == (value, None)
    again = side(z, *more, value=False)
    assert again[0] is None
    assert np.array_equal(again[1], dz)
    assert np.array_equal(z, kept)


@by_game
@pytest.mark.parametrize("fakes", [-1, 8])
def test_more_samples_than_there_are(game, fakes):
    with pytest.raises(ValueError, match=f"{game.name}: expected fakes to be from 0 to 7.*got {fakes}"):
        game.critic(outputs(7), fakes)


@by_game
def test_undecided_is_where_the_critic_rests(game):
    z = np.full((1, 10), game.undecided)
    assert game.critic(z, 5)[1].sum() == pytest.approx(0, abs=1e-12)
    assert game.boundary(z) == pytest.approx(game.undecided)
    assert game.link == ""


def test_a_critic_without_a_zero_is_judged_by_the_mean_of_its_outputs():
    z = outputs(40)
    assert Wasserstein().boundary(z + 100) == pytest.approx(100 + z.mean())
    assert Hinge().boundary(z + 100) == 0
    assert [game.bounded for game in GAMES] == [True, True, False, True]


@by_game
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda game: pickle.loads(pickle.dumps(game))])
def test_described_and_copied(game, copied):
    z = outputs(6)
    value, dz = game.critic(z, 3)
    for again in (AdversarialLoss.fromConfig(game.config()), copied(game)):
        assert type(again) is type(game)
        assert repr(again) == repr(game)
        assert again.critic(z, 3)[0] == value
        assert np.array_equal(again.critic(z, 3)[1], dz)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ((1, 1), "LeastSquares: expected data to be a finite number > 1"),
        ((0, 1, 0), "LeastSquares: expected target to be a finite number > 0"),
        ((np.nan,), "LeastSquares: expected samples to be a finite number"),
    ],
)
def test_labels_that_are_none(labels, message):
    with pytest.raises(ValueError, match=message):
        LeastSquares(*labels)
