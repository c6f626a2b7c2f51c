"""Writes the files of earlier versions that test_files_of_before.py reads, and what those versions made of them.

It ran in clones of two commits, with NumPy 2.4.6, on one thread:

    OPENBLAS_NUM_THREADS=1 PYTHONPATH=<clone of e26cfd1> python -P make.py format1     files of format 1; no checkpoints
    OPENBLAS_NUM_THREADS=1 PYTHONPATH=<clone of 4c71e4d> python -P make.py format2     files of format 2

Do not run it with a later version: what a file of before is, only the version of then can say. The test takes the
definitions here and no more, so they keep to names that all versions have.

The folder has, for every entry of MODELS, a file NAME.safetensors; for every one of TRAININGS a checkpoint
NAME.safetensors from the middle of an epoch, and the model at the end of the resumed training, NAME.end.safetensors.
stopping.best.safetensors is the file of the best weights beside a checkpoint. expected.json has outputs, histories, and
what computed them; an array there has the precision of its model.
"""

from __future__ import annotations  # noqa: I001 - nn comes before NumPy, whose kernels it may choose

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nn

import numpy as np
from threadpoolctl import threadpool_info

from activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import GAN, MLP, PCA, VAE, Autoencoder, EarlyStopping, GaussianNoise, Masking, SaltAndPepper
from optimizer import SGD, Adam, Cosine, WarmUp

STOP = 6  # the entry, four to an epoch, at which a training is stopped
EPOCHS = 3


class Stopped(Exception):
    """The training shall not go on."""


def numbers(rows: int, columns: int, start: int = 1) -> np.ndarray:
    """Numbers from 0 to 1 that are the same on every machine."""
    return (7919 * np.arange(start, start + rows * columns) % 101 / 100).reshape(rows, columns)


def data(**settings: Any) -> Dataset:
    """36 and 12 samples of 6 features, in three classes, of which the largest of the first three features decides."""
    train, test = numbers(6, 36), numbers(6, 12, start=50)
    parts = {"testInputs": test, "testLabels": test[:3].argmax(axis=0), "batch_size": 5, "rng": 4}
    return Dataset.fromArrays(train, train[:3].argmax(axis=0), **parts | settings)


def adam() -> Adam:
    return Adam(lr=0.01)


# Models -----------------------------------------------------------------------------------------------------------


def everything() -> MLP:
    """Every activation, every setting of the optimizers but the decay of weights, a frozen layer."""
    adam = Adam(learningRate=0.05, beta1=0.8, beta2=0.99, epsilon=1e-7, clipNorm=1.0)
    layers = [
        Dense(6, 5, ReLU(), adam, "he_uniform"),
        Dense(5, 5, LeakyReLU(0.2), SGD(lr=0.02, momentum=0.9, nesterov=True)),
        Dense(5, 5, ELU(0.5), SGD(learningRate=0.1, clipNorm=2.0)),
        Dense(5, 5, Tanh()),
        Dense(5, 5, Sigmoid(), SGD(lr=0.02, momentum=0.5)),
        Dense(5, 5),
        Dense(5, 3, Softmax()),
    ]
    network = MLP(layers, CategoricalCrossEntropy())
    network.freeze(3)
    return network


def noLoss() -> MLP:
    return MLP([Dense(6, 4, Tanh(), adam()), Dense(4, 3, Sigmoid(), adam())])


def decaying() -> MLP:
    optimizer = SGD(learningRate=0.1, weightDecay=0.2)
    return MLP([Dense(6, 4, Tanh(), Adam(lr=0.01, weightDecay=0.1)), Dense(4, 3, Softmax(), optimizer)])


def autoencoder(corruption: Any = None) -> Autoencoder:
    encoder, decoder = MLP([Dense(6, 3, ReLU(), adam())]), MLP([Dense(3, 6, Sigmoid(), adam())])
    return Autoencoder(encoder, decoder, corruption=corruption)


