"""The choice of OpenBLAS's kernels, which must come before NumPy."""

import os
import subprocess
import sys
import warnings

from leibnet.processor import blaskernels as kernels

import pytest

PACKAGES = ["activations", "leibnet", "dataset", "layers", "loss", "nn", "optimizer"]

# `choose` on its own, as it is called at import, on a processor of whose family and flags the system says SAYS.
CHOOSE = f"""
import importlib.util, os, pathlib
pathlib.Path.read_text = lambda self, errors: SAYS
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


def saying(flags, name="flags", vendor="GenuineIntel", family=6):
    """What the system says of two processors."""
    known = f"vendor_id\t: {vendor}\ncpu family\t: {family}\nmodel name\t: of 2 GHz: any\n"
    return 2 * f"processor\t: 0\n{known}{name}\t\t: {flags}\nvmx flags\t: avx2\nbogomips\t: 4800\n\n"


def cpuinfo(folder, *said, **known):
    file = folder / "cpuinfo"
    file.write_text(saying(*said, **known))
    return file


ALL = " ".join(sorted(kernels.AVX512))
AMD = {"vendor": "AuthenticAMD"}


# Choosing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "environment", "coretype", "timeout"),
    [
        (saying(ALL), {}, "SKYLAKEX", "20"),
        (saying(ALL, family=25, **AMD), {}, "HASWELL", "20"),
        (saying("avx2"), {}, "None", "20"),
        (saying(ALL), {"OPENBLAS_CORETYPE": "HASWELL"}, "HASWELL", "20"),
        (saying("avx2"), {"OPENBLAS_CORETYPE": "ZEN"}, "ZEN", "20"),
        (saying(ALL), {"OPENBLAS_THREAD_TIMEOUT": "26"}, "SKYLAKEX", "26"),
    ],
)
def test_only_what_the_user_left_open_is_set(said, environment, coretype, timeout):
    assert fresh(CHOOSE.replace("SAYS", repr(said)), **environment) == ["True", coretype, timeout]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_chooses_before_it_loads_numpy(package):
    code = f"import sys, {package}, leibnet, os; print('numpy' in sys.modules, leibnet.chosen, os.environ.get(NAME))"
    expected = str(kernels.fastest())
    loaded = str(package != "leibnet")  # which hands out names on demand
    assert fresh(code.replace("NAME", "'OPENBLAS_CORETYPE'")) == [loaded, "True", expected]


@pytest.mark.skipif(kernels.fastest() is None, reason="this processor has no AVX-512")
def test_numpys_openblas_takes_the_kernels():
    code = (
        "import leibnet, numpy; from threadpoolctl import threadpool_info\n"
        "print(*(pool['architecture'] for pool in threadpool_info() if pool['internal_api'] == 'openblas'))"
    )
    assert {kind.upper() for kind in fresh(code)} <= {kernels.fastest()}


def test_after_numpy_nothing_is_set():
    code = "import numpy, os, leibnet; print(leibnet.chosen, *(name for name in os.environ if 'OPENBLAS_' in name))"
    assert fresh(code) == ["False"]


# The processor -------------------------------------------------------------------------------------------------------


def test_a_processor_with_all_flags_has_avx512(tmp_path):
    assert kernels.fastest(cpuinfo(tmp_path, f"fpu sse2 avx2 fma {ALL}")) == "SKYLAKEX"


@pytest.mark.parametrize("missing", sorted(kernels.AVX512))
def test_a_processor_that_lacks_one_flag_has_not(tmp_path, missing):
    flags = " ".join(kernels.AVX512 - {missing}) + f" {missing}_fp16"
    assert kernels.fastest(cpuinfo(tmp_path, flags)) is None
    assert kernels.fastest(cpuinfo(tmp_path, flags, family=25, **AMD)) is None


@pytest.mark.parametrize(("family", "found"), [(25, "HASWELL"), (26, "SKYLAKEX"), (6, "SKYLAKEX")])
def test_zen_4_alone_computes_with_half_the_bits(tmp_path, family, found):
    assert kernels.fastest(cpuinfo(tmp_path, ALL, family=family, **AMD)) == found
    assert kernels.fastest(cpuinfo(tmp_path, ALL, family=family)) == "SKYLAKEX", "another's family of that number"


def test_a_processor_that_does_not_say_has_not(tmp_path):
    assert kernels.fastest(tmp_path / "nothing") is None
    assert kernels.fastest(tmp_path) is None
    assert kernels.fastest(cpuinfo(tmp_path, f"asimd {ALL}", name="Features")) is None
    assert kernels.fastest(cpuinfo(tmp_path, "")) is None


def test_strange_characters_in_a_processors_name_do_no_harm(tmp_path):
    file = cpuinfo(tmp_path, ALL)
    file.write_bytes(b"vendor\t: \xff\xfe\n" + file.read_bytes())
    assert kernels.fastest(file) == "SKYLAKEX"


# Too late ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["Haswell", "Zen", "ZEN"])
def test_slow_kernels_are_named_with_what_to_do(monkeypatch, architecture):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    monkeypatch.setattr(kernels, "fastest", lambda: "SKYLAKEX")
    message = f"{architecture} kernels.*import nn first, or set OPENBLAS_CORETYPE=SKYLAKEX in the environment"
    with pytest.warns(RuntimeWarning, match=message):
        kernels.warnIfSlow(architecture)


@pytest.mark.parametrize(
    ("architecture", "coretype", "fastest"),
    [
        ("SkylakeX", None, "SKYLAKEX"),
        ("Cooperlake", None, "SKYLAKEX"),
        ("armv8", None, "SKYLAKEX"),
        (None, None, "SKYLAKEX"),
        ("Haswell", "HASWELL", "SKYLAKEX"),
        ("Haswell", None, None),
        ("Haswell", None, "HASWELL"),
        ("SkylakeX", None, "HASWELL"),
    ],
)
def test_nothing_is_said_where_nothing_can_be_gained(monkeypatch, architecture, coretype, fastest):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    if coretype is not None:
        monkeypatch.setenv("OPENBLAS_CORETYPE", coretype)
    monkeypatch.setattr(kernels, "fastest", lambda: fastest)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernels.warnIfSlow(architecture)
