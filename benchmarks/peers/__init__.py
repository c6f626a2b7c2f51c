"""What `speed.py` compares: Leibnet and the libraries beside it, each in a module of its own.

Every such module has `make(workload)`, which gives a function `step(i, check=False)` that makes the training step of
batch i, from the same initial parameters in all libraries, computes its losses, and returns when it is done. With
`check` the noise of the step is `workload.noise(i)`, and the losses before the update are returned. A module whose
`step` makes several training steps says how many in STEPS; with `check` it makes one. Those that can train the
lecture's classifier on MNIST have `wholeJob(files)`, which reads the files and returns the four metrics of every epoch.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from peers.configuration import Configuration

if TYPE_CHECKING:
    from peers.workloads import Workload

Step = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class Peer:
    """A library to compare, or a form of Leibnet.

    Attributes
    ----------
    name : as it stands in the tables.
    module : in this folder.
    packages : the top-level packages it needs beside Leibnet's own.
    install : how to get them.
    compiler : whether it needs a C++ compiler.
    trains : whether it takes part in the training on MNIST.
    kernels : of Leibnet, "numpy" or "numba".
    layouts : of a library that takes images in several, the modules of them; the fastest counts.
    transformers : its modules for the Transformer, of which the fastest counts as well.
    """

    name: str
    module: str
    packages: tuple[str, ...] = ()
    install: str = ""
    compiler: bool = False
    trains: bool = True
    kernels: str = ""
    layouts: tuple[str, ...] = ()
    transformers: tuple[str, ...] = ()

    def missing(self) -> str:
        """What keeps the peer from running, and what to do; empty if nothing does."""
        if not all(map(find_spec, self.packages)):
            return f"not installed: {self.install}"
        if self.compiler and not any(map(shutil.which, (os.environ.get("CXX", "g++"), "clang++"))):
            return "needs a C++ compiler: install g++ or clang++, or name yours in CXX"
        return ""

    def version(self) -> str:
        return ", ".join(f"{name} {version({'sklearn': 'scikit-learn'}.get(name, name))}" for name in self.packages)

    def runs(self, workload: Workload) -> bool:
        if workload.isConvolutional:
            return self in FORMS or bool(self.layouts)
        if workload.isTransformer:
            return self in FORMS or bool(self.transformers)
        return self.name != "scikit-learn" or (workload.kind, workload.loss) == ("classifier", "categorical")

    def on(self, threads: int, withoutAVX512: bool = False) -> Configuration:
        return Configuration(self.name, self.module, threads, self.kernels, withoutAVX512=withoutAVX512)

    def forms(self, workload: Workload, threads: int, withoutAVX512: bool = False) -> list[Configuration]:
        """For this workload, one for every layout, or way to attend."""
        one = self.on(threads, withoutAVX512)
        several = self.layouts if workload.isConvolutional else self.transformers if workload.isTransformer else ()
        return [replace(one, module=module) for module in several or (self.module,)]


ALONE = Peer("leibnet, NumPy alone", "ours", kernels="numpy")
FORMS = (ALONE, Peer("leibnet, kernels", "ours", ("numba",), "pip install numba", kernels="numba"))

# On MNIST, compiling takes PyTorch longer than it saves, and scikit-learn does not have the lecture's loss; JAX runs an
# epoch as one function there.
PEERS = (
    Peer(
        "pytorch",
        "pytorch",
        ("torch",),
        "pip install torch==2.13.0",
        layouts=("pytorch_images", "pytorch_channelslast"),
        transformers=("pytorch_transformer", "pytorch_multihead"),
    ),
    Peer("pytorch-compiled", "pytorch_compiled", ("torch",), "pip install torch==2.13.0", compiler=True, trains=False),
    Peer("jax", "jax", ("jax",), "pip install jax"),
    Peer("jax, ahead", "jax_ahead", ("jax",), "pip install jax", trains=False),
    Peer("scikit-learn", "sklearn", ("sklearn",), "pip install scikit-learn", trains=False),
    Peer("keras", "keras", ("keras", "jax"), "pip install keras jax"),
)
