"""Whether two pictures have the same in the same places, by deep features."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal

import numpy as np

from layers import Chain
from nn.models.mlp import MLP
from nn.synthesis.frozennetwork import At, FrozenNetwork

OWNER = "featureCorrelation"


def featureCorrelation(network: MLP | Chain, a: Any, b: Any, at: At) -> float:
    """The correlation of a layer's activations for two pictures of one size, from -1 to 1.

    Every channel is taken without its mean, which a network gives to all pictures alike: pictures that have nothing to
    do with one another have about 0.

    Parameters
    ----------
    network : an `MLP` or a `layers.Chain`.
    a, b : (channels, height, width) or (channels, height, width, N).
    at : the layer, by number or name; one of maps, since of a single number nothing is left without the mean.

    Example
    -------
    >>> from layers import Conv2D
    >>> network, picture = MLP([Conv2D(3, 4, 3, rng=0)]), np.random.default_rng(0).random((3, 8, 8))
    >>> round(featureCorrelation(network, picture, picture / 2, 0), 6)
    1.0
    """
    frozen = FrozenNetwork(network)
    place = frozen.place(OWNER, at)
    x, y = (frozen.picture(OWNER, name, one) for name, one in (("a", a), ("b", b)))
    if x.ndim != 4:
        raise ValueError(refusal(OWNER, "a", "pictures (channels, height, width, N)", x.shape))
    if x.shape != y.shape:
        raise ValueError(refusal(OWNER, "b", f"a picture of the shape of a, {x.shape}", y.shape))
    F, P = (frozen.outputs(one, [place])[place].astype(float) for one in (x, y))
    if F.size == len(F):
        expected, remedy = "a layer that gives more than one number a channel", "take one nearer to the input"
        raise ValueError(refusal(OWNER, "at", expected, frozen.names[place.layer], remedy))
    F, P = (one - one.mean(axis=tuple(range(1, one.ndim)), keepdims=True) for one in (F, P))
    size = float(np.linalg.norm(F) * np.linalg.norm(P))
    return float(np.vdot(F, P)) / size if size else 0.0
