"""The directives of chapters: `run` shows what code prints and draws, `quotients` holds gradients to quotients.

    ```{run}
    :hide:              the code is not shown, what it prints and draws is
    :caption: text      below a picture
    :alt: text          what a picture shows, for those who do not see it
    :warns:             the code warns, and the page shows what it is warned of
    print(1 + 1)
    ```

    ```{quotients}
    network.checkGradients(x, y)
    ```

The listings of a page have one namespace, in their order. A listing that fails, a warning that was not announced, and a
gradient that has not passed are errors of the build.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralInclude
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from extensions.page import Outcome, Page

logger = logging.getLogger(__name__)

PACKAGES = ("activations", "dataset", "layers", "leibnet", "loss", "nn", "optimizer")
DOTS = 144  # to the inch of a picture, shown at 96
MINUS = "\N{MINUS SIGN}"

_pages: dict[str, Page] = {}


class _Listing(SphinxDirective):
    has_content = True
    option_spec = {
        "hide": directives.flag,
        "caption": directives.unchanged,
        "alt": directives.unchanged,
        "warns": directives.flag,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        name, code = self.env.docname, "\n".join(self.content)
        page = _pages.get(name) or _pages.setdefault(name, Page(name))
        try:
            outcome = page.run(code, f"{name}, line {self.lineno}")
        except Exception as error:
            self.env.note_reread()  # in the next build, too
            lines = traceback.format_exception_only(error)
            frames = traceback.extract_tb(error.__traceback__)[1:]
            where = "".join(traceback.format_list(frames[-3:]))
            raise self.error(f"The code of this listing fails.\n{where}{''.join(lines)}") from error
        if outcome.warned and "warns" not in self.options:
            self.env.note_reread()
            raise self.error("The code warns, and :warns: does not say so: " + "; ".join(outcome.warned))
        if "warns" in self.options and not outcome.warned:
            self.env.note_reread()
            raise self.error(":warns: announces a warning that does not come.")
        shown: list[nodes.Node] = []
        if "hide" not in self.options:
            listing = nodes.literal_block(code, code, language="python", classes=["listing"])
            self.set_source_info(listing)
            shown.append(listing)
        return shown + self.shown(outcome)

    def shown(self, outcome: Outcome) -> list[nodes.Node]:
        raise NotImplementedError

    def printed(self, outcome: Outcome) -> list[nodes.Node]:
        text = "\n".join([outcome.printed.rstrip("\n"), *outcome.warned]).strip("\n")
        return [nodes.literal_block(text, text, language="text", classes=["output"])] if text else []


class Run(_Listing):
    """Runs code, and shows what it prints and the value of its last expression."""

    def shown(self, outcome: Outcome) -> list[nodes.Node]:
        from matplotlib.figure import Figure

        from nn import GradientReport

        found, value = self.printed(outcome), outcome.value
        if isinstance(value, Figure):
            return [*found, self._picture(value)]
        if isinstance(value, GradientReport):
            return [*found, table(value)]
        if value is not None:
            text = repr(value)
            found.append(nodes.literal_block(text, text, language="text", classes=["output"]))
        return found

    def _picture(self, figure: Any) -> nodes.Node:
        from matplotlib import pyplot

        if not self.options.get("alt"):
            self.env.note_reread()
            raise self.error("A picture needs :alt:, a sentence that says what is to be seen.")
        path = Path(self.env.doctreedir) / "pictures" / f"{self.env.docname.replace('/', '-')}-{self.lineno}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DOTS, facecolor="white")
        width = round(96 * figure.get_size_inches()[0])
        pyplot.close(figure)
        uri = "/" + os.path.relpath(path, self.env.srcdir).replace(os.sep, "/")
        image = nodes.image(uri=uri, alt=self.options["alt"], width=f"{width}px", classes=["picture"])
        framed = nodes.figure("", image)
        self.set_source_info(image)
        if caption := self.options.get("caption"):
            text, messages = self.parse_inline(caption)
            framed += nodes.caption(caption, "", *text)
            framed += messages
        return framed


class Quotients(_Listing):
    """Shows a report of gradients, or several, as a table; one that has not passed is an error of the build."""

    def shown(self, outcome: Outcome) -> list[nodes.Node]:
        from nn import GradientReport

        reports = list(outcome.value) if isinstance(outcome.value, list | tuple) else [outcome.value]
        if not reports or not all(isinstance(report, GradientReport) for report in reports):
            self.env.note_reread()
            raise self.error("The last expression of quotients is a GradientReport or a list of them.")
        for report in reports:
            if not report.passed or not report.entries:
                self.env.note_reread()
                raise self.error(f"Gradients and difference quotients do not agree.\n{report}")
        return self.printed(outcome) + [table(report) for report in reports]


class Lines(LiteralInclude):
    """`literalinclude`; of an object of Python, the caption says which, and its indentation is taken away."""

    def run(self) -> list[nodes.Node]:
        if name := self.options.get("pyobject"):
            file = self.arguments[0].lstrip("./")
            self.options.setdefault("dedent", None)
            self.options.setdefault("language", "python")
            self.options.setdefault("caption", f"`{file}`, {name}")
        return super().run()


def table(report: Any) -> nodes.Node:
    """A report as a table: array, shape, gradient, difference quotient, relative error."""
    words = ("array", "shape", "gradient", "difference quotient", "relative error")
    rows = [
        (e.name, " × ".join(map(str, e.shape)), _number(e.analytic), _number(e.numeric), _number(e.error, ".0e"))
        for e in report.entries
    ]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in words), cols=len(words))
    group += nodes.thead("", _row(words))
    group += nodes.tbody("", *map(_row, rows))
    title = f"Gradients of {report.subject}, along a random direction; differences of step {report.step:g}"
    return nodes.table("", nodes.title("", title), group, classes=["quotients"])


def _number(value: float, form: str = ".8g") -> str:
    return f"{value:{form}}".replace("-", MINUS)


def _row(cells: Iterable[str]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", cell)) for cell in cells))


def _close(app: Sphinx, tree: nodes.document) -> None:
    page = _pages.pop(app.env.docname, None)
    if page is None:
        return
    page.close()
    logger.info("%s: its code took %.1f s", page.name, page.seconds)
    for name, module in list(sys.modules.items()):  # the page is built again when the library changes
        if name.partition(".")[0] in PACKAGES and getattr(module, "__file__", None):
            app.env.note_dependency(module.__file__)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("run", Run)
    app.add_directive("literalinclude", Lines, override=True)
    app.add_directive("quotients", Quotients)
    app.connect("doctree-read", _close)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
