"""Lists of tokens: as numbers and back, special tokens, and noise on them."""

import json
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import Dataset, Vocabulary, tokenNoise

TEXT = ["x", "=", "a", "+", "b", ";", "return", "x", ";"]
VOCABULARY = Vocabulary.ofTokens([TEXT])
tokens = st.lists(st.sampled_from(TEXT), min_size=1, max_size=20)


@settings(max_examples=30)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1))))
def test_lists_of_tokens_there_and_back(texts):
    vocabulary = Vocabulary.ofTokens([*texts, ["a"]], ["<end>"])
    assert vocabulary.tokens == ["<end>", *sorted({"a", *chain(*texts)} - {"<end>"})]
    for text in texts:
        numbers = vocabulary.encode(text)
        assert numbers.dtype == vocabulary.dtype
        assert vocabulary.tokensOf(numbers) == text
        assert np.array_equal(vocabulary.encode(vocabulary.decode(numbers)), numbers)


def test_special_tokens_come_first_and_are_kept_in_plain_values():
    assert VOCABULARY.tokens == ["<start>", "<end>", "<mask>", "+", ";", "=", "a", "b", "return", "x"]
    assert VOCABULARY.special == ["<start>", "<end>", "<mask>"]
    again = Vocabulary.fromConfig(json.loads(json.dumps(VOCABULARY.config())))
    assert again == VOCABULARY
    assert again.special == VOCABULARY.special
    assert Vocabulary.ofTokens([TEXT], ["+"]).tokens[:2] == ["+", ";"]
    assert Vocabulary.ofTokens([TEXT], []).special == []


def test_all_vocabularies_take_lists_and_give_them():
    for vocabulary in (Vocabulary.characters("to be"), Vocabulary.words("t o b e or not")):
        assert vocabulary.tokensOf(vocabulary.encode(["t", "o", "e"])) == ["t", "o", "e"]
    unknown = Vocabulary.words("a b b c c c d", 3)
    assert unknown.tokensOf(unknown.encode(["b", "d"])) == ["b", "<unk>"]
    assert VOCABULARY.tokensOf([]) == []


def test_a_data_set_of_one_list_of_texts():
    texts = [TEXT, TEXT[:4], TEXT[2:3]]
    dataset = Dataset.fromSequences([VOCABULARY.encode(text) for text in texts], test_size=0, shuffle=False)
    batch = dataset.trainSet()
    assert batch.inputs.shape == (9, 1, 3)
    assert batch.mask.sum(axis=0).tolist() == [9, 4, 1]
    for i, text in enumerate(texts):
        assert VOCABULARY.tokensOf(batch.inputs[batch.mask[:, i], 0, i].astype(int)) == text


@settings(max_examples=40)
@given(tokens, st.integers(0, 1000), st.integers(1, 6))
def test_noise_moves_no_token_beyond_the_window(text, seed, window):
    noisy = tokenNoise(np.arange(len(text)), 0, 0, window, maskToken=0, rng=seed)
    assert sorted(noisy) == [*range(len(text))]
    places = np.argsort(noisy)
    for i in range(len(text) - window):
        assert (places[i] < places[i + window :]).all()
    assert window > 1 or [*noisy] == [*range(len(text))]


def test_noise_drops_and_masks_as_often_as_it_says():
    text, rng = ["a", "b"] * 5000, np.random.default_rng(0)
    noisy = tokenNoise(text, 0.3, 0.2, 1, rng=rng)
    assert abs(len(noisy) / len(text) - 0.7) < 0.02
    assert abs(noisy.count("<mask>") / len(noisy) - 0.2) < 0.02
    assert tokenNoise(text, 0, 0, 1, rng=rng) == text
    assert tokenNoise(text, 0, 0.5, maskToken="?", rng=rng).count("?") > 4000
    moved = [i != place for place, i in enumerate(tokenNoise(np.arange(10_000), 0, 0, maskToken=0, rng=rng))]
    assert np.mean(moved) > 0.4


def test_noise_leaves_something_and_its_argument_alone():
    for seed in range(20):
        assert len(tokenNoise(["a", "b"], 0.99, 0, rng=seed)) >= 1
    text = [*TEXT]
    assert tokenNoise(text, rng=3) == tokenNoise(text, rng=3) != tokenNoise(text, rng=4)
    assert text == TEXT


def test_noise_on_numbers_is_noise_on_their_tokens():
    mask = VOCABULARY.encode(["<mask>"]).item()
    for seed in range(10):
        numbers = tokenNoise(VOCABULARY.encode(TEXT), 0.2, 0.2, maskToken=mask, rng=seed)
        assert numbers.dtype == VOCABULARY.dtype
        assert VOCABULARY.tokensOf(numbers) == tokenNoise(TEXT, 0.2, 0.2, rng=seed)


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: VOCABULARY.encode(["x", "y"]), ValueError, "every token .* of the 10 .* got 'y'; it is entry 1"),
        (lambda: VOCABULARY.encode("x y"), ValueError, "got 'y'; it is entry 1"),
        (lambda: VOCABULARY.encode(["x", 1]), TypeError, "a list of texts, got 1"),
        (lambda: VOCABULARY.encode(b"x"), TypeError, "a text"),
        (lambda: VOCABULARY.tokensOf([10]), ValueError, "Tokens.tokensOf: expected numbers to be from 0 to 9, got 10"),
        (lambda: VOCABULARY.tokensOf([[1]]), ValueError, r"of shape \(n,\)"),
        (lambda: Vocabulary.ofTokens("a b"), TypeError, "sequences to be lists of tokens"),
        (
            lambda: Vocabulary.ofTokens(["a b"]),
            TypeError,
            "every sequence to be a list of tokens, got 'a b'; give text",
        ),
        (lambda: Vocabulary.ofTokens([["a b"]]), ValueError, "a text without blanks, got 'a b'"),
        (lambda: Vocabulary.ofTokens([]), ValueError, "one or more tokens that are not special"),
        (lambda: Vocabulary.ofTokens([["a"]], ["b", "b"]), ValueError, "all different, got 'b'"),
        (
            lambda: Vocabulary.fromConfig({"kind": "Tokens", "tokens": ["a"], "special": ["b"]}),
            ValueError,
            "every special token to be one of its tokens, got 'b'",
        ),
        (lambda: tokenNoise([]), ValueError, "tokenNoise: expected tokens to be one token or more"),
        (lambda: tokenNoise("x = a"), TypeError, "a list of tokens"),
        (lambda: tokenNoise(TEXT, drop=1), ValueError, "drop"),
        (lambda: tokenNoise(TEXT, mask=-0.1), ValueError, "mask"),
        (lambda: tokenNoise(TEXT, window=0), ValueError, "window"),
        (lambda: tokenNoise(TEXT, maskToken=2), TypeError, "maskToken to be a token"),
        (lambda: tokenNoise(np.arange(3)), TypeError, "maskToken to be a whole number"),
        (lambda: tokenNoise(np.arange(3, dtype=np.uint8), maskToken=256), ValueError, "maskToken to be at most 255"),
        (lambda: tokenNoise(np.arange(3.0), maskToken=2), ValueError, "an array"),
    ],
)
def test_bad_input(act, kind, message):
    with pytest.raises(kind, match=message):
        act()
