"""What programs are asked about, taken from a world."""

from pathlib import Path
from random import Random
from typing import Any, Final

import click
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.questions import Facts

#: So many records are asked for in turn, so that none is hot.
RECORDS: Final = 20_000
COUNTRY: Final = "SYR"
SINCE: Final = "2015-01-01"
#: A rare word is the rarest of those that so many incidents have.
RARE: Final = 20
#: The box is so many degrees wide and high, around the middle of the country.
SIDE: Final = 1.0
MIDDLE: Final = (38.5, 35.0)


def facts_of(world: Path) -> Facts:
    """Return what to ask about; the same world gives the same.

    Raises:
        click.ClickException: The world is too small.

    """
    connection = sqlite3.connect(f"{world.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return _facts(connection)
    finally:
        connection.close()


def _facts(connection: Any) -> Facts:
    (last,) = connection.execute("SELECT max(pk) FROM incidents").fetchone()
    if last < RECORDS // 10:
        raise click.ClickException(f"{last:,} incidents: make a world of {RECORDS // 10:,} or more")
    keys = Random(1).sample(range(1, last + 1), min(RECORDS, last))
    incidents = _ids(connection, "incidents", keys)
    killed = "EXISTS (SELECT 1 FROM figures f WHERE f.incident = t.pk AND f.measure = 'killed')"
    claimed = _ids(connection, "incidents", keys[:2000], f"AND {killed}")
    speakers = "actor_type NOT IN ('civilians', 'identity_militia')"
    sql = f"SELECT id FROM actors WHERE {speakers} ORDER BY pk LIMIT 100"
    actors = [name for (name,) in connection.execute(sql)]
    west, south = (middle - SIDE / 2 for middle in MIDDLE)
    return Facts(
        incidents=incidents,
        claimed=claimed,
        actors=actors,
        sources=_ids(connection, "sources", range(1, 201)),
        country=COUNTRY,
        since=SINCE,
        middle=_place(connection, last // 2),
        end=_place(connection, last - 200),
        rare=_word(connection, f">= {RARE}", "ASC"),
        common=_word(connection, "> 0", "DESC"),
        bbox=(west, south, west + SIDE, south + SIDE),
        size=last,
    )


def _ids(connection: Any, resource: str, keys: Any, more: str = "") -> list[str]:
    sql = f"SELECT id FROM {resource} t WHERE pk = ? AND shown = 2 {more}"
    found = (connection.execute(sql, (key,)).fetchone() for key in keys)
    return [row[0] for row in found if row]


def _place(connection: Any, offset: int) -> tuple[str, str]:
    """Return the day and the id of an incident so far down the list, the newest first."""
    sql = (
        "SELECT date_start, id FROM incidents WHERE shown = 2 "
        "ORDER BY date_start DESC, id DESC LIMIT 1 OFFSET ?"
    )
    day, name = connection.execute(sql, (offset,)).fetchone()
    return day, name


def _word(connection: Any, how_many: str, order: str) -> str:
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(main, incidents_search, row)"
    )
    sql = f"SELECT term FROM words WHERE doc {how_many} ORDER BY doc {order}, term LIMIT 1"
    return str(connection.execute(sql).fetchone()[0])
