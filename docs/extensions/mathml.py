"""Mathematics as MathML, which browsers show by themselves: no script, no font and no network.

docutils translates TeX to MathML. What it lacks and chapters use is said here in words that it knows.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

SYNONYMS = {
    r"\bm": r"\boldsymbol",
    r"\dots": r"\ldots",
    r"\iff": r"\;\Longleftrightarrow\;",
    r"\implies": r"\;\Longrightarrow\;",
    r"\middle": "",
    r"\stackrel": r"\overset",
    r"\bigg": r"\Big",
    r"\biggl": r"\Bigl",
    r"\biggr": r"\Bigr",
    r"\coloneqq": r":=",
    r"\argmax": r"\operatorname{arg\,max}",
    r"\argmin": r"\operatorname{arg\,min}",
    r"\KL": r"\operatorname{KL}",
}
ROWS = re.compile(r"\\begin\{(align|gather|equation|split|eqnarray)(\*?)\}(.*)\\end\{\1\2\}", re.DOTALL)


def mathml(tex: str, block: bool) -> str:
    """A formula as a <math> element; MathError, where TeX is not understood."""
    source = re.sub(r"\\[a-zA-Z]+", lambda match: SYNONYMS.get(match[0], match[0]), tex.strip())
    if rows := ROWS.fullmatch(source):
        source = rows[3]
    if (r"\\" in source or "&" in source) and r"\begin" not in source:
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    return str(tex2mathml(source, as_block=block))


def _translated(translator: Any, node: nodes.Element, block: bool) -> str:
    try:
        return mathml(node.astext(), block)
    except MathError as error:
        logger.warning("%s\nin the formula %s", error, node.astext(), location=node, type="mathml")
        return f"<code>{translator.encode(node.astext())}</code>"


def _inline(translator: Any, node: nodes.Element) -> None:
    translator.body.append(_translated(translator, node, block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.Element) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(_translated(translator, node, block=True))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
