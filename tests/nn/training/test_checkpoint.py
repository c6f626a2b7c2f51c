"""A training that was interrupted goes on as if nothing had happened."""

import copy
import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from leibnet import randomness

import numpy as np
import pytest

from activations import LeakyReLU, ReLU, Sigmoid, Softmax
from dataset import Dataset, Shifts
from interrupting import stopAfter
from layers import Dense, Sampler
from loss import CategoricalCrossEntropy
from nn import (
    GAN,
    MLP,
    VAE,
    Autoencoder,
    Checkpoint,
    CheckpointError,
    DivergenceError,
    EarlyStopping,
    GaussianNoise,
    Masking,
    Model,
    seed,
)
from nn.training.listener import Listener
from optimizer import SGD, Adam, Cosine, Optimizer, Schedule, Step, WarmUp

RNG = np.random.default_rng(0)
X = RNG.uniform(0, 1, (6, 130)).astype(np.float32)
LABELS = (X[0] > X[1]).astype(int)


def data(inputs=X, batch_size=15, **options):  # 7 steps, the last one of 10
    seed(1)  # the same samples are split off for the test
    return Dataset.fromArrays(inputs, LABELS, test_size=30, batch_size=batch_size, **options)


def classifier():
    adam = Adam(learningRate=0.3, weightDecay=0.1, clipNorm=2)
    return MLP([Dense(6, 8, ReLU(), adam), Dense(8, 2, Softmax(), adam)], CategoricalCrossEntropy())


def mixed():
    layers = [Dense(6, 8, ReLU(), SGD(lr=0.1, momentum=0.9, nesterov=True)), Dense(8, 2, Softmax(), Adam(lr=0.01))]
    return MLP([*layers])


def denoising():
    encoder, decoder = MLP([Dense(6, 4, ReLU())]), MLP([Dense(4, 6, Sigmoid())])
    return Autoencoder(encoder, decoder, corruption=GaussianNoise(0.3))


def masking():
    return Autoencoder(MLP([Dense(6, 4, ReLU())]), MLP([Dense(4, 6)]), corruption=Masking(0.3, rng=5))


def vae(rng=None, correlation=0.0):
    sampler = Sampler(8, 3, rng=rng, totalCorrelation=correlation)
    return VAE(MLP([Dense(6, 8, ReLU())]), sampler, MLP([Dense(3, 6, Sigmoid())]), warmUp=2.5)


def gan():
    adam = Adam(lr=0.002, beta1=0.5)
    generator = MLP([Dense(3, 8, LeakyReLU(0.2), adam), Dense(8, 6, Sigmoid(), adam)])
    discriminator = MLP([Dense(6, 8, LeakyReLU(0.2), adam), Dense(8, 1, Sigmoid(), adam)])
    return GAN(generator, discriminator, instanceNoise=0.2)


MODELS = {
    "classifier": (classifier, {"schedule": Cosine(), "metrics": ["train_loss", "test_accuracy"]}),
    "mixed": (mixed, {"schedule": WarmUp(1, Step(1)), "earlyStopping": EarlyStopping("test_loss", patience=3)}),
    "denoising": (denoising, {"entriesPerEpoch": 3}),
    "masking": (masking, {}),
    "vae": (vae, {}),
    "vae with its own generator": (lambda: vae(rng=3), {}),
    "vae with a total correlation": (lambda: vae(correlation=2.0), {"metrics": ["train_total_correlation"]}),
    "gan": (gan, {"metrics": ["train_generator_loss", "train_diversity", "test_discriminator_loss"]}),
}


def state(model):
    """All there is to a training after its end."""
    layers_ = model.namedLayers().values()
    return (
        {name: array.tobytes() for name, array in model.weights().items()},
        [{name: array.tobytes() for name, array in layer.optimizer.state.items()} for layer in layers_],
        [layer.optimizer.settings() for layer in layers_],
        model.history.index,
        dict(model.history),
        randomness.networks.generator.bit_generator.state,
    )


def trained(make, epochs, dataset=None, number=1, **options):
    dataset = data() if dataset is None else dataset
    seed(number)
    model = make()
    model.train(dataset, epochs=epochs, **copy.deepcopy(options))
    return model


