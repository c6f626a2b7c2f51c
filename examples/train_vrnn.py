"""Trains a variational recurrent network on signals whose cause is hidden, and lets it draw signals of its own.

    python examples/train_vrnn.py
    python examples/train_vrnn.py --latent-dim 16 --units 64 --epochs 100
    python examples/train_vrnn.py --system vanderpol

A mass on a hardening spring is pushed by a force that jumps from level to level. The network sees the position alone,
in frames of ten measurements: where the force has jumped in a frame, the past cannot tell what it brings, and that is
what the latent variables have to say. Beside it, an LSTM with a Gaussian output and as many parameters learns the same.
Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU
from dataset import Dataset, duffing, vanDerPol, windows
from layers import GRU, LSTM, Dense, TimeDistributed
from loss import GaussianLikelihood
from nn import MLP, VariationalRNN, plots
from nn.plots import canvas
from nn.runs import Run, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

SYSTEMS = {"duffing": duffing, "vanderpol": vanDerPol}
FRAME, STEPS = 10, 40  # measurements in a step, steps of a sequence
METRICS = [f"{split}_{quantity}" for quantity in ("loss", "reconstruction", "kl") for split in ("train", "test")]
PANELS = {
    "Negative bound, nats a step": "loss",
    "Reconstruction, nats a step": "reconstruction",
    "KL, nats a step": "kl",
}


def main() -> None:
    arguments = parser(__doc__, datasets=(), batchSize=25)
    arguments.add_argument("--system", choices=SYSTEMS, default="duffing", help="what is simulated (default: duffing)")
    arguments.add_argument("--frames", type=positiveInteger, default=5000, help="to learn from (default: 5000)")
    arguments.add_argument("--latent-dim", type=positiveInteger, default=8, help="latent variables (default: 8)")
    arguments.add_argument("--units", type=positiveInteger, default=40, help="of the recurrent layer (default: 40)")
    arguments.add_argument("--epochs", type=positiveInteger, default=30, help="epochs (default: 30)")
    options = arguments.parse_args()

    if options.frames < STEPS:
        arguments.error(f"argument --frames: give at least {STEPS}, for one sequence")
    seed(options.seed)
    force, signal = SYSTEMS[options.system]((options.frames + 20 * STEPS) * FRAME, noise=0.01, rng=options.seed)
    frames = (signal / signal.std()).reshape(-1, FRAME)
    train, test = windows(frames[: options.frames], STEPS, STEPS // 2), windows(frames[options.frames :], STEPS, STEPS)
    dataset = Dataset.fromSequences(
        train, testSequences=test, batch_size=options.batch_size, name=options.system, rng=options.seed
    )
    print(dataset)
    with runOf(options, "vrnn", dataset) as run:
        learn(options, dataset, (train, test), force[options.frames * FRAME :], run)


def learn(options: Namespace, dataset: Dataset, data: tuple[Any, Any], force: Any, run: Run) -> None:
    """Model, training and pictures."""
    model = network(options.units, options.latent_dim)
    print(model)
    history = model.train(dataset, epochs=options.epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())
    model.save(run.folder / "vrnn.safetensors")

    x = dataset.testSet().inputs
    bound, likelihood = model.bound(x, 20).mean() / STEPS, model.logLikelihood(x, 50).mean() / STEPS
    plain, units = gaussian(model.numParameters(), *data, options)
    print("ln p(x) of the test sequences, nats a step, the more the better:")
    print(f"{'variational RNN, lower bound':<32}{bound:>8.2f}")
    print(f"{'variational RNN, by 50 draws':<32}{likelihood:>8.2f}")
    print(f"{f'LSTM-{units} with a Gaussian output':<32}{plain:>8.2f}")

    heading = f"ln p of a frame is above {bound:.2f} nats; an LSTM with as many parameters has {plain:.2f}"
    figures = {
        "curves": plots.plotHistory(history, panels=PANELS),
        "samples": samples(model, x, heading),
        "divergence": divergence(model, x, force),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def network(units: int, latents: int, features: int = 32) -> VariationalRNN:
    adam = Adam(lr=0.005, clipNorm=1.0)

    def mlp(inputs: int, outputs: int) -> MLP:
        return MLP([Dense(inputs, 40, ReLU(), adam), Dense(40, outputs, optimizer=adam)])

    return VariationalRNN(
        inputDim=FRAME,
        latentDim=latents,
        recurrent=GRU(features + features, units, adam),  # h_t = f(h_{t-1}, φ_x(x_t), φ_z(z_t))
        prior=mlp(units, 2 * latents),  # of z_t, from h_{t-1}
        encoder=mlp(features + units, 2 * latents),  # of z_t, from φ_x(x_t) and h_{t-1}
        decoder=mlp(features + units, 2 * FRAME),  # of x_t, from φ_z(z_t) and h_{t-1}
        inputFeatures=MLP([Dense(FRAME, features, ReLU(), adam)]),  # φ_x
        latentFeatures=MLP([Dense(latents, features, ReLU(), adam)]),  # φ_z
    )


def gaussian(parameters: int, train: Any, test: Any, options: Namespace) -> tuple[float, int]:
    """ln p(x) a step of an LSTM with about as many parameters, which tells mean and variance of the next step."""

    def lstm(units: int) -> MLP:
        adam = Adam(lr=0.005, clipNorm=1.0)
        dense = [TimeDistributed(Dense(units, 40, ReLU(), adam)), TimeDistributed(Dense(40, 2 * FRAME, optimizer=adam))]
        return MLP([LSTM(FRAME, units, adam), *dense], GaussianLikelihood())

    units = min(range(10, 200), key=lambda units: abs(lstm(units).numParameters() - parameters))
    before = [np.concatenate((np.zeros_like(one[:, :1]), one[:, :-1]), axis=1) for one in (train, test)]
    dataset = Dataset.fromSequences(
        before[0], train, testSequences=before[1], testLabels=test, batch_size=options.batch_size, rng=options.seed
    )
    network = lstm(units)
    network.train(dataset, epochs=options.epochs, metrics=[], schedule=Cosine(), progress=False)
    return -network.evaluate(dataset, ["loss"])["loss"] / STEPS, units


# Pictures ------------------------------------------------------------------------------------------------------------


def line(sequences: Any, place: int) -> Any:
    """The measurements of a sequence, frame behind frame."""
    return sequences[:, :, place].ravel()


def samples(model: VariationalRNN, x: Any, heading: str) -> Any:
    """Signals that were measured, and beside them as many that the network draws from its beginning on."""
    drawn = model.sample(4, STEPS, rng=0)
    figure = canvas.blankFigure(11, 6.5)
    figure.suptitle(heading, fontsize=canvas.HEADING)
    panels = figure.subplots(4, 2, sharex=True, sharey=True)
    for row, pair in enumerate(panels):
        for axes, title, signals, colour in zip(
            pair, ("measured", "drawn by the network"), (x, drawn), (canvas.BLUE, canvas.RED), strict=True
        ):
            canvas.quiet(axes, title if not row else "", "measurement" if row == 3 else "")
            axes.plot(line(signals, row), color=colour, lw=1.2)
    return figure


def divergence(model: VariationalRNN, x: Any, force: Any) -> Any:
    """What the latent variables say at every step, below the signal and the force that the network never sees."""
    kl, ahead = model.divergences(x, rng=0)[:, 0], line(model.predict(x), 0)
    places = np.arange(STEPS * FRAME)
    figure = canvas.blankFigure(11, 6.5)
    top, middle, below = figure.subplots(3, 1, sharex=True)
    canvas.quiet(top, "the hidden force")
    top.plot(places, force[: len(places), 0], color=canvas.INK, lw=1.2, drawstyle="steps-post")
    canvas.quiet(middle, "the signal (pale), and what is expected of every frame by those before it (red)")
    middle.plot(places, line(x, 0), color=canvas.PALE, lw=4)
    for start in range(0, len(places), FRAME):
        frame = slice(start, start + FRAME)
        middle.plot(places[frame], ahead[frame], color=canvas.RED, lw=1.2)
    canvas.quiet(below, "KL(q ‖ p): what z says of a frame beyond what the past did", "measurement", "nats")
    below.bar(places[::FRAME] + FRAME / 2, kl, width=0.8 * FRAME, color=canvas.BLUE)
    return figure


if __name__ == "__main__":
    runScript(main)
