"""PyTorch's Transformer with `MultiheadAttention`."""

from __future__ import annotations

from peers import Step, pytorch_transformer
from peers.workloads import Workload


def make(workload: Workload) -> Step:
    return pytorch_transformer.make(workload, multihead=True)
