"""The house: which room may import from which, read from the imports with `ast`, and whether the rooms are in order.

Floors, from the ground up. A file may import from the floors below its room, and from its own room; never upwards,
never in a circle, not in a function, not under TYPE_CHECKING. The doors, each package's `__init__`, are exempt.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = [
    {"leibnet"},
    {"activations", "loss", "optimizer", "dataset"},
    {"layers"},
    {"nn.storage"},
    {"nn.training"},
    {"nn.metrics"},
    {"nn.plots"},
    {"nn.watch"},
    {"nn.models"},
    {"nn.measures"},
    {"nn.synthesis"},
    {"nn.explore"},
    {"nn.runs"},
    {"nn.estimators"},
    {"examples"},
]
PACKAGES = {room.partition(".")[0] for floor in FLOORS for room in floor} - {"examples"}
FILES_OF_A_ROOM, LINES, FEW_LINES = 14, 350, 150
SHORT = ("layers/layer.py", "nn/training/loop.py")
WRITER = "nn/storage/tensorfile.py"
NAMED_TUPLE = {"_asdict", "_fields", "_make", "_replace"}


def files(root):
    """The library's files and the examples, by their path in the tree."""
    folders = [root / name for name in sorted(PACKAGES | {"examples"})]
    found = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*.py"))]
    return {str(path.relative_to(root)): path for path in found}


def moduleOf(name):
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def isDoor(name):
    return name.endswith("__init__.py")


def roomOf(module):
    """The room of the floors that a module lies in, None outside of the house."""
    rooms = [room for floor in FLOORS for room in floor if module == room or module.startswith(room + ".")]
    return max(rooms, key=len, default=None)


def floorOf(room):
    return next(i for i, floor in enumerate(FLOORS) if room in floor)


def imports(path, modules):
    """The library's modules that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in modules else node.module), node.lineno


def edges(root):
    """Imports between files of the library: (file, line, module imported)."""
    tree = files(root)
    modules = {moduleOf(name) for name in tree}
    return [
        (name, line, module)
        for name, path in tree.items()
        for module, line in imports(path, modules)
        if module.partition(".")[0] in PACKAGES | {"examples"}
    ]


def wrongFloors(root):
    """Imports from a floor above, from a neighbour on the same floor, or through an upper or one's own door."""
    found = []
    for name, line, module in edges(root):
        mine, other = roomOf(moduleOf(name)), roomOf(module)
        if isDoor(name) or mine is None:
            continue
        if mine == "examples" or module == "leibnet.siblings":
            continue
        if other is None:  # nn itself, the door of all its rooms
            found.append(f"{name}:{line} imports {module}, a door above it")
        elif mine != other and floorOf(other) >= floorOf(mine):
            found.append(f"{name}:{line} imports {module}, which is not below {mine}")
        elif module == mine:
            found.append(f"{name}:{line} imports {module} through its own door")
    return found


def circles(root):
    """Files that import one another in a circle."""
    tree = files(root)
    byModule = {moduleOf(name): name for name in tree if not isDoor(name)}
    graph = {name: set() for name in byModule.values()}
    for name, _, module in edges(root):
        if name in graph and module in byModule:
            graph[name].add(byModule[module])
    found, done = [], set()

    def visit(name, way):
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
        elif name not in done:
            for other in sorted(graph[name]):
                visit(other, [*way, name])
            done.add(name)

    for name in graph:
        visit(name, [])
    return found


def reachIns(root):
    """Underscores of another file: `other._name`, if this file defines no such name, `from other import _name`."""
    found = []
    for name, path in files(root).items():
        tree = ast.parse(path.read_text("utf-8"))
        own = set(NAMED_TUPLE)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                own.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in (part for one in targets for part in ast.walk(one)):
                    if isinstance(target, ast.Name):
                        own.add(target.id)
                    elif isinstance(target, ast.Attribute) and ast.unparse(target.value) in ("self", "cls"):
                        own.add(target.attr)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isPrivate(node.attr) and node.attr not in own:
                if ast.unparse(node.value) not in ("self", "cls") and not isOutside(node.value):
                    found.append(f"{name}:{node.lineno} reaches for {ast.unparse(node)}")
            elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in PACKAGES:
                found += [f"{name}:{node.lineno} imports {alias.name}" for alias in node.names if isPrivate(alias.name)]
    return found


def isPrivate(name):
    return name.startswith("_") and not name.startswith("__")


def isOutside(value):
    """Whether it is a module of Python's own (`os._exit`), whose underscores are not ours to judge."""
    return isinstance(value, ast.Name) and value.id in ("os", "sys", "signal")


def crowded(root):
    """Rooms with more files than fit, files with more lines than are read in one sitting; examples may be as many."""
    tree = files(root)
    rooms = {}
    for name in tree:
        if not isDoor(name):
            rooms.setdefault(str(Path(name).parent), []).append(name)
    found = [
        f"{room} has {len(inside)} files"
        for room, inside in rooms.items()
        if len(inside) > FILES_OF_A_ROOM and room != "examples"
    ]
    for name, path in tree.items():
        lines, most = len(path.read_text("utf-8").splitlines()), FEW_LINES if name in SHORT else LINES
        if lines > most and not name.startswith("examples/"):
            found.append(f"{name} has {lines} lines, at most {most} are read in one sitting")
    return found


