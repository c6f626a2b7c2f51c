"""JAX, which runs ahead: ten steps are dispatched, and waited for together."""

from __future__ import annotations

from typing import Any

import jax

from peers import Step, xla
from peers.jax import Plain
from peers.workloads import Workload

STEPS = 10


def make(workload: Workload) -> Step:
    dispatch = xla.dispatching(workload, Plain(workload))

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        losses = []
        for k in range(1 if check else STEPS):
            state, values = dispatch(i if check else STEPS * i + k, check)
            losses += values
        jax.block_until_ready((state, losses))
        return tuple(losses)

    return step
