"""Whatever stdout is, what the library says can be printed: it is ASCII, but for names that the user gives."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forking import Forking

ROOT = Path(__file__).parents[1]
PACKAGES = ("activations", "dataset", "examples", "layers", "leibnet", "loss", "nn", "optimizer")
DRAWN = "nn/plots/"  # texts in pictures, which matplotlib draws
TITLES = "plot", "save", "quiet"  # functions whose arguments are drawn begin so
NAMES = {"heading", "title", "titles", "label", "ALPHAS"}  # what texts for pictures are called


def texts(path):
    """The texts of a file that may be printed: all but docstrings and what is drawn."""
    tree = ast.parse(path.read_text("utf-8"))
    unseen = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            unseen.add(id(node.value))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")).startswith(TITLES):
            unseen |= {id(one) for one in ast.walk(node)}
        if isinstance(node, ast.Assign) and NAMES & {getattr(target, "id", "") for target in node.targets}:
            unseen |= {id(one) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unseen:
            yield node.lineno, node.value
    if path.parent.name == "examples":  # the first line is that of --help
        yield 1, (ast.get_docstring(tree) or "").partition("\n")[0]


def files():
    return [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def test_texts_are_ascii():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in files()
        if not path.relative_to(ROOT).as_posix().startswith(DRAWN)
        for line, text in texts(path)
        if not text.isascii()
    ]
    assert not found, "\n".join(found)


def test_the_search_finds_them(tmp_path):
    (tmp_path / "file.py").write_text(
        '"""η"""\n\ndef f():\n    """β"""\n    return f"{1} → {2}", plotRows("α")\n', "utf-8"
    )
    assert list(texts(tmp_path / "file.py")) == [(5, " → ")]


PROGRAM = """
import sys
import numpy as np
from activations import ReLU, Softmax
from dataset import Dataset, GaussianNoise
from layers import Chain, Copy, Dense, Dropout, Flatten, Parallel, Reshape, Residual, Sampler, Sum
from loss import CrossEntropy
from nn import MLP, PCA, VAE, Checkpoint, EarlyStopping, checkGradients
from nn.runs import Run, compare
from optimizer import SGD, Cosine

x = np.random.default_rng(0).normal(size=(4, 60))
data = Dataset.fromArrays(x, np.arange(60) % 2, test_size=10, rng=0, name="Prüfung → 1")
residual = Residual(Chain([Dense(6, 6)]))
network = MLP([Dense(4, 6, ReLU()), Reshape((1, 2, 3)), Flatten(), residual, Dense(6, 2, Softmax())])
folder = "Lauf ü" if sys.getfilesystemencoding() == "utf-8" else "Lauf"
with Run(folder, data, seed=0) as run:
    history = network.train(data, epochs=1, **run.keeping())
vae = VAE(MLP([Dense(4, 3)]), Sampler(3, 2), MLP([Dense(2, 4)]))
named = Chain({"größe": Dense(4, 3)})
for one in (
    data, network, history, network.diagnose(data), checkGradients(network, x[:, :5], np.eye(2, 5)), vae, named,
    named.table(), Copy(2), Parallel([Dense(2, 2), Dense(2, 2)]), Sum(), Dropout(0.1), PCA(2).fit(x), Cosine(),
    network.layers[0].optimizer, Checkpoint("Datei ü"), GaussianNoise(0.5), EarlyStopping("test_loss"),
    compare(folder, folder), run.record, CrossEntropy(), checkGradients(MLP([named]), x[:, :5], x[:3, :5]),
):
    print(one)
    print(repr(one))
for failing in (
    lambda: MLP([Dense(4, 3), Dense(4, 3)]),
    lambda: SGD(lr=1, learningRate=1),
    lambda: network.feedforward(x[:2]),
):
    try:
        failing()
    except ValueError as error:
        print(error)
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8", "ascii:strict"])
def test_everything_prints(encoding, tmp_path):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert b"Dense 4 -> 6, ReLU()" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="locales of POSIX")
def test_everything_prints_in_the_locale_c(tmp_path):
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    command = [sys.executable, tmp_path / "program.py"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def ascii():
    """Runs scripts that can print ASCII alone."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONIOENCODING", "ascii")
        with Forking() as forking:
            yield forking.run


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_the_help_of_the_examples_prints(script, ascii):
    done = ascii(ROOT / "examples" / script, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {script} ")
