"""The library's own random numbers and their one seed."""

import copy
import json
import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress

import leibnet
from leibnet import randomness
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


def test_beside_a_thread_that_holds_the_generators_others_draw_from_their_own():
    seed(0)
    undisturbed = [networks.generator.random(), data.generator.random()]
    seed(0)
    others = []
    with randomness.held():
        for _ in range(3):
            thread = threading.Thread(target=lambda: others.append((networks.generator, data.generator.random())))
            thread.start()
            thread.join()
        assert [networks.generator.random(), data.generator.random()] == undisturbed
    assert all(generator is not networks.generator for generator, _ in others)
    assert len({number for _, number in others}) == 3


def test_two_threads_that_hold_them_draw_apart_until_both_have_ended():
    begun, ended, seen = threading.Event(), threading.Event(), []

    def second():
        with randomness.held():
            seen.append(networks.generator)
            begun.set()
            ended.wait(10)
            seen.append(networks.generator)

    with randomness.held():
        mine = networks.generator
        thread = threading.Thread(target=second)
        thread.start()
        begun.wait(10)
    ended.set()
    thread.join()
    assert seen[0] is seen[1] is not mine
    assert networks.generator is mine


def test_held_within_held_and_after_an_error():
    generator = networks.generator
    with suppress(KeyError), randomness.held():
        with randomness.held():
            assert networks.generator is generator
        assert networks.generator is generator
        raise KeyError
    seen = []
    thread = threading.Thread(target=lambda: seen.append(networks.generator))
    thread.start()
    thread.join()
    assert seen == [generator]


FORKED = """
import json, os, sys
import nn
from layers import Dense
nn.seed(0)
def child(seeded):
    read, write = os.pipe()
    if not os.fork():
        if seeded:
            nn.seed(5)
        drawn = [Dense(2, 2).weight.tolist(), nn.GaussianNoise().apply([[0.0]]).tolist()]
        os.write(write, json.dumps(drawn).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(read, 10000))
print(json.dumps([child(False), child(False), child(True), child(True)]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_workers_differ_unless_they_are_seeded():
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True, timeout=60)
    one, two, seeded, again = json.loads(done.stdout)
    assert one[0] != two[0]
    assert seeded == again
    assert seeded[0] not in (one[0], two[0])


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copied_data_set_obeys_the_seed(twin):
    one = Dataset.fromArrays(np.arange(20.0).reshape(1, 20), test_size=0)
    other = twin(one)

    def order(dataset):
        seed(3)
        return [batch[0][0, 0] for batch, _, _ in dataset.batches() for _ in range(batch.size)] + list(
            next(iter(dataset.batches()))[0][0].ravel()
        )

    assert order(one) == order(other)
