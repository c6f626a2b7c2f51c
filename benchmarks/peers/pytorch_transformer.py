"""PyTorch's Transformer, eager, with its fused Adam: sequences (N, steps, features), causal.

Attention is `scaled_dot_product_attention` on the products of a linear layer, or `MultiheadAttention` as a whole.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from peers import Step, transformer
from peers.pytorch import adam
from peers.transformer import HEADS, LENGTH, VOCABULARY
from peers.workloads import Workload


def make(workload: Workload, multihead: bool = False) -> Step:
    features = workload.hidden[0]
    network = Network(features, multihead)
    batches = [tuple(map(torch.from_numpy, batch)) for batch in workload.texts()]
    optimizer = adam(workload, network)

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        x, y = batches[i % len(batches)]
        optimizer.zero_grad()
        logits = network(x).reshape(-1, VOCABULARY)
        loss = functional.cross_entropy(logits, y.reshape(-1), reduction="sum") / len(x)
        loss.backward()
        optimizer.step()
        return (loss.detach(),) if check else ()

    return step


class Network(torch.nn.Module):
    """From the numbers of characters (N, steps) to logits of the next ones (N, steps, VOCABULARY)."""

    positions: torch.Tensor

    def __init__(self, features: int, multihead: bool) -> None:
        super().__init__()
        initial = transformer.network(features)
        self.embedding = torch.nn.Embedding(VOCABULARY, features)
        self.embedding.weight.data = torch.from_numpy(initial.embedding)
        self.register_buffer("positions", torch.from_numpy(transformer.sinusoids(features)))
        self.blocks = torch.nn.Sequential(*(Block(weights, multihead) for weights in initial.blocks))
        self.norm, self.head = torch.nn.LayerNorm(features), _linear(initial.head)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(self.blocks(self.embedding(numbers) + self.positions)))


class Block(torch.nn.Module):
    """x + attention(norm(x)), and of that the same with two linear layers."""

    def __init__(self, weights: transformer.Weights, multihead: bool) -> None:
        super().__init__()
        features = len(weights.output)
        self.norm1, self.norm2 = torch.nn.LayerNorm(features), torch.nn.LayerNorm(features)
        self.attention = (Multihead if multihead else Attention)(weights)
        self.up, self.down = _linear(weights.up), _linear(weights.down)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.down(torch.relu(self.up(self.norm2(x))))


class Attention(torch.nn.Module):
    """Linear layers around `scaled_dot_product_attention`."""

    def __init__(self, weights: transformer.Weights) -> None:
        super().__init__()
        self.input, self.output = _linear(weights.input), _linear(weights.output)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, steps, features = x.shape
        q, k, v = self.input(x).view(n, steps, 3, HEADS, features // HEADS).permute(2, 0, 3, 1, 4)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(n, steps, features))


class Multihead(torch.nn.Module):
    """`MultiheadAttention`, without the weights that it could return."""

    mask: torch.Tensor

    def __init__(self, weights: transformer.Weights) -> None:
        super().__init__()
        self.inner = torch.nn.MultiheadAttention(len(weights.output), HEADS, batch_first=True)
        self.inner.in_proj_weight.data = torch.from_numpy(weights.input)
        self.inner.out_proj = _linear(weights.output)
        self.register_buffer("mask", torch.nn.Transformer.generate_square_subsequent_mask(LENGTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x, x, x, attn_mask=self.mask, is_causal=True, need_weights=False)[0]


def _linear(weight: Any) -> torch.nn.Linear:
    linear = torch.nn.Linear(*weight.shape[::-1])
    linear.weight.data, linear.bias.data = torch.from_numpy(weight), torch.zeros(len(weight))
    return linear
