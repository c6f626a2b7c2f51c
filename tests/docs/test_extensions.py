"""The parts of the site's extensions that need no Sphinx: pages that run, docstrings, names, stored runs."""

import importlib
import inspect
import io
import json
import os
import warnings
from importlib.util import find_spec

import leibnet

import numpy as np
import pytest
from PIL import Image

DOORS = ["activations", "loss", "optimizer", "dataset", "layers", "nn", "nn.plots", "nn.runs", "nn.explore"]


@pytest.fixture
def page(monkeypatch):
    from extensions.page import Page

    yield (one := Page("page"))
    one.close()
    leibnet.kernels(None)


def test_listings_of_a_page_have_one_namespace_and_a_folder_of_their_own(page, monkeypatch):
    monkeypatch.setenv("LEIBNET_DATA", "somewhere")
    here = os.getcwd()
    code = "import os\nx = 2\nopen('file.txt', 'w').close()\nprint(os.getcwd())\n'LEIBNET_DATA' in os.environ"
    first = page.run(code, "")
    assert first.value is False
    assert first.printed.strip() != here == os.getcwd()
    second = page.run("print(os.listdir())\nx + 1", "")
    assert (second.printed, second.value) == ("['file.txt']\n", 3)
    assert page.run("y = 1", "").value is None
    with pytest.raises(ZeroDivisionError):
        page.run("1 / 0", "")
    page.close()
    assert not os.path.exists(first.printed.strip())


def test_a_page_begins_with_the_seed_0(page):
    from extensions.page import Page

    code = "import leibnet as ln\nln.Dense(2, 2).weight.copy()"
    other = Page("other")
    try:
        drawn = other.run(code, "").value
    finally:
        other.close()
    leibnet.seed(0)
    assert np.array_equal(drawn, leibnet.Dense(2, 2).weight)


def test_warnings_are_told(page):
    with warnings.catch_warnings():
        assert page.run("import warnings\nwarnings.warn('too large')", "").warned == ["UserWarning: too large"]


DOCSTRING = """y = W x, for |x| and x_i and 2*x.

    y = W x        two  spaces

Parameters
----------
a, b : numbers, see `Dense`
    and `nothing`.

    A paragraph of b.
2008. The year; arXiv:1312.6114.

>>> 1 + 1
2
"""


def test_docstrings_become_restructured_text():
    from extensions.prose import restructured

    text = "\n".join(restructured(DOCSTRING.splitlines(), {"Dense": "layers.Dense"}.get))
    assert r"for \|x\| and x\_i and 2\*x." in text
    assert "    y = W x        two  spaces" in text
    assert ".. rubric:: Parameters" in text
    assert ":py:obj:`Dense <layers.Dense>`" in text
    assert "``nothing``" in text
    assert "\n    A paragraph of b." in text
    assert "\\2008. The year" in text
    assert "<https://arxiv.org/abs/1312.6114>" in text
    assert ".. code-block:: pycon\n\n    >>> 1 + 1\n    2" in text


@pytest.mark.skipif(find_spec("sklearn") is None, reason="nn.estimators needs scikit-learn")
def test_the_reference_has_every_public_name():
    from extensions.rooms import pages

    text = "\n".join(pages().values())
    entries = {line.partition(":: ")[2] for line in text.splitlines() if line.startswith((".. auto", ".. py:"))}
    for door in [*DOORS, "nn.estimators"]:
        module = importlib.import_module(door)
        names = {name for name in module.__all__ if not inspect.ismodule(getattr(module, name))}
        assert {f"{door}.{name}" for name in names} <= entries
    assert "dataset.transformations.upright" in entries
    assert {f"leibnet.{name}" for name in ("seed", "kernels", "threads", "description", "__version__")} <= entries


@pytest.mark.skipif(find_spec("sklearn") is None, reason="nn.estimators needs scikit-learn")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dense", "layers.Dense"),
        ("leibnet.VAE", "nn.VAE"),
        ("nn.seed", "leibnet.seed"),
        ("nn.GaussianNoise", "dataset.GaussianNoise"),
        ("nn.VAE.train", "nn.Model.train"),
        ("plots.plotHistory", "nn.plots.plotHistory"),
        ("Nothing", None),
    ],
)
def test_names_are_found_by_what_texts_call_them(text, name):
    from extensions.names import NAMES

    assert NAMES.resolve(text) == name


