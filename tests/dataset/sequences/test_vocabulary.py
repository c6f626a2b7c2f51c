"""Text as numbers: back to the same text, or the place of what is unknown."""

import json

import leibnet

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Vocabulary


@given(st.text(min_size=1))
def test_characters_there_and_back(text):
    vocabulary = Vocabulary.characters(text)
    numbers = vocabulary.encode(text)
    assert vocabulary.tokens == sorted(set(text))
    assert [vocabulary.tokens[number] for number in numbers] == list(text)
    assert vocabulary.decode(numbers) == text


@given(st.text(st.sampled_from("ab'-.,!\n \u2019\u00e9<unk>\t")).filter(str.strip), st.integers(2, 9))
def test_words_there_and_back(text, size):
    for vocabulary in (Vocabulary.words(text), Vocabulary.words(text, size)):
        numbers = vocabulary.encode(text)
        assert np.array_equal(vocabulary.encode(vocabulary.decode(numbers)), numbers)
    assert len(vocabulary) <= max(size, 2)


def test_words_marks_and_line_ends():
    vocabulary = Vocabulary.words("Who's there?\nNay, answer me: who's there?")
    assert vocabulary.tokens[:2] == ["there", "?"]
    assert vocabulary.decode(vocabulary.encode("Nay,  answer me:\n who's there ?")) == "Nay, answer me:\nwho's there?"


def test_the_most_frequent_words_and_one_for_all_others():
    vocabulary = Vocabulary.words("a b b c c c d", 3)
    assert vocabulary.tokens == ["<unk>", "c", "b"]
    assert vocabulary.decode(vocabulary.encode("b d e c")) == "b <unk> <unk> c"


@pytest.mark.parametrize("make", [Vocabulary.characters, Vocabulary.words], ids=["characters", "words"])
def test_a_vocabulary_is_made_again_from_plain_values(make):
    vocabulary = make("to be, or not to be")
    again = Vocabulary.fromConfig(json.loads(json.dumps(vocabulary.config())))
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert type(again) is type(vocabulary)
    assert again != make("or not")
    assert len(again) == len(vocabulary.tokens)
    assert np.array_equal(again.encode("be or"), vocabulary.encode("be or"))


@pytest.mark.parametrize(("size", "dtype"), [(256, np.uint8), (257, np.uint16)])
def test_numbers_are_as_small_as_they_can_be(size, dtype):
    text = "".join(map(chr, range(300, 300 + size)))
    assert Vocabulary.characters(text).encode(text).dtype == dtype


def test_it_is_found_at_the_other_door():
    assert leibnet.Vocabulary is Vocabulary


CHARACTERS, WORDS = Vocabulary.characters("ab\n"), Vocabulary.words("ab cd\n")


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (
            lambda: CHARACTERS.encode("ab\nbcd"),
            ValueError,
            "every character to be one of the 3 of the vocabulary, .* got 'c'; it is character 4 .* line 2, column 2",
        ),
        (lambda: CHARACTERS.encode("\U0010ffff"), ValueError, "it is character 0 of the text, in line 1, column 1"),
        (
            lambda: WORDS.encode("ab\ncd ef"),
            ValueError,
            "every word .* got 'ef'; it is character 6 .* line 2, column 4",
        ),
        (lambda: CHARACTERS.encode(b"ab"), TypeError, "a text"),
        (lambda: CHARACTERS.decode([0, 1, 3]), ValueError, "from 0 to 2, got 3; it is entry 2"),
        (lambda: CHARACTERS.decode([0, -1]), ValueError, "got -1; it is entry 1"),
        (lambda: CHARACTERS.decode([0.0]), TypeError, "whole numbers"),
        (lambda: CHARACTERS.decode([[0]]), ValueError, r"of shape \(n,\)"),
        (lambda: Vocabulary.characters(""), ValueError, "Vocabulary.characters: expected text to be one or more "),
        (lambda: Vocabulary.words("  "), ValueError, "one or more words"),
        (lambda: Vocabulary.words("a b", 1), ValueError, "size to be a whole number of at least 2"),
        (lambda: Vocabulary.fromConfig({"kind": "Characters", "tokens": ["ab"]}), ValueError, "a single character"),
        (lambda: Vocabulary.fromConfig({"kind": "Characters", "tokens": ["a", "a"]}), ValueError, "different, got 'a'"),
        (lambda: Vocabulary.fromConfig({"kind": "Words", "tokens": ["a b"]}), ValueError, "a word"),
        (lambda: Vocabulary.fromConfig({"kind": "Words", "tokens": "ab"}), TypeError, "a list of texts"),
    ],
)
def test_bad_input(act, kind, message):
    with pytest.raises(kind, match=message):
        act()


def test_no_numbers_are_no_text():
    assert CHARACTERS.decode([]) == ""
    assert CHARACTERS.encode("").size == 0
