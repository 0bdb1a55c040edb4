"""CSV (RFC 4180): the flat projection of one resource, with a header row."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from incidents_api.exporting.export import Export
from incidents_api.storage.flat import Cell

#: Ends every line.
END = "\r\n"


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file."""
    (resource,) = export.resources
    return chunks(export.columns(resource), export.lines(resource))


def chunks(cells: Sequence[Cell], rows: Iterable[Sequence[Sequence[Any]]]) -> Iterator[bytes]:
    """Yield the header, and lines as SQLite made them, a chunk at a time; before each is an id."""
    head = ",".join(cell.name for cell in cells) + END
    for some in rows:
        yield (head + "".join([line + END for _, line in some])).encode()
        head = ""
    if head:
        yield head.encode()
