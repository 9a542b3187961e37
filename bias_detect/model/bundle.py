"""Model bundles: a folder with ``model.skops``, ``manifest.json`` and ``MODEL_CARD.md``."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.errors import ModelError
from bias_detect.model.encoder import ENCODER, TOKENIZER, SentenceEncoder

if TYPE_CHECKING:
    from bias_detect.model.classifier import ReviewClassifier

FORMAT = 1
"""Version of the bundle format that this program writes; older ones are read, newer ones refused."""

_MODEL, _MANIFEST, _CARD = "model.skops", "manifest.json", "MODEL_CARD.md"
FILES = (_MODEL, _MANIFEST, _CARD, ENCODER, TOKENIZER, "LICENSE")
"""What a bundle may hold; the last three only where an encoder belongs to the model, with the licence of its base."""

_LIBRARIES = ("numpy", "scikit-learn", "scipy", "spacy", "skops")


def save_bundle(
    model: ReviewClassifier,
    folder: str | Path,
    *,
    card: str,
    training: dict[str, Any],
    encoder: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a fitted classifier as a bundle, whole or not at all.

    Parameters
    ----------
    model : ReviewClassifier
        A fitted classifier.
    folder : str or Path
        Where the bundle goes; a bundle that stands there is replaced.
    card : str
        The model card, Markdown.
    training : dict
        What the manifest says of the training: data digest, seed, measured quality; JSON values.
    encoder : mapping of str to bytes, optional
        The files of the encoder, where the model has one: an ONNX model, its tokenizer and a licence.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If the folder holds something else than a bundle, or cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_bundle(load_model(), Path(folder, "copy"), card="# Copy", training={"seed": 0})
    ...     sorted(file.name for file in path.iterdir())
    ['MODEL_CARD.md', 'manifest.json', 'model.skops']
    """
    target = Path(folder)
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            fresh = Path(scratch) / "bundle"
            fresh.mkdir()
            _write(model, fresh, card, training, encoder or {})
            if target.exists():
                target.replace(Path(scratch) / "old")
            fresh.replace(target)
    except OSError as error:
        raise _not_writable(target, error) from error
    return target


def check_target(folder: str | Path) -> None:
    """Make sure that a bundle may be written to a folder, before the work of training.

    Parameters
    ----------
    folder : str or Path
        Where the bundle shall go.

    Raises
    ------
    ModelError
        If something else than a bundle stands there, or it cannot be written to.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_target(Path(folder, "model"))
    """
    target = Path(folder)
    try:
        if target.exists() and not (target / _MANIFEST).is_file():
            raise ModelError("exists and is not a model bundle", subject=folder, next_step="name a new folder")
        above = next(parent for parent in target.absolute().parents if parent.exists())
        if not above.is_dir() or not os.access(above, os.W_OK):
            raise PermissionError(errno.EACCES, f"{above} is no folder that you may write to")
    except OSError as error:
        raise _not_writable(target, error) from error


def _not_writable(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"cannot be written ({error.strerror or error})",
        subject=folder,
        next_step="choose a folder that you may write to",
    )


