"""Into which record another one was merged."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from incidents_api.storage.clocks import Source
from incidents_api.storage.levels import is_public
from incidents_api.storage.parameters import NoSuchRecord


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


def refuse_merged(
    connection: Any, read: Source, parameter: str, resource: str, names: Iterable[str]
) -> None:
    """Refuse a filter that names what had been merged when the state that is read stood.

    Raises:
        NoSuchRecord: It says whom to ask for, an empty list would hide the mistake; but nothing
            of a survivor that not everybody may see.

    """
    for name in names:
        if last := survivor(connection, read, resource, name):
            words = f"{name} has been merged: ask for {last.id}, to which its links have moved"
            if not is_public(last.shown):
                words = f"there is no record {name} among the {resource}"
            raise NoSuchRecord({parameter: [words]})