def vae(loss: Any, last: Any, **settings: Any) -> VAE:
    encoder, decoder = MLP([Dense(6, 5, ReLU(), adam())]), MLP([Dense(2, 6, last, adam())])
    return VAE(encoder, Sampler(5, 2, adam()), decoder, loss, **settings)


def gan(**settings: Any) -> GAN:
    generator = MLP([Dense(2, 5, LeakyReLU(0.2), adam()), Dense(5, 6, Sigmoid(), adam())])
    discriminator = MLP([Dense(6, 5, LeakyReLU(0.2), adam()), Dense(5, 1, Sigmoid(), adam())])
    return GAN(generator, discriminator, **settings)


def trained(model: Any, **settings: Any) -> Any:
    model.train(data(**settings), epochs=1, metrics=[], progress=False)
    return model


MODELS: dict[str, Callable[[], Any]] = {
    "mlp": lambda: trained(everything()),
    "mlp-without-loss": lambda: trained(noLoss()),
    "mlp-float64": lambda: trained(noLoss(), dtype=np.float64),
    "mlp-decay": lambda: trained(decaying()),
    "pca": lambda: PCA(3).fit(numbers(6, 36)),
    "pca-whitened": lambda: PCA(method="svd", whiten=True).fit(numbers(6, 36)),
    "autoencoder": lambda: trained(autoencoder()),
    "autoencoder-gaussian": lambda: trained(autoencoder(GaussianNoise(0.3, clip=None))),
    "autoencoder-masking": lambda: trained(autoencoder(Masking(0.4, value=0.5))),
    "autoencoder-salt": lambda: trained(autoencoder(SaltAndPepper(0.3, low=0.1, high=0.9))),
    "vae": lambda: trained(vae(MSE(variance=0.1), None, beta=2.0, warmUp=0.5)),
    "vae-bernoulli": lambda: trained(vae(CrossEntropy(), Sigmoid())),
    "gan": lambda: trained(gan(smoothing=0.8, generatorLoss="minimax", instanceNoise=0.2)),
}


def outputs(model: Any) -> dict[str, Any]:
    """What a model makes of fixed inputs."""
    inputs = numbers(6, 3, start=30)
    if isinstance(model, MLP):
        found = {"predict": model.predict(inputs)}
    elif isinstance(model, PCA):
        found = {"transform": model.transform(inputs), "reconstruct": model.reconstruct(inputs)}
    elif isinstance(model, GAN):
        found = {"sample": model.generator.predict(numbers(2, 3)), "judge": model.discriminator.predict(inputs)}
    elif isinstance(model, VAE):
        mean, logVariance = model.encode(inputs)
        found = {"mean": mean, "logVariance": logVariance, "reconstruct": model.reconstruct(inputs)}
    else:
        found = {"encode": model.encode(inputs), "reconstruct": model.reconstruct(inputs)}
    return {name: [[float(str(x)) for x in row] for row in array] for name, array in found.items()}  # few digits


def learned(model: Any) -> dict[str, Any]:
    """`outputs` after one more epoch: optimizers, loss and all other settings must be what they were."""
    nn.seed(3)
    return outputs(trained(model, dtype=model.weights()[next(iter(model.weights()))].dtype))


# Trainings: the model, the data set, and other arguments of `train` -----------------------------------------------


def classifier(optimizer: Any, frozen: bool = False) -> MLP:
    network = MLP([Dense(6, 6, ReLU(), optimizer), Dense(6, 6, Tanh(), optimizer), Dense(6, 3, Softmax(), optimizer)])
    if frozen:
        network.freeze(1)
    return network


