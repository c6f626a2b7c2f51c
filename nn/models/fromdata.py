"""Models that keep something of the data they were trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from leibnet.arrays import realNumbers
from leibnet.types import Array

from dataset import Standardization
from nn.storage.portable import Portable


class FromData(Portable):
    """What keeps the standardisation of its data, and the names of its classes. Base of `Model`.

    Attributes
    ----------
    standardization : what samples go through before they come to the layers, a `dataset.Standardization`, or None. A
        training on a data set with `standardize=True` puts that of the data set here; one without leaves it as it is.
        All methods of the model take and give raw numbers: it is applied and undone inside, and stands in its file.
        (The networks that a model is made of know nothing of it. What a training calls, such as `step`, `measure` and
        `computeGradients`, takes what the layers see, and such are the batches that listeners are shown.)
    classNames : the names of the classes of the data set it was trained on, a list, or None; they stand in its file.
    """

    def config(self) -> dict[str, Any]:
        scale, names = self.standardization, self.classNames
        kept = {} if scale is None else {"standardization": scale.config()}
        return super().config() | kept | ({} if names is None else {"classNames": list(names)})

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        rest = dict(arguments)
        scale, names = rest.pop("standardization", None), rest.pop("classNames", None)
        model = super().fromArguments(rest)
        model.standardization = None if scale is None else Standardization(**scale)
        model.classNames = names
        return model

    def _standardized(self, x: Any) -> Any:
        """Samples as the layers see them."""
        if self.standardization is None:
            return x
        return self.standardization.apply(realNumbers(self.name, "the input", x, finite=True, scaled=True))

    def _raw(self, y: Array) -> Array:
        """Samples that the layers gave, as they were before `_standardized`."""
        return y if self.standardization is None else self.standardization.undo(y)
