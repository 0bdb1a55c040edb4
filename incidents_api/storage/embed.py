"""Linked records at the end of a record: what ``include`` asks for."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.storage.clocks import Source
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store

#: So many records are embedded under one name in one record; there is a link to the rest.
EMBEDDED: Final = 200
#: A page embeds at most so many records in all: memory is bounded, and so is the time.
BUDGET: Final = 5000


class Embedding:
    """Finds the records that others link to under the names that ``include`` gives.

    Args:
        store: The knowledge base.
        record: The resource of the records.
        level: What the reader may see.
        source: Returns what to read a table from.

    """

    def __init__(self, store: Store, record: type[Record], level: int, source: Source) -> None:
        self.store = store
        self.record = record
        self.level = level
        self.source = source

    def into(
        self, connection: Any, rows: Sequence[tuple[Any, ...]], names: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Return rows of id and document with the linked records at each document's end.

        Raises:
            Unreadable: There are too many of them for one page.

        """
        budget = BUDGET
        statements = {link: self._statement(link) for link in names}
        made = []
        for name, document, *rest in rows:
            members = [document[:-1], b',"embedded":{']
            for link, statement in statements.items():
                found = [one for one, *_ in connection.execute(statement, {"id": name})]
                budget -= len(found)
                if budget < 0:
                    words = f"would embed more than {BUDGET:,} records: ask for a smaller limit"
                    raise Unreadable({"include": [words]})
                members += (orjson.dumps(link), b":", self._member(link, found), b",")
            members[-1] = b"}}"
            made.append((name, b"".join(members), *rest))
        return made

    def _member(self, link: str, found: list[bytes]) -> bytes:
        if link in self.record.links_out():
            return found[0] if found else b"null"
        return b"[" + b",".join(found) + b"]"

    def _statement(self, link: str) -> str:
        resource, where = self._where(link)
        table = self.store.tables[resource]
        direction = " DESC" if table.record.order.startswith("-") else ""
        return (
            f"SELECT CAST(o.document AS BLOB), o.{table.order} AS k, o.id AS id "
            f"FROM {self.source(resource)} o WHERE {where} AND o.shown >= {self.level} "
            f"ORDER BY k{direction}, id{direction} LIMIT {EMBEDDED}"
        )

    def _where(self, name: str) -> tuple[str, str]:
        """Return the resource of the linked records, and which of them a record links to."""
        record, read = self.record, self.source
        link = record.links_out().get(name)
        if link:
            one = f"SELECT {name} FROM {read(record.resource)} WHERE id = :id"
            return link.resource, f"o.pk = ({one})"
        own = f"(SELECT pk FROM {record.resource} WHERE id = :id)"
        for part in record.parts():
            if part.name == name and isinstance(part.kind, Link):
                table = read(self.store.tables[record.resource].part(name).name)
                keys = f"SELECT value FROM {table} WHERE owner = {own}"
                return part.kind.resource, f"o.pk IN ({keys})"
        listed = self.store.registry.sublists(record.resource)
        found = next(item for item in listed if item.name == name)
        return found.resource, self._reverse(found.resource, found.parameter, own)

    def _reverse(self, resource: str, parameter: str, own: str) -> str:
        other = self.store.registry[resource]
        if parameter in other.links_out():
            return f"o.{parameter} = {own}"
        for part in other.parts():
            if part.name == parameter:
                table = self.source(self.store.tables[resource].part(parameter).name)
                return f"o.pk IN (SELECT owner FROM {table} WHERE value = {own})"
        reach = next(reach for reach in other.reaches if reach.name == parameter)
        ways = [self._way(resource, path, own) for path in reach.paths]
        return f"({' OR '.join(ways)})"

    def _way(self, resource: str, path: str, own: str) -> str:
        """Return which records a path leads from to this one."""
        first, *rest = self.store.registry.steps(resource, path)
        read = self.source
        if not rest:
            return f"o.{first.column} = {own}"
        (last,) = rest
        over, where = f"{read(first.owner)} a", f"a.{last.column} = {own}"
        if last.part:
            part = self.store.tables[first.owner].part(last.part.name).name
            over = f"{read(part)} b JOIN {over} ON a.pk = b.owner"
            where = f"b.value = {own}"
        where += f" AND a.shown >= {self.level}"
        return f"o.pk IN (SELECT a.{first.column} FROM {over} WHERE {where})"
