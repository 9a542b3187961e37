"""Bytes to characters: encodings, line ends, and the signs that a file is not text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from bias_detect.errors import DocumentError, UsageError

BLOCK_BYTES = 1 << 16

_MAGIC = (
    (b"%PDF", "a PDF; give it a name that ends in .pdf"),
    (b"PK\x03\x04", "a zip archive; a Word document has a name that ends in .docx"),
    (b"\xd0\xcf\x11\xe0", "an old or locked Office file; save it as an unlocked .docx"),
    (b"{\\rtf", "an RTF document; save it as .docx or as plain text"),
    (b"\x89PNG", "a picture; run it through OCR first"),
    (b"\xff\xd8\xff", "a picture; run it through OCR first"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"\x7fELF", "a program; give a document instead"),
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_BREAKS = str.maketrans({"\f": "\n\n", "\v": "\n"})


def no_text(subject: str) -> DocumentError:
    """Return the error for a document in which there is nothing to read.

    Parameters
    ----------
    subject : str
        Name of the file.

    Returns
    -------
    DocumentError
        To be raised.

    Examples
    --------
    >>> print(no_text("draft.txt"))
    draft.txt: holds no text; check that it is the file that you meant
    """
    return DocumentError("holds no text", subject=subject, next_step="check that it is the file that you meant")


def check_not_binary(head: bytes, subject: str) -> None:
    """Raise DocumentError where the first bytes are those of a known format that is not text.

    Parameters
    ----------
    head : bytes
        The first bytes of the file.
    subject : str
        Name of the file in the error message.

    Raises
    ------
    DocumentError
        Where they are.

    Examples
    --------
    >>> try:
    ...     check_not_binary(b"%PDF-1.7", "draft.txt")
    ... except DocumentError as error:
    ...     print(error)
    draft.txt: is a binary file, not text; it looks like a PDF; give it a name that ends in .pdf
    """
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise DocumentError("is a binary file, not text", subject=subject, next_step=f"it looks like {what}")


def choose_encoding(head: bytes, encoding: str | None) -> str:
    """Return the encoding to decode with: the one named, that of a byte order mark, or UTF-8.

    Parameters
    ----------
    head : bytes
        The first bytes of the file.
    encoding : str or None
        The encoding that the person named.

    Returns
    -------
    str
        A name that Python's codecs know.

    Raises
    ------
    UsageError
        Where the name is not that of a text encoding.

    Examples
    --------
    >>> choose_encoding(b"She rang.", None), choose_encoding(b"She rang.", "latin1")
    ('utf-8', 'iso8859-1')
    """
    if encoding is None:
        return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8")
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError, ValueError):
        raise UsageError(
            f"there is no text encoding called {encoding!r}", next_step="try utf-8, cp1252 or utf-16"
        ) from None
    return codecs.lookup(encoding).name


def not_decodable(error: UnicodeError, encoding: str, subject: str, before: int = 0) -> DocumentError:
    r"""Return the error for bytes that are not text in the encoding they were read with.

    Parameters
    ----------
    error : UnicodeError
        What the decoder raised.
    encoding : str
        The encoding.
    subject : str
        Name of the file.
    before : int, default 0
        Bytes of the file that come before those the decoder was given.

    Returns
    -------
    DocumentError
        It names the byte and its offset, and the way on.

    Examples
    --------
    >>> try:
    ...     b"na\xefve".decode()
    ... except UnicodeDecodeError as error:
    ...     print(not_decodable(error, "utf-8", "draft.txt"))
    draft.txt: is not UTF-8 text (byte 0xef at offset 2); save it as UTF-8 or name its encoding with --encoding cp1252
    """
    where = ""
    if isinstance(error, UnicodeDecodeError) and error.start < len(error.object):
        where = f" (byte 0x{error.object[error.start]:02x} at offset {before + error.start})"
    return DocumentError(
        f"is not {encoding.upper()} text{where}",
        subject=subject,
        next_step="save it as UTF-8 or name its encoding with --encoding cp1252",
    )


def characters(stream: BinaryIO, subject: str, encoding: str | None) -> Iterator[str]:
    r"""Decode a stream block by block, with every line end made a newline, a form feed a blank line.

    Parameters
    ----------
    stream : binary file
        The bytes; it need not be seekable.
    subject : str
        Name of the file in error messages.
    encoding : str or None
        Encoding of the text; None for UTF-8, or what a byte order mark says.

    Yields
    ------
    str
        The characters of a block, perhaps none.

    Raises
    ------
    DocumentError
        Where the bytes are not text or hold control characters.
    UsageError
        Where the encoding is not known.

    Examples
    --------
    >>> import io
    >>> "".join(characters(io.BytesIO(b"One.\r\nTwo."), "draft.txt", None))
    'One.\nTwo.'
    """
    block = stream.read(BLOCK_BYTES)
    check_not_binary(block, subject)
    name = choose_encoding(block, encoding)
    decoder = codecs.getincrementaldecoder(name)()
    consumed, line, held = 0, 0, ""
    while True:
        pending = len(decoder.getstate()[0])
        try:
            text = held + decoder.decode(block, final=not block)
        except UnicodeError as error:
            raise not_decodable(error, name, subject, before=consumed - pending) from None
        if not consumed:
            text = text.removeprefix("\ufeff")
        consumed += len(block)
        held = "\r" if block and text.endswith("\r") else ""  # its newline may open the next block
        text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        if bad := _CONTROL.search(text):
            raise _control_character(bad.group(), 1 + line + text.count("\n", 0, bad.start()), subject)
        line += text.count("\n")
        yield text.translate(_BREAKS)
        if not block:
            return
        block = stream.read(BLOCK_BYTES)


def _control_character(character: str, line: int, subject: str) -> DocumentError:
    if character == "\0":
        return DocumentError(
            f"is a binary file, not text (a NUL byte in line {line})",
            subject=subject,
            next_step="give a .docx, .pdf, .html or text file; UTF-16 text needs --encoding utf-16-le",
        )
    return DocumentError(
        f"holds the control character U+{ord(character):04X} in line {line}",
        subject=subject,
        next_step="remove it, or save the text again from the program that made it",
    )
