"""Tell whether the sentences of a review describe practice, explain it, or judge it with hindsight.

The names below are imported only when they are used, so that ``import bias_detect`` costs nothing.

Examples
--------
>>> import bias_detect
>>> model = bias_detect.load_model()
>>> table = bias_detect.score("It was obvious that the child was at risk and staff should have acted.")
>>> table["label"].tolist()
['hindsight_biased']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bias_detect.version import __version__

if TYPE_CHECKING:
    from bias_detect.auditing.run import audit
    from bias_detect.documents.read import read_document
    from bias_detect.errors import BiasDetectError
    from bias_detect.labels import Label
    from bias_detect.model.bundle import load_model
    from bias_detect.scoring import score

__all__ = ["BiasDetectError", "Label", "__version__", "audit", "load_model", "read_document", "score"]

_HOME = {
    "BiasDetectError": "bias_detect.errors",
    "Label": "bias_detect.labels",
    # The package is called auditing: a package called audit would stand where this function stands.
    "audit": "bias_detect.auditing.run",
    "load_model": "bias_detect.model.bundle",
    "read_document": "bias_detect.documents.read",
    "score": "bias_detect.scoring",
}


def __getattr__(name: str) -> Any:
    """Import a public name from the module that holds it (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names, so that completion works before they are imported."""
    return sorted(__all__)
