"""The adversarial losses by their names."""

from __future__ import annotations

from leibnet.arguments import choice, number, refusal

from loss import AdversarialLoss, Hinge, LeastSquares, Minimax, NonSaturating, Wasserstein

GAMES: dict[str, type[AdversarialLoss]] = {
    "non-saturating": NonSaturating,
    "minimax": Minimax,
    "least squares": LeastSquares,
    "wasserstein": Wasserstein,
    "hinge": Hinge,
}


def gameOf(owner: str, given: str | AdversarialLoss, smoothing: float = 0.9) -> AdversarialLoss:
    """The adversarial loss that is meant, with this label of the data."""
    if isinstance(given, AdversarialLoss):
        if smoothing not in (0.9, getattr(given, "smoothing", 1.0)):
            raise ValueError(refusal(owner, "smoothing", f"left to {given!r}", smoothing, "omit it"))
        return given
    smoothing = number(owner, "smoothing", smoothing, low=0.5, high=1, excluding="low")
    kind = GAMES[choice(owner, "generatorLoss", given, list(GAMES))]
    if kind in (NonSaturating, Minimax):
        return kind(smoothing)
    if smoothing not in (0.9, 1.0):
        raise ValueError(refusal(owner, "smoothing", f"omitted for {given!r}, which has no such label", smoothing))
    return kind()


def nameOf(game: AdversarialLoss) -> str:
    """The name of such a loss."""
    return next(name for name, kind in GAMES.items() if kind is type(game))
