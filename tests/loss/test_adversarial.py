"""Adversarial losses with cross-entropy against the formulas written plainly, and against differences."""

import copy
import pickle
import threading

import numpy as np
import pytest

import loss
from games import gradientIsWrong
from loss import AdversarialLoss, CrossEntropy, Hinge, LeastSquares, Loss, Minimax, NonSaturating, Wasserstein

GAMES = [NonSaturating(), NonSaturating(1.0), Minimax(), Minimax(0.6)]
by_game = pytest.mark.parametrize("game", GAMES, ids=repr)
by_size = pytest.mark.parametrize("n", [1, 2, 7])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def preactivations(n, dtype=np.float64, seed=0):
    return (3 * np.random.default_rng(seed).normal(size=(1, n))).astype(dtype)


def plain_generator(game, z):
    D = sigmoid(z)
    return np.mean(-np.log(D)) if isinstance(game, NonSaturating) else np.mean(np.log(1 - D))


def test_every_exported_adversarial_loss_is_examined():
    exported = {getattr(loss, name) for name in loss.__all__}
    examined = {type(one) for one in GAMES} | {LeastSquares, Wasserstein, Hinge}  # those in test_outputgames.py
    assert {one for one in exported if not issubclass(one, Loss)} - {AdversarialLoss} == examined


@by_game
@by_size
def test_values_are_the_formulas(game, n):
    z, s = preactivations(2 * n), game.smoothing
    fake, real = sigmoid(z[:, :n]), sigmoid(z[:, n:])
    expected = -(np.log(1 - fake).sum() + (s * np.log(real) + (1 - s) * np.log(1 - real)).sum()) / (2 * n)
    assert game.critic(z, n)[0] == pytest.approx(expected, rel=1e-12)
    assert game.generator(z)[0] == pytest.approx(plain_generator(game, z), rel=1e-12)
    assert all(isinstance(value, float) for value, _ in (game.critic(z, n), game.generator(z)))


@by_game
@by_size
@pytest.mark.parametrize("side", ["critic", "generator"])
def test_gradients_are_those_of_the_values(game, n, side):
    assert not gradientIsWrong(game, side, preactivations(2 * n))


@pytest.mark.parametrize("kind", [NonSaturating, Minimax])
@pytest.mark.parametrize("side", ["critic", "generator"])
def test_an_error_of_a_thousandth_is_found(kind, side, monkeypatch):
    right = getattr(kind, side)

    def wrong(self, *arguments):
        value, dz = right(self, *arguments)
        return value, dz * 1.001

    monkeypatch.setattr(kind, side, wrong)
    assert gradientIsWrong(kind(), side, preactivations(8))


@by_game
@pytest.mark.parametrize("fakes", [0, 1, 6, 7])
def test_samples_and_data_in_unequal_numbers(game, fakes):
    z = preactivations(7)
    y = np.where(np.arange(7) < fakes, 0, game.smoothing)[None]
    value, dz = game.critic(z, fakes)
    assert value == pytest.approx(CrossEntropy().apply(y, sigmoid(z)))
    assert np.allclose(dz, (sigmoid(z) - y) / 7, rtol=1e-12)


@by_game
@pytest.mark.parametrize("fakes", [-1, 8])
def test_more_samples_than_there_are(game, fakes):
    with pytest.raises(ValueError, match=f"{game.name}: expected fakes to be from 0 to 7.*got {fakes}"):
        game.critic(preactivations(7), fakes)


@by_game
@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_of_a_cross_entropy_with_these_labels(game, n, dtype):
    pair, z = CrossEntropy().after("Sigmoid"), preactivations(2 * n, dtype)
    label = np.zeros_like(z)
    label[:, n:] = game.smoothing
    value, dz = game.critic(z, n)
    assert value == pair.valueAndDerivative(label, z)[0]
    assert game.critic(z, n, gradient=False) == (pair.apply(label, z), None)
    assert game.critic(z, n, value=False, gradient=False) == (None, None)
    assert np.array_equal(dz, pair.derivative(label, z))
    assert dz.dtype == dtype
    label, sign = (np.ones_like(z), 1) if isinstance(game, NonSaturating) else (np.zeros_like(z), -1)
    value, dz = game.generator(z)
    assert value == sign * pair.valueAndDerivative(label, z)[0]
    assert game.generator(z, gradient=False) == (sign * pair.apply(label, z), None)
    assert np.array_equal(dz, sign * pair.derivative(label, z))
    assert dz.dtype == dtype


