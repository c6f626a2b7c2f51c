"""The gallery: a page for every script of examples/."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text("utf-8") != text:  # an untouched page is not read again
        path.write_text(text, "utf-8")


def _pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "gallery"
    folder.mkdir(exist_ok=True)
    names = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
    for name in names:
        words = ast.get_docstring(ast.parse((ROOT / "examples" / f"{name}.py").read_text("utf-8"))) or ""
        _write(
            folder / f"{name}.md",
            f"# {name}\n\n{words.splitlines()[0]}\n\n"
            f"```{{literalinclude}} ../../examples/{name}.py\n:language: python\n```\n",
        )
    _write(folder / "index.md", "# Gallery\n\n```{toctree}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", _pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
