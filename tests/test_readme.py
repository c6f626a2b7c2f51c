"""The README's listings run as they stand."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def blocks(language):
    return [text for kind, text in BLOCKS if kind == language]


def test_the_listing_is_the_lectures():
    """As tests/nn/models/test_lecture.py runs it."""
    lecture = (README.parent / "tests" / "nn" / "models" / "test_lecture.py").read_text(encoding="utf-8")
    assert blocks("python")[0].strip() in lecture


def test_the_model_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("python")[1], "README.md", "exec"), {})
    out = capsys.readouterr().out
    bound, estimate = map(float, out.splitlines()[-1].split())
    assert -25 < bound < estimate
    assert [path.name for path in tmp_path.iterdir()] == ["vae.png"]


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("python")[2], "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "65 parameters" in out
    accuracy = float(re.search(r"([\d.]+)\n\d+ entries", out).group(1))  # in the last row of the history
    assert accuracy > 0.95
    assert {path.name for path in tmp_path.iterdir()} == {"curves.png", "network.safetensors"}


def test_the_own_layer_prints_what_is_shown(capsys):
    exec(compile(blocks("python")[3], "README.md", "exec"), {"__name__": "readme"})
    shown, printed = blocks("text")[0], capsys.readouterr().out

    def without_rounding(text):  # the last digit of a difference quotient depends on the processor, and so do errors
        return re.sub(r"\d +\S+(?=  ok)", "", text)

    assert without_rounding(shown) == without_rounding(printed)


def test_the_test_command_is_the_one_of_ci():
    command = next(text for text in blocks("bash") if "pytest" in text)
    ci = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    for part in ('pip install --quiet -e ".[test]"', "pytest -n 2"):
        assert part in ci.replace("pytest -rs", "pytest")
        assert part.replace(" --quiet", "") in command


def test_every_picture_and_script_it_names_is_there():
    text = README.read_text(encoding="utf-8")
    named = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text) + re.findall(r"python ((?:examples|benchmarks)/\w+\.py)", text)
    named += [f"examples/{name}" for name in re.findall(r"`(train_\w+\.py)`", text)]
    assert len(named) > 10
    for name in named:
        assert (README.parent / name).is_file(), name
