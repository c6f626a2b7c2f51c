"""Training steps of Leibnet beside those of other libraries, a whole training, memory, and how time grows with size.

    pip install .
    pip install numba                                     kernels, timed beside NumPy alone
    pip install torch==2.13.0 jax keras scikit-learn      # all optional, those missing are left out
    python benchmarks/speed.py                            all but --scaling, about half an hour on two cores
    python benchmarks/speed.py --workloads classifier --peers pytorch jax
    python benchmarks/speed.py --simd avx2                as on a processor without AVX-512
    python benchmarks/speed.py --keep --workloads vae     measure these workloads anew, and keep what is found
    python benchmarks/speed.py --report                   what is kept, without measuring
    python benchmarks/speed.py --scaling                  Leibnet alone: batch sizes, widths
    python benchmarks/speed.py --workloads conv --peers pytorch --threads 1 --results benchmarks/results/convolutions
    python benchmarks/speed.py --workloads transformer --peers pytorch --threads 1 --processor-time

Every library runs in a process of its own, in single precision, with the data in memory. All start from the same
parameters, see the same batches, and must compute the same losses over ten steps before anything is timed. The timed
steps compute the losses as well, as `train` does. JAX is waited for in every step; in "jax, ahead" ten steps are
dispatched before they are waited for together.

All run in turns, a round of steps each, in every round in another order. Each library counts at the number of threads
with the least median over all rounds. The ratio of two is taken in every round, of the medians of its steps; what
counts is the median of the rounds' ratios, and their quartiles.

Beside them stands the floor of a step in NumPy: its matrix products, and reading and writing what Adam moves.
OpenBLAS's kernels are those that Leibnet chooses; if NumPy gets others without it, because of the processor's name or
of an environment variable (OPENBLAS_CORETYPE), those are timed as well.

Results go to --output: speed.md, speed.json, and pictures of the ratios and of the scaling. With --keep they also go to
benchmarks/results, a file for each kind of SIMD instructions, workload by workload as soon as each is done.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers import FORMS, PEERS, Peer, kept, report, scaling, simd, steps, wholejob
from peers.configuration import Configuration
from peers.worker import run
from peers.workloads import WORKLOADS

LEAST = 3  # rounds and turns, for quartiles


def main() -> None:
    options = arguments()
    if options.report:
        show(options)
    else:
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Measures what is asked for, and writes it."""
    asked = [*FORMS, *(peer for peer in PEERS if options.peers is None or peer.name in options.peers)]
    missing = {peer.name: peer.missing() for peer in asked if peer.missing()}
    peers = [peer for peer in asked if peer.name not in missing]
    results = {"simd": options.simd, "date": today(), "machine": machine(peers, options), "missing": missing}
    for name, reason in missing.items():
        print(f"{name} is left out, {reason}", flush=True)
    if options.keep:
        kept.refuseOthers(results, options.results)
    openblas = results["machine"]["openblas"]
    options.numpyFirst = openblas["numpy"] != openblas["leibnet"]
    for name, value in parts(peers, options):
        results[name] = results.get(name, {}) | value
        if options.keep:
            kept.add(results, options.results)
    print("\n" + report.write(results, options.output))


