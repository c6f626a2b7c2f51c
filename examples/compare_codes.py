"""What codes are good for, beside the pixels they are made from, and what unlabelled data teach.

    python examples/compare_codes.py
    python examples/compare_codes.py --dataset digits --codes 20

An autoencoder and PCA learn from all training images, without their labels. A linear probe, nearest neighbours and
k-means then work on codes and on pixels; and a probe learns from few labelled images, on pixels alone or on codes.
Writes the tables, a picture and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace

from leibnet import seed

from activations import ReLU, Sigmoid
from dataset import Dataset, Masking
from layers import Dense
from nn import MLP, PCA, Autoencoder, compareCodes, fewLabels, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

METRICS = ["train_loss", "test_loss"]


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument("--codes", type=positiveInteger, help="numbers in a code (default: 500, for digits 200)")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 100)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "codes", dataset) as run:
        compare(options, dataset, run)


def compare(options: Namespace, dataset: Dataset, run: Run) -> None:
    """A denoising autoencoder with more codes than PCA may have, and the three beside one another."""
    small = dataset.name == "digits"
    codes, components, epochs = (200, 20, 100) if small else (500, 50, 10)
    codes, epochs = options.codes or codes, options.epochs or epochs
    inputs, adam = dataset.inputDim, Adam(lr=0.001)
    autoencoder = Autoencoder(
        MLP([Dense(inputs, codes, ReLU(), adam)]),
        MLP([Dense(codes, inputs, Sigmoid(), adam)]),
        corruption=Masking(0.4),
    )
    autoencoder.train(dataset, epochs=epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())
    autoencoder.save(run.folder / "autoencoder.safetensors")

    encoders = {
        "pixels": lambda x: x,
        f"PCA, {components}": PCA(components).fit(dataset).transform,
        f"denoising autoencoder, {codes}": autoencoder.encode,
    }
    print(f"Comparing {len(encoders)} kinds of codes of {dataset.train_size:,} images", flush=True)  # minutes
    comparison = compareCodes(encoders, dataset, restarts=3)
    print("All labels; test set")
    print(comparison)
    few = fewLabels(encoders, dataset, (1, 3, 10, 30) if small else (1, 3, 10, 30, 100))
    print("Few labels: accuracy of a linear probe on the test set, mean of five draws")
    print(few)
    title = "With few labels: what unlabelled images teach"
    figure = plots.plotCurves(few.curves(), "labelled images", "test error in %", title, logarithmicX=True)
    plots.save(figure, run.folder / "fewlabels.png", dpi=150)
    (run.folder / "codes.txt").write_text(f"{comparison}\n\n{few}\n")
    print(f"Metrics, tables, the picture and the trained network are in {run.folder}")


if __name__ == "__main__":
    runScript(main)
