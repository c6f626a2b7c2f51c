"""Data of two domains, for networks between them."""

from __future__ import annotations

from collections.abc import Mapping

from leibnet.arguments import refusal
from leibnet.types import Shape

from dataset import Dataset
from layers import Chain
from nn.models.objective import checkInputs
from nn.models.parts import checkDistinct, checkFit, checkRange, checkUnweighted, rangeOf


def checkNetworks(
    networks: Mapping[str, Chain], shapes: tuple[Shape | None, Shape | None], identityWeight: float
) -> None:
    """ValueError if G, F, DX and DY of a `CycleGAN` do not fit together.

    Parameters
    ----------
    networks : the four, by these names.
    shapes : those of one sample of the first and of the second domain, None where any will do.
    identityWeight : above 0 only for domains of one shape.
    """
    owner = "CycleGAN"
    checkDistinct(owner, networks)
    for before, after in (("G", "DY"), ("F", "DX"), ("G", "F"), ("F", "G")):
        checkFit(owner, {before: networks[before], after: networks[after]})
    _check_identity(shapes, identityWeight)


def checkDomains(dataset: Dataset, networks: Mapping[str, Chain], identityWeight: float) -> None:
    """ValueError if the samples of a data set's two domains are not what G, F, DX and DY of a `CycleGAN` take and give.

    Parameters
    ----------
    dataset : the data set.
    networks : the four, by these names.
    identityWeight : above 0 only for domains of one shape.
    """
    if dataset.second is None:
        remedy = "Dataset.fromDomains makes such a one"
        raise ValueError(refusal("CycleGAN", "the data set", "one of two domains", dataset.name, remedy))
    checkUnweighted("CycleGAN", dataset)
    _check_identity((dataset.sampleShape, dataset.second.sampleShape), identityWeight)
    sides = ("G", "DX", "first", dataset, dataset.second), ("F", "DY", "second", dataset.second, dataset)
    for generator, discriminator, which, own, other in sides:
        G = networks[generator]
        for network in (G, networks[discriminator]):
            checkInputs(network, own)
        if (given := G.outputShape(own.sampleShape)) != other.sampleShape:
            expected = f"of shape {given}, which {generator} makes of those of the {which}"
            raise ValueError(refusal("CycleGAN", "samples of the other domain", expected, other.sampleShape))
        checkRange(f"the domain that {generator} translates to", rangeOf(other), G)


def _check_identity(shapes: tuple[Shape | None, Shape | None], identityWeight: float) -> None:
    if identityWeight and None not in shapes and shapes[0] != shapes[1]:
        expected = f"0 for domains of different shapes, {shapes[0]} and {shapes[1]}"
        raise ValueError(refusal("CycleGAN", "identityWeight", expected, identityWeight))
