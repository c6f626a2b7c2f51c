"""Many cases in one test: as tests of their own, thousands of small ones take longer to list than to run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def case(*names: Any) -> Iterator[None]:
    """What fails inside says of which case it is."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"In the case {', '.join(map(str, names))}")
        raise
