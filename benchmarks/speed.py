"""Training steps of Leibnet beside those of other libraries, a whole training, memory, and how time grows with size.

    pip install .
    pip install torch==2.13.0 jax keras scikit-learn      # all optional, those missing are left out
    python benchmarks/speed.py                            all but --scaling, about ten minutes on two cores
    python benchmarks/speed.py --workloads classifier --peers pytorch jax
    python benchmarks/speed.py --scaling                  Leibnet alone: batch sizes, widths

Every library runs in a process of its own, in single precision, with the data in memory. All start from the same
parameters, see the same batches, and must compute the same losses over ten steps before anything is timed. Then they
run in turns, a round of steps each; what counts is the median of all steps, each library at its best number of threads.
Beside them stands the floor of a step in NumPy: its matrix products, and reading and writing what Adam moves.
OpenBLAS's kernels are those that Leibnet chooses; if NumPy gets others without it, because of the processor's name or
of an environment variable (OPENBLAS_CORETYPE), those are timed as well.

Results go to --output: speed.md, speed.json, and pictures of the ratios and of the scaling.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers import PEERS, Peer
from peers.worker import FLOOR, Configuration, Worker, Workers, blasKernels
from peers.workloads import WORKLOADS, Workload

CHECKED = 10  # steps in which all must compute the same losses


# One workload -----------------------------------------------------------------------------------------------------


def configurations(workload: Workload, peers: Iterable[Peer], options: argparse.Namespace) -> list[Configuration]:
    """Who runs this workload, in turns."""
    chosen = []
    for threads in options.threads:
        chosen += [Configuration.ours(threads, numpy_first) for numpy_first in options.numpyFirst]
        chosen += [Configuration(peer.name, peer.module, threads) for peer in peers if peer.runs(workload)]
        chosen.append(Configuration("products", "products", threads))
    return [*chosen, Configuration("movement", "movement", 1)]


def measure(workload: Workload, peers: Iterable[Peer], options: argparse.Namespace) -> list[dict[str, Any]]:
    """Times and memory of all who run this workload, as rows."""
    with Workers(configurations(workload, peers, options), workload) as workers:
        check([one for one in workers if one.configuration.peer not in FLOOR], options.threads[0])
        for _ in range(options.rounds):
            for one in workers:
                one.round(options.steps, options.limit)
        rows = [_row(one) for one in workers]
        ours = next(one for one in workers if one.configuration.peer == "leibnet")
        allocated = [ours.ask("allocated", factor=factor) for factor in (1, 2)]
    rows[workers.index(ours)]["allocated_kib"] = allocated
    return rows


def _row(one: Worker) -> dict[str, Any]:
    low, median, high = statistics.quantiles(one.seconds, n=4)
    memory = one.ask("memory")
    return {
        "peer": one.configuration.peer,
        "threads": one.configuration.threads,
        "numpyFirst": one.configuration.numpyFirst,
        "microseconds": 1e6 * median,
        "quartiles": [1e6 * low, 1e6 * high],
        "steps": len(one.seconds),
        "imported_mib": memory["imported"],
        "trained_mib": memory["trained"],
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


# The whole job, imports, memory of a training ----------------------------------------------------------------------


def wholeJobs(peers: Iterable[Peer], options: argparse.Namespace) -> list[dict[str, Any]]:
    """The lecture's classifier on MNIST from the start of the process to its end, in turns.

    A first turn at every number of threads finds the best one for each.
    """
    from peers import mnist

    files = mnist.files()
    if not files:
        print("The whole job is skipped: MNIST is not at hand, name its folder's parent in LEIBNET_DATA", flush=True)
        return []
    modules = [("leibnet", "ours")]
    modules += [(peer.name, peer.module) for peer in peers if peer.trains]
    rows: dict[str, dict[str, Any]] = {}
    for threads in options.threads:
        for name, module in modules:
            row = _whole_job(Configuration(name, module, threads), files)
            if name not in rows or row["seconds"] < rows[name]["seconds"]:
                rows[name] = row
    for _ in range(options.repeats - 1):
        for name, module in modules:
            again = _whole_job(Configuration(name, module, rows[name]["threads"]), files)
            rows[name]["seconds"] += again["seconds"]
            rows[name]["test_accuracy"] += again["test_accuracy"]
    return list(rows.values())


def _whole_job(configuration: Configuration, files: list[str]) -> dict[str, Any]:
    start = time.perf_counter()
    metrics = run(configuration, "wholeJob", files)
    seconds = time.perf_counter() - start
    print(f"whole job, {configuration}: {seconds:.1f} s", flush=True)
    accuracy = metrics["test_accuracy"][-1]
    return {
        "peer": configuration.peer,
        "threads": configuration.threads,
        "seconds": [seconds],
        "test_accuracy": [accuracy],
    }


def run(configuration: Configuration, action: str, *arguments: Any) -> Any:
    """What a function of a peer's module gives in a fresh process."""
    command = configuration.command(action, *map(json.dumps, arguments))
    process = subprocess.run(command, env=configuration.environment(), capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{process.stderr}\n{configuration}: {action} failed, see above")
    return json.loads(process.stdout)


def importTime() -> float:
    """Seconds of `import nn` in a fresh interpreter, its modules compiled as installed ones are; median of seven."""
    code = "import time; start = time.perf_counter(); import nn; print(time.perf_counter() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    subprocess.check_output(command, env=environment)
    return statistics.median(float(subprocess.check_output(command, env=environment)) for _ in range(7))


# All of it --------------------------------------------------------------------------------------------------------


def machine(peers: Iterable[Peer]) -> dict[str, Any]:
    """Where this runs, and the versions."""
    names = [line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "openblas": {"numpy": blasKernels(), "leibnet": run(Configuration.ours(1), "kernels")},
        "peers": {peer.name: peer.version() for peer in peers},
    }


def _cpuinfo() -> list[str]:
    cpu = Path("/proc/cpuinfo")
    return cpu.read_text().splitlines() if cpu.exists() else []


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--workloads", nargs="+", metavar="NAME", help=f"or the beginning: {', '.join(WORKLOADS)}")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help=", ".join(peer.name for peer in PEERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100, help="timed steps in a round, fewer of those above 2 ms")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--output", type=Path, default=Path("runs", time.strftime("speed-%Y%m%d-%H%M%S")))
    parser.add_argument("--whole-job", action="store_true", help="only the training on MNIST")
    parser.add_argument("--repeats", type=int, default=3, help="of the training on MNIST")
    parser.add_argument("--scaling", action="store_true", help="only Leibnet's times over batch sizes and widths")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 5 steps, 1 thread, no MNIST: does it run?")
    options = parser.parse_args()
    options.limit = 0.2  # seconds of a round
    if options.quick:
        options.rounds, options.steps, options.threads, options.limit = 2, 5, [1], 0.02
    names = options.workloads or [""]
    options.workloads = [one for name, one in WORKLOADS.items() if any(name.startswith(begin) for begin in names)]
    for name in names:
        if not any(known.startswith(name) for known in WORKLOADS):
            parser.error(f"--workloads: {name!r} is none of {', '.join(WORKLOADS)}")
    for name in set(options.peers or ()) - {peer.name for peer in PEERS}:
        parser.error(f"--peers: {name!r} is none of {', '.join(peer.name for peer in PEERS)}")
    return options


