"""The chapters that the page names are there."""

from pathlib import Path

import pytest

import rankmodels
from nn.explore.subjects.chapters import FOLDER, LAYERS, MODELS, chaptersOf
from nn.explore.subjects.indices import Index
from nn.measures.retrieval.hammingindex import HammingIndex
from picturemodels import PICTURES

ROOT = Path(__file__).parents[4]
MADE = {name: lambda name=name: rankmodels.made(name) for name in rankmodels.MODELS} | PICTURES


def test_every_chapter_that_is_named_is_a_page_of_the_documentation():
    for chapter in {*MODELS.values(), *LAYERS.values(), "denoising"}:
        assert (ROOT / FOLDER / f"{chapter}.md").is_file(), chapter


@pytest.mark.parametrize("name", MADE)
def test_every_kind_has_a_chapter(name):
    assert chaptersOf(MADE[name]())


def test_what_a_model_consists_of_has_chapters_too():
    assert chaptersOf(PICTURES["convolutional"]()) == ["neuron", "convolutions"]
    assert chaptersOf(PICTURES["denoising"]()) == ["autoencoder", "denoising"]
    assert chaptersOf(PICTURES["VAE"]()) == ["vae"]
    assert chaptersOf(rankmodels.made("UnpairedTranslator")) == ["language", "attention"]
    assert chaptersOf(rankmodels.made("recurrent classifier")) == ["neuron", "recurrent"]
    assert chaptersOf(Index(HammingIndex(PICTURES["VAE"]().decoder.predict([[0.0]] * 6) > 0.5))) == ["hashing"]
