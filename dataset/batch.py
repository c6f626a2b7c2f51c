"""Some samples of a data set, converted when somebody looks at them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from dataset.source import Array
from dataset.split import Split


class Batch(Sequence[Array]):
    """The pair (inputs, labels) of some samples, one sample a column.

    The samples are gathered and converted to floats when the pair is indexed for the first time; a batch nobody reads
    costs nothing. The arrays are fresh and stay as they are.

        x, y = batch
        batch[0]        # inputs (features, n), the same as batch.inputs
        batch[1]        # labels (labelDim, n), the same as batch.labels
        batch.size      # n
    """

    def __init__(self, split: Split, indices: Array):
        self._split = split
        self._indices = indices

    @property
    def size(self) -> int:
        """The number of samples n."""
        return len(self._indices)

    @cached_property
    def inputs(self) -> Array:
        """(features, n) floats."""
        return self._split.inputs(self._indices)

    @cached_property
    def labels(self) -> Array:
        """(labelDim, n) floats."""
        return self._split.labels(self._indices)

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        if index in (0, -2):
            return self.inputs
        if index in (1, -1):
            return self.labels
        raise IndexError(f"a batch has the entries 0 (inputs) and 1 (labels), got {index!r}")

    def __repr__(self) -> str:
        return f"Batch of {self.size:,} samples"
