"""Leibnet: neural networks from scratch in NumPy, with hand-written backpropagation.

`import leibnet` hands out the public names of all packages: `leibnet.MLP` is `nn.MLP`. Its own modules are the ground
floor, which all packages stand on. They import it first, so that `blaskernels` can choose before NumPy is loaded.
"""

from leibnet.processor.blaskernels import chosen
from leibnet.version import __version__

_OWN = {
    "description": "fused.choice",
    "kernels": "fused.choice",
    "seed": "randomness",
    "threads": "processor.threadcount",
}
_PACKAGES = ("activations", "loss", "optimizer", "dataset", "layers", "nn")

__all__ = ["__version__", "chosen"]


def __getattr__(name: str) -> object:
    from importlib import import_module, util

    from leibnet.siblings import sibling

    if name in _OWN:
        return getattr(import_module(f"leibnet.{_OWN[name]}"), name)
    if not name.startswith("_") and util.find_spec(f"leibnet.{name}") is None:  # which Python looks for by itself
        for package in map(sibling, _PACKAGES):
            if name in package.__all__:
                return getattr(package, name)
    raise AttributeError(f"leibnet has no name {name!r}")


def __dir__() -> list[str]:
    from leibnet.siblings import sibling

    return sorted({*__all__, *_OWN, *(name for package in _PACKAGES for name in sibling(package).__all__)})
