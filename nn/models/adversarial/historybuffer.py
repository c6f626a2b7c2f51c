"""Earlier samples of a generator, for its discriminator."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.ranks import apart
from leibnet.types import Array

import numpy as np


class HistoryBuffer:
    """What a generator gave earlier, so that a discriminator does not forget it (Shrivastava et al. 2017, section 2.3).

    arXiv:1612.07828; here as in CycleGAN (Zhu et al. 2017, arXiv:1703.10593, section 4): until the buffer is full, the
    samples go into it and are given back. From then on each of them, with probability 1/2, is given back itself, or it
    takes the place of a random one in the buffer, which is given in its stead.

    Parameters
    ----------
    size : how many samples are kept; default 50, CycleGAN's. 0: none, samples are given back as they are.

    Attributes
    ----------
    samples : those that are there, (..., n) with n up to `size`; None before the first.

    Example
    -------
    >>> buffer = HistoryBuffer(2)
    >>> buffer.exchange(np.array([[1.0, 2.0]]), np.random.default_rng(0))
    array([[1., 2.]])
    >>> buffer.exchange(np.array([[3.0, 4.0, 5.0]]), np.random.default_rng(0))
    array([[1., 4., 5.]])
    """

    def __init__(self, size: int = 50) -> None:
        self.size = wholeNumber("HistoryBuffer", "size", size, least=0)
        self.samples: Array | None = None

    def exchange(self, samples: Array, rng: np.random.Generator) -> Array:
        """As many samples in the stead of these (..., n), which stay as they are; a new array."""
        if self.samples is not None and self.samples.shape[:-1] != samples.shape[:-1]:
            expected = f"of shape {(*self.samples.shape[:-1], 'n')}, as the earlier ones"
            raise ValueError(refusal("HistoryBuffer.exchange", "samples", expected, samples.shape))
        given, n = samples.copy(), samples.shape[-1]
        there = 0 if self.samples is None else self.samples.shape[-1]
        new = min(n, self.size - there)
        with apart(rng) as own:  # of several ranks, each has a buffer of its own
            full = self.size > 0 and new < n
            stays = own.random(n - new if full else 0) < 0.5
            places = own.integers(max(1, self.size), size=len(stays))
        if new > 0:
            first = given[..., :new]
            self.samples = first.copy() if self.samples is None else np.concatenate((self.samples, first), axis=-1)
        if full and self.samples is not None:
            for i in np.flatnonzero(~stays):  # one after the other: a place may be drawn twice
                given[..., new + i] = self.samples[..., places[i]]
                self.samples[..., places[i]] = samples[..., new + i]
        return given

    def state(self) -> dict[str, Any]:
        """The samples, by name; nothing before the first."""
        return {} if self.samples is None else {"samples": self.samples.copy()}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""
        self.samples = np.array(state["samples"]) if "samples" in state else None
