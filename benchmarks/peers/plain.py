"""The plain SQLite file that all peers serve: the same records in ordinary tables.

It is made from a world by SQL: integer keys beside the ids, foreign keys, typed columns, indexes
for what is asked, full text and a map. Only what the questions are about is in it: no history, no
documents, no sums, and of the sources of a figure the first. So the peers have less to do.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks.questions import Figure

#: The newest entry has the first key, since what has the same day is listed in the order of the
#: keys by the peers, and by us the newest entry first.
_INCIDENT: Final = "(SELECT max(pk) + 1 FROM world.incidents) - {}"
_TABLES: Final = """
CREATE TABLE actors (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  actor_type TEXT NOT NULL,
  country TEXT,
  description TEXT
);
CREATE TABLE sources (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  publisher_id INTEGER REFERENCES actors(pk),
  published_at TEXT,
  url TEXT,
  language TEXT,
  source_type TEXT NOT NULL
);
CREATE TABLE facilities (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  facility_type TEXT NOT NULL,
  country TEXT,
  place TEXT,
  where_prec INTEGER,
  latitude REAL,
  longitude REAL,
  description TEXT
);
CREATE TABLE incidents (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  summary TEXT,
  event_type TEXT,
  sub_event_type TEXT,
  type_of_violence INTEGER,
  weapons TEXT NOT NULL DEFAULT '[]',
  date_start TEXT NOT NULL,
  date_end TEXT,
  date_prec INTEGER,
  status TEXT,
  country TEXT,
  region TEXT,
  admin1 TEXT,
  admin2 TEXT,
  place TEXT,
  where_prec INTEGER,
  latitude REAL,
  longitude REAL,
  conflict_id INTEGER,
  conflict_name TEXT,
  dyad_id INTEGER,
  dyad_name TEXT,
  number_of_sources INTEGER,
  verification_status TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  killed_low INTEGER,
  killed_best INTEGER,
  killed_high INTEGER,
  injured_low INTEGER,
  injured_best INTEGER,
  injured_high INTEGER
);
CREATE TABLE participations (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
  incident_id INTEGER NOT NULL REFERENCES incidents(pk),
  actor_id INTEGER NOT NULL REFERENCES actors(pk),
  role TEXT NOT NULL,
  side TEXT,
  source_id INTEGER REFERENCES sources(pk)
);
CREATE TABLE figures (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
  incident_id INTEGER REFERENCES incidents(pk),
  claimant_id INTEGER REFERENCES actors(pk),
  claimant_label TEXT,
  claimant_stance TEXT,
  source_id INTEGER REFERENCES sources(pk),
  said_at TEXT,
  as_of_date TEXT,
  as_of_prec INTEGER,
  measure TEXT NOT NULL,
  measure_kind TEXT,
  value_text TEXT,
  value_lang TEXT,
  qualifier TEXT,
  amount INTEGER,
  low INTEGER,
  best INTEGER,
  high INTEGER
);
"""
#: Columns that are in the world under another name, or must be looked up there.
_ELSEWHERE: Final = {
    "incidents.pk": _INCIDENT.format("t.pk"),
    "figures.incident_id": _INCIDENT.format("t.incident"),
    "participations.incident_id": _INCIDENT.format("t.incident"),
    "sources.publisher_id": "t.publisher",
    "figures.claimant_id": "t.claimant",
    "participations.actor_id": "t.actor",
    "participations.source_id": "t.source",
    "figures.source_id": (
        "(SELECT s.pk FROM world.sources s WHERE s.id = t.sources ->> '$[0].source')"
    ),
}
#: What is entered from the last to the first, so that its keys rise.
_DOWN: Final = frozenset({"incidents"})
_INDEXES: Final = """
CREATE INDEX incidents_date ON incidents (date_start DESC);
CREATE INDEX incidents_country_date ON incidents (country, date_start DESC);
CREATE INDEX incidents_coordinates ON incidents (latitude, longitude);
CREATE INDEX figures_incident ON figures (incident_id);
CREATE INDEX figures_claimant ON figures (claimant_id);
CREATE INDEX figures_source ON figures (source_id);
CREATE INDEX participations_incident ON participations (incident_id);
CREATE INDEX participations_actor ON participations (actor_id);
CREATE INDEX participations_source ON participations (source_id);
CREATE INDEX sources_publisher ON sources (publisher_id);
CREATE VIRTUAL TABLE incidents_fts USING fts5(
  title, summary, admin1, admin2, place, conflict_name, dyad_name, tags,
  content="incidents", content_rowid="pk", tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO incidents_fts (incidents_fts) VALUES ('rebuild');
INSERT INTO incidents_fts (incidents_fts) VALUES ('optimize');
CREATE VIRTUAL TABLE incidents_map USING rtree(pk, west, east, south, north);
INSERT INTO incidents_map
  SELECT pk, longitude, longitude, latitude, latitude FROM incidents WHERE latitude IS NOT NULL;
"""
TABLES: Final = ("actors", "sources", "facilities", "incidents", "participations", "figures")


def make(world: Path, plain: Path) -> None:
    """Make the plain file of a world; one that is there is made anew.

    Args:
        world: A database of ours.
        plain: Where to write the plain file.

    """
    part = plain.with_name(f"{plain.name}.part")
    for old in (part, plain, plain.with_name(f"{plain.name}-wal")):
        old.unlink(missing_ok=True)
    with _opened(part) as connection:
        # Nobody else reads it yet, and one that is not whole is thrown away.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS world", (f"{world.resolve().as_uri()}?mode=ro",))
        connection.executescript(_TABLES)
        for table in TABLES:
            _fill(connection, table)
        connection.execute("DETACH world")
        connection.executescript(_INDEXES)
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode = WAL")
    part.rename(plain)


def _fill(connection: Any, table: str) -> None:
    """Enter what everybody may see of a table."""
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    values = [_ELSEWHERE.get(f"{table}.{name}", f"t.{name}") for name in columns]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM world.{table} t WHERE t.shown = 2 ORDER BY t.pk {'DESC' * (table in _DOWN)}"
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}", uri=True, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


class Places:
    """Where things stand in a plain file: keys of ids, and how far down a list something is.

    It looks when it is first asked, so that it can be made before the file is.

    Args:
        plain: The plain file.

    """

    def __init__(self, plain: Path) -> None:
        self._plain = plain

    def keys(self, table: str, ids: Iterable[str]) -> list[int]:
        """Return the keys of records, which is how the peers address them."""
        with _opened(self._plain) as connection:
            sql = f"SELECT pk FROM {table} WHERE id = ?"
            return [connection.execute(sql, (name,)).fetchone()[0] for name in ids]

    def rows(self, figures: Sequence[Figure]) -> list[dict[str, Any]]:
        """Return figures as rows: with keys in the place of ids."""
        incidents = self.keys("incidents", (one.incident for one in figures))
        claimants = self.keys("actors", (one.claimant for one in figures))
        sources = self.keys("sources", (one.source for one in figures))
        return [
            {
                "incident_id": incident,
                "claimant_id": claimant,
                "source_id": source,
                "as_of_date": one.as_of_date,
                "measure": "killed",
                "best": one.best,
            }
            for incident, claimant, source, one in zip(
                incidents, claimants, sources, figures, strict=True
            )
        ]

    def after(self, place: tuple[str, str]) -> int:
        """Return how many incidents come until a place in the list by date, it included."""
        day, name = place
        (key,) = self.keys("incidents", [name])
        with _opened(self._plain) as connection:
            sql = (
                "SELECT (SELECT count(*) FROM incidents WHERE date_start > :day) + "
                "(SELECT count(*) FROM incidents WHERE date_start = :day AND pk <= :key)"
            )
            return int(connection.execute(sql, {"day": day, "key": key}).fetchone()[0])
