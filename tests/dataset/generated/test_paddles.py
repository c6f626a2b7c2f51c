"""The game of two paddles: its rules, and that frames show the positions that their labels say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import Dataset, paddleGame

NAMES = ["ball x", "ball y", "left paddle", "right paddle"]


def test_shapes_and_names():
    data = Dataset("paddles", 300, 50, validation_size=20, rng=0)
    assert (data.train_size, data.validation_size, data.test_size) == (300, 20, 50)
    assert (data.sampleShape, data.labelShape, data.imageShape) == ((1, 32, 32), (4,), (32, 32))
    assert (data.factorNames, data.factorSizes, data.classes) == (NAMES, None, None)
    x, y = data.trainSet()
    assert np.unique(x).tolist() == [0, 1]
    assert 0 <= y.min() < 0.05
    assert 0.95 < y.max() <= 1
    np.testing.assert_array_equal(data.rendered(y), x)
    assert Dataset("paddles", 3, 0).test_size == 0


@settings(max_examples=20)
@given(st.integers(16, 50), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_positions_can_be_read_from_a_frame(side, positions):
    frame = Dataset("paddles", 1, 1, side=side).rendered(np.array([positions]).T)[0, :, :, 0]
    ball, paddle, edge = round(side / 8), round(side / 4), round(side / 16)

    def read(lines, length, span, start=0):
        first, last = np.flatnonzero(lines)[[0, -1]]
        assert last - first + 1 == length
        return (first - start) / (span - length)

    field = frame[:, edge:-edge]
    found = (
        read(field.any(axis=0), ball, side - 2 * edge),
        read(field.any(axis=1), ball, side),
        read(frame[:, 0], paddle, side),
        read(frame[:, -1], paddle, side),
    )
    assert found == pytest.approx(positions, abs=0.6 / (side - 2 * edge - paddle))
    assert frame.sum() == ball**2 + 2 * paddle * edge


def test_a_film_follows_the_rules():
    film, (x, y, left, right) = paddleGame(3000, rng=0)
    assert (film.shape, film.dtype) == ((1, 32, 32, 3000), np.uint8)
    steps = np.diff((x, y))
    speed = np.hypot(*steps)
    flies = speed < 0.0401
    assert flies.mean() > 0.95
    straight = flies & ((y[:-1] > 0.04) & (y[:-1] < 0.96) & (x[:-1] > 0.04) & (x[:-1] < 0.96))
    assert speed[straight] == pytest.approx(0.04)
    assert (abs(steps[0][straight]) >= 0.02 - 1e-9).all()  # 60 degrees at the steepest
    for paddle in (left, right):
        moved = abs(np.diff(paddle))
        assert moved.max() <= 0.03 + 1e-9
        assert np.median(moved) == pytest.approx(0.03)

    # At the ends: with the paddle there the ball comes back, otherwise it is served from the middle.
    served = np.flatnonzero(x == 0.5)
    assert len(served) > 20
    for now in served[served > 0]:
        height = y[now - 1] + np.clip(y[now - 1] - y[now - 2], -0.04, 0.04)
        paddle = right[now - 1] if x[now - 1] > 0.5 else left[now - 1]
        assert min(x[now - 1], 1 - x[now - 1]) < 0.04
        assert abs((height - 0.5) * 7 / 8 - (paddle - 0.5) * 3 / 4) > 3 / 16 - 0.05
    turned = np.flatnonzero((np.sign(steps[0][1:]) != np.sign(steps[0][:-1])) & flies[1:] & flies[:-1]) + 1
    assert len(turned) > 10
    for now in turned:
        end = left[now] if x[now] < 0.5 else right[now]
        assert min(x[now], 1 - x[now]) < 0.04
        assert abs((y[now] - 0.5) * 7 / 8 - (end - 0.5) * 3 / 4) < 3 / 16 + 0.05


def test_positions_are_almost_independent_unless_the_paddles_are_skilful():
    for skill, low, high in ((0.25, 0, 0.17), (0, 0, 0.08), (1, 0.8, 1)):
        positions = Dataset("paddles", 10_000, 0, rng=0, skill=skill).trainSet()[1]
        among = abs(np.corrcoef(positions))[np.triu_indices(4, 1)]
        assert low <= among.max() <= high
    spread = Dataset("paddles", 10_000, 0, rng=0).trainSet()[1]
    assert (spread.std(axis=1) > 0.2).all()
    for one in spread[:2]:  # the ball is everywhere alike often, but for where it is served
        assert abs(np.histogram(one, 10, (0, 1))[0] / 1000 - 1).max() < 0.3


def test_same_seed_same_frames_and_everybody_tests_on_the_same():
    one, again, other = (Dataset("paddles", 600, 100, rng=rng) for rng in (0, 0, 1))
    for i in (0, 1):
        np.testing.assert_array_equal(one.trainSet()[i], again.trainSet()[i])
        np.testing.assert_array_equal(one.testSet()[i], other.testSet()[i])
    assert not np.array_equal(one.trainSet()[1], other.trainSet()[1])
    assert one.fingerprint() == again.fingerprint() != other.fingerprint()
    np.testing.assert_array_equal(paddleGame(50, rng=3)[0], paddleGame(50, rng=3)[0])
    np.testing.assert_array_equal(paddleGame(50, side=64, rng=3)[1], paddleGame(50, rng=3)[1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"side": 15}, "side to be a whole number of at least 16, got 15"),
        ({"skill": 1.1}, "skill to be a finite number >= 0 and <= 1, got 1.1"),
        ({"skill": "high"}, "skill to be a finite number"),
    ],
)
def test_what_does_not_fit_is_refused(options, words):
    for make in (lambda: Dataset("paddles", 5, **options), lambda: paddleGame(5, **options)):
        with pytest.raises((TypeError, ValueError), match=words):
            make()
    with pytest.raises(ValueError, match="paddleGame: expected frames to be a whole number of at least 1, got 0"):
        paddleGame(0)
