"""Writes that are asked for again: each is done once, and answered twice in the same words.

What was answered stands in the database transaction that did the write: a client that has lost the
answer, or never got it because the program ended, cannot tell whether the write was done, and need
not (draft-ietf-httpapi-idempotency-key-header). A write that was refused is not kept: it may be
tried again, and do something then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import orjson

#: So long an answer is kept.
KEPT: Final = timedelta(hours=24)
#: So many answers that are too old each write forgets: more than it adds, and never many.
FORGOTTEN: Final = 10


@dataclass(frozen=True)
class Kept:
    """An answer as it was given.

    Attributes:
        status: Its status.
        headers: Those of its headers that tell of what was written.
        body: Its bytes.

    """

    status: int
    headers: dict[str, str]
    body: bytes


class Again(Exception):
    """The write was done before; it was answered so."""

    def __init__(self, kept: Kept) -> None:
        super().__init__("the write was done before")
        self.kept = kept


class Reused(Exception):
    """The name was given to another request before."""


@dataclass(frozen=True)
class Retry:
    """A request that its client has given a name, so that it can be asked again.

    Attributes:
        key_id: The public id of the key that it came with; names of other keys are others.
        name: The name.
        fingerprint: Tells it from other requests.
        at: When it came, in UTC.

    """

    key_id: str
    name: str
    fingerprint: bytes
    at: str

    def check(self, connection: Any) -> None:
        """See whether the write is still to be done.

        Raises:
            Again: It was done less than 24 hours ago.
            Reused: Another request was given this name less than 24 hours ago.

        """
        sql = (
            "SELECT fingerprint, status, headers, body FROM retries "
            "WHERE key_id = ? AND name = ? AND at > ?"
        )
        row = connection.execute(sql, (self.key_id, self.name, self._oldest())).fetchone()
        if row is None:
            return
        if row[0] != self.fingerprint:
            raise Reused(self.name)
        raise Again(Kept(row[1], orjson.loads(row[2]), row[3]))

    def keep(self, connection: Any, kept: Kept) -> None:
        """Keep what is answered, in the transaction that does the write; forget what is old."""
        sql = (
            "DELETE FROM retries WHERE at <= ? AND n IN (SELECT n FROM retries ORDER BY n LIMIT ?)"
        )
        connection.execute(sql, (self._oldest(), FORGOTTEN))
        headers = orjson.dumps(kept.headers).decode()
        connection.execute(
            "INSERT OR REPLACE INTO retries (key_id, name, fingerprint, at, status, headers, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.key_id, self.name, self.fingerprint, self.at, kept.status, headers, kept.body),
        )

    def _oldest(self) -> str:
        """Return the time at and before which answers are too old."""
        oldest = datetime.fromisoformat(self.at) - KEPT
        return oldest.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Beside(Protocol):
    """What a write does beside its edits, in their transaction."""

    def begin(self, connection: Any) -> None:
        """Look whether the write is to be done at all; raises if it is not."""

    def end(self, connection: Any, *done: Any) -> bool:
        """Take what was done, and return whether anything was written beside it."""
