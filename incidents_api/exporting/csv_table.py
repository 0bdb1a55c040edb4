"""CSV (RFC 4180): the flat projection of one resource, with a header row."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from incidents_api.exporting.export import Export
from incidents_api.storage.flat import Cell


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file."""
    (resource,) = export.resources
    return chunks(export.columns(resource), export.flat(resource, words=True))


def chunks(cells: Sequence[Cell], rows: Iterable[Sequence[Sequence[Any]]]) -> Iterator[bytes]:
    """Yield rows as CSV, a chunk at a time, the header first; before each stands an id."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([cell.name for cell in cells])
    for some in rows:
        writer.writerows(row[1:] for row in some)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
