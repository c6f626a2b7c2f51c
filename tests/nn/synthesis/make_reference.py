"""Makes reference.json: what PyTorch's layers give for a narrow VGG-19 with random weights, in float64.

    python tests/nn/synthesis/make_reference.py        (with PyTorch, which the library itself does not need)

Of every layer, the inner product of its output with random numbers and the output's norm; and the numbers of fc8. The
test draws the same weights, pictures and random numbers.
"""

import json
from pathlib import Path

import numpy as np
import torch

from vgg import WIDTHS, drawnWeights, picture, projected

MEAN, DEVIATION = ([[[[each]] for each in one]] for one in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


def outputs(side, dense):
    """The outputs of a VGG-19 of PyTorch's layers, by the names of Gatys et al."""
    weights = {name: torch.from_numpy(array) for name, array in drawnWeights().items()}
    x = torch.from_numpy(np.moveaxis(picture(side), -1, 0))
    x = (x - torch.tensor(np.reshape(MEAN, (1, 3, 1, 1)))) / torch.tensor(np.reshape(DEVIATION, (1, 3, 1, 1)))
    found, number = {}, 0
    for block, count in enumerate((2, 2, 4, 4, 4), start=1):
        for i in range(1, count + 1):
            kernel, bias = (weights[f"features.{number}.{part}"] for part in ("weight", "bias"))
            x = found[f"conv{block}_{i}"] = torch.relu(torch.nn.functional.conv2d(x, kernel, bias, padding=1))
            number += 2
        x = found[f"pool{block}"] = torch.nn.functional.max_pool2d(x, 2)
        number += 1
    if dense:
        x = torch.nn.functional.adaptive_avg_pool2d(x, 7).flatten(1)
        for number, name in ((0, "fc6"), (3, "fc7"), (6, "fc8")):
            x = x @ weights[f"classifier.{number}.weight"].T + weights[f"classifier.{number}.bias"]
            x = found[name] = torch.relu(x) if number < 6 else x
    return {name: np.moveaxis(y.numpy(), 0, -1) for name, y in found.items()}


if __name__ == "__main__":
    small = {name: projected(name, y) for name, y in outputs(32, False).items()}
    large = outputs(224, True)
    reference = {"widths": WIDTHS, "32": small, "224": {name: projected(name, large[name]) for name in large}}
    reference["fc8"] = large["fc8"].ravel().tolist()
    Path(__file__).with_name("reference.json").write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")
