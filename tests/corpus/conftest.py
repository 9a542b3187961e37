from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from bias_detect.corpus.read import read_corpus

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


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes records as JSON lines; a text is a line as it is."""

    def make(*records: Any, name: str = "export.jsonl") -> Path:
        path = tmp_path / name
        texts = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return path

    return make


@pytest.fixture
def studio(tmp_path: Path) -> Callable[[Any], Path]:
    """Return a function that writes a value as the JSON of a project."""

    def make(value: Any) -> Path:
        path = tmp_path / "project.json"
        path.write_text(json.dumps(value, indent=1))
        return path

    return make
