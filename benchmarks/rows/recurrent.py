"""Recurrent networks: MNIST read row by row, and a sum of two numbers that stand far apart."""

from __future__ import annotations

from figures.row import Figure, Setting, row

from activations import Softmax
from dataset import Dataset
from layers import GRU, LSTM, Dense, Dropout, LastStep, Reshape
from loss import MSE, CategoricalCrossEntropy
from nn import MLP
from optimizer import Adam, Cosine, WarmUp

BY_ROWS = "LSTM of 128 units that reads MNIST by rows, 81,674 parameters"
ADDING = "GRU of 64 units, adding problem of 400 steps"


@row(
    [
        Figure(
            "test accuracy", BY_ROWS, "test accuracy, 15 epochs", "%", 2, "higher",
            anchor="98.64 (Keras)", source="Keras, as quoted in the project's plan",
        )
    ],
    seconds=150,
)  # fmt: skip
def mnistByRows(now: Setting) -> dict[str, float]:
    """28 steps of 28 pixels, and a Softmax that reads the last state, of which training drops a part."""
    dataset, adam = Dataset(now.images, batch_size=100), Adam(lr=0.003, clipNorm=1.0)
    rows, pixels = dataset.imageShape
    model = MLP(
        [
            Reshape((rows, pixels)),
            LSTM(pixels, 128, adam),
            LastStep(),
            Dropout(0.5),
            Dense(128, dataset.labelDim, Softmax(), adam),
        ]
    )
    schedule = WarmUp(0.2, Cosine())
    model.train(dataset, CategoricalCrossEntropy(), now.epochs(15), metrics=[], schedule=schedule)
    return {"test accuracy": 100 * model.evaluate(dataset, ["accuracy"])["accuracy"]}


@row(
    [
        Figure(
            "squared error", ADDING, "mean squared error of 10,000 new sequences, after 20,000 sequences and 8 epochs",
            "", 5, "lower", anchor="0.167 (the mean of all sums)", source="the variance of the sum, 1/6", checked=True,
        )
    ],
    seconds=160,
    needs=(),
)  # fmt: skip
def adding(now: Setting) -> dict[str, float]:
    dataset = Dataset("adding", 20_000, 10_000, batch_size=50, steps=400)
    adam = Adam(lr=0.003, clipNorm=1.0)
    model = MLP([GRU(2, 64, adam), LastStep(), Dense(64, 1, optimizer=adam)])
    model.train(dataset, MSE(), now.epochs(8), metrics=[], schedule=WarmUp(0.2, Cosine()))
    return {"squared error": 2 * model.evaluate(dataset, ["loss"])["loss"]}
