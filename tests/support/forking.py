"""Runs scripts in processes of their own that need not load NumPy, Matplotlib and the library anew.

    with Forking() as forking:
        done = forking.run("examples/train_ae.py", "--epochs", "1")

One process loads them and forks for every script, which goes on as if `python -W error script ...` had been typed.
Its pictures have all that is on them, and few dots.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 300  # after which a script is ended
LOADED = ["nn", "matplotlib.figure", "mpl_toolkits.mplot3d", "PIL.Image"]
DOTS = 40  # per inch


class Forking:
    """The process that forks; where there is no fork, each script has a fresh process."""

    def __enter__(self):
        self.process = None
        if hasattr(os, "fork"):
            command = [sys.executable, "-W", "error", __file__]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *exception):
        if self.process is not None:
            self.process.communicate()

    def run(self, *words):
        """What `subprocess.run` gives for `python -W error` with these words."""
        words = [str(word) for word in words]
        command = [sys.executable, "-W", "error", *words]
        if self.process is None:
            return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        with tempfile.TemporaryDirectory() as folder:
            streams = [Path(folder, name) for name in ("stdout", "stderr")]
            print(json.dumps([words, *map(str, streams)]), file=self.process.stdin, flush=True)
            code = int(self.process.stdout.readline())
            return subprocess.CompletedProcess(command, code, *(path.read_text(encoding="utf-8") for path in streams))


def serve():
    """For each line of stdin, a script and its words are run; returns in the child, with the words."""
    for line in sys.stdin:
        words, *streams = json.loads(line)
        if not (child := os.fork()):
            for number, name in enumerate([os.devnull, *streams]):
                flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
                os.dup2(os.open(name, flags, 0o600), number)
            signal.alarm(SECONDS)
            return words
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


def drawSmall(figure):
    """Makes Matplotlib's figures few dots large, whatever they are saved with."""
    save = figure.savefig
    figure.savefig = lambda self, *places, **settings: save(self, *places, **settings | {"dpi": DOTS})


if __name__ == "__main__":
    for name in LOADED:
        importlib.import_module(name)
    drawSmall(sys.modules["matplotlib.figure"].Figure)
    gc.freeze()  # none of it is looked at again in the children
    if words := serve():
        sys.argv, sys.path[0] = words, str(Path(words[0]).parent)
        runpy.run_path(words[0], run_name="__main__")
