"""The sum of several objectives, as a function of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import FrozenNetwork, Place
from nn.synthesis.objectives.inputobjective import InputObjective


class Energy:
    """E(x) = Σ weight · objective, and its gradient, in one octave.

    Parameters
    ----------
    network : through which it looks.
    objectives : what it is the sum of.
    x : a picture of the octave, at its beginning.
    scale : its size as a share of that of the last octave.
    jitter, rng : the picture is moved by up to so many pixels, round about, as this generator says.

    Attributes
    ----------
    places : where it looks.
    last : "total" and the weighted objectives by their titles, of the last picture.
    """

    def __init__(
        self,
        network: FrozenNetwork,
        objectives: Sequence[InputObjective],
        x: Array,
        scale: float,
        jitter: int,
        rng: np.random.Generator,
    ) -> None:
        self._network, self._jitter, self._rng = network, jitter, rng
        self._terms = [(one.weight, one.term(network, scale, x)) for one in objectives]
        self.places = {place for _, term in self._terms for place in term.places}
        self._titles = titles(objectives)
        self.last: dict[str, float] = {}

    def __call__(self, x: Array) -> tuple[float, Array]:
        """Value and gradient."""
        moved = tuple(self._rng.integers(-self._jitter, self._jitter + 1, size=2)) if self._jitter else (0, 0)
        here = np.roll(x, moved, axis=(1, 2)) if any(moved) else x
        seen = self._network.outputs(here, self.places)
        total, gradients = 0.0, dict[Place, Array]()
        for title, (weight, term) in zip(self._titles, self._terms, strict=True):
            value, found = term.measure(seen)
            self.last[title] = weight * value
            for place, gradient in found.items():
                share = weight * gradient
                gradients[place] = gradients[place] + share if place in gradients else share
            total += weight * value
        self.last = {"total": total} | {title: self.last[title] for title in self._titles}
        dx = self._network.gradient(gradients, here)
        return total, np.roll(dx, (-moved[0], -moved[1]), axis=(1, 2)) if any(moved) else dx


def titles(objectives: Sequence[InputObjective]) -> list[str]:
    """Their titles, of several of a kind with a number: "style", "style 2"."""
    names = ["total"]  # which no objective is called
    for one in objectives:
        title = one.title or one.name
        names.append(title if title not in names else f"{title} {sum(name.startswith(title) for name in names) + 1}")
    return names[1:]
