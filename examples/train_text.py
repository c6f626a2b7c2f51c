"""Trains a recurrent network to write, letter by letter: an embedding, LSTM layers and a Softmax over all letters.

    python examples/train_text.py
    python examples/train_text.py --text book.txt --units 512 --epochs 20 --prompt "It was"

It reads the bundled excerpt of Shakespeare, or a file of your own, and prints after every epoch what it writes after
the prompt, unedited. The last tenth of the text is kept for validation.
"""

from __future__ import annotations

from argparse import Namespace

from leibnet import seed

from activations import Softmax
from dataset import Dataset
from layers import GRU, LSTM, RNN, Dense, Embedding, TimeDistributed
from nn import LanguageModel, plots
from nn.runs import Run, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine
