"""The benchmark runs, writes what it says, and refuses what it does not know."""

import copy
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from leibnet import kernels

import pytest

from layers import Sampler

SPEED = Path(__file__).parents[2] / "benchmarks" / "speed.py"


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The folder, the results and the output of a short run without other libraries, where NumPy's OpenBLAS is told
    to take the kernels for AVX2."""
    folder = tmp_path_factory.mktemp("speed") / "made" / "anew"
    command = [sys.executable, SPEED, "--quick", "--workloads", "classifier-10", "--peers", "--output", folder]
    environment = os.environ | {"OPENBLAS_CORETYPE": "HASWELL"}
    run = subprocess.run(
        [*map(str, command)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    return SimpleNamespace(folder=folder, output=run.stdout, results=json.loads((folder / "speed.json").read_text()))


@pytest.fixture
def speed(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(SPEED.parent)
    return importlib.import_module("speed")


@pytest.fixture
def peers(speed):
    return sys.modules["peers"]


class Worker:
    """One that computes these losses."""

    def __init__(self, speed, peer, losses):
        self.configuration, self.workload = speed.Configuration(peer, peer, 1), speed.WORKLOADS["classifier-10"]
        self.losses = losses

    def send(self, request, steps):
        assert (request, steps) == ("losses", len(self.losses))

    def receive(self):
        return self.losses


def call(speed, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["speed.py", *map(str, arguments)])
    return speed.arguments()


# A run ---------------------------------------------------------------------------------------------------------------


def test_a_run_alone_writes_text_and_numbers_and_no_picture_of_ratios(quick):
    assert {file.name for file in quick.folder.iterdir()} == {"speed.md", "speed.json"}
    text = (quick.folder / "speed.md").read_text()
    assert text in quick.output
    assert f"Written to {quick.folder}: speed.json, speed.md" in quick.output
    assert "classifier-10: " in quick.output


def test_the_numbers(quick):
    assert quick.results.keys() == {"machine", "missing", "steps", "summary"}
    rows = quick.results["steps"].pop("classifier-10")
    assert not quick.results["steps"]
    quick.results["steps"]["classifier-10"] = rows
    assert {row["peer"] for row in rows} == {"leibnet", "products", "movement"}
    for row in rows:
        low, high = row["quartiles"]
        assert 0 < low <= row["microseconds"] <= high
        assert 6 <= row["steps"] <= 10
        assert 0 < row["imported_mib"] <= row["trained_mib"]
        assert row["threads"] == 1
    (ours,) = (row for row in rows if row["peer"] == "leibnet" and not row["numpyFirst"])
    assert all(0 < kib < 1000 for kib in ours["allocated_kib"])


def test_the_summary(quick):
    rows, summary = quick.results["steps"]["classifier-10"], quick.results["summary"]["classifier-10"]
    times = {row["peer"]: row["microseconds"] for row in rows if not row["numpyFirst"]}
    assert summary["floor"] == pytest.approx(times["products"] + times["movement"])
    assert summary["best"]["leibnet"]["microseconds"] == times["leibnet"]
    assert summary["ratios"] == {"floor": pytest.approx(times["leibnet"] / summary["floor"])}
    text = (quick.folder / "speed.md").read_text()
    assert f"| classifier-10 | {summary['floor']:,.0f} |" in " ".join(text.split())
    assert f"| classifier-10 | {summary['ratios']['floor']:.2f} |" in " ".join(text.split())


def test_the_kernels(quick):
    """Those that Leibnet chooses, whatever the environment says; where NumPy has others, both are timed."""
    openblas = quick.results["machine"]["openblas"]
    if kernels.hasAVX512() and openblas["leibnet"]:
        assert openblas == {"numpy": "Haswell", "leibnet": "SkylakeX"}
    rows = [row for row in quick.results["steps"]["classifier-10"] if row["peer"] == "leibnet"]
    assert [row["numpyFirst"] for row in rows] == [False, True][: 1 + (openblas["numpy"] != openblas["leibnet"])]
    text = (quick.folder / "speed.md").read_text()
    assert f"those for {openblas['leibnet'] or 'an unknown processor'}." in text


def test_ratios_to_others_are_written_and_drawn(quick, speed, tmp_path):
    results = copy.deepcopy(quick.results)
    rows = results["steps"]["classifier-10"]
    ours = min(row["microseconds"] for row in rows if row["peer"] == "leibnet" and not row["numpyFirst"])
    for peer, factor in (("pytorch", 2.0), ("jax", 0.5)):
        rows.append(next(row for row in rows if row["peer"] == "leibnet") | {"peer": peer, "numpyFirst": False})
        rows[-1]["microseconds"] = factor * ours
    importlib.import_module("peers.report").write(results, tmp_path)
    assert (tmp_path / "ratios.png").read_bytes().startswith(b"\x89PNG")
    summary = json.loads((tmp_path / "speed.json").read_text())["summary"]["classifier-10"]
    assert summary["ratios"]["pytorch"] == pytest.approx(0.5)
    assert summary["ratios"]["jax"] == pytest.approx(2.0)
    text = " ".join((tmp_path / "speed.md").read_text().split())
    assert f"| classifier-10 | {summary['ratios']['floor']:.2f} | 0.50 | 2.00 |" in text


def test_the_best_number_of_threads_counts(quick, speed):
    rows = copy.deepcopy(quick.results["steps"]["classifier-10"])
    ours = next(row for row in rows if row["peer"] == "leibnet")
    rows.append(ours | {"threads": 2, "microseconds": 0.1})
    summary = importlib.import_module("peers.report").summarize({"classifier-10": rows})
    assert summary["classifier-10"]["best"]["leibnet"]["threads"] == 2


def test_scaling_is_written_and_drawn(quick, speed, tmp_path):
    scaling = importlib.import_module("peers.scaling")
    rows = [
        {"batch": batch, "width": width, "parameters": 784 * width, "units": 784 + width}
        | {"microseconds": 10.0 * width, "floor_microseconds": 8.0 * width, "threads": 1}
        | {"memory_mib": 3 + (20 * 784 * width + 6 * batch * (784 + width)) / 2**20}
        for batch, width in ((10, 50), (10, 200), (100, 50), (1000, 100))
    ]
    memory = scaling.growth(rows)
    expected = {"constant_mib": 3, "bytes_per_parameter": 20, "bytes_per_sample_and_unit": 6}
    assert {name: memory[name] for name in expected} == pytest.approx(expected)
    assert memory["largest_error_mib"] < 1e-6
    results = {"machine": quick.results["machine"], "missing": {}}
    results["scaling"] = {"series": {"batch, width 100": rows, "width, batch 10": rows}, "memory": memory}
    importlib.import_module("peers.report").write(results, tmp_path)
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "speed.md").read_text()
    assert "Memory: 3 MiB + 20.0 bytes a parameter + 6.0 bytes a sample and unit" in text
    assert "500 (1) | 50.00 | 40.00 | 1.25 |" in " ".join(text.split())


# The command line ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "name", "known"), [("--workloads", "nothing", "classifier-10, "), ("--peers", "torch", "pytorch, ")]
)
def test_an_unknown_name_is_refused(option, name, known, speed, monkeypatch, capsys):
    with pytest.raises(SystemExit) as refusal:
        call(speed, monkeypatch, option, name)
    assert refusal.value.code == 2
    assert f"{option}: {name!r} is none of {known}" in capsys.readouterr().err


def test_the_script_itself_refuses():
    command = [sys.executable, str(SPEED), "--workloads", "vae-50", "nothing"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2
    assert "'nothing' is none of" in run.stderr


def test_workloads_are_chosen_by_the_beginnings_of_their_names(speed, monkeypatch):
    everything = [one.name for one in call(speed, monkeypatch).workloads]
    assert len(everything) == len(set(everything)) == len(speed.WORKLOADS)
    assert [one.name for one in call(speed, monkeypatch, "--workloads", "gan-50", "vae").workloads] == [
        name for name in everything if name.startswith(("gan-50", "vae"))
    ]


def test_quick_is_one_thread_and_two_rounds(speed, monkeypatch):
    options = call(speed, monkeypatch, "--quick", "--output", "somewhere")
    assert (options.threads, options.rounds, options.output) == ([1], 2, Path("somewhere"))


def test_a_missing_library_is_left_out_with_what_to_do(quick, speed, peers, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    monkeypatch.setattr(speed, "machine", lambda present: quick.results["machine"])
    monkeypatch.setattr(speed, "measure", lambda workload, present, options: quick.results["steps"]["classifier-10"])
    command = ["speed.py", "--quick", "--workloads", "classifier-10", "--peers", "pytorch", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    speed.main()
    expected = "pytorch is left out, not installed: pip install torch=="
    assert capsys.readouterr().out.startswith(expected)
    assert expected in (tmp_path / "speed.md").read_text()
    assert json.loads((tmp_path / "speed.json").read_text())["missing"].keys() == {"pytorch"}


def test_a_library_that_needs_a_compiler_says_so(peers, monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda name: name)
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    missing = {peer.name: peer.missing() for peer in peers.PEERS}
    assert {name for name, reason in missing.items() if reason} == {"pytorch-compiled"}
    assert "install g++ or clang++" in missing["pytorch-compiled"]


@pytest.mark.parametrize(("name", "first"), [("autoencoder-50", 543.4), ("vae-10", 543.4), ("gan-50", 0.69)])
def test_every_kind_of_step_computes_its_losses(name, first, speed):
    """Those of step 0 are known: networks with small outputs say 1/2 to every pixel, 784 ln 2, and to every image."""
    workload = speed.WORKLOADS[name]
    with speed.Workers([speed.Configuration.ours(1)], workload) as (ours,):
        losses = ours.ask("losses", steps=2)
    assert losses[0] != losses[1]
    assert losses[0][0] == pytest.approx(first, rel=0.03)


def test_the_bound_that_the_others_need_is_that_of_the_sampler(speed):
    sampler = Sampler(1, 1)
    sampler.parameters["weight"][...] = 1e6
    assert sampler.distribution([[1.0]])[1] == pytest.approx(speed.WORKLOADS["vae-10"].bound)


# What must agree -----------------------------------------------------------------------------------------------------


def test_libraries_that_compute_the_same_pass(speed):
    losses = [[1.0 / step] for step in range(1, 1 + speed.CHECKED)]
    rounded = [[1.0001 * loss] for (loss,) in losses]
    speed.check([Worker(speed, "leibnet", losses), Worker(speed, "pytorch", rounded)], threads=1)


@pytest.mark.parametrize("wrong", [1.01, 0.5, float("nan")])
def test_a_library_that_computes_something_else_ends_the_run(speed, wrong):
    losses = [[1.0] for _ in range(speed.CHECKED)]
    other = copy.deepcopy(losses)
    other[3][0] = wrong
    workers = [Worker(speed, name, losses) for name in ("leibnet", "jax")] + [Worker(speed, "pytorch", other)]
    with pytest.raises(SystemExit, match="classifier-10, step 3: .* computes another loss than the others"):
        speed.check(workers, threads=1)


def test_what_a_process_says_when_it_fails_is_shown(speed):
    with pytest.raises(SystemExit, match=r"(?s)No module named 'peers.nobody'.*nobody, 1 thread: wholeJob failed"):
        speed.run(speed.Configuration("nobody", "nobody", 1), "wholeJob")
