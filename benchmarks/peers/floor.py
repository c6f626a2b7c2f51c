"""What a step cannot do without: its matrix products, and the numbers that Adam reads and writes.

The products have the shapes and the memory layouts of Leibnet's; the movement is measured by adding two arrays into a
third, all three as large as what Adam moves: parameters, gradient and two averages read, all but the gradient written.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from peers import Step, convolutions, transformer
from peers.workloads import Array, Workload

MOVED = 7  # arrays of the parameters' size


class Pass(NamedTuple):
    """The products of a chain of layers: forward, of the weights' gradients, and of the inputs' gradients."""

    part: str
    samples: int
    parameterGradients: bool
    inputGradient: bool  # also to the first layer's input


def passes(workload: Workload) -> list[Pass]:
    n = workload.batch
    if workload.isAdversarial:
        discriminator = "discriminator"
        return [
            Pass("generator", n, True, False),
            Pass(discriminator, 2 * n, True, False),
            Pass(discriminator, n, False, True),
        ]
    return [Pass(part, n, True, i > 0) for i, part in enumerate(workload.parts)]


def products(workload: Workload) -> Iterator[tuple[Array, Array, Array]]:
    """The factors and the result of every product of a step."""
    rng = np.random.default_rng(0)

    def array(*shape: int) -> Array:
        return rng.random(shape, dtype=np.float32)

    if workload.isTransformer:
        yield from transformer.products(*workload.hidden, workload.batch, array)
        return
    if workload.isConvolutional and workload.isAdversarial:
        for one in passes(workload):
            part = workload.convolutional()[one.part]
            yield from convolutions.products(part, one.samples, array, one.parameterGradients, one.inputGradient)
        return
    if workload.isConvolutional:
        layers = itertools.chain.from_iterable(workload.convolutional().values())
        yield from convolutions.products(layers, workload.batch, array)
        return
    for one in passes(workload):
        n = one.samples
        for i, (outputs, inputs) in enumerate(workload.shapes(one.part)):
            W, dz = array(outputs, inputs), array(outputs, n)
            data = workload.kind != "gan" and one.part == next(iter(workload.parts)) and not i
            x = array(n, inputs).T if data else array(inputs, n)
            yield W, x, np.empty((outputs, n), np.float32)
            if one.parameterGradients:
                yield dz, x.T, np.empty_like(W)
            if one.inputGradient or i:
                yield W.T, dz, np.empty((inputs, n), np.float32)


def makeProducts(workload: Workload) -> Step:
    factors = list(products(workload))

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        for a, b, out in factors:
            np.matmul(a, b, out=out)
        return ()

    return step


def makeMovement(workload: Workload) -> Step:
    a, b, c = (np.ones(MOVED * workload.numParameters() // 3, np.float32) for _ in range(3))

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        np.add(a, b, out=c)
        return ()

    return step
