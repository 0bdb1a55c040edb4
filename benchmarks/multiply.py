"""A world many times as large as one that the write function made, by SQL and in minutes.

``python -m benchmarks.multiply --times 10 --from BASE --db PATH`` copies a database of
:mod:`benchmarks.world` and enters each of its incidents, with the figures, participations, sources
and facilities around it, nine times more, under ids and keys of their own; actors stay as they are.
To write so many records one by one takes hours. Every index, the words, the map, the sums and the
contradictions are there as if they had been: the copies belong to the transactions of what they
are copied from. Only their digests (``hash``) and what other data sets call them (``external_ids``)
are those of the original; no read looks at the former.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.world import analyze
from incidents_api.model import RESOURCES
from incidents_api.model.fields import Link
from incidents_api.storage.documents import values_of
from incidents_api.storage.items import search_texts
from incidents_api.storage.rows import search_sql
from incidents_api.storage.tables import Table, Tables

#: What is multiplied; actors are few, and everybody's.
MULTIPLIED: Final = ("sources", "facilities", "incidents", "participations", "figures")
#: How the numbers in the ids of a world begin. A copy puts its own number there.
PREFIXES: Final = ("incident-", "source-", "facility-")
BASE: Final = "00"
#: More incidents than that have longer numbers, and more copies than that too.
MOST_INCIDENTS: Final = 100_000
MOST_TIMES: Final = 99
#: Of a sum, what is counted and what is added up.
ADDED: Final = (
    "n_counted", "n_left_out", "low", "best", "high", "n_low", "n_best", "n_high", "n_open",
    "n_over_month", "n_over_year", "n_imprecise",
)  # fmt: skip


class Multiplier:
    """Multiplies the records of one database.

    Args:
        connection: The copy of the base, to be written.

    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.tables = [table for table in Tables(RESOURCES) if table.name in MULTIPLIED]
        self.spans = {
            name: self._number(f"SELECT coalesce(max(pk), 0) FROM {name}") for name in MULTIPLIED
        }
        self.changes = self._number("SELECT max(n) FROM changes")
        self.texts = {
            table.name: list(self._texts(table)) for table in self.tables if table.searched
        }

    def _number(self, sql: str) -> int:
        return int(self.connection.execute(sql).fetchone()[0])

    def _texts(self, table: Table) -> Iterator[tuple[Any, ...]]:
        sql = f"SELECT pk, document FROM {table.name} WHERE shown = 2 ORDER BY pk"
        for pk, document in self.connection.execute(sql):
            yield (pk, *search_texts(table, values_of(table.record, document)[1]))

    def copy(self, number: int) -> None:
        """Enter the base once more, as the copy of this number (the base itself is 0)."""
        for table in self.tables:
            self._rows(table, number)
            self._words(table, number)
            if table.spatial:
                span = self.spans[table.name]
                self.connection.execute(
                    f"INSERT INTO {table.name}_map SELECT pk + ?, west, east, south, north "
                    f"FROM {table.name}_map WHERE pk <= ?",
                    (number * span, span),
                )
        self._changes(number)
        self._contradictions(number)

    def _rows(self, table: Table, number: int) -> None:
        links = {
            leaf.name: leaf.kind.resource for leaf in table.leaves if isinstance(leaf.kind, Link)
        }
        texts = self._texts_with_ids(table)
        shown = {
            "pk": f"pk + {number * self.spans[table.name]}",
            "n": f"n + {number * self.changes}",
            **{name: self._shifted(name, to, number) for name, to in links.items()},
            **{name: renamed(name, number) for name in texts},
        }
        values = ", ".join(shown.get(name, name) for name in table.names)
        names = ", ".join(table.names)
        self.connection.execute(
            f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} "
            f"WHERE pk <= {self.spans[table.name]} ORDER BY pk"
        )
        for part in table.parts:
            owner = self._shifted("owner", table.name, number)
            kind = part.part.kind
            value = "value"
            if isinstance(kind, Link):
                value = self._shifted("value", kind.resource, number)
            self.connection.execute(
                f"INSERT INTO {part.name} (value, ord, owner, from_seq) SELECT {value}, ord, "
                f"{owner}, from_seq FROM {part.name} WHERE owner <= {self.spans[table.name]}"
            )

    def _shifted(self, column: str, resource: str, number: int) -> str:
        return f"{column} + {number * self.spans.get(resource, 0)}"

    def _texts_with_ids(self, table: Table) -> list[str]:
        """Return the columns in which ids of what is multiplied stand."""
        some = f"(SELECT * FROM {table.name} LIMIT 1000)"
        found = " OR ".join(f"instr({{0}}, '{prefix}{BASE}')" for prefix in PREFIXES)
        return [
            name
            for name in table.names
            if self._number(f"SELECT count(*) FROM {some} WHERE {found.format(name)}")
        ]

    def _words(self, table: Table, number: int) -> None:
        off = number * self.spans[table.name]
        rows = ((pk + off, *texts) for pk, *texts in self.texts.get(table.name, ()))
        if table.searched:
            self.connection.executemany(search_sql(table), rows)

    def _changes(self, number: int) -> None:
        """The copies are changes of the transactions in which the base was written."""
        others = "', '".join(MULTIPLIED)
        self.connection.execute(
            "INSERT INTO changes SELECT seq, n + :off, resource, "
            f"{renamed('id', number)}, version, action, changed_fields, why FROM changes "
            f"WHERE resource IN ('{others}') AND n <= :span",
            {"off": number * self.changes, "span": self.changes},
        )

    def _contradictions(self, number: int) -> None:
        span = self.spans["incidents"]
        columns = f"subject + {number * span}, id"
        self.connection.execute(
            f"INSERT INTO contradictions SELECT resource, {columns}, kind, strength, measure, "
            f"{renamed('keys', number)}, {renamed('document', number)} FROM contradictions "
            f"WHERE resource = 'incidents' AND subject <= {span}"
        )
        self.connection.execute(
            f"INSERT INTO contradiction_keys SELECT role, {renamed('target', number)}, resource, "
            f"{columns} FROM contradiction_keys WHERE resource = 'incidents' AND subject <= {span}"
        )

    def add_up(self, times: int) -> None:
        """Bring the sums up to date: each counts what there is as many times."""
        sets = ", ".join(f"{name} = {name} * {times}" for name in ADDED)
        self.connection.execute(f"UPDATE sums SET {sets}")


