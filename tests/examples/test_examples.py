"""Every example runs for a short while, on the bundled digits, and writes what it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from forking import Forking
from nn import GAN, MLP
from progress import withoutProgress
from vgg import drawnWeights

EXAMPLES = Path(__file__).parents[2] / "examples"
TRACE = ["run.json", "metrics.csv", "steps.crc"]
KEPT = [*TRACE, "checkpoint.safetensors"]
BEST = "checkpoint.best.safetensors"

WAYS = ["autoencoder", "denoising", "contractive", "rbm"]
ENDS = ["early-stopping", "shuffled-labels"]

# script: arguments for a short run, files it must write
RUNS = {
    "train_classifier.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "classifier.safetensors"]
        + [f"{name}.png" for name in ("network", "curves", "confusion", "misclassified", "weights")],
    ),
    "train_ae.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "autoencoder.safetensors", "curves.png", "reconstructions.png", "codes.png"],
    ),
    "train_frames.py": (
        ["--epochs", "1", "--train-size", "1000"],
        [*KEPT, BEST, "vae.safetensors", "film.gif"]
        + [f"{name}.png" for name in ("curves", "reconstructions", "codes", "shifts")],
    ),
    "train_beta_vae.py": (
        ["--epochs", "1", "--train-size", "1000", "--others", "0"],
        [*KEPT, BEST, "vae.safetensors", "curves.png", "disentanglement.png", "classification.png"]
        + [f"{name}{end}.png" for name in ("positions", "scale", "rotation", "shifts") for end in ("", "_beta_0")],
    ),
    "train_conv_ae.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "autoencoder.safetensors"]
        + [f"{name}.png" for name in ("curves", "reconstructions", "codes", "kernels", "deep_kernels", "layers")],
    ),
    "train_dae.py": (
        ["--epochs", "1", "--corruption", "salt_and_pepper"],
        [*KEPT, BEST, "autoencoder.safetensors", "curves.png", "denoised.png", "field.png"],
    ),
    "train_gan.py": (
        ["--epochs", "1"],
        [*KEPT, "gan.safetensors", "training.gif", "samples.png", "epochs.png", "curves.png"],
    ),
    "use_gan.py": (
        ["--epochs", "1", "--labelled", "3", "--updates", "20"],
        [*KEPT, "gan.safetensors", "uses.txt", "fewlabels.png", "samples.png"],
    ),
    "latent_directions.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "vae.safetensors", "directions.txt", "directions.png"],
    ),
    "style_transfer.py": (
        ["--epochs", "1", "--steps", "2", "--size", "64", "--octaves", "1"],
        [*KEPT, BEST, "autoencoder.safetensors", "picture.safetensors"]
        + [f"{name}.png" for name in ("picture", "pictures", "curves")],
    ),
    "deep_dream.py": (
        ["--epochs", "1", "--steps", "2", "--size", "64", "--octaves", "2"],
        [*KEPT, BEST, "classifier.safetensors", "picture.safetensors"]
        + [f"{name}.png" for name in ("dream", "pictures", "curves")],
    ),
    "see_units.py": (
        ["--epochs", "1", "--steps", "20"],
        [*KEPT, BEST, "classifier.safetensors", "other.safetensors", "classes.txt", "classes.png", "units.png"],
    ),
    "train_cyclegan.py": (
        ["--epochs", "1"],
        [*KEPT, *(f"{name}.safetensors" for name in ("cyclegan", "G", "F"))]
        + [f"{name}.png" for name in ("curves", "translations", "failures")],
    ),
    "train_pca.py": (
        ["--epochs", "1"],
        [*TRACE, "pca.safetensors"]
        + [
            f"{name}.png"
            for name in ("plane", "codes", "reconstructions", "components", "spectrum", "angles", "decoder")
        ],
    ),
    "train_segmentation.py": (
        ["--epochs", "1", "--scenes", "100"],
        [*KEPT, BEST, "segmentation.safetensors", "curves.png", "scenes.png"],
    ),
    "train_gsn.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "gsn.safetensors", "chain.gif", "curves.png", "chain.png", "steps.png"],
    ),
    "train_text.py": (
        [
            "--epochs",
            "1",
            "--steps",
            "20",
            "--batch-size",
            "4",
            "--prompt",
            "the",
            "--text",
            str(EXAMPLES.parent / "LICENSE"),
        ],
        [*KEPT, "model.safetensors", "written.txt", "curves.png"],
    ),
    "train_translation.py": (
        ["--epochs", "1", "--programs", "40", "--units", "8", "--batch-size", "20"],
        ["run.json", "pretraining", "denoising", "back-translation", "model.safetensors", "translations.txt"]
        + [f"{name}.png" for name in ("curves", "attention-there", "attention-back")],
    ),
    "train_rbm.py": (
        ["--epochs", "1"],
        [*KEPT, "rbm.safetensors", "chains.gif"]
        + [f"{name}.png" for name in ("curves", "features", "reconstructions", "samples")],
    ),
    "train_rnn.py": (
        ["--epochs", "1", "--network", "gru"],
        [*KEPT, BEST, "classifier.safetensors"]
        + [f"{name}.png" for name in ("curves", "confusion", "knowledge", "reading")],
    ),
    "compare_optimizers.py": (
        ["--epochs", "1", "--seeds", "0", "1"],
        ["run.json", "optimizers.png"]
        + [f"{kind}-seed-{seed}" for kind in ("sgd-mse", "adam-mse", "sgd-ce", "adam-ce") for seed in (0, 1)],
    ),
    "compare_depth.py": (
        ["--epochs", "1", "--seeds", "1", "--per-class", "20"],
        ["run.json", "depth.png", "plain-seed-1", "residual-seed-1"],
    ),
    "pretrain.py": (
        ["--epochs", "1", "--depths", "1", "3"],
        ["run.json", "depth.png", "reconstructions.png", "nothing", *WAYS],
    ),
    "transfer.py": (
        ["--epochs", "1", "--updates", "3", "--draws", "2"],
        ["run.json", "labels.png", "first.safetensors", "last.safetensors"],
    ),
    "semantic_hashing.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "autoencoder.safetensors", "index.safetensors"]
        + [f"{name}.png" for name in ("curves", "precision", "retrieval", "reconstructions")],
    ),
    "train_regularised_ae.py": (
        ["--epochs", "1", "--masking", "0.25", "--supervised", "0.5"],
        ["run.json", "plain", "sparse", "k-sparse", "contractive"]
        + [f"{kind}.safetensors" for kind in ("plain", "sparse", "k-sparse", "contractive")]
        + [f"{name}.png" for name in ("curves", "features", "reconstructions", "activities")],
    ),
    "compare_codes.py": (
        ["--epochs", "1", "--codes", "20"],
        [*KEPT, BEST, "autoencoder.safetensors", "codes.txt", "fewlabels.png"],
    ),
    "compare_initializers.py": (
        ["--epochs", "1", "--depth", "3"],
        ["run.json", "initializers.png", "zero", "huge", "glorot", "he"],
    ),
    "overfitting.py": (
        ["--epochs", "1"],
        ["run.json", "overfitting.png", "nothing", "weight-decay", "dropout", "noise-on-the-inputs", *ENDS],
    ),
    "train_dynamic_system.py": (
        ["--epochs", "1", "--steps", "200"],
        ["run.json", "simulation.png"]
        + [f"{name}{end}" for name in ("lstm", "tdl", "ae", "deep") for end in ("", ".safetensors")],
    ),
    "train_vrnn.py": (
        ["--epochs", "1", "--frames", "200", "--units", "8"],
        [*KEPT, BEST, "vrnn.safetensors", "curves.png", "samples.png", "divergence.png"],
    ),
    "critic_estimate.py": (
        ["--epochs", "1"],
        [*TRACE, "gan.safetensors", "opinions.png", "samples.png"],
    ),
    "why_wasserstein.py": (
        ["--epochs", "1", "--points", "640"],
        ["run.json", "distances.png", "gradients.png", "learning.png"],
    ),
    "train_feature_vae.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "pixels", "features_345"]
        + [f"{name}.safetensors" for name in ("pixels", "features_123", "features_345")]
        + [f"{name}.png" for name in ("curves", "reconstructions", "samples", "interpolation", "attributes")],
    ),
    "train_vae.py": (
        ["--epochs", "1"],
        [*KEPT, BEST, "vae.safetensors"]
        + [f"{name}.png" for name in ("curves", "reconstructions", "samples", "shifts", "interpolation")]
        + [f"{name}.png" for name in ("certainty", "attributes", "codes", "manifold", "overview")],
    ),
}

# Examples with other data, and what they let one choose.
OWN = {
    "train_beta_vae.py": "--classify",
    "train_dynamic_system.py": "--system",
    "train_frames.py": "--decoder",
    "train_text.py": "--network",
    "train_translation.py": "--pair",
    "train_vrnn.py": "--system",
    "why_wasserstein.py": "--constraint",
    "style_transfer.py": "--kind",
    "deep_dream.py": "--of",
}

# How many samples those learn from whose options do not say it: two of them from patches of pictures.
LEARNT = {"train_translation.py": 40, "style_transfer.py": 1800, "deep_dream.py": 2700, "see_units.py": 1437}

# Whose command lines stand for those of all.
COMMANDS = {"train_classifier.py", "train_gan.py", "compare_optimizers.py", *OWN} - {
    "train_frames.py",
    "why_wasserstein.py",
    "deep_dream.py",
}

# Whose command line and run are made as those of the others.
AGAIN = {
    "semantic_hashing.py",
    "compare_codes.py",
    "latent_directions.py",
    "use_gan.py",
    "compare_initializers.py",
    "critic_estimate.py",
    "overfitting.py",
    "pretrain.py",
    "train_beta_vae.py",
    "train_feature_vae.py",
    "train_frames.py",
    "train_regularised_ae.py",
    "compare_depth.py",
    "deep_dream.py",
    "see_units.py",
    "style_transfer.py",
    "train_segmentation.py",
    "transfer.py",
}


def by_time(slow):
    return [pytest.param(script, marks=[pytest.mark.slow] * (script in slow)) for script in RUNS]


@pytest.fixture(scope="module")
def run():
    """Runs an example with these arguments; with an environment of its own, in a fresh process."""

    def run(script, *arguments, **environment):
        if not environment:
            return forking.run(EXAMPLES / script, *arguments)
        command = [sys.executable, "-W", "error", EXAMPLES / script, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=300)

    with Forking() as forking:
        yield run


def test_every_example_is_run():
    assert RUNS.keys() == {path.name for path in EXAMPLES.glob("*.py")} - {"repeat.py"}


@pytest.fixture(scope="module")
def imported():
    """Of each script: whether the kernels are chosen when it asks for NumPy; what it prints while it is imported."""
    code = f"""
