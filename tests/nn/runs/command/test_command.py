"""Help, versions, exit codes, and what the command does as a program."""

import subprocess
import sys

from leibnet.version import __version__

import pytest

from nn.runs.command.main import SUBCOMMANDS

NAMES = [one.name for one in SUBCOMMANDS]


@pytest.fixture(scope="module")
def leibnet(started, tmp_path_factory):
    """Runs the program in a process of its own."""
    script = tmp_path_factory.mktemp("bin") / "leibnet"
    script.write_text("from nn.runs.command import run\nrun()\n")
    return lambda *words: started(script, *words)


def test_alone_it_prints_help_with_an_example_for_each_subcommand(command):
    done = command()
    assert done.code == 0
    assert done.out == command("--help").out
    for one in SUBCOMMANDS:
        assert f"\n  {one.example}\n" in done.out
    assert done.out.isascii()


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_subcommand_ends_with_an_example(name, command):
    done = command(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].startswith(f"  leibnet {name}")
    assert done.out.splitlines()[-2] == "example:"
    assert done.out.isascii()


def test_the_version(command):
    assert command("--version").out == f"leibnet {__version__}\n"


@pytest.mark.parametrize("words", [["shw"], ["show"], ["evaluate", "a.safetensors"], ["info", "--jso"]])
def test_wrong_arguments_have_the_exit_code_2(words, command):
    done = command(*words)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("leibnet")


def test_a_failure_is_one_line_on_stderr(leibnet, tmp_path):
    done = leibnet("show", tmp_path / "none.safetensors")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"there is no file {tmp_path / 'none.safetensors'}: ")
    assert done.stderr.count("\n") == 1


def test_an_example_in_its_own_words(leibnet, tmp_path):
    done = leibnet("train", "classifier", "--dataset", "digits", "--epochs", "none")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: train_classifier.py [-h]")
    done = leibnet("train", "train_classifier", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: train_classifier.py [-h]")


@pytest.mark.slow
def test_a_run_of_the_command_is_repeated_by_the_command(leibnet, tmp_path):
    words = ["--dataset", "digits", "--epochs", 1, "--threads", 1, "--output", tmp_path / "run"]
    done = leibnet("train", "classifier", *words)
    assert done.returncode == 0, done.stderr
    done = leibnet("repeat", tmp_path / "run", "--output", tmp_path / "again")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "agrees to the bit: 29 steps, 1 entry, 1 file of weights",
    )


def test_nobody_reads_what_is_printed():
    program = "from nn.runs.command import run; run()"
    command = [sys.executable, "-W", "error", "-c", program, "results"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


def test_what_cannot_be_repeated_is_said(command, run, change):
    change(run, script="mine.py")
    done = command("repeat", run, "--output", run.parent / "again")
    assert done.code == 2
    assert "leibnet repeat: error: expected a run of one of the scripts compare_codes.py, " in done.err
    assert "critic_estimate.py" in done.err
    assert "repeat.py" not in done.err
