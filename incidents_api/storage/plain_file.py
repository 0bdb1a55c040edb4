"""A plain SQLite file for whoever reads tables: no knowledge base, but what one shows.

It holds a table for each resource with the columns of the flat projection, the vocabularies, the
data sets, what each column means (``columns``), and ``about``: what this is and whose state.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from incidents_api.model import Record
from incidents_api.model.published import published
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.connections import open_plain
from incidents_api.storage.flat import Cell
from incidents_api.storage.lists import DATASET, datasets
from incidents_api.storage.store import Store

TYPES: Final = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER", "string": "TEXT"}
#: The tables beside those of the resources, and their columns.
BESIDE: Final = {
    "about": ("name", "value"),
    "datasets": DATASET,
    "vocabularies": ("vocabulary", "term", "parent", "definition"),
    "columns": ("table_name", "column_name", "type", "words"),
}


class PlainFile(AbstractContextManager["PlainFile"]):
    """A file that is being written; it is whole when the block ends.

    Args:
        path: Where it is made; nothing may be there.

    """

    def __init__(self, path: Path) -> None:
        self._connection = open_plain(path)
        self._connection.execute("BEGIN")
        for name, columns in BESIDE.items():
            self._create(name, [f"{_quoted(column)} TEXT" for column in columns])

    def _create(self, name: str, columns: Iterable[str]) -> None:
        self._connection.execute(f"CREATE TABLE {_quoted(name)} ({', '.join(columns)})")

    def insert(self, name: str, rows: Iterable[Sequence[Any]], width: int) -> None:
        """Add rows to a table of so many columns."""
        sql = f"INSERT INTO {_quoted(name)} VALUES ({', '.join('?' * width)})"
        self._connection.executemany(sql, rows)

    def add(
        self, record: type[Record], cells: Sequence[Cell], chunks: Iterable[Sequence[Sequence[Any]]]
    ) -> None:
        """Add the table of a resource; before the cells of each row stands its id."""
        name = record.resource
        rules = {"id": " PRIMARY KEY NOT NULL"}
        columns = (f"{_quoted(c.name)} {TYPES[c.type]}{rules.get(c.name, '')}" for c in cells)
        self._create(name, columns)
        for rows in chunks:
            self.insert(name, (row[1:] for row in rows), len(cells))
        there = {cell.name for cell in cells}
        for link in (link for link in record.links_out() if link in there):
            index = _quoted(f"{name}_{link}")
            self._connection.execute(f"CREATE INDEX {index} ON {_quoted(name)} ({_quoted(link)})")
        told = ((name, cell.name, cell.type, cell.words) for cell in cells)
        self.insert("columns", told, len(BESIDE["columns"]))

    def tell(self, about: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> None:
        """Say what this is, which data sets it draws on, and what the terms mean."""
        told = [(name, None if value is None else str(value)) for name, value in about.items()]
        self.insert("about", told, len(BESIDE["about"]))
        self.insert("datasets", (tuple(one.values()) for one in found), len(DATASET))
        terms = (
            (one.name, str(term.term), term.parent, term.definition)
            for one in published().values()
            for term in one.terms
        )
        self.insert("vocabularies", terms, len(BESIDE["vocabularies"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Keep what was written, if all of it was, and close the file."""
        if kind is None:
            self._connection.execute("COMMIT")
        self._connection.close()


def datasets_of(store: Store, known_seq: int, level: int) -> list[dict[str, Any]]:
    """Return the data sets that could be seen at a transaction, with their terms."""
    with store.reading() as connection:
        read = source(Clocks(known_seq).present(connection), store.tables)
        return datasets(connection, read, level)


def _quoted(name: str) -> str:
    return f'"{name}"'
