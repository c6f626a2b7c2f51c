"""Makes reference.json: RNN, LSTM and GRU with all their gradients, by PyTorch in float64.

    pip install torch==2.13.0
    python tests/layers/sequences/make_reference.py

Arrays are stored as PyTorch has them, (steps, N, features), under PyTorch's names. The test that reads them needs no
PyTorch, only the file.
"""

import json
from pathlib import Path

import numpy as np
import torch

STEPS, SAMPLES, INPUTS, UNITS = 5, 3, 2, 4
KINDS = {
    "RNN": lambda i, h: torch.nn.RNN(i, h),
    "RNN, ReLU": lambda i, h: torch.nn.RNN(i, h, nonlinearity="relu"),
    "LSTM": lambda i, h: torch.nn.LSTM(i, h),
    "GRU": lambda i, h: torch.nn.GRU(i, h),
}


def recorded(kind, steps, samples, inputs, units, seed=0):
    """Parameters, input, first and last states, and the gradients of <dy, y> + Σ <weight, last state>."""
    rng = np.random.default_rng(seed)

    def drawn(*shape):
        return torch.tensor(rng.normal(size=shape).round(2), requires_grad=True)

    module = KINDS[kind](inputs, units).double()
    for parameter in module.parameters():
        parameter.data = drawn(*parameter.shape).data
    x, first = drawn(steps, samples, inputs), [drawn(1, samples, units) for _ in "hc"[: 1 + (kind == "LSTM")]]
    y, last = module(x, tuple(first) if kind == "LSTM" else first[0])
    ends = list(last) if kind == "LSTM" else [last]
    dy, dends = drawn(*y.shape).data, [drawn(1, samples, units).data for _ in ends]
    torch.autograd.backward([y, *ends], [dy, *dends])
    given = {"x": x, "dy": dy, "y": y, "dx": x.grad}
    states = {"first": first, "last": ends, "dlast": dends, "dfirst": [one.grad for one in first]}
    named = {name.removesuffix("_l0"): one for name, one in module.named_parameters()}
    return (
        {name: one.tolist() for name, one in given.items()}
        | {name: [one[0].tolist() for one in arrays] for name, arrays in states.items()}
        | {name: one.tolist() for name, one in named.items()}
        | {f"d{name}": one.grad.tolist() for name, one in named.items()}
    )


def main():
    found = {kind: recorded(kind, STEPS, SAMPLES, INPUTS, UNITS) for kind in KINDS}
    Path(__file__).with_name("reference.json").write_text(json.dumps({"torch": torch.__version__, **found}) + "\n")


if __name__ == "__main__":
    main()
