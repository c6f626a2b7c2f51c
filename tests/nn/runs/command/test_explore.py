"""The page is opened by nn.explore, where its library is installed."""

import pytest

from nn.explore import serving
from nn.runs.command import exploring


@pytest.fixture
def opened(monkeypatch):
    """What a stand-in for the page was called with."""
    calls = []
    monkeypatch.setattr(serving, "explore", lambda path, **options: calls.append((path, options)))
    monkeypatch.setattr(exploring, "find_spec", lambda name: True)
    return calls


def test_the_page_gets_the_arguments(opened, command):
    assert command("explore", "a.safetensors").code == 0
    command("explore", "b.safetensors", "--dataset", "mnist", "--port", "8080", "--no-browser")
    assert opened == [
        ("a.safetensors", {"dataset": None, "port": 0, "browser": True}),
        ("b.safetensors", {"dataset": "mnist", "port": 8080, "browser": False}),
    ]


def test_without_the_library_a_line_says_how_to_get_it(monkeypatch, command):
    monkeypatch.setattr(exploring, "find_spec", lambda name: None)
    done = command("explore", "a.safetensors")
    assert done.code == 1
    assert done.err == 'the page needs the package nicegui, which is not installed: pip install "leibnet[explore]"\n'


def test_a_file_that_is_damaged_is_one_line(monkeypatch, command, tmp_path):
    monkeypatch.setattr(exploring, "find_spec", lambda name: True)
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no model")
    done = command("explore", damaged, "--no-browser")
    assert done.code == 1
    assert done.err.startswith(f"{damaged} is not a safetensors file, or a damaged one: ")
    assert done.err.count("\n") == 1
