"""The benchmark runs, writes what it says, and refuses what it does not know."""

import copy
import importlib
import json
import operator
import os
import re
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

from leibnet.processor import blaskernels as kernels

import pytest

from layers import Sampler

SPEED = Path(__file__).parents[2] / "benchmarks" / "speed.py"
OTHERS = "SKYLAKEX" if kernels.fastest() == "HASWELL" else "HASWELL"  # OpenBLAS's kernels that Leibnet does not choose


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The folder, the results and the output of a short run without other libraries, where NumPy's OpenBLAS is told
    to take the OTHERS."""
    folder = tmp_path_factory.mktemp("speed") / "made" / "anew"
    command = [sys.executable, SPEED, "--quick", "--workloads", "classifier-10", "--peers", "--output", folder]
    environment = os.environ | {"OPENBLAS_CORETYPE": OTHERS}
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


@pytest.fixture
def results(quick):
    """Those of the short run, to be changed."""
    return copy.deepcopy(quick.results)


@pytest.fixture
def pairing(speed):
    return importlib.import_module("peers.pairing")


@pytest.fixture
def report(speed):
    return speed.report


@pytest.fixture
def kept(speed):
    return speed.kept


@pytest.fixture
def simd(speed):
    return speed.simd


class Worker:
    """One that computes these losses."""

    def __init__(self, speed, peer, losses):
        self.configuration, self.workload = speed.Configuration(peer, peer, 1), speed.WORKLOADS["classifier-10"]
        self.losses = losses

    def send(self, request, steps):
        assert (request, steps) == ("losses", len(self.losses))

    def receive(self):
        return self.losses


def forms():
    """Of Leibnet, those that can run here."""
    return ["leibnet, NumPy alone", "leibnet, kernels"][: 1 + (find_spec("numba") is not None)]


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


def test_the_numbers(results):
    assert results.keys() == {"simd", "date", "machine", "missing", "steps", "summary"}
    entry = results["steps"].pop("classifier-10")
    assert not results["steps"]
    assert entry["rounds"] == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"])
    assert {row["peer"] for row in entry["rows"]} >= {*forms(), "products", "movement"}
    for row in entry["rows"]:
        assert len(row["rounds"]) == 2
        assert min(row["rounds"]) > 0
        assert 0 < row["imported_mib"] <= row["trained_mib"]
        assert row["threads"] == 1
        if row["peer"].startswith("leibnet"):
            assert all(0 < kib < 1000 for kib in row["allocated_kib"])


def test_the_summary(quick, results):
    rows = {row["peer"]: row["rounds"] for row in results["steps"]["classifier-10"]["rows"]}
    found = results["summary"]["classifier-10"]
    floor = [sum(both) for both in zip(rows["products"], rows["movement"], strict=True)]
    assert found["microseconds"]["floor"] == pytest.approx(statistics.median(floor))
    assert found["ratios"].keys() == set(forms())
    text = " ".join((quick.folder / "speed.md").read_text().split())
    assert f"| classifier-10 | {statistics.median(floor):,.0f} (1) | " in text
    for form in forms():
        assert found["microseconds"][form] == pytest.approx(statistics.median(rows[form]))
        low, median, high = found["ratios"][form]["floor"]
        assert median == pytest.approx(statistics.median(map(operator.truediv, rows[form], floor)))
        assert f"| classifier-10 | {form} | {median:.2f} ({low:.2f}–{high:.2f}) |" in text


def test_kernels_are_left_out_where_numba_is_not_installed(results):
    assert ("leibnet, kernels" in results["missing"]) == (find_spec("numba") is None)


def test_the_kernels_of_openblas(results, quick):
    """Those that Leibnet chooses, whatever the environment says; where NumPy has others, both are timed."""
    openblas = results["machine"]["openblas"]
    if kernels.fastest() and openblas["leibnet"]:
        assert [openblas["numpy"].upper(), openblas["leibnet"].upper()] == [OTHERS, kernels.fastest()]
    names = [row["peer"] for row in results["steps"]["classifier-10"]["rows"]]
    assert ("leibnet, NumPy alone, OpenBLAS's choice" in names) == (openblas["numpy"] != openblas["leibnet"])
    assert f"those for {openblas['leibnet'] or 'an unknown processor'}." in (quick.folder / "speed.md").read_text()


def test_ratios_to_others_are_written_and_drawn(results, report, tmp_path):
    rows = results["steps"]["classifier-10"]["rows"]
    ours = next(row for row in rows if row["peer"] == "leibnet, NumPy alone")
    ours["rounds"] = [100.0, 80.0]
    rows.append(ours | {"peer": "pytorch", "rounds": [250.0, 250.0]})
    rows.append(ours | {"peer": "jax", "rounds": [50.0, 40.0]})
    report.write(results, tmp_path)
    assert (tmp_path / "ratios.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads((tmp_path / "speed.json").read_text())["summary"]["classifier-10"]
    ratios = found["ratios"]["leibnet, NumPy alone"]
    assert ratios["pytorch"] == pytest.approx([0.34, 0.36, 0.38])
    assert ratios["jax"] == pytest.approx([2.0, 2.0, 2.0])
    text = " ".join((tmp_path / "speed.md").read_text().split())
    assert "| 0.36 (0.34–0.38) | 2.00 (2.00–2.00) |" in text


def test_a_whole_job_is_written(results, report):
    rows = [
        {"peer": "leibnet, NumPy alone", "threads": 1, "seconds": [4.0, 6.0, 5.0], "peak_mib": [70.0, 71.0, 72.0]},
        {"peer": "pytorch", "threads": 2, "seconds": [8.0, 6.0, 20.0], "peak_mib": [300.0, 300.0, 301.0]},
    ]
    rows = [row | {"test_accuracy": [0.97, 0.98, 0.975]} for row in rows]
    text = report.text(results | {"whole_job": {"date": "2026-01-31", "rows": rows}})
    assert "in 3 turns on 2026-01-31" in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "| leibnet, NumPy alone | 1 | 5.0 | | 71 | 97.00, 98.00, 97.50 |" in lines
    assert "| pytorch | 2 | 8.0 | 0.50 (0.38–0.75) | 300 | 97.00, 98.00, 97.50 |" in lines


def test_scaling_is_written_and_drawn(quick, report, tmp_path):
    scaling = importlib.import_module("peers.scaling")
    rows = [
        {"batch": batch, "width": width, "parameters": 784 * width, "units": 784 + width}
        | {"microseconds": 10.0 * width, "floor_microseconds": 8.0 * width, "over_floor": 1.25, "threads": 1}
        | {"memory_mib": 3 + (20 * 784 * width + 6 * batch * (784 + width)) / 2**20}
        for batch, width in ((10, 50), (10, 200), (100, 50), (1000, 100))
    ]
    memory = scaling.growth(rows)
    expected = {"constant_mib": 3, "bytes_per_parameter": 20, "bytes_per_sample_and_unit": 6}
    assert {name: memory[name] for name in expected} == pytest.approx(expected)
    assert memory["largest_error_mib"] < 1e-6
    results = {name: quick.results[name] for name in ("simd", "machine", "missing")}
    series = {"batch, width 100": rows, "width, batch 10": rows}
    results["scaling"] = {"peer": "leibnet, kernels", "series": series, "memory": memory}
    report.write(results, tmp_path)
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "speed.md").read_text()
    assert "leibnet, kernels" in text
    assert "Memory: 3 MiB + 20.0 bytes a parameter + 6.0 bytes a sample and unit" in text
    assert "500 (1) | 50.00 | 40.00 | 1.25 |" in " ".join(text.split())


# Pairs ---------------------------------------------------------------------------------------------------------------


def test_a_ratio_is_taken_in_every_round(pairing):
    """A machine that is three times as slow in the last rounds changes no ratio, though it does the medians."""
    slow = [1, 1, 1, 3, 3]
    theirs = [10 * factor for factor in slow]
    ours = [ratio * other for ratio, other in zip([0.5, 0.7, 0.6, 0.9, 0.8], theirs, strict=True)]
    assert pairing.paired(ours, theirs) == pytest.approx((0.6, 0.7, 0.8))
    assert statistics.median(ours) / statistics.median(theirs) == pytest.approx(0.7) != 0.9


def test_rounds_of_different_numbers_are_no_pairs(pairing):
    with pytest.raises(ValueError, match="argument 2 is longer"):
        pairing.paired([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3, 1, 2], (1.5, 2, 2.5)), ([1, 2], (1.25, 1.5, 1.75)), ([5, 1, 4, 2, 3], (2, 3, 4)), ([7] * 9, (7, 7, 7))],
)
def test_quartiles_lie_among_the_values(values, expected, pairing):
    assert pairing.quartiles(values) == pytest.approx(expected)


def test_the_number_of_threads_with_the_least_median_counts(pairing):
    """Not the one with the fastest round."""
    rows = [
        {"peer": "jax", "threads": 1, "rounds": [5.0, 6.0, 7.0]},
        {"peer": "jax", "threads": 2, "rounds": [1.0, 9.0, 9.0]},
        {"peer": "products", "threads": 1, "rounds": [1.0, 1.0, 1.0]},
        {"peer": "products", "threads": 2, "rounds": [0.5, 0.5, 0.5]},
        {"peer": "movement", "threads": 1, "rounds": [0.25, 0.25, 0.5]},
        {"peer": "leibnet, kernels", "threads": 1, "rounds": [2.0, 3.0, 3.5]},
        {"peer": "leibnet, kernels", "threads": 2, "rounds": [3.0, 3.0, 4.0]},
    ]
    found = pairing.summary(rows)
    assert found["threads"] == {"floor": 2, "jax": 1, "leibnet, kernels": 1}
    assert found["microseconds"] == {"floor": 0.75, "jax": 6.0, "leibnet, kernels": 3.0}
    assert found["ratios"] == {
        "leibnet, kernels": {
            "floor": pytest.approx(pairing.quartiles([2 / 0.75, 3 / 0.75, 3.5])),
            "jax": pytest.approx(pairing.quartiles([0.4, 0.5, 0.5])),
        }
    }


def test_every_turn_has_an_order_of_its_own_and_the_same_in_every_run(pairing):
    names = list("abcdefgh")
    turns = [pairing.shuffled(names, turn) for turn in range(9)]
    assert turns == [pairing.shuffled(names, turn) for turn in range(9)]
    assert all(sorted(turn) == names for turn in turns)
    for name in names:
        before = [turn[turn.index(name) - 1] for turn in turns if turn[0] != name]
        assert len(set(before)) > 2, name


def test_the_rounds_run_in_turns(speed):
    calls = []

    class Timed:
        def __init__(self, name):
            self.name = name

        def round(self, steps, limit, ofProcessor):
            calls.append((self.name, steps, limit, ofProcessor))

    options = SimpleNamespace(rounds=3, steps=7, limit=0.1, processor_time=True)
    speed.steps.takeTurns([Timed("a"), Timed("b"), Timed("c")], options)
    assert {call[1:] for call in calls} == {(7, 0.1, True)}
    turns = [[name for name, *_ in calls[i : i + 3]] for i in (0, 3, 6)]
    assert len(calls) == 9
    assert all(sorted(turn) == ["a", "b", "c"] for turn in turns)
    assert len(set(map(tuple, turns))) > 1


def test_calls_of_several_steps_are_divided_by_their_number(speed, monkeypatch):
    """As those of JAX running ahead."""
    counted = []
    fake = ModuleType("peers.fake")
    fake.STEPS = 10
    fake.make = lambda workload: lambda i, check=False: counted.append(i) or time.sleep(0.002)
    monkeypatch.setitem(sys.modules, "peers.fake", fake)
    server = importlib.import_module("peers.server")
    its = server._Server(speed.Configuration("fake", "fake", 1), speed.WORKLOADS["classifier-10"])
    seconds = its.time(steps=40, limit=60)
    assert len(seconds) == 4
    assert all(0.0002 <= one < 0.002 for one in seconds)
    assert counted == list(range(9))  # with five that do not count


@pytest.mark.parametrize("ofProcessor", [False, True])
def test_the_processors_time_leaves_out_what_others_take(ofProcessor, speed, monkeypatch):
    fake = ModuleType("peers.fake")
    fake.make = lambda workload: lambda i, check=False: time.sleep(0.01)
    monkeypatch.setitem(sys.modules, "peers.fake", fake)
    server = importlib.import_module("peers.server")
    its = server._Server(speed.Configuration("fake", "fake", 1), speed.WORKLOADS["classifier-10"])
    assert (statistics.median(its.time(3, 60, ofProcessor)) < 0.005) == ofProcessor


def test_the_processors_time_is_that_of_one_thread(speed, monkeypatch, capsys):
    assert call(speed, monkeypatch, "--threads", 1, "--processor-time").processor_time
    with pytest.raises(SystemExit):
        call(speed, monkeypatch, "--processor-time")
    assert "--processor-time: with --threads 1 alone" in capsys.readouterr().err


# The Transformer -----------------------------------------------------------------------------------------------------


@pytest.fixture
def transformer(speed):
    return speed.WORKLOADS["transformer-32"]


def test_the_transformer_has_two_forms_of_pytorch(speed, transformer):
    modules = [form.module for peer in speed.PEERS if peer.runs(transformer) for form in peer.forms(transformer, 1)]
    assert modules == ["pytorch_transformer", "pytorch_multihead"]
    assert [form.forms(transformer, 1)[0].module for form in speed.FORMS] == ["ours", "ours"]


def test_our_transformer_has_the_parameters_and_the_products_that_are_counted(speed, transformer):
    ours, floor = (importlib.import_module(f"peers.{name}") for name in ("ours", "floor"))
    model = ours._model(transformer)
    assert model.chain.numParameters() == transformer.numParameters() == 810_049
    for a, b, out in floor.products(transformer):
        assert out.shape == (*a.shape[:-1], b.shape[-1])
    _, positions = model.chain.layers[:2]
    expected = importlib.import_module("peers.transformer").sinusoids(128)
    assert positions.positions == pytest.approx(expected, abs=1e-6)


# SIMD ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ("fpu avx avx2 avx512f avx512bw avx512cd avx512dq avx512vl", "avx512"),
        ("fpu avx avx2 avx512f", "avx2"),  # the first processors with a part of it
        ("fpu avx", "unknown"),
    ],
)
def test_what_a_processor_has(flags, kind, simd, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbogomips: 1\n\nprocessor\t: 1\nflags\t\t: {flags}\n")
    assert simd.found(cpuinfo) == kind


def test_a_system_that_does_not_say_what_its_processor_has(simd, tmp_path):
    assert simd.found(tmp_path / "none") == "unknown"


def test_labels(simd):
    assert simd.label("avx512", "avx512") == "AVX-512"
    assert simd.label("avx2", "avx2") == "AVX2"
    assert simd.label("avx2", "avx512") == "AVX2 (AVX-512 switched off)"
    assert simd.label("unknown", "unknown") == "unknown"


def test_the_environment_without_AVX512(peers, simd, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=somewhere")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "ZEN")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    monkeypatch.delenv("NUMBA_CPU_FEATURES", raising=False)
    environment = peers.Peer("jax", "jax").on(1, withoutAVX512=True).environment()
    assert simd.SWITCHES.items() <= environment.items()
    assert environment["XLA_FLAGS"].startswith("--xla_dump_to=somewhere --xla_cpu_max_isa=AVX2 --xla_cpu_multi")
    environment = peers.Peer("pytorch", "pytorch").on(2).environment()
    assert not simd.VARIABLES & environment.keys(), "what the user chose is no more than what the label says"
    assert environment["XLA_FLAGS"] == "--xla_dump_to=somewhere"
    assert environment["OMP_NUM_THREADS"] == "2"


def test_the_forms_of_leibnet_are_told_by_the_environment(peers, monkeypatch):
    monkeypatch.setenv("LEIBNET_KERNELS", "nonsense")
    chosen = {form.name: form.on(1).environment()["LEIBNET_KERNELS"] for form in peers.FORMS}
    assert chosen == {"leibnet, NumPy alone": "numpy", "leibnet, kernels": "numba"}


SWITCHED_OFF = """
import warnings
warnings.simplefilter("error")
import numpy as np
print(*np.show_config(mode="dicts")["SIMD Extensions"]["found"])
from threadpoolctl import threadpool_info
print(*(pool["architecture"] for pool in threadpool_info() if pool["internal_api"] == "openblas"))
try:
    import numba
