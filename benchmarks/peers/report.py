"""The results as Markdown, JSON and pictures."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from peers.worker import FLOOR

Row = dict[str, Any]


def write(results: dict[str, Any], folder: Path) -> str:
    """Writes speed.md, speed.json and the pictures into the folder; returns the text."""
    folder.mkdir(parents=True, exist_ok=True)
    summary = results["summary"] = summarize(results.get("steps", {}))
    (folder / "speed.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    sections = [_machine(results)]
    if summary:
        sections += [_times(summary), _ratios(summary), _memory(results["steps"])]
        _picture_of_ratios(summary, folder / "ratios.png")
    if "scaling" in results:
        sections.append(_scaling(results["scaling"]))
        _picture_of_scaling(results["scaling"], folder / "scaling.png")
    if results.get("whole_job"):
        sections.append(_whole_job(results["whole_job"]))
    if "import_seconds" in results:
        line = f"`import nn` takes {results['import_seconds']:.2f} s"
        if "mnist_mib" in results:
            line += f", an epoch of the classifier on MNIST {results['mnist_mib']:.0f} MiB of memory at most"
        sections.append(line + ".")
    text = "\n\n".join(sections) + "\n"
    (folder / "speed.md").write_text(text, encoding="utf-8")
    return f"{text}\nWritten to {folder}: {', '.join(sorted(file.name for file in folder.iterdir()))}"


def summarize(steps: dict[str, list[Row]]) -> dict[str, Row]:
    """By workload: the floor in microseconds, everybody's best row, and the ratios of Leibnet to them."""
    summary = {}
    for workload, rows in steps.items():
        best: dict[str, Row] = {}
        for row in rows:
            name = row["peer"]
            if row["numpyFirst"]:
                name += ", NumPy's kernels"
            if name not in best or row["microseconds"] < best[name]["microseconds"]:
                best[name] = row
        floor = {name: best.pop(name)["microseconds"] for name in FLOOR}
        ours = best["leibnet"]["microseconds"]
        summary[workload] = {
            "floor": sum(floor.values()),
            **floor,
            "best": best,
            "ratios": {"floor": ours / sum(floor.values())}
            | {name: ours / row["microseconds"] for name, row in best.items() if not name.startswith("leibnet")},
        }
    return summary


