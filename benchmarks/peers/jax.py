"""JAX, with networks and an Adam in its plain functions."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from peers import Step, mnist, xla
from peers.workloads import BETA2, EPSILON, SLOPE, Workload
from peers.xla import Tree

ACTIVATIONS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "relu": jax.nn.relu,
    "leakyrelu": lambda z: jax.nn.leaky_relu(z, SLOPE),
    "tanh": jnp.tanh,
}


class Plain:
    """`xla.Library`: a layer is its weight (in, out) and bias (out,)."""

    def __init__(self, workload: Workload) -> None:
        layers = workload.layers()
        self.lr, self.beta1 = workload.lr, workload.beta1
        self.parameters = {
            part: [(jnp.asarray(layer.weight.T.copy()), jnp.asarray(layer.bias)) for layer in layers[part]]
            for part in layers
        }
        self._activations = {
            part: [ACTIVATIONS.get(layer.activation, lambda z: z) for layer in layers[part]] for part in layers
        }

    def apply(self, part: str, parameters: Tree, x: jax.Array) -> jax.Array:
        for (weight, bias), activation in zip(parameters, self._activations[part], strict=True):
            x = activation(x @ weight + bias)
        return x

    def adam(self, parts: tuple[str, ...]) -> Tree:
        zeros = [jax.tree.map(jnp.zeros_like, {part: self.parameters[part] for part in parts}) for _ in "mv"]
        return jnp.zeros(()), *zeros

    def update(self, parts: tuple[str, ...], parameters: Tree, gradients: Tree, adam: Tree) -> tuple[Tree, Tree]:
        t, m, v = adam
        t = t + 1
        m = jax.tree.map(lambda m, g: self.beta1 * m + (1 - self.beta1) * g, m, gradients)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradients)
        step, scale = self.lr / (1 - self.beta1**t), 1 / (1 - BETA2**t)
        moved = jax.tree.map(lambda p, m, v: p - step * m / (jnp.sqrt(scale * v) + EPSILON), parameters, m, v)
        return moved, (t, m, v)


def make(workload: Workload) -> Step:
    return xla.make(workload, Plain(workload))


def wholeJob(files: list[str]) -> dict[str, list[float]]:
    return xla.wholeJob(files, Plain(mnist.WORKLOAD))
