"""A synthesis under way, in a file from which it goes on to the bit."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from leibnet.arguments import refusal
from leibnet.files import reason, refuseSpecial, writeAtomically
from leibnet.plain import asStored, differences, generatorLike, generatorState, isCount, require, toJson
from leibnet.terminal import warn
from leibnet.types import Array

import numpy as np

from layers import Chain
from nn.models.mlp import MLP
from nn.storage.tensorfile import CHECKSUM, digest, packed, unpacked
from nn.training.checkpoint import Checkpoint, CheckpointError
from nn.training.history import History

SYNTHESIS = "leibnet synthesis"  # begins the format of all versions
FORMAT = f"{SYNTHESIS} 1"
WRONG = ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError


class Moment(NamedTuple):
    """Where a synthesis is between two rounds of steps.

    Attributes
    ----------
    octave, step : the number of the octave, and of steps made in it.
    x : the picture.
    began : what it was when the octave began.
    rng : the state of the generator.
    entries : of the history.
    """

    octave: int
    step: int
    x: Array
    began: Array
    rng: Any
    entries: int


class Keeping:
    """The file of a synthesis, if there is to be one.

    Parameters
    ----------
    place : where, and how often; None: nowhere.
    settings : the arguments, as plain values, which must be the same where it goes on.
    network, pictures : what else must be the same.
    """

    def __init__(
        self,
        place: Checkpoint | str | os.PathLike[str] | None,
        settings: Any,
        network: MLP | Chain,
        pictures: Iterable[Any],
    ) -> None:
        checkpoint = self._checkpoint = None if place is None else Checkpoint.at(place)
        self._written = time.perf_counter()
        if checkpoint is None:
            return
        if checkpoint.metric is not None:
            remedy = "of a picture there are no best weights"
            raise ValueError(refusal("optimizeInput", "checkpoint", "one without a metric", checkpoint, remedy))
        if not checkpoint.path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {checkpoint.path.parent} for the checkpoint: make it first")
        refuseSpecial(checkpoint.path, "give the path of a file as checkpoint")
        chain = network if isinstance(network, Chain) else network.chain
        leaves = chain.leaves().items()
        arrays = {f"{name}.{key}": one for name, leaf in leaves for key, one in leaf.parameters.items()}
        arrays |= {f"{name}.{key}": one for name, leaf in leaves for key, one in leaf.statistics.items()}
        self._settings = asStored(settings) | {
            "network": digest({"network": toJson(chain.config())}, arrays),
            "pictures": digest({}, {str(i): np.asarray(one) for i, one in enumerate(pictures)}),
        }

    @property
    def isDue(self) -> bool:
        """Whether it is time to write."""
        return self._checkpoint is not None and time.perf_counter() - self._written >= self._checkpoint.seconds

    def write(self, now: Moment, history: History, optimizer: Mapping[str, Array]) -> None:
        """Writes the file; what keeps it from being written is a warning."""
        if self._checkpoint is None:
            return
        said = {
            "settings": self._settings, "octave": now.octave, "step": now.step, "rng": generatorState(now.rng),
            "index": history.index[: now.entries], "seconds": history.seconds,
            "values": {name: entries[: now.entries] for name, entries in history.items()},
        }  # fmt: skip
        tensors = {"picture": now.x, "began": now.began} | {f"optimizer/{name}": one for name, one in optimizer.items()}
        tensors = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
        content = packed(tensors, {"format": FORMAT, "synthesis": toJson(said)})
        try:
            writeAtomically(self._checkpoint.path, content)
        except OSError as error:
            path = self._checkpoint.path
            warn(f"the checkpoint {path} cannot be written: {reason(error)}. The synthesis goes on.", RuntimeWarning)
        self._written = time.perf_counter()

    def read(
        self, sizes: list[tuple[int, ...]], rng: np.random.Generator, history: History
    ) -> tuple[Moment, dict[str, Array]] | None:
        """What the file holds, whose entries are put into the history; None where there is no file."""
        if self._checkpoint is None or not self._checkpoint.path.exists():
            return None
        path = self._checkpoint.path
        from safetensors import SafetensorError

        try:
            metadata, tensors = unpacked(path)
            checksum = metadata.pop(CHECKSUM, "")
            if metadata.get("format") != FORMAT or checksum != digest(metadata, tensors):
                raise ValueError("it holds no synthesis, or a damaged one")
            said = json.loads(metadata["synthesis"])
            for way, mine, its in differences(self._settings, said["settings"]):
                raise ValueError(
                    f"{'.'.join(way)} was {its!r} there, and is {mine!r} now; make them equal, or go on without resume"
                )
            fits = all(isCount(said[name]) for name in ("octave", "step")) and said["octave"] <= len(sizes)
            require("octave and step", fits, f"whole numbers, octave up to {len(sizes)}", said)
            shape = sizes[min(said["octave"], len(sizes) - 1)]
            require("picture", tensors["picture"].shape == tensors["began"].shape == shape, f"{shape}", said)
            state = generatorLike("rng", rng, said["rng"])
            history.setState({name: said[name] for name in ("index", "values", "seconds")})
        except (SafetensorError, *WRONG) as error:
            message = f"{path} is no checkpoint from which this synthesis could go on: {reason(error)}"
            raise CheckpointError(message) from error
        arrays = {key.removeprefix("optimizer/"): one for key, one in tensors.items() if key.startswith("optimizer/")}
        moment = Moment(
            said["octave"], said["step"], tensors["picture"], tensors["began"], state, len(history.index)
        )  # fmt: skip
        return moment, arrays