def _write(
    model: ReviewClassifier, folder: Path, card: str, training: dict[str, Any], encoder: Mapping[str, bytes]
) -> None:
    import skops.io  # importing it loads every estimator of scikit-learn

    _dump(skops.io.dumps(model), folder / _MODEL)
    for name, content in encoder.items():
        (folder / name).write_bytes(content)
    (folder / _CARD).write_text(card, encoding="utf-8", newline="\n")
    manifest = {
        "format": FORMAT,
        "classes": [str(label) for label in model.classes_],
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "digests": {name: _digest(folder / name) for name in (_MODEL, _CARD, *encoder)},
        **training,
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / _MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _dump(archive: bytes, path: Path) -> None:
    """Repack a skops archive compressed and without times or random names, so that equal models give equal files."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        schema = json.loads(source.read("schema.json"))
        names: dict[str, str] = {}
        identities: dict[int, int] = {}
        _renumber(schema, names, identities)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
            entries = [("schema.json", json.dumps(schema, sort_keys=False).encode())]
            entries += [(new, source.read(old)) for old, new in names.items()]
            for name, content in entries:
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, content)


def _renumber(node: Any, names: dict[str, str], identities: dict[int, int]) -> None:
    """Replace memory addresses and random file names in a skops schema by their order of appearance."""
    if isinstance(node, dict):
        if isinstance(node.get("__id__"), int):
            node["__id__"] = identities.setdefault(node["__id__"], len(identities) + 1)
        if isinstance(node.get("file"), str):
            node["file"] = names.setdefault(node["file"], f"array-{len(names) + 1:03}.npy")
        for value in node.values():
            _renumber(value, names, identities)
    elif isinstance(node, list):
        for value in node:
            _renumber(value, names, identities)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read and check the manifest of a bundle.

    Parameters
    ----------
    folder : str or Path
        A bundle.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    ModelError
        If there is no bundle, the manifest is damaged or its format is newer than this program reads.

    Examples
    --------
    >>> read_manifest(find_bundle("default"))["format"]
    1
    """
    path = Path(folder) / _MANIFEST
    try:
        manifest = json.loads(_regular(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            "is not a model bundle (it has no manifest.json)", subject=folder, next_step="name a folder made by 'train'"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError("cannot be read", subject=path, next_step="copy or train the bundle again") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise ModelError("names no format version", subject=path, next_step="copy or train the bundle again")
    if manifest["format"] > FORMAT:
        raise ModelError(
            f"has format {manifest['format']}, and this version of bias-detect reads up to {FORMAT}",
            subject=path,
            next_step="upgrade bias-detect",
        )
    return manifest


def find_bundle(name_or_path: str | Path = "default") -> Path:
    """Find a bundle by its name among the shipped ones, or by its path.

    Parameters
    ----------
    name_or_path : str or Path
        ``"default"``, ``"accurate"`` or the path of a folder.

    Returns
    -------
    Path
        The bundle's folder.

    Raises
    ------
    ModelError
        If there is no such bundle.

    Examples
    --------
    >>> find_bundle("default").name
    'default'
    """
    given = Path(name_or_path)
    package = Path(str(resources.files("bias_detect")))
    # An installed package carries its models; in a checkout they stand beside the package.
    candidates = [package / "models" / given, package.parent / "models" / given] if len(given.parts) == 1 else []
    with contextlib.suppress(OSError):  # a name too long for the disk
        for folder in [*candidates, given]:
            if folder.is_dir():
                return folder
    raise ModelError(
        "there is no such model", subject=name_or_path, next_step="name 'default', 'accurate' or a bundle's folder"
    )


def load_model(name_or_path: str | Path = "default") -> ReviewClassifier:
    """Load a fitted classifier from a bundle.

    The files are compared with the digests in the manifest, and the model is read with an explicit list of types, so
    that loading runs no code of the bundle's. The same bundle is read once a process; each call gives a copy that can
    be fitted anew or changed without the others, and shares with them what was learned, which is read-only.

    Parameters
    ----------
    name_or_path : str or Path, default="default"
        ``"default"``, ``"accurate"`` (which needs the extra of that name) or the folder of another.

    Returns
    -------
    ReviewClassifier
        With ``predict``, ``predict_proba`` and ``classes_``, for any sequence of strings.

    Raises
    ------
    ModelError
        If the bundle is missing, damaged, changed, of a newer format or holds types that are not trusted.

    Examples
    --------
    >>> model = load_model()
    >>> model.predict(["Staff should have seen how obvious the danger was."]).tolist()
    ['hindsight_biased']
    """
    folder = find_bundle(name_or_path)
    manifest = read_manifest(folder)
    try:
        stamp = _regular(folder / _MODEL).stat()
    except OSError as error:
        raise ModelError("has no model.skops", subject=folder, next_step="copy or train the bundle again") from error
    stated = manifest.get("digests")
    digests = stated if isinstance(stated, dict) else {}
    expected = tuple(str(digests.get(name)) for name in (_MODEL, ENCODER, TOKENIZER))
    copy: ReviewClassifier = _copied(_load(folder.resolve(), expected, stamp.st_mtime_ns, stamp.st_size))
    return copy


def _copied(part: Any) -> Any:
    """Copy an estimator and those within it, but not its arrays, which nobody can change then."""
    if isinstance(part, np.ndarray):
        part.setflags(write=False)
    elif isinstance(part, list | tuple):
        return type(part)(map(_copied, part))
    elif hasattr(part, "get_params"):
        copy = object.__new__(type(part))
        vars(copy).update({name: _copied(value) for name, value in vars(part).items()})
        return copy
    return part


@lru_cache(maxsize=4)
def _load(folder: Path, expected: tuple[str, str, str], mtime_ns: int, size: int) -> ReviewClassifier:
    from bias_detect.model.classifier import ReviewClassifier
    from bias_detect.model.encoded import EncodedClassifier
    from bias_detect.model.skops_reader import read_skops

    path, digests = folder / _MODEL, dict(zip((_MODEL, ENCODER, TOKENIZER), expected, strict=True))
    model = read_skops(path, _checked(path, digests[_MODEL]))
    if not isinstance(model, ReviewClassifier):
        raise ModelError("holds no classifier", subject=path, next_step="name a folder made by 'train'")
    if isinstance(model, EncodedClassifier):
        encoder, tokenizer = (_checked(folder / name, digests[name]) for name in (ENCODER, TOKENIZER))
        model.encoder_ = SentenceEncoder(encoder, tokenizer, n_classes=len(model.classes_))
    try:
        model.assess(["She rang."])
    except ModelError:
        raise
    except Exception as error:  # parts may be missing or not fit each other, and then anything may be raised
        raise ModelError(
            f"holds a classifier that cannot label ({type(error).__name__})",
            subject=path,
            next_step="copy or train the bundle again",
        ) from error
    return model


def _checked(path: Path, expected: str) -> bytes:
    """Return a file's content if it is what the manifest states."""
    try:
        content = _regular(path).read_bytes()
    except OSError as error:
        raise ModelError(
            f"cannot be read ({error.strerror or error})", subject=path, next_step="copy or train the bundle again"
        ) from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(
            "does not have the digest that the manifest states: it was changed or cut short",
            subject=path,
            next_step="copy or train the bundle again",
        )
    return content


def read_card(name_or_path: str | Path = "default") -> str:
    """Return the model card of a bundle.

    Parameters
    ----------
    name_or_path : str or Path, default="default"
        The shipped model, or the folder of another.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    ModelError
        If the bundle or its card is missing.

    Examples
    --------
    >>> read_card().startswith("# ")
    True
    """
    path = find_bundle(name_or_path) / _CARD
    try:
        return _regular(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError("cannot be read", subject=path, next_step="copy or train the bundle again") from error


def _regular(path: Path) -> Path:
    """Return the path of a file that ends: a pipe would be waited for, and a device may go on for ever."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