def parts(peers: list[Peer], options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of the results by name, each as soon as it is measured; those of the same name belong together."""
    if options.scaling:
        form = [peer for peer in peers if peer in FORMS][-1]
        yield "scaling", {"date": today()} | scaling.measure(form, options)
    for workload in options.workloads:
        start = time.perf_counter()
        found = steps.measure(workload, peers, options)
        print(f"{workload.name}: {time.perf_counter() - start:.0f} s", flush=True)
        yield "steps", {workload.name: {"date": today()} | found}
    if (options.whole_job or options.complete) and (rows := wholejob.measure(peers, options)):
        yield "whole_job", {"date": today(), "rows": rows}
    if options.complete:
        yield "import", {"date": today(), "seconds": importTime()}


def show(options: argparse.Namespace) -> None:
    """Prints what is kept, and draws it if there is an --output."""
    found = kept.load(options.results)
    if not found:
        raise SystemExit(f"nothing is kept in {options.results}: python benchmarks/speed.py --keep")
    for results in found:
        print(f"## {results['machine']['simd']}\n\n{report.text(results)}")
        if options.output:
            report.write(results, options.output / results["simd"])


def machine(peers: Iterable[Peer], options: argparse.Namespace) -> dict[str, Any]:
    """Where this runs, and the versions."""
    import leibnet

    names = [line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    ours = Configuration("leibnet", "ours", 1, withoutAVX512=options.withoutAVX512)
    return {
        "processor": names[0] if names else platform.processor(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "simd": simd.label(options.simd, simd.found()),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "leibnet": leibnet.__version__,
        "openblas": {
            "numpy": run(replace(ours, numpyFirst=True), "kernels")["value"],
            "leibnet": run(ours, "kernels")["value"],
        },
        "peers": {peer.name: peer.version() for peer in peers},
    }


def _cpuinfo() -> list[str]:
    cpu = Path("/proc/cpuinfo")
    return cpu.read_text().splitlines() if cpu.exists() else []


def importTime() -> float:
    """Seconds of `import nn` in a fresh interpreter, its modules compiled as installed ones are; median of seven."""
    code = "import time; start = time.perf_counter(); import nn; print(time.perf_counter() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    subprocess.check_output(command, env=environment)
    return statistics.median(float(subprocess.check_output(command, env=environment)) for _ in range(7))


def today() -> str:
    return time.strftime("%Y-%m-%d")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "--workloads", nargs="+", metavar="NAME", help=f"these alone: {', '.join(WORKLOADS)}, or beginnings"
    )
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="; ".join(peer.name for peer in PEERS))
    parser.add_argument("--simd", choices=["avx2"], help="switch AVX-512 off")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=100, help="timed steps in a round, fewer of those above 2 ms")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count the processor's time, of one thread, where other programs keep the machine busy",
    )
    parser.add_argument("--output", type=Path, help="folder (default: a new one in runs)")
    parser.add_argument("--keep", action="store_true", help="keep the results, in the place of those of the same parts")
    parser.add_argument("--report", action="store_true", help="only print what is kept, and draw it in --output")
    parser.add_argument("--results", type=Path, default=kept.FOLDER, help="folder of what is kept")
    parser.add_argument("--whole-job", action="store_true", help="the training on MNIST alone")
    parser.add_argument("--repeats", type=int, default=5, help="of the training on MNIST")
    parser.add_argument("--scaling", action="store_true", help="Leibnet's times over batch sizes and widths alone")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 5 steps, 1 thread, no MNIST: does it run?")
    options = parser.parse_args()
    for name in ("rounds", "repeats"):
        if getattr(options, name) < LEAST:
            parser.error(f"--{name}: at least {LEAST}, for quartiles")
    options.limit = 0.2  # seconds of a round
    if options.processor_time and options.threads != [1]:
        parser.error("--processor-time: with --threads 1 alone, for waiting threads take the processor's time as well")
    if options.quick:
        if options.keep:
            parser.error("--keep: --quick is too short to be kept")
        options.rounds, options.steps, options.threads, options.limit = 2, 5, [1], 0.02
    names = options.workloads or ([] if options.whole_job or options.scaling else [""])
    options.complete = names == [""] and not options.quick
    options.workloads = [one for name, one in WORKLOADS.items() if any(name.startswith(begin) for begin in names)]
    for name in names:
        if not any(known.startswith(name) for known in WORKLOADS):
            parser.error(f"--workloads: {name!r} is none of {', '.join(WORKLOADS)}")
    for name in set(options.peers or ()) - {peer.name for peer in PEERS}:
        parser.error(f"--peers: {name!r} is none of {'; '.join(peer.name for peer in PEERS)}")
    options.withoutAVX512 = options.simd == "avx2"
    if options.withoutAVX512 and simd.found() != "avx512":
        parser.error("--simd avx2: this processor has no AVX-512 to switch off")
    options.simd = options.simd or simd.found()
    if not options.report:
        options.output = options.output or Path("runs", time.strftime("speed-%Y%m%d-%H%M%S"))
    return options


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
