"""Codes, and the pictures that they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leibnet.types import Array

import numpy as np

from nn.explore.samples import Samples
from nn.explore.scale import PictureScale, pictureShape
from nn.measures.latent import interpolate
from nn.models.adversarial.gan import GAN
from nn.models.autoencoder import Autoencoder
from nn.models.objective import lastActivation
from nn.models.pca import PCA
from nn.models.vae import VAE

GUESSED = 200  # pictures of noise, where there are no samples to learn the codes' ranges from


@dataclass
class Coding:
    """What a model of some kind does with codes.

    Attributes
    ----------
    decode : codes (k, N) to samples.
    encode : samples to codes (k, N), or None where there is no way back.
    middle : (k,), where the sliders begin.
    low, high : (k,), their ends.
    spread : (k,), the deviations of codes that are drawn, about the middle.
    source : what drawing is from, in words.
    spherical : whether the way between two codes is an arc.
    """

    decode: Callable[[Array], Array]
    encode: Callable[[Array], Array] | None
    middle: Array
    low: Array
    high: Array
    spread: Array
    source: str
    spherical: bool = False


class Codes:
    """The codes of a model of pictures: each a number to be moved, all together the picture they stand for.

    Attributes
    ----------
    coding : what the model does with codes.
    order : the codes' places, those first that change the picture most when they go from one end to the other.
    scale : how the samples are pictures.
    changes : (k,), how much each changes the picture, mean squares.
    """

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self.model, self.scale = model, PictureScale(model)
        make = next(make for kind, make in KINDS.items() if isinstance(model, kind))
        self.coding = make(model, self._seen(samples))
        self.changes = self._changes()
        self.order = [int(i) for i in np.argsort(-self.changes, kind="stable")]

    def __len__(self) -> int:
        return len(self.coding.middle)

    def shown(self, z: Array) -> Array:
        """The picture, from 0 to 1, that a code (k,) stands for: (height, width), in colour (height, width, 3)."""
        return self.scale.shown(self.sample(z))

    def sample(self, z: Array) -> Array:
        """The sample (*inputShape, 1) that a code (k,) stands for."""
        return np.asarray(self.coding.decode(np.asarray(z, float)[:, np.newaxis]))

    def codesOf(self, x: Array) -> Array:
        """The code (k,) of a sample (*inputShape, 1). TypeError where the model has no way from samples to codes."""
        if self.coding.encode is None:
            raise TypeError(f"{self.model.name} has no way from samples to codes")
        return np.asarray(self.coding.encode(x), float).ravel()

    def drawn(self, rng: np.random.Generator) -> Array:
        """A code (k,) drawn at random, within the sliders' ends."""
        coding = self.coding
        return np.clip(coding.middle + coding.spread * rng.standard_normal(len(self)), coding.low, coding.high)

    def walk(self, start: Array, end: Array, steps: int = 30, spherical: bool | None = None) -> Array:
        """Pictures on the way from one code to another, (steps, height, width) or (steps, height, width, 3)."""
        way = interpolate(start, end, steps, self.coding.spherical if spherical is None else spherical)
        decoded = np.asarray(self.coding.decode(way))
        return np.stack([self.scale.shown(decoded[..., i]) for i in range(steps)])

    def judgement(self, z: Array) -> float | None:
        """What a GAN's discriminator says of the picture, None of other models."""
        if not isinstance(self.model, GAN):
            return None
        x = self.sample(z)
        if self.model.standardization is not None:
            x = self.model.standardization.apply(x)
        packed = np.concatenate([x] * self.model.packing, axis=0)
        return float(self.model.discriminator.predict(packed).ravel()[0])

    def _seen(self, samples: Samples | None) -> Array:
        """Pictures from which the codes' ranges are learnt: the samples, or noise."""
        if samples is not None:
            return samples.inputs
        low, high = self.scale.limits
        return np.random.default_rng(0).uniform(low, high, (*self.scale.shape, GUESSED))

    def _changes(self) -> Array:
        """How much every code changes the picture from one end of its slider to the other: (k,), mean squares."""
        coding, k = self.coding, len(self)
        found = np.empty(k)
        for start in range(0, k, 100):
            places = np.arange(start, min(start + 100, k))
            low, high = (np.repeat(coding.middle[:, np.newaxis], len(places), axis=1) for _ in range(2))
            low[places, np.arange(len(places))] = coding.low[places]
            high[places, np.arange(len(places))] = coding.high[places]
            change = np.asarray(coding.decode(high), float) - np.asarray(coding.decode(low), float)
            found[places] = np.square(change.reshape(-1, len(places))).mean(axis=0)
        return found


def hasCodes(model: Any) -> bool:
    """Whether it is a model of pictures whose codes can be moved."""
    return isinstance(model, tuple(KINDS)) and pictureShape(model) is not None


def _normal(k: int) -> dict[str, Any]:
    """The prior N(0, I) and sliders over three deviations."""
    return {"middle": np.zeros(k), "low": np.full(k, -3.0), "high": np.full(k, 3.0), "spread": np.ones(k)}


def _vae(model: VAE, seen: Array) -> Coding:
    k = model.sampler.latentDim
    return Coding(model.decode, lambda x: model.encode(x)[0], **_normal(k), source="the prior", spherical=True)


def _gan(model: GAN, seen: Array) -> Coding:
    shape = model.generator.inputShape or ()
    network = model.averaged or model.generator
    scale = model.standardization

    def decode(z: Array) -> Array:
        y = network.predict(z.reshape(*shape, -1))
        return y if scale is None else scale.undo(y)

    return Coding(decode, None, **_normal(math.prod(shape)), source="the prior", spherical=True)


def _pca(model: PCA, seen: Array) -> Coding:
    deviations = np.ones(model.components.shape[1]) if model.whiten else np.sqrt(model.explainedVariance.astype(float))
    middle, ends = np.zeros(len(deviations)), 3 * np.maximum(deviations, 1e-12)
    encode = lambda x: model.transform(x.reshape(-1, x.shape[-1]))  # noqa: E731
    return Coding(model.inverseTransform, encode, middle, -ends, ends, deviations, "the Gaussian of the data")


def _autoencoder(model: Autoencoder, seen: Array) -> Coding:
    codes = np.asarray(model.encode(seen), float)
    shape = codes.shape[:-1]
    codes = codes.reshape(-1, codes.shape[-1])
    middle, spread = codes.mean(axis=1), codes.std(axis=1)
    low, high = codes.min(axis=1), codes.max(axis=1)
    activation = lastActivation(model.encoder.chain)
    if activation is not None and all(map(math.isfinite, activation.range)):
        low, high = (np.full(len(codes), end) for end in activation.range)
    high = np.where(high > low, high, low + 1)  # a code that is always the same can be moved, too
    return Coding(
        lambda z: model.decode(z.reshape(*shape, -1)),
        lambda x: np.asarray(model.encode(x)).reshape(-1, x.shape[-1]),
        middle,
        low,
        high,
        spread,
        "a Gaussian about the samples' codes",
    )


KINDS: dict[type, Callable[[Any, Array], Coding]] = {VAE: _vae, GAN: _gan, PCA: _pca, Autoencoder: _autoencoder}
