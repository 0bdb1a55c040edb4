"""Reading a table from a file, CSV or XLSX, as texts with line numbers; nothing is guessed.

A file is read in bounded pieces, whatever its size, and refused where it is not what it claims to
be: no text in the encoding that is named, cut off inside a quoted cell, one cell larger than any
data set has.
"""

import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

#: The longest line and the longest cell that are read, in characters.
LONGEST: Final = 1_000_000
_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_ZIP: Final = b"PK\x03\x04"
#: How cells may be separated; the header shows by which.
_SEPARATORS: Final = (",", ";", "\t")

Progress = Callable[[int], None]


class Unfit(Exception):
    """A file that is not what it claims to be; nothing of it is imported."""


@dataclass(frozen=True)
class Line:
    """A row of a table as it stands: where it begins, and its cells."""

    number: int
    cells: list[str]


@dataclass
class Read:
    """What has been read of a file: its digest once it is read to its end."""

    path: Path
    encoding: str = "utf-8"
    progress: Progress | None = None
    size: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """The digest of what was read so far."""
        return str(self._digest.hexdigest())

    def lines(self) -> Iterator[Line]:
        """Yield the rows of the table, the header first; blank lines are left out.

        Raises:
            Unfit: The file cannot be read as a table; the message says where and why.

        """
        self._digest, self.size = hashlib.sha256(), 0
        with self.path.open("rb") as file:
            head = file.read(4)
        if head == _ZIP:
            yield from self._sheet()
        elif head[:2] in _MARKS:
            raise self._unfit(1, f"is {_MARKS[head[:2]]}: save the file as UTF-8")
        else:
            yield from self._table()

    def _unfit(self, number: int, words: str) -> Unfit:
        return Unfit(f"{self.path}:{number}: {words}")

    def _table(self) -> Iterator[Line]:
        separator = self._separator()
        csv.field_size_limit(LONGEST)
        reader = csv.reader(self._texts(), delimiter=separator, strict=True)
        last = 0
        try:
            for cells in reader:
                if cells:
                    yield Line(last + 1, cells)
                last = reader.line_num
        except csv.Error as fault:
            raise self._unfit(last + 1, _words(str(fault))) from None

    def _separator(self) -> str:
        """Return the separator that most often stands in the first line."""
        first = next(self._texts(), "")
        self._digest, self.size = hashlib.sha256(), 0
        return max(_SEPARATORS, key=first.count)

    def _texts(self) -> Iterator[str]:
        """Yield the lines of the file as texts, each of bounded length."""
        with self.path.open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST + 1):
                number += 1
                self._count(raw)
                if len(raw) > LONGEST:
                    raise self._unfit(number, f"has a line of more than {LONGEST:,} characters")
                yield self._decoded(raw.removeprefix(_UTF8_MARK) if number == 1 else raw, number)

    def _count(self, raw: bytes) -> None:
        self._digest.update(raw)
        self.size += len(raw)
        if self.progress:
            self.progress(len(raw))

    def _decoded(self, raw: bytes, number: int) -> str:
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError as fault:
            words = (
                f"is not {self.encoding}, at byte {fault.start + 1} of the line: save the file as "
                "UTF-8, or name its encoding with --encoding (latin-1, cp1252)"
            )
            raise self._unfit(number, words) from None
        if "\0" in text:
            raise self._unfit(number, "holds a NUL character: this is no text file")
        return text

    def _sheet(self) -> Iterator[Line]:
        """Yield the rows of the first sheet of a workbook; formulas stay as they are written."""
        # Only who reads a workbook waits for this library.
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        with self.path.open("rb") as file:
            while raw := file.read(LONGEST):
                self._count(raw)
        try:
            book = load_workbook(self.path, read_only=True)
            sheet = book.worksheets[0]
            width = 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                texts = [_text(cell) for cell in cells]
                while texts and not texts[-1] and len(texts) != width:
                    texts.pop()
                width = width or len(texts)
                if any(texts):
                    # Empty cells at the end of a row are not kept in the file.
                    yield Line(number, texts + [""] * (width - len(texts)))
            book.close()
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as fault:
            raise self._unfit(1, f"is no workbook that can be read: {fault}") from None


def _words(told: str) -> str:
    """Return what the reader of CSV found wrong, with what to do."""
    if "unexpected end of data" in told:
        return "ends inside a quoted cell that begins here: the file seems to be cut off"
    if "field larger" in told:
        return f"has a cell of more than {LONGEST:,} characters"
    if "new-line character" in told:
        return "has line ends that are neither LF nor CRLF: save the file anew"
    return f"is no well-formed CSV (RFC 4180): {told}"


def _text(cell: Any) -> str:
    """Return a cell of a workbook as a CSV file would have it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat()).removesuffix("T00:00:00")
    return str(cell)
