"""Files that come with the library and are no part of it: the examples, and the table of results.

In the repository there is one copy of them. The wheel has them in a folder `shipped` beside this file, see setup.py.
"""

from __future__ import annotations

from pathlib import Path

from nn.runs.record import RunError

PLACES = (Path(__file__).parent / "shipped", Path(__file__).parents[3])  # of a wheel, of a source tree


def shipped(name: str) -> Path:
    """The file or folder of this path in the repository. RunError where it is missing from the installation."""
    for place in PLACES:
        if (place / name).exists():
            return place / name
    raise RunError(f"{name} is missing from this installation: expected it in {PLACES[0]}; install leibnet anew")
