"""Runs that can be repeated: what a script or a notebook needs besides the model.

In a notebook, a `Run` is a folder with a run.json that says what it takes to repeat the training:

    with Run("runs/mine", dataset, seed=0, arguments={"epochs": 3}) as run:
        history = model.train(dataset, loss, epochs=3, **run.keeping())
    print(compare("runs/mine", "runs/another"))

A script takes its arguments from the command line, and ends cleanly whatever happens:

    def main():
        arguments = parser(__doc__)
        arguments.add_argument("--epochs", type=positiveInteger, default=10, help="epochs (default: 10)")
        options = arguments.parse_args()
        seed(options.seed)
        dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
        with runOf(options, "mine", dataset) as run:
            history = model.train(dataset, loss, options.epochs, **run.keeping())

    runScript(main)

`repeat` makes a program that repeats the runs of scripts and says whether the results agree to the bit.
"""

from nn.runs.arguments import nonNegativeNumber, parser, positiveInteger, positiveNumber, seedNumber
from nn.runs.choice import IMAGES, chooseDataset
from nn.runs.comparison import Agreement, compare
from nn.runs.record import Record, RunError
from nn.runs.repetition import repeat
from nn.runs.run import Run
from nn.runs.runfile import readRecord
from nn.runs.script import runOf, runScript

__all__ = [
    "IMAGES",
    "Agreement",
    "Record",
    "Run",
    "RunError",
    "chooseDataset",
    "compare",
    "nonNegativeNumber",
    "parser",
    "positiveInteger",
    "positiveNumber",
    "readRecord",
    "repeat",
    "runOf",
    "runScript",
    "seedNumber",
]
