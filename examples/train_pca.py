"""Principal component analysis of images, and the linear autoencoder that learns the same subspace.

    python examples/train_pca.py
    python examples/train_pca.py --dataset digits --epochs 300

Prints what is lost with 2, 16, 32 and 64 components. Writes pictures, all components and the autoencoder's metrics to a
run folder.
"""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from leibnet import seed

import numpy as np

from activations import Identity
from dataset import Dataset
from layers import Dense
from loss import MSE
from nn import MLP, PCA, Autoencoder, plots, principalAngles
from nn.plots import canvas
from nn.runs import chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CODES = 16  # of the linear autoencoder


def main() -> None:
    arguments = parser(__doc__, resumes=False)
    arguments.add_argument(
        "--epochs", type=positiveInteger, help="of the autoencoder (default: 6, for the small digits 100)"
    )
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "pca", dataset, together=False) as run:
        train(options, dataset, run.folder)


def train(options: Namespace, dataset: Dataset, folder: Path) -> None:
    """Models, trainings and pictures."""
    images, shape = dataset.testSet()[0], dataset.imageShape

    # The lecture's model problem: from the plane to a line.
    rng = np.random.default_rng(options.seed)
    cloud = np.array([[1.7, -0.3], [0.9, 0.5]]) @ rng.normal(size=(2, 60)) + np.array([[3.0], [2.0]])
    figures = {"plane": plotProjection(cloud, PCA(k=1).fit(cloud))}

    # Fewer and fewer numbers for an image.
    pca = PCA().fit(dataset)
    pca.save(folder / "pca.safetensors")
    rows = {"original": images[:, :12]}
    print("   k  of the variance  squared error: training     test  time of fit")
    for k in sorted({min(k, dataset.inputDim) for k in (2, 16, 32, 64)}):
        start = time.perf_counter()
        few = PCA(k).fit(dataset)
        seconds = time.perf_counter() - start
        few.astype(dataset.dtype)
        share, errors = few.explainedVarianceRatio.sum(), [squaredError(few, dataset, s) for s in ("train", "test")]
        print(f"{k:>4}  {share:>15.1%}  {errors[0]:>23.3f}  {errors[1]:>7.3f}  {seconds:>9.2f} s")
        rows[f"k = {k}: {share:.0%} of variance\nsquared error {errors[1]:.2f}"] = few.reconstruct(images[:, :12])
    ratio = pca.explainedVarianceRatio
    title = f"First two components, {ratio[:2].sum():.1%} of the variance"
    figures["codes"] = plots.plotCodes({title: pca.transform(images)[:2]}, dataset.labels("test"), dataset.classNames)
    figures["reconstructions"] = plots.plotRows(rows, shape, "What k components keep of images of the test set", (0, 1))
    figures["components"] = plots.plotComponents(
        pca.components,
        shape,
        titles=[f"{place + 1}: {ratio[place]:.1%}" for place in range(25)],
        heading=f"25 principal components, {ratio[:25].sum():.0%} of the variance",
    )
    figures["spectrum"] = plots.plotSpectrum(pca.explainedVariance)

    # A linear autoencoder learns the subspace of the principal components, in a basis of its own.
    optimizer, epochs = (Adam(lr=0.01), 100) if dataset.name == "digits" else (Adam(lr=0.002), 6)
    autoencoder = Autoencoder(
        MLP([Dense(dataset.inputDim, CODES, Identity(), optimizer)]),
        MLP([Dense(CODES, dataset.inputDim, Identity(), optimizer)]),
        MSE(),
    )
    mean = pca.mean.astype(dataset.dtype)
    centred = Dataset.fromArrays(
        dataset.trainSet()[0] - mean, testInputs=images - mean, batch_size=options.batch_size, dtype=dataset.dtype
    )
    decoder, subspace, angles = autoencoder.decoder.layers[0], pca.components[:, :CODES], []
    history = autoencoder.train(
        centred,
        epochs=options.epochs or epochs,
        metrics=["train_squared_error"],
        callbacks={"train_squared_error": lambda *entry: angles.append(principalAngles(decoder.weight, subspace))},
        schedule=Cosine(),
        entriesPerEpoch=1 if dataset.name == "digits" else min(20, len(centred)),
        folder=folder,
    )
    error = autoencoder.evaluate(centred, "squared_error", split="train")["squared_error"]
    least = pca.totalVariance - pca.explainedVariance[:CODES].sum()
    degrees, epoch = np.degrees(angles), np.array(history.index) / dataset.train_size
    print(f"Linear autoencoder, {CODES} codes, {history.seconds:.1f} s: training error {error:.3f},", end=" ")
    print(f"{error / least - 1:.3%} above that of the principal components, {least:.3f}")
    print(f"Largest of the {CODES} angles between the two subspaces: {degrees[-1, -1]:.2f} degrees")
    figures["angles"] = plots.plotCurves(
        {name: (epoch, degrees[:, i]) for name, i in (("largest", -1), ("median", CODES // 2), ("smallest", 0))},
        "epochs",
        "angle in degrees",
        f"Subspaces of autoencoder and PCA: {degrees[-1, -1]:.2f}° at most",
        logarithmic=bool(degrees.min() > 0),
    )
    figures["decoder"] = plots.plotComponents(
        decoder.weight,
        shape,
        titles=[f"code {i + 1}" for i in range(CODES)],
        heading=f"Decoder: squared error {error / least - 1:.2%} above PCA's",
    )
    for name, figure in figures.items():
        plots.save(figure, folder / f"{name}.png", dpi=150)
    print(f"Pictures, metrics and the principal components are in {folder}")


def squaredError(pca: PCA, dataset: Dataset, split: str) -> float:
    """‖x' - x‖², summed over the pixels, averaged over the images."""
    errors = [np.sum((pca.reconstruct(x) - x) ** 2, axis=0) for x, _ in dataset.chunks(split)]
    return float(np.concatenate(errors).mean(dtype=np.float64))


def plotProjection(points: np.ndarray, pca: PCA) -> Figure:
    """Points of the plane, their projections onto the principal direction u*, and the codes that are left of them."""
    figure = canvas.blankFigure(7.0, 6.5)
    plane, line = figure.subplots(2, 1, height_ratios=(6, 1))
    projected, codes = pca.reconstruct(points), pca.transform(points)[0]
    reach = 1.15 * np.abs(codes).max()
    start, mean, tip = pca.inverseTransform([[-reach, 0, reach]]).T

    canvas.quiet(plane, "ℝ²: the direction of most variance", "x₁", "x₂")
    plane.plot(*np.stack((points, projected)).transpose(1, 0, 2), color=canvas.SKY, lw=1, zorder=1)
    plane.plot(*zip(start, tip, strict=True), color=canvas.PALE, zorder=1)
    plane.annotate("", tip, mean, arrowprops={"arrowstyle": "-|>", "lw": 2.5, "color": canvas.INK})
    plane.text(*tip, " u*", size=canvas.HEADING, weight="bold")
    plane.scatter(*points, color=canvas.BLUE, s=22, zorder=5, label="x")
    plane.scatter(*projected, color=canvas.ORANGE, s=14, zorder=5, label="projection of x")
    plane.set_aspect("equal", adjustable="datalim")
    plane.legend(frameon=False, fontsize=canvas.TEXT, loc="upper left")

    canvas.quiet(line, "ℝ: what is left of the points", "z = (x - μ) · u*")
    line.scatter(codes, np.zeros_like(codes), color=canvas.ORANGE, s=40, alpha=0.6, linewidths=0)
    line.axhline(0, color=canvas.PALE, zorder=0)
    line.set(xlim=(-reach, reach), ylim=(-1, 1), yticks=[])
    line.spines["left"].set_visible(False)
    return figure


if __name__ == "__main__":
    runScript(main)
