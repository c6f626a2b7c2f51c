"""Every public name is documented, and the examples in docstrings print what they say."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

PACKAGES = ["activations", "dataset", "layers", "loss", "nn", "nn.plots", "nn.runs", "optimizer"]
MODULES = [
    module.name
    for package in ["activations", "dataset", "layers", "leibnet", "loss", "nn", "optimizer"]
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
]


@pytest.mark.parametrize("name", sorted({*PACKAGES, *MODULES}))
def test_examples(name, tmp_path, monkeypatch):
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
