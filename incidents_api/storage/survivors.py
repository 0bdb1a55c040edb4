"""Into which record another one was merged."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from incidents_api.storage.clocks import Source


class Survivor(NamedTuple):
    """The record into which another one was merged, at the end of the chain."""

    id: str
    state: str
    shown: int


def survivor(connection: Any, read: Source, resource: str, name: str) -> Survivor | None:
    """Return the record into which one was merged, over all later merges; None if it was not.

    Args:
        connection: The connection to read with.
        read: What to read each table from: under ``known_at``, what was known then.
        resource: The resource of both.
        name: The id of the one that may have been merged.

    """
    chain = list(survivors(connection, read, resource, name))
    return chain[-1] if chain else None


def survivors(connection: Any, read: Source, resource: str, name: str) -> Iterator[Survivor]:
    """Yield the record into which one was merged, the one into which that was, and so on."""
    table = read(resource)
    sql = f"SELECT t.id, t.state, t.shown FROM {table} t WHERE t.pk = (SELECT survivor FROM "
    while row := connection.execute(f"{sql}{table} WHERE id = ?)", (name,)).fetchone():
        yield Survivor(*row)
        name = row[0]
