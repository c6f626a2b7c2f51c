"""Generative models that collapse: codes that say nothing, samples that are all alike, a discriminator that wins."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from leibnet.types import Array

import numpy as np

from layers import Layer, Sampler
from loss import MSE, Loss
from nn.watch import sentences
from nn.watch.reading import preactivation
from nn.watch.symptom import Finding, Observation, Symptom

ACTIVE = 0.01  # nats; a code whose KL divergence is below it says nothing
FAINT = 0.1  # nats; below it, a code says next to nothing
COLLAPSED = 0.05  # of the data's variance
DOMINATED = 10.0  # -ln D(G(z))
OPPOSITE = -0.5  # a correlation
NOISY = 0.3  # of the data's variance along their main direction; with a linear decoder, codes say nothing from 1 on
LARGE = 0.032  # of the same; from here on, a hundredth of it, rounded to a power of ten, is less
CLOSE = 1e-6  # variance over the square of the mean


class PosteriorCollapse(Symptom):
    """Codes that say nothing of their input: KL(q(z|x) ‖ p(z)) is nearly 0 for every one of them.

    Where the loss is MSE(variance=c), c is often the cause: with the default of 1, it is as large as what tells apart
    images with pixels from 0 to 1. That is looked at first, because no other cure helps then.

    Parameters
    ----------
    sampler : the layer that draws the codes.
    warmUp : epochs in which β grows to its value.
    loss : the loss of the reconstructions; default none that is known.
    """

    rank = 0
    steps = 100

    def __init__(self, sampler: Sampler, warmUp: float = 0.0, loss: Loss | None = None) -> None:
        super().__init__()
        self._sampler, self.epochs, self._loss = sampler, warmUp + 1, loss

    def find(self, seen: Observation) -> Finding | None:
        kl = self._sampler.divergences()
        most = kl.max()
        if not most < FAINT:
            return None
        if isinstance(self._loss, MSE):
            variance, spread = self._loss.variance, mainVariance(seen.inputs)
            is_certain = most < ACTIVE and self._sampler.beta <= 1  # a large beta would explain it, too
            if variance > (LARGE if is_certain else NOISY) * spread > 0:
                fitting = 10.0 ** round(math.log10(spread / 100))
                figures: dict[str, Any] = {"codes": len(kl), "variance": variance, "spread": spread}
                return sentences.NOISY_RECONSTRUCTIONS.of(self._sampler, most=most, fitting=fitting, **figures)
        if not most < ACTIVE:
            return None
        return sentences.COLLAPSED_POSTERIOR.of(self._sampler, codes=len(kl), most=most, beta=self._sampler.beta)

    def figures(self) -> str:
        kl = self._sampler.divergences()
        return f"{np.count_nonzero(kl > ACTIVE)} of {len(kl)} codes have a KL divergence above {ACTIVE} nats"

    def bars(self) -> dict[str, tuple[str, Array]]:
        return {"codes": ("KL divergence of the codes, in nats", self._sampler.divergences())}


class SilentLatents(Symptom):
    """Latent variables of sequences that say nothing: KL(q(z_t | x_<=t) ‖ p(z_t | x_<t)) is nearly 0 in mean.

    Parameters
    ----------
    last : the encoder's last layer.
    divergence : the mean divergence of a step in the last forward pass, in nats.
    warmUp : epochs in which it comes to count.
    """

    rank = 0
    steps = 100

    def __init__(self, last: Layer, divergence: Callable[[], float], warmUp: float = 0.0) -> None:
        super().__init__()
        self._last, self._divergence, self.epochs = last, divergence, warmUp + 1

    def find(self, seen: Observation) -> Finding | None:
        kl = self._divergence()
        return sentences.SILENT_LATENTS.of(self._last, kl=kl) if kl < ACTIVE else None

    def figures(self) -> str:
        return f"the KL divergence of a step is {self._divergence():.3g} nats"


class GeneratorCollapse(Symptom):
    """A generator that gives nearly the same sample for every noise.

    Parameters
    ----------
    last : the generator's last layer.
    data : gives the data that its samples are to be like; default the inputs of the step.
    """

    rank = 0
    epochs, steps = 1, 50

    def __init__(self, last: Layer, data: Callable[[], Array] | None = None) -> None:
        super().__init__()
        self._last, self._data, self._share = last, data, 1.0

    def find(self, seen: Observation) -> Finding | None:
        samples, data = self._last.output, seen.inputs if self._data is None else self._data()
        self._share = 1.0 if samples.shape[-1] < 2 else diversity(samples, data, instead=1.0)
        return sentences.COLLAPSED_GENERATOR.of(self._last, share=self._share) if self._share < COLLAPSED else None

    def figures(self) -> str:
        return f"the samples differ from one another {self._share:.1%} as much as the data (in variance)"


class Inversion(Symptom):
    """A generator between two domains that turns black into white, which its partner undoes, so that no loss shows it.

    Where a pixel is brighter than it is in mean, it is darker than in mean in the translation: the correlation of the
    two, over all pixels and samples, is below -1/2. That is right where the domains ask for it, as digits in white on
    black and in black on white: the mean pictures of the two domains then have such a correlation as well. With an
    identity at the place of the generator it is 1, with a shear, a blur, another stroke or outlines above -1/2.

    Parameters
    ----------
    last : the generator's last layer.
    arrays : gives what the generator was given in the step, what it made of that, and data of the other domain.
    """

    rank = 0
    epochs, steps = 1, 50

    def __init__(self, last: Layer, arrays: Callable[[], tuple[Array, Array, Array]]) -> None:
        super().__init__()
        self._last, self._arrays, self._likeness = last, arrays, math.nan

    def find(self, seen: Observation) -> Finding | None:
        source, translated, target = self._arrays()
        self._likeness = math.nan
        if source.shape[:-1] != translated.shape[:-1] or source.shape[-1] < 2:
            return None
        means = [array.mean(axis=-1, keepdims=True) for array in (source, translated, target)]
        self._likeness = correlation(source - means[0], translated - means[1])
        asked = correlation(means[0] - means[0].mean(), means[2] - means[2].mean())
        if not self._likeness < OPPOSITE or asked < OPPOSITE:
            return None
        return sentences.INVERSION.of(self._last, likeness=self._likeness, asked=asked)

    def figures(self) -> str:
        return "" if math.isnan(self._likeness) else f"input and translation have a correlation of {self._likeness:.2f}"


class Domination(Symptom):
    """A discriminator that is sure of every sample: -ln D(G(z)) stays above 10.

    Parameters
    ----------
    last : the discriminator's last layer, whose activation is a Sigmoid.
    """

    rank = 0
    epochs, steps = 1, 200

    def __init__(self, last: Layer) -> None:
        super().__init__()
        self._last = last

    def find(self, seen: Observation) -> Finding | None:
        z = preactivation(self._last)
        surprise = 0.0 if z is None else float(np.mean(np.logaddexp(0, -z)))  # after a step, of samples alone
        return sentences.DOMINATION.of(self._last, surprise=surprise) if surprise > DOMINATED else None


def diversity(samples: Array, data: Array, instead: float) -> float:
    """The variance of the samples over that of the data, summed over the features; `instead` if all data are equal."""
    spread = varianceOf(data)
    return varianceOf(samples) / spread if spread > 0 else instead


def correlation(one: Array, other: Array) -> float:
    """That of two arrays of one shape with mean 0; 0 where one of them is 0."""
    product = math.sqrt(float(np.vdot(one, one)) * float(np.vdot(other, other)))
    return float(np.vdot(one, other)) / product if product > 0 else 0.0


def mainVariance(columns: Array) -> float:
    """The variance of columns (..., N) along the direction in which it is largest."""
    rows = columns.reshape(-1, columns.shape[-1]).astype(float)
    return float(np.linalg.norm(rows - rows.mean(axis=1, keepdims=True), 2)) ** 2 / rows.shape[1]


def varianceOf(columns: Array) -> float:
    """The variance of columns (..., N), summed over the features."""
    n = columns.shape[-1]
    rows = columns.reshape(-1, n)
    mean = rows @ np.full((n, 1), 1 / n, rows.dtype)  # as a product, many times faster than np.var
    centred = rows - mean
    variance = float(np.vdot(centred, centred)) / n
    if variance < CLOSE * float(np.vdot(mean, mean)):  # of which the rounding of the mean is a part, or all
        return float(np.var(rows - rows[:, :1].astype(float), axis=1).sum())
    return variance
