"""The networks of a variational recurrent network, step after step: forward, and back through time."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from leibnet.arrays import isFinite, standardNormal
from leibnet.gaussian import Gaussian, boundLogVariance, boundSlope, divergenceGradients, divergences
from leibnet.types import Array, Shape

import numpy as np

from layers import Chain, Recurrent, Wanted
from layers.passes import InPasses
from nn.models.sequences.unrolled import columnsOf


@dataclass
class Path:
    """What a forward pass leaves. Features stand before the steps: (..., steps, N).

    Attributes
    ----------
    q, p : means and log-variances of z_t in q(z_t | x_<=t, z_<t) and in the prior p(z_t | x_<t, z_<t).
    noise, z : ε_t and z_t = μ + σ ε, (latentDim, steps, N).
    h : the states h_{-1}, ..., h_{steps-1}, (units, steps + 1, N).
    final : all states after the last step, by name.
    """

    q: Gaussian
    p: Gaussian
    noise: Array
    z: Array
    h: Array
    final: Mapping[str, Array]

    def divergences(self) -> Array:
        """KL(q ‖ p) of every latent variable at every step, (latentDim, steps, N), in nats."""
        return divergences(self.q, self.p)

    def logRatio(self) -> Array:
        """ln p(z_t | ...) - ln q(z_t | ...) of the z that were drawn, summed over the latent variables: (steps, N)."""
        (mean, log_variance), (_, q_log_variance) = self.p, self.q
        squares = np.square(self.z - mean) * np.exp(-log_variance)
        found: Array = 0.5 * (np.square(self.noise) + q_log_variance - squares - log_variance).sum(axis=0, dtype=float)
        return found


class Within(InPasses):
    """The networks that wait for the state: each step of a training is a pass of theirs, called "step 7"."""

    def __init__(self, networks: list[Chain]) -> None:
        super().__init__()
        self._networks = networks

    def parts(self) -> list[Any]:
        return [part for network in self._networks for part in (network, *network.parts())]


class LatentPath(InPasses):
    """z_t drawn from q(z_t | x_t, h_{t-1}), and h_t = f(h_{t-1}, φ_x(x_t), φ_z(z_t)), from step to step.

    Encoder, φ_z and f wait for the state, and are passes of a step. φ_x, the prior and the decoder do not: each is one
    pass for all steps together, whose columns are (features, steps · N). The backward pass goes through the decoder and
    the prior to all states and codes, then back from the last step to the first, and at last through φ_x.

    Parameters
    ----------
    networks : "encoder", "prior", "decoder", and perhaps "inputFeatures" and "latentFeatures".
    recurrent : f.
    latentDim : of z.
    """

    def __init__(self, networks: Mapping[str, Chain], recurrent: Recurrent, latentDim: int) -> None:
        super().__init__()
        self.encoder, self.prior, self.decoder = (networks[name] for name in ("encoder", "prior", "decoder"))
        self.inputFeatures, self.latentFeatures = (networks.get(name) for name in ("inputFeatures", "latentFeatures"))
        self.recurrent, self.latentDim = recurrent, latentDim
        self.latentWidth = widthAfter(self.latentFeatures, latentDim)
        self._networks = list(networks.values())
        waiting = [networks[name] for name in ("encoder", "latentFeatures", "recurrent") if name in networks]
        self._within = Within(waiting)

    def parts(self) -> list[Any]:
        return [self._within, *(part for network in self._networks for part in (network, *network.parts()))]

    def noise(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """ε for all steps of x (steps, features, N), by the generator of this thread's pass or the given one."""
        return standardNormal(rng or self.encoder.generator(), (self.latentDim, len(x), x.shape[2]), x)

    # Forward ---------------------------------------------------------------------------------------------------------

    def forward(self, x: Array, noise: Array, mask: Array | None, training: bool) -> Path:
        """The path of x (steps, features, N) by this noise; ε = 0 takes the means. The decoder comes after it."""
        steps, _, n = x.shape
        seen = _through(self.inputFeatures, columnsOf(x), training).reshape(-1, steps, n)
        q = np.empty_like(x, shape=(2 * self.latentDim, steps, n))
        mean, log_variance = q[: self.latentDim], q[self.latentDim :]
        z, latents = np.empty_like(mean), np.empty_like(x, shape=(self.latentWidth, steps, n))
        h, states = np.zeros_like(x, shape=(self.recurrent.outputDim, steps + 1, n)), dict[str, Array]()
        for t, stretch in self._inOrder(steps, training):
            with stretch, self.recurrent.masked(None if mask is None else mask[t : t + 1]):
                q[:, t] = self.encoder.forward(np.concatenate((seen[:, t], h[:, t])), training)
                boundLogVariance(log_variance[:, t])
                z[:, t] = mean[:, t] + np.exp(0.5 * log_variance[:, t]) * noise[:, t]
                latents[:, t] = _through(self.latentFeatures, z[:, t], training)
                h[:, t + 1], states = self._next(states, seen[:, t], latents[:, t], training)
        self.recurrent.begin()
        past = h[:, :steps].reshape(-1, steps * n)
        self.now.trace = path = Path((mean, log_variance), self._prior(past, training, (steps, n)), noise, z, h, states)
        self.now.code = np.concatenate((latents.reshape(len(latents), -1), past))
        return path

    @property
    def code(self) -> Array:
        """[φ_z(z_t); h_{t-1}] of all steps, what the decoder sees: columns, step after step."""
        return self.now.code

    @property
    def path(self) -> Path:
        """What the last forward pass left."""
        return self.now.trace

    def priorCode(self, path: Path) -> Array:
        """The same with the means of the prior in the place of z_t."""
        mean = np.ascontiguousarray(path.p[0]).reshape(self.latentDim, -1)
        past = path.h[:, :-1].reshape(len(path.h), -1)
        return np.concatenate((_through(self.latentFeatures, mean, False), past))

    def generate(self, path: Path | None, n: int, rng: np.random.Generator) -> Generator[Array, Array, None]:
        """Step after step the decoder's input for z_t ~ p(z_t | h_{t-1}), (features, N); it is sent x_t, (features, N).

        From where a path ended; None: from the beginning, with n samples.
        """
        like = self.recurrent.weight
        h = np.zeros_like(like, shape=(self.recurrent.outputDim, n)) if path is None else path.h[:, -1].copy()
        states = {} if path is None else {name: one.copy() for name, one in path.final.items()}
        while True:
            mean, log_variance = (one[:, 0] for one in self._prior(h, False, (1, n)))
            z = mean + np.exp(0.5 * log_variance) * rng.standard_normal(mean.shape, dtype=like.dtype)
            latents = _through(self.latentFeatures, z, False).copy()
            x: Array = yield np.concatenate((latents, h))
            seen = _through(self.inputFeatures, x, False)
            h, states = self._next(states, seen, latents, False)

    def _next(
        self, states: Mapping[str, Array], seen: Array, latents: Array, training: bool
    ) -> tuple[Array, dict[str, Array]]:
        """h_t, and all states after step t."""
        self.recurrent.begin(**states)
        h = self.recurrent.forward(np.concatenate((seen, latents))[np.newaxis], training)[0]
        return h, self.recurrent.final

    def _prior(self, past: Array, training: bool, shape: Shape) -> Gaussian:
        """p(z_t | h_{t-1}) of columns of states, each (latentDim, *shape)."""
        p = self.prior.forward(past, training).reshape(-1, *shape).copy()
        return p[: self.latentDim], boundLogVariance(p[self.latentDim :])

    # Backward --------------------------------------------------------------------------------------------------------

    def backward(self, dcode: Array, weights: Array, wanted: Wanted) -> None:
        """All gradients but those of the decoder: from that of its input, `code`, and of Σ_t w_t KL(q_t ‖ p_t).

        Parameters
        ----------
        dcode : in the shape of `code`.
        weights : of the steps, (steps, N).
        """
        path: Path = self.now.trace
        units, steps, n = len(path.h), path.z.shape[1], path.z.shape[2]
        (dmean, dlog_variance), dp = ([one * weights for one in pair] for pair in divergenceGradients(path.q, path.p))
        inside = wanted._replace(input=True)

        dp[1] *= boundSlope(path.p[1])
        dpast = self.prior.backward(np.concatenate(dp).reshape(-1, steps * n), inside) + dcode[-units:]
        dh = np.zeros_like(path.h)  # dh[:, t] is of h_{t-1}
        dh[:, :steps] = dpast.reshape(units, steps, n)
        dlatents = dcode[:-units].reshape(-1, steps, n)
        features = self.recurrent.inputDim - len(dlatents)
        dseen = np.empty_like(path.z, shape=(features, steps, n))
        half = 0.5 * path.noise * np.exp(0.5 * path.q[1])  # ∂z / ∂ ln σ²
        slope, states = boundSlope(path.q[1]), dict[str, Array]()
        for t, stretch in self._inOrder(steps, training=True, reverse=True):
            with stretch:
                here = inside._replace(add=t + 1 < steps)
                self.recurrent.endGradient(**states)
                dx = self.recurrent.backward(dh[np.newaxis, :, t + 1], here)[0]
                states = dict(self.recurrent.initialGradient)
                dh[:, t] += states.pop("h")
                dz = dlatents[:, t] + dx[features:]
                dz = dz if self.latentFeatures is None else self.latentFeatures.backward(dz, here)
                dq = np.concatenate((dmean[:, t] + dz, (dlog_variance[:, t] + dz * half[:, t]) * slope[:, t]))
                dinput = self.encoder.backward(dq, here)
                dseen[:, t] = dx[:features] + dinput[:features]
                dh[:, t] += dinput[features:]
        if self.inputFeatures is not None:
            self.inputFeatures.backward(dseen.reshape(features, steps * n), wanted._replace(input=False))

    def diverged(self) -> AbstractContextManager[Any]:
        """A stretch in the pass of the first step with numbers that are not finite."""
        path, steps = self.now.trace, self.now.trace.z.shape[1]
        for t, stretch in self._inOrder(steps, training=True):
            if not (isFinite(path.z[:, t]) and isFinite(path.h[:, t + 1])):
                return stretch
        return nullcontext()

    # Inside ----------------------------------------------------------------------------------------------------------

    def _inOrder(
        self, steps: int, training: bool, reverse: bool = False
    ) -> Iterator[tuple[int, AbstractContextManager[Any]]]:
        """The steps, and for each the stretch in its pass: in a training one of its own, except for the last."""
        for t in reversed(range(steps)) if reverse else range(steps):
            yield t, self._within.use(f"step {t}") if training and t + 1 < steps else nullcontext()


def _through(network: Chain | None, columns: Array, training: bool) -> Array:
    """What the network makes of columns; without one, these themselves."""
    return columns if network is None else network.forward(columns, training)


def widthAfter(network: Chain | None, width: int) -> int:
    """How many features it makes of so many; without a network, as many."""
    return width if network is None else network.outputShape((width,))[0]
