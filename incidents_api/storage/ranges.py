"""Where and when: rectangles, circles and periods as conditions."""

from math import asin, cos, degrees, radians, sin

from incidents_api.model.sphere import EARTH_KM
from incidents_api.storage.conditions import Condition, Elsewhere, Plain
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.operators import END_OF_DAY
from incidents_api.storage.tables import Table


def box(
    table: Table, west: float, south: float, east: float, north: float, *, level: int
) -> list[Condition]:
    """Return the choice of what lies in a rectangle, across the antimeridian if need be.

    The map holds 32-bit floats, rounded outward, so the real columns are checked too; and it holds
    what everybody may see, so whoever may see more does without it.
    """
    sides = "BETWEEN ? AND ?" if west <= east else "NOT BETWEEN ? AND ?"
    ends = (west, east) if west <= east else (_above(east), _below(west))
    exact = Plain(f"t.longitude {sides} AND t.latitude BETWEEN ? AND ?", (*ends, south, north))
    if level < PUBLIC:
        return [exact]
    name = f"{table.name}_map"
    inside = f"SELECT pk FROM {name} WHERE east >= ? AND west <= ? AND north >= ? AND south <= ?"
    halves = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    params = tuple(p for w, e in halves for p in (w, e, south, north))
    keys = " UNION ".join([inside] * len(halves))
    passing = {"latitude", "longitude"}.issubset(table.record.beside)
    return [exact, Elsewhere("t.pk", keys, params, "1", (), present=True, passing=passing)]


def circle(
    table: Table, latitude: float, longitude: float, radius: float, *, level: int
) -> list[Condition]:
    """Return the choice of what lies within a distance in kilometres."""
    exact = Plain(
        "t.latitude IS NOT NULL AND km(t.latitude, t.longitude, ?, ?) <= ?",
        (latitude, longitude, radius),
    )
    # The rectangle is compared first: the distance costs far more.
    return [*box(table, *around(latitude, longitude, radius), level=level), exact]


def overlap(table: Table, first: str | None, last: str | None) -> list[list[Plain]]:
    """Return the ways in which a record's time can overlap a period, each a walk of its own.

    With a beginning given, what lasted a month or less is walked from a month before it on, and
    what lasted longer by an index of its own: so neither walk begins with the oldest record.
    """
    start, _ = table.record.span or ("", "")
    if not table.spans:
        ways = []
        if first:
            ways.append(Plain(f"t.{start} >= ?", (first,)))
        if last:
            ways.append(Plain(f"t.{start} <= ?", (last + END_OF_DAY,)))
        return [ways]
    known = table.record.leaf(start).kind.required
    until = [
        Plain(f"t.{start} <= ?" if known else f"(t.{start} IS NULL OR t.{start} <= ?)", (last,))
    ]
    until = until if last else []
    if not first:
        return [until]
    since = Plain("t.span_end >= ?", (first,))
    if not known:
        return [[*until, since]]
    month = f"date('{first}', '-31 days')"
    return [
        [*until, since, Plain(f"t.{start} >= {month}")],
        [
            *until,
            since,
            Plain(f"t.{start} < {month} AND t.span_days > 31", index=f"{table.name}_long"),
        ],
    ]


def _above(number: float) -> float:
    return number + 1e-12


def _below(number: float) -> float:
    return number - 1e-12


def around(latitude: float, longitude: float, radius: float) -> tuple[float, float, float, float]:
    """Return the rectangle around a circle on the sphere."""
    angle = radius / EARTH_KM
    south, north = latitude - degrees(angle), latitude + degrees(angle)
    if south <= -90 or north >= 90:
        return -180.0, max(south, -90.0), 180.0, min(north, 90.0)
    reach = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude)))))
    west, east = longitude - reach, longitude + reach
    return (west + 360 if west < -180 else west), south, (east - 360 if east > 180 else east), north
