"""Makes reference.json: normalisations over several steps, and dropout with its mask, by PyTorch in float64.

    pip install torch==2.13.0
    python tests/layers/make_reference.py

Arrays are stored as PyTorch has them, samples first. The test needs no PyTorch, only the file.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)

STEPS = 3
KINDS = {
    "vectors": (nn.BatchNorm1d, (5, 3)),
    "sequences": (nn.BatchNorm1d, (3, 2, 4)),
    "images": (nn.BatchNorm2d, (2, 2, 3, 2)),
}
SPECTRAL = {
    "Dense": (lambda: nn.Linear(4, 3), (5, 4)),
    "Conv2D": (lambda: nn.Conv2d(2, 3, (3, 2), (2, 1)), (2, 2, 5, 4)),
    "Conv2DTranspose": (lambda: nn.ConvTranspose2d(3, 2, (3, 2), (2, 1)), (2, 3, 3, 2)),
}
SETTINGS = [{"momentum": 0.1, "epsilon": 1e-5}, {"momentum": 0.3, "epsilon": 1e-3}]


def passed(module, x, dy):
    """One pass forward and back, and the running averages after it."""
    x = torch.tensor(x, requires_grad=True)
    module.zero_grad()
    y = module(x)
    y.backward(torch.tensor(dy))
    return {
        "x": x.tolist(),
        "dy": dy.tolist(),
        "y": y.tolist(),
        "dx": x.grad.tolist(),
        "dscale": module.weight.grad.tolist(),
        "dshift": module.bias.grad.tolist(),
        "mean": module.running_mean.tolist(),
        "variance": module.running_var.tolist(),
    }


def normalization(kind, settings, rng):
    make, shape = KINDS[kind]
    module = make(shape[1], eps=settings["epsilon"], momentum=settings["momentum"])
    scale, shift = rng.uniform(0.5, 2, shape[1]), rng.normal(size=shape[1])
    with torch.no_grad():
        module.weight.copy_(torch.tensor(scale))
        module.bias.copy_(torch.tensor(shift))
    steps = [passed(module, rng.normal(2, 3, shape), rng.normal(size=shape)) for _ in range(STEPS)]
    module.eval()
    return {
        "kind": kind,
        **settings,
        "scale": scale.tolist(),
        "shift": shift.tolist(),
        "training": steps,
        "inference": passed(module, rng.normal(2, 3, shape), rng.normal(size=shape)),
    }


def dropout(p, rng, shape=(4, 6)):
    torch.manual_seed(0)
    x, dy = torch.tensor(rng.normal(size=shape), requires_grad=True), rng.normal(size=shape)
    y = nn.functional.dropout(x, p)
    y.backward(torch.tensor(dy))
    kept = (y != 0).to(int)
    return {"p": p, "x": x.tolist(), "dy": dy.tolist(), "kept": kept.tolist(), "y": y.tolist(), "dx": x.grad.tolist()}


def spectral(kind, rng, lr=0.1):
    """Steps of SGD, dy given; u and v as after the first step of the power iteration.

    By `torch.nn.utils.spectral_norm`, which moves v before u, as the paper does; `parametrizations` moves u before v.
    """
    torch.manual_seed(0)
    make, shape = SPECTRAL[kind]
    module = nn.utils.spectral_norm(make())
    weight = module.weight_orig
    case = {"kind": kind, "weight": weight.tolist(), "bias": module.bias.tolist(), "lr": lr, "training": []}
    for _ in range(STEPS):
        x = torch.tensor(rng.normal(size=shape), requires_grad=True)
        module.zero_grad()
        y = module(x)
        dy = torch.tensor(rng.normal(size=tuple(y.shape)))
        y.backward(dy)
        if not case["training"]:
            case |= {"u": module.weight_u.tolist(), "v": module.weight_v.tolist()}
        arrays = {"x": x, "dy": dy, "y": y, "dx": x.grad, "dweight": weight.grad, "dbias": module.bias.grad}
        case["training"].append({name: array.tolist() for name, array in arrays.items()})
        with torch.no_grad():
            for parameter in module.parameters():
                parameter -= lr * parameter.grad
    module.eval()
    x = torch.tensor(rng.normal(size=shape))
    return case | {"inference": {"x": x.tolist(), "y": module(x).tolist()}}


def main():
    rng = np.random.RandomState(0)
    reference = {
        "torch": torch.__version__,
        "normalization": [normalization(kind, settings, rng) for kind in KINDS for settings in SETTINGS],
        "dropout": dropout(0.3, rng),
        "spectral": [spectral(kind, rng) for kind in SPECTRAL],
    }
    Path(__file__).with_name("reference.json").write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    main()
