"""scikit-learn is never needed, unless the estimators are asked for."""

import subprocess
import sys

MISSING = """
import sys
sys.modules["sklearn"] = None
from importlib import util
find = util.find_spec
util.find_spec = lambda name, *rest: None if name == "sklearn" else find(name, *rest)
import nn
try:
    import nn.estimators
except ImportError as error:
    print(error)
"""


def printed(script):
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def test_without_scikit_learn_the_error_says_what_to_install():
    assert printed(MISSING) == (
        'nn.estimators needs the package scikit-learn, which is not installed: pip install "leibnet[sklearn]"'
    )


def test_the_library_imports_nothing_of_it():
    names = "sklearn", "pandas", "dask", "distributed", "joblib"
    assert printed(f"import nn, sys; print([name for name in {names} if name in sys.modules])") == "[]"
