"""Programs that are drawn: all different, none with a useless statement, and words that unpaired text tells apart."""

from collections import Counter

import numpy as np
import pytest

from dataset import drawPrograms, programCorpora, programLanguage
from dataset.generated.programs.generator import BOUND, LONGEST, PROBES, meaningOf
from dataset.generated.programs.syntax import VARIABLES, Program

NAMES = ("brace", "word", "stack")


@pytest.fixture(scope="module")
def programs():
    return drawPrograms(1200, rng=5)


def test_they_are_reproducible_and_follow_the_generator():
    assert drawPrograms(20, rng=1) == drawPrograms(20, rng=1)
    assert drawPrograms(20, rng=1) != drawPrograms(20, rng=2)
    rng = np.random.default_rng(1)
    assert drawPrograms(20, rng=rng) == drawPrograms(20, rng=1)
    assert drawPrograms(20, rng=rng) != drawPrograms(20, rng=1)


def test_all_mean_something_else_and_need_all_their_statements(programs):
    assert len({meaningOf(program) for program in programs} - {None}) == len(programs)
    for program in programs[:300]:
        assert program.inputs
        meaning = meaningOf(program)
        for place in range(len(program.block)):
            fewer = Program(program.block[:place] + program.block[place + 1 :], program.output)
            assert [fewer.run(probe) for probe in PROBES] != [*meaning]


def test_they_are_short_and_go_on_with_all_inputs(programs):
    rng = np.random.default_rng(0)
    assert {len(program.block) for program in programs} == {1, 2, 3}
    for name in NAMES:
        lengths = [len(programLanguage(name).write(program)) for program in programs]
        assert max(lengths) <= LONGEST
        assert np.mean(np.less_equal(lengths, 30)) > 0.6
    for program in programs:
        program.run(dict(zip(VARIABLES, rng.integers(-BOUND, BOUND + 1, 6).tolist(), strict=True)))


def test_statements_bounds_the_programs():
    assert {len(program.block) for program in drawPrograms(60, statements=1, rng=0)} == {1}


def surroundings(texts, words):
    """How often each of these words stands beside each token, (words, 2 * tokens), as shares of all."""
    counts = Counter()
    for text in texts:
        for before, token in zip(["", *text], [*text, ""], strict=True):
            counts[before, token] += 1
    tokens = sorted({token for pair in counts for token in pair})
    rows = [[counts[one, token] for token in tokens] + [counts[token, one] for token in tokens] for one in words]
    return np.array(rows) / sum(counts.values())


def found(language, texts):
    """How near each operator or variable in half of the texts is to itself in the rest; the nearest other is 1."""
    words = [*language.operations.values(), *language.comparisons.values(), *"abcxy"]
    one, other = (surroundings([*half, language.tokens], words) for half in (texts[::2], texts[1::2]))
    apart = np.abs(one[:, np.newaxis] - other).sum(axis=2)
    itself = apart.diagonal().copy()
    np.fill_diagonal(apart, np.inf)
    return itself / apart.min(axis=1)


@pytest.mark.parametrize("name", NAMES)
def test_no_two_operators_could_change_places_unnoticed(programs, name):
    """Two corpora tell, without pairs, which word of one is which of the other, by what stands beside it."""
    language = programLanguage(name)
    texts = [language.write(program) for program in programs]
    assert found(language, texts).max() < 0.7
    one, other = language.operations["add"], language.operations["subtract"]
    swap, rng = {one: other, other: one}, np.random.default_rng(0)
    mixed = [[swap.get(token, token) for token in text] if rng.random() < 0.5 else text for text in texts]
    assert found(language, mixed).max() > 0.9  # such words could not be told apart


def test_corpora_have_pairs_where_they_say_so_and_nowhere_else():
    corpora = programCorpora("brace", "stack", 120, 20, 30, rng=3)
    one, other = corpora.languages
    assert [len(part) for part in (corpora.first, corpora.second)] == [120, 120]
    assert [[*map(len, part)] for part in (corpora.validation, corpora.test)] == [[20, 20], [30, 30]]
    for sources, targets in (corpora.validation, corpora.test, corpora.paired()):
        assert [other.write(one.read(source)) for source in sources] == targets
    assert corpora.paired()[0][:120] == corpora.first
    assert corpora.paired()[1][120:] == corpora.second
    everything = [*corpora.paired()[0], *corpora.validation[0], *corpora.test[0]]
    assert len({meaningOf(one.read(tokens)) for tokens in everything}) == len(everything) == 290
    for text in (corpora.first, corpora.second):
        assert [corpora.vocabulary.tokensOf(corpora.vocabulary.encode(tokens)) for tokens in text] == text
    assert corpora.vocabulary.special == ["<start>", "<end>", "<mask>", "<brace>", "<stack>"]


def test_no_part_of_the_corpora_has_shorter_programs():
    """Short programs are soon exhausted: in the order of their drawing, the first corpus would get them."""
    corpora = programCorpora("brace", "word", 300, 0, 300, statements=1, rng=0)
    lengths = [np.mean([len(tokens) for tokens in part]) for part in (corpora.first, corpora.test[0])]
    assert abs(lengths[0] - lengths[1]) < 1.5  # without an order of its own: 3


def test_the_two_together_have_sixty_tokens_at_most():
    for second in ("word", "stack"):
        assert len(programCorpora("brace", second, 1, 0, 0, rng=0).vocabulary) <= 60


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda: drawPrograms(0), ValueError, "drawPrograms: expected number"),
        (lambda: drawPrograms(1, statements=1.5), TypeError, "statements"),
        (lambda: programCorpora("brace", "brace"), ValueError, "second to be another language"),
        (lambda: programCorpora("brace", "c"), ValueError, "one of 'brace', 'word', 'stack'"),
        (lambda: programCorpora(train_size=0), ValueError, "train_size"),
    ],
)
def test_bad_input(act, kind, message):
    with pytest.raises(kind, match=message):
        act()


def test_more_programs_than_there_are(monkeypatch):
    monkeypatch.setattr("dataset.generated.programs.generator.TRIES", 30)
    monkeypatch.setattr("dataset.generated.programs.generator.LONGEST", 7)
    with pytest.raises(ValueError, match="at most about .* the programs of 1 statements .* got 5000; ask for fewer"):
        drawPrograms(5000, statements=1, rng=0)
