"""What belongs to some incidents, and what all of that links to.

To an incident belong the records that link to it: its figures, assertions, participations, sites
and relations. They link to actors, sources, facilities and others in turn, and those to more.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from incidents_api.model import Record, Registry
from incidents_api.model.fields import Link, Members
from incidents_api.storage.bits import Bits
from incidents_api.storage.clocks import Clocks, Source, pinned, source
from incidents_api.storage.lists import CHUNK, Lists
from incidents_api.storage.store import Store
from incidents_api.storage.tables import PartTable, Tables

INCIDENTS: Final = "incidents"


def belonging(registry: Registry) -> dict[str, list[str]]:
    """Return which resources belong to incidents, each with its links to them."""
    found = {
        record.resource: [
            name for name, link in record.links_out().items() if link.resource == INCIDENTS
        ]
        for record in registry
        if record.resource != INCIDENTS
    }
    return {resource: links for resource, links in found.items() if links}


def whole(tables: Tables, record: type[Record], read: Source, level: int) -> str:
    """Return the condition that a record, ``t``, can stand where only this level is seen.

    What it is about, and whom it counts, must be seen too: without them it would say something
    else. Other links can be left out of it.
    """
    found = [f"t.shown >= {level}"]
    for name, link in record.links_out().items():
        if link.about:
            unseen = f"SELECT 1 FROM {read(link.resource)} o WHERE o.pk = t.{name}"
            found.append(f"NOT EXISTS ({unseen} AND o.shown < {level})")
    for part in tables[record.resource].parts:
        kind = record.kinds()[part.part.leaf.path[0]]
        if isinstance(kind, Members) and isinstance(part.part.kind, Link):
            other = read(part.part.kind.resource)
            unseen = f"SELECT 1 FROM {read(part.name)} p CROSS JOIN {other} o ON o.pk = p.value"
            found.append(f"NOT EXISTS ({unseen} WHERE p.owner = t.pk AND o.shown < {level})")
    return " AND ".join(found)


def standing_alone(
    connection: Any, tables: Tables, record: type[Record], read: Source, level: int, ids: list[str]
) -> set[str]:
    """Return which of these records can stand where only this level is seen."""
    sql = (
        f"SELECT t.id FROM json_each(?) s CROSS JOIN {read(record.resource)} t ON t.id = s.value "
        f"WHERE {whole(tables, record, read, level)}"
    )
    return {name for (name,) in connection.execute(sql, (orjson.dumps(ids).decode(),))}


class Cut:
    """The incidents that a query chooses, what belongs to them, and what all of it links to.

    Args:
        lists: The lists of incidents.
        values: The query; its ``known_at`` is the number of a transaction.
        level: What the reader may see.
        loadable: Whether nothing may link to what is not there: then incidents and claims that
            are only linked to are in it too, and what is linked to is, whether it is in view
            under the clocks or not.

    """

    def __init__(
        self, lists: Lists, values: Mapping[str, Any], level: int, *, loadable: bool
    ) -> None:
        self._store: Store = lists.store
        self._tables = lists.store.tables
        self._lists = lists
        self._values = values
        self._level = level
        self._loadable = loadable
        self._belonging = belonging(self._store.registry)
        self._found = {table.name: Bits() for table in self._tables}

    def keys(self) -> Mapping[str, Bits]:
        """Find the keys of all records, by resource, in short reads."""
        _, chunks = self._lists.everything(self._values, self._level, lambda _: "t.pk")
        for rows in chunks:
            chosen = [row[1] for row in rows]
            self._follow(INCIDENTS, self._found[INCIDENTS].add(chosen))
            for resource in self._belonging:
                for some in self._belongs(resource, chosen):
                    self._follow(resource, self._found[resource].add(some))
        return self._found

    def _belongs(self, resource: str, incidents: list[int]) -> Iterator[list[int]]:
        for link in self._belonging[resource]:
            yield self._read(resource, f"t.{link}", "t.pk", incidents, in_view=True)

    def _follow(self, resource: str, keys: list[int]) -> None:
        """Add what records link to, and what that links to."""
        waiting = [(resource, keys)]
        while waiting:
            resource, keys = waiting.pop()
            for at in range(0, len(keys), CHUNK):
                for target, linked in self._links(resource, keys[at : at + CHUNK]):
                    unknown = [key for key in linked if key not in self._found[target]]
                    there = self._read(target, "t.pk", "t.pk", unknown, in_view=False)
                    waiting.append((target, self._found[target].add(there)))

    def _links(self, resource: str, keys: list[int]) -> Iterator[tuple[str, list[int]]]:
        """Yield what these records link to, by resource."""
        for name, link in self._tables[resource].record.links_out().items():
            if self._taken(link.resource):
                yield link.resource, self._read(resource, "t.pk", f"t.{name}", keys, in_view=False)
        for part in self._tables[resource].parts:
            if isinstance(part.part.kind, Link) and self._taken(part.part.kind.resource):
                yield part.part.kind.resource, self._values_of(part, keys)

    def _taken(self, resource: str) -> bool:
        """Return whether records of a resource are taken that are only linked to."""
        return self._loadable or not (resource == INCIDENTS or resource in self._belonging)

    def _read(
        self, resource: str, by: str, chosen: str, keys: list[int], *, in_view: bool
    ) -> list[int]:
        """Return a column of the records that a column of keys leads to, where it is known."""
        if not keys:
            return []
        record = self._tables[resource].record
        with self._store.reading() as connection:
            read = self._source(connection, in_view=in_view)
            seen = f"t.shown >= {self._level}"
            if self._loadable:
                held = self._source(connection, in_view=False)
                seen = whole(self._tables, record, held, self._level)
            # DISTINCT would have SQLite go through all of a table as it was.
            sql = (
                f"SELECT {chosen} FROM json_each(?) s CROSS JOIN {read(resource)} t "
                f"ON {by} = s.value WHERE {seen} AND {chosen} IS NOT NULL"
            )
            return _distinct(connection.execute(sql, _listed(keys)))

    def _values_of(self, part: PartTable, keys: list[int]) -> list[int]:
        with self._store.reading() as connection:
            table = self._source(connection, in_view=False)(part.name)
            sql = f"SELECT p.value FROM json_each(?) s CROSS JOIN {table} p ON p.owner = s.value"
            return _distinct(connection.execute(sql, _listed(keys)))

    def _source(self, connection: Any, *, in_view: bool) -> Source:
        """Return what to read tables from: what is in view, or all of that state."""
        clocks = pinned(self._values)
        clocks = clocks if in_view else Clocks(clocks.pin)
        return source(clocks.present(connection), self._tables)


def _distinct(rows: Iterable[tuple[int]]) -> list[int]:
    return list({key: None for (key,) in rows})


def _listed(keys: Iterable[int]) -> tuple[str]:
    return (orjson.dumps(list(keys)).decode(),)
