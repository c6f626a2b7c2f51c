"""PyTorch's convolutional networks, eager, with its fused Adam: images (N, channels, height, width), contiguous.

Keras's transposed convolution cuts the last row and column off, PyTorch's the first ones. So images and kernels of the
autoencoders are turned by 180 degrees here, which makes the two the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from peers import Step, convolutions
from peers.convolutions import BORDER, DEVIATION, LOST, POOL, SIDE, DenseLayer, Normalization
from peers.pytorch import ACTIVATIONS, adam, adversarial
from peers.workloads import Workload


class Noise(torch.nn.Module):
    """Gaussian noise, or that which is given."""

    given: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + DEVIATION * (torch.randn_like(x) if self.given is None else self.given)


class Dropout(torch.nn.Dropout):
    """Dropout by its own draws, or by those that are given."""

    given: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) if self.given is None else x * (self.given > 0) / (1 - LOST)


MODULES: dict[str, Callable[[], torch.nn.Module]] = {
    convolutions.PAD: lambda: torch.nn.ZeroPad2d(BORDER),
    convolutions.CROP: lambda: torch.nn.ZeroPad2d(-BORDER),
    convolutions.POOLING: lambda: torch.nn.MaxPool2d(POOL),
    convolutions.FLATTEN: torch.nn.Flatten,
    convolutions.NOISE: Noise,
    convolutions.DROPOUT: lambda: Dropout(LOST),
}


def make(workload: Workload, layout: torch.memory_format = torch.contiguous_format) -> Step:
    return _adversarial(workload, layout) if workload.isAdversarial else _descending(workload, layout)


def _adversarial(workload: Workload, layout: torch.memory_format) -> Step:
    """The step of a DCGAN, whose windows PyTorch pads as Keras does."""
    networks = {
        part: torch.nn.Sequential(*(one for step in steps for one in _modules(step, True))).to(memory_format=layout)
        for part, steps in workload.convolutional().items()
    }
    batches = [
        torch.from_numpy(x).reshape(-1, 1, SIDE, SIDE).contiguous(memory_format=layout) for x, _ in workload.batches()
    ]
    make_step = adversarial(workload, networks, lambda function: function)

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        noise = torch.from_numpy(workload.noise(i)) if check else None
        losses = make_step(batches[i % len(batches)], torch.empty(0), noise)
        return tuple(loss.detach() for loss in losses) if check else ()

    return step


def _descending(workload: Workload, layout: torch.memory_format) -> Step:
    classifies = workload.kind == "conv-classifier"
    turned = (lambda images: images) if classifies else (lambda images: images.flip(2, 3))

    def images(array: Any) -> torch.Tensor:
        return turned(torch.from_numpy(array).reshape(-1, 1, SIDE, SIDE)).contiguous(memory_format=layout)

    modules = [one for part in workload.convolutional().values() for step in part for one in _modules(step, classifies)]
    network = torch.nn.Sequential(*modules).to(memory_format=layout)
    drawing = [module for module in modules if isinstance(module, (Noise, Dropout))]
    batches = [(images(x), torch.from_numpy(classes)) for x, classes in workload.batches()]
    optimizer = adam(workload, network)

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        for module in drawing:
            noise = torch.from_numpy(workload.noise(i)) if check else None
            module.given = noise if noise is None or classifies else images(noise.numpy())
        x, y = batches[i % len(batches)]
        optimizer.zero_grad()
        outputs = network(x)
        if classifies:
            loss = functional.cross_entropy(outputs, y)
        else:
            loss = functional.binary_cross_entropy_with_logits(outputs, x, reduction="sum") / len(x)
        loss.backward()
        optimizer.step()
        return (loss.detach(),) if check else ()

    return step


def _modules(step: convolutions.Step, asTheyAre: bool) -> list[torch.nn.Module]:
    """The modules of a layer, up to the logits; images and kernels as they are, or turned by 180 degrees."""
    if isinstance(step, str):
        return [MODULES[step]()]
    if isinstance(step, Normalization):
        shaped = [torch.nn.Unflatten(1, (step.features, step.side, step.side))] if step.side else []
        return [*shaped, torch.nn.BatchNorm2d(step.features), torch.nn.ReLU()]
    module: Any
    weight = torch.from_numpy(step.weight)
    if isinstance(step, DenseLayer):
        module = torch.nn.Linear(*weight.shape[::-1])
    else:
        outputs, inputs, size, _ = weight.shape
        weight = weight if asTheyAre else weight.flip(2, 3)
        if step.up:
            weight = weight.transpose(0, 1)
            module = torch.nn.ConvTranspose2d(inputs, outputs, size, 2, padding=1, output_padding=size % 2)
        else:
            module = torch.nn.Conv2d(inputs, outputs, size, step.step, padding=1 if step.same else 0)
    module.weight.data, module.bias.data = weight.contiguous(), torch.from_numpy(step.bias)
    return [module, ACTIVATIONS[step.activation]()] if step.activation in ACTIVATIONS else [module]
