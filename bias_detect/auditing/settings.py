"""What an audit is asked to do, and with which model; both decide whether sentences are scored anew."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bias_detect.errors import ModelError, UsageError
from bias_detect.version import __version__

if TYPE_CHECKING:
    from bias_detect.auditing.calibration import Calibration

FORMAT = 1
"""Version of the files of sentences: those of another are scored anew."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person asked for.

    Parameters
    ----------
    section : str or None
        The kind of section that is scored; None for all.
    encoding : str or None
        Encoding of text files.
    count_all : bool
        Whether no sentence is set aside.
    text_columns : tuple of str
        Columns of tables that hold texts.
    id_column : str or None
        Column of tables that names the rows.

    Examples
    --------
    >>> Settings(section="findings").digest("ab") == Settings(id_column="url").digest("ab")
    False
    """

    section: str | None = None
    encoding: str | None = None
    count_all: bool = False
    text_columns: tuple[str, ...] = ()
    id_column: str | None = None

    def check(self) -> None:
        """Make sure that they go together, before any work is done.

        Raises
        ------
        UsageError
            If they do not.

        Examples
        --------
        >>> Settings(section="findings", encoding="utf-8").check()
        """
        from bias_detect.documents.decoding import choose_encoding
        from bias_detect.documents.sections import section_kinds

        choose_encoding(b"", self.encoding)
        kinds = (*section_kinds(), *self.text_columns)
        if self.section is not None and self.section not in kinds:
            raise UsageError(
                f"{self.section!r} is not a kind of section", next_step=f"choose one of {', '.join(kinds)}"
            )
        if self.id_column is not None and not self.text_columns:
            raise UsageError("an identifier column needs a text column", next_step="add --text-column")

    def digest(self, model: str) -> str:
        """Return a digest of all that the sentences of a document depend on, but for its content.

        Parameters
        ----------
        model : str
            The digest of the model.

        Returns
        -------
        str
            SHA-256 in hex digits.

        Examples
        --------
        >>> Settings(id_column="url").digest("ab") == Settings().digest("ab")
        True
        """
        parts = [FORMAT, __version__, model, self.section, self.encoding, self.count_all]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ModelSource:
    """The model of an audit, without what is too large to send about.

    Parameters
    ----------
    name : str
        The name by which every machine finds it, or its folder.
    digest : str
        SHA-256 of the model.
    labels : tuple of str
        Its labels.
    manifest : dict
        The manifest of its bundle.
    calibration : Calibration or None
        What it confuses, if it says so.

    Examples
    --------
    >>> ModelSource("mine", "ab", ("told", "judged"), {}, None).labels
    ('told', 'judged')
    """

    name: str
    digest: str
    labels: tuple[str, ...]
    manifest: dict[str, Any]
    calibration: Calibration | None

    @classmethod
    def find(cls, name_or_path: str | Path) -> Self:
        """Find a bundle, and make sure that its model can be loaded.

        Parameters
        ----------
        name_or_path : str or Path
            Its name or folder.

        Returns
        -------
        ModelSource
            The model.

        Raises
        ------
        ModelError
            If it cannot be loaded.

        Examples
        --------
        >>> ModelSource.find("default").labels
        ('descriptive', 'explanatory', 'hindsight_biased')
        """
        from bias_detect.model.bundle import find_bundle, load_model, read_manifest

        folder = find_bundle(name_or_path)
        model = load_model(name_or_path)
        # A shipped model stands elsewhere on another machine, and is found there by its name.
        shipped = folder != Path(name_or_path)
        return cls(
            str(name_or_path) if shipped else str(folder.absolute()),
            model_digest(folder),
            tuple(str(label) for label in model.classes_),
            read_manifest(folder),
            calibration_of(model),
        )


def model_digest(name_or_path: str | Path) -> str:
    """Return the digest by which the manifest of a bundle knows its model, and the encoder that belongs to it.

    Parameters
    ----------
    name_or_path : str or Path
        The bundle.

    Returns
    -------
    str
        SHA-256 in hex digits.

    Raises
    ------
    ModelError
        If there is no such bundle, or its manifest states no digest.

    Examples
    --------
    >>> len(model_digest("default"))
    64
    """
    from bias_detect.model.bundle import find_bundle, read_manifest

    folder = find_bundle(name_or_path)
    digests = read_manifest(folder).get("digests")
    stated = digests if isinstance(digests, dict) else {}
    names = ("model.skops", "encoder.onnx", "tokenizer.json")
    found = [stated[name] for name in names if isinstance(stated.get(name), str)]
    if not isinstance(stated.get("model.skops"), str):
        raise ModelError("states no digest", subject=folder, next_step="copy or train the bundle again")
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def calibration_of(model: Any) -> Calibration | None:
    """Return what a model confuses.

    Parameters
    ----------
    model : ReviewClassifier
        A fitted classifier.

    Returns
    -------
    Calibration or None
        Its confusions on documents that it had not seen, and the shares that it assumes; None where it keeps none.

    Examples
    --------
    >>> calibration_of(object()) is None
    True
    """
    from bias_detect.auditing.calibration import Calibration

    counts = getattr(model, "confusion_", None)
    return None if counts is None else Calibration(counts, model.class_prior_)
