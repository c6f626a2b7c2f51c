"""A program with a run: its command line, and however it ends one line and an exit code."""

import os
import signal
import subprocess
import sys

import leibnet

import pytest

from dataset import Dataset
from forking import Forking
from nn.runs import (
    RunError,
    chooseDataset,
    nonNegativeNumber,
    parser,
    positiveInteger,
    positiveNumber,
    readRecord,
    runOf,
    seedNumber,
)

BEGIN = """
import importlib, signal, sys, time
from pathlib import Path
from nn.runs import RunError, chooseDataset, parser, runOf, runScript
from nn.runs.interruption import postponed

def interrupt():
    signal.raise_signal(signal.SIGINT)
"""


def execute(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.fixture(scope="module")
def forked(tmp_path_factory):
    """As `execute`, where neither signals nor the environment count: the library is loaded once."""
    script = tmp_path_factory.mktemp("scripts") / "script.py"

    def forked(code, *arguments):
        script.write_text(BEGIN + code, encoding="utf-8")
        return forking.run(script, *arguments)

    with Forking() as forking:
        yield forked


BEFORE_THE_RUN = {
    "in main": "runScript(interrupt)",
    "postponed": """
def main():
    try:
        with postponed():
            interrupt()
            imported = True
    finally:
        assert imported
runScript(main)
""",
    "where Python lets no error out": """
class Deaf:
    def __del__(self):
        interrupt()
runScript(lambda: Deaf() and all(time.sleep(0.01) is None for i in range(500)))
""",
}


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("code", BEFORE_THE_RUN.values(), ids=BEFORE_THE_RUN)
def test_ctrl_c_before_the_run_begins(code):
    done = execute(code + "\ntime.sleep(5)")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted before anything was written\n")


RUN = """
def main():
    options = parser("Waits.").parse_args()
    dataset = chooseDataset("digits")
    with runOf(options, "waiting", dataset) as run:
        wait(run)

"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    "wait",
    [
        "def wait(run): interrupt()",
        """
def wait(run):  # as a library does that answers in words of its own
    try:
        interrupt()
    except KeyboardInterrupt:
        pass
    raise ValueError("invalid matrix")
""",
    ],
    ids=["as it is", "as another error"],
)
def test_ctrl_c_in_the_run(wait, tmp_path):
    done = execute(f"{RUN}\n{wait}\nrunScript(main)", "--output", tmp_path)
    assert done.returncode == 130
    message = done.stderr.strip()
    assert message.startswith("interrupted after ")
    assert message.endswith(f" s; what was written is in {tmp_path}")
    assert '"interrupted"' in (tmp_path / "run.json").read_text()
    (tmp_path / "checkpoint.safetensors").write_bytes(b"")
    done = execute(f"{RUN}\n{wait}\nrunScript(main)", "--output", tmp_path)
    assert done.stderr.strip().endswith(f"what was written is in {tmp_path}; --resume --output {tmp_path} goes on")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_while_the_run_finds_out_what_it_is_of(tmp_path):
    code = "import nn.runs.run\nnn.runs.run.codeDigest = lambda program: interrupt()"
    done = execute(f"{RUN}\n{code}\nrunScript(main)", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (130, "interrupted before anything was written\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("moment", ["written", "begun"])
def test_ctrl_c_just_after_the_record_is_there(moment, tmp_path):
    function = {"written": "_write", "begun": "__enter__"}[moment]
    code = f"""
from nn.runs import Run
usual = Run.{function}
def then(self):
    Run.{function} = usual
    result = usual(self)
    interrupt()
    return result
Run.{function} = then
"""
    done = execute(f"{RUN}\n{code}\nrunScript(main)", "--output", tmp_path)
    assert done.returncode == 130
    assert done.stderr.startswith("interrupted after ")
    assert '"interrupted"' in (tmp_path / "run.json").read_text()


@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("state", ["None", "closed"])
def test_a_program_without_a_console(name, state, tmp_path):
    gone = f"sys.{name} = None" if state == "None" else f"sys.{name}.close()"
    wait = """
def wait(run):
    from layers import Dense
    from nn import MLP
    MLP([Dense(64, 10, rng=0)]).train(run._dataset, epochs=1, **run.keeping())
    print("done")
"""
    done = execute(f"{gone}\n{RUN}\n{wait}\nrunScript(main)", "--output", tmp_path)
    assert done.returncode == 0
    assert '"finished"' in (tmp_path / "run.json").read_text()


def test_a_program_prints_what_the_console_cannot_show():
    done = execute("runScript(lambda: print('\\u2192 \\xfc'))", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (0, "\\u2192 \\xfc\n")


def test_resume_without_a_checkpoint_says_so(forked, tmp_path):
    done = forked(f"{RUN}\ndef wait(run): pass\nrunScript(main)", "--output", tmp_path, "--resume")
    assert f"There is no checkpoint in {tmp_path}: the run begins anew" in done.stdout


def test_folders_of_programs_that_begin_within_a_second(forked, tmp_path):
    code = f"import os, time; os.chdir({str(tmp_path)!r}); time.strftime = lambda *_: 'now'"
    for _ in range(3):
        done = forked(f"{code}\n{RUN}\ndef wait(run): pass\nrunScript(main)")
        assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path / "runs")) == ["waiting-now", "waiting-now-02", "waiting-now-03"]


def test_an_error_of_the_program_has_its_traceback(forked, tmp_path):
    done = forked(f"{RUN}\ndef wait(run): 1 / 0\nrunScript(main)", "--output", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.strip().endswith("ZeroDivisionError: division by zero")
    assert '"failed"' in (tmp_path / "run.json").read_text()


@pytest.mark.parametrize(
    ("main", "code", "message"),
    [
        ("lambda: None", 0, ""),
        ("lambda: 3", 3, ""),
        ("lambda: sys.exit(4)", 4, ""),
        ("lambda: Path('nowhere/x').open()", 1, "No such file or directory (nowhere/x). See whether it is still there"),
        ("lambda: (_ for _ in ()).throw(RunError('no run'))", 1, "no run\n"),
        ("lambda: (_ for _ in ()).throw(BrokenPipeError)", 141, ""),
        ("lambda: chooseDataset('digits', batch_size=-1)", 1, "no data set: "),
    ],
)
def test_the_exit_code(forked, main, code, message):
    done = forked(f"runScript({main})")
    assert done.returncode == code
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == bool(message)


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize(
    ("main", "code", "message"),
    [
        ("lambda: print('x' * 10)", 141, b""),
        ("lambda: print('x') or chooseDataset('minst')", 1, b"no data set: "),
    ],
)
def test_a_pipe_that_is_closed_before_all_is_printed(main, code, message):
    """Python itself would complain of it at the very end, and change the exit code to 120."""
    command = [sys.executable, "-c", f"{BEGIN}\nrunScript({main})"]
    environment = os.environ | {"PYTHONUNBUFFERED": ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert errors.startswith(message)
    assert errors.count(b"\n") == bool(message)
    assert process.returncode == code


def test_the_folder_is_named_by_the_program_and_the_time(forked, tmp_path):
    code = f"import os; os.chdir({str(tmp_path)!r}){RUN}\ndef wait(run): print(run.folder)\nrunScript(main)"
    done = forked(code)
    (folder,) = (tmp_path / "runs").iterdir()
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Data set: digits (as asked for), 1,437")
    assert lines[1].startswith("Computed by ")
    assert lines[2] == str(folder)
    assert folder.name.startswith("waiting-20")


def test_what_has_changed_since_a_run_began_is_printed(forked, tmp_path):
    code = f"{RUN}\ndef wait(run): pass\nrunScript(main)"
    assert forked(code, "--output", tmp_path).returncode == 0
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace('"processors": "', '"processors": "9'))
    done = forked(code, "--output", tmp_path, "--resume")
    assert done.stdout.splitlines()[1].startswith("Since the run began: processors: then 9")


def test_the_defaults_of_the_command_line():
    options = parser("Does something.\n\nIn many words.").parse_args([])
    assert vars(options) == {
        "dataset": None,
        "batch_size": 50,
        "seed": 0,
        "threads": None,
        "kernels": None,
        "output": None,
        "resume": False,
    }
    arguments = parser("Does something.\n\nIn many words.", batchSize=None, datasets=("ring",), resumes=False)
    text = arguments.format_help()
    assert "Does something." in text
    assert "many words" not in text
    assert "--resume" not in text
    assert "{ring}" in text
    assert "(default: by data set)" in " ".join(text.split())
    assert parser(None).description == ""
    assert "--dataset" not in parser("Makes its data itself.", datasets=()).format_help()


def test_resume_needs_a_folder(capsys):
    with pytest.raises(SystemExit) as raised:
        parser("").parse_args(["--resume"])
    assert raised.value.code == 2
    message = "argument --resume: give the folder of the run to go on with by --output"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (positiveInteger, {"1": 1, "20": 20}, ["0", "-3", "1.5", "x"]),
        (seedNumber, {"0": 0, "7": 7}, ["-1", "x"]),
        (positiveNumber, {"0.5": 0.5, "1e-9": 1e-9}, ["0", "-1", "inf", "nan", "x"]),
        (nonNegativeNumber, {"0": 0.0, "0.5": 0.5}, ["-1", "inf", "nan", "x"]),
    ],
)
def test_numbers_of_the_command_line(kind, good, bad):
    from argparse import ArgumentTypeError

    assert {text: kind(text) for text in good} == good
    for text in bad:
        with pytest.raises((ArgumentTypeError, ValueError)):
            kind(text)


def test_a_data_set_that_there_is_not():
    with pytest.raises(RunError, match="no data set: .*minst"):
        chooseDataset("minst")


def test_options_go_to_the_data_set(capsys):
    dataset = chooseDataset("digits", batch_size=20, valueRange=(-1, 1))
    assert (dataset.batch_size, dataset.valueRange) == (20, (-1, 1))
    assert capsys.readouterr().out == "Data set: digits (as asked for), 1,437 training and 360 test samples\n"


def test_the_kernels_that_were_asked_for_stand_in_the_record(tmp_path, monkeypatch):
    monkeypatch.setenv("LEIBNET_KERNELS", "")
    options = parser("").parse_args(["--dataset", "digits", "--kernels", "numpy", "--output", str(tmp_path / "run")])
    try:
        with runOf(options, "example", Dataset("digits")) as run:
            pass
        record = readRecord(run.folder)
        assert record.machine["kernels"] == "NumPy"
        assert record.variables["LEIBNET_KERNELS"] == "numpy"
        assert "kernels" not in record.arguments
    finally:
        leibnet.kernels()


def test_kernels_that_are_not_installed_are_refused(monkeypatch, capsys):
    monkeypatch.setattr("nn.runs.arguments.find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        parser("").parse_args(["--kernels", "numba"])
    assert "numba is not installed" in capsys.readouterr().err
