"""The command line, as the tests of the commands run it."""

import importlib.util
from pathlib import Path

_PATH = Path(__file__).parents[1] / "cli" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("cli_conftest", _PATH)
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
cli = _MODULE.cli
