"""The command `leibnet`: one file for each subcommand, or for a few that belong together.

    leibnet info
    leibnet train gan --epochs 5
    leibnet show runs/gan-20261127-120000/gan.safetensors

`run` is the program, `main` the same without its end: it takes the words of a command line, and returns an exit code.
`python -m nn.runs.command` does what `leibnet` does, also where the folder of scripts is not on the path.
"""

from nn.runs.command.main import main, run

__all__ = ["main", "run"]
