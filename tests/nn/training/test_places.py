"""Where a training's files are: absolute from the beginning, its own, and nothing of another's replaced."""

import csv
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from tensorboardX.proto import event_pb2

from dataset import Dataset, available
from layers import Dense
from nn import MLP, PCA, Checkpoint, Model, Writer, plots
from nn.runs import Run, compare, parser, readRecord
from nn.training.events import EventFile

X = np.random.default_rng(0).normal(size=(3, 60))
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")


def data():
    return Dataset.fromArrays(X, X[:1], test_size=10, rng=0)


def network(number=0):
    return MLP([Dense(3, 1, rng=number)])


def names(folder):
    return sorted(path.name for path in Path(folder).rglob("*"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, and a working folder elsewhere."""
    for name in ("home", "work", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


# Every door that takes a path -----------------------------------------------------------------------------------------


def test_a_callback_that_changes_the_folder_changes_nothing(home):
    def leave(index, value):
        os.chdir("../elsewhere")

    network().train(
        data(),
        epochs=4,
        folder="run",
        tensorboard=True,
        checkpoint=Checkpoint("run.safetensors", seconds=0),
        callbacks={"test_loss": leave},
    )
    assert names("../elsewhere") == []
    work = home.parent / "work"
    with (work / "run" / "metrics.csv").open() as file:
        assert len(list(csv.reader(file))) == 5
    assert {"run.safetensors", "run.best.safetensors"} < set(names(work))


def test_a_run_whose_program_changes_the_folder(home):
    with Run("run", data(), seed=0) as run:
        os.chdir("../elsewhere")
        network().train(data(), epochs=1, **run.keeping())
    assert names("../elsewhere") == []
    assert readRecord("../work/run").end["how"] == "finished"
    assert {"checkpoint.safetensors", "metrics.csv", "run.json"} < set(names("../work/run"))


def test_a_writer_in_a_loop_of_ones_own(home):
    with Writer(["loss"], folder="run") as writer:
        for i in range(3):
            writer.write(i, {"loss": 0.5})
            os.chdir("../elsewhere" if i % 2 else "../work")
    assert names("../elsewhere") == []
    assert len((home.parent / "work" / "run" / "metrics.csv").read_text().split()) == 4


def train(path):
    network().train(data(), epochs=1, folder=path, checkpoint=f"{path}.safetensors")


def write(path):
    Writer(["loss"], folder=path).close()


def run(path):
    with Run(path, data(), seed=0) as one:
        network().train(data(), epochs=1, **one.keeping())
    assert readRecord(path).end is not None
    assert compare(path, path).agrees


def picture(path):
    plots.save(plots.plotCurves({"loss": ([1, 2], [3, 4])}, "epoch", "nats"), f"{path}.png")


def film(path):
    plots.saveAnimation([np.eye(4)] * 2, (2, 2), f"{path}.gif", seconds=1)


def points(path):
    plots.savePointsAnimation([X[:2]] * 2, f"{path}.gif", seconds=1)


def save(path):
    assert Model.load(network().save(path)).layers
    Model.load(path)


def components(path):
    PCA(2).fit(X).save(path)
    PCA.load(path)


def option(path):
    write(parser("").parse_args(["--output", path]).output)


DOORS = (train, write, run, picture, film, points, save, components, option)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_the_home_folder(door, home):
    door("~/x")
    assert names(".") == []
    assert names(home)
    assert all(path.name.startswith(("x", ".")) for path in home.iterdir())  # matplotlib has a folder there


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_path_object_in_the_working_folder(door, home):
    door("x")
    assert names(home) == []
    assert names(".")


def test_data_sets_in_the_home_folder(home, monkeypatch):
    monkeypatch.delenv("LEIBNET_DATA", raising=False)
    (home / "data" / "mnist").mkdir(parents=True)
    assert not available("mnist", folder="~/data")
    monkeypatch.setenv("LEIBNET_DATA", "~/data")
    assert not available("mnist")
    for folder in ("~/none", "none"):
        with pytest.raises(FileNotFoundError, match=f"{'home' if '~' in folder else 'work'}.none"):
            Dataset("mnist", folder=folder)


def test_the_cache_in_the_home_folder(home, monkeypatch):
    from dataset.files import download

    monkeypatch.setenv("XDG_CACHE_HOME", "~/cache")
    assert download.cacheFolder("mnist").is_absolute()
    assert "~" not in str(download.cacheFolder("mnist"))


# Nobody else's --------------------------------------------------------------------------------------------------------


def test_trainings_within_a_second_have_a_folder_each(home, monkeypatch):
    monkeypatch.setattr("time.strftime", lambda *_: "now")
    histories = [network(number).train(data(), epochs=3, tensorboard=True) for number in range(3)]
    assert [history.folder.name for history in histories] == ["now", "now-02", "now-03"]
    for history in histories:
        assert len(list(history.folder.glob("events*"))) == 1
        last = (history.folder / "metrics.csv").read_text().split()[-1]
        assert last.endswith(repr(history["test_loss"][-1]))


PROGRAM = """
import sys
import numpy as np
from dataset import Dataset
from layers import Dense
from nn import MLP
x = np.random.default_rng(0).normal(size=(3, 60))
data = Dataset.fromArrays(x, x[:1], test_size=10, rng=0)
network = MLP([Dense(3, 1, rng=int(sys.argv[1]))])
print("ready", flush=True)
input()
folder = sys.argv[2] if len(sys.argv) > 2 else None
history = network.train(data, epochs=30, folder=folder, tensorboard=True, progress=False)
print(history.folder, repr(history["test_loss"][-1]))
"""


@pytest.mark.parametrize("arguments", [(), ("run",)], ids=["default folder", "one folder for all"])
def test_processes_at_the_same_time_lose_nothing(arguments, home):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(number), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len({folder for folder, _ in ends}) == (1 if arguments else 4)
    files = [path.read_text().split() for path in Path().rglob("metrics*.csv")]
    assert [len(lines) for lines in files] == [31] * 4
    assert sorted(lines[-1].split(",")[-1] for lines in files) == sorted(loss for _, loss in ends)
    assert {path.stat().st_size for path in Path().rglob("steps*.crc")} == {4 * 30}
    assert len(list(Path().rglob("steps*.crc"))) == len(list(Path().rglob("events*"))) == 4


def test_threads_at_the_same_time_have_a_folder_each(home):
    folders = []

    def begin():
        writer = Writer(["loss"], tensorboard=True)
        writer.close()
        folders.append(writer.folder)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 8


def test_a_second_training_with_the_first_ones_checkpoint_is_told(tmp_path):
    path = tmp_path / "run.safetensors"
    seconds = []

    def second(index, value):
        if not seconds:
            seconds.append(network(1))
            seconds[0].train(data(), epochs=1, checkpoint=path)

    first = network(0)
    with pytest.warns(RuntimeWarning, match="another training has written .* meanwhile; give each") as told:
        first.train(data(), epochs=2, checkpoint=Checkpoint(path, seconds=0), callbacks={"test_loss": second})
    assert {warning.filename for warning in told} == {__file__}
    assert np.array_equal(Model.load(path).predict(X), seconds[0].predict(X))
    assert Model.load(tmp_path / "run.1.safetensors").layers  # what the first had written till then


# Pipes, devices and links ---------------------------------------------------------------------------------------------


@posix
def test_a_checkpoint_is_no_pipe_and_no_device(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "run.best").symlink_to("/dev/null")
    for name in ("pipe", "null", "run"):
        for resume in (False, True):
            with pytest.raises(OSError, match="is a pipe or a device: give the path of a file as checkpoint"):
                network().train(data(), epochs=1, checkpoint=tmp_path / name, resume=resume)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert names(tmp_path) == ["null", "pipe", "run.best"]


@posix
def test_a_checkpoint_that_is_a_link_stays_one(tmp_path):
    (tmp_path / "disk").mkdir()
    link, target = tmp_path / "run.safetensors", tmp_path / "disk" / "kept.safetensors"
    link.symlink_to(target)
    for number in range(2):
        network(number).train(data(), epochs=1, checkpoint=link)
        assert link.is_symlink()
    assert names(tmp_path / "disk") == ["kept.1.safetensors", "kept.safetensors"]
    network().train(data(), epochs=2, checkpoint=link, resume=True)
    assert link.is_symlink()


@posix
@pytest.mark.parametrize("name", ["metrics.csv", "steps.crc"])
def test_files_of_a_run_that_are_no_files(name, tmp_path):
    os.mkfifo(tmp_path / name)
    with pytest.raises(OSError, match=f"{name} is a pipe or a device: move it away"):
        network().train(data(), epochs=1, folder=tmp_path)
    assert stat.S_ISFIFO((tmp_path / name).stat().st_mode)
    assert names(tmp_path) == [name]


@posix
def test_a_run_json_that_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(OSError, match=r"run.json is a pipe or a device: move it away"), Run(tmp_path, data(), seed=0):
        pass
    assert names(tmp_path) == ["run.json"]


@posix
@pytest.mark.parametrize("door", [save, picture, film, points], ids=lambda door: door.__name__)
def test_a_pipe_without_a_reader_is_refused(door, tmp_path):
    path = tmp_path / "x"
    pipe = Path(f"{path}{ {picture: '.png', film: '.gif', points: '.gif'}.get(door, '') }")
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="this is a pipe that nobody reads"):
        door(str(path))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names(tmp_path) == [pipe.name]


@posix
def test_a_model_through_a_pipe_and_to_nowhere(tmp_path):
    model, pipe = network(), tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        while True:
            try:
                model.save(pipe)
                break
            except OSError:  # it has not opened it yet
                assert reader.poll() is None
        content = reader.communicate(timeout=30)[0]
    (tmp_path / "copy").write_bytes(content)
    assert np.array_equal(MLP.load(tmp_path / "copy").predict(X), model.predict(X))
    model.save("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(OSError, match="is a folder, a pipe or a device"):
        MLP.load(pipe)


# The files themselves -------------------------------------------------------------------------------------------------


def events(path):
    """The events in a file: entries as (step, tag), and "begins anew"."""
    content, place, found = path.read_bytes(), 0, []
    while place < len(content):
        length = int.from_bytes(content[place : place + 8], "little")
        event = event_pb2.Event.FromString(content[place + 12 : place + 12 + length])
        place += length + 16
        found += [(event.step, value.tag) for value in event.summary.value]
        if event.HasField("session_log"):
            assert event.step == 0
            found.append("begins anew")
    return found


def test_event_files_sort_in_the_order_in_which_they_were_made(tmp_path, monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: 10**18)  # a clock that stands still
    made = [EventFile(tmp_path).path.name for _ in range(12)]
    assert made == sorted(made)
    assert len(set(made)) == 12


@pytest.mark.parametrize("same", [True, False], ids=["in the same folder", "in another one"])
def test_a_new_event_file_has_all_entries(same, tmp_path):
    folders = [tmp_path / "one", tmp_path / ("one" if same else "other")]
    for epochs, folder in zip((2, 4), folders, strict=True):
        network().train(
            data(),
            epochs=epochs,
            metrics=["test_loss"],
            folder=folder,
            tensorboard=True,
            checkpoint=tmp_path / "run",
            resume=True,
        )
    *_, last = sorted(folders[1].glob("events*"))
    assert events(last) == ["begins anew", *((50 * epoch, "loss/test") for epoch in range(1, 5))]


def test_equal_metrics_are_one_column(tmp_path):
    with Writer(["loss", "loss", "accuracy", "loss"], folder=tmp_path / "own") as writer:
        writer.write(1, {"loss": 0.5, "accuracy": 1.0})
    assert (tmp_path / "own" / "metrics.csv").read_text().split() == ["index,loss,accuracy", "1,0.5,1.0"]
    metrics = ["test_loss", "test_loss"]
    history = network().train(data(), epochs=1, metrics=metrics, folder=tmp_path / "train", tensorboard=True)
    assert list(history) == ["test_loss"]
    assert (tmp_path / "train" / "metrics.csv").read_text().split()[0] == "index,epoch,test_loss"
    (file,) = (tmp_path / "train").glob("events*")
    assert events(file) == [(50, "loss/test")]
    assert Writer("loss").metrics == ("loss",)


def test_a_warning_about_the_folder_names_the_line_of_the_user(tmp_path):
    folder = tmp_path / "run"

    def replace(index, value):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        folder.write_text("")

    with pytest.warns(RuntimeWarning, match="cannot be written to the run folder") as told:
        network().train(
            data(), epochs=2, folder=folder, callbacks={"test_loss": lambda *_: folder.is_dir() and replace(*_)}
        )
    assert {warning.filename for warning in told} == {__file__}
    folder.unlink()
    writer = Writer(["loss"], folder=folder, callbacks={})
    replace(0, 0)
    with pytest.warns(RuntimeWarning, match="cannot be written to the run folder") as told:
        writer.flush()
    assert {warning.filename for warning in told} == {__file__}
