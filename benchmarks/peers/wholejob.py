"""The lecture's classifier, ten epochs on MNIST, from the start of a process to its end, in turns."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from typing import Any

from peers import Peer, mnist
from peers.configuration import Configuration
from peers.pairing import shuffled
from peers.worker import run

Row = dict[str, Any]


def measure(peers: Iterable[Peer], options: argparse.Namespace) -> list[Row]:
    """Times, peaks of memory and accuracies of everybody; a turn that does not count finds the best threads."""
    files = mnist.files()
    if not files:
        print("The whole job is skipped: MNIST is not at hand, name its folder's parent in LEIBNET_DATA", flush=True)
        return []
    chosen = [_fastest(peer, files, options) for peer in peers if peer.trains]
    jobs: dict[Configuration, list[Row]] = {configuration: [] for configuration in chosen}
    for turn in range(options.repeats):
        for configuration in shuffled(chosen, turn):
            jobs[configuration].append(_job(configuration, files))
    return [
        {"peer": configuration.peer, "threads": configuration.threads}
        | {name: [job[name] for job in done] for name in done[0]}
        for configuration, done in jobs.items()
    ]


def _fastest(peer: Peer, files: list[str], options: argparse.Namespace) -> Configuration:
    possible = [peer.on(threads, options.withoutAVX512) for threads in options.threads]
    return possible[0] if len(possible) == 1 else min(possible, key=lambda one: _job(one, files)["seconds"])


def _job(configuration: Configuration, files: list[str]) -> Row:
    start = time.perf_counter()
    answer = run(configuration, "wholeJob", files)
    seconds = time.perf_counter() - start
    print(f"whole job, {configuration}: {seconds:.1f} s", flush=True)
    return {
        "seconds": seconds,
        "peak_mib": answer["peak_mib"],
        "test_accuracy": answer["value"]["test_accuracy"][-1],
    }
