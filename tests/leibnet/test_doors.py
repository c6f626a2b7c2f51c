"""The door `leibnet`, which hands out the public names of all packages, and what an import loads."""

import importlib.metadata
import os
import subprocess
import sys

import leibnet

import numpy as np
import pytest

import activations
import dataset
import layers
import loss
import nn
import optimizer

PACKAGES = [activations, dataset, layers, loss, nn, optimizer]
LATE = ["matplotlib", "tensorboardX", "pooch", "numba", "tqdm", "safetensors", "requests", "threadpoolctl"]


def fresh(code):
    command = [sys.executable, "-W", "error", "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_public_names(package):
    for name in package.__all__:
        assert getattr(leibnet, name) is getattr(package, name), name
    assert set(package.__all__) <= set(dir(leibnet))


def test_no_name_stands_for_two_things():
    known = {}
    for package in PACKAGES:
        for name in package.__all__:
            assert known.setdefault(name, getattr(package, name)) is getattr(package, name), name


def test_the_version_is_that_of_the_distribution():
    assert leibnet.__version__ == importlib.metadata.version("leibnet")
    assert "__version__" in dir(leibnet)


def test_names_of_its_own():
    assert leibnet.seed is nn.seed
    assert callable(leibnet.threads)
    assert leibnet.description()
    assert {"seed", "threads", "description", "chosen"} <= set(dir(leibnet))
    assert dir(leibnet) == sorted(dir(leibnet))
    with pytest.raises(AttributeError, match="leibnet has no name 'nonsense'"):
        leibnet.nonsense  # noqa: B018
    with pytest.raises(AttributeError, match="leibnet has no name '_private'"):
        leibnet._private  # noqa: B018


def test_its_modules_are_found():
    assert fresh("import leibnet.arrays; from leibnet import randomness, arguments; print(arguments.__name__)") == [
        "leibnet.arguments"
    ]
    assert fresh("from leibnet import MLP, Dense, seed; print(MLP.__name__, Dense.__name__)") == ["MLP", "Dense"]
    assert fresh("from leibnet import *; print(chosen, __version__)") == ["True", leibnet.__version__]


def test_an_import_leaves_large_packages_alone():
    """How long it takes is measured by `benchmarks/speed.py`."""
    assert fresh(f"import nn, sys; print(*(name for name in {LATE!r} if name in sys.modules))") == []


def test_leibnet_alone_loads_nothing():
    assert fresh("import leibnet, sys; print('numpy' in sys.modules, 'nn' in sys.modules)") == ["False", "False"]
    assert fresh("import leibnet, sys; leibnet.ReLU; print('nn' in sys.modules)") == ["False"]


def test_arrays_work_after_any_door():
    assert np.array_equal(leibnet.ReLU().apply(np.array([-1.0, 2.0])), [0, 2])
    assert os.environ.get("OPENBLAS_THREAD_TIMEOUT")
