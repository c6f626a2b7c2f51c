"""The course: its notebooks run with their solutions, and every check refuses what is wrong."""

import json
from importlib.util import find_spec

import pytest

from notebooks import NOTEBOOKS, codeCells, execute, exercises, notebook, solutions, solved

# What a student might write: a part of the solution, and what stands in its place.
WRONG = {
    "1_classifier": {
        "exercise-1": [
            ("dz @ x.T", "-dz @ x.T"),
            ("dz @ x.T", "dz @ x.T / x.shape[1]"),
            ("dz.sum(axis=1, keepdims=True)", "dz.mean(axis=1, keepdims=True)"),
            ('self.parameters["weight"].T @ dz', 'np.ones_like(self.parameters["weight"]).T @ dz'),
        ],
        "exercise-2": [("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))"), ("1 / (1 + np.exp(-z))", "np.exp(z)")],
        "exercise-3": [
            ("y.shape[-1]", "y.size"),
            ("-self.delta, self.delta", "-np.inf, np.inf"),
            ("a - y, -", "y - a, -"),
        ],
    },
    "2_autoencoders": {
        "exercise-1": [
            ("dy @ z.T + x @ dz.T", "dy @ z.T"),
            ("dy @ z.T + x", "dy @ z.T - x"),
            ("dx = U @ dz", "dx = dy"),
        ],
        "exercise-2": [("2 * h /", "h /"), (" / N", ""), ("return self.weight * 2", "return -self.weight * 2")],
    },
    "3_vae": {
        "exercise-1": [
            ("(np.exp(r) - 1) / 2 / N", "(np.exp(r) - 1) / N"),
            ("mean / N", "2 * mean / N"),
            ("np.exp(r)", "r"),
        ],
        "exercise-2": [
            ("np.exp(r / 2) / 2", "np.exp(r / 2)"),
            ("np.exp(r / 2) / 2", "np.exp(r) / 2"),
            ("= dz\n", "= -dz\n"),
        ],
    },
    "4_gan": {
        "exercise-1": [
            ("sigmoid(samples) / fakes", "sigmoid(samples) / z.shape[1]"),
            ("(sigmoid(data) - 1)", "sigmoid(data)"),
            ("(sigmoid(z) - 1)", "(1 - sigmoid(z))"),
        ],
        "exercise-2": [("-sigmoid(z)", "sigmoid(z)"), ("-sigmoid(z)", "(sigmoid(z) - 1)")],
    },
    "5_convolutions": {
        "exercise-1": [
            ("w[i, j] * dz\n", "w[-1 - i, -1 - j] * dz\n"),  # a convolution where the layer correlates
            ("+= w[i, j] * dz", "= w[i, j] * dz"),
            ("+= w[i, j] * dz", "-= w[i, j] * dz"),
            ("columns]).sum()", "columns]).mean()"),
            ("dw[i, j]", "dw[j, i]"),
            ("db = dz.sum()", "db = dz.sum() / N"),
        ],
        "exercise-2": [
            (" * dy[:", " * -dy[:"),
            ("(squares == y[:, :, None, :, None])", "np.full(squares.shape, 0.25)"),
            ("(squares == y[:, :, None, :, None])", "np.ones_like(squares)"),
            (" * dy[:, :, None, :, None]", " * y[:, :, None, :, None]"),
        ],
    },
    "6_energy": {
        "exercise-1": [
            ("-(p * dF) @ v.T", "(p * dF) @ v.T"),
            ("-(p * dF) @ v.T", "-p @ v.T"),
            ("db = -(v * dF).sum(", "db = -v.sum("),
            ("db = -(v * dF)", "db = (v * dF)"),
            ("dc = -(p * dF).sum(", "dc = -(p * dF).mean("),
            ("-(b + W.T @ p) * dF", "-(W.T @ p) * dF"),
            ("-(b + W.T @ p) * dF", "-(b + W.T @ p)"),
            ("p = sigmoid(c + W @ v)  #", "p = sigmoid(W @ v)  #"),
        ],
        "exercise-2": [
            ("self.slopes(self.states, p * dy.sum())", "self.slopes(self.states, p)"),
            ("self.slopes(self.states, p * dy.sum())", "self.slopes(self.states, p * dy.mean())"),
            ("self.slopes(self.states, p * dy.sum())", "self.slopes(self.states, -p * dy.sum())"),
            ("self.slopes(self.states, p * dy.sum())", "(0, 0, 0)"),
            ("self.slopes(v, dy)", "self.slopes(v, np.ones_like(dy))"),
            ("sigmoid(c + W @ v)) * dy", "sigmoid(c + W @ v))"),
        ],
    },
    "7_sequences": {
        "exercise-1": [
            ("(dh[t] + later)", "dh[t]"),
            ("(dh[t] + later)", "(dh[t] - later)"),
            ("h[t + 1] ** 2", "h[t] ** 2"),
            ("dz @ h[t].T", "dz @ h[t + 1].T"),
            ("dWx +=", "dWx ="),
            ("db +=", "db ="),
            ("later = Wh.T @ dz", "later = Wh @ dz"),
            ("later = Wh.T @ dz", "later += Wh.T @ dz"),
        ],
        "exercise-2": [
            ("(dP - (P * dP).sum(axis=0))", "dP"),
            ("(P * dP).sum(axis=0)", "(P * dP).sum(axis=1)"),
            ("(P * dP).sum(axis=0)", "dP.sum(axis=0)"),
            ("dS, K) / np.sqrt(self.size)", "dS, K)"),
            ("dS, Q) / np.sqrt(self.size)", "dS, Q) / self.size"),
            ('"kqn,qdn->kdn", P, dy', '"qkn,qdn->kdn", P, dy'),
            ("P * (dP -", "-P * (dP -"),
        ],
    },
}
PLANTED = [
    (name, ident, *change) for name, table in WRONG.items() for ident, changes in table.items() for change in changes
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, numpy_alone):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_stored_without_output_and_has_a_check_for_each_exercise(name):
    book = notebook(name)
    cells = codeCells(book)
    assert exercises(name)
    assert all(ident.replace("exercise", "check") in cells for ident in exercises(name))
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in book["cells"] if "outputs" in cell)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    assert solutions(name).keys() == set(exercises(name)) == WRONG[name].keys()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_exercise_that_is_not_solved_says_so(name):
    for ident in exercises(name):
        number = ident.removeprefix("exercise-")
        cells = codeCells(solved(notebook(name), {one: code for one, code in solutions(name).items() if one != ident}))
        with pytest.raises(NotImplementedError, match=f"exercise {number}"):
            execute(cells, f"check-{number}")


