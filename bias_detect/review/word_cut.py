"""Where to cut the raw text of a Word document, given a place in the text as it is read."""

from __future__ import annotations

import re

from bias_detect.documents.cleaning import clean_text

# All that cleaning changes, in stretches that it treats alike whatever stands around them, but for the next character.
_BLOCK = re.compile(r"[^\x00-\x7f]+|[\x00-\x08\x0e-\x1f\x7f]")
_LONGEST = 400  # a longer block is not cut within where cleaning changes it


def raw_cut(raw: str, offset: int, *, forward: bool) -> tuple[int, int]:
    r"""Return where to cut a raw text so that its halves, each cleaned, are the parts of the cleaned text.

    Parameters
    ----------
    raw : str
        The text as it stands in the file.
    offset : int
        A place in the cleaned text.
    forward : bool
        Where no cut is possible there, such as within a ligature, whether to take the next place or the one before.

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
    place = done = 0  # how far the raw and the cleaned text are gone through
    for block in _BLOCK.finditer(raw):
        if offset <= done + block.start() - place:
            break
        done += block.start() - place
        place = block.end()
        follower = raw[place : place + 1]
        length = len(clean_text(block.group() + follower)) - len(clean_text(follower))
        if offset <= done + length:
            cuts = [(block.start() + cut, done + read) for cut, read in _cuts(block.group(), follower)]
            if forward:
                behind = (place + 1, done + length + len(clean_text(follower)))
                return next((cut for cut in cuts if cut[1] >= offset), behind)
            return next(cut for cut in reversed(cuts) if cut[1] <= offset)
        done += length
    return place + offset - done, offset


def _cuts(block: str, follower: str) -> list[tuple[int, int]]:
    """Return the places where a block can be cut, the first of them its start, with their places in the cleaned one."""
    whole = clean_text(block + follower)
    places = range(len(block) + 1) if len(block) <= _LONGEST or whole == block + follower else (0, len(block))
    halves = ((cut, clean_text(block[:cut]), clean_text(block[cut:] + follower)) for cut in places)
    return [(cut, len(before)) for cut, before, after in halves if before + after == whole]
