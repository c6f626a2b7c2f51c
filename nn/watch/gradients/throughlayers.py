"""Gradients on their way back through the layers of a network."""

from __future__ import annotations

from collections.abc import Sequence

from leibnet.arrays import rootMeanSquare

from layers import Layer
from nn.watch import sentences
from nn.watch.inside.units import isBounded
from nn.watch.reading import learning, placeOf
from nn.watch.symptom import Finding, Observation, Symptom

VANISHING = 1e-3  # the smallest against the largest gradient among the layers of a network


class Gradients(Symptom):
    """Gradients that vanish or explode on their way back: √(1/n Σ g²) differs a thousandfold between two layers.

    Parameters
    ----------
    chains : see `nn.watch.symptoms.general`.
    """

    rank = 4

    def __init__(self, chains: Sequence[Sequence[Layer]]) -> None:
        super().__init__()
        self._chains = [learning(chain) for chain in chains]

    def find(self, seen: Observation) -> Finding | None:
        for chain in self._chains:
            sizes = [rootMeanSquare(layer.gradientVector) for layer in chain]
            if not sizes or not min(sizes) < VANISHING * max(sizes):
                continue
            small, large = sizes.index(min(sizes)), sizes.index(max(sizes))
            vanishing = small < large
            place, reference = (small, large) if vanishing else (large, small)
            layer, ratio = chain[place], sizes[place] / max(sizes[reference], 1e-300)
            sentence = sentences.VANISHING_GRADIENTS if vanishing else sentences.EXPLODING_GRADIENTS
            instead = f"ReLU() in place of {layer.activation!r}" if isBounded(layer.activation) else "larger weights"
            return sentence.of(layer, ratio=ratio, other=placeOf(chain[reference]), instead=instead)
        return None
