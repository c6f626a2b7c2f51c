"""Importing nn.runs is cheap and does nothing else; its public names are documented, with examples that hold."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import nn.runs

MODULES = [f"nn.runs.{module.name}" for module in pkgutil.iter_modules(nn.runs.__path__)]


def test_the_import_has_no_effect():
    script = """
import signal, sys
import nn
before = signal.getsignal(signal.SIGINT), sys.unraisablehook, signal.set_wakeup_fd(-1), sys.excepthook, set(sys.modules)
events = []
sys.addaudithook(lambda event, arguments: events.append(event))
import nn.runs
assert not {event for event in events if event.startswith(("subprocess", "os.fork", "os.posix_spawn", "socket"))}
assert (signal.getsignal(signal.SIGINT), sys.unraisablehook, signal.set_wakeup_fd(-1), sys.excepthook) == before[:4]
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
for name in ("matplotlib", "tensorboardX", "pooch", "requests", "safetensors"):
    assert name not in set(sys.modules) - before[4], name
"""
    interruptible = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    done = subprocess.run([sys.executable, "-c", interruptible + script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["nn.runs", *MODULES])
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_public_names_are_documented():
    for name in nn.runs.__all__:
        thing = getattr(nn.runs, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{name} has no docstring"
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{member} has no docstring"


def test_the_doctest_of_run_is_there():
    assert doctest.DocTestFinder().find(nn.runs.Run, "Run")[0].examples
