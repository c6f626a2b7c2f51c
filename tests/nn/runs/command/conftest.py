"""The command, called in this process."""

from typing import NamedTuple

import pytest

from forking import Forking
from nn.runs import RunError
from nn.runs.command import main


class Done(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys):
    """A function that does what `leibnet` with these words does, but for ending the process."""

    def do(*words):
        failure = ""
        try:
            code = main([str(word) for word in words]) or 0
        except RunError as error:
            code, failure = 1, f"{error}\n"
        except SystemExit as error:
            code = error.code or 0
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err + failure)

    return do


@pytest.fixture(scope="session")
def started():
    """Runs scripts in processes of their own."""
    with Forking() as forking:
        yield forking.run
