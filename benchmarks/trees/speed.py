"""The time that training steps take in two trees, in pairs."""

from __future__ import annotations

import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from trees import Tree

BLOCK = 0.3  # seconds
RENEWED = 2  # pairs after which both processes are new ones: where its memory lies can make one 2 % faster for good
SIMD = {"avx2": "AVX2", "fma": "FMA", "avx512f": "AVX-512", "avx512_bf16": "AVX-512 BF16", "asimd": "NEON"}


@dataclass
class Times:
    """Seconds of blocks, those of a pair at the same place."""

    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)

    def ratios(self) -> tuple[float, float, float]:
        """Quartiles and median of after / before: lower quartile, median, upper quartile."""
        ratios = [after / before for before, after in zip(self.before, self.after, strict=True)]
        low, median, high = statistics.quantiles(ratios * (1 + (len(ratios) == 1)), n=4, method="inclusive")
        return low, median, high

    def medians(self) -> tuple[float, float]:
        return statistics.median(self.before), statistics.median(self.after)


def measure(workload: str, before: Tree, after: Tree, pairs: int, epochs: int | None) -> Times:
    """Times so many pairs of blocks of `epochs` epochs, in the order before, after, after, before, ..."""
    times = Times()
    while len(times.before) < pairs:
        with before.inside("serve", workload) as one, after.inside("serve", workload) as other:
            if epochs is None:
                one.ask(1)  # is slow: everything is done for the first time
                epochs = max(1, round(BLOCK / float(one.ask(1))))
            for worker in (one, other):
                worker.ask(epochs)
            for turn in range(min(RENEWED, pairs - len(times.before))):
                both = [(one, times.before), (other, times.after)]
                for worker, seconds in both if turn % 2 == 0 else reversed(both):
                    seconds.append(float(worker.ask(epochs)))
    return times


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Its name and what it computes with."""
    try:
        lines = [line.partition(":") for line in cpuinfo.read_text(errors="replace").splitlines()]
    except OSError:
        return platform.processor() or platform.machine()
    said = {name.strip(): value.strip() for name, _, value in reversed(lines)}
    flags = (said.get("flags") or said.get("Features") or "").split()
    units = [SIMD[flag] for flag in SIMD if flag in flags]
    return f"{said.get('model name', platform.machine())}, {', '.join(units) or 'no SIMD that it names'}"
