"""Incidents that may be the same as one: found along indexes, scored, never merged.

The nearest in time are looked at: of the same country, the same named place, around the same point,
with the same actors or facilities. Each walk is bounded, so that a crowded week costs no more.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.model.likeness import (
    DAYS,
    EXACT_DAY,
    KILOMETRES,
    NEAR,
    Likeness,
    Sketch,
    likeness,
)
from incidents_api.storage.ranges import around
from incidents_api.storage.store import latest

#: A month is known by its first day or its middle: so many days are looked around.
WINDOW: Final = 31
#: So many incidents are looked at on each side of the day, by what they share.
NEAREST: Final = {"country": 100, "place": 40, "actor": 20, "facility": 20, "day": 25}
#: So many of its actors and of its facilities are looked along.
MOST_LINKS: Final = 5
#: So many points around the place are looked at.
MOST_POINTS: Final = 5000


class Candidate(NamedTuple):
    """An incident that may be the same.

    Attributes:
        sketch: What was compared of it.
        likeness: How like it is.
        related: How it is related already: part_of, parts_of_one, or the type of a relation; or
            None.

    """

    sketch: Sketch
    likeness: Likeness
    related: str | None


class Candidates(NamedTuple):
    """What was found, the likest first, how many were scored, and as of which transaction."""

    found: list[Candidate]
    scored: int
    seq: int


def candidates(connection: Any, name: str, limit: int) -> Candidates:
    """Return the incidents that may be the same as one.

    Args:
        connection: The connection to read with.
        name: The id of an incident that everybody may see.
        limit: How many to return.

    """
    (own,) = connection.execute("SELECT pk FROM incidents WHERE id = ?", (name,)).fetchone()
    sketch = _sketches(connection, [own]).get(own)
    if sketch is None:  # withdrawn since it was found
        return Candidates([], 0, latest(connection))
    keys = {key for walk in _walks(connection, own, sketch) for (key,) in walk} - {own}
    others = _sketches(connection, keys)
    related = _related(connection, own, keys)
    found = [
        Candidate(other, like, related.get(key))
        for key, other in others.items()
        if (like := likeness(sketch, other))
    ]
    found.sort(key=lambda one: (-one.likeness.score, one.sketch.id))
    return Candidates(found[:limit], len(others), latest(connection))


def _walks(connection: Any, own: int, sketch: Sketch) -> Iterator[list[tuple[int]]]:
    """Yield the keys of incidents that are near in time, by each thing that they may share."""
    days = _window(sketch)

    def nearest(what: str, table: str, key: str, column: str, value: Any) -> list[tuple[int]]:
        """Walk an index from the day backward and forward."""
        where = f"{column} = ? AND " if column else ""
        values = (value,) if column else ()
        found = []
        for sign, order, end in (("<", "DESC", days[0]), (">=", "", days[2])):
            within = ">=" if sign == "<" else "<="
            sql = (
                f"SELECT {key} FROM {table} WHERE {where}date_start {sign} ? AND date_start "
                f"{within} ? AND shown = 2 ORDER BY date_start {order} LIMIT {NEAREST[what]}"
            )
            found += connection.execute(sql, (*values, days[1], end)).fetchall()
        return found

    yield nearest("day", "incidents", "pk", "", None)
    for column in ("country", "place"):
        if (value := getattr(sketch, column)) is not None:
            yield nearest(column, "incidents", "pk", column, value)
    for what, table in (("actor", "participations"), ("facility", "sites")):
        sql = f"SELECT DISTINCT {what} FROM {table} WHERE incident = ? AND shown = 2 LIMIT ?"
        for (key,) in connection.execute(sql, (own, MOST_LINKS)).fetchall():
            if key is not None:
                yield nearest(what, table, "incident", what, key)
    yield _around(connection, sketch, (days[0], days[2]))


def _window(sketch: Sketch) -> tuple[str, str, str]:
    """Return the first day that is looked at, the incident's own first day, and the last."""
    slack = timedelta(WINDOW + DAYS[sketch.date_prec or EXACT_DAY])
    first = date.fromisoformat(sketch.date_start)
    last = date.fromisoformat(sketch.date_end or sketch.date_start)
    early = max(first, date.min + slack) - slack
    late = min(last, date.max - slack) + slack
    return early.isoformat(), sketch.date_start, late.isoformat()


def _around(connection: Any, sketch: Sketch, days: tuple[str, str]) -> list[tuple[int]]:
    """Return the keys of incidents around the same point."""
    if sketch.latitude is None or sketch.longitude is None:
        return []
    reach = KILOMETRES[sketch.where_prec or NEAR] + KILOMETRES[NEAR]
    west, south, east, north = around(sketch.latitude, sketch.longitude, reach)
    if west > east:  # over the antimeridian
        west, east = -180.0, 180.0
    sql = (
        "SELECT t.pk FROM (SELECT pk FROM incidents_map WHERE west >= ? AND east <= ? "
        "AND south >= ? AND north <= ? LIMIT ?) m CROSS JOIN incidents t ON t.pk = m.pk "
        "WHERE t.date_start BETWEEN ? AND ? AND t.shown = 2 LIMIT ?"
    )
    box = (west, east, south, north, MOST_POINTS)
    found: list[tuple[int]] = connection.execute(sql, (*box, *days, NEAREST["country"])).fetchall()
    return found


def _sketches(connection: Any, keys: Iterable[int]) -> dict[int, Sketch]:
    """Return what is compared of some incidents, by key."""
    linked = (
        "(SELECT json_group_array(DISTINCT o.id) FROM {link} x JOIN {other} o ON o.pk = x.{column} "
        "WHERE x.incident = t.pk AND x.shown = 2 AND o.shown = 2)"
    )
    actors = linked.format(link="participations", other="actors", column="actor")
    facilities = linked.format(link="sites", other="facilities", column="facility")
    rows = connection.execute(
        "SELECT t.pk, t.id, t.title, t.date_start, t.date_end, t.date_prec, t.country, t.place, "
        f"t.latitude, t.longitude, t.where_prec, t.event_type, {actors}, {facilities} "
        "FROM incidents t WHERE t.pk IN (SELECT value FROM json_each(?)) AND t.shown = 2",
        (orjson.dumps([*keys]).decode(),),
    )
    return {
        key: Sketch(*told, *(frozenset(orjson.loads(ids)) for ids in (actors, facilities)))
        for key, *told, actors, facilities in rows
    }


def _related(connection: Any, own: int, keys: Iterable[int]) -> dict[int, str]:
    """Return how some other incidents are related to one already, by key."""
    marks = {"own": own, "keys": orjson.dumps([*keys]).decode()}
    (whole,) = connection.execute("SELECT part_of FROM incidents WHERE pk = :own", marks).fetchone()
    parts = connection.execute(
        "SELECT pk, CASE +part_of WHEN :own THEN 'part_of' ELSE 'parts_of_one' END FROM incidents "
        "WHERE pk IN (SELECT value FROM json_each(:keys)) AND +part_of IN (:own, :whole)",
        {**marks, "whole": whole},
    )
    relations = connection.execute(
        "SELECT to_incident, type FROM relations WHERE from_incident = :own AND shown = 2 "
        "UNION ALL SELECT from_incident, type FROM relations WHERE to_incident = :own "
        "AND shown = 2",
        marks,
    )
    return {**dict(relations), **dict(parts), whole: "part_of"}
