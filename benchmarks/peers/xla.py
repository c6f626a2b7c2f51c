"""Training steps compiled by XLA as one function each, for the libraries that compute with JAX.

The whole step is inside, with gradients, noise and Adam, and its state is donated: updated in place where XLA can.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp

from peers import Step, mnist
from peers.workloads import SMOOTHING, Workload, oneHot

Tree = Any


class Library(Protocol):
    """What a library has to bring.

    Attributes
    ----------
    parameters : of all parts, by the part's name.
    """

    parameters: dict[str, Tree]

    def apply(self, part: str, parameters: Tree, x: jax.Array) -> jax.Array:
        """The outputs of a part (N, outputs), without a last sigmoid or softmax."""

    def adam(self, parts: tuple[str, ...]) -> Tree:
        """The initial state of an Adam for these parts."""

    def update(self, parts: tuple[str, ...], parameters: Tree, gradients: Tree, adam: Tree) -> tuple[Tree, Tree]:
        """The parameters and the state after a step of Adam; `parameters` and `gradients` by the parts' names."""


def make(workload: Workload, library: Library) -> Step:
    dispatch = dispatching(workload, library)

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        _, losses = jax.block_until_ready(dispatch(i, check))
        return losses

    return step


def dispatching(workload: Workload, library: Library) -> Callable[..., tuple[Tree, tuple[jax.Array, ...]]]:
    """A function `dispatch(i, check=False)` that begins a step and gives its state and losses, to be waited for.

    The next step takes over the arrays of the state.
    """
    batches = [(jnp.asarray(images), jnp.asarray(oneHot(classes))) for images, classes in workload.batches()]
    step = jax.jit(_function(workload, library), donate_argnums=0)
    state = initial(workload, library)

    def dispatch(i: int, check: bool = False) -> tuple[Tree, tuple[jax.Array, ...]]:
        nonlocal state
        noise = jnp.asarray(workload.noise(i)) if check else None
        state, losses = step(state, *batches[i % len(batches)], noise)
        return state, losses

    return dispatch


def initial(workload: Workload, library: Library) -> Tree:
    """Parameters, the state of the optimizers, the key of the random numbers."""
    adams = {parts: library.adam(parts) for parts in _optimized(workload)}
    return {"parameters": library.parameters, "adam": list(adams.values()), "key": jax.random.key(0)}


def _optimized(workload: Workload) -> list[tuple[str, ...]]:
    """The parts that each optimizer moves."""
    return [(part,) for part in workload.parts] if workload.kind == "gan" else [tuple(workload.parts)]


def _function(workload: Workload, library: Library) -> Callable[..., tuple[Tree, tuple[jax.Array, ...]]]:
    def step(state: Tree, x: jax.Array, y: jax.Array, noise: jax.Array | None) -> tuple[Tree, tuple[jax.Array, ...]]:
        key = state["key"]
        if noise is None and workload.noiseDim:
            key, own = jax.random.split(key)
            noise = jax.random.normal(own, (len(x), workload.noiseDim))
        parameters, adam, losses = algorithm(state["parameters"], state["adam"], x, y, noise)
        return {"parameters": parameters, "adam": adam, "key": key}, losses

    algorithm = partial(_adversarial if workload.kind == "gan" else _descending, workload, library)
    return step


def _descending(
    workload: Workload, library: Library, parameters: Tree, adam: list[Tree], x: jax.Array, y: jax.Array, noise: Any
) -> tuple[Tree, list[Tree], tuple[jax.Array]]:
    """The step of a model with one loss."""
    objective = partial(OBJECTIVES[workload.kind], workload, library)
    loss, gradients = jax.value_and_grad(objective)(parameters, x, y, noise)
    parameters, state = library.update(tuple(workload.parts), parameters, gradients, adam[0])
    return parameters, [state], (loss,)


def _classifier(workload: Workload, library: Library, parameters: Tree, x: jax.Array, y: jax.Array, _: Any) -> Any:
    return classification(library.apply("network", parameters["network"], x), y, workload.everyOutput)


def classification(logits: jax.Array, y: jax.Array, everyOutput: bool) -> jax.Array:
    """The lecture's cross-entropy over every output, or the categorical one; y one-hot."""
    if not everyOutput:
        return -jnp.sum(y * jax.nn.log_softmax(logits)) / len(y)
    a = jnp.clip(jax.nn.softmax(logits), 1e-7, 1 - 1e-7)
    return -jnp.sum(y * jnp.log(a) + (1 - y) * jnp.log1p(-a)) / len(y)


