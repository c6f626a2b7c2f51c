"""What the free energies of data and of draws tell of a Boltzmann machine."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from layers import Pass
from nn.models.energy.boltzmannlayer import BoltzmannLayer


def energyFigures(
    layer: BoltzmannLayer, v: Array, w: Array, z: Array, now: Pass, quantities: frozenset[str], aside: int
) -> dict[str, float]:
    """Those of the quantities of an `RBM` that are asked for and made of free energies.

    Parameters
    ----------
    layer : the layer, after a forward pass `now` of data v (inputDim, N).
    v, w, z : the data, centred draws from the model, and W w + c.
    quantities : what is asked for.
    aside : seed of what is drawn for a figure alone.
    """
    values: dict[str, float] = {}
    if not quantities & {"free_energy", "free_energy_gap", "pseudo_likelihood"}:
        return values
    energies = layer.freeEnergy(now.u, now.z)
    if "free_energy" in quantities:
        values["free_energy"] = float(energies.mean())
    if "free_energy_gap" in quantities:
        values["free_energy_gap"] = float(energies.mean() - layer.freeEnergy(w, z).mean())
    if "pseudo_likelihood" in quantities:
        source = np.random.default_rng((aside, 2))
        values["pseudo_likelihood"] = layer.pseudoLikelihood(v, now.u, now.z, energies, source)
    return values
