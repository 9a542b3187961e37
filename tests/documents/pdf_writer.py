"""A tiny PDF writer, so that the tests make their own PDFs: lines of Helvetica at given places, and no more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
LIGATURE_MAP = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /L def /CMapType 2 def\n"
    b"1 begincodespacerange <00> <FF> endcodespacerange\n"
    b"2 beginbfrange <20> <7E> <0020> <80> <80> <FB01> endbfrange\n"
    b"endcmap end end"
)
FONTS = {"regular": "F1", "bold": "F2", "ligature": "F3", "italic": "F4"}


@dataclass
class Page:
    """Lines of text, in the order in which they are drawn."""

    lines: list[tuple[float, float, float, str, bytes, bool]] = field(default_factory=list)
    image: bool = False
    rotate: int = 0

    def at(
        self, x: float, y: float, text: str | bytes, *, size: float = 11, font: str = "regular", upwards: bool = False
    ) -> Page:
        data = text if isinstance(text, bytes) else text.encode("cp1252")
        self.lines.append((x, y, size, font, data, upwards))
        return self

    def column(self, lines: list[str], *, x: float = 72, y: float = 700, size: float = 11) -> float:
        """Put lines below each other, 14 points apart, and return the height of the line after them."""
        for line in lines:
            self.at(x, y, line, size=size)
            y -= 14
        return y

    def content(self) -> bytes:
        parts = [b"q 400 0 0 600 90 100 cm /I1 Do Q"] if self.image else []
        for x, y, size, font, data, upwards in self.lines:
            escaped = data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            matrix = b"0 1 -1 0" if upwards else b"1 0 0 1"
            parts.append(b"BT /%s %g Tf %s %g %g Tm (%s) Tj ET" % (FONTS[font].encode(), size, matrix, x, y, escaped))
        return b"\n".join(parts)


def write_pdf(path: Path, pages: list[Page], *, password: str | None = None) -> Path:
    """Write the pages, locked with RC4 under a user's password where one is given."""
    cipher = None if password is None else Cipher(password)
    count = len(pages)
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (count, b" ".join(b"%d 0 R" % (10 + 2 * i) for i in range(count))),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
    }
    objects[9] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Oblique /Encoding /WinAnsiEncoding >>"
    streams: dict[int, tuple[bytes, bytes]] = {
        6: (b"", LIGATURE_MAP),
        7: (
            b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
            b"\x80",
        ),
    }
    for i, page in enumerate(pages):
        objects[10 + 2 * i] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d /Contents %d 0 R /Resources << "
            b"/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R /F4 9 0 R >> /XObject << /I1 7 0 R >> >> >>"
        ) % (page.rotate, 11 + 2 * i)
        streams[11 + 2 * i] = (b"", page.content())
    for number, (entries, data) in streams.items():
        stored = cipher.encrypt(number, data) if cipher else data
        objects[number] = b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(stored), stored)
    if cipher:
        objects[8] = cipher.dictionary()
    _write(path, objects, cipher)
    return path


def _write(path: Path, objects: dict[int, bytes], cipher: Cipher | None) -> None:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    locked = b"/Encrypt 8 0 R /ID [<00> <00>]" if cipher else b""
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, locked, start)
    path.write_bytes(bytes(out))


class Cipher:
    """The standard security handler of PDF 1.4 with its shortest key, which is all a test needs."""

    def __init__(self, password: str) -> None:
        padded = (password.encode("latin-1") + PADDING)[:32]
        self.owner = rc4(hashlib.md5(padded).digest()[:5], padded)
        self.key = hashlib.md5(padded + self.owner + b"\xff\xff\xff\xff" + b"\x00").digest()[:5]

    def encrypt(self, number: int, data: bytes) -> bytes:
        return rc4(hashlib.md5(self.key + number.to_bytes(3, "little") + b"\x00\x00").digest()[:10], data)

    def dictionary(self) -> bytes:
        user = rc4(self.key, PADDING)
        return b"<< /Filter /Standard /V 1 /R 2 /P -1 /O <%s> /U <%s> >>" % (
            self.owner.hex().encode(),
            user.hex().encode(),
        )


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
