"""What runs in a process of one tree: trainings to be resumed, and workloads to be timed.

    python inside.py describe                   what computes, and the names of both, as JSON
    python inside.py begin TRAINING FOLDER      until it is stopped in the middle of an epoch
    python inside.py resume TRAINING FOLDER     from the checkpoint in the folder to the end
    python inside.py serve WORKLOAD             reads a number of epochs a line, answers seconds

Only names that both trees have are used here; what they call differently is at the end.
"""

from __future__ import annotations  # noqa: I001 - nn comes before NumPy, whose kernels it may choose

import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import nn

import numpy as np
from threadpoolctl import threadpool_info

from activations import LeakyReLU, ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from nn import GAN, MLP, VAE, Autoencoder, Checkpoint, EarlyStopping, GaussianNoise
from optimizer import SGD, Adam, Cosine

STOP = 6  # the entry, four to an epoch, at which a training is stopped
SAME = Adam(lr=1e-7)  # hardly moves: the last block computes with the numbers of the first


class Stopped(Exception):
    """The training shall not go on."""


def network(optimizer: Any, *sizes: int, hidden: Any = ReLU, last: Any = None) -> MLP:
    """A chain of dense layers of these sizes."""
    functions = [hidden() for _ in sizes[2:]] + [last]
    return MLP([Dense(*pair, function, optimizer) for pair, function in zip(pairwise(sizes), functions, strict=True)])


def leaky() -> LeakyReLU:
    return LeakyReLU(0.2)


# Trainings: the model, the data set, the metrics, and other arguments of `train` -----------------------------------

Training = tuple[Any, Dataset, list[str], dict[str, Any]]


def classifier(optimizer: Any) -> Training:
    metrics = ["train_loss", "test_loss", "test_accuracy"]
    return network(optimizer, 64, 30, 10, last=Softmax()), Dataset("digits"), metrics, {}


def stopping() -> Training:
    data = Dataset("digits", train_size=300, validation_size=200, batch_size=20)
    rule = EarlyStopping(patience=2, minDelta=0.15)
    return network(Adam(lr=0.01), 64, 30, 10, last=Softmax()), data, ["validation_loss"], {"earlyStopping": rule}


def denoising() -> Training:
    encoder, decoder = network(Adam(), 64, 30, last=ReLU()), network(Adam(), 30, 64, last=Sigmoid())
    model = Autoencoder(encoder, decoder, corruption=GaussianNoise(0.5))
    return model, Dataset("digits"), ["train_loss", "test_squared_error"], {"schedule": Cosine()}


def variational() -> Training:
    encoder, decoder = network(Adam(), 64, 30, last=ReLU()), network(Adam(), 5, 30, 64, last=Sigmoid())
    model = VAE(encoder, Sampler(30, 5, Adam()), decoder, warmUp=2)
    return model, Dataset("digits"), ["train_loss", "train_kl", "test_loss"], {}


def adversarial() -> Training:
    adam = Adam(lr=0.001, beta1=0.5)
    generator, discriminator = network(adam, 2, 32, 2, hidden=leaky), network(adam, 2, 32, 1, last=Sigmoid())
    metrics = ["train_discriminator_loss", "train_generator_loss", "train_diversity"]
    return GAN(generator, discriminator, instanceNoise=0.3), Dataset("ring", train_size=2000, rng=0), metrics, {}


TRAININGS = {
    "resumed: classifier, Adam": lambda: classifier(Adam(lr=0.003, weightDecay=0)),
    "resumed: classifier, clipNorm": lambda: classifier(Adam(lr=0.003, clipNorm=0.5)),
    "resumed: classifier, momentum": lambda: classifier(SGD(lr=0.05, momentum=0.9)),
    "resumed: classifier, early stopping": stopping,
    "resumed: denoising autoencoder": denoising,
    "resumed: VAE, warm-up": variational,
    "resumed: GAN, instance noise": adversarial,
}


