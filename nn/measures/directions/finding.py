"""Directions in a space of codes: from attributes, and without any."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import choice, instance, number, refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import columnsOf
from nn.measures.codes.linearprobe import LinearProbe
from nn.measures.latent import attributeVector
from nn.models.mlp import MLP
from nn.models.pca import PCA

NOTHING = 1e-6  # of a direction's length


def attributeDirection(codes: Any, attribute: Any, way: str = "classifier", share: float = 0.5) -> Array:
    """The direction in which pictures gain an attribute, (dim, 1), of length 1.

        "classifier"    n = S² w / ‖S² w‖         w the normal of the hyperplane that separates those with the attribute
                                                  from those without, S the deviations of the codes
        "means"         n = (m₁ - m₀) / ‖m₁ - m₀‖     between the means of those with and those without

    The first is that of InterFaceGAN (Shen et al. 2020, arXiv:1907.10786) and of Viazovetskyi et al. 2020
    (arXiv:2003.03581), whose codes all have the same deviation; S² w is the normal in units of the deviations, so that
    a code of a VAE that never changes has no part in it. The second is `attributeVector`. The classifier is a
    `LinearProbe`, which chooses its penalty on a fifth of the codes.

    Parameters
    ----------
    codes : (dim, N), of pictures whose attribute is known: noise of a GAN whose samples were measured, or the codes
        that a VAE gives to data.
    attribute : (N,), bool, or numbers such as those of `imageAttributes`.
    way : "classifier" (default) or "means".
    share : of numbers, the highest are compared with the lowest, this share of the codes each; default 0.5, all codes,
        those above the median with the others. InterFaceGAN takes 0.02: its attributes are a network's guesses.

    Example
    -------
    >>> codes = np.random.default_rng(0).normal(size=(3, 500))
    >>> attributeDirection(codes, 2 * codes[1] + 5, "means").round(1) + 0.0
    array([[0.],
           [1.],
           [0.]])
    """
    owner = "attributeDirection"
    codes = columnsOf(owner, "codes", codes)
    choice(owner, "way", way, ["classifier", "means"])
    share = number(owner, "share", share, low=0, high=0.5, excluding="low")
    having, lacking = _extremes(attribute, codes.shape[1], share)
    if way == "means":
        return _unit(owner, "attribute", attributeVector(codes, having, lacking))
    chosen = np.flatnonzero(having | lacking)
    if len(chosen) < 5:
        expected = "one by which 5 codes or more can be compared"
        raise ValueError(refusal(owner, "attribute", expected, len(chosen), "give more, or a larger share"))
    probe = LinearProbe().fit(codes[:, chosen], having[chosen].astype(int))
    normal = (probe.weight[1] - probe.weight[0])[:, None] * codes[:, chosen].var(axis=1, keepdims=True)
    return _unit(owner, "attribute", normal)


def principalDirections(generator: MLP, codes: Any, count: int = 10, until: int = 1) -> Array:
    """The directions in which a generator's first features change most, without any label: (dim, count), columns of
    length 1, the strongest first (GANSpace, Härkönen et al. 2020, arXiv:2004.02546, section 2.2, as for BigGAN).

        y = features of G's first layers for codes z        x = Vᵀ(y - μ), the principal components of y
        U = argmin Σ ‖U x - (z - mean of z)‖²               one direction of codes, a column of U, for each component

    Parameters
    ----------
    generator : a GAN's `generator`, or a VAE's `decoder`.
    codes : (dim, N), draws from N(0, I): thousands.
    count : of components; default 10.
    until : the features are those of the layers before this place; default 1, the first layer's.

    Example
    -------
    >>> from layers import Dense
    >>> W = np.array([[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    >>> generator = MLP([Dense(2, 3, initializer=lambda *_: W)])
    >>> codes = np.random.default_rng(0).normal(size=(2, 2000))
    >>> np.abs(principalDirections(generator, codes, count=2)).round(1)
    array([[1., 0.],
           [0., 1.]])
    """
    owner = "principalDirections"
    instance(owner, "generator", generator, MLP, "gan.generator or vae.decoder")
    codes = columnsOf(owner, "codes", codes)
    count, until = wholeNumber(owner, "count", count), wholeNumber(owner, "until", until)
    if until > len(generator.layers):
        expected = f"a place among the generator's {len(generator.layers)} layers"
        raise ValueError(refusal(owner, "until", expected, until))
    features = generator.predict(codes, until=until)
    features = features.reshape(-1, features.shape[-1])
    pca = PCA().fit(features)
    most = int(np.sum(pca.explainedVariance[: len(codes)] > NOTHING * pca.explainedVariance[0]))
    if count > most:
        expected = f"at most {most}, as many components as these codes give the features"
        raise ValueError(refusal(owner, "count", expected, count))
    x = pca.transform(features)[:count]  # uncorrelated, so that each column of U is a correlation with one of them
    directions = (codes - codes.mean(axis=1, keepdims=True)) @ x.T  # (dim, N) · (N, count)
    return np.concatenate([_unit(owner, "codes", one[:, None]) for one in directions.T], axis=1)


def conditionalDirection(direction: Any, others: Any) -> Array:
    """A direction without what it shares with others, (dim, 1), of length 1 (InterFaceGAN, Shen et al. 2020,
    arXiv:1907.10786, section 2.3).

        n - (nᵀm) m        for one other m of length 1; for several, n less its projection onto their span

    Moving along it leaves what linear classifiers with the normals m say as it is.

    Parameters
    ----------
    direction : (dim, 1) or (dim,).
    others : (dim, M), a column each, or (dim,).

    Example
    -------
    >>> conditionalDirection([1.0, 1.0], [0.0, 2.0])
    array([[1.],
           [0.]])
    """
    owner = "conditionalDirection"
    direction = directionOf(owner, "direction", direction)
    others = realNumbers(owner, "others", others, np.dtype(float), finite=True)
    others = others[:, None] if others.ndim == 1 else others
    if others.ndim != 2 or len(others) != len(direction) or not others.shape[1]:
        expected = f"one direction or more, ({len(direction)}, M), as long as direction is"
        raise ValueError(refusal(owner, "others", expected, others.shape))
    axes, sizes, _ = np.linalg.svd(others, full_matrices=False)
    span = axes[:, sizes > NOTHING * sizes.max(initial=0.0)]
    rest = direction - span @ (span.T @ direction)
    if np.linalg.norm(rest) <= NOTHING:
        raise ValueError(refusal(owner, "direction", "one that the others do not span", direction.ravel()))
    return rest / np.linalg.norm(rest)


def directionOf(owner: str, name: str, direction: Any, dim: int | None = None) -> Array:
    """One direction, (dim,) or (dim, 1), as a column of length 1 in double precision."""
    column = realNumbers(owner, name, direction, np.dtype(float), finite=True)
    column = column[:, None] if column.ndim == 1 else column
    if column.ndim != 2 or column.shape[1] != 1 or dim not in (None, len(column)):
        expected = f"one direction ({dim or 'dim'},) or ({dim or 'dim'}, 1)"
        raise ValueError(refusal(owner, name, expected, column.shape))
    return _unit(owner, name, column)


def _unit(owner: str, name: str, direction: Array) -> Array:
    length = float(np.linalg.norm(direction))
    if not length > 0:
        raise ValueError(refusal(owner, name, "one that gives a direction", "a direction of length 0"))
    return direction / length


def _extremes(attribute: Any, count: int, share: float) -> tuple[Array, Array]:
    """Which codes have the attribute, and which lack it; of numbers, the highest and the lowest."""
    owner = "attributeDirection"
    attribute = realNumbers(owner, "attribute", attribute, finite=True)
    if attribute.shape != (count,):
        raise ValueError(refusal(owner, "attribute", f"bool or numbers ({count},), one a code", attribute.shape))
    if attribute.dtype == bool:
        having, lacking = attribute, ~attribute
    else:
        lacking = attribute <= np.quantile(attribute, share)
        having = attribute >= np.quantile(attribute, 1 - share)
        if (having & ~lacking).any():
            having &= ~lacking
        else:  # most have the largest number, such as 1 of 0 and 1
            lacking &= ~having
    if not having.any() or not lacking.any():
        expected = "one that some codes have and others lack"
        raise ValueError(
            refusal(owner, "attribute", expected, f"{having.sum()} that have it, {lacking.sum()} that lack it")
        )
    return having, lacking
