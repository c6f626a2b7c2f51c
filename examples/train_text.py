"""Trains a recurrent network to write, letter by letter: an embedding, LSTM layers, a Softmax over all letters.

    python examples/train_text.py
    python examples/train_text.py --text book.txt --units 512 --epochs 20 --prompt "It was"

It reads Shakespeare: the whole text of char-rnn where it is at hand, otherwise the bundled excerpt of it, or a file of
your own. The last tenth is kept for validation. After every epoch it prints what it writes after the prompt, unedited.
Writes metrics, pictures, what it wrote, and the trained model to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from leibnet import seed

import numpy as np

from activations import Softmax
from dataset import Dataset, available, shakespeare, tinyShakespeare
from layers import GRU, LSTM, RNN, Dense, Dropout, Embedding, TimeDistributed
from nn import LanguageModel, Listener, plots
from nn.runs import Run, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

LAYERS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}


def main() -> None:
    arguments = parser(__doc__, datasets=("shakespeare", "tinyshakespeare"), batchSize=32)
    arguments.add_argument("--text", type=Path, help="a file of your own to read, in UTF-8")
    arguments.add_argument("--network", choices=LAYERS, default="lstm", help="recurrent layers (default: lstm)")
    arguments.add_argument("--units", type=positiveInteger, default=128, help="of a recurrent layer (default: 128)")
    arguments.add_argument("--layers", type=positiveInteger, default=1, help="recurrent layers (default: 1)")
    arguments.add_argument("--dropout", type=nonNegativeNumber, default=0.0, help="share of units lost (default: 0)")
    arguments.add_argument("--steps", type=positiveInteger, default=64, help="steps of a window (default: 64)")
    arguments.add_argument("--epochs", type=positiveInteger, default=10, help="epochs (default: 10)")
    arguments.add_argument("--prompt", default="First Citizen:", help="what it writes on from")
    arguments.add_argument(
        "--temperature", type=nonNegativeNumber, default=0.8, help="of what it writes (default: 0.8)"
    )
    options = arguments.parse_args()
    if options.text and options.dataset:
        arguments.error("argument --text: not allowed with argument --dataset")

    seed(options.seed)
    text = options.text or (tinyShakespeare() if wantsAll(options.dataset) else shakespeare())
    dataset = Dataset.fromText(text, options.steps, options.batch_size)
    try:
        dataset.vocabulary.encode(options.prompt)
    except ValueError as error:
        arguments.error(f"argument --prompt: {error}")
    print(dataset)
    with runOf(options, "text", dataset) as run:
        train(options, dataset, run)


def wantsAll(name: str | None) -> bool:
    return name == "tinyshakespeare" or (name is None and available("tinyshakespeare"))


class Writing(Listener):
    """Lets the model write after every entry, and keeps what it wrote."""

    def __init__(self, prompt: str, temperature: float, path: Path) -> None:
        self.prompt, self.temperature, self.path = prompt, temperature, path

    def entered(self, course) -> None:
        written = self.prompt + course.model.generate(self.prompt, 200, self.temperature, rng=0)
        surprise = course.history["validation_surprise"][-1]
        page = f"--- epoch {course.epoch:g}, validation {surprise:.3f} nats a token ---\n{written}\n"
        print(page, flush=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(page + "\n")


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Model, training and pictures."""
    tokens, units = len(dataset.vocabulary), options.units
    optimizer = Adam(lr=0.004, clipNorm=5.0)
    recurrent = LAYERS[options.network]
    model = LanguageModel(dataset.vocabulary, [Embedding(tokens, 32, optimizer)])
    for layer in range(options.layers):
        model.addLayer(recurrent(units if layer else 32, units, optimizer=optimizer))
        if options.dropout:
            model.addLayer(Dropout(options.dropout))
    model.addLayer(TimeDistributed(Dense(units, tokens, Softmax(), optimizer)))
    print(model)

    writing = Writing(options.prompt, options.temperature, run.folder / "written.txt")
    history = model.train(dataset, epochs=options.epochs, schedule=Cosine(), listeners=[writing], **run.keeping())
    model.save(run.folder / "model.safetensors")
    surprise = history["validation_surprise"][-1]
    print(f"Validation: {surprise:.3f} nats a token, perplexity {np.exp(surprise):.2f}, {history.seconds:.0f} s")
    plots.save(
        plots.plotHistory(history, panels={"Surprise in nats a token": "surprise"}), run.folder / "curves.png", dpi=150
    )
    print(f"Metrics, what it wrote and the trained model are in {run.folder}")


if __name__ == "__main__":
    runScript(main)
