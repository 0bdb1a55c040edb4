"""Sums over incidents that every write keeps up, and which incidents are left out of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import orjson

from incidents_api.estimates import DEFAULT
from incidents_api.estimates.counting import NOTHING
from incidents_api.model import Record
from incidents_api.storage.contributions import (
    NONE,
    PLACE,
    Key,
    Row,
    contributions,
    estimated,
)
from incidents_api.storage.items import Item, Stored
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.tables import Tables
from incidents_api.storage.ties import DUPLICATE, Graph

CHUNK: Final = 1000
#: Of so many rows SQLite reads the keys in one statement; to read more takes it several times as
#: long as a statement for each.
FEW: Final = 100
KEY: Final = (*PLACE, "measure", "rule")
_RULE: Final = KEY.index("rule")
_AMONG: Final = "IN (SELECT value FROM json_each(?))"

LeftOut = dict[int, frozenset[str]]


class Sums:
    """Keeps the tables ``sums`` and ``left_out``: see :mod:`incidents_api.storage.contributions`.

    While records are written, incidents are taken to be left out as they were; who is left out is
    found again at the end, for those whose ties or estimates have come or gone and all below them.
    """

    def __init__(self, tables: Tables, connection: Any, seq: int) -> None:
        self._connection = connection
        self._here = "incidents" in tables.registry and "relations" in tables.registry
        self._graph = Graph(connection, lambda name: name)
        self._sums: dict[Key, Row] = {}
        self._touched: set[int] = set()

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note incidents that were written, and duplicates that were declared."""
        if not self._here:
            return
        if record.resource == "incidents":
            self._incidents(list(items))
        elif record.resource == "relations":
            self._relations(items)

    def keep(self) -> None:
        """Bring both tables up to date."""
        if self._touched:
            affected = self._graph.below(self._touched)
            before = self._stored(affected)
            now = self._graph.left_out(affected)
            self._move(before, now)
            self._replace(before, now)
        self._write()
        self._sums, self._touched = {}, set()

    def rebuild(self) -> None:
        """Make both tables again."""
        if self._here:
            self._connection.execute("DELETE FROM sums")
            self._connection.execute("DELETE FROM left_out")
            self._replace({}, self._everything())
            self._write()
            self._sums = {}

    def faults(self) -> Iterator[str]:
        """Yield the rows that are not what the incidents make."""
        if not self._here:
            return
        wanted = self._everything()
        kept = self._stored(None)
        for key in sorted(wanted.keys() | kept.keys()):
            if wanted.get(key) != kept.get(key):
                yield f"left_out: the measures of incident {key} are out of step"
        yield from self._out_of_step()

    def _out_of_step(self) -> Iterator[str]:
        made = {key: row for key, row in self._sums.items() if row != NONE}
        columns = ", ".join((*KEY, *Row._fields))
        rows = self._connection.execute(f"SELECT {columns} FROM sums")
        there = {row[: len(KEY)]: Row(*row[len(KEY) :]) for row in rows}
        for key in sorted(made.keys() | there.keys(), key=str):
            if made.get(key) != there.get(key):
                yield f"sums: the row {'/'.join(map(str, key))} is out of step"

    def _incidents(self, items: list[Item]) -> None:
        stored = self._stored([item.pk for item in items if item.before])
        for item in items:
            old = _public(item.before)
            new = item.shown if item.level == PUBLIC else None
            left = stored.get(item.pk, NOTHING)
            if item.before and old:
                self._add(old, item.before.links.get("dataset"), left, -1)
            if new:
                self._add(new, item.links.get("dataset"), left)
            untied = item.fresh and item.shown["part_of"] is None
            if not untied and _standing(old) != _standing(new):
                self._touched.add(item.pk)

    def _relations(self, items: Iterable[Item]) -> None:
        for item in items:
            old = _public(item.before)
            if item.before and old and old["type"] == DUPLICATE:
                self._touched |= _ends(item.before.links)
            if item.level == PUBLIC and item.shown["type"] == DUPLICATE:
                self._touched |= _ends(item.links)

    def _add(
        self, shown: Mapping[str, Any], dataset: int | None, left: frozenset[str], sign: int = 1
    ) -> None:
        for key, row in contributions(shown, dataset, left):
            known = self._sums.get(key)
            self._sums[key] = row if known is None and sign > 0 else (known or NONE).plus(row, sign)

    def _stored(self, keys: Collection[int] | None) -> LeftOut:
        """Return what the table says of these incidents, or of all."""
        sql, marks, found = "SELECT pk, measure FROM left_out", list[str](), LeftOut()
        if keys is not None:
            wanted = list(keys)
            if not wanted:
                return found
            sql, marks = f"{sql} WHERE pk {_AMONG}", [_listed(wanted)]
        for key, measure in self._connection.execute(sql, marks):
            found[key] = found.get(key, NOTHING) | {measure}
        return found

    def _move(self, before: LeftOut, now: LeftOut) -> None:
        """Count incidents where they count now that others are left out."""
        changed = [key for key in before.keys() | now.keys() if before.get(key) != now.get(key)]
        if not changed:
            return
        for key, shown, dataset in self._public_rows(f"pk {_AMONG}", (_listed(changed),)):
            self._add(shown, dataset, before.get(key, NOTHING), -1)
            self._add(shown, dataset, now.get(key, NOTHING))

    def _replace(self, before: LeftOut, now: LeftOut) -> None:
        gone = [(key, one) for key, was in before.items() for one in was - now.get(key, NOTHING)]
        come = [(key, one) for key, has in now.items() for one in has - before.get(key, NOTHING)]
        if gone:
            self._connection.executemany("DELETE FROM left_out WHERE pk = ? AND measure = ?", gone)
        if come:
            self._connection.executemany("INSERT INTO left_out VALUES (?, ?)", come)

    def _everything(self) -> LeftOut:
        """Add up all incidents, and return which are left out."""
        sql = "SELECT pk FROM incidents WHERE part_of IS NOT NULL AND shown = 2"
        tied = {key for (key,) in self._connection.execute(sql)}
        sql = f"SELECT from_incident, to_incident FROM relations WHERE type = '{DUPLICATE}'"
        tied |= {key for row in self._connection.execute(sql) for key in row}
        now = self._graph.left_out(tied)
        self._sums, last = {}, 0
        while rows := list(self._public_rows(f"pk > ? ORDER BY pk LIMIT {CHUNK}", (last,))):
            for key, shown, dataset in rows:
                self._add(shown, dataset, now.get(key, NOTHING))
            last = rows[-1][0]
        return now

    def _public_rows(
        self, where: str, marks: tuple[Any, ...]
    ) -> Iterator[tuple[int, dict[str, Any], int | None]]:
        sql = f"SELECT pk, document, dataset FROM incidents WHERE shown = 2 AND {where}"
        for key, document, dataset in self._connection.execute(sql, marks):
            yield key, orjson.loads(document), dataset

    def _write(self) -> None:
        rows = [(*key, *row) for key, row in self._sums.items() if row != NONE]
        if rows:
            self._connection.executemany(_add_sql(), rows)
        # What everybody adds by the default rule only grows where nothing is taken away.
        empty = [
            row[: len(KEY)] for row in rows if row[_RULE] != DEFAULT or min(row[len(KEY) :]) < 0
        ]
        if len(empty) > FEW:
            self._connection.executemany(_CLEAR_ONE, empty)
        elif empty:
            self._connection.execute(_CLEAR, (orjson.dumps(empty).decode(),))


