"""Where the entries and the fingerprints of a training go, and what happens when they cannot."""

import csv
import shutil
import struct
from contextlib import contextmanager

import numpy as np
import pytest
from tensorboardX.proto import event_pb2
from tensorboardX.record_writer import masked_crc32c

from activations import LeakyReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP, History, Writer, seed
from nn.training.fingerprint import Fingerprint
from optimizer import Adam

resource = pytest.importorskip("resource")


def blobs():
    labels = np.arange(200) % 2
    inputs = np.random.default_rng(0).normal(size=(2, 200)) + 3.0 * labels
    return Dataset.fromArrays(inputs, labels, test_size=40, batch_size=20, rng=0)


def classifier(number=0):
    seed(number)
    return MLP([Dense(2, 4, LeakyReLU(), Adam(lr=0.05)), Dense(4, 2, Softmax(), Adam(lr=0.05))])


def rows(folder):
    content = (folder / "metrics.csv").read_bytes()
    assert content.endswith(b"\r\n")  # never half a line
    return list(csv.reader(content.decode().splitlines()))


def steps(folder):
    return list(struct.iter_unpack("<I", (folder / "steps.crc").read_bytes()))


def events(folder):
    """The entries in all event files, by metric."""
    found = {}
    for path in folder.glob("events.out.tfevents.*"):
        content, place = path.read_bytes(), 0
        while place < len(content):
            (length,) = struct.unpack_from("<Q", content, place)
            header, event = content[place : place + 8], content[place + 12 : place + 12 + length]
            assert struct.unpack_from("<I", content, place + 8) == (masked_crc32c(header),)
            assert struct.unpack_from("<I", content, place + 12 + length) == (masked_crc32c(event),)
            place += length + 16
            event = event_pb2.Event.FromString(event)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, pytest.approx(value.simple_value)))
    return found


