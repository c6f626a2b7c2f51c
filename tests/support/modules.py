"""The modules of the library, for tests of all of them: `from modules import MODULES, PACKAGES`."""

import importlib
import pkgutil
from importlib.util import find_spec

PACKAGES = ["activations", "dataset", "layers", "leibnet", "loss", "nn", "optimizer"]
NEEDED = {
    "leibnet.fused.compiled.": "numba",
    "nn.estimators": "sklearn",
    "nn.explore.pa": "nicegui",
}  # by modules whose names begin so


def found():
    """All modules of the library, those of its rooms, too; without those whose packages are missing."""
    for package in PACKAGES:
        yield package
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            needed = [package for start, package in NEEDED.items() if module.name.startswith(start)]
            if all(map(find_spec, needed)):
                yield module.name


MODULES = list(found())
