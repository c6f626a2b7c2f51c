"""PyTorch: eager, or with the forward pass, the loss and the backward pass compiled; its fused Adam in both.

(A compiled Adam is slower on processors than the fused one: measured in PyTorch 2.13.)
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.nn import functional

from peers import Step, mnist
from peers.workloads import BETA2, EPSILON, SLOPE, SMOOTHING, DenseLayer, Workload, oneHot

Objective = Callable[..., torch.Tensor]
ACTIVATIONS = {"relu": torch.nn.ReLU, "leakyrelu": lambda: torch.nn.LeakyReLU(SLOPE), "tanh": torch.nn.Tanh}

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def make(workload: Workload, compiled: bool = False) -> Step:
    networks = {part: _network(layers) for part, layers in workload.layers().items()}
    label = oneHot if workload.everyOutput else (lambda classes: classes)
    batches = [(torch.from_numpy(x), torch.from_numpy(label(classes))) for x, classes in workload.batches()]
    compiler = torch.compile if compiled else (lambda function: function)
    make_step = adversarial if workload.kind == "gan" else _descending
    step = make_step(workload, networks, compiler)

    def on_batch(i: int, check: bool = False) -> tuple[Any, ...]:
        noise = torch.from_numpy(workload.noise(i)) if check else None
        losses = step(*batches[i % len(batches)], noise)
        return tuple(loss.detach() for loss in losses) if check else ()

    return on_batch


def _network(layers: Iterable[DenseLayer]) -> torch.nn.Sequential:
    """The layers up to the logits."""
    modules: list[torch.nn.Module] = []
    for weight, bias, activation in layers:
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data, linear.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
        modules.append(linear)
        if activation in ACTIVATIONS:
            modules.append(ACTIVATIONS[activation]())
    return torch.nn.Sequential(*modules)


def adam(workload: Workload, *networks: torch.nn.Module) -> torch.optim.Adam:
    """PyTorch's fused Adam for all parameters of these networks."""
    parameters = itertools.chain.from_iterable(network.parameters() for network in networks)
    return torch.optim.Adam(parameters, workload.lr, (workload.beta1, BETA2), EPSILON, fused=True)


def _descending(workload: Workload, networks: dict[str, torch.nn.Module], compiler: Any) -> Callable[..., Any]:
    """The step of a model with one loss."""
    optimizer = adam(workload, *networks.values())
    loss = compiler(OBJECTIVES[workload.kind](workload, **networks))

    def step(*batch: Any) -> tuple[torch.Tensor]:
        optimizer.zero_grad()
        value = loss(*batch)
        value.backward()
        optimizer.step()
        return (value,)

    return step


def _classifier(workload: Workload, network: torch.nn.Module) -> Objective:
    def loss(x: torch.Tensor, y: torch.Tensor, noise: None) -> torch.Tensor:
        return classification(network(x), y, workload.everyOutput)

    return loss


def classification(logits: torch.Tensor, y: torch.Tensor, everyOutput: bool) -> torch.Tensor:
    """The lecture's cross-entropy over every output, y one-hot, or the categorical one, y classes."""
    if everyOutput:
        return functional.binary_cross_entropy(torch.softmax(logits, 1), y, reduction="sum") / len(y)
    return functional.cross_entropy(logits, y)


def _autoencoder(workload: Workload, encoder: torch.nn.Module, decoder: torch.nn.Module) -> Objective:
    def loss(x: torch.Tensor, y: torch.Tensor, noise: None) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(decoder(encoder(x)), x, reduction="sum") / len(x)

    return loss


def _vae(workload: Workload, encoder: torch.nn.Module, sampler: torch.nn.Module, decoder: torch.nn.Module) -> Objective:
    def loss(x: torch.Tensor, y: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        mean, r = sampler(encoder(x)).chunk(2, dim=1)
        log_variance = workload.bound * torch.tanh(r / workload.bound)
        if noise is None:
            noise = torch.randn_like(mean)
        logits = decoder(mean + torch.exp(log_variance / 2) * noise)
        reconstruction = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = 0.5 * (mean * mean + torch.expm1(log_variance) - log_variance).sum()
        return (reconstruction + divergence) / len(x)

    return loss


OBJECTIVES: dict[str, Callable[..., Objective]] = {
    "classifier": _classifier,
    "autoencoder": _autoencoder,
    "vae": _vae,
}


def adversarial(workload: Workload, networks: dict[str, torch.nn.Module], compiler: Any) -> Callable[..., Any]:
    """The step of a GAN."""
    G, D = networks["generator"], networks["discriminator"]
    optimizer_G, optimizer_D = adam(workload, G), adam(workload, D)
    n = workload.batch
    labels = torch.cat([torch.zeros(n, 1), torch.full((n, 1), SMOOTHING)])
    ones = torch.ones(n, 1)

    @compiler
    def generate(noise: torch.Tensor | None) -> torch.Tensor:
        return G(torch.randn(n, workload.noiseDim) if noise is None else noise)

    @compiler
    def loss_D(fake: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(D(torch.cat((fake, real))), labels)

    @compiler
    def loss_G(fake: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(D(fake), ones)

    def step(real: torch.Tensor, y: torch.Tensor, noise: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        fake = generate(noise)
        optimizer_D.zero_grad()
        value_D = loss_D(fake.detach(), real)
        value_D.backward()
        optimizer_D.step()
        D.requires_grad_(False)
        optimizer_G.zero_grad()
        value_G = loss_G(fake)
        value_G.backward()
        optimizer_G.step()
        D.requires_grad_(True)
        return value_D, value_G

    return step


def wholeJob(files: list[str]) -> dict[str, list[float]]:
    images, classes, test_images, test_classes = mnist.load(files)
    x, test_x = torch.from_numpy(images), torch.from_numpy(test_images)
    y, test_y = torch.from_numpy(oneHot(classes)), torch.from_numpy(oneHot(test_classes))
    network = _network(mnist.WORKLOAD.layers()["network"])
    optimizer = adam(mnist.WORKLOAD, network)

    def measures(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = network(x)
        with torch.no_grad():
            right = (logits.argmax(1) == y.argmax(1)).sum()
        return classification(logits, y, everyOutput=True), right

    history = mnist.History()
    for _ in range(mnist.EPOCHS):
        loss, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for indices in torch.randperm(len(x)).split(mnist.WORKLOAD.batch):
            optimizer.zero_grad()
            batch_loss, batch_right = measures(x[indices], y[indices])
            batch_loss.backward()
            optimizer.step()
            loss += batch_loss.detach() * len(indices)
            right += batch_right
        with torch.no_grad():
            test_loss, test_right = measures(test_x, test_y)
        history.add(loss / len(x), test_loss, right / len(x), test_right / len(test_x))
    return history.metrics