ALL = ["train_loss", "test_loss", "test_accuracy"]
TRAININGS: dict[str, Callable[[], tuple[Any, Dataset, dict[str, Any]]]] = {
    "adam": lambda: (
        classifier(Adam(lr=0.02)),
        data(),
        {"metrics": ALL, "schedule": WarmUp(1, Cosine(0.1))},
    ),
    "decay": lambda: (
        classifier(Adam(lr=0.02, weightDecay=0.1)),
        data(),
        {"metrics": ["train_loss"]},
    ),
    "momentum": lambda: (
        classifier(SGD(learningRate=0.5, momentum=0.9, nesterov=True, clipNorm=1.0), frozen=True),
        data(rng=None, dtype=np.float64),
        {"metrics": ALL, "loss": CrossEntropy()},
    ),
    "stopping": lambda: (
        classifier(Adam(lr=0.03)),
        data(validation_size=10, batch_size=3),
        {"metrics": ["validation_loss"], "earlyStopping": EarlyStopping(patience=3, minDelta=0.4)},
    ),
    "denoising": lambda: (
        autoencoder(GaussianNoise(0.3)),
        data(),
        {"metrics": ["train_loss", "test_squared_error"]},
    ),
    "masking": lambda: (  # which has a generator of its own
        autoencoder(Masking(0.4, rng=5)),
        data(),
        {"metrics": ["train_loss", "test_squared_error"]},
    ),
    "variational": lambda: (
        vae(CrossEntropy(), Sigmoid(), beta=2.0, warmUp=2.0),
        data(),
        {"metrics": ["train_loss", "train_kl", "test_reconstruction"]},
    ),
    "adversarial": lambda: (
        gan(instanceNoise=0.3, rng=7),
        data(),
        {"metrics": ["train_discriminator_loss", "train_generator_loss", "train_diversity", "test_diversity"]},
    ),
}


def train(name: str, checkpoint: Any, resume: bool) -> Any:
    """The model after a training from its beginning to STOP, or after one that is resumed and goes to its end."""
    nn.seed(9 if resume else 2)  # all random numbers after the stop come from the checkpoint
    model, samples, arguments = TRAININGS[name]()
    entries = []

    def stop(index: int, value: float) -> None:
        entries.append(index)
        if len(entries) == STOP and not resume:
            raise Stopped

    settings = {"epochs": EPOCHS, "entriesPerEpoch": 4, "progress": False, "watch": False}
    try:
        callbacks = {arguments["metrics"][0]: stop}
        model.train(samples, checkpoint=checkpoint, resume=resume, callbacks=callbacks, **settings, **arguments)
    except Stopped:
        pass
    return model


def history(model: Any) -> dict[str, Any]:
    """What the history of the model's last training says."""
    entries = {name: list(model.history[name]) for name in model.history}
    return {"index": model.history.index, "bestIndex": model.history.bestIndex, "entries": entries}


# Making the files -------------------------------------------------------------------------------------------------


def machine() -> dict[str, Any]:
    """What the last bits of a result depend on."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    kernels = sorted({str(pool.get("architecture")) for pool in threadpool_info() if pool["user_api"] == "blas"})
    return {"numpy": np.__version__, "kernels": kernels, "simd": sorted({*simd["baseline"], *simd.get("found", ())})}


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    commit = ["git", "-C", os.environ["PYTHONPATH"], "rev-parse", "HEAD"]
    said = {"commit": subprocess.check_output(commit, text=True).strip(), "machine": machine()}
    models = said["models"] = {}
    for name, make in MODELS.items():
        nn.seed(1)
        path = make().save(folder / f"{name}.safetensors")
        model = (PCA if name.startswith("pca") else nn.Model).load(path)
        models[name] = {"kind": type(model).__name__, "outputs": outputs(model)}
        if not isinstance(model, PCA):
            models[name]["learned"] = learned(model)
    if hasattr(nn, "Checkpoint"):
        trainings = said["trainings"] = {}
        for name in TRAININGS:
            path = folder / f"{name}.safetensors"
            train(name, nn.Checkpoint(path, seconds=0), resume=False)
            with TemporaryDirectory() as copies:
                model = train(name, shutil.copy(path, copies), resume=True)
            model.save(folder / f"{name}.end.safetensors")
            if name != "stopping":  # one such file is enough
                path.with_suffix(".best.safetensors").unlink(missing_ok=True)
            trainings[name] = history(model) | {"outputs": outputs(model)}
    (folder / "expected.json").write_text(json.dumps(said, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(__file__).parent / sys.argv[1])
