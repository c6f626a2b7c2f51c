"""Whatever the library writes is shown, and what it did not write is refused in a line."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from activations import ReLU, Softmax
from builders import X, autoencoder, classifier, cyclegan, data, dbn, gan, gsn, rbm, recurrent, vae
from dataset import Dataset
from layers import GRU, Conv2D, Dense, Embedding, TimeDistributed
from nn import MLP, PCA, HammingIndex, LanguageModel, UnitActivation, optimizeInput
from nn.storage.tensorfile import CHECKSUM, packed, unpacked

UNKNOWN = "not recorded in the file"


def rowsOf(text):
    """The names and texts of the first table."""
    lines = text.split("\n\n")[1].splitlines()
    return dict(line.split("  ", 1) for line in lines) if lines else {}


def told(done):
    assert (done.code, done.err) == (0, "")
    return {name: value.strip() for name, value in rowsOf(done.out).items()}


def test_a_model_and_what_lies_beside_it(run, command):
    path = run / "classifier.safetensors"
    done = command("show", path)
    facts = told(done)
    assert done.out.startswith("classifier.safetensors: a model\n\n")
    assert facts["file"] == f"{path}, {path.stat().st_size:,} bytes"
    assert facts["kind"] == "MLP"
    assert facts["format"] == "2 (this version reads up to 2)"
    assert facts["precision"] == "float32"
    assert facts["numbers"] == "1,510 parameters, 1,510 numbers in the file"
    assert facts["sample"] == "64"
    assert facts["classes"] == "10: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert facts["standardised"] == "no"
    assert facts["written by"].startswith("train_classifier.py with Leibnet ")
    data, how = facts["trained on"].split("; ")
    assert data == "digits, 1,437 training samples, 360 test, of 64, 10 classes"
    assert how.startswith("2 epochs, batches of 50, CrossEntropy, Leibnet ")
    assert "\n\nhistory, 2 entries\nepoch  train_loss" in done.out
    assert done.out.rstrip().endswith(str(MLP.load(path)).splitlines()[-1])


def test_a_file_of_before_and_what_lies_beside_it(run, command):
    path = run / "classifier.safetensors"
    model = MLP.load(path)
    model.trainings = ()
    model.save(path)
    done = command("show", path)
    assert told(done)["trained on"] == f"{UNKNOWN}; digits, 1,437 training samples, says {run / 'run.json'}"
    assert f"history, 2 entries: {UNKNOWN}, but in {run / 'metrics.csv'}\nepoch  train_loss" in done.out


def test_a_model_that_was_trained_twice(tmp_path, command):
    model = classifier()
    for size in (5, 10):
        model.train(data(labels=X.argmax(axis=0) % 3, batch_size=size), epochs=1, progress=False, watch=False)
    facts = told(command("show", model.save(tmp_path / "model.safetensors")))
    assert "1 epoch, batches of 5," in facts["trained on"]
    assert "1 epoch, batches of 10," in facts["then trained on"]
    model.train(data(labels=X.argmax(axis=0) % 3), epochs=1, progress=False, checkpoint=tmp_path / "run.safetensors")
    done = command("show", tmp_path / "run.safetensors")
    assert "batches of 5," in told(done)["trained on"]
    assert done.out.count("then trained on") == 2


def test_the_options_of_a_generated_data_set(tmp_path, command):
    dataset = Dataset("scenes", 4, 0, 2, of="digits", easy=True, rng=0)
    model = MLP([Conv2D(1, 11, 1, Softmax())])
    model.train(dataset, epochs=1, progress=False, watch=False, checkpoint=tmp_path / "run.safetensors")
    for path in (model.save(tmp_path / "model.safetensors"), tmp_path / "run.safetensors"):
        said = told(command("show", path))["trained on"]
        assert said.startswith("scenes (of='digits', easy=True), 4 training samples")


def test_a_model_without_its_run(tmp_path, command):
    classifier().save(tmp_path / "model.safetensors")
    done = command("show", tmp_path / "model.safetensors")
    facts = told(done)
    assert facts["written by"] == UNKNOWN
    assert facts["trained on"] == f"{UNKNOWN}, and there is no run.json beside it"
    assert f"\n\nhistory: {UNKNOWN}\n\n" in done.out


def test_a_standardisation(tmp_path, command):
    model = classifier()
    model.train(data(labels=X.argmax(axis=0) % 3, standardize=True), epochs=1, progress=False)
    model.save(tmp_path / "model.safetensors")
    facts = told(command("show", tmp_path / "model.safetensors"))
    assert facts["standardised"] == "yes, Standardization of 6 features"


def test_a_checkpoint_knows_its_training(run, command):
    done = command("show", run / "checkpoint.safetensors")
    facts = told(done)
    assert done.out.startswith("checkpoint.safetensors: the checkpoint of a training\n")
    assert facts["trained on"] == "digits, 1,437 training samples"
    assert facts["updates"] == "58"
    assert "metrics train_loss, test_loss" in facts["settings"]
    assert "batch size 50" in facts["settings"]
    (run / "metrics.csv").unlink()
    assert command("show", run / "checkpoint.safetensors").out == done.out
    assert "history, 2 entries in " in done.out


def test_the_best_weights(run, command):
    done = command("show", run / "checkpoint.best.safetensors")
    assert done.out.startswith("checkpoint.best.safetensors: the best weights of a training\n")
    assert told(done)["checkpoint"] == f"{run / 'checkpoint.safetensors'}, which knows the history"


def languageModel():
    text = Dataset.fromText("abcabcabc" * 20, 5, 2)
    n = len(text.vocabulary)
    return LanguageModel(text.vocabulary, [Embedding(n, 4), GRU(4, 4), TimeDistributed(Dense(4, n, Softmax()))])


KINDS = {
    "MLP": classifier,
    "recurrent": recurrent,
    "Autoencoder": autoencoder,
    "VAE": vae,
    "GSN": gsn,
    "RBM": rbm,
    "DBN": dbn,
    "GAN": gan,
    "CycleGAN": cyclegan,
    "PCA": lambda: PCA(2).fit(X),
    "LanguageModel": languageModel,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model(kind, tmp_path, command):
    model = KINDS[kind]()
    path = model.save(tmp_path / "model.safetensors")
    done = command("show", path)
    assert told(done)["kind"] == model.name
    assert str(type(model).load(path)) in done.out
    assert done.out.isascii()


def test_an_index_of_codes(tmp_path, command):
    path = HammingIndex(np.random.default_rng(0).random((32, 500)) < 0.5).save(tmp_path / "index.safetensors")
    done = command("show", path)
    assert told(done)["format"] == "2 (this version reads up to 2)"
    assert done.out.splitlines()[0] == "index.safetensors: an index of binary codes"
    assert done.out.splitlines()[-1] == "HammingIndex of 500 codes of 32 bits"


def test_a_picture_that_was_being_made(tmp_path, command, capsys):
    network = MLP([Conv2D(1, 2, 3, ReLU(), rng=0)])
    objective = UnitActivation(0, 0)
    path = tmp_path / "picture.safetensors"
    optimizeInput(network, objective, np.full((1, 8, 8), 0.5), steps=2, checkpoint=path, rng=0, progress=False)
    capsys.readouterr()  # kernels may have been compiled
    done = command("show", path)
    facts = told(done)
    assert facts["picture"] == "1 x 8 x 8 x 1"
    assert facts["at"].startswith("octave ")
    assert "history, 2 entries" in done.out


@pytest.mark.skipif(find_spec("onnx") is None, reason="onnx is not installed")
def test_an_onnx_file(tmp_path, command):
    path = classifier().export(tmp_path / "network.onnx")
    done = command("show", path)
    facts = told(done)
    assert facts["producer"].startswith("leibnet ")
    assert "Gemm" in facts["nodes"] or "MatMul" in facts["nodes"]
    path.write_bytes(b"damaged")
    done = command("show", path)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert f"{path} is no ONNX file, or a damaged one: " in done.err


def test_the_folder_of_a_run(run, command):
    done = command("show", run)
    facts = told(done)
    assert facts["script"] == "train_classifier.py"
    assert facts["arguments"] == "epochs=2 seed=0 threads=1"
    assert facts["data"] == "digits: 1,437 train, 360 test samples, batches of 50, float32"
    assert facts["ended"].startswith("finished after ")
    assert "\n\nmetrics.csv: 2 entries\nepoch  train_loss" in done.out
    assert "\n  steps.crc                    232 bytes, 58 steps\n" in done.out
    assert command("show", run / "run.json").out == done.out


def test_metrics_alone(run, command):
    done = command("show", run / "metrics.csv")
    assert done.out.startswith(f"{run / 'metrics.csv'}: the metrics of a training, 2 entries\n\nepoch  train_loss")
    with (run / "metrics.csv").open("a") as file:
        file.write("4311,3")  # torn
    assert command("show", run / "metrics.csv").out == done.out


def test_a_run_of_parts(run, command):
    (run / "first").mkdir()
    (run / "metrics.csv").rename(run / "first" / "metrics.csv")
    (run / "classifier.safetensors").rename(run / "first" / "classifier.safetensors")
    assert "\n\nfirst/metrics.csv: 2 entries\nepoch" in command("show", run).out
    facts = told(command("show", run / "first" / "classifier.safetensors"))
    assert facts["written by"].endswith(f"says {run / 'run.json'}")


def damage(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def foreign(path):
    from safetensors.numpy import save_file

    save_file({"weight": np.zeros(3)}, path)


def cut(path):
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damage, "is damaged: its content does not have the checksum it names; take another copy"),
        (foreign, "is a safetensors file without a Leibnet model"),
        (cut, "is not a safetensors file, or a damaged one"),
        (lambda path: path.write_bytes(b""), "is not a safetensors file, or a damaged one"),
        (lambda path: path.unlink(), "there is no file"),
    ],
)
def test_a_file_that_cannot_be_shown_is_one_line(change, words, run, command):
    path = run / "classifier.safetensors"
    change(path)
    done = command("show", path)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err
    assert str(path) in done.err


def test_a_checkpoint_whose_training_is_nonsense(run, command):
    path = run / "checkpoint.safetensors"
    metadata, arrays = unpacked(path)
    del metadata[CHECKSUM]
    for nonsense in ("[]", '{"history": {"index": "x", "values": {}, "seconds": 0}}', '{"history": 3}', "{"):
        path.write_bytes(packed(arrays, metadata | {"training": nonsense}))
        done = command("show", path)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1), nonsense


def test_other_files_and_folders(tmp_path, run, command):
    (tmp_path / "notes.txt").write_text("mine")
    done = command("show", tmp_path / "notes.txt")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "notes.txt is nothing that can be shown: expected a model file" in done.err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "is no folder of a run: there is neither a run.json nor a metrics.csv" in command("show", empty).err
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    assert "table.csv is no metrics.csv of a training: its first line" in command("show", tmp_path / "table.csv").err
    (run / "run.json").write_text(json.dumps({"format": 1}))
    assert "is no record of a run" in command("show", run).err
