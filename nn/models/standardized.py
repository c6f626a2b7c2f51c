"""Models that take raw numbers, and whose layers see standardised ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from leibnet.types import Array

from dataset import Standardization
from nn.storage.stored import Stored


class Standardized(Stored):
    """What keeps the standardisation of the data that it was trained on. Base of `Model`.

    Attributes
    ----------
    standardization : what samples go through before they come to the layers, a `dataset.Standardization`, or None. A
        training on a data set with `standardize=True` puts that of the data set here; one without leaves it as it is.
        All methods of the model take and give raw numbers: it is applied and undone inside, and stands in its file.
        (The networks that a model is made of know nothing of it.)
    """

    standardization: Standardization | None = None

    def config(self) -> dict[str, Any]:
        scale = self.standardization
        return super().config() | ({} if scale is None else {"standardization": scale.config()})

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        rest = dict(arguments)
        scale = rest.pop("standardization", None)
        model = super().fromArguments(rest)
        model.standardization = None if scale is None else Standardization(**scale)
        return model

    def _standardized(self, x: Any) -> Any:
        """Samples as the layers see them."""
        return x if self.standardization is None else self.standardization.apply(x)

    def _raw(self, y: Array) -> Array:
        """Samples that the layers gave, as they were before `_standardized`."""
        return y if self.standardization is None else self.standardization.undo(y)
