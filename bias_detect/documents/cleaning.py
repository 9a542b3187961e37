"""The characters of a text put right: ligatures, invisible characters, odd spaces, and UTF-8 misread as Windows text.

Quotation marks, dashes and accents stay as they are.
"""

from __future__ import annotations

import re

BULLETS = dict.fromkeys(map(ord, "\uf0b7\uf0a7\uf0d8\uf0fc\uf06e\uf02d"), "•")
"""The bullets of symbol fonts, which have no meaning of their own."""

LIGATURES = {
    **{0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"},
    **{0xFB05: "st", 0xFB06: "st"},
}
"""Letters that are printed as one character."""

_CONTROLS = dict.fromkeys((*range(9), *range(14, 32), 127), "")
_SOFT_HYPHEN = {0xAD: ""}  # it may be a byte of a character that was misread
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), "")
_SPACES = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")


def _windows(byte: int) -> str:
    """Return the character that a byte stands for in Windows text; five bytes stand for none."""
    return bytes([byte]).decode("cp1252", errors="ignore") or chr(byte)


_WINDOWS = {byte: _windows(byte) for byte in range(0x80, 0xA0)}
_CHARACTERS = {
    **LIGATURES,
    **BULLETS,
    **_CONTROLS,
    **_INVISIBLE,
    **_SOFT_HYPHEN,
    **_SPACES,
    **_WINDOWS,
    **{0x2028: "\n", 0x2029: "\n\n"},
}
_UNSEEN = _CONTROLS | _INVISIBLE
_SUSPECT = re.compile(f"[ÂÃâï{re.escape(''.join(map(chr, _CHARACTERS)))}]")

# What follows the first byte of a character in UTF-8, as Windows or Latin 1 shows it.
_BYTES = {_windows(byte): byte for byte in range(0x80, 0xC0)} | {chr(byte): byte for byte in range(0x80, 0x100)}
_FOLLOWING = f"[{re.escape(''.join(character for character, byte in _BYTES.items() if byte < 0xC0))}]"
_MISREAD = re.compile(f"[ÂÃ]{_FOLLOWING}|[âï]{_FOLLOWING}{{2}}")
_LOST_END = re.compile(r"â€(?:\ufffd|(?=[\s.,;:!?)\]]|$))")  # of a closing quotation mark, whose last byte is none
_MISREADINGS = 3  # text can have been misread more than once


def clean_text(text: str) -> str:
    r"""Return a text with its characters put right.

    Ligatures are split, soft hyphens and other invisible characters dropped, no-break and narrow spaces made plain
    ones, and characters that were read in the wrong encoding (``â€™`` for ``’``) repaired.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text; lines and paragraphs stay parted as they are.

    Examples
    --------
    >>> clean_text("The of\ufb01cer\u00a0said: â€œItâ€™s late.â€\x9d")
    'The officer said: “It’s late.”'
    """
    if _SUSPECT.search(text) is None:
        return text
    text = text.translate(_UNSEEN)
    for _ in range(_MISREADINGS):
        if _MISREAD.search(text) is None:
            break
        text = _MISREAD.sub(_read_again, text)
    if "â€" in text:
        text = _LOST_END.sub("”", text)
    return text.translate(_CHARACTERS)


def _read_again(match: re.Match[str]) -> str:
    data = bytes(_BYTES[character] for character in match.group())
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return match.group()
