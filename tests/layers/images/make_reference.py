"""Makes reference.json: convolutions, pooling and unpooling with their gradients, by PyTorch in float64.

    pip install torch==2.13.0
    python tests/layers/images/make_reference.py

Arrays are stored as PyTorch has them, samples first. The test needs no PyTorch, only the file. PyTorch does not know
padding "same" with strides, and pads transposed convolutions otherwise: zeros (-∞ for a maximum) are put around here,
and outputs cut, by Keras's rule.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

SHAPE, OUTPUTS = (2, 2, 5, 6), 3
CASES = [  # kernel, strides
    ((3, 3), (1, 1)),
    ((2, 2), (2, 2)),
    ((3, 2), (2, 1)),
    ((1, 4), (1, 3)),
    ((1, 1), (3, 2)),
    ((4, 3), (2, 2)),
]
POOLING = [((2, 2), (2, 2)), ((3, 3), (2, 2)), ((2, 3), (1, 2)), ((3, 2), (1, 1))]


def zeros_around(n, k, s):
    """How many zeros "same" puts before and after n numbers."""
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


def padded(x, kernel, strides, padding, value=0.0):
    """x with what "same" puts around it; F.pad begins with the last axis."""
    if padding == "valid":
        return x
    sides = zip(x.shape[2:], kernel, strides, strict=True)
    return F.pad(x, [n for axis in reversed([zeros_around(*one) for one in sides]) for n in axis], value=value)


def recorded(function, **arrays):
    """The arrays, the value of the function, and the gradients that a random dy gives to all of them."""
    rng = np.random.default_rng(sum(array.size for array in arrays.values()))
    given = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
    y = function(**given)
    dy = torch.tensor(rng.normal(size=tuple(y.shape)).round(2))
    y.backward(dy)
    gradients = {f"d{name}": one.grad.tolist() for name, one in given.items()}
    return {name: array.tolist() for name, array in arrays.items()} | {
        "y": y.tolist(),
        "dy": dy.tolist(),
        **gradients,
    }


def settings(kernel, strides, padding):
    return {"size": list(kernel), "strides": list(strides), "padding": padding}


def drawn(rng, *shape):
    return rng.normal(size=shape).round(2)


def convolution(kernel, strides, padding, rng):
    def f(x, weight, bias):
        return F.conv2d(padded(x, kernel, strides, padding), weight, bias, strides)

    weight = drawn(rng, OUTPUTS, SHAPE[1], *kernel)
    return settings(kernel, strides, padding) | recorded(f, x=drawn(rng, *SHAPE), weight=weight, bias=drawn(rng, 3))


def sequence(kernel, stride, padding, rng):
    def f(x, weight, bias):
        before, after = {"valid": (0, 0), "same": zeros_around(x.shape[2], kernel, stride), "causal": (kernel - 1, 0)}[
            padding
        ]
        return F.conv1d(F.pad(x, (before, after)), weight, bias, stride)

    weight = drawn(rng, OUTPUTS, 2, kernel)
    return settings([kernel], [stride], padding) | recorded(
        f, x=drawn(rng, 2, 2, 7), weight=weight, bias=drawn(rng, OUTPUTS)
    )


def transposed(kernel, strides, padding, rng):
    """Its weight is (in, out, height, width) there."""

    def f(x, weight, bias):
        more = [max(s - k, 0) for k, s in zip(kernel, strides, strict=True)]
        y = F.conv_transpose2d(x, weight, bias, strides, output_padding=more)
        if padding == "same":
            for axis, (n, k, s) in enumerate(zip(x.shape[2:], kernel, strides, strict=True), start=2):
                y = y.narrow(axis, zeros_around(n * s, k, s)[0], n * s)
        return y

    x, weight = drawn(rng, 2, 2, 3, 4), drawn(rng, 2, OUTPUTS, *kernel)
    return settings(kernel, strides, padding) | recorded(f, x=x, weight=weight, bias=drawn(rng, OUTPUTS))


def maxima(kernel, strides, padding, rng, ties=False):
    """Max-pooling, and unpooling of other numbers by its indices: of maxima that share a place, PyTorch keeps one."""
    x = rng.integers(0, 3, SHAPE).astype(float) if ties else drawn(rng, *SHAPE)

    def pooled(x):
        return F.max_pool2d(padded(x, kernel, strides, padding, -torch.inf), kernel, strides, return_indices=True)

    def unpooled(x):
        """To the image with its padding, which is then cut off."""
        whole = padded(torch.zeros(SHAPE), kernel, strides, padding)
        y = F.max_unpool2d(x, indices, kernel, strides, output_size=whole.shape[2:])
        for axis, (n, k, s) in enumerate(zip(SHAPE[2:], kernel, strides, strict=True), start=2):
            y = y.narrow(axis, zeros_around(n, k, s)[0] if padding == "same" else 0, n)
        return y

    indices = pooled(torch.tensor(x))[1]
    found = settings(kernel, strides, padding) | recorded(lambda x: pooled(x)[0], x=x)
    if kernel == strides:  # windows that do not overlap
        found["unpooling"] = recorded(unpooled, x=drawn(rng, *indices.shape))
    return found


def means(kernel, strides, padding, rng):
    def f(x):
        y, inside = (
            F.avg_pool2d(padded(one, kernel, strides, padding), kernel, strides) for one in (x, torch.ones_like(x))
        )
        return y / inside

    return settings(kernel, strides, padding) | recorded(f, x=drawn(rng, *SHAPE))


def main():
    rng, paddings = np.random.default_rng(0), ("valid", "same")
    reference = {
        "torch": torch.__version__,
        "Conv2D": [convolution(*case, padding, rng) for case in CASES for padding in paddings],
        "Conv2DTranspose": [transposed(*case, padding, rng) for case in CASES for padding in paddings],
        "MaxPooling2D": [maxima(*case, padding, rng) for case in POOLING for padding in paddings]
        + [maxima(*case, "valid", rng, ties=True) for case in POOLING[:2]],
        "AveragePooling2D": [means(*case, padding, rng) for case in POOLING for padding in paddings],
        "Conv1D": [
            sequence(kernel, stride, padding, rng)
            for kernel, stride in ((3, 1), (2, 2), (4, 3), (1, 2))
            for padding in (*paddings, "causal")
        ],
    }
    Path(__file__).with_name("reference.json").write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    main()
