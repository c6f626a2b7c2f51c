"""The lecture's classifier 784-100-50-10, as the lecture trains it and with our settings, and a convolutional one."""

from __future__ import annotations

from figures.row import Figure, Setting, row

from activations import ReLU, Softmax
from dataset import Augmentation, Dataset, Shifts
from layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from loss import MSE, CategoricalCrossEntropy, CrossEntropy, Loss
from nn import MLP
from optimizer import SGD, Adam, Cosine, Optimizer, WarmUp

MODEL = "classifier 784-100-50-10"
CONVOLUTIONAL = "convolutional classifier, 77,000 parameters"
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


def _convolutional_row(measure: str, anchor: str, source: str, checked: bool) -> list[Figure]:
    return [Figure("test accuracy", CONVOLUTIONAL, measure, "%", 2, "higher", anchor, source, checked)]


@row(
    _convolutional_row(
        "test accuracy, 20 epochs",
        "99.25 (Keras), 99.07 to 99.09 (Theano)",
        "Keras, examples/mnist_cnn.py; Theano's Deep Learning Tutorials, doc/lenet.txt, Running the Code",
        checked=True,
    ),
    seconds=150,
)
def cnn(now: Setting) -> dict[str, float]:
    return _convolutional(now, 20)


@row(
    _convolutional_row(
        "test accuracy, images shifted by up to two pixels, 30 epochs",
        "99.45 (PyTorch, 66,000 parameters)",
        "PyTorch prototypes of this project",
        checked=False,
    ),
    seconds=230,
)
def cnnShifted(now: Setting) -> dict[str, float]:
    return _convolutional(now, 30, Shifts(2))


def _convolutional(now: Setting, epochs: int, augment: Augmentation | None = None) -> dict[str, float]:
    """Two convolutions with pooling, dropout, and Adam with a step that warms up and falls along a cosine."""
    dataset, adam = Dataset(now.images, batch_size=100, images=True, augment=augment), Adam(lr=0.002)
    model = MLP(
        [
            Conv2D(1, 12, 5, ReLU(), adam),
            MaxPooling2D(2),
            Conv2D(12, 32, 5, ReLU(), adam),
            MaxPooling2D(2),
            Flatten(),
            Dropout(0.2),
            Dense(32 * 4 * 4, 128, ReLU(), adam),
            Dropout(0.4),
            Dense(128, dataset.labelDim, Softmax(), adam),
        ]
    )
    schedule = WarmUp(100 / len(dataset), Cosine())
    model.train(dataset, CategoricalCrossEntropy(), now.epochs(epochs), metrics=[], schedule=schedule)
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
