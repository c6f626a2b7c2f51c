"""Runs all tasks, each script in a process of its own, and writes docs/tasks.md.

python tests/tasks/table.py         about a minute; it takes scikit-learn, pandas, onnx, onnxruntime and torch
"""

import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import leibnet

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from tasks import LINES, TASKS, figure, lines  # noqa: E402 - from the folder above

HEAD = """# Ten tasks

Made by `python tests/tasks/table.py`, which runs the scripts: do not edit.

What a practitioner does with the library, and the same with scikit-learn where that can do it: same split,
standardisation, networks, steps, batches and epochs, one seed. Lines are those of code, as `ruff format` writes them:
ours are at most {times} times scikit-learn's. `tests/tasks/test_tasks.py` holds lines and figures. Of a sliced
Wasserstein distance from points of the test set, the number in brackets is that of as many points of the training set.
Seconds are those of the process from start to end, imports among them.

| task | lines | scikit-learn | measure | figure | scikit-learn | seconds | scikit-learn |
| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |
"""


def run(path):
    """What a script prints, and the seconds that its process takes."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        began = time.perf_counter()
        command = [sys.executable, "-W", "ignore", str(path)]
        done = subprocess.run(command, cwd=folder, env=environment, check=True, text=True, capture_output=True)
        return done.stdout, time.perf_counter() - began


def cells(task):
    """The columns of a task's row."""
    output, seconds = run(task.path)
    beside = [line.split()[-1] for line in output.splitlines() if line.startswith("data ")]
    ours = " ".join([figure(output), *(f"({one})" for one in beside)])
    name = f"[{task.task}](../tests/tasks/{task.path.name})"
    if not task.twin:
        return [name, lines(task.path), "", task.measure, ours, "", f"{seconds:.1f}", ""]
    theirs, their_seconds = run(task.twinPath)
    link = f"[{figure(theirs)}](../tests/tasks/{task.twinPath.name})"
    counts = lines(task.path), lines(task.twinPath)
    return [name, *counts, task.measure, ours, link, f"{seconds:.1f}", f"{their_seconds:.1f}"]


def main():
    import sklearn

    run(TASKS[0].path)  # compiles the kernels, where that was not done before
    rows = ["| " + " | ".join(map(str, cells(task))) + " |" for task in TASKS]
    date = datetime.datetime.now(datetime.UTC).date()
    machine = f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"
    versions = f"Leibnet {leibnet.__version__} ({leibnet.description()}), scikit-learn {sklearn.__version__}"
    foot = f"{date}, {machine}; {versions}. The machine did other things meanwhile."
    text = HEAD.format(times=LINES) + "\n".join(rows) + f"\n\n{foot}\n"
    (ROOT / "docs" / "tasks.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
