"""Full text as it stood: the index holds what is, so what was is entered into one of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from incidents_api.storage.connections import open_memory
from incidents_api.storage.documents import values_of
from incidents_api.storage.items import search_texts
from incidents_api.storage.rows import search_sql
from incidents_api.storage.tables import Table
from incidents_api.storage.words import quoted


def past_keys(connection: Any, table: Table, words: str, pin: int) -> tuple[str, tuple[Any, ...]]:
    """Return a query for what held these words as a transaction left it, and its parameters.

    What has not been written since is found by the index there is; the states that others have
    replaced since are entered anew.
    """
    name = f"{table.name}_search"
    # By the changes since: they are far fewer than all that ever was.
    changed = "SELECT DISTINCT id FROM changes WHERE seq > :pin AND resource = :resource"
    replaced = connection.execute(
        f"SELECT h.pk, h.document FROM ({changed}) c CROSS JOIN {table.name}_history h "
        "ON h.id = c.id WHERE h.from_seq <= :pin AND h.to_seq > :pin AND h.shown = 2",
        {"pin": pin, "resource": table.name},
    )
    with entered(table, replaced) as index:
        held = [key for (key,) in index.execute(_MATCHES.format(name=name), (quoted(words),))]
    keys = (
        f"SELECT m.rowid AS pk FROM {name} m CROSS JOIN {table.name} n ON n.pk = m.rowid "
        f"WHERE m.{name} MATCH ? AND n.from_seq <= ? UNION ALL SELECT value FROM json_each(?)"
    )
    return keys, (quoted(words), pin, orjson.dumps(held).decode())


_MATCHES = "SELECT rowid FROM {name} WHERE {name} MATCH ?"


@contextmanager
def entered(table: Table, rows: Iterable[tuple[int, str]]) -> Iterator[Any]:
    """Enter documents, by their keys, into a full-text index in memory.

    Args:
        table: Of which resource they are.
        rows: A cursor over keys and documents.

    Yields:
        A connection to the index, which has the table's name for it.

    """
    memory = open_memory()
    try:
        for statement in table.search_ddl():
            memory.execute(statement)
        memory.execute("BEGIN")
        memory.executemany(search_sql(table), _texts(table, rows))
        yield memory
    finally:
        memory.close()


def _texts(table: Table, rows: Iterable[tuple[int, str]]) -> Iterator[tuple[Any, ...]]:
    for key, document in rows:
        yield key, *search_texts(table, values_of(table.record, document)[1])
