"""Which kernels trainings take, and when that is decided."""

import os
import subprocess
import sys
from importlib.util import find_spec

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest

from builders import X, classifier, vae

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed: pip install -e '.[fast]'")
MODELS = """
import sys
sys.path.insert(0, SUPPORT)
import nn, leibnet, numpy as np
from builders import X, LABELS, batch, classifier, gan, vae
from nn.training.step import StepContext
"""
BLOCKED = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numba":
            raise ModuleNotFoundError("No module named 'numba'", name="numba")
"""


def fresh(code, **environment):
    """What a fresh interpreter prints, in an environment that says nothing about kernels but this."""
    others = {name: value for name, value in os.environ.items() if name != choice.VARIABLE}
    support = os.path.join(os.path.dirname(__file__), "..", "..", "support")
    code = MODELS.replace("SUPPORT", repr(support)) + code
    run = subprocess.run(
        [sys.executable, "-c", code], env=others | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout, run.stderr


@pytest.fixture(autouse=True)
def restored():
    yield
    leibnet.kernels()


def test_numpy_alone_is_chosen_by_argument_and_by_environment(monkeypatch):
    leibnet.kernels("numpy")
    assert (choice.choose(), choice.kernelDescription()) == ({}, "NumPy")
    assert leibnet.description().endswith("; NumPy")
    monkeypatch.setenv(choice.VARIABLE, "numpy")
    leibnet.kernels()
    assert choice.kernel("addBias", np.zeros((2, 2))) is None


def test_bad_choices(monkeypatch):
    with pytest.raises(ValueError, match="kernels: expected choice to be one of 'numpy', 'numba', got 'fast'"):
        leibnet.kernels("fast")
    monkeypatch.setenv(choice.VARIABLE, "cuda")
    leibnet.kernels()
    with pytest.raises(ValueError, match="environment variable LEIBNET_KERNELS: .* got 'cuda'"):
        choice.choose()


def test_numba_is_not_imported_before_a_training_step():
    done = """
assert "numba" not in sys.modules
for model in (classifier(rng=0), vae(rng=0), gan(rng=0)):
    model.astype(np.float32)
    model.evaluate((X, LABELS))
classifier(rng=0).predict(X)
print("numba" in sys.modules)
classifier(rng=0).step(batch(), StepContext())
print("numba" in sys.modules)
"""
    installed = find_spec("numba") is not None
    assert fresh(done)[0].split() == ["False", str(installed)]
    assert fresh(done, LEIBNET_KERNELS="numpy")[0].split() == ["False", "False"]


@needs_numba
def test_predictions_and_evaluations_are_numpys_to_the_bit():
    for make in (classifier, vae):
        model, found = make(rng=0), []
        for kernels in ("numpy", "numba"):
            leibnet.kernels(kernels)
            predicted = model.predict(X) if make is classifier else model.reconstruct(X)
            found.append((predicted.tobytes(), model.evaluate(X, "loss") if make is vae else None))
        assert found[0] == found[1]


def test_without_numba_numpy_computes_and_the_remedy_is_said():
    code = (
        BLOCKED
        + """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numba" else found(name, *rest)
import leibnet.fused.choice as choice
choice.find_spec = importlib.util.find_spec
classifier(rng=0).step(batch(), StepContext())
print(leibnet.description())
try:
    leibnet.kernels("numba")
except ImportError as error:
    print(error)
"""
    )
    out, err = fresh(code)
    assert out.splitlines()[0].endswith("; NumPy")
    assert 'pip install "leibnet[fast]"' in out.splitlines()[1]
    assert not err


@needs_numba
def test_a_numba_that_cannot_be_used_is_said_once():
    code = """
classifier(rng=0).step(batch(), StepContext())
classifier(rng=0).step(batch(), StepContext())
print(leibnet.description())
"""
    out, err = fresh(code, NUMBA_DISABLE_JIT="1")
    assert out.strip().endswith("; NumPy")
    assert err.count("numba is installed and cannot be used") == 1
    assert "NUMBA_DISABLE_JIT is set" in err


@needs_numba
def test_kernels_are_compiled_once_on_a_machine(tmp_path):
    code = "classifier(rng=0).step(batch(), StepContext()); print(leibnet.description())"
    first, second = (fresh(code, XDG_CACHE_HOME=str(tmp_path)) for _ in range(2))
    assert first[1] == f"{choice.COMPILING}\n"
    assert second[1] == ""
    assert first[0] == second[0]
    for file in tmp_path.rglob("*.nb?"):
        file.write_bytes(b"damaged")
    again, last = (fresh(code, XDG_CACHE_HOME=str(tmp_path)) for _ in range(2))
    assert (again, last) == (first, second)


@needs_numba
def test_what_is_announced_goes_there(capsys):
    said = []
    with choice.announced(lambda: said.append("bar")):
        choice.tellThatKernelsAreCompiled()
    assert said == ["bar"]
    assert not capsys.readouterr().err
