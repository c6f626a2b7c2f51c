"""What stands in the place of a terminal, and what can be shown there."""

import io
import sys
import warnings

from leibnet.terminal import isOpen, isTerminal, say, shown, warn

import pytest


class Logger:
    """The usual way to send stderr to a file or a window."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


class Deaf(Logger):
    def write(self, text):
        raise BrokenPipeError

    def isatty(self):
        raise OSError("no such device")


@pytest.mark.parametrize(
    ("stream", "is_open"),
    [(None, False), (closed(), False), (object(), False), (Logger(), True), (io.StringIO(), True)],
)
def test_what_can_be_written_to(stream, is_open):
    assert isOpen(stream) is is_open
    assert not isTerminal(stream)


def test_a_terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    assert isTerminal(stream)
    assert not isTerminal(Deaf())


def test_a_line_is_said_where_that_is_possible(monkeypatch):
    for stream in (None, closed(), object(), Deaf()):
        monkeypatch.setattr("sys.stderr", stream)
        say("a line")
    logger = Logger()
    monkeypatch.setattr("sys.stderr", logger)
    say("a line")
    assert logger.text == "a line\n"
    narrow = io.TextIOWrapper(io.BytesIO(), "cp1252", newline="")
    say("é →", narrow)
    assert narrow.buffer.getvalue() == "é \\u2192\n".encode("cp1252")


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "naïve → 1"), ("cp1252", "naïve \\u2192 1"), ("ascii", "na\\xefve \\u2192 1"), (None, "naïve → 1")],
)
def test_what_cannot_be_shown_is_escaped(encoding, expected, monkeypatch):
    class Stream(Logger):
        pass

    Stream.encoding = encoding
    monkeypatch.setattr("sys.stdout", Stream())
    assert shown("naïve → 1") == expected


def test_a_warning_names_the_line_outside_of_the_library(monkeypatch):
    with pytest.warns(RuntimeWarning, match="careful") as caught:
        warn("careful", RuntimeWarning)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="careful") as caught:
        warn(UserWarning("careful"))
    assert caught[0].filename == __file__


def test_a_warning_where_stderr_is_closed(monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for stream in (None, closed()):
            monkeypatch.setattr("sys.stderr", stream)
            monkeypatch.setattr("warnings._showwarnmsg_impl", _write)
            warn("careful", RuntimeWarning)


def _write(message):
    """As Python's own, which pytest replaces."""
    if sys.stderr is not None:
        sys.stderr.write(str(message))


def test_a_warning_that_is_an_error_is_one():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            warn("careful", RuntimeWarning)
