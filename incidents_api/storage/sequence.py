"""The sequence of transactions: the number of the last one, and the time that one is given."""

from datetime import UTC, datetime
from typing import Any


def latest(connection: Any) -> int:
    """Return the number of the last transaction that a connection sees."""
    sql = "SELECT seq FROM transactions ORDER BY seq DESC LIMIT 1"
    row = connection.execute(sql).fetchone()
    return row[0] if row else 0


def now() -> str:
    """Return the time in UTC, to the microsecond, always of one length."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
