"""A copy of a package with some parts replaced, and all others as they are, down to their compressed bytes."""

from __future__ import annotations

import copy
import struct
import zipfile
from collections.abc import Mapping
from typing import IO

from bias_detect.documents.word_package import WordPackage, damaged

_HEADER = struct.Struct("<4s22xHH")  # a local file header: its signature, the lengths of name and extra field
_HAS_DESCRIPTOR = 0x08  # the flag that sizes follow the data


def write_copy(package: WordPackage, target: IO[bytes], parts: Mapping[str, bytes]) -> None:
    """Write a copy of a package.

    Parameters
    ----------
    package : WordPackage
        The package.
    target : binary file
        What is written to.
    parts : mapping of str to bytes
        The parts to replace, or to add behind the others.

    Raises
    ------
    DocumentError
        Where the package is damaged.

    Examples
    --------
    >>> import io
    >>> file, copied = io.BytesIO(), io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("word/document.xml", "<document/>")
    >>> package = WordPackage(zipfile.ZipFile(file), "draft.docx")
    >>> write_copy(package, copied, {"word/document.xml": b"<changed/>"})
    >>> zipfile.ZipFile(copied).read("word/document.xml")
    b'<changed/>'
    """
    source = package.archive
    assert source.fp is not None
    last = {info.filename: info for info in source.infolist()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        out.comment = source.comment
        room = source.start_dir  # what entries may hold together: none shares its bytes with another
        for info in source.infolist():
            room -= info.compress_size
            if room < 0 or info.file_size > zipfile.ZIP64_LIMIT:
                raise damaged(package.subject)
            if info is last[info.filename] and info.filename in parts:
                _write(out, info, parts[info.filename])
            else:
                _write_raw(out, info, _raw(source.fp, info, package.subject))
        for name, data in parts.items():
            if name not in last:
                _write(out, zipfile.ZipInfo(name), data)


def _write(out: zipfile.ZipFile, like: zipfile.ZipInfo, data: bytes) -> None:
    info = zipfile.ZipInfo(like.filename, like.date_time)
    info.external_attr, info.comment, info.create_system = like.external_attr, like.comment, like.create_system
    info.compress_type = zipfile.ZIP_DEFLATED
    out.writestr(info, data)


def _raw(file: IO[bytes], info: zipfile.ZipInfo, subject: str) -> bytes:
    """Return the compressed bytes of an entry."""
    file.seek(info.header_offset)
    header = file.read(_HEADER.size)
    if len(header) == _HEADER.size:
        signature, *lengths = _HEADER.unpack(header)
        file.seek(sum(lengths), 1)
        data = file.read(info.compress_size)
        if signature == b"PK\x03\x04" and len(data) == info.compress_size:
            return data
    raise damaged(subject)


def _write_raw(out: zipfile.ZipFile, info: zipfile.ZipInfo, data: bytes) -> None:
    """Add an entry that is compressed already, which `zipfile` has no call for."""
    assert out.fp is not None
    entry = copy.copy(info)
    entry.header_offset = out.start_dir
    entry.flag_bits &= ~_HAS_DESCRIPTOR
    entry.extra = b""  # padding, or sizes that the header holds
    out.fp.seek(out.start_dir)
    out.fp.write(entry.FileHeader(zip64=False) + data)
    out.start_dir = out.fp.tell()
    out.filelist.append(entry)
    out.NameToInfo[entry.filename] = entry
