"""The archive that a Word document is: its parts, parsed with care and written as they were."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bias_detect.errors import DocumentError
from bias_detect.files import ZIP_ERRORS, is_bomb, unpacked

MAX_PART_BYTES = 100_000_000  # of XML, unpacked: more than any report holds

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
"""The namespace of a parsed part, also where the file has that of the strict format."""

_STRICT_NAMESPACE = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>\s*)?")

# lxml has no types of its own: an element of its trees.
Element = Any


@dataclass(frozen=True)
class XmlPart:
    """One parsed part of a package.

    Parameters
    ----------
    root : lxml element
        Its root.
    declaration : bytes
        What stands before the root's markup: the XML declaration as the file has it.
    strict : bool
        Whether the file has the namespace of the strict format.

    Examples
    --------
    >>> from lxml import etree
    >>> XmlPart(etree.fromstring("<document/>"), b"", strict=False).serialise()
    b'<document/>'
    """

    root: Element
    declaration: bytes
    strict: bool

    def serialise(self) -> bytes:
        """Return the part as a file: the same declaration, encoding and namespaces.

        Returns
        -------
        bytes
            The XML.

        Examples
        --------
        >>> from lxml import etree
        >>> XmlPart(etree.fromstring("<document/>"), b"<?xml version='1.0'?>", strict=False).serialise()
        b"<?xml version='1.0'?><document/>"
        """
        from lxml import etree

        tree = self.root.getroottree()
        encoding = tree.docinfo.encoding or "UTF-8"
        if encoding.upper().startswith("UTF-16"):
            data: bytes = etree.tostring(tree, encoding=encoding, standalone=tree.docinfo.standalone)
        else:
            data = self.declaration + etree.tostring(tree, encoding=encoding, xml_declaration=False)
        return data.replace(NAMESPACE.encode(), _STRICT_NAMESPACE) if self.strict else data


class WordPackage:
    """An open package; `open_package` makes them.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The archive.
    subject : str
        What errors call the file.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("word/document.xml", "<document/>")
    >>> WordPackage(zipfile.ZipFile(file), "draft.docx").main
    'word/document.xml'
    """

    def __init__(self, archive: zipfile.ZipFile, subject: str) -> None:
        self.archive = archive
        self.subject = subject
        self.names = frozenset(archive.namelist())
        self.main = self._main_part()

    def part(self, name: str) -> XmlPart:
        """Parse one part; no entity is resolved, nothing is fetched, and nothing of absurd size is unpacked.

        Parameters
        ----------
        name : str
            Its name in the archive.

        Returns
        -------
        XmlPart
            The part.

        Raises
        ------
        DocumentError
            Where it is missing, damaged, suspiciously large, or has a document type declaration.

        Examples
        --------
        >>> import io
        >>> file = io.BytesIO()
        >>> with zipfile.ZipFile(file, "w") as archive:
        ...     archive.writestr("word/document.xml", "<document/>")
        >>> WordPackage(zipfile.ZipFile(file), "draft.docx").part("word/document.xml").root.tag
        'document'
        """
        from lxml import etree

        data = self._unpack(name)
        strict = _STRICT_NAMESPACE in data
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(data.replace(_STRICT_NAMESPACE, NAMESPACE.encode()), parser)
        except etree.XMLSyntaxError as error:
            raise damaged(self.subject) from error
        if root.getroottree().docinfo.doctype:
            raise DocumentError(
                "holds a document type declaration, which Word never writes",
                subject=self.subject,
                next_step="check where it comes from, or save it again in Word",
            )
        declaration = _DECLARATION.match(data)
        return XmlPart(root, declaration.group() if declaration else b"", strict)

    def related(self, kind: str) -> str | None:
        """Return the name of a part that the main part refers to.

        Parameters
        ----------
        kind : str
            How the type of the relationship ends, such as ``"styles"``.

        Returns
        -------
        str or None
            The name, whether or not the archive has such a part; None where there is no such relationship.

        Examples
        --------
        >>> import io
        >>> file = io.BytesIO()
        >>> with zipfile.ZipFile(file, "w") as archive:
        ...     archive.writestr("word/document.xml", "<document/>")
        >>> WordPackage(zipfile.ZipFile(file), "draft.docx").related("styles") is None
        True
        """
        if self.relations not in self.names:
            return None
        for relation in self.part(self.relations).root:
            is_inside = relation.get("TargetMode", "Internal") == "Internal"
            if is_inside and str(relation.get("Type", "")).endswith(f"/{kind}"):
                target = unquote(str(relation.get("Target", "")))
                return posixpath.normpath(posixpath.join("/", self.folder, target)).lstrip("/")
        return None

    @property
    def folder(self) -> str:
        """The folder of the main part."""
        return posixpath.dirname(self.main)

    @property
    def relations(self) -> str:
        """The name of the part that lists what the main part refers to."""
        return posixpath.join(self.folder, "_rels", f"{posixpath.basename(self.main)}.rels")

    def _unpack(self, name: str) -> bytes:
        try:
            info = self.archive.getinfo(name)
            if info.file_size <= MAX_PART_BYTES and not is_bomb(info):
                return unpacked(self.archive, info)
        except ZIP_ERRORS as error:
            raise damaged(self.subject) from error
        raise DocumentError(
            f"unpacks to {info.file_size:,} bytes, far more than a report holds",
            subject=self.subject,
            next_step="check where it comes from; if it is sound, save it again in Word",
        )

    def _main_part(self) -> str:
        """Return the name of the part that holds the text, which some programs call ``document2.xml``."""
        if "word/document.xml" in self.names:
            return "word/document.xml"
        if "_rels/.rels" in self.names:
            for relation in self.part("_rels/.rels").root:
                target = str(relation.get("Target", "")).lstrip("/")
                is_main = str(relation.get("Type", "")).endswith("/officeDocument")
                if is_main and target.startswith("word/") and target in self.names:
                    return target
        raise DocumentError(
            "is a zip archive without a Word document in it", subject=self.subject, next_step="give a .docx file"
        )


@contextmanager
def open_package(path: Path) -> Iterator[WordPackage]:
    """Open a Word document as the archive that it is.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    WordPackage
        The package; closed afterwards.

    Raises
    ------
    DocumentError
        Where the file is not a Word document, is locked or damaged.

    Examples
    --------
    >>> import docx, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     docx.Document().save(f"{folder}/draft.docx")
    ...     with open_package(Path(folder, "draft.docx")) as package:
    ...         package.main, package.related("styles")
    ('word/document.xml', 'word/styles.xml')
    """
    subject = str(path)
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise _old_or_locked(head + file.read(), subject)
    if path.name.startswith("~$"):
        raise DocumentError(
            "is what Word keeps beside a document that is open",
            subject=subject,
            next_step=f"name the document itself, {path.name[2:]} or similar",
        )
    if not head.startswith(b"PK"):
        raise DocumentError("is not a Word document", subject=subject, next_step="open it in Word and save it as .docx")
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_ERRORS as error:
        raise damaged(subject) from error
    with archive:
        yield WordPackage(archive, subject)


def damaged(subject: str) -> DocumentError:
    """Return the error for a document that is damaged.

    Parameters
    ----------
    subject : str
        The file.

    Returns
    -------
    DocumentError
        To be raised.

    Examples
    --------
    >>> print(damaged("draft.docx"))
    draft.docx: is a damaged Word document; open it in Word, repair it and save it again
    """
    return DocumentError(
        "is a damaged Word document",
        subject=subject,
        next_step="open it in Word, repair it and save it again",
    )


def _old_or_locked(data: bytes, subject: str) -> DocumentError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentError(
            "is locked with a password", subject=subject, next_step="open it in Word and save it without one"
        )
    return DocumentError(
        "is a Word document of the old kind (.doc)", subject=subject, next_step="save it as .docx in Word"
    )
