"""Reading lists: a page, everything, what is embedded, the search over all resources."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from incidents_api.model import Record
from incidents_api.storage.clocks import NOW, Clocks, Source, clocks_of
from incidents_api.storage.csv_lines import line
from incidents_api.storage.disclosure import REDACTED, WHY
from incidents_api.storage.embed import Embedding
from incidents_api.storage.flat import Cell, flat, select
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.pace import Pace, halved
from incidents_api.storage.query import RANKED, Query
from incidents_api.storage.sorting import RELEVANCE
from incidents_api.storage.store import Store, latest
from incidents_api.storage.tables import Table

#: A stream is many short reads of so many records at most.
CHUNK: Final = 1000
#: The first of them of fewer, so that an answer begins soon.
FIRST: Final = 100
EVERYTHING: Final = 2**62
#: With linked records embedded, of so many: each may bring some hundreds.
EMBEDDING_CHUNK: Final = 5
DOCUMENT: Final = "CAST(t.document AS BLOB)"

#: Takes the source of each table, returns what to select of each record.
Chosen = Callable[[Source], str]


def documents(_: Source) -> str:
    """Select whole documents."""
    return DOCUMENT


@dataclass
class Page:
    """One page of a list.

    Attributes:
        rows: What was selected of each record.
        next_cursor: Where to go on; None on the last page.
        total: How many match, if that was asked.
        total_is_floor: Whether counting stopped before the end.
        seq: The number of the last transaction.
        known_seq: That of the last transaction whose state is shown.
        more_than_ranked: Where the matches were ranked, whether there were more than that.

    """

    rows: list[tuple[Any, ...]]
    seq: int
    known_seq: int
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

    def query(
        self,
        values: Mapping[str, Any],
        level: int,
        clocks: Clocks = NOW,
        names: dict[tuple[str, str], int] | None = None,
    ) -> Query:
        """Return the query for these values."""
        known = {} if names is None else names
        return Query(self.store.tables, self.table, self.grammar, values, level, clocks, known)

    def columns(self, values: Mapping[str, Any]) -> tuple[Cell, ...]:
        """Return the flat columns that were asked for."""
        wanted = values.get("fields")
        if wanted is None:
            return self.cells
        named = {"id", *wanted}
        return tuple(cell for cell in self.cells if named & {cell.name, cell.member})

    def page(self, values: Mapping[str, Any], level: int, chosen: Chosen = documents) -> Page:
        """Return one page.

        Args:
            values: The query, as :meth:`Grammar.read` returns it.
            level: What the reader may see.
            chosen: Takes the source of each table, returns what to select of each record.

        Raises:
            Unreadable: A filter names what is not there, or the cursor is damaged or not this
                query's.
            TooSlow: It took too long.

        """
        with self.store.reading() as connection:
            clocks = clocks_of(connection, values)
            query = self.query(values, level, clocks).prepare(connection)
            page = self._page(connection, query, chosen)
            page.rows = self._embedded(connection, page.rows, query)
        return page

    def _page(self, connection: Any, query: Query, chosen: Chosen) -> Page:
        values, seq = query.values, latest(connection)
        page = Page([], seq, query.clocks.known(seq))
        select = self._select(query, chosen)
        place = query.place()
        if "sample" in values:
            rows = query.sample(connection, select)
        elif query.sort.column == RELEVANCE:
            rows, page.more_than_ranked = query.ranked(connection, select, query.limit)
        else:
            rows = query.page(connection, select, place, query.limit + 1)
            if len(rows) > query.limit:
                rows.pop()
                page.next_cursor = query.cursor(rows[-1])
        if values.get("total"):
            page.total, page.total_is_floor = query.count(connection)
        page.rows = [row[2:] for row in self._filled(connection, query, chosen, rows)]
        return page

    @staticmethod
    def _select(query: Query, chosen: Chosen) -> str:
        """Return what to select first: under clocks the keys, for their columns may be dear."""
        return chosen(query.source) if query.clocks == NOW else "t.pk"

    @staticmethod
    def _filled(
        connection: Any, query: Query, chosen: Chosen, rows: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """Return rows with what was chosen, where so far they have only keys."""
        if query.clocks == NOW:
            return rows
        made = query.by_keys(connection, chosen(query.source), [row[3] for row in rows])
        return [(*row[:3], *filled[3:]) for row, filled in zip(rows, made, strict=True)]

    def everything(
        self, values: Mapping[str, Any], level: int, chosen: Chosen, start: int | None = None
    ) -> tuple[Page, Iterator[list[tuple[Any, ...]]]]:
        """Return all matches in order, read in short reads, as they stood when this began.

        Args:
            values: The query.
            level: What the reader may see.
            chosen: Takes the source of each table, returns what to select of each record.
            start: The number of the transaction whose state to read, if not the last one's;
                not for full text and samples.

        Returns:
            A page without rows, which says whose state is read, and the matches in chunks.

        """
        with self.store.reading() as connection:
            seq = latest(connection)
            clocks = clocks_of(connection, values) if start is None else Clocks(start)
            clocks = replace(clocks, pin=clocks.known(seq))
            page = Page([], seq, clocks.known(seq))
            query = self.query(values, level, clocks.present(connection)).prepare(connection)
            place, keys = query.place(), None
            if "q" in values or "sample" in values:
                keys = [row[3] for row in self._all_keys(connection, query)]
        if keys is not None:
            return page, self._by_keys(keys, values, level, chosen, clocks)
        return page, self._in_order(place, values, level, chosen, clocks)

    def _in_order(
        self, place: Any, values: Mapping[str, Any], level: int, chosen: Chosen, clocks: Clocks
    ) -> Iterator[list[tuple[Any, ...]]]:
        names: dict[tuple[str, str], int] = {}
        most = min(CHUNK, EMBEDDING_CHUNK) if values.get("include") else CHUNK
        pace = Pace(FIRST, most, self.store.read_seconds)
        begun = False

        def read(chunk: int) -> tuple[list[tuple[Any, ...]], Any]:
            with self.store.reading() as connection:
                now = clocks.present(connection)
                query = self.query(values, level, now, names).prepare(connection)
                rows = query.page(connection, self._select(query, chosen), place, chunk)
                filled = self._filled(connection, query, chosen, rows)
                found = self._embedded(connection, [row[2:] for row in filled], query)
            return found, list(rows[-1][:3]) if len(rows) == chunk else None

        while place is not None or not begun:
            found, place = pace.read(read, begun=begun)
            begun = True
            yield found

    @staticmethod
    def _all_keys(connection: Any, query: Query) -> list[tuple[Any, ...]]:
        """Return the keys of all matches, for queries whose index has no history."""
        if "sample" in query.values:
            return query.sample(connection, "t.pk")
        if query.sort.column == RELEVANCE:
            return query.ranked(connection, "t.pk", RANKED)[0]
        return query.page(connection, "t.pk", query.place(), EVERYTHING)

    def _by_keys(
        self, keys: list[int], values: Mapping[str, Any], level: int, chosen: Chosen, clocks: Clocks
    ) -> Iterator[list[tuple[Any, ...]]]:
        chunk = min(CHUNK, EMBEDDING_CHUNK) if values.get("include") else CHUNK
        parts = (keys[at : at + chunk] for at in range(0, len(keys), chunk))
        return self.of_keys(parts, values, level, chosen, clocks)

    def of_keys(
        self,
        keys: Iterable[Sequence[int]],
        values: Mapping[str, Any],
        level: int,
        chosen: Chosen,
        clocks: Clocks,
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Return the records of these keys that are in view, in their order.

        Args:
            keys: The keys; each list of them is one short read.
            values: What is asked besides: which records to embed, by which rule.
            level: What the reader may see.
            chosen: Takes the source of each table, returns what to select of each record.
            clocks: From when they are looked at, pinned.

        """

        def read(some: Sequence[int]) -> list[tuple[Any, ...]]:
            with self.store.reading() as connection:
                query = self.query(values, level, clocks.present(connection))
                query.source = query.sources()
                rows = query.by_keys(connection, chosen(query.source), some)
                return self._embedded(connection, [row[2:] for row in rows], query)

        for some in keys:
            yield from halved(some, read)

    def count(self, values: Mapping[str, Any], level: int, most: int) -> int:
        """Count the matches; of more than so many, so many.

        Raises:
            Unreadable: A filter names what is not there.

        """
        with self.store.reading() as connection:
            clocks = clocks_of(connection, values)
            query = self.query(values, level, clocks).prepare(connection)
            return query.count(connection, most)[0]

    def _embedded(
        self, connection: Any, rows: list[tuple[Any, ...]], query: Query
    ) -> list[tuple[Any, ...]]:
        """Embed the linked records that are asked for."""
        names = query.values.get("include")
        if not names:
            return rows
        embedding = Embedding(self.store, self.record, query.level, query.source)
        return embedding.into(connection, rows, names)

    def flat(self, values: Mapping[str, Any], level: int, *, words: bool) -> Chosen:
        """Return a function from table sources to the flat columns asked for, as SQL."""
        cells = self.columns(values)
        return lambda read: select(cells, read, level, words=words)

    def line(self, values: Mapping[str, Any], level: int) -> Chosen:
        """Return a function from table sources to the flat columns as a line of CSV, as SQL."""
        cells = self.columns(values)
        name = self.record.resource
        return lambda read: line(cells, read, level, plainly=read(name) == name)


