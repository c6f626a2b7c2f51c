"""An index of binary codes: its answers are those of comparing all, in memory and from a file."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from nn import MLP, HammingIndex, hammingDistances, packCodes
from nn.measures.retrieval import buckets, hamming

BITS = st.one_of(st.integers(1, 70), st.sampled_from([128, 300]))


def clustered(bits, count, rng, centres=8, flips=0.1):
    """Codes about a few others, as encoders give them."""
    chosen = (rng.random((bits, centres)) < 0.5)[:, rng.integers(0, centres, count)]
    return chosen ^ (rng.random((bits, count)) < flips)


def reference(codes, query, count=None, radius=None):
    """By the definition: bits that differ, in a list that is sorted by distance and place."""
    distances = [sum(a != b for a, b in zip(code, query, strict=True)) for code in codes.T.tolist()]
    ranked = sorted(range(len(distances)), key=lambda place: (distances[place], place))
    if radius is not None:
        ranked = [place for place in ranked if distances[place] <= radius]
    return ranked[:count], [distances[place] for place in ranked[:count]]


def assertFound(found, expected):
    assert (found.places.tolist(), found.distances.tolist()) == expected


@pytest.fixture
def patient(monkeypatch):
    """Looking up never ends for being slow."""
    monkeypatch.setattr(buckets, "SHARE", np.inf)


@settings(max_examples=60)
@given(BITS, st.integers(1, 120), st.integers(0, 99))
@pytest.mark.usefixtures("patient")
def test_the_nearest_and_those_within_a_radius(bits, count, seed):
    rng = np.random.default_rng(seed)
    codes = clustered(bits, count, rng)
    index = HammingIndex(codes)
    query = rng.random(bits) < 0.5 if seed % 2 else codes[:, seed % count] ^ (rng.random(bits) < 0.05)
    for wanted in {1, min(7, count), count}:
        assertFound(index.nearest(query, wanted), reference(codes, query.tolist(), wanted))
        assertFound(index.scan(query, wanted), reference(codes, query.tolist(), wanted))
    for radius in (0, 1, 3, bits // 2, bits, bits + 9):
        assertFound(index.within(query, radius), reference(codes, query.tolist(), radius=radius))


@pytest.mark.parametrize("bits", [16, 32, 64, 100])
def test_with_many_codes_it_answers_without_comparing_all(bits, monkeypatch):
    rng = np.random.default_rng(bits)
    codes = clustered(bits, 60_000, rng, centres=300, flips=0.08)
    index = HammingIndex(codes)
    expected = [index.scan(query, 50) for query in codes[:, :5].T]
    monkeypatch.setattr(index._buckets, "_limit", np.inf)
    monkeypatch.setattr(HammingIndex, "_scanned", lambda *_: pytest.fail("all were compared"))
    for query, one in zip(codes[:, :5].T, expected, strict=True):
        assertFound(index.nearest(query, 50), (one.places.tolist(), one.distances.tolist()))
        radius = int(one.distances[-1])
        everything = np.flatnonzero(hammingDistances(query[:, None], codes)[0] <= radius)
        assert np.array_equal(np.sort(index.within(query, radius).places), everything)


def test_where_nothing_is_near_all_are_compared(monkeypatch):
    codes = np.random.default_rng(0).random((64, 5000)) < 0.2
    index, compared = HammingIndex(codes), []
    scanned = HammingIndex._scanned
    monkeypatch.setattr(HammingIndex, "_scanned", lambda *given: compared.append(1) or scanned(*given))
    query = np.ones(64)
    assertFound(index.nearest(query, 9), reference(codes, query.tolist(), 9))
    assert compared


def test_equal_codes_come_in_the_order_of_their_places():
    index = HammingIndex(np.array([[1, 0, 1, 0, 1], [1, 0, 1, 1, 1]]))
    found = index.nearest([1, 1], 5)
    assert found.places.tolist() == [0, 2, 4, 3, 1]
    assert found.distances.tolist() == [0, 0, 0, 1, 2]


def test_many_queries_at_once_and_every_way_to_write_bits():
    rng = np.random.default_rng(0)
    codes = rng.random((20, 300)) < 0.5
    index = HammingIndex(codes)
    queries = codes[:, :4]
    several = index.nearest(queries.astype(float), 6)
    assert several.places.shape == several.distances.shape == (6, 4)
    for i, query in enumerate(queries.T):
        for written in (query, query.astype(int), np.where(query, 1.0, -1.0)):
            assert np.array_equal(index.nearest(written, 6).places, several.places[:, i])
    assert np.array_equal(HammingIndex(np.where(codes, 1.0, -1.0)).nearest(queries, 6).places, several.places)
    assert len(index) == 300
    assert repr(index) == "HammingIndex of 300 codes of 20 bits"
    assert index.nearest(queries[:, 0], 1000).places.shape == (300,)


@pytest.mark.parametrize("bits", [1, 7, 8, 33, 64, 65, 130])
def test_distances_with_and_without_a_counting_instruction(bits, monkeypatch):
    rng = np.random.default_rng(bits)
    a, b = rng.random((bits, 5)) < 0.5, rng.random((bits, 9)) < 0.5
    expected = (a[:, :, None] != b[:, None, :]).sum(axis=0)
    assert np.array_equal(hammingDistances(a, b), expected)
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert np.array_equal(hammingDistances(a, b), expected)
    assert packCodes(b).shape == (-(-bits // 8), 9)
    assert np.array_equal(np.unpackbits(packCodes(b), axis=0, count=bits), b)
    assert hamming.asWords(packCodes(b)).shape[1] == 9


def test_a_file_holds_the_codes(tmp_path):
    codes = np.random.default_rng(0).random((33, 500)) < 0.5
    index = HammingIndex(codes)
    assert index.save(tmp_path / "codes.safetensors") == tmp_path / "codes.safetensors"
    again = HammingIndex.load(tmp_path / "codes.safetensors")
    assert np.array_equal(again.codes(), codes)
    for query in codes[:, :10].T:
        assert np.array_equal(again.nearest(query, 20).places, index.nearest(query, 20).places)
    assert [path.name for path in tmp_path.iterdir()] == ["codes.safetensors"]
    content = (tmp_path / "codes.safetensors").read_bytes()
    assert len(content) < 500 * 5 + 1000
    assert {again.save(tmp_path / "again").read_bytes() for _ in range(9)} == {content}


def test_other_and_damaged_files_are_refused(tmp_path):
    path = tmp_path / "file.safetensors"
    HammingIndex(np.eye(9, dtype=bool)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ValueError, match="does not have the checksum"):
        HammingIndex.load(path)
    path.write_bytes(content[:-1])
    with pytest.raises(ValueError, match="not a safetensors file, or a damaged one"):
        HammingIndex.load(path)
    from layers import Dense

    MLP([Dense(2, 1)]).save(path)
    with pytest.raises(ValueError, match="holds no index of binary codes"):
        HammingIndex.load(path)
    for described in ({"bits": 0}, {"bits": "nine"}, {"bits": True}, [9], None):
        metadata = {"leibnet": json.dumps({"format": 1, "index": described})}
        save_file({"codes": np.zeros((2, 3), np.uint8)}, path, metadata)
        with pytest.raises(ValueError, match="holds no index"):
            HammingIndex.load(path)
    save_file({"codes": np.zeros((2, 3), np.uint8)}, path, {"leibnet": json.dumps({"format": 1, "index": {"bits": 3}})})
    with pytest.raises(ValueError, match="codes of 3 bits in 2 bytes"):
        HammingIndex.load(path)
    HammingIndex(np.eye(9, dtype=bool)).save(path)
    with pytest.raises(ValueError, match="does not describe a model"):
        MLP.load(path)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        HammingIndex.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (
            lambda index: index.nearest(np.ones(7)),
            ValueError,
            "nearest: expected query to be codes of 8 bits, as those",
        ),
        (lambda index: index.within(np.ones(9), 1), ValueError, "within: expected query to be codes of 8 bits"),
        (lambda index: index.within(np.ones((8, 2)), 1), ValueError, "to be one code (8,), got (8, 2)"),
        (lambda index: index.scan(np.ones((8, 2))), ValueError, "to be one code (8,), got (8, 2)"),
        (
            lambda index: index.nearest(np.full(8, 0.3)),
            ValueError,
            "to be of two values, 0 and 1 or -1 and 1, got '0.3'",
        ),
        (lambda index: index.nearest([0, 1, -1, 1, 0, 1, 1, 1]), ValueError, "got '-1, 0, 1'; make bits of them"),
        (lambda index: index.nearest(np.ones(8), 0), ValueError, "count to be a whole number of at least 1, got 0"),
        (lambda index: index.within(np.ones(8), -1), ValueError, "radius to be a whole number of at least 0"),
        (lambda index: index.within(np.ones(8), 1.5), TypeError, "radius to be a whole number"),
        (lambda index: HammingIndex(np.ones(8)), ValueError, "one code or more, as columns (bits, N), got (8,)"),
        (lambda index: HammingIndex(np.ones((8, 0))), ValueError, "one code or more, as columns"),
        (lambda index: HammingIndex([["a"]]), TypeError, "HammingIndex: expected codes to be real numbers"),
        (lambda index: hammingDistances(np.ones((3, 1)), np.ones((4, 1))), ValueError, "codes of as many bits as a, 3"),
    ],
)
def test_bad_input(ask, error, message):
    with pytest.raises(error) as caught:
        ask(HammingIndex(np.eye(8)))
    assert message in str(caught.value)


def test_distances_of_very_long_codes():
    codes = np.zeros((70_000, 2), bool)
    codes[:, 1] = True
    assert hammingDistances(codes, codes).tolist() == [[0, 70_000], [70_000, 0]]
