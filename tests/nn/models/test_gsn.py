import itertools

import numpy as np
import pytest

from activations import Identity, Sigmoid, Tanh
from builders import X, data, gsn
from dataset import Batch, Dataset, SaltAndPepper
from layers import Dense
from nn import GSN, MLP, checkGradients, seed
from optimizer import Adam


def test_a_walk_of_one_step_is_a_denoising_autoencoder():
    model = gsn(walkBack=1)
    walked = model._walked(Batch.of(X))
    assert np.array_equal(walked.inputs, X)
    assert not np.array_equal(walked.parts["corrupted"], X)


def test_every_step_of_the_walk_is_learnt_from():
    model = gsn(walkBack=4)
    walked = model._walked(Batch.of(X, weights=np.arange(40.0)))
    assert walked.inputs.shape == walked.parts["corrupted"].shape == (6, 160)
    np.testing.assert_array_equal(walked.inputs[:, 120:], X)
    np.testing.assert_array_equal(walked.weights, np.tile(np.arange(40.0), 4))
    assert set(np.unique(walked.parts["corrupted"][:, 40:])) == {0.0, 1.0}  # from the second on, draws


@pytest.mark.parametrize("walkBack", [1, 3])
def test_gradients(walkBack):
    assert checkGradients(gsn(walkBack=walkBack), X[:, :5])


def test_the_chain_visits_all_patterns_and_little_else():
    seed(1)
    patterns = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0.0]]).T.repeat(5, axis=0)
    dataset = Dataset.fromArrays(np.repeat(patterns, 100, axis=1), batch_size=20, rng=0)
    adam = Adam(lr=0.03)
    model = GSN(
        MLP([Dense(30, 20, Tanh(), adam, rng=0)]), MLP([Dense(20, 30, Sigmoid(), adam, rng=1)]), SaltAndPepper(0.5), 3
    )
    model.train(dataset, epochs=60, metrics=[])
    drawn = [x for _, x in itertools.islice(model.walk(np.zeros((30, 100)), rng=0), 60)]
    last = np.concatenate(drawn[30:], axis=1)
    shares = [(np.abs(last - pattern[:, None]).sum(axis=0) <= 3).mean() for pattern in patterns.T]
    assert min(shares) > 0.15, shares
    assert sum(shares) > 0.8, shares
    assert model.sample(7, 3, rng=0).shape == (30, 7)
    assert np.array_equal(model.sample(7, 3, rng=0), model.sample(7, 3, rng=0))


def test_bad_input():
    encoder, decoder = MLP([Dense(6, 5)]), MLP([Dense(5, 6, Sigmoid())])
    with pytest.raises(ValueError, match="ends in Sigmoid"):
        GSN(encoder, MLP([Dense(5, 6, Identity())]))
    with pytest.raises(ValueError, match="walkBack"):
        GSN(encoder, decoder, walkBack=0)
    with pytest.raises(ValueError, match="n = 3 columns"):
        GSN(encoder, decoder).sample(3, start=X)
    with pytest.raises(ValueError, match="cannot give"):
        gsn().train(data(3 * X), epochs=1)
