"""Computational accuracy: what is right, what gives another result, what does not run."""

import numpy as np
import pytest

from dataset import ProgramError, computationalAccuracy, drawPrograms, programLanguage

BRACE, WORD = programLanguage("brace"), programLanguage("word")


def verdicts(translation, source="return a + b ;", **options):
    return computationalAccuracy([translation.split()], [source.split()], "word", "brace", **({"rng": 0} | options))


@pytest.mark.parametrize(
    ("translation", "verdict"),
    [
        ("give b plus a", "right"),
        ("set x to a give x plus b", "right"),
        ("give a minus b", "other result"),
        ("give a plus b give a", "does not run"),
        ("return a + b ;", "does not run"),
        ("give a plus [ b times y ]", "does not run"),  # the source has no y
        ("give a plus [ b over 0 ]", "does not run"),
        ("give", "does not run"),
        ("", "does not run"),
        ("give " + "[ " * 300, "does not run"),
    ],
)
def test_each_verdict(translation, verdict):
    assert verdicts(translation) == (float(verdict == "right"), [verdict])


def test_one_of_the_runs_is_enough_to_be_wrong():
    rare = "when [ a modulo 7 ] is 3 do set b to b plus 1 done give a plus b"
    found = {verdicts(rare, rng=seed).verdicts[0] for seed in range(30)}
    assert found == {"right", "other result"}  # not every draw of ten inputs finds it
    assert verdicts(rare, runs=200).verdicts == ["other result"]
    assert [verdicts(rare, runs=1, rng=seed).share for seed in range(8)].count(1) > 4


def test_the_share_of_many_and_how_it_reads():
    programs = drawPrograms(40, rng=0)
    sources, targets = [*map(BRACE.write, programs)], [*map(WORD.write, programs)]
    assert computationalAccuracy(targets, sources, WORD, BRACE, rng=1).share == 1
    assert computationalAccuracy(sources, targets, "brace", "word", rng=1).share == 1
    assert computationalAccuracy(sources, sources, "word", "brace", rng=1).share == 0
    wrong = [*targets[:10], *([["give"]] * 20), *([["give", "0"]] * 10)]
    found = computationalAccuracy(wrong, sources, "word", "brace", rng=1)
    assert str(found) == "25.0% of 40 translations: 10 right, 10 other result, 20 does not run"


def test_every_planted_change_of_operators_is_found():
    """Ten inputs tell almost every program with two words exchanged from what it was."""
    programs = drawPrograms(200, rng=7)
    for one, other in (("plus", "minus"), ("below", "above"), ("over", "modulo"), ("is", "below")):
        swap = {one: other, other: one}
        chosen = [program for program in programs if {one, other} & {*WORD.write(program)}]
        wrong = [[swap.get(token, token) for token in WORD.write(program)] for program in chosen]
        assert computationalAccuracy(wrong, [*map(BRACE.write, chosen)], "word", "brace", rng=0).share < 0.1


def test_inputs_of_which_the_source_cannot_go_on_are_drawn_anew():
    source = "return a / ( b % 3 ) ;"
    assert verdicts("give a over [ b modulo 3 ]", source).share == 1
    with pytest.raises(ProgramError, match="every divisor"):
        verdicts("give a", "return a / 0 ;")


def test_the_generator_given_is_used():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    verdicts("give a", rng=rng)
    assert rng.bit_generator.state != before


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: computationalAccuracy([], [], "word", "brace"), "translations to be one or more, got 0"),
        (lambda: computationalAccuracy([["give", "a"]], [], "word", "brace"), "one or more, got 1"),
        (lambda: computationalAccuracy([], [["a"]], "word", "brace"), "translations to be 1, as many"),
        (lambda: verdicts("give a", runs=0), "runs"),
        (lambda: verdicts("give a", "give a"), "brace: expected token 0"),
    ],
)
def test_bad_input(act, message):
    with pytest.raises(ValueError, match=message):
        act()


@pytest.mark.parametrize(
    ("translations", "sources", "message"),
    [
        (["give a"], [["return", "a", ";"]], r"translations\[0\].*text.split"),
        ([["give", "a"]], ["return a ;"], r"sources\[0\].*text.split"),
        ([None], [["return", "a", ";"]], r"translations\[0\].*a list of tokens"),
        (iter([["give", "a"]]), [["return", "a", ";"]], "translations.*a list of programs"),
    ],
)
def test_texts_in_the_place_of_tokens_are_refused(translations, sources, message):
    with pytest.raises(TypeError, match=message):
        computationalAccuracy(translations, sources, "word", "brace")
