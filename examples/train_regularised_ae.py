"""Trains autoencoders with more codes than pixels, and what keeps them from copying: sparse, k-sparse, contractive.

    python examples/train_regularised_ae.py
    python examples/train_regularised_ae.py --kind contractive --masking 0.25 --supervised 1

The plain one is beside them. All have the decoder's weights from the encoder (tied weights). With --masking they are
denoising, too, and with --supervised the codes also have to tell the label. Says how active the codes are, how well
they give the images back, how much they change with the images, and how well a linear probe tells the classes from
them. Writes metrics, pictures and the trained networks to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import Sigmoid, Softmax
from dataset import Dataset
from layers import Contractive, Dense, KLSparsity, KSparse, TiedDense
from nn import MLP, Autoencoder, LinearProbe, Masking, SupervisedAutoencoder, jacobianNorm, plots
from nn.plots import canvas
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

KINDS = "plain", "sparse", "k-sparse", "contractive"
METRICS = ["train_loss", "test_loss", "test_squared_error"]
TARGET = 0.05  # of the mean activity of a sparse unit
SHOWN = 12  # features and reconstructions in the pictures


def main() -> None:
    arguments = parser(__doc__, batchSize=100, resumes=False)
    arguments.add_argument("--kind", choices=KINDS, help="one of them (default: all)")
    arguments.add_argument("--masking", type=positiveNumber, help="share of pixels that are lost (default: none)")
    arguments.add_argument("--supervised", type=positiveNumber, help="weight of the labels in the loss (default: none)")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 60)")
    options = arguments.parse_args()
    if options.masking is not None and options.masking > 1:
        arguments.error(f"argument --masking: expected a share from 0 to 1, got {options.masking:g}")

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "regularised_ae", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Models, trainings and pictures."""
    hidden, k, epochs = (200, 10, 60) if dataset.name == "digits" else (1000, 25, 10)
    images, labels = dataset.testSet()[0], dataset.labels("test")
    curves, features, activities, outputs = {}, {}, {}, {"original": images[:, :SHOWN]}
    print(f"{'Test set':<12} activity  squared error  change with the image  error of a linear probe")
    for kind in [options.kind] if options.kind else KINDS:
        seed(options.seed)
        autoencoder = model(kind, dataset, hidden, k, options)
        curves[kind] = autoencoder.train(
            dataset,
            epochs=options.epochs or epochs,
            metrics=METRICS,
            schedule=Cosine(),
            folder=run.folder / kind,
            communicator=run.communicator,
        )
        autoencoder.save(run.folder / f"{kind}.safetensors")
        codes, outputs[kind] = autoencoder.encode(images), autoencoder.reconstruct(images[:, :SHOWN])
        # the share of images in which a unit is on, where that can be said; else its mean
        activity = ((codes != 0) if kind == "k-sparse" else codes).mean(axis=1)
        largest = np.argsort(-codes.mean(axis=1), kind="stable")[:SHOWN]
        features[kind], activities[kind] = shown(autoencoder.encoder.layers[0].weight[largest].T), activity
        error = autoencoder.evaluate(dataset, ["squared_error"])["squared_error"]
        change = jacobianNorm(autoencoder.encoder, images[:, :100])
        if kind == "k-sparse":
            autoencoder.encoder.layers[1].testFactor = 3.0  # a classifier has use for more than k of them
        probe = LinearProbe().fit(autoencoder.encode(dataset.trainSet()[0]), dataset.labels("train"))
        wrong = 1 - probe.accuracy(autoencoder.encode(images), labels)
        print(f"{kind:<12} {activity.mean():>8.3f}  {error:>13.2f}  {change:>21.3g}  {wrong:>23.2%}", flush=True)

    heading = "What units look for: incoming weights of the most active ones"
    figures = {
        "curves": plots.plotHistory(curves, panels={"Loss in nats": "loss", "Squared error": "squared_error"}),
        "features": plots.plotRows(features, dataset.imageShape, heading, limits=(0, 1)),
        "reconstructions": plots.plotRows(outputs, dataset.imageShape, "What comes back", limits=(0, 1)),
        "activities": histograms(activities),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained networks are in {run.folder}")


def model(kind: str, dataset: Dataset, hidden: int, k: int, options: Namespace) -> Autoencoder:
    """One hidden layer, tied weights; the kind is in the layer's penalty, or in the layer behind it."""
    adam = Adam(lr=0.002)
    penalty = {"sparse": KLSparsity(TARGET, 0.3), "contractive": Contractive(0.1)}.get(kind)
    down = Dense(dataset.inputDim, hidden, None if kind == "k-sparse" else Sigmoid(), adam, penalty=penalty)
    encoder = MLP([down, KSparse(k, start=4 * k)] if kind == "k-sparse" else [down])
    decoder = MLP([TiedDense(down, Sigmoid(), adam)])
    corruption = Masking(options.masking) if options.masking else None
    if not options.supervised:
        return Autoencoder(encoder, decoder, corruption=corruption)
    head = MLP([Dense(hidden, dataset.labelDim, Softmax(), adam)])
    return SupervisedAutoencoder(encoder, decoder, head, options.supervised, corruption=corruption)


def shown(weights: Any) -> Any:
    """Weights (inputs, units) in grey, each unit on a scale of its own: 1/2 for 0, brighter above, darker below."""
    return 0.5 + 0.5 * weights / np.maximum(np.abs(weights).max(axis=0), 1e-12)


def histograms(activities: dict[str, Any]) -> Any:
    """How many units are how active."""
    figure, panels = canvas.panels(len(activities), 2, 5.0, 3.2)
    bins = np.linspace(0, max(0.3, *(activity.max() for activity in activities.values())), 41)
    for axes, (kind, activity) in zip(panels, activities.items(), strict=True):
        what = "share of test images in which a unit is on" if kind == "k-sparse" else "mean activity of a unit"
        canvas.quiet(axes, f"{kind}: {activity.mean():.3f} in the mean", what, "units")
        axes.hist(activity, bins=bins, color=canvas.colours(1)[0])
    return figure


if __name__ == "__main__":
    runScript(main)
