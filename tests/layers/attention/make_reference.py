"""Makes reference.json: attention with and without masks, and layer normalisation, by PyTorch in float64.

    pip install torch==2.13.0
    python tests/layers/attention/make_reference.py

Arrays are stored as PyTorch has them with batch_first=True, (N, steps, features). The test needs no PyTorch, only the
file.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)

FEATURES, SAMPLES, STEPS, CONTEXT = 6, 2, 4, 3
CASES = [
    {"heads": heads, "causal": causal, "cross": cross, "masked": masked}
    for heads, causal, cross, masked in [
        (1, False, False, False),
        (3, False, False, True),
        (2, True, False, False),
        (6, True, False, True),
        (2, False, True, False),
        (3, False, True, True),
    ]
]


def attention(case, rng):
    module = nn.MultiheadAttention(FEATURES, case["heads"], batch_first=True)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.tensor(rng.normal(0, 0.5, parameter.shape)))
    x = torch.tensor(rng.normal(size=(SAMPLES, STEPS, FEATURES)), requires_grad=True)
    c = torch.tensor(rng.normal(size=(SAMPLES, CONTEXT, FEATURES)), requires_grad=True) if case["cross"] else x
    lengths = rng.integers(1, c.shape[1] + 1, SAMPLES) if case["masked"] else np.full(SAMPLES, c.shape[1])
    missing = torch.arange(c.shape[1]) >= torch.tensor(lengths)[:, None]
    later = torch.triu(torch.ones(STEPS, STEPS, dtype=torch.bool), 1) if case["causal"] else None
    y, shares = module(x, c, c, key_padding_mask=missing, attn_mask=later, average_attn_weights=False)
    dy = torch.tensor(rng.normal(size=y.shape))
    if not case["cross"]:  # a step that is not there has no output
        dy[missing] = 0
    y.backward(dy)
    gradients = {
        "inputWeight": module.in_proj_weight,
        "inputBias": module.in_proj_bias,
        "outputWeight": module.out_proj.weight,
        "outputBias": module.out_proj.bias,
    }
    return case | {
        "lengths": lengths.tolist(),
        "x": x.tolist(),
        "context": c.tolist() if case["cross"] else None,
        "dy": dy.tolist(),
        "y": y.tolist(),
        "shares": shares.tolist(),
        "dx": x.grad.tolist(),
        "dcontext": c.grad.tolist() if case["cross"] else None,
        "parameters": {name: parameter.tolist() for name, parameter in gradients.items()},
        "gradients": {name: parameter.grad.tolist() for name, parameter in gradients.items()},
    }


def normalization(shape, epsilon, rng):
    module = nn.LayerNorm(shape[-1], eps=epsilon)
    scale, shift = rng.uniform(0.5, 2, shape[-1]), rng.normal(size=shape[-1])
    with torch.no_grad():
        module.weight.copy_(torch.tensor(scale))
        module.bias.copy_(torch.tensor(shift))
    x = torch.tensor(rng.normal(2, 3, shape), requires_grad=True)
    y = module(x)
    dy = torch.tensor(rng.normal(size=shape))
    y.backward(dy)
    return {
        "epsilon": epsilon,
        "scale": scale.tolist(),
        "shift": shift.tolist(),
        "x": x.tolist(),
        "dy": dy.tolist(),
        "y": y.tolist(),
        "dx": x.grad.tolist(),
        "dscale": module.weight.grad.tolist(),
        "dshift": module.bias.grad.tolist(),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    made = {
        "made": f"PyTorch {torch.__version__}",
        "attention": [attention(case, rng) for case in CASES],
        "normalization": [normalization(shape, epsilon, rng) for shape, epsilon in [((4, 3), 1e-5), ((3, 2, 5), 1e-3)]],
    }
    Path(__file__).with_name("reference.json").write_text(json.dumps(made))
