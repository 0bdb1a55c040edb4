"""What may still hold words that were redacted: indexes, kept answers, other people's words."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from incidents_api.storage.tables import Table, Tables

#: Shorter texts tell of nobody, and stand everywhere.
TELLING: Final = 4
#: Words beside the records: what they are called, and where they are.
_BESIDE: Final = (
    ("changes", "why"),
    ("transactions", "why"),
    ("releases", "notes"),
    ("audit", "why"),
)
#: Where answers and samples of values are kept, if they are.
_KEPT: Final = ("retries", "sqlite_stat4")


def forget(connection: Any, table: Table) -> None:
    """Throw away what is kept of values, and have full-text search keep no word of what is gone."""
    for name in _KEPT:
        sql = "SELECT 1 FROM sqlite_schema WHERE name = ?"
        if connection.execute(sql, (name,)).fetchone():
            connection.execute(f"DELETE FROM {name}")
    if table.searched:
        # What is taken out of an index without content is only marked, until it is merged.
        connection.execute(
            f"INSERT INTO {table.name}_search ({table.name}_search) VALUES ('optimize')"
        )


def leftovers(connection: Any, tables: Tables, words: Iterable[str]) -> Iterator[str]:
    """Yield where these words still stand: addresses of records, names of other tables."""
    wanted = list(words)
    if not wanted:
        return
    quoted = [orjson.dumps(text).decode()[1:-1] for text in wanted]
    for table in tables:
        found = {
            name
            for source in (table.name, f"{table.name}_history")
            for (name,) in _holding(connection, "id", source, "document", quoted)
        }
        yield from (f"{table.name}/{name}" for name in sorted(found))
    for name, column in _BESIDE:
        if _holding(connection, "1", name, column, wanted):
            yield f"{name}.{column}"


def _holding(
    connection: Any, what: str, source: str, column: str, words: list[str]
) -> list[tuple[Any, ...]]:
    sql = (
        f"SELECT DISTINCT {what} FROM {source} WHERE EXISTS "
        f"(SELECT 1 FROM json_each(?) w WHERE instr({column}, w.value))"
    )
    found: list[tuple[Any, ...]] = connection.execute(
        sql, (orjson.dumps(words).decode(),)
    ).fetchall()
    return found