except ImportError:
    raise SystemExit
add = numba.njit(fastmath=True)(lambda a, b: a + b)
add(np.ones(1000, np.float32), np.ones(1000, np.float32))
print("zmm" in "".join(add.inspect_asm().values()))
"""


@pytest.mark.skipif(kernels.fastest() is None, reason="this processor has no AVX-512")
def test_AVX512_is_switched_off(peers):
    """In NumPy without a warning, in OpenBLAS and in numba."""
    environment = peers.ALONE.on(1, withoutAVX512=True).environment()
    command = [sys.executable, "-c", SWITCHED_OFF]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    numpy, openblas, *numba = run.stdout.splitlines()
    assert "AVX512" not in numpy
    assert "X86_V4" not in numpy
    assert openblas in ("", "Haswell")
    assert numba in ([], ["False"])


# What is kept --------------------------------------------------------------------------------------------------------


def test_what_is_measured_again_replaces_itself_alone(results, kept, tmp_path):
    for name in ("vae-10", "classifier-50"):
        results["steps"][name] = copy.deepcopy(results["steps"]["classifier-10"])
    results["import"] = {"date": "2026-01-31", "seconds": 0.1}
    kept.add(results, tmp_path / "results")
    again = results | {"steps": {"vae-10": copy.deepcopy(results["steps"]["vae-10"]) | {"date": "2030-02-28"}}}
    del again["import"]
    for row in again["steps"]["vae-10"]["rows"]:
        row["rounds"] = [1.0, 3.0]
    kept.add(again, tmp_path / "results")
    assert [file.name for file in (tmp_path / "results").iterdir()] == [f"speed-{results['simd']}.json"]
    (found,) = kept.load(tmp_path / "results")
    assert list(found["steps"]) == ["classifier-10", "classifier-50", "vae-10"], "in the order of the workloads"
    assert found["steps"]["classifier-50"] == results["steps"]["classifier-50"]
    assert found["steps"]["vae-10"] == again["steps"]["vae-10"]
    assert found["summary"].keys() == found["steps"].keys()
    assert found["summary"]["vae-10"]["microseconds"]["floor"] == pytest.approx(4.0)
    assert found["import"] == results["import"]


def test_a_part_that_other_peers_ran_knows_them_still(results, kept, tmp_path):
    results["machine"]["peers"] = {"leibnet, NumPy alone": "", "pytorch": "torch 2.13.0"}
    results["missing"] = {"jax": "not installed"}
    kept.add(results, tmp_path)
    results["machine"]["peers"] = {"leibnet, NumPy alone": "", "jax": "jax 0.10.2"}
    results["missing"] = {"keras": "not installed"}
    kept.refuseOthers(results, tmp_path)
    kept.add(results, tmp_path)
    (found,) = kept.load(tmp_path)
    assert found["machine"]["peers"].keys() == {"leibnet, NumPy alone", "pytorch", "jax"}
    assert found["missing"] == {"keras": "not installed"}


def test_results_of_another_machine_are_not_mixed(results, kept, tmp_path):
    kept.refuseOthers(results, tmp_path)
    results["machine"]["peers"]["pytorch"] = "torch 2.13.0"
    kept.add(results, tmp_path)
    kept.refuseOthers(results, tmp_path)
    other = copy.deepcopy(results)
    other["machine"]["processor"] = "Z80"
    other["machine"]["peers"]["pytorch"] = "torch 2.14.0"
    with pytest.raises(
        SystemExit, match=r"(?s)remove it first.*processor: .*, now Z80.*torch 2.13.0, now torch 2.14.0"
    ):
        kept.refuseOthers(other, tmp_path)
    kept.refuseOthers(other | {"simd": "another"}, tmp_path)


def test_a_write_that_fails_leaves_what_is_kept(results, kept, tmp_path, monkeypatch):
    kept.add(results, tmp_path)
    before = (tmp_path / f"speed-{results['simd']}.json").read_bytes()

    def fail(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        kept.add(results | {"date": "2030-02-28"}, tmp_path)
    assert (tmp_path / f"speed-{results['simd']}.json").read_bytes() == before


def test_the_report_has_a_table_for_each_kind_of_SIMD(results, speed, kept, tmp_path, monkeypatch, capsys):
    for kind, label in (("avx2", "AVX2 (AVX-512 switched off)"), ("avx512", "AVX-512")):
        results["machine"]["simd"] = label
        results["machine"]["peers"]["jax"] = "jax 0.10.2"
        kept.add(results | {"simd": kind}, tmp_path)
    monkeypatch.setattr(sys, "argv", ["speed.py", "--report", "--results", str(tmp_path)])
    speed.main()
    first, second = capsys.readouterr().out.split("## AVX2 (AVX-512 switched off)\n")
    assert first.startswith("## AVX-512\n")
    for text in (first, second):
        assert "| classifier-10 | leibnet, NumPy alone | " in " ".join(text.split())
    assert "YNNPACK" in second
    assert "YNNPACK" not in first
    assert sorted(file.name for file in tmp_path.iterdir()) == ["speed-avx2.json", "speed-avx512.json"]


def test_the_report_is_also_drawn(results, speed, kept, tmp_path, monkeypatch, capsys):
    kept.add(results | {"simd": "avx2"}, tmp_path / "kept")
    command = ["speed.py", "--report", "--results", tmp_path / "kept", "--output", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", [*map(str, command)])
    speed.main()
    assert "## " in capsys.readouterr().out
    assert {file.name for file in (tmp_path / "out" / "avx2").iterdir()} == {"speed.md", "speed.json"}


def test_a_report_of_nothing_says_what_to_do(speed, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["speed.py", "--report", "--results", str(tmp_path)])
    with pytest.raises(SystemExit, match="nothing is kept in .*: python benchmarks/speed.py --keep"):
        speed.main()


def test_every_workload_is_kept_as_soon_as_it_is_measured(results, speed, kept, tmp_path, monkeypatch):
    """A run that ends in the middle has kept what it did before."""
    entry = results["steps"]["classifier-10"]

    def measure(workload, present, options):
        if workload.name == "vae-50":
            raise SystemExit("out of memory")
        return {"rounds": 3, "rows": entry["rows"]}

    monkeypatch.setattr(speed, "machine", lambda present, options: results["machine"])
    monkeypatch.setattr(speed.steps, "measure", measure)
    command = ["speed.py", "--keep", "--results", tmp_path, "--workloads", "vae", "--peers"]
    monkeypatch.setattr(sys, "argv", [*map(str, command)])
    with pytest.raises(SystemExit, match="out of memory"):
        speed.main()
    (found,) = kept.load(tmp_path)
    assert found["steps"].keys() == {"vae-10"}


# The command line ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "name", "known"), [("--workloads", "nothing", "classifier-10, "), ("--peers", "torch", "pytorch; ")]
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
    options = call(speed, monkeypatch)
    assert (options.threads, options.rounds, options.repeats) == ([1, 2], 9, 5)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["steps", "whole_job", "import"]),
        (["--workloads", "vae-10"], ["steps"]),
        (["--whole-job"], ["whole_job"]),
        (["--scaling"], ["scaling"]),
        (["--workloads", "vae-10", "--whole-job"], ["steps", "whole_job"]),
        (["--quick"], ["steps"]),
    ],
)
def test_what_is_measured(arguments, expected, speed, peers, monkeypatch):
    monkeypatch.setattr(speed.steps, "measure", lambda *arguments: {})
    monkeypatch.setattr(speed.scaling, "measure", lambda *arguments: {})
    monkeypatch.setattr(speed.wholejob, "measure", lambda *arguments: [{}])
    monkeypatch.setattr(speed, "importTime", lambda: 0.1)
    found = speed.parts([peers.ALONE], call(speed, monkeypatch, *arguments))
    assert list(dict.fromkeys(name for name, _ in found)) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rounds", 2], "--rounds: at least 3"),
        (["--repeats", 2], "--repeats: at least 3"),
        (["--keep", "--quick"], "--quick is too short"),
    ],
)
def test_what_is_too_short_is_refused(arguments, message, speed, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        call(speed, monkeypatch, *arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["avx512", "avx2", "unknown"])
def test_only_AVX512_that_is_there_can_be_switched_off(kind, speed, simd, monkeypatch, capsys):
    monkeypatch.setattr(simd, "found", lambda: kind)
    options = call(speed, monkeypatch)
    assert (options.simd, options.withoutAVX512) == (kind, False)
    if kind == "avx512":
        options = call(speed, monkeypatch, "--simd", "avx2")
        assert (options.simd, options.withoutAVX512) == ("avx2", True)
    else:
        with pytest.raises(SystemExit):
            call(speed, monkeypatch, "--simd", "avx2")
        assert "no AVX-512 to switch off" in capsys.readouterr().err


def test_a_missing_library_is_left_out_with_what_to_do(quick, speed, peers, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    monkeypatch.setattr(speed, "machine", lambda present, options: quick.results["machine"])
    monkeypatch.setattr(speed.steps, "measure", lambda *arguments: quick.results["steps"]["classifier-10"])
    command = ["speed.py", "--quick", "--workloads", "classifier-10", "--peers", "pytorch", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    speed.main()
    output, text = capsys.readouterr().out, (tmp_path / "speed.md").read_text()
    for expected in (
        "leibnet, kernels is left out, not installed: pip install numba",
        "pytorch is left out, not installed: pip install torch==",
    ):
        assert expected in output
        assert expected in text
    missing = json.loads((tmp_path / "speed.json").read_text())["missing"]
    assert missing.keys() == {"leibnet, kernels", "pytorch"}


def test_a_library_that_needs_a_compiler_says_so(peers, monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda name: name)
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    missing = {peer.name: peer.missing() for peer in peers.PEERS}
    assert {name for name, reason in missing.items() if reason} == {"pytorch-compiled"}
    assert "install g++ or clang++" in missing["pytorch-compiled"]


@pytest.mark.parametrize(("name", "first"), [("autoencoder-50", 543.4), ("vae-10", 543.4), ("gan-50", 0.69)])
def test_every_kind_of_step_computes_its_losses(name, first, speed, peers):
    """Those of step 0 are known: networks with small outputs say 1/2 to every pixel, 784 ln 2, and to every image."""
    workload = speed.WORKLOADS[name]
    with speed.steps.Workers([peers.ALONE.on(1)], workload) as (ours,):
        losses = ours.ask("losses", steps=2)
    assert losses[0] != losses[1]
    assert losses[0][0] == pytest.approx(first, rel=0.03)


@pytest.mark.parametrize("name", ["conv-autoencoder-32", "conv-denoising-32", "conv-classifier-64"])
def test_convolutional_steps_draw_the_prepared_noise(name, speed, peers):
    """Twice the same losses: with noise and dropout of its own, no two processes would agree."""
    workload = speed.WORKLOADS[name]
    with speed.steps.Workers([peers.ALONE.on(1), peers.ALONE.on(1)], workload) as workers:
        first, again = (worker.ask("losses", steps=2) for worker in workers)
    assert first == again
    assert first[0] != first[1]


def test_convolutions_are_timed_beside_pytorch_in_both_layouts(speed, peers):
    found = [peer for peer in (*peers.FORMS, *peers.PEERS) if peer.runs(speed.WORKLOADS["conv-classifier-64"])]
    assert [peer.name for peer in found] == ["leibnet, NumPy alone", "leibnet, kernels", "pytorch"]
    modules = [one.module for one in found[-1].forms(speed.WORKLOADS["conv-classifier-64"], 1)]
    assert modules == ["pytorch_images", "pytorch_channelslast"]
    assert [one.module for one in found[-1].forms(speed.WORKLOADS["vae-10"], 1)] == ["pytorch"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("conv-autoencoder-32", 3801), ("conv-denoising-32", 19105), ("conv-classifier-64", 225034)],
)
def test_the_listed_networks(name, parameters, speed):
    assert speed.WORKLOADS[name].numParameters() == parameters


def test_the_bound_that_the_others_need_is_that_of_the_sampler(speed):
    sampler = Sampler(1, 1)
    sampler.parameters["weight"][...] = 1e6
    assert sampler.distribution([[1.0]])[1] == pytest.approx(speed.WORKLOADS["vae-10"].bound)


# What must agree -----------------------------------------------------------------------------------------------------


def test_libraries_that_compute_the_same_pass(speed):
    losses = [[1.0 / step] for step in range(1, 1 + speed.steps.CHECKED)]
    rounded = [[1.0001 * loss] for (loss,) in losses]
    speed.steps.check([Worker(speed, "leibnet", losses), Worker(speed, "pytorch", rounded)], threads=1)


@pytest.mark.parametrize("wrong", [1.01, 0.5, float("nan")])
def test_a_library_that_computes_something_else_ends_the_run(speed, wrong):
    losses = [[1.0] for _ in range(speed.steps.CHECKED)]
    other = copy.deepcopy(losses)
    other[3][0] = wrong
    workers = [Worker(speed, name, losses) for name in ("leibnet", "jax")] + [Worker(speed, "pytorch", other)]
    with pytest.raises(SystemExit, match="classifier-10, step 3: .* computes another loss than the others"):
        speed.steps.check(workers, threads=1)


def test_what_a_process_says_when_it_fails_is_shown(speed):
    with pytest.raises(SystemExit, match=r"(?s)No module named 'peers.nobody'.*nobody, 1 thread: wholeJob failed"):
        speed.run(speed.Configuration("nobody", "nobody", 1), "wholeJob")
