"""What a practitioner does with the library, ten tasks: the scripts in tests/tasks, their lines and figures."""

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).parents[1] / "tasks"
LINES = 1.3  # times scikit-learn's lines, at most
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


class Script(NamedTuple):
    """A script, and its twin with scikit-learn where that can do the task.

    Attributes
    ----------
    name : of the file.
    task : what is to be done.
    measure : what the figure on the last line of the output is.
    margin : how much worse than scikit-learn's it may be; without a twin how large the figure may be.
    twin : whether there is a script with scikit-learn beside it.
    needs : the packages without which it does not run.
    """

    name: str
    task: str
    measure: str
    margin: float
    twin: bool = True
    needs: tuple[str, ...] = ("sklearn",)

    @property
    def path(self):
        return SCRIPTS / f"{self.name}.py"

    @property
    def twinPath(self):
        return SCRIPTS / f"{self.name}_sklearn.py"


# The Gaussian with the data's mean and covariance is 0.14 away from the moons, 1.27 from the spiral.
TASKS = [
    Script("breastcancer", "breast cancer, standardised", "test accuracy", 0.02),
    Script("diabetes", "diabetes, a regression", "test R²", 0.05),
    Script("multilabel", "several labels for a sample", "test F1", 0.02),
    Script("imbalanced", "one yes in twenty", "test balanced accuracy", 0.03),
    Script("anomalies", "anomalies by an autoencoder", "test ROC area", 0.03),
    Script("vae", "a VAE on two moons", "sliced Wasserstein distance", 0.11, twin=False, needs=()),
    Script("gan", "a GAN on a spiral", "sliced Wasserstein distance", 0.9, twin=False, needs=()),
    Script("search", "search over step × width, five folds", "accuracy", 0.01),
    Script("onnxfile", "export to ONNX", "largest difference", 1e-6, twin=False, needs=("onnx", "onnxruntime")),
    Script("pytorch", "export to PyTorch", "largest difference", 1e-6, twin=False, needs=("torch",)),
    Script("frame", "a frame with texts as labels", "test accuracy", 0.03, needs=("sklearn", "pandas")),
]


def lines(path):
    """How many lines of code a file has: no empty ones, comments and docstrings."""
    text = path.read_text(encoding="utf-8")
    filled = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SILENT:
            filled |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            filled -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(filled)


def figure(output):
    """The number at the end of what a script has printed, as it is printed there."""
    return re.search(r"\S+$", output.rstrip()).group()
