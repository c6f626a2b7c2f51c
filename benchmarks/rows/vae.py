"""The variational autoencoder 784-400-20-400-784, and PyTorch's example of the same beside it."""

from __future__ import annotations

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import ReLU, Sigmoid
from dataset import Dataset
from layers import Dense, Sampler
from nn import MLP, VAE
from optimizer import Adam, Cosine
from rows.samples import judge, quality

MODEL = "VAE 784-400-20-400-784, ten epochs"
SAMPLES = "its samples: "
WAY = "the classifier's certainty on the way between two digits: "


@row(
    [
        Figure(
            "negative ELBO", MODEL, "negative ELBO", "nats", 1, "lower",
            Another("pytorchVAE", "negative ELBO", "PyTorch's example"),
        ),
        Figure("negative ELBO, 1,000", MODEL, "negative ELBO of 1,000 images, 100 draws", "nats", 1, "lower"),
        Figure(
            "10 draws", MODEL, "-ln p(x) of these by 10 draws", "nats", 1, "lower",
            Another("vae", "negative ELBO, 1,000", "negative ELBO"),
        ),
        Figure(
            "100 draws", MODEL, "-ln p(x) of these by 100 draws", "nats", 1, "lower",
            Another("vae", "10 draws", "10 draws"),
        ),
        Figure("active units", MODEL, "active units of 20", "", 1, "higher"),
        Figure(
            "certainty, codes", MODEL, f"{WAY}codes", "%", 1, "higher",
            Another("vae", "certainty, pixels", "blended pixels"),
        ),
        Figure("certainty, pixels", MODEL, f"{WAY}pixels", "%", 1),
        Figure(
            "Fréchet distance", MODEL, f"{SAMPLES}Fréchet distance", "", 1, "lower",
            Another("controls", "training set", "training set"),
        ),
        Figure(
            "digits", MODEL, f"{SAMPLES}digits covered", "", 1, "higher",
            anchor="10", source="all ten digits", checked=True,
        ),
        Figure(
            "divergence", MODEL, f"{SAMPLES}divergence of their digits from uniform", "nats", 3, "lower",
            anchor="0", source="ten digits, equally frequent", checked=True,
        ),
    ],
    seconds=150,
)  # fmt: skip
def vae(now: Setting) -> dict[str, float]:
    dataset, critic = Dataset(now.images, batch_size=128), judge(now)
    pixels, adam = dataset.inputDim, Adam(lr=0.003)
    decoder = MLP([Dense(20, 400, ReLU(), adam), Dense(400, pixels, Sigmoid(), adam)])
    model = VAE(MLP([Dense(pixels, 400, ReLU(), adam)]), Sampler(400, 20, adam), decoder)
    model.train(dataset, epochs=now.epochs(10), metrics=[], schedule=Cosine())
    test, labels = dataset.testSet()
    some, classes = test[:, :1000], labels.argmax(axis=0)
    pairs = [(i, i + 1) for i in range(0, some.shape[1] - 1, 2) if classes[i] != classes[i + 1]]
    left, right = (test[:, list(side)] for side in zip(*pairs, strict=True))
    codes = _way(*(model.encode(x)[0] for x in (left, right)))
    return {
        "negative ELBO": model.evaluate(dataset)["loss"],
        "negative ELBO, 1,000": -float(model.elbo(some, 100, rng=0).mean()),
        "10 draws": -float(model.logLikelihood(some, 10, rng=0).mean()),
        "100 draws": -float(model.logLikelihood(some, 100, rng=0).mean()),
        "active units": int(model.activeUnits(test).sum()),
        "certainty, codes": 100 * float(critic.classifier.predict(model.decode(codes)).max(axis=0).mean()),
        "certainty, pixels": 100 * float(critic.classifier.predict(_way(left, right)).max(axis=0).mean()),
    } | quality(critic.judge(model.sample(10_000, rng=0)))


def _way(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Eleven points from every column of a to that of b, the ends among them."""
    return np.concatenate([(1 - alpha) * a + alpha * b for alpha in np.linspace(0, 1, 11)], axis=1)


@row(
    [
        Figure(
            "negative ELBO", "PyTorch's example of that VAE, ten epochs", "negative ELBO", "nats", 1, "",
            anchor="105.6",
            source="a run of the example in the README of github.com/kampta/pytorch-distributions", checked=True,
        )
    ],
    seconds=120,
    needs=("mnist", "torch"),
)  # fmt: skip
def pytorchVAE(now: Setting) -> dict[str, float]:
    """The network and settings of github.com/pytorch/examples, vae/main.py: Adam with lr 0.001, batches of 128."""
    import torch
    from torch.nn import functional

    torch.manual_seed(now.seed)
    torch.set_num_threads(now.threads)
    dataset = Dataset(now.images)
    pixels = dataset.inputDim
    x, test = (torch.from_numpy(np.ascontiguousarray(one()[0].T)) for one in (dataset.trainSet, dataset.testSet))
    encoder = torch.nn.Sequential(torch.nn.Linear(pixels, 400), torch.nn.ReLU())
    heads = torch.nn.ModuleList([torch.nn.Linear(400, 20), torch.nn.Linear(400, 20)])
    decoder = torch.nn.Sequential(torch.nn.Linear(20, 400), torch.nn.ReLU(), torch.nn.Linear(400, pixels))
    adam = torch.optim.Adam([*encoder.parameters(), *heads.parameters(), *decoder.parameters()], lr=0.001)

    def loss(batch: torch.Tensor) -> torch.Tensor:
        mean, log_variance = (head(encoder(batch)) for head in heads)
        code = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        divergence = -0.5 * torch.sum(1 + log_variance - mean**2 - log_variance.exp())
        return functional.binary_cross_entropy_with_logits(decoder(code), batch, reduction="sum") + divergence

    for _ in range(now.epochs(10)):
        for batch in x[torch.randperm(len(x))].split(128):
            adam.zero_grad()
            loss(batch).backward()
            adam.step()
    with torch.no_grad():
        return {"negative ELBO": float(loss(test)) / len(test)}
