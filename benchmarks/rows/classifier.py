"""The lecture's classifier 784-100-50-10: as the lecture trains it, and with settings of our choice."""

from __future__ import annotations

from figures.row import Figure, Setting, row

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss
from nn import MLP
from optimizer import SGD, Adam, Cosine, Optimizer, WarmUp

MODEL = "classifier 784-100-50-10"
LECTURE = 'the first lecture, "Experimental results: MSE" and "Experimental results: CE"'


@row(
    [
        Figure(
            "test accuracy", MODEL, "test accuracy, SGD with momentum, 20 epochs", "%", 2, "higher",
            anchor="98 (Adam + cross-entropy)", source=LECTURE, checked=True,
        )
    ],
    seeds=range(5),
    seconds=50,
)  # fmt: skip
def classifier(now: Setting) -> dict[str, float]:
    """Nesterov's momentum, an `lr` that warms up and falls along a cosine, some weight decay, categorical loss."""
    dataset = Dataset(now.images, batch_size=64)
    model = _network(dataset, SGD(lr=0.1, momentum=0.9, nesterov=True, weightDecay=0.002))
    model.train(dataset, CategoricalCrossEntropy(), now.epochs(20), metrics=[], schedule=WarmUp(1, Cosine()))
    return _accuracy(model, dataset)


def _lecture_row(settings: str, accuracy: str) -> list[Figure]:
    """The figure of one of the lecture's four runs."""
    measure = f"test accuracy, {settings}, ten epochs"
    return [Figure("test accuracy", MODEL, measure, "%", 2, "higher", accuracy, LECTURE, checked=True)]


@row(_lecture_row("SGD (η = 1) + MSE", "89"), seconds=30)
def sgdMSE(now: Setting) -> dict[str, float]:
    return _as_in_the_lecture(now, SGD(learningRate=1), MSE())


@row(_lecture_row("Adam (η = 0.1) + MSE", "91"), seconds=30)
def adamMSE(now: Setting) -> dict[str, float]:
    return _as_in_the_lecture(now, Adam(learningRate=0.1), MSE())


@row(_lecture_row("SGD (η = 1) + cross-entropy", "95"), seconds=30)
def sgdCrossEntropy(now: Setting) -> dict[str, float]:
    return _as_in_the_lecture(now, SGD(learningRate=1), CrossEntropy())


@row(_lecture_row("Adam (η = 0.1) + cross-entropy", "98"), seconds=30)
def adamCrossEntropy(now: Setting) -> dict[str, float]:
    return _as_in_the_lecture(now, Adam(learningRate=0.1), CrossEntropy())


def _as_in_the_lecture(now: Setting, optimizer: Optimizer, loss: Loss) -> dict[str, float]:
    """The listing "Code: Training a Classifier" with this optimizer and loss."""
    dataset = Dataset(now.images, batch_size=50)
    model = _network(dataset, optimizer)
    model.train(dataset, loss, now.epochs(10), metrics=[])
    return _accuracy(model, dataset)


def _network(dataset: Dataset, optimizer: Optimizer) -> MLP:
    return MLP(
        [
            Dense(dataset.inputDim, 100, ReLU(), optimizer),
            Dense(100, 50, ReLU(), optimizer),
            Dense(50, dataset.labelDim, Softmax(), optimizer),
        ]
    )


def _accuracy(model: MLP, dataset: Dataset) -> dict[str, float]:
    return {"test accuracy": 100 * model.evaluate(dataset, ["accuracy"])["accuracy"]}
