"""The folder of compiled kernels is the user's own."""

import os
import stat
from types import SimpleNamespace

from leibnet.fused.cache import cacheFolder, digestOf, isOwn

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no such rights")


def test_it_is_made_for_the_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cacheFolder("key")
    assert folder == tmp_path / "leibnet" / "kernels" / "key"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert cacheFolder("key") == folder


@pytest.mark.parametrize(
    ("mode", "own"), [(0o700, True), (0o755, True), (0o775, False), (0o777, False), (0o1777, False)]
)
def test_a_folder_in_which_others_write_is_not_taken(tmp_path, monkeypatch, mode, own):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cacheFolder("key")
    folder.chmod(mode)
    assert isOwn(folder) is own
    assert (cacheFolder("key") is not None) is own


@pytest.mark.parametrize(("mode", "own"), [(0o755, True), (0o777, False), (0o1777, True)])
def test_nor_one_that_others_may_exchange(tmp_path, mode, own):
    around = tmp_path / "around"
    (around / "mine").mkdir(parents=True)
    around.chmod(mode)
    assert isOwn(around / "mine") is own


def test_nor_one_of_somebody_else(tmp_path, monkeypatch):
    real = os.lstat
    somebody = os.geteuid() + 1

    def lstat(path):
        found = real(path)
        return SimpleNamespace(st_mode=found.st_mode, st_uid=somebody if path == tmp_path else found.st_uid)

    monkeypatch.setattr("leibnet.fused.cache.os.lstat", lstat)
    assert not isOwn(tmp_path)


def test_a_link_is_what_it_leads_to(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "closed").mkdir(mode=0o700)
    for name, own in (("open", False), ("closed", True)):
        (tmp_path / f"to {name}").symlink_to(tmp_path / name)
        assert isOwn(tmp_path / f"to {name}") is own


def test_where_none_can_be_made_there_is_none(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cacheFolder("key") is None


def test_the_key_changes_with_every_file(tmp_path):
    (tmp_path / "one.py").write_text("1")
    (tmp_path / "other.py").write_text("2")
    before = digestOf(tmp_path, "numba 1")
    assert digestOf(tmp_path, "numba 1") == before
    assert digestOf(tmp_path, "numba 2") != before
    (tmp_path / "other.py").write_text("3")
    assert digestOf(tmp_path, "numba 1") != before
