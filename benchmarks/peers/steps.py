"""The training steps of one workload: who makes them, that all compute the same, and how long they take."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from peers import ALONE, Peer
from peers.configuration import FLOOR, Configuration
from peers.pairing import isOurs, shuffled
from peers.worker import Worker, Workers
from peers.workloads import Workload

CHECKED = 10  # steps in which all must compute the same losses


def measure(workload: Workload, peers: Iterable[Peer], options: argparse.Namespace) -> dict[str, Any]:
    """Times and memory of all who run this workload."""
    with Workers(configurations(peers, workload, options), workload) as workers:
        check([one for one in workers if one.configuration.peer not in FLOOR], options.threads[0])
        takeTurns(workers, options)
        rows = [row(one) for one in workers]
        for one, its in zip(workers, rows, strict=True):
            if isOurs(its["peer"]) and its["threads"] == options.threads[0]:
                its["allocated_kib"] = [one.ask("allocated", factor=factor) for factor in (1, 2)]
    clock = {"clock": "processor"} if options.processor_time else {}
    return {"rounds": options.rounds, "rows": rows} | clock


def configurations(peers: Iterable[Peer], workload: Workload, options: argparse.Namespace) -> list[Configuration]:
    chosen = []
    for threads in options.threads:
        for peer in peers:
            if peer.runs(workload):
                chosen += peer.forms(workload, threads, options.withoutAVX512)
        if options.numpyFirst:
            own = replace(ALONE.on(threads), peer=f"{ALONE.name}, OpenBLAS's choice", numpyFirst=True)
            chosen.append(own)
        chosen.append(Configuration("products", "products", threads, withoutAVX512=options.withoutAVX512))
    return [*chosen, Configuration("movement", "movement", 1, withoutAVX512=options.withoutAVX512)]


def takeTurns(workers: list[Worker], options: argparse.Namespace) -> None:
    for turn in range(options.rounds):
        for one in shuffled(workers, turn):
            one.round(options.steps, options.limit, options.processor_time)


def row(one: Worker) -> dict[str, Any]:
    memory = one.ask("memory")
    return {
        "peer": one.configuration.peer,
        "module": one.configuration.module,
        "threads": one.configuration.threads,
        "rounds": [round(microseconds, 2) for microseconds in one.rounds],
        "imported_mib": round(memory["imported"], 1),
        "trained_mib": round(memory["trained"], 1),
    }


def check(workers: Iterable[Worker], threads: int) -> None:
    """Exits if the libraries differ in what they compute."""
    checked = [one for one in workers if one.configuration.threads == threads]
    for one in checked:
        one.send("losses", steps=CHECKED)
    losses = {one: one.receive() for one in checked}
    for step in range(CHECKED):
        for values in zip(*(losses[one][step] for one in checked), strict=True):
            middle = statistics.median(values)
            worst = max(range(len(values)), key=lambda i: abs(values[i] - middle))
            if not all(abs(value - middle) <= checked[0].workload.tolerance * abs(middle) for value in values):
                found = "\n".join(f"  {one.configuration}: {value}" for one, value in zip(checked, values, strict=True))
                name = checked[worst].configuration
                raise SystemExit(
                    f"{checked[0].workload.name}, step {step}: {name} computes another loss than the others\n{found}"
                )
