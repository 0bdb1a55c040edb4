"""NDJSON: the whole records of one resource, one a line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from incidents_api.exporting.export import Export
from incidents_api.storage.lists import documents


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file."""
    (resource,) = export.resources
    return chunks(export.rows(resource, documents))


def chunks(rows: Iterable[Sequence[Sequence[Any]]]) -> Iterator[bytes]:
    """Yield documents, one a line; before each stands an id."""
    for some in rows:
        yield b"".join(row[1] + b"\n" for row in some)
