"""For all tests of kernels."""

import leibnet

import pytest


@pytest.fixture(autouse=True)
def restored():
    """What computes is chosen anew after every test."""
    yield
    leibnet.kernels()
