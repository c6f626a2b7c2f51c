"""`leibnet explore`."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from nn.runs.command.subcommand import Subcommand, toldInOneLine
from nn.runs.record import RunError


def _arguments(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("file", metavar="FILE", help="a model's file, or a checkpoint")
    arguments.add_argument("--dataset", metavar="NAME", help="a data set whose samples are shown")
    arguments.add_argument("--port", type=int, default=0, help="of the page's address (default: any that is free)")
    arguments.add_argument("--no-browser", action="store_true", help="print the address, and open no browser")


def _run(options: argparse.Namespace) -> None:
    from nn.explore.serving import MISSING, explore  # with a server's modules, which no other subcommand needs

    if find_spec("nicegui") is None:
        raise RunError(MISSING)
    with toldInOneLine():
        explore(options.file, dataset=options.dataset, port=options.port, browser=not options.no_browser)


EXPLORE = Subcommand(
    "explore",
    "open a page in the browser on which a model can be played with",
    "leibnet explore gan.safetensors --dataset mnist",
    _arguments,
    _run,
    "The page is served on this machine, for it alone, and needs no network. Ctrl-C ends it.\n"
    'It needs the package nicegui: pip install "leibnet[explore]"',
)
