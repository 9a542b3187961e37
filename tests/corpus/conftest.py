from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from bias_detect.corpus.tables import read_corpus

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def data() -> Path:
    return ROOT / "data"


@pytest.fixture(scope="session")
def composed(data: Path) -> pd.DataFrame:
    return read_corpus(data / "corpus" / "composed.csv")


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def hydrate_script() -> ModuleType:
    return _script("hydrate")


@pytest.fixture(scope="session")
def build_script() -> ModuleType:
    return _script("build_data")
