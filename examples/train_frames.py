"""Trains a beta-VAE on frames of a game of two paddles and a ball: does it find what moves, as in the third lecture?

    python examples/train_frames.py
    python examples/train_frames.py --epochs 45
    python examples/train_frames.py --decoder dense
    python examples/train_frames.py --skill 1

Nobody tells it that there is a ball: it sees 32 x 32 pixels. Its decoder tells every pixel where it lies (the spatial
broadcast decoder of Watters et al. 2019, arXiv:1901.07017); a dense one has to learn which places are neighbours, and
is much slower. With --skill 1 the paddles follow the ball, and the codes have no reason to keep their positions apart.
Draws what each code says of ball and paddles, what shifting one code does to a frame, and a film beside its
reconstruction. Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import LeakyReLU, Sigmoid
from dataset import Dataset, paddleGame
from layers import Conv2D, Conv2DTranspose, Coordinates, Dense, Flatten, Reshape, Sampler, UpSampling2D
from layers.penalties.gaussiandivergence import gaussianDivergences
from nn import MLP, VAE, codeFactorR2, plots
from nn.plots import canvas
from nn.runs import Run, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

METRICS = [f"{split}_{quantity}" for quantity in ("loss", "reconstruction", "kl") for split in ("train", "test")]
PANELS = {"Loss in nats": "loss", "Reconstruction in nats": "reconstruction", "KL divergence in nats": "kl"}
MOST = 40  # codes in one picture
VALUES = np.linspace(-2, 2, 9)  # to which a code is shifted
FILM = 150  # frames


def main() -> None:
    arguments = parser(__doc__, batchSize=32, datasets=())
    arguments.add_argument("--beta", type=nonNegativeNumber, default=8.0, help="weight of the divergence (default: 8)")
    arguments.add_argument(
        "--decoder", choices=["broadcast", "dense"], default="broadcast", help="network (default: broadcast)"
    )
    arguments.add_argument("--latent-dim", type=positiveInteger, default=6, help="codes (default: 6)")
    arguments.add_argument(
        "--train-size", type=positiveInteger, default=20_000, help="frames to learn from (default: 20,000)"
    )
    arguments.add_argument(
        "--skill", type=nonNegativeNumber, default=0.25, help="how often a paddle makes for the ball (default: 0.25)"
    )
    arguments.add_argument("--epochs", type=positiveInteger, default=18, help="epochs (default: 18)")
    options = arguments.parse_args()
    if options.latent_dim > MOST:
        arguments.error(f"argument --latent-dim: the pictures have room for {MOST} codes")
    if options.skill > 1:
        arguments.error(f"argument --skill: a share, expected a number from 0 to 1, got {options.skill:g}")

    seed(options.seed)
    dataset = Dataset("paddles", options.train_size, 2000, options.batch_size, skill=options.skill)
    print(dataset)
    with runOf(options, "frames", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Model, training, figures and pictures."""
    adam, latent = Adam(lr=0.0015), options.latent_dim
    encoder = MLP()
    encoder.addLayer(Flatten())
    encoder.addLayer(Dense(32 * 32, 256, LeakyReLU(0.1), adam))
    encoder.addLayer(Dense(256, 256, LeakyReLU(0.1), adam))
    decoder = MLP()
    if options.decoder == "broadcast":
        decoder.addLayer(Reshape((latent, 1, 1)))
        decoder.addLayer(UpSampling2D(16))
        decoder.addLayer(Coordinates())
        decoder.addLayer(Conv2D(latent + 2, 64, 1, LeakyReLU(0.1), adam))
        decoder.addLayer(Conv2D(64, 32, 1, LeakyReLU(0.1), adam))
        decoder.addLayer(Conv2DTranspose(32, 1, 4, Sigmoid(), adam, strides=2, padding="same"))
    else:
        decoder.addLayer(Dense(latent, 256, LeakyReLU(0.1), adam))
        decoder.addLayer(Dense(256, 256, LeakyReLU(0.1), adam))
        decoder.addLayer(Dense(256, 32 * 32, Sigmoid(), adam))
        decoder.addLayer(Reshape((1, 32, 32)))
    vae = VAE(encoder, Sampler(256, latent, adam, beta=options.beta), decoder)
    print(vae)

    history = vae.train(dataset, epochs=options.epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())

    vae.save(run.folder / "vae.safetensors")
    frames, positions = dataset.testSet()
    codes, log_variance = vae.encode(frames)
    nats = gaussianDivergences(codes, log_variance).mean(axis=1)
    r2 = codeFactorR2(codes, positions)
    printed(r2, nats, dataset.factorNames)
    figures = {
        "curves": plots.plotHistory(history, panels=PANELS),
        "reconstructions": plots.plotRows(
            {"original": frames[..., :10], "reconstruction": vae.reconstruct(frames[..., :10])},
            heading=f"What {latent} codes keep of frames of the test set",
        ),
        "codes": codesOverPositions(codes, positions, r2, dataset.factorNames),
        "shifts": shifts(vae, frames, nats),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    film, _ = paddleGame(FILM, skill=options.skill, rng=options.seed)
    pairs = np.stack((film, vae.reconstruct(film.astype(dataset.dtype))), axis=-1)
    plots.saveAnimation(np.moveaxis(pairs, 3, 0), None, run.folder / "film.gif", seconds=FILM / 15, limits=(0, 1))
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def printed(r2: Any, nats: Any, names: list[str]) -> None:
    """How far each code alone tells each position."""
    print("The share of the variance of a position that one code explains by a curve (R2):")
    print(f"{'':<16}" + "".join(f"{f'z{i + 1}':>7}" for i in range(len(r2))))
    for name, row in zip(names, r2.T, strict=True):
        print(f"{name:<16}" + "".join(f"{value:>7.2f}" for value in row))
    print(f"{'nats':<16}" + "".join(f"{value:>7.2f}" for value in nats))
    print(
        "Best single code: " + ", ".join(f"{name} {best:.2f}" for name, best in zip(names, r2.max(axis=0), strict=True))
    )


def codesOverPositions(codes: Any, positions: Any, r2: Any, names: list[str]) -> Any:
    """The best code of every position, over that position."""
    figure, panels = canvas.panels(len(names), 2, 4.6, 3.6)
    for axes, name, position, told in zip(panels, names, positions, r2.T, strict=True):
        best = told.argmax()
        canvas.quiet(axes, f"z{best + 1}: R² = {told[best]:.2f}", f"{name}, from end to end", f"mean of z{best + 1}")
        canvas.dots(axes, np.stack((position, codes[best])), canvas.BLUE)
    return figure


def shifts(vae: VAE, frames: Any, nats: Any) -> Any:
    """What each code does, the most telling first: it alone is set to values from -2 to 2."""
    start, rows = vae.encode(frames[..., :1])[0], {}
    for place in np.argsort(-nats):
        codes = np.repeat(start, len(VALUES), axis=1)
        codes[place] = VALUES
        rows[f"z{place + 1}, {nats[place]:.1f} nats"] = vae.decode(codes)
    return plots.plotRows(rows, heading="One code of a frame set to -2, ..., 2", titles=[f"{one:g}" for one in VALUES])


if __name__ == "__main__":
    runScript(main)