def _public(before: Stored | None) -> dict[str, Any] | None:
    """Return a record as it was, if everybody might see it."""
    if before is None or before.shown != PUBLIC:
        return None
    shown: dict[str, Any] = orjson.loads(before.document)
    return shown


def _standing(shown: Mapping[str, Any] | None) -> Any:
    """Return what decides who counts: what an incident is part of, and has estimates for."""
    return None if shown is None else (shown["part_of"], frozenset(estimated(shown)))


def _ends(links: Mapping[str, int]) -> set[int]:
    return {links["from_incident"], links["to_incident"]}


def _listed(keys: Iterable[int]) -> str:
    return orjson.dumps(list(keys)).decode()


@cache
def _add_sql() -> str:
    """Return the statement that adds to a row."""
    columns = (*KEY, *Row._fields)
    sets = ", ".join(f"{name} = {name} + excluded.{name}" for name in Row._fields)
    return (
        f"INSERT INTO sums ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT DO UPDATE SET {sets}"
    )


_EMPTY: Final = " AND ".join(f"{name} = 0" for name in Row._fields)
#: Takes away those of the rows with these keys of which nothing is left.
_CLEAR: Final = (
    f"DELETE FROM sums WHERE ({', '.join(KEY)}) IN (SELECT "
    f"{', '.join(f'value ->> {place}' for place in range(len(KEY)))} FROM json_each(?)) "
    f"AND {_EMPTY}"
)
#: The same for one row.
_CLEAR_ONE: Final = (
    f"DELETE FROM sums WHERE {' AND '.join(f'{name} = ?' for name in KEY)} AND {_EMPTY}"
)
