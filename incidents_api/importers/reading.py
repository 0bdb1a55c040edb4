"""Reading a table from a file, CSV or XLSX, as texts with line numbers; nothing is guessed.

A file is read in bounded pieces, whatever its size, and refused where it is not what it claims to
be: no text in the encoding that is named, cut off inside a quoted cell, one cell larger than any
data set has.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import Any, Final

from incidents_api.importers import sheets

#: The longest line and the longest cell that are read, in bytes and in characters, and the longest
#: row, which can have many lines.
LONGEST: Final = 1_000_000
LONGEST_ROW: Final = 4 * LONGEST
_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_ZIP: Final = b"PK\x03\x04"
#: How cells may be separated; the header shows by which.
_SEPARATORS: Final = (",", ";", "\t")
#: What must be the same in any encoding in which the lines of a table can be told apart.
_PLAIN: Final = "".join(map(chr, (*range(32, 127), 9, 10, 13))) + r"\ud800"
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]").sub

Progress = Callable[[int], None]


class Unfit(Exception):
    """A file that is not what it claims to be; nothing of it is imported."""


def printable(text: str) -> str:
    """Return a text as it can be stored, and printed in one line."""
    return _UNPRINTABLE("\ufffd", text)


def is_encoding(name: str) -> bool:
    """Return whether a name is that of an encoding in which files can be read line by line."""
    try:
        plain = _PLAIN.encode(name).removeprefix(_UTF8_MARK)
        return plain == _PLAIN.encode("ascii") and plain.decode(name) == _PLAIN
    except (LookupError, ValueError):
        return False


@dataclass(frozen=True)
class Line:
    """A row of a table as it stands: where it begins, and its cells."""

    number: int
    cells: list[str]


@dataclass
class Read:
    """What has been read of a file: its digest once it is read to its end.

    Attributes:
        path: The file.
        name: What it is called where it is told of.
        encoding: Its encoding, where it is text.
        progress: Told how many bytes have been read.
        size: How many have been.

    """

    path: Path
    name: str
    encoding: str = "utf-8"
    progress: Progress | None = None
    size: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)
    _row: int = 0

    @property
    def sha256(self) -> str:
        """The digest of what was read so far."""
        return str(self._digest.hexdigest())

    def header(self) -> Line | None:
        """Return the first row; it does not count as progress.

        Raises:
            Unfit: The file cannot be read as a table.

        """
        progress, self.progress = self.progress, None
        try:
            return next(self.lines(), None)
        finally:
            self.progress = progress

    def lines(self) -> Iterator[Line]:
        """Yield the rows of the table, the header first; blank ones are left out.

        Raises:
            Unfit: The file cannot be read as a table; the message says where and why.

        """
        self._digest, self.size = hashlib.sha256(), 0
        with self.path.open("rb") as file:
            head = file.readline(LONGEST)
        if head[:4] == _ZIP:
            yield from self._sheet()
        elif head[:2] in _MARKS:
            raise self.unfit(1, f"is {_MARKS[head[:2]]}: save the file as UTF-8")
        else:
            yield from self._table(max(_SEPARATORS, key=lambda mark: head.count(mark.encode())))

    def unfit(self, number: int, words: str) -> Unfit:
        """Return what is wrong at a line."""
        return Unfit(f"{printable(str(self.path))}:{number}: {words}")

    def changed(self) -> Unfit:
        """Return that the file is not any more what it was when it was read first."""
        return Unfit(f"{printable(str(self.path))}: has been changed while it was being imported")

    def _table(self, separator: str) -> Iterator[Line]:
        csv.field_size_limit(LONGEST)
        reader = csv.reader(self._texts(), delimiter=separator, strict=True)
        last = 0
        try:
            for cells in reader:
                self._row = 0
                if any(cells):
                    yield Line(last + 1, cells)
                last = reader.line_num
        except csv.Error as fault:
            raise self.unfit(last + 1, _words(str(fault))) from None

    def _texts(self) -> Iterator[str]:
        """Yield the lines of the file as texts; a line, and a row of several, have a bound."""
        self._row = 0
        with self.path.open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST + 1):
                number += 1
                self._count(raw)
                self._row += len(raw)
                if len(raw) > LONGEST:
                    raise self.unfit(number, f"has a line of more than {LONGEST:,} bytes")
                if self._row > LONGEST_ROW:
                    raise self.unfit(number, f"has a row of more than {LONGEST_ROW:,} bytes")
                yield self._decoded(raw.removeprefix(_UTF8_MARK) if number == 1 else raw, number)

    def _count(self, raw: bytes) -> None:
        self._digest.update(raw)
        self.size += len(raw)
        if self.progress:
            self.progress(len(raw))

    def _decoded(self, raw: bytes, number: int) -> str:
        try:
            text = raw.decode(self.encoding)
        except UnicodeError as fault:
            at = f", at byte {fault.start + 1} of the line" if hasattr(fault, "start") else ""
            words = (
                f"is not {self.encoding}{at}: save the file as "
                "UTF-8, or name its encoding with --encoding (latin-1, cp1252)"
            )
            raise self.unfit(number, words) from None
        if "\0" in text:
            raise self.unfit(number, "holds a NUL character: this is no text file")
        return text

    def _sheet(self) -> Iterator[Line]:
        """Yield the rows of the first sheet of a workbook."""
        with self.path.open("rb") as file:
            while raw := file.read(LONGEST):
                self._count(raw)
        try:
            yield from starmap(Line, sheets.rows(self.path, LONGEST))
        except sheets.Broken as fault:
            raise self.unfit(1, str(fault)) from None


def _words(told: str) -> str:
    """Return what the reader of CSV found wrong, with what to do."""
    if "unexpected end of data" in told:
        return "ends inside a quoted cell that begins here: the file seems to be cut off"
    if "field larger" in told:
        return f"has a cell of more than {LONGEST:,} characters"
    if "new-line character" in told:
        return "has line ends that are neither LF nor CRLF: save the file anew"
    return f"is no well-formed CSV (RFC 4180): {told}"