@pytest.mark.parametrize(("name", "ident", "right", "wrong"), PLANTED)
def test_a_wrong_gradient_is_caught_by_the_check_of_its_exercise(name, ident, right, wrong):
    check, code = ident.replace("exercise", "check"), solutions(name)[ident]
    assert right in code
    cells = codeCells(solved(notebook(name), solutions(name) | {ident: code.replace(right, wrong)}))
    with pytest.raises(AssertionError):
        execute(cells, check)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_solutions_pass_every_check(name):
    for ident in exercises(name):
        execute(codeCells(solved(notebook(name), solutions(name))), ident.replace("exercise", "check"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_jupyter_with_its_solutions(name, tmp_path):
    if find_spec("nbclient") is None or find_spec("ipykernel") is None:
        pytest.skip('nbclient or ipykernel is not installed: pip install "leibnet[course]"')
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    book = nbformat.reads(json.dumps(solved(notebook(name), solutions(name))), as_version=4)
    nbformat.validate(book)
    quiet = Config({"KernelManager": {"transport": "ipc"}})  # over TCP the kernel warns that nothing is encrypted
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(book, timeout=300, kernel_name="python3", resources=resources, config=quiet).execute()
    shown = [output.output_type for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert {"stream", "display_data", "execute_result"} & set(shown)
