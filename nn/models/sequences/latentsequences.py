"""A model of sequences with latent variables: its networks, and what they tell."""

from __future__ import annotations

from typing import Any

from leibnet import randomness
from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.arrays import asArray, bernoulli
from leibnet.types import Array

import numpy as np

from layers import Chain, Recurrent
from loss import GaussianLikelihood, Loss
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.objective import Objective
from nn.models.parts import checkRange, locate
from nn.models.sequences.given import givenSequences
from nn.models.sequences.latentpath import LatentPath, Path, widthAfter
from nn.models.sequences.unrolled import columnsOf
from nn.storage.onnx.exported import Exported

AT_ONCE = 100_000  # steps of all sequences and draws that are in memory together


class LatentSequences(Model):
    """What a model with latent variables at every step tells of sequences. Base of `VariationalRNN`, which learns."""

    inputDim: int
    latentDim: int
    recurrent: Recurrent
    prior: MLP
    encoder: MLP
    decoder: MLP
    inputFeatures: MLP | None
    latentFeatures: MLP | None
    objective: Objective

    def _join(self) -> None:
        """Makes one of the parts, if they fit each other."""
        self._cell = Chain([self.recurrent])
        self._checkShapes()
        locate(self.networks())
        self._path = LatentPath(self.networks(), self.recurrent, self.latentDim)

    @property
    def loss(self) -> Loss:
        """-ln p(x_t | z_<=t, x_<t)."""
        return self.objective.loss

    # Use -------------------------------------------------------------------------------------------------------------

    def bound(self, x: Any, samples: int = 1, rng: np.random.Generator | int | None = None, mask: Any = None) -> Array:
        """The lower bound of ln p(x) of every sequence, (N,) in nats, summed over its steps.

        Parameters
        ----------
        x : (steps, inputDim, N).
        samples : draws of z for every sequence; default 1.
        rng : generator or seed for the draws; default the library's own.
        mask : (steps, N), which steps a sequence has; default all.
        """
        return self._overDraws("bound", x, samples, rng, mask, self._boundOf).mean(axis=0)

    def logLikelihood(
        self, x: Any, samples: int = 100, rng: np.random.Generator | int | None = None, mask: Any = None
    ) -> Array:
        """An estimate of ln p(x) of every sequence by importance sampling, (N,) in nats.

            ln 1/K Σ_k Π_t p(x_t | z_<=t, x_<t) p(z_t | ...) / q(z_t | ...)        with K draws of z ~ q

        On average a lower bound that rises to ln p(x) with K; for K = 1 it is an estimate of the bound. Burda et al.
        2015, arXiv:1509.00519. The longer the sequences, the more the K weights of one differ, and the more draws it
        takes. Parameters as for `bound`; `samples` is K, default 100.
        """
        weights = self._overDraws("logLikelihood", x, samples, rng, mask, self._logWeight)
        largest = weights.max(axis=0)
        return largest + np.log(np.mean(np.exp(weights - largest), axis=0))

    def divergences(self, x: Any, rng: np.random.Generator | int | None = None, mask: Any = None) -> Array:
        """KL(q(z_t | x_<=t, z_<t) ‖ p(z_t | x_<t, z_<t)) at every step, (steps, N), in nats, of one draw.

        How much z_t says of x_t beyond what the past did: large where something comes unforeseen.
        """
        x, mask, source = self._given("divergences", x, rng, mask)
        with self._path.use("inference"):
            path = self._path.forward(x, self._path.noise(x, source), mask, training=False)
            return path.divergences().sum(axis=0)

    def reconstruct(self, x: Any, mask: Any = None) -> Array:
        """The decoder's means for the encoder's means of every step, (steps, inputDim, N). Draws nothing."""
        return self._means("reconstruct", x, mask, lambda path: self._path.code)

    def predict(self, x: Any, mask: Any = None) -> Array:
        """What is expected at every step by those before it, (steps, inputDim, N): one step ahead. Draws nothing.

        The decoder's means for the prior's means of z_t, where the past was coded by the encoder's means.
        """
        return self._means("predict", x, mask, self._path.priorCode)

    def sample(self, n: int, steps: int, rng: np.random.Generator | int | None = None, start: Any = None) -> Array:
        """Sequences (steps, inputDim, n) that are drawn step after step: z_t by the prior, then x_t by the decoder.

        Parameters
        ----------
        n, steps : how many sequences, and of how many steps.
        rng : generator or seed; default the library's own.
        start : sequences (k, inputDim, n) after which these go on; default: they begin.
        """
        n, steps = wholeNumber("sample", "n", n), wholeNumber("sample", "steps", steps)
        source = randomGenerator("sample", rng) or randomness.networks.generator
        found = np.empty((steps, self.inputDim, n), self._dtype)
        before = None if start is None else self._given("sample", start, None, None)[0]
        if before is not None and before.shape[2] != n:
            raise ValueError(refusal("sample", "start", f"n = {n} sequences", before.shape[2]))
        with self._path.use("inference"):
            path = None
            if before is not None:
                path = self._path.forward(before, self._path.noise(before, source), None, training=False)
            steps_of = self._path.generate(path, n, source)
            code = next(steps_of)
            for t in range(steps):
                found[t] = self._drawn(self.decoder.chain.forward(code, training=False), source)
                if t + 1 < steps:
                    code = steps_of.send(found[t])
        return self._raw(found)

    # Inside: of given sequences --------------------------------------------------------------------------------------

    def _given(self, owner: str, x: Any, rng: Any, mask: Any) -> tuple[Array, Array | None, np.random.Generator]:
        """Sequences as the networks see them, their steps, and the generator."""
        source = randomGenerator(owner, rng) or randomness.networks.generator
        x = givenSequences(owner, "x", self._standardized(x) if np.ndim(x) == 3 else x, self.inputDim, self._dtype)
        there = None if mask is None else asArray(mask, owner, "mask").astype(bool)
        if there is not None and there.shape != x.shape[::2]:
            raise ValueError(refusal(owner, "mask", f"of shape {x.shape[::2]}, the steps of x", there.shape))
        checkRange("x", (float(x.min()), float(x.max())), self.decoder.chain)
        return x, there, source

    def _overDraws(self, owner: str, x: Any, samples: int, rng: Any, mask: Any, figure: Any) -> Array:
        """A figure of every step and sequence for several draws, summed over the steps: (samples, N)."""
        samples = wholeNumber(owner, "samples", samples)
        x, there, source = self._given(owner, x, rng, mask)
        steps, _, n = x.shape
        found, several = [], max(1, AT_ONCE // (steps * n))
        with self._path.use("inference"):
            for first in range(0, samples, several):
                k = min(several, samples - first)
                tiled, tiled_mask = np.tile(x, k), None if there is None else np.tile(there, k)
                noise = self._path.noise(tiled, source)
                path = self._path.forward(tiled, noise, tiled_mask, training=False)
                values = figure(path, self._surprise(tiled)).astype(float)
                values = values if tiled_mask is None else values * tiled_mask
                found.append(values.sum(axis=0).reshape(k, n))
        return np.concatenate(found)

    def _surprise(self, x: Array) -> Array:
        """-ln p(x_t | z_<=t, x_<t) of every step for the last path, (steps, N)."""
        self.objective.forward(self._path.code, training=False)
        return self.objective.perSample(columnsOf(x)).reshape(len(x), -1)

    def _boundOf(self, path: Path, surprise: Array) -> Array:
        return -surprise - path.divergences().sum(axis=0)

    def _logWeight(self, path: Path, surprise: Array) -> Array:
        return path.logRatio() - surprise

    def _means(self, owner: str, x: Any, mask: Any, code: Any) -> Array:
        x, mask, _ = self._given(owner, x, None, mask)
        with self._path.use("inference"):
            path = self._path.forward(x, np.zeros((self.latentDim, *x.shape[::2]), x.dtype), mask, training=False)
            mean = self.loss.prediction(self.decoder.chain.forward(code(path), training=False))
            return self._raw(np.ascontiguousarray(mean.reshape(-1, *x.shape[::2]).swapaxes(0, 1)))

    def _drawn(self, outputs: Array, rng: np.random.Generator) -> Array:
        """x ~ p(x | ...) for the decoder's outputs."""
        if isinstance(self.loss, GaussianLikelihood):
            mean, log_variance = self.loss.distribution(outputs)
            return mean + np.exp(0.5 * log_variance) * rng.standard_normal(mean.shape, dtype=mean.dtype)
        return bernoulli(rng, outputs)

    # What a model must say -------------------------------------------------------------------------------------------

    @property
    def inputShape(self) -> None:
        """Sequences may have any length."""
        return None

    def networks(self) -> dict[str, Chain]:
        parts = {
            "inputFeatures": self.inputFeatures,
            "encoder": self.encoder,
            "latentFeatures": self.latentFeatures,
            "recurrent": self._cell,
            "prior": self.prior,
            "decoder": self.decoder,
        }
        return {name: part.chain if isinstance(part, MLP) else part for name, part in parts.items() if part is not None}

    def exported(self) -> dict[str, Exported]:
        """Its parts, as they are: what they take and give is scaled, and the log-variances are not bounded yet."""
        return {name: Exported(chain.children()) for name, chain in self.networks().items()}

    @property
    def _dtype(self) -> np.dtype[Any]:
        return self.recurrent.dtype

    def _checkShapes(self) -> None:
        """ValueError if the parts do not fit together."""
        parts, name = self.networks(), self.name
        leaves = [leaf for chain in parts.values() for leaf in chain.leaves().values()]
        if len({id(leaf) for leaf in leaves}) < len(leaves):
            raise ValueError(refusal(name, "every part", "of layers of its own", "a layer twice"))
        seen, latents = (widthAfter(parts.get(part), width) for part, width in (
            ("inputFeatures", self.inputDim), ("latentFeatures", self.latentDim)
        ))  # fmt: skip
        units, outputs = self.recurrent.outputDim, len(self.loss.outputsOf(np.empty((self.inputDim, 0))))
        if self.recurrent.inputDim != seen + latents:
            expected = f"for {seen} + {latents} inputs, the features of x_t and of z_t"
            raise ValueError(refusal(name, "recurrent", expected, self.recurrent.inputDim))
        for part, takes, gives in (
            ("encoder", seen + units, 2 * self.latentDim),
            ("prior", units, 2 * self.latentDim),
            ("decoder", latents + units, outputs),
        ):
            chain = parts[part]
            found = chain.inputShape, chain.shape()
            if found != ((takes,), (gives,)):
                expected = f"from ({takes},) to ({gives},)"
                raise ValueError(refusal(name, f"the {part}", expected, f"{found[0]} -> {found[1]}"))

    def __repr__(self) -> str:
        blocks = [f"{name}: {chain.table()}" for name, chain in self.networks().items()]
        head = f"{self.name}, {self.inputDim} inputs and {self.latentDim} latent variables a step"
        return "\n".join([head, *blocks, f"{self.numParameters():,} parameters in all"])
