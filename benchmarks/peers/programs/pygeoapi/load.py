"""Make the SpatiaLite file that pygeoapi serves: the incidents of the plain file, with points.

Its provider for SQLite does not sort, so they are entered in the order in which they are asked
for, the newest first.
"""

import sqlite3
import sys
from pathlib import Path

#: What without a point its provider takes to be in every box, so there is a table of the others.
TABLES = {"incidents": "1", "located": "latitude IS NOT NULL"}


def enter(
    connection: sqlite3.Connection, table: str, which: str, columns: list[tuple[str, str]]
) -> None:
    """Make a table of some of the incidents."""
    names = ", ".join(name for name, _ in columns)
    kinds = ", ".join(f"{name} {kind}" for name, kind in columns)
    connection.execute(f"CREATE TABLE {table} (pk INTEGER PRIMARY KEY, {kinds})")
    connection.execute(f"SELECT AddGeometryColumn('{table}', 'geometry', 4326, 'POINT', 'XY')")
    connection.execute(
        f"INSERT INTO {table} ({names}, geometry) "
        f"SELECT {names}, MakePoint(longitude, latitude, 4326) FROM plain.incidents "
        f"WHERE {which} ORDER BY date_start DESC, pk"
    )
    connection.execute(f"CREATE UNIQUE INDEX {table}_id ON {table} (id)")
    connection.execute(f"CREATE INDEX {table}_country ON {table} (country)")


def load(plain: Path, target: Path) -> None:
    """Copy the incidents, and make a point of their coordinates."""
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    connection.enable_load_extension(True)
    connection.execute("SELECT load_extension('mod_spatialite')")
    connection.execute("SELECT InitSpatialMetadata(1)")
    connection.execute("ATTACH ? AS plain", (str(plain),))
    columns = connection.execute("PRAGMA plain.table_info(incidents)").fetchall()
    for table, which in TABLES.items():
        enter(connection, table, which, [(name, kind) for _, name, kind, *_ in columns[1:]])
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


if __name__ == "__main__":
    load(Path(sys.argv[1]), Path(sys.argv[2]))
