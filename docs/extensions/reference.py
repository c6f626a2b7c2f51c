"""The reference: a page for every room, with every public name, written when the site is built."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import desc, desc_content, desc_signature, pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from extensions.names import NAMES
from extensions.prose import restructured
from extensions.rooms import pages

_made: dict[tuple[Any, ...], str] = {}


def _docstring(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    owner = thing if inspect.isclass(thing) else NAMES.all.get(name.rpartition(".")[0])
    lines[:] = restructured(lines, lambda text: NAMES.resolve(text, owner))
    if inspect.isclass(thing):
        homes = ", ".join(f":py:obj:`{home.rpartition('.')[2]} <{home}>`" for home in NAMES.inherited(thing))
        if homes:
            lines += ["", f"What is not listed here, it has of {homes}.", ""]


def _missing(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element) -> nodes.Element | None:
    """Follows what is called by another name: `leibnet.VAE`, `VAE`, a method that a class inherits."""
    if node.get("refdomain") != "py" or not (target := NAMES.resolve(node["reftarget"])):
        return None
    if target == node["reftarget"]:
        return None
    domain = env.domains["py"]
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)


def _contents(app: Sphinx, tree: nodes.document) -> None:
    """Leaves methods out of the lists of contents: with them, every page would carry a list of two thousand."""
    for entry in tree.findall(desc):
        if isinstance(entry.parent, desc_content):
            for signature in entry.findall(desc_signature):
                signature["_toc_name"] = ""


def _write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    texts = {folder / f"{name}.rst": text for name, text in pages().items()}
    for path in folder.glob("*.rst"):
        if path not in texts:
            path.unlink()
    for path, text in texts.items():
        if not path.is_file() or path.read_text("utf-8") != text:  # an untouched page is not read again
            path.write_text(text, "utf-8")


def _navigation(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """The pages of source files, two hundred, have one list of contents for each depth of folders: it is made once."""
    if page.startswith("_modules/") and "toctree" in context:
        make, depth = context["toctree"], page.count("/")

        def made(**options: Any) -> str:
            key = depth, *sorted(options.items())
            if key not in _made:
                _made[key] = make(**options)
            return _made[key]

        context["toctree"] = made


def _file(app: Sphinx, module: str | None, name: str) -> str | None:
    """The file in which a name has its source: of a method, that of its class, whoever it inherits it from.

    Otherwise the source of a base class, where it is met first in a class of another package, would link back there.
    """
    owner, _, member = name.partition(".")
    if module is None or not member:
        return None
    return getattr(getattr(importlib.import_module(module), owner, None), "__module__", None)


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.viewcode")
    app.connect("viewcode-follow-imported", _file)
    app.connect("builder-inited", _write)
    app.connect("autodoc-process-docstring", _docstring)
    app.connect("missing-reference", _missing)
    app.connect("doctree-read", _contents, priority=100)
    app.connect("html-page-context", _navigation, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
