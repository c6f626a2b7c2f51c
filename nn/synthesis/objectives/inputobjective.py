"""The contract of what a picture is to be like."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from leibnet.arguments import number, refusal
from leibnet.arrays import asArray
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from layers import Chain
from nn.models.mlp import MLP
from nn.synthesis.frozennetwork import At, FrozenNetwork, Place

Measured = tuple[float, dict[Place, Array]]
Seen = Mapping[Place, Array]


class Term(NamedTuple):
    """An objective for one network and one size of the picture.

    Attributes
    ----------
    places : what it looks at.
    measure : of what is there, gives its value and its gradient with respect to each, new arrays.
    """

    places: Collection[Place]
    measure: Callable[[Seen], Measured]


class InputObjective(Configurable, ABC, family="input objective"):
    """A number E that says how far a picture is from what it is to be like; `optimizeInput` makes it small.

    It is a mean over the pictures, as every loss. One of your own writes `term`; it keeps the arguments of its
    constructor in attributes of their names.

    Attributes
    ----------
    weight : how much it counts beside others.
    title : its name in the history.
    picture : the picture that it compares with, or None.
    """

    undescribed = frozenset({"picture"})
    title = ""
    picture: Array | None = None

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = number(self.name, "weight", weight, low=0)

    @abstractmethod
    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        """It for this network, and for pictures like x, `scale` times as large as the last octave's."""

    def value(self, network: MLP | Chain, picture: Any) -> float:
        """E for a picture, (channels, height, width), several, (..., N), or columns (inputs, N); without the weight."""
        frozen = FrozenNetwork(network)
        x = frozen.picture(self.name, "picture", picture)
        term = self.term(frozen, 1.0, x)
        return term.measure(frozen.outputs(x, term.places))[0]


def whole(network: FrozenNetwork, scale: float, x: Array) -> tuple[int, int]:
    """(height, width) of pictures like x in the last octave."""
    height, width = network.size or (round(side / scale) for side in x.shape[1:3])
    return height, width


def checkField(owner: str, network: FrozenNetwork, scale: float, x: Array, places: Collection[Place]) -> None:
    """ValueError where pictures like x, in the size of the last octave, are smaller than the field of these places."""
    if x.ndim == 4:
        network.check(owner, (len(x), *whole(network, scale, x)), places)


def several(owner: str, at: At | Iterable[At]) -> list[At]:
    """One layer, or several, as a list of them."""
    found = [at] if isinstance(at, str) or not isinstance(at, Iterable) else list(at)
    if not found:
        raise ValueError(f"{owner}: expected at to be a layer or a list of layers, got an empty list")
    return found


def oneOrSeveral(owner: str, name: str, value: Any) -> Any:
    """A whole number as an int, or several as a list of them; TypeError for what is neither."""
    given = asArray(value, owner, name)
    if given.dtype.kind not in "iu" or given.ndim > 1:
        raise TypeError(refusal(owner, name, "a whole number, or a list of them", value))
    return given.tolist()


def squares(y: Array) -> Array:
    """|y|² of every picture, (N,)."""
    return np.array([np.vdot(one, one) for one in np.moveaxis(y, -1, 0)])


def positions(y: Array) -> float:
    """The places of a map (channels, height, width, N) or of a vector (features, N), which has one."""
    return float(np.prod(y.shape[1:-1]))


def ofEverySample(owner: str, name: str, value: Any, count: int, n: int) -> Array:
    """Numbers from 0 to before `count`, one for all n pictures or one for each, as (n,)."""
    given = np.asarray(value)
    if given.dtype.kind not in "iu" or given.shape not in ((), (n,)) or not ((given >= 0) & (given < count)).all():
        raise ValueError(f"{owner}: expected {name} to be of 0 to {count - 1}, one or {n} of them, got {value!r}")
    return np.broadcast_to(given, (n,))
