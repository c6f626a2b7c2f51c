"""What a model was trained on stands in its file, and comes back from it."""

import json
import math
import os
from importlib.util import find_spec

from leibnet import randomness
from leibnet.version import __version__

import numpy as np
import pytest

import nn
from activations import ReLU, Softmax
from builders import data, gan
from dataset import Dataset
from dataset.catalogue import TEXTS
from dataset.sequences.streams import Text
from interrupting import stopAfter
from layers import Dense, Flatten
from loss import CategoricalCrossEntropy
from nn import MLP, Checkpoint, History, Model, TrainingRecord
from nn.storage.modelfile import read
from nn.storage.tensorfile import packed
from nn.training.records.notes import LONGEST, joined
from nn.training.records.trainingrecord import MOST
from threadranks import together

X = np.random.default_rng(0).uniform(0, 1, (6, 100)).astype(np.float32)
LABELS = (X[0] > X[1]).astype(int)


def own(**options):
    return Dataset.fromArrays(X, LABELS, test_size=20, batch_size=10, rng=3, **options)


def trained(epochs=2, model=None, dataset=None, number=1, **options):
    nn.seed(number)
    model = MLP([Dense(6, 4, ReLU()), Dense(4, 2, Softmax())]) if model is None else model
    dataset = own() if dataset is None else dataset
    model.train(dataset, CategoricalCrossEntropy(), epochs=epochs, progress=False, watch=False, **options)
    return model


def plain(model):
    return [one.config() | one.entries() for one in model.trainings]


def test_a_training_is_recorded():
    model = trained(3)
    (one,) = model.trainings
    assert (one.data, one.samples, one.sampleShape) == ("own samples", (80, 0, 20), (6,))
    assert (one.classes, one.batchSize, one.epochs) == (2, 10, 3.0)
    assert (one.loss, one.version) == ("CategoricalCrossEntropy", __version__)
    assert one.history is model.history
    assert MLP([Dense(2, 2)]).trainings == ()


def test_saved_and_loaded_and_saved_again_to_the_bit(tmp_path):
    model = trained()
    content = model.save(tmp_path / "one").read_bytes()
    loaded = Model.load(tmp_path / "one")
    assert plain(loaded) == plain(model)
    assert loaded.trainings[0].history.epochs == model.history.epochs
    for _ in range(5):  # nothing random about it
        assert loaded.save(tmp_path / "two").read_bytes() == content
    assert trained().save(tmp_path / "three").read_bytes() == content


def test_figures_that_are_infinite_or_none_are_kept(tmp_path):
    model = trained()
    model.history["test_loss"][:] = [math.inf, math.nan]
    content = model.save(tmp_path / "one").read_bytes()
    assert Model.load(tmp_path / "one").save(tmp_path / "two").read_bytes() == content


def test_a_long_history_is_thinned_evenly():
    history = History(["loss"], samplesPerEpoch=10)
    for i in range(1, 1001):
        history.append(10 * i, {"loss": 1 / i})
    kept = TrainingRecord("own samples", (10, 0, 0), (2,), None, 5, epochs=1000.0, history=history).entries()
    assert len(kept["index"]) == len(kept["values"]["loss"]) == MOST
    assert (kept["index"][0], kept["index"][-1]) == (10, 10_000)
    assert set(np.diff(kept["index"])) == {50, 60}
    assert kept["values"]["loss"] == [10 / index for index in kept["index"]]


def test_a_model_that_is_trained_again_says_so(tmp_path):
    trained(2).save(tmp_path / "one")
    model = trained(1, Model.load(tmp_path / "one"), Dataset.fromArrays(X[:, :50], LABELS[:50], test_size=0))
    assert [one.epochs for one in model.trainings] == [2.0, 1.0]
    model.save(tmp_path / "two")
    assert plain(Model.load(tmp_path / "two")) == plain(model)


def test_many_calls_for_the_same_data_are_one_training():
    model = trained(1)
    for _ in range(3):
        trained(1, model)
    assert [one.epochs for one in model.trainings] == [3.0, 1.0]
    first = model.trainings[0].history
    assert first.epochs == [1.0, 2.0, 3.0]
    whole = joined(model.trainings)[0].history
    assert whole["train_loss"][-1] == model.history["train_loss"][-1]
    assert len(whole.index) == 4


def test_the_last_of_many_different_trainings_are_kept():
    one = TrainingRecord("own samples", (10, 0, 0), (2,), None, 5, epochs=1.0)
    many = [TrainingRecord(**vars(one) | {"batchSize": i + 1}) for i in range(LONGEST + 10)]
    assert [one.batchSize for one in joined(many)] == list(range(11, LONGEST + 11))
    assert joined([TrainingRecord(**vars(one) | {"epochs": 0.0})]) == ()


