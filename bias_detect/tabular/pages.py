"""The headers of the pages of a Parquet file: what its columns unpack to, whatever its footer says of them.

See the format's ``PageHeader`` (https://parquet.apache.org/docs/file-format/data-pages) in Thrift's compact protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

_WINDOW = 256  # bytes that most headers fit in
_LONGEST = 1 << 24  # bytes of a header: Arrow reads none that is longer
_SIZE, _PACKED = 2, 3  # the fields of a header
_DATA, _DICTIONARY, _DATA_2 = 5, 7, 8  # those of them that are headers of their own, of one kind of page
_VALUES = 1  # the first field of each of these
_ENCODING = {_DATA: 2, _DICTIONARY: 2, _DATA_2: 4}  # and another
_DELTA_BYTE_ARRAY = 7  # the encoding in which a text may repeat the one before it
_IN_DICTIONARY = 16  # bytes that Arrow takes for a value of a dictionary beside the value itself
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
_FIXED = {_BYTE: 1, _DOUBLE: 8, _UUID: 16}

IN_LIST = 64
"""Bytes that a value in a list takes in memory."""


class Page(NamedTuple):
    """What the header of a page says.

    Parameters
    ----------
    size : int
        Bytes of the page, unpacked.
    packed : int
        Bytes that it takes in the file.
    values : int
        How many values it holds.
    is_dictionary : bool
        Whether these are the values that the pages behind it refer to.
    encoding : int
        How they are written.

    Examples
    --------
    >>> Page(size=1_000_000, packed=40, values=1, is_dictionary=True, encoding=0).is_dictionary
    True
    """

    size: int
    packed: int
    values: int
    is_dictionary: bool
    encoding: int


class Cost(NamedTuple):
    """What it takes to read a column of a row group.

    Parameters
    ----------
    packed, unpacked : int
        Bytes of all its pages.
    at_once : int
        Bytes of what is unpacked at the same time: a page and the dictionary.
    a_row : int
        Bytes that every row may take, be they written once for all rows.
    together : int
        Bytes that some rows may take together, beside these.

    Examples
    --------
    >>> text = Page(size=4_000_000, packed=90, values=1, is_dictionary=True, encoding=0)
    >>> cost([text, Page(size=10, packed=10, values=256, is_dictionary=False, encoding=8)], rows=256).a_row
    4000016
    """

    packed: int
    unpacked: int
    at_once: int
    a_row: int
    together: int


def cost(pages: Iterable[Page], rows: int, *, in_lists: bool = False) -> Cost:
    """Return what it takes to read a column, so many rows at a time.

    Parameters
    ----------
    pages : iterable of Page
        Its pages.
    rows : int
        How many rows are to be read together.
    in_lists : bool, default False
        Whether a row may hold many values.

    Returns
    -------
    Cost
        The bytes.

    Examples
    --------
    >>> cost([Page(1000, 400, 50, False, 0)] * 9, rows=120).together
    4000
    """
    packed = unpacked = dictionary = largest = a_row = together = 0
    window: deque[Page] = deque()  # pages that the rows may lie on: all but those of the first and the last of them
    bytes_of_window = values_of_window = 0
    for page in pages:
        size = page.size + page.values * (IN_LIST if in_lists else _IN_DICTIONARY if page.is_dictionary else 0)
        packed += page.packed
        unpacked += size
        if page.is_dictionary:
            dictionary += size
            continue
        largest = max(largest, size)
        if in_lists or page.encoding == _DELTA_BYTE_ARRAY:
            a_row = max(a_row, size)
            continue
        window.append(page)
        bytes_of_window += size
        values_of_window += page.values
        while len(window) > 2 and values_of_window - window[0].values - page.values > rows - 2:
            gone = window.popleft()
            bytes_of_window -= gone.size
            values_of_window -= gone.values
        together = max(together, bytes_of_window)
    return Cost(packed, unpacked, dictionary + largest, dictionary + a_row, together)


def column_pages(file: IO[bytes], start: int, end: int) -> Iterator[Page]:
    """Yield the pages of one column of a row group, without unpacking any.

    Parameters
    ----------
    file : binary file
        The Parquet file.
    start, end : int
        Where the column stands in it.

    Yields
    ------
    Page
        In their order.

    Raises
    ------
    ValueError
        If what stands there is no header of a page.

    Examples
    --------
    >>> import io
    >>> import pandas as pd
    >>> import pyarrow.parquet
    >>> file = io.BytesIO(pd.DataFrame({"text": ["She rang."] * 7}).to_parquet())
    >>> column = pyarrow.parquet.read_metadata(file).row_group(0).column(0)
    >>> start = column.dictionary_page_offset
    >>> [page.values for page in column_pages(file, start, start + column.total_compressed_size)]
    [1, 7]
    """
    while start < end:
        length, page = _header(file, start)
        yield page
        start += length + page.packed


def _header(file: IO[bytes], start: int) -> tuple[int, Page]:
    """Return the header that stands at a place, and how long it is."""
    window = _WINDOW
    while True:
        file.seek(start)
        data = file.read(window)
        reader = _Compact(data)
        try:
            fields = reader.struct()
        except IndexError:
            if len(data) < window or window >= _LONGEST:
                raise ValueError("the header of a page is cut short") from None
            window *= 8
            continue
        kind = next((kind for kind in _ENCODING if kind in fields), _DATA)
        own = fields.get(kind, {})
        sizes = fields.get(_SIZE, -1), fields.get(_PACKED, -1), own.get(_VALUES, 0)
        page = Page(*sizes, kind == _DICTIONARY, own.get(_ENCODING[kind], 0))
        if not all(isinstance(number, int) and number >= 0 for number in page):
            raise ValueError("the header of a page gives no sizes")
        return reader.place, page


class _Compact:
    """Reads numbers and the shape of the rest; where the bytes are at an end, IndexError says so."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self) -> dict[int, Any]:
        """Return the fields that are numbers or structs themselves."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._number()
            fields[number] = self._value(head & 15)
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE):  # which are all that there is of them, but for those in lists
            return None
        if kind in _FIXED:
            return self._pass(_FIXED[kind])
        if kind < _DOUBLE:
            return self._number()
        if kind == _BINARY:
            return self._pass(self._varint())
        if kind in (_LIST, _SET):
            head = self._byte()
            return self._items([head & 15], head >> 4 if head >> 4 < 15 else self._varint())
        if kind == _MAP:
            size = self._varint()
            head = self._byte() if size else 0
            return self._items([head >> 4, head & 15], size)
        if kind == _STRUCT:
            return self.struct()
        raise ValueError("a value in the header of a page is of no kind that there is")

    def _items(self, kinds: list[int], size: int) -> None:
        for _ in range(size):
            for kind in kinds:
                self._value(_BYTE if kind in (_TRUE, _FALSE) else kind)

    def _byte(self) -> int:
        self.place += 1
        return self._data[self.place - 1]

    def _pass(self, length: int) -> None:
        self.place += length
        if self.place > len(self._data):
            raise IndexError

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def _number(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)
