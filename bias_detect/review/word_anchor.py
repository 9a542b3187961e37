"""Marks round a stretch of a Word document: runs are split where they must be, and nothing else is touched."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import count

from bias_detect.documents.word import TEXT_BOX, WordParagraph, note_references
from bias_detect.documents.word_package import NAMESPACE, Element
from bias_detect.review.word_cut import raw_cut

_W = f"{{{NAMESPACE}}}"
_P, _R, _T, _RPR, _ID = f"{_W}p", f"{_W}r", f"{_W}t", f"{_W}rPr", f"{_W}id"
_FIELD_MARK, _FIELD_TYPE = f"{_W}fldChar", f"{_W}fldCharType"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_WHITE = " \t\r\n"  # what Word trims where the text is not to be preserved

# What may hold runs, and marks beside them, within a paragraph.
_CONTAINERS = frozenset(
    f"{_W}{tag}"
    for tag in "ins moveTo hyperlink smartTag customXml sdt sdtContent fldSimple dir bdo".split()  # noqa: SIM905
)
_PROPERTIES = frozenset(f"{_W}{tag}" for tag in ("smartTagPr", "customXmlPr", "sdtPr", "sdtEndPr"))
_NO_CONTENT = frozenset({_RPR, f"{_W}lastRenderedPageBreak"})
_FIELD_CODE = frozenset({*_NO_CONTENT, _FIELD_MARK, f"{_W}instrText", f"{_W}delInstrText"})
_MARKS = frozenset(f"{_W}{tag}" for tag in ("bookmarkStart", "bookmarkEnd", "proofErr"))
_REFERENCE = f"{_W}commentReference"
_NOTES = {f"{_W}footnote": "footnote", f"{_W}endnote": "endnote"}


def free_numbers(used: Iterator[str | None]) -> Iterator[int]:
    """Yield numbers from 0 that are not in use.

    Parameters
    ----------
    used : iterator of str or None
        What is in use, as it stands in attributes.

    Yields
    ------
    int
        The next free number.

    Examples
    --------
    >>> numbers = free_numbers(iter(["1", "x", None]))
    >>> next(numbers), next(numbers)
    (0, 2)
    """
    taken = set(used)
    return (number for number in count() if str(number) not in taken)


class Anchorer:
    """Set the marks of comments into the main part of a document.

    Parameters
    ----------
    main : lxml element
        The root of the main part, which is changed.
    reference_style : str or None
        Identifier of the character style of comment references, where the document has one.

    Examples
    --------
    >>> import docx
    >>> from bias_detect.documents.word import word_paragraphs
    >>> word = docx.Document()
    >>> paragraph = word.add_paragraph("She rang. Nobody came.")
    >>> Anchorer(word.element, None).mark(next(word_paragraphs(word.element.body)), 10, 22, number=0) is None
    True
    >>> [run.text for run in paragraph.runs]
    ['She rang. ', 'Nobody came.', '']
    """

    def __init__(self, main: Element, reference_style: str | None) -> None:
        self._main = main
        self._reference_style = reference_style
        self._numbers = free_numbers(element.get(_ID) for element in main.iter(f"{_W}*"))

    def mark(self, paragraph: WordParagraph, start: int, end: int, number: int) -> str | None:
        """Set the marks of one comment.

        Parameters
        ----------
        paragraph : WordParagraph
            The paragraph; its pieces are split as its runs are.
        start, end : int
            The stretch, as offsets in the paragraph's text.
        number : int
            The number of the comment.

        Returns
        -------
        str or None
            None where the marks stand round the stretch; else the place, such as ``"footnote"``, in which Word takes
            no comments, and whose own mark in the text is marked instead.

        Examples
        --------
        >>> import docx
        >>> from bias_detect.documents.word import word_paragraphs
        >>> word = docx.Document()
        >>> paragraph = word.add_paragraph("She rang.")
        >>> Anchorer(word.element, None).mark(next(word_paragraphs(word.element.body)), 0, 9, number=0)
        >>> [element.tag.rpartition("}")[2] for element in paragraph._p]
        ['commentRangeStart', 'r', 'commentRangeEnd', 'r']
        """
        element = paragraph.pieces[0][0]
        place, spot = None, _spot(element, self._main)
        if spot is None:
            before, after = self._isolated(paragraph, start, end)
        else:
            place, target = spot
            before, after = self._run_from(target), self._run_to(target)
        self._set_marks(_outward(before, first=True), _outward(after, first=False), str(number))
        return place

    def _isolated(self, paragraph: WordParagraph, start: int, end: int) -> tuple[Element, Element]:
        """Return the elements before and behind which the marks go, once the stretch has runs of its own."""
        text = "".join(piece for _, piece in paragraph.pieces)
        margin = len(text) - len(text.lstrip())
        pieces = paragraph.pieces
        index, within = _find(pieces, margin + start)
        if _can_split(pieces[index][0]):
            index += _split_piece(pieces, index, *raw_cut(pieces[index][0].text, within, forward=False))
        first = pieces[index][0]
        index, within = _find(pieces, margin + end - 1)
        if _can_split(pieces[index][0]):
            _split_piece(pieces, index, *raw_cut(pieces[index][0].text, within + 1, forward=True))
        return self._run_from(first), self._run_to(pieces[index][0])

    def _run_from(self, element: Element) -> Element:
        """Return the run that begins with an element, or what stands in the paragraph with it in its midst."""
        host, inner = _host(element)
        if inner is None or all(child.tag in _NO_CONTENT for child in inner.itersiblings(preceding=True)):
            return host
        return self._split_run(host, inner)

    def _run_to(self, element: Element) -> Element:
        """Return the run that ends with an element, or what stands in the paragraph with it in its midst."""
        host, inner = _host(element)
        if inner is not None and (following := inner.getnext()) is not None:
            self._split_run(host, following)
        return host

    def _split_run(self, run: Element, child: Element) -> Element:
        """Move a child of a run, and those behind it, into a run of their own with the same properties."""
        rest = run.makeelement(run.tag, run.attrib, run.nsmap)
        properties = run.find(_RPR)
        if properties is not None:
            properties = copy.deepcopy(properties)
            properties.tail = None
            for change in properties.iter(f"{_W}rPrChange"):
                change.set(_ID, str(next(self._numbers)))  # of the same tracked change, which needs a number of its own
            rest.append(properties)
        for moved in [child, *child.itersiblings()]:
            rest.append(moved)
        run.addnext(rest)
        return rest

    def _set_marks(self, before: Element, after: Element, number: str) -> None:
        before.addprevious(self._element("commentRangeStart", number))
        end = self._element("commentRangeEnd", number)
        after.addnext(end)
        run = self._main.makeelement(_R, nsmap=self._main.nsmap)
        if self._reference_style is not None:
            style = self._element("rStyle", None)
            style.set(f"{_W}val", self._reference_style)
            properties = self._element("rPr", None)
            properties.append(style)
            run.append(properties)
        run.append(self._element("commentReference", number))
        # Beside links and tracked changes, not in them: it is neither linked nor the author's insertion.
        while end.getparent().tag in _CONTAINERS:
            end = end.getparent()
        while (beside := end.getnext()) is not None and beside.find(_REFERENCE) is not None:
            end = beside
        end.addnext(run)

    def _element(self, tag: str, number: str | None) -> Element:
        attributes = {} if number is None else {_ID: number}
        return self._main.makeelement(f"{_W}{tag}", attributes, self._main.nsmap)


def _spot(element: Element, main: Element) -> tuple[str, Element] | None:
    """Return where Word takes no comments, and what stands for it in the text; None for what is in the text."""
    for note in element.iterancestors(*_NOTES):
        kind = _NOTES[note.tag]
        mark = next(mark for mark in note_references(main, kind) if mark.get(_ID) == note.get(_ID))
        outer = _spot(mark, main)
        return kind, mark if outer is None else outer[1]
    boxes = [*element.iterancestors(TEXT_BOX)]
    return ("text box", boxes[-1]) if boxes else None


def _find(pieces: list[tuple[Element, str]], offset: int) -> tuple[int, int]:
    """Return which piece holds a character, and its place in it."""
    for index, (_, text) in enumerate(pieces):
        if offset < len(text):
            return index, offset
        offset -= len(text)
    raise IndexError(offset)


def _host(element: Element) -> tuple[Element, Element | None]:
    """Return what stands in the paragraph, or in a link or the like, with an element in it.

    If that is a run, the child of it that is or holds the element is returned too.
    """
    line = [element]
    for ancestor in element.iterancestors():
        if ancestor.tag == _P:
            break
        line.append(ancestor)
    while line[-1].tag in _CONTAINERS:
        line.pop()
    return line[-1], line[-2] if line[-1].tag == _R and len(line) > 1 else None


def _can_split(element: Element) -> bool:
    return element.tag == _T and len(element) == 0 and _host(element)[1] is element


def _split_piece(pieces: list[tuple[Element, str]], index: int, cut: int, read: int) -> int:
    """Split a ``w:t`` at a place in its raw text; return how much further the piece behind the cut stands then."""
    element, text = pieces[index]
    if not 0 < read < len(text):
        return 0
    raw = element.text
    moved = 1
    if element.get(_SPACE) != "preserve":
        # White space at the ends, which Word does not show, must not be preserved for that at the cut, which it shows.
        margin, end = len(raw) - len(raw.lstrip(_WHITE)), len(raw.rstrip(_WHITE))
        if cut < end < len(raw) and raw[cut] in _WHITE:
            _halve(pieces, index, end, len(text) - (len(raw) - end))
        if 0 < margin < cut and raw[cut - 1] in _WHITE:
            _halve(pieces, index, margin, margin)
            index, cut, read, moved = index + 1, cut - margin, read - margin, 2
    _halve(pieces, index, cut, read)
    return moved


def _halve(pieces: list[tuple[Element, str]], index: int, cut: int, read: int) -> None:
    element, text = pieces[index]
    rest = element.makeelement(element.tag, element.attrib, element.nsmap)
    element.text, rest.text = element.text[:cut], element.text[cut:]
    element.addnext(rest)
    for half, edge in ((element, -1), (rest, 0)):
        if half.text[edge] in _WHITE and half.text.strip(_WHITE):
            half.set(_SPACE, "preserve")
    pieces[index : index + 1] = [(element, text[:read]), (rest, text[read:])]


def _outward(node: Element, *, first: bool) -> Element:
    """Return what to set a mark beside: out of the links, changes and fields that begin (or end) with the node.

    What stands in the result of a field is lost when Word brings the field up to date.
    """
    while True:
        parent = node.getparent()
        if parent.tag in _CONTAINERS and all(
            beside.tag in _PROPERTIES for beside in node.itersiblings(preceding=first)
        ):
            node = parent
        elif (field := _field_begin(node) if first else _field_end(node)) is not None:
            node = field
        else:
            return node


def _field_begin(node: Element) -> Element | None:
    """Return the run that begins the field whose result begins with the node."""
    depth = 0
    is_result = False
    for sibling in node.itersiblings(preceding=True):
        if sibling.tag in _MARKS:
            continue
        if sibling.tag != _R or any(child.tag not in _FIELD_CODE for child in sibling):
            return None
        for mark in reversed(sibling.findall(_FIELD_MARK)):
            kind = mark.get(_FIELD_TYPE)
            if not is_result and kind != "separate":
                return None
            if kind == "begin" and depth == 0:
                return sibling if all(child.tag in _NO_CONTENT for child in mark.itersiblings(preceding=True)) else None
            is_result = True
            depth += {"end": 1, "begin": -1}.get(kind, 0)
        if not is_result:
            return None
    return None


def _field_end(node: Element) -> Element | None:
    """Return the run that ends the field whose result ends with the node."""
    for sibling in node.itersiblings():
        if sibling.tag in _MARKS:
            continue
        content = [child for child in sibling if child.tag not in _NO_CONTENT]
        is_end = sibling.tag == _R and {child.get(_FIELD_TYPE) for child in content} == {"end"}
        return sibling if is_end else None
    return None
