"""One update for several optimizers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import attrgetter

import numpy as np

from optimizer.optimizer import Array, Optimizer


class Joint:
    """Optimizers of equal settings whose parameters lie behind one another in memory: their updates are one.

    An operation on the ten biases of a small layer takes as long as one on a thousand numbers, and Adam needs ten. The
    optimizers keep their own state, as views of one.

    Parameters
    ----------
    members : optimizers that agree, see `agree`.
    parameters : the vectors of each member.
    whole : parameters and gradients of all, of which those of the members are views, in their order.
    """

    def __init__(self, members: Sequence[Optimizer], parameters: Sequence[Array], whole: tuple[Array, Array]) -> None:
        self._members, self._parameters, self._whole = tuple(members), tuple(parameters), whole
        self._leader = members[0].clone()
        self._settings = attrgetter(*self._leader.settings())
        self._leader.t = members[0].t
        bounds = list(pairwise(accumulate((array.size for array in parameters), initial=0)))
        for name in self._leader.stateNames:
            states = [one.state.get(name, np.zeros_like(array)) for one, array in zip(members, parameters, strict=True)]
            joined = self._leader.state[name] = np.concatenate(states).astype(whole[0].dtype, copy=False)
            for one, (start, stop) in zip(members, bounds, strict=True):
                one.state[name] = joined[start:stop]
        self._views = [dict(one.state) for one in members]

    def holds(self, members: Sequence[Optimizer], parameters: Sequence[Array]) -> bool:
        """Whether these are the members, still agree, and still have parameters and state here."""
        if len(members) != len(self._members):
            return False
        settings = self._settings(self._leader)
        for one, member, theta, own, views in zip(
            members, self._members, parameters, self._parameters, self._views, strict=True
        ):
            if one is not member or theta is not own or self._settings(one) != settings:
                return False
            if any(one.state.get(name) is not view for name, view in views.items()):
                return False
        return True

    def parts(
        self,
        batchSize: int,
        timeStep: int | None = None,
        factor: float = 1.0,
        norm: float | None = None,
    ) -> list[Callable[[], None]]:
        """`Optimizer.parts` of all members."""
        parts = self._leader.parts(*self._whole, batchSize, timeStep, factor, norm)
        for one in self._members:
            one.t = self._leader.t
        return parts


def agree(optimizers: Sequence[Optimizer]) -> bool:
    """Whether the optimizers would do the same: the same algorithm, settings and number of updates.

    Only algorithms that say of themselves (`joins`) that their `_step` changes nothing but parameters and state: one of
    the user's own may do what it likes.
    """
    first, *others = optimizers
    if not vars(type(first)).get("joins", False):
        return False
    settings = first.settings()
    return all(type(one) is type(first) and one.settings() == settings for one in others)