def with_state(table: Table) -> Chosen:
    """Return a function from table sources to a document as known, its state and its survivor."""
    return lambda read: (
        f"CAST({table.given} AS BLOB), t.state, "
        f"(SELECT id FROM {read(table.name)} WHERE pk = t.survivor)"
    )


def history(
    store: Store,
    resource: str,
    name: str,
    limit: int,
    before: int | None,
    values: Mapping[str, Any],
    level: int = PUBLIC,
) -> tuple[int, int, list[tuple[Any, ...]]]:
    """Return a record's versions, the newest first: when, who, why, what changed, and the record.

    Returns:
        The number of the last transaction, that of the last one of which versions are shown, and
        rows of (seq, version, action, recorded_at, who, why, changed_fields, redacted, document).

    """
    document = "document" if level == PUBLIC else f"{store.tables[resource].given} AS document"
    with store.reading() as connection:
        seq = latest(connection)
        known_seq = clocks_of(connection, values).known(seq)
        before = min(before or known_seq + 1, known_seq + 1)
        seen = "id = ? AND from_seq < ?"
        rows = connection.execute(
            "SELECT t.from_seq, t.version, c.action, x.recorded_at, x.who, "
            f"{WHY}, c.changed_fields, {REDACTED}, t.document FROM ("
            f"SELECT pk, from_seq, n, version, {document} FROM {resource} WHERE {seen} UNION ALL "
            f"SELECT pk, from_seq, n, version, {document} FROM {resource}_history WHERE {seen}) t "
            "JOIN changes c ON c.seq = t.from_seq AND c.n = t.n "
            "JOIN transactions x ON x.seq = t.from_seq ORDER BY t.from_seq DESC LIMIT ?",
            (resource, name, before, name, before, limit),
        ).fetchall()
        return seq, known_seq, rows


def counts(store: Store, connection: Any) -> dict[str, int]:
    """Count the records of each resource that everybody may see."""
    found = {}
    for table in store.tables:
        sql = f"SELECT count(*) FROM {table.name} WHERE shown = 2"
        found[table.name] = int(connection.execute(sql).fetchone()[0])
    return found


DATASET: Final = ("id", "title", "licence", "citation", "coverage")


def datasets(connection: Any, read: Source = str, level: int = PUBLIC) -> list[dict[str, Any]]:
    """Return the data sets that records were imported from, with their terms."""
    rows = connection.execute(
        f"SELECT {', '.join(DATASET)} FROM {read('sources')} "
        f"WHERE source_type = 'dataset' AND shown >= {level} ORDER BY id"
    )
    return [dict(zip(DATASET, row, strict=True)) for row in rows]
