"""Trains a network to write, letter by letter: an embedding, LSTM layers or attention, a Softmax over all letters.

    python examples/train_text.py
    python examples/train_text.py --network transformer
    python examples/train_text.py --text book.txt --units 512 --epochs 20 --prompt "It was"

It reads Shakespeare: the whole text of char-rnn where it is at hand, otherwise the bundled excerpt of it, or a file of
your own. The last tenth is kept for validation. After every epoch it prints what it writes after the prompt, unedited.
Writes metrics, pictures, what it wrote, and the trained model to a run folder; of a Transformer, also where it looks.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from leibnet import seed

import numpy as np

from activations import ReLU, Softmax
from dataset import Dataset, available, shakespeare, tinyShakespeare
from layers import (
    GRU,
    LSTM,
    RNN,
    Attention,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
)
from nn import LanguageModel, Listener, plots
from nn.runs import Run, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine, WarmUp

RECURRENT = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
NETWORKS = *RECURRENT, "transformer"
LOOKED_AT = 24  # letters of the prompt in the picture of attention


def main() -> None:
    arguments = parser(
        __doc__,
        datasets=("shakespeare", "tinyshakespeare"),
        batchSize=32,
        usualData="tinyshakespeare if it can be had, or shakespeare",
    )
    arguments.add_argument("--text", type=Path, help="a file of your own to read, in UTF-8")
    arguments.add_argument("--network", choices=NETWORKS, default="lstm", help="kind of layers (default: lstm)")
    arguments.add_argument("--units", type=positiveInteger, default=128, help="features of a step (default: 128)")
    arguments.add_argument("--layers", type=positiveInteger, help="layers (default: 1, of a transformer 2 blocks)")
    arguments.add_argument("--heads", type=positiveInteger, help="of a transformer's block (default: 4)")
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
    if options.heads and options.network != "transformer":
        arguments.error("argument --heads: only with --network transformer")
    if options.dropout >= 1:
        arguments.error(f"argument --dropout: expected a share from 0 to below 1, got {options.dropout:g}")
    if not options.prompt:
        arguments.error("argument --prompt: expected one letter or more, got none")
    options.heads = options.heads or 4
    if options.network == "transformer" and options.units % options.heads:
        arguments.error(f"argument --heads: expected a divisor of the {options.units} units, got {options.heads}")

    seed(options.seed)
    text = options.text or (tinyShakespeare() if wantsAll(options.dataset) else shakespeare())
    try:
        dataset = Dataset.fromText(text, options.steps, options.batch_size)
    except (OSError, ValueError) as error:
        arguments.error(f"the text cannot be read: {error}")
    try:
        dataset.vocabulary.encode(options.prompt)
    except ValueError as error:
        arguments.error(f"argument --prompt: {error}; give a --prompt in letters of the text")
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
    attends = options.network == "transformer"
    tokens, units = len(dataset.vocabulary), options.units
    optimizer = Adam(lr=0.002, clipNorm=1.0) if attends else Adam(lr=0.004, clipNorm=5.0)
    layers = transformer if attends else recurrent
    model = LanguageModel(dataset.vocabulary, layers(options, tokens, optimizer))
    model.addLayer(TimeDistributed(Dense(units, tokens, Softmax(), optimizer)))
    print(model)

    writing = Writing(options.prompt, options.temperature, run.folder / "written.txt")
    schedule = WarmUp(0.03 * options.epochs, Cosine()) if attends else Cosine()
    history = model.train(dataset, epochs=options.epochs, schedule=schedule, listeners=[writing], **run.keeping())
    model.save(run.folder / "model.safetensors")
    surprise = history["validation_surprise"][-1]
    print(f"Validation: {surprise:.3f} nats a token, perplexity {np.exp(surprise):.2f}, {history.seconds:.0f} s")
    plots.save(
        plots.plotHistory(history, panels={"Surprise in nats a token": "surprise"}), run.folder / "curves.png", dpi=150
    )
    if attends:
        start = options.prompt[: min(LOOKED_AT, options.steps)]
        looks = {f"block {place}": one for place, one in enumerate(model.attention(start).values(), 1)}
        plots.save(plots.plotAttention(looks, start), run.folder / "attention.png")
    print(f"Metrics, what it wrote and the trained model are in {run.folder}")


def recurrent(options: Namespace, tokens: int, optimizer: Adam) -> list[Layer]:
    """An embedding, and recurrent layers."""
    kind, layers = RECURRENT[options.network], [Embedding(tokens, 32, optimizer)]
    for place in range(options.layers or 1):
        layers.append(kind(options.units if place else 32, options.units, optimizer=optimizer))
        layers += lost(options)
    return layers


def transformer(options: Namespace, tokens: int, optimizer: Adam) -> list[Layer]:
    """An embedding with positions, and blocks of attention to what came before and of two layers on every step."""
    n = options.units
    layers = [Embedding(tokens, n, optimizer), PositionalEncoding(n, options.steps), *lost(options)]
    for _ in range(options.layers or 2):
        attention = Attention(n, options.heads, causal=True, optimizer=optimizer)
        steps = TimeDistributed([Dense(n, 4 * n, ReLU(), optimizer), Dense(4 * n, n, optimizer=optimizer)])
        for part in (attention, steps):
            layers.append(Residual([LayerNormalization(n, optimizer=optimizer), part, *lost(options)]))
    return [*layers, LayerNormalization(n, optimizer=optimizer)]


def lost(options: Namespace) -> list[Layer]:
    return [Dropout(options.dropout)] if options.dropout else []


if __name__ == "__main__":
    runScript(main)
