"""What two passes of half of the samples each have left, as if it had been one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from leibnet.types import Array

import numpy as np

GIVEN = {"weights", "mask", "isDual", "initial", "dinitial", "dfinal", "parameters", "activation", "shares"}


class Joined:
    """A pass that may consist of two, see `Halves`: what one of them left is put together when it is asked for.

    Attributes
    ----------
    halves : the passes of the first half of the samples and of the second, once there have been some.
    samples : of such a half, how many it has.
    block : where the gradients of the second one go, a `ParameterBlock`; None: to that of the layer.
    """

    halves: tuple[Self, Self] | None = None
    samples: int = 0
    block: Any = None

    if TYPE_CHECKING:  # a layer may leave anything here

        def __setattr__(self, name: str, value: Any) -> None: ...

    @property
    def isSplit(self) -> bool:
        """Whether the last forward pass was one of halves: any other leaves its input here."""
        return "x" not in vars(self)

    def join(self) -> None:
        """Says that the halves have passed: nothing from before is left."""
        assert self.halves is not None
        for name in vars(self.halves[0]).keys() - GIVEN:
            if name != "samples" and not name.startswith("_"):
                vars(self).pop(name, None)

    def __getattr__(self, name: str) -> Any:
        if self.halves is None or not all(name in vars(half) for half in self.halves):
            raise AttributeError(
                f"this pass has no {name!r}: what a layer needs in its backward pass, its forward pass leaves"
            )
        return self.whole(name)

    def whole(self, name: str, axis: int = -1) -> Any:
        """What a layer has left under this name, of all samples, which are on this axis of its arrays."""
        if not self.isSplit:
            return getattr(self, name)
        assert self.halves is not None
        parts, counts = [getattr(half, name) for half in self.halves], [half.samples for half in self.halves]
        if isinstance(parts[0], dict):
            return {key: _together([part[key] for part in parts], counts, axis) for key in parts[0]}
        return _together(parts, counts, axis)


def _together(parts: list[Any], counts: list[int], axis: int) -> Any:
    """Both arrays in one. If they have several columns for each of their samples, those of a step stay neighbours.

    >>> _together([np.array([1, 2, 5, 6]), np.array([3, 7])], [2, 1], -1)
    array([1, 2, 3, 5, 6, 7])
    """
    if not isinstance(parts[0], np.ndarray):
        return parts[0]
    arrays = [np.moveaxis(part, axis, -1) for part in parts]
    columns = sum(array.shape[-1] for array in arrays)
    by_steps = [array.reshape(*array.shape[:-1], -1, n) for array, n in zip(arrays, counts, strict=True)]
    whole: Array = np.concatenate(by_steps, axis=-1).reshape(*arrays[0].shape[:-1], columns)
    return np.moveaxis(whole, -1, axis)
