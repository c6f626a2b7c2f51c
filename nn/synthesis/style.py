"""How a picture looks, by Gram matrices."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import flag, refusal
from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import At, FrozenNetwork
from nn.synthesis.inputobjective import InputObjective, Measured, Seen, Term, checkField, several
from nn.synthesis.resizing import resized


class Style(InputObjective):
    """E = 1/L Σₗ |Gₗ - Aₗ|² / |Aₗ|², with the Gram matrix G = F Fᵀ / M of the M columns of activations F.

    G says which channels are active together, and nothing of where: it is the picture's texture (Gatys, Ecker & Bethge
    2015 and 2016 (CVPR), equations 3 to 5). A is that of another picture. Relative to its size, as every network has
    activations of its own size: the paper's wₗ are the same for all layers but for that. With random filters it is the
    texture model of Ustyuzhaninov et al. 2016, arXiv:1606.00021.

    Parameters
    ----------
    picture : (channels, height, width) or (channels, height, width, 1), of any size that the network takes. In smaller
        octaves it is smaller, too.
    at : the layer, or a list of L layers, by number or name. Also layers near the input are wanted, for fine structure.
    weight : how much it counts beside other objectives; default 1.
    """

    title = "style"

    def __init__(self, picture: Any, at: At | list[At], weight: float = 1.0, standardized: bool = False) -> None:
        super().__init__(weight)
        self.picture, self.at, self.standardized = picture, at, flag("Style", "standardized", standardized)

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        places = [network.place(self.name, one) for one in several(self.name, self.at)]
        checkField(self.name, network, scale, x, places)
        example = network.picture(self.name, "picture", self.picture)
        if example.ndim != 4 or len(example) != len(x) or example.shape[-1] != 1:
            raise ValueError(refusal(self.name, "picture", f"one picture ({len(x)}, height, width)", example.shape))
        network.check(self.name, example.shape[:-1], places)
        height, width = (max(1, round(scale * side)) for side in example.shape[1:3])
        example = resized(example, height, width)
        outputs = network.outputs(example, places)
        scales = {place: self._scale(F) for place, F in outputs.items()}
        targets = {place: gram(_scaled(F, scales[place]))[0] for place, F in outputs.items()}
        norms = {place: float(np.vdot(A, A)) or 1.0 for place, A in targets.items()}

        def measure(seen: Seen) -> Measured:
            value, gradients = 0.0, {}
            for place in places:
                F, (_, deviation) = seen[place], scales[place]
                columns = _columns(_scaled(F, scales[place]))
                difference = np.matmul(columns, columns.swapaxes(1, 2)) / columns.shape[2] - targets[place]
                share = 1 / (len(places) * norms[place] * F.shape[-1])
                value += share * float(np.vdot(difference, difference))
                dF = 4 * share / columns.shape[2] * np.matmul(difference[:, : len(F)], columns)
                gradients[place] = np.moveaxis(dF, 0, -1).reshape(F.shape) / deviation
            return value, gradients

        return Term(places, measure)

    def _scale(self, F: Array) -> tuple[Array, Array]:
        """What is subtracted from every channel, and what it is divided by."""
        if not self.standardized:
            return np.zeros(0, F.dtype), np.ones((len(F), *(1,) * (F.ndim - 1)), F.dtype)
        mean, deviation = (what(F, axis=tuple(range(1, F.ndim)), keepdims=True) for what in (np.mean, np.std))
        usual = np.sqrt(np.mean(deviation**2)) or 1.0  # channels that the example hardly has are not blown up
        return mean, np.sqrt((deviation**2 + 0.1 * usual**2) / 1.1).astype(F.dtype)


def _scaled(F: Array, scale: tuple[Array, Array]) -> Array:
    """F, or standardised with a channel of ones beside it."""
    mean, deviation = scale
    return np.concatenate([(F - mean) / deviation, np.ones_like(F[:1])]) if mean.size else F


def _columns(F: Array) -> Array:
    """Maps (channels, height, width, N) as (N, channels, M)."""
    return np.moveaxis(F.reshape(len(F), -1, F.shape[-1]), -1, 0)


def gram(F: Array) -> Array:
    """F Fᵀ / M of maps (channels, height, width, N), M = height · width, of every picture: (N, channels, channels).

    >>> gram(np.arange(4.0).reshape(2, 1, 2, 1))
    array([[[0.5, 1.5],
            [1.5, 6.5]]])
    """
    columns = _columns(F)
    return np.matmul(columns, columns.swapaxes(1, 2)) / columns.shape[2]
