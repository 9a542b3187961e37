"""Marks round a stretch of a Word document: runs are split where they must be, and nothing else is touched."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count, pairwise
from operator import itemgetter

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
    >>> Anchorer(word.element, None).mark(next(word_paragraphs(word.element.body)), [(10, 22, 0)]) is None
    True
    >>> [run.text for run in paragraph.runs]
    ['She rang. ', 'Nobody came.', '']
    """

    def __init__(self, main: Element, reference_style: str | None) -> None:
        self._main = main
        self._reference_style = reference_style
        self._space = {main.prefix: NAMESPACE}  # all that it declares would take its time for every mark
        self._numbers = free_numbers(element.get(_ID) for element in main.iter(f"{_W}*"))
        self._note_marks: dict[str, dict[str | None, Element]] = {}
        self._references: dict[Element, Element] = {}  # the last of those that stand behind an element

    def mark(self, paragraph: WordParagraph, stretches: Sequence[tuple[int, int, int]]) -> str | None:
        """Set the marks of the comments of one paragraph.

        Parameters
        ----------
        paragraph : WordParagraph
            The paragraph; its pieces are split as its runs are.
        stretches : sequence of (int, int, int)
            For each comment, where its stretch starts and ends, as offsets in the paragraph's text, and its number.

        Returns
        -------
        str or None
            None where the marks stand round the stretches; else the place, such as ``"footnote"``, in which Word takes
            no comments, and whose own mark in the text is marked instead.

        Examples
        --------
        >>> import docx
        >>> from bias_detect.documents.word import word_paragraphs
        >>> word = docx.Document()
        >>> paragraph = word.add_paragraph("She rang.")
        >>> Anchorer(word.element, None).mark(next(word_paragraphs(word.element.body)), [(0, 9, 0)])
        >>> [element.tag.rpartition("}")[2] for element in paragraph._p]
        ['commentRangeStart', 'r', 'commentRangeEnd', 'r']
        """
        place, spot = None, self._spot(paragraph.pieces[0][0])
        if spot is None:
            edges = self._isolated(paragraph.pieces, [(start, end) for start, end, _ in stretches])
        else:
            place, target = spot
            edges = [(target, target)] * len(stretches)
        for (first, last), (_, _, number) in zip(edges, stretches, strict=True):
            before, after = self._run_from(first), self._run_to(last)
            self._set_marks(_outward(before, first=True), _outward(after, first=False), str(number))
        return place

    def _isolated(
        self, pieces: list[tuple[Element, str]], stretches: Sequence[tuple[int, int]]
    ) -> list[tuple[Element, Element]]:
        """Return the elements with which the stretches begin and end, once these have pieces and runs of their own."""
        text = "".join(piece for _, piece in pieces)
        margin = len(text) - len(text.lstrip())
        stretches = [(margin + start, margin + end) for start, end in stretches]
        _split_pieces(pieces, stretches)
        starts = [*accumulate(len(piece) for _, piece in pieces)]
        edges = [(bisect_right(starts, start), bisect_right(starts, end - 1)) for start, end in stretches]
        # From the last to the first, so that what stands behind them in a run is not moved again and again.
        for index in sorted({index for _, index in edges}, reverse=True):
            self._run_to(pieces[index][0])
        for index in sorted({index for index, _ in edges}, reverse=True):
            self._run_from(pieces[index][0])
        return [(pieces[first][0], pieces[last][0]) for first, last in edges]

    def _spot(self, element: Element) -> tuple[str, Element] | None:
        """Return where Word takes no comments, and what stands for it in the text; None for what is in the text."""
        for note in element.iterancestors(*_NOTES):
            kind = _NOTES[note.tag]
            if kind not in self._note_marks:
                marks = [*note_references(self._main, kind)]
                self._note_marks[kind] = {mark.get(_ID): mark for mark in reversed(marks)}
            mark = self._note_marks[kind][note.get(_ID)]
            outer = self._spot(mark)
            return kind, mark if outer is None else outer[1]
        boxes = [*element.iterancestors(TEXT_BOX)]
        return ("text box", boxes[-1]) if boxes else None

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
        rest = run.makeelement(run.tag, run.attrib, {run.prefix: NAMESPACE})
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
        run = self._main.makeelement(_R, nsmap=self._space)
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
        last: Element = self._references.get(end, end)
        while (beside := last.getnext()) is not None and beside.find(_REFERENCE) is not None:
            last = beside
        last.addnext(run)
        self._references[end] = run

    def _element(self, tag: str, number: str | None) -> Element:
        attributes = {} if number is None else {_ID: number}
        return self._main.makeelement(f"{_W}{tag}", attributes, self._space)


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


def _split_pieces(pieces: list[tuple[Element, str]], stretches: Sequence[tuple[int, int]]) -> None:
    """Split pieces where stretches of their text begin and end."""
    ends = [*accumulate(len(text) for _, text in pieces)]
    wanted: defaultdict[int, set[tuple[int, bool]]] = defaultdict(set)
    for start, end in stretches:
        for offset, is_end in ((start, False), (end, True)):
            index = bisect_right(ends, offset - is_end)
            wanted[index].add((offset - ends[index] + len(pieces[index][1]), is_end))
    for index in sorted(wanted, reverse=True):
        if _can_split(pieces[index][0]):
            pieces[index : index + 1] = _parted(*pieces[index], sorted(wanted[index]))


def _parted(element: Element, text: str, wanted: Iterable[tuple[int, bool]]) -> list[tuple[Element, str]]:
    """Split a ``w:t`` at places in its text: before stretches that begin there, and behind those that end."""
    raw = element.text
    cuts = [(0, 0)]  # in the raw text, and in the text
    for offset, is_end in wanted:
        index = bisect_right(cuts, offset, key=itemgetter(1))
        cut = raw_cut(raw, offset, forward=is_end, begin=cuts[index - 1])
        if cuts[index - 1][1] < cut[1] < (len(text) if index == len(cuts) else cuts[index][1]):
            cuts.insert(index, cut)
    margin, end = len(raw) - len(raw.lstrip(_WHITE)), len(raw.rstrip(_WHITE))
    if len(cuts) > 1 and element.get(_SPACE) != "preserve":
        # White space at the ends, which Word does not show, must not be preserved for that at a cut, which it shows.
        if cuts[-1][0] < end < len(raw) and raw[cuts[-1][0]] in _WHITE:
            cuts.append((end, len(text) - (len(raw) - end)))
        if 0 < margin < cuts[1][0] and raw[cuts[1][0] - 1] in _WHITE:
            cuts.insert(1, (margin, margin))
    space = {element.prefix: NAMESPACE}
    parts = [element, *(element.makeelement(element.tag, element.attrib, space) for _ in cuts[1:])]
    for before, after in pairwise(parts):
        before.addnext(after)
    bounds = [*pairwise([*cuts, (len(raw), len(text))])]
    for part, ((first, _), (last, _)) in zip(parts, bounds, strict=True):
        part.text = raw[first:last]
        at_cuts = (first and raw[first] in _WHITE) or (last < len(raw) and raw[last - 1] in _WHITE)
        if at_cuts and (part.text.strip(_WHITE) or margin <= first < last <= end):
            part.set(_SPACE, "preserve")
    return [(part, text[start:end]) for part, ((_, start), (_, end)) in zip(parts, bounds, strict=True)]


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
