"""What is too much for memory while files are read: names met, rows by group. Gone at the end."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from incidents_api.storage.connections import open_scratch, told_of_disk

Place = tuple[str, int]

_TABLES: Final = (
    """CREATE TABLE names (
  kind TEXT,
  name TEXT,
  file TEXT,
  line INTEGER,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID""",
    "CREATE TABLE groups (number INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    """CREATE TABLE members (
  owner INTEGER,
  number INTEGER,
  content BLOB,
  PRIMARY KEY (owner, number)
) WITHOUT ROWID""",
)


class Scratch:
    """A temporary database on disk; SQLite keeps what is used in memory."""

    def __init__(self) -> None:
        self._connection = open_scratch()
        for statement in (*_TABLES, "BEGIN"):
            self._run(statement)

    def _run(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        with told_of_disk("the disk for temporary files"):
            return self._connection.execute(sql, values)

    def first(self, kind: str, name: str, place: Place = ("", 0)) -> Place | None:
        """Note a name, and return where it stood before; None the first time."""
        sql = "INSERT INTO names VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"
        if self._run(sql, (kind, name, *place)).fetchall():
            return None
        sql = "SELECT file, line FROM names WHERE kind = ? AND name = ?"
        file, line = self._run(sql, (kind, name)).fetchone()
        return file, line

    def met(self, kind: str, name: str) -> bool:
        """Return whether a name has been noted."""
        sql = "SELECT 1 FROM names WHERE kind = ? AND name = ?"
        return self._run(sql, (kind, name)).fetchone() is not None

    def keep(self, group: str, content: Any) -> None:
        """Keep something with what else belongs to a group."""
        self._run("INSERT INTO groups (name) VALUES (?) ON CONFLICT DO NOTHING", (group,))
        (owner,) = self._run("SELECT number FROM groups WHERE name = ?", (group,)).fetchone()
        sql = (
            "INSERT INTO members SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM members "
            "WHERE owner = ?1"
        )
        self._run(sql, (owner, orjson.dumps(content)))

    def groups(self) -> Iterator[list[Any]]:
        """Yield what was kept, group by group, in the order in which they were met."""
        sql = "SELECT content FROM members WHERE owner = ? ORDER BY number"
        for (owner,) in self._run("SELECT number FROM groups ORDER BY number"):
            found = self._run(sql, (owner,))
            yield [orjson.loads(content) for (content,) in found]

    def close(self) -> None:
        """Give the space back."""
        self._connection.close()
