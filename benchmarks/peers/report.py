"""The results as Markdown, JSON and pictures."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from peers import FORMS, pictures
from peers.configuration import FLOOR
from peers.pairing import Quartiles, isOurs, paired, summaries
from peers.simd import KINDS, REMAINDER

Row = dict[str, Any]
LAYOUTS = {"pytorch_channelslast": ", channels last", "pytorch_multihead": ", MultiheadAttention"}


def write(results: dict[str, Any], folder: Path) -> str:
    """Writes speed.md, speed.json and the pictures into the folder; returns the text."""
    folder.mkdir(parents=True, exist_ok=True)
    results["summary"] = summaries(results.get("steps", {}))
    (folder / "speed.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    content = text(results)
    (folder / "speed.md").write_text(content, encoding="utf-8")
    pictures.ratios(results["summary"], folder / "ratios.png")
    if "scaling" in results:
        pictures.scaling(results["scaling"], folder / "scaling.png")
    return f"{content}\nWritten to {folder}: {', '.join(sorted(file.name for file in folder.iterdir()))}"


def text(results: dict[str, Any]) -> str:
    sections = [_machine(results)]
    if results.get("steps"):
        sections += [_ratios(results["summary"]), _times(results["steps"], results["summary"])]
        sections.append(_memory(results["steps"]))
    if "scaling" in results:
        sections.append(_scaling(results["scaling"]))
    if results.get("whole_job"):
        sections.append(_whole_job(results["whole_job"]))
    if "import" in results:
        sections.append(f"`import nn` takes {results['import']['seconds']:.2f} s.")
    return "\n\n".join(sections) + "\n"


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
    versions = "; ".join(f"{name}: {version}" for name, version in machine["peers"].items() if version)
    lines = [
        f"{machine['processor']}, {machine['processors']} processors, SIMD {machine['simd']}, {machine['system']}, "
        f"Python {machine['python']}, NumPy {machine['numpy']}, Leibnet {machine['leibnet']}; OpenBLAS takes the "
        f"kernels for {machine['openblas']['numpy'] or 'an unknown processor'}, with Leibnet imported before NumPy "
        f"those for {machine['openblas']['leibnet'] or 'an unknown processor'}.",
        versions,
        *(f"{name} is left out, {reason}." for name, reason in results["missing"].items()),
    ]
    if machine["simd"] != KINDS[results["simd"]] and {"jax", "jax, ahead", "keras"} & machine["peers"].keys():
        lines.append(REMAINDER)
    return "\n".join(filter(None, lines))


def _names(summary: dict[str, Row]) -> list[str]:
    """Everybody who ran one of the workloads, the floor and Leibnet first."""
    names = dict.fromkeys(name for one in summary.values() for name in one["microseconds"])
    return sorted(names, key=lambda name: (name != "floor", not isOurs(name)))


def _ratios(summary: dict[str, Row]) -> str:
    names = [name for name in _names(summary) if not isOurs(name)]
    rows = [
        [workload, form, *(_quartiles(ratios[name]) if name in ratios else "" for name in names)]
        for workload, one in summary.items()
        for form, ratios in one["ratios"].items()
    ]
    return (
        "Leibnet's time over theirs, each at its best number of threads: the median of the rounds' ratios, and in "
        f"parentheses the quartiles; below 1, Leibnet is faster:\n\n{table(['step', '', *names], rows, names=2)}"
    )


def _quartiles(ratio: Quartiles) -> str:
    low, median, high = ratio
    return f"{median:.2f} ({low:.2f}–{high:.2f})"


def _times(steps: dict[str, Row], summary: dict[str, Row]) -> str:
    names = _names(summary)
    rows = []
    for workload, one in summary.items():
        cells = [
            f"{one['microseconds'][name]:,.0f} ({one['threads'][name]})" if name in one["threads"] else ""
            for name in names
        ]
        rows.append([workload, *cells, f"{steps[workload]['rounds']}", steps[workload]["date"]])
    content = table(["step", *names, "rounds", "date"], rows)
    return f"Microseconds a step, the median of the rounds, and in parentheses the best number of threads:\n\n{content}"


def _memory(steps: dict[str, Row]) -> str:
    rows = []
    for workload, entry in steps.items():
        for row in entry["rows"]:
            if row["peer"] in FLOOR or row["threads"] != entry["rows"][0]["threads"]:
                continue
            allocated = [f"{kib:,.0f}" for kib in row.get("allocated_kib", ())] or ["", ""]
            memory = row["imported_mib"], row["trained_mib"], row["trained_mib"] - row["imported_mib"]
            layout = LAYOUTS.get(row.get("module"), "")
            rows.append([workload, row["peer"] + layout, *map("{:.0f}".format, memory), *allocated])
    head = ["step", "", "imported", "trained", "difference", "a step allocates", "twice the width"]
    return (
        "Peak resident memory in MiB after the imports and after the training steps (30 of them are the data), and the "
        f"KiB that a steady step allocates:\n\n{table(head, rows, names=2)}"
    )


def _whole_job(entry: Row) -> str:
    seconds = {row["peer"]: row["seconds"] for row in entry["rows"]}
    forms = [form.name for form in FORMS if form.name in seconds]
    lines = []
    for row in entry["rows"]:
        name = row["peer"]
        accuracies = ", ".join(f"{100 * accuracy:.2f}" for accuracy in row["test_accuracy"])
        ratios = [_quartiles(paired(seconds[form], seconds[name])) if form != name else "" for form in forms]
        middle, peak = statistics.median(seconds[name]), statistics.median(row["peak_mib"])
        lines.append([name, f"{row['threads']}", f"{middle:.1f}", *ratios, f"{peak:.0f}", accuracies])
    head = ["", "threads", "seconds", *(f"{form} / it" for form in forms), "peak MiB", "test accuracy in %"]
    return (
        "The lecture's classifier, ten epochs on MNIST with all metrics, from the start of the process to its end, in "
        f"{len(entry['rows'][0]['seconds'])} turns on {entry['date']}: medians, the turns' ratios and their quartiles, "
        f"the peak of resident memory:\n\n{table(head, lines)}"
    )


def _scaling(scaling: dict[str, Any]) -> str:
    tables = [f"{scaling['peer']}, its time over the floor in the rounds' median:"]
    for series, points in scaling["series"].items():
        rows = [
            [
                f"{point['batch']:,}",
                f"{point['width']:,}",
                f"{point['parameters']:,}",
                f"{point['microseconds']:,.0f} ({point['threads']})",
                f"{point['microseconds'] / point['batch']:,.2f}",
                f"{point['floor_microseconds'] / point['batch']:,.2f}",
                f"{point['over_floor']:.2f}",
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
