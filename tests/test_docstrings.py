"""Every public name is documented, and the examples in docstrings print what they say."""

import doctest
import importlib
import inspect

import leibnet

import numpy as np
import pytest

from modules import MODULES, PACKAGES

DOORS = [name for name in MODULES if hasattr(importlib.import_module(name), "__all__")]


def test_the_rooms_are_among_them():
    rooms = {"nn.models.vae", "nn.training.loop", "layers.branches.residual", "dataset.files.idx", "leibnet.arguments"}
    assert rooms <= {*MODULES}
    assert {*PACKAGES, "nn.plots"} <= {*DOORS}


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


def assertDocumented(name, thing):
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return
    assert inspect.getdoc(thing), f"{name} has no docstring"
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(getattr(thing, member)), f"{name}.{member} has no docstring"


def test_public_names_are_documented():
    for name in DOORS:
        module = importlib.import_module(name)
        for public in module.__all__:
            assertDocumented(f"{name}.{public}", getattr(module, public))


def test_what_a_module_defines_for_others_is_documented():
    for name in (name for name in MODULES if name not in DOORS):
        for public, thing in vars(importlib.import_module(name)).items():
            if not public.startswith("_") and getattr(thing, "__module__", None) == name:
                assertDocumented(f"{name}.{public}", thing)


def test_the_other_door_hands_out_documented_names():
    for name in dir(leibnet):
        assertDocumented(name, getattr(leibnet, name))
