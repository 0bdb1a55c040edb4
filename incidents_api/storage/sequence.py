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
    return written(datetime.now(UTC))


def written(time: datetime) -> str:
    """Return a time in UTC as times are stored: to the microsecond, always of one length."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
