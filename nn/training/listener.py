"""What listens to a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from leibnet.arguments import instance, refusal

from nn.training.course import Course


class Listener:
    """Something that is told how a training goes. A listener of your own writes those of these methods that it needs:

    >>> class Norm(Listener):
    ...     def entered(self, course):
    ...         print(course.index, sum(float((w * w).sum()) for w in course.model.weights().values()))

    and goes to `train(..., listeners=[Norm()])`. It reads from the `Course` where the training is, and asks for the end
    by `course.stop()`. What it remembers from one step to the next it says in `state`, so that a training that goes on
    from a checkpoint gives it back to it.

    `train` tells its listeners in the order in which it names them: the progress bar, the watch, the writer, early
    stopping, those of the user, and at last the checkpointer, which keeps what all the others have become.
    """

    @property
    def name(self) -> str:
        """Its name in files and messages: that of its class."""
        return type(self).__name__

    def begin(self, course: Course) -> None:
        """Before the first step; `course.resumed` says whether the training goes on from a checkpoint."""

    def stepped(self, course: Course) -> None:
        """After every step. It counts for the speed of the training."""

    def entered(self, course: Course) -> None:
        """After an entry of the metrics, which follows the `stepped` of its step."""

    def end(self, course: Course) -> None:
        """After the last step, if the training was not interrupted."""

    def close(self, course: Course) -> None:
        """At the end in any case, in the reverse order."""

    def flush(self) -> None:
        """Writes what is not yet in its files; told before a checkpoint is written, which would be ahead of them."""

    def wanted(self, course: Course) -> frozenset[str]:
        """The quantities that the next step must measure for this listener, besides those for the metrics."""
        return frozenset()

    def state(self) -> dict[str, Any]:
        """What it remembers: plain values, and arrays; dictionaries of either. Nothing by default."""
        return {}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave. ValueError if that is none of its own."""


def checked(listeners: Any) -> list[Listener]:
    """The user's listeners as a list. TypeError if one of them is none."""
    if isinstance(listeners, Listener) or not isinstance(listeners, Iterable):
        raise TypeError(refusal("train", "listeners", "a list of listeners", listeners))
    return [instance("train", "listeners", one, Listener, "one of a subclass of your own") for one in listeners]


@contextmanager
def opened(listeners: Iterable[Listener], course: Course) -> Iterator[None]:
    """Begins with every listener, and closes them in the reverse order, whatever happens."""
    with ExitStack() as stack:
        stack.callback(course.tick)
        for listener in listeners:
            listener.begin(course)
            stack.callback(listener.close, course)
        yield


def told(listeners: Iterable[Listener], message: str) -> list[Callable[[Course], Any]]:
    """The methods of this name, of the listeners that have one of their own: to tell the others would only cost."""
    own = [one for one in listeners if getattr(type(one), message) is not getattr(Listener, message)]
    return [getattr(listener, message) for listener in own]