def test_a_training_without_a_step_is_not_kept(tmp_path):
    content = trained().save(tmp_path / "one").read_bytes()
    model = Model.load(tmp_path / "one")
    model.step = lambda *arguments: 1 / 0
    with pytest.raises(ZeroDivisionError):
        trained(1, model)
    del model.step
    assert model.trainings[-1].epochs == 0
    assert model.save(tmp_path / "two").read_bytes() == content


@pytest.mark.parametrize("step", [0, 7, 20])
def test_a_resumed_training_gives_the_file_of_an_undisturbed_one(step, tmp_path):
    trained(1, dataset=Dataset.fromArrays(X[:, :50], LABELS[:50], test_size=0)).save(tmp_path / "before")
    options = {"checkpoint": Checkpoint(tmp_path / "run", seconds=0)}
    whole = trained(4, Model.load(tmp_path / "before"), checkpoint=tmp_path / "whole").save(tmp_path / "one")
    model = Model.load(tmp_path / "before")
    stopAfter(model, step)
    with pytest.raises(KeyboardInterrupt):
        trained(4, model, **options)
    held = Model.load(tmp_path / "run")
    assert [one.epochs for one in held.trainings] == [1.0, step / len(own())][: 2 if step else 1]
    for start in (tmp_path / "before", tmp_path / "run"):  # or from the checkpoint itself
        (tmp_path / "again").write_bytes((tmp_path / "run").read_bytes())
        again = trained(4, Model.load(start), number=2, checkpoint=tmp_path / "again", resume=True)
        assert again.save(tmp_path / "two").read_bytes() == whole.read_bytes()
    assert (tmp_path / "again.best").exists() == (tmp_path / "whole.best").exists()


def test_a_checkpoint_keeps_its_history_once_and_the_best_weights_have_theirs(tmp_path):
    model = trained(3, checkpoint=tmp_path / "run.safetensors")
    metadata, _ = read(tmp_path / "run.safetensors")
    assert "trainings" not in metadata
    assert json.dumps(model.history["train_loss"]) in metadata["training"]
    assert plain(Model.load(tmp_path / "run.safetensors")) == plain(model)
    (best,) = Model.load(tmp_path / "run.best.safetensors").trainings
    assert best.history["test_loss"][-1] == min(model.history["test_loss"])


def test_ranks_write_the_same_file(tmp_path):
    def work(communicator):
        with randomness.held():
            path = tmp_path / str(communicator.Get_rank())
            return trained(communicator=communicator).save(path).read_bytes()

    one, other = together(2, work)
    assert one == other
    first, *_ = plain(Model.load(tmp_path / "0"))
    assert (first["samples"], first["epochs"], len(first["index"])) == ([80, 0, 20], 2.0, 2)


def test_nothing_of_the_users_own_names_and_places_is_in_a_file(tmp_path):
    for kind in ("cat", "dog"):
        (tmp_path / "secretplace" / kind).mkdir(parents=True)
    imageio = pytest.importorskip("PIL.Image")
    for i in range(12):
        for kind in ("cat", "dog"):
            picture = imageio.fromarray(np.full((4, 4), 20 * i, np.uint8))
            picture.save(tmp_path / "secretplace" / kind / f"hidden{i}.png")
    folder = Dataset.fromFolder(tmp_path / "secretplace", test_size=4, batch_size=4)
    text = tmp_path / "shakespeare"
    text.write_text("abcabcab" * 30)
    for dataset, expected in (
        (folder, "own images"),
        (own(name="secretname"), "own samples"),
        (own(name="mnist"), "own samples"),
        (Dataset.fromText(text, 5, 2), "own tokens"),
    ):
        assert TrainingRecord.of(dataset, History(())).data == expected
    model = MLP([Flatten(), Dense(folder.inputDim, 2, Softmax())])
    content = trained(1, model, folder).save(tmp_path / "model").read_bytes()
    for word in (b"secretplace", b"hidden", os.fsencode(tmp_path.name)):
        assert word not in content


def test_a_named_data_set_has_its_name():
    assert TrainingRecord.of(Dataset("digits"), History(())).data == "digits"
    assert TrainingRecord.of(Dataset("ring", 20, 10), History(())).data == "ring"
    for name in TEXTS:
        text = Text("abcabcab" * 30, name, "As the library has it.")
        assert TrainingRecord.of(Dataset.fromText(text, 5, 2), History(())).data == name


