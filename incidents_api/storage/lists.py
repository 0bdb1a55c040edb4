"""Reading lists: a page, everything, what is embedded, the search over all resources."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from incidents_api.model import Record
from incidents_api.model.fields import Link
from incidents_api.storage.conditions import quoted
from incidents_api.storage.flat import Cell, Source, flat, select
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.query import RANKED, RELEVANCE, Query, source
from incidents_api.storage.store import Store, latest
from incidents_api.storage.tables import Table

#: A stream is many short reads of so many records.
CHUNK: Final = 1000
#: So many records are embedded under one name in one record; there is a link to the rest.
EMBEDDED: Final = 200
DOCUMENT: Final = "CAST(t.document AS BLOB)"

#: Takes the source of each table, returns what to select of each record.
Chosen = Callable[[Source], str]


@dataclass
class Page:
    """One page of a list.

    Attributes:
        rows: What was selected of each record.
        next_cursor: Where to go on; None on the last page.
        total: How many match, if that was asked.
        total_is_floor: Whether counting stopped before the end.
        ranked: Where the matches were ranked, whether there were more than that.
    """

    rows: list[tuple[Any, ...]]
    seq: int
    next_cursor: str | None = None
    total: int | None = None
    total_is_floor: bool = False
    more_than_ranked: bool | None = None


class Lists:
    """The lists of one resource."""

    def __init__(self, store: Store, record: type[Record], grammar: Grammar | None = None) -> None:
        self.store = store
        self.record = record
        self.table: Table = store.tables[record.resource]
        self.grammar = grammar or Grammar(store.registry, record)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The columns of the flat projection."""
        return flat(self.store.registry, self.record)

    def query(self, values: Mapping[str, Any], level: int, pin: int | None = None) -> Query:
        """Return the query for these values."""
        return Query(self.store.tables, self.table, self.grammar, values, level, pin)

    def columns(self, values: Mapping[str, Any]) -> tuple[Cell, ...]:
        """Return the flat columns that were asked for."""
        wanted = values.get("fields")
        if wanted is None:
            return self.cells
        return tuple(cell for cell in self.cells if cell.member in ("id", *wanted))

    def page(self, values: Mapping[str, Any], level: int, chosen: str = DOCUMENT) -> Page:
        """Return one page.

        Args:
            values: The query, as :meth:`Grammar.read` returns it.
            level: What the reader may see.
            chosen: What to select of each record.

        Raises:
            Unreadable: A filter names what is not there, or the cursor is not this query's.
            TooSlow: It took too long.
        """
        with self.store.reading() as connection:
            page = self._page(connection, self.query(values, level).prepare(connection), chosen)
            if values.get("include"):
                page.rows = embed(self, connection, page.rows, values["include"], level)
        return page

    def _page(self, connection: Any, query: Query, chosen: str) -> Page:
        values = query.values
        page = Page([], latest(connection))
        if "sample" in values:
            rows = query.sample(connection, chosen, values["sample"], values.get("seed", 0))
        elif query.sort.column == RELEVANCE:
            rows, page.more_than_ranked = query.ranked(connection, chosen, query.limit)
        else:
            rows = query.page(connection, chosen, query.place(), query.limit + 1)
            if len(rows) > query.limit:
                rows.pop()
                page.next_cursor = query.cursor(rows[-1])
        if values.get("total"):
            page.total, page.total_is_floor = query.count(connection)
        page.rows = [row[2:] for row in rows]
        return page

    def everything(
        self, values: Mapping[str, Any], level: int, chosen: Chosen
    ) -> tuple[int, Iterator[list[tuple[Any, ...]]]]:
        """Return all matches in order, read in short reads, as they stood when this began.

        Args:
            values: The query.
            level: What the reader may see.
            chosen: Takes the source of each table, returns what to select of each record.

        Returns:
            The number of the transaction whose state is read, and the matches in chunks.
        """
        with self.store.reading() as connection:
            start = latest(connection)
            query = self.query(values, level).prepare(connection)
            keys = None
            if "q" in values or "sample" in values:
                keys = [row[3] for row in self._all_keys(connection, query)]
        if keys is not None:
            return start, self._by_keys(keys, values, level, chosen, start)
        return start, self._in_order(query.place(), values, level, chosen, start)

    def _in_order(
        self, place: Any, values: Mapping[str, Any], level: int, chosen: Chosen, start: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        while True:
            with self.store.reading() as connection:
                pin = None if latest(connection) == start else start
                query = self.query(values, level, pin).prepare(connection)
                rows = query.page(connection, chosen(query.source), place, CHUNK)
            yield [row[2:] for row in rows]
            if len(rows) < CHUNK:
                return
            place = list(rows[-1][:3])

    @staticmethod
    def _all_keys(connection: Any, query: Query) -> list[tuple[Any, ...]]:
        """Return the keys of all matches, for queries whose index has no history."""
        if "sample" in query.values:
            return query.sample(
                connection, "t.pk", query.values["sample"], query.values.get("seed", 0)
            )
        if query.sort.column == RELEVANCE:
            return query.ranked(connection, "t.pk", RANKED)[0]
        return query.page(connection, "t.pk", query.place(), -1)

    def _by_keys(
        self, keys: list[int], values: Mapping[str, Any], level: int, chosen: Chosen, start: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        for at in range(0, len(keys), CHUNK):
            with self.store.reading() as connection:
                pin = None if latest(connection) == start else start
                query = self.query(values, level, pin)
                query.source = source(pin, self.store.tables)
                sql = chosen(query.source)
                yield [row[2:] for row in query.by_keys(connection, sql, keys[at : at + CHUNK])]

    def flat(self, values: Mapping[str, Any], level: int, *, words: bool) -> Chosen:
        """Return a function from table sources to the flat columns asked for, as SQL."""
        cells = self.columns(values)
        return lambda read: select(cells, read, level, words=words)


def embed(
    lists: Lists,
    connection: Any,
    rows: list[tuple[Any, ...]],
    names: Sequence[str],
    level: int,
) -> list[tuple[Any, ...]]:
    """Add the linked records at the end of each document, one level deep.

    Args:
        lists: The lists of the records' resource.
        connection: The connection that read them.
        rows: The records: id and document.
        names: Which links and sub-lists to embed.
        level: What the reader may see.

    Returns:
        The rows with their documents extended.
    """
    ids = [row[0] for row in rows]
    found = {name: _linked_documents(lists, connection, ids, name, level) for name in names}
    made = []
    for name, document, *rest in rows:
        members = []
        for link in names:
            single = link in lists.record.links_out()
            documents = found[link].get(name, [])
            value = (documents or [b"null"])[0] if single else b"[" + b",".join(documents) + b"]"
            members.append(orjson.dumps(link) + b":" + value)
        body = document[:-1] + b',"embedded":{' + b",".join(members) + b"}}"
        made.append((name, body, *rest))
    return made


def _linked_documents(
    lists: Lists, connection: Any, ids: Sequence[str], name: str, level: int
) -> dict[str, list[bytes]]:
    """Return the documents that each record links to under a name."""
    joins, resource = _join(lists, name)
    sql = (
        f"SELECT t.id, CAST(o.document AS BLOB) FROM json_each(?) s "
        f"JOIN {lists.table.name} t ON t.id = s.value {joins} AND o.shown >= {level} "
        f"ORDER BY s.key, o.{lists.store.tables[resource].order} DESC, o.id"
    )
    found: dict[str, list[bytes]] = {}
    for record, document in connection.execute(sql, (orjson.dumps(list(ids)).decode(),)):
        into = found.setdefault(record, [])
        if len(into) < EMBEDDED and document not in into:
            into.append(document)
    return found


def _join(lists: Lists, name: str) -> tuple[str, str]:
    """Return the join from ``t`` to the linked records ``o``, and their resource."""
    record, registry = lists.record, lists.store.registry
    link = record.links_out().get(name)
    if link:
        return f"JOIN {link.resource} o ON o.pk = t.{name}", link.resource
    for part in record.parts():
        if part.name == name and isinstance(part.kind, Link):
            table = lists.table.part(name).name
            join = f"JOIN {table} p ON p.owner = t.pk JOIN {part.kind.resource} o ON o.pk = p.value"
            return join, part.kind.resource
    item = next(item for item in registry.sublists(record.resource) if item.name == name)
    return _reverse_join(lists, item.resource, item.parameter), item.resource


def _reverse_join(lists: Lists, resource: str, parameter: str) -> str:
    other = lists.store.registry[resource]
    if parameter in other.links_out():
        return f"JOIN {resource} o ON o.{parameter} = t.pk"
    for part in other.parts():
        if part.name == parameter:
            table = lists.store.tables[resource].part(parameter).name
            return f"JOIN {table} p ON p.value = t.pk JOIN {resource} o ON o.pk = p.owner"
    reach = next(reach for reach in other.reaches if reach.name == parameter)
    keys = " UNION ".join(_reach_keys(lists, resource, path) for path in reach.paths)
    return f"JOIN ({keys}) p ON p.target = t.pk JOIN {resource} o ON o.pk = p.pk"


def _reach_keys(lists: Lists, resource: str, path: str) -> str:
    """Return the pairs of records that a path joins: its beginning, and the target it reaches."""
    first, *rest = lists.store.registry.steps(resource, path)
    if not rest:
        return f"SELECT pk, {first.column} AS target FROM {resource}"
    (last,) = rest
    if last.part:
        part = lists.store.tables[first.owner].part(last.part.name).name
        return (
            f"SELECT a.{first.column} AS pk, b.value AS target FROM {first.owner} a "
            f"JOIN {part} b ON b.owner = a.pk WHERE a.shown > 0"
        )
    return (
        f"SELECT a.{first.column} AS pk, a.{last.column} AS target FROM {first.owner} a "
        "WHERE a.shown > 0"
    )


def history(store: Store, resource: str, name: str, limit: int, before: int | None) -> Any:
    """Return a record's versions, the newest first: when, who, why, what changed, and the record.

    Returns:
        The number of the last transaction, and rows of (seq, version, action, recorded_at, who,
        why, changed_fields, document).
    """
    with store.reading() as connection:
        seen = "id = ? AND from_seq < ?"
        rows = connection.execute(
            "SELECT t.from_seq, t.version, c.action, x.recorded_at, x.who, x.why, "
            "c.changed_fields, t.document FROM ("
            f"SELECT from_seq, n, version, document FROM {resource} WHERE {seen} UNION ALL "
            f"SELECT from_seq, n, version, document FROM {resource}_history WHERE {seen}) t "
            "JOIN changes c ON c.seq = t.from_seq AND c.n = t.n "
            "JOIN transactions x ON x.seq = t.from_seq ORDER BY t.from_seq DESC LIMIT ?",
            (name, before or 2**62, name, before or 2**62, limit),
        ).fetchall()
        return latest(connection), rows


def search(store: Store, words: str, limit: int, level: int) -> tuple[int, list[Any], list[str]]:
    """Search all resources and rank the newest matches of each.

    Returns:
        The last transaction's number; (score, resource, document) best first; and the resources
        that had more matches than were ranked.
    """
    found: list[tuple[float, str, bytes]] = []
    more = []
    with store.reading() as connection:
        for table in store.tables:
            if not table.searched:
                continue
            name = f"{table.name}_search"
            weights = ", ".join(["4.0", *["1.0"] * (len(table.searched) - 1)])
            rows = connection.execute(
                f"SELECT s.score, CAST(t.document AS BLOB), s.matches FROM (SELECT pk, score, "
                f"count(*) OVER () AS matches FROM (SELECT rowid AS pk, bm25({name}, {weights}) "
                f"AS score FROM {name} WHERE {name} MATCH ? ORDER BY rowid DESC "
                f"LIMIT {RANKED + 1}) ORDER BY score LIMIT {int(limit)}) s "
                f"CROSS JOIN {table.name} t ON t.pk = s.pk WHERE t.shown >= {level}",
                (quoted(words),),
            ).fetchall()
            if rows and rows[0][2] > RANKED:
                more.append(table.name)
            found += [(score, table.name, document) for score, document, _ in rows]
        seq = latest(connection)
    found.sort(key=lambda row: row[0])
    return seq, found[:limit], more


def counts(store: Store, connection: Any) -> dict[str, int]:
    """Count the records of each resource that everybody may see."""
    found = {}
    for table in store.tables:
        sql = f"SELECT count(*) FROM {table.name} WHERE shown = 2"
        found[table.name] = int(connection.execute(sql).fetchone()[0])
    return found


def datasets(connection: Any) -> list[dict[str, Any]]:
    """Return the data sets that records were imported from, with their terms."""
    names = ("id", "title", "licence", "citation", "coverage")
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM sources WHERE source_type = 'dataset' AND shown = 2 "
        "ORDER BY id"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
