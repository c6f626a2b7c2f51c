"""The examples: listed, found, and run as scripts are."""

import sys

import pytest

from nn.runs.command.examples import exampleIn, examples, find, runAsScript, summary


@pytest.fixture
def script(tmp_path):
    """A function that writes a script."""

    def write(text, name="train_mine.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_all_examples_are_listed_with_a_line_each(command):
    done = command("train")
    assert done.code == 0
    assert done.out.isascii()
    listed = done.out.splitlines()[2:-2]
    assert [line.split()[0] for line in listed] == list(examples())
    assert all(len(line.split()) > 3 for line in listed)
    assert "repeat" not in examples()
    assert {"gan", "classifier", "transfer", "compare_depth"} < examples().keys()


@pytest.mark.parametrize("name", ["gan", "train_gan", "train_gan.py", "gan.py"])
def test_an_example_has_its_name_with_and_without_train(name):
    assert find(name) == examples()["gan"]
    assert find(name).name == "train_gan.py"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gaan", "did you mean gan"),
        ("beta-vae", "did you mean beta_vae"),
        ("hashing", "did you mean semantic_hashing?"),
        ("../evil", "`leibnet train` lists them"),
        ("repeat", "`leibnet train` lists them"),
        ("", "`leibnet train` lists them"),
    ],
)
def test_a_name_that_there_is_not(name, words, command):
    done = command("train", name)
    assert done.code == 2
    assert done.err.startswith(f"leibnet train: there is no example {name!r}: ")
    assert words in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["train", "gan", "--help"], "train_gan.py"),
        (["train", "train_gan.py"], "train_gan.py"),
        (["train"], None),
        (["train", "--help"], None),
        (["train", "gaan"], None),
        (["show", "gan"], None),
        ([], None),
    ],
)
def test_what_a_command_line_asks_for(words, name):
    path = exampleIn(words)
    assert (path if path is None else path.name) == name


def test_the_summary_is_the_first_line_of_the_docstring(script):
    assert summary(script('"""One.\n\nTwo."""\n')) == "One."
    assert summary(script("x = 1\n")) == ""


def test_a_script_sees_its_own_command_line_and_neighbours(script, capsys):
    script("WORD = 'beside'\n", "neighbour.py")
    path = script("import sys, neighbour\nprint(sys.argv, __name__, __file__, neighbour.WORD)\n")
    argv, places = sys.argv, list(sys.path)
    runAsScript(path, ["--help", "x y"])
    assert capsys.readouterr().out == f"{[str(path), '--help', 'x y']} __main__ {path} beside\n"
    assert sys.argv is argv
    assert sys.path == places
    del sys.modules["neighbour"]


def test_the_run_is_that_of_the_script(script, tmp_path):
    """run.json names the script that Python would have been started with."""
    path = script(
        "from dataset import Dataset\nfrom nn.runs import Run\n"
        f"with Run({str(tmp_path / 'run')!r}, Dataset('digits'), seed=0): pass\n"
    )
    from nn.runs import readRecord

    runAsScript(path, ["--a", "b"])
    record = readRecord(tmp_path / "run")
    assert (record.script, record.argv) == ("train_mine.py", ["--a", "b"])


ENDS = {
    "import sys; sys.exit(7)": (7, ""),
    "from nn.runs import runScript\ndef main(): raise KeyboardInterrupt\nrunScript(main)": (
        130,
        "interrupted before anything was written\n",
    ),
    "from nn.runs import runScript, RunError\ndef main(): raise RunError('no')\nrunScript(main)": (1, "no\n"),
}


STARTER = """
import pathlib, sys
from nn.runs.command.examples import runAsScript
runAsScript(pathlib.Path(sys.argv[1]), [])
"""


@pytest.mark.parametrize("text", ENDS)
def test_exit_codes_pass_through(text, script, started):
    done = started(script(STARTER, "starter.py"), script(text))
    assert (done.returncode, done.stderr) == ENDS[text]


def test_the_traceback_of_an_error_begins_in_the_script(script, started):
    path = script("def inner():\n    raise LookupError('lost')\ninner()\n")
    done = started(script(STARTER, "starter.py"), path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{path}", line 3, in <module>'
    assert lines[-1] == "LookupError: lost"
    assert "runpy" not in done.stderr
