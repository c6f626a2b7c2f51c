"""Mathematics as MathML, which browsers show by themselves: no script, no font and no network.

docutils translates TeX to MathML. What it lacks and chapters use is said here in words that it knows.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

SPACE = "http://www.w3.org/1998/Math/MathML"
ElementTree.register_namespace("", SPACE)

SYNONYMS = {
    r"\argmax": r"\operatorname{argmax}",
    r"\argmin": r"\operatorname{argmin}",
    r"\bm": r"\boldsymbol",
    r"\coloneqq": ":=",
    r"\dots": r"\ldots",
    r"\iff": r"\;\Longleftrightarrow\;",
    r"\implies": r"\;\Longrightarrow\;",
    r"\middle": "",
    r"\stackrel": r"\overset",
    r"\strut": "",
    r"\texttt": r"\mathtt",
}
ROWS = re.compile(r"\\begin\{(align|gather|equation|split|eqnarray)(\*?)\}(.*)\\end\{\1\2\}", re.DOTALL)
PRIMES = re.compile(r"(\\text\{[^}]*\})|('+)(?:\^(\{[^{}]*\}|\\[a-zA-Z]+|[^\\{]))?")
FENCES = [*"|‖⟨⟩⌊⌋⌈⌉{}"]
APPLY = "\N{FUNCTION APPLICATION}"
THIN = "0.1667em"
ATOMS = {"mi", "mn", "msub", "msup", "msubsup", "mfrac", "msqrt", "mover", "mrow", "mtext"}


def mathml(tex: str, block: bool) -> str:
    """A formula as a <math> element; MathError, where TeX is not understood."""
    found = str(tex2mathml(_spelled(tex.strip()), as_block=block)).replace("&ApplyFunction;", APPLY)
    root = ElementTree.fromstring(found)
    for parent in list(root.iter()):
        _set_braces(parent)
        _set_bars(parent)
        _set_definitions(parent)
        _set_names(parent)
    return ElementTree.tostring(root, encoding="unicode")


def _spelled(tex: str) -> str:
    """The formula in words that docutils knows."""
    tex = re.sub(r"\\([td]?frac)\s*(\d)\s*(?=(\d))\3", r"\\\1{\2}{\3}", tex)  # it takes 12 of \frac12 for one number
    tex = PRIMES.sub(lambda m: m[1] or "^{" + r"\prime " * len(m[2]) + (m[3] or "").strip("{}") + "}", tex)
    tex = re.sub(r"\\operatorname\*\{arg\\[,;]\s*(max|min)\}", r"\\operatorname{arg\1}", tex)
    tex = re.sub(r"\\operatorname\*", r"\\operatorname", tex)
    tex = re.sub(r"\\begin\{array\}\{[lcr| ]*\}", r"\\begin{matrix}", tex).replace(r"\end{array}", r"\end{matrix}")
    tex = re.sub(r"\\substack\{([^{}]*)\}", r"\\begin{matrix}\1\\end{matrix}", tex)
    tex = re.sub(r"\\[a-zA-Z]+", lambda match: SYNONYMS.get(match[0], match[0]), tex)
    tex = re.sub(r"\\boldsymbol\s*(\{[^{}]*\}|\\[a-zA-Z]+|\w)", r"{\\boldsymbol\1}", tex)  # which it does not end
    if rows := ROWS.fullmatch(tex):
        tex = rows[3].strip()
    if (r"\\" in tex or "&" in tex) and r"\begin" not in tex:
        return rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return tex


def _kind(element: ElementTree.Element | None) -> str:
    return "" if element is None else element.tag.removeprefix(f"{{{SPACE}}}")


def _set_braces(parent: ElementTree.Element) -> None:
    """What stands at a brace below or above a formula stands there, and not beside it."""
    for script, brace in (("msub", "munder"), ("msup", "mover")):
        if _kind(parent) == script and _kind(parent[0]) == brace and (parent[0][1].text or "") in "⏟⏞":
            parent.tag = f"{{{SPACE}}}{brace}"


def _set_bars(parent: ElementTree.Element) -> None:
    """Bars and brackets are as high as letters; those of \\left and \\right enclose what is between."""
    for place, child in enumerate(parent):
        if _kind(child) != "mo" or (child.text or "") not in FENCES or child.get("maxsize"):
            continue
        if any(_kind(other) == "mtable" for other in parent):
            continue
        ends = place in (0, len(parent) - 1) and _kind(parent[0]) == _kind(parent[-1]) == "mo"
        if ends and _kind(parent) == "mrow" and len(parent) > 2 and not child.get("class"):
            continue
        child.set("stretchy", "false")
        if child.text in ("|", "‖"):
            child.attrib.update(lspace="0", rspace="0")


def _set_definitions(parent: ElementTree.Element) -> None:
    """`:=` is one sign."""
    for colon, equals in pairwise(list(parent)):
        if _kind(colon) == _kind(equals) == "mo" and colon.text in (":", "∶") and equals.text == "=":
            parent.remove(colon)
            equals.text = "≔"


def _set_names(parent: ElementTree.Element) -> None:
    """A thin space before and after the names of functions, as TeX has it, but none before a bracket."""
    children = list(parent)
    if _kind(parent) not in ("math", "mrow", "mtd"):
        return
    for place, child in enumerate(children):
        if not _is_name(child):
            continue
        before = children[place - 1] if place else None
        if _kind(before) in ATOMS and not _is_name(before):
            parent.insert(list(parent).index(child), ElementTree.Element(f"{{{SPACE}}}mspace", width=THIN))
        after = children[place + 1 :]
        if after and after[0].text == APPLY:
            after = after[1:]
        if after and (_kind(after[0]) in ATOMS or _is_name(after[0])):
            parent.insert(list(parent).index(after[0]), ElementTree.Element(f"{{{SPACE}}}mspace", width=THIN))


def _is_name(element: ElementTree.Element | None) -> bool:
    """Whether it is the name of a function, also with limits: ln, max."""
    if element is None:
        return False
    if _kind(element) in ("munder", "msub", "msup"):
        return _is_name(element[0])
    return _kind(element) in ("mi", "mo") and len(element.text or "") > 1 and (element.text or "").isalpha()


def _translated(translator: Any, node: nodes.Element, block: bool) -> str:
    try:
        return mathml(node.astext(), block)
    except MathError:  # of which `_check` has warned
        return f"<code>{translator.encode(node.astext())}</code>"


def _check(app: Sphinx, tree: nodes.document) -> None:
    """Warns of formulas that are not understood, in every build."""
    for node in tree.findall(lambda one: isinstance(one, nodes.math | nodes.math_block)):
        try:
            mathml(node.astext(), isinstance(node, nodes.math_block))
        except MathError as error:
            app.env.note_reread()
            logger.warning("%s\nin the formula %s", error, node.astext(), location=node, type="mathml")


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
    app.connect("doctree-read", _check)
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
