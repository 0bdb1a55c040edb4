"""Linked records at the end of a record: what ``include`` asks for."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.storage.store import Store

#: So many records are embedded under one name in one record; there is a link to the rest.
EMBEDDED: Final = 200


def embed(
    store: Store,
    record: type[Record],
    connection: Any,
    rows: list[tuple[Any, ...]],
    names: Sequence[str],
    level: int,
) -> list[tuple[Any, ...]]:
    """Add the linked records at the end of each document, one level deep.

    Args:
        store: The knowledge base.
        record: The records' resource.
        connection: The connection that read them.
        rows: The records: id and document.
        names: Which links and sub-lists to embed.
        level: What the reader may see.

    Returns:
        The rows with their documents extended.

    """
    ids = [row[0] for row in rows]
    found = {name: _linked_documents(store, record, connection, ids, name, level) for name in names}
    made = []
    for name, document, *rest in rows:
        members = []
        for link in names:
            single = link in record.links_out()
            documents = found[link].get(name, [])
            value = (documents or [b"null"])[0] if single else b"[" + b",".join(documents) + b"]"
            members.append(orjson.dumps(link) + b":" + value)
        body = document[:-1] + b',"embedded":{' + b",".join(members) + b"}}"
        made.append((name, body, *rest))
    return made


def _linked_documents(
    store: Store, record: type[Record], connection: Any, ids: Sequence[str], name: str, level: int
) -> dict[str, list[bytes]]:
    """Return the documents that each record links to under a name."""
    joins, resource = _joins(store, record, name, level)
    table = store.tables[resource]
    direction = " DESC" if table.record.order.startswith("-") else ""
    found: dict[str, list[bytes]] = {}
    for join in joins:
        sql = (
            f"SELECT CAST(o.document AS BLOB) FROM {record.resource} t {join} WHERE t.id = ? "
            f"AND o.shown >= {level} ORDER BY o.{table.order}{direction}, o.id{direction} LIMIT ?"
        )
        for one in ids:
            into = found.setdefault(one, [])
            rows = connection.execute(sql, (one, EMBEDDED)).fetchall()
            into += [document for (document,) in rows if document not in into]
    return {one: documents[:EMBEDDED] for one, documents in found.items()}


def _joins(store: Store, record: type[Record], name: str, level: int) -> tuple[list[str], str]:
    """Return the joins from ``t`` to the linked records ``o``, and their resource."""
    link = record.links_out().get(name)
    if link:
        return [f"JOIN {link.resource} o ON o.pk = t.{name}"], link.resource
    for part in record.parts():
        if part.name == name and isinstance(part.kind, Link):
            table = store.tables[record.resource].part(name).name
            join = f"JOIN {table} p ON p.owner = t.pk JOIN {part.kind.resource} o ON o.pk = p.value"
            return [join], part.kind.resource
    found = next(item for item in store.registry.sublists(record.resource) if item.name == name)
    return _reverse_joins(store, found.resource, found.parameter, level), found.resource


def _reverse_joins(store: Store, resource: str, parameter: str, level: int) -> list[str]:
    other = store.registry[resource]
    if parameter in other.links_out():
        return [f"JOIN {resource} o ON o.{parameter} = t.pk"]
    for part in other.parts():
        if part.name == parameter:
            table = store.tables[resource].part(parameter).name
            return [f"JOIN {table} p ON p.value = t.pk JOIN {resource} o ON o.pk = p.owner"]
    reach = next(reach for reach in other.reaches if reach.name == parameter)
    return [_reach_join(store, resource, path, level) for path in reach.paths]


def _reach_join(store: Store, resource: str, path: str, level: int) -> str:
    """Return the join along a path that begins at ``o`` and ends at ``t``."""
    first, *rest = store.registry.steps(resource, path)
    if not rest:
        return f"JOIN {resource} o ON o.{first.column} = t.pk"
    (last,) = rest
    if last.part:
        part = store.tables[first.owner].part(last.part.name).name
        over = f"JOIN {part} b ON b.value = t.pk JOIN {first.owner} a ON a.pk = b.owner"
    else:
        over = f"JOIN {first.owner} a ON a.{last.column} = t.pk"
    return f"{over} AND a.shown >= {level} JOIN {resource} o ON o.pk = a.{first.column}"
