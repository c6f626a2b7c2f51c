"""The library's own random numbers and their one seed."""

import leibnet
from leibnet.randomness import data, networks, seed

import numpy as np
import pytest

import nn
from dataset import Dataset
from layers import Dense


def draws():
    return networks.generator.random(3).tolist(), data.generator.random(3).tolist()


def test_one_seed_for_all():
    seed(3)
    first = draws()
    more = draws()
    seed(3)
    assert draws() == first
    assert draws() == more != first
    seed(4)
    assert draws() != first
    assert first[0] != first[1]


def test_a_generator_keeps_its_identity():
    before = networks.generator, data.generator
    seed(0)
    assert (networks.generator, data.generator) == before
    assert networks.generator is not data.generator


def test_the_numbers_are_those_of_the_seed_in_every_version():
    children = np.random.SeedSequence(7).spawn(2)
    seed(7)
    for one, child in zip((networks, data), children, strict=True):
        assert np.array_equal(one.generator.random(5), np.random.default_rng(child).random(5))


def test_networks_and_data_do_not_disturb_each_other():
    weights = []
    for size in (10, 100):
        seed(0)
        Dataset.fromArrays(np.ones((2, size)), np.ones((1, size)), test_size=2)
        weights.append(Dense(3, 2).weight)
    assert np.array_equal(*weights)


def test_numpys_global_state_plays_no_part():
    weights = []
    for n in (0, 1):
        np.random.seed(n)  # noqa: NPY002
        kept = str(np.random.get_state())  # noqa: NPY002
        seed(5)
        weights.append(Dense(3, 2).weight)
        assert str(np.random.get_state()) == kept  # noqa: NPY002
    assert np.array_equal(*weights)


def test_without_a_seed_every_process_begins_elsewhere():
    from leibnet.randomness import Randomness

    assert Randomness().generator.random() != Randomness().generator.random()


def test_doors():
    assert nn.seed is leibnet.seed is seed


@pytest.mark.parametrize("n", [-1, 1.5, "0"])
def test_no_seed(n):
    with pytest.raises((TypeError, ValueError)):
        seed(n)