import contextlib, io, json, pathlib, runpy, sys, traceback

class Wanted(BaseException):
    pass

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            raise Wanted

scripts = [*map(pathlib.Path, {[str(EXAMPLES / script) for script in (*RUNS, "repeat.py")]!r})]
chosen, printed = dict.fromkeys([path.name for path in scripts], False), {{}}
sys.meta_path.insert(0, Finder())
for path in scripts:
    before = set(sys.modules)
    try:
        runpy.run_path(path)
    except Wanted:
        chosen[path.name] = "leibnet" in sys.modules and sys.modules["leibnet"].chosen
    for name in set(sys.modules) - before:
        if name.partition(".")[0] not in sys.stdlib_module_names:
            del sys.modules[name]
del sys.meta_path[0]
for path in scripts:
    with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.redirect_stderr(text):
        try:
            runpy.run_path(path)
        except BaseException:
            traceback.print_exc()
    printed[path.name] = text.getvalue()
print(json.dumps([chosen, printed]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("script", [*RUNS, "repeat.py"])
def test_the_kernels_are_chosen_before_numpy_is_loaded(script, imported):
    chosen, printed = imported
    assert chosen[script]
    assert printed[script] == ""


@pytest.mark.parametrize("script", by_time(AGAIN - {"semantic_hashing.py"}))
def test_example(script, tmp_path, run):
    arguments, files = RUNS[script]
    given = [] if script in OWN else ["--dataset", "digits"]
    done = run(script, *given, "--output", tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert withoutProgress(done.stderr) == ""
    told = "Dataset" if script in OWN else "Data set: digits (as asked for), 1,437 training and 360 test samples\n"
    assert done.stdout.startswith(told)
    assert {path.name for path in tmp_path.iterdir()} == set(files)
    assert all((tmp_path / name).stat().st_size > 0 for name in files)
    assert str(tmp_path) in done.stdout.splitlines()[-1]
    described = json.loads((tmp_path / "run.json").read_text())
    assert described["script"] == script
    assert described["argv"] == [*given, "--output", str(tmp_path), *arguments]
    assert described["arguments"]["epochs"] == 1
    assert described["seed"] == 0
    assert described["threads"] >= 1
    assert described["variables"]["OPENBLAS_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"]
    assert {"python", "leibnet", "numpy", "safetensors"} < described["versions"].keys()
    assert described["machine"].keys() == {"BLAS", "kernels", "processor", "processors", "system"}
    fewer = {
        "--train-size": 1000,
        "--per-class": 200,
        "--scenes": 100,
        "--prompt": 48,
        "--steps": 10,
        "--frames": 9,
        "--points": 640,
    }
    size = next((size for option, size in fewer.items() if option in arguments), 1437)
    size = LEARNT.get(script, size)
    assert described["dataset"]["train_size"] == size
    assert [len(text) for text in described["dataset"]["checksums"].values()] == [64]
    assert described["git"] is None or len(described["git"]["commit"]) == 40
    assert described["end"]["how"] == "finished"
    for trained in tmp_path.rglob("metrics.csv"):
        assert (trained.parent / "steps.crc").stat().st_size % 4 == 0 < (trained.parent / "steps.crc").stat().st_size


def test_the_classifier_learns_the_digits(tmp_path, run):
    done = run("train_classifier.py", "--dataset", "digits", "--output", tmp_path)
    accuracy = float(re.search(r"^Test accuracy ([\d.]+)%", done.stdout, re.MULTILINE).group(1))
    assert accuracy >= 97


def test_the_classifier_is_convolutional_where_that_is_asked_for(tmp_path, run):
    options = ["--network", "cnn", "--shifts", "1", "--epochs", "1"]
    done = run("train_classifier.py", "--dataset", "digits", "--output", tmp_path, *options)
    assert (done.returncode, withoutProgress(done.stderr)) == (0, "")
    assert "layers[0]  Conv2D 1 -> 12, 3x3, same, ReLU()" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {*RUNS["train_classifier.py"][1]}
    assert repr(MLP.load(tmp_path / "classifier.safetensors")).count("12x8x8") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "rows", "pictures"),
    [
        ("denoise", ["noisy", "autoencoder"], ["curves", "denoised", "kernels", "layers"]),
        ("enhance", ["nearest", "bicubic", "network"], ["curves", "enhanced", "layers"]),
    ],
)
def test_the_convolutional_autoencoder_denoises_and_enhances(kind, rows, pictures, tmp_path, run):
    done = run("train_conv_ae.py", f"--{kind}", "--dataset", "digits", "--epochs", 30, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    start = lines.index("Squared error per pixel of the test set:") + 1
    table = dict(line.split() for line in lines[start : start + len(rows)])
    assert [*table] == rows
    assert float(table[rows[-1]]) < 0.5 * float(table[rows[-2]])
    files = {*KEPT, BEST, "autoencoder.safetensors", *(f"{name}.png" for name in pictures)}
    assert {path.name for path in tmp_path.iterdir()} == files


@pytest.mark.slow
@pytest.mark.parametrize("network", ["lstm", "gru", "rnn", "bidirectional"])
def test_a_recurrent_network_reads_the_digits_row_by_row(network, tmp_path, run):
    options = ["--dataset", "digits", "--network", network, "--epochs", 20, "--output", tmp_path]
    done = run("train_rnn.py", *options)
    accuracy = float(re.search(r"^Test accuracy ([\d.]+)%", done.stdout, re.MULTILINE).group(1))
    table = re.findall(r"^ +(\d) +([\d.]+) +([\d.]+) +([\d.]+)$", done.stdout, re.MULTILINE)
    rows, state, answer, pixels = (list(map(float, column)) for column in zip(*table, strict=True))
    assert rows == [1, 2, 3, 4, 5, 6, 7, 8]
    assert pixels[0] < 50 < 90 < pixels[-1]
    assert (state[0] > 80) == (network == "bidirectional")  # which has seen all rows from the other end
    assert answer[0] < 50 < 90 < answer[-1] == pytest.approx(accuracy, abs=0.06)


@pytest.mark.slow
def test_a_transformer_writes_and_shows_where_it_looks(tmp_path, run):
    small = ["--units", 16, "--heads", 2, "--steps", 20, "--batch-size", 4, "--dropout", 0.1, "--epochs", 1]
    text = ["--text", EXAMPLES.parent / "LICENSE", "--prompt", "the", *small, "--output", tmp_path]
    done = run("train_text.py", "--network", "transformer", *text)
    assert (done.returncode, withoutProgress(done.stderr)) == (0, "")
    assert (tmp_path / "attention.png").stat().st_size > 5000
    done = run("train_text.py", "--network", "transformer", *text, "--heads", 3)
    assert done.returncode == 2
    assert "argument --heads: expected a divisor of the 16 units, got 3" in done.stderr
    assert "argument --heads: only with --network transformer" in run("train_text.py", "--heads", 2).stderr


@pytest.mark.parametrize("dataset", ["ring", "grid"])
def test_the_gan_in_the_plane(dataset, tmp_path, run):
    done = run("train_gan.py", "--dataset", dataset, "--epochs", 1, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    words = r"^Samples: \d+ of \d+ modes covered, [\d.]+% good samples \(within 3 deviations of a mode\)$"
    assert re.search(words, done.stdout, re.MULTILINE)
    assert max(len(line) for line in done.stdout.splitlines() if not line.endswith(str(tmp_path))) <= 100
    files = {*KEPT, "gan.safetensors", "training.gif", "samples.png", "curves.png"}
    assert {path.name for path in tmp_path.iterdir()} == files


def test_the_gan_is_convolutional_and_constrained_where_that_is_asked_for(tmp_path, run):
    options = ["--network", "dcgan", "--generator-loss", "wasserstein", "--constraint", "spectral normalisation"]
    more = ["--critic-steps", "2", "--averaging", "0.9", "--packing", "2", "--dataset", "digits", "--epochs", "1"]
    done = run("train_gan.py", *options, *more, "--output", tmp_path)
    assert (done.returncode, withoutProgress(done.stderr)) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {*RUNS["train_gan.py"][1]}
    assert "D's is to rise to 0" in done.stdout
    gan = GAN.load(tmp_path / "gan.safetensors")
    assert (gan.generatorLoss, gan.criticSteps, gan.averaging, gan.packing) == ("wasserstein", 2, 0.9, 2)
    assert repr(gan.discriminator.layers[0]).startswith("SpectralNormalization (Conv2D 2 -> 16, 4x4 by 2x2, same")
    assert gan.sample(3).shape == (1, 8, 8, 3)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["mlp", "dcgan"])
@pytest.mark.parametrize(
    ("loss", "constraint"),
    [
        ("least squares", None),
        ("wasserstein", "clipping"),
        ("wasserstein", "gradient penalty"),
        ("minimax", "clipping"),
    ],
)
def test_the_gan_plays_every_game(network, loss, constraint, tmp_path, run):
    constraints = [] if constraint is None else ["--constraint", constraint]
    options = ["--network", network, "--generator-loss", loss, *constraints, "--dataset", "digits", "--epochs", "2"]
    done = run("train_gan.py", *options, "--output", tmp_path)
    assert (done.returncode, withoutProgress(done.stderr)) == (0, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--generator-loss", "wasserstein"], "wasserstein needs a --constraint"),
        (["--generator-loss", "hinge", "--smoothing", "0.9"], "hinge has no such label; omit it"),
        (["--network", "dcgan", "--dataset", "ring"], "dcgan is for images, ring has points"),
        (["--averaging", "1"], "expected a number from 0 to below 1, got 1.0"),
    ],
    ids=["wasserstein", "smoothing", "ring", "averaging"],
)
def test_options_of_the_gan_that_do_not_fit_together_are_refused(options, message, run):
    done = run("train_gan.py", *options)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_gan_explains_its_table_in_lines_of_100_letters(tmp_path, run):
    done = run("train_gan.py", "--dataset", "digits", "--epochs", 2, "--output", tmp_path)
    lines = [line for line in done.stdout.splitlines() if not line.endswith(str(tmp_path))]
    assert max(map(len, lines)) <= 100
    start = lines.index("What the judge says of samples:")
    words = ["classes", "KL", "Frechet", "certainty"]
    assert [line.split()[0] for line in lines[start + 1 : start + 5]] == words
    assert lines[start + 5].split() == ["classes", "KL,", "nats", "Frechet", "certainty"]
    rows = [line for line in lines if re.match(r"(training set|noise|epoch \d|samples) +\d+ of 10 ", line)]
    assert [line.split("  ")[0] for line in rows] == ["training set", "noise", "epoch 1", "epoch 2", "samples"]


def test_the_vae_prints_one_bound(tmp_path, run):
    """Reconstruction and KL divergence add up to -ELBO, which lies above the estimate of -ln p(x)."""
    done = run("train_vae.py", "--dataset", "digits", "--epochs", 2, "--output", tmp_path)
    number = r"(-?[\d.]+)"
    whole, part = re.findall(rf"^(?:all|the first 200) +{number} \+ {number} = {number}$", done.stdout, re.MULTILINE)
    for reconstruction, kl, bound in (whole, part):
        assert float(reconstruction) + float(kl) == pytest.approx(float(bound), abs=0.011)
    estimate = re.search(rf"bound of -ln p\(x\), here about {number} \(importance", done.stdout)
    assert float(estimate.group(1)) < float(part[2])


@pytest.fixture(scope="module")
def epochs(run, tmp_path_factory):
    """The classifier's run over two epochs: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("epochs") / "run"
    return folder, run("train_classifier.py", "--dataset", "digits", "--epochs", 2, "--output", folder).stdout


def test_the_classifier_counts_epochs(epochs):
    _, printed = epochs
    counted = re.findall(r"^epoch (\S+): test accuracy [\d.]+%$", printed, re.MULTILINE)
    assert counted == ["1", "2"]
    assert "12,060 parameters\n" in printed
    assert "trainable" not in printed


def test_the_optimizers_are_compared_until_all_have_learnt_the_digits(tmp_path, run):
    done = run("compare_optimizers.py", "--dataset", "digits", "--output", tmp_path)
    accuracies = re.findall(r"^(?:SGD|Adam) \+ (?:MSE|CE) +([\d.]+)%", done.stdout, re.MULTILINE)
    assert len(accuracies) == 4
    assert min(map(float, accuracies)) > 90


def test_the_gans_batch_size_counts_in_the_plane(tmp_path, run):
    for size in (100, 200):
        run("train_gan.py", "--dataset", "ring", "--epochs", 1, "--batch-size", size, "--output", tmp_path / str(size))
    one, other = ((tmp_path / str(size) / "metrics.csv").read_text() for size in (100, 200))
    assert one != other


def test_a_variance_without_its_likelihood_is_refused(tmp_path, run):
    arguments = ["--dataset", "digits", "--likelihood", "bernoulli", "--variance", "0.1", "--output"]
    done = run("train_vae.py", *arguments, tmp_path)
    assert done.returncode == 2
    assert "give --likelihood gaussian" in done.stderr


def test_a_learning_rate_of_zero_is_refused(run):
    assert "expected a positive number, got 0" in run("train_classifier.py", "--learning-rate", "0").stderr


def test_same_seed_same_figures(epochs, tmp_path, run):
    folders = [epochs[0], tmp_path / "same", tmp_path / "other"]
    for seed, folder in zip((0, 1), folders[1:], strict=True):
        run("train_classifier.py", "--dataset", "digits", "--epochs", 2, "--seed", seed, "--output", folder)
    ends = [(folder / "metrics.csv").read_text() for folder in folders]
    assert ends[0] == ends[1] != ends[2]


def test_without_mnist_the_first_line_says_why(tmp_path, run):
    """No folder, an empty cache and, by a proxy that is not there, no mirror."""
    nowhere = {"LEIBNET_DATA": "", "XDG_CACHE_HOME": str(tmp_path / "cache"), "https_proxy": "http://127.0.0.1:9"}
    done = run("train_classifier.py", "--epochs", "1", "--output", tmp_path / "run", **nowhere)
    assert done.returncode == 0, done.stderr
    first = done.stdout.splitlines()[0]
    assert first.startswith("Data set: digits (MNIST is not at hand and cannot be downloaded)")
    assert list((tmp_path / "cache").rglob("*.gz*")) == []


def test_a_data_folder_that_is_not_there_ends_with_a_message(tmp_path, run):
    done = run("train_classifier.py", LEIBNET_DATA=str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert done.stderr.startswith("no data set: ")
    assert "expected LEIBNET_DATA to be an existing folder" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("script", by_time(RUNS.keys() - COMMANDS))
def test_bad_arguments_end_with_a_message(script, tmp_path, run):
    for wrong, message in (
        (OWN.get(script, "--dataset"), "invalid choice: 'minst'"),
        ("--epochs", "'minst'"),
        ("--batch-size", "'minst'"),
    ):
        done = run(script, wrong, "minst", "--output", tmp_path)
        assert done.returncode == 2
        assert message in done.stderr
    assert "expected a positive integer, got -3" in run(script, "--epochs", "-3").stderr
    assert "expected a seed that is not negative, got -1" in run(script, "--seed", "-1").stderr
    (tmp_path / "file").write_text("")
    done = run(script, *([] if script in OWN else ["--dataset", "digits"]), "--output", tmp_path / "file")
    assert done.returncode == 1
    assert done.stderr.startswith("the run folder")
    (tmp_path / "file").unlink()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "options", "message"),
    [
        ("train_beta_vae.py", ["--latent-dim", "41"], "--latent-dim: the pictures have room for 40 codes"),
        ("train_frames.py", ["--latent-dim", "41"], "--latent-dim: the pictures have room for 40 codes"),
        ("train_frames.py", ["--skill", "1.5"], "--skill: a share, expected a number from 0 to 1, got 1.5"),
        ("style_transfer.py", ["--kind", "texture", "--content", "me.jpg"], "--content has no part in --kind texture"),
        ("train_text.py", ["--dropout", 1], "--dropout: expected a share from 0 to below 1, got 1"),
        ("train_text.py", ["--prompt", ""], "--prompt: expected one letter or more"),
        ("train_text.py", ["--text", "none.txt"], "the text cannot be read: "),
        ("train_text.py", ["--text", EXAMPLES.parent / "LICENSE", "--steps", 10**5], "batch_size or steps smaller"),
        ("train_text.py", ["--text", EXAMPLES.parent / "README.md", "--prompt", "\N{SNOWMAN}"], "give a --prompt in"),
        ("train_translation.py", ["--supervised", "--no-pretraining"], "--supervised: not allowed with --no-..."),
        ("train_translation.py", ["--programs", 9], "--programs: expected 10 or more, got 9"),
    ],
    ids=range(11),
)
def test_what_would_fail_after_the_training_is_refused_before(script, options, message, run):
    done = run(script, *options)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("script", "options", "message"),
    [
        ("style_transfer.py", ["--size", 2000], "at most 2,000,000 pixels, got (2000, 2000)"),
        ("deep_dream.py", ["--size", 2000], "at most 2,000,000 pixels, got (2000, 2000)"),
        ("deep_dream.py", ["--picture", "me.jpg"], "there is no file"),
    ],
    ids=range(3),
)
def test_pictures_that_are_too_large_or_not_there_are_told_in_one_line(script, options, message, run):
    done = run(script, *options)
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


OF_VGG = ["--size", 160, "--octaves", 1, "--weights"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "curves"),
    [
        (["--kind", "texture", "--size", 40, "--steps", 1], True),
        (["--steps", 2, "--smooth", 0, *OF_VGG], True),
        (["--steps", 1, "--smooth", 0, "--style-weight", 0, *OF_VGG], False),
    ],
    ids=["one-step", "not-smooth", "nothing"],
)
def test_what_is_0_has_no_logarithmic_curve(options, curves, tmp_path, run):
    weights = tmp_path / "vgg.safetensors"
    save_file(drawnWeights(dtype=np.float32), weights)
    done = run("style_transfer.py", "--output", tmp_path / "run", *options, *[weights] * (options[-1] == "--weights"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "curves.png").exists() == curves