def _autoencoder(workload: Workload, library: Library, parameters: Tree, x: jax.Array, y: jax.Array, _: Any) -> Any:
    code = library.apply("encoder", parameters["encoder"], x)
    return _binary(library.apply("decoder", parameters["decoder"], code), x)


def _vae(workload: Workload, library: Library, parameters: Tree, x: jax.Array, y: jax.Array, noise: Any) -> Any:
    hidden = library.apply("encoder", parameters["encoder"], x)
    mean, r = jnp.split(library.apply("sampler", parameters["sampler"], hidden), 2, axis=1)
    log_variance = workload.bound * jnp.tanh(r / workload.bound)
    logits = library.apply("decoder", parameters["decoder"], mean + jnp.exp(log_variance / 2) * noise)
    return _binary(logits, x) + 0.5 * jnp.sum(mean * mean + jnp.expm1(log_variance) - log_variance) / len(x)


OBJECTIVES = {"classifier": _classifier, "autoencoder": _autoencoder, "vae": _vae}


def _binary(logits: jax.Array, y: jax.Array) -> jax.Array:
    """The binary cross-entropy, summed over outputs, mean over samples."""
    return jnp.sum(jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits)))) / len(y)


def _adversarial(
    workload: Workload, library: Library, parameters: Tree, adam: list[Tree], x: jax.Array, y: jax.Array, noise: Any
) -> tuple[Tree, list[Tree], tuple[jax.Array, jax.Array]]:
    """The step of a GAN."""
    n = len(x)
    G, D = ({part: parameters[part]} for part in ("generator", "discriminator"))
    labels = jnp.concatenate([jnp.zeros((n, 1)), jnp.full((n, 1), SMOOTHING)])
    fake, pullback = jax.vjp(lambda G: library.apply("generator", G["generator"], noise), G)

    def judge(D: Tree, samples: jax.Array, labels: jax.Array) -> jax.Array:
        return _binary(library.apply("discriminator", D["discriminator"], samples), labels)

    loss_D, gradients = jax.value_and_grad(judge)(D, jnp.concatenate([fake, x]), labels)
    D, adam_D = library.update(("discriminator",), D, gradients, adam[1])
    loss_G, to_fake = jax.value_and_grad(judge, argnums=1)(D, fake, jnp.ones((n, 1)))
    G, adam_G = library.update(("generator",), G, *pullback(to_fake), adam[0])
    return G | D, [adam_G, adam_D], (loss_D, loss_G)


def wholeJob(files: list[str], library: Library) -> dict[str, list[float]]:
    """An epoch is one compiled function that gathers the batches."""
    images, classes, test_images, test_classes = map(jnp.asarray, mnist.load(files))
    workload, batch = mnist.WORKLOAD, mnist.WORKLOAD.batch
    eye = jnp.eye(10)

    def measures(parameters: Tree, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        logits = library.apply("network", parameters["network"], x)
        right = jnp.mean(logits.argmax(axis=1) == y.argmax(axis=1))
        return classification(logits, y, everyOutput=True), right

    @partial(jax.jit, donate_argnums=0)
    def epoch(state: tuple[Tree, Tree], key: jax.Array, images: jax.Array, classes: jax.Array) -> Any:
        def step(state: tuple[Tree, Tree], indices: jax.Array) -> tuple[Tree, tuple[jax.Array, jax.Array]]:
            parameters, adam = state
            values, gradients = differentiate(parameters, images[indices], eye[classes[indices]])
            return library.update(tuple(workload.parts), parameters, gradients, adam), values

        order = jax.random.permutation(key, len(images)).reshape(-1, batch)
        state, (losses, right) = jax.lax.scan(step, state, order)
        return state, losses.mean(), right.mean()

    differentiate = jax.value_and_grad(measures, has_aux=True)
    test = jax.jit(measures)
    state = library.parameters, library.adam(tuple(workload.parts))
    history = mnist.History()
    for key in jax.random.split(jax.random.key(0), mnist.EPOCHS):
        state, loss, right = epoch(state, key, images, classes)
        test_loss, test_right = test(state[0], test_images, eye[test_classes])
        history.add(loss, test_loss, right, test_right)
    return history.metrics
