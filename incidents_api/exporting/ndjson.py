"""NDJSON: the whole records of one resource, one a line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from incidents_api.exporting.export import Export
from incidents_api.storage.lists import documents


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file."""
    (resource,) = export.resources
    return chunks(export.rows(resource, documents), export.values.get("fields"))


def chunks(
    rows: Iterable[Sequence[Sequence[Any]]], members: Sequence[str] | None = None
) -> Iterator[bytes]:
    """Yield documents, one a line, with these members or all; before each stands an id."""
    for some in rows:
        if members is None:
            yield b"".join(row[1] + b"\n" for row in some)
        else:
            yield b"".join(pick(row[1], members) + b"\n" for row in some)


def pick(document: bytes, members: Sequence[str]) -> bytes:
    """Return a document with only these members, and its id."""
    whole = orjson.loads(document)
    return orjson.dumps(
        {name: value for name, value in whole.items() if name in ("id", "embedded", *members)}
    )
