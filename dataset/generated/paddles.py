"""Frames of a game like those on Atari's first consoles: two paddles and a ball."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from leibnet import randomness
from leibnet.arguments import number, randomGenerator, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.rendering import Rendering
from dataset.source import Request, Source

TRAIN_SIZE = 10_000
TEST_SIZE = 2_000
TEST_SEED = 0x9A77E57
FACTORS = ("ball x", "ball y", "left paddle", "right paddle")
LEAST = 16  # pixels, with which ball and paddles are two and one pixels thin
BALL, PADDLE, THICKNESS = 1 / 8, 1 / 4, 1 / 16  # their sizes, as shares of a side
BALL_SPEED, PADDLE_SPEED, STEEPEST = 0.04, 0.03, np.pi / 3  # a frame, of the way from end to end; and the angle
GAMES, BETWEEN = 500, 10  # played side by side, and how many frames lie between two that are kept
DESCRIPTION = "Frames of a game of two paddles and a ball, generated on the spot."


def _paddles(request: Request, *, side: int = 32, skill: float = 0.25) -> Source:
    """Binary frames of `paddleGame`, drawn when needed; the labels are the four positions, from 0 to 1.

    Every tenth frame of many games is kept. The test part is played with random numbers of its own, which do not depend
    on `rng`: everybody tests on the same frames.

    Options:
        side, skill: as for `paddleGame`.
    """
    side, skill = _checked("Dataset", side, skill)
    train = _played(TRAIN_SIZE if request.trainSize is None else request.trainSize, skill, request.rng)
    test = _played(TEST_SIZE if request.testSize is None else request.testSize, skill, np.random.default_rng(TEST_SEED))
    return Source(
        "paddles",
        *(train, train),
        *(test, test),
        white=1,
        imageShape=(side, side),
        rendering=_rendering(side),
        description=DESCRIPTION,
    )


LOADERS: dict[str, Callable[..., Source]] = {"paddles": _paddles}


def paddleGame(
    frames: int, *, side: int = 32, skill: float = 0.25, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """A film of a game of two paddles and a ball: white on black, one frame after the other.

    The ball flies straight on, 0.04 of the way from end to end in a frame, and bounces off the walls above and below.
    Where it comes to the left or right end, the paddle there returns it, at a random angle of up to 60° to the
    horizontal, if it touches it; otherwise the ball is served anew, from a random height of the middle. Each paddle
    moves up and down, 0.03 in a frame, towards an aim: when it is there it draws another, with the probability `skill`
    the height of the ball at that moment, otherwise any. So the paddles often miss, and the four positions are almost
    independent of each other: no correlation is above 0.15. With skill=1 that of the two paddles is 0.98.

        film, positions = paddleGame(200, rng=0)
        plots.plotImages(film[..., :10])

    Parameters
    ----------
    frames : how many, 1 or more.
    side : height and width in pixels, default 32, at least 16.
    skill : from 0 to 1, how often a paddle makes for the ball; default 0.25.
    rng : a generator or seed; default the library's own for data.

    Returns
    -------
    (film, positions) : 0 and 1 (1, side, side, frames), uint8, and (4, frames): ball x from left to right, ball y, left
        paddle, right paddle from above downwards. 0 and 1 are the ends of the way; `Dataset("paddles").rendered`
        draws other positions.
    """
    owner = "paddleGame"
    frames, (side, skill) = wholeNumber(owner, "frames", frames), _checked(owner, side, skill)
    given = randomGenerator(owner, rng)
    game = _Games(1, skill, randomness.data.generator if given is None else given)
    positions = np.concatenate([game.step() for _ in range(frames)])
    return np.moveaxis(_rendering(side)(positions), 0, -1), positions.T


def _checked(owner: str, side: int, skill: float) -> tuple[int, float]:
    return wholeNumber(owner, "side", side, least=LEAST), number(owner, "skill", skill, low=0, high=1)


def _played(size: int, skill: float, rng: np.random.Generator) -> Array:
    """The positions (size, 4) of frames of many games."""
    games = _Games(GAMES, skill, rng)
    kept = [games.step(BETWEEN) for _ in range(-(-size // GAMES))]
    return np.concatenate([np.zeros((0, len(FACTORS))), *kept])[:size]


class _Games:
    """Games that are played side by side. Positions and velocities are shares of the way from end to end."""

    def __init__(self, games: int, skill: float, rng: np.random.Generator) -> None:
        self.skill, self.rng = skill, rng
        self.ball = rng.random((games, 2))
        self.velocity = self._directions(rng.choice([-1, 1], games))
        self.paddles, self.aims = rng.random((2, games, 2))

    def step(self, frames: int = 1) -> Array:
        """The positions (games, 4) so many frames later."""
        for _ in range(frames):
            self._moveBall()
            self._movePaddles()
        return np.concatenate((self.ball, self.paddles), axis=1)

    def _moveBall(self) -> None:
        self.ball += self.velocity
        x, y = self.ball.T
        self.velocity[(y < 0) | (y > 1), 1] *= -1
        self.ball[:, 1] = _reflected(y)
        at_end, to_right = (x < 0) | (x > 1), x > 0.5
        paddle = np.where(to_right, self.paddles[:, 1], self.paddles[:, 0])
        gap = (y - 0.5) * (1 - BALL) - (paddle - 0.5) * (1 - PADDLE)  # between the centres
        is_hit = at_end & (abs(gap) <= (BALL + PADDLE) / 2)
        is_out = at_end & ~is_hit
        self.ball[:, 0] = _reflected(x)
        self.ball[is_out] = np.stack((np.full(len(x), 0.5), self.rng.random(len(x))), axis=1)[is_out]
        self.velocity[at_end] = self._directions(np.where(to_right, -1, 1))[at_end]

    def _movePaddles(self) -> None:
        self.paddles += np.clip(self.aims - self.paddles, -PADDLE_SPEED, PADDLE_SPEED)
        follows, elsewhere = self.rng.random((2, *self.aims.shape))
        others = np.where(follows < self.skill, self.ball[:, 1:], elsewhere)
        self.aims = np.where(self.paddles == self.aims, others, self.aims)

    def _directions(self, sign: Array) -> Array:
        """Velocities (games, 2) to the right where `sign` is 1, to the left where it is -1."""
        angle = self.rng.uniform(-STEEPEST, STEEPEST, len(sign))
        return BALL_SPEED * np.stack((sign * np.cos(angle), np.sin(angle)), axis=1)


def _reflected(x: Array) -> Array:
    """Positions that were thrown back at 0 and 1."""
    return 1 - abs(1 - abs(x))


@dataclass(frozen=True)
class _Screen:
    """Draws ball and paddles on `side` x `side` pixels."""

    side: int

    def draw(self, rows: Array) -> Array:
        """The frames (n, side, side) of positions (n, 4)."""
        ball, paddle, thickness = (max(1, round(share * self.side)) for share in (BALL, PADDLE, THICKNESS))
        across, down, left, right = rows.T
        columns = self._covered(across, ball, margin=thickness)[:, np.newaxis, :]
        frames = (self._covered(down, ball)[:, :, np.newaxis] & columns).astype(np.uint8)
        frames[:, :, :thickness] |= self._covered(left, paddle)[:, :, np.newaxis]
        frames[:, :, -thickness:] |= self._covered(right, paddle)[:, :, np.newaxis]
        return frames

    def _covered(self, positions: Array, length: int, margin: int = 0) -> Array:
        """Which pixels of a side (n, side) something of this length covers that moves between the margins."""
        first = margin + np.rint(positions * (self.side - 2 * margin - length))[:, np.newaxis]
        places = np.arange(self.side)
        covered: Array = (places >= first) & (places < first + length)
        return covered


def _rendering(side: int) -> Rendering:
    checksum = zlib.crc32(repr((BALL, PADDLE, THICKNESS)).encode())
    return Rendering(_Screen(side).draw, (1, side, side), FACTORS, None, checksum)
