"""How many samples go into each split."""

from dataclasses import dataclass
from typing import Any

from dataset import checks
from dataset.source import Source


@dataclass(frozen=True)
class Sizes:
    """The sizes a user asks for; None stands for as many as there are."""

    train: int | None
    test: int | None
    validation: int

    @classmethod
    def checked(cls, train_size: Any, test_size: Any, validation_size: Any) -> "Sizes":
        """From the user's arguments; TypeError and ValueError as `checks.whole_number` raises them."""
        return cls(
            train=None if train_size is None else checks.whole_number("train_size", train_size, minimum=1),
            test=None if test_size is None else checks.whole_number("test_size", test_size, minimum=0),
            validation=checks.whole_number("validation_size", validation_size, minimum=0),
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
            raise ValueError(
                f"validation_size: expected fewer than the {train_part} training samples of {source.name!r}, from "
                f"which they are taken, got {self.validation}"
            )
        train_left = train_part - self.validation
        train = train_left if self.train is None else self.train
        test = test_part if self.test is None else self.test
        if train > train_left:
            aside = f" ({self.validation} of {train_part} are kept aside for validation)" if self.validation else ""
            raise ValueError(
                f"train_size: expected at most the {train_left} training samples of {source.name!r}{aside}, got {train}"
            )
        if test > test_part:
            raise ValueError(f"test_size: expected at most the {test_part} test samples of {source.name!r}, got {test}")
        return train, self.validation, test
