"""The library's packages are found, or it is said what stands in their place; scripts in a folder of their own."""

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec

from leibnet import siblings

import pytest

PACKAGES = ["activations", "dataset", "layers", "loss", "nn", "optimizer"]
CURE = "If it is a file of yours, give it another name, such as my{0}.py; if it belongs to another distribution"

# Beside each of these files, which package stands on it.
ABOVE = [
    ("loss", "nn"),
    ("dataset", "nn"),
    ("optimizer", "nn"),
    ("optimizer", "layers"),
    ("activations", "layers"),
    ("layers", "nn"),
    ("loss", "leibnet"),
    ("nn", "leibnet"),
    ("activations", "leibnet"),
]


def run(folder, code):
    """(exit code, output, last line of the errors) of a script in this folder."""
    script = folder / "script.py"
    script.write_text(code)
    others = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    command = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(command, cwd=folder, env=others, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


def needs(package):
    return "from leibnet import MLP\n" if package == "leibnet" else f"import {package}\n"


def assert_named(found, name, place):
    code, _, words = found
    assert code == 1
    assert words.startswith(f"ImportError: Leibnet needs its own package `{name}`, and Python finds another module")
    assert f"of that name: {place}. " in words
    assert CURE.format(name) in words


@pytest.mark.parametrize(("name", "package"), ABOVE)
@pytest.mark.parametrize("content", ["", "raise RuntimeError('mine')", "Loss = Dataset = Optimizer = Layer = MLP = 1"])
def test_a_file_of_the_users_is_named_with_the_cure(tmp_path, name, package, content):
    """Whatever stands in it: it is not run."""
    (tmp_path / f"{name}.py").write_text(content)
    assert_named(run(tmp_path, needs(package)), name, tmp_path / f"{name}.py")


def test_a_package_of_the_users(tmp_path):
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "__init__.py").write_text("raise RuntimeError('mine')")
    assert_named(run(tmp_path, "import nn"), "loss", tmp_path / "loss" / "__init__.py")


@pytest.mark.parametrize("package", ["nn", "leibnet"])
def test_a_folder_without_init(tmp_path, package):
    """It hides the library's package where that is found by a finder of its own, and does not where it is not."""
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "notes.txt").write_text("anything")
    found = run(tmp_path, needs(package) + "import loss; print(loss.Loss.__module__)")
    if found[0] == 0:
        assert found[1] == "loss.loss"
    else:
        assert_named(found, "loss", tmp_path / "loss")


def test_a_folder_without_init_that_is_found_first_is_named(tmp_path, monkeypatch):
    folder = ModuleSpec("loss", None, is_package=True)
    folder.submodule_search_locations = [str(tmp_path / "loss")]
    monkeypatch.delitem(sys.modules, "loss")
    monkeypatch.setattr(siblings, "find_spec", lambda name: folder)
    with pytest.raises(ImportError, match="Python finds another module of that name") as caught:
        siblings.sibling("loss")
    assert f": {tmp_path / 'loss'}. " in str(caught.value)
    assert (caught.value.name, caught.value.path) == ("loss", str(tmp_path / "loss"))


def test_a_module_that_is_imported_already(tmp_path):
    (tmp_path / "loss.py").write_text("mine = 1")
    assert_named(run(tmp_path, "import loss\nimport nn"), "loss", tmp_path / "loss.py")


def test_a_module_without_a_file(tmp_path):
    code = "import sys, types\nsys.modules['loss'] = types.ModuleType('loss')\nimport nn"
    found = run(tmp_path, code)
    assert found[0] == 1
    assert "Leibnet needs its own package `loss`, and Python finds another module of that name: None" in found[2]


def test_scripts_that_do_not_need_what_is_hidden_work(tmp_path):
    (tmp_path / "loss.py").write_text("mine = 7")
    (tmp_path / "dataset.py").write_text("mine = 8")
    code = "from activations import ReLU\nfrom layers import Dense\nimport loss, dataset, leibnet\n"
    code += "print(Dense(3, 2, ReLU()), loss.mine + dataset.mine, leibnet.__version__ > '')"
    assert run(tmp_path, code) == (0, "Dense 3 -> 2, ReLU() 15 True", "")


def test_other_names_hide_nothing(tmp_path):
    for name in ("myloss", "training", "plain", "arrays", "dense", "model", "mlp"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('mine')")
    assert run(tmp_path, "import nn, leibnet\nprint(leibnet.MLP.__name__)") == (0, "MLP", "")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_can_be_the_first(tmp_path, package):
    code = f"import {package}\nimport nn\nfrom leibnet import siblings\nprint(siblings.{package} is {package})"
    assert run(tmp_path, code) == (0, "True", "")


def test_no_other_siblings(tmp_path):
    code, _, words = run(tmp_path, "from leibnet.siblings import models")
    assert (code, words.partition(" (")[0]) == (1, "ImportError: cannot import name 'models' from 'leibnet.siblings'")


def test_an_error_within_the_librarys_own_package_is_its_own(tmp_path):
    """A dependency that is missing is not taken for another module of the package's name."""
    code = "import sys\nsys.modules['numpy'] = None\nfrom leibnet.siblings import loss"
    _, _, words = run(tmp_path, code)
    assert words.startswith("ModuleNotFoundError: ")
    assert "numpy" in words
