"""Paths and files: absolute from the beginning, made exclusively, and nothing of others replaced."""

import os
import stat
import threading
from pathlib import Path

from leibnet.files import (
    GrowingFile,
    absolute,
    identity,
    keepEarlier,
    makeFolder,
    newFolder,
    refuseSpecial,
    writeAtomically,
)

import pytest

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")


def test_a_path_is_absolute_and_of_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    place = absolute("run/x")
    monkeypatch.chdir("/")
    assert place == tmp_path / "run" / "x"
    assert absolute("~/x") == absolute(Path("~") / "x") == tmp_path / "home" / "x"
    assert absolute("/x/~") == Path("/x/~")
    assert absolute("~nobody-of-this-name/x").name == "x"
    for wrong in (None, 3, b"x"):
        with pytest.raises(TypeError):
            absolute(wrong)


@posix
def test_a_pipe_is_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a pipe that nobody reads"):
        writeAtomically(pipe, b"content")
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    content = bytes(range(256)) * 4096  # more than a pipe holds
    while not read:
        try:
            writeAtomically(pipe, content)
            break
        except OSError:  # the other one has not opened it yet
            continue
    reader.join(timeout=30)
    assert read == [content]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


@posix
def test_a_device_is_written_into(tmp_path):
    before = os.stat("/dev/null")
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    for path in ("/dev/null", link):
        assert writeAtomically(path, b"content") is None
    after = os.stat("/dev/null")
    assert (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)
    assert link.is_symlink()


@posix
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link(exists, tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target", tmp_path / "link"
    if exists:
        target.write_bytes(b"before")
    link.symlink_to(target)
    writeAtomically(link, b"content")
    assert link.is_symlink()
    assert target.read_bytes() == b"content"
    keepEarlier(tmp_path, ["link"])
    assert link.is_symlink()
    assert (tmp_path / "there" / "target.1").read_bytes() == b"content"
    assert not target.exists()


@posix
def test_what_is_no_file_is_not_renamed(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    (tmp_path / "c.csv").symlink_to("/dev/null")
    for name in ("a.csv", "b.csv", "c.csv"):
        with pytest.raises(OSError, match=r"is a (folder|pipe or a device): move it away"):
            keepEarlier(tmp_path, [name])
        with pytest.raises(OSError, match="is a (folder|pipe or a device): move it away"):
            GrowingFile(tmp_path / name, b"x").save()
        with pytest.raises(OSError, match="is a (folder|pipe or a device): go away"):
            refuseSpecial(tmp_path / name, "go away")
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "b.csv", "c.csv"]


def test_a_new_file_replaces_nothing(tmp_path):
    path = tmp_path / "file"
    written = writeAtomically(path, b"one", isNew=True)
    assert written == identity(path)
    with pytest.raises(FileExistsError):
        writeAtomically(path, b"another", isNew=True)
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


def test_a_disk_without_hard_links(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    test_a_new_file_replaces_nothing(tmp_path)


def test_a_new_folder_is_nobody_elses(tmp_path):
    names = [newFolder(tmp_path / "runs" / "now").name for _ in range(3)]
    assert names == ["now", "now-02", "now-03"]
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="the run folder .* cannot be written to"):
        newFolder(tmp_path / "file" / "now")


def test_a_folder_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert makeFolder("~/runs/a") == tmp_path / "home" / "runs" / "a"
    assert os.listdir(tmp_path) == ["home"]


def test_a_number_that_is_taken_in_between_is_not_taken_twice(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("mine")
    exists = os.path.lexists

    def slow(path):
        free = not exists(path)
        if free and str(path).endswith("a.1.csv"):
            Path(path).write_text("another's")  # in this very moment
        return not free

    monkeypatch.setattr("os.path.lexists", slow)
    keepEarlier(tmp_path, ["a.csv"])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.1.csv": "another's", "a.2.csv": "mine"}


def test_a_growing_file_goes_on_under_the_name_that_another_gave_it(tmp_path):
    path = tmp_path / "a.csv"
    one = GrowingFile(path, b"one ", isNew=True)
    one.save()
    keepEarlier(tmp_path, ["a.csv"])
    other = GrowingFile(path, b"other ", isNew=True)
    other.save()
    for file in (one, other, one):
        file.content += b"more "
        file.save()
    assert path.read_bytes() == b"other more "
    assert (tmp_path / "a.1.csv").read_bytes() == b"one more more "


def test_a_growing_file_replaces_nothing_of_others(tmp_path):
    path = tmp_path / "a.csv"
    one, other = GrowingFile(path, b"one ", isNew=True), GrowingFile(path, b"other ", isNew=True)
    one.save()
    other.save()  # neither knew of the other when it was made
    for file in (one, other):
        file.content += b"more "
        file.save()
    path.unlink()
    path.write_bytes(b"of the user")
    other.save()
    contents = {found.read_bytes() for found in tmp_path.iterdir()}
    assert contents == {b"one more ", b"other more ", b"of the user"}


def test_a_file_that_gets_a_number_while_it_is_saved_goes_on_there(tmp_path, monkeypatch):
    file = GrowingFile(tmp_path / "metrics.csv", b"1 ")
    file.save()
    append = GrowingFile._append

    def renamed(self, path):
        monkeypatch.setattr(GrowingFile, "_append", append)
        keepEarlier(tmp_path, ["metrics.csv"])
        return append(self, path)

    monkeypatch.setattr(GrowingFile, "_append", renamed)
    file.content += b"2 "
    file.save()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"metrics.1.csv": "1 2 "}