def test_a_run_is_stored_without_paths_and_with_small_pictures(tmp_path):
    from extensions import storing

    source, folder = tmp_path / "train_vae", tmp_path / "stored"
    run = source / "run"
    run.mkdir(parents=True)
    for number in range(8):
        noise = np.random.default_rng(number).integers(0, 256, (160, 300, 3), np.uint8)
        Image.fromarray(noise).save(run / f"{number}.png")
    Image.fromarray(noise[:40, :40]).save(run / "curves.png")
    (run / "run.json").write_text(json.dumps({"machine": {"processor": "one", "kernels": "NumPy"}}))
    (source / "output.txt").write_text(f"Data set: mnist\nall is in {run}, and /tmp/other/file.txt  \n")
    (source / "time.txt").write_text("rc 0 seconds 12.34 date 2026-11-27\n")
    facts = storing.takeOver("train_vae", source, folder)
    assert (folder / "output.txt").read_text() == "Data set: mnist\nall is in runs/train_vae, and file.txt\n"
    assert storing.read(folder) == facts
    assert (facts.seconds, facts.date, facts.dataset) == (12.3, "2026-11-27", "mnist")
    assert (facts.processor, facts.code) == ("one, NumPy", storing.digest("train_vae"))
    assert facts.pictures == [f"{number}.png" for number in range(6)]
    sizes = [(folder / name).stat().st_size for name in facts.pictures]
    assert max(sizes) <= storing.PICTURE * 1.5  # noise does not get smaller than its fewest pixels
    (source / "time.txt").write_text("rc 1 seconds 12.34 date 2026-11-27\n")
    with pytest.raises(RuntimeError, match="train_vae"):
        storing.takeOver("train_vae", source, folder)


def test_pictures_keep_their_colours(tmp_path):
    from extensions import storing

    image = np.full((200, 200, 3), 255, np.uint8)
    image[:20, :20], image[30:40, 30:40], image[50:60, 50:90] = (214, 39, 40), (31, 119, 180), (128, 128, 128)
    Image.fromarray(image).save(tmp_path / "few.png")
    with Image.open(_file(tmp_path, storing, "few.png")) as small:
        found = np.asarray(small.convert("RGB")).astype(int)
    assert abs(found - image).max() <= 2
    assert (found[100:] == 255).all()


def test_photos_keep_their_shades(tmp_path):
    """By dots of 256 colours, as a photo has far more."""
    from extensions import storing

    noise = np.random.default_rng(0).normal(0, 6, (160, 160, 3))
    x, y = np.meshgrid(np.linspace(20, 230, 160), np.linspace(20, 230, 160))
    photo = np.clip(np.stack([x, (x + y) / 2, 250 - y], axis=2) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    with Image.open(_file(tmp_path, storing, "photo.png")) as small:
        found = np.asarray(small.convert("RGB"))
    shades = [image.astype(float).reshape(20, 8, 20, 8, 3).mean(axis=(1, 3)) for image in (found, photo)]
    assert np.abs(shades[0] - shades[1]).mean() < 1.5


def test_sheets_of_sharp_pixels_keep_their_size(tmp_path):
    """Reduced to 1,100 dots, their greys would take three times as many bytes, and their letters be unreadable."""
    from extensions import storing

    pixels = np.random.default_rng(0).integers(0, 256, (130, 150), np.uint8)
    Image.fromarray(pixels.repeat(16, axis=0).repeat(16, axis=1)).save(tmp_path / "sheet.png")
    content = storing._reduced([tmp_path / "sheet.png"])["sheet.png"]
    with Image.open(io.BytesIO(content)) as stored:
        assert stored.size == (2400, 2080)
    assert len(content) <= storing.PICTURE


def _file(tmp_path, storing, name):
    content = storing._encoded(tmp_path / name, 0)
    (tmp_path / f"small-{name}").write_bytes(content)
    return tmp_path / f"small-{name}"


def test_a_digest_is_of_the_example_and_what_it_imports(tmp_path, monkeypatch):
    from extensions import storing

    monkeypatch.setattr(storing, "EXAMPLES", tmp_path)
    (tmp_path / "one.py").write_text("import json\nfrom two import f\n")
    (tmp_path / "two.py").write_text("f = 1\n")
    before = storing.digest("one")
    assert storing.digest("one") == before
    (tmp_path / "two.py").write_text("f = 2\n")
    assert storing.digest("one") != before


def test_stored_runs_fit_and_name_no_path():
    from extensions import storing

    total = 0
    for name in storing.names():
        folder = storing.STORED / name
        if (facts := storing.read(folder)) is None:
            continue
        assert facts.pictures == sorted(facts.pictures, key=lambda one: storing._weight(folder / one))
        for file in folder.iterdir():
            total += file.stat().st_size
            assert file.suffix != ".png" or file.stat().st_size <= storing.PICTURE, file
            assert file.suffix == ".png" or not storing.PATHS.search(file.read_text("utf-8")), file
    assert total <= 8_000_000