@by_game
def test_finite_and_right_where_the_discriminator_is_sure(game):
    z = np.array([[-1e4, 1e4]], np.float32)
    value, dz = game.critic(z, 1)
    assert value == pytest.approx((1 - game.smoothing) * 5e3, rel=1e-5, abs=1e-30)
    assert np.allclose(dz, [[0, (1 - game.smoothing) / 2]], rtol=1e-5)
    value, dz = game.generator(z[:, :1])
    saturated = isinstance(game, Minimax)
    assert value == (0 if saturated else 1e4)
    assert dz[0, 0] == (0 if saturated else -1)


@by_game
def test_a_value_that_is_not_wanted_is_not_computed(game, monkeypatch):
    z = preactivations(6)
    expected = [game.critic(z, 3)[1].copy(), game.generator(z)[1].copy()]
    monkeypatch.setattr("loss.sigmoid.CrossEntropyAfterSigmoid.apply", lambda *_: pytest.fail("a value was computed"))
    found = [game.critic(z, 3, value=False), game.generator(z, value=False)]
    assert [value for value, _ in found] == [None, None]
    assert np.array_equal(game.critic(z, 3, value=False)[1], expected[0])
    assert np.array_equal(game.generator(z, value=False)[1], expected[1])


@by_game
def test_z_is_left_alone(game):
    z = preactivations(6)
    kept = z.copy()
    for dz in (game.critic(z, 3)[1], game.generator(z)[1]):
        assert not np.shares_memory(dz, z)
    assert np.array_equal(z, kept)


@by_game
def test_undecided_is_where_the_critic_rests(game):
    """If samples and data look alike, D's gradient vanishes at the output `undecided`."""
    u = game.undecided
    assert u == game.smoothing / 2
    z = np.full((1, 10), np.log(u / (1 - u)))
    assert game.critic(z, 5)[1].sum() == pytest.approx(0, abs=1e-12)


@by_game
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda game: pickle.loads(pickle.dumps(game))])
def test_described_and_copied(game, copied):
    z = preactivations(6)
    assert game.config() == {"kind": game.name, "smoothing": game.smoothing}
    assert game.link == "Sigmoid"
    value, dz = game.critic(z, 3)
    for again in (AdversarialLoss.fromConfig(game.config()), copied(game)):
        assert type(again) is type(game)
        assert repr(again) == repr(game) == f"{game.name}(smoothing={game.smoothing})"
        found = again.critic(z, 3)
        assert found[0] == value
        assert np.array_equal(found[1], dz)
        assert not np.shares_memory(found[1], dz)


def test_an_unknown_one():
    with pytest.raises(ValueError, match="unknown adversarial loss 'MSE': known are .*NonSaturating"):
        AdversarialLoss.fromConfig({"kind": "MSE"})
    with pytest.raises(ValueError, match="unknown adversarial loss 'CrossEntropyGame'"):
        AdversarialLoss.fromConfig({"kind": "CrossEntropyGame"})


@pytest.mark.parametrize("kind", [NonSaturating, Minimax])
@pytest.mark.parametrize("smoothing", [0.5, 0, 1.01, -1, np.nan, np.inf, "0.9", None, True])
def test_a_smoothing_that_is_none(kind, smoothing):
    error = ValueError if isinstance(smoothing, (int, float)) and smoothing is not True else TypeError
    with pytest.raises(error, match=f"{kind.__name__}: expected smoothing to be a finite number > 0.5 and <= 1"):
        kind(smoothing)


def test_threads_get_arrays_of_their_own():
    game, found = NonSaturating(), {}
    z = {name: preactivations(6, seed=i) for i, name in enumerate(("one", "other"))}
    both = threading.Barrier(2)

    def work(name):
        dz = game.critic(z[name], 3)[1]
        both.wait()
        found[name] = dz, dz.copy()
        both.wait()

    threads = [threading.Thread(target=work, args=(name,)) for name in z]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not np.shares_memory(found["one"][0], found["other"][0])
    for name in z:
        assert np.array_equal(found[name][1], game.critic(z[name], 3)[1])


def test_one_of_your_own():
    class Means(AdversarialLoss):
        link = ""
        undecided = 0.0

        def critic(self, z, fakes, value=True, gradient=True):
            sign = np.where(np.arange(z.shape[1]) < fakes, 1 / fakes, -1 / (z.shape[1] - fakes))[None]
            return (float((sign * z).sum()) if value else None), sign

        def generator(self, z, value=True, gradient=True):
            return (-float(z.mean()) if value else None), np.full_like(z, -1 / z.shape[1])

    z = preactivations(6)
    again = AdversarialLoss.fromConfig(Means().config())
    assert again.critic(z, 2)[0] == pytest.approx(z[:, :2].mean() - z[:, 2:].mean())
    assert not gradientIsWrong(again, "critic", z)
    assert not gradientIsWrong(again, "generator", z)