@pytest.mark.parametrize("name", MODELS)
def test_five_epochs_and_five_more_are_ten(name, tmp_path):
    make, options = MODELS[name]
    path = tmp_path / "run.safetensors"
    whole = trained(make, 10, **options)
    if "schedule" not in options and name != "gan":
        trained(make, 5, checkpoint=path, **options)
    else:  # a schedule, and a GAN's instance noise, know how many epochs there will be
        interrupted(make, path, 5 * 7, **options)
    assert state(trained(make, 10, number=2, checkpoint=path, resume=True, **options)) == state(whole)


def interrupted(make, path, step, epochs=10, dataset=None, **options):
    """A training that is interrupted after this step, all steps of which are kept."""
    dataset = data() if dataset is None else dataset
    seed(1)
    model = make()
    stopAfter(model, step)
    with pytest.raises(KeyboardInterrupt):
        model.train(dataset, epochs=epochs, checkpoint=Checkpoint(path, seconds=0), **copy.deepcopy(options))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("step", [0, 1, 6, 7, 18])
def test_a_training_goes_on_from_the_middle_of_an_epoch(name, step, tmp_path):
    make, options = MODELS[name]
    path = tmp_path / "run.safetensors"
    whole = trained(make, 4, **options)
    interrupted(make, path, step, epochs=4, **options)
    assert state(trained(make, 4, number=2, checkpoint=path, resume=True, **options)) == state(whole)


class Fails(Listener):
    """Ends the training at this step, when it is told of it or of its entry."""

    def __init__(self, step, message):
        self.step = step
        setattr(self, message, self._fail)

    def _fail(self, course):
        if course.steps == self.step:
            raise KeyboardInterrupt

    def stepped(self, course):
        """Nothing."""

    def entered(self, course):
        """Nothing."""


