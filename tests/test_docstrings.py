"""Every public name is documented, and the examples in docstrings print what they say."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

from optimizer import Optimizer

PACKAGES = ["activations", "dataset", "layers", "loss", "nn", "optimizer"]
MODULES = [
    f"{package}.{module.name}"
    for package in PACKAGES
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
]


@pytest.fixture
def kinds():
    """The tables of known kinds, restored after an example has defined kinds of its own."""
    from activations import Activation
    from layers import Layer
    from loss import Loss
    from nn import Model

    tables = [base.kinds for base in (Activation, Layer, Loss, Model, Optimizer)]
    kept = [dict(table) for table in tables]
    yield
    for table, entries in zip(tables, kept, strict=True):
        table.clear()
        table.update(entries)


@pytest.mark.parametrize("name", [*PACKAGES, *MODULES])
def test_examples(name, kinds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_documented(package):
    module = importlib.import_module(package)
    assert module.__doc__
    for name in module.__all__:
        thing = getattr(module, name)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert inspect.getdoc(thing), f"{package}.{name} has no docstring"
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                    assert inspect.getdoc(getattr(thing, member)), f"{package}.{name}.{member} has no docstring"
