"""What is known of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leibnet.terminal import shown

Value = None | bool | int | float | str | list[Any]


class RunError(ValueError):
    """A run cannot begin, go on, be read or be compared; says why."""


@dataclass(frozen=True)
class Record:
    """All it takes to repeat a run, as it stands in the run's run.json.

    Attributes
    ----------
    script : file name of the program; empty for a notebook.
    arguments : what the run was begun with, by name.
    argv : the program's arguments as they were typed.
    seed : of all random numbers.
    threads : number of threads of large matrix products.
    chooses : whether the training may have taken fewer of them.
    variables : the environment variables that BLAS and the choice of kernels read, as they were set.
    versions : of Python and of the packages, by name.
    machine : what else computes, by name: BLAS, kernels, processor, system.
    code : SHA-256 of the library and the program.
    dataset : name, sizes, dtype and checksums of the data set, by name.
    git : commit and whether the tree had changes (dirty), or None.
    started : when, in ISO 8601.
    end : how it ended ("finished", "interrupted", "failed") and after how many seconds; None if it never said.
    """

    script: str
    arguments: dict[str, Value]
    argv: list[str]
    seed: int
    threads: int
    chooses: bool
    variables: dict[str, str]
    versions: dict[str, str]
    machine: dict[str, str]
    code: str
    dataset: dict[str, Any]
    git: dict[str, Any] | None = None
    started: str = ""
    end: dict[str, Any] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return shown(f"Record({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})")

    @property
    def isFinished(self) -> bool:
        """Whether the run came to its end."""
        return self.end is not None and self.end["how"] == "finished"

    def conditions(self) -> dict[str, Any]:
        """What the result may depend on besides the arguments, by name."""
        checksums = {f"data, {name}": f"SHA-256 {text[:12]}..." for name, text in self.dataset["checksums"].items()}
        sizes = {f"data, {name}": value for name, value in self.dataset.items() if name != "checksums"}
        commit = None if self.git is None else self.git["commit"][:12] + " with changes" * self.git["dirty"]
        rest = {"code": f"SHA-256 {self.code[:12]}...", "commit": commit, "threads": self.threads, "seed": self.seed}
        return self.versions | self.machine | self.variables | rest | sizes | checksums


def changedConditions(then: Record, now: Record) -> list[str]:
    """What is not the same for two runs, apart from arguments and results: a line each."""
    old, new = then.conditions(), now.conditions()
    return [
        f"{name}: then {old.get(name, 'none')}; now {new.get(name, 'none')}"
        for name in old | new
        if old.get(name) != new.get(name)
    ]