def train(name: str, folder: Path, resume: bool) -> None:
    """Begins a training and stops it, or goes on to its end; then prints the history and saves the model."""
    nn.seed(int(resume))  # all random numbers after the stop come from the checkpoint
    model, data, metrics, arguments = TRAININGS[name]()
    entries = []

    def stop(index: int, value: float) -> None:
        entries.append(index)
        if len(entries) == STOP and not resume:
            raise Stopped

    arguments |= {"callbacks": {metrics[0]: stop}, "progress": False, "watch": False, "resume": resume}
    checkpoint = Checkpoint(folder / "checkpoint.safetensors", seconds=0)
    try:
        history = model.train(
            data, epochs=4, metrics=metrics, entriesPerEpoch=4, folder=folder, checkpoint=checkpoint, **arguments
        )
    except Stopped:
        return
    for metric in metrics:
        for index, value in zip(history.index, history[metric], strict=True):
            print(f"{metric} at index {index}: {value!r}")
    print("best", history.bestIndex)
    model.save(folder / "model.safetensors")


# Workloads: the lecture's models on random data -------------------------------------------------------------------


def lectureClassifier() -> MLP:
    return network(SAME, 784, 100, 50, 10, last=Softmax())


def lectureVAE() -> VAE:
    encoder, decoder = network(SAME, 784, 256, last=ReLU()), network(SAME, 32, 256, 784, last=Sigmoid())
    return VAE(encoder, Sampler(256, 32, SAME), decoder)


def lectureGAN() -> GAN:
    generator = network(SAME, 100, 256, 512, 1024, 784, hidden=leaky, last=Sigmoid())
    return GAN(generator, network(SAME, 784, 1024, 512, 256, 1, hidden=leaky, last=Sigmoid()))


# name: model, training samples, batch size, metrics, epochs in a block (None: as many as take about 0.3 s)
WORKLOADS: dict[str, tuple[Any, int, int, list[str], int | None]] = {
    "classifier, batch 10": (lectureClassifier, 1000, 10, ["train_loss"], None),
    "classifier, batch 50": (lectureClassifier, 2500, 50, ["train_loss"], None),
    "VAE, batch 10": (lectureVAE, 200, 10, ["train_loss"], None),
    "GAN, batch 50": (lectureGAN, 250, 50, ["train_generator_loss"], None),
    "two epochs of train": (lectureClassifier, 10_000, 50, ["train_loss", "test_loss"], 2),
}


def serve(name: str) -> None:
    """Reads numbers of epochs from standard input, trains, and answers in seconds."""
    make, samples, batch, metrics, _ = WORKLOADS[name]
    nn.seed(0)
    rng, model = np.random.default_rng(0), make()
    images, labels = rng.random((784, samples + 1000), dtype=np.float32), rng.integers(0, 10, samples + 1000)
    data = Dataset.fromArrays(images, labels, train_size=samples, test_size=1000, batch_size=batch, rng=0)
    with os.fdopen(os.dup(1), "w") as channel:
        os.dup2(2, 1)  # what the tree prints is no answer
        for line in sys.stdin:
            start = time.perf_counter()
            model.train(data, epochs=int(line), metrics=metrics, progress=False, watch=False)
            print(time.perf_counter() - start, file=channel, flush=True)


def describe() -> None:
    """ImportError where the packages that Python has found are not those of the tree."""
    if nn.__file__ is None or not Path(nn.__file__).is_relative_to(TREE):
        raise ImportError(f"there is no package nn in {TREE}; elsewhere there is {nn.__file__ or list(nn.__path__)}")
    kernels = sorted({str(pool.get("architecture")) for pool in threadpool_info() if pool["user_api"] == "blas"})
    products = f"NumPy {np.__version__}, {', '.join(kernels) or 'unknown'} kernels"
    workloads = {name: epochs for name, (*_, epochs) in WORKLOADS.items()}
    print(json.dumps({"products": products, "trainings": list(TRAININGS), "workloads": workloads}))


# What the trees call differently ----------------------------------------------------------------------------------

TREE = Path(os.environ["PYTHONPATH"])
if (TREE / "blas" / "threads.py").exists():
    from blas import threads
else:
    from leibnet import threads

if __name__ == "__main__":
    threads(1)
    action, *names = sys.argv[1:]
    if action == "describe":
        describe()
    elif action == "serve":
        serve(*names)
    else:
        train(names[0], Path(names[1]), resume=action == "resume")
