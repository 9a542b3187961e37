"""What in a text may tell who a person is: found by kind, and masked before anything of it is shown.

These are patterns for the United Kingdom. They find the usual shapes and not every case: a text in which nothing is
found is not thereby anonymous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

NAME, BIRTH, NHS, POSTCODE, TELEPHONE, EMAIL = KINDS = (
    "names after titles",
    "dates of birth",
    "NHS numbers",
    "postcodes",
    "telephone numbers",
    "e-mail addresses",
)

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = (
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}-\d\d-\d\d|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}"
    rf"(?:,? \d{{2,4}}\b)?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
)
_TITLE = (
    "Mrs?|Ms|Miss|Mx|Dr|Doctor|Prof(?:essor)?|Sir|Dame|Rev(?:erend)?|[PD]C|DS|DI|Sergeant|Inspector|Constable|Nurse"
)
# Behind a title these are no names: "Nurse Manager", "Family Nurse Partnership".
_ROLE = "Manager|Practitioner|Specialist|Consultant|Associate|Lead|Director|Prescriber|Advis[eo]r|Partnership|Team"
_WORD = r"(?:[A-ZÀ-Þ]['’])?[A-ZÀ-Þ][^\W\d_]*[a-zß-ÿ]\w*(?:['’-][A-Z]\w*)*"
# The group is what is personal. Capitals alone (Mr D, Dr SW) stand for people in anonymised reviews and are no names.
_PATTERNS = {
    NAME: rf"\b(?:{_TITLE})\.? (?:[A-Z]\.? ?){{0,3}}(?!(?:{_ROLE})\b)({_WORD}(?: {_WORD}){{0,2}})",
    BIRTH: r"(?i:\b(?:born|d\.?o\.?b|date of birth|birth ?da(?:te|y))\b\W{0,3}(?:(?:was|is|on) )*" f"({_DATE}))",
    NHS: r"(?<![\w-])(\d{3}[ -]?\d{3}[ -]?\d{4})(?![\w-])",
    POSTCODE: r"\b([A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})\b",
    TELEPHONE: r"(?<![\w./+-])((?:\+44 ?(?:\(0\) ?)?|\(?0)[1-378]\d{1,4}\)?(?:[ -]?\d{2,8}){1,3})(?![\w-])",
    EMAIL: r"(?<![\w.+-])([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)",
}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}


class Personal(NamedTuple):
    """A place in a text that may tell who a person is.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    start, end : int
        Where it stands.
    masked : str
        Its first character, and a star for each of the others.

    Examples
    --------
    >>> next(find_personal("Write to ann@example.org."))[:3]
    ('e-mail addresses', 9, 24)
    """

    kind: str
    start: int
    end: int
    masked: str


def find_personal(text: str) -> Iterator[Personal]:
    """Yield what in a text may tell who a person is, kind by kind.

    Parameters
    ----------
    text : str
        A sentence or a cell of a table.

    Yields
    ------
    Personal
        NHS numbers only where the check digit is right, telephone numbers only where their length is.

    References
    ----------
    NHS Data Dictionary, *NHS number*: the tenth digit checks the nine before it, modulo 11.

    Examples
    --------
    >>> [(found.kind, found.masked) for found in find_personal("Dr Lomax wrote to Mr D at AB1 2XY.")]
    [('names after titles', 'L****'), ('postcodes', 'A******')]
    """
    for kind, pattern in _COMPILED.items():
        for match in pattern.finditer(text):
            found = match.group(1)
            if (kind == NHS and not _is_nhs_number(found)) or (kind == TELEPHONE and not _is_telephone_number(found)):
                continue
            yield Personal(kind, *match.span(1), found[0] + "*" * (len(found) - 1))


def masked(text: str) -> str:
    """Return a text in which nothing that `find_personal` finds can be read.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        A text of the same length.

    Examples
    --------
    >>> masked("Review of Mrs Hallam")
    'Review of Mrs H*****'
    """
    for found in list(find_personal(text)):
        text = text[: found.start + 1] + found.masked[1:] + text[found.end :]
    return text


def _is_nhs_number(text: str) -> bool:
    *digits, check = map(int, re.sub(r"\D", "", text))
    return (11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11) % 11 == check


def _is_telephone_number(text: str) -> bool:
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    return len(digits.removeprefix("44") if text.startswith("+") else digits[1:]) in (9, 10)
