"""What a direction in a space of codes changes in the pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leibnet.arguments import number, refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import classNumbersOf, columnsOf
from nn.measures.directions.finding import directionOf


@dataclass(frozen=True)
class DirectionQuality:
    """What moving by 1 along a direction does to the attributes of pictures, on average.

    Attributes
    ----------
    wanted : the name of the attribute that is to change.
    changes : by attribute, its change in units of its deviation among the pictures as they are.
    excess : by attribute, that change without the part that goes with the wanted one's in the pictures as they are,
        where attributes are correlated: change - correlation · change of the wanted. The wanted one has its own change.
    classKept : the share of the pictures that a classifier takes for the same class afterwards; None without one.
    """

    wanted: str
    changes: Mapping[str, float]
    excess: Mapping[str, float]
    classKept: float | None = None

    @property
    def strength(self) -> float:
        """The change of the wanted attribute, in its deviations for a step of 1."""
        return self.changes[self.wanted]

    @property
    def purity(self) -> float:
        """The wanted one's share in all changes, |c| / Σ|c|: 1 if nothing else changes, 0 if all but it do."""
        return _share(self.wanted, self.changes)

    @property
    def correctedPurity(self) -> float:
        """The same of `excess`: 1 also where the others change no more than they do with the wanted one anyway."""
        return _share(self.wanted, self.excess)

    def __str__(self) -> str:
        others = ", ".join(f"{name} {change:+.2f}" for name, change in self.changes.items() if name != self.wanted)
        kept = "" if self.classKept is None else f", class kept {self.classKept:.0%}"
        purities = f"purity {self.purity:.2f}, corrected {self.correctedPurity:.2f}"
        return f"{self.wanted} {self.strength:+.2f} ({others or 'alone'}), {purities}{kept}"


def directionQuality(
    decode: Callable[[Array], Any],
    codes: Any,
    direction: Any,
    measure: Callable[[Any], Mapping[str, Any]],
    wanted: str | None = None,
    step: float = 1.0,
    classify: Callable[[Any], Any] | None = None,
) -> DirectionQuality:
    """Whether a direction changes the wanted attribute, and whether the others stay.

        c_k = mean over codes z of (a_k(z + s n) - a_k(z - s n)) / (2 s σ_k)        a_k attribute k of the picture of z
        excess: e_k = c_k - ρ_k c_wanted                  σ_k, ρ_k its deviation and correlation with the wanted, at z

    Take other codes than those by which the direction was found.

    Parameters
    ----------
    decode : from codes (dim, N) to pictures: `gan.generator.predict`, `vae.decode`.
    codes : (dim, N), N at least 2.
    direction : (dim,) or (dim, 1); its length does not count.
    measure : from pictures to the attributes (N,) by name: `imageAttributes`, for columns
        `lambda x: imageAttributes(x, (28, 28))`.
    wanted : an attribute's name; default the one that changes most.
    step : s > 0; default 1, a deviation of N(0, I).
    classify : from pictures to class numbers (N,), such as `lambda x: classifier.predict(x).argmax(axis=0)`, for
        `classKept`, over both ways. Default none.

    Example
    -------
    >>> codes = np.random.default_rng(0).normal(size=(2, 100))
    >>> found = directionQuality(lambda z: z, codes, [1, 0], lambda x: {"left": -x[0], "high": x[1]})
    >>> found.wanted, round(found.purity, 2), found.strength < 0
    ('left', 1.0, True)
    """
    owner = "directionQuality"
    codes = columnsOf(owner, "codes", codes)
    if codes.shape[1] < 2:
        raise ValueError(refusal(owner, "codes", "2 columns or more, (dim, N)", codes.shape))
    move = number(owner, "step", step, low=0, excluding="low") * directionOf(owner, "direction", direction, len(codes))
    move = move.astype(codes.dtype)
    pictures = [decode(codes + sign * move) for sign in (-1, 0, 1)]
    before, here, after = (_measured(measure, one, codes.shape[1]) for one in pictures)
    if wanted is not None and wanted not in here:
        raise ValueError(refusal(owner, "wanted", f"one of {', '.join(map(repr, here))}", wanted))
    deviation = {name: float(values.std()) for name, values in here.items()}
    if constant := [name for name, value in deviation.items() if value <= 1e-12 * (1 + np.abs(here[name]).max())]:
        raise ValueError(
            refusal(
                owner, "measure", "attributes that differ from picture to picture", f"{constant[0]!r}, always the same"
            )
        )
    changes = {name: float(np.mean(after[name] - before[name])) / (2 * step * deviation[name]) for name in here}
    chosen = max(changes, key=lambda name: abs(changes[name])) if wanted is None else wanted
    excess = {
        name: change
        if name == chosen
        else change - float(np.corrcoef(here[name], here[chosen])[0, 1]) * changes[chosen]
        for name, change in changes.items()
    }
    kept = None
    if classify is not None:
        first, then, last = (
            classNumbersOf(owner, "what classify gives", classify(one), codes.shape[1]) for one in pictures
        )
        kept = float(np.mean([first == then, last == then]))
    return DirectionQuality(chosen, changes, excess, kept)


def _measured(measure: Callable[[Any], Mapping[str, Any]], pictures: Any, count: int) -> dict[str, Array]:
    """The attributes (count,) by name."""
    owner, found = "directionQuality", measure(pictures)
    if not isinstance(found, Mapping) or not found:
        raise TypeError(refusal(owner, "what measure gives", "a dict from names to numbers (N,)", found))
    values = {
        name: realNumbers(owner, f"the attribute {name!r}", one, np.dtype(float), finite=True)
        for name, one in found.items()
    }
    for name, one in values.items():
        if one.shape != (count,):
            raise ValueError(refusal(owner, f"the attribute {name!r}", f"numbers ({count},), one a picture", one.shape))
    return values


def _share(wanted: str, changes: Mapping[str, float]) -> float:
    total = sum(map(abs, changes.values()))
    return abs(changes[wanted]) / total if total else 0.0
