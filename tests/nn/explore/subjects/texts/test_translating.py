"""Translations and gaps: the first answer is the model's own."""

import numpy as np
import pytest

from activations import Softmax
from dataset import Vocabulary, programCorpora, programLanguage
from layers import Attention, CrossAttention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
from nn import EncoderDecoder, MaskedLanguageModel, UnpairedTranslator, seed
from nn.explore.subjects.texts.filling import Gaps
from nn.explore.subjects.texts.translating import Translations

LETTERS = Vocabulary.characters("<>_abcd")
PROGRAMS = programCorpora("brace", "word", 5, 0, 5, statements=1, rng=0).vocabulary
F = 8


def parts(vocabulary):
    n = len(vocabulary)
    encoder = [Embedding(n, F), PositionalEncoding(F, 60), Residual([Attention(F, 2)])]
    across = [Residual([Attention(F, 2, causal=True)]), Residual([CrossAttention(F, 2)])]
    return encoder, [Embedding(n, F), PositionalEncoding(F, 60), *across, TimeDistributed(Dense(F, n, Softmax()))]


def strong(model):
    for array in model.arrays().values():
        array *= 3
    return model


def translator():
    seed(1)
    return strong(EncoderDecoder(LETTERS, *parts(LETTERS), start="<", end=">"))


def unpaired():
    seed(2)
    return strong(UnpairedTranslator(PROGRAMS, *parts(PROGRAMS), ("<brace>", "<word>")))


def filling(vocabulary=LETTERS, mask="_"):
    seed(3)
    layers = [Embedding(len(vocabulary), F), PositionalEncoding(F, 60), Residual([Attention(F, 2)])]
    top = TimeDistributed(Dense(F, len(vocabulary), Softmax()))
    return strong(MaskedLanguageModel(vocabulary, [*layers, top], mask=mask))


@pytest.mark.parametrize("beams", [1, 2, 5])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_best_of_a_beam_is_the_translation(beams, alpha):
    model = translator()
    for text in ("ab", "dcba", "a"):
        found = Translations(model).alternatives(text, beams=beams, lengthPenalty=alpha)
        assert found[0].tokens == model.translate([text], beams=beams, lengthPenalty=alpha)[0]
        assert len(found) <= beams
        scores = [one.score for one in found]
        assert scores == sorted(scores, reverse=True)
        assert len({(*one.tokens, one.ended) for one in found}) == len(found)


def test_a_score_is_the_logarithm_of_the_probability():
    model, text = translator(), "abc"
    ended = [one for one in Translations(model).alternatives(text, beams=6) if one.ended]
    assert ended
    for one in ended:
        loss = model.evaluate(model.batchOf([text], [one.tokens]), ["loss"])["loss"]
        assert np.isclose(one.score, -loss, atol=1e-6)


def test_both_directions_of_a_translator_without_pairs():
    model = unpaired()
    subject = Translations(model)
    assert subject.starts == {"into brace": "<brace>", "into word": "<word>"}
    text = subject.example("<word>", rng=0)
    assert programLanguage("brace").read(text.split())
    assert programLanguage("word").read(subject.example("<brace>", rng=0).split())
    best = {start: subject.alternatives(text, start, 2)[0].tokens for start in model.languages}
    assert best == {start: model.translate([text], start, beams=2)[0] for start in model.languages}
    source, weights = subject.attention(text, best["<word>"], "<word>")
    assert source == text.split()
    assert all(one.shape == (2, len(best["<word>"]) + 1, len(source)) for one in weights.values())


def test_an_example_can_be_read():
    subject = Translations(translator())
    text = subject.example(rng=0)
    assert set(text) <= set("_abcd")
    assert subject.alternatives(text)
    assert subject.starts == {"into <": "<"}
    with pytest.raises(ValueError, match="'z'"):
        subject.alternatives("abz")


def test_gaps_are_filled_as_the_model_fills_them():
    model = filling()
    subject = Gaps(model)
    tokens = subject.tokensOf("abcdab")
    hidden = subject.hidden(tokens, {1, 4})
    assert hidden == ["a", "_", "c", "d", "_", "b"]
    gaps = subject.fill(hidden, count=6)
    assert [gap.place for gap in gaps] == [1, 4]
    filled = model.fill([hidden])[0]
    for gap in gaps:
        assert gap.answers[0][0] == filled[gap.place]
        shares = [share for _, share in gap.answers]
        assert shares == sorted(shares, reverse=True)
        assert "_" not in dict(gap.answers)
        assert 0 < sum(shares) <= 1 + 1e-6
        assert len(gap.answers) == 6
    assert subject.fill(tokens) == []
    with pytest.raises(ValueError, match="one token"):
        subject.tokensOf("")


def test_an_example_for_gaps_is_a_program_where_there_are_some():
    assert programLanguage("brace").read(Gaps(filling(PROGRAMS, "<mask>")).example(rng=0))
    assert set(Gaps(filling()).example(rng=0)) <= set("<>abcd")


def test_a_translation_that_fills_the_decoder_is_looked_at():
    seed(1)
    n = len(LETTERS)
    encoder, decoder = parts(LETTERS)
    short = [Embedding(n, F), PositionalEncoding(F, 5), *decoder[2:]]
    model = EncoderDecoder(LETTERS, encoder, short, start="<", end=">")
    _, weights = Translations(model).attention("abc", ["a"] * 5)
    assert next(iter(weights.values())).shape == (2, 5, 3)


def test_programs_are_run():
    subject = Translations(unpaired())
    text = "return a * 2 ;"
    for tokens, said in (
        ("give a times 2", "computes the same"),
        ("give a plus 2", "something else"),
        ("give a times", "no program"),
    ):
        assert said in subject.verdict(text, tokens.split(), "<word>")
    assert subject.verdict("give a", ["return", "a", ";"], "<brace>").startswith("From word to brace")
    assert subject.verdict("return return", ["give", "a"], "<word>") == ""
    assert Translations(translator()).verdict("ab", ["b"]) == ""
