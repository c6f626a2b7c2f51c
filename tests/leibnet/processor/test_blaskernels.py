"""The choice of OpenBLAS's kernels, which must come before NumPy."""

import os
import subprocess
import sys
import warnings

from leibnet.processor import blaskernels as kernels

import pytest

PACKAGES = ["activations", "leibnet", "dataset", "layers", "loss", "nn", "optimizer"]

# `choose` on its own, as it is called at import, on a processor whose flags are FLAGS.
CHOOSE = f"""
import importlib.util, os, pathlib
pathlib.Path.read_text = lambda self, errors: "flags : FLAGS"
specification = importlib.util.spec_from_file_location("kernels", {kernels.__file__!r})
kernels = importlib.util.module_from_spec(specification)
specification.loader.exec_module(kernels)
print(kernels.chosen, os.environ.get("OPENBLAS_CORETYPE"), os.environ.get("OPENBLAS_THREAD_TIMEOUT"))
"""


def fresh(code, **environment):
    """The words that a fresh interpreter prints, in an environment that says nothing about OpenBLAS but this."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    command = [sys.executable, "-W", "error", "-c", code]
    run = subprocess.run(command, env=others | environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def cpuinfo(folder, flags, name="flags"):
    file = folder / "cpuinfo"
    processor = f"processor\t: 0\nmodel name\t: AMD EPYC\n{name}\t\t: {flags}\nvmx flags\t: avx2\nbogomips\t: 4800\n\n"
    file.write_text(2 * processor)
    return file


# Choosing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("has", "environment", "coretype", "timeout"),
    [
        (True, {}, "SKYLAKEX", "20"),
        (False, {}, "None", "20"),
        (True, {"OPENBLAS_CORETYPE": "HASWELL"}, "HASWELL", "20"),
        (False, {"OPENBLAS_CORETYPE": "ZEN"}, "ZEN", "20"),
        (True, {"OPENBLAS_THREAD_TIMEOUT": "26"}, "SKYLAKEX", "26"),
    ],
)
def test_only_what_the_user_left_open_is_set(has, environment, coretype, timeout):
    flags = " ".join(kernels.AVX512) if has else "avx2"
    assert fresh(CHOOSE.replace("FLAGS", flags), **environment) == ["True", coretype, timeout]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_chooses_before_it_loads_numpy(package):
    code = f"import sys, {package}, leibnet, os; print('numpy' in sys.modules, leibnet.chosen, os.environ.get(NAME))"
    expected = "SKYLAKEX" if kernels.hasAVX512() else "None"
    loaded = str(package != "leibnet")  # which hands out names on demand
    assert fresh(code.replace("NAME", "'OPENBLAS_CORETYPE'")) == [loaded, "True", expected]


@pytest.mark.skipif(not kernels.hasAVX512(), reason="this processor has no AVX-512")
def test_numpys_openblas_takes_the_kernels():
    code = (
        "import leibnet; from threadpoolctl import threadpool_info\n"
        "print(*(pool['architecture'] for pool in threadpool_info() if pool['internal_api'] == 'openblas'))"
    )
    assert set(fresh(code)) <= {"SkylakeX"}


def test_after_numpy_nothing_is_set():
    code = "import numpy, os, leibnet; print(leibnet.chosen, *(name for name in os.environ if 'OPENBLAS_' in name))"
    assert fresh(code) == ["False"]


# The processor -------------------------------------------------------------------------------------------------------


def test_a_processor_with_all_flags_has_avx512(tmp_path):
    assert kernels.hasAVX512(cpuinfo(tmp_path, "fpu sse2 avx2 fma " + " ".join(sorted(kernels.AVX512))))


@pytest.mark.parametrize("missing", sorted(kernels.AVX512))
def test_a_processor_that_lacks_one_flag_has_not(tmp_path, missing):
    assert not kernels.hasAVX512(cpuinfo(tmp_path, " ".join(kernels.AVX512 - {missing}) + f" {missing}_fp16"))


def test_a_processor_that_does_not_say_has_not(tmp_path):
    assert not kernels.hasAVX512(tmp_path / "nothing")
    assert not kernels.hasAVX512(tmp_path)
    assert not kernels.hasAVX512(cpuinfo(tmp_path, "asimd " + " ".join(kernels.AVX512), name="Features"))
    assert not kernels.hasAVX512(cpuinfo(tmp_path, ""))


def test_strange_characters_in_a_processors_name_do_no_harm(tmp_path):
    file = cpuinfo(tmp_path, " ".join(kernels.AVX512))
    file.write_bytes(b"vendor\t: \xff\xfe\n" + file.read_bytes())
    assert kernels.hasAVX512(file)


# Too late ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["Haswell", "Zen", "ZEN"])
def test_slow_kernels_are_named_with_what_to_do(monkeypatch, architecture):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    monkeypatch.setattr(kernels, "hasAVX512", lambda: True)
    message = f"{architecture} kernels.*import nn first, or set OPENBLAS_CORETYPE=SKYLAKEX in the environment"
    with pytest.warns(RuntimeWarning, match=message):
        kernels.warnIfSlow(architecture)


@pytest.mark.parametrize(
    ("architecture", "coretype", "has"),
    [
        ("SkylakeX", None, True),
        ("Cooperlake", None, True),
        ("armv8", None, True),
        (None, None, True),
        ("Haswell", "HASWELL", True),
        ("Haswell", None, False),
    ],
)
def test_nothing_is_said_where_nothing_can_be_gained(monkeypatch, architecture, coretype, has):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    if coretype is not None:
        monkeypatch.setenv("OPENBLAS_CORETYPE", coretype)
    monkeypatch.setattr(kernels, "hasAVX512", lambda: has)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernels.warnIfSlow(architecture)
