"""What only a long look finds: inside the indexes of search and map, and along each history."""

from collections.abc import Iterator
from typing import Any

from incidents_api.storage.connections import told_of_damage
from incidents_api.storage.consistency import MOST
from incidents_api.storage.failures import Unusable
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Table


def deep_faults(store: Store) -> Iterator[str]:
    """Yield what is damaged beyond what every check looks at, in words; writers wait meanwhile."""
    # SQLite has search look at itself where it can be written only; nothing is.
    with store.exclusive() as connection:
        for table in store.tables:
            yield from _history(connection, table)
            if table.searched:
                yield from _search(connection, table)
            if table.spatial:
                yield from _map(connection, table)


def _history(connection: Any, table: Table) -> Iterator[str]:
    """The versions of a record are a chain: each begins where the one before ends."""
    name = table.name
    sql = f"""
        WITH versions AS (
            SELECT pk, id, version, from_seq, to_seq FROM {name}_history
            UNION ALL SELECT pk, id, version, from_seq, NULL FROM {name}
        ), chain AS (
            SELECT id, version, from_seq, to_seq, lag(to_seq) OVER record AS before,
                lag(version, 1, 0) OVER record AS version_before FROM versions
            WINDOW record AS (PARTITION BY pk ORDER BY from_seq)
        )
        SELECT id, from_seq FROM chain WHERE before <> from_seq OR to_seq <= from_seq
            OR version - version_before NOT IN (0, 1) OR version < 1 LIMIT {MOST}
    """
    for record, seq in connection.execute(sql):
        yield f"{name}/{record}: the version of transaction {seq} does not follow the one before"


def _search(connection: Any, table: Table) -> Iterator[str]:
    """The full-text index is sound in itself."""
    name = f"{table.name}_search"
    try:
        with told_of_damage(name):
            connection.execute(f"INSERT INTO {name}({name}) VALUES ('integrity-check')")
    except Unusable as fault:
        yield str(fault)


def _map(connection: Any, table: Table) -> Iterator[str]:
    """The tree of the map is sound in itself."""
    name = f"{table.name}_map"
    (words,) = connection.execute("SELECT rtreecheck(?)", (name,)).fetchone()
    if words != "ok":
        yield f"{name}: {words}"
