"""Which kernels trainings take, and when that is decided."""

import os
import subprocess
import sys
from importlib.util import find_spec

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest

from builders import X, batch, classifier, gan, vae
from nn.training.step import StepContext

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


# A choice stands until the next -------------------------------------------------------------------------------------


def chosen():
    return "numba" if choice.choose() else "numpy"


@needs_numba
def test_the_argument_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv(choice.VARIABLE, "numpy")
    leibnet.kernels("numba")
    assert chosen() == "numba"
    assert choice.kernelDescription().startswith("numba 0.")
    assert leibnet.description().endswith(f"; {choice.kernelDescription()}")
    leibnet.kernels(None)
    assert chosen() == "numpy"


@needs_numba
@pytest.mark.parametrize(("said", "found"), [("numba", "numba"), ("numpy", "numpy"), ("", "numba"), (None, "numba")])
def test_what_the_environment_says(monkeypatch, said, found):
    if said is None:
        monkeypatch.delenv(choice.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(choice.VARIABLE, said)
    leibnet.kernels()
    assert chosen() == found


@pytest.mark.parametrize("wrong", ["", "Numba", "numba ", "fast", True, 1, ["numba"]], ids=repr)
def test_a_bad_choice_changes_nothing(wrong):
    leibnet.kernels("numpy")
    with pytest.raises(ValueError, match="kernels: expected choice to be one of 'numpy', 'numba', got "):
        leibnet.kernels(wrong)
    assert choice.choose() == {}


@pytest.mark.parametrize("make", [classifier, vae, gan], ids=lambda make: make.__name__)
def test_a_bad_environment_is_said_in_the_first_training_step(monkeypatch, make):
    monkeypatch.setenv(choice.VARIABLE, "cuda")
    leibnet.kernels()
    model = make(rng=0)
    model.evaluate((X, np.eye(3)[:, np.zeros(40, int)]))
    with pytest.raises(ValueError, match="environment variable LEIBNET_KERNELS: .* got 'cuda'"):
        model.step(batch(), StepContext())


@pytest.mark.parametrize("numba", [None, "numba"])
def test_without_numba_a_choice_of_it_changes_nothing(monkeypatch, numba):
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    choice._load.cache_clear()
    leibnet.kernels("numpy")
    with pytest.raises(ImportError, match='not installed: pip install "leibnet.fast."'):
        leibnet.kernels("numba")
    assert choice.choose() == {}
    monkeypatch.setenv(choice.VARIABLE, numba or "")
    leibnet.kernels()
    if numba is None:
        assert choice.choose() == {}
    else:
        with pytest.raises(ImportError, match="not installed"):
            choice.choose()


# Only trainings take them -------------------------------------------------------------------------------------------

USES = """
def uses(model):
    model.evaluate((X, LABELS))
    if isinstance(model, nn.MLP):
        model.predict(X)
    elif isinstance(model, nn.VAE):
        model.encode(X), model.reconstruct(X), model.sample(3), model.elbo(X), model.logLikelihood(X, 2)
    else:
        model.sample(3), model.discriminator.predict(X)
"""


@needs_numba
@pytest.mark.parametrize("make", ["classifier", "vae", "gan"])
def test_numba_comes_with_the_first_step_of_a_model_and_not_with_its_use(make):
    code = f"""{USES}
model = {make}(rng=0)
uses(model)
print("numba" in sys.modules)
model.step(batch(), StepContext())
print("numba" in sys.modules)
"""
    assert fresh(code)[0].split() == ["False", "True"]


@needs_numba
@pytest.mark.parametrize("make", [classifier, vae, gan], ids=lambda make: make.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_trained_model_predicts_the_same_to_the_bit(make, dtype):
    leibnet.kernels("numba")
    model, found = make(rng=0), []
    model.astype(dtype)
    for start in (0, 10, 20):
        model.step(batch(10, start), StepContext())
    for kernels in ("numpy", "numba"):
        leibnet.kernels(kernels)
        if make is classifier:
            arrays = [model.predict(X)]
        elif make is vae:
            arrays = [*model.encode(X), model.reconstruct(X), model.sample(3, rng=0), model.elbo(X, rng=0)]
        else:
            arrays = [model.sample(3, rng=0)]
        labels = np.eye(3)[:, np.zeros(40, int)]
        found.append(([array.tobytes() for array in arrays], model.evaluate((X, labels))))
    assert found[0] == found[1]


# What is said -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["ImportError('Numba needs NumPy 2.3 or less')", "RuntimeError('no fit')", "OSError('libLLVM')"]
)
def test_a_numba_that_fails_at_its_import(tmp_path, wrong):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text(f"raise {wrong}")
    code = """
for make in (classifier, vae, classifier):
    make(rng=0).step(batch(), StepContext())
print(leibnet.description())
try:
    leibnet.kernels("numba")
except Exception as error:
    print(type(error).__name__, error)
print(leibnet.description())
"""
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    out, err = fresh(code, PYTHONPATH=paths)
    first, refused, last = out.splitlines()
    assert first == last
    assert first.endswith("; NumPy")
    assert refused.startswith("ImportError")
    assert err.count("RuntimeWarning") == 1
    reason = wrong.replace("('", ": ").removesuffix("')")
    assert f'NumPy computes alone ({reason}): get another version (pip install "leibnet[fast]"), or set LEIB' in err


@needs_numba
def test_what_is_compiled_is_announced_to_a_bar_or_said_in_one_line(tmp_path):
    code = """
from leibnet.fused.choice import announced
said = []
with announced(lambda: said.append("bar")):
    classifier(rng=0).step(batch(), StepContext())
print(len(said) > 1)
said.clear()
for _ in range(2):
    vae(rng=0).step(batch(), StepContext())
print(len(said))
"""
    out, err = fresh(code, XDG_CACHE_HOME=str(tmp_path))
    assert out.split() == ["True", "0"]
    assert err == f"{choice.COMPILING}\n"
