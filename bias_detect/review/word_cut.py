"""Where to cut the raw text of a Word document, given a place in the text as it is read."""

from __future__ import annotations

import re

from bias_detect.documents.cleaning import clean_text

# All that cleaning changes, in stretches that it treats alike whatever stands around them, but for the next character.
_BLOCK = re.compile(r"[^\t-\r\x20-\x7e]+")
_LONGEST = 400  # a longer block is not cut within where cleaning changes it


def raw_cut(raw: str, offset: int, *, forward: bool, begin: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    r"""Return where to cut a raw text so that its halves, each cleaned, are the parts of the cleaned text.

    Parameters
    ----------
    raw : str
        The text as it stands in the file.
    offset : int
        A place in the cleaned text.
    forward : bool
        Where no cut is possible there, such as within a ligature, whether to take the next place or the one before.
    begin : tuple of (int, int), default (0, 0)
        A cut at or before the place, such as this function gave, so that the text before it is not gone through again.

    Returns
    -------
    tuple of (int, int)
        The place in the raw text, and the place in the cleaned text that it stands for.

    Examples
    --------
    >>> raw_cut("The re\u00adport. It of\ufb01cially", 11, forward=False)
    (12, 11)
    >>> raw_cut("of\ufb01cial", 3, forward=False), raw_cut("of\ufb01cial", 3, forward=True)
    ((2, 2), (3, 4))
    """
    place, done = begin  # how far the raw and the cleaned text are gone through
    while found := _BLOCK.search(raw, place, place + offset - done):
        start = found.start()
        done += start - place
        place = start + len(block := _whole_block(raw, start))
        follower = raw[place : place + 1]
        length = len(clean_text(block + follower)) - len(clean_text(follower))
        if offset <= done + length:
            cut, read = _cut(block, follower, offset - done, forward=forward)
            return start + cut, done + read
        done += length
    return place + offset - done, offset


def _whole_block(raw: str, start: int) -> str:
    """Return the block that begins at a place, however far behind the wanted cut it ends."""
    block = _BLOCK.match(raw, start)
    assert block is not None
    return block.group()


def _cut(block: str, follower: str, offset: int, *, forward: bool) -> tuple[int, int]:
    """Return the place nearest to a place in the cleaned block where the block can be cut, and what it stands for."""
    whole = clean_text(block + follower)
    if whole == block + follower:  # only near the place itself may a cut make a difference to cleaning
        places = range(offset, len(block) + 1) if forward else range(offset, -1, -1)
    else:
        places = range(0, len(block) + 1, 1 if len(block) <= _LONGEST else len(block))
        places = places if forward else places[::-1]
    for cut in places:
        before = clean_text(block[:cut])
        on_its_side = len(before) >= offset if forward else len(before) <= offset
        if on_its_side and before + clean_text(block[cut:] + follower) == whole:
            return cut, len(before)
    return (len(block) + 1, len(whole)) if forward else (0, 0)
