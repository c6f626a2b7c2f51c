"""PyTorch's convolutional networks with the channels of images last in memory."""

from __future__ import annotations

import torch

from peers import Step, pytorch_images
from peers.workloads import Workload


def make(workload: Workload) -> Step:
    return pytorch_images.make(workload, torch.channels_last)
