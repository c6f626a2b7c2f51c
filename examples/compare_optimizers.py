"""The experiment of the first lecture: SGD (eta = 1) and Adam (eta = 0.1), with MSE and with cross-entropy.

    python examples/compare_optimizers.py
    python examples/compare_optimizers.py --seeds 0 1 2

Writes the four loss and four accuracy curves as one picture, the metrics of each training to a folder of its own, and
prints the test accuracies beside the lecture's.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense
from loss import MSE, CrossEntropy, Loss
from nn import MLP, History, plots, seed
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript, seedNumber
from optimizer import SGD, Adam, Optimizer

# name: optimizer, loss, test accuracy in the lecture (after ten epochs of MNIST at batch size 50)
RUNS: dict[str, tuple[Optimizer, Loss, float]] = {
    "SGD + MSE": (SGD(learningRate=1), MSE(), 0.89),
    "Adam + MSE": (Adam(learningRate=0.1), MSE(), 0.91),
    "SGD + CE": (SGD(learningRate=1), CrossEntropy(), 0.95),
    "Adam + CE": (Adam(learningRate=0.1), CrossEntropy(), 0.98),
}
METRICS = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]


def trained(dataset: Dataset, optimizer: Optimizer, loss: Loss, epochs: int, **keywords: Any) -> History:
    classifier = MLP()
    classifier.addLayer(Dense(dataset.inputDim, 100, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(100, 50, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(50, dataset.labelDim, activation=Softmax(), optimizer=optimizer))
    return classifier.train(dataset, loss, epochs, METRICS, entriesPerEpoch=min(5, len(dataset)), **keywords)


def main() -> None:
    arguments = parser(__doc__, resumes=False)
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 100)")
    arguments.add_argument("--seeds", type=seedNumber, nargs="+", help="several seeds; the table then has their mean")
    options = arguments.parse_args()

    seeds = options.seeds or [options.seed]
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "optimizers", dataset) as run:
        compare(options, seeds, dataset, run)


def compare(options: Namespace, seeds: list[int], dataset: Dataset, run: Run) -> None:
    histories: dict[str, History] = {}
    epochs = options.epochs or (100 if dataset.name == "digits" else 10)
    comparable = dataset.name == "mnist" and epochs == 10 and options.batch_size == 50
    print(f"{'':<12} {'test accuracy':>13}  {'lecture' if comparable else '':>7}   each seed")
    for name, (optimizer, loss, lecture) in RUNS.items():
        accuracies = []
        for number in seeds:
            seed(number)
            own = run.folder / f"{name.lower().replace(' + ', '-')}-seed-{number}"
            history = trained(dataset, optimizer, loss, epochs, folder=own, communicator=run.communicator)
            histories.setdefault(name, history)
            accuracies.append(history["test_accuracy"][-1])
        mean = sum(accuracies) / len(accuracies)
        each = ", ".join(f"{accuracy:.2%}" for accuracy in accuracies)
        print(f"{name:<12} {mean:>13.2%}  {f'{lecture:.0%}' if comparable else '':>7}   {each}", flush=True)

    losses = {name: "MSE" if isinstance(loss, MSE) else "cross-entropy" for name, (_, loss, _) in RUNS.items()}
    figure = plots.plotHistory(histories, losses=losses)
    plots.save(figure, run.folder / "optimizers.png", dpi=150)
    print(f"The curves (of seed {seeds[0]}) are in {run.folder / 'optimizers.png'}")


if __name__ == "__main__":
    runScript(main)
