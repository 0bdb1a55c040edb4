"""A bundle that can be loaded: the whole base for whoever has the file, or what others may see.

Nothing in a bundle links to what is not in it. Where a public record links to a restricted one,
that link is left out; a record that would say something else without it (whom it is about, whom
it counts) is left out itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents_api import bundle
from incidents_api.exporting.export import ALL, Export
from incidents_api.model import Record
from incidents_api.model.fields import Link, Members, Rows
from incidents_api.model.record import Part
from incidents_api.storage.belonging import standing_alone
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.documents import Values, values_of
from incidents_api.storage.lists import documents

#: Ids by resource.
Ids = Mapping[str, set[str]]


def stream(export: Export) -> Iterator[bytes]:
    """Yield the file, a chunk at a time, the header first."""
    if export.level == ALL:
        yield from bundle.export(export.store, export.known_seq, export.progress)
        return
    day = (export.recorded_at or "1970-01-01")[:10]
    yield bundle.header(day, statement(export))
    for record in export.store.registry:
        for rows in export.rows(record.resource, documents):
            given = [values_of(record, document)[0] for _, document in rows]
            yield b"".join(_lines(export, record, given))


def statement(export: Export) -> str:
    """Say what an export holds."""
    what = "What may be seen"
    if export.cut:
        what = "The incidents that a query chose, and what belongs to them"
    return f"{what}, as transaction {export.known_seq} left it."


def _lines(export: Export, record: type[Record], given: list[Values]) -> Iterator[bytes]:
    there = _there(export, record, given)
    for values in given:
        if values["id"] in there[record.resource]:
            yield bundle.written(record, _without(record, values, there))


def _there(export: Export, record: type[Record], given: list[Values]) -> Ids:
    """Return which of some records, and of those they link to, are in the bundle."""
    wanted = {record.resource: {values["id"] for values in given}}
    for values in given:
        for _, resource, name in bundle.links(record, values):
            wanted.setdefault(resource, set()).add(name)
    registry, tables = export.store.registry, export.store.tables
    with export.store.reading() as connection:
        read = source(Clocks(export.known_seq).present(connection), tables)
        return {
            resource: standing_alone(
                connection, tables, registry[resource], read, export.level, sorted(names)
            )
            for resource, names in wanted.items()
        }


def _without(record: type[Record], values: Values, there: Ids) -> Values:
    """Return the values of a record without links to what is not in the bundle."""
    kept = dict(values)
    for name, link in record.links_out().items():
        if kept[name] is not None and kept[name] not in there[link.resource]:
            kept[name] = None
    for part in record.parts():
        if isinstance(part.kind, Link) and not isinstance(_whole(record, part), Members):
            known = there.get(part.kind.resource, set())
            name = part.leaf.name
            kept[name] = [item for item in kept[name] if _stands(part, item, known)]
    return kept


def _whole(record: type[Record], part: Part) -> Any:
    return record.kinds()[part.leaf.path[0]]


def _stands(part: Part, item: Any, there: set[str]) -> bool:
    """Return whether an item of a list links only to what is there."""
    if isinstance(part.leaf.kind, Rows):
        return set(part.of({part.leaf.path[0]: [item]})) <= there
    return item in there