@contextmanager
def disk(size):
    """Files cannot grow beyond so many bytes: writes are cut short there, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_earlier_run_is_kept(tmp_path):
    for i in range(3):
        with Writer(["loss"], folder=tmp_path) as writer:
            writer.write(i, {"loss": float(i)})
    first = [(tmp_path / name).read_text().split() for name in ("metrics.1.csv", "metrics.2.csv", "metrics.csv")]
    assert first == [["index,loss", f"{i},{float(i)}"] for i in range(3)]
    assert {"steps.1.crc", "steps.2.crc", "steps.crc"} < {path.name for path in tmp_path.iterdir()}


def test_every_entry_is_in_the_file_at_once_and_in_full(tmp_path):
    with Writer(["loss", "a, b"], folder=tmp_path) as writer:
        for i in range(1, 50):
            writer.write(i, {"loss": i / 3, "a, b": -1.0})
            assert rows(tmp_path)[-1] == [str(i), repr(i / 3), "-1.0"]
            assert len(rows(tmp_path)) == i + 1


def test_tensorboard_finds_every_entry(tmp_path):
    history = classifier().train(blobs(), epochs=3, metrics=["test_loss"], tensorboard=True, folder=tmp_path)
    assert events(tmp_path) == {"loss/test": list(zip(history.index, history["test_loss"], strict=True))}


def test_the_folder_is_made_and_looked_at_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("")
    untrained = classifier()
    before = untrained.weights()
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(OSError, match="the run folder .*file.* cannot be written to: .*give the path of a folder"):
            untrained.train(blobs(), epochs=1, folder=folder)
    with disk(1000), pytest.raises(OSError, match="the run folder .* cannot be written to: File too large.*Free some"):
        untrained.train(blobs(), epochs=1, folder=tmp_path / "full")
    for name, array in untrained.weights().items():
        assert np.array_equal(array, before[name])


def test_a_folder_that_nobody_may_write_to(tmp_path, monkeypatch):
    def refuse(*arguments, **keywords):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(PermissionError, match="cannot be written to: Permission denied.*change its permissions"):
        Writer(["loss"], folder=tmp_path)


def test_a_folder_that_vanishes_comes_back_with_all_entries(tmp_path):
    folder = tmp_path / "run"

    def remove(index, value):
        if index == 320:
            shutil.rmtree(folder)

    data, metrics = blobs(), ["test_loss", "test_accuracy"]
    history = classifier().train(
        data, epochs=4, metrics=metrics, tensorboard=True, folder=folder, callbacks={"test_loss": remove}
    )
    assert [row[0] for row in rows(folder)] == ["index", *map(str, history.index)]
    assert len(steps(folder)) == 4 * len(data)
    for name, tag in zip(metrics, ["loss/test", "accuracy/test"], strict=True):
        assert events(folder)[tag] == list(zip(history.index, history[name], strict=True))


def test_a_folder_in_whose_place_there_is_a_file_is_warned_of_once(tmp_path):
    folder, free = tmp_path / "run", []

    def replace(index, value):
        if index == 160:
            shutil.rmtree(folder)
            folder.write_text("")
        if index == 640 and free:
            folder.unlink()

    for again in (False, True):
        free[:] = [again] * again
        with pytest.warns(RuntimeWarning, match="run folder .*run: Not a directory.* training goes on") as caught:
            history = classifier().train(blobs(), epochs=6, folder=folder, callbacks={"test_loss": replace})
        assert len(caught) == 1
        assert len(history.index) == 6
        if not again:
            assert folder.read_text() == ""
            folder.unlink()
    assert [row[0] for row in rows(folder)] == ["index", *map(str, history.index)]


def test_a_full_disk_leaves_whole_lines_and_is_made_up_for(tmp_path):
    def fill():
        with disk(5000):
            for i in range(400):
                writer.write(i, {"loss": i / 7})
                assert [row[0] for row in rows(tmp_path)] == ["index", *map(str, range(len(rows(tmp_path)) - 1))]

    with Writer(["loss"], tensorboard=True, folder=tmp_path) as writer:
        with pytest.warns(RuntimeWarning, match="(File too large|No space left).*Free some space") as caught:
            fill()
        assert len(caught) == 1
        assert 50 < len(rows(tmp_path)) < 400
        writer.write(400, {"loss": 0.0})
        assert len(rows(tmp_path)) == 402
    assert len(events(tmp_path)["loss"]) == 401
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_somebody_has_cut_is_made_whole_again(tmp_path):
    with Writer(["loss"], folder=tmp_path) as writer:
        for i in range(3):
            writer.write(i, {"loss": 0.5})
        for changed in (b"", b"index,lo", b"x" * 10_000):
            (tmp_path / "metrics.csv").write_bytes(changed)
            writer.write(i := i + 1, {"loss": 0.5})
            assert [row[0] for row in rows(tmp_path)] == ["index", *map(str, range(i + 1))]


def test_an_interrupted_training_leaves_every_step_that_it_made(tmp_path):
    def interrupt(epoch, epochs):
        if epoch == 1.5:
            raise KeyboardInterrupt
        return 1.0

    data = blobs()
    with pytest.raises(KeyboardInterrupt):
        classifier().train(data, epochs=3, folder=tmp_path, schedule=interrupt)
    assert len(rows(tmp_path)) == 2
    assert len(steps(tmp_path)) == 1.5 * len(data)


def fingerprints(folder, model, data, **settings):
    model.train(data, epochs=2, folder=folder, metrics=[], **settings)
    return steps(folder)


def test_the_same_training_has_the_same_fingerprints(tmp_path):
    runs = [fingerprints(tmp_path / str(i), classifier(number), blobs()) for i, number in enumerate((1, 1, 2))]
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == len(runs[0]) == 2 * len(blobs())
    assert not set(runs[0]) & set(runs[2])


def test_a_difference_in_any_weight_shows_in_the_fingerprints_from_its_step_on(tmp_path):
    def change(layer, place):
        def nudge(epoch, epochs):
            if epoch == 0.5:  # before step 5 of an epoch of 8
                array = model.layers[layer].weight
                above = np.nextafter(array.flat[place], array.dtype.type(np.inf))  # in its own precision
                array.flat[place] = above if nudged else array.flat[place]
            return 1.0

        return nudge

    for layer, place in ((0, 0), (0, 7), (1, 0)):
        runs = []
        for nudged in (False, True):
            model = classifier()
            folder = tmp_path / f"{layer}-{place}-{nudged}"
            runs.append(fingerprints(folder, model, blobs(), schedule=change(layer, place)))
        agree = [a == b for a, b in zip(*runs, strict=True)]
        assert agree[:4] == [True] * 4
        assert False in agree[4:8]


def test_a_fingerprint_is_of_every_network_in_whatever_precision():
    adam = Adam()
    generator = MLP([Dense(2, 8, LeakyReLU(), adam), Dense(8, 2, optimizer=adam)])
    discriminator = MLP([Dense(2, 8, LeakyReLU(), adam), Dense(8, 1, Sigmoid(), adam)])
    gan, fingerprint = GAN(generator, discriminator, rng=0), Fingerprint()
    found = [fingerprint.of(gan)]
    for dtype in (np.float32, np.float64):
        gan.astype(dtype)
        for network in (generator, discriminator):
            network.layers[-1].bias[0] += 1
            found.append(fingerprint.of(gan))
    assert len(set(found)) == len(found)


def test_one_writer_notes_several_models():
    first, second, fingerprint = classifier(1), classifier(2), Fingerprint()
    assert fingerprint.of(first) == Fingerprint().of(first)
    assert fingerprint.of(second) == Fingerprint().of(second) != fingerprint.of(first)


def test_both_networks_of_a_gan_are_in_the_fingerprint(tmp_path):
    runs = []
    for frozen in (None, "generator", "discriminator"):
        seed(0)
        adam = Adam(lr=0.01)
        generator = MLP([Dense(2, 8, LeakyReLU(), adam), Dense(8, 2, optimizer=adam)])
        discriminator = MLP([Dense(2, 8, LeakyReLU(), adam), Dense(8, 1, Sigmoid(), adam)])
        gan = GAN(generator, discriminator, rng=0)
        if frozen is not None:
            for layer in getattr(gan, frozen).layers:
                layer.trainable = False
        runs.append(fingerprints(tmp_path / str(frozen), gan, blobs()))
    assert len(set(runs[0])) == len(runs[0])
    assert not set(runs[0]) & set(runs[1])
    assert not set(runs[0]) & set(runs[2])


def test_a_frozen_last_layer_does_not_blind_the_fingerprint(tmp_path):
    network = classifier()
    network.freeze(1)
    network.layers[0].trainable, network.layers[1].trainable = True, False
    found = fingerprints(tmp_path, network, blobs())
    assert len(set(found)) == len(found)


def test_a_training_goes_on_in_the_same_files(tmp_path):
    with Writer(["loss"], tensorboard=True, folder=tmp_path) as writer:
        network = classifier()
        network.feedforward(np.ones((2, 3)))
        network.backpropagate(np.eye(2, 3))
        for i in range(1, 6):
            writer.step(network)
            writer.write(i, {"loss": float(i)})
    first = steps(tmp_path)
    (tmp_path / "metrics.csv").write_bytes((tmp_path / "metrics.csv").read_bytes()[:-3])  # torn
    (tmp_path / "steps.crc").write_bytes((tmp_path / "steps.crc").read_bytes()[:-6])  # 3 and a half
    history = History(["loss"])
    for i in range(1, 5):
        history.append(i, {"loss": float(i)})
    writer = Writer(["loss"], tensorboard=True, folder=tmp_path)
    writer.resume(history, 4)
    with writer:
        assert [row[0] for row in rows(tmp_path)] == ["index", "1", "2", "3", "4"]
        writer.step(network)
        writer.write(5, {"loss": 7.0})
    assert rows(tmp_path)[-1] == ["5", "7.0"]
    assert steps(tmp_path) == [*first[:3], (0,), first[0]]  # 0: not known
    assert {path.name for path in tmp_path.iterdir() if "events" not in path.name} == {"metrics.csv", "steps.crc"}
    writer = Writer(["loss"], folder=tmp_path)  # from the beginning
    writer.resume(History(["loss"]), 0)
    writer.close()
    assert len(rows(tmp_path)) == 1
    assert steps(tmp_path) == []
    assert not (tmp_path / "metrics.1.csv").exists()
    with pytest.raises(ValueError, match="expected a history of accuracy, got one of loss"):
        Writer(["accuracy"], folder=tmp_path).resume(history, 4)
