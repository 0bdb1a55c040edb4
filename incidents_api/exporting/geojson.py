"""GeoJSON (RFC 7946): the records of one resource as features with a point."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from incidents_api.exporting.export import Export
from incidents_api.storage.flat import Cell
from incidents_api.storage.lists import Chosen


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file; ``meta`` stands before the features, which are many."""
    (resource,) = export.resources
    cells = export.columns(resource)
    rows = export.rows(resource, with_point(export.chosen(resource, words=False)))
    meta = orjson.dumps({"known_seq": export.known_seq})
    yield b'{"type":"FeatureCollection","meta":' + meta + b',"features":['
    between = b"\n"
    for some in rows:
        piece = bytearray()
        for feature in features(cells, some):
            piece += between + orjson.dumps(feature)
            between = b",\n"
        yield bytes(piece)
    yield b"\n]}\n"


def with_point(columns: Chosen) -> Chosen:
    """Return a function that selects a record's point before its columns."""
    return lambda read: f"t.longitude, t.latitude, {columns(read)}"


def features(cells: Sequence[Cell], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows of id, longitude, latitude and cells as features.

    Without a known point the geometry is null.
    """
    names = [cell.name for cell in cells]
    flags = [cell.name for cell in cells if cell.type == "boolean"]
    return (_feature(row, names, flags) for row in rows)


def _feature(row: Sequence[Any], names: list[str], flags: list[str]) -> dict[str, Any]:
    name, longitude, latitude, *values = row
    properties = dict(zip(names, values, strict=True))
    for flag in flags:
        if properties[flag] is not None:
            properties[flag] = bool(properties[flag])
    point = None
    if latitude is not None:
        point = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "id": name, "geometry": point, "properties": properties}
