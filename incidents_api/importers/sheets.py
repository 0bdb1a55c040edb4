"""Reading a table from a workbook (XLSX), as texts with line numbers; formulas stay as written.

A workbook is a ZIP archive, whose size says nothing of what is packed into it, and whose texts
are kept in one part that is read whole: what is unpacked is measured first.
"""

import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from zipfile import BadZipFile, ZipFile

#: So many rows a sheet can have.
MOST_ROWS: Final = 1_048_576
#: The texts that cells share may be so large, in bytes: they are kept in memory.
MOST_TEXTS: Final = 500_000_000
#: So many bytes of a part are looked at at once.
PIECE: Final = 65_536
_TEXTS: Final = "xl/sharedStrings.xml"
#: What the library raises where a part of a workbook is not what it should be.
_BROKEN: Final = (
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
    *(BadZipFile, EOFError, OSError, SyntaxError, zlib.error),
)


class Broken(Exception):
    """A workbook that cannot be read."""


def rows(path: Path, longest: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet that are not empty, each with its number.

    A row has a cell for each column of the first one at least: empty cells at its end are not
    kept in the file.

    Args:
        path: The workbook.
        longest: How many bytes a cell may have.

    Raises:
        Broken: It cannot be read.

    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # What the library passes over, such as pictures, is no part of a table.
            warnings.filterwarnings("ignore", module="openpyxl")
            _measure(file, longest)
            yield from _rows(file)
    except _BROKEN as fault:
        raise Broken(f"is no workbook that can be read: {fault}") from None


def _rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    # Only who reads a workbook waits for this library.
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True)
    sheet = book.worksheets[0]
    # What is written of the size of a sheet need not be so: rows beyond it would be passed over.
    sheet.reset_dimensions()
    width = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MOST_ROWS:
            raise Broken(f"has more than {MOST_ROWS:,} rows")
        texts = [_text(cell) for cell in cells]
        while texts and not texts[-1] and len(texts) != width:
            texts.pop()
        width = width or len(texts)
        if any(texts):
            yield number, texts + [""] * (width - len(texts))
    book.close()


def _measure(file: BinaryIO, longest: int) -> None:
    """Refuse a workbook that would take more memory than a table of any data set."""
    with ZipFile(file) as book:
        for part in book.infolist():
            if not part.filename.endswith(".xml"):
                continue
            if part.filename == _TEXTS and part.file_size > MOST_TEXTS:
                raise Broken("has more text than can be read from a workbook: save it as CSV")
            with book.open(part) as unpacked:
                if _longest(unpacked) > longest:
                    raise Broken(f"has a cell of more than {longest:,} characters")


def _longest(part: Any) -> int:
    """Return how many bytes the longest text of a part has, of those longer than a piece of it."""
    longest = since = 0
    while some := part.read(PIECE):
        first = some.find(b"<")
        longest = max(longest, since + (len(some) if first < 0 else first))
        since = since + len(some) if first < 0 else len(some) - some.rfind(b"<")
    return max(longest, since)


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
    if not isinstance(cell, str | int | float):
        return "=" + str(getattr(cell, "text", None) or "").removeprefix("=")
    return str(cell)
