"""The folder of compiled kernels is the user's own."""

import errno
import os
import stat
import subprocess
import sys
from importlib.util import find_spec
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


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_whatever_rights_new_folders_have(tmp_path, monkeypatch, umask):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir(mode=0o700)
    before = os.umask(umask)
    try:
        assert cacheFolder("key") is not None
    finally:
        os.umask(before)


@pytest.mark.parametrize("below", ["", "key"])
def test_nor_a_link_that_others_may_exchange(tmp_path, below):
    (tmp_path / "mine" / "key").mkdir(parents=True)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "link").symlink_to(tmp_path / "mine")
    assert not isOwn(tmp_path / "open" / "link" / below)


def test_nor_one_of_root(tmp_path, monkeypatch):
    """In which one may be, but which one does not fill."""
    real = os.lstat
    monkeypatch.setattr(
        "leibnet.fused.cache.os.lstat", lambda path: SimpleNamespace(st_mode=real(path).st_mode, st_uid=0)
    )
    monkeypatch.setattr("leibnet.fused.cache.os.geteuid", lambda: 1234)
    assert not isOwn(tmp_path)


def test_one_inside_of_roots_is(tmp_path, monkeypatch):
    real = os.lstat

    def lstat(path):
        return SimpleNamespace(st_mode=real(path).st_mode, st_uid=1234 if path == tmp_path else 0)

    monkeypatch.setattr("leibnet.fused.cache.os.lstat", lstat)
    monkeypatch.setattr("leibnet.fused.cache.os.geteuid", lambda: 1234)
    assert isOwn(tmp_path)


def test_systems_without_such_rights_keep_it(tmp_path, monkeypatch):
    tmp_path.chmod(0o777)
    assert not isOwn(tmp_path)
    monkeypatch.delattr("leibnet.fused.cache.os.geteuid")
    assert isOwn(tmp_path)


@pytest.mark.parametrize("change", ["content", "name", "more", "fewer"])
def test_the_key_changes_with_whatever_is_in_the_folder(tmp_path, change):
    for name in ("one.py", "other.py"):
        (tmp_path / name).write_text(name)
    before = digestOf(tmp_path)
    if change == "content":
        (tmp_path / "one.py").write_text("one.pz")
    elif change == "name":
        (tmp_path / "one.py").rename(tmp_path / "another.py")
    elif change == "more":
        (tmp_path / "more.py").write_text("")
    else:
        (tmp_path / "one.py").unlink()
    assert digestOf(tmp_path) != before
    (tmp_path / "notes.txt").write_text("")
    assert digestOf(tmp_path, "a", "b") != digestOf(tmp_path, "ab")


# What is kept in it --------------------------------------------------------------------------------------------------


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    """The module that compiles, with a cache of its own."""
    module = pytest.importorskip(
        "leibnet.fused.compiled.compiler", reason="numba is not installed: pip install -e '.[fast]'"
    )
    monkeypatch.setattr(module, "_folder", tmp_path)
    return module


def twice(x):
    return x + x


def kept(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".nbi", ".nbc"))


def hits(compiled):
    return sum(compiled.stats.cache_hits.values())


def test_a_kernel_is_compiled_once(compiler, tmp_path):
    first, second = compiler.Compiled(twice), compiler.Compiled(twice)
    assert (first(2.0), hits(first)) == (4.0, 0)
    assert len(kept(tmp_path)) == 2
    assert (second(2.0), hits(second)) == (4.0, 1)


@pytest.mark.parametrize("content", [b"", b"rubbish", bytes(9999)], ids=["empty", "rubbish", "zeros"])
@pytest.mark.parametrize("which", [[0], [1], [0, 1]], ids=["code", "index", "both"])
def test_what_is_damaged_is_made_anew(compiler, tmp_path, which, content):
    compiler.Compiled(twice)(2.0)
    for i in which:
        kept(tmp_path)[i].write_bytes(content)
    assert compiler.Compiled(twice)(2.0) == 4.0
    again = compiler.Compiled(twice)
    assert (again(2.0), hits(again)) == (4.0, 1)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES], ids=errno.errorcode.get)
def test_a_disk_that_takes_nothing_ends_no_training(compiler, tmp_path, monkeypatch, number):
    def refuses(*arguments, **keywords):
        raise OSError(number, os.strerror(number))

    compiled = compiler.Compiled(twice)
    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._open_for_write", refuses)
    assert compiled(2.0) == 4.0
    assert not kept(tmp_path)


def test_without_a_folder_nothing_is_kept(compiler, tmp_path, monkeypatch):
    monkeypatch.setattr(compiler, "_folder", None)
    assert compiler.Compiled(twice)(2.0) == 4.0
    assert not kept(tmp_path)


ADAM = """
import leibnet, numpy as np
from optimizer import Adam
theta = np.ones(3)
Adam(lr=0.1).update(theta, np.ones(3))
print(leibnet.description(), theta)
"""


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed: pip install -e '.[fast]'")
@pytest.mark.parametrize("place", ["file", "open to all", "damaged"])
def test_a_process_without_a_folder_that_it_can_use_trains(tmp_path, place):
    def run():
        environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "LEIBNET_KERNELS": "numba"}
        made = subprocess.run(
            [sys.executable, "-c", ADAM], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert made.returncode == 0, made.stderr
        assert "numba" in made.stdout
        return made.stdout, made.stderr

    if place == "file":
        (tmp_path / "cache").write_text("")
    elif place == "open to all":
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache").chmod(0o777)
    first = run()
    for path in tmp_path.rglob("*.nb?"):
        path.write_bytes(b"rubbish")
    assert run() == first
    again = run()
    assert again[0] == first[0]
    assert bool(again[1]) == (place != "damaged")
    assert bool(kept(tmp_path)) == (place == "damaged")
