"""The diversity of a GAN's samples: variances over the stretches of an evaluation."""

import numpy as np
import pytest

from activations import Sigmoid
from layers import Dense
from nn import GAN, MLP
from nn.models.statistics.spread import Spread


def spread(columns, size=7):
    made = Spread()
    for start in range(0, columns.shape[-1], size):
        made.add(columns[..., start : start + size])
    return made.variance()


@pytest.mark.parametrize("shape", [(3, 100), (2, 4, 4, 50), (1, 1)])
@pytest.mark.parametrize("offset", [0.0, -5.0, 1e8])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_variance_of_all_stretches_together(shape, offset, size):
    columns = np.random.default_rng(0).normal(size=shape) + offset
    assert spread(columns, size) == pytest.approx((columns - offset).var(axis=-1).sum(), rel=1e-6, abs=1e-12)


def test_stretches_of_different_means():
    columns = np.sort(np.random.default_rng(0).normal(size=(2, 1000)), axis=-1) + 1e8
    assert spread(columns, 100) == pytest.approx((columns - 1e8).var(axis=-1).sum(), rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.3, 1e5 + 0.3, 1e8 + 0.3, 1e15])
def test_equal_columns_have_no_variance(offset, dtype):
    assert spread(np.full((2, 500), offset, dtype)) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
def test_a_collapsed_generator_has_no_diversity(offset, dtype):
    x = (np.random.default_rng(0).normal(size=(2, 2500)) * max(0.1, 1e-6 * offset) + offset).astype(dtype)
    gan = GAN(MLP([Dense(2, 2, rng=0)]), MLP([Dense(2, 1, Sigmoid(), rng=1)]), rng=0)
    gan.astype(dtype)
    gan.generator.layers[0].weight, gan.generator.layers[0].bias = np.zeros((2, 2)), np.full((2, 1), offset)
    assert gan.evaluate(x, "diversity") == {"diversity": 0}
    gan.generator.layers[0].weight = np.eye(2) * x.std(dtype=float)
    assert gan.evaluate(x, "diversity")["diversity"] == pytest.approx(1, abs=0.1)
