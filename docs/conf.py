"""The site: `python -m sphinx -W --keep-going -b html docs build/site` writes it to build/site/index.html."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # our extensions, and the library of this tree

os.environ.setdefault("MPLBACKEND", "agg")

from leibnet import __version__  # noqa: E402

project = "Leibnet"
author = "The Leibnet developers"
copyright = "The Leibnet developers, MIT licence"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.viewcode",
    "extensions.mathml",
    "extensions.directives",
    "extensions.gallery",
    "extensions.reference",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["extensions"]
nitpicky = True
smartquotes = False  # f'(x) and "loss" are meant as they stand
autodoc_typehints = "none"
autodoc_member_order = "bysource"
python_display_short_literal_types = True
add_module_names = False
toc_object_entries_show_parents = "hide"
today_fmt = "%Y-%m-%d"

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = True

html_theme = "furo"
html_title = f"Leibnet {release}"
html_static_path = ["styles"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
