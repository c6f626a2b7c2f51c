"""Plain values: what stands in files, and what is refused of it."""

import copy
import json
import math

from leibnet import plain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

GENERATORS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]

scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)

by_kind = pytest.mark.parametrize("kind", GENERATORS, ids=lambda kind: kind.__name__)


@given(value=values)
def test_a_way_through_a_file(value):
    assert plain.asStored(value) == value
    assert list(plain.differences(value, plain.asStored(value))) == []


def test_numpys_numbers_are_pythons():
    value = {"a": np.float32(0.5), "b": np.int64(3), "c": np.True_, "d": (1, 2)}
    assert plain.asStored(value) == {"a": 0.5, "b": 3, "c": True, "d": [1, 2]}
    assert plain.toJson(np.float64(0.1)) == "0.1"
    for bad in (np.zeros(2), {1, 2}, object, b"x"):
        with pytest.raises(TypeError, match=f"a value of type {type(bad).__name__} is none of these"):
            plain.toJson({"a": bad})


def test_differences():
    now = {"a": 1, "b": [1, {"c": 2}], "d": "x"}
    assert list(plain.differences(now, copy.deepcopy(now))) == []
    assert list(plain.differences(now, {"a": 1, "b": [1, {"c": 3}], "d": "y"})) == [
        (("b", "1", "c"), 2, 3),
        (("d",), "x", "y"),
    ]
    assert list(plain.differences(now, {"a": 1})) == [((), now, {"a": 1})]
    assert list(plain.differences([1, 2], [1])) == [((), [1, 2], [1])]
    assert list(plain.differences({"a": 1}, [1])) == [((), {"a": 1}, [1])]
    assert list(plain.differences({"a": {}}, {"b": {}})) == [((), {"a": {}}, {"b": {}})]


def test_require_and_dictionary():
    assert plain.require("it", True, "anything", 5) == 5
    with pytest.raises(ValueError, match="expected it to be a number, got 'x'"):
        plain.require("it", False, "a number", "x")
    with pytest.raises(ValueError, match="expected it to be a number") as caught:
        plain.require("it", False, "a number", list(range(10**5)))
    assert len(str(caught.value)) < 100
    assert plain.dictionary("it", {"a": 1}) == plain.dictionary("it", {"a": 1}, ["a"]) == {"a": 1}
    with pytest.raises(ValueError, match=r"expected it to be a dictionary, got \[1\]"):
        plain.dictionary("it", [1])
    with pytest.raises(ValueError, match="it has a, b, there it had a"):
        plain.dictionary("it", {"a": 1}, ["a", "b"])
    with pytest.raises(ValueError, match="it has nothing, there it had a"):
        plain.dictionary("it", {"a": 1}, [])


def test_counts_and_numbers():
    assert all(map(plain.isCount, (0, 1, 10**30)))
    assert not any(map(plain.isCount, (-1, 1.0, True, None, "1", np.int64(1))))
    assert all(map(plain.isNumber, (0, -1.5, 10**300, 1.7e308)))
    assert not any(map(plain.isNumber, (math.inf, -math.inf, math.nan, True, None, "1", 10**400)))


@pytest.mark.parametrize(
    ("now", "then", "alike"),
    [
        (None, {"anything": 1}, True),
        (1.5, 2, True),
        (1, 2.5, True),
        (1, None, True),
        (1, "1", False),
        (1, True, False),
        (1, math.inf, False),
        ("a", "b", True),
        ("a", 1, False),
        (True, False, True),
        (True, 1, False),
        ([1], [], True),
        ((1, 2), [3], True),
        ([1], {}, False),
        ({}, {"a": 1}, True),
    ],
)
def test_what_could_stand_there(now, then, alike):
    assert plain.isAlike(now, then) is alike


@by_kind
def test_the_state_of_a_generator_through_a_file(kind):
    rng = np.random.Generator(kind(5))
    rng.random(7)
    rng.integers(0, 10, 3, dtype=np.uint32)  # half a number is left over
    state = plain.asStored(plain.generatorState(rng.bit_generator.state))
    json.dumps(state)
    other = np.random.Generator(kind(0))
    before = other.bit_generator.state
    given_ = plain.generatorLike("rng", other, state)
    assert str(other.bit_generator.state) == str(before)  # only a copy was tried
    other.bit_generator.state = given_
    assert np.array_equal(other.random(100), rng.random(100))
    assert np.array_equal(other.integers(0, 10, 9, dtype=np.uint32), rng.integers(0, 10, 9, dtype=np.uint32))


@by_kind
def test_no_state_of_this_generator(kind):
    rng = np.random.Generator(kind(5))
    right = plain.asStored(plain.generatorState(rng.bit_generator.state))

    def places(value, path=()):
        yield path
        for key in value if isinstance(value, dict) else ():
            yield from places(value[key], (*path, key))

    for path in places(right):
        for bad in (None, "x", -1, 1.5, [], {}, True, 2**200, [2**64], {"dtype": "<u4", "values": [0]}):
            state = copy.deepcopy(right)
            if path:
                parent = state
                for key in path[:-1]:
                    parent = parent[key]
                if parent[path[-1]] == bad and type(parent[path[-1]]) is type(bad):
                    continue
                parent[path[-1]] = bad
            else:
                state = bad
            with pytest.raises(ValueError, match="rng"):
                plain.generatorLike("rng", rng, state)


@pytest.mark.parametrize(
    ("kind", "keys", "bad"),
    [
        (np.random.PCG64, ("state", "inc"), lambda right: right + 1),  # which must be odd
        (np.random.PCG64, ("has_uint32",), lambda right: 2),
        (np.random.PCG64, ("uinteger",), lambda right: 2**32),
        (np.random.MT19937, ("state", "pos"), lambda right: 625),
        (np.random.Philox, ("buffer_pos",), lambda right: 5),
    ],
)
def test_numbers_that_a_generator_would_take_unchecked(kind, keys, bad):
    rng = np.random.Generator(kind(5))
    state = plain.asStored(plain.generatorState(rng.bit_generator.state))
    part = state
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = bad(part[keys[-1]])
    with pytest.raises(ValueError, match=f"{keys[-1]}|rng"):
        plain.generatorLike("rng", rng, state)


def test_the_state_of_another_generator_is_refused():
    state = plain.generatorState(np.random.Generator(np.random.MT19937(0)).bit_generator.state)
    with pytest.raises(ValueError, match="bit_generator of rng to be 'PCG64', got 'MT19937'"):
        plain.generatorLike("rng", np.random.default_rng(0), state | {"has_uint32": 0, "uinteger": 0})


def test_reasons():
    assert plain.reason(KeyError("name")) == "'name' is missing"
    assert plain.reason(ValueError("no")) == "no"
    assert plain.reason(ValueError()) == "ValueError"
