"""Who and what a data set names: under which ids it is here already.

An identifier of the data set is asked first. An exact name or alias is taken only where one living
actor alone has it, and no other identifier of the same register: whoever is called the same need
not be the same. What was merged is here under the id of its survivor.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.storage.survivors import survivor

#: Values bound as one parameter, a list in JSON.
LISTED: Final = "(SELECT value FROM json_each(?))"


class Wanted(NamedTuple):
    """An actor to be found: its identifier elsewhere, its exact name, the id it would get."""

    scheme: str | None
    value: str | None
    name: str
    id: str


def actors(connection: Any, wanted: Iterable[Wanted]) -> dict[str, str]:
    """Return the ids of the actors that are here, by the ids that they would get."""
    asked = list(wanted)
    found = _by_identifier(connection, [one for one in asked if one.scheme])
    found |= here(connection, "actors", [one.id for one in asked if one.id not in found])
    found |= _by_name(connection, [one for one in asked if one.id not in found])
    return found


def here(connection: Any, resource: str, names: Iterable[str]) -> dict[str, str]:
    """Return under which ids records are here, by the ids that they have or had.

    Args:
        connection: The connection to read with.
        resource: Their resource.
        names: Their ids.

    """
    rows = connection.execute(
        f"SELECT id, state FROM {resource} WHERE id IN {LISTED}", (_listed(names),)
    ).fetchall()
    merged = [name for name, state in rows if state == "merged"]
    return {name: name for name, _ in rows} | living(connection, resource, merged)


def living(connection: Any, resource: str, names: Iterable[str]) -> dict[str, str]:
    """Return into which living records others were merged."""
    last = {name: survivor(connection, str, resource, name) for name in names}
    return {name: one.id for name, one in last.items() if one and one.state == "live"}


def _by_identifier(connection: Any, wanted: Sequence[Wanted]) -> dict[str, str]:
    """Return the oldest actor of each identifier; one that was merged if no other one lives."""
    named = {f"{one.scheme}:{one.value}": one.id for one in wanted}
    rows = connection.execute(
        "SELECT p.value, t.id, t.state FROM actors_external_id p JOIN actors t ON t.pk = p.owner "
        f"WHERE p.value IN {LISTED} AND t.state <> 'withdrawn' "
        "ORDER BY t.state = 'live', t.pk DESC",
        (_listed(named),),
    ).fetchall()
    last = living(connection, "actors", [name for _, name, state in rows if state == "merged"])
    return {
        named[value]: last.get(name, name)
        for value, name, state in rows
        if state == "live" or name in last
    }


def _by_name(connection: Any, wanted: Sequence[Wanted]) -> dict[str, str]:
    listed = _listed({one.name for one in wanted})
    rows = connection.execute(
        "SELECT t.name AS called, t.id, t.external_ids FROM actors t "
        f"WHERE t.name IN {LISTED} AND t.state = 'live' UNION "
        "SELECT p.value, t.id, t.external_ids FROM actors_alias p JOIN actors t "
        f"ON t.pk = p.owner WHERE p.value IN {LISTED} AND t.state = 'live'",
        (listed, listed),
    )
    called: dict[str, list[tuple[str, str]]] = {}
    for name, actor, identifiers in rows:
        called.setdefault(name, []).append((actor, identifiers))
    found = {}
    for one in wanted:
        match called.get(one.name, []):
            case [(actor, identifiers)] if not _has(identifiers, one.scheme):
                found[one.id] = actor
    return found


def _has(identifiers: str, scheme: str | None) -> bool:
    """Return whether an actor has an identifier in a register already: then it is another one."""
    return scheme is not None and any(row["scheme"] == scheme for row in orjson.loads(identifiers))


def _listed(names: Iterable[str]) -> str:
    return orjson.dumps(list(names)).decode()
