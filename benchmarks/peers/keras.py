"""Keras on JAX: its layers and its Adam in a training loop of one's own, as its guide describes."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras

from peers import Step, mnist, xla
from peers.workloads import BETA2, EPSILON, SLOPE, DenseLayer, Workload
from peers.xla import Tree

ACTIVATIONS = {"relu": "relu", "leakyrelu": lambda z: keras.ops.leaky_relu(z, SLOPE), "tanh": "tanh"}


class Models:
    """`xla.Library`: a part is a Sequential, its parameters the list of its variables' values."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._models = {part: _model(layers) for part, layers in workload.layers().items()}
        self._optimizers: dict[tuple[str, ...], keras.optimizers.Adam] = {}

    @property
    def parameters(self) -> dict[str, Tree]:
        return {
            part: [variable.value for variable in model.trainable_variables] for part, model in self._models.items()
        }

    def apply(self, part: str, parameters: Tree, x: jax.Array) -> jax.Array:
        outputs, _ = self._models[part].stateless_call(parameters, [], x, training=True)
        return outputs

    def adam(self, parts: tuple[str, ...]) -> Tree:
        optimizer = keras.optimizers.Adam(self._workload.lr, self._workload.beta1, BETA2, EPSILON)
        # jax.tree goes through a dictionary in the order of its keys
        optimizer.build([variable for part in sorted(parts) for variable in self._models[part].trainable_variables])
        self._optimizers[parts] = optimizer
        return [variable.value for variable in optimizer.variables]

    def update(self, parts: tuple[str, ...], parameters: Tree, gradients: Tree, adam: Tree) -> tuple[Tree, Tree]:
        values, structure = jax.tree.flatten({part: parameters[part] for part in parts})
        moved, adam = self._optimizers[parts].stateless_apply(adam, jax.tree.leaves(gradients), values)
        return jax.tree.unflatten(structure, moved), adam


def _model(layers: list[DenseLayer]) -> keras.Sequential:
    model = keras.Sequential(
        [keras.Input((layers[0].weight.shape[1],))]
        + [keras.layers.Dense(len(layer.bias), ACTIVATIONS.get(layer.activation)) for layer in layers]
    )
    model.set_weights([array for layer in layers for array in (layer.weight.T, layer.bias)])
    return model


def make(workload: Workload) -> Step:
    return xla.make(workload, Models(workload))


def wholeJob(files: list[str]) -> dict[str, list[float]]:
    return xla.wholeJob(files, Models(mnist.WORKLOAD))