def main() -> None:
    from peers import mnist, report, scaling

    options = arguments()
    asked = [peer for peer in PEERS if options.peers is None or peer.name in options.peers]
    missing = {peer.name: peer.missing() for peer in asked if peer.missing()}
    peers = [peer for peer in asked if peer.name not in missing]
    results: dict[str, Any] = {"machine": machine(peers), "missing": missing}
    for name, reason in missing.items():
        print(f"{name} is left out, {reason}", flush=True)
    openblas = results["machine"]["openblas"]
    options.numpyFirst = [False] if openblas["numpy"] == openblas["leibnet"] else [False, True]
    everything = not (options.scaling or options.whole_job)
    if options.scaling:
        results["scaling"] = scaling.measure(options)
    if everything:
        results["steps"] = {}
        for workload in options.workloads:
            start = time.perf_counter()
            results["steps"][workload.name] = measure(workload, peers, options)
            print(f"{workload.name}: {time.perf_counter() - start:.0f} s", flush=True)
    if everything and not options.quick:
        results["import_seconds"] = importTime()
        if mnist.files():
            results["mnist_mib"] = run(Configuration.ours(1), "oneEpoch")
    if options.whole_job or (everything and not options.quick):
        results["whole_job"] = wholeJobs(peers, options)
    print("\n" + report.write(results, options.output))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
