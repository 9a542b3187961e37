"""Read ``model.skops`` with nothing but numpy and an explicit list of classes.

skops itself imports every estimator of scikit-learn when it is imported, which costs more than a third of the
time of a short run. The files are written by skops and stay readable by it; this reader knows the few kinds
of node that a bundle of ours contains and refuses all others, so that reading a file can run no code but the
classes listed here.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bias_detect.errors import ModelError
from bias_detect.files import unpacked

TRUSTED: dict[str, frozenset[str]] = {
    "bias_detect.model.classifier": frozenset({"ReviewClassifier"}),
    "bias_detect.model.encoded": frozenset({"EncodedClassifier"}),
    "bias_detect.model.features": frozenset({"SentenceFeatures"}),
    "sklearn.feature_extraction.text": frozenset({"TfidfTransformer"}),
    "sklearn.linear_model._logistic": frozenset({"LogisticRegression"}),
    "sklearn.pipeline": frozenset({"Pipeline"}),
}
"""Classes that a bundle may contain, by the module that defines them."""

_NUMPY_TYPES = frozenset(
    {"bool", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "ndarray"}
)
_BUILTIN_TYPES = {"bool": bool, "float": float, "int": int, "str": str}
_SIZE_LIMIT = 500_000_000
_SCHEMA_LIMIT = 20_000_000  # of text, which takes many times as much when it is read; ours have 30,000


def read_skops(path: Path, content: bytes | None = None) -> Any:
    """Rebuild the object stored in a skops file.

    Parameters
    ----------
    path : Path
        A file written by ``skops.io.dump``.
    content : bytes, optional
        What the file holds, where it was read and checked before; by default it is read.

    Returns
    -------
    object
        The stored object.

    Raises
    ------
    ModelError
        If the file is damaged or holds anything outside :data:`TRUSTED`, numpy arrays and plain Python
        values.

    Examples
    --------
    >>> from bias_detect.model.bundle import find_bundle
    >>> type(read_skops(find_bundle("default") / "model.skops")).__name__
    'ReviewClassifier'
    """
    try:
        with zipfile.ZipFile(path if content is None else io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _SIZE_LIMIT:
                raise ModelError("unpacks to more than 500 MB", subject=path, next_step="use another bundle")
            entry = archive.getinfo("schema.json")
            if entry.file_size > _SCHEMA_LIMIT:
                raise ModelError("describes far more than a model", subject=path, next_step="use another bundle")
            schema = json.loads(unpacked(archive, entry))
            return _Reader(archive, path).read(schema)
    except ModelError:
        raise
    except Exception as error:  # zipfile, zlib, json and numpy raise a dozen kinds on a damaged file
        raise ModelError(
            f"is damaged ({type(error).__name__})", subject=path, next_step="copy or train the bundle again"
        ) from error


class _Reader:
    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self.archive = archive
        self.path = path
        self.made: dict[int, Any] = {}
        self.arrays: dict[str, Any] = {}

    def read(self, node: dict[str, Any]) -> Any:
        """Rebuild one node of the schema; a node met again is the same object."""
        identity = int(node["__id__"])
        if node["__loader__"] == "CachedNode":
            return self.made[identity]
        readers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "ObjectNode": self._object,
            "DictNode": self._dict,
            "ListNode": lambda n: [self.read(item) for item in n["content"]],
            "TupleNode": lambda n: tuple(self.read(item) for item in n["content"]),
            "JsonNode": lambda n: json.loads(n["content"]),
            "NdArrayNode": self._array,
            "TypeNode": self._type,
            "SliceNode": lambda n: slice(*(n["content"][part] for part in ("start", "stop", "step"))),
        }
        reader = readers.get(node["__loader__"])
        if reader is None:
            raise self._refuse(f"{node['__module__']}.{node['__class__']} ({node['__loader__']})")
        value = reader(node)
        self.made[identity] = value
        return value

    def _refuse(self, what: str) -> ModelError:
        return ModelError(
            f"holds {what}, which is not a type that bundles may contain",
            subject=self.path,
            next_step="do not use it unless you know who made it; nothing in it was run",
        )

    def _object(self, node: dict[str, Any]) -> Any:
        module, name = node["__module__"], node["__class__"]
        if name not in TRUSTED.get(module, ()):
            raise self._refuse(f"{module}.{name}")
        cls = getattr(importlib.import_module(module), name)
        instance: Any = object.__new__(cls)
        self.made[int(node["__id__"])] = instance
        state = self.read(node["content"]) if node["content"] is not None else {}
        # Another version of scikit-learn may know parameters that the one which wrote this did not.
        parameters = inspect.signature(cls).parameters.values()
        defaults = {one.name: one.default for one in parameters if one.default is not one.empty}
        instance.__dict__.update(defaults | state)
        return instance

    def _dict(self, node: dict[str, Any]) -> dict[Any, Any]:
        if node["__class__"] != "dict":
            raise self._refuse(f"{node['__module__']}.{node['__class__']}")
        keys = self.read(node["key_types"])
        values = node["content"]
        return {key_type(key): self.read(value) for key_type, (key, value) in zip(keys, values.items(), strict=True)}

    def _array(self, node: dict[str, Any]) -> Any:
        if node["type"] != "numpy":
            raise self._refuse("an array of Python objects")
        name = node["file"]
        if name not in self.arrays:  # a file named again and again takes its memory once
            self.arrays[name] = np.load(
                io.BytesIO(unpacked(self.archive, self.archive.getinfo(name))), allow_pickle=False
            )
        array = self.arrays[name]
        return array[()] if node["__class__"] != "ndarray" else array

    def _type(self, node: dict[str, Any]) -> Any:
        module, name = node["__module__"], node["__class__"]
        if module == "builtins" and name in _BUILTIN_TYPES:
            return _BUILTIN_TYPES[name]
        if module == "numpy" and name in _NUMPY_TYPES:
            return getattr(np, name)
        raise self._refuse(f"the type {module}.{name}")