@pytest.mark.parametrize("message", ["stepped", "entered"])
def test_no_checkpoint_is_without_the_entry_of_its_step(message, tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trained(classifier, 4)
    with pytest.raises(KeyboardInterrupt):
        trained(classifier, 4, checkpoint=Checkpoint(path, seconds=0), listeners=[Fails(14, message)])
    assert state(trained(classifier, 4, number=2, checkpoint=path, resume=True)) == state(whole)


def test_a_last_batch_that_is_dropped_is_not_counted(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trained(classifier, 4, data(dropLast=True))
    trained(classifier, 2, data(dropLast=True), checkpoint=path)
    again = trained(classifier, 4, data(dropLast=True), number=2, checkpoint=path, resume=True)
    assert again.history.index == whole.history.index == [90, 180, 270, 360]


def test_the_files_of_the_run_are_not_behind_the_checkpoint(tmp_path):
    """What a killed process leaves: with a checkpoint after every step, a fingerprint of every step."""
    folder, sizes = tmp_path / "run", []

    class Looking(Listener):
        def stepped(self, course):  # of this step there is no checkpoint yet
            sizes.append((folder / "steps.crc").stat().st_size)

    checkpoint = Checkpoint(tmp_path / "run.safetensors", seconds=0)
    trained(classifier, 1, folder=folder, listeners=[Looking()], checkpoint=checkpoint)
    assert sizes == [4 * step for step in range(7)]


def test_a_training_is_resumed_again_and_again(tmp_path):
    path = tmp_path / "run.safetensors"
    for epochs in range(1, 5):
        again = trained(vae, epochs, number=epochs, checkpoint=path, resume=True)
    assert state(again)[:5] == state(trained(vae, 4))[:5]


def test_a_finished_training_is_left_as_it_is(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trained(classifier, 3, checkpoint=path)
    with pytest.warns(
        RuntimeWarning, match="nothing is left to be done: .* has gone through 3 epochs.*of its own"
    ) as told:
        again = trained(classifier, 3, number=2, checkpoint=path, resume=True)  # it may have meant another training
    assert state(again) == state(whole)
    assert told[0].filename == __file__


def test_a_training_that_was_stopped_early_stays_stopped(tmp_path):
    path = tmp_path / "run.safetensors"
    options = {"earlyStopping": EarlyStopping("test_accuracy", patience=2), "metrics": ["test_accuracy"]}
    whole = trained(classifier, 200, checkpoint=path, **options)
    assert len(whole.history.index) < 200
    again = trained(classifier, 200, number=2, checkpoint=path, resume=True, **options)
    assert again.history.bestIndex == whole.history.bestIndex
    assert state(again) == state(whole)


def test_the_data_sets_own_generator_goes_on(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trained(classifier, 4, data(rng=7))
    trained(classifier, 2, data(rng=7), checkpoint=path)
    again = trained(classifier, 4, data(rng=7), number=2, checkpoint=path, resume=True)
    assert state(again)[:5] == state(whole)[:5]


@pytest.mark.parametrize("step", [7, 10, 13])
def test_shifts_of_the_images_go_on(step, tmp_path):
    def images(augment):
        return data(X.reshape(1, 3, 2, -1), augment=augment).asColumns()

    path = tmp_path / "run.safetensors"
    whole, unshifted = (trained(classifier, 4, images(augment)) for augment in (Shifts(1), None))
    assert state(whole)[0] != state(unshifted)[0]
    interrupted(classifier, path, step, 4, images(Shifts(1)))
    again = trained(classifier, 4, images(Shifts(1)), number=2, checkpoint=path, resume=True)
    assert state(again) == state(whole)
    with pytest.raises(CheckpointError, match=r"augment was 'Shifts\(pixels=1\)' there and is None here"):
        trained(classifier, 5, images(None), checkpoint=path, resume=True)


def test_what_was_changed_on_the_way_stays_changed(tmp_path):
    path = tmp_path / "run.safetensors"

    def change(model):
        def halfway(index, value):
            if index >= 200:
                model.encoder.layers[0].optimizer.lr = 0.1
                model.decoder.layers[0].trainable = False
                model.beta = 0.25

        return {"train_loss": halfway}

    def run(epochs, **options):
        dataset = data()
        seed(1)
        model = vae()
        model.train(dataset, epochs=epochs, callbacks=change(model), **options)
        return model

    whole = run(4)
    run(2, checkpoint=path)
    again = trained(vae, 4, number=2, checkpoint=path, resume=True)
    assert again.beta == 0.25
    assert state(again) == state(whole)


class Remembering(Optimizer):
    """With a state and settings of its own."""

    stateNames = ("average",)

    def __init__(self, *, lr=0.1, decays=(0.5, 0.9)):
        super().__init__(lr=lr)
        self.decays = decays

    def _step(self, theta, gradient, state, step, work):
        state["average"] *= self.decays[0]
        state["average"] += gradient
        theta -= step * state["average"]


def test_an_optimizer_of_ones_own_goes_on(tmp_path):
    def make():
        return MLP([Dense(6, 2, Softmax(), Remembering())])

    path = tmp_path / "run.safetensors"
    trained(make, 2, checkpoint=path)
    again = trained(make, 4, number=2, checkpoint=path, resume=True)
    assert again.layers[0].optimizer.decays == (0.5, 0.9)
    assert state(again) == state(trained(make, 4))


class Forgetful(Remembering):
    """Gives itself an attribute in its first step, and fills another one."""

    last = None

    def __init__(self, *, lr=0.1):
        super().__init__(lr=lr)
        self.seen = None

    def _step(self, theta, gradient, state, step, work):
        super()._step(theta, gradient, state, step, work)
        self.norm = np.linalg.norm(gradient)  # a number of NumPy's
        self.seen = [*(self.seen or []), 1][-3:]


def test_an_optimizer_may_give_itself_attributes(tmp_path):
    def make():
        return MLP([Dense(6, 2, Softmax(), Forgetful())])

    path = tmp_path / "run.safetensors"
    trained(make, 2, checkpoint=path)
    again = trained(make, 4, number=2, checkpoint=path, resume=True)
    whole = trained(make, 4)
    assert again.layers[0].optimizer.norm == whole.layers[0].optimizer.norm
    assert again.layers[0].optimizer.seen == [1, 1, 1]
    assert state(again)[0] == state(whole)[0]


def test_a_callback_may_set_numpys_numbers(tmp_path):
    dataset, model = data(), classifier()

    def halve(index, value):
        for layer in model.layers:
            layer.optimizer.learningRate *= np.float64(0.5)

    model.train(dataset, epochs=2, callbacks={"train_loss": halve}, checkpoint=tmp_path / "run.safetensors")
    assert Model.load(tmp_path / "run.safetensors").layers[0].optimizer.learningRate == 0.075


class Own(Schedule):
    def __init__(self, function):
        self.function = function

    def __call__(self, epoch, epochs):
        return self.function(epoch / epochs)


def test_a_schedule_of_ones_own_is_known_again(tmp_path):
    path = tmp_path / "run.safetensors"
    interrupted(classifier, path, 9, epochs=3, schedule=Own(lambda x: 1 - x))
    again = trained(classifier, 3, number=2, checkpoint=path, resume=True, schedule=Own(lambda x: 1 - x))
    assert state(again) == state(trained(classifier, 3, schedule=Own(lambda x: 1 - x)))


def test_the_same_command_begins_and_goes_on(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trained(classifier, 2)
    assert state(trained(classifier, 2, checkpoint=path, resume=True)) == state(whole)


def test_the_run_folder_goes_on_too(tmp_path):
    folders = tmp_path / "whole", tmp_path / "parts"
    trained(classifier, 4, folder=folders[0])
    trained(classifier, 2, folder=folders[1], checkpoint=tmp_path / "run.safetensors")
    trained(classifier, 4, number=2, folder=folders[1], checkpoint=tmp_path / "run.safetensors", resume=True)
    for name in ("metrics.csv", "steps.crc"):
        assert (folders[1] / name).read_bytes() == (folders[0] / name).read_bytes()


# The files ---------------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_the_model_and_its_best_weights_are_beside_it(tmp_path):
    checkpoint = Checkpoint(tmp_path / "run.safetensors", metric="test_loss")
    model = trained(classifier, 30, checkpoint=checkpoint, metrics=["train_loss", "test_loss"])
    assert set(tmp_path.iterdir()) == {checkpoint.path, checkpoint.bestPath}
    assert np.array_equal(Model.load(checkpoint.path).predict(X), model.predict(X))
    losses = Model.load(checkpoint.bestPath).evaluate(data())["loss"]
    assert losses == pytest.approx(min(model.history["test_loss"]), rel=1e-6)


def test_after_early_stopping_the_model_has_the_weights_of_the_best_file(tmp_path):
    checkpoint = Checkpoint(tmp_path / "run.safetensors")
    options = {"metrics": ["test_accuracy"], "earlyStopping": EarlyStopping("test_accuracy", patience=2)}
    model = trained(classifier, 200, checkpoint=checkpoint, **options)
    best = Model.load(checkpoint.bestPath).weights()
    assert all(np.array_equal(array, best[name]) for name, array in model.weights().items())


def test_the_weights_of_an_entry_at_which_the_training_fails_are_compared_too(tmp_path):
    model, checkpoint = classifier(), Checkpoint(tmp_path / "run.safetensors")

    def fail(index, value):
        raise RuntimeError("the callback fails")

    with pytest.raises(RuntimeError, match="the callback fails"):
        model.train(data(), epochs=1, callbacks={"train_loss": fail}, checkpoint=checkpoint)
    best = Model.load(checkpoint.bestPath).weights()
    assert all(np.array_equal(best[name], array) for name, array in model.weights().items())


def test_the_best_weights_are_kept_however_a_training_ends(tmp_path):
    dataset, model = data(), classifier()
    checkpoint = Checkpoint(tmp_path / "run.safetensors")

    def fail(index, value):
        if index > 200:
            raise RuntimeError("the callback fails")

    with pytest.raises(RuntimeError, match="the callback fails"):
        model.train(dataset, epochs=4, callbacks={"train_loss": fail}, checkpoint=checkpoint)
    best = Model.load(checkpoint.bestPath).evaluate(dataset)["loss"]
    assert best == pytest.approx(min(model.history["test_loss"]), rel=1e-6)


def test_weights_that_overflowed_do_not_replace_good_ones(tmp_path):
    path = tmp_path / "run.safetensors"
    dataset, model = data(), MLP([Dense(6, 8, ReLU(), SGD(lr=0.1)), Dense(8, 2, Softmax(), SGD(lr=0.1))])

    def explode(index, value):
        model.layers[0].optimizer.lr = 1e300 if index >= 200 else 0.1

    with pytest.raises(DivergenceError):
        model.train(
            dataset, epochs=4, callbacks={"train_loss": explode}, checkpoint=Checkpoint(path, seconds=0), watch=False
        )
    assert all(np.isfinite(array).all() for array in Model.load(path).weights().values())


def test_a_training_without_a_metric_has_no_best_weights(tmp_path):
    trained(gan, 1, checkpoint=tmp_path / "run.safetensors", metrics=["train_diversity"])
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]


def test_an_earlier_checkpoint_is_kept(tmp_path):
    path = tmp_path / "run.safetensors"
    trained(classifier, 1, checkpoint=path)
    before = path.read_bytes()
    trained(classifier, 2, number=3, checkpoint=path)
    assert (tmp_path / "run.1.safetensors").read_bytes() == before
    assert path.read_bytes() != before


def test_what_a_killed_process_left_is_removed(tmp_path):
    others = ["other.safetensors.123-0123abcd.part", "run.safetensors.video.part"]
    for name in ("run.safetensors.123-0123abcd.part", *others):
        (tmp_path / name).write_bytes(b"half")
    trained(classifier, 1, checkpoint=tmp_path / "run.safetensors")
    assert sorted(path.name for path in tmp_path.glob("*.part")) == others


def test_a_link_stays_a_link_and_a_private_file_private(tmp_path):
    (tmp_path / "disk").mkdir()
    path = tmp_path / "run.safetensors"
    path.symlink_to(tmp_path / "disk" / "run.safetensors")
    (tmp_path / "disk" / "run.safetensors").touch(0o600)
    classifier().save(path)
    assert path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert Model.load(tmp_path / "disk" / "run.safetensors").numParameters() == classifier().numParameters()


def test_the_run_folder_of_another_training_is_kept(tmp_path):
    path = tmp_path / "run.safetensors"
    trained(classifier, 1, checkpoint=path)
    trained(vae, 2, folder=tmp_path / "run")
    before = (tmp_path / "run" / "metrics.csv").read_bytes()
    trained(classifier, 3, checkpoint=path, resume=True, folder=tmp_path / "run")
    assert (tmp_path / "run" / "metrics.1.csv").read_bytes() == before


def test_fingerprints_follow_what_learns(tmp_path):
    def run(epochs, **options):
        dataset = data()
        seed(1)
        model = classifier()

        def freeze(index, value):
            model.layers[1].trainable = index < 150

        model.train(dataset, epochs=epochs, callbacks={"train_loss": freeze}, **options)

    run(4, folder=tmp_path / "whole")
    run(2, folder=tmp_path / "parts", checkpoint=tmp_path / "run.safetensors")
    run(4, folder=tmp_path / "parts", checkpoint=tmp_path / "run.safetensors", resume=True)
    assert (tmp_path / "parts" / "steps.crc").read_bytes() == (tmp_path / "whole" / "steps.crc").read_bytes()


def test_a_full_disk_shows_before_the_first_step(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        trained(classifier, 1, checkpoint=tmp_path / "run.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_later_does_not_end_the_training(tmp_path, monkeypatch):
    path, count, sync = tmp_path / "run.safetensors", 0, os.fsync

    def fills(descriptor):
        nonlocal count
        count += 1
        if count > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr("os.fsync", fills)
    with pytest.warns(RuntimeWarning, match=r"safetensors cannot be written: No space left"):
        whole = trained(classifier, 4, checkpoint=Checkpoint(path, seconds=0))
    monkeypatch.undo()
    assert [file.name for file in tmp_path.glob("*.part")] == []
    assert state(trained(classifier, 4, number=2, checkpoint=path, resume=True)) == state(whole)


def test_what_cannot_be_kept_is_said_before_the_first_step(tmp_path):
    model = classifier()
    model.layers[0].optimizer.note = X
    with pytest.raises(TypeError, match="cannot be kept in a checkpoint.*ndarray"):
        model.train(data(), epochs=1, checkpoint=tmp_path / "run.safetensors")


# What does not fit ---------------------------------------------------------------------------------------------------


def test_without_a_checkpoint_there_is_nothing_to_resume():
    with pytest.raises(ValueError, match="say which one"):
        trained(classifier, 1, resume=True)


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (None, TypeError), (True, TypeError)],
)
def test_the_time_between_writings_is_checked(seconds, error):
    with pytest.raises(error, match="Checkpoint: expected seconds to be a finite number >= 0, got"):
        Checkpoint("run.safetensors", seconds)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        trained(classifier, 1, checkpoint=tmp_path / "missing" / "run.safetensors")


def test_a_folder_is_no_checkpoint(tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(IsADirectoryError, match="runs is a folder: give the path of a file as checkpoint"):
        trained(classifier, 1, checkpoint=tmp_path / "runs")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_the_metric_of_the_best_weights_must_be_measured(tmp_path):
    checkpoint = Checkpoint(tmp_path / "run.safetensors", metric="test_accuracy")
    with pytest.raises(ValueError, match="add it to metrics"):
        trained(classifier, 1, checkpoint=checkpoint, metrics=["train_loss"])


def wider():
    model = classifier()
    adam = model.layers[0].optimizer
    return MLP([Dense(6, 9, ReLU(), adam), Dense(9, 2, Softmax(), adam)], CategoricalCrossEntropy())


OTHERS = [
    ({"make": wider}, "another model, whose layers[0].outputDim was 8 and is 9 here"),
    ({"make": mixed}, "another model"),
    ({"dataset": lambda: data(shuffle=False)}, "shuffle was True there and is False here"),
    ({"dataset": lambda: data(batch_size=10)}, "batch size was 15"),
    ({"dataset": lambda: data(inputs=X * 0.5)}, "data (checksum of all samples)"),
    ({"metrics": ["train_loss"]}, "metrics was"),
    ({"schedule": Cosine(0.1)}, "schedule was None"),
    ({"entriesPerEpoch": 2}, "entriesPerEpoch was 1"),
    ({"earlyStopping": EarlyStopping("test_loss")}, "earlyStopping was None there and is 'test_loss, minDelta=0' here"),
    ({"epochs": 1}, "has gone through 2 epochs"),
]


@pytest.mark.parametrize(("changes", "message"), OTHERS)
def test_another_training_does_not_go_on_from_here(changes, message, tmp_path):
    path = tmp_path / "run.safetensors"
    trained(classifier, 2, checkpoint=path)
    before = path.read_bytes()
    arguments = {"make": classifier, "epochs": 3} | changes
    if "dataset" in arguments:
        arguments["dataset"] = arguments["dataset"]()
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared below
        trained(checkpoint=path, resume=True, **arguments)
    assert message in str(caught.value)
    assert path.read_bytes() == before


def test_the_best_weights_keep_their_metric(tmp_path):
    metrics = ["test_loss", "test_accuracy"]
    trained(classifier, 1, metrics=metrics, checkpoint=Checkpoint(tmp_path / "run", metric="test_loss"))
    other = Checkpoint(tmp_path / "run", metric="test_accuracy")
    with pytest.raises(CheckpointError, match="metric of the best weights was 'test_loss' there"):
        trained(classifier, 2, metrics=metrics, checkpoint=other, resume=True)


def test_a_saved_model_is_no_checkpoint(tmp_path):
    path = classifier().save(tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match="without the state of a training"):
        trained(classifier, 1, checkpoint=path, resume=True)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    trained(classifier, 1, checkpoint=path)
    content = bytearray(path.read_bytes())
    for damaged in (content[:-1], content[:100], b"", bytes([*content[:-1], content[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged"):
            trained(classifier, 2, checkpoint=path, resume=True)


# Interruption --------------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_the_step_and_keeps_it(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trained(classifier, 4, metrics=["train_loss"])
    dataset = data()
    seed(1)
    model = classifier()

    def interrupt(index, value):
        if index == 200:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        model.train(dataset, epochs=4, metrics=["train_loss"], callbacks={"train_loss": interrupt}, checkpoint=path)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert len(model.history.index) == 2
    assert state(trained(classifier, 4, number=2, metrics=["train_loss"], checkpoint=path, resume=True)) == state(whole)


def test_ctrl_c_in_the_last_step_is_not_lost(tmp_path):
    def interrupt(index, value):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        trained(classifier, 1, callbacks={"train_loss": interrupt}, checkpoint=tmp_path / "run.safetensors")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_after_the_last_step_is_not_lost(tmp_path):
    class Late(Listener):
        def end(self, course):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        trained(classifier, 1, listeners=[Late()], checkpoint=tmp_path / "run.safetensors")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_ends_it_at_once(tmp_path):
    reached = []

    def interrupt(index, value):
        signal.raise_signal(signal.SIGINT)
        reached.append(1)
        signal.raise_signal(signal.SIGINT)
        reached.append(2)

    with pytest.raises(KeyboardInterrupt):
        trained(classifier, 1, callbacks={"train_loss": interrupt}, checkpoint=tmp_path / "run.safetensors")
    assert reached == [1]


KILLED = """
import sys
from activations import LeakyReLU, ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from nn import GAN, MLP, VAE, Checkpoint, seed
from optimizer import Adam, Cosine

def classifier():
    return MLP([Dense(64, 100, ReLU()), Dense(100, 50, ReLU()), Dense(50, 10, Softmax())])
def vae():
    return VAE(MLP([Dense(64, 50, ReLU())]), Sampler(50, 8), MLP([Dense(8, 64, Sigmoid())]))
def gan():
    generator = MLP([Dense(8, 50, LeakyReLU(0.2)), Dense(50, 64, Sigmoid())])
    return GAN(generator, MLP([Dense(64, 50, LeakyReLU(0.2)), Dense(50, 1, Sigmoid())]))

kind, epochs, path, result = sys.argv[1:]
seed(3)
dataset, model = Dataset("digits"), {"classifier": classifier, "vae": vae, "gan": gan}[kind]()
print("ready", flush=True)
model.train(dataset, epochs=int(epochs), schedule=Cosine(), checkpoint=Checkpoint(path, seconds=0.005), resume=True)
model.save(result)
"""


@pytest.mark.parametrize("kind", ["gan", *(pytest.param(one, marks=pytest.mark.slow) for one in ("classifier", "vae"))])
def test_a_training_survives_being_killed(kind, tmp_path):
    """At random moments, in a step or while the checkpoint is written; LEIBNET_KILLS=30 for as many kills."""
    kills = int(os.environ.get("LEIBNET_KILLS", "3"))
    epochs, moments = 5 * kills + 10, random.Random(kind)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])}

    def start(path, result):
        finished = "ignore:nothing is left to be done"  # it may be killed after its last step
        options = ["-W", "error", "-W", finished]
        command = [sys.executable, *options, "-c", KILLED, kind, str(epochs), str(path), str(result)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        with process.stdout as output:
            assert output.readline() == "ready\n"
        return process

    path, results = tmp_path / "run.safetensors", [tmp_path / f"{name}.safetensors" for name in ("whole", "killed")]
    undisturbed, begin = start(tmp_path / "undisturbed.safetensors", results[0]), time.perf_counter()
    assert undisturbed.wait() == 0
    seconds = time.perf_counter() - begin
    killed = writing = 0
    while killed < kills:
        process = start(path, results[1])
        time.sleep(moments.uniform(0, 0.7 * seconds / kills))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        killed += 1
        writing += any(tmp_path.glob("*.part"))
    assert start(path, results[1]).wait() == 0
    print(f"{kind}: killed {killed} times, {writing} of them while it wrote")
    assert not any(tmp_path.glob("*.part"))
    assert killed > 0
    whole, again = (Model.load(result).weights() for result in results)
    assert all(np.array_equal(array, again[name]) for name, array in whole.items())


def pressed(path, **options):
    """What Ctrl-C in the middle of the second epoch raises."""

    def press(epoch, epochs):
        if epoch == 1 + 3 / 7:
            signal.raise_signal(signal.SIGINT)
        return 1.0

    with pytest.raises(KeyboardInterrupt) as caught:
        trained(classifier, 4, schedule=press, checkpoint=path, **options)
    return caught.value


def test_ctrl_c_says_where_the_training_is_kept(tmp_path):
    path = tmp_path / "run.safetensors"
    (note,) = pressed(path).__notes__
    assert note == f"the training is kept in {path}, after 1.57143 of 4 epochs; resume=True goes on from there"


def test_a_second_ctrl_c_says_what_was_kept_before(tmp_path):
    def press(epoch, epochs):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        return 1.0

    with pytest.raises(KeyboardInterrupt) as caught:
        trained(classifier, 4, schedule=press, checkpoint=tmp_path / "run")
    (note,) = caught.value.__notes__
    assert note.startswith(f"the training is kept in {tmp_path / 'run'}, after 0 of 4 epochs")


def test_a_training_that_is_not_interrupted_says_nothing(tmp_path):
    def fail(index, value):
        raise ZeroDivisionError

    outer = KeyboardInterrupt()
    try:
        raise outer
    except KeyboardInterrupt:
        trained(classifier, 1, checkpoint=tmp_path / "run")  # while another error is handled
    with pytest.raises(ZeroDivisionError) as caught:
        trained(classifier, 2, checkpoint=tmp_path / "run", callbacks={"test_loss": fail})
    assert not any(hasattr(error, "__notes__") for error in (outer, caught.value))
