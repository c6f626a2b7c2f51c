"""How many samples go into each split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leibnet.arguments import refusal, wholeNumber

from dataset.source import Source


@dataclass(frozen=True)
class Sizes:
    """The sizes a user asks for; None stands for as many as there are. `owner` is who asks, for messages."""

    owner: str
    train: int | None
    test: int | None
    validation: int

    @classmethod
    def checked(cls, owner: str, train_size: Any, test_size: Any, validation_size: Any) -> Sizes:
        """From the user's arguments; TypeError and ValueError as `arguments.wholeNumber` raises them."""
        return cls(
            owner=owner,
            train=None if train_size is None else wholeNumber(owner, "train_size", train_size),
            test=None if test_size is None else wholeNumber(owner, "test_size", test_size, least=0),
            validation=wholeNumber(owner, "validation_size", validation_size, least=0),
        )

    @property
    def trainPart(self) -> int | None:
        """Training and validation samples together."""
        return None if self.train is None else self.train + self.validation

    def fit(self, source: Source) -> tuple[int, int, int]:
        """The numbers of training, validation and test samples that `source` gives.

        Raises ValueError when it has fewer than wanted.
        """
        train_part, test_part = len(source.inputs), len(source.testInputs)
        if self.validation >= train_part:
            expected = f"fewer than the {train_part} training samples of {source.name!r}, from which they are taken"
            raise ValueError(refusal(self.owner, "validation_size", expected, self.validation))
        train_left = train_part - self.validation
        train = train_left if self.train is None else self.train
        test = test_part if self.test is None else self.test
        if train > train_left:
            kept = f" ({self.validation} of {train_part} are kept for validation)" if self.validation else ""
            expected = f"at most the {train_left} training samples of {source.name!r}{kept}"
            raise ValueError(refusal(self.owner, "train_size", expected, train))
        if test > test_part:
            expected = f"at most the {test_part} test samples of {source.name!r}"
            raise ValueError(refusal(self.owner, "test_size", expected, test))
        return train, self.validation, test