def table(head: Iterable[str], rows: Iterable[Iterable[str]], names: int = 1) -> str:
    """A table in Markdown; so many columns are left-aligned, the others right-aligned."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, ["-" * width if i < names else "-" * (width - 1) + ":" for i, width in enumerate(widths)])
    return "\n".join(
        "| " + " | ".join(f"{cell:{'<' if i < names else '>'}{widths[i]}}" for i, cell in enumerate(line)) + " |"
        for line in lines
    )


def _machine(results: dict[str, Any]) -> str:
    machine = results["machine"]
    versions = "; ".join(f"{name}: {version}" for name, version in machine["peers"].items())
    lines = [
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}, Python "
        f"{machine['python']}, NumPy {machine['numpy']}; OpenBLAS takes the kernels for "
        f"{machine['openblas']['numpy'] or 'an unknown processor'}, with Leibnet imported before NumPy those for "
        f"{machine['openblas']['leibnet'] or 'an unknown processor'}.",
        versions,
        *(f"{name} is left out, {reason}." for name, reason in results["missing"].items()),
    ]
    return "\n".join(filter(None, lines))


def _names(summary: dict[str, Row]) -> list[str]:
    """Everybody who ran one of the workloads, Leibnet first."""
    names = dict.fromkeys(name for one in summary.values() for name in one["best"])
    return sorted(names, key=lambda name: not name.startswith("leibnet"))


def _times(summary: dict[str, Row]) -> str:
    names = _names(summary)
    rows = []
    for workload, one in summary.items():
        found = [one["best"].get(name) for name in names]
        cells = [f"{row['microseconds']:,.0f} ({row['threads']})" if row else "" for row in found]
        rows.append([workload, f"{one['floor']:,.0f}", *cells])
    head = ["step", "floor", *names]
    return f"Microseconds a step, and in parentheses the best number of threads:\n\n{table(head, rows)}"


def _ratios(summary: dict[str, Row]) -> str:
    names = ["floor", *(name for name in _names(summary) if not name.startswith("leibnet"))]
    rows = [
        [workload, *(f"{one['ratios'][name]:.2f}" if name in one["ratios"] else "" for name in names)]
        for workload, one in summary.items()
    ]
    return f"Leibnet's time over theirs; below 1, Leibnet is faster:\n\n{table(['step', *names], rows)}"


def _memory(steps: dict[str, list[Row]]) -> str:
    rows = []
    for workload, all_rows in steps.items():
        for row in all_rows:
            if row["peer"] in FLOOR or row["numpyFirst"] or row["threads"] != all_rows[0]["threads"]:
                continue
            allocated = [f"{kib:,.0f}" for kib in row.get("allocated_kib", ())] or ["", ""]
            memory = row["imported_mib"], row["trained_mib"], row["trained_mib"] - row["imported_mib"]
            rows.append([workload, row["peer"], *map("{:.0f}".format, memory), *allocated])
    head = ["step", "", "imported", "trained", "difference", "a step allocates", "twice the width"]
    return (
        "Peak resident memory in MiB after the imports and after the training steps (30 of them are the data), and the "
        f"KiB that a steady step allocates:\n\n{table(head, rows, names=2)}"
    )


def _whole_job(rows: list[Row]) -> str:
    ours = statistics.median(rows[0]["seconds"])
    lines = []
    for row in rows:
        seconds = statistics.median(row["seconds"])
        accuracies = ", ".join(f"{100 * accuracy:.2f}" for accuracy in row["test_accuracy"])
        lines.append([row["peer"], f"{row['threads']}", f"{seconds:.1f}", f"{ours / seconds:.2f}", accuracies])
    head = ["", "threads", "seconds", "Leibnet's over theirs", "test accuracy in %"]
    return (
        "The lecture's classifier, ten epochs on MNIST with all metrics, from the start of the process to its end, "
        f"median of {len(rows[0]['seconds'])}:\n\n{table(head, lines)}"
    )


def _scaling(scaling: dict[str, Any]) -> str:
    tables = []
    for series, points in scaling["series"].items():
        rows = [
            [
                f"{point['batch']:,}",
                f"{point['width']:,}",
                f"{point['parameters']:,}",
                f"{point['microseconds']:,.0f} ({point['threads']})",
                f"{point['microseconds'] / point['batch']:,.2f}",
                f"{point['floor_microseconds'] / point['batch']:,.2f}",
                f"{point['microseconds'] / point['floor_microseconds']:.2f}",
                f"{point['memory_mib']:,.0f}",
            ]
            for point in points
        ]
        head = ["batch", "width", "parameters", "µs a step", "µs a sample", "floor", "over floor", "MiB"]
        tables.append(f"784-w-w-10, {series}:\n\n{table(head, rows)}")
    memory = scaling["memory"]
    tables.append(
        f"Memory: {memory['constant_mib']:.0f} MiB + {memory['bytes_per_parameter']:.1f} bytes a parameter + "
        f"{memory['bytes_per_sample_and_unit']:.1f} bytes a sample and unit, by least squares; at most "
        f"{memory['largest_error_mib']:.1f} MiB off, of up to {memory['largest_mib']:.0f}."
    )
    return "\n\n".join(tables)


def _picture_of_ratios(summary: dict[str, Row], path: Path) -> None:
    from matplotlib.figure import Figure

    names = [name for name in _names(summary) if not name.startswith("leibnet")]
    if not names:
        return
    figure = Figure(figsize=(max(9.0, 1.3 * len(summary) + 2), 4.8), layout="constrained")
    axes = figure.subplots()
    width = 0.84 / len(names)
    for k, name in enumerate(names):
        points = [(i, one["ratios"][name]) for i, one in enumerate(summary.values()) if name in one["ratios"]]
        places = [i + (k - (len(names) - 1) / 2) * width for i, _ in points]
        bars = axes.bar(places, [ratio - 1 for _, ratio in points], width * 0.94, bottom=1, label=name, zorder=2)
        for bar, (_, ratio) in zip(bars, points, strict=True):
            axes.annotate(
                f"{ratio:.2f}",
                (bar.get_x() + bar.get_width() / 2, ratio),
                (0, 3 if ratio >= 1 else -3),
                textcoords="offset points",
                ha="center",
                va="bottom" if ratio >= 1 else "top",
                rotation=90,
                fontsize=7,
            )
    axes.axhline(1, color="black", linewidth=1, zorder=3)
    axes.set_yscale("log")
    ratios = [one["ratios"][name] for one in summary.values() for name in names if name in one["ratios"]]
    axes.set_ylim(min(0.5, *ratios) / 1.35, max(2.0, *ratios) * 1.35)
    ticks = [tick for tick in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10) if _within(tick, axes.get_ylim())]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.grid(axis="y", alpha=0.3, zorder=0)
    axes.set_xticks(range(len(summary)), summary.keys(), rotation=20, ha="right")
    axes.set_ylabel("Leibnet's time / theirs\n(below 1: Leibnet is faster)")
    axes.legend(ncols=len(names), loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    figure.savefig(path, dpi=120)


def _within(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= value <= ends[1]


def _picture_of_scaling(scaling: dict[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.2), layout="constrained")
    for axes, (series, points) in zip(
        figure.subplots(1, len(scaling["series"])), scaling["series"].items(), strict=True
    ):
        kind = series.split(",")[0]
        x = [point[kind] for point in points]
        axes.loglog(x, [point["microseconds"] / point["batch"] for point in points], "o-", label="Leibnet")
        axes.loglog(x, [point["floor_microseconds"] / point["batch"] for point in points], "s--", label="floor")
        axes.set_title(f"784-w-w-10, {series}")
        axes.set_xlabel({"batch": "samples in a batch", "width": "width w"}[kind])
        axes.set_ylabel("µs a sample")
        axes.grid(alpha=0.3, which="both")
        axes.legend(frameon=False)
    figure.savefig(path, dpi=120)