def onRing(epochs=1, model=None, **options):
    nn.seed(0)
    model = MLP([Dense(2, 4, ReLU()), Dense(4, 8, Softmax())]) if model is None else model
    return trained(epochs, model, Dataset("ring", 20, 10, rng=0, **options))


def test_a_generated_data_set_has_its_options(tmp_path):
    path = onRing(2, onRing(1, onRing(), radius=1), radius=2).save(tmp_path / "one")
    one, two = ({"modes": 8, "radius": radius, "deviation": 0.01} for radius in (1.0, 2.0))
    assert [(each.options, each.epochs) for each in joined(Model.load(path).trainings)] == [(one, 2.0), (two, 2.0)]
    contents = [onRing(**options).save(path).read_bytes() for options in ({}, {"radius": np.int64(1)})]
    assert contents[0] == contents[1]


def test_a_file_of_before_does_not_say_the_options(tmp_path):
    path = onRing().save(tmp_path / "one")
    rewrite(path, lambda metadata: metadata.update(trainings=metadata["trainings"].replace('"options"', '"later"')))
    (said,) = Model.load(path).trainings
    assert (said.data, said.options) == ("ring", {})


def test_models_of_every_loss(tmp_path):
    model = gan()
    model.train(data(labels=None), epochs=1, progress=False, watch=False)
    model.save(tmp_path / "one")
    assert plain(Model.load(tmp_path / "one")) == plain(model)


def rewrite(path, change):
    metadata, tensors = read(path)
    change(metadata)
    path.write_bytes(packed(tensors, metadata))


def put(value, *places):
    def change(metadata):
        said = json.loads(metadata["trainings"])
        inner = said[0]
        for place in places[:-1]:
            inner = inner[place]
        inner[places[-1]] = value
        metadata["trainings"] = json.dumps(said)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda metadata: metadata.update(trainings="{"), "Expecting property name"),
        (lambda metadata: metadata.update(trainings="[" * 100_000), "recursion"),
        (lambda metadata: metadata.update(trainings='{"a": 1}'), "expected trainings to be a list"),
        (lambda metadata: metadata.update(trainings="[3]"), "expected a training to be a dictionary, got 3"),
        (lambda metadata: metadata.update(trainings="[{}]"), "'history' is missing"),
        (put([1, 2], "samples"), "expected samples of a training to be three whole numbers"),
        (put([-1, 0, 0], "samples"), "expected samples of a training to be a list of whole numbers"),
        (put("x", "sampleShape"), "expected sampleShape of a training"),
        (put(1.5, "classes"), "expected classes of a training"),
        (put(0, "batchSize"), "expected batchSize of a training"),
        (put(math.nan, "epochs"), "expected epochs of a training"),
        (put(-1, "epochs"), "expected epochs of a training"),
        (put(["x"], "loss"), "expected loss of a training to be a text"),
        (put(None, "data"), "expected data of a training to be a text"),
        (put([], "options"), "expected options of a training to be a dictionary"),
        (put([8], "options", "modes"), "expected the option modes of a training to be a number or a text"),
        (put([], "history"), "expected history to be a dictionary"),
        (put([2, 1], "history", "index"), "expected index of history to be rising whole numbers"),
        (put([1, 10**30], "history", "index"), "expected index of history"),
        (put([1], "history", "values", "train_loss"), "expected train_loss of history to be a list of 2 numbers"),
        (put(["a", 1], "history", "values", "train_loss"), "expected train_loss of history"),
        (put([10**400, 1], "history", "values", "train_loss"), "too large"),
        (put(0, "history", "samplesPerEpoch"), "expected samplesPerEpoch of history"),
        (put("x", "history", "bestIndex"), "expected bestIndex of history"),
    ],
)
def test_nonsense_is_refused_in_a_line(change, words, tmp_path):
    path = trained().save(tmp_path / "model.safetensors")
    rewrite(path, change)
    with pytest.raises(ValueError, match="is damaged in what it says of its trainings: ") as caught:
        Model.load(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_before_load_without(tmp_path):
    path = trained().save(tmp_path / "model.safetensors")
    rewrite(path, lambda metadata: metadata.pop("trainings"))
    assert Model.load(path).trainings == ()
    rewrite(path, lambda metadata: metadata.update(later="what a later version may say"))
    Model.load(path)


@pytest.mark.skipif(find_spec("onnx") is None, reason="onnx is not installed")
def test_an_export_says_nothing_of_it(tmp_path):
    model = trained()
    content = model.export(tmp_path / "one.onnx").read_bytes()
    model.trainings = ()
    assert model.export(tmp_path / "two.onnx").read_bytes() == content
