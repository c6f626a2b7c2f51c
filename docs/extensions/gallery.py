"""The gallery: a page for every script of examples/, with its code, what it printed and its pictures.

    python docs/extensions/gallery.py                       the examples whose code has changed are run and stored again
    python docs/extensions/gallery.py train_vae train_gan   these are, changed or not
    python docs/extensions/gallery.py --from DIR [NAME ...] runs are taken over from DIR/NAME

A build of the site runs an example whose code is not that of its stored run into the build folder, and shows that run.
A run that is taken over has output.txt, time.txt ("rc 0 seconds 12.3 date 2026-11-27"), the folder `run`, and
command.txt where the example was given arguments. With `-D gallery_runs=0` a build shows what is stored, and says so.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
from pathlib import Path
from typing import Any

from PIL import Image

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from extensions import storing
from extensions.prose import restructured
from extensions.storing import EXAMPLES, STORED, Stored

GROUPS = {
    "Classifiers": ["train_classifier", "compare_optimizers", "compare_initializers", "overfitting"],
    "Codes": ["train_pca", "train_ae", "train_dae", "train_conv_ae", "train_regularised_ae", "compare_codes"],
    "Deep networks": ["pretrain", "compare_depth", "transfer"],
    "Variational": ["train_vae", "train_beta_vae", "train_frames", "train_feature_vae", "latent_directions"],
    "Adversarial": ["train_gan", "train_cyclegan", "why_wasserstein", "critic_estimate", "use_gan"],
    "Energy": ["train_rbm", "train_gsn", "semantic_hashing"],
    "Images": ["train_segmentation", "see_units", "deep_dream", "style_transfer"],
    "Sequences": ["train_rnn", "train_text", "train_translation", "train_dynamic_system", "train_vrnn"],
    "Runs": ["repeat"],
}


def page(name: str, facts: Stored | None, folder: str, note: str = "") -> str:
    """The page of an example; `folder` is where its run lies, seen from the sources of the site."""
    words = ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text("utf-8"))) or name
    text = f"# {name}\n\n```{{eval-rst}}\n{_lines(words)}\n```\n\n"
    if note:
        text += f":::{{note}}\n{note}\n:::\n\n"
    if facts:
        made = [f"`{facts.command}`", facts.date, facts.processor, f"{facts.seconds:,.0f} s"]
        text += f"## What it prints\n\n```{{literalinclude}} {folder}/output.txt\n:language: text\n```\n\n"
        text += f"{', '.join(one for one in made if one)}.\n\n"
        if facts.pictures:
            text += "## Its pictures\n\n"
        for picture in facts.pictures:
            stem = picture.removesuffix(".png").replace("_", " ")
            text += f":::{{figure}} {folder}/{picture}\n:alt: {stem}, drawn by {name}\n"
            text += f":width: {_width(folder, picture)}px\n\n`{picture}`\n:::\n\n"
    return text + f"## Its code\n\n```{{literalinclude}} ../../examples/{name}.py\n:language: python\n```\n"


def _width(folder: str, picture: str) -> int:
    """The width of a picture: where it is said, Sphinx links to the picture, which the page may show smaller."""
    with Image.open((STORED.parent if folder.startswith("/") else STORED) / folder.lstrip("/") / picture) as opened:
        return opened.width


def _lines(words: str) -> str:
    lines = restructured(words.splitlines(), lambda name: None)
    return "\n".join(lines).replace(".. code-block:: text", ".. code-block:: bash")


def index(shown: dict[str, tuple[Stored | None, str]]) -> str:
    """The page that leads to all of them, with a picture of each that has one."""
    text = "# Gallery\n\nEvery script of `examples/`, with what it printed and drew in a stored run.\n\n"
    rest = [name for name in shown if not any(name in group for group in GROUPS.values())]
    for title, group in (GROUPS | {"Others": rest}).items():
        present = [name for name in group if name in shown]
        if not present:
            continue
        text += f"## {title}\n\n::::{{container}} gallery\n"
        for name in present:
            facts, folder = shown[name]
            if facts and facts.pictures:
                text += f":::{{figure}} {folder}/{facts.pictures[0]}\n:alt: a picture that {name} draws\n"
                text += f":target: {name}.html\n\n[{name}]({name}.md)\n:::\n"
            else:
                text += f":::{{container}} plain\n[{name}]({name}.md)\n:::\n"
        text += "::::\n\n```{toctree}\n:hidden:\n\n" + "\n".join(present) + "\n```\n\n"
    return text


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text("utf-8") != text:  # an untouched page is not read again
        path.write_text(text, "utf-8")


def _pages(app: Any) -> None:
    """Writes the pages into docs/gallery, and runs what has changed."""
    STORED.mkdir(exist_ok=True)
    shown = {}
    for name in storing.names():
        facts, folder, note = storing.read(STORED / name), name, ""
        if facts is None:
            note = f"No run is stored: `python docs/extensions/gallery.py {name}` makes one."
        elif facts.code != storing.digest(name) and app.config.gallery_runs:
            fresh = Path(app.doctreedir) / "gallery" / name
            facts = _fresh(name, fresh)
            folder = "/" + os.path.relpath(fresh, app.srcdir).replace(os.sep, "/")
            note = "The example has changed since its run was stored: this run was made while the site was built."
        elif facts.code != storing.digest(name):
            note = "The example has changed since this run was stored."
        shown[name] = (facts, folder)
        _write(STORED / f"{name}.md", page(name, facts, folder, note))
    _write(STORED / "index.md", index(shown))


def _fresh(name: str, folder: Path) -> Stored:
    from sphinx.util import logging

    facts = storing.read(folder)
    if facts is None or facts.code != storing.digest(name):
        logging.getLogger(__name__).info("%s has changed since its run was stored: it is run now", name)
        facts = storing.renew(name, folder)
    return facts


def setup(app: Any) -> dict[str, Any]:
    app.add_config_value("gallery_runs", True, "env", bool)
    app.connect("builder-inited", _pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="examples (default: those whose code has changed)")
    parser.add_argument("--from", dest="source", type=Path, help="take runs over from this folder in place of running")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(storing.names()):
        parser.error(f"no example is called {', '.join(sorted(unknown))}; there are {', '.join(storing.names())}")
    failed = False
    for name in arguments.names or [name for name in storing.names() if not _upToDate(name)]:
        if arguments.source and not (arguments.source / name / "time.txt").is_file():
            continue
        try:
            source = arguments.source and arguments.source / name
            facts = storing.takeOver(name, source, STORED / name) if source else storing.renew(name, STORED / name)
        except RuntimeError as error:
            failed = True
            print(f"{name} is not stored: {error}")
        else:
            print(f"{name}: {facts.seconds:,.0f} s, {len(facts.pictures)} pictures")
    sys.exit(int(failed))


def _upToDate(name: str) -> bool:
    facts = storing.read(STORED / name)
    return facts is not None and facts.code == storing.digest(name)


if __name__ == "__main__":
    main()
