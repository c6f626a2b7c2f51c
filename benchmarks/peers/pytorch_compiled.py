"""PyTorch with `torch.compile`."""

from __future__ import annotations

from peers import Step, pytorch
from peers.workloads import Workload


def make(workload: Workload) -> Step:
    return pytorch.make(workload, compiled=True)
