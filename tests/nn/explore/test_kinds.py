"""Every kind of model file has a page, whose widgets are built here without a browser."""

import asyncio

import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")


from nicegui import Client, core
from nicegui.page import page

import rankmodels
from nn.explore.page import build
from nn.explore.panels.choosing import panelsOf
from nn.explore.samples import samplesFor
from nn.storage.stored import Stored
from picturemodels import PICTURES

MADE = {name: lambda name=name: rankmodels.made(name) for name in rankmodels.MODELS} | PICTURES


async def built(model, name):
    """Builds the page of a model; returns the classes of its widgets, and all their texts."""
    core.loop = asyncio.get_running_loop()
    with Client(page("")) as client:
        build(model, name, samplesFor(model))
    elements = list(client.elements.values())
    texts = [str(getattr(element, "content", "")) for element in elements]
    images = [element for element in elements if element.tag == "img"]
    assert all(image.props["alt"] != "" or "src" not in image.props for image in images)
    client.delete()
    return texts


@pytest.mark.parametrize("name", MADE)
def test_the_page_of_every_kind(name, tmp_path):
    path = MADE[name]().save(tmp_path / "model.safetensors")
    model = Stored.load(path)
    panels = panelsOf(model, samplesFor(model))
    assert panels[-1].title == "Architecture"
    texts = asyncio.run(built(model, path.name))
    for panel in panels:
        assert panel.title in texts
    assert any(model.name in text for text in texts)


def test_every_kind_that_is_stored_is_among_them():
    def kinds(kind):
        return {kind} | {one for below in kind.__subclasses__() for one in kinds(below)}

    made = {type(make()).__name__ for make in MADE.values()}
    library = {
        one.__name__ for one in kinds(Stored) if one.__module__.startswith("nn.") and not one.__abstractmethods__
    }
    assert library - made == set()


PANELS = {
    "classifier": ["Draw", "Architecture"],
    "segmentation": ["Draw", "Architecture"],
    "autoencoder": ["Codes", "A walk between two", "Noise, put on and taken away", "Architecture"],
    "GAN": ["Codes", "A walk between two", "Architecture"],
    "PCA": ["Codes", "A walk between two", "Noise, put on and taken away", "Architecture"],
    "supervised": ["Draw", "Codes", "A walk between two", "Noise, put on and taken away", "Architecture"],
}


@pytest.mark.parametrize("name", PANELS)
def test_which_panels_fit(name):
    model = PICTURES[name]()
    assert [panel.title for panel in panelsOf(model, samplesFor(model))] == PANELS[name]
