"""scikit-learn, without which there are no estimators: where it is missing, the error says what to install."""

from __future__ import annotations

from importlib.util import find_spec

INSTALL = 'pip install "leibnet[sklearn]"'

if find_spec("sklearn") is None:
    raise ImportError(f"nn.estimators needs the package scikit-learn, which is not installed: {INSTALL}")
