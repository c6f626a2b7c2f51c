"""Makes reference.json: trajectories of torch.optim, from a random state at t = 10, in float64.

    pip install torch==2.13.0
    python tests/optimizer/make_reference.py

The gradient of step t is G[t] + A θ, so that every step depends on all before. Clipping and decoupled weight decay in
SGD, which torch.optim.SGD lacks, are written out here. The test needs no PyTorch, only the file.
"""

import json
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)

SIZE, STEPS, FIRST = 12, 50, 10
CASES = {
    "SGD": {"kind": "SGD", "lr": 0.05},
    "momentum": {"kind": "SGD", "lr": 0.05, "momentum": 0.9},
    "Nesterov": {"kind": "SGD", "lr": 0.05, "momentum": 0.8, "nesterov": True},
    "SGD, weight decay": {"kind": "SGD", "lr": 0.05, "momentum": 0.9, "weightDecay": 0.1},
    "SGD, clipped": {"kind": "SGD", "lr": 0.05, "momentum": 0.5, "clipNorm": 1.5},
    "Adam": {"kind": "Adam", "lr": 0.01},
    "Adam, other constants": {"kind": "Adam", "lr": 0.03, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
    "AdamW": {"kind": "Adam", "lr": 0.01, "weightDecay": 0.05},
    "Adam, clipped": {"kind": "Adam", "lr": 0.01, "clipNorm": 1.5},
}


def trajectory(settings, start, A, G):
    theta = torch.tensor(start["theta"], requires_grad=True)
    lr, decay, clip = settings["lr"], settings.get("weightDecay", 0.0), settings.get("clipNorm")
    if settings["kind"] == "SGD":
        momentum = settings.get("momentum", 0.0)
        optimizer = torch.optim.SGD([theta], lr=lr, momentum=momentum, nesterov=settings.get("nesterov", False))
        if momentum:
            optimizer.state[theta]["momentum_buffer"] = torch.tensor(start["m"])
    else:
        betas = settings.get("beta1", 0.9), settings.get("beta2", 0.999)
        optimizer = torch.optim.AdamW(
            [theta], lr=lr, betas=betas, eps=settings.get("epsilon", 1e-8), weight_decay=decay, foreach=False
        )
        optimizer.state[theta] = {
            "step": torch.tensor(float(FIRST)),
            "exp_avg": torch.tensor(start["m"]),
            "exp_avg_sq": torch.tensor(start["v"]),
        }
    passed = []
    for t in range(STEPS):
        gradient = torch.tensor(G[t]) + torch.tensor(A) @ theta.detach()
        if clip is not None:
            gradient *= min(1.0, clip / float(torch.linalg.vector_norm(gradient)))
        theta.grad = gradient
        if settings["kind"] == "SGD" and decay:
            with torch.no_grad():
                theta.mul_(1 - lr * decay)
        optimizer.step()
        if (t + 1) % 10 == 0:
            passed.append(theta.detach().tolist())
    return passed


def main():
    rng = np.random.RandomState(0)
    start = {
        "theta": rng.randn(SIZE).tolist(),
        "m": (0.3 * rng.randn(SIZE)).tolist(),
        "v": (rng.rand(SIZE) ** 2).tolist(),
    }
    A, G = (rng.randn(SIZE, SIZE) / 10).tolist(), rng.randn(STEPS, SIZE).tolist()
    cases = {name: {"settings": case, "theta": trajectory(case, start, A, G)} for name, case in CASES.items()}
    reference = {"torch": torch.__version__, "first": FIRST, "start": start, "A": A, "G": G, "cases": cases}
    path = Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(reference) + "\n")
    print(f"{len(cases)} cases of {STEPS} steps in {path}")


if __name__ == "__main__":
    main()