def renamed(column: str, number: int) -> str:
    """Return the SQL of a text with the ids of a copy in the place of the base's."""
    for prefix in PREFIXES:
        column = f"replace({column}, '{prefix}{BASE}', '{prefix}{number:02}')"
    return column


def multiply(base: Path, path: Path, times: int) -> None:
    """Write a world that has all of another one so many times.

    Raises:
        click.ClickException: The base has too many incidents, or they are to be too many times.

    """
    shutil.copyfile(base, path)
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1048576"):
        connection.execute(f"PRAGMA {setting}")
    known = connection.execute("SELECT count(*) FROM incidents").fetchone()[0]
    if known > MOST_INCIDENTS or times > MOST_TIMES:
        raise click.ClickException(
            f"{known:,} incidents, {times} times: at most {MOST_INCIDENTS:,}, {MOST_TIMES} times"
        )
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    whole = Multiplier(connection)
    connection.execute("BEGIN")
    for number in range(1, times):
        whole.copy(number)
        click.echo(f"copy {number + 1} of {times}")
    whole.add_up(times)
    connection.execute("COMMIT")
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    analyze(path)


@click.command()
@click.option("--from", "base", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--times", required=True, type=click.IntRange(2, MOST_TIMES))
@click.option("--db", "path", required=True, type=click.Path(path_type=Path, dir_okay=False))
def main(base: Path, times: int, path: Path) -> None:
    """Write a world many times as large as another."""
    begun = time.perf_counter()
    multiply(base, path, times)
    size = path.stat().st_size / 1e6
    click.echo(f"{times} times in {time.perf_counter() - begun:,.0f} s: {size:,.0f} MB")


if __name__ == "__main__":
    main()