def busyDoors(root):
    """Doors that define something beside what they hand out."""
    found = []
    for name, path in files(root).items():
        if not isDoor(name):
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            hands_out = isinstance(node, (ast.Import, ast.ImportFrom))
            hands_out |= isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if isinstance(node, ast.Assign):
                tables = {"__all__"} | ({"_OWN", "_PACKAGES"} if name == "leibnet/__init__.py" else set())
                hands_out |= {ast.unparse(target) for target in node.targets} <= tables
            if isinstance(node, ast.FunctionDef):
                hands_out |= name == "leibnet/__init__.py" and node.name in ("__getattr__", "__dir__")
            if not hands_out:
                found.append(f"{name}:{node.lineno} defines {ast.unparse(node).splitlines()[0]}")
    return found


def otherWriters(root):
    """Files that write safetensors beside the one that does it for all, so that equal files are equal to the bit."""
    found = []
    for name, path in files(root).items():
        if name == WRITER:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "safetensors":
                taken = [alias.name for alias in node.names if alias.name.startswith(("save", "serialize", "numpy"))]
            elif isinstance(node, ast.Import):
                taken = [alias.name for alias in node.names if alias.name.partition(".")[0] == "safetensors"]
            else:
                continue
            found += [f"{name}:{node.lineno} imports {one} from safetensors, go through {WRITER}" for one in taken]
    return found


RULES = [wrongFloors, circles, reachIns, crowded, busyDoors, otherWriters]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_in_order(rule):
    assert rule(ROOT) == []


def test_every_room_has_its_floor():
    assert {roomOf(moduleOf(name)) for name in files(ROOT)} - {None} <= {room for floor in FLOORS for room in floor}
    assert {moduleOf(name) for name in files(ROOT) if roomOf(moduleOf(name)) is None} == {"nn"}


# The rules are examined: each finds what is planted ------------------------------------------------------------------

HOUSE = {
    "leibnet/__init__.py": "",
    "leibnet/arrays.py": "def isFinite(): ...",
    "loss/__init__.py": "from loss.loss import Loss\n__all__ = ['Loss']",
    "loss/loss.py": "from leibnet.arrays import isFinite\nclass Loss:\n    def _terms(self): ...",
    "layers/__init__.py": "",
    "layers/layer.py": "import loss\nfrom loss import Loss",
    "layers/branches/__init__.py": "",
    "layers/branches/copy.py": "from layers.layer import Layer",
    "nn/__init__.py": "from nn.models.mlp import MLP",
    "nn/storage/tensorfile.py": "from safetensors.numpy import save",
    "nn/training/__init__.py": "",
    "nn/training/loop.py": "from layers.layer import Layer\nstep = lambda wanted: wanted._replace(input=False)",
    "nn/models/__init__.py": "",
    "nn/models/mlp.py": "from nn.training import loop\nfrom nn.training.loop import step",
    "examples/train.py": "from nn import MLP",
}

PLANTED = [
    (wrongFloors, "loss/loss.py", "from layers.layer import Layer"),
    (wrongFloors, "loss/loss.py", "import optimizer"),
    (wrongFloors, "loss/loss.py", "def f():\n    from optimizer.adam import Adam"),
    (
        wrongFloors,
        "leibnet/arrays.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from loss import Loss",
    ),
    (wrongFloors, "nn/training/loop.py", "from nn import MLP"),
    (wrongFloors, "nn/training/loop.py", "from nn.models.mlp import MLP"),
    (wrongFloors, "nn/training/loop.py", "from nn.training import step"),
    (wrongFloors, "layers/layer.py", "from nn.training.loop import step"),
    (wrongFloors, "nn/models/mlp.py", "import examples.train"),
    (circles, "layers/layer.py", "from layers.branches.copy import Copy"),
    (circles, "layers/layer.py", "def f():\n    import layers.branches.copy"),
    (circles, "leibnet/arrays.py", "from loss.loss import Loss"),
    (reachIns, "layers/layer.py", "def f(loss):\n    return loss._terms()"),
    (reachIns, "layers/layer.py", "def f(model):\n    model.chain._updates = None"),
    (reachIns, "layers/layer.py", "from loss.loss import _terms"),
    (reachIns, "examples/train.py", "MLP()._learn()"),
    (crowded, "layers/layer.py", "x = 1\n" * 150),
    (crowded, "loss/loss.py", "x = 1\n" * 350),
    (busyDoors, "layers/__init__.py", "def f(): ..."),
    (busyDoors, "nn/__init__.py", "limit = 3"),
    (busyDoors, "leibnet/__init__.py", "def f(): ..."),
    (busyDoors, "nn/training/__init__.py", "print('loaded')"),
    (otherWriters, "nn/models/mlp.py", "def f():\n    from safetensors.numpy import load, save as pack"),
    (otherWriters, "nn/models/mlp.py", "from safetensors import safe_open, serialize_file"),
    (otherWriters, "examples/train.py", "import safetensors.numpy as files"),
]


def build(root, house):
    for name, text in house.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_house_in_order_passes(rule, tmp_path):
    build(tmp_path, HOUSE)
    assert rule(tmp_path) == []


@pytest.mark.parametrize(("rule", "place", "planted"), PLANTED)
def test_what_is_planted_is_found(rule, place, planted, tmp_path):
    build(tmp_path, HOUSE | {place: HOUSE[place] + "\n" + planted})
    found = rule(tmp_path)
    assert found
    assert any(place in line for line in found)


def test_a_crowded_room_is_found(tmp_path):
    build(tmp_path, HOUSE | {f"loss/loss{i}.py": "" for i in range(14)})
    assert crowded(tmp_path) == ["loss has 15 files"]
