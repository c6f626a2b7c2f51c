"""The table of results, and parts of it."""

from pathlib import Path

import pytest

from nn.runs.command.results import chosen, inAscii, parts

PAGE = """# Results

Intro

## GAN

### DCGAN

a

### GAN 2-2

b

## CycleGAN

c

## VAE

### Last

d"""


def test_all_of_it(command):
    done = command("results")
    assert done.code == 0
    page = (Path(__file__).parents[4] / "docs" / "results.md").read_text("utf-8")
    assert done.out == inAscii(page).strip() + "\n"
    assert done.out.isascii()
    assert "\\u" not in done.out
    assert "\\x" not in done.out


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("gan", ["## GAN", "### DCGAN", "### GAN 2-2"]),
        ("cyclegan", ["## CycleGAN"]),
        ("dcgan", ["### DCGAN"]),
        ("an", ["## GAN", "### DCGAN", "### GAN 2-2", "## CycleGAN"]),
        ("last", ["### Last"]),
        ("results", ["# Results", "## GAN", "### DCGAN", "### GAN 2-2", "## CycleGAN", "## VAE", "### Last"]),
    ],
)
def test_a_part_by_its_heading(name, headings):
    found = chosen(parts(PAGE), name)
    assert [line for line in found if line.startswith("#")] == headings


def test_a_heading_of_several_words(command):
    done = command("results", "Convolutional", "autoencoders")
    assert done.out.startswith("## Convolutional autoencoders\n")
    assert "## Variational" not in done.out


def test_a_heading_that_there_is_not(command):
    done = command("results", "no such model")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("no heading of the results has 'no such model' in it: there are Classifier, PCA, ")
    assert done.err.count("\n") == 1
    assert "did you mean 'segmentation'?" in command("results", "segmentatoin").err
