"""How a picture looks, by Gram matrices."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import At, FrozenNetwork
from nn.synthesis.inputobjective import InputObjective, Measured, Seen, Term, positions, several
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

    def __init__(self, picture: Any, at: At | list[At], weight: float = 1.0) -> None:
        super().__init__(weight)
        self.picture, self.at = picture, at

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        places = [network.place(self.name, one) for one in several(self.name, self.at)]
        example = network.picture(self.name, "picture", self.picture)
        if example.ndim != 4 or len(example) != len(x) or example.shape[-1] != 1:
            raise ValueError(refusal(self.name, "picture", f"one picture ({len(x)}, height, width)", example.shape))
        height, width = (max(1, round(scale * side)) for side in example.shape[1:3])
        example = resized(example, height, width)
        network.check(self.name, example.shape[:-1], places)
        targets = {place: gram(y)[0] for place, y in network.outputs(example, places).items()}
        norms = {place: float(np.vdot(A, A)) or 1.0 for place, A in targets.items()}

        def measure(seen: Seen) -> Measured:
            value, gradients = 0.0, {}
            for place in places:
                F = seen[place]
                difference = gram(F) - targets[place]
                share = 1 / (len(places) * norms[place] * F.shape[-1])
                value += share * float(np.vdot(difference, difference))
                columns = np.moveaxis(F.reshape(len(F), -1, F.shape[-1]), -1, 0)  # (N, channels, M)
                dF = 4 * share / positions(F) * np.matmul(difference, columns)
                gradients[place] = np.moveaxis(dF, 0, -1).reshape(F.shape)
            return value, gradients

        return Term(places, measure)


def gram(F: Array) -> Array:
    """F Fᵀ / M of maps (channels, height, width, N), M = height · width, of every picture: (N, channels, channels).

    >>> gram(np.arange(4.0).reshape(2, 1, 2, 1))
    array([[[0.5, 1.5],
            [1.5, 6.5]]])
    """
    columns = np.moveaxis(F.reshape(len(F), -1, F.shape[-1]), -1, 0)
    return np.matmul(columns, columns.swapaxes(1, 2)) / columns.shape[2]
