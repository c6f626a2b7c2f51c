"""Names: what is public is camelCase, as in the lecture; what is local is snake_case.

Public functions, methods, parameters and attributes are camelCase, private methods and attributes _camelCase, private
functions of a module and local variables snake_case, modules lower case without separators. nn/estimators speaks
scikit-learn: there, methods, parameters and attributes are snake_case.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ["activations", "benchmarks", "dataset", "examples", "layers", "leibnet", "loss", "nn", "optimizer"]

LECTURE = {"train_size", "test_size", "batch_size", "validation_size"}
# methods that another library calls by these names
OVERRIDDEN = {"parse_args", "standard_normal", "enable_caching", "load_overload", "save_overload", "on_start", "on_end"}
OVERRIDDEN |= {"repr_html_"}
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*|[A-Z][0-9]?|[A-Z]+[0-9]?")
SNAKE = re.compile(r"_?[a-z0-9]*(_[a-z0-9]+)*(_[A-Z])?_?|[A-Z][0-9]?(_[a-z0-9]+)*|d[A-Z]|log[A-Z][a-zA-Z]*")
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
CLASS = re.compile(r"_?[A-Z][a-zA-Z0-9]*")
MODULE = re.compile(r"[a-z0-9]+|__init__|__main__")


def isSpecial(name):
    return name.startswith("__") and name.endswith("__")


def wrongNames(tree, module, scripts=False, public=CAMEL):
    """(line, name, what is expected) for every name of a file that is not as it should be; `public` is for methods,
    parameters, attributes and public functions."""
    found, case = [], "camelCase" if public is CAMEL else "snake_case"

    def expect(node, name, pattern, what):
        if not (isSpecial(name) or name in LECTURE | OVERRIDDEN or name.strip("_") == "" or pattern.fullmatch(name)):
            found.append((node.lineno, name, what))

    if not MODULE.fullmatch(module) and not scripts:
        found.append((1, module, "a module in lower case without separators"))

    def parameters(function):
        a = function.args
        return [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]

    def function(node, owner):
        private = node.name.startswith("_")
        if owner == "class":
            name = node.name if isSpecial(node.name) else node.name.removeprefix("_")
            expect(node, name, public, f"a method in {case}")
        elif owner == "module" and not private:
            expect(node, node.name, public, f"a public function in {case}")
        else:
            expect(node, node.name, SNAKE, "a private or local function in snake_case")
        for one in parameters(node):
            if one.arg not in ("self", "cls"):
                pattern = public if owner == "class" or not private else re.compile(f"{CAMEL.pattern}|{SNAKE.pattern}")
                expect(one, one.arg, pattern, f"a parameter in {case}")
        names = {one.arg for one in parameters(node)}
        for child in node.body:
            inside(child, "function", names)

    def target(node, owner, known):
        if isinstance(node, (ast.Tuple, ast.List)):
            for one in node.elts:
                target(one, owner, known)
        elif isinstance(node, ast.Starred):
            target(node.value, owner, known)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "cls"):
            expect(node, node.attr.removeprefix("_"), public, f"an attribute in {case}")
        elif isinstance(node, ast.Name) and node.id not in known:
            if owner == "class":
                pattern, what = (
                    re.compile(f"_?({public.pattern})|{CONSTANT.pattern}|{CLASS.pattern}"),
                    f"an attribute in {case}",
                )
            elif owner == "module":
                pattern = re.compile(f"{CONSTANT.pattern}|{CLASS.pattern}|{SNAKE.pattern}|{CAMEL.pattern}")
                what = "a name"
            else:
                pattern, what = SNAKE, "a local variable in snake_case"
            expect(node, node.id, pattern, what)

    def inside(node, owner, known=frozenset()):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function(node, owner)
            return
        if isinstance(node, ast.ClassDef):
            expect(node, node.name, CLASS, "a class in CapitalizedWords")
            for child in node.body:
                inside(child, "class")
            return
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Assign):
            for one in node.targets:
                target(one, owner, known)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.NamedExpr, ast.comprehension)):
            local = owner if not isinstance(node, ast.comprehension) else "function"
            target(node.target, local, known)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            target(node.optional_vars, owner, known)
        for child in ast.iter_child_nodes(node):
            inside(child, owner, known)

    for node in tree.body:
        inside(node, "module")
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_names(folder):
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        public = SNAKE if path.is_relative_to(ROOT / "nn" / "estimators") else CAMEL
        tree, scripts = ast.parse(path.read_text("utf-8")), folder in ("examples", "benchmarks")
        found[str(path.relative_to(ROOT))] = wrongNames(tree, path.stem, scripts, public)
    assert found
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def two_words(): ...", "two_words"),
        ("def f(two_words): ...", "two_words"),
        ("def _twoWords(): ...", "_twoWords"),
        ("def f():\n    twoWords = 1", "twoWords"),
        ("def f():\n    for twoWords in (): ...", "twoWords"),
        ("def f():\n    a, (b, twoWords) = 1, (2, 3)", "twoWords"),
        ("def f():\n    with x as twoWords: ...", "twoWords"),
        ("def f():\n    if (twoWords := 1): ...", "twoWords"),
        ("def f():\n    return [1 for twoWords in ()]", "twoWords"),
        ("def f():\n    def twoWords(): ...", "twoWords"),
        ("class A:\n    def two_words(self): ...", "two_words"),
        ("class A:\n    def _two_words(self): ...", "two_words"),
        ("class A:\n    def f(self):\n        self.two_words = 1", "two_words"),
        ("class A:\n    two_words = 1", "two_words"),
        ("class two_words: ...", "two_words"),
    ],
)
def test_a_wrong_name_is_found(text, name):
    assert [found for _, found, _ in wrongNames(ast.parse(text), "module")] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "def twoWords(oneMore, train_size): ...",
        "def _two_words(x): ...",
        "class A:\n    twoWords = 1\n    LIMIT = 2",
        "class A:\n    def _twoWords(self, one):\n        self._oneMore = dW = two_words = 1",
        "LIMIT = 1\n_LIMIT = 2\nPair = tuple",
        "def f(twoWords):\n    twoWords = int(twoWords)",
        "def f():\n    W, x_hat, logA = 1, 2, 3",
    ],
)
def test_a_right_name_passes(text):
    assert wrongNames(ast.parse(text), "module") == []


@pytest.mark.parametrize(
    "text", ["class A:\n    def twoWords(self): ...", "def f(twoWords): ...", "def twoWords(): ..."]
)
def test_a_wrong_name_among_the_estimators_is_found(text):
    assert [found for _, found, _ in wrongNames(ast.parse(text), "module", public=SNAKE)] == ["twoWords"]


def test_names_of_scikit_learn_pass_among_the_estimators():
    text = "class A:\n    def partial_fit(self, X, sample_weight):\n        self.classes_ = X"
    assert wrongNames(ast.parse(text), "module", public=SNAKE) == []
