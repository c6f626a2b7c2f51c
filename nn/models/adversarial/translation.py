"""One way of a CycleGAN: from one domain into the other, and back."""

from __future__ import annotations

from typing import Any

from leibnet.arrays import isFinite, realNumbers
from leibnet.types import Array

import numpy as np

from layers import Chain, Wanted
from nn.models.adversarial.critic import Critic
from nn.models.adversarial.historybuffer import HistoryBuffer
from nn.models.adversarial.samplediversity import SampleDiversity
from nn.models.mlp import MLP
from nn.models.objective import PARAMETERS
from nn.watch.collapse import GeneratorCollapse, Inversion
from nn.watch.divergence import explain
from nn.watch.symptom import Symptom

ADDED = Wanted(input=False, add=True)
WEIGHT = 10.0  # the paper's, of a mean over the pixels


class Translation:
    """A source s becomes there(s), which a critic compares with targets; back(there(s)) ought to be s again.

    A generator is used up to three times in a step, each in a pass of its own: as `there` in that which its thread is
    in; as `back` in the pass "cycle"; as `there`, of a target, in the pass "identity". In a training, `cycle` of both
    ways comes first: it writes the gradients of `back`, to which `descend` and `identity` of the other way add.

    Parameters
    ----------
    domain : the name of there(s)'s domain, "x" or "y".
    there, back : the generators.
    critic : that of the domain of there(s).
    size : of the buffer of earlier there(s).
    cycleWeight, identityWeight : see `CycleGAN`.
    """

    def __init__(
        self,
        domain: str,
        there: MLP,
        back: MLP,
        critic: Critic,
        size: int,
        cycleWeight: float | None,
        identityWeight: float,
    ) -> None:
        self.domain, self.there, self.back, self.critic = domain, there.chain, back.chain, critic
        self.cycleWeight, self.identityWeight = cycleWeight, identityWeight
        self.buffer = HistoryBuffer(size)
        self._diversity = SampleDiversity()
        self.forget()

    def forget(self) -> None:
        """Begins anew to look at the variance of all samples of an evaluation."""
        self._diversity.begin(self.there)

    def translate(self, source: Array, training: bool) -> Array:
        """there(s), in a buffer."""
        translated: Array = self.there.forward(source, training)
        if not isFinite(translated):
            raise explain(self.there.leaves(), "input", source)
        return translated

    def discriminate(
        self, fake: Array, target: Array, quantities: frozenset[str], training: bool, rng: np.random.Generator
    ) -> dict[str, float]:
        """What the critic says of samples and targets, in a training of earlier ones, too, with its gradients."""
        shown = self.buffer.exchange(fake, rng) if training else fake
        found = self.critic.discriminate(shown, target, quantities, training, rng=rng)
        if (name := f"{self.domain}_diversity") in quantities:
            if training:
                found[name] = self._diversity.ofBatch(fake, target)
            else:
                self._diversity.add(self.there, fake, target)
        return found

    def diversity(self) -> float:
        """The variance of all there(s) of an evaluation over that of the targets."""
        return self._diversity.overall(self.there)

    def cycle(self, fake: Array, source: Array, training: bool) -> tuple[float, float, Any]:
        """The L1 distance of back(there(s)) from s, the weighted loss with the layers' own terms, and dLoss/dthere(s).

        In a training it writes the gradients of `back`; the last is then its buffer, and else None.
        """
        n = fake.shape[-1]
        weight = WEIGHT * n / source.size if self.cycleWeight is None else self.cycleWeight
        with self.back.use("cycle" if training else "inference") as back:
            distance, slope = _distance(back, fake, source, training)
            loss = weight * distance + back.penaltyValue()
            return distance, loss, back.backward(weight * slope) if training else None

    def identity(self, target: Array, training: bool) -> float:
        """The weighted L1 distance of there(t) from t for targets t; its gradients are added to those of `there`."""
        if not self.identityWeight:
            return 0.0
        with self.there.use("identity" if training else "inference") as there:
            distance, slope = _distance(there, target, target, training)
            if training:
                there.backward(self.identityWeight * slope, ADDED)
            return self.identityWeight * distance + there.penaltyValue()

    def judge(self, fake: Array, valued: bool, training: bool) -> float:
        """What `there` descends of the game, with its layers' own terms; 0 where no value is wanted."""
        loss = self.critic.judge(fake, valued, training)
        return 0.0 if loss is None else loss + self.there.penaltyValue()

    def descend(self, dcycle: Array) -> None:
        """The backward pass of `there`, for what `judge` and `cycle` found in a training."""
        dfake = self.critic.gradient() + dcycle
        self.there.backward(dfake, ADDED)
        if not self.there.isFinite(PARAMETERS):
            raise explain(self.there.leaves(), "gradient handed in", dfake)

    def state(self) -> dict[str, Any]:
        """What it remembers from one step to the next."""
        return {"diversity": self._diversity.last, "buffer": self.buffer.state()}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""
        self._diversity.last = float(state["diversity"])
        self.buffer.setState(state.get("buffer", {}))

    def reset(self) -> None:
        """Forgets what was before a training."""
        self.setState({"diversity": 1.0})
        self.critic.enforce()

    def symptoms(self) -> list[Symptom]:
        """What can go wrong with `there` and its critic."""
        last = self.there.layers[-1]  # of a residual one, not the branch's
        return [GeneratorCollapse(last, self._targets), Inversion(last, self._arrays), *self.critic.symptoms()]

    def _targets(self) -> Array:
        """Those of the last step, from which the other way began."""
        return self.back.input

    def _arrays(self) -> tuple[Array, Array, Array]:
        return self.there.input, self.there.output, self.back.input


def together(found: list[dict[str, float]]) -> dict[str, float]:
    """What is said of both ways: losses added up, means of accuracies, and what is of one way alone."""
    one, other = found
    both = {name: one[name] + other[name] for name in one if name in other}
    return one | other | {name: value if name.endswith("_loss") else value / 2 for name, value in both.items()}


def _distance(network: Chain, x: Array, y: Array, training: bool) -> tuple[float, Array]:
    """Σ |f(x) - y|, in mean over the samples, and its gradient with respect to f(x)."""
    a = network.forward(x, training)
    error = a - realNumbers("CycleGAN", "the data", y, a.dtype, scaled=True)
    n = error.shape[-1]
    return float(np.abs(error).sum(dtype=float)) / n, np.sign(error) / n
